//! The program killed while it works, and on disks that are full or cannot be written. The long run of the former is
//! `benches/crash.rs`.

#[path = "../smtp/fuzz/chance.rs"]
mod chance;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod full;
mod story;

use story::{Plan, play};

#[test]
fn killed_under_load_it_loses_nothing_that_it_acknowledged_and_tells_nobody_twice() {
    let tally = play(Plan { seed: 1, kills: 3, mails_a_life: 60 }).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(tally.kills == 3 && tally.acknowledged > 3 && tally.delivered > tally.acknowledged, "{tally}");
    println!("{tally}");
}
