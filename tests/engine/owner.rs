//! Mail to postmaster@ and abuse@: taken from anybody, sent on to the owners, never lost and never in a loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mail_parser::{MessageParser, MimeHeaders};
use rejoinder::clock::Clock;
use rejoinder::discussion::{Delivery, ListName, Schedule};
use rejoinder::store::{Faults, ListChange, NewList};

use crate::list::{AUTHOR, Mail, Remembering, START, TestList, address, time};

const STRANGER: &str = "stranger@example.com";

fn owned(folder: &std::path::Path) -> TestList {
    let talk = TestList::new(folder);
    own(&talk, "talk", AUTHOR);
    talk
}

/// Makes `who` the owner of a list, which is made where it is not there.
fn own(talk: &TestList, list: &str, who: &str) {
    let name = ListName::parse(list).unwrap();
    let known = talk.store.list_by_name(&name).unwrap().map(|list| list.id);
    let id = known.unwrap_or_else(|| {
        let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
        let new = NewList { name, title: list.to_owned(), schedule, at: time(START) };
        talk.store.create_list(new).wait().unwrap()
    });
    let owner = ListChange { owner: Some(address(who)), ..ListChange::default() };
    talk.store.change_list(id, owner, time(START)).wait().unwrap();
}

fn letter(id: &str) -> Mail {
    Mail::new(STRANGER, id).says("Your list sends me mail that I never asked for.")
}

#[test]
fn postmaster_and_abuse_are_there_for_anybody_and_at_our_names_only() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    for taken in
        ["postmaster@lists.example", "PostMaster@lists.example", "abuse@lists.example", "postmaster@mx.lists.example"]
    {
        assert_eq!(talk.asks(taken).code, 250, "{taken}");
    }
    for refused in ["postmaster@example.org", "postmaster+x@lists.example", "hostmaster@lists.example"] {
        assert_eq!(talk.asks(refused).code, 550, "{refused}");
    }
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let new = NewList { name: ListName::parse("abuse").unwrap(), title: "A".to_owned(), schedule, at: time(START) };
    assert!(talk.store.create_list(new).wait().unwrap_err().to_string().contains("choose another name"));
}

#[test]
fn a_mail_to_postmaster_goes_to_each_owner_once_with_every_octet_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    own(&talk, "second", AUTHOR);
    own(&talk, "third", "otto@example.net");
    let original = letter("w").octets();
    let reply = talk.give(original.clone(), Some(STRANGER), &["postmaster@lists.example", "abuse@lists.example"]);
    assert_eq!(reply.code, 250);
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 2);
    assert_eq!(relay.recipients(), [AUTHOR, "otto@example.net"]);
    let taken = relay.taken.lock().unwrap()[0].clone();
    let reverse_path = taken.reverse_path.unwrap();
    assert!(reverse_path.as_str().contains("+b."), "{}", reverse_path.as_str());
    let text = String::from_utf8(taken.content.clone()).unwrap();
    let parsed = MessageParser::default().parse(&taken.content).unwrap();
    assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("postmaster@lists.example"));
    assert_eq!(parsed.reply_to().unwrap().first().unwrap().address(), Some(STRANGER));
    assert_eq!(parsed.subject(), Some("Mail to postmaster@lists.example: About w"));
    assert!(text.contains("Auto-Submitted: auto-generated\r\n") && text.is_ascii(), "{text}");
    let said = parsed.body_text(0).unwrap();
    for fact in ["From: stranger@example.com", "To: postmaster@lists.example", "Came: 1 March 2026, 08:00 UTC"] {
        assert!(said.contains(fact), "no {fact}:\n{said}");
    }
    let part = parsed.attachment(0).unwrap();
    assert!(part.is_content_type("message", "rfc822"));
    assert_eq!(&taken.content[part.raw_body_offset() as usize..part.raw_end_offset() as usize], original);
    assert!(talk.store.held(None).unwrap().is_empty() && talk.tree().is_empty());
}

#[test]
fn a_mail_that_is_not_fit_for_every_relay_is_sent_on_in_an_encoding_and_keeps_its_octets() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let original = [letter("w").octets(), "Grüße \u{1}u\u{2}\r\n".into(), b"\xff\xfe\r\n".to_vec()].concat();
    assert_eq!(talk.give(original.clone(), Some(STRANGER), &["abuse@lists.example"]).code, 250);
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    let taken = relay.taken.lock().unwrap()[0].clone();
    assert!(taken.content.is_ascii());
    let parsed = MessageParser::default().parse(&taken.content).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), original);
}

#[test]
fn what_a_mail_says_is_read_without_opening_it_and_cut_where_it_is_long() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let lines: Vec<String> = (0..50).map(|n| format!("Grüße {n}\u{1b}[2J!")).collect();
    let mail = letter("w").header("Content-Type: text/plain; charset=utf-8").header("Content-Transfer-Encoding: 8bit");
    let mail = Mail { from: "jürgen@bücher.example".to_owned(), ..mail }.says(&lines.join("\n"));
    assert_eq!(talk.give(mail.octets(), Some(STRANGER), &["abuse@lists.example"]).code, 250);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap()[0].clone();
    let parsed = MessageParser::default().parse(&taken.content).unwrap();
    let said = parsed.body_text(0).unwrap();
    assert!(said.contains("It says:") && said.contains("  Grüße 0") && said.contains("Grüße 39"), "{said}");
    assert!(!said.contains("Grüße 40") && said.contains("(There is more in the mail attached.)"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    // Nothing but ASCII can be in Reply-To for every relay.
    assert!(parsed.reply_to().is_none() && said.contains("An answer to this mail does not go to its sender"), "{said}");
}

/// The reasons of what is held, and how many mails are kept that nobody is told of.
fn kept(talk: &TestList, folder: &std::path::Path) -> (Vec<String>, i64) {
    let database = rusqlite::Connection::open(folder.join("list.db")).unwrap();
    let silently = "SELECT count(*) FROM mail m JOIN mail_raw r ON r.mail_id = m.id WHERE outcome LIKE 'ignored: %'";
    let held = talk.store.held(None).unwrap().into_iter().map(|held| held.reason).collect();
    (held, database.query_row(silently, [], |row| row.get(0)).unwrap())
}

#[test]
fn complaints_and_automatic_mail_and_mail_in_our_name_reach_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    own(&talk, "talk", "otto@example.net");
    let report = "Content-Type: multipart/report; report-type=feedback-report; boundary=b";
    let mut complaint = Mail::new("fbl@provider.example", "arf").header(report);
    complaint.bounce = true;
    let mails = [
        complaint,
        letter("auto").header("Auto-Submitted: auto-generated"),
        letter("resent").header("List-Id: Talk <talk.lists.example>"),
        Mail::new("postmaster@lists.example", "own"),
    ];
    for mail in &mails {
        assert_eq!(talk.send_to(mail, &["abuse@lists.example"]).code, 250, "{mail:?}");
    }
    assert_eq!(talk.deliver(&Remembering::new(&[])).unwrap().sent, mails.len());
    assert_eq!(kept(&talk, folder.path()), (vec![], 0));
}

#[test]
fn answers_and_bounces_of_machines_and_what_goes_in_circles_are_held_for_a_person_to_see() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let mut bounce = Mail::new("MAILER-DAEMON@mx.example", "b");
    bounce.bounce = true;
    let mut automatic = letter("n").header("Auto-Submitted: auto-generated");
    automatic.bounce = true;
    let replied = letter("v").header("Auto-Submitted: auto-replied");
    let circling = (0..101).fold(letter("c"), |mail, hop| mail.header(&format!("Received: from a{hop} by b{hop}")));
    // Whoever knows the form of our ids has no token.
    let forged = letter("f").header(&format!("In-Reply-To: <n.{}@lists.example>", "a".repeat(36)));
    for mail in [bounce, automatic, replied, forged.header("Precedence: bulk"), circling] {
        assert_eq!(talk.send_to(&mail, &["postmaster@lists.example"]).code, 250, "{mail:?}");
    }
    assert_eq!(talk.deliver(&Remembering::new(&[])).unwrap().sent, 0);
    let reasons = ["automatic", "automatic", "automatic", "automatic", "circles"].map(String::from).to_vec();
    assert_eq!(kept(&talk, folder.path()), (reasons, 0));
}

#[test]
fn a_mail_of_ours_to_the_owner_and_a_bounce_of_it_end_here() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    assert!(talk.send_to(&letter("w"), &["postmaster@lists.example"]).is_positive());
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let ours = relay.taken.lock().unwrap()[0].clone();
    let returned = String::from_utf8(ours.content.clone()).unwrap();
    let head = Mail::new("MAILER-DAEMON@mx.example", "b").says(&format!("Not delivered:\n\n{returned}"));
    let to = ["postmaster@lists.example"];
    assert_eq!(talk.give(ours.content, Some(STRANGER), &to).code, 250);
    for bounce in [false, true] {
        let dsn = Mail { bounce, ..head.clone() };
        assert_eq!(talk.send_to(&dsn, &to).code, 250);
    }
    let spam = head.header("Content-Type: multipart/report; report-type=feedback-report; boundary=b");
    assert_eq!(talk.send_to(&Mail { from: STRANGER.to_owned(), ..spam }, &to).code, 250);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
    assert_eq!(kept(&talk, folder.path()), (vec!["automatic".to_owned()], 3));
}

#[test]
fn a_vacation_responder_at_the_owners_address_starts_no_loop() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    assert!(talk.send_to(&letter("w"), &["postmaster@lists.example"]).is_positive());
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let ours = relay.taken.lock().unwrap()[0].clone();
    let text = String::from_utf8(ours.content).unwrap();
    let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    let reverse_path = ours.reverse_path.unwrap();
    let away = |id: &str| Mail::new(AUTHOR, id).says("I am away.");
    for bounce in [false, true] {
        let away = away("proper").header("Auto-Submitted: auto-replied").header(&format!("In-Reply-To: {id}"));
        let away = Mail { bounce, ..away };
        assert_eq!(talk.send_to(&away, &[reverse_path.as_str()]).code, 250);
        assert_eq!(talk.send_to(&away, &["postmaster@lists.example"]).code, 250);
    }
    // One that does not say what it answers, and one that does not even say that it answers.
    for (id, mark) in [("replied", "Auto-Submitted: auto-replied"), ("bulk", "Precedence: bulk")] {
        assert_eq!(talk.send_to(&away(id).header(mark), &["postmaster@lists.example"]).code, 250);
    }
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
    assert_eq!(kept(&talk, folder.path()), (vec!["automatic".to_owned(); 2], 4));
}

#[test]
fn a_bounce_of_a_mail_to_an_owner_is_kept_and_is_about_no_member() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    assert!(talk.send_to(&letter("w"), &["postmaster@lists.example"]).is_positive());
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let reverse_path = relay.taken.lock().unwrap()[0].reverse_path.clone().unwrap();
    let mut bounce = Mail::new("MAILER-DAEMON@mx.example", "b");
    bounce.bounce = true;
    assert_eq!(talk.send_to(&bounce, &[reverse_path.as_str()]).code, 250);
    let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    let row = database.query_row("SELECT member_id, outbox_id FROM bounce", [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(row.unwrap(), (None::<i64>, Some(1_i64)));
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
}

#[test]
fn where_no_list_has_an_owner_the_mail_waits_and_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    assert_eq!(talk.send_to(&letter("w"), &["postmaster@lists.example"]).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].list, held[0].reason.as_str()), (1, None, "no-owner"));
    assert!(talk.store.stored_mail(held[0].mail).unwrap().1.ends_with(&letter("w").octets()));
    assert!(talk.intake.accept_held(held[0].id, None).unwrap_err().to_string().contains("nothing to publish"));
    talk.store.reject_held(held[0].id, talk.clock.now()).wait().unwrap();
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn one_sender_cannot_flood_the_owner_and_neither_can_one_of_many_names() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let relay = Remembering::new(&[]);
    // The test's bounds are three of one sender, and five in all.
    for n in 0..6 {
        assert_eq!(talk.send_to(&letter(&format!("w{n}")), &["abuse@lists.example"]).code, 250);
    }
    assert_eq!(talk.deliver(&relay).unwrap().sent, 3);
    for n in 0..4 {
        let other = Mail::new(&format!("name{n}@example.com"), &format!("x{n}"));
        assert_eq!(talk.send_to(&other, &["abuse@lists.example"]).code, 250);
    }
    assert_eq!(talk.deliver(&relay).unwrap().sent, 2);
    let held = talk.store.held(None).unwrap();
    assert!(held.len() == 5 && held.iter().all(|held| held.reason == "too-many"), "{held:?}");
    talk.at("2026-03-02T08:00:01Z");
    assert!(talk.send_to(&letter("later"), &["abuse@lists.example"]).is_positive());
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
}

#[test]
fn a_mail_too_large_for_relays_is_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let large = letter("w").says(&"many words, all of them for the postmaster\n".repeat(150_000));
    assert_eq!(talk.send_to(&large, &["postmaster@lists.example"]).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].reason.as_str()), (1, "too-large"));
    assert!(talk.store.stored_mail(held[0].mail).unwrap().1.ends_with(&large.octets()));
}

#[test]
fn what_was_answered_250_is_on_its_way_to_the_owner_wherever_it_ends() {
    for n in 1.. {
        let folder = tempfile::tempdir().unwrap();
        drop(owned(folder.path()));
        let passed = Arc::new(AtomicUsize::new(0));
        let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
        let talk = TestList::open(folder.path(), Clock::manual(time(START)), faults);
        let code = talk.send_to(&letter("w"), &["postmaster@lists.example", "talk@lists.example"]).code;
        drop(talk);
        let talk = TestList::open(folder.path(), Clock::manual(time(START)), Faults::none());
        let relay = Remembering::new(&[]);
        let sent = talk.deliver(&relay).unwrap().sent;
        // An end after the commit and before the answer leaves it to the client, which sends it again.
        assert!(sent == 1 || (sent == 0 && code == 451), "fault point {n}: {code}, {sent} sent");
        if code == 250 {
            assert!(n > 3, "only {n} fault points were met");
            break;
        }
    }
}
