//! What a reader types to name an item of a digest: `#7`, `B7` where several posts have a seventh response, or `B:` for
//! the post itself. Much that looks so is none: B1 is a vitamin, A4 a size of paper.

use crate::discussion::{ItemId, PostLetter};

/// The most digits of a number: no post has more responses.
const DIGITS: usize = 6;

/// Labels that are read at the start of one text: nobody answers more in a word.
const MOST_LABELS: usize = 5;

/// A label, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Which of the digest's posts, from 0; `None` for whichever has one of that number.
    pub post: Option<usize>,
    /// The response's number; `None` for the post itself.
    pub number: Option<i64>,
}

/// An item by what it is called in a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The item.
    pub item: ItemId,
    /// Which of the digest's posts it is of, from 0.
    pub post: usize,
    /// Its number; `None` for the post itself.
    pub number: Option<i64>,
}

impl Label {
    /// The label that a text begins with, or the first of several.
    pub fn beginning(text: &str) -> Option<Self> {
        Self::all_beginning(text).first().copied()
    }

    /// The labels that a text begins with, with blanks, commas or signs such as `+` and `&` between them. What goes on as
    /// a word (`B7x`, `#7.5`, `#7-9`) is none; and without `#` they count only where one of them is set off from what
    /// follows, as `B7: yes` is and "B7 bombers" is not.
    pub fn all_beginning(text: &str) -> Vec<Self> {
        if let Some((post, _)) = letter(text.trim_start()) {
            return vec![Self { post: Some(post), number: None }];
        }
        let (mut found, mut counts) = (Vec::new(), false);
        let mut rest = text.trim_start();
        while found.len() < MOST_LABELS {
            let Some((label, behind)) = numbered(rest) else { break };
            let typed = &rest[..rest.len() - behind.len()];
            counts |= typed.contains('#') || is_set_off(behind);
            found.push(label);
            let between = |c: char| c.is_whitespace() && c != '\n' || matches!(c, ',' | '+' | '&' | '/');
            rest = behind.trim_start_matches(between);
        }
        if counts { found } else { Vec::new() }
    }

    /// The label that a word is, whatever follows it: for where nothing but a label is expected.
    pub fn alone(word: &str) -> Option<Self> {
        numbered(word).filter(|(_, behind)| behind.is_empty()).map(|(label, _)| label)
    }

    /// The item that it names, where it is only one. A letter alone is no name where the digest shows no letters.
    pub fn among(self, items: &[Labelled]) -> Option<ItemId> {
        if self.number.is_none() && items.iter().all(|item| item.post == 0) {
            return None;
        }
        let named = |item: &&Labelled| item.number == self.number && self.post.is_none_or(|post| post == item.post);
        let mut items = items.iter().filter(named).map(|item| item.item);
        items.next().filter(|_| items.next().is_none())
    }
}

/// The capital letters and the colon at the very start of a text, and what follows: a post itself.
fn letter(text: &str) -> Option<(usize, &str)> {
    let (letters, behind) = text.split_once(':')?;
    let is_one = letters.bytes().all(|byte| byte.is_ascii_uppercase()) && !behind.starts_with("//");
    PostLetter::parse(letters).filter(|_| is_one).map(|letter| (letter.0, behind))
}

/// The label with a number at the very start of a text, and what follows it.
fn numbered(text: &str) -> Option<(Label, &str)> {
    let hash = text.strip_prefix('#');
    let bare = hash.unwrap_or(text);
    let letters = bare.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, behind) = bare.split_at(letters);
    let post = if letters.is_empty() { None } else { Some(PostLetter::parse(letters)?.0) };
    let behind = match (post, hash) {
        (None, None) => return None,
        (Some(_), None) => behind.strip_prefix('#').unwrap_or(behind),
        (_, Some(_)) => behind,
    };
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = behind.split_at(digits);
    let good = (1..=DIGITS).contains(&digits.len()) && !digits.starts_with('0') && ends_there(behind);
    let number = digits.parse().ok().filter(|_| good)?;
    Some((Label { post, number: Some(number) }, behind))
}

/// Whether what stands before `behind` is set off from it: by a sign, or as a line of its own.
fn is_set_off(behind: &str) -> bool {
    let line = behind.lines().next().unwrap_or_default();
    let after_blanks = line.trim();
    let dash = |sign: char| {
        let goes_on = after_blanks.strip_prefix(sign).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        after_blanks.starts_with(sign) && !goes_on
    };
    line.starts_with([':', ')', ','])
        || after_blanks.chars().all(|c| !c.is_alphanumeric())
        || line.starts_with(char::is_whitespace) && dash('-')
        || dash('–')
        || dash('—')
}

/// Whether a word ends before `behind`.
fn ends_there(behind: &str) -> bool {
    let mut behind = behind.chars();
    match behind.next() {
        None => true,
        Some(c) if c.is_whitespace() || ":;,)]!?…'’/&+".contains(c) => true,
        Some('.' | '-' | '–' | '—') => !behind.next().is_some_and(char::is_alphanumeric),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<(Option<usize>, Option<i64>)> {
        Label::all_beginning(text).into_iter().map(|label| (label.post, label.number)).collect()
    }

    #[test]
    fn a_number_or_a_letter_with_one_is_a_label() {
        for text in ["#7", "#7: yes", " #7 yes", "#7, yes", "#7.\nYes", "#7’s point", "#7 - yes"] {
            assert_eq!(typed(text), [(None, Some(7))], "{text}");
        }
        for text in [
            "B7",
            "b7: yes",
            "B#7 yes",
            "#B7 yes",
            "B7)\nyes",
            "\n  B7 – yes",
            "B7 - yes",
            "B7, yes",
            "B7.\nyes",
            "B7— yes",
        ] {
            assert_eq!(typed(text), [(Some(1), Some(7))], "{text}");
        }
        assert_eq!(typed("AB12: yes"), [(Some(27), Some(12))]);
    }

    #[test]
    fn several_labels_are_told() {
        assert_eq!(typed("#7, #8: both"), [(None, Some(7)), (None, Some(8))]);
        for text in ["A7 & B8: yes", "A7, B8 yes", "A7/B8"] {
            assert_eq!(typed(text), [(Some(0), Some(7)), (Some(1), Some(8))], "{text}");
        }
        assert_eq!(typed("#7\n#8"), [(None, Some(7))]);
        assert_eq!(typed(&"#7 ".repeat(100)).len(), MOST_LABELS);
    }

    #[test]
    fn what_goes_on_as_a_word_is_none() {
        for text in [
            "7", "7: yes", "# 7", "B", "b: yes", "B7x", "#7th", "#7.5", "#7-9", "#07", "#1234567", "HTML5x", "WXYZ7",
            "", "#",
        ] {
            assert_eq!(typed(text), [], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_label_is_none() {
        for text in [
            "B1 visas are dear.",
            "B1 bombers",
            "A4 paper, please",
            "B2 German is enough.",
            "C4 -9 volts",
            "A4-sized",
            "B1/B2 visas",
            "M4–M5",
            "A7. Yes",
        ] {
            assert_eq!(typed(text), [], "{text}");
        }
    }

    #[test]
    fn a_capital_letter_before_a_colon_is_the_post_itself() {
        assert_eq!(typed("C: small is fine"), [(Some(2), None)]);
        for text in ["C small", "c: small", "CDEF: x", "C://x", "C, small", "C - small"] {
            assert_eq!(typed(text), [], "{text}");
        }
    }

    #[test]
    fn a_label_names_an_item_only_where_it_can_be_one_alone() {
        let shown = [(1, 0, None), (2, 0, Some(7)), (3, 0, Some(8)), (4, 1, Some(7))];
        let shown = shown.map(|(item, post, number)| Labelled { item: ItemId(item), post, number });
        let item = |text: &str| Label::beginning(text).unwrap().among(&shown).map(|item| item.0);
        assert_eq!(item("#8"), Some(3));
        assert_eq!(item("#7"), None);
        assert_eq!((item("A7"), item("B7")), (Some(2), Some(4)));
        assert_eq!((item("B8:"), item("C7"), item("#99")), (None, None, None));
        assert_eq!((item("A: yes"), item("C: yes")), (Some(1), None));
        let one_post = &shown[..3];
        assert_eq!(Label::beginning("A: yes").unwrap().among(one_post), None);
    }
}
