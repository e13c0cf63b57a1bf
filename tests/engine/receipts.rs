//! The receipt for what somebody sent, and what they may answer to it.

use rejoinder::message::Mail as Parsed;
use rejoinder::store::MemberChange;
use rusqlite::Connection;

use crate::asking::{asked, foretold, press_reply, told, words_of};
use crate::list::{AUTHOR, Answer, Mail, Remembering, TestList, named};
use crate::splitting::{DAVID, ELLEN, conversation, digest_to_ellen, ellen_answers, folder, reply_to, send, talk};

fn wants_receipts(talk: &TestList, who: &str) {
    talk.change(who, MemberChange { receipts: Some(true), ..MemberChange::default() });
}

/// What Ellen would read now.
fn digest(talk: &TestList) -> String {
    let mails = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap();
    mails.first().map(|mail| Parsed::parse(mail).text.clone()).unwrap_or_default()
}

const ANSWER: &str = "Yes, on Tuesday.\n\nOn Sunday Marina <marina@example.org> wrote:\n> one\n> two\n>\n> three\n";

/// David, who wants receipts, answers the post p as a, with three lines quoted and a line that introduces them.
fn david_answers(talk: &TestList) {
    wants_receipts(talk, DAVID);
    conversation(talk, "p", &[]);
    send(talk, &[Mail::new(DAVID, "a").answers("p").says(ANSWER)]);
}

fn answer(talk: &TestList, id: &str, says: &str, mail: &rejoinder::deliver::Outgoing, to: &str) {
    assert_eq!(talk.send_to(&press_reply(DAVID, id, says, mail), &[to]).code, 250);
}

/// The revisions of the item with this number: why each was made.
fn revisions(folder: &tempfile::TempDir, number: i64) -> Vec<String> {
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    let sql =
        "SELECT r.why FROM item_revision r JOIN item i ON i.id = r.item_id WHERE i.number = ?1 ORDER BY r.revision";
    let mut query = database.prepare(sql).unwrap();
    query.query_map([number], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn nobody_gets_a_receipt_who_did_not_ask_for_it() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a"]);
    assert!(told(&talk).is_empty());
    assert!(!talk.member(DAVID).receipts);
}

#[test]
fn a_receipt_says_where_what_they_sent_stands_what_it_says_and_what_is_hidden() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, _) = asked(&talk);
    assert_eq!(mail.recipient.as_str(), DAVID);
    let parsed = Parsed::parse(&mail.content);
    assert_eq!(parsed.header("Auto-Submitted"), Some("auto-replied"));
    assert_eq!(parsed.header("In-Reply-To"), Some("<a@test>"));
    assert!(mail.reverse_path.as_ref().is_some_and(|path| path.as_str().starts_with("talk+b.")));
    let words = words_of(&mail);
    assert!(words.contains("Published as #1 under Marina’s post in “About p”: > Yes, on Tuesday."), "{words}");
    assert!(words.contains("3 quoted lines and 1 other line hidden."), "{words}");
    let html = String::from_utf8(mail.content.clone()).unwrap();
    assert!(html.contains("Content-Type: text/html") && html.contains("show all"));
    // A response to a response, and a post.
    send(&talk, &[Mail::new(DAVID, "b").answers("a")]);
    assert!(words_of(&asked(&talk).0).contains("Published as #2 under David’s #1 in “About p”:"));
    wants_receipts(&talk, AUTHOR);
    send(&talk, &[Mail::new(AUTHOR, "q")]);
    let words = words_of(&asked(&talk).0);
    assert!(words.contains("Published as a new post “About q”:") && !words.contains("show all"), "{words}");
}

#[test]
fn single_mails_and_digests_hide_the_lines_that_the_receipt_counts() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join("each@example.net", named("Eve", "each"));
    wants_receipts(&talk, DAVID);
    conversation(&talk, "p", &[]);
    let lines =
        |from: usize, upto: usize| (from..=upto).map(|n| format!("> Matter {n} of that day\n")).collect::<String>();
    let text = format!("Dear all,\n\n{}\nI am for the last.\n\n{}", lines(1, 30), lines(31, 35));
    send(&talk, &[Mail::new(DAVID, "a").answers("p").says(&text)]);
    talk.fan_out();
    let mails = told(&talk);
    let receipt = mails.iter().find(|mail| mail.recipient.as_str() == DAVID).unwrap();
    assert!(words_of(receipt).contains("29 quoted lines hidden."), "{}", words_of(receipt));
    let to_eve = mails.iter().rfind(|mail| mail.recipient.as_str() == "each@example.net").unwrap();
    for text in [Parsed::parse(&to_eve.content).text.clone(), digest(&talk)] {
        assert!(text.contains("[ 24 quoted lines before this ]\n\n> Matter 25 of that day\n"), "{text}");
        assert!(text.contains("> Matter 30 of that day\n\n") && text.contains("[ 5 quoted lines ]"), "{text}");
        assert_eq!(text.matches("> Matter").count(), 6, "{text}");
    }
    // What a post quotes is shown, so none of it is counted.
    wants_receipts(&talk, AUTHOR);
    send(&talk, &[Mail::new(AUTHOR, "q").says(&format!("A poem.\n\n{}", lines(1, 12)))]);
    assert!(!words_of(&asked(&talk).0).contains("hidden."), "{}", words_of(&asked(&talk).0));
    assert_eq!(digest(&talk).matches("> Matter").count(), 6 + 12);
}

#[test]
fn undo_takes_a_response_back_from_whoever_has_not_had_it() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join("each@example.net", named("Eve", "each"));
    david_answers(&talk);
    talk.fan_out();
    // Eve's mail of it waits, and so do her mail of the post and David's receipt.
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    let later = "UPDATE outbox SET next_attempt_at = next_attempt_at + 3600000 WHERE kind = 'each'";
    assert_eq!(database.execute(later, []).unwrap(), 2);
    let (mail, to) = asked(&talk);
    answer(&talk, "x", "undo", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "removed"]);
    assert!(!digest(&talk).contains("on Tuesday"));
    assert!(digest(&talk).contains("new post"));
    talk.at("2026-03-01T10:00:00Z");
    let mails = told(&talk);
    let to_eve: Vec<_> = mails.iter().filter(|mail| mail.recipient.as_str() == "each@example.net").collect();
    assert_eq!(to_eve.len(), 1);
    assert!(!String::from_utf8_lossy(&to_eve[0].content).contains("on Tuesday"));
    let done = mails.iter().find(|mail| mail.recipient.as_str() == DAVID).unwrap();
    assert!(words_of(done).contains("#1 under Marina’s post in “About p” is taken back"), "{}", words_of(done));
    assert!(!words_of(done).contains("on Tuesday") && !words_of(done).contains("undo"));
    // It is there for the list's owner, and the same mail again does not come in again.
    send(&talk, &[Mail::new(DAVID, "a").answers("p").says(ANSWER)]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n");
    assert_eq!(revisions(&folder, 1).len(), 2);
}

#[test]
fn of_a_response_that_was_taken_back_only_its_place_is_shown_where_it_was_answered() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    send(&talk, &[Mail::new(AUTHOR, "b").answers("a")]);
    answer(&talk, "x", "undo", &mail, &to);
    let text = digest(&talk);
    assert!(text.contains("#1 was withdrawn by its author"), "{text}");
    assert!(!text.contains("on Tuesday"), "{text}");
    assert!(text.contains("new post, 1 response") && text.contains("    #2  Marina, who wrote the post"), "{text}");
    assert_eq!(talk.store.posts(talk.list().id, None).unwrap()[0].responses, 1);
}

#[test]
fn a_post_that_was_taken_back_leaves_its_answers() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, AUTHOR);
    conversation(&talk, "p", &[]);
    let (mail, to) = asked(&talk);
    send(&talk, &[Mail::new(DAVID, "a").answers("p")]);
    assert_eq!(talk.send_to(&press_reply(AUTHOR, "x", "Undo!", &mail), &[&to]).code, 250);
    let text = digest(&talk);
    assert!(text.contains("The post itself was withdrawn by its author"), "{text}");
    assert!(text.contains("#1  David") && !text.contains("words of p"), "{text}");
}

#[test]
fn an_edition_that_was_frozen_before_keeps_what_it_showed() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    talk.digests("2026-03-02T09:00:00Z");
    answer(&talk, "x", "undo", &mail, &to);
    let to_ellen = told(&talk).into_iter().find(|mail| mail.recipient.as_str() == ELLEN).unwrap();
    assert!(words_of(&to_ellen).contains("Yes, on Tuesday."));
    // Who had it is not told of it twice; there is nothing new.
    assert_eq!(digest(&talk), "");
}

#[test]
fn show_all_makes_a_revision_with_every_line_but_leaks_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, DAVID);
    conversation(&talk, "p", &[]);
    let token =
        talk.keys.make(1, talk.list().id, rejoinder::token::Token::Unsubscribe(talk.member(AUTHOR).id)).unwrap();
    let text = format!("{ANSWER}> Leave: talk+u.{token}@lists.example\n> and new.one@example.org wrote\n");
    send(&talk, &[Mail::new(DAVID, "a").answers("p").says(&text)]);
    // Joins between the mail and the command: a member's address by then.
    talk.join("new.one@example.org", named("New", "none"));
    let (mail, to) = asked(&talk);
    answer(&talk, "x", "Show all", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "shown whole"]);
    let text = digest(&talk);
    for word in ["Yes, on Tuesday.", "one", "three", "On Sunday Marina wrote:", "new@…"] {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    for leak in ["marina@example.org", "new.one@example.org", token.as_str()] {
        assert!(!text.contains(leak), "{leak} in\n{text}");
    }
    let (done, to) = asked(&talk);
    let words = words_of(&done);
    assert!(words.contains("is now shown whole") && !words.contains("hidden.") && !words.contains(&token), "{words}");
    // Nothing is hidden now: nothing changes.
    answer(&talk, "y", "show all", &done, &to);
    assert_eq!(revisions(&folder, 1).len(), 2);
}

#[test]
fn a_correction_keeps_its_formatting() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    let html = "<p>correct: Yes, on <b>Wednesday</b>.</p><ul><li>with bread</li></ul><div>On Mon, 2 Mar 2026 at 10:00, Talk \
                &lt;talk@lists.example&gt; wrote:</div><blockquote type=cite>Published as #1</blockquote>";
    let correction = press_reply(DAVID, "x", "", &mail).header("Content-Type: text/html; charset=utf-8").says(html);
    assert_eq!(talk.send_to(&correction, &[&to]).code, 250);
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
    let digest = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap().remove(0);
    let parsed = mail_parser::MessageParser::default().parse(&digest).unwrap();
    let html = parsed.body_html(0).unwrap().replace("\r\n", "\n");
    assert!(html.contains(">Yes, on <strong>Wednesday</strong>.</p>") && html.contains(">with bread</li>"), "{html}");
    assert!(!html.contains("correct:"), "{html}");
}

#[test]
fn correct_puts_another_text_in_its_place_marked_and_keeps_the_first() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    answer(&talk, "x", "correct: Yes, on Wednesday.\n\nIt rains on Tuesday.", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
    let text = digest(&talk);
    assert!(text.contains("Yes, on Wednesday.\n\n  It rains on Tuesday."), "{text}");
    assert!(text.contains(", corrected\n") && !text.contains("correct:") && !text.contains("[ 3 quoted"), "{text}");
    let html = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap().remove(0);
    assert!(String::from_utf8(html).unwrap().matches(", corrected").count() >= 2, "not in the HTML part");
    let (done, to) = asked(&talk);
    assert!(words_of(&done).contains("#1 under Marina’s post in “About p” is now corrected: > Yes, on Wednesday."));
    // The answer to that is the next word.
    answer(&talk, "y", "undo", &done, &to);
    assert_eq!(revisions(&folder, 1), ["published", "corrected", "removed"]);
    assert!(!digest(&talk).contains("Wednesday"));
}

#[test]
fn who_read_the_first_text_sees_that_there_is_another() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    talk.digests("2026-03-02T09:00:00Z");
    answer(&talk, "x", "correct: Yes, on Wednesday.", &mail, &to);
    assert_eq!(digest(&talk), "", "a correction alone is no news");
    send(&talk, &[Mail::new(AUTHOR, "b").answers("a")]);
    assert!(digest(&talk).contains("#1 David: Yes, on Wednesday. (read, corrected)"), "{}", digest(&talk));
}

#[test]
fn a_correction_shows_no_more_of_anybody_than_any_mail() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    answer(&talk, "x", &format!("correct: Write to {ELLEN}, or to {to}."), &mail, &to);
    let text = digest(&talk);
    assert!(text.contains("Write to ellen@…, or to talk@…."), "{text}");
}

#[test]
fn the_same_command_twice_acts_once_and_a_used_receipt_does_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    for _ in 0..2 {
        answer(&talk, "x", "correct: Yes, on Wednesday.", &mail, &to);
    }
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
    assert_eq!(told(&talk).len(), 1);
    answer(&talk, "y", "undo", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
    assert!(words_of(&told(&talk)[0]).contains("that works once"));
}

#[test]
fn only_the_first_line_that_its_sender_said_is_a_command() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mut mail, mut to) = asked(&talk);
    // The receipt itself, which names every command, is quoted below each of these.
    for (at, word) in ["Thank you!", "Fine, but\nundo"].into_iter().enumerate() {
        answer(&talk, &format!("x{at}"), word, &mail, &to);
        assert_eq!(revisions(&folder, 1), ["published"], "{word}");
        (mail, to) = asked(&talk);
        assert!(words_of(&mail).contains("Nothing was changed."), "{}", words_of(&mail));
    }
    // Twice it is said again; then the last receipt stays open, and nobody is told any more.
    answer(&talk, "x2", "what?", &mail, &to);
    assert!(told(&talk).is_empty());
    answer(&talk, "x3", "undo", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "removed"]);
}

#[test]
fn undo_without_the_receipts_address_is_a_mail_like_any_other() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    send(&talk, &[Mail::new(ELLEN, "u").answers("a").says("undo\n")]);
    send(&talk, &[Mail::new(ELLEN, "v").answers("a").says("correct: no\n")]);
    assert_eq!(revisions(&folder, 1), ["published"]);
    let forged = to.replacen("talk+c.a", "talk+c.b", 1);
    assert_eq!(talk.asks(&forged).code, 550);
    // Ellen's own token for David's receipt: the list knows whom it was mailed to.
    let receipt = rejoinder::discussion::ConfirmationId(1);
    let ellens = rejoinder::token::Token::Confirm(talk.member(ELLEN).id, receipt);
    let ellens = talk.keys.make(1, talk.list().id, ellens).unwrap();
    let undo = press_reply(ELLEN, "w", "undo", &mail);
    assert_eq!(talk.send_to(&undo, &[&format!("talk+c.{ellens}@lists.example")]).code, 250);
    let vacation = press_reply(DAVID, "z", "undo", &mail).header("Auto-Submitted: auto-replied");
    assert_eq!(talk.send_to(&vacation, &[&to]).code, 250);
    assert_eq!(revisions(&folder, 1), ["published"]);
}

#[test]
fn nobody_but_its_author_says_what_a_response_says_whoever_has_the_token() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mut mail, mut to) = asked(&talk);
    let eve = "eve@example.net";
    let several = format!("{DAVID}, {eve}");
    for (id, from, word) in
        [("x", eve, "correct: I hate you all."), ("y", &*several, "show all"), ("z", ELLEN, "correct: No.")]
    {
        let octets = press_reply(from, id, word, &mail).octets();
        assert_eq!(talk.give(octets, Some(eve), &[&to]).code, 250);
        assert_eq!(revisions(&folder, 1), ["published"], "{from}: {word}");
        if id == "z" {
            // That is enough to be told, and the receipt stays open.
            assert!(told(&talk).is_empty());
            break;
        }
        (mail, to) = asked(&talk);
        assert_eq!(mail.recipient.as_str(), DAVID);
        assert!(words_of(&mail).contains("Nothing was changed."), "{}", words_of(&mail));
        assert!(!words_of(&mail).contains("hate"));
    }
    answer(&talk, "w", "correct: Yes, on Wednesday.", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
}

#[test]
fn whoever_has_the_token_may_take_a_response_back_from_any_address() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    let other = press_reply("david@elsewhere.example", "x", "undo", &mail);
    assert_eq!(talk.send_to(&other, &[&to]).code, 250);
    assert_eq!(revisions(&folder, 1), ["published", "removed"]);
}

#[test]
fn a_correction_under_suspicion_changes_nothing() {
    let folder = folder();
    let mut talk = talk(&folder);
    david_answers(&talk);
    let (mut mail, mut to) = asked(&talk);
    talk.intake = talk.intake.clone().with(rejoinder::intake::Suspicion::by_relays(&["mx.example.org".to_owned()]));
    let trace = "Received: from x by mx.example.org with ESMTP id 1; Sun, 1 Mar 2026 08:00:00 +0000\r\n";
    for (id, word) in [("x", "correct: No."), ("y", "show all")] {
        let octets = press_reply(DAVID, id, word, &mail).octets();
        let octets = [trace.as_bytes(), b"X-Spam-Flag: YES\r\n", &octets].concat();
        assert_eq!(talk.give(octets, Some(DAVID), &[&to]).code, 250);
        assert_eq!(revisions(&folder, 1), ["published"], "{word}");
        (mail, to) = asked(&talk);
    }
    answer(&talk, "z", "correct: Yes.", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "corrected"]);
}

#[test]
fn a_mail_of_a_response_that_was_taken_back_is_not_tried_again() {
    let folder = folder();
    let talk = talk(&folder);
    talk.join("each@example.net", named("Eve", "each"));
    david_answers(&talk);
    talk.fan_out();
    // Eve gets the post; her mail of the response is given up, and David's receipt comes.
    let relay = Remembering::new(&[Answer::Take, Answer::Never, Answer::Take]);
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    // The receipt was queued before the mails to Eve were.
    database.execute("UPDATE outbox SET next_attempt_at = next_attempt_at + id", []).unwrap();
    let receipt = "UPDATE outbox SET next_attempt_at = next_attempt_at + 1000 WHERE kind = 'notice'";
    assert_eq!(database.execute(receipt, []).unwrap(), 1);
    talk.at("2026-03-01T08:00:30Z");
    talk.deliver(&relay).unwrap();
    let failed = "SELECT id FROM outbox WHERE state = 'failed' AND kind = 'each'";
    let failed: i64 = database.query_row(failed, [], |row| row.get(0)).unwrap();
    let mail = relay.taken.lock().unwrap().iter().find(|mail| mail.recipient.as_str() == DAVID).unwrap().clone();
    let to = format!("talk+c.{}@lists.example", reply_to(&mail.content, "talk+c."));
    answer(&talk, "x", "undo", &mail, &to);
    let failed = rejoinder::discussion::OutboxId(failed);
    assert_eq!(talk.store.retry(Some(failed), talk.clock.now()).wait().unwrap(), 0);
    talk.at("2026-03-02T09:00:00Z");
    let mails = talk.job.preview(&talk.list(), &talk.member("each@example.net"), talk.clock.now()).unwrap();
    assert!(mails.iter().all(|mail| !Parsed::parse(mail).text.contains("on Tuesday")));
}

#[test]
fn a_split_mail_gets_one_receipt_whose_responses_are_told_apart_by_number() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, ELLEN);
    conversation(&talk, "p", &["a"]);
    conversation(&talk, "q", &["b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let quote = |id: &str| format!("> These are the words of {id}, and of nobody else.\n");
    ellen_answers(&talk, &to, "e", &format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b")));
    let (mail, to) = asked(&talk);
    let words = words_of(&mail);
    assert!(
        words.contains("it became 2 responses. 1. Published as #2 under David’s #1 in “About p”: >> These are the words of a, and of nobody else. > > Yes."),
        "{words}"
    );
    assert!(words.contains("2. Published as #2 under David’s #1 in “About q”: >> These"), "{words}");
    assert!(words.contains("Without one, `undo` is for all of them; `correct` needs one."), "{words}");
    // Which of them is corrected must be said.
    let reply = |id: &str, says: &str, mail: &rejoinder::deliver::Outgoing, to: &str| {
        assert_eq!(talk.send_to(&press_reply(ELLEN, id, says, mail), &[to]).code, 250);
    };
    reply("x", "correct: Perhaps.", &mail, &to);
    let (mail, to) = asked(&talk);
    assert!(words_of(&mail).contains("Nothing was changed."));
    reply("y", "correct 2: Perhaps.", &mail, &to);
    let (mail, to) = asked(&talk);
    let words = words_of(&mail);
    assert!(
        words.contains("1. Published as #2") && words.contains("2. #2 under David’s #1 in “About q” is now corrected")
    );
    reply("z", "undo 1", &mail, &to);
    let (mail, to) = asked(&talk);
    assert!(words_of(&mail).contains("1. #2 in “About p” is taken back") || words_of(&mail).contains("is taken back"));
    reply("w", "undo", &mail, &to);
    let database = Connection::open(folder.path().join("list.db")).unwrap();
    let removed = "SELECT count(*) FROM item WHERE state = 'removed'";
    assert_eq!(database.query_row(removed, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
}

#[test]
fn who_is_asked_which_and_wants_receipts_gets_one_once_it_is_published() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, ELLEN);
    conversation(&talk, "p", &[]);
    conversation(&talk, "q", &[]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (mail, to) = asked(&talk);
    assert_eq!(talk.send_to(&press_reply(ELLEN, "x", "B", &mail), &[&to]).code, 250);
    let (receipt, _) = asked(&talk);
    assert!(words_of(&receipt).contains("Published as #1 under Marina’s post in “About q”"));
    assert_eq!(Parsed::parse(&receipt.content).header("In-Reply-To"), Some("<e@test>"));
}

#[test]
fn who_left_may_still_take_back_but_not_say_anything_new() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (mail, to) = asked(&talk);
    let left = rejoinder::discussion::MemberState::Left;
    talk.change(DAVID, MemberChange { state: Some(left), ..MemberChange::default() });
    answer(&talk, "x", "correct: No.", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published"]);
    answer(&talk, "y", "undo", &mail, &to);
    assert_eq!(revisions(&folder, 1), ["published", "removed"]);
    assert!(told(&talk).is_empty());
}

#[test]
fn a_response_that_was_taken_back_is_not_offered_and_not_understood() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, DAVID);
    conversation(&talk, "p", &["a"]);
    let (receipt, to_receipt) = asked(&talk);
    conversation(&talk, "q", &[]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    answer(&talk, "x", "undo", &receipt, &to_receipt);
    told(&talk);
    ellen_answers(&talk, &to, "e", "I have thought about this all day.\n");
    let (question, to) = asked(&talk);
    assert!(!words_of(&question).contains("A1"), "{}", words_of(&question));
    assert_eq!(talk.send_to(&press_reply(ELLEN, "y", "A1", &question), &[&to]).code, 250);
    let (again, _) = asked(&talk);
    assert!(words_of(&again).contains("“A1” is none of these"), "{}", words_of(&again));
    assert!(!talk.tree().contains("e@test"));
}

#[test]
fn a_receipt_shows_the_quotes_that_readers_see() {
    let folder = folder();
    let talk = talk(&folder);
    wants_receipts(&talk, DAVID);
    conversation(&talk, "p", &[]);
    let text = "> How warm should it be?\n\nVery warm.\n\n> And how long does that take?\n\nTwo hours.\n";
    send(&talk, &[Mail::new(DAVID, "a").answers("p").says(text)]);
    let words = words_of(&asked(&talk).0);
    let shown = ": >> How warm should it be? > > Very warm. > >> And how long does that take? > > Two hours. You may";
    assert!(words.contains(shown), "{words}");
}

#[test]
fn what_an_answer_to_a_receipt_would_do_is_explained_without_doing_it() {
    let folder = folder();
    let talk = talk(&folder);
    david_answers(&talk);
    let (_, to) = asked(&talk);
    for (from, says, expected) in [
        (DAVID, "undo", "one post or response of theirs is taken back."),
        (ELLEN, "undo", "one post or response of theirs is taken back."),
        (DAVID, "correct: No.", "one post or response of theirs is given another text."),
        (ELLEN, "show all", "not from an address that the list knows as the author's, so nothing is done."),
        (DAVID, "thank you", "Its first line is not understood"),
    ] {
        let told = foretold(&talk, from, &to, says);
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(revisions(&folder, 1), ["published"]);
    talk.at("2026-03-20T08:00:00Z");
    assert!(foretold(&talk, DAVID, &to, "undo").contains("The time for that is over"));
}
