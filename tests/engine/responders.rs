//! Programs that answer or pass on each mail of ours: who is joined by them (nobody), and how many mails that makes.

use rejoinder::deliver::Outgoing;
use rejoinder::message::Mail as Parsed;

use crate::asking::{told, words_of};
use crate::list::{AUTHOR, Mail, TestList, address, named};
use crate::splitting::folder;

const JOIN: &str = "talk+join@lists.example";
const HELP: &str = "talk+help@lists.example";
const ELLEN: &str = "ellen@example.net";
const NOOR: &str = "noor@example.net";

/// A mail program that answers each mail that it gets.
struct Responder {
    who: &'static str,
    /// Whether it says what it is, and writes to where errors go (RFC 3834).
    proper: bool,
}

impl Responder {
    fn answer(&self, talk: &TestList, mail: &Outgoing, id: usize) {
        let parsed = Parsed::parse(&mail.content);
        let bare = |field: &str| field.rsplit('<').next().unwrap().trim_end_matches('>').to_owned();
        let reply_to = parsed.header("Reply-To").or(parsed.header("From")).map(bare).unwrap();
        let subject = parsed.header("Subject").unwrap_or_default();
        let away = Mail::new(self.who, &format!("away{id}"))
            .subject(&format!("Re: {subject}"))
            .header(&format!("In-Reply-To: {}", parsed.header("Message-ID").unwrap()))
            .says("Please note that I am at sea until Monday, and read nothing there.\n\nEllen");
        match self.proper {
            true => {
                let to = mail.reverse_path.as_ref().unwrap().as_str();
                let mut away = away.header("Auto-Submitted: auto-replied").header("Precedence: bulk");
                away.bounce = true;
                talk.send_to(&away, &[to]);
            }
            false => drop(talk.send_to(&away, &[&reply_to])),
        }
    }

    /// Answers until nothing more comes; how many mails came to whom it stands for, and to everybody else.
    fn plays(&self, talk: &TestList) -> (usize, usize) {
        let (mut own, mut others) = (0, 0);
        for _ in 0..200 {
            talk.fan_out();
            let out = told(talk);
            if out.is_empty() {
                return (own, others);
            }
            for mail in out {
                match mail.recipient.as_str() == self.who {
                    true => {
                        own += 1;
                        self.answer(talk, &mail, own);
                    }
                    false => others += 1,
                }
            }
        }
        panic!("it never ends: {own} mails and {others}");
    }
}

fn with_readers() -> (tempfile::TempDir, TestList) {
    let folder = folder();
    let talk = TestList::new(folder.path());
    talk.join(ELLEN, named("Ellen", "each"));
    talk.join("david@example.org", named("David", "each"));
    (folder, talk)
}

#[test]
fn a_vacation_responder_of_a_members_gets_few_mails_of_ours() {
    // By what it was set off: a post, or an answer to a command of theirs.
    for (proper, to, own, others) in [
        (true, "talk@lists.example", 1, 1),
        (false, "talk@lists.example", 1, 2),
        (true, HELP, 1, 0),
        (false, HELP, 20, 0),
    ] {
        let (_folder, talk) = with_readers();
        let (from, says) = if to == HELP { (ELLEN, "status") } else { (AUTHOR, "Bread is patient.") };
        assert_eq!(talk.send_to(&Mail::new(from, "first").says(says), &[to]).code, 250);
        let (was, went) = Responder { who: ELLEN, proper }.plays(&talk);
        assert_eq!((was, went), (own, others), "{to}, proper: {proper}");
    }
}

#[test]
fn a_vacation_responder_of_a_strangers_joins_nobody_and_gets_few_mails() {
    for (proper, own) in [(true, 1), (false, 3)] {
        for to in [JOIN, HELP] {
            let (_folder, talk) = with_readers();
            assert_eq!(talk.send_to(&Mail::new(NOOR, "first").says("join"), &[to]).code, 250);
            let (was, went) = Responder { who: NOOR, proper }.plays(&talk);
            assert_eq!((was, went), (own, 0), "{to}, proper: {proper}");
            assert!(talk.store.member(talk.list().id, &address(NOOR)).unwrap().is_none(), "{to}, proper: {proper}");
        }
    }
}

/// Another list manager, which passes on what it gets to its only member, our list.
fn passed_on(mail: &Outgoing, round: usize, keeps: bool) -> Vec<u8> {
    let parsed = Parsed::parse(&mail.content);
    let subject = parsed.header("Subject").unwrap().to_owned();
    if keeps {
        let own = "List-Id: <far.elsewhere.example>\r\nPrecedence: list\r\nSender: far-bounces@elsewhere.example\r\n";
        return [own.as_bytes(), &mail.content].concat();
    }
    let far = "Far <far@elsewhere.example>";
    let words = words_of(mail);
    let mail = Mail::new(far, &format!("far{round}")).subject(&subject).says(&words);
    mail.header("List-Id: <far.elsewhere.example>").header("Precedence: list").octets()
}

#[test]
fn a_list_elsewhere_that_is_on_ours_and_ours_on_it_comes_to_an_end() {
    for (keeps, most) in [(true, 3), (false, 5)] {
        let (_folder, talk) = with_readers();
        talk.join("far@elsewhere.example", named("Far", "each"));
        let open = rejoinder::store::ListChange { who_posts: Some("members".parse().unwrap()), ..Default::default() };
        talk.store.change_list(talk.list().id, open, talk.clock.now()).wait().unwrap();
        talk.store.forget_lists();
        assert_eq!(talk.send(&Mail::new(AUTHOR, "first")).code, 250);
        let mut sent = 0;
        for round in 0..100 {
            talk.fan_out();
            let out = told(&talk);
            sent += out.len();
            for mail in out.iter().filter(|mail| mail.recipient.as_str() == "far@elsewhere.example") {
                let from = if keeps { "far-bounces@elsewhere.example" } else { "far@elsewhere.example" };
                talk.give(passed_on(mail, round, keeps), Some(from), &["talk@lists.example"]);
            }
        }
        assert_eq!(sent, most, "keeps: {keeps}");
    }
}
