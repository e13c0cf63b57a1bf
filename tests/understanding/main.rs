//! What people and machines write, mangled by chance: nothing panics on it, and no character is lost.
//! `cargo bench --bench understanding` goes on for as long as one wants.

#[path = "../smtp/fuzz/chance.rs"]
mod chance;
mod check;
mod mangle;

use chance::Chance;
use check::check;
use mangle::{Seeds, mangled};

#[test]
fn every_mail_that_told_something_new_is_still_understood() {
    let seeds = Seeds::all();
    assert!(seeds.mails.len() > 40, "{}", seeds.mails.len());
    for mail in &seeds.mails {
        check(mail);
    }
}

#[test]
fn mangled_mail_is_understood_as_far_as_it_goes() {
    let seeds = Seeds::all();
    for seed in 0..3_000 {
        check(&mangled(&seeds.mails, &mut Chance::new(seed)));
    }
}

#[test]
fn the_same_seed_mangles_the_same_way() {
    let seeds = Seeds::all();
    let once = |seed| mangled(&seeds.mails, &mut Chance::new(seed));
    assert_eq!(once(7), once(7));
    assert!((0..20).any(|seed| once(seed) != once(seed + 1)));
}
