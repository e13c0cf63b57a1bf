//! The whole life of a subscriber, by what mail programs send and what their people get.

use rejoinder::discussion::{Delivery, MemberState, Role};
use rejoinder::store::MemberChange;

use crate::client::{Letter, bare};
use crate::world::{Got, MARINA, TALK, World};

const NOOR: &str = "Noor Haddad <noor.haddad@post.example>";
const RUTH: &str = "Ruth Adair <ruth@harbour.example>";
const JOIN: &str = "talk+join@lists.example";

/// Everybody's way of pressing Reply.
const CLIENTS: [&str; 8] = ["gmail", "outlook", "outlook-com", "outlook-ios", "iphone", "yahoo", "thunderbird", "mutt"];

/// A letter that answers nothing.
fn fresh<'a>(client: &'a str, from: &'a str, to: &'a str, id: &'a str) -> Letter<'a> {
    Letter { client, from, to, subject: "", said: "", answers: None, id }
}

/// Presses Reply to a mail of ours.
fn reply(world: &World, client: &str, from: &str, mail: &Got, said: &str, id: &str) {
    let subject = match mail.subject.get(..3) {
        Some("Re:") => mail.subject.clone(),
        _ => format!("Re: {}", mail.subject),
    };
    world.send(&Letter { client, from, to: &mail.reply_to, subject: &subject, said, answers: Some(mail), id });
}

/// Asks to join, with a greeting, thanks and a signature.
fn asks_to_join(world: &World, from: &str, id: &str) {
    let said = "Hello,\n\nplease subscribe me.\n\nThank you, and kind regards";
    world.send(&Letter { subject: "Your list", said, ..fresh("gmail-new", from, JOIN, id) });
    assert!(world.member(bare(from)).is_none());
}

fn is_asked(world: &World, from: &str) -> Got {
    let question = world.mail_to(bare(from));
    assert!(question.says("Do you want to join Talk?"), "{}", question.text);
    // Nothing of what a stranger wrote is passed on, and nobody is told how to leave what they are not on.
    assert!(!question.says("Lighthouse") && question.field("List-Unsubscribe").is_empty());
    assert!(question.reply_to.starts_with("talk+c."), "{}", question.reply_to);
    question
}

/// What people write above the question, and whether that is a yes.
const SAID: [(&str, bool); 4] =
    [("", true), ("Yes", true), ("Yes, please. I look forward to it!", true), ("No, I did not ask for this.", false)];

#[test]
fn whoever_is_asked_confirms_by_pressing_reply_whatever_their_mail_program_puts_around_it() {
    let world = World::new(None);
    world.provider("post.example", "none");
    let answers = || CLIENTS.iter().flat_map(|client| SAID.map(|(said, joins)| (*client, said, joins)));
    let who = |client: &str, said: &str| format!("{client}-{}@post.example", said.len());
    for (client, said, _) in answers() {
        let from = format!("Ada Quill <{}>", who(client, said));
        asks_to_join(&world, &from, &format!("j{client}{}", said.len()));
    }
    for (client, said, _) in answers() {
        let from = format!("Ada Quill <{}>", who(client, said));
        let question = is_asked(&world, &from);
        reply(&world, client, &from, &question, said, &format!("y{client}{}", said.len()));
    }
    for (client, said, joins) in answers() {
        let who = who(client, said);
        let member = world.member(&who).map(|member| (member.state, member.name));
        let expected = joins.then(|| (MemberState::Active, Some("Ada Quill".to_owned())));
        assert_eq!(member, expected, "{client}: {said:?}");
        if joins {
            assert!(world.mail_to(&who).says("You are now on Talk."));
        }
    }
    world.end();
}

/// Marina posts, and Ruth, who reads each mail, gets it.
fn posts(world: &World, id: &str, subject: &str, said: &str) {
    world.send(&Letter { subject, said, ..fresh("iphone-new", MARINA, TALK, id) });
    assert!(world.has_published(id), "{id} is not published");
    let copy = world.mail_to(bare(RUTH));
    assert!(copy.says(said) && !copy.says("Sent from my iPhone"), "{}", copy.text);
}

fn state(world: &World) -> MemberState {
    world.member(bare(NOOR)).unwrap().state
}

#[test]
fn a_subscriber_joins_reads_answers_pauses_is_lost_found_and_leaves_by_mail_alone() {
    let world = World::new(None);
    world.provider("post.example", "quarantine");
    world.provider("harbour.example", "none");
    let each = MemberChange {
        delivery: Some(Delivery::Each),
        role: Some(Role::Member),
        name: Some("Ruth Adair".to_owned()),
        ..MemberChange::default()
    };
    world.add("talk", bare(RUTH), each);
    let welcome = joins(&world);
    reads_and_answers(&world);
    changes_and_pauses(&world, &welcome);
    let last = is_lost(&world, &welcome);
    let digest = is_found(&world, &last);
    leaves_and_comes_back(&world, &digest);
    assert_eq!(
        world.story(bare(NOOR)),
        [
            "joined mail",
            "changed mail",
            "changed mail",
            "resumed self",
            "changed mail",
            "probed bounces",
            "paused bounces",
            "resumed mail",
            "left web",
            "returned mail",
            "left mail",
            "returned mail"
        ]
    );
    world.end();
}

fn joins(world: &World) -> Got {
    asks_to_join(world, NOOR, "noor-joins");
    let question = is_asked(world, NOOR);
    reply(world, "iphone", NOOR, &question, "", "noor-confirms");
    let welcome = world.mail_to(bare(NOOR));
    assert_eq!(welcome.subject, "Welcome to Talk");
    assert_eq!(welcome.reply_to, "talk+help@lists.example");
    assert!(welcome.says("a digest every day on which there is something new, at 07:00 UTC"), "{}", welcome.text);
    assert!(welcome.field("List-Unsubscribe").contains("<https://web.lists.example/talk/u/"));
    assert_eq!(welcome.field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(welcome.field("To").contains("noor.haddad@post.example"));
    welcome
}

fn reads_and_answers(world: &World) {
    posts(world, "on-listening", "On listening", "Most of us listen the way we wait for a bus.");
    world.at("2026-03-02T07:00:00Z");
    let digest = world.mail_to(bare(NOOR));
    assert!(digest.says("Good morning, Noor Haddad. 1 new post, from Marina Valente."), "{}", digest.text);
    assert!(digest.says("Most of us listen the way we wait for a bus."));
    assert!(digest.reply_to.starts_with("talk+d."), "{}", digest.reply_to);
    assert_eq!(digest.field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(digest.field("From").starts_with("\"Talk\" <talk@") || digest.field("From").starts_with("Talk <talk@"));

    let by_reply = "I think the waiting is the better half of it.";
    reply(world, "outlook", NOOR, &digest, by_reply, "by-reply");
    let copy = world.mail_to(bare(RUTH));
    assert!(copy.says(by_reply) && copy.field("From").contains("Noor Haddad via Talk"), "{}", copy.content);
    assert!(!copy.says("Sent:") && !copy.says("Good morning"), "{}", copy.text);

    let (to, subject) = digest.link("Re: On listening");
    let by_link = "And a second thought, from the bus itself.";
    world.send(&Letter { subject: &subject, said: by_link, ..fresh("iphone-new", NOOR, &to, "by-link") });
    let copy = world.mail_to(bare(RUTH));
    assert!(copy.says(by_link) && !copy.says("Sent from my iPhone"), "{}", copy.text);
    let post = &world.published()[0].0;
    for (id, parent) in &world.published()[1..] {
        assert_eq!(parent.as_ref(), Some(post), "{id}");
    }
    assert_eq!(world.published().len(), 3);
}

fn changes_and_pauses(world: &World, welcome: &Got) {
    let (to, subject) = welcome.link("weekly");
    world.send(&Letter { subject: &subject, ..fresh("iphone-new", NOOR, &to, "weekly") });
    let answer = world.mail_to(bare(NOOR));
    assert!(answer.says("You get a digest every Monday, at 07:00 UTC"), "{}", answer.text);
    assert_eq!(world.member(bare(NOOR)).unwrap().delivery, Delivery::Weekly);

    reply(world, "yahoo", NOOR, &answer, "pause until 9 March", "pause");
    let answer = world.mail_to(bare(NOOR));
    assert!(answer.says("You get no mail until 9 March 2026."), "{}", answer.text);
    assert_eq!(state(world), MemberState::Paused);
    world.at("2026-03-04T10:00:00Z");
    posts(world, "on-doors", "On doors", "A door is a wall that changed its mind.");
    world.at("2026-03-09T00:00:00Z");
    world.until(|| state(world) == MemberState::Active);
    world.at("2026-03-09T07:00:00Z");
    let digest = world.mail_to(bare(NOOR));
    assert!(digest.says("A door is a wall that changed its mind."), "{}", digest.text);
    assert!(!digest.says("wait for a bus. Reply"), "what she had read comes again: {}", digest.text);
}

/// Her mailbox is gone for some days; the last mail of the list that she ever saw there.
fn is_lost(world: &World, welcome: &Got) -> Got {
    let (to, subject) = welcome.link("each");
    world.send(&Letter { subject: &subject, ..fresh("iphone-new", NOOR, &to, "each") });
    assert!(world.mail_to(bare(NOOR)).says("every post and every response as a mail of its own"));
    let mut last = None;
    for (day, client) in ["bounce-postfix", "bounce-exchange", "bounce-postfix", "bounce-exchange"].iter().enumerate() {
        world.at(&format!("2026-03-{}T08:00:00Z", 10 + day));
        let id = format!("day-{day}");
        posts(world, &id, &format!("On the day {day}"), &format!("These are the words of day {day}."));
        let mail = world.mail_to(bare(NOOR));
        bounces(world, client, &mail, &format!("b{day}"));
        assert_eq!(state(world), MemberState::Active, "a bounce alone pauses nobody");
        last = Some(mail);
    }
    world.at("2026-03-13T08:01:00Z");
    let probe = world.mail_to(bare(NOOR));
    assert_eq!(probe.subject, "Do mails of Talk reach you?");
    bounces(world, "bounce-exchange", &probe, "b-probe");
    assert_eq!(state(world), MemberState::Paused);
    posts(world, "meanwhile", "On the meantime", "Nobody reads this at once.");
    last.unwrap()
}

/// A mail of ours comes back.
fn bounces(world: &World, client: &str, mail: &Got, id: &str) {
    assert!(mail.reverse_path.starts_with("talk+b."), "{}", mail.reverse_path);
    let letter = Letter { answers: Some(mail), ..fresh(client, NOOR, &mail.reverse_path, id) };
    assert_eq!(world.hand_over("", &mail.reverse_path, &letter.octets()), 250);
}

fn is_found(world: &World, last: &Got) -> Got {
    world.at("2026-03-15T09:00:00Z");
    reply(world, "gmail", NOOR, last, "I am back, and my provider is sorry.", "back");
    assert!(world.mail_to(bare(RUTH)).says("I am back, and my provider is sorry."));
    assert_eq!(state(world), MemberState::Active);
    let digest = world.mail_to(bare(NOOR));
    assert!(digest.says("Nobody reads this at once."), "{}", digest.text);
    digest
}

fn leaves_and_comes_back(world: &World, digest: &Got) {
    let unsubscribe = digest.field("List-Unsubscribe");
    let url = unsubscribe.split(['<', '>']).find(|part| part.starts_with("https:")).unwrap();
    let answer = world.one_click(url);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(state(world), MemberState::Left);
    world.at("2026-03-15T09:01:00Z");
    let goodbye = world.mail_to(bare(NOOR));
    assert!(goodbye.says("You have left Talk, and get no more mail from it."), "{}", goodbye.text);
    reply(world, "thunderbird", NOOR, &goodbye, "", "again");
    assert_eq!(state(world), MemberState::Active);
    let welcome = world.mail_to(bare(NOOR));
    assert!(welcome.says("every post and every response as a mail of its own"), "{}", welcome.text);

    reply(world, "outlook-com", NOOR, &welcome, "Leave", "leave");
    assert_eq!(state(world), MemberState::Left);
    let goodbye = world.mail_to(bare(NOOR));
    reply(world, "gmail", NOOR, &goodbye, "Yes", "and-again");
    assert_eq!(state(world), MemberState::Active);
    world.mail_to(bare(NOOR));
}
