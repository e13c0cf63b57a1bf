//! Members come, go and change how they read by plain words in a mail.

use rejoinder::discussion::{Delivery, MemberState};
use rejoinder::message::Mail as Parsed;
use rejoinder::store::MemberChange;

use crate::asking::{asked, press_reply, told, words_of};
use crate::list::{AUTHOR, Mail, TestList, named};
use crate::splitting::{ELLEN, folder, talk};

const JOIN: &str = "talk+join@lists.example";
const LEAVE: &str = "talk+leave@lists.example";
const HELP: &str = "talk+help@lists.example";
const NOOR: &str = "Noor <noor@example.net>";

fn state(talk: &TestList, who: &str) -> Option<MemberState> {
    let address = rejoinder::message::Address::parse(who).unwrap();
    talk.store.member(talk.list().id, &address).unwrap().map(|member| member.state)
}

/// Sends these words to the address for commands; what is answered.
fn says(talk: &TestList, from: &str, id: &str, words: &str) -> String {
    assert_eq!(talk.send_to(&Mail::new(from, id).says(words), &[HELP]).code, 250);
    let told = told(talk);
    assert_eq!(told.len(), 1, "{words}: not one answer");
    words_of(&told[0])
}

#[test]
fn a_stranger_joins_once_they_answer_the_question() {
    let folder = folder();
    let talk = talk(&folder);
    assert_eq!(talk.send_to(&Mail::new(NOOR, "j"), &[JOIN]).code, 250);
    assert_eq!(state(&talk, "noor@example.net"), None);
    let (question, to) = asked(&talk);
    assert_eq!(question.recipient.as_str(), "noor@example.net");
    let words = words_of(&question);
    assert!(words.contains("Do you want to join Talk?") && !words.contains("About j"), "{words}");
    let parsed = Parsed::parse(&question.content);
    assert!(parsed.header("List-Unsubscribe").is_none() && !parsed.header("To").unwrap().contains("Noor"));
    let html = String::from_utf8_lossy(&question.content).replace("=\r\n", "");
    assert!(html.contains("subject=3Dyes") && html.contains("Yes, join"), "{html}");
    let yes = press_reply(NOOR, "y", "", &question);
    assert_eq!(talk.send_to(&yes, &[&to]).code, 250);
    assert_eq!(state(&talk, "noor@example.net"), Some(MemberState::Active));
    assert_eq!(talk.member("noor@example.net").name.as_deref(), Some("Noor"));
    let welcome = told(&talk);
    assert_eq!(welcome.len(), 1);
    let words = words_of(&welcome[0]);
    assert!(
        words.contains("You are now on Talk.") && words.contains("Leave: https://web.lists.example/talk/u/"),
        "{words}"
    );
    // Once more, the same and another: nothing happens.
    assert_eq!(talk.send_to(&yes, &[&to]).code, 250);
    assert_eq!(talk.send_to(&press_reply(NOOR, "z", "yes", &question), &[&to]).code, 250);
    assert!(told(&talk).is_empty());
}

#[test]
fn who_did_not_ask_to_join_says_no_or_nothing_and_is_left_alone() {
    for (answer, outcome) in
        [("No, that was not me.", None), ("Who are you?", None), ("Yes", Some(MemberState::Active))]
    {
        let folder = folder();
        let talk = talk(&folder);
        talk.send_to(&Mail::new(NOOR, "j"), &[JOIN]);
        let (question, to) = asked(&talk);
        assert_eq!(talk.send_to(&press_reply(NOOR, "y", answer, &question), &[&to]).code, 250);
        assert_eq!(state(&talk, "noor@example.net"), outcome, "{answer}");
        let words: Vec<String> = told(&talk).iter().map(words_of).collect();
        match answer {
            "Who are you?" => assert!(words[0].contains("neither yes nor no"), "{words:?}"),
            "Yes" => assert_eq!(words.len(), 1),
            _ => assert!(words.is_empty(), "{words:?}"),
        }
    }
}

#[test]
fn what_is_chosen_when_joining_goes_with_it() {
    let folder = folder();
    let talk = talk(&folder);
    talk.send_to(&Mail::new(NOOR, "j").says("weekly on Friday at 9\nname Nightingale"), &[JOIN]);
    let (question, to) = asked(&talk);
    talk.send_to(&press_reply(NOOR, "y", "ja", &question), &[&to]);
    let noor = talk.member("noor@example.net");
    assert_eq!((noor.delivery, noor.weekday, noor.hour), (Delivery::Weekly, Some(5), Some(9)));
    assert_eq!(noor.name.as_deref(), Some("Nightingale"));
}

#[test]
fn who_joins_is_sent_the_last_digest_where_the_list_says_so() {
    for latest in [true, false] {
        let folder = folder();
        let talk = talk(&folder);
        talk.join("mira@example.org", named("Mira", "daily"));
        talk.send(&Mail::new(AUTHOR, "old"));
        talk.at("2026-03-02T07:00:00Z");
        talk.digests("2026-03-02T07:00:00Z");
        told(&talk);
        let change = rejoinder::store::ListChange { latest_on_join: Some(latest), ..Default::default() };
        talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
        talk.send_to(&Mail::new(NOOR, "j"), &[JOIN]);
        let (question, to) = asked(&talk);
        talk.send_to(&press_reply(NOOR, "y", "", &question), &[&to]);
        talk.digests("2026-03-02T07:00:01Z");
        let mails = told(&talk);
        assert_eq!(mails.len(), if latest { 2 } else { 1 });
        assert_eq!(
            mails.iter().any(|mail| words_of(mail).contains("ABOUT OLD")),
            latest,
            "{}",
            words_of(mails.last().unwrap())
        );
    }
}

#[test]
fn each_command_is_done_and_answered_with_what_was_understood() {
    let folder = folder();
    let talk = talk(&folder);
    for (words, answer) in [
        ("weekly on sunday at 9", "You get a digest every Sunday, at 09:00 UTC"),
        ("time zone Europe/Lisbon", "at 09:00 Lisbon time"),
        ("time zone Mars/Olympus", "“zone Mars/Olympus” was not done: `Mars/Olympus` is no time zone"),
        ("each", "every post and every response as a mail of its own"),
        ("name Nightingale", "shown as by Nightingale"),
        ("receipts on", "You are told by mail"),
        ("pause until 2 May", "You get no mail until 2 May 2026"),
        ("status", "until 2 May 2026"),
        ("resume", "You get mail again."),
        ("help", "Write one of these as the subject"),
        ("dance", "“dance” was not understood."),
        ("pause until the end", "“pause until the end” was not done: that is no day that is known here"),
    ] {
        let told = says(&talk, ELLEN, words, words);
        assert!(told.contains(answer), "{words}: {told}");
    }
    let ellen = talk.member(ELLEN);
    assert_eq!((ellen.state, ellen.delivery, ellen.hour), (MemberState::Active, Delivery::Each, Some(9)));
    let story: Vec<String> = talk.store.story(ellen.id).unwrap().into_iter().map(|told| told.detail).collect();
    assert_eq!(story, ["weekly", "zone", "each", "name", "receipts", "pause", "resume"]);
}

#[test]
fn a_pause_ends_on_its_day_where_the_reader_lives() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join(ELLEN, MemberChange { time_zone: Some("Asia/Tokyo".to_owned()), ..named("Ellen", "daily") });
    says(&talk, ELLEN, "p", "pause until 5 March");
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
    talk.send(&Mail::new(AUTHOR, "x"));
    talk.digests("2026-03-04T14:59:59Z");
    assert_eq!(talk.member(ELLEN).state, MemberState::Paused);
    talk.digests("2026-03-04T15:00:00Z");
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
    talk.digests("2026-03-05T07:00:00Z");
    let mails = told(&talk);
    let words: Vec<String> = mails.iter().map(words_of).collect();
    assert_eq!(words.iter().filter(|words| words.contains("Ellen. 1 new post")).count(), 1, "{words:?}");
}

#[test]
fn who_leaves_is_told_so_and_comes_back_by_pressing_reply() {
    for to in [LEAVE, HELP] {
        let folder = folder();
        let talk = talk(&folder);
        talk.send_to(&Mail::new(ELLEN, "l").says("leave"), &[to]);
        assert_eq!(talk.member(ELLEN).state, MemberState::Left);
        let (goodbye, back) = asked(&talk);
        assert!(words_of(&goodbye).contains("You have left Talk"));
        assert_eq!(talk.send_to(&press_reply(ELLEN, "b", "", &goodbye), &[&back]).code, 250);
        assert_eq!(talk.member(ELLEN).state, MemberState::Active);
        assert!(words_of(&told(&talk)[0]).contains("You are now on Talk."));
        let story: Vec<String> =
            talk.store.story(talk.member(ELLEN).id).unwrap().into_iter().map(|told| told.what).collect();
        assert_eq!(story, ["left", "returned"]);
    }
}

#[test]
fn who_leaves_by_the_page_is_told_by_mail_too_for_somebody_else_may_have_had_the_link() {
    let folder = folder();
    let talk = talk(&folder);
    talk.store.leave(talk.member(ELLEN).id, "web", talk.clock.now()).wait().unwrap();
    assert!(talk.job.say_goodbyes(talk.clock.now()).unwrap());
    assert!(!talk.job.say_goodbyes(talk.clock.now()).unwrap(), "once");
    let (goodbye, back) = asked(&talk);
    talk.send_to(&press_reply(ELLEN, "b", "yes", &goodbye), &[&back]);
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
}

#[test]
fn a_lone_unsubscribe_to_the_list_is_held_and_its_sender_asked() {
    let folder = folder();
    let talk = talk(&folder);
    talk.send(&Mail::new(ELLEN, "u").says("unsubscribe"));
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
    let (question, to) = asked(&talk);
    assert!(words_of(&question).contains("Did you ask this of Talk?"));
    talk.send_to(&press_reply(ELLEN, "y", "unsubscribe", &question), &[&to]);
    assert_eq!(talk.member(ELLEN).state, MemberState::Left);
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn a_second_address_is_confirmed_where_it_is_and_then_believed() {
    let folder = folder();
    let talk = talk(&folder);
    talk.send_to(&Mail::new(ELLEN, "a").says("add ellen@work.example"), &[HELP]);
    let mails = told(&talk);
    let there = mails.iter().find(|mail| mail.recipient.as_str() == "ellen@work.example").unwrap();
    assert!(mails.iter().any(|mail| words_of(mail).contains("A mail went to ellen@work.example")));
    let to = format!("talk+c.{}@lists.example", crate::splitting::reply_to(&there.content, "talk+c."));
    assert_eq!(talk.send(&Mail::new("ellen@work.example", "w1").answers("p")).code, 550);
    talk.send_to(&press_reply("ellen@work.example", "y", "", there), &[&to]);
    assert!(words_of(&told(&talk)[0]).contains("is taken as yours"));
    talk.send(&Mail::new(AUTHOR, "p"));
    assert_eq!(talk.send(&Mail::new("ellen@work.example", "w2").answers("p")).code, 250);
    assert_eq!(talk.member("ellen@work.example").address.as_str(), ELLEN);
    // And the list's mail goes there once that is asked for.
    talk.send_to(&Mail::new(ELLEN, "m").says("read at ellen@home.example"), &[HELP]);
    let mails = told(&talk);
    let there = mails.iter().find(|mail| mail.recipient.as_str() == "ellen@home.example").unwrap();
    let to = format!("talk+c.{}@lists.example", crate::splitting::reply_to(&there.content, "talk+c."));
    talk.send_to(&press_reply("ellen@home.example", "z", "yes", there), &[&to]);
    assert_eq!(talk.member(ELLEN).address.as_str(), "ellen@home.example");
}

#[test]
fn an_address_where_somebody_else_reads_is_never_taken_over() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join("david@example.org", named("David", "daily"));
    talk.send_to(&Mail::new(ELLEN, "a").says("add david@example.org"), &[HELP]);
    let mails = told(&talk);
    let there = mails.iter().find(|mail| mail.recipient.as_str() == "david@example.org").unwrap();
    // He is asked nothing, and she is told nothing else than of any address.
    assert!(words_of(there).contains("known here already") && !words_of(there).contains("press Reply"));
    let hers = mails.iter().find(|mail| mail.recipient.as_str() == ELLEN).unwrap();
    assert!(words_of(hers).contains("A mail went to david@example.org"));
    assert_eq!(talk.member("david@example.org").name.as_deref(), Some("David"));
}

#[test]
fn a_stranger_is_told_how_to_join_once_a_day_whatever_they_write() {
    let folder = folder();
    let talk = talk(&folder);
    for (id, words) in [("1", "help"), ("2", "what is this?"), ("3", "weekly"), ("4", "leave")] {
        assert_eq!(talk.send_to(&Mail::new(NOOR, id).says(words), &[HELP]).code, 250);
    }
    let told = told(&talk);
    assert_eq!(told.len(), 1);
    assert!(words_of(&told[0]).contains("To join, answer this mail with the word join"));
}

#[test]
fn a_command_in_quoted_text_does_nothing_and_the_same_words_said_do() {
    let folder = folder();
    let talk = talk(&folder);
    says(&talk, ELLEN, "q", "What does this mean?\n\n> leave\n> weekly\n");
    assert_eq!((talk.member(ELLEN).state, talk.member(ELLEN).delivery), (MemberState::Active, Delivery::Daily));
    says(&talk, ELLEN, "s", "weekly\n\n> leave\n");
    assert_eq!(talk.member(ELLEN).delivery, Delivery::Weekly);
}

#[test]
fn a_machine_gives_no_commands() {
    let folder = folder();
    let talk = talk(&folder);
    let away = Mail::new(ELLEN, "v").says("leave").header("Auto-Submitted: auto-replied");
    assert_eq!(talk.send_to(&away, &[HELP]).code, 250);
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
    assert!(told(&talk).is_empty());
}

#[test]
fn a_word_to_the_owner_is_sent_on_to_them_alone() {
    let folder = folder();
    let talk = talk(&folder);
    let owner = rejoinder::store::ListChange {
        owner: Some(rejoinder::message::Address::parse("olga@example.org").unwrap()),
        ..Default::default()
    };
    talk.store.change_list(talk.list().id, owner, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.send_to(&Mail::new(NOOR, "o").says("May I quote you?"), &["talk+owner@lists.example"]).code, 250);
    let told = told(&talk);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].recipient.as_str(), "olga@example.org");
    assert!(words_of(&told[0]).contains("May I quote you?"));
}

#[test]
fn what_stands_below_the_head_of_a_copy_is_no_command_and_above_it_is() {
    let folder = folder();
    let talk = talk(&folder);
    let copy = "Von: Talk <talk@lists.example>\nGesendet: Sonntag, 1. März 2026 09:00\nAn: Ellen <ellen@example.net>\n\
                Betreff: Welcome to Talk\n\nleave\n";
    talk.send_to(&Mail::new(ELLEN, "o").subject("AW: Welcome to Talk").says(copy), &[HELP]);
    assert_eq!(talk.member(ELLEN).state, MemberState::Active);
    told(&talk);
    assert!(says(&talk, ELLEN, "p", &format!("weekly\n\n{copy}")).contains("every"));
    assert_eq!((talk.member(ELLEN).state, talk.member(ELLEN).delivery), (MemberState::Active, Delivery::Weekly));
}

#[test]
fn a_member_has_few_strangers_written_to_in_a_day() {
    let folder = folder();
    let talk = talk(&folder);
    let many: String = (0..10).map(|n| format!("add w{n}@d{n}.example\n")).collect();
    talk.send_to(&Mail::new(ELLEN, "m1").says(&many), &[HELP]);
    talk.send_to(&Mail::new(ELLEN, "m2").says(&many.replace('w', "v")), &[HELP]);
    let mails = told(&talk);
    assert_eq!(mails.iter().filter(|mail| mail.recipient.as_str() != ELLEN).count(), 5);
    assert!(mails.iter().any(|mail| words_of(mail).contains("as many addresses as one may in a day")));
}

#[test]
fn of_two_who_ask_for_one_address_the_last_is_meant() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join("david@example.org", named("David", "daily"));
    let question = |from: &str, id: &str| {
        talk.send_to(&Mail::new(from, id).says("add work@corp.example"), &[HELP]);
        let mails = told(&talk);
        let there = mails.into_iter().find(|mail| mail.recipient.as_str() == "work@corp.example").unwrap();
        let to = format!("talk+c.{}@lists.example", crate::splitting::reply_to(&there.content, "talk+c."));
        (there, to)
    };
    let (davids, to_davids) = question("david@example.org", "d");
    let (ellens, to_ellens) = question(ELLEN, "e");
    talk.send_to(&press_reply("work@corp.example", "y1", "", &davids), &[&to_davids]);
    assert!(state(&talk, "work@corp.example").is_none());
    talk.send_to(&press_reply("work@corp.example", "y2", "", &ellens), &[&to_ellens]);
    assert_eq!(talk.member("work@corp.example").id, talk.member(ELLEN).id);
}

#[test]
fn a_program_elsewhere_that_sends_a_question_back_empty_has_nobody_joined() {
    let folder = folder();
    let talk = talk(&folder);
    talk.send_to(&Mail::new(NOOR, "j"), &[JOIN]);
    let (question, to) = asked(&talk);
    talk.send_to(&press_reply("tickets@example.net", "t", "", &question), &[&to]);
    assert_eq!(state(&talk, "noor@example.net"), None);
    talk.send_to(&press_reply("noor@elsewhere.example", "y", "Yes", &question), &[&to]);
    assert_eq!(state(&talk, "noor@example.net"), Some(MemberState::Active));
}

#[test]
fn no_address_of_ours_joins() {
    let folder = folder();
    let talk = talk(&folder);
    for from in ["talk@lists.example", "postmaster@lists.example", "talk+help@lists.example"] {
        talk.send_to(&Mail::new(from, from), &[JOIN]);
        talk.send_to(&Mail::new(from, &format!("h{from}")).says("help"), &[HELP]);
    }
    assert!(told(&talk).is_empty());
}
