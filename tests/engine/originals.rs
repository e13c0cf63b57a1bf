//! What a writer's program copied of a mail of ours is told from what they wrote, with marks and without.

use rejoinder::deliver::Outgoing;
use rejoinder::message::Mail as Parsed;

use crate::list::{AUTHOR, Mail, Remembering, TestList, address, named};
use crate::splitting::{DAVID, ELLEN, conversation, ellen_answers, folder, reply_to, said, send, talk};

/// The list's next digest, or single mail, as Ellen gets it, and where her plain answer goes.
fn to_ellen(talk: &TestList, mail: impl FnOnce(&TestList)) -> (Outgoing, String) {
    mail(talk);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    let mail = taken.iter().find(|mail| mail.recipient == address(ELLEN)).unwrap().clone();
    let parsed = Parsed::parse(&mail.content);
    let to = parsed.header("Reply-To").unwrap().rsplit('<').next().unwrap().trim_matches('>').to_owned();
    (mail, to)
}

fn digest(talk: &TestList) {
    assert_eq!(talk.digests("2026-03-02T09:00:00Z").made.len(), 1);
}

/// A conversation of one post with two responses, in the digest that Ellen gets.
fn digest_to_ellen(talk: &TestList) -> (Outgoing, String) {
    conversation(talk, "p", &["a", "b"]);
    let (mail, _) = to_ellen(talk, digest);
    let to = format!("talk+d.{}@lists.example", reply_to(&mail.content, "talk+d."));
    (mail, to)
}

/// Its text without marks behind a head, as Outlook copies it, with a line put in behind the first that holds `behind`.
fn outlook(mail: &Outgoing, behind: &str, typed: &str) -> String {
    let text = Parsed::parse(&mail.content).text;
    let at = text.find(behind).unwrap_or_else(|| panic!("{behind}: {text}")) + behind.len();
    let at = at + text[at..].find('\n').unwrap();
    let head = "From: Talk <talk@lists.example>\nSent: Monday, 2 March 2026 10:00\nTo: Ellen <ellen@example.com>\nSubject: Talk";
    format!("{head}\n\n{}\n{typed}\n{}", &text[..at], &text[at..])
}

#[test]
fn an_answer_typed_into_an_unmarked_copy_of_a_digest_is_told_from_it_and_lands_under_its_item() {
    for above in ["", "See my answer in red below.\n\n", "Thank you all!\n\n"] {
        let folder = folder();
        let talk = talk(&folder);
        let (mail, to) = digest_to_ellen(&talk);
        let text = outlook(&mail, "These are the words of a", "I think so too, and my sister does.");
        ellen_answers(&talk, &to, "e", &format!("{above}{text}"));
        assert!(talk.tree().contains("    3 e@test < a@test\n"), "{above}: {}", talk.tree());
        let said = said(&talk, "e@test");
        assert_eq!(said, format!("{above}I think so too, and my sister does."), "{above}");
    }
}

#[test]
fn explain_reads_an_answer_as_the_list_does() {
    let folder = folder();
    let talk = talk(&folder);
    let (mail, to) = digest_to_ellen(&talk);
    let text = outlook(&mail, "These are the words of a", "I think so too, and my sister does.");
    let answer = Mail::new(ELLEN, "e").says(&text.replace('\n', "\r\n")).header(&format!("Cc: {to}"));
    let explained = talk.intake.explain(&talk.list(), &answer.octets()).unwrap();
    assert_eq!(explained.reading.said(), "I think so too, and my sister does.");
    assert!(explained.why.iter().any(|step| step.contains("a mail of ours is known")), "{:#?}", explained.why);
}

#[test]
fn an_answer_below_an_unmarked_copy_of_a_digest_of_one_post_is_not_the_digest() {
    let folder = folder();
    let talk = talk(&folder);
    let (mail, to) = digest_to_ellen(&talk);
    let text = outlook(&mail, "These are the words of p", "");
    ellen_answers(&talk, &to, "e", &format!("{text}\n\nThat is all that I have to say on it.\n"));
    let held = talk.store.held(None).unwrap();
    let published = talk.tree().contains("e@test");
    assert!(published || held.len() == 1, "{}", talk.tree());
    if published {
        assert_eq!(said(&talk, "e@test"), "That is all that I have to say on it.");
    }
    assert!(!talk.tree().contains("e@test#2"), "{}", talk.tree());
}

#[test]
fn what_is_typed_into_a_marked_quote_of_a_digest_is_said() {
    let folder = folder();
    let talk = talk(&folder);
    let (mail, to) = digest_to_ellen(&talk);
    let text = Parsed::parse(&mail.content).text;
    let at = text.find("These are the words of b").unwrap();
    let at = at + text[at..].find('\n').unwrap();
    let marked = |text: &str| text.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let quoted = marked(&format!("{}\nEllen: never on a Wednesday, please\n{}", &text[..at], &text[at..]));
    ellen_answers(&talk, &to, "e", &format!("See mine inside:\n\nOn Mon, 2 Mar 2026 at 10:00, Talk wrote:\n{quoted}"));
    let said = said(&talk, "e@test");
    assert!(said.contains("See mine inside:") && said.contains("never on a Wednesday"), "{said}");
    assert!(!said.contains("These are the words"), "{said}");
}

#[test]
fn an_answer_typed_into_a_copy_of_a_single_mail_is_told_from_it() {
    for above in ["", "Dear Marina, thanks!\n\n"] {
        let folder = folder();
        let talk = TestList::new(folder.path());
        talk.join(ELLEN, named("Ellen", "each"));
        talk.join(DAVID, named("David", "none"));
        let says = "Bread wants time more than it wants work.\r\nSo I get up at four and let it lie until noon.\r\n\
                    Whoever hurries it gets a stone, and deserves it.";
        send(&talk, &[Mail::new(AUTHOR, "p").says(says)]);
        let (mail, to) = to_ellen(&talk, |talk| {
            talk.fan_out();
        });
        let text = outlook(&mail, "until noon.", "That is a steep claim. Who says so?");
        ellen_answers(&talk, &to, "e", &format!("{above}{text}"));
        assert_eq!(talk.tree(), "p@test\n  1 e@test < p@test\n");
        assert_eq!(said(&talk, "e@test"), format!("{above}That is a steep claim. Who says so?"));
    }
}

#[test]
fn an_answer_that_quotes_what_we_never_sent_is_read_by_its_marks() {
    let folder = folder();
    let talk = talk(&folder);
    let (_, to) = digest_to_ellen(&talk);
    let other = "> Something that somebody else wrote to her\n> about another matter, and never came to the list\n";
    ellen_answers(
        &talk,
        &to,
        "e",
        &format!("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Bo <bo@shop.example> wrote:\n{other}"),
    );
    assert_eq!(said(&talk, "e@test"), "Yes.");
}
