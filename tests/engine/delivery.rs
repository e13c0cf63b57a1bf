//! Delivery of many mails: a domain that is slow, or refuses, holds up nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use rejoinder::deliver::{About, Accepted, Calls, Courier, Dispatch, Outgoing, Relay, RelayError, ServerText, Step};
use rejoinder::discussion::OutboxId;
use rejoinder::store::{Faults, MemberChange, QueueRow, StoreError};
use tokio::sync::{Notify, watch};

use crate::list::{AUTHOR, DOMAIN, Mail, TestList, address, named};

/// A relay that hangs on one domain until it is let go, refuses another for now, and notes what was on its way at once.
struct Uneven {
    hangs: &'static str,
    refuses: &'static str,
    let_go: watch::Sender<bool>,
    seen: Mutex<Seen>,
    done: watch::Sender<usize>,
}

#[derive(Default)]
struct Seen {
    under_way: BTreeMap<String, usize>,
    most: BTreeMap<String, usize>,
    taken: BTreeSet<String>,
    times: usize,
}

impl Uneven {
    fn new(hangs: &'static str, refuses: &'static str) -> Arc<Self> {
        let (let_go, done) = (watch::Sender::new(false), watch::Sender::new(0));
        Arc::new(Self { hangs, refuses, let_go, seen: Mutex::default(), done })
    }

    fn most(&self, domain: &str) -> usize {
        self.seen.lock().unwrap().most.get(domain).copied().unwrap_or(0)
    }
}

impl Relay for Uneven {
    async fn send(&self, mail: &Outgoing) -> Result<Accepted, RelayError> {
        let domain = mail.recipient.domain().to_owned();
        {
            let mut seen = self.seen.lock().unwrap();
            let count = *seen.under_way.entry(domain.clone()).and_modify(|count| *count += 1).or_insert(1);
            let most = seen.most.entry(domain.clone()).or_default();
            *most = count.max(*most);
        }
        tokio::task::yield_now().await;
        if domain == self.hangs {
            self.let_go.subscribe().wait_for(|go| *go).await.unwrap();
        }
        {
            let mut seen = self.seen.lock().unwrap();
            *seen.under_way.get_mut(&domain).unwrap() -= 1;
            if domain != self.refuses {
                seen.times += 1;
                seen.taken.insert(mail.recipient.to_string());
            }
        }
        self.done.send_modify(|done| *done += 1);
        let text = ServerText::new("as the test said");
        if domain == self.refuses {
            return Err(RelayError::Temporary {
                step: Step::Recipient,
                about: About::Recipient,
                code: Some(451),
                text,
            });
        }
        Ok(Accepted { text })
    }
}

/// A list with readers of each at these domains, so many at each, and one post that waits to go out to all of them.
fn posted(folder: &std::path::Path, readers: &[(&str, usize)]) -> TestList {
    let talk = TestList::new(folder);
    let people = readers.iter().flat_map(|(domain, count)| (0..*count).map(move |n| format!("r{n}@{domain}")));
    let each = |who: String| (address(&who), MemberChange { ..named("R", "each") });
    talk.store.join(talk.list().id, people.map(each).collect(), talk.clock.now()).wait().unwrap();
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    talk.fan_out();
    talk
}

fn courier<R: Relay>(talk: &TestList, relay: &Arc<R>) -> Courier<R> {
    let dispatch = Dispatch {
        worker: "test".to_owned(),
        domain: DOMAIN.to_owned(),
        verp: true,
        patience: SignedDuration::from_hours(96),
        connections: 4,
        connections_per_domain: 3,
    };
    Courier::new(talk.store.clone(), Arc::clone(relay), talk.keys.clone(), talk.clock.clone(), dispatch)
}

#[test]
fn a_domain_that_hangs_never_takes_all_and_the_others_go_past_it() {
    let folder = tempfile::tempdir().unwrap();
    // The slow ones were queued first, more of them than a claim looks at.
    let talk = posted(folder.path(), &[("slow.example", 700), ("a.example", 60), ("b.example", 60), ("c.example", 1)]);
    let relay = Uneven::new("slow.example", "");
    let courier = courier(&talk, &relay);
    let tally = talk.runtime.block_on(async {
        let drain = tokio::spawn(async move { courier.drain().await });
        relay.done.subscribe().wait_for(|done| *done == 121).await.unwrap();
        let fast = relay.seen.lock().unwrap().taken.clone();
        assert!(fast.len() == 121 && fast.iter().all(|who| !who.ends_with("slow.example")), "{fast:?}");
        assert_eq!(relay.seen.lock().unwrap().under_way["slow.example"], 3);
        relay.let_go.send_replace(true);
        drain.await.unwrap().unwrap()
    });
    let seen = relay.seen.lock().unwrap();
    assert_eq!((tally.sent, seen.taken.len(), seen.times), (821, 821, 821));
    drop(seen);
    assert!(relay.most("slow.example") == 3 && relay.most("a.example") <= 3);
}

#[test]
fn a_domain_that_takes_nothing_for_now_delays_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("full.example", 300), ("a.example", 40)]);
    let relay = Uneven::new("", "full.example");
    let courier = courier(&talk, &relay);
    let tally = talk.runtime.block_on(courier.drain()).unwrap();
    assert_eq!((tally.sent, tally.deferred, tally.failed), (40, 300, 0));
    assert!(relay.most("full.example") <= 3);
    // Put off, they are in nobody's way.
    assert_eq!(talk.runtime.block_on(courier.drain()).unwrap().deferred, 0);
}

#[test]
fn told_to_stop_it_finishes_what_is_under_way_and_leaves_the_rest_ready() {
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("slow.example", 40)]);
    let relay = Uneven::new("slow.example", "");
    let courier = courier(&talk, &relay);
    let (stop, stopping) = watch::channel(false);
    let tally = talk.runtime.block_on(async {
        let calls = Calls { queued: None, stopping: Some(stopping) };
        let work = tokio::spawn(async move { courier.work(calls).await });
        while relay.most("slow.example") < 3 {
            tokio::task::yield_now().await;
        }
        stop.send_replace(true);
        let ready = |row: &QueueRow| row.next_attempt_at <= talk.clock.now();
        while talk.store.queue(false).unwrap().iter().filter(|row| ready(row)).count() < 37 {
            tokio::task::yield_now().await;
        }
        relay.let_go.send_replace(true);
        work.await.unwrap().unwrap()
    });
    let waiting = talk.store.queue(false).unwrap().len();
    assert_eq!((tally.sent, waiting, relay.most("slow.example")), (3, 37, 3));
}

#[test]
fn what_cannot_be_written_down_now_is_written_down_later_and_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("a.example", 20)]);
    let relay = Uneven::new("", "");
    let courier = courier(&talk, &relay);
    let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    let trouble = "CREATE TRIGGER trouble BEFORE UPDATE OF state ON outbox WHEN NEW.state = 'sent'
                   BEGIN SELECT RAISE(ABORT, 'as on a full disk'); END";
    database.execute_batch(trouble).unwrap();
    let fault = talk.runtime.block_on(courier.drain()).unwrap_err();
    assert!(fault.is_temporary(), "{fault}");
    assert!(talk.runtime.block_on(courier.drain()).is_err());
    let before = relay.seen.lock().unwrap().times;
    assert!(before > 0 && talk.store.queue(false).unwrap().len() == 20);
    database.execute_batch("DROP TRIGGER trouble").unwrap();
    talk.runtime.block_on(courier.drain()).unwrap();
    assert!(talk.store.queue(false).unwrap().is_empty());
    let seen = relay.seen.lock().unwrap();
    assert_eq!((seen.taken.len(), seen.times), (20, 20), "something was sent twice");
}

#[test]
fn a_passing_fault_while_looking_for_more_breaks_off_nothing_and_leaves_nothing_leased() {
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("slow.example", 40)]);
    let relay = Uneven::new("slow.example", "");
    let courier = courier(&talk, &relay);
    let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    let queued = Notify::new();
    let (worked, ()) = talk.runtime.block_on(async {
        let work = courier.work(Calls { queued: Some(&queued), stopping: None });
        let trouble = async {
            while relay.most("slow.example") < 3 {
                tokio::task::yield_now().await;
            }
            database.execute_batch("ALTER TABLE outbox RENAME TO away").unwrap();
            queued.notify_one();
            // Whoever yields is polled after the round, which has looked by then.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            relay.let_go.send_replace(true);
        };
        tokio::join!(work, trouble)
    });
    assert!(worked.as_ref().is_err_and(StoreError::is_temporary), "{worked:?}");
    assert_eq!(relay.seen.lock().unwrap().times, 3, "what was under way was broken off, or more was begun");
    database.execute_batch("ALTER TABLE away RENAME TO outbox").unwrap();
    assert_eq!(talk.runtime.block_on(courier.drain()).unwrap().sent, 37);
    let seen = relay.seen.lock().unwrap();
    assert_eq!((seen.taken.len(), seen.times), (40, 40), "something was sent twice");
    assert!(talk.store.queue(false).unwrap().is_empty());
}

#[test]
fn where_the_store_ends_what_is_under_way_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let before = posted(folder.path(), &[("slow.example", 5), ("a.example", 1)]);
    let clock = before.clock.clone();
    drop(before);
    let faults = Faults::at(|point| point == "outbox.before-sent");
    let talk = TestList::open(folder.path(), clock, faults);
    let relay = Uneven::new("slow.example", "");
    let courier = courier(&talk, &relay);
    let (worked, ()) = talk.runtime.block_on(async {
        let ended = async {
            // That the mail to a.example went out is what the store cannot write down. Whoever asks after one who was
            // told that it is closed is told after all the others.
            let mut closed = 0;
            while closed < 2 {
                let asked = talk.store.retry(Some(OutboxId(0)), talk.clock.now()).await;
                closed += usize::from(matches!(asked, Err(StoreError::Closed)));
            }
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            relay.let_go.send_replace(true);
        };
        tokio::join!(courier.drain(), ended)
    });
    assert!(matches!(worked, Err(StoreError::Closed)), "{worked:?}");
    let seen = relay.seen.lock().unwrap();
    assert_eq!((seen.taken.len(), seen.under_way["slow.example"]), (1 + 3, 0), "{:?}", seen.taken);
}

/// A relay that breaks over its first mail.
#[derive(Default)]
struct Breaking(AtomicUsize);

impl Relay for Breaking {
    async fn send(&self, _: &Outgoing) -> Result<Accepted, RelayError> {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) > 0, "a test of what follows");
        Ok(Accepted { text: ServerText::new("taken") })
    }
}

#[test]
fn a_mail_whose_sending_panics_waits_as_one_that_was_refused_for_now() {
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("a.example", 5)]);
    let courier = courier(&talk, &Arc::new(Breaking::default()));
    let tally = talk.runtime.block_on(courier.drain()).unwrap();
    assert_eq!((tally.sent, tally.deferred, tally.failed), (4, 1, 0));
    let row = talk.store.queue(false).unwrap().pop().unwrap();
    assert!(row.last_error.is_some_and(|why| why.contains("broke off")));
    let waits = row.next_attempt_at.duration_since(talk.clock.now());
    assert!(waits.is_positive() && waits < SignedDuration::from_hours(1), "{waits:?}");
    talk.clock.set(row.next_attempt_at);
    assert_eq!(talk.runtime.block_on(courier.drain()).unwrap().sent, 1);
}

#[test]
fn a_claim_takes_no_more_of_a_domain_than_its_share_and_goes_on_where_it_was() {
    use rejoinder::store::Share;
    let folder = tempfile::tempdir().unwrap();
    let talk = posted(folder.path(), &[("big.example", 400), ("a.example", 5), ("b.example", 5), ("z.example", 5)]);
    let now = talk.clock.now();
    let lease = now + SignedDuration::from_hours(1);
    let claim = |most, held: &[(&str, usize)], reached: Option<String>| {
        let held = held.iter().map(|(domain, count)| ((*domain).to_owned(), *count)).collect();
        let share = Share { most, per_domain: 4, held, reached, dkim: 0 };
        let claims = talk.store.claim_outbox("x", now, lease, share).wait().unwrap();
        let mut domains: Vec<String> = claims.mails.iter().map(|mail| mail.recipient.domain().to_owned()).collect();
        domains.dedup();
        (domains, claims.mails.len(), claims.more, claims.reached)
    };
    let (domains, count, more, reached) = claim(10, &[("big.example", 2)], None);
    assert_eq!((domains.join(" "), count, more), ("big.example a.example b.example".to_owned(), 2 + 4 + 4, true));
    assert_eq!(reached.as_deref(), Some("b.example"));
    let held = [("big.example", 4), ("a.example", 4), ("b.example", 4)];
    let (domains, count, more, reached) = claim(10, &held, reached);
    assert_eq!((domains.join(" "), count, more, reached), ("z.example".to_owned(), 4, true, None));
    let (_, count, more, _) = claim(500, &[("big.example", 4)], None);
    assert_eq!((count, more), (1 + 1 + 1, true));
}
