//! A mail's formatting, where it is known to be that of what was said: a mail's HTML may say something else than its plain
//! text.

use crate::discussion::Block;
use crate::message::{Mail, Rich};
use crate::reply::{self, Reading, Stance};

/// What of a mail's formatting is known to be said.
pub(super) struct Formatted {
    pub(super) rich: Rich,
    /// Whether it says the same as the text that is the reading of record.
    pub(super) agrees: bool,
}

impl Formatted {
    pub(super) fn of(mail: &Mail, reading: &Reading, stance: Stance) -> Option<Self> {
        if reading.said().is_empty() {
            return Self::without_words(mail);
        }
        let mut rich = mail.rich()?;
        if rich.text() == mail.text {
            rich.keep(&reading.said_lines());
            return Some(Self { rich, agrees: true });
        }
        let other = reply::read_as(rich.text(), stance);
        rich.keep(&other.said_lines());
        let (ours, theirs) = (said_blocks(reading), said_blocks(&other));
        let agrees =
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, other)| letters(one) == letters(other));
        Some(Self { rich, agrees })
    }

    /// Of a mail that says nothing: there is nothing to be formatted, but pictures may stand where words would.
    pub(super) fn without_words(mail: &Mail) -> Option<Self> {
        let mut rich = mail.rich()?;
        rich.keep_first_pictures();
        Some(Self { rich, agrees: false })
    }
}

pub(super) fn said_blocks(reading: &Reading) -> Vec<String> {
    let said = reading.blocks().into_iter().filter_map(|block| match block {
        Block::Said(text) => Some(text),
        Block::Quoted(_) => None,
    });
    said.collect()
}

/// The letters and digits of a text, without web addresses and without what programs write in a picture's place: the
/// same in the two forms of one mail.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', ':', '<']) {
        let skipped = unsaid(rest, at);
        let (before, after) = match &skipped {
            Some(range) => (&rest[..range.start], &rest[range.end..]),
            None => rest.split_at(at + 1),
        };
        push_letters(&mut letters, before);
        rest = after;
    }
    push_letters(&mut letters, rest);
    letters
}

/// What stands at a sign and is not said: a web address, or a picture's place.
fn unsaid(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    const LONGEST: usize = 4_000;
    let to = |end: &dyn Fn(char) -> bool| {
        let bounded = &text[at..text.floor_char_boundary(at + LONGEST)];
        bounded.char_indices().skip(1).find(|(_, c)| end(*c)).map_or(at + bounded.len(), |(end, _)| at + end)
    };
    let rest = &text[at..];
    if rest.starts_with("://") {
        let scheme = text[..at].bytes().rev().take(10).take_while(u8::is_ascii_alphabetic).count();
        return Some(at - scheme..to(&|c| c.is_whitespace() || "<>)]\"".contains(c)));
    }
    let placeholder = ["[image:", "[cid:", "[inline image", "[image]", "<mailto:", "[mailto:"];
    let is_placeholder = |mark: &str| rest.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    placeholder.iter().any(|mark| is_placeholder(mark)).then(|| at..to(&|c| c == ']' || c == '>'))
}

fn push_letters(letters: &mut String, text: &str) {
    letters.extend(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_a_mail_have_the_same_letters() {
        let html = "See this page (https://bread.example/a(b)) – it is bold.\n\n1. Flour\n\nWrite to Ada.";
        for plain in [
            "See this page <https://bread.example/a(b> ) - it is *bold*.\n\n   1. Flour\n[image: A loaf]\nWrite to Ada.",
            "See this page [1] it is _bold_\n1. Flour Write [cid:x@y]to Ada <mailto:ada@x.example>",
        ] {
            let expected = letters(html);
            assert_eq!(letters(&plain.replace("[1] ", "")), expected, "{plain}");
        }
        assert_ne!(letters("Yes."), letters("No."));
        assert_eq!(letters("a://b c:d [e <f"), "cdef");
    }
}
