//! What a reader types to name an item of a digest: `#7`, or `B7` where several posts have a seventh response.

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
    /// The response's number.
    pub number: i64,
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
    /// The label that a text begins with; what looks like one but goes on as a word (`B7x`, `#7.5`, `#7-9`) is none.
    pub fn beginning(text: &str) -> Option<Self> {
        first(text.trim_start()).map(|(label, _)| label)
    }

    /// The labels that a text begins with, with blanks, commas or signs such as `+` and `&` between them.
    pub fn all_beginning(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut rest = text.trim_start();
        while found.len() < MOST_LABELS {
            let Some((label, behind)) = first(rest) else { break };
            found.push(label);
            let between = |c: char| c.is_whitespace() && c != '\n' || matches!(c, ',' | '+' | '&' | '/');
            rest = behind.trim_start_matches(between);
        }
        found
    }

    /// The item that it names, where it is only one.
    pub fn among(self, items: &[Labelled]) -> Option<ItemId> {
        let named =
            |item: &&Labelled| item.number == Some(self.number) && self.post.is_none_or(|post| post == item.post);
        let mut items = items.iter().filter(named).map(|item| item.item);
        items.next().filter(|_| items.next().is_none())
    }
}

/// The label at the very start of a text, and what follows it.
fn first(text: &str) -> Option<(Label, &str)> {
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
    Some((Label { post, number }, behind))
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

    fn typed(text: &str) -> Vec<(Option<usize>, i64)> {
        Label::all_beginning(text).into_iter().map(|label| (label.post, label.number)).collect()
    }

    #[test]
    fn a_number_or_a_letter_with_one_is_a_label() {
        for text in ["#7", "#7: yes", " #7 yes", "#7, yes", "#7.\nYes", "#7’s point", "#7 - yes"] {
            assert_eq!(typed(text), [(None, 7)], "{text}");
        }
        for text in ["B7", "b7: yes", "B#7 yes", "#B7 yes", "B7)\nyes", "\n  B7 – yes"] {
            assert_eq!(typed(text), [(Some(1), 7)], "{text}");
        }
        assert_eq!(typed("AB12: yes"), [(Some(27), 12)]);
    }

    #[test]
    fn several_labels_are_told() {
        assert_eq!(typed("#7, #8: both"), [(None, 7), (None, 8)]);
        assert_eq!(typed("A7 & B8 yes"), [(Some(0), 7), (Some(1), 8)]);
        assert_eq!(typed("#7\n#8"), [(None, 7)]);
        assert_eq!(typed(&"#7 ".repeat(100)).len(), MOST_LABELS);
    }

    #[test]
    fn what_goes_on_as_a_word_is_none() {
        for text in [
            "7", "7: yes", "# 7", "B", "B: yes", "B7x", "#7th", "#7.5", "#7-9", "#07", "#1234567", "HTML5x", "WXYZ7",
            "", "#",
        ] {
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
        assert_eq!((item("B8"), item("C7"), item("#99")), (None, None, None));
    }
}
