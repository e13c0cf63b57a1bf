//! The ledger: wherever the process ends, every reader is sent every item once, and what was answered 250 is there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rejoinder::clock::Clock;
use rejoinder::store::{Fate, Faults};

use crate::list::{AUTHOR, Answer, Mail, Remembering, TestList, named, time};

/// Who reads, and how.
const READERS: [(&str, &str); 5] = [
    ("each@example.net", "each"),
    ("other@example.net", "each"),
    ("daily@example.net", "daily"),
    ("too@example.net", "daily"),
    ("weekly@example.net", "weekly"),
];

/// A day on the list; every step may be done again from its beginning, as a client or a restart does.
const STEPS: [&str; 9] = ["p", "a", "fan", "send", "digest", "send", "b", "fan", "digest-later"];

/// The list, restarted whenever it ends.
struct Life<'a> {
    folder: &'a Path,
    talk: TestList,
    relay: Arc<Remembering>,
    ended: usize,
}

impl Life<'_> {
    fn step(&self, step: &str) -> bool {
        match step {
            "p" => self.talk.send(&Mail::new(AUTHOR, "p")).is_positive(),
            "a" => self.talk.send(&Mail::new("daily@example.net", "a").answers("p")).is_positive(),
            "b" => self.talk.send(&Mail::new("each@example.net", "b").answers("a")).is_positive(),
            "fan" => {
                let list = self.talk.list();
                loop {
                    match self.talk.job.fan_out(&list) {
                        Ok(true) => {}
                        Ok(false) => return true,
                        Err(_) => return false,
                    }
                }
            }
            "digest" => self.digests("2026-03-02T07:30:00Z"),
            "digest-later" => self.digests("2026-03-09T07:30:00Z"),
            _ => self.talk.deliver(&self.relay).is_ok(),
        }
    }

    fn digests(&self, at: &str) -> bool {
        self.talk.try_digests(at).is_ok_and(|report| report.faults.is_empty())
    }

    fn until_done(&mut self, step: &str) {
        while !self.step(step) {
            self.ended += 1;
            assert!(self.ended < 3, "it ends again and again in `{step}`");
            let clock = Clock::manual(self.talk.clock.now());
            self.talk = TestList::open(self.folder, clock, Faults::none());
            let courier = self.talk.courier(&self.relay);
            self.talk.runtime.block_on(courier.resume()).unwrap();
        }
    }
}

/// Lives through the day with an end at the `n`-th fault point; how often it ended, and what the relay was given.
fn lived(n: usize) -> (usize, Arc<Remembering>, String) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    for (who, delivery) in READERS {
        talk.join(who, named(who.split('@').next().unwrap(), delivery));
    }
    drop(talk);
    let passed = Arc::new(AtomicUsize::new(0));
    let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
    let talk = TestList::open(folder.path(), Clock::manual(time(crate::list::START)), faults);
    let mut life = Life { folder: folder.path(), talk, relay: Remembering::new(&[]), ended: 0 };
    for step in STEPS {
        life.until_done(step);
    }
    life.until_done("send");
    (life.ended, Arc::clone(&life.relay), life.talk.tree())
}

/// How often each reader was told of each item, mails that came twice under one Message-ID counted once; those must
/// be the same to the octet.
fn told(relay: &Remembering) -> HashMap<(String, &'static str), usize> {
    let mut mails: HashMap<(String, String), Vec<u8>> = HashMap::new();
    let mut counts = HashMap::new();
    for mail in relay.taken.lock().unwrap().iter() {
        let text = String::from_utf8(mail.content.clone()).unwrap();
        let id = text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
        let reader = mail.recipient.to_string();
        if let Some(before) = mails.insert((reader.clone(), id), mail.content.clone()) {
            assert_eq!(before, mail.content, "the same Message-ID with other octets");
            continue;
        }
        let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
        let body = parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        for item in ["p", "a", "b"] {
            if body.contains(&format!("These are the words of {item}, and of nobody else.")) {
                *counts.entry((reader.clone(), item)).or_default() += 1;
            }
        }
    }
    counts
}

/// Everybody is told of everything once, but nobody who reads each mail of their own.
fn check(n: usize, relay: &Remembering, tree: &str) {
    assert_eq!(tree, "p@test\n  1 a@test < p@test\n    2 b@test < a@test\n", "fault point {n}");
    let told = told(relay);
    for (reader, delivery) in READERS {
        for item in ["p", "a", "b"] {
            let own = delivery == "each" && reader.starts_with("each") && item == "b";
            let count = told.get(&(reader.to_owned(), item)).copied().unwrap_or(0);
            assert_eq!(count, usize::from(!own), "fault point {n}: {reader} was told of {item}");
        }
    }
}

#[test]
fn wherever_it_ends_every_reader_is_sent_every_item_once() {
    let mut ended = 0;
    for n in 1.. {
        let (ends, relay, tree) = lived(n);
        check(n, &relay, &tree);
        if ends == 0 {
            break;
        }
        ended += 1;
    }
    // Each commit, each reader queued and each mail sent is a point of its own.
    assert!(ended > 60, "only {ended} fault points were met");
}

fn two_readers(folder: &Path) -> TestList {
    let talk = TestList::new(folder);
    talk.join("daily@example.net", named("Dai", "daily"));
    talk.join("too@example.net", named("Too", "daily"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    assert_eq!(talk.digests("2026-03-02T07:30:00Z").made.len(), 1);
    talk
}

#[test]
fn after_an_ambiguous_end_the_same_octets_go_again() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let relay = Remembering::new(&[Answer::TakeSilently]);
    let first = talk.deliver(&relay).unwrap();
    assert_eq!((first.sent, first.deferred), (1, 1));
    talk.at("2026-03-02T08:00:00Z");
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    let texts = relay.texts();
    assert_eq!(texts.len(), 3);
    let repeated =
        texts.iter().filter(|text| **text == texts[0]).count().max(texts.iter().filter(|t| **t == texts[1]).count());
    assert_eq!(repeated, 2, "the repeated mail differs");
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
}

#[test]
fn a_temporary_refusal_is_tried_again_with_growing_delays() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let relay = Remembering::new(&[Answer::Later, Answer::Later, Answer::Later, Answer::Later]);
    assert_eq!(talk.deliver(&relay).unwrap().deferred, 2);
    let first = talk.store.next_attempt().unwrap().unwrap();
    assert_eq!(talk.deliver(&relay).unwrap().deferred, 0, "it did not wait");
    talk.clock.set(first + jiff::SignedDuration::from_mins(2));
    assert_eq!(talk.deliver(&relay).unwrap().deferred, 2);
    let second = talk.store.next_attempt().unwrap().unwrap();
    assert!(
        second.duration_since(talk.clock.now()) > first.duration_since(time("2026-03-02T07:30:00Z")),
        "the delay did not grow"
    );
}

#[test]
fn one_refused_recipient_does_not_hurt_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let relay = Remembering::new(&[Answer::Never]);
    let tally = talk.deliver(&relay).unwrap();
    assert_eq!((tally.sent, tally.failed), (1, 1));
}

#[test]
fn what_was_given_up_is_folded_into_the_readers_next_digest() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let relay = Remembering::new(&[Answer::Never]);
    talk.deliver(&relay).unwrap();
    let lucky = relay.recipients();
    assert!(talk.send(&Mail::new(AUTHOR, "a").answers("p")).is_positive());
    // Two editions: one with what is new, one with what the other reader missed as well.
    assert_eq!(talk.digests("2026-03-03T07:30:00Z").made.len(), 2);
    talk.deliver(&relay).unwrap();
    let told = told(&relay);
    for reader in ["daily@example.net", "too@example.net"] {
        for item in ["p", "a"] {
            assert_eq!(told.get(&(reader.to_owned(), item)), Some(&1), "{reader}, {item}; first was {lucky:?}");
        }
    }
    assert_eq!(talk.digests("2026-03-04T07:30:00Z").made.len(), 0);
}

#[test]
fn a_reader_of_each_mail_gets_what_was_given_up_in_a_digest() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join("each@example.net", named("Eve", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    talk.fan_out();
    let relay = Remembering::new(&[Answer::Never]);
    assert_eq!(talk.deliver(&relay).unwrap().failed, 1);
    assert_eq!(talk.digests("2026-03-02T07:30:00Z").made.len(), 1);
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&relay).get(&("each@example.net".to_owned(), "p")), Some(&1));
    assert!(talk.send(&Mail::new(AUTHOR, "a").answers("p")).is_positive());
    talk.fan_out();
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&relay).get(&("each@example.net".to_owned(), "a")), Some(&1), "single mails go on after it");
}

#[test]
fn a_mail_given_up_and_retried_by_hand_is_not_folded_in_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let relay = Remembering::new(&[Answer::Never, Answer::Never]);
    assert_eq!(talk.deliver(&relay).unwrap().failed, 2);
    assert_eq!(talk.store.retry(None, talk.clock.now()).wait().unwrap(), 2);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 2);
    assert_eq!(talk.digests("2026-03-03T07:30:00Z").made.len(), 0);
}

#[test]
fn two_workers_never_hold_the_same_mail() {
    let folder = tempfile::tempdir().unwrap();
    let talk = two_readers(folder.path());
    let now = talk.clock.now();
    let lease = now + jiff::SignedDuration::from_mins(10);
    let first = talk.store.claim_outbox("one", now, lease, 1).wait().unwrap().mails;
    let second = talk.store.claim_outbox("two", now, lease, 9).wait().unwrap().mails;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].id, second[0].id);
    // A lease that ended is somebody else's, and the late worker's word counts no more.
    let third =
        talk.store.claim_outbox("two", lease, lease + jiff::SignedDuration::from_mins(10), 9).wait().unwrap().mails;
    assert_eq!(third.len(), 2);
    assert_eq!(talk.store.settle_outbox(vec![first[0].settled(Fate::Sent)], now).wait().unwrap(), 0);
    let again = third.iter().find(|mail| mail.id == first[0].id).unwrap();
    assert_eq!(talk.store.settle_outbox(vec![again.settled(Fate::Sent)], now).wait().unwrap(), 1);
}
