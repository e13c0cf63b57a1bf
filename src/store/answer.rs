//! What somebody answers to the question which item they meant: people write it as they would to a person.

use crate::discussion::{ItemId, PostLetter};
use crate::thread::{Label, Shown};

/// The most words of an answer in which a label is looked for that does not stand at its start.
const MOST_WORDS: usize = 12;

/// How people greet; nothing is asked by it.
const GREETINGS: &[&str] = &[
    "hello",
    "hi",
    "hey",
    "dear",
    "good",
    "greetings",
    "hallo",
    "guten",
    "liebe",
    "lieber",
    "moin",
    "bonjour",
    "bonsoir",
    "salut",
    "hola",
    "buenos",
    "buenas",
    "olá",
    "oi",
    "bom",
    "boa",
    "ciao",
    "buongiorno",
    "salve",
    "beste",
    "dag",
    "hej",
    "hei",
    "cześć",
    "dzień",
    "ahoj",
    "dobrý",
    "привет",
    "здравствуйте",
    "добрый",
];

/// Words beside a label that may turn round what it says, or leave it open.
const TURNING: &[&str] = &[
    "not", "no", "none", "neither", "nor", "or", "either", "and", "except", "but", "nicht", "kein", "keins", "oder",
    "und", "pas", "ou", "ni", "nada", "niet", "geen", "nie", "ne", "не", "или",
];

/// What somebody answers to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Under(ItemId),
    Nothing,
    NotUnderstood,
}

/// The first line of a text behind a line that only greets.
pub(super) fn first_line(said: &str) -> &str {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if greets(first) { lines.next().unwrap_or(first) } else { first }
}

fn greets(line: &str) -> bool {
    let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    GREETINGS.contains(&first.as_str()) && !line.contains([':', '：', '#']) && line.split_whitespace().nth(4).is_none()
}

/// What an answer says: in its first line a label, a letter or a number alone, a title that was listed, or `none`; or, as
/// a short answer, one label in what else is said.
pub(super) fn answer(said: &str, shown: &Shown, titles: &[(ItemId, String)]) -> Answer {
    let line = first_line(said);
    let word = line.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
    let mut words = word.split_whitespace();
    if words.next().is_some_and(|first| first.trim_matches([',', '.']).eq_ignore_ascii_case("none"))
        && words.count() < 3
    {
        return Answer::Nothing;
    }
    let named = at_start(line, word, shown).or_else(|| titled(word, titles)).or_else(|| only_one_in(said, shown));
    named.map_or(Answer::NotUnderstood, Answer::Under)
}

fn at_start(line: &str, word: &str, shown: &Shown) -> Option<ItemId> {
    match Label::all_beginning(line).as_slice() {
        [one] => one.among(&shown.labels),
        [] => {
            let number = || Some(Label { post: None, number: Some(word.parse().ok()?) });
            post(word, shown).or_else(|| number().and_then(|label| label.among(&shown.labels)))
        }
        _ => None,
    }
}

fn post(letter: &str, shown: &Shown) -> Option<ItemId> {
    PostLetter::parse(letter).and_then(|letter| shown.roots.get(letter.0).copied())
}

/// The one post of this title.
fn titled(line: &str, titles: &[(ItemId, String)]) -> Option<ItemId> {
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let wanted = bare(line);
    let mut named = titles.iter().filter(|(_, title)| !wanted.is_empty() && bare(title) == wanted);
    named.next().filter(|_| named.next().is_none()).map(|(item, _)| *item)
}

/// The one item that a short answer names, where nothing in it speaks of another.
fn only_one_in(said: &str, shown: &Shown) -> Option<ItemId> {
    let words = words(said)?;
    let mut found = Vec::new();
    for (at, (word, starts)) in words.iter().enumerate() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
        if TURNING.contains(&bare.to_lowercase().as_str()) {
            return None;
        }
        let behind = words.get(at + 1).filter(|(_, starts)| !starts).map(|(word, _)| *word);
        if let Some(label) = Label::alone(bare) {
            found.push(label.among(&shown.labels));
        } else if is_letter(bare, word, *starts, behind) {
            found.push(post(bare, shown));
        }
    }
    if let [one] = found.as_slice() { *one } else { None }
}

/// The words of a short text, and whether each begins a line or a sentence; `None` where there are more.
fn words(text: &str) -> Option<Vec<(&str, bool)>> {
    let mut words: Vec<(&str, bool)> = Vec::new();
    for line in text.lines() {
        let mut starts = true;
        for word in line.split_whitespace() {
            if words.len() == MOST_WORDS {
                return None;
            }
            words.push((word, starts));
            starts = word.ends_with(['.', '!', '?']);
        }
    }
    Some(words)
}

/// Whether a word is a post's letter, and not the word "a" or "I".
fn is_letter(bare: &str, word: &str, starts: bool, behind: Option<&str>) -> bool {
    let is_one = bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_capital = bare.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_set_off = !word.ends_with(bare) || behind.is_none_or(|behind| !behind.starts_with(char::is_alphanumeric));
    is_one && if starts { is_set_off } else { is_capital && (is_set_off || bare != "I") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread::Labelled;

    fn shown() -> Shown {
        let label = |item, post, number| Labelled { item: ItemId(item), post, number };
        Shown {
            remembered: Vec::new(),
            items: Vec::new(),
            roots: vec![ItemId(1), ItemId(5)],
            labels: vec![
                label(1, 0, None),
                label(2, 0, Some(7)),
                label(5, 1, None),
                label(6, 1, Some(7)),
                label(7, 1, Some(8)),
            ],
        }
    }

    fn titles() -> Vec<(ItemId, String)> {
        [(1, "On bread"), (5, "On rooms: which?")].map(|(item, title)| (ItemId(item), title.to_owned())).to_vec()
    }

    #[test]
    fn a_letter_a_label_a_number_or_none_is_understood() {
        for (line, item) in
            [("B", 5), ("b.", 5), ("A7", 2), ("b7, please", 6), ("B#7", 6), ("#8", 7), ("8", 7), ("“B”", 5)]
        {
            assert_eq!(answer(line, &shown(), &titles()), Answer::Under(ItemId(item)), "{line}");
        }
        for line in ["none", "None.", "NONE!", "none of these", "None, thank you."] {
            assert_eq!(answer(line, &shown(), &titles()), Answer::Nothing, "{line}");
        }
    }

    #[test]
    fn what_people_write_around_a_label_is_no_hindrance() {
        for (said, item) in [
            ("B, thanks", 5),
            ("a - thanks!", 1),
            ("A.\n\nBest, Mara", 1),
            ("On bread", 1),
            ("“On rooms: which?”", 5),
            ("The one about B8, please.", 7),
            ("I meant B", 5),
            ("It was for post A please", 1),
            ("Hello,\n\nB8", 7),
            ("Good morning,\nb\n\nThanks", 5),
            ("I meant #8.", 7),
            ("B8 is what I meant", 7),
        ] {
            assert_eq!(answer(said, &shown(), &titles()), Answer::Under(ItemId(item)), "{said}");
        }
        assert_eq!(answer("Hello,\n\nnone, thanks", &shown(), &titles()), Answer::Nothing);
    }

    #[test]
    fn what_names_nothing_or_several_things_is_not() {
        for line in [
            "",
            "C",
            "7",
            "#7",
            "A8",
            "B99",
            "A nice idea",
            "A7 B7",
            "none of your business",
            "the second",
            "not B8",
            "A or B",
            "C7 or B",
            "Hi",
            "I wrote a letter",
            "Hello. A letter came.",
            "B8 is one of those that nobody reads twice, and least of all at night",
        ] {
            assert_eq!(answer(line, &shown(), &titles()), Answer::NotUnderstood, "{line}");
        }
    }
}
