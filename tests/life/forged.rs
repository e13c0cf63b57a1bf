//! Forged mail at the real door, by the settings file; and what is honest beside it.

use rejoinder::discussion::{Delivery, MemberState, Role};
use rejoinder::store::MemberChange;

use crate::client::{Letter, bare};
use crate::world::{Got, MARINA, TALK, World, hand_over};

/// An author whose domain publishes nothing.
const OLIVE: &str = "Olive Grant <olive@plain.example>";
const RUTH: &str = "Ruth Adair <ruth@harbour.example>";
const EVE: &str = "Eve Marlow <eve@thieves.example>";
const HELP: &str = "talk+help@lists.example";

fn world(trusts: Option<&str>) -> World {
    let world = World::new(trusts);
    world.provider("harbour.example", "none");
    world.provider("thieves.example", "none");
    let with = |role, delivery| MemberChange { role: Some(role), delivery: Some(delivery), ..MemberChange::default() };
    world.add("talk", bare(OLIVE), with(Role::Author, Delivery::None));
    world.add("talk", bare(RUTH), with(Role::Member, Delivery::Each));
    world
}

fn letter<'a>(from: &'a str, to: &'a str, said: &'a str, id: &'a str) -> Letter<'a> {
    Letter { client: "iphone-new", from, to, subject: "On rye", said, answers: None, id }
}

/// Presses Reply to a question; nothing signs it.
fn answers(world: &World, from: &str, question: &Got, said: &str, id: &str) {
    let letter = Letter { client: "outlook", answers: Some(question), ..letter(from, &question.reply_to, said, id) };
    assert_eq!(world.hand_over(bare(from), &question.reply_to, &letter.octets()), 250);
}

#[test]
fn an_author_whose_domain_asks_for_it_is_nobody_elses_name() {
    let world = world(None);
    let forged = letter(MARINA, TALK, "Buy my bread.", "forged").octets();
    assert_eq!(world.hand_over(bare(EVE), TALK, &forged), 550);
    assert_eq!(world.hand_over(bare(EVE), TALK, &world.key.sign("thieves.example", &forged)), 550);
    assert!(world.published().is_empty());
    world.send(&letter(MARINA, TALK, "Rye is patient.", "honest"));
    assert!(world.mail_to(bare(RUTH)).says("Rye is patient."));
    world.end();
}

#[test]
fn where_no_domain_speaks_for_an_author_they_are_asked_and_their_answer_counts_once() {
    let world = world(None);
    let post = |said: &str, id: &str| {
        assert_eq!(world.hand_over(bare(OLIVE), TALK, &letter(OLIVE, TALK, said, id).octets()), 250);
        let question = world.mail_to(bare(OLIVE));
        assert!(question.says("Did you send this to Talk?") && question.says(said), "{}", question.text);
        question
    };
    let first = post("Buy my bread.", "forged");
    answers(&world, OLIVE, &first, "No!", "no");
    // Of the same kind she is asked once a day.
    world.at("2026-03-02T08:00:01Z");
    let honest = post("Rye is patient.", "honest");
    answers(&world, OLIVE, &honest, "", "yes");
    assert!(world.mail_to(bare(RUTH)).says("Rye is patient."));
    world.at("2026-03-03T08:00:02Z");
    let second = post("Buy my buns, too.", "again");
    // Her yes from before, sent once more by somebody who saw it; and the no that was turned around.
    answers(&world, OLIVE, &honest, "", "replayed");
    assert!(world.mail_to(bare(OLIVE)).says("works once"));
    answers(&world, OLIVE, &first, "Yes", "turned");
    assert!(world.mail_to(bare(OLIVE)).says("works once"));
    assert!(!world.has_published("forged") && !world.has_published("again"));
    answers(&world, OLIVE, &second, "no", "no-again");
    assert_eq!(world.published().len(), 1);
    world.end();
}

#[test]
fn a_token_serves_its_own_reader_on_its_own_list() {
    let world = world(None);
    world.make_list("walk", "Walk");
    world.send(&letter(MARINA, TALK, "Rye is patient.", "post"));
    let copy = world.mail_to(bare(RUTH));
    let stolen = letter(EVE, &copy.reply_to, "Buy my bread.", "stolen");
    world.send(&stolen);
    let question = world.mail_to(bare(RUTH));
    assert!(question.says("Was this you, writing to Talk from eve@thieves.example?"), "{}", question.text);
    answers(&world, RUTH, &question, "No, I do not know her.", "no");
    let elsewhere = copy.reply_to.replace("talk+", "walk+");
    let borrowed = letter(RUTH, &elsewhere, "Is this the other list?", "borrowed").octets();
    let code = world.hand_over(bare(RUTH), &elsewhere, &world.key.sign("harbour.example", &borrowed));
    assert_eq!(code, 550);
    assert_eq!(world.published().len(), 1);
    world.send(&letter(RUTH, &copy.reply_to, "And slow.", "own"));
    assert!(world.has_published("own"));
    world.end();
}

#[test]
fn a_command_counts_where_it_is_said_and_not_where_it_is_quoted_or_forged() {
    let world = world(None);
    let quoted = "What does this mean?\n\n> leave\n> weekly";
    world.send(&letter(RUTH, HELP, quoted, "quoted"));
    assert!(world.mail_to(bare(RUTH)).says("was not understood"));
    let member = || world.member(bare(RUTH)).unwrap();
    assert_eq!((member().state, member().delivery), (MemberState::Active, Delivery::Each));
    // In her name, by somebody else: she is asked, and says no.
    assert_eq!(world.hand_over(bare(RUTH), HELP, &letter(RUTH, HELP, "leave", "forged").octets()), 250);
    let question = world.mail_to(bare(RUTH));
    assert!(question.says("Did you ask this of Talk? leave"), "{}", question.text);
    answers(&world, RUTH, &question, "No.", "no");
    assert_eq!(member().state, MemberState::Active);
    world.send(&letter(RUTH, HELP, "leave\n\n> weekly", "said"));
    assert_eq!(member().state, MemberState::Left);
    assert!(world.mail_to(bare(RUTH)).says("You have left Talk"));
    world.end();
}

#[test]
fn authentication_results_count_above_the_trusted_servers_mark_alone() {
    let world = world(Some("mx.front.example"));
    let results = "Authentication-Results: mx.front.example; dmarc=pass header.from=plain.example\r\n";
    let received =
        "Received: from mail.plain.example by mx.front.example with ESMTP id 1; Sun, 1 Mar 2026 08:00:00 +0000\r\n";
    let under = |fields: &[&str], said: &str, id: &str| {
        let octets = [fields.concat().as_bytes(), &letter(OLIVE, TALK, said, id).octets()].concat();
        hand_over(world.lmtp, "LHLO", bare(OLIVE), TALK, &octets)
    };
    assert_eq!(under(&[received, results], "Buy my bread.", "forged"), 250);
    let question = world.mail_to(bare(OLIVE));
    assert!(question.says("Did you send this to Talk?") && world.published().is_empty());
    assert_eq!(under(&[results, received], "Rye is patient.", "honest"), 250);
    assert!(world.mail_to(bare(RUTH)).says("Rye is patient."));
    world.end();
}
