//! Mail that something speaks against: machines on a blocklist, by a DNS server of the test's own, and marks of a server
//! in front.

use std::net::SocketAddr;

use rejoinder::intake::{Intake, Suspicion};
use rejoinder::message::Address;
use rejoinder::smtp::{Door, Envelope, Receiver, Reply};
use rejoinder::trust::Why;

use crate::dns::{DnsServer, Record};
use crate::list::{AUTHOR, Mail, TestList, address};

/// Hands the author's mail `id` to the gate, as the client at `peer` would through `door`.
fn give(talk: &TestList, suspicion: Suspicion, id: &str, peer: &str, door: Door) -> Reply {
    let envelope = Envelope {
        door,
        peer: SocketAddr::new(peer.parse().unwrap(), 4025),
        helo: "client.example".to_owned(),
        tls: false,
        with: "ESMTP",
        reverse_path: Some(address(AUTHOR)),
        recipients: vec![Address::parse("talk@lists.example").unwrap()],
    };
    let gate: Intake = talk.intake.clone().with(suspicion);
    let octets = Mail::new(AUTHOR, id).octets();
    Reply::for_all(&talk.runtime.block_on(gate.receive(envelope, octets)))
}

fn why_held(talk: &TestList) -> Vec<String> {
    talk.store.held(None).unwrap().into_iter().map(|held| held.reason).collect()
}

#[test]
fn what_comes_from_a_machine_on_a_blocklist_is_held_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let listed = Record::Host("127.0.0.2".parse().unwrap());
    let resolver = DnsServer::start().says("9.2.0.192.two.example", listed).resolver();
    let lists = ["one.example".to_owned(), "two.example".to_owned()];
    let suspicion = || Suspicion::default().and_blocklists(resolver.clone(), &lists);
    assert!(give(&talk, suspicion(), "listed", "192.0.2.9", Door::Public).is_positive());
    assert_eq!(why_held(&talk), [Why::Blocklisted.as_str()]);
    assert!(talk.threads().is_empty());
    for (id, peer, door) in [
        ("other", "192.0.2.10", Door::Public),
        ("here", "127.0.0.1", Door::Public),
        ("lmtp", "192.0.2.9", Door::Lmtp),
        ("local", "192.0.2.9", Door::Local),
    ] {
        assert!(give(&talk, suspicion(), id, peer, door).is_positive());
    }
    assert_eq!(why_held(&talk).len(), 1);
    assert_eq!(talk.threads().len(), 4);
    let held = talk.store.held(None).unwrap()[0].id;
    talk.intake.accept_held(held, None).unwrap();
    assert_eq!(talk.threads().len(), 5, "a moderator's word goes before a list's");
}

#[test]
fn what_a_trusted_relay_marks_as_spam_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let suspicion = || Suspicion::by_relays(&["mx.example.org".to_owned()]);
    let send = |id: &str, relay: &str| {
        let trace = format!("Received: from x by {relay} with ESMTP id 1; Sun, 1 Mar 2026 08:00:00 +0000\r\n");
        let octets = [trace.as_bytes(), b"X-Spam-Flag: YES\r\n", &Mail::new(AUTHOR, id).octets()].concat();
        let gate = talk.intake.clone().with(suspicion());
        let envelope = Envelope {
            door: Door::Lmtp,
            peer: "127.0.0.1:4025".parse().unwrap(),
            helo: "mx.example.org".to_owned(),
            tls: false,
            with: "LMTP",
            reverse_path: Some(address(AUTHOR)),
            recipients: vec![address("talk@lists.example")],
        };
        assert!(Reply::for_all(&talk.runtime.block_on(gate.receive(envelope, octets))).is_positive());
    };
    send("marked", "mx.example.org");
    send("by-a-stranger", "mx.elsewhere.example");
    assert_eq!(why_held(&talk), [Why::MarkedSpam.as_str()]);
    assert_eq!(talk.threads().len(), 1);
}

#[test]
fn what_one_list_refuses_is_held_where_another_address_of_ours_takes_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let stranger = "stranger@example.net";
    assert_eq!(talk.send(&Mail::new(stranger, "alone")).code, 550);
    assert!(why_held(&talk).is_empty());
    let other = ["talk@lists.example", "abuse@lists.example"];
    assert!(talk.send_to(&Mail::new(stranger, "other"), &other).is_positive());
    let why = why_held(&talk);
    assert_eq!(why.iter().filter(|why| *why == Why::Stranger.as_str()).count(), 1, "{why:?}");
}

#[test]
fn a_loop_that_comes_by_lmtp_ends_with_a_moderator_and_is_not_sent_back() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let hops = "Received: from a by b.example; Sun, 1 Mar 2026 08:00:00 +0000\r\n".repeat(101);
    let octets = |id| [hops.as_bytes(), &Mail::new(AUTHOR, id).octets()].concat();
    let to = ["talk@lists.example"];
    assert!(talk.give_by(Door::Lmtp, octets("l"), Some(AUTHOR), &to).is_positive());
    assert_eq!(why_held(&talk), [Why::InCircles.as_str()]);
    assert_eq!(talk.give_by(Door::Public, octets("p"), Some(AUTHOR), &to).code, 554);
    assert_eq!(why_held(&talk).len(), 1);
}
