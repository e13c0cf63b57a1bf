//! Plays talks by chance to a door, by SMTP and by LMTP in turn, for as long as one wants, and says how many: see `tests/smtp/fuzz/mod.rs`.
//!
//! ```text
//! cargo bench --bench session -- [--seconds 3600] [--seed 1]
//! ```
//! Ends with a fault, and the shortest talk that shows it, or with the count of talks. That the door keeps no memory it
//! does not need is measured as well: no talk may make the process grow by more than a door's limits and its buffers
//! explain.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rejoinder::smtp::Protocol;

#[path = "../tests/smtp/fuzz/mod.rs"]
mod fuzz;
#[path = "../tests/smtp/recorder.rs"]
mod recorder;

/// More than this no talk may need at a time: its own octets, twice, what is on its way, and the door's mail.
const MOST_BYTES: usize = 64 << 10;

/// The system's allocator, counting what is in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST_IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST_IN_USE.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str| {
        let value = arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
        value.map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} wants a number, not {text}")))
    };
    let time = Duration::from_secs(argument("--seconds").unwrap_or(10));
    let first = argument("--seed").unwrap_or(1) << 40;
    let stages = [Protocol::Smtp, Protocol::Lmtp].map(fuzz::play::Stage::open);
    let (began, mut told) = (Instant::now(), Duration::ZERO);
    let (mut played, mut kept, mut most) = (0_u64, 0, 0);
    while began.elapsed() < time {
        let before = IN_USE.load(Ordering::Relaxed);
        MOST_IN_USE.store(before, Ordering::Relaxed);
        match fuzz::case(&stages[(played % 2) as usize], first + played) {
            Ok(mails) => kept += mails,
            Err(fault) => {
                println!("after {played} talks: {fault}");
                std::process::exit(1);
            }
        }
        let grown = MOST_IN_USE.load(Ordering::Relaxed).saturating_sub(before);
        assert!(grown <= MOST_BYTES, "seed {} made it grow by {grown} bytes", first + played);
        most = most.max(grown);
        played += 1;
        if began.elapsed() > told + Duration::from_secs(60) {
            told = began.elapsed();
            println!("{} s: {played} talks, {kept} mails kept", told.as_secs());
        }
    }
    let rate = played / time.as_secs().max(1);
    println!("{played} talks ({rate} a second), {kept} mails kept of them, no fault");
    println!(
        "no talk took more than {} KiB; {} KiB in use at the end",
        most >> 10,
        IN_USE.load(Ordering::Relaxed) >> 10
    );
}
