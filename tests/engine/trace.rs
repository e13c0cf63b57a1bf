//! The door that a mail came through: the trace that it leaves on what is kept and nowhere else, and what LMTP changes.

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};
use rejoinder::discussion::MailId;
use rejoinder::smtp::Door;

const DAVID: &str = "david@example.net";
const TRACE: &str = "Received: from client.example ([127.0.0.1])\r\n\tby mx.lists.example with ESMTP id ";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(DAVID, named("David", "none"));
    (folder, talk)
}

/// What is kept of the mail of that number, its trace and the rest.
fn kept(talk: &TestList, number: i64) -> (String, String) {
    let (envelope, raw) = talk.store.stored_mail(MailId(number)).unwrap();
    let came = envelope.without_trace(&raw).to_vec();
    let trace = raw[..raw.len() - came.len()].to_vec();
    (String::from_utf8(trace).unwrap(), String::from_utf8(came).unwrap())
}

#[test]
fn what_is_kept_of_a_mail_has_our_trace_on_top_and_then_every_octet_as_it_came() {
    let (_folder, talk) = talk();
    let mail = Mail::new(AUTHOR, "p");
    assert_eq!(talk.send(&mail).code, 250);
    let (trace, came) = kept(&talk, 1);
    let rest = trace.strip_prefix(TRACE).unwrap_or_else(|| panic!("{trace}"));
    assert!(rest.ends_with("; Sun, 01 Mar 2026 08:00:00 +0000\r\n"), "{trace}");
    assert_eq!(came.as_bytes(), mail.octets());
}

#[test]
fn a_mail_without_an_id_is_known_again_though_its_trace_is_another() {
    let (_folder, talk) = talk();
    let octets = b"From: marina@example.org\r\nSubject: no id\r\n\r\nHello.\r\n".to_vec();
    let parsed = rejoinder::message::Mail::parse(&octets);
    for time in ["2026-03-01T08:00:00Z", "2026-03-01T09:00:00Z"] {
        talk.at(time);
        assert_eq!(talk.give(octets.clone(), Some(AUTHOR), &["talk@lists.example"]).code, 250);
    }
    assert_eq!(talk.tree(), format!("{}\n", parsed.message_id));
    let ids = talk.threads().iter().map(|row| row.message_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids, [parsed.message_id.as_str()]);
    assert_ne!(kept(&talk, 1).0, kept(&talk, 2).0);
    assert_eq!(kept(&talk, 1).1, kept(&talk, 2).1);
}

#[test]
fn a_held_mail_is_accepted_as_it_came_whatever_stands_before_its_headers() {
    let (_folder, talk) = talk();
    for (number, before) in
        ["", "\r\n\r\n", "From ada@example.org Sun Mar  1 07:05:09 2026\r\n"].into_iter().enumerate()
    {
        let mail = Mail::new(DAVID, &format!("held{number}"));
        let octets = [before.as_bytes(), &mail.octets()].concat();
        assert_eq!(talk.give(octets, Some(DAVID), &["talk@lists.example"]).code, 250);
        let held = talk.store.held(None).unwrap();
        assert_eq!(held.len(), 1, "{before:?}");
        talk.intake.accept_held(held[0].id, None).unwrap();
    }
    assert_eq!(talk.tree(), "held0@test\nheld1@test\nheld2@test\n");
}

#[test]
fn no_trace_of_a_mails_way_to_us_reaches_a_reader() {
    let (_folder, talk) = talk();
    talk.join("eve@example.net", named("Eve", "each"));
    talk.join("nora@example.net", named("Nora", "daily"));
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p")).code, 250);
    talk.fan_out();
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    assert_eq!(taken.len(), 2);
    for mail in taken.iter() {
        let text = String::from_utf8_lossy(&mail.content);
        for leak in ["Received:", "client.example", "127.0.0.1", "mx.lists.example"] {
            assert!(!text.contains(leak), "{leak}: {text}");
        }
    }
}

#[test]
fn a_strangers_mail_is_refused_by_smtp_and_by_lmtp_held_for_a_moderator_who_is_told_why() {
    let (_folder, talk) = talk();
    let mail = Mail::new("stranger@example.com", "s");
    let give = |door| talk.give_by(door, mail.octets(), Some("stranger@example.com"), &["talk@lists.example"]);
    for door in [Door::Public, Door::Local] {
        assert_eq!(give(door).code, 550, "{door:?}");
    }
    assert!(talk.store.held(None).unwrap().is_empty());
    assert_eq!(give(Door::Lmtp).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].reason.as_str()), (1, "stranger-by-lmtp"));
    assert_eq!(talk.store.stored_mail(held[0].mail).unwrap().0.door, Door::Lmtp);
    assert_eq!(talk.tree(), "");
    let published = Mail::new(AUTHOR, "p");
    let reply = talk.give_by(Door::Lmtp, published.octets(), Some(AUTHOR), &["talk@lists.example"]);
    assert_eq!((reply.code, talk.tree().as_str()), (250, "p@test\n"));
    talk.intake.accept_held(held[0].id, None).unwrap();
    assert_eq!(talk.tree(), "p@test\ns@test\n");
}
