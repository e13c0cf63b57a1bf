//! What mails of hostile shapes cost: for each shape (`tests/engine/shapes.rs`) the processor's seconds from its octets to
//! what the writer is given, at a quarter of the size and at the whole, on a stack of 256 KiB.
//!
//! ```text
//! cargo bench --bench hostile -- [--megabytes 10] [--only PART-OF-A-NAME]
//! ```
//! A shape is marked that takes more than a second, or whose costs grow by more than 1.6 times its size.

use std::path::Path;
use std::time::Instant;

use rejoinder::intake::{Gate, prepare};
use rejoinder::message::Address;
use rejoinder::smtp::{Door, Envelope};
use rejoinder::store::{Faults, OwnerBounds, Store, StrangerBounds};
use rejoinder::token::Keys;
use rejoinder::trust::Proof;

#[path = "../tests/engine/shapes.rs"]
mod shapes;

const STACK: usize = 256 << 10;

/// Seconds below which growth is not told from noise.
const NOISE: f64 = 0.1;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str| arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
    let megabytes: usize = argument("--megabytes").map_or(10, |text| text.parse().expect("a number of megabytes"));
    let only = argument("--only").map_or("", |text| text.as_str());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("hostile.db"), Faults::none()).unwrap();
    let keys = Keys::new(&[(1, [7; 32])]).unwrap();
    let (domain, host) = ("lists.example".to_owned(), "lists.example".to_owned());
    let owner_bounds = OwnerBounds { per_sender: 10, in_all: 100 };
    let stranger_bounds = StrangerBounds { per_domain: 100, per_network: 30, in_all: 500 };
    let (proof, mails_per_sender_hour) = (Proof::Off, 0);
    let gate = Gate { keys, domain, host, web_url: None, proof, mails_per_sender_hour, owner_bounds, stranger_bounds };
    println!("{:42} {:>8} {:>8} {:>7}", "shape", "quarter", "whole", "growth");
    let (mut marked, mut worst) = (0, 0.0_f64);
    for (name, shape) in shapes::all().filter(|(name, _)| name.contains(only)) {
        let octets = megabytes << 20;
        let quarter = seconds(&store, &gate, shape(octets / 4));
        let whole = seconds(&store, &gate, shape(octets));
        let growth = if whole > NOISE { whole / quarter.max(NOISE / 4.0) } else { 0.0 };
        let mark = if whole > 1.0 || growth > 4.0 * 1.6 { "  <--" } else { "" };
        println!("{name:42} {quarter:8.3} {whole:8.3} {growth:7.1}{mark}");
        marked += usize::from(!mark.is_empty());
        worst = worst.max(whole);
    }
    println!("{marked} marked; the slowest took {worst:.3} s");
}

/// The processor's seconds to prepare a mail, on a thread with a small stack.
fn seconds(store: &Store, gate: &Gate, octets: Vec<u8>) -> f64 {
    let (store, gate) = (store.clone(), gate.clone());
    let measured = move || {
        let envelope = Envelope {
            door: Door::Public,
            peer: "127.0.0.1:2525".parse().unwrap(),
            helo: "client.example".to_owned(),
            tls: false,
            with: "ESMTP",
            reverse_path: Address::parse("ada@example.net").ok(),
            recipients: vec![Address::parse("talk@lists.example").unwrap()],
        };
        let before = on_processor();
        let arrival = prepare(&store, &gate, envelope, &octets, jiff::Timestamp::UNIX_EPOCH).unwrap();
        drop(arrival);
        on_processor() - before
    };
    std::thread::Builder::new().stack_size(STACK).spawn(measured).unwrap().join().expect("it panicked")
}

/// Seconds that this thread has had a processor; where the system does not say, seconds of the clock.
fn on_processor() -> f64 {
    thread_local!(static BEGAN: Instant = Instant::now());
    let told = std::fs::read_to_string(Path::new("/proc/thread-self/schedstat")).ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| BEGAN.with(|began| began.elapsed().as_secs_f64()), |ns| ns / 1e9)
}
