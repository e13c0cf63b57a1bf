//! Whether the two forms of a mail's text say the same. Programs write formatting into plain text in ways of their own:
//! `*bold*`, bullets of several kinds, where a link leads, what stands for a picture.

use std::collections::{HashMap, HashSet};

/// How far what stands in brackets reaches, and a web address, octets.
const BRACKETED: usize = 600;
const ADDRESS: usize = 4_000;

/// How many letters are read on before it turns out that what only one form may have was not in the other.
const READ_ON: usize = 64;

/// Titles above the addresses of all links.
const LINKS: [&str; 5] = ["link:", "links:", "references", "references:", "visible links"];

/// Whether a plain text says what a page says, to the letter, but for what programs write of formatting. `alts`: what stands
/// for the pictures of the page. Linear in both.
pub(super) fn says_the_same(plain: &str, page: &str, alts: &[String]) -> bool {
    let alts: HashSet<Vec<char>> = alts.iter().map(|alt| letters_of(alt).collect()).collect();
    let (one, other) = (Letters::of(plain, &alts), Letters::of(page, &alts));
    one.letters == other.letters || one.goes_with(&other)
}

/// The letters and digits of a text, without web addresses and without what programs write in a picture's place.
#[derive(Default)]
struct Letters {
    letters: Vec<char>,
    /// Where runs of them begin and end that the other form need not have: marks of lists, numbers of links, alternatives of
    /// pictures.
    optional: HashMap<usize, usize>,
}

impl Letters {
    fn of(text: &str, alts: &HashSet<Vec<char>>) -> Self {
        let mut letters = Self::default();
        let mut at = 0;
        let mut begins = true;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if std::mem::take(&mut begins)
                && let Some(mark) = mark(rest)
            {
                letters.push_optional(mark);
                at += mark.len();
                continue;
            }
            let taken = match c {
                '[' => letters.bracketed(rest, alts),
                '<' => address_in_brackets(rest),
                ':' if rest.starts_with("://") => {
                    letters.drop_scheme(&text[..at]);
                    Some(up_to(rest, |c| c.is_whitespace() || "<>)]\"".contains(c)))
                }
                _ => None,
            };
            if taken.is_none() {
                letters.letters.extend(letters_of(&rest[..c.len_utf8()]));
            }
            begins = c == '\n';
            at += taken.unwrap_or(c.len_utf8());
        }
        letters
    }

    /// Takes what stands in brackets, where it is no part of the text or may be none; its length.
    fn bracketed(&mut self, rest: &str, alts: &HashSet<Vec<char>>) -> Option<usize> {
        let placeholders = ["[image:", "[cid:", "[inline image", "[image]", "[mailto:"];
        let length = closed(rest, '[', ']', BRACKETED)?;
        if placeholders.iter().any(|mark| starts(rest, mark)) {
            return Some(length);
        }
        let within = &rest[1..length - 1];
        let is_number = (1..=3).contains(&within.len()) && within.bytes().all(|b| b.is_ascii_digit());
        let stands_for_a_picture = || !alts.is_empty() && alts.contains(&letters_of(within).collect::<Vec<char>>());
        (is_number || stands_for_a_picture()).then(|| {
            self.push_optional(within);
            length
        })
    }

    fn push_optional(&mut self, text: &str) {
        let from = self.letters.len();
        self.letters.extend(letters_of(text));
        if self.letters.len() > from {
            self.optional.insert(from, self.letters.len());
        }
    }

    /// Takes back the letters of the scheme that a web address begins with.
    fn drop_scheme(&mut self, before: &str) {
        let scheme = before.bytes().rev().take(10).take_while(u8::is_ascii_alphabetic).count();
        self.letters.truncate(self.letters.len().saturating_sub(scheme));
    }

    /// Whether the letters are the same but for optional ones.
    fn goes_with(&self, other: &Self) -> bool {
        let (mut at, mut there) = (0, 0);
        // Where to go on without the last optional letters that were taken for the other's, and how far that is back.
        let mut instead: Option<(usize, usize, usize)> = None;
        while at < self.letters.len() || there < other.letters.len() {
            let (skipped, skipped_there) = (self.optional.get(&at), other.optional.get(&there));
            if at < self.letters.len() && self.letters.get(at) == other.letters.get(there) {
                instead = match (skipped, skipped_there) {
                    (Some(end), _) => Some((*end, there, at)),
                    (None, Some(end)) => Some((at, *end, at)),
                    (None, None) => instead,
                };
                (at, there) = (at + 1, there + 1);
                continue;
            }
            (at, there) = match (skipped, skipped_there, instead.take()) {
                (Some(end), ..) => (*end, there),
                (None, Some(end), _) => (at, *end),
                (None, None, Some((before, before_there, from))) if at - from <= READ_ON => (before, before_there),
                _ => return false,
            };
        }
        true
    }
}

/// What a line begins with that marks a list's item, or all of a line that stands above the addresses of links.
fn mark(line: &str) -> Option<&str> {
    let start = line.trim_start_matches([' ', '\t', '\u{a0}']);
    let blanks = line.len() - start.len();
    let word = &start[..up_to(&start[..start.floor_char_boundary(20)], char::is_whitespace)];
    let numbered = word.strip_suffix(['.', ')']).is_some_and(|number| {
        let digits = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let letter = number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic());
        let roman = (1..=5).contains(&number.len()) && number.bytes().all(|b| b"ivxIVX".contains(&b));
        digits || letter || roman
    });
    if word == "o" || numbered {
        return Some(&line[..blanks + word.len()]);
    }
    let whole = &start[..up_to(&start[..start.floor_char_boundary(20)], |c| c == '\n')];
    LINKS.iter().any(|title| whole.trim_end().eq_ignore_ascii_case(title)).then(|| &line[..blanks + whole.len()])
}

/// The length of an address in pointed brackets, which programs break over lines.
fn address_in_brackets(rest: &str) -> Option<usize> {
    let schemes = ["<mailto:", "<tel:", "<sms:", "<callto:", "<cid:", "<file:", "<http://", "<https://", "<ftp://"];
    schemes.iter().any(|scheme| starts(rest, scheme)).then(|| closed(rest, '<', '>', ADDRESS)).flatten()
}

/// The length of what a sign opens and another closes, both counted.
fn closed(rest: &str, opens: char, closes: char, most: usize) -> Option<usize> {
    let bounded = &rest[..rest.floor_char_boundary(most)];
    let (at, _) = bounded.char_indices().skip(1).find(|(_, c)| *c == opens || *c == closes)?;
    bounded[at..].starts_with(closes).then_some(at + closes.len_utf8())
}

/// The length up to such a sign.
fn up_to(rest: &str, ends: impl Fn(char) -> bool) -> usize {
    let bounded = &rest[..rest.floor_char_boundary(ADDRESS)];
    bounded.char_indices().find(|(_, c)| ends(*c)).map_or(bounded.len(), |(at, _)| at)
}

fn starts(rest: &str, mark: &str) -> bool {
    rest.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}

/// Letters and digits, in small letters; programs that write headings in capitals write ß as SS.
fn letters_of(text: &str) -> impl Iterator<Item = char> {
    let spelled = |c: char| match c {
        'ß' | 'ẞ' => ['s', 's'].into_iter().take(2),
        c => [c, c].into_iter().take(1),
    };
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(spelled).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::says_the_same;

    fn same(plain: &str, page: &str) -> bool {
        says_the_same(plain, page, &["A round loaf".to_owned()])
    }

    #[test]
    fn links_pictures_and_emphasis_may_be_written_in_many_ways() {
        let page = "See this page (https://bread.example/a(b)) – it is bold.\n\n1. Flour\n\nWrite to Ada.";
        for plain in [
            "See this page <https://bread.example/a(b> ) - it is *bold*.\n\n   1. Flour\n[image: A loaf]\nWrite to Ada.",
            "See this page [1] it is _bold_\n1. Flour Write [cid:x@y]to Ada <mailto:ada@x.example>",
            "SEE THIS PAGE [1] IT IS /bold/\n\n  Flour\n\nWrite to Ada [2].\n\nLinks:\n------\n[1] https://bread.example/a\n[2] https://ada.example/",
            "See this page <https://bread.example/with/a/long\n address> it is |bold|. [A round\nloaf]\na) Flour\nWrite to Ada.",
        ] {
            assert!(same(plain, page), "{plain}");
        }
    }

    #[test]
    fn marks_of_lists_may_differ_and_words_that_look_so_may_not() {
        let page = "- Bread\n  - oven\n    - salt\n- o bom pão\n\n1. one\n2. two";
        for plain in [
            "  * Bread\n      o oven\n          + salt\n  * o bom pão\n\n 1. one\n 2. two\n",
            "  * Bread\n      o oven\n          # salt\n  *\n    o bom pão\n\n a. one\n b) two\n",
            "Bread\noven\nsalt\no bom pão\n\ni. one\nii. two",
        ] {
            assert!(same(plain, page), "{plain}");
        }
        assert!(!same("* Bread\n  o oven\n salt\n bom pão 1 one 2 two", page));
        assert!(same("Bread or\no bom pão", "Bread or o bom pão"));
    }

    #[test]
    fn a_word_more_or_less_is_another_text() {
        assert!(!same("Yes.", "No."));
        assert!(!same("I do [not] agree.", "I do agree."));
        assert!(same("I do [not] agree.", "I do [not] agree."));
        assert!(!same("I agree", "I agree with her"));
        assert!(!same("I agree with her", "I agree"));
        assert!(same("a://b c:d [e <f", "c d e f"));
        assert!(same("GROSSE STRASSE", "Große Straße"));
    }

    proptest! {
        #[test]
        fn whatever_is_compared_goes_with_itself_and_not_with_a_letter_more(
            text in "(o |[0-9][.] |[\\[\\]<>:/a-co \n]|\\[1\\]|<http://a>|Links:\n){0,40}",
        ) {
            prop_assert!(same(&text, &text));
            let more = format!("{text} \u{f1}");
            prop_assert!(!same(&text, &more) && !same(&more, &text));
        }
    }
}
