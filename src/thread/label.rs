//! What a reader types to name an item of a digest: `#7`, `B7` where several posts have a seventh response, or `B:` for
//! the post itself. Much that looks so is none: B1 is a vitamin, A4 a size of paper.

use std::fmt;

use crate::discussion::{ItemId, PostLetter};

/// The most digits of a number: no post has more responses.
const DIGITS: usize = 6;

/// Labels that are read at the start of one text: nobody answers more in a word.
const MOST_LABELS: usize = 5;

/// The most words before a colon among which several labels are looked for.
const MOST_WORDS: usize = 12;

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

/// What a line begins with that may name what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The labels, in order; never empty.
    pub labels: Vec<Label>,
    /// How the last of them is set off from what follows.
    pub set_off: SetOff,
}

/// How a label is set off from what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOff {
    /// By a colon.
    Colon,
    /// By another sign that no sentence goes on behind, as a line of its own, or by the capital of the word behind it.
    Otherwise,
    /// Not at all: a sentence may begin with it, as in "#7 is mine".
    Not,
}

impl Opening {
    /// What a line begins with; `None` where that is no label.
    pub fn of(line: &str) -> Option<Self> {
        let line = line.trim_start().lines().next()?;
        if let Some((post, _)) = letter(line) {
            return Some(Self { labels: vec![Label { post: Some(post), number: None }], set_off: SetOff::Colon });
        }
        if let Some(labels) = several_before_a_colon(line) {
            return Some(Self { labels, set_off: SetOff::Colon });
        }
        let labels = Label::all_beginning(line);
        let (_, behind) = numbered(line).filter(|_| !labels.is_empty())?;
        let set_off = match behind.trim_start() {
            rest if rest.starts_with(':') => SetOff::Colon,
            rest if rest.starts_with(',') => SetOff::Not,
            _ if is_set_off(behind) || behind.starts_with(['.', ';']) => SetOff::Otherwise,
            rest if behind.starts_with(char::is_whitespace) && begins_anew(rest) => SetOff::Otherwise,
            _ => SetOff::Not,
        };
        Some(Self { labels, set_off })
    }
}

impl fmt::Display for Label {
    /// `#7`, `B7` or `B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.post, self.number) {
            (Some(post), Some(number)) => write!(f, "{}{number}", PostLetter(post)),
            (Some(post), None) => write!(f, "{}", PostLetter(post)),
            (None, number) => write!(f, "#{}", number.unwrap_or_default()),
        }
    }
}

impl Label {
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

    /// The label that a line begins with, even if it may be something else, as in "B7 bombers".
    pub fn perhaps(line: &str) -> Option<Self> {
        numbered(line.trim_start()).map(|(label, _)| label)
    }

    /// The label that a word is, whatever follows it: for where nothing but a label is expected.
    pub fn alone(word: &str) -> Option<Self> {
        numbered(word).filter(|(_, behind)| behind.is_empty()).map(|(label, _)| label)
    }

    /// The item that it names, where it is only one. A letter alone is no name where the digest shows no letters.
    pub fn among(self, items: &[Labelled]) -> Option<ItemId> {
        let mut items = self.all_among(items);
        items.next().filter(|_| items.next().is_none())
    }

    /// The items that it may name.
    pub fn all_among(self, items: &[Labelled]) -> impl Iterator<Item = ItemId> {
        let letters = self.number.is_some() || items.iter().any(|item| item.post != 0);
        let named = move |item: &&Labelled| {
            letters && item.number == self.number && self.post.is_none_or(|post| post == item.post)
        };
        items.iter().filter(named).map(|item| item.item)
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

/// The labels before the colon of a line that begins and ends with one there: `#7 and #8: yes`.
fn several_before_a_colon(line: &str) -> Option<Vec<Label>> {
    numbered(line)?;
    let (head, _) = line.split_once(':')?;
    let words = head.split(|c: char| c.is_whitespace() || matches!(c, ',' | '+' | '&' | '/'));
    let mut words = words.filter(|word| !word.is_empty()).take(MOST_WORDS + 1);
    let (mut labels, mut at_end, mut count) = (Vec::new(), false, 0);
    for word in &mut words {
        let label = Label::alone(word);
        labels.extend(label);
        at_end = label.is_some();
        count += 1;
    }
    (at_end && labels.len() > 1 && count <= MOST_WORDS).then_some(labels)
}

/// Whether what stands before `behind` is set off from it: by a sign, or as a line of its own.
fn is_set_off(behind: &str) -> bool {
    let line = behind.lines().next().unwrap_or_default();
    let after_blanks = line.trim();
    let dash = |sign: char| {
        let goes_on = after_blanks.strip_prefix(sign).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        after_blanks.starts_with(sign) && !goes_on
    };
    line.starts_with([')', ','])
        || after_blanks.starts_with(':')
        || after_blanks.chars().all(|c| !c.is_alphanumeric())
        || line.starts_with(char::is_whitespace) && dash('-')
        || dash('–')
        || dash('—')
}

/// Whether a text begins as sentences and names do, not as one goes on: with a capital, and not with the word "I".
fn begins_anew(text: &str) -> bool {
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    word != "I" && word.starts_with(char::is_uppercase)
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
    fn a_label_that_a_sentence_may_begin_with_is_not_set_off() {
        let set_off = |line: &str| Opening::of(line).map(|opening| (opening.labels.len(), opening.set_off));
        for line in ["#7: yes", "B7 : yes", "B: yes", "  #7:"] {
            assert_eq!(set_off(line), Some((1, SetOff::Colon)), "{line}");
        }
        for line in ["#7", "#7. Yes", "#7) yes", "B7 - yes", "#7; yes", "#7 Yes, you are right", "#7  Ärger"] {
            assert_eq!(set_off(line), Some((1, SetOff::Otherwise)), "{line}");
        }
        for line in ["#7 is mine.", "#7, which I like, is mine", "#7’s point", "#7 yes", "#7 I like"] {
            assert_eq!(set_off(line), Some((1, SetOff::Not)), "{line}");
        }
        for line in ["#7 and #8: yes", "B7 und auch B8: ja", "#7, #8 & #9: all", "#7 as well as #8 and B9: yes"] {
            assert!(set_off(line).is_some_and(|(labels, _)| labels > 1), "{line}");
        }
        assert_eq!(set_off("#7: unlike #8: no"), Some((1, SetOff::Colon)));
        for line in ["B7 bombers and tea: cheap", "yes", "", &format!("B7 {} B8: yes", "and ".repeat(99))] {
            assert_eq!(set_off(line), None, "{line}");
        }
        let shown = |label: &str| Opening::of(label).unwrap().labels[0].to_string();
        assert_eq!((shown("#7:"), shown("b7:"), shown("B:")), ("#7".to_owned(), "B7".to_owned(), "B".to_owned()));
    }

    #[test]
    fn a_label_names_an_item_only_where_it_can_be_one_alone() {
        let shown = [(1, 0, None), (2, 0, Some(7)), (3, 0, Some(8)), (4, 1, Some(7))];
        let shown = shown.map(|(item, post, number)| Labelled { item: ItemId(item), post, number });
        let item = |text: &str| Label::all_beginning(text)[0].among(&shown).map(|item| item.0);
        assert_eq!(item("#8"), Some(3));
        assert_eq!(item("#7"), None);
        assert_eq!((item("A7"), item("B7")), (Some(2), Some(4)));
        assert_eq!((item("B8:"), item("C7"), item("#99")), (None, None, None));
        assert_eq!((item("A: yes"), item("C: yes")), (Some(1), None));
        let one_post = &shown[..3];
        assert_eq!(Label::all_beginning("A: yes")[0].among(one_post), None);
    }
}
