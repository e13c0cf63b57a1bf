//! Whether a mail is from whom it says: each forgery beside the honest mail that it is like. The DNS is the test's own, and
//! so are the keys.

use rejoinder::discussion::{ListName, MemberState};
use rejoinder::smtp::Door;
use rejoinder::store::{ListChange, MemberChange, NewList};
use rejoinder::trust::Proof;
use tokio::runtime::Builder;

use crate::dns::{DnsServer, Record};
use crate::list::{AUTHOR, Mail, address, time};
use crate::provable::{ANOTHER, Arriving, DAVID, ELLEN, Key, World, answer, signed};

const SELECTOR: &str = "s1._domainkey.example.org";
const POLICY: &str = "_dmarc.example.org";
const PUBLISHED: &str = "published";
const UNPROVEN: &str = "held: unproven";
const DISPROVEN: &str = "held: disproven";
const REFUSED: &str = "refused: 550";

/// A DNS that knows the author's key, and their domain's policy, where it has one.
fn dns(key: &Key, policy: &str) -> DnsServer {
    let dns = DnsServer::start().txt(SELECTOR, &key.record);
    if policy.is_empty() { dns } else { dns.txt(POLICY, policy) }
}

fn world(key: &Key, policy: &str) -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), dns(key, policy));
    (folder, world)
}

#[test]
fn who_borrows_the_authors_name_meets_what_their_domain_wants_and_the_author_is_published() {
    let key = Key::new();
    for (policy, forged) in [
        ("v=DMARC1; p=reject", REFUSED),
        ("v=DMARC1; p=quarantine", DISPROVEN),
        ("v=DMARC1; p=none", UNPROVEN),
        ("v=DMARC1; p=reject; t=y", DISPROVEN),
        ("", UNPROVEN),
    ] {
        let (_folder, world) = world(&key, policy);
        assert_eq!(world.arrival().fate(&answer(AUTHOR, "forged")), forged, "{policy}");
        let others = Key::new().sign("example.org", &answer(AUTHOR, "other-key"));
        assert_eq!(world.arrival().fate(&others), forged, "{policy}");
        let honest = key.sign("example.org", &answer(AUTHOR, "honest"));
        assert_eq!(world.arrival().fate(&honest), PUBLISHED, "{policy}");
        let post = key.sign("example.org", &Mail::new(AUTHOR, "post").octets());
        assert_eq!(world.arrival().fate(&post), PUBLISHED, "{policy}");
    }
}

#[test]
fn where_proof_is_off_from_is_believed_and_the_dns_is_not_asked() {
    let (_folder, world) = world(&Key::new(), "v=DMARC1; p=reject");
    let arrival = Arriving { wanted: Proof::Off, ..world.arrival() };
    assert_eq!(arrival.fate(&answer(AUTHOR, "any")), PUBLISHED);
    assert_eq!(world.dns.asked(), 0);
}

#[test]
fn a_subdomain_is_the_domain_where_alignment_is_relaxed_and_only_there() {
    let key = Key::new();
    for (policy, of_subdomain) in [("v=DMARC1; p=none", PUBLISHED), ("v=DMARC1; p=none; adkim=s", UNPROVEN)] {
        let folder = tempfile::tempdir().unwrap();
        let known = dns(&key, policy).txt("s1._domainkey.mail.example.org", &key.record);
        let world = World::new(folder.path(), known.txt("s1._domainkey.example.com", &key.record));
        let sent = |domain: &str, id: &str| world.arrival().fate(&key.sign(domain, &answer(AUTHOR, id)));
        assert_eq!(sent("mail.example.org", "sub"), of_subdomain, "{policy}");
        assert_eq!(sent("example.com", "elsewhere"), UNPROVEN, "a good signature of somebody else");
        assert_eq!(sent("example.org", "same"), PUBLISHED);
    }
}

#[test]
fn a_top_level_domain_makes_no_organization_of_all_that_is_under_it() {
    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let dns = DnsServer::start().txt("_dmarc.org", "v=DMARC1; p=none").txt("s1._domainkey.forger.org", &key.record);
    let world = World::new(folder.path(), dns.txt(SELECTOR, &key.record));
    assert_eq!(world.arrival().fate(&key.sign("forger.org", &answer(AUTHOR, "forged"))), UNPROVEN);
    assert_eq!(world.arrival().fate(&key.sign("example.org", &answer(AUTHOR, "honest"))), PUBLISHED);
}

#[test]
fn without_any_policy_only_the_very_domain_proves_its_mail() {
    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let dns = DnsServer::start().txt(SELECTOR, &key.record).txt("s1._domainkey.mail.example.org", &key.record);
    let world = World::new(folder.path(), dns);
    assert_eq!(world.arrival().fate(&key.sign("mail.example.org", &answer(AUTHOR, "sub"))), UNPROVEN);
    assert_eq!(world.arrival().fate(&key.sign("example.org", &answer(AUTHOR, "same"))), PUBLISHED);
}

#[test]
fn the_mail_server_of_the_authors_domain_proves_them_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let spf = "v=spf1 ip4:192.0.2.10 -all";
    let dns = DnsServer::start().txt(POLICY, "v=DMARC1; p=none; aspf=s").txt("example.org", spf);
    let world = World::new(folder.path(), dns.txt("bounces.example.org", spf).txt("example.com", "v=spf1 +all"));
    let honest = world.arrival();
    assert_eq!(honest.fate(&answer(AUTHOR, "honest")), PUBLISHED);
    for (why, arriving) in [
        ("another machine", Arriving { peer: ANOTHER, ..honest.clone() }),
        ("another domain's", Arriving { reverse_path: "x@example.com".to_owned(), ..honest.clone() }),
        ("a subdomain's, strictly", Arriving { reverse_path: "x@bounces.example.org".to_owned(), ..honest.clone() }),
        ("by way of a server of ours", Arriving { door: Door::Lmtp, ..honest.clone() }),
        ("from this machine", Arriving { door: Door::Local, ..honest.clone() }),
    ] {
        assert_eq!(arriving.fate(&answer(AUTHOR, &why.replace([' ', ','], "-"))), UNPROVEN, "{why}");
    }
}

#[test]
fn behind_a_server_of_our_own_nothing_is_disproven_that_spf_might_have_proven_there() {
    let (_folder, world) = world(&Key::new(), "v=DMARC1; p=reject");
    let lmtp = Arriving { door: Door::Lmtp, peer: "127.0.0.1", ..world.arrival() };
    assert_eq!(lmtp.fate(&answer(AUTHOR, "perhaps")), UNPROVEN);
    let elsewhere = Arriving { reverse_path: "x@example.com".to_owned(), ..lmtp };
    assert_eq!(elsewhere.fate(&answer(AUTHOR, "never")), DISPROVEN, "held and not sent back to a stranger");
}

#[test]
fn a_reader_is_believed_at_their_own_reply_address_and_at_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    let ellens = |to: String, id: &str| {
        let arrival = Arriving { wanted: Proof::Required, reverse_path: ELLEN.to_owned(), ..world.arrival() };
        Arriving { to: vec![to], ..arrival }.fate(&answer(ELLEN, id))
    };
    assert_eq!(ellens(world.reply_address(DAVID), "davids-token"), UNPROVEN);
    assert_eq!(ellens("talk@lists.example".to_owned(), "no-token"), UNPROVEN);
    assert_eq!(ellens(world.reply_address(ELLEN), "own-token"), PUBLISHED);
}

#[test]
fn explain_tells_a_readers_own_token_from_anothers() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    let gate = world.talk.asking(Proof::Required, rejoinder::intake::SenderProof::default());
    for (whose, proof, decision) in [(ELLEN, "token", "publish"), (DAVID, "none", "hold")] {
        let mail = String::from_utf8(answer(ELLEN, "explained")).unwrap();
        let mail = mail.replace("talk@lists.example", &world.reply_address(whose));
        let explained = gate.explain(&world.talk.list(), mail.as_bytes()).unwrap();
        assert_eq!((explained.proof, explained.decision.as_str()), (proof, decision), "{:?}", explained.why);
    }
}

#[test]
fn a_token_of_another_list_is_no_address_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    let schedule = world.talk.list().schedule;
    let name = ListName::parse("other").unwrap();
    let new = NewList { name, title: "Other".to_owned(), schedule, at: time("2026-03-01T08:00:00Z") };
    let other = world.talk.store.create_list(new).wait().unwrap();
    let other = world.talk.store.join(other, vec![(address(ELLEN), MemberChange::default())], world.talk.clock.now());
    other.wait().unwrap();
    let ours = world.reply_address(ELLEN);
    let borrowed = ours.replace("talk+", "other+");
    assert_eq!(world.talk.asks(&borrowed).code, 550);
    assert_eq!(world.talk.asks(&ours).code, 250);
    let required = Arriving { wanted: Proof::Required, reverse_path: ELLEN.to_owned(), ..world.arrival() };
    let both = vec![borrowed, "talk@lists.example".to_owned()];
    assert!(Arriving { to: both, ..required.clone() }.fate(&answer(ELLEN, "borrowed")).starts_with("held"));
    assert_eq!(Arriving { to: vec![ours], ..required }.fate(&answer(ELLEN, "own")), PUBLISHED);
}

#[test]
fn a_members_unproven_answer_is_published_where_proof_is_preferred_and_an_authors_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    let from = |who: &str, id: &str| {
        let to = vec![world.reply_address(who)];
        Arriving { reverse_path: who.to_owned(), to, ..world.arrival() }.fate(&answer(who, id))
    };
    assert_eq!(from(ELLEN, "member"), PUBLISHED);
    assert_eq!(from(AUTHOR, "author"), UNPROVEN, "whatever token is there");
    world.change(DAVID, MemberChange { role: Some("moderator".parse().unwrap()), ..MemberChange::default() });
    assert_eq!(from(DAVID, "moderator"), UNPROVEN);
}

#[test]
fn whoever_began_a_post_is_its_author_there_and_a_member_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    let change = ListChange { who_posts: Some("members".parse().unwrap()), ..ListChange::default() };
    world.talk.store.change_list(world.talk.list().id, change, world.talk.clock.now()).wait().unwrap();
    assert!(world.talk.send(&Mail::new(ELLEN, "ellens")).is_positive());
    let ellens = Arriving { reverse_path: ELLEN.to_owned(), ..world.arrival() };
    assert_eq!(ellens.fate(&Mail::new(ELLEN, "own").answers("ellens").octets()), UNPROVEN);
    assert_eq!(ellens.fate(&Mail::new(ELLEN, "marinas").answers("p").octets()), PUBLISHED);
    let davids = Arriving { reverse_path: DAVID.to_owned(), ..world.arrival() };
    assert_eq!(davids.fate(&Mail::new(DAVID, "davids").answers("ellens").octets()), PUBLISHED);
}

#[test]
fn a_token_does_not_help_what_is_disproven() {
    let key = Key::new();
    let (_folder, world) = world(&key, "v=DMARC1; p=reject");
    let ellen = "ellen@example.org";
    world.talk.join(ellen, crate::list::named("Ellen", "daily"));
    let arrival = Arriving { to: vec![world.reply_address(ellen)], ..world.arrival() };
    assert_eq!(arrival.fate(&answer(ellen, "forged")), REFUSED);
    assert_eq!(arrival.fate(&key.sign("example.org", &answer(ellen, "honest"))), PUBLISHED);
    assert_eq!(world.talk.member(ellen).state, MemberState::Active);
}

#[test]
fn from_with_several_or_nobody_in_it_proves_nobody_and_a_group_of_one_is_that_one() {
    let key = Key::new();
    let (_folder, world) = world(&key, "v=DMARC1; p=reject");
    let with = |from: &str, id: &str| {
        let mail = String::from_utf8(answer(AUTHOR, id)).unwrap().replace(&format!("From: {AUTHOR}\r\n"), from);
        world.arrival().fate(&key.sign("example.org", mail.as_bytes()))
    };
    let several = "held: several-senders";
    assert_eq!(with("From: marina@example.org, other@example.org\r\n", "two"), several);
    assert_eq!(with("From: marina@example.org\r\nFrom: other@example.org\r\n", "twice"), several);
    assert_eq!(with("From: other@example.org\r\nFrom: marina@example.org\r\n", "first"), REFUSED, "of a stranger");
    assert_eq!(with("", "none"), "held: no-sender");
    assert_eq!(with("From: Friends:;\r\n", "empty-group"), "held: no-sender");
    assert_eq!(with("From: Friends: marina@example.org;\r\n", "group"), PUBLISHED);
    assert_eq!(with("From: Marina <MARINA@Example.ORG>\r\n", "name"), PUBLISHED);
}

#[test]
fn a_dns_that_fails_is_no_evidence_and_never_a_refusal() {
    let key = Key::new();
    for broken in [SELECTOR, POLICY, "example.org"] {
        let folder = tempfile::tempdir().unwrap();
        let dns = dns(&key, "v=DMARC1; p=reject").txt("example.org", "v=spf1 -all").says(broken, Record::Fails);
        let world = World::new(folder.path(), dns);
        let octets = match broken {
            SELECTOR => key.sign("example.org", &answer(AUTHOR, "author")),
            _ => answer(AUTHOR, "author"),
        };
        assert_eq!(world.arrival().fate(&octets), UNPROVEN, "{broken}");
    }
    let (_folder, world) = world(&key, "v=DMARC1; p=reject");
    assert_eq!(world.arrival().fate(&answer(AUTHOR, "author")), REFUSED, "where it answers");
}

/// What becomes of a mail where time passes as soon as nothing else happens.
fn fate_in_no_time(arriving: &Arriving<'_>, octets: &[u8]) -> (u16, std::time::Duration) {
    use rejoinder::intake::SenderProof;
    use rejoinder::smtp::{Receiver, Reply};
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let by = SenderProof::default().and_asking(arriving.world.dns.resolver());
    let gate = arriving.world.talk.asking(arriving.wanted, by);
    runtime.block_on(async {
        let began = tokio::time::Instant::now();
        let reply = Reply::for_all(&gate.receive(arriving.envelope(), octets.to_vec()).await);
        (reply.code, began.elapsed())
    })
}

#[test]
fn a_dns_that_says_nothing_costs_a_mail_five_seconds_at_most_and_counts_as_no_evidence() {
    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let silent = [SELECTOR, POLICY, "example.org", "_dmarc.org"];
    let dns = silent.into_iter().fold(DnsServer::start(), |dns, name| dns.says(name, Record::Silent));
    let world = World::new(folder.path(), dns);
    let (code, took) = fate_in_no_time(&world.arrival(), &key.sign("example.org", &answer(AUTHOR, "silent")));
    assert_eq!(code, 250);
    assert!(took <= std::time::Duration::from_millis(5_100), "{took:?}");
    assert_eq!(world.talk.store.held(None).unwrap()[0].reason, "unproven");
}

#[test]
fn a_forger_cannot_have_us_wait_for_a_dns_of_their_own_until_the_time_is_over() {
    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let dns = dns(&key, "v=DMARC1; p=reject").says("forger.example", Record::Silent);
    let world = World::new(folder.path(), dns.says("s1._domainkey.forger.example", Record::Silent));
    let arriving = Arriving { reverse_path: "x@forger.example".to_owned(), ..world.arrival() };
    assert_eq!(arriving.fate(&key.sign("forger.example", &answer(AUTHOR, "forged"))), REFUSED);
    assert_eq!(arriving.fate(&key.sign("example.org", &answer(AUTHOR, "honest"))), PUBLISHED);
}

#[test]
fn a_mail_that_a_forwarder_changed_is_no_evidence_either_way_where_its_domain_wants_nothing_done() {
    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let keys = DnsServer::start().txt("s1._domainkey.example.net", &key.record);
    let dns = keys.txt("_dmarc.example.net", "v=DMARC1; p=none").txt("forwarder.example", "v=spf1 +all");
    let world = World::new(folder.path(), dns);
    let forwarded = Arriving { reverse_path: "srs@forwarder.example".to_owned(), peer: ANOTHER, ..world.arrival() };
    let sent = |id: &str| key.sign("example.net", &answer(ELLEN, id));
    let changed = [sent("changed").as_slice(), b"-- \r\nForwarded for you.\r\n"].concat();
    assert_eq!(forwarded.fate(&changed), PUBLISHED, "as any member's answer that is not disproven");
    let required = Arriving { wanted: Proof::Required, ..forwarded };
    let changed = [sent("again").as_slice(), b"-- \r\nForwarded for you.\r\n"].concat();
    assert_eq!(required.fate(&changed), UNPROVEN);
    assert_eq!(required.fate(&sent("whole")), PUBLISHED, "a signature goes with the mail");
}

#[test]
fn a_signed_mail_that_was_for_somebody_else_or_is_old_proves_nothing_here() {
    let key = Key::new();
    let (_folder, world) = world(&key, "v=DMARC1; p=none");
    let elsewhere = |id| Mail::new(AUTHOR, id).answers("p").header("To: mallory@example.com").octets();
    assert_eq!(world.arrival().fate(&key.sign("example.org", &elsewhere("private"))), UNPROVEN);
    // Nor with the list's address put on top of it.
    let added = [b"To: talk@lists.example\r\n".as_slice(), &key.sign("example.org", &elsewhere("other"))].concat();
    assert_eq!(world.arrival().fate(&added), UNPROVEN);
    let leave = Arriving { to: vec!["talk+leave@lists.example".to_owned()], ..world.arrival() };
    leave.fate(&key.sign("example.org", &answer(AUTHOR, "to-the-list")));
    assert_eq!(world.talk.member(AUTHOR).state, MemberState::Active, "an answer to the list is no wish to leave");
    let meant = Mail::new(AUTHOR, "meant").header("To: talk+leave@lists.example").octets();
    leave.fate(&key.sign("example.org", &meant));
    assert_eq!(world.talk.member(AUTHOR).state, MemberState::Left);
    let (_folder, world) = self::world(&key, "v=DMARC1; p=none");
    world.talk.at("2026-03-09T08:00:00Z");
    assert_eq!(world.arrival().fate(&key.sign("example.org", &answer(AUTHOR, "old"))), UNPROVEN);
}

#[test]
fn signatures_that_are_not_good_enough_prove_nothing() {
    let key = Key::new();
    let (_folder, mut world) = world(&key, "v=DMARC1; p=none");
    let tried = |world: &World, id: &str, octets: Vec<u8>| assert_eq!(world.arrival().fate(&octets), UNPROVEN, "{id}");
    let signer = || key.signer("example.org");
    tried(&world, "part", signed(&signer().body_length(true), &answer(AUTHOR, "part")));
    let appended = [signed(&signer().body_length(true), &answer(AUTHOR, "more")).as_slice(), b"And more.\r\n"].concat();
    tried(&world, "appended", appended);
    let without_from = key.signer_of("example.org", &["To", "Subject", "Date", "Message-ID"]);
    tried(&world, "no-from", signed(&without_from, &answer(AUTHOR, "no-from")));
    // Without To it may have been for anybody, and without Date of any time.
    for (id, fields) in [
        ("of-from", &["From"][..]),
        ("without-to", &["From", "Date", "Subject"]),
        ("without-date", &["From", "To", "Subject"]),
    ] {
        tried(&world, id, signed(&key.signer_of("example.org", fields), &answer(AUTHOR, id)));
    }
    let enough = key.signer_of("example.org", &["From", "To", "Date", "Subject"]);
    assert_eq!(world.arrival().fate(&signed(&enough, &answer(AUTHOR, "enough"))), PUBLISHED);
    for (id, record) in [
        ("revoked", "v=DKIM1; k=ed25519; p=".to_owned()),
        ("for-reports", key.record.replace("k=ed", "s=tlsrpt; k=ed")),
        ("for-sha1", key.record.replace("k=ed", "h=sha1; k=ed")),
    ] {
        world.dns = world.dns.txt(SELECTOR, &record);
        tried(&world, id, key.sign("example.org", &answer(AUTHOR, id)));
    }
    world.dns = world.dns.txt(SELECTOR, &key.record.replace("k=ed", "s=email; h=sha256; k=ed"));
    assert_eq!(world.arrival().fate(&key.sign("example.org", &answer(AUTHOR, "for-mail"))), PUBLISHED);
}

/// A mail whose signatures by RSA were made once by another program, with keys of 1024 and 768 bits.
fn signed_by_rsa(signature: &str) -> Vec<u8> {
    let lines = [
        &format!("DKIM-Signature: {signature}"),
        "From: marina@example.org",
        "To: talk@lists.example",
        "Message-ID: <fixed@test>",
        "Date: Sun, 01 Mar 2026 08:00:00 +0000",
        "Subject: About fixed",
        "In-Reply-To: <p@test>",
        "",
        "These are the words of a mail that was signed once and for all.",
        "",
    ];
    lines.join("\r\n").into_bytes()
}

#[test]
fn rsa_with_sha1_or_with_a_short_key_and_what_has_expired_prove_nothing() {
    for (signature, fate) in [
        (include_str!("../../fixtures/dkim/rsa1024-sha256.txt"), PUBLISHED),
        (include_str!("../../fixtures/dkim/rsa1024-sha1.txt"), UNPROVEN),
        (include_str!("../../fixtures/dkim/rsa768-sha256.txt"), UNPROVEN),
        // In 2001, and in 2096.
        (include_str!("../../fixtures/dkim/rsa1024-sha256-expired.txt"), UNPROVEN),
        (include_str!("../../fixtures/dkim/rsa1024-sha256-not-expired.txt"), PUBLISHED),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let long = include_str!("../../fixtures/dkim/rsa1024.txt").trim();
        let short = include_str!("../../fixtures/dkim/rsa768.txt").trim();
        let keys = DnsServer::start().txt("rsa1024._domainkey.example.org", long);
        let world = World::new(folder.path(), keys.txt("rsa768._domainkey.example.org", short));
        assert_eq!(world.arrival().fate(&signed_by_rsa(signature.trim())), fate, "{signature}");
    }
}

#[test]
fn what_is_signed_is_what_is_shown() {
    let key = Key::new();
    let (_folder, world) = world(&key, "v=DMARC1; p=none");
    let sent = |id: &str| key.sign("example.org", &answer(AUTHOR, id));
    for added in ["Subject: Something else\r\n", "Content-Type: text/html\r\n", "In-Reply-To: <q@test>\r\n"] {
        let again = if added.starts_with("Content-Type") { "Content-Type: text/plain\r\n" } else { "" };
        let octets = [added.as_bytes(), again.as_bytes(), &sent(&added[..7])].concat();
        assert!(world.arrival().fate(&octets).starts_with("held"), "{added}");
    }
    // Programs that look for fields behind lines that are none would see the signed words, and we would show these.
    let whole = String::from_utf8(sent("hidden")).unwrap();
    let lines = "These words were never signed by anybody\r\n".repeat(40);
    let hidden = whole.replacen("To: talk@", &format!("{lines}To: talk@"), 1);
    assert!(world.arrival().fate(hidden.as_bytes()).starts_with("held"));
    assert_eq!(world.arrival().fate(whole.as_bytes()), PUBLISHED);
}

#[test]
fn a_large_mail_is_proven_as_any_other() {
    let key = Key::new();
    let (_folder, world) = world(&key, "v=DMARC1; p=reject");
    let words = "A line among many, which makes it long, and is not empty.\n".repeat(10_000);
    let octets = Mail::new(AUTHOR, "large").answers("p").says(&words).octets();
    assert_eq!(world.arrival().fate(&octets), REFUSED);
    assert_eq!(world.arrival().fate(&key.sign("example.org", &octets)), PUBLISHED);
}
