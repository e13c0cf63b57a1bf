//! How many mails one sender may send in an hour. In memory: what is forgotten at a restart is an hour old at most.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::bounce::MailKind;
use crate::dns;
use crate::message::Mail;
use crate::smtp::Envelope;
use crate::store::Arrival;
use crate::trust::{Proof, Verdict};

/// How many senders are known at once.
const MOST_SENDERS: usize = 20_000;

/// How many times as many reports of mail systems one network may send as one sender mails. They come all at once after
/// a digest to many.
const REPORTS: u64 = 100;

/// In what steps time is counted, milliseconds, and how many of them are an hour, with one that is not over.
const STEP: i64 = 5 * 60 * 1000;
const STEPS: usize = 13;

/// Who sent how much of late. Clones of the gate share it.
#[derive(Debug)]
pub(super) struct Senders {
    /// Mails of one sender in an hour; 0: no bound.
    per_hour: u64,
    seen: Mutex<HashMap<Key, Sent>>,
}

/// By what a mail is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// This address, by which it is proven to be.
    Proven(String),
    /// This address, as the mail says.
    Said(String),
    /// What mail systems send from this network: bounces and other reports.
    Reports(String),
}

/// The mails of one sender: how many in each of the last steps.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// The step of the last mail.
    last: i64,
    by_step: [u32; STEPS],
}

impl Senders {
    pub(super) fn new(per_hour: u64) -> Self {
        Self { per_hour, seen: Mutex::default() }
    }

    /// Whether a mail may come in; if so, it is counted. Whoever forges an address uses up nothing of its owner's, whose
    /// mail is proven. What programs on this machine send where nothing is asked for proof is not counted.
    pub(super) fn admit(&self, arrival: &Arrival) -> bool {
        let of_this_machine = arrival.envelope.peer.ip().to_canonical().is_loopback() && arrival.proof == Proof::Off;
        if self.per_hour == 0 || of_this_machine {
            return true;
        }
        let Arrival { envelope, mail, kind, verdict, .. } = arrival;
        let Some(key) = key(envelope, mail, *kind, *verdict) else { return true };
        let bound = match key {
            Key::Reports(_) => self.per_hour.saturating_mul(REPORTS),
            Key::Proven(_) | Key::Said(_) => self.per_hour,
        };
        self.count(key, bound, arrival.received_at)
    }

    fn count(&self, key: Key, bound: u64, at: Timestamp) -> bool {
        let step = at.as_millisecond().div_euclid(STEP);
        // Nothing panics while it is held.
        let Ok(mut seen) = self.seen.lock() else { return true };
        if seen.len() >= MOST_SENDERS && !seen.contains_key(&key) {
            forget(&mut seen, step);
        }
        seen.entry(key).or_default().add(step, bound)
    }
}

impl Sent {
    /// Counts one more, where fewer than `bound` came within the hour.
    fn add(&mut self, step: i64, bound: u64) -> bool {
        self.go_to(step);
        if self.in_all() >= bound {
            return false;
        }
        let place = self.place();
        self.by_step[place] = self.by_step[place].saturating_add(1);
        true
    }

    /// Empties the steps that were passed over. A clock that was set back goes on in the last one.
    fn go_to(&mut self, step: i64) {
        let passed = step.saturating_sub(self.last).clamp(0, STEPS as i64);
        for _ in 0..passed {
            self.last += 1;
            let place = self.place();
            self.by_step[place] = 0;
        }
        self.last = self.last.max(step);
        if passed == STEPS as i64 {
            self.by_step = [0; STEPS];
        }
    }

    fn place(&self) -> usize {
        self.last.rem_euclid(STEPS as i64) as usize
    }

    fn in_all(&self) -> u64 {
        self.by_step.iter().map(|count| u64::from(*count)).sum()
    }
}

/// By what a mail is counted; `None` where it is not: what a mail server in front of us reports.
fn key(envelope: &Envelope, mail: &Mail, kind: MailKind, verdict: Verdict) -> Option<Key> {
    let reports = matches!(kind, MailKind::Bounce | MailKind::Complaint);
    if envelope.reverse_path.is_none() || reports {
        return dns::network(envelope.peer.ip()).map(Key::Reports);
    }
    let sender = match mail.from.as_slice() {
        [one] => Some(&one.address),
        _ => envelope.reverse_path.as_ref(),
    };
    let address = sender?.key();
    Some(if verdict == Verdict::Proven { Key::Proven(address) } else { Key::Said(address) })
}

/// Makes room for a quarter at least: who sent nothing for an hour is forgotten, then who sent one mail, then everybody.
fn forget(seen: &mut HashMap<Key, Sent>, step: i64) {
    let has_room = |seen: &HashMap<Key, Sent>| seen.len() <= MOST_SENDERS / 4 * 3;
    seen.retain(|_, sent| step.saturating_sub(sent.last) < STEPS as i64);
    if !has_room(seen) {
        seen.retain(|_, sent| sent.in_all() > 1);
    }
    if !has_room(seen) {
        seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::message::Address;
    use crate::smtp::Door;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + 60 * minute).unwrap()
    }

    fn said(who: &str) -> Key {
        Key::Said(who.to_owned())
    }

    #[test]
    fn in_no_hour_come_more_mails_of_a_sender_than_the_bound_and_then_as_many_again() {
        let senders = Senders::new(60);
        let taken = |minute| (0..3).filter(|_| senders.count(said("a"), 60, at(minute))).count();
        let each: Vec<usize> = (0..400).map(taken).collect();
        assert!(each.windows(60).all(|hour| hour.iter().sum::<usize>() <= 60));
        assert!(each.iter().sum::<usize>() >= 6 * 60, "{}", each.iter().sum::<usize>());
        assert!(senders.count(said("b"), 60, at(399)), "another");
    }

    #[test]
    fn a_pause_of_any_length_and_a_clock_set_back_are_counted_right() {
        let mut sent = Sent::default();
        assert!((0..5).all(|_| sent.add(1_000, 5)) && !sent.add(1_000, 5));
        assert!(!sent.add(990, 5), "set back");
        assert!(!sent.add(1_012, 5), "within the hour");
        assert!(sent.add(1_013, 5) && sent.in_all() == 1);
        assert!(sent.add(50_000_000, 5) && sent.in_all() == 1);
        assert!(sent.add(i64::MAX, 5) && sent.in_all() == 1);
    }

    #[test]
    fn a_mail_is_counted_by_its_one_author_and_a_forged_one_apart_from_theirs() {
        let envelope = |peer: &str, path: Option<&str>| Envelope {
            door: Door::Public,
            peer: SocketAddr::new(peer.parse().unwrap(), 25),
            helo: "client.example".to_owned(),
            tls: false,
            with: "ESMTP",
            reverse_path: path.map(|path| Address::parse(path).unwrap()),
            recipients: Vec::new(),
        };
        let of = |from: &str, path, kind, verdict| {
            let mail = Mail::parse(format!("From: {from}\r\n\r\nx\r\n").as_bytes());
            key(&envelope("192.0.2.7", path), &mail, kind, verdict)
        };
        let (person, path) = (MailKind::Mail, Some("list@x.example"));
        assert_eq!(of("Ada <ADA@x.example>", path, person, Verdict::Unknown), Some(said("ada@x.example")));
        let proven = Key::Proven("ada@x.example".to_owned());
        assert_eq!(of("Ada <ada@X.example>", path, person, Verdict::Proven), Some(proven));
        assert_eq!(of("a@x.example, b@x.example", path, person, Verdict::Unknown), Some(said("list@x.example")));
        assert_eq!(of("", path, person, Verdict::Unknown), Some(said("list@x.example")));
        let reports = Some(Key::Reports("192.0.2.0/24".to_owned()));
        assert_eq!(of("ada@x.example", None, person, Verdict::Unknown), reports);
        assert_eq!(of("mailer-daemon@x.example", path, MailKind::Bounce, Verdict::Unknown), reports);
        assert_eq!(of("staff@x.example", path, MailKind::Complaint, Verdict::Proven), reports);
        let in_front = key(&envelope("10.0.0.1", None), &Mail::parse(b"\r\n"), MailKind::Bounce, Verdict::Unknown);
        assert_eq!(in_front, None);
    }

    #[test]
    fn many_senders_take_bounded_memory_and_who_sent_much_is_remembered() {
        let senders = Senders::new(2);
        assert!((0..2).all(|_| senders.count(said("much"), 2, at(0))));
        for one in 0..3 * MOST_SENDERS {
            assert!(senders.count(said(&one.to_string()), 2, at(1)));
        }
        assert!(senders.seen.lock().unwrap().len() <= MOST_SENDERS);
        assert!(!senders.count(said("much"), 2, at(2)));
    }
}
