//! Kills the program again and again while people write to it, and reckons in the end: see `tests/crash/story/mod.rs`.
//!
//! ```text
//! cargo bench --bench crash -- [--kills 20] [--seed 1] [--mails 400]
//! ```
//! `--mails` is how many are taken between two kills at most. Ends with what is missing, or with the counts.

#[path = "../tests/smtp/fuzz/chance.rs"]
mod chance;
#[path = "../tests/crash/story/mod.rs"]
mod story;

use story::{Plan, play};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str, default: u64| {
        let value = arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
        value.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number, not {text}")))
    };
    let plan = Plan {
        seed: argument("--seed", 1),
        kills: argument("--kills", 20) as usize,
        mails_a_life: argument("--mails", 400) as usize,
    };
    match play(plan) {
        Ok(tally) => println!("{tally}"),
        Err(fault) => {
            println!("seed {}: {fault}", plan.seed);
            std::process::exit(1);
        }
    }
}
