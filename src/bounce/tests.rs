//! What is told of made-up mail: headers alone, and the files of `fixtures/bounce`.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

fn judged(headers: &str) -> MailKind {
    let raw = format!("From: Ada <ada@example.org>\r\nSubject: Bread\r\n{headers}\r\n\r\ntext\r\n");
    judge(&Mail::parse(raw.as_bytes()), false).kind
}

#[test]
fn a_persons_mail_is_mail() {
    for headers in [
        "X-Mailer: Some program 1.2",
        "Auto-Submitted: no",
        "Auto-Submitted: auto-forwarded",
        "X-MS-Exchange-Inbox-Rules-Loop: ada@example.org",
        "Precedence: list",
        "Precedence: list\r\nList-Id: <bread.example.org>\r\nX-Loop: bread@example.org",
        "Precedence: first-class",
        "X-Autoreply: no",
        "X-Auto-Response-Suppress: DR, RN, NRN",
        "Content-Type: multipart/mixed; boundary=report-type",
    ] {
        assert_eq!(judged(headers), MailKind::Mail, "{headers}");
    }
}

#[test]
fn headers_that_programs_set_mark_an_automatic_answer() {
    for headers in [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated",
        "Auto-Submitted: auto-replied; owner-email=\"ada@example.org\"",
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: bulk",
        "Precedence: Junk",
        "Precedence: auto_reply",
        "X-Loop: ada@example.org",
        "X-No-Loop: 1",
        "X-Autoreply: yes",
        "X-Autorespond: Away",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ] {
        assert_eq!(judged(headers), MailKind::AutoReply, "{headers}");
    }
}

fn is_sure(headers: &str, null_reverse_path: bool) -> bool {
    let raw = format!("From: Ada <ada@example.org>\r\n{headers}\r\n\r\nI am away.\r\n");
    let judged = judge(&Mail::parse(raw.as_bytes()), null_reverse_path);
    assert_eq!(judged.kind, MailKind::AutoReply, "{headers}");
    judged.sure
}

#[test]
fn a_subject_or_a_header_that_peoples_mail_has_too_is_no_sure_sign_of_an_automatic_answer() {
    for headers in [
        "Subject: Out of office: who keeps the keys?",
        "Subject: Ooo: my photographs",
        "Subject: Abwesend",
        "Precedence: bulk",
        "X-Loop: ada@example.org",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Subject: Automatic reply: a poem\r\nX-Loop: ada@example.org",
    ] {
        assert!(!is_sure(headers, false), "{headers}");
        assert!(is_sure(headers, true), "{headers}, and nobody to answer");
        for header in ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply"] {
            assert!(is_sure(&format!("{headers}\r\n{header}"), false), "{headers}, {header}");
        }
    }
    assert!(is_sure("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", false));
}

#[test]
fn reports_say_what_they_are() {
    let report = |kind: &str| format!("Content-Type: multipart/report;\r\n\tReport-Type = \"{kind}\"; boundary=b");
    assert_eq!(judged(&report("delivery-status")), MailKind::Bounce);
    assert_eq!(judged(&report("Feedback-Report")), MailKind::Complaint);
    assert_eq!(judged("X-Failed-Recipients: bo@example.org"), MailKind::Bounce);
}

#[test]
fn a_report_without_its_type_is_known_by_its_parts() {
    let head = "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: ";
    assert_eq!(judged(&format!("{head}message/delivery-status\r\n\r\nx\r\n--b--")), MailKind::Bounce);
    assert_eq!(judged(&format!("{head}message/feedback-report\r\n\r\nx\r\n--b--")), MailKind::Complaint);
}

#[test]
fn a_person_who_passes_a_bounce_on_is_no_bounce() {
    let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLook.\r\n--b\r\nContent-Type: ";
    assert_eq!(judged(&format!("{head}message/delivery-status\r\n\r\nx\r\n--b--")), MailKind::Mail);
    assert_eq!(judged("X-Note: I got this from mailer-daemon"), MailKind::Mail);
}

#[test]
fn delivery_systems_send_bounces_with_and_without_a_domain() {
    for from in ["MAILER-DAEMON@mx.example", "Mail Delivery System <Mailer-Daemon@x.org>", "MAILER-DAEMON (Mail)"] {
        let raw = format!("From: {from}\r\nAuto-Submitted: auto-replied\r\n\r\nSorry.\r\n");
        assert_eq!(judge(&Mail::parse(raw.as_bytes()), false).kind, MailKind::Bounce, "{from}");
    }
}

#[test]
fn a_null_reverse_path_is_a_bounce_unless_it_is_an_automatic_answer() {
    let plain = Mail::parse(b"From: postmaster@x.org\r\nSubject: Undeliverable\r\n\r\nSorry.\r\n");
    assert_eq!(judge(&plain, true).kind, MailKind::Bounce);
    assert_eq!(judge(&plain, false).kind, MailKind::Mail);
    let away = Mail::parse(b"From: ada@x.org\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n");
    assert_eq!(judge(&away, true).kind, MailKind::AutoReply);
}

#[test]
fn every_kind_comes_with_one_sentence() {
    for (headers, null) in [("", false), ("", true), ("X-Loop: x\r\n", false), ("X-Failed-Recipients: x\r\n", true)] {
        let why = judge(&Mail::parse(headers.as_bytes()), null).why;
        assert!(why.ends_with('.') && why.matches('.').count() == 1, "{why}");
    }
}
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/bounce")
}

/// What is read of a mail, as `expected.tsv` has it.
fn told(raw: &[u8]) -> (String, String) {
    let mail = Mail::parse(raw);
    let Report { judgement, recipients, complaint } = report(&mail, raw, mail.header("Return-Path") == Some("<>"));
    let one = |one: &FailedRecipient| {
        let permanent = if one.permanent { "yes" } else { "no" };
        format!("{} {} {permanent}", one.recipient, one.status.as_deref().unwrap_or("-"))
    };
    let recipients: Vec<String> = recipients.iter().map(one).collect();
    let complaint = complaint.map(|complaint| {
        let who: Vec<String> = complaint.recipients.iter().map(ToString::to_string).collect();
        format!("{} {}", who.join(", "), complaint.feedback)
    });
    (judgement.kind.as_str().to_owned(), complaint.unwrap_or_else(|| recipients.join(", ")))
}

#[test]
fn every_fixture_is_told_for_what_it_is_and_whom_it_is_about() {
    let table = fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for row in table.lines().skip(1) {
        let [name, kind, about] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row:?} has no three fields")
        };
        let raw = fs::read(folder().join(format!("{name}.eml"))).unwrap();
        let found = told(&raw);
        if found != (kind.to_owned(), about.to_owned()) {
            faults.push(format!("{name}: {found:?}"));
        }
        count += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let files = fs::read_dir(folder()).unwrap().filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "eml"))
    });
    assert_eq!(count, files.count());
}

#[test]
fn a_report_on_thousands_names_the_first_thousand() {
    let listed: String = (0..3_000).map(|n| format!("<r{n}@x.example>: 550 5.1.1 unknown\n")).collect();
    let raw = format!("From: MAILER-DAEMON@x.example\n\nNot delivered to:\n\n{listed}");
    let mail = Mail::parse(raw.as_bytes());
    assert_eq!(report(&mail, raw.as_bytes(), true).recipients.len(), RECIPIENTS);
    let fields: String =
        (0..3_000).map(|n| format!("Final-Recipient: rfc822; r{n}@x.example\nAction: failed\n\n")).collect();
    let raw = format!("From: MAILER-DAEMON@x.example\n\n{fields}");
    assert_eq!(report(&Mail::parse(raw.as_bytes()), raw.as_bytes(), true).recipients.len(), RECIPIENTS);
}

/// A line as reports have them, or nearly.
const LINE: &str = "(<[a-z]{1,3}@x[.]example>:?|[a-z]{1,3}@y[.]example|.{0,12}) ?\
    (550 [245][.][0-9][.][0-9]{1,3}|>>> RCPT TO:|<<< 4[0-9]{2}|Final-Recipient: rfc822;|Original-Recipient: utf-8; |\
    Action: (failed|delayed|relayed)|Status: [245][.]0[.]0|Diagnostic-Code: smtp; |not delivered|user unknown|\
    --- copy of the message|Received: from|--b|To: |[(]generated from )? ?(<?[a-z+]{1,4}@z[.]example>?|\\\\x[{][0-9A-F]{1,7}[}]|.{0,12})";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_looks_like_a_report_is_read_within_bounds(lines in proptest::collection::vec(LINE, 0..40), kind in 0..4) {
        let head = ["", "multipart/report; report-type=delivery-status", "multipart/report; report-type=feedback-report",
            "multipart/report; report-type=disposition-notification"][kind as usize];
        let types = ["text/html", "message/delivery-status", "message/feedback-report", "message/disposition-notification"];
        let body = lines.join("\n");
        let raw = format!(
            "From: MAILER-DAEMON@x.example\nTo: talk-bounces@lists.example\nContent-Type: {head}; boundary=b\n\n\
             {body}\n--b\nContent-Type: {}\n\n{body}\n--b--\n", types[kind as usize]
        );
        let mail = Mail::parse(raw.as_bytes());
        let report = report(&mail, raw.as_bytes(), false);
        let keys: std::collections::HashSet<String> = report.recipients.iter().map(|one| one.recipient.key()).collect();
        prop_assert_eq!(keys.len(), report.recipients.len());
        prop_assert!(report.recipients.len() <= RECIPIENTS);
        for one in &report.recipients {
            let class = one.status.as_ref().and_then(|status| status.chars().next());
            prop_assert!(class.is_none_or(|class| "245".contains(class)));
            prop_assert!(!(one.permanent && class == Some('2')));
        }
    }
}
