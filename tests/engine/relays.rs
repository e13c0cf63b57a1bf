//! The word of a mail server in front of us (RFC 8601): what it found out is believed, what others wrote in its name is not.

use rejoinder::smtp::Door;

use crate::dns::{DnsServer, Record};
use crate::list::AUTHOR;
use crate::provable::{ANOTHER, Arriving, Key, World, answer};

const PUBLISHED: &str = "published";
const UNPROVEN: &str = "held: unproven";
const DISPROVEN: &str = "held: disproven";

const TAKEN: &str = "Received: from mail.example.org ([192.0.2.10])\r\n\tby mx.lists.example with ESMTP id 1; Sun, 01 Mar 2026 08:00:00 +0000\r\n";
const TAKEN_BEFORE: &str =
    "Received: from laptop by mail.example.org with ESMTP id 2; Sun, 01 Mar 2026 07:59:00 +0000\r\n";

/// What the server says of a mail.
fn result(what: &str) -> String {
    format!("Authentication-Results: mx.lists.example;\r\n\t{what}\r\n")
}

fn world(dns: DnsServer) -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), dns);
    (folder, world)
}

/// By LMTP, from the server whose word counts.
fn relayed(world: &World) -> Arriving<'_> {
    let relays = vec!["mx.lists.example".to_owned()];
    Arriving { door: Door::Lmtp, peer: "127.0.0.1", relays, ..world.arrival() }
}

/// An answer of the author's under these fields.
fn under(fields: &[&str], id: &str) -> Vec<u8> {
    [fields.concat().as_bytes(), &answer(AUTHOR, id)].concat()
}

const PASS: &str = "dmarc=pass (p=reject dis=none) header.from=example.org";

#[test]
fn what_a_trusted_server_found_out_is_believed_and_nobody_else_is_asked() {
    let (_folder, world) = world(DnsServer::start());
    let relayed = relayed(&world);
    for (id, said, fate) in [
        ("pass", PASS, PUBLISHED),
        ("odd", "spf=none; dmarc = (a comment; (in one)) pass header.from = \"Example.ORG\"", PUBLISHED),
        ("dkim", "dkim=pass (2048-bit key) header.d=example.org header.s=x", PUBLISHED),
        ("dkim-i", "dkim=pass header.i=@example.org", PUBLISHED),
        ("spf", "spf=pass smtp.mailfrom=marina@example.org", PUBLISHED),
        ("reject", "dmarc=fail (p=reject dis=none) header.from=example.org", DISPROVEN),
        ("quarantine", "dmarc=fail policy.dmarc=quarantine header.from=example.org", DISPROVEN),
        ("none", "dmarc=fail (p=none dis=none) header.from=example.org", UNPROVEN),
        ("temperror", "dmarc=temperror header.from=example.org", UNPROVEN),
        ("both", "dmarc=fail (p=reject) header.from=example.org; dmarc=pass header.from=example.org", DISPROVEN),
    ] {
        assert_eq!(relayed.fate(&under(&[&result(said), TAKEN], id)), fate, "{said}");
    }
    assert_eq!(world.dns.asked(), 0);
}

#[test]
fn what_it_says_of_another_domain_or_another_server_says_proves_nothing() {
    let (_folder, world) = world(DnsServer::start());
    let relayed = relayed(&world);
    for (id, said) in [
        ("from", "dmarc=pass header.from=example.com"),
        ("no-from", "dmarc=pass"),
        ("dkim", "dkim=pass header.d=example.com"),
        ("dkim-fail", "dkim=fail header.d=example.org"),
        ("spf", "spf=pass smtp.mailfrom=marina@example.com"),
        ("in-comment", "none (dmarc=pass header.from=example.org)"),
        ("in-quotes", "spf=fail reason=\"; dmarc=pass header.from=example.org\""),
    ] {
        assert_eq!(relayed.fate(&under(&[&result(said), TAKEN], id)), UNPROVEN, "{said}");
    }
    let others = result(PASS).replace("mx.lists.example", "mail.example.org");
    assert_eq!(relayed.fate(&under(&[&others, TAKEN], "others")), UNPROVEN);
    assert_eq!(relayed.fate(&under(&[&result(PASS), TAKEN], "its-own")), PUBLISHED);
}

#[test]
fn results_that_came_with_a_mail_are_not_the_servers_own() {
    let (_folder, world) = world(DnsServer::start());
    let relayed = relayed(&world);
    let forged = result(PASS);
    assert_eq!(relayed.fate(&under(&[TAKEN, &forged], "below")), UNPROVEN);
    assert_eq!(relayed.fate(&under(&[TAKEN, TAKEN_BEFORE, &forged], "far-below")), UNPROVEN);
    let contradicted = [&result("dmarc=fail (p=none) header.from=example.org"), TAKEN, &forged];
    assert_eq!(relayed.fate(&under(&contradicted, "contradicted")), UNPROVEN);
    assert_eq!(relayed.fate(&under(&[&forged, TAKEN, TAKEN_BEFORE], "above")), PUBLISHED);
}

#[test]
fn below_its_received_only_a_server_is_believed_that_takes_out_what_others_write_there_and_only_up_to_the_next() {
    let (_folder, world) = world(DnsServer::start());
    let below = |id: &str| under(&[TAKEN, &result(PASS), TAKEN_BEFORE], id);
    assert_eq!(relayed(&world).fate(&below("unknown")), UNPROVEN);
    let strips = Arriving { strip: true, ..relayed(&world) };
    assert_eq!(strips.fate(&under(&[TAKEN, TAKEN_BEFORE, &result(PASS)], "further-down")), UNPROVEN);
    assert_eq!(strips.fate(&below("strips")), PUBLISHED);
}

#[test]
fn results_from_outside_in_the_servers_name_prove_nothing() {
    let host = Record::Host("192.0.2.25".parse().unwrap());
    let (_folder, world) = world(DnsServer::start().says("mx.lists.example", host));
    let octets = |id: &str| under(&[&result(PASS), TAKEN], id);
    let from = |door: Door, peer: &'static str| Arriving { door, peer, ..relayed(&world) };
    assert_eq!(from(Door::Public, ANOTHER).fate(&octets("outside")), UNPROVEN);
    assert_eq!(from(Door::Local, "127.0.0.1").fate(&octets("program")), UNPROVEN);
    let nobody = Arriving { relays: Vec::new(), ..relayed(&world) };
    assert_eq!(nobody.fate(&octets("untrusted")), UNPROVEN, "where nobody's word counts");
    assert_eq!(from(Door::Public, "192.0.2.25").fate(&octets("its-address")), PUBLISHED);
    assert_eq!(from(Door::Public, "10.0.0.3").fate(&octets("next-door")), PUBLISHED);
}

#[test]
fn where_the_server_says_nothing_of_it_signatures_are_verified_here() {
    let key = Key::new();
    let dns = DnsServer::start().txt("s1._domainkey.example.org", &key.record);
    let (_folder, world) = world(dns.txt("_dmarc.example.org", "v=DMARC1; p=quarantine"));
    let relayed = Arriving { reverse_path: "x@example.com".to_owned(), ..relayed(&world) };
    let signed = |id: &str| [TAKEN.as_bytes(), &key.sign("example.org", &answer(AUTHOR, id))].concat();
    assert_eq!(relayed.fate(&signed("signed")), PUBLISHED);
    assert_eq!(relayed.fate(&under(&[TAKEN], "unsigned")), DISPROVEN);
    let failed = result("dmarc=fail header.from=example.org");
    assert_eq!(relayed.fate(&under(&[&failed, TAKEN], "failed")), DISPROVEN, "the policy is asked for");
    let only_spf = [result("spf=pass smtp.mailfrom=x@example.com").as_bytes(), &signed("spf")].concat();
    assert_eq!(relayed.fate(&only_spf), PUBLISHED);
}
