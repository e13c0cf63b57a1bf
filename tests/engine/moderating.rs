//! Moderation: a list's rules, bans, and the mail to moderators that is answered by `ok 1 3; drop 2`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rejoinder::clock::Clock;
use rejoinder::deliver::Outgoing;
use rejoinder::discussion::{Attachments, ConfirmationId, FirstTime, MemberState, Number, Role, Strangers};
use rejoinder::message::Mail as Parsed;
use rejoinder::store::{Faults, ListChange, MemberChange, NewList, Removed};
use rejoinder::token::Token;
use rusqlite::Connection;

use crate::asking::{foretold, press_reply, told, words_of};
use crate::list::{AUTHOR, Mail, TestList, address, named, time};
use crate::splitting::{DAVID, ELLEN, conversation, folder, reply_to, send, talk};

pub const RUTH: &str = "ruth@example.org";
pub const JONAS: &str = "jonas@example.net";
pub const EVE: &str = "eve@example.com";

pub fn set(talk: &TestList, change: ListChange) {
    talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
    talk.store.forget_lists();
}

pub fn moderator(talk: &TestList, who: &str, name: &str) {
    talk.join(who, MemberChange { role: Some(Role::Moderator), ..named(name, "none") });
}

/// A list where strangers' mail is held, with the moderator Ruth and a post p.
pub fn with_ruth(folder: &tempfile::TempDir) -> TestList {
    let talk = talk(folder);
    moderator(&talk, RUTH, "Ruth");
    set(&talk, ListChange { strangers: Some(Strangers::Hold), ..ListChange::default() });
    conversation(&talk, "p", &[]);
    talk
}

/// Strangers' answers to p, held.
pub fn strangers(talk: &TestList, ids: &[&str]) {
    for id in ids {
        send(talk, &[Mail::new(&format!("Eve <{id}@example.com>"), id).answers("p")]);
    }
}

pub fn why_held(talk: &TestList) -> Vec<String> {
    talk.store.held(None).unwrap().into_iter().map(|held| held.reason).collect()
}

/// To how many moderators a mail went at that time.
pub fn tell_moderators(talk: &TestList, at: &str) -> usize {
    talk.at(at);
    talk.job.tell_moderators(&talk.list(), talk.clock.now()).unwrap()
}

/// The one mail to a moderator at that time, and the address for its answer.
pub fn asked_at(talk: &TestList, at: &str) -> (Outgoing, String) {
    assert_eq!(tell_moderators(talk, at), 1);
    one_told(talk)
}

fn one_told(talk: &TestList) -> (Outgoing, String) {
    let mut mails = told(talk);
    assert_eq!(mails.len(), 1, "{:?}", mails.iter().map(words_of).collect::<Vec<_>>());
    let mail = mails.remove(0);
    let to = format!("talk+c.{}@lists.example", reply_to(&mail.content, "talk+c."));
    (mail, to)
}

fn answer(talk: &TestList, from: &str, id: &str, says: &str, asked: &(Outgoing, String)) {
    assert_eq!(talk.send_to(&press_reply(from, id, says, &asked.0), &[&asked.1]).code, 250);
}

fn html_of(mail: &Outgoing) -> String {
    let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
    parsed.body_html(0).unwrap().into_owned()
}

pub const SOON: &str = "2026-03-01T08:05:00Z";

/// An answer to p with a file.
pub fn with_a_file(from: &str, id: &str) -> Mail {
    let parts = "--b\n\nLook.\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf\n\n\
                 12345\n--b--";
    Mail::new(from, id).answers("p").header("Content-Type: multipart/mixed; boundary=b").says(parts)
}

// The mail to moderators.

#[test]
fn moderators_are_told_after_some_minutes_and_at_most_once_an_hour() {
    let folder = folder();
    let talk = with_ruth(&folder);
    assert_eq!(tell_moderators(&talk, "2026-03-01T07:59:00Z"), 0);
    talk.at("2026-03-01T08:00:00Z");
    strangers(&talk, &["one"]);
    assert_eq!(tell_moderators(&talk, "2026-03-01T08:04:59Z"), 0);
    strangers(&talk, &["two"]);
    assert_eq!(tell_moderators(&talk, SOON), 1);
    let mails = told(&talk);
    assert_eq!(mails[0].recipient.as_str(), RUTH);
    let parsed = Parsed::parse(&mails[0].content);
    assert_eq!(parsed.subject, "[Talk] 2 mails wait for you");
    assert_eq!(parsed.header("Auto-Submitted"), Some("auto-generated"));
    strangers(&talk, &["three"]);
    assert_eq!(tell_moderators(&talk, "2026-03-01T09:04:59Z"), 0);
    assert_eq!(tell_moderators(&talk, "2026-03-01T09:05:00Z"), 1);
    // What they do not know stands first, and what they knew is there still.
    let words = words_of(&told(&talk)[0]);
    let places = ["1. Eve <three@", "2. Eve <one@", "3. Eve <two@"].map(|who| words.find(who).unwrap());
    assert!(places.is_sorted(), "{words}");
    for at in ["2026-03-01T10:10:00Z", "2026-03-04T09:04:59Z"] {
        assert_eq!(tell_moderators(&talk, at), 0, "{at}");
    }
    assert_eq!(tell_moderators(&talk, "2026-03-04T09:05:00Z"), 1, "what waits is told of again after three days");
}

#[test]
fn it_says_who_wrote_what_and_why_it_waits_and_has_links_for_a_phone() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["eve"]);
    let text = "My own address is eve@example.com, and David is at david@example.net.";
    send(&talk, &[Mail::new("David <david@example.net>", "post").says(text)]);
    let (mail, to) = asked_at(&talk, "2026-03-01T10:00:00Z");
    let words = words_of(&mail);
    assert!(words.contains("1. Eve <eve@example.com>, not on the list “About eve” The sender is no member"), "{words}");
    assert!(words.contains("It has waited for 2 hours."), "{words}");
    assert!(words.contains("> Some begin slowly"), "{words}");
    assert!(words.contains("2. David, member “About post” It answers nothing"), "{words}");
    // A subscriber's address is shown to nobody.
    assert!(!String::from_utf8_lossy(&mail.content).replace("=\r\n", "").contains("david@example.net"));
    let html = html_of(&mail);
    let link = format!("mailto:{}?subject=", to.replace('+', "%2B"));
    for words in ["ok%201", "drop%201", "ban%201", "ok%202"] {
        assert!(html.contains(&format!("{link}{words}\"")), "no {words} in {html}");
        assert!(Parsed::parse(&mail.content).text.contains(&format!("{link}{words}\n")), "{words}");
    }
}

#[test]
fn where_there_is_no_moderator_the_owner_is_told_and_else_nobody() {
    let folder = folder();
    let talk = with_ruth(&folder);
    talk.change(RUTH, MemberChange { role: Some(Role::Member), ..MemberChange::default() });
    strangers(&talk, &["eve"]);
    assert_eq!(tell_moderators(&talk, SOON), 0);
    set(&talk, ListChange { owner: Some(address("owner@example.org")), ..ListChange::default() });
    let asked = asked_at(&talk, SOON);
    assert_eq!(asked.0.recipient.as_str(), "owner@example.org");
    answer(&talk, "owner@example.org", "x", "ok 1", &asked);
    assert!(talk.tree().contains("eve@test"));
    let (done, _) = one_told(&talk);
    assert_eq!(done.recipient.as_str(), "owner@example.org");
    assert!(words_of(&done).contains("1: “About eve” is published, as #1 in “About p”."), "{}", words_of(&done));
    // An owner who is one no more.
    strangers(&talk, &["two"]);
    let asked = asked_at(&talk, "2026-03-01T10:00:00Z");
    set(&talk, ListChange { owner: Some(address(AUTHOR)), ..ListChange::default() });
    answer(&talk, "owner@example.org", "y", "ok 1", &asked);
    assert!(!talk.tree().contains("two@test"));
}

#[test]
fn a_sender_who_was_asked_is_left_their_time_to_answer() {
    let folder = folder();
    let talk = with_ruth(&folder);
    conversation(&talk, "q", &[]);
    let (to, _) = crate::splitting::digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    crate::splitting::ellen_answers(&talk, &to, "e", "Yes.\n");
    assert_eq!(tell_moderators(&talk, "2026-03-10T09:00:00Z"), 0);
    assert_eq!(tell_moderators(&talk, "2026-03-16T09:00:00Z"), 1);
}

/// The moment of a mail to moderators, ended at the `n`-th fault point; whether it ended, and how many such mails went out.
fn lived(n: usize) -> (bool, usize) {
    let folder = folder();
    let talk = with_ruth(&folder);
    moderator(&talk, JONAS, "Jonas");
    strangers(&talk, &["one"]);
    drop(talk);
    let passed = Arc::new(AtomicUsize::new(0));
    let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
    let talk = TestList::open(folder.path(), Clock::manual(time(SOON)), faults);
    let ended = talk.job.tell_moderators(&talk.list(), time(SOON)).is_err();
    drop(talk);
    let talk = TestList::open(folder.path(), Clock::manual(time(SOON)), Faults::none());
    talk.job.tell_moderators(&talk.list(), time(SOON)).unwrap();
    talk.job.tell_moderators(&talk.list(), time(SOON)).unwrap();
    (ended, told(&talk).len())
}

#[test]
fn wherever_it_ends_each_moderator_gets_one_mail() {
    let mut ends = 0;
    for n in 1.. {
        let (ended, mails) = lived(n);
        assert_eq!(mails, 2, "fault point {n}");
        if !ended {
            break;
        }
        ends += 1;
    }
    assert!(ends >= 2, "only {ends} fault points were met");
}

// Their answers.

#[test]
fn an_answer_decides_what_it_names_and_the_rest_goes_on_waiting() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one", "two", "three", "four"]);
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "Hello,\n\nok 1 3; drop 2\nfrobnicate 4\nok 9\n\nRuth", &asked);
    let tree = talk.tree();
    assert!(tree.contains("1 one@test < p@test") && tree.contains("2 three@test < p@test"), "{tree}");
    assert!(!tree.contains("two@test") && !tree.contains("four@test"), "{tree}");
    let (done, to) = one_told(&talk);
    let words = words_of(&done);
    for said in [
        "1: “About one” is published, as #1 in “About p”.",
        "2: “About two” is not published.",
        "3: “About three” is published, as #2 in “About p”.",
        "9: there is no mail of this number",
        "4. Eve <four@example.com>, not on the list",
    ] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    assert_eq!(Parsed::parse(&done.content).header("In-Reply-To"), Some("<x@test>"));
    assert_eq!(to, asked.1, "the same mail may be answered again");
    // In the evening, by the answer that she got.
    answer(&talk, RUTH, "y", "ok 4", &(done, to));
    assert!(talk.tree().contains("four@test"));
    assert!(words_of(&one_told(&talk).0).contains("Nothing else waits."));
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn what_is_not_understood_is_said_and_does_nothing() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one", "two"]);
    let asked = asked_at(&talk, SOON);
    for (id, says, said) in [
        ("x", "ok", "Not understood, so nothing was done: “ok”"),
        ("y", "I shall look at them on Monday.", "Not understood, so nothing was done: “I shall look"),
        ("z", "ok 1; drop 1", "1: you said two things of it, so nothing was done."),
        ("w", "", "Your answer says nothing that could be done."),
    ] {
        answer(&talk, RUTH, id, says, &asked);
        let words = words_of(&one_told(&talk).0);
        assert!(words.contains(said) && words.contains("1. Eve <one@"), "{says}: {words}");
        assert_eq!(talk.store.held(None).unwrap().len(), 2, "{says}");
    }
}

#[test]
fn a_link_of_the_mail_decides_by_its_subject() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one", "two"]);
    let (_, to) = asked_at(&talk, SOON);
    assert_eq!(talk.send_to(&Mail::new(RUTH, "x").subject("ok 2").says("Sent from my phone"), &[&to]).code, 250);
    assert!(talk.tree().contains("two@test") && !talk.tree().contains("one@test"));
}

#[test]
fn an_answer_that_a_mail_program_sends_to_the_list_itself_decides_and_is_published_to_nobody() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one"]);
    let (mail, _) = asked_at(&talk, SOON);
    let id = Parsed::parse(&mail.content).message_id.as_str().to_owned();
    let names = |from: &str, id_of: &str| Mail::new(from, id_of).header(&format!("In-Reply-To: <{id}>")).says("ok 1");
    send(&talk, &[names(DAVID, "d")]);
    assert!(!talk.tree().contains("one@test"), "not everybody who saw its Message-ID");
    send(&talk, &[names(RUTH, "x")]);
    assert!(talk.tree().contains("one@test") && !talk.tree().contains("x@test"), "{}", talk.tree());
}

#[test]
fn quoted_words_decide_nothing() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one", "two"]);
    let asked = asked_at(&talk, SOON);
    let quoting = Mail::new(RUTH, "x").says("Who is that?\n\nOn Sunday Talk wrote:\n> ok 1\n> drop 2\n> ok all\n");
    assert_eq!(talk.send_to(&quoting, &[&asked.1]).code, 250);
    // A held mail's own words stand in the mail that lists it, and are quoted with it.
    answer(&talk, RUTH, "y", "Later.", &asked);
    assert_eq!(talk.store.held(None).unwrap().len(), 2);
    answer(&talk, RUTH, "z", "ok 1", &asked);
    assert!(talk.tree().contains("one@test"));
}

#[test]
fn each_number_is_decided_once_and_the_second_moderator_hears_who_was_faster() {
    let folder = folder();
    let talk = with_ruth(&folder);
    moderator(&talk, JONAS, "Jonas");
    strangers(&talk, &["one", "two"]);
    assert_eq!(tell_moderators(&talk, SOON), 2);
    let mails = told(&talk);
    let asked = |who: &str| {
        let mail = mails.iter().find(|mail| mail.recipient.as_str() == who).unwrap().clone();
        let to = format!("talk+c.{}@lists.example", reply_to(&mail.content, "talk+c."));
        (mail, to)
    };
    assert_ne!(asked(RUTH).1, asked(JONAS).1);
    answer(&talk, RUTH, "x", "ok 1; drop 2", &asked(RUTH));
    assert_eq!(told(&talk).len(), 1);
    // The same answer handed over once more tells nothing.
    answer(&talk, RUTH, "x", "ok 1; drop 2", &asked(RUTH));
    assert!(told(&talk).is_empty());
    let tree = talk.tree();
    answer(&talk, JONAS, "y", "drop 1; ok 2", &asked(JONAS));
    let words = words_of(&one_told(&talk).0);
    assert!(words.contains("1: “About one” was accepted before, by Ruth. Nothing was changed."), "{words}");
    assert!(words.contains("2: “About two” was rejected before, by Ruth."), "{words}");
    assert_eq!(talk.tree(), tree);
}

#[test]
fn a_token_of_another_reader_or_another_list_decides_nothing() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one"]);
    let asked = asked_at(&talk, SOON);
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    let id: i64 = database.query_row("SELECT max(id) FROM confirmation", [], |row| row.get(0)).unwrap();
    let schedule = talk.list().schedule;
    let name = rejoinder::discussion::ListName::parse("other").unwrap();
    let new = NewList { name, title: "Other".to_owned(), schedule, at: talk.clock.now() };
    let other = talk.store.create_list(new).wait().unwrap();
    let token = |list, member| talk.keys.make(1, list, Token::Confirm(member, ConfirmationId(id))).unwrap();
    let (ruth, david) = (talk.member(RUTH).id, talk.member(DAVID).id);
    for (list, to) in [
        (talk.list().id, format!("talk+c.{}@lists.example", token(talk.list().id, david))),
        (other, format!("other+c.{}@lists.example", token(other, ruth))),
        (talk.list().id, format!("talk+c.{}@lists.example", token(talk.list().id, rejoinder::discussion::MemberId(0)))),
    ] {
        assert_eq!(talk.send_to(&Mail::new(RUTH, &format!("x{}", list.0)).says("ok 1"), &[&to]).code, 250);
    }
    // One list's token is no address of another.
    let foreign = asked.1.replace("talk+", "other+");
    assert_eq!(talk.asks(&foreign).code, 550);
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
    assert!(told(&talk).is_empty());
    answer(&talk, RUTH, "y", "ok 1", &asked);
    assert!(talk.tree().contains("one@test"));
}

#[test]
fn a_moderator_who_left_or_is_one_no_more_decides_nothing() {
    for change in [
        MemberChange { state: Some(MemberState::Left), ..MemberChange::default() },
        MemberChange { role: Some(Role::Member), ..MemberChange::default() },
    ] {
        let folder = folder();
        let talk = with_ruth(&folder);
        strangers(&talk, &["one"]);
        let asked = asked_at(&talk, SOON);
        talk.change(RUTH, change);
        assert!(foretold(&talk, RUTH, &asked.1, "ok 1").contains("looks after the list no more"));
        answer(&talk, RUTH, "x", "ok 1", &asked);
        assert_eq!(talk.store.held(None).unwrap().len(), 1);
        assert!(told(&talk).is_empty());
        let back =
            MemberChange { state: Some(MemberState::Active), role: Some(Role::Moderator), ..MemberChange::default() };
        talk.change(RUTH, back);
        answer(&talk, RUTH, "y", "ok 1", &asked);
        assert!(talk.tree().contains("one@test"));
    }
}

#[test]
fn after_two_weeks_an_answer_does_nothing_and_that_is_said_once() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one"]);
    let asked = asked_at(&talk, SOON);
    talk.at("2026-03-15T08:05:00Z");
    answer(&talk, RUTH, "x", "ok 1", &asked);
    assert!(words_of(&one_told(&talk).0).contains("that has passed"));
    answer(&talk, RUTH, "y", "ok 1", &asked);
    assert!(told(&talk).is_empty());
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
}

#[test]
fn a_programs_answer_decides_nothing_and_is_not_answered() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one"]);
    let (_, to) = asked_at(&talk, SOON);
    let away = Mail::new(RUTH, "x").header("Auto-Submitted: auto-replied").subject("ok 1").says("ok 1");
    assert_eq!(talk.send_to(&away, &[&to]).code, 250);
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
    assert!(told(&talk).is_empty());
}

#[test]
fn a_mail_whose_place_is_unclear_waits_until_a_moderator_says_where_it_belongs() {
    let folder = folder();
    let talk = with_ruth(&folder);
    conversation(&talk, "q", &[]);
    let (to, _) = crate::splitting::digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    crate::splitting::ellen_answers(&talk, &to, "e", "Yes.\n");
    told(&talk);
    let asked = asked_at(&talk, "2026-03-16T09:00:00Z");
    answer(&talk, RUTH, "x", "ok 1", &asked);
    assert!(words_of(&one_told(&talk).0).contains("Write `ok 1 under 12#7` for response 7 of post 12"));
    answer(&talk, RUTH, "y", "ok 1 under 99", &asked);
    assert!(words_of(&one_told(&talk).0).contains("there is no post or response of that number"));
    answer(&talk, RUTH, "z", "ok 1 under 2", &asked);
    assert!(talk.tree().contains("e@test < q@test"), "{}", talk.tree());
}

#[test]
fn a_command_that_waits_cannot_be_published_and_stops_no_other() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["one", "two"]);
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    // The second is to be one that was sent to an address that is for no discussion.
    let sql = "UPDATE mail SET recipients = 'talk+help@lists.example' WHERE message_id = 'two@test'";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "ok all", &asked);
    let words = words_of(&one_told(&talk).0);
    assert!(words.contains("1: “About one” is published") && words.contains("there is nothing to publish"), "{words}");
    assert!(talk.tree().contains("one@test"));
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
}

#[test]
fn ban_drops_a_mail_and_its_sender_but_no_member_whose_name_may_be_borrowed() {
    let folder = folder();
    let talk = with_ruth(&folder);
    strangers(&talk, &["eve"]);
    send(&talk, &[Mail::new(DAVID, "post"), Mail::new(ELLEN, "other")]);
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    database.execute("UPDATE hold SET reason = 'disproven' WHERE message_id = 'other@test'", []).unwrap();
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "ban 1 2 3", &asked);
    let words = words_of(&one_told(&talk).0);
    assert!(words.contains("1: “About eve” is not published, and nothing more is taken from its sender."), "{words}");
    assert!(
        words.contains("3: “About other” still waits, and nobody is banned: it may not be from the member"),
        "{words}"
    );
    assert_eq!(talk.send(&Mail::new("eve@example.com", "again").answers("p")).code, 550);
    assert_eq!(talk.member(DAVID).state, MemberState::Left);
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
}

#[test]
fn an_author_or_a_moderator_is_not_banned_by_mail() {
    let folder = folder();
    let talk = with_ruth(&folder);
    set(&talk, ListChange { attachments: Some(Attachments::Hold), ..ListChange::default() });
    send(&talk, &[with_a_file(AUTHOR, "f")]);
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "ban 1", &asked);
    assert!(words_of(&one_told(&talk).0).contains("its sender is an author, a moderator or the owner"));
    assert_eq!(talk.member(AUTHOR).state, MemberState::Active);
}

#[test]
fn a_member_hears_what_a_moderator_decided_by_mail() {
    let folder = folder();
    let talk = with_ruth(&folder);
    set(&talk, ListChange { tell_senders: Some(true), first_time: Some(FirstTime::Hold), ..ListChange::default() });
    send(&talk, &[Mail::new(DAVID, "d").answers("p"), Mail::new(ELLEN, "e").answers("p")]);
    assert_eq!(told(&talk).len(), 2);
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "ok 1; drop 2", &asked);
    let mails = told(&talk);
    let to = |who: &str| words_of(mails.iter().find(|mail| mail.recipient.as_str() == who).unwrap());
    assert!(to(DAVID).contains("is published as #1 in “About p”"), "{}", to(DAVID));
    assert!(to(ELLEN).contains("decided not to publish"), "{}", to(ELLEN));
    assert_eq!(mails.len(), 3);
}

#[test]
fn one_mail_lists_twenty_and_the_next_tells_of_the_rest() {
    let folder = folder();
    let talk = with_ruth(&folder);
    let ids: Vec<String> = (1..=23).map(|n| format!("s{n}")).collect();
    strangers(&talk, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let asked = asked_at(&talk, SOON);
    let words = words_of(&asked.0);
    assert!(words.contains("20. Eve <s20@") && words.contains("… and 3 more") && !words.contains("<s21@"), "{words}");
    answer(&talk, RUTH, "x", "drop all", &asked);
    assert_eq!(talk.store.held(None).unwrap().len(), 3);
    told(&talk);
    let next = asked_at(&talk, "2026-03-01T09:05:00Z");
    assert!(words_of(&next.0).contains("3. Eve <s23@"));
}

// Removing what is published.

/// What Ellen would read now.
fn digest(talk: &TestList) -> String {
    let mails = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap();
    mails.first().map(|mail| Parsed::parse(mail).text.clone()).unwrap_or_default()
}

fn place(post: i64, response: i64) -> (Number, Option<Number>) {
    (Number(post), Some(Number(response)))
}

#[test]
fn what_a_moderator_removes_leaves_a_stub_and_nobody_hears_of_it_twice() {
    let folder = folder();
    let talk = with_ruth(&folder);
    talk.join("each@example.net", named("Eve", "each"));
    set(&talk, ListChange { tell_senders: Some(true), ..ListChange::default() });
    send(&talk, &[Mail::new(DAVID, "a").answers("p"), Mail::new(AUTHOR, "b").answers("a")]);
    talk.fan_out();
    // The mails of the two to Eve wait.
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    database.execute("UPDATE outbox SET next_attempt_at = next_attempt_at + 3600000", []).unwrap();
    assert_eq!(talk.intake.remove(talk.list().id, place(1, 1)).unwrap(), Removed::Now);
    let text = digest(&talk);
    assert!(text.contains("#1 was removed by a moderator") && !text.contains("words of a,"), "{text}");
    assert!(text.contains("#2  Marina"), "{text}");
    let (notice, _) = (told(&talk).remove(0), ());
    assert_eq!(notice.recipient.as_str(), DAVID);
    assert!(words_of(&notice).contains("Your response #1 in “About p” was removed"), "{}", words_of(&notice));
    assert_eq!(Parsed::parse(&notice.content).header("In-Reply-To"), Some("<a@test>"));
    // Once more: nothing changes, and nobody is told.
    assert_eq!(talk.intake.remove(talk.list().id, place(1, 1)).unwrap(), Removed::Before);
    assert!(told(&talk).is_empty());
    talk.at("2026-03-01T10:00:00Z");
    let to_eve: Vec<String> = told(&talk).iter().map(words_of).collect();
    assert_eq!(to_eve.len(), 1);
    assert!(!to_eve.iter().any(|words| words.contains("words of a,")), "{to_eve:?}");
    // Its mail handed over once more does not come in again.
    send(&talk, &[Mail::new(DAVID, "a").answers("p")]);
    assert!(!digest(&talk).contains("words of a,"));
    assert!(talk.intake.remove(talk.list().id, place(9, 9)).unwrap_err().to_string().contains("no post or response"));
}

#[test]
fn a_post_that_is_removed_leaves_its_answers_and_its_author_is_told_only_where_the_list_says_so() {
    let folder = folder();
    let talk = with_ruth(&folder);
    send(&talk, &[Mail::new(DAVID, "a").answers("p")]);
    assert_eq!(talk.intake.remove(talk.list().id, (Number(1), None)).unwrap(), Removed::Now);
    let text = digest(&talk);
    assert!(text.contains("The post itself was removed by a moderator; the answers to it stay."), "{text}");
    assert!(text.contains("words of a,") && !text.contains("words of p,"), "{text}");
    assert!(told(&talk).is_empty());
}

#[test]
fn a_moderator_removes_by_mail() {
    let folder = folder();
    let talk = with_ruth(&folder);
    set(&talk, ListChange { tell_senders: Some(true), ..ListChange::default() });
    send(&talk, &[Mail::new(DAVID, "a").answers("p")]);
    strangers(&talk, &["one"]);
    let asked = asked_at(&talk, SOON);
    answer(&talk, RUTH, "x", "remove 1#1; remove 1#9", &asked);
    let mails = told(&talk);
    let to = |who: &str| words_of(mails.iter().find(|mail| mail.recipient.as_str() == who).unwrap());
    assert!(to(RUTH).contains("1#1: is removed") && to(RUTH).contains("1#9: there is nothing"), "{}", to(RUTH));
    assert!(to(DAVID).contains("was removed by somebody"), "{}", to(DAVID));
    answer(&talk, RUTH, "y", "remove 1#1", &asked);
    assert!(words_of(&one_told(&talk).0).contains("1#1: was removed before."));
}
