//! A list's own rules, what the senders of held mail hear, and bans.

use rejoinder::deliver::Outgoing;
use rejoinder::discussion::{Attachments, FirstTime, MemberState, Strangers, WhoAnswers};
use rejoinder::smtp::Door;
use rejoinder::store::{Banned, ListChange, MemberChange, NewList, Undone};
use rusqlite::Connection;

use crate::asking::{foretold, told, words_of};
use crate::list::{AUTHOR, Mail, TestList, address, named, time};
use crate::moderating::{
    EVE, JONAS, RUTH, SOON, asked_at, moderator, set, strangers, tell_moderators, why_held, with_a_file, with_ruth,
};
use crate::splitting::{DAVID, ELLEN, conversation, folder, send, talk};

// The rules of a list.

#[test]
fn a_first_mail_is_held_where_the_list_says_so_and_once_one_was_accepted_its_sender_is_free() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a"]);
    set(&talk, ListChange { first_time: Some(FirstTime::Hold), ..ListChange::default() });
    // David wrote before the list looked.
    send(&talk, &[Mail::new(DAVID, "b").answers("p"), Mail::new(ELLEN, "e").answers("p")]);
    send(&talk, &[Mail::new(ELLEN, "f").answers("p")]);
    assert_eq!(why_held(&talk), ["first-time", "first-time"]);
    talk.intake.accept_held(talk.store.held(None).unwrap()[0].id, None).unwrap();
    send(&talk, &[Mail::new(ELLEN, "g").answers("p")]);
    let tree = talk.tree();
    for id in ["b@test", "e@test", "g@test"] {
        assert!(tree.contains(id), "no {id} in {tree}");
    }
    assert!(!tree.contains("f@test"));
    // One who was turned down is no freer than before.
    talk.intake.reject_held(talk.store.held(None).unwrap()[0].id).unwrap();
    talk.join(JONAS, named("Jonas", "none"));
    send(&talk, &[Mail::new(JONAS, "h").answers("p")]);
    talk.intake.reject_held(talk.store.held(None).unwrap()[0].id).unwrap();
    send(&talk, &[Mail::new(JONAS, "i").answers("p")]);
    assert_eq!(why_held(&talk), ["first-time"]);
    set(&talk, ListChange { first_time: Some(FirstTime::Publish), ..ListChange::default() });
    send(&talk, &[Mail::new(JONAS, "j").answers("p")]);
    assert!(talk.tree().contains("j@test"));
}

#[test]
fn a_first_answer_that_does_not_say_to_what_is_held_before_anybody_is_asked() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a"]);
    conversation(&talk, "q", &[]);
    let (to, _) = crate::splitting::digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    set(&talk, ListChange { first_time: Some(FirstTime::Hold), ..ListChange::default() });
    assert_eq!(talk.send_to(&Mail::new(ELLEN, "e").says("Yes."), &[&to]).code, 250);
    assert_eq!(why_held(&talk), ["first-time"]);
    assert!(told(&talk).is_empty());
}

#[test]
fn mail_with_files_is_published_held_or_refused_as_the_list_says() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    let files = |what| ListChange { attachments: Some(what), ..ListChange::default() };
    send(&talk, &[with_a_file(DAVID, "a")]);
    set(&talk, files(Attachments::Hold));
    send(&talk, &[with_a_file(DAVID, "b"), Mail::new(DAVID, "c").answers("p")]);
    assert_eq!(why_held(&talk), ["has-files"]);
    assert!(talk.tree().contains("a@test") && talk.tree().contains("c@test"));
    set(&talk, files(Attachments::Refuse));
    let refused = talk.send(&with_a_file(DAVID, "d"));
    assert_eq!(refused.code, 550);
    assert!(refused.text.contains("send it again as text alone"), "{}", refused.text);
    // What a server in front has taken is held.
    let by_lmtp = talk.give_by(Door::Lmtp, with_a_file(DAVID, "e").octets(), Some(DAVID), &["talk@lists.example"]);
    assert_eq!(by_lmtp.code, 250);
    assert_eq!(why_held(&talk), ["has-files", "has-files"]);
    moderator(&talk, RUTH, "Ruth");
    send(&talk, &[with_a_file(RUTH, "f")]);
    assert!(talk.tree().contains("f@test"), "a moderator would decide about their own mail");
}

#[test]
fn a_mail_that_is_larger_than_the_list_takes_is_held_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    set(&talk, ListChange { max_bytes: Some(Some(2_000)), ..ListChange::default() });
    let long = "words ".repeat(500);
    send(&talk, &[Mail::new(DAVID, "a").answers("p"), Mail::new(DAVID, "b").answers("p").says(&long)]);
    assert_eq!(why_held(&talk), ["too-large-for-list"]);
    talk.intake.accept_held(talk.store.held(None).unwrap()[0].id, None).unwrap();
    assert_eq!(crate::splitting::said(&talk, "b@test").len(), long.trim().len());
    set(&talk, ListChange { max_bytes: Some(None), ..ListChange::default() });
    send(&talk, &[Mail::new(DAVID, "c").answers("p").says(&long)]);
    assert!(talk.tree().contains("c@test"));
}

#[test]
fn who_may_answer_is_authors_members_or_whoever_is_proven() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    let answers = |who| ListChange { who_answers: Some(who), ..ListChange::default() };
    set(&talk, answers(WhoAnswers::Authors));
    send(&talk, &[Mail::new(DAVID, "a").answers("p"), Mail::new(AUTHOR, "b").answers("p")]);
    assert_eq!(why_held(&talk), ["may-not-answer"]);
    assert!(talk.tree().contains("b@test"));
    assert_eq!(talk.send(&Mail::new(EVE, "c").answers("p")).code, 550);
    // Where every From is believed, it is proof.
    set(&talk, answers(WhoAnswers::Proven));
    send(&talk, &[Mail::new(DAVID, "d").answers("p"), Mail::new(EVE, "e").answers("p")]);
    assert!(talk.tree().contains("d@test") && talk.tree().contains("e@test"));
    assert_eq!(talk.send(&Mail::new(EVE, "f")).code, 550, "a post is no answer");
    set(&talk, answers(WhoAnswers::Members));
    assert_eq!(talk.send(&Mail::new(EVE, "g").answers("p")).code, 550);
}

// What senders hear.

#[test]
fn a_member_hears_that_their_mail_waits_and_what_was_decided_where_the_list_says_so() {
    for tells in [true, false] {
        let folder = folder();
        let talk = talk(&folder);
        conversation(&talk, "p", &[]);
        let first_time = Some(FirstTime::Hold);
        set(&talk, ListChange { first_time, tell_senders: Some(tells), ..ListChange::default() });
        send(&talk, &[Mail::new(ELLEN, "e").answers("p"), Mail::new(ELLEN, "f").answers("p")]);
        // A copy of it tells nobody again.
        send(&talk, &[Mail::new(ELLEN, "e").answers("p")]);
        let mails = told(&talk);
        let waits: Vec<&Outgoing> = mails.iter().filter(|mail| words_of(mail).contains("waits for somebody")).collect();
        assert_eq!(waits.len(), if tells { 2 } else { 0 });
        assert!(waits.iter().all(|mail| mail.recipient.as_str() == ELLEN));
        let held = talk.store.held(None).unwrap();
        talk.intake.accept_held(held[0].id, None).unwrap();
        assert_eq!(talk.intake.reject_held(held[1].id).unwrap(), tells);
        let words: Vec<String> = told(&talk).iter().map(words_of).collect();
        match tells {
            true => {
                assert!(words.iter().any(|words| words.contains("is published as #1 in “About p”")), "{words:?}");
                assert!(words.iter().any(|words| words.contains("decided not to publish your mail")), "{words:?}");
                assert_eq!(words.len(), 2);
            }
            false => assert!(words.is_empty(), "{words:?}"),
        }
    }
}

#[test]
fn nobody_is_told_of_a_strangers_or_a_programs_mail_that_waits() {
    let folder = folder();
    let talk = with_ruth(&folder);
    set(&talk, ListChange { tell_senders: Some(true), first_time: Some(FirstTime::Hold), ..ListChange::default() });
    strangers(&talk, &["eve"]);
    send(&talk, &[Mail::new(ELLEN, "away").answers("p").subject("Out of office: About p")]);
    assert_eq!(why_held(&talk), ["stranger", "perhaps-automatic"]);
    assert!(told(&talk).is_empty());
    for held in talk.store.held(None).unwrap() {
        assert!(!talk.intake.reject_held(held.id).unwrap());
    }
    assert!(told(&talk).is_empty());
}

#[test]
fn whoever_gets_receipts_is_told_once_that_their_mail_was_accepted() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    talk.change(ELLEN, MemberChange { receipts: Some(true), ..MemberChange::default() });
    set(&talk, ListChange { tell_senders: Some(true), first_time: Some(FirstTime::Hold), ..ListChange::default() });
    send(&talk, &[Mail::new(ELLEN, "e").answers("p")]);
    assert_eq!(told(&talk).len(), 1);
    talk.intake.accept_held(talk.store.held(None).unwrap()[0].id, None).unwrap();
    let mails = told(&talk);
    assert_eq!(mails.len(), 1);
    assert!(words_of(&mails[0]).contains("Published as #1"));
}

// Bans.

fn ban(talk: &TestList, who: &str) {
    talk.store.ban(talk.list().id, Banned::parse(who).unwrap(), talk.clock.now()).wait().unwrap();
}

#[test]
fn a_banned_address_is_refused_with_neutral_words_and_may_not_join() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    ban(&talk, DAVID);
    assert_eq!(talk.member(DAVID).state, MemberState::Left);
    let story = talk.store.story(talk.member(DAVID).id).unwrap();
    assert_eq!((story[0].what.as_str(), story[0].detail.as_str()), ("left", "banned"));
    for from in [DAVID, "David@Example.NET", "david+new@example.net"] {
        set(&talk, ListChange { strangers: Some(Strangers::Publish), ..ListChange::default() });
        let refused = talk.send(&Mail::new(from, from).answers("p"));
        assert_eq!((refused.code, refused.text.as_str()), (550, "This list does not take mail from this address"));
    }
    let joins = talk.send_to(&Mail::new(DAVID, "j").says("join"), &["talk+join@lists.example"]);
    assert_eq!(joins.code, 550);
    assert!(told(&talk).is_empty());
    send(&talk, &[Mail::new(EVE, "e").answers("p")]);
    assert!(talk.tree().contains("e@test"), "another stranger is not banned");
    let who = Banned::parse(DAVID).unwrap();
    assert!(talk.store.unban(talk.list().id, who.clone()).wait().unwrap());
    assert!(!talk.store.unban(talk.list().id, who).wait().unwrap());
    send(&talk, &[Mail::new(DAVID, "a").answers("p")]);
}

#[test]
fn a_ban_is_of_the_person_and_of_a_domain_with_those_below_it() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &[]);
    // David writes from a second address, too.
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    let sql = "INSERT INTO address (person_id, address, key, confirmed_at)
               SELECT person_id, 'd@work.example', 'd@work.example', 1 FROM address WHERE key = ?1";
    database.execute(sql, [DAVID]).unwrap();
    send(&talk, &[Mail::new("d@work.example", "a").answers("p")]);
    ban(&talk, DAVID);
    set(&talk, ListChange { strangers: Some(Strangers::Publish), ..ListChange::default() });
    assert_eq!(talk.send(&Mail::new("d@work.example", "b").answers("p")).code, 550);
    ban(&talk, "@spam.example");
    for (from, code) in
        [("x@spam.example", 550), ("x@mx.Spam.example", 550), ("x@notspam.example", 250), ("x@spam.example.org", 250)]
    {
        assert_eq!(talk.send(&Mail::new(from, from).answers("p")).code, code, "{from}");
    }
    // Another list has bans of its own.
    let schedule = talk.list().schedule;
    let name = rejoinder::discussion::ListName::parse("other").unwrap();
    let new = NewList { name: name.clone(), title: "Other".to_owned(), schedule, at: talk.clock.now() };
    let other = talk.store.create_list(new).wait().unwrap();
    let open = ListChange { strangers: Some(Strangers::Publish), ..ListChange::default() };
    talk.store
        .change_list(other, ListChange { who_posts: Some("members".parse().unwrap()), ..open }, time(SOON))
        .wait()
        .unwrap();
    talk.store.join(other, vec![(address("x@spam.example"), MemberChange::default())], time(SOON)).wait().unwrap();
    assert_eq!(talk.send_to(&Mail::new("x@spam.example", "o"), &["other@lists.example"]).code, 250);
}

#[test]
fn who_left_and_is_banned_then_cannot_undo_having_left() {
    let folder = folder();
    let talk = talk(&folder);
    for (who, banned, expected) in [
        (DAVID, None, Undone::Back),
        (DAVID, Some(DAVID), Undone::TooLate),
        (ELLEN, Some("example.com"), Undone::TooLate),
    ] {
        let member = talk.member(who).id;
        assert!(talk.store.leave(member, "web", talk.clock.now()).wait().unwrap());
        if let Some(banned) = banned {
            ban(&talk, banned);
        }
        assert_eq!(talk.store.undo_leave(member, "web", talk.clock.now()).wait().unwrap(), expected, "{who}");
    }
}

#[test]
fn behind_lmtp_a_banned_mail_is_held_and_nobody_is_told() {
    let folder = folder();
    let talk = with_ruth(&folder);
    set(&talk, ListChange { tell_senders: Some(true), ..ListChange::default() });
    ban(&talk, "@example.net");
    let by_lmtp = talk.give_by(Door::Lmtp, Mail::new(DAVID, "a").octets(), Some(DAVID), &["talk@lists.example"]);
    assert_eq!(by_lmtp.code, 250);
    assert_eq!(why_held(&talk), ["banned"]);
    assert_eq!(tell_moderators(&talk, "2026-03-02T08:00:00Z"), 0);
    assert!(told(&talk).is_empty());
    assert_eq!(talk.member(DAVID).state, MemberState::Active, "whoever reads there goes on reading");
}

// What is explained.

#[test]
fn explain_tells_rules_bans_and_what_a_moderators_answer_would_do_without_doing_it() {
    let folder = folder();
    let talk = with_ruth(&folder);
    let why = |mail: &Mail| {
        let explained = talk.intake.explain(&talk.list(), &mail.octets()).unwrap();
        (explained.decision.as_str(), explained.why.last().unwrap().clone())
    };
    set(&talk, ListChange { first_time: Some(FirstTime::Hold), ..ListChange::default() });
    let (decision, sentence) = why(&Mail::new(ELLEN, "e").answers("p"));
    assert_eq!(decision, "hold");
    assert!(sentence.contains("It is the first mail of its sender here."), "{sentence}");
    set(&talk, ListChange { attachments: Some(Attachments::Refuse), ..ListChange::default() });
    assert_eq!(why(&with_a_file(ELLEN, "f")).0, "refuse");
    ban(&talk, "@example.net");
    let (decision, sentence) = why(&Mail::new(DAVID, "d").answers("p"));
    assert_eq!(
        (decision, sentence.as_str()),
        ("refuse", "Its sender is banned from talk (`rejoinder moderate bans`).")
    );
    strangers(&talk, &["one", "two"]);
    let (_, to) = asked_at(&talk, SOON);
    for (says, said) in [
        ("ok 1; drop 2", "it decides about 2 mails."),
        ("hello there", "not understood"),
        ("ok 9", "answered or decided before"),
    ] {
        let foretold = foretold(&talk, RUTH, &to, says);
        assert!(foretold.contains(said), "{says}: {foretold}");
    }
    assert_eq!(talk.store.held(None).unwrap().len(), 2);
}
