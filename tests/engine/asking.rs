//! A sender who does not say which item of a digest they answer is asked, and answers by pressing Reply.

use rejoinder::deliver::Outgoing;
use rejoinder::discussion::{EditionId, MemberState};
use rejoinder::intake::Suspicion;
use rejoinder::message::Mail as Parsed;
use rejoinder::smtp::{Door, Envelope, Receiver, Reply};
use rejoinder::store::MemberChange;

use crate::list::{Mail, Remembering, TestList, address};
use crate::splitting::{DAVID, ELLEN, conversation, digest_to_ellen, ellen_answers, folder, reply_to, send, talk};

/// Two posts, p with a and b under it, and q; Ellen's address for an answer to the digest of them.
fn two_posts(talk: &TestList) -> (String, EditionId) {
    conversation(talk, "p", &["a", "b"]);
    conversation(talk, "q", &[]);
    digest_to_ellen(talk, "2026-03-02T09:00:00Z")
}

/// The mails that go out now.
pub fn told(talk: &TestList) -> Vec<Outgoing> {
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    taken.clone()
}

/// The one mail that goes out now, and the address that it asks to be answered at.
pub fn asked(talk: &TestList) -> (Outgoing, String) {
    let mut told = told(talk);
    assert_eq!(told.len(), 1, "not one mail went out");
    let mail = told.remove(0);
    let to = format!("talk+c.{}@lists.example", reply_to(&mail.content, "talk+c."));
    (mail, to)
}

/// Presses Reply to a mail of ours, which is quoted below.
pub fn press_reply(from: &str, id: &str, says: &str, mail: &Outgoing) -> Mail {
    let quoted: String = Parsed::parse(&mail.content).text.lines().map(|line| format!("> {line}\n")).collect();
    let text = format!("{says}\n\nOn Mon, 2 Mar 2026 at 10:00, Talk <talk@lists.example> wrote:\n\n{quoted}");
    Mail::new(from, id).says(&text)
}

/// Its text, on one line.
pub fn words_of(mail: &Outgoing) -> String {
    Parsed::parse(&mail.content).text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_of(mail: &Outgoing) -> String {
    Parsed::parse(&mail.content).text.clone()
}

#[test]
fn an_answer_that_does_not_say_to_what_is_held_and_its_sender_asked() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].reason.as_str(), held[0].asked), (1, "unclear-answer", true));
    let (mail, _) = asked(&talk);
    assert_eq!(mail.recipient, address(ELLEN));
    assert!(mail.reverse_path.as_ref().is_some_and(|path| path.as_str().starts_with("talk+b.")));
    let parsed = Parsed::parse(&mail.content);
    for (name, value) in [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN"),
        ("In-Reply-To", "<e@test>"),
        ("References", "<e@test>"),
        ("Subject", "Re: About e"),
    ] {
        assert_eq!(parsed.header(name), Some(value), "{name}");
    }
    for line in [
        "Which of these did you mean?",
        "> I have thought about this all day.",
        "  A  About p, by Marina, “Some begin slowly",
        "  B  About q, by Marina, “Some begin slowly",
        "  none  not to publish it",
    ] {
        assert!(parsed.text.contains(line), "no {line:?} in\n{}", parsed.text);
    }
}

#[test]
fn the_answer_publishes_the_mail_where_it_says_and_works_once() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    let answer = press_reply(ELLEN, "x", "B", &mail);
    assert_eq!(talk.send_to(&answer, &[&to]).code, 250);
    assert!(talk.tree().contains("q@test\n  1 e@test < q@test\n"), "{}", talk.tree());
    assert!(talk.store.held(None).unwrap().is_empty());
    let before = talk.tree();
    // The same once more, and another word to the same address.
    assert_eq!(talk.send_to(&answer, &[&to]).code, 250);
    assert!(told(&talk).is_empty());
    assert_eq!(talk.send_to(&press_reply(ELLEN, "y", "A", &mail), &[&to]).code, 250);
    assert_eq!(talk.tree(), before);
    assert!(words_of(&told(&talk)[0]).contains("that works once"));
}

#[test]
fn who_answers_what_is_over_again_and_again_is_told_so_once() {
    for (when, said) in [(None, "that works once"), (Some("2026-03-16T09:00:01Z"), "that has passed")] {
        let folder = folder();
        let talk = talk(&folder);
        let (to, _) = two_posts(&talk);
        ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
        let (mail, to) = asked(&talk);
        if let Some(when) = when {
            talk.at(when);
        } else {
            assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
        }
        for id in ["y", "z", "w"] {
            assert_eq!(talk.send_to(&press_reply(ELLEN, id, "A", &mail), &[&to]).code, 250);
        }
        let told = told(&talk);
        assert_eq!(told.len(), 1);
        assert!(words_of(&told[0]).contains(said));
    }
}

#[test]
fn a_label_from_the_question_or_the_digest_names_a_response() {
    for (word, place) in [
        ("A2", "e@test < b@test"),
        ("#1 of course", "e@test < a@test"),
        ("a", "e@test < p@test"),
        ("Hello,\n\nB", "e@test < q@test"),
        ("About q", "e@test < q@test"),
        ("The one about A2, please.", "e@test < b@test"),
    ] {
        let folder = folder();
        let talk = talk(&folder);
        let (to, _) = two_posts(&talk);
        ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
        let (mail, to) = asked(&talk);
        assert_eq!(talk.send_to(&press_reply(ELLEN, "x", word, &mail), &[&to]).code, 250);
        assert!(talk.tree().contains(place), "{word}: {}", talk.tree());
    }
}

#[test]
fn items_that_were_quoted_are_listed_in_the_question() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    let quote = |id: &str| format!("> These are the words of {id}, and of nobody else.\n");
    ellen_answers(&talk, &to, "e", &format!("{}{}\nYes.\n", quote("a"), quote("b")));
    let text = text_of(&asked(&talk).0);
    for line in ["  A1  by David", "  A2  by David", "  B  About q"] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
}

#[test]
fn what_was_typed_is_offered_and_what_the_digest_does_not_have_is_told() {
    let folder = folder();
    let talk = talk(&folder);
    let many: Vec<String> = (1..20).map(|at| format!("a{at}")).collect();
    conversation(&talk, "p", &many.iter().map(String::as_str).collect::<Vec<_>>());
    conversation(&talk, "q", &["c"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let question = |id: &str, says: &str| {
        ellen_answers(&talk, &to, id, says);
        text_of(&asked(&talk).0)
    };
    let text = question("e1", "#17 is what I like best.\n");
    assert!(text.contains("\n  A17  by David"), "{text}");
    let text = question("e2", "#16 and B1: you are both right.\n");
    assert!(text.contains("\n  A16  by David") && text.contains("\n  B1  by David"), "{text}");
    let text = question("e4", "A15 ok\n");
    assert!(text.contains("\n  A15  by David"), "{text}");
    let text = question("e3", "B7: Yes.\n");
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("no B7 is in that digest"), "{text}");
    assert_eq!(talk.store.held(None).unwrap().len(), 4);
}

/// What `explain` says last of an answer to one of these.
pub fn foretold(talk: &TestList, from: &str, to: &str, says: &str) -> String {
    let octets = Mail::new(from, "x").header(&format!("To: {to}")).says(says).octets();
    let explained = talk.intake.explain(&talk.list(), &octets).unwrap();
    assert_eq!(explained.decision.as_str(), "command");
    explained.why.last().unwrap().clone()
}

#[test]
fn what_an_answer_to_the_question_would_do_is_explained_without_doing_it() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    let before = talk.tree();
    for (says, expected) in [
        ("A2", "is published under #2 by David under post 1, \"About p\"."),
        ("none", "is not published."),
        ("whichever you like", "Its first line is not understood, so nothing is done;"),
    ] {
        let told = foretold(&talk, ELLEN, &to, says);
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!((talk.tree(), talk.store.held(None).unwrap().len()), (before, 1));
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
    assert!(foretold(&talk, ELLEN, &to, "A2").contains("answered or decided before"));
}

#[test]
fn where_nothing_was_quoted_the_new_responses_are_listed_as_well() {
    let folder = folder();
    let talk = talk(&folder);
    let many: Vec<String> = (0..15).map(|at| format!("a{at}")).collect();
    conversation(&talk, "p", &many.iter().map(String::as_str).collect::<Vec<_>>());
    conversation(&talk, "q", &["b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let text = text_of(&asked(&talk).0);
    for line in ["  A  About p", "  A1  by David", "  A9  by David", "  B  About q", "  B1  by David"] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(!text.contains("  A10  "), "{text}");
}

#[test]
fn the_subject_of_a_question_has_one_re() {
    for (id, subject, asked_as) in [
        ("one", "Re: [Talk] Two posts", "Re: [Talk] Two posts"),
        ("two", "AW: Re: RE: [Talk] Two posts", "Re: [Talk] Two posts"),
        ("tag", "[Talk] Two posts", "Re: [Talk] Two posts"),
    ] {
        let folder = folder();
        let talk = talk(&folder);
        let (to, _) = two_posts(&talk);
        let mail = Mail::new(ELLEN, id).subject(subject).says("I have thought about this all day.\n");
        assert_eq!(talk.send_to(&mail, &[&to]).code, 250);
        assert_eq!(Parsed::parse(&asked(&talk).0.content).header("Subject"), Some(asked_as));
    }
}

#[test]
fn none_lets_the_mail_be() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "Nothing at all.\n");
    let before = talk.tree();
    let (mail, to) = asked(&talk);
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "None.", &mail), &[&to]).code, 250);
    assert_eq!(talk.tree(), before);
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn an_answer_that_is_not_understood_is_asked_again_twice_and_then_left_to_a_moderator() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mut mail, mut to) = asked(&talk);
    for (at, word) in ["the one about p", "C7"].into_iter().enumerate() {
        assert_eq!(talk.send_to(&press_reply(ELLEN, &format!("x{at}"), word, &mail), &[&to]).code, 250);
        (mail, to) = asked(&talk);
        assert!(text_of(&mail).starts_with(&format!("“{word}” is none of these.")), "{}", text_of(&mail));
        assert!(text_of(&mail).contains("> I have thought about this all day."));
    }
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x3", "dunno", &mail), &[&to]).code, 250);
    let last = told(&talk);
    assert!(last.len() == 1 && words_of(&last[0]).contains("was not understood either"));
    assert!(Parsed::parse(&last[0].content).header("Reply-To").unwrap().contains("talk+owner@"));
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), talk.tree().contains("e@test")), (1, false));
    let under = (rejoinder::discussion::Number(1), None);
    talk.intake.accept_held(held[0].id, Some(under)).unwrap();
    assert!(talk.tree().contains("e@test < p@test"));
}

#[test]
fn the_last_of_three_answers_still_publishes() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mut mail, mut to) = asked(&talk);
    for at in 0..2 {
        assert_eq!(talk.send_to(&press_reply(ELLEN, &format!("x{at}"), "what?", &mail), &[&to]).code, 250);
        (mail, to) = asked(&talk);
    }
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x3", "B", &mail), &[&to]).code, 250);
    assert!(talk.tree().contains("e@test < q@test"), "{}", talk.tree());
}

#[test]
fn a_moderator_may_decide_while_the_sender_is_asked_and_then_the_answer_changes_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    let under = (rejoinder::discussion::Number(1), None);
    talk.intake.accept_held(talk.store.held(None).unwrap()[0].id, Some(under)).unwrap();
    let before = talk.tree();
    assert!(before.contains("e@test < p@test"));
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
    assert_eq!(talk.tree(), before);
}

#[test]
fn a_question_that_is_answered_too_late_stays_with_the_moderators() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    assert!(text_of(&mail).contains("Until 16 March 2026"), "{}", text_of(&mail));
    talk.at("2026-03-16T09:00:01Z");
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
    assert!(!talk.tree().contains("e@test"));
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
    assert!(words_of(&told(&talk)[0]).contains("that has passed"));
}

#[test]
fn the_same_unclear_mail_again_asks_nobody_again() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    for _ in 0..3 {
        ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    }
    asked(&talk);
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
}

#[test]
fn strangers_those_who_left_machines_and_the_suspected_are_asked_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    let stranger = Mail::new("stranger@example.com", "s").says("Me too.\n");
    talk.send_to(&stranger, &[&to]);
    let vacation = Mail::new(ELLEN, "v").says("I am away.\n").header("Auto-Submitted: auto-replied");
    talk.send_to(&vacation, &[&to]);
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Left), ..MemberChange::default() });
    talk.send_to(&Mail::new(ELLEN, "l").says("Me too.\n"), &[&to]);
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Active), ..MemberChange::default() });
    // A server in front whose word counts calls it spam.
    let trace =
        b"Received: from x by mx.example.org with ESMTP id 1; Mon, 2 Mar 2026 09:00:00 +0000\r\nX-Spam-Flag: YES\r\n";
    let octets = [trace.as_slice(), &Mail::new(ELLEN, "spam").says("Me too.\n").octets()].concat();
    let gate = talk.intake.clone().with(Suspicion::by_relays(&["mx.example.org".to_owned()]));
    let envelope = Envelope {
        door: Door::Lmtp,
        peer: "127.0.0.1:4025".parse().unwrap(),
        helo: "mx.example.org".to_owned(),
        tls: false,
        with: "LMTP",
        reverse_path: Some(address(ELLEN)),
        recipients: vec![address(&to)],
    };
    assert!(Reply::for_all(&talk.runtime.block_on(gate.receive(envelope, octets))).is_positive());
    assert!(talk.store.held(None).unwrap().iter().any(|held| held.subject == "About spam" && !held.asked));
    assert!(told(&talk).is_empty());
    // Somebody who only pauses may write, and is asked.
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Paused), ..MemberChange::default() });
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    asked(&talk);
}

#[test]
fn who_only_wants_to_leave_is_never_published_and_asked_whether_they_do() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    let before = talk.tree();
    ellen_answers(&talk, &to, "u", "unsubscribe\n");
    ellen_answers(&talk, &to, "v", "> These are the words of a, and of nobody else.\n\nPlease unsubscribe me.\n");
    send(&talk, &[Mail::new(DAVID, "w").answers("p").says("Abmelden!\n")]);
    send(&talk, &[Mail::new(DAVID, "x").subject("Unsubscribe").says("Too many mails.\n")]);
    // Each of them once, however often they say it.
    let told = |talk: &TestList| -> Vec<String> { told(talk).iter().map(words_of).collect() };
    let questions = told(&talk);
    assert_eq!(questions.len(), 2);
    assert!(questions.iter().all(|words| words.contains("Did you ask this of Talk? leave")), "{questions:?}");
    // Who says it in answer to a question has shown that they read their mail: they leave, and the mail waits on.
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    assert_eq!(talk.send_to(&press_reply(ELLEN, "y", "Please remove me from this list.", &mail), &[&to]).code, 250);
    assert!(told(&talk)[0].contains("You have left Talk"));
    assert_eq!(talk.member(ELLEN).state, MemberState::Left);
    let why: Vec<String> = talk.store.held(None).unwrap().into_iter().map(|held| held.reason).collect();
    assert_eq!(why, ["command", "command", "command", "command", "unclear-answer"]);
    assert_eq!(talk.tree(), before);
    send(&talk, &[Mail::new(DAVID, "z").answers("p").says("Who wants to unsubscribe finds the address below.\n")]);
    assert!(talk.tree().contains("z@test < p@test"));
}

#[test]
fn an_automatic_answer_to_a_question_is_no_answer() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    let vacation = press_reply(ELLEN, "v", "B", &mail).header("Auto-Submitted: auto-replied");
    assert_eq!(talk.send_to(&vacation, &[&to]).code, 250);
    let mut bounce = press_reply(ELLEN, "b", "B", &mail);
    bounce.bounce = true;
    assert_eq!(talk.send_to(&bounce, &[&to]).code, 250);
    // Our own question, sent back to where it asks to be answered.
    assert_eq!(talk.give(mail.content.clone(), Some("talk@lists.example"), &[&to]).code, 250);
    assert!(told(&talk).is_empty() && !talk.tree().contains("e@test"));
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
    assert!(talk.tree().contains("e@test < q@test"));
}

#[test]
fn a_guessed_or_forged_address_answers_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, edition) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (_, to) = asked(&talk);
    let changed = to.replacen("talk+c.a", "talk+c.b", 1);
    assert_ne!(changed, to);
    assert_eq!(talk.asks(&changed).code, 550);
    // A token of another kind is none, nor is one that says another reader asked.
    let other = rejoinder::token::Token::Digest(talk.member(ELLEN).id, edition);
    let other = talk.keys.make(1, talk.list().id, other).unwrap();
    assert_eq!(talk.asks(&format!("talk+c.{other}@lists.example")).code, 550);
    let question = rejoinder::discussion::ConfirmationId(1);
    let davids = rejoinder::token::Token::Confirm(talk.member(DAVID).id, question);
    let davids = talk.keys.make(1, talk.list().id, davids).unwrap();
    let mail = Mail::new(DAVID, "x").says("B\n");
    assert_eq!(talk.send_to(&mail, &[&format!("talk+c.{davids}@lists.example")]).code, 250);
    assert!(!talk.tree().contains("e@test"));
    assert!(told(&talk).is_empty());
}

#[test]
fn whoever_was_mailed_the_question_may_answer_from_any_address() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    let answer = press_reply("ellen.at.work@example.org", "x", "B", &mail);
    assert_eq!(talk.send_to(&answer, &[&to]).code, 250);
    assert!(talk.tree().contains("e@test < q@test"));
    assert_eq!(talk.threads().into_iter().find(|row| row.message_id == "e@test").unwrap().author, "Ellen");
}

#[test]
fn nobody_gets_more_than_twenty_automatic_answers_an_hour() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    for at in 0..25 {
        ellen_answers(&talk, &to, &format!("e{at}"), &format!("This is thought number {at}.\n"));
    }
    assert_eq!(told(&talk).len(), 20);
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held.iter().filter(|held| held.asked).count()), (25, 20));
    talk.at("2026-03-02T10:00:01Z");
    ellen_answers(&talk, &to, "later", "This is one more thought.\n");
    assert_eq!(told(&talk).len(), 1);
}

#[test]
fn an_answer_that_passes_the_address_over_is_known_by_the_question_it_names() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, _) = asked(&talk);
    let id = Parsed::parse(&mail.content).message_id.to_string();
    let names = |from: &str, name: &str| press_reply(from, name, "B", &mail).header(&format!("In-Reply-To: <{id}>"));
    // Whoever saw the id of a mail of ours is not yet whom it went to: a person reads that.
    send(&talk, &[names(DAVID, "d")]);
    assert!(!talk.tree().contains("e@test") && !talk.tree().contains("d@test"));
    assert_eq!(talk.store.held(None).unwrap().last().unwrap().reason, "command");
    send(&talk, &[names(ELLEN, "x")]);
    assert!(talk.tree().contains("e@test < q@test") && !talk.tree().contains("x@test"), "{}", talk.tree());
}

#[test]
fn a_mail_behind_a_mail_server_is_asked_about_as_well() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    let mail = Mail::new(ELLEN, "e").says("I have thought about this all day.\n");
    assert_eq!(talk.give_by(Door::Lmtp, mail.octets(), Some(ELLEN), &[&to]).code, 250);
    let (mail, to) = asked(&talk);
    let answer = press_reply(ELLEN, "x", "B", &mail);
    assert_eq!(talk.give_by(Door::Lmtp, answer.octets(), Some(ELLEN), &[&to]).code, 250);
    assert!(talk.tree().contains("e@test < q@test"));
}

#[test]
fn the_question_is_asked_in_the_transaction_that_holds_the_mail() {
    let folder = folder();
    let talk = talk(&folder);
    let (to, _) = two_posts(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    drop(talk);
    let clock = rejoinder::clock::Clock::manual(crate::list::time("2026-03-02T09:10:00Z"));
    let talk = TestList::open(folder.path(), clock, rejoinder::store::Faults::none());
    asked(&talk);
    send(&talk, &[Mail::new(DAVID, "z").answers("p")]);
}
