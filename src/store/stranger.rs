//! What strangers can make us send: at most so many automatic answers to an address, a domain, a network, and in all.
//! Whoever forges the addresses of others gets these people few mails from us, whatever they try (RFC 3834 §2).

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, ToSql};

use super::StoreError;
use crate::dns;
use crate::message::Address;

/// How long an address that was answered is not answered the same again.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the bounds of [`StrangerBounds`] are counted over.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How many automatic answers of all kinds one address gets in a day.
const PER_ADDRESS_DAY: u64 = 5;

/// A member's wish to leave, as a kind of question.
const LEAVE: &str = "leave";

/// How many rows that count no more are deleted for each new one.
const CLEARED_AT_ONCE: i64 = 20;

/// A mail provider that passes over dots in local parts, and under which names.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// How many automatic answers people who are not proven to be members get in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrangerBounds {
    /// At the addresses of one domain.
    pub per_domain: u64,
    /// By what one network sends: a /24, or a /48 of IPv6. Only networks of the open internet are counted.
    pub per_network: u64,
    /// In all.
    pub in_all: u64,
}

/// Whether somebody who is not proven to be a member may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Yes, and that is noted.
    Yes,
    /// That address was answered the same within a day, or as often as one is in a day.
    AnsweredToday,
    /// Its domain, the client's network or all strangers together had as many answers as there are in an hour.
    TooMany,
}

/// Whether one more automatic answer may go to `address`, for a mail that the client at `peer` handed over; where it may,
/// it is counted. `kind`: what is answered, such as `join`; `proven`: that the mail is from whom it says.
pub(super) fn may_answer(
    db: &Connection,
    now: Timestamp,
    address: &Address,
    peer: IpAddr,
    kind: &str,
    proven: bool,
    bounds: StrangerBounds,
) -> Result<Allowed, StoreError> {
    // Who is proven to have asked shares no bound with those who may be forged: they cannot be locked out by these.
    let (mut mailbox, mut domain) = (mailbox(address), address.domain().to_lowercase());
    let mut network = dns::network(peer).unwrap_or_default();
    if proven {
        mailbox.insert_str(0, "proven ");
        domain.insert_str(0, "proven ");
        network.clear();
    }
    // Nobody can be kept on a list by what others ask in their name.
    let leaves = kind == LEAVE;
    let (day, hour) = (before(now, DAY), before(now, HOUR));
    clear(db, day)?;
    let same = "address = ?1 AND kind = ?2 AND at > ?3";
    let is_enough = has(db, same, &[&mailbox, &kind, &day], 1)?
        || !leaves && has(db, "address = ?1 AND kind <> 'leave' AND at > ?2", &[&mailbox, &day], PER_ADDRESS_DAY)?;
    if is_enough {
        return Ok(Allowed::AnsweredToday);
    }
    let too_many = !leaves
        && (has(db, "domain = ?1 AND at > ?2", &[&domain, &hour], bounds.per_domain)?
            || !network.is_empty() && has(db, "network = ?1 AND at > ?2", &[&network, &hour], bounds.per_network)?
            || !proven && has(db, "at > ?1", &[&hour], bounds.in_all)?);
    if too_many {
        return Ok(Allowed::TooMany);
    }
    db.prepare_cached(
        "INSERT INTO answered_stranger (at, address, domain, network, kind) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((now.as_millisecond(), mailbox, domain, network, kind))?;
    Ok(Allowed::Yes)
}

/// Whether at least `most` rows are `such`. No more of them are looked at.
fn has(db: &Connection, such: &str, values: &[&dyn ToSql], most: u64) -> Result<bool, StoreError> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM answered_stranger WHERE {such} LIMIT {most})");
    let found: i64 = db.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?;
    Ok(found.unsigned_abs() >= most)
}

fn clear(db: &Connection, day: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "DELETE FROM answered_stranger WHERE id IN (SELECT id FROM answered_stranger WHERE at <= ?1 ORDER BY at LIMIT ?2)",
    )?
    .execute([day, CLEARED_AT_ONCE])?;
    Ok(())
}

fn before(now: Timestamp, span: SignedDuration) -> i64 {
    now.saturating_sub(span).unwrap_or(Timestamp::MIN).as_millisecond()
}

/// The mailbox that an address leads to, as far as its spelling tells: one has many addresses by what stands behind a
/// `+` (RFC 5233), and at some domains by dots.
fn mailbox(address: &Address) -> String {
    let key = address.key();
    let (local, domain) = key.rsplit_once('@').unwrap_or((key.as_str(), ""));
    let bare = local.split('+').next().filter(|bare| !bare.is_empty()).unwrap_or(local);
    match DOTLESS.contains(&domain) {
        true => format!("{}@{}", bare.replace('.', ""), DOTLESS[0]),
        false => format!("{bare}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Faults, Store};

    const BOUNDS: StrangerBounds = StrangerBounds { per_domain: 10, per_network: 6, in_all: 20 };
    const HERE: &str = "127.0.0.1";

    /// A store, and strangers who ask it.
    struct Door(Store, #[expect(dead_code, reason = "goes with it")] tempfile::TempDir);

    impl Door {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self(Store::open(&folder.path().join("s.db"), Faults::none()).unwrap(), folder)
        }

        /// Asks at `minute`, from `peer`.
        fn ask(&self, minute: i64, address: &str, peer: &str, kind: &str) -> Allowed {
            let now = Timestamp::from_second(1_770_000_000 + 60 * minute).unwrap();
            let (address, peer) = (Address::parse(address).unwrap(), peer.parse().unwrap());
            let kind = kind.to_owned();
            self.0.write(move |db, _| may_answer(db, now, &address, peer, &kind, false, BOUNDS)).wait().unwrap()
        }

        fn answered<'a>(&self, minute: i64, asked: impl IntoIterator<Item = (String, &'a str)>) -> usize {
            let asked = asked.into_iter();
            asked.filter(|(address, peer)| self.ask(minute, address, peer, "join") == Allowed::Yes).count()
        }

        fn rows(&self) -> i64 {
            self.0.read(|db| Ok(db.query_row("SELECT count(*) FROM answered_stranger", [], |row| row.get(0))?)).unwrap()
        }
    }

    #[test]
    fn an_address_is_answered_the_same_once_a_day_however_it_is_spelled() {
        let door = Door::new();
        assert_eq!(door.ask(0, "ada@one.example", HERE, "join"), Allowed::Yes);
        for again in ["ada@one.example", "ADA@One.Example", "ada+list@one.example", "ada+@one.example"] {
            assert_eq!(door.ask(1439, again, HERE, "join"), Allowed::AnsweredToday, "{again}");
        }
        assert_eq!(door.ask(1439, "a.d.a@one.example", HERE, "join"), Allowed::Yes, "another person's");
        assert_eq!(door.ask(1439, "+ada@one.example", HERE, "join"), Allowed::Yes, "another person's");
        assert_eq!(door.ask(1440, "ada@one.example", HERE, "join"), Allowed::Yes, "the next day");
        assert_eq!(door.ask(0, "j.doe+x@gmail.com", HERE, "join"), Allowed::Yes);
        assert_eq!(door.ask(1, "jd.oe@googlemail.com", HERE, "join"), Allowed::AnsweredToday);
    }

    #[test]
    fn an_address_gets_five_answers_a_day_of_whatever_kind() {
        let door = Door::new();
        let kinds = ["join", "add", "help", "status", "name", "pause", "zone"];
        let of = |minute| kinds.map(|kind| door.ask(minute, "ada@one.example", HERE, kind));
        use Allowed::{AnsweredToday, Yes};
        assert_eq!(of(0), [Yes, Yes, Yes, Yes, Yes, AnsweredToday, AnsweredToday]);
        assert_eq!(of(1439)[4..], [AnsweredToday, AnsweredToday, AnsweredToday]);
        assert_eq!(of(1440)[..3], [Yes, Yes, Yes]);
        // Nobody is kept on a list by what others asked in their name.
        assert_eq!(door.ask(1439, "ada@one.example", HERE, "leave"), Yes);
    }

    #[test]
    fn a_domain_a_network_and_all_together_have_their_hours_share() {
        let people = |domain: &'static str, n: usize| (0..n).map(move |i| format!("p{i}@{domain}"));
        let door = Door::new();
        assert_eq!(door.answered(0, people("one.example", 40).map(|who| (who, HERE))), 10, "of a domain");
        assert_eq!(door.answered(59, people("one.example", 40).map(|who| (who, HERE))), 0, "within the hour");
        assert_eq!(door.answered(60, (40..80).map(|i| (format!("p{i}@one.example"), HERE))), 10, "in the next");

        let door = Door::new();
        let anywhere = |n: usize| (0..n).map(|i| format!("p@d{i}.example"));
        let peers = ["192.0.2.1", "192.0.2.77", "192.0.2.200", "::ffff:192.0.2.9"];
        assert_eq!(door.answered(0, anywhere(12).zip(peers.into_iter().cycle())), 6, "of an IPv4 network");
        let peers = ["2001:db8:7::1", "2001:db8:7:ffff::2"];
        assert_eq!(door.answered(0, anywhere(24).skip(12).zip(peers.into_iter().cycle())), 6, "of an IPv6 network");
        let all = door.answered(0, anywhere(200).skip(24).map(|who| (who, "10.0.0.1")));
        assert_eq!(all, 20 - 12, "in all; a server in front is no network to be counted");
    }

    #[test]
    fn who_is_proven_is_not_locked_out_by_those_who_may_be_forged_and_has_a_domains_share_too() {
        let door = Door::new();
        let forged = (0..60).map(|i| (format!("p{i}@{}.example", ["one", "two", "three"][i % 3]), HERE));
        assert_eq!(door.answered(0, forged), 20);
        let proven = |i: usize| {
            let (now, peer) = (Timestamp::from_second(1_770_000_000).unwrap(), HERE.parse().unwrap());
            let address = Address::parse(&format!("honest{i}@one.example")).unwrap();
            door.0.write(move |db, _| may_answer(db, now, &address, peer, "join", true, BOUNDS)).wait().unwrap()
        };
        assert_eq!((0..15).filter(|i| proven(*i) == Allowed::Yes).count(), 10);
    }

    #[test]
    fn what_counts_no_more_is_deleted_on_the_way() {
        let door = Door::new();
        for hour in 0..5 {
            door.answered(60 * hour, (0..20).map(|i| (format!("p@{hour}x{i}.example"), HERE)));
        }
        assert_eq!(door.rows(), 100);
        for minute in 0..6 {
            door.ask(3 * 1440 + minute, "late@one.example", HERE, "join");
        }
        assert_eq!(door.rows(), 1);
    }
}
