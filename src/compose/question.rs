//! The question to somebody who answered a digest and did not say which of its items.

use std::fmt::Write;

use jiff::Timestamp;

use super::{clean, moment};
use crate::discussion::Block;

/// How much of a mail is quoted, characters, and of an item.
const BEGINNING: usize = 400;
const FIRST_WORDS: usize = 60;

/// Why it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking<'a> {
    /// Nobody asked before.
    First,
    /// The answer, of which this is the beginning, was not understood.
    Again(&'a str),
}

/// Something that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What to answer: `A`, `B7`.
    pub label: String,
    /// The post's title; `None` for a response.
    pub title: Option<String>,
    /// Whose it is; empty where it has not arrived.
    pub author: String,
    /// What it says.
    pub text: String,
}

/// What is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// What may have been meant.
    pub choices: &'a [Choice],
    /// Posts that are not among these.
    pub more: usize,
    /// A label that the mail begins with, and of which the digest has none.
    pub missing: Option<&'a str>,
}

/// The text of the question. `wrote`: what the mail says.
pub fn question(asking: &Asking<'_>, wrote: &str, offer: &Offer<'_>, until: Timestamp) -> Vec<Block> {
    let mut ask = match asking {
        Asking::First => {
            "Which of these did you mean?\n\nYou answered a digest, and it is not clear what in it".to_owned()
        }
        Asking::Again(answer) => format!(
            "“{}” is none of these. Which did you mean?\n\nYou answered a digest, and it is not clear what in it",
            clean::cut(&clean::line(answer), FIRST_WORDS)
        ),
    };
    if let Some(missing) = offer.missing {
        // Writing to a String never fails.
        let _ = write!(ask, ": no {missing} is in that digest");
    }
    ask.push_str(". Your mail begins:");
    let mut list = "Press Reply, and write only its letter, or letter and number, in the first line:\n".to_owned();
    for Choice { label, title, author, text } in offer.choices {
        // Lines that begin with a blank are never joined.
        let _ = write!(list, "\n  {label}  ");
        let by = if author.is_empty() { String::new() } else { format!("by {author}") };
        let about = [title.clone(), Some(by), Some(first_words(text))];
        let about: Vec<String> = about.into_iter().flatten().filter(|words| !words.is_empty()).collect();
        list.push_str(&about.join(", "));
    }
    if offer.more > 0 {
        let _ = write!(list, "\n  … and {} more, by their letters in the digest", offer.more);
    }
    list.push_str("\n  none  not to publish it");
    let foot = format!(
        "It is then published in that place. Until {} it waits for your answer to this mail; after that somebody who looks \
         after the list decides.",
        moment::date(until)
    );
    vec![Block::Said(ask), Block::quoted(beginning(wrote)), Block::Said(format!("{list}\n\n{foot}"))]
}

/// The word to somebody whose answers were not understood.
pub fn given_up(answer: &str) -> Vec<Block> {
    vec![Block::Said(format!(
        "“{}” was not understood either. Your mail is kept, and somebody who looks after the list decides where it goes. \
         You need not do anything.",
        clean::cut(&clean::line(answer), FIRST_WORDS)
    ))]
}

/// The beginning of what somebody wrote.
pub(super) fn beginning(text: &str) -> String {
    match text.char_indices().nth(BEGINNING) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn first_words(text: &str) -> String {
    let line = clean::line(&text.chars().take(4 * FIRST_WORDS).collect::<String>());
    if line.is_empty() { String::new() } else { format!("“{}”", clean::cut(&line, FIRST_WORDS)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_quotes_the_mail_and_lists_what_may_be_meant() {
        let choice = |label: &str, title: Option<&str>| Choice {
            label: label.to_owned(),
            title: title.map(ToOwned::to_owned),
            author: "Marina".to_owned(),
            text: "Most of us\nlisten.".to_owned(),
        };
        let choices = [choice("A", Some("On listening")), choice("A7", None)];
        let offer = Offer { choices: &choices, more: 3, missing: None };
        let blocks = question(&Asking::First, "Yes.", &offer, Timestamp::UNIX_EPOCH);
        let [Block::Said(ask), Block::Quoted(wrote), Block::Said(list)] = blocks.as_slice() else {
            panic!("{blocks:?}")
        };
        assert!(ask.starts_with("Which of these did you mean?") && ask.ends_with("what in it. Your mail begins:"));
        assert_eq!(wrote.shown, "Yes.");
        for line in [
            "\n  A  On listening, by Marina, “Most of us listen.”\n",
            "\n  A7  by Marina, “Most of us listen.”\n",
            "\n  … and 3 more",
            "Until 1 January 1970",
        ] {
            assert!(list.contains(line), "no {line:?} in {list}");
        }
        let offer = Offer { more: 0, missing: Some("B7"), ..offer };
        let again = question(&Asking::Again("the first one"), "Yes.", &offer, Timestamp::UNIX_EPOCH);
        assert!(
            matches!(&again[0], Block::Said(ask) if ask.contains("what in it: no B7 is in that digest. Your mail"))
        );
        assert!(matches!(&again[0], Block::Said(ask) if ask.starts_with("“the first one” is none of these.")));
    }

    #[test]
    fn of_a_long_mail_only_its_beginning_is_quoted() {
        let long = "wörter ".repeat(1_000);
        assert!(beginning(&long).chars().count() <= BEGINNING + 2 && beginning(&long).ends_with(" …"));
    }
}
