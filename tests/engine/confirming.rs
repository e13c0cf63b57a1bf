//! What nothing proves is asked about at the address that we know, and done on a yes.

use rejoinder::deliver::Outgoing;
use rejoinder::discussion::{Delivery, MemberState};
use rejoinder::trust::Proof;

use crate::asking::{press_reply, told, words_of};
use crate::dns::DnsServer;
use crate::list::{AUTHOR, Mail};
use crate::provable::{ANOTHER, Arriving, DAVID, ELLEN, Key, World, answer};
use crate::splitting::reply_to;

const HELP: &str = "talk+help@lists.example";

fn world() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), DnsServer::start());
    told(&world.talk);
    (folder, world)
}

/// The one mail that goes out now, and where it is answered.
fn question(world: &World) -> (Outgoing, String) {
    let mut mails = told(&world.talk);
    assert_eq!(mails.len(), 1);
    let mail = mails.remove(0);
    let to = format!("talk+c.{}@lists.example", reply_to(&mail.content, "talk+c."));
    (mail, to)
}

/// Answers a question through a gate that wants proof.
fn answers(world: &World, from: &str, id: &str, says: &str, mail: &Outgoing, to: &str) -> String {
    let arriving = Arriving { to: vec![to.to_owned()], ..world.arrival() };
    arriving.fate(&press_reply(from, id, says, mail).octets())
}

#[test]
fn a_post_that_nothing_proves_is_its_authors_once_they_say_so() {
    for (word, published) in [("", true), ("Yes, I did.", true), ("No!", false)] {
        let (_folder, world) = world();
        let post = Mail::new(AUTHOR, "unproven").octets();
        assert_eq!(world.arrival().fate(&post), "held: unproven");
        let (mail, to) = question(&world);
        assert_eq!(mail.recipient.as_str(), AUTHOR);
        let words = words_of(&mail);
        assert!(words.contains("Did you send this to Talk?") && words.contains("About unproven"), "{words}");
        answers(&world, AUTHOR, "y", word, &mail, &to);
        assert_eq!(world.talk.tree().contains("unproven@test"), published, "{word}");
        assert!(world.talk.store.held(None).unwrap().is_empty());
    }
}

#[test]
fn a_confirmation_replayed_or_made_for_another_reader_or_list_publishes_nothing() {
    let (_folder, world) = world();
    assert_eq!(world.arrival().fate(&Mail::new(AUTHOR, "one").octets()), "held: unproven");
    let (mail, to) = question(&world);
    answers(&world, AUTHOR, "y", "yes", &mail, &to);
    assert!(world.talk.tree().contains("one@test"));
    assert_eq!(world.arrival().fate(&Mail::new(AUTHOR, "two").octets()), "held: unproven");
    // The same confirmation once more decides nothing about the next mail.
    answers(&world, AUTHOR, "z", "yes", &mail, &to);
    assert!(!world.talk.tree().contains("two@test"));
    // Nor does one of the same number that was made for another reader.
    let number = rejoinder::discussion::ConfirmationId(1);
    let others = rejoinder::token::Token::Confirm(world.talk.member(DAVID).id, number);
    let others = world.talk.keys.make(1, world.talk.list().id, others).unwrap();
    answers(&world, DAVID, "w", "yes", &mail, &format!("talk+c.{others}@lists.example"));
    assert!(!world.talk.tree().contains("two@test"));
}

#[test]
fn what_came_from_an_unknown_address_by_a_readers_token_is_theirs_once_they_say_so() {
    let (_folder, world) = world();
    let arriving = Arriving { to: vec![world.reply_address(ELLEN)], ..world.arrival() };
    assert_eq!(arriving.fate(&answer("ellen@work.example", "w1")), "held: borrowed-token");
    let (mail, to) = question(&world);
    assert_eq!(mail.recipient.as_str(), ELLEN);
    assert!(words_of(&mail).contains("writing to Talk from ellen@work.example?"), "{}", words_of(&mail));
    answers(&world, ELLEN, "y", "", &mail, &to);
    assert!(world.talk.tree().contains("w1@test"));
    told(&world.talk);
    // From then on that address is believed as hers.
    assert_eq!(world.arrival().fate(&answer("ellen@work.example", "w2")), "published");
    assert_eq!(world.talk.member("ellen@work.example").id, world.talk.member(ELLEN).id);
}

#[test]
fn a_no_to_that_adds_no_address_and_publishes_nothing() {
    let (_folder, world) = world();
    let arriving = Arriving { to: vec![world.reply_address(ELLEN)], ..world.arrival() };
    assert_eq!(arriving.fate(&answer("thief@work.example", "t1")), "held: borrowed-token");
    let (mail, to) = question(&world);
    answers(&world, ELLEN, "y", "No, I never wrote that.", &mail, &to);
    assert!(!world.talk.tree().contains("t1@test"));
    assert_eq!(world.arrival().fate(&answer("thief@work.example", "t2")), "refused: 550");
}

#[test]
fn commands_are_done_at_once_where_their_sender_is_proven_and_else_asked_about() {
    let (_folder, world) = world();
    for wanted in [Proof::Preferred, Proof::Required] {
        let arriving = Arriving { wanted, to: vec![HELP.to_owned()], ..world.arrival() };
        arriving.fate(&Mail::new(DAVID, "unproven").says("weekly").octets());
        assert_eq!(world.talk.member(DAVID).delivery, Delivery::Daily);
    }
    // Asked once, at the address that we know.
    let (mail, to) = question(&world);
    assert_eq!(mail.recipient.as_str(), DAVID);
    assert!(words_of(&mail).contains("Did you ask this of Talk? weekly"), "{}", words_of(&mail));
    answers(&world, DAVID, "y", "", &mail, &to);
    assert_eq!(world.talk.member(DAVID).delivery, Delivery::Weekly);

    let key = Key::new();
    let folder = tempfile::tempdir().unwrap();
    let dns = DnsServer::start().txt("s1._domainkey.example.net", &key.record);
    let proven = World::new(folder.path(), dns.txt("_dmarc.example.net", "v=DMARC1; p=reject"));
    let arriving = Arriving { to: vec![HELP.to_owned()], ..proven.arrival() };
    arriving.fate(
        &key.sign("example.net", &Mail::new(ELLEN, "proven").says("weekly").header(&format!("To: {HELP}")).octets()),
    );
    assert_eq!(proven.talk.member(ELLEN).delivery, Delivery::Weekly);
    // Who borrows the name is turned away.
    let forged = Arriving { peer: ANOTHER, ..arriving };
    assert_eq!(forged.fate(&Mail::new(ELLEN, "forged").says("leave").octets()), "refused: 550");
    assert_eq!(proven.talk.member(ELLEN).state, MemberState::Active);
}

#[test]
fn whoever_asks_for_a_members_status_it_is_told_to_the_member_alone() {
    let (_folder, world) = world();
    let arriving = Arriving { to: vec![HELP.to_owned()], ..world.arrival() };
    arriving.fate(&Mail::new(ELLEN, "s").says("status").octets());
    let mails = told(&world.talk);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].recipient.as_str(), ELLEN);
    arriving.fate(&Mail::new(ELLEN, "s2").says("status").octets());
    assert!(told(&world.talk).is_empty(), "once a day, where nothing proves who asks");
}

#[test]
fn a_question_that_was_passed_on_is_not_the_next_readers_to_answer() {
    let (_folder, world) = world();
    assert_eq!(world.arrival().fate(&Mail::new(AUTHOR, "mine").octets()), "held: unproven");
    let (mail, to) = question(&world);
    answers(&world, "mallory@example.com", "m", "yes", &mail, &to);
    assert!(!world.talk.tree().contains("mine@test"));
    let mails = told(&world.talk);
    assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, AUTHOR));
    assert!(words_of(&mails[0]).contains("from an address that is not known to be yours"));
    answers(&world, AUTHOR, "y", "yes", &mail, &to);
    assert!(world.talk.tree().contains("mine@test"));
}

#[test]
fn what_somebody_chose_in_anothers_name_is_nobodys_choice() {
    let (_folder, world) = world();
    let to = vec!["talk+join@lists.example".to_owned()];
    let arriving = Arriving { to, ..world.arrival() };
    arriving.fate(&Mail::new("vic@example.com", "j").says("name Idiot\nweekly").octets());
    let (mail, to) = question(&world);
    answers(&world, "Vic <vic@example.com>", "y", "yes", &mail, &to);
    let vic = world.talk.member("vic@example.com");
    assert_eq!((vic.name.as_deref(), vic.delivery), (Some("Vic"), Delivery::Daily));
}

#[test]
fn nothing_that_a_stranger_wrote_in_a_members_name_comes_back_to_the_member() {
    let (_folder, world) = world();
    let arriving = Arriving { to: vec![HELP.to_owned()], ..world.arrival() };
    let lure = Mail::new(ELLEN, "x")
        .subject("Pay now http://evil.example/")
        .says("Your account is locked, go to http://evil.example/");
    arriving.fate(&lure.octets());
    let mails = told(&world.talk);
    assert_eq!(mails.len(), 1);
    assert!(!String::from_utf8_lossy(&mails[0].content).contains("evil"), "{}", words_of(&mails[0]));
}

#[test]
fn what_others_ask_in_a_members_name_keeps_nobody_from_leaving() {
    let (_folder, world) = world();
    let arriving = |to: &str| Arriving { to: vec![to.to_owned()], ..world.arrival() };
    for words in ["weekly", "each", "pause", "name X", "receipts on", "daily at 3"] {
        arriving(HELP).fate(&Mail::new(DAVID, words).says(words).octets());
    }
    assert_eq!(told(&world.talk).len(), 5);
    arriving("talk+leave@lists.example").fate(&Mail::new(DAVID, "l").octets());
    let (mail, to) = question(&world);
    answers(&world, DAVID, "y", "", &mail, &to);
    assert_eq!(world.talk.member(DAVID).state, MemberState::Left);
}
