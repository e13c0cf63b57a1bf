//! A list whose server is killed again and again (`kill -9`) while people write to it, answer each other, and are sent
//! what others wrote; and the reckoning afterwards: everything that was answered 250 is there, once, in its place, and
//! every reader was sent all of it, once.
//!
//! `cargo test` plays a short one; `benches/crash.rs` as long a one as one wants.

pub mod clients;
pub mod reckoning;
pub mod served;
pub mod sink;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rejoinder::clock::Clock;
use rejoinder::config::{Given, Proof};
use rejoinder::discussion::{Delivery, ListName, Role, Schedule};
use rejoinder::installation::Installation;
use rejoinder::message::Address;
use rejoinder::store::{MemberChange, NewList};

use crate::chance::Chance;
use clients::Clients;
use served::Served;
use sink::Sink;

/// Who may start posts.
pub const AUTHOR: &str = "marina@example.org";

/// How many others write.
const WRITERS: usize = 5;

/// Who reads, and how.
const READERS: [(&str, Delivery); 5] = [
    ("each@example.net", Delivery::Each),
    ("other@example.net", Delivery::Each),
    ("daily@example.net", Delivery::Daily),
    ("too@example.net", Delivery::Daily),
    ("weekly@example.net", Delivery::Weekly),
];

/// How often it is killed, and how many mails at most are taken between two kills.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub kills: usize,
    pub mails_a_life: usize,
}

/// What happened, all of it in order.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// Mails that were answered 250, each counted once.
    pub acknowledged: usize,
    /// Of those, how many were sent again because no answer came, and were there already.
    pub already_there: usize,
    pub kills: usize,
    /// How many times `digest run` was killed as well.
    pub digests_killed: usize,
    /// Mails that readers were sent, repeats left out, and how many repeats there were.
    pub delivered: usize,
    pub repeats: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, already_there, kills, digests_killed, delivered, repeats } = self;
        writeln!(f, "{kills} kills of serve, {digests_killed} of a digest run beside it")?;
        writeln!(f, "{acknowledged} mails answered 250: all there, once, under their parents, numbers without a gap")?;
        writeln!(f, "  {already_there} of them had to be sent again for want of an answer, and were there already")?;
        write!(f, "{delivered} mails to readers, told of each item once; {repeats} repeats, the same to the octet")
    }
}

/// Plays it to the end and reckons; a fault says what is missing.
pub fn play(plan: Plan) -> Result<Tally, String> {
    let folder = tempfile::tempdir().map_err(|fault| fault.to_string())?;
    let data = folder.path().join("data");
    let sink = Sink::start();
    found(&data, &sink);
    let mut chance = Chance::new(plan.seed);
    let mut served = Served::start(&data);
    let clients = Arc::new(Clients::new(served.address));
    clients.begin();
    let writing = clients.write(plan.seed);
    let mut digests_killed = 0;
    for life in 0..plan.kills {
        let mut digest = served::digest_run(&data, life);
        if chance.one_in(2) {
            std::thread::sleep(Duration::from_millis(chance.below(60) as u64));
            // It may have ended already.
            drop(digest.kill());
            digests_killed += 1;
        }
        clients.wait_for(1 + chance.below(plan.mails_a_life));
        std::thread::sleep(Duration::from_micros(chance.below(20_000) as u64));
        served.kill();
        drop(digest.wait());
        served = Served::start(&data);
        clients.moved_to(served.address);
    }
    clients.wait_for(1);
    clients.finish();
    let already_there = writing.into_iter().map(|client| client.join().expect("a client broke")).sum();
    served::digest_done(&data, plan.kills);
    served::wait_for_empty_queue(&data);
    served.stop();
    let acknowledged = clients.acknowledged();
    reckoning::threads(&served::threads(&data), &acknowledged)?;
    let (delivered, repeats) = reckoning::readers(&sink.taken(), &acknowledged)?;
    Ok(Tally { acknowledged: acknowledged.len(), already_there, kills: plan.kills, digests_killed, delivered, repeats })
}

/// Makes the data folder, the list and its people.
pub fn found(data: &std::path::Path, sink: &Sink) {
    let given = Given {
        domain: Some("lists.example".to_owned()),
        smtp_listen: Some("127.0.0.1:0".to_owned()),
        relay: Some(format!("smtp://{}", sink.address)),
        proof: Some(Proof::Off),
        ..Given::default()
    };
    let made = Installation::create(data, &given, Clock::system()).unwrap();
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let name = ListName::parse("talk").unwrap();
    let new = NewList { name, title: "Talk".to_owned(), schedule, at: made.clock.now() };
    let list = made.store.create_list(new).wait().unwrap();
    let person = |who: &str, role, delivery| {
        let change = MemberChange { role: Some(role), delivery: Some(delivery), ..MemberChange::default() };
        (Address::parse(who).unwrap(), change)
    };
    let mut people = vec![person(AUTHOR, Role::Author, Delivery::None)];
    people.extend((0..WRITERS).map(|n| person(&writer(n), Role::Member, Delivery::None)));
    people.extend(READERS.map(|(who, delivery)| person(who, Role::Member, delivery)));
    made.store.join(list, people, made.clock.now()).wait().unwrap();
}

pub fn writer(number: usize) -> String {
    format!("writer{number}@example.com")
}
