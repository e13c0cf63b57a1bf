//! The daily report to the owner: one mail for all that went wrong, once, and none where nothing did.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rejoinder::clock::Clock;
use rejoinder::store::{Faults, ListChange};

use crate::list::{AUTHOR, Answer, Mail, Remembering, TestList, address, named, time};

/// A list of Marina's with two readers of each.
fn owned(folder: &Path) -> TestList {
    let talk = TestList::new(folder);
    let owner = ListChange { owner: Some(address(AUTHOR)), ..ListChange::default() };
    talk.store.change_list(talk.list().id, owner, talk.clock.now()).wait().unwrap();
    talk.join("ada@example.net", named("Ada", "each"));
    talk.join("bo@example.net", named("Bo", "each"));
    talk
}

/// Posts, and has the relay answer so to the mails of it.
fn posts(talk: &TestList, id: &str, answers: &[Answer]) {
    assert!(talk.send(&Mail::new(AUTHOR, id)).is_positive());
    talk.fan_out();
    talk.deliver(&Remembering::new(answers)).unwrap();
}

/// Has the reports made that are due at a time, and what comes of it: recipients and texts.
fn reported(talk: &TestList, at: &str) -> Vec<(String, String)> {
    talk.at(at);
    talk.job.report_to_owners(talk.clock.now()).unwrap();
    sent(talk)
}

fn sent(talk: &TestList) -> Vec<(String, String)> {
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let texts = relay.taken.lock().unwrap();
    let body = |content: &[u8]| {
        let parsed = mail_parser::MessageParser::default().parse(content).unwrap();
        let body = parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}: {body}", parsed.subject().unwrap())
    };
    texts.iter().map(|mail| (mail.recipient.to_string(), body(&mail.content))).collect()
}

#[test]
fn all_that_was_given_up_in_a_day_is_one_mail() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Never]);
    talk.at("2026-03-01T09:00:00Z");
    posts(&talk, "q", &[Answer::Never, Answer::Take]);
    assert_eq!(reported(&talk, "2026-03-01T23:00:00Z"), [], "before the owner's hour");
    let reports = reported(&talk, "2026-03-02T07:00:00Z");
    assert_eq!(reports.len(), 1, "{reports:?}");
    let (to, text) = &reports[0];
    assert_eq!(to, AUTHOR);
    for words in [
        "Daily report: 2 readers not reached: ",
        "talk, ada@example.net: ",
        "talk, bo@example.net: ",
        " 2 mails, waiting since 1 March 2026, 08:00 UTC refused at RCPT: 550 as the test said",
        " 1 mail, waiting since 1 March 2026, 08:00 UTC",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    assert_eq!(reported(&talk, "2026-03-02T07:00:01Z"), [], "once a day");
    assert_eq!(reported(&talk, "2026-03-03T07:00:00Z"), [], "nothing new");
}

#[test]
fn a_report_as_of_another_time_has_its_date_and_a_dry_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    let at = time("2026-03-02T07:30:00Z");
    assert_eq!(talk.job.report_to_owners(talk.clock.now()).unwrap(), []);
    for _ in 0..2 {
        let dry = talk.job.dry_report_to_owners(at).unwrap();
        assert_eq!((dry.len(), dry[0].owner.as_str()), (1, AUTHOR));
        assert_eq!(dry[0].subject, "Daily report: 1 reader not reached");
    }
    assert_eq!(talk.job.report_to_owners(at).unwrap().len(), 1);
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1, "it is sent at once, whatever its Date");
    assert!(relay.texts()[0].contains("Date: Mon, 2 Mar 2026 07:30:00 +0000"), "{}", relay.texts()[0]);
}

#[test]
fn a_fault_after_the_owners_hour_waits_for_the_next_days_report() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    talk.at("2026-03-02T07:30:00Z");
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    assert_eq!(reported(&talk, "2026-03-02T20:00:00Z"), []);
    assert_eq!(reported(&talk, "2026-03-03T06:59:59Z"), []);
    assert!(reported(&talk, "2026-03-03T07:00:00Z")[0].1.contains("1 reader not reached"));
}

#[test]
fn a_mail_that_went_out_after_all_is_nothing_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    talk.store.retry(None, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.deliver(&Remembering::new(&[])).unwrap().sent, 1);
    assert_eq!(reported(&talk, "2026-03-02T07:00:00Z"), []);
}

#[test]
fn mails_to_postmaster_over_the_bound_are_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    for n in 0..5 {
        let mail = Mail::new("stranger@example.com", &format!("w{n}"));
        assert!(talk.send_to(&mail, &["postmaster@lists.example"]).is_positive());
    }
    assert_eq!(talk.deliver(&Remembering::new(&[])).unwrap().sent, 3);
    let reports = reported(&talk, "2026-03-02T07:00:00Z");
    assert_eq!(reports.len(), 1);
    for words in ["Daily report: 2 mails to you kept back", "from stranger@example.com", "About w3", "About w4"] {
        assert!(reports[0].1.contains(words), "no {words:?} in {reports:?}");
    }
    assert!(!reports[0].1.contains("About w2"));
}

#[test]
fn a_mail_to_abuse_that_the_relay_refused_is_told_of_with_how_to_try_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    let long = format!("Spam {}", "and more of it ".repeat(20));
    let mail = Mail::new("stranger@example.com", "w").subject(&long);
    assert!(talk.send_to(&mail, &["abuse@lists.example"]).is_positive());
    assert_eq!(talk.deliver(&Remembering::new(&[Answer::Never])).unwrap().failed, 1);
    let reports = reported(&talk, "2026-03-02T07:00:00Z");
    assert_eq!(reports.len(), 1);
    for words in [
        "Daily report: 1 mail to you refused: ",
        "Mail to abuse@lists.example: Spam and more of it and more of … refused at RCPT: 550 as the test said",
        "rejoinder queue retry 1",
        "Do not answer it",
    ] {
        assert!(reports[0].1.contains(words), "no {words:?} in {reports:?}");
    }
    assert_eq!(reported(&talk, "2026-03-03T07:00:00Z"), [], "told once");
}

#[test]
fn an_owner_who_cannot_be_reached_is_not_told_so_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    talk.at("2026-03-02T07:00:00Z");
    assert_eq!(talk.job.report_to_owners(talk.clock.now()).unwrap().len(), 1);
    assert_eq!(talk.deliver(&Remembering::new(&[Answer::Never])).unwrap().failed, 1);
    for day in 3..6 {
        assert_eq!(reported(&talk, &format!("2026-03-0{day}T07:00:00Z")), [], "day {day}");
    }
    // It is not lost: it can be tried again by hand.
    assert_eq!(talk.store.retry(None, talk.clock.now()).wait().unwrap(), 2);
    assert!(sent(&talk).iter().any(|(to, text)| to == AUTHOR && text.starts_with("Daily report")));
}

#[test]
fn each_owner_is_told_of_their_own_lists_only() {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    let schedule = talk.list().schedule;
    let name = rejoinder::discussion::ListName::parse("other").unwrap();
    let other = rejoinder::store::NewList { name, title: "Other".to_owned(), schedule, at: talk.clock.now() };
    let other = talk.store.create_list(other).wait().unwrap();
    let owner = ListChange { owner: Some(address("otto@example.net")), ..ListChange::default() };
    talk.store.change_list(other, owner, talk.clock.now()).wait().unwrap();
    let to: Vec<String> = reported(&talk, "2026-03-02T07:00:00Z").into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, [AUTHOR]);
}

/// The day of a report, ended at the `n`-th fault point; whether it ended, and how many reports went out.
fn lived(n: usize) -> (bool, usize) {
    let folder = tempfile::tempdir().unwrap();
    let talk = owned(folder.path());
    posts(&talk, "p", &[Answer::Never, Answer::Take]);
    drop(talk);
    let at = "2026-03-02T07:00:00Z";
    let passed = Arc::new(AtomicUsize::new(0));
    let faults = Faults::at(move |_| passed.fetch_add(1, Ordering::SeqCst) + 1 == n);
    let talk = TestList::open(folder.path(), Clock::manual(time(at)), faults);
    let ended = talk.job.report_to_owners(talk.clock.now()).is_err();
    drop(talk);
    let talk = TestList::open(folder.path(), Clock::manual(time(at)), Faults::none());
    talk.job.report_to_owners(talk.clock.now()).unwrap();
    talk.job.report_to_owners(talk.clock.now()).unwrap();
    (ended, sent(&talk).len())
}

#[test]
fn wherever_it_ends_an_owner_gets_one_report_a_day() {
    let mut ends = 0;
    for n in 1.. {
        let (ended, reports) = lived(n);
        assert_eq!(reports, 1, "fault point {n}");
        if !ended {
            break;
        }
        ends += 1;
    }
    assert!(ends >= 4, "only {ends} fault points were met");
}
