//! Whatever a mail is for, and wherever the process ends while it is taken in: sent again where it was not
//! acknowledged, it is there once, and all is as if nothing had ended.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rejoinder::clock::Clock;
use rejoinder::discussion::{ConfirmationId, EditionId, ListName, MemberId, OutboxId};
use rejoinder::store::{Faults, ListChange, NewList};
use rejoinder::token::Token;
use rusqlite::types::Value;

use crate::list::{AUTHOR, Mail, START, TestList, named, time};

const MEMBER: &str = "ada@example.net";
const LEAVES: &str = "leaves@example.net";
const STRANGER: &str = "noor@example.net";

/// A mail of every kind. Each may be sent again from its beginning, as a client does that was not answered.
const STEPS: [&str; 15] = [
    "a post",
    "an answer",
    "an answer whose parent is missing",
    "another to the same missing one",
    "the parent, late, in another conversation",
    "a post to two lists",
    "another mail under a known id",
    "a stranger's answer",
    "a command",
    "a bounce",
    "an automatic answer",
    "a goodbye",
    "an answer by a mail's own address",
    "accepted by a moderator",
    "rejected by a moderator",
];

fn found(folder: &Path) {
    let talk = TestList::new(folder);
    let name = ListName::parse("other").unwrap();
    let schedule = talk.list().schedule;
    let other = NewList { name, title: "Other".to_owned(), schedule, at: time(START) };
    let other = talk.store.create_list(other).wait().unwrap();
    let author = rejoinder::store::MemberChange { role: Some("author".parse().unwrap()), ..named("Marina", "none") };
    talk.store.join(other, vec![(crate::list::address(AUTHOR), author)], time(START)).wait().unwrap();
    let hold = ListChange { strangers: Some("hold".parse().unwrap()), ..ListChange::default() };
    talk.store.change_list(talk.list().id, hold, time(START)).wait().unwrap();
    talk.join(MEMBER, named("Ada", "none"));
    talk.join(LEAVES, named("Leo", "daily"));
}

fn address_of(talk: &TestList, kind: &str, token: Token) -> String {
    format!("talk+{kind}.{}@lists.example", talk.keys.make(1, talk.list().id, token).unwrap())
}

/// Does a step; whether it was acknowledged.
fn done(talk: &TestList, step: &str) -> bool {
    let send = |mail: Mail| talk.send(&mail).is_positive();
    let leaves = || talk.member(LEAVES).id;
    match step {
        "a post" => send(Mail::new(AUTHOR, "p")),
        "an answer" => send(Mail::new(MEMBER, "a").answers("p")),
        "an answer whose parent is missing" => send(Mail::new(MEMBER, "b").answers("late")),
        "another to the same missing one" => send(Mail::new(AUTHOR, "c").answers("late")),
        "the parent, late, in another conversation" => send(Mail::new(MEMBER, "late").answers("a")),
        "a post to two lists" => {
            talk.send_to(&Mail::new(AUTHOR, "q"), &["talk@lists.example", "other@lists.example"]).is_positive()
        }
        "another mail under a known id" => send(Mail::new(MEMBER, "p").answers("a").says("I am another mail.")),
        "a stranger's answer" => send(Mail::new("eve@example.com", "s").answers("p")),
        "a command" => talk.send_to(&Mail::new(MEMBER, "h"), &["talk+help@lists.example"]).is_positive(),
        "a bounce" => {
            let mut bounce = Mail::new("MAILER-DAEMON@mx.example", "gone");
            bounce.bounce = true;
            let to = address_of(talk, "b", Token::Bounce(leaves(), OutboxId(7)));
            talk.send_to(&bounce, &[&to]).is_positive()
        }
        "an automatic answer" => send(Mail::new(MEMBER, "away").header("Auto-Submitted: auto-replied")),
        "a goodbye" => {
            let to = address_of(talk, "u", Token::Unsubscribe(leaves()));
            talk.send_to(&Mail::new(LEAVES, "bye"), &[&to]).is_positive()
        }
        "an answer by a mail's own address" => {
            let item = talk.threads().iter().find(|row| row.message_id == "a@test").unwrap().item;
            let to = address_of(talk, "r", Token::Reply(talk.member(MEMBER).id, item));
            talk.send_to(&Mail::new(MEMBER, "d"), &[&to]).is_positive()
        }
        "accepted by a moderator" => decided(talk, "About s", true),
        _ => decided(talk, "About p", false),
    }
}

/// A moderator's decision: whoever is not told that it was made looks whether the mail still waits.
fn decided(talk: &TestList, subject: &str, accepts: bool) -> bool {
    let held = talk.store.held(None).unwrap();
    let Some(held) = held.iter().find(|held| held.subject == subject) else { return true };
    match accepts {
        true => talk.intake.accept_held(held.id, None).is_ok(),
        false => talk.store.reject_held(held.id, talk.clock.now()).wait().is_ok(),
    }
}

/// What is asked and answered by mail, in order.
const ASKED: [&str; 8] = [
    "a mail to two items of a digest",
    "one that does not say to which",
    "what its sender meant",
    "undo",
    "a stranger asks to join",
    "the stranger says yes",
    "a member wants less mail",
    "a member leaves",
];

/// A list with a digest of two posts that Ada was sent; she wants receipts.
fn found_with_a_digest(folder: &Path) {
    let talk = TestList::new(folder);
    talk.join(MEMBER, rejoinder::store::MemberChange { receipts: Some(true), ..named("Ada", "daily") });
    for post in ["p", "q"] {
        assert!(talk.send(&Mail::new(AUTHOR, post)).is_positive());
    }
    assert_eq!(talk.digests(DIGEST).made.len(), 1);
}

/// When that digest was made.
const DIGEST: &str = "2026-03-02T09:00:00Z";

/// Does a step of [`ASKED`]; whether it was acknowledged.
fn done_asked(folder: &Path, talk: &TestList, step: &str) -> bool {
    let ada = talk.member(MEMBER).id;
    let edition = "SELECT id FROM edition WHERE kind = 'digest'";
    let edition = rusqlite::Connection::open(folder.join("list.db")).unwrap().query_row(edition, [], |row| row.get(0));
    let digest = address_of(talk, "d", Token::Digest(ada, EditionId(edition.unwrap())));
    let confirm = |number| address_of(talk, "c", Token::Confirm(ada, ConfirmationId(number)));
    let quote = |id: &str| format!("> These are the words of {id}, and of nobody else.\n");
    let send = |id: &str, says: &str, to: &str| talk.send_to(&Mail::new(MEMBER, id).says(says), &[to]).is_positive();
    match step {
        "a mail to two items of a digest" => {
            send("s", &format!("{}\nYes.\n\n{}\nNo.\n", quote("p"), quote("q")), &digest)
        }
        "one that does not say to which" => send("u", "Perhaps.\n", &digest),
        "what its sender meant" => send("m", "B\n", &confirm(2)),
        "undo" => send("t", "undo\n", &confirm(1)),
        "a stranger asks to join" => {
            talk.send_to(&Mail::new(STRANGER, "j"), &["talk+join@lists.example"]).is_positive()
        }
        "the stranger says yes" => {
            let to = address_of(talk, "c", Token::Confirm(MemberId(0), ConfirmationId(4)));
            talk.send_to(&Mail::new(STRANGER, "y").says("yes"), &[&to]).is_positive()
        }
        "a member wants less mail" => send("w", "weekly", "talk+help@lists.example"),
        _ => send("l", "leave", "talk+leave@lists.example"),
    }
}

/// As [`lived`], for what is asked and answered.
fn asked(n: usize) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    found_with_a_digest(folder.path());
    let passed = Arc::new(AtomicUsize::new(0));
    let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
    let mut talk = TestList::open(folder.path(), Clock::manual(time(DIGEST)), faults);
    let mut ended = 0;
    for step in ASKED {
        while !done_asked(folder.path(), &talk, step) {
            ended += 1;
            assert!(ended < 3, "it ends again and again at {step}");
            talk = TestList::open(folder.path(), Clock::manual(time(DIGEST)), Faults::none());
        }
    }
    (ended, kept(folder.path()))
}

/// Lives through all steps with an end at the `n`-th fault point; how often it ended, and all that is kept.
fn lived(n: usize) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    found(folder.path());
    let passed = Arc::new(AtomicUsize::new(0));
    let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
    let mut talk = TestList::open(folder.path(), Clock::manual(time(START)), faults);
    let mut ended = 0;
    for step in STEPS {
        while !done(&talk, step) {
            ended += 1;
            assert!(ended < 3, "it ends again and again at {step}");
            talk = TestList::open(folder.path(), Clock::manual(time(START)), Faults::none());
        }
    }
    (ended, kept(folder.path()))
}

/// All that is kept but how often a mail's octets came, a line a row.
fn kept(folder: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(folder.join("list.db")).unwrap();
    let mut lines = Vec::new();
    for sql in [
        "SELECT 'publication', list_id, seq, item_id FROM publication ORDER BY 2, 3",
        "SELECT 'item', id, list_id, post_id, parent_id, state, message_id, number, seq, author, revision, placed_by
         FROM item ORDER BY id",
        "SELECT 'revision', item_id, revision, why, spans FROM item_revision ORDER BY 2, 3",
        "SELECT 'alias', list_id, message_id, item_id, kind FROM message_alias ORDER BY 2, 3",
        "SELECT 'renumbered', post_id, number, item_id FROM renumbered ORDER BY 2, 3",
        "SELECT 'post', list_id, number, title, root_id, responses, last_number, merged_into FROM post ORDER BY 2, 3",
        "SELECT 'hold', list_id, message_id, sender, reason, state, item_id FROM hold ORDER BY id",
        "SELECT 'bounce', list_id, member_id FROM bounce ORDER BY id",
        "SELECT 'member', list_id, person_id, state, cursor, next_due FROM member ORDER BY id",
        "SELECT 'confirmation', c.id, kind, hold_id, tries, expires_at, m.message_id FROM confirmation c
         LEFT JOIN mail m ON m.id = c.answered_by ORDER BY c.id",
        "SELECT 'asked of', confirmation_id, position, item_id FROM confirmation_item ORDER BY 2, 3",
        "SELECT 'event', member_id, what, how, detail FROM member_event ORDER BY id",
        "SELECT 'stranger', address, kind FROM answered_stranger ORDER BY id",
        "SELECT 'told', person_id, at FROM told ORDER BY id",
        "SELECT 'outbox', kind, recipient, state FROM outbox ORDER BY id",
        "SELECT 'list', id, head, last_post_number FROM list ORDER BY id",
        "SELECT DISTINCT 'mail', message_id FROM mail WHERE id IN (SELECT mail_id FROM mail_raw) ORDER BY 2",
    ] {
        let mut query = db.prepare(sql).unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<Value> = (0..columns).map(|column| row.get(column).unwrap()).collect();
            lines.push(format!("{values:?}"));
        }
    }
    lines
}

#[test]
fn wherever_it_ends_while_a_mail_of_any_kind_comes_in_it_is_there_once() {
    let (ended, whole) = lived(0);
    assert_eq!(ended, 0);
    for kind in ["publication", "renumbered", "hold", "bounce"] {
        assert!(whole.iter().any(|line| line.contains(kind)), "no {kind} in this day: {whole:#?}");
    }
    // Once it is placed, before and after the commit: for thirteen mails and two decisions, which are not placed.
    assert_eq!(ended_everywhere(&whole, lived), 3 * 13 + 2 * 2);
}

#[test]
fn wherever_it_ends_while_something_is_asked_or_answered_it_is_done_once() {
    let (ended, whole) = asked(0);
    assert_eq!(ended, 0);
    for kind in ["s@test#2", "accepted", "removed", "t@test", "m@test", "y@test", "left", "weekly", STRANGER] {
        assert!(whole.iter().any(|line| line.contains(kind)), "no {kind} in this day: {whole:#?}");
    }
    assert_eq!(whole.iter().filter(|line| line.contains("confirmation")).count(), 5);
    assert_eq!(ended_everywhere(&whole, asked), 3 * 8);
}

/// Lives a day with an end at each of its fault points, how many these are; each time it must come to the same.
fn ended_everywhere(whole: &[String], lived: impl Fn(usize) -> (usize, Vec<String>)) -> usize {
    let mut points = 0;
    for n in 1.. {
        let (ended, kept) = lived(n);
        if ended == 0 {
            break;
        }
        points += 1;
        let missing: Vec<_> = whole.iter().filter(|line| !kept.contains(line)).collect();
        let new: Vec<_> = kept.iter().filter(|line| !whole.contains(line)).collect();
        assert!(missing.is_empty() && new.is_empty(), "fault point {n}: missing {missing:#?}, new {new:#?}");
        assert_eq!(kept.len(), whole.len(), "fault point {n}: something is there twice");
    }
    points
}
