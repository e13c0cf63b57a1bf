//! DKIM signatures of what goes out, as receivers see them: verified by mail-auth, which is not what signs them, over a
//! DNS server of the test's own.

use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use jiff::Timestamp;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use rejoinder::clock::Clock;
use rejoinder::deliver::Courier;
use rejoinder::dkim::{Algorithm, Key, KeySet, Signer};
use rejoinder::store::{Faults, ListChange, MemberChange};

use crate::list::{AUTHOR, Answer, DOMAIN, Mail, Remembering, TestList, address, named, time};
use crate::name_server::{NameServer, Rr};

const DAVID: &str = "david@example.net";
pub const OLD: KeySet = KeySet(2026030101);
const NEW: KeySet = KeySet(2026030201);

/// The keys of these sets; the last one's are the newest.
pub fn signer(sets: &[KeySet]) -> Signer {
    let both = |set| Algorithm::ALL.map(|algorithm| (set, Key::make(set, algorithm).unwrap()));
    Signer::new(DOMAIN, sets.iter().copied().flat_map(both).collect(), true)
}

/// Keys that another process has as well.
fn again(signer: &Signer, sets: &[KeySet]) -> Vec<(KeySet, Key)> {
    let copy = |set, key: &Key| Key::from_pkcs8(set, key.algorithm(), &key.to_pkcs8().unwrap()).unwrap();
    sets.iter().flat_map(|set| signer.keys(*set).iter().map(|key| (*set, copy(*set, key)))).collect()
}

/// A DNS server with the records of these keys.
pub fn published(signer: &Signer, sets: &[KeySet]) -> NameServer {
    let server = NameServer::start();
    for record in sets.iter().flat_map(|set| signer.records(*set)) {
        server.has(&record.name, Rr::Txt(record.value));
    }
    server
}

/// A receiver that asks this DNS server.
pub fn receiver(server: &NameServer) -> MessageAuthenticator {
    let at = |mut connection: ConnectionConfig| {
        connection.port = server.at.port();
        connection
    };
    let mut names = NameServerConfig::udp_and_tcp(server.at.ip());
    names.connections = vec![at(ConnectionConfig::udp())];
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![names]);
    let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build();
    MessageAuthenticator(resolver.unwrap())
}

/// What a receiver finds of each signature, in their order: its selector where it is good, else what is wrong.
fn verified(talk: &TestList, server: &NameServer, mail: &[u8]) -> Vec<String> {
    talk.runtime.block_on(async {
        let message = AuthenticatedMessage::parse(mail).unwrap();
        let found = receiver(server).verify_dkim(&message).await;
        let told = found.iter().map(|output| match (output.result(), output.signature()) {
            (DkimResult::Pass, Some(signature)) if signature.d == DOMAIN => signature.s.clone(),
            (result, _) => format!("{result:?}"),
        });
        told.collect()
    })
}

/// A list that David answers on: the mails of every kind that it has to send.
fn busy(folder: &std::path::Path) -> TestList {
    let talk = TestList::new(folder);
    let owner = ListChange { owner: Some(address(AUTHOR)), ..ListChange::default() };
    talk.store.change_list(talk.list().id, owner, talk.clock.now()).wait().unwrap();
    talk.join(DAVID, MemberChange { receipts: Some(true), ..named("David", "none") });
    talk.join("eve@example.com", named("Ève", "each"));
    talk.join("nora@example.com", named("Nora", "daily"));
    assert!(talk.send(&Mail::new(AUTHOR, "p").subject("Größe, and\tmore")).is_positive());
    assert!(talk.send(&Mail::new(DAVID, "a").answers("p").says("Yes,  of course.\n\n> quoted")).is_positive());
    let letter = Mail::new("stranger@example.com", "s").says("Who  are you?   \n\n\n");
    assert!(talk.send_to(&letter, &["postmaster@lists.example"]).is_positive());
    talk.fan_out();
    talk.digests("2026-03-02T07:00:00Z");
    talk
}

fn sent(talk: &TestList, signer: &Signer) -> Vec<String> {
    let relay = Remembering::new(&[]);
    talk.runtime.block_on(courier(talk, &relay, signer).drain()).unwrap();
    relay.texts()
}

fn courier(talk: &TestList, relay: &Arc<Remembering>, signer: &Signer) -> Courier<Remembering> {
    talk.courier(relay).signing(signer.clone())
}

fn field<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let header = mail.split("\r\n\r\n").next().unwrap();
    header.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Whether a header's line is as long as is asked for, or one word that cannot be folded (RFC 5322 §2.1.1).
pub fn is_folded(line: &str) -> bool {
    let value = line.split_once(": ").map_or(line, |(_, value)| value);
    line.len() <= 78 || (line.len() <= 998 && !value.trim().contains(' '))
}

#[test]
fn mails_of_every_kind_are_good_by_both_keys() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let signer = signer(&[OLD]);
    let server = published(&signer, &[OLD]);
    let mails = sent(&talk, &signer);
    let with = |name, value| mails.iter().filter(|mail| field(mail, name).is_some_and(|it| it.contains(value))).count();
    let kinds = [
        with("Precedence", "list"),
        with("Message-ID", "<d."),
        with("Auto-Submitted", "auto-replied"),
        with("From", "postmaster@"),
    ];
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
    for mail in &mails {
        assert_eq!(verified(&talk, &server, mail.as_bytes()), ["r2026030101", "e2026030101"], "{mail}");
        for line in mail.split("\r\n\r\n").next().unwrap().split("\r\n") {
            assert!(is_folded(line) && line.is_ascii(), "{line}");
        }
        assert!(
            mail.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td=lists.example;"),
            "{mail}"
        );
    }
}

#[test]
fn whatever_is_changed_or_added_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let signer = signer(&[OLD]);
    let server = published(&signer, &[OLD]);
    let mails = sent(&talk, &signer);
    let digest = mails.iter().find(|mail| mail.contains("Message-ID: <d.")).unwrap();
    let signed_twice = |mail: &str| {
        let found = verified(&talk, &server, mail.as_bytes());
        assert_eq!(found.len(), 2, "{found:?}");
        found.iter().all(|it| it.len() == OLD.selector(Algorithm::Rsa).len())
    };
    assert!(signed_twice(digest));
    let changed = |from: &str, to: &str| {
        assert!(digest.contains(from), "{from}");
        digest.replacen(from, to, 1)
    };
    for (from, to) in [
        ("\r\nSubject: ", "\r\nSubject: URGENT "),
        ("\r\nReply-To: ", "\r\nReply-To: mallory@example.com, "),
        ("\r\nList-Unsubscribe:", "\r\nList-Unsubscribe: <mailto:x@example.com>,"),
        ("\r\nDate: ", "\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nDate: "),
        ("Good morning", "Good evening"),
        ("\r\nMIME-Version:", "\r\nSubject: A second one\r\nMIME-Version:"),
        ("\r\nMIME-Version:", "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version:"),
        ("; t=", "; t=1"),
    ] {
        assert!(!signed_twice(&changed(from, to)), "{from:?} to {to:?}");
    }
    assert!(!signed_twice(&format!("From: mallory@example.com\r\n{digest}")), "a From on top");
    assert!(!signed_twice(&format!("{digest}And more.\r\n")), "text at the end");
}

#[test]
fn what_relays_do_to_lines_leaves_the_signatures_good() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let signer = signer(&[OLD]);
    let server = published(&signer, &[OLD]);
    for mail in sent(&talk, &signer) {
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", "   ");
        let refolded: Vec<String> = unfolded.split("\r\n").map(|line| line.replacen(": ", ":\r\n   ", 1)).collect();
        let received = "Received: from lists.example by mx.example.com; Mon, 2 Mar 2026 07:00:01 +0000";
        let blanks = body.replace("\r\n", "  \t\r\n");
        let passed = format!("{received}\r\n{}\r\n\r\n{blanks}\r\n\r\n", refolded.join("\r\n"));
        assert_eq!(verified(&talk, &server, passed.as_bytes()), ["r2026030101", "e2026030101"], "{passed}");
    }
}

#[test]
fn a_mail_that_goes_again_is_the_same_to_the_octet_after_a_restart_and_with_newer_keys() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let all = signer(&[OLD, NEW]);
    let before = Signer::new(DOMAIN, again(&all, &[OLD]), true);
    let relay = Remembering::new(&[Answer::TakeSilently; 9]);
    talk.runtime.block_on(courier(&talk, &relay, &before).drain()).unwrap();
    let mut first = relay.texts();
    drop(talk);
    for (day, after) in [
        ("2026-03-03T07:00:00Z", Signer::new(DOMAIN, again(&all, &[OLD, NEW]), true)),
        ("2026-03-05T07:00:00Z", Signer::new(DOMAIN, again(&all, &[OLD, NEW]), false)),
    ] {
        let talk = TestList::open(folder.path(), Clock::manual(time(day)), Faults::none());
        let relay = Remembering::new(&[Answer::TakeSilently; 9]);
        talk.runtime.block_on(courier(&talk, &relay, &after).drain()).unwrap();
        let mut second = relay.texts();
        first.sort();
        second.sort();
        assert!(first.len() >= 4 && first == second, "{} and {}", first.len(), second.len());
    }
    let talk = TestList::open(folder.path(), Clock::manual(time("2026-03-05T08:00:00Z")), Faults::none());
    assert!(talk.send(&Mail::new(AUTHOR, "later")).is_positive());
    talk.fan_out();
    let later = sent(&talk, &all);
    let later = later.iter().find(|mail| mail.contains("About later")).unwrap();
    let server = published(&all, &[NEW]);
    assert_eq!(verified(&talk, &server, later.as_bytes()), ["r2026030201", "e2026030201"]);
}

#[test]
fn where_signing_is_off_or_was_when_a_mail_was_first_tried_it_goes_unsigned() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let on = signer(&[OLD]);
    let off = Signer::new(DOMAIN, again(&on, &[OLD]), false);
    let relay = Remembering::new(&[Answer::TakeSilently; 9]);
    talk.runtime.block_on(courier(&talk, &relay, &off).drain()).unwrap();
    talk.clock.set(time("2026-03-02T12:00:00Z"));
    let again = sent(&talk, &on);
    assert_eq!(relay.texts().len(), again.len());
    for mail in relay.texts().iter().chain(&again) {
        assert!(!mail.contains("DKIM-Signature"), "{mail}");
    }
}

#[test]
fn keys_that_are_gone_are_stood_in_for_by_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let talk = busy(folder.path());
    let relay = Remembering::new(&[Answer::Later; 9]);
    talk.runtime.block_on(courier(&talk, &relay, &signer(&[OLD])).drain()).unwrap();
    talk.clock.set(time("2026-03-02T12:00:00Z"));
    let newer = signer(&[NEW]);
    let server = published(&newer, &[NEW]);
    for mail in sent(&talk, &newer) {
        assert_eq!(verified(&talk, &server, mail.as_bytes()), ["r2026030201", "e2026030201"]);
    }
}

#[test]
fn bodies_of_every_shape_are_good() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let signer = signer(&[OLD]);
    let server = published(&signer, &[OLD]);
    let long = format!("{}\r\n", "word  word\t".repeat(5_000));
    for body in [
        "",
        "\r\n",
        "\r\n\r\n",
        "a",
        "a\r\n",
        " \t a \t b \r\n",
        "a\r\n\r\n \t\r\nb\r\n\r\n\r\n",
        "\x0c\r\n.\r\n",
        &long,
    ] {
        for head in ["From: Talk <talk@lists.example>\r\nX-A:\r\nX-B: one\r\n\ttwo\r\nX-B: three", "From: a@b.example"]
        {
            let mail = format!("{head}\r\n\r\n{body}");
            let signed = signer.signed(OLD, Timestamp::UNIX_EPOCH, mail.into_bytes()).unwrap();
            assert_eq!(verified(&talk, &server, &signed).len(), 2);
            for found in verified(&talk, &server, &signed) {
                assert!(found.ends_with("2026030101"), "{found}: {head:?} {body:?}");
            }
        }
    }
}

#[test]
fn a_preview_signed_with_its_time_is_the_mail_that_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join("nora@example.com", named("Nora", "daily"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    let at = talk.at("2026-03-02T07:00:00Z");
    let signer = signer(&[OLD]);
    let parts = talk.job.preview(&talk.list(), &talk.member("nora@example.com"), at).unwrap();
    let preview = signer.signed(signer.current(), at, parts[0].clone()).unwrap();
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk, &signer), [String::from_utf8(preview).unwrap()]);
}
