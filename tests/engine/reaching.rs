//! Who is reached: what counts against an address and what does not, the probe before anyone is paused, the way back, and
//! what owners hear.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rejoinder::discussion::{ListId, MemberId, MemberState, OutboxId};
use rejoinder::store::{Bouncing, ListChange, MemberChange};
use rejoinder::token::Token;

use crate::list::{AUTHOR, Answer, Mail, Remembering, START, TestList, address, named, time};

const ELLEN: &str = "ellen@example.net";
const OWNER: &str = "owner@owners.example";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(ELLEN, named("Ellen", "each"));
    (folder, talk)
}

/// The morning of a day, counted from the first.
fn morning(talk: &TestList, day: i64) -> Timestamp {
    let at = time(START) + SignedDuration::from_hours(24 * day);
    talk.clock.set(at);
    at
}

/// What goes out, to whom, and where it comes back to.
#[derive(Clone, Debug)]
struct Sent {
    to: String,
    back_to: String,
    text: String,
}

fn delivered(talk: &TestList, relay: &Arc<Remembering>) -> Vec<Sent> {
    talk.deliver(relay).unwrap();
    let taken = std::mem::take(&mut *relay.taken.lock().unwrap());
    let sent = taken.into_iter().map(|mail| Sent {
        to: mail.recipient.as_str().to_owned(),
        back_to: mail.reverse_path.as_ref().unwrap().as_str().to_owned(),
        text: String::from_utf8(mail.content).unwrap().replace("=\r\n", ""),
    });
    sent.collect()
}

/// Publishes a post, by which each reader gets a mail.
fn posted(talk: &TestList, id: &str) -> Vec<Sent> {
    assert!(talk.send(&Mail::new(AUTHOR, id)).is_positive());
    talk.fan_out();
    delivered(talk, &Remembering::new(&[]))
}

/// Does what the job does about bounces, and delivers.
fn cared(talk: &TestList) -> Vec<Sent> {
    talk.job.care_for_bounces(talk.clock.now()).unwrap();
    delivered(talk, &Remembering::new(&[]))
}

/// A report on one recipient (RFC 3464), with a Message-ID of its own.
fn report(id: &str, action: &str, status: &str) -> Vec<u8> {
    let lines = format!(
        "From: MAILER-DAEMON@mx.example.net\nTo: talk@lists.example\nMessage-ID: <{id}@mx.example.net>\nSubject: Report\n\
         Date: Sun, 01 Mar 2026 08:00:00 +0000\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nAbout your mail.\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n\
         Final-Recipient: rfc822; somebody@example.net\nAction: {action}\nStatus: {status}\n\n--b--\n"
    );
    lines.replace('\n', "\r\n").into_bytes()
}

fn comes_back(talk: &TestList, sent: &Sent, id: &str, action: &str, status: &str) {
    assert!(talk.give(report(id, action, status), None, &[&sent.back_to]).is_positive());
}

/// Each day from `from` to `to`, a post whose mail to Ellen comes back.
fn bounces_daily(talk: &TestList, days: std::ops::Range<i64>, status: &str) {
    for day in days {
        morning(talk, day);
        for sent in posted(talk, &format!("p{day}")).iter().filter(|sent| sent.to == ELLEN) {
            comes_back(talk, sent, &format!("b{day}"), "failed", status);
        }
        assert_eq!(cared_kinds(talk), [""; 0], "day {day}");
    }
}

/// The subjects of what the job about bounces sends.
fn cared_kinds(talk: &TestList) -> Vec<String> {
    let subject = |sent: &Sent| sent.text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
    cared(talk).iter().map(subject).collect()
}

fn score(talk: &TestList, who: &str) -> u32 {
    bouncing(talk, who).score
}

fn bouncing(talk: &TestList, who: &str) -> Bouncing {
    talk.store.bouncing(talk.member(who).id, talk.clock.now()).unwrap()
}

fn story(talk: &TestList, who: &str) -> Vec<String> {
    let story = talk.store.story(talk.member(who).id).unwrap();
    story.iter().map(|event| format!("{} {}", event.what, event.how)).collect()
}

/// Ellen with a probe out, on the fourth day.
fn probed(talk: &TestList) -> Sent {
    bounces_daily(talk, 0..3, "5.1.1");
    morning(talk, 3);
    let sent = posted(talk, "p3");
    comes_back(talk, &sent[0], "b3", "failed", "5.1.1");
    let probe = cared(talk);
    assert_eq!(probe.len(), 1);
    probe[0].clone()
}

#[test]
fn before_anyone_is_paused_a_probe_asks_and_only_its_bounce_pauses() {
    let (_folder, talk) = talk();
    let probe = probed(&talk);
    assert_eq!(probe.to, ELLEN);
    assert!(probe.text.contains("Subject: Do mails of Talk reach you?"), "{}", probe.text);
    assert_eq!((talk.member(ELLEN).state, score(&talk, ELLEN)), (MemberState::Active, 4_000));
    morning(&talk, 4);
    let other = posted(&talk, "p4");
    comes_back(&talk, &other[0], "b4", "failed", "5.1.1");
    assert_eq!((talk.member(ELLEN).state, cared(&talk).len()), (MemberState::Active, 0), "one probe at a time");
    comes_back(&talk, &probe, "b5", "failed", "5.1.1");
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
    assert_eq!(story(&talk, ELLEN), ["probed bounces", "paused bounces"]);
    assert!(posted(&talk, "p5").is_empty());
}

#[test]
fn where_the_relay_refuses_the_probe_it_pauses_as_well() {
    let (_folder, talk) = talk();
    bounces_daily(&talk, 0..3, "5.1.1");
    morning(&talk, 3);
    let sent = posted(&talk, "p3");
    comes_back(&talk, &sent[0], "b3", "failed", "5.1.1");
    talk.job.care_for_bounces(talk.clock.now()).unwrap();
    delivered(&talk, &Remembering::new(&[Answer::Never]));
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
}

#[test]
fn a_probe_that_does_not_bounce_within_a_week_clears_the_score() {
    let (_folder, talk) = talk();
    probed(&talk);
    morning(&talk, 9);
    cared(&talk);
    assert!(bouncing(&talk, ELLEN).probed_at.is_some());
    morning(&talk, 10);
    cared(&talk);
    assert_eq!(bouncing(&talk, ELLEN), Bouncing::default());
    assert_eq!(story(&talk, ELLEN), ["probed bounces", "reached probe"]);
    assert_eq!((talk.member(ELLEN).state, cared(&talk).len()), (MemberState::Active, 0));
}

#[test]
fn where_other_mail_goes_on_bouncing_a_probe_is_sent_again() {
    let (_folder, talk) = talk();
    probed(&talk);
    morning(&talk, 5);
    let other = posted(&talk, "p5");
    comes_back(&talk, &other[0], "b5", "failed", "5.1.1");
    morning(&talk, 10);
    talk.job.care_for_bounces(talk.clock.now()).unwrap();
    let again = cared(&talk);
    assert_eq!(again.len(), 1);
    comes_back(&talk, &again[0], "again", "failed", "5.1.1");
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
}

#[test]
fn a_bounce_of_a_probe_that_was_forgiven_pauses_nobody() {
    let (_folder, talk) = talk();
    let probe = probed(&talk);
    morning(&talk, 10);
    cared(&talk);
    comes_back(&talk, &probe, "late", "failed", "5.1.1");
    assert_eq!((talk.member(ELLEN).state, score(&talk, ELLEN)), (MemberState::Active, 0));
}

#[test]
fn who_was_paused_by_bounces_is_back_by_writing_and_misses_nothing() {
    let (_folder, talk) = talk();
    let probe = probed(&talk);
    comes_back(&talk, &probe, "gone", "failed", "5.1.1");
    posted(&talk, "missed");
    morning(&talk, 5);
    assert!(talk.send(&Mail::new(ELLEN, "a").answers("p0")).is_positive());
    let ellen = talk.member(ELLEN);
    assert_eq!((ellen.state, score(&talk, ELLEN)), (MemberState::Active, 0));
    assert_eq!(story(&talk, ELLEN).last().unwrap(), "resumed mail");
    talk.job.run(&talk.list(), talk.clock.now()).unwrap();
    let digest = delivered(&talk, &Remembering::new(&[]));
    assert!(digest.iter().any(|sent| sent.to == ELLEN && sent.text.contains("These are the words of missed")));
    comes_back(&talk, &digest[0], "once", "failed", "5.1.1");
    assert_eq!(score(&talk, ELLEN), 1_000, "what failed before counts no more");
}

#[test]
fn who_paused_by_themselves_stays_so_when_they_write() {
    let (_folder, talk) = talk();
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Paused), ..MemberChange::default() });
    assert!(talk.send(&Mail::new(ELLEN, "a").answers("p")).is_positive());
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
}

#[test]
fn several_bounces_of_a_day_are_one_cause_and_the_hardest_counts() {
    let (_folder, talk) = talk();
    let sent: Vec<Sent> = ["p", "q", "r"].iter().flat_map(|id| posted(&talk, id)).collect();
    comes_back(&talk, &sent[0], "b0", "failed", "4.2.2");
    assert_eq!(score(&talk, ELLEN), 500);
    comes_back(&talk, &sent[1], "b1", "failed", "5.1.1");
    comes_back(&talk, &sent[2], "b2", "failed", "5.2.2");
    assert_eq!(score(&talk, ELLEN), 1_000);
    comes_back(&talk, &sent[1], "b1", "failed", "5.1.1");
    morning(&talk, 1);
    comes_back(&talk, &sent[1], "another report on the same", "failed", "5.1.1");
    assert_eq!(score(&talk, ELLEN), 1_000, "one mail counts once");
}

#[test]
fn what_is_hard_counts_twice_what_is_soft_and_a_refusal_of_the_mail_counts_nothing() {
    for (status, expected) in
        [("5.1.1", 1_000), ("5.2.1", 1_000), ("5.2.2", 500), ("4.4.7", 500), ("5.7.1", 0), ("5.3.4", 0), ("5.6.0", 0)]
    {
        let (_folder, talk) = talk();
        comes_back(&talk, &posted(&talk, "p")[0], "b", "failed", status);
        assert_eq!(score(&talk, ELLEN), expected, "{status}");
    }
}

#[test]
fn a_delay_or_a_success_counts_nothing_and_giving_up_does() {
    for (action, status, expected) in
        [("delayed", "4.4.1", 0), ("delivered", "2.0.0", 0), ("relayed", "2.0.0", 0), ("failed", "4.4.1", 500)]
    {
        let (_folder, talk) = talk();
        comes_back(&talk, &posted(&talk, "p")[0], "b", action, status);
        assert_eq!(score(&talk, ELLEN), expected, "{action}");
    }
}

#[test]
fn a_vacation_note_to_a_bounce_address_counts_nothing() {
    let (_folder, talk) = talk();
    let sent = posted(&talk, "p");
    let mut away = Mail::new(ELLEN, "away").header("Auto-Submitted: auto-replied").says("I am away until Monday.");
    away.bounce = true;
    talk.send_to(&away, &[&sent[0].back_to]);
    assert_eq!(score(&talk, ELLEN), 0);
}

#[test]
fn the_relays_refusal_of_the_reader_counts_like_a_report() {
    let (_folder, talk) = talk();
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.fan_out();
    talk.deliver(&Remembering::new(&[Answer::Never])).unwrap();
    assert_eq!(score(&talk, ELLEN), 1_000);
    let (_folder, talk) = self::talk();
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.fan_out();
    talk.deliver(&Remembering::new(&[Answer::Later])).unwrap();
    assert_eq!(score(&talk, ELLEN), 0);
}

#[test]
fn a_bounce_without_a_token_of_ours_counts_for_nobody() {
    let (_folder, talk) = talk();
    let sent = posted(&talk, "p");
    let good = &sent[0].back_to;
    let other_list = talk.keys.make(1, ListId(9), Token::Bounce(talk.member(ELLEN).id, OutboxId(1))).unwrap();
    let changed = good.replacen("+b.aea", "+b.aeb", 1);
    assert_ne!(&changed, good);
    for to in [format!("talk+b.{other_list}@lists.example"), changed] {
        assert_eq!(talk.asks(&to).code, 550, "{to}");
        talk.give(report("forged", "failed", "5.1.1"), None, &[&to]);
    }
    let nobody = talk.keys.make(1, talk.list().id, Token::Bounce(MemberId(0), OutboxId(1))).unwrap();
    assert!(
        talk.give(report("x", "failed", "5.1.1"), None, &[&format!("talk+b.{nobody}@lists.example")]).is_positive()
    );
    assert_eq!((score(&talk, ELLEN), score(&talk, AUTHOR)), (0, 0));
}

#[test]
fn what_bounced_of_an_address_that_was_changed_says_nothing_of_the_new_one() {
    let (folder, talk) = talk();
    let sent = posted(&talk, "p");
    let db = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    db.execute("UPDATE address SET address = 'new@example.org', key = 'new@example.org' WHERE key = ?1", [ELLEN])
        .unwrap();
    comes_back(&talk, &sent[0], "b", "failed", "5.1.1");
    assert_eq!(score(&talk, "new@example.org"), 0);
}

/// A complaint (RFC 5965) that gives back `mail`.
fn complaint(mail: &str) -> Vec<u8> {
    let head = "From: feedback@mailbox.example\r\nTo: abuse@lists.example\r\nMessage-ID: <arf@mailbox.example>\r\n\
                Subject: Complaint\r\nDate: Sun, 01 Mar 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/report; report-type=feedback-report; boundary=arf\r\n\r\n\
                --arf\r\nContent-Type: text/plain\r\n\r\nThis is a complaint.\r\n\r\n\
                --arf\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\
                User-Agent: Mailbox/1\r\n\r\n--arf\r\nContent-Type: message/rfc822\r\n\r\n";
    format!("{head}{mail}\r\n--arf--\r\n").into_bytes()
}

#[test]
fn a_complaint_leaves_at_once_wherever_it_is_sent_and_nothing_more_is_sent_to_who_complained() {
    for to in ["", "abuse@lists.example", "talk@lists.example"] {
        let (_folder, talk) = talk();
        assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
        talk.fan_out();
        let relay = Remembering::new(&[]);
        talk.deliver(&relay).unwrap();
        let back_to = relay.taken.lock().unwrap()[0].reverse_path.clone().unwrap().as_str().to_owned();
        let text = relay.texts().remove(0);
        let to = if to.is_empty() { &back_to } else { to };
        assert!(talk.give(complaint(&text), Some("feedback@mailbox.example"), &[to]).is_positive(), "{to}");
        assert_eq!(talk.member(ELLEN).state, MemberState::Left, "{to}");
        assert_eq!(story(&talk, ELLEN), ["left complaint"], "{to}");
        let standing = talk.store.standing(talk.member(ELLEN).id, talk.clock.now()).unwrap().unwrap();
        assert_eq!(standing, rejoinder::store::Standing::Left { may_undo: false });
        assert!(cared(&talk).iter().all(|sent| sent.to != ELLEN));
        assert_eq!(talk.tree(), "p@test\n");
    }
}

#[test]
fn a_complaint_with_no_token_of_ours_or_that_it_was_no_spam_leaves_nobody_out() {
    let (_folder, talk) = talk();
    let sent = posted(&talk, "p");
    let token = sent[0].text.split("talk%2Bu.").nth(1).unwrap()[..36].to_owned();
    let forged = sent[0].text.replace(&token, &token.replace(['a', 'e'], "b"));
    let stripped: Vec<&str> = forged.split("\r\n").filter(|line| !line.starts_with("Return-Path")).collect();
    talk.give(complaint(&stripped.join("\r\n")), Some("feedback@mailbox.example"), &["abuse@lists.example"]);
    let no_spam = String::from_utf8(complaint(&sent[0].text)).unwrap().replace("Type: abuse", "Type: not-spam");
    talk.give(no_spam.into_bytes(), Some("feedback@mailbox.example"), &["abuse@lists.example"]);
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
}

/// A list with an owner, and so many readers at one domain.
fn crowded(readers: usize) -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(OWNER, named("Olga", "none"));
    let owner = ListChange { owner: Some(address(OWNER)), ..ListChange::default() };
    talk.store.change_list(talk.list().id, owner, talk.clock.now()).wait().unwrap();
    for n in 0..readers {
        talk.join(&format!("r{n}@big.example"), named("Reader", "each"));
    }
    (folder, talk)
}

/// Has the mail of the first so many at the domain come back.
fn bounce_first(talk: &TestList, sent: &[Sent], many: usize, round: &str) {
    for n in 0..many {
        let to = format!("r{n}@big.example");
        let mail = sent.iter().find(|sent| sent.to == to).unwrap();
        comes_back(talk, mail, &format!("{round}-{n}"), "failed", "5.1.1");
    }
}

#[test]
fn where_a_domain_bounces_en_masse_nobody_there_is_charged_and_the_owner_hears_at_once() {
    let (_folder, talk) = crowded(20);
    let sent = posted(&talk, "p");
    bounce_first(&talk, &sent, 9, "a");
    assert_eq!(score(&talk, "r0@big.example"), 1_000);
    bounce_first(&talk, &sent, 10, "b");
    for n in 0..10 {
        assert_eq!(score(&talk, &format!("r{n}@big.example")), 0, "{n}");
    }
    let told = cared(&talk);
    assert_eq!(told.iter().map(|sent| sent.to.as_str()).collect::<Vec<_>>(), [OWNER]);
    assert!(told[0].text.contains("Subject: Mail to big.example fails") && told[0].text.contains("10 members"));
    assert!(cared(&talk).is_empty(), "once");
    bounce_first(&talk, &sent, 15, "c");
    assert_eq!(score(&talk, "r14@big.example"), 0, "frozen");
    morning(&talk, 4);
    let later = posted(&talk, "q");
    bounce_first(&talk, &later, 1, "d");
    assert_eq!(score(&talk, "r0@big.example"), 1_000, "counted again after some days");
}

#[test]
fn ten_of_a_large_domain_are_charged_each_for_themselves() {
    let (_folder, talk) = crowded(50);
    let sent = posted(&talk, "p");
    bounce_first(&talk, &sent, 12, "a");
    assert_eq!(score(&talk, "r0@big.example"), 1_000);
    assert!(cared(&talk).is_empty());
}

#[test]
fn whom_a_probe_paused_on_the_day_of_a_domains_trouble_is_back() {
    let (_folder, talk) = crowded(20);
    for day in 0..4 {
        morning(&talk, day);
        let sent = posted(&talk, &format!("p{day}"));
        bounce_first(&talk, &sent, 1, &format!("day{day}"));
    }
    let probe = cared(&talk);
    comes_back(&talk, &probe[0], "probe", "failed", "5.1.1");
    assert_eq!(talk.member("r0@big.example").state, MemberState::Paused);
    let sent = posted(&talk, "q");
    for n in 1..10 {
        let to = format!("r{n}@big.example");
        let mail = sent.iter().find(|sent| sent.to == to).unwrap();
        comes_back(&talk, mail, &format!("mass-{n}"), "failed", "5.1.1");
    }
    assert_eq!(talk.member("r0@big.example").state, MemberState::Active);
}

#[test]
fn the_daily_report_tells_who_was_paused_and_what_came_back_by_domain_once() {
    let (_folder, talk) = crowded(0);
    talk.join(ELLEN, named("Ellen", "each"));
    let probe = probed(&talk);
    comes_back(&talk, &probe, "gone", "failed", "5.1.1");
    let mut reports = Vec::new();
    for hour in [25, 49] {
        talk.clock.set(morning(&talk, 3) + SignedDuration::from_hours(hour));
        talk.job.report_to_owners(talk.clock.now()).unwrap();
        reports.extend(delivered(&talk, &Remembering::new(&[])));
    }
    assert_eq!(reports.len(), 1);
    let text = &reports[0].text;
    for words in
        ["1 member paused", "talk, ellen@example.net: 5.1.1", "example.net: 5 mails to 1 member (5 no such mailbox)"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
}
