//! Mangles mail by chance and has it understood, for as long as one wants, on as many threads as wanted, and says how
//! much: see `tests/understanding/`.
//!
//! ```text
//! cargo bench --bench understanding -- [--seconds 3600] [--seed 1] [--threads 1] [--keep FOLDER]
//! ```
//! Mails that showed something new are mangled further; with `--keep` the shortest of them are written to a folder, to
//! be put beside those in `fuzz/understanding/`. Ends with the first mail on which something did not hold, written to
//! that folder or to the system's for temporary files, or with the counts.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "../tests/smtp/fuzz/chance.rs"]
mod chance;
#[path = "../tests/understanding/check.rs"]
mod check;
#[path = "../tests/understanding/mangle.rs"]
mod mangle;

use chance::Chance;
use mangle::{Seeds, mangled};

/// Mails that showed something new and are mangled further; the shortest of each kind.
const MOST_FOUND: usize = 20_000;

/// The longest mail that is written down as worth keeping, in octets, and how many.
const KEPT_OCTETS: usize = 1_500;
const KEPT: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str| arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, without| {
        argument(name).map_or(without, |text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} wants a number")))
    };
    let time = Duration::from_secs(number("--seconds", 10));
    let (seed, threads) = (number("--seed", 1), number("--threads", 1));
    let folder = argument("--keep").map_or_else(std::env::temp_dir, PathBuf::from);
    std::panic::set_hook(Box::new(|_| {}));
    let (mut mangled, mut found) = (0, HashMap::new());
    let workers: Vec<_> = (0..threads)
        .map(|worker| {
            let folder = folder.clone();
            std::thread::spawn(move || run(seed << 20 | worker, time, &folder))
        })
        .collect();
    for worker in workers {
        let (count, new) = worker.join().expect("it holds what panics");
        mangled += count;
        found.extend(new);
    }
    let rate = mangled / time.as_secs().max(1);
    println!("{mangled} mails mangled ({rate} a second), {} kinds of them, no fault", found.len());
    if argument("--keep").is_some() {
        keep(found, &folder);
    }
}

/// How many mails were mangled, and the shortest of each kind.
fn run(seed: u64, time: Duration, folder: &Path) -> (u64, HashMap<u64, Vec<u8>>) {
    let mut mails = Seeds::all().mails;
    let known: HashMap<u64, Vec<u8>> = mails.iter().map(|mail| (check::check(mail), mail.clone())).collect();
    let mut found: HashMap<u64, Vec<u8>> = HashMap::new();
    let (began, mut count) = (Instant::now(), 0);
    let mut chance = Chance::new(seed << 20);
    while began.elapsed() < time {
        let mail = mangled(&mails, &mut chance);
        let Ok(kind) = catch_unwind(AssertUnwindSafe(|| check::check(&mail))) else {
            let file = folder.join(format!("understanding-{seed}-{count}.eml"));
            std::fs::write(&file, &mail).expect("the mail can be written down");
            println!("after {count} mails: something did not hold on {}", file.display());
            std::process::exit(1);
        };
        count += 1;
        if !known.contains_key(&kind) && found.get(&kind).is_none_or(|before| mail.len() < before.len()) {
            if mails.len() < MOST_FOUND {
                mails.push(mail.clone());
            }
            found.insert(kind, mail);
        }
    }
    (count, found)
}

fn keep(found: HashMap<u64, Vec<u8>>, folder: &Path) {
    let mut short: Vec<(u64, Vec<u8>)> = found.into_iter().filter(|(_, mail)| mail.len() <= KEPT_OCTETS).collect();
    short.sort_by_key(|(kind, mail)| (mail.len(), *kind));
    for (kind, mail) in short.iter().take(KEPT) {
        std::fs::write(folder.join(format!("{kind:016x}.eml")), mail).expect("the folder can be written to");
    }
    println!("{} of them kept in {}", short.len().min(KEPT), folder.display());
}
