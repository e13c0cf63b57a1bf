//! One mail that answers several items of a digest becomes a response to each, through the gate and the store.

use rejoinder::discussion::{EditionId, ItemId};
use rejoinder::message::Mail as Parsed;
use rejoinder::token::{Kind, Token};

use crate::list::{AUTHOR, Mail, Remembering, TestList, address, named};

pub const DAVID: &str = "david@example.net";
pub const ELLEN: &str = "ellen@example.com";

/// The list with David and Ellen, who read daily.
pub fn talk(folder: &tempfile::TempDir) -> TestList {
    let talk = TestList::new(folder.path());
    talk.join(DAVID, named("David", "daily"));
    talk.join(ELLEN, named("Ellen", "daily"));
    talk
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Sends mails that must all be kept.
pub fn send(talk: &TestList, mails: &[Mail]) {
    for mail in mails {
        let reply = talk.send(mail);
        assert_eq!(reply.code, 250, "{}: {}", mail.id, reply.text);
    }
}

/// A post, and David's responses to it.
pub fn conversation(talk: &TestList, post: &str, responses: &[&str]) {
    send(talk, &[Mail::new(AUTHOR, post)]);
    for response in responses {
        send(talk, &[Mail::new(DAVID, response).answers(post)]);
    }
}

/// The digest that Ellen is sent: where her plain answer to it goes.
pub fn digest_to_ellen(talk: &TestList, at: &str) -> (String, EditionId) {
    assert_eq!(talk.digests(at).made.len(), 1);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let to_ellen = relay.taken.lock().unwrap().iter().find(|mail| mail.recipient == address(ELLEN)).unwrap().clone();
    let token = reply_to(&to_ellen.content, "talk+d.");
    match talk.keys.read(Kind::Digest, talk.list().id, &token) {
        Some(Token::Digest(_, edition)) => (format!("talk+d.{token}@lists.example"), edition),
        other => panic!("{other:?}"),
    }
}

/// The token in the Reply-To of a mail of ours.
pub fn reply_to(mail: &[u8], before: &str) -> String {
    let mail = Parsed::parse(mail);
    let reply_to = mail.header("Reply-To").unwrap();
    reply_to.split_once(before).unwrap_or_else(|| panic!("{reply_to}")).1[..36].to_owned()
}

/// What Ellen answers to a digest must be kept.
pub fn ellen_answers(talk: &TestList, to: &str, id: &str, text: &str) {
    let reply = talk.send_to(&Mail::new(ELLEN, id).says(text), &[to]);
    assert_eq!(reply.code, 250, "{}", reply.text);
}

fn quote(id: &str) -> String {
    format!("> These are the words of {id}, and of nobody else.\n")
}

/// What an item of this id says to its readers.
pub fn said(talk: &TestList, id: &str) -> String {
    let item = item(talk, id);
    let head = talk.store.head(talk.list().id).unwrap();
    let window = rejoinder::discussion::Window { after: rejoinder::discussion::Seq(0), upto: head };
    talk.store.digest_material(talk.list().id, &[window]).unwrap().items[&item].reading.as_ref().unwrap().said()
}

fn item(talk: &TestList, id: &str) -> ItemId {
    talk.threads().into_iter().find(|row| row.message_id == id).unwrap().item
}

#[test]
fn a_mail_that_answers_several_items_of_a_digest_becomes_a_response_to_each() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    conversation(&talk, "q", &[]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let text = format!("Good morning all,\n\n{}\nYes to a.\n\n{}\nNo to q.\n\n-- \nEllen\n", quote("a"), quote("q"));
    ellen_answers(&talk, &to, "e", &text);
    let tree =
        "p@test\n  1 a@test < p@test\n    3 e@test < a@test\n  2 b@test < p@test\nq@test\n  1 e@test#2 < q@test\n";
    let mut lines: Vec<String> = talk.tree().lines().map(ToOwned::to_owned).collect();
    let mut expected: Vec<String> = tree.lines().map(ToOwned::to_owned).collect();
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    assert_eq!(said(&talk, "e@test"), "Good morning all,\n\nYes to a.");
    assert_eq!(said(&talk, "e@test#2"), "No to q.");
    // Each has its own place in the list, its own address, and all of them one raw mail, which is exported once.
    let rows = talk.threads();
    let runs: Vec<_> = rows.iter().filter(|row| row.message_id.starts_with("e@test")).collect();
    assert_eq!(runs.len(), 2);
    assert_eq!((runs[0].mail, runs[0].guess, runs[1].guess), (runs[1].mail, false, false));
    let mails = talk.store.published_mails(talk.list().id).unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.mail == runs[0].mail).count(), 1);
    assert_eq!(talk.store.head(talk.list().id).unwrap().0, 6);
}

#[test]
fn answers_written_into_a_digest_that_is_quoted_whole_go_to_what_stands_above_them() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    conversation(&talk, "q", &["c"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    // The same once more, to be quoted.
    let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    database.execute("UPDATE member SET cursor = 0", []).unwrap();
    let digest = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap().remove(0);
    let mut quoted = "On Mon, 2 Mar 2026 at 09:00, Talk <talk@lists.example> wrote:\n\n".to_owned();
    let mut answered = "";
    for line in Parsed::parse(&digest).text.lines() {
        quoted.push_str(&format!("> {line}\n"));
        for (words, says) in [("the words of b,", "\nSo it is.\n\n"), ("the words of q,", "\nNot at all.\n\n")] {
            answered = if line.contains(words) { says } else { answered };
        }
        if line.contains("else.") {
            quoted.push_str(std::mem::take(&mut answered));
        }
    }
    assert!(quoted.contains("So it is.") && quoted.contains("Not at all."), "{quoted}");
    ellen_answers(&talk, &to, "e", &quoted);
    let tree = talk.tree();
    assert!(tree.contains(" e@test < b@test\n") && tree.contains(" e@test#2 < q@test\n"), "{tree}");
    assert_eq!((said(&talk, "e@test").as_str(), said(&talk, "e@test#2").as_str()), ("So it is.", "Not at all."));
}

#[test]
fn each_run_of_a_split_mail_keeps_its_formatting() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let quote =
        |id: &str| format!("<blockquote type=cite>These are the words of {id}, and of nobody else.</blockquote>");
    let html = format!("{}<div>I am <b>for</b> it.</div>{}<div>And <i>against</i> that.</div>", quote("a"), quote("b"));
    let mail = Mail::new(ELLEN, "e").header("Content-Type: text/html; charset=utf-8").says(&html);
    assert_eq!(talk.send_to(&mail, &[&to]).code, 250);
    assert!(talk.tree().contains("e@test#2 < b@test"), "{}", talk.tree());
    let digest = talk.job.preview(&talk.list(), &talk.member(DAVID), talk.clock.now()).unwrap().remove(0);
    let parsed = mail_parser::MessageParser::default().parse(&digest).unwrap();
    let html = parsed.body_html(0).unwrap().replace("\r\n", "\n");
    for said in ["I am <strong>for</strong> it.", "And <em>against</em> that."] {
        assert_eq!(html.matches(said).count(), 1, "{said}: {html}");
    }
}

#[test]
fn runs_that_say_the_same_keep_each_its_own_links() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let html_quote =
        |id: &str| format!("<blockquote type=cite>These are the words of {id}, and of nobody else.</blockquote>");
    let said = |host: &str| format!("<div><a href='https://{host}.example/'>Look at this page</a></div>");
    let html = format!("{}{}{}{}", html_quote("a"), said("first"), html_quote("b"), said("second"));
    let plain = format!("{}\nLook at this page\n\n{}\nLook at this page\n", quote("a"), quote("b"));
    let mail = Mail::new(ELLEN, "e")
        .header("Content-Type: multipart/alternative; boundary=b")
        .says(&format!("--b\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"));
    assert_eq!(talk.send_to(&mail, &[&to]).code, 250);
    assert!(talk.tree().contains("e@test#2 < b@test"), "{}", talk.tree());
    let digest = talk.job.preview(&talk.list(), &talk.member(DAVID), talk.clock.now()).unwrap().remove(0);
    let parsed = mail_parser::MessageParser::default().parse(&digest).unwrap();
    let html = parsed.body_html(0).unwrap();
    for host in ["first", "second"] {
        assert_eq!(html.matches(&format!("href=\"https://{host}.example/")).count(), 1, "{host}: {html}");
    }
}

#[test]
fn where_hiding_an_address_empties_a_part_no_run_gets_the_words_of_another() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let plain =
        format!("> I am ellen\n@example.com\n\n{}\nI am for it.\n\n{}\nAnd against that.\n", quote("a"), quote("b"));
    let quoted = |text: &str| format!("<blockquote type=cite>{text}</blockquote>");
    let html_quote = |id: &str| quoted(&format!("These are the words of {id}, and of nobody else."));
    let html = format!(
        "{}<div>@example.com</div>{}<div>I am <b>for</b> it.</div>{}<div>And <i>against</i> that.</div>",
        quoted("I am ellen"),
        html_quote("a"),
        html_quote("b")
    );
    let mail = Mail::new(ELLEN, "e")
        .header("Content-Type: multipart/alternative; boundary=b")
        .says(&format!("--b\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"));
    assert_eq!(talk.send_to(&mail, &[&to]).code, 250);
    assert!(talk.tree().contains("e@test#2 < b@test"), "{}", talk.tree());
    let digest = talk.job.preview(&talk.list(), &talk.member(DAVID), talk.clock.now()).unwrap().remove(0);
    let parsed = mail_parser::MessageParser::default().parse(&digest).unwrap();
    let html = parsed.body_html(0).unwrap();
    let words: String = html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect();
    for said in ["I am for it.", "And against that."] {
        assert_eq!(words.matches(said).count(), 1, "{said}: {html}");
    }
}

#[test]
fn each_response_of_a_split_mail_can_be_answered_by_itself() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    ellen_answers(&talk, &to, "e", &format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b")));
    let token = Token::Reply(talk.member(DAVID).id, item(&talk, "e@test#2"));
    let token = talk.keys.make(1, talk.list().id, token).unwrap();
    talk.send_to(&Mail::new(DAVID, "d"), &[&format!("talk+r.{token}@lists.example")]);
    send(&talk, &[Mail::new(DAVID, "f").answers("e")]);
    let tree = talk.tree();
    assert!(tree.contains(" d@test < e@test#2\n") && tree.contains(" f@test < e@test\n"), "{tree}");
}

#[test]
fn a_split_mail_that_comes_again_adds_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let text = format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b"));
    ellen_answers(&talk, &to, "e", &text);
    let before = talk.tree();
    assert!(before.contains("e@test#2 < b@test"), "{before}");
    ellen_answers(&talk, &to, "e", &text);
    assert_eq!(talk.tree(), before);
    // Nor does a mail that claims the id of its second response.
    send(&talk, &[Mail::new(DAVID, "x").answers("p")]);
    let claims = String::from_utf8(Mail::new(DAVID, "y").answers("p").octets()).unwrap();
    let claims = claims.replace("<y@test>", "<e@test#2>");
    assert_eq!(talk.give(claims.into_bytes(), Some(DAVID), &["talk@lists.example"]).code, 250);
    assert_eq!(talk.store.held(None).unwrap()[0].reason, "id-taken");
}

#[test]
fn labels_at_the_start_of_paragraphs_split_an_answer() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b", "c"]);
    conversation(&talk, "q", &["r"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    // Post p, under which most was said, is A; #1 stands under both.
    ellen_answers(&talk, &to, "e", "Hello,\n\n#3: Yes.\n\nOf course.\n\nB1: No.\n");
    let tree = talk.tree();
    assert!(tree.contains(" e@test < c@test\n") && tree.contains(" e@test#2 < r@test\n"), "{tree}");
    assert_eq!(said(&talk, "e@test"), "Hello,\n\n#3: Yes.\n\nOf course.");
}

#[test]
fn labels_on_lines_next_to_each_other_split_an_answer() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    ellen_answers(&talk, &to, "e", "#1: That is lovely, David.\n#2: May I have one?\n");
    let tree = talk.tree();
    assert!(tree.contains(" e@test < a@test\n") && tree.contains(" e@test#2 < b@test\n"), "{tree}");
    assert_eq!(said(&talk, "e@test#2"), "#2: May I have one?");
}

#[test]
fn labels_that_may_be_none_are_held_where_a_digest_has_one_post() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let before = talk.tree();
    ellen_answers(&talk, &to, "e1", "#1 and #2: you are both right.\n");
    ellen_answers(&talk, &to, "e2", "#1 is what I like best.\n");
    assert_eq!(talk.store.held(None).unwrap().len(), 2);
    assert_eq!(talk.tree(), before);
}

/// Two posts, of which p has a short response s, and what Ellen's mail program quotes of the digest of them.
fn with_a_short_one(folder: &tempfile::TempDir) -> (TestList, String, String) {
    let talk = talk(folder);
    conversation(&talk, "p", &["a"]);
    send(&talk, &[Mail::new(DAVID, "s").answers("p").says("Yes, yes!\n")]);
    conversation(&talk, "q", &[]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    database.execute("UPDATE member SET cursor = 0", []).unwrap();
    let digest = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap().remove(0);
    let quoted: String = Parsed::parse(&digest).text.lines().map(|line| format!("> {line}\n")).collect();
    (talk, to, format!("On Mon, 2 Mar 2026 at 09:00, Talk <talk@lists.example> wrote:\n\n{quoted}"))
}

#[test]
fn a_typed_label_counts_though_the_whole_digest_is_quoted() {
    let folder = folder();
    let (talk, to, quoted) = with_a_short_one(&folder);
    ellen_answers(&talk, &to, "e", &format!("#2: So say I.\n\n{quoted}"));
    ellen_answers(&talk, &to, "f", &format!("{quoted}\nA2: So say I.\n"));
    ellen_answers(&talk, &to, "g", &format!("Hello all,\n\nA2: So say I.\n\n{}", quote("a")));
    let tree = talk.tree();
    for id in ["e", "f", "g"] {
        assert!(tree.contains(&format!(" {id}@test < s@test\n")), "{tree}");
    }
}

#[test]
fn two_items_quoted_above_one_answer_are_held_where_one_of_them_is_short() {
    let folder = folder();
    let (talk, to, _) = with_a_short_one(&folder);
    ellen_answers(&talk, &to, "e", &format!("{}> Yes, yes!\n\nYou two are funny.\n", quote("a")));
    ellen_answers(&talk, &to, "f", &format!("> Yes, yes!\n{}\nYou two are funny.\n", quote("a")));
    assert_eq!(talk.store.held(None).unwrap().len(), 2, "{}", talk.tree());
    ellen_answers(&talk, &to, "g", "> Yes, yes!\n\nYou are funny.\n");
    assert!(talk.tree().contains(" g@test < s@test\n"), "{}", talk.tree());
}

#[test]
fn a_digest_of_several_posts_shows_what_to_type_where_a_number_is_not_enough() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    conversation(&talk, "q", &["r"]);
    talk.at("2026-03-02T09:00:00Z");
    let mails = talk.job.preview(&talk.list(), &talk.member(ELLEN), talk.clock.now()).unwrap();
    let text = Parsed::parse(&mails[0]).text;
    for line in ["A  About p", "B  About q", "A · ABOUT P", "B · ABOUT Q", "A1  David", "#2  David", "B1  David"] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
}

#[test]
fn a_label_of_something_that_the_digest_did_not_show_splits_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    conversation(&talk, "q", &[]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    // Number 3 comes after the digest; of C there is none.
    send(&talk, &[Mail::new(DAVID, "c").answers("p")]);
    ellen_answers(&talk, &to, "e", &format!("{}\nYes.\n\n#3: No.\n\nC1: Perhaps.\n", quote("a")));
    assert!(talk.tree().contains(" e@test < a@test\n") && !talk.tree().contains('#'), "{}", talk.tree());
    ellen_answers(&talk, &to, "f", "#3: No.\n");
    assert_eq!(talk.store.held(None).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_told_for_certain_is_held_as_a_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    conversation(&talk, "q", &["c"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let before = talk.tree();
    let whole: String = ["p", "a", "b", "q", "c"].map(quote).concat();
    ellen_answers(&talk, &to, "e1", &format!("{whole}\nI agree.\n"));
    ellen_answers(&talk, &to, "e2", &format!("{}\nYes.\n\n{}{}\nWhich?\n", quote("a"), quote("b"), quote("c")));
    let runs = |n: usize| -> String {
        (0..n).map(|at| format!("{}\nAnswer {at}.\n\n", quote(if at % 2 == 0 { "a" } else { "b" }))).collect()
    };
    ellen_answers(&talk, &to, "e3", &runs(200));
    let held: Vec<String> = talk.store.held(None).unwrap().into_iter().map(|held| held.reason).collect();
    assert_eq!(held, ["unclear-answer"; 3]);
    assert_eq!(talk.tree(), before);
    // As many as a person writes do not wait.
    ellen_answers(&talk, &to, "e4", &runs(20));
    assert!(talk.tree().contains("e4@test#2 < b@test"), "{}", talk.tree());
}

#[test]
fn a_moderator_who_accepts_a_held_mail_has_it_split_where_that_can_be_told() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let stranger = Mail::new("ellen.elsewhere@example.org", "e");
    let stranger = stranger.says(&format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b")));
    assert_eq!(talk.send_to(&stranger, &[&to]).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!(held[0].reason, "borrowed-token");
    assert_eq!(talk.intake.accept_held(held[0].id, None).unwrap().len(), 2);
    assert!(talk.tree().contains("e@test#2 < b@test"), "{}", talk.tree());
}

#[test]
fn better_evidence_than_quotes_keeps_a_mail_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let text = format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b"));
    let mail = Mail::new(ELLEN, "e").says(&text).answers("p");
    assert_eq!(talk.send_to(&mail, &[&to]).code, 250);
    assert!(talk.tree().ends_with("  3 e@test < p@test\n"), "{}", talk.tree());
}

#[test]
fn a_mail_of_thousands_of_quotes_and_labels_is_held_as_a_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let before = talk.tree();
    let run = format!("{}Yes.\n\n#1 and so on\n\n{}No.\n", quote("a"), quote("b"));
    ellen_answers(&talk, &to, "e", &run.repeat(2_000));
    assert_eq!((talk.tree(), talk.store.held(None).unwrap().len()), (before, 1));
}

#[test]
fn an_answer_whose_id_leaves_no_room_for_a_number_is_published_as_a_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    let id = "e".repeat(998 - "@test".len());
    ellen_answers(&talk, &to, &id, &format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b")));
    let all = talk.tree();
    assert!(all.contains(&format!("    3 {id}@test < a@test\n")), "{all}");
    assert_eq!((all.lines().count(), said(&talk, &format!("{id}@test"))), (4, "Yes.\n\nNo.".to_owned()));
}

#[test]
fn an_answer_that_quotes_the_line_of_what_was_read_before_goes_to_that() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["x"]);
    let question =
        "Who keeps the key of the oven while the baker is away, and who feeds the dough that is left behind?";
    send(&talk, &[Mail::new(DAVID, "a").answers("p").says(question)]);
    digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    send(&talk, &[Mail::new(DAVID, "b").answers("a")]);
    let now = talk.at("2026-03-02T10:00:00Z");
    let text = Parsed::parse(&talk.job.preview(&talk.list(), &talk.member(ELLEN), now).unwrap()[0]).text;
    let line =
        text.lines().find(|line| line.contains("keeps the key")).unwrap_or_else(|| panic!("{text}")).trim().to_owned();
    assert!(line.ends_with("(read)"), "{line}");
    let (to, _) = digest_to_ellen(&talk, "2026-03-03T09:00:00Z");
    ellen_answers(&talk, &to, "e", &format!("> {line}\n\nI had not seen that.\n"));
    assert!(talk.tree().contains("    4 e@test < a@test\n"), "{}", talk.tree());
    // A whole digest quoted below an answer still names nothing.
    let all: String = text.lines().map(|line| format!("> {line}\n")).collect();
    let reply = talk.send_to(&Mail::new(ELLEN, "f").says(&format!("Thanks to all.\n\n{all}")), &[&to]);
    assert_eq!(reply.code, 250);
    assert!(talk.tree().contains(" 5 f@test < b@test\n"), "{}", talk.tree());
}

#[test]
fn a_run_gets_no_id_that_something_has_or_is_awaited_under() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    // `e#2` is awaited, and `e#3` is here.
    send(&talk, &[Mail::new(DAVID, "x").header("In-Reply-To: <e@test#2>")]);
    let third =
        String::from_utf8(Mail::new(DAVID, "y").answers("p").octets()).unwrap().replace("<y@test>", "<e@test#3>");
    assert_eq!(talk.give(third.into_bytes(), Some(DAVID), &["talk@lists.example"]).code, 250);
    let text = format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b"));
    ellen_answers(&talk, &to, "e", &text);
    let tree = talk.tree();
    assert!(tree.contains(" e@test < a@test\n") && tree.contains(" e@test#4 < b@test\n"), "{tree}");
    assert!(!tree.contains(" e@test#2 < b@test"), "{tree}");
    ellen_answers(&talk, &to, "e", &text);
    assert_eq!(talk.tree(), tree, "the same once more");
}

#[test]
fn where_all_ids_of_runs_are_taken_an_answer_is_published_as_a_whole() {
    let folder = folder();
    let talk = talk(&folder);
    conversation(&talk, "p", &["a", "b"]);
    let (to, _) = digest_to_ellen(&talk, "2026-03-02T09:00:00Z");
    for from in [2, 62] {
        let ids: Vec<String> = (from..from + 60).map(|n| format!("<e@test#{n}>")).collect();
        let claims = Mail::new(DAVID, &format!("x{from}")).header(&format!("References: {}", ids.join("\r\n ")));
        send(&talk, &[claims]);
    }
    ellen_answers(&talk, &to, "e", &format!("{}\nYes.\n\n{}\nNo.\n", quote("a"), quote("b")));
    let tree = talk.tree();
    assert!(tree.contains(" e@test < a@test\n") && !tree.contains(" < b@test"), "{tree}");
}
