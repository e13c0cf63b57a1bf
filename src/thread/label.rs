//! Labels that people type: `#7` for a response's number in a digest, `B7` where several of its posts have one. Letters
//! stand for the posts of a digest in their order.

use crate::discussion::{ItemId, Number, PostLetter};

/// Labels that are read at the start of one text: nobody answers more in a word.
const MOST_LABELS: usize = 5;
/// Digits of the largest number that is one.
const MOST_DIGITS: usize = 6;

/// A label as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Which post of the digest; `None` where only a number was typed.
    pub post: Option<PostLetter>,
    /// A response's number.
    pub number: Number,
}

/// An item of a digest by what its label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The item.
    pub item: ItemId,
    /// Its post's place in the digest.
    pub post: PostLetter,
    /// A response's number; `None` for the post itself.
    pub number: Option<Number>,
}

/// The labels at the start of a text, `#7`, `B7` or `B#7`, with blanks, commas or `and`-like signs (`+ & /`) between
/// them. What looks like one but goes on as a word (`B7x`, `#7.5`, `#7-9`) is none.
pub fn labels(text: &str) -> Vec<Label> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while found.len() < MOST_LABELS {
        let Some((label, behind)) = label(rest) else { break };
        found.push(label);
        rest =
            behind.trim_start_matches(|c: char| c.is_whitespace() && c != '\n' || matches!(c, ',' | '+' | '&' | '/'));
    }
    found
}

/// The item that a label names, where it names just one of these.
pub fn labelled(label: Label, shown: &[Numbered]) -> Option<ItemId> {
    let fits = |one: &&Numbered| one.number == Some(label.number) && label.post.is_none_or(|post| post == one.post);
    let mut fitting = shown.iter().filter(fits).map(|one| one.item);
    let first = fitting.next()?;
    fitting.all(|item| item == first).then_some(first)
}

fn label(text: &str) -> Option<(Label, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, behind) = text.split_at(letters);
    let post = if letters.is_empty() { None } else { Some(PostLetter::parse(letters)?) };
    let hash = behind.strip_prefix('#');
    if post.is_none() && hash.is_none() {
        return None;
    }
    let behind = hash.unwrap_or(behind);
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = behind.split_at(digits);
    let good = (1..=MOST_DIGITS).contains(&digits.len()) && !digits.starts_with('0') && ends_there(behind);
    let number = Number(digits.parse().ok().filter(|_| good)?);
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
        labels(text).into_iter().map(|label| (label.post.map(|post| post.0), label.number.0)).collect()
    }

    #[test]
    fn a_number_or_a_letter_with_one_is_a_label() {
        for text in ["#7", "#7: yes", " #7 yes", "#7, yes", "#7.\nYes", "#7’s point", "#7 - yes"] {
            assert_eq!(typed(text), [(None, 7)], "{text}");
        }
        for text in ["B7", "b7: yes", "B#7 yes", "B7)\nyes"] {
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
        let shown = |item, post, number| Numbered { item: ItemId(item), post: PostLetter(post), number };
        let shown = [
            shown(1, 0, None),
            shown(2, 0, Some(Number(7))),
            shown(3, 0, Some(Number(8))),
            shown(4, 1, Some(Number(7))),
        ];
        let item = |text: &str| labelled(labels(text)[0], &shown).map(|item| item.0);
        assert_eq!(item("#8"), Some(3));
        assert_eq!(item("#7"), None);
        assert_eq!((item("A7"), item("B7")), (Some(2), Some(4)));
        assert_eq!((item("B8"), item("C7"), item("#99")), (None, None, None));
    }
}
