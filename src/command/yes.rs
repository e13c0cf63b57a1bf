//! Yes or no, in answer to a question of ours.

use std::collections::HashSet;

/// Words that say yes.
const YES: &[&str] = &[
    "yes",
    "yep",
    "yeah",
    "y",
    "ok",
    "okay",
    "sure",
    "confirm",
    "confirmed",
    "correct",
    "agreed",
    "absolutely",
    "definitely",
    "gladly",
    "certainly",
    "indeed",
    "ja",
    "jo",
    "klar",
    "jawohl",
    "oui",
    "si",
    "sí",
    "sì",
    "sim",
    "tak",
    "ano",
    "igen",
    "да",
    "はい",
    "好",
    "好的",
    "是",
    "是的",
    "예",
    "네",
    "join",
    "subscribe",
];

/// Those after which more may be said: who begins with one means it.
const PLAIN: &[&str] =
    &["yes", "yep", "yeah", "ja", "jawohl", "oui", "sí", "sì", "sim", "igen", "да", "はい", "是", "是的"];

/// Those that also say that somebody comes back.
const BACK: &[&str] = &[
    "yes",
    "yep",
    "yeah",
    "y",
    "back",
    "return",
    "undo",
    "rejoin",
    "mistake",
    "ja",
    "jo",
    "zurück",
    "oui",
    "si",
    "sí",
    "sì",
    "sim",
    "tak",
    "ano",
    "igen",
    "да",
    "はい",
    "是",
    "是的",
    "join",
    "subscribe",
];

/// Words that say no.
const NO: &[&str] = &[
    "no",
    "nope",
    "not",
    "n",
    "cancel",
    "stop",
    "never",
    "don't",
    "dont",
    "didn't",
    "didnt",
    "wasn't",
    "wasnt",
    "isn't",
    "haven't",
    "none",
    "remove",
    "delete",
    "unsubscribe",
    "leave",
    "spam",
    "forgery",
    "forged",
    "fake",
    "nein",
    "nicht",
    "kein",
    "keine",
    "abmelden",
    "abbestellen",
    "löschen",
    "non",
    "pas",
    "nee",
    "niet",
    "nej",
    "nei",
    "não",
    "nie",
    "ne",
    "нет",
    "не",
    "いいえ",
    "不",
    "不是",
];

/// Words that say neither, beside a yes.
const BESIDE: &[&str] = &[
    "a",
    "was",
    "please",
    "thanks",
    "thank",
    "you",
    "very",
    "much",
    "many",
    "i",
    "it",
    "that",
    "this",
    "is",
    "was",
    "me",
    "my",
    "mine",
    "do",
    "did",
    "want",
    "to",
    "the",
    "list",
    "of",
    "course",
    "would",
    "love",
    "like",
    "sent",
    "send",
    "wrote",
    "am",
    "in",
    "on",
    "for",
    "and",
    "it's",
    "i'd",
    "add",
    "bitte",
    "danke",
    "gern",
    "gerne",
    "ich",
    "möchte",
    "will",
    "war",
    "das",
    "es",
    "habe",
    "geschrieben",
    "merci",
    "svp",
    "c'est",
    "moi",
    "gracias",
    "por",
    "favor",
    "quiero",
    "grazie",
    "come",
];

/// Words with which letters end; what stands below such a line is a signature.
const CLOSING: &[&str] = &[
    "best",
    "kind",
    "warm",
    "regards",
    "greetings",
    "cheers",
    "sincerely",
    "yours",
    "wishes",
    "viele",
    "liebe",
    "beste",
    "freundliche",
    "freundlichen",
    "mit",
    "herzliche",
    "grüße",
    "grüßen",
    "gruß",
    "lg",
    "vg",
    "mfg",
    "cordialement",
    "saludos",
    "saluti",
    "mvh",
    "br",
];

/// How people greet.
pub(super) const GREETINGS: &[&str] = &[
    "hello", "hi", "hey", "dear", "good", "hallo", "guten", "liebe", "lieber", "moin", "bonjour", "hola", "ciao", "hej",
];

/// The most words of an answer's line, and the most lines of an answer, that are looked at: who says more says more than yes.
const MOST_WORDS: usize = 40;
const MOST_LINES: usize = 400;

/// Whether somebody says yes or no to what was asked; `None` where they say something else, or both. An empty answer is a
/// yes: they pressed Reply and sent it. So is one that has only a greeting, a farewell or their `name` in it. `subject`: where
/// it is not that of an answer to `asked`, it counts like a first line.
pub fn yes_or_no(subject: &str, asked: &str, said: &str, name: Option<&str>) -> Option<bool> {
    let line = meant(said);
    let of_body = judged(&line, name, YES);
    let is_changed = !subject.trim().is_empty() && (asked.is_empty() || !subject.contains(asked.trim()));
    match is_changed {
        // Any other subject may come from anywhere.
        true if line.is_empty() => Some(judged(subject, name, YES) != Some(false)),
        // A subject that speaks against a yes below it leaves it open.
        true if of_body == Some(true) && judged(subject, name, YES) == Some(false) => None,
        _ => of_body,
    }
}

/// Whether somebody who has left says that they come back: by an empty answer, or a word for it; whoever only takes leave
/// does not.
pub fn comes_back(said: &str, name: Option<&str>) -> bool {
    judged(&meant(said), name, BACK) == Some(true)
}

/// What is said, without the lines that stand in `asked`, the mail of ours that it answers: some programs put its text under
/// an answer with nothing that tells it from what was typed. Lines that are a piece of one there count from five words on:
/// few words may be somebody's own.
pub fn beside(said: &str, asked: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (lines, all): (HashSet<String>, String) = (asked.lines().map(words).collect(), words(asked));
    let is_asked = |line: &str| lines.contains(line) || line.split(' ').nth(4).is_some() && all.contains(line);
    said.lines().take(MOST_LINES).filter(|line| !is_asked(&words(line))).collect::<Vec<_>>().join("\n")
}

/// The first line that says something, without a greeting; empty where there is none above a farewell.
fn meant(said: &str) -> String {
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = without_greeting(line);
        if line.is_empty() {
            continue;
        }
        return if closes(line) { String::new() } else { line.to_owned() };
    }
    String::new()
}

/// What of a line stands behind a greeting: behind its comma, or nothing where it only greets.
fn without_greeting(line: &str) -> &str {
    let words = words(line);
    if !words.first().is_some_and(|first| GREETINGS.contains(&first.as_str())) {
        return line;
    }
    if let Some((_, behind)) = line.split_once([',', '!', '.']) {
        return behind.trim();
    }
    let only_greets = words.len() <= 4 && !words.iter().any(|word| NO.contains(&word.as_str()));
    if only_greets { "" } else { line }
}

fn closes(line: &str) -> bool {
    let words = words(line);
    words.first().is_some_and(|first| CLOSING.contains(&first.as_str())) && words.len() <= 5
}

/// `yes`: the words that say it.
fn judged(line: &str, name: Option<&str>, yes: &[&str]) -> Option<bool> {
    let words = words(line);
    let names: Vec<String> = name.map(self::words).unwrap_or_default();
    let says_no = words.iter().any(|word| NO.contains(&word.as_str()));
    let says_yes = words.iter().any(|word| yes.contains(&word.as_str()));
    let is_plain = words.first().is_some_and(|first| PLAIN.contains(&first.as_str()) && yes.contains(&first.as_str()));
    let says_more =
        |word: &String| ![yes, BESIDE].iter().any(|known| known.contains(&word.as_str())) && !names.contains(word);
    match (says_yes, says_no) {
        // A bare question mark or a picture says something, but nobody knows what.
        _ if words.is_empty() => line.chars().all(says_nothing).then_some(true),
        _ if words.iter().all(|word| names.contains(word)) => Some(true),
        (false, true) => Some(false),
        (true, false) if !line.contains(['?', '？']) && (is_plain || !words.iter().any(says_more)) => Some(true),
        _ => None,
    }
}

/// Whether a character is one of those that are left over where nothing is said: blanks, and marks that part lines.
fn says_nothing(c: char) -> bool {
    c.is_whitespace() || ".,;:-–—_*=~|>".contains(c) || matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}')
}

fn words(line: &str) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
    line.split_whitespace().take(MOST_WORDS).map(bare).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "Do you want to join Talk?";

    fn answer(said: &str) -> Option<bool> {
        yes_or_no(&format!("Re: {ASKED}"), ASKED, said, Some("Ellen Jones"))
    }

    #[test]
    fn an_answer_is_a_yes_where_it_says_nothing_else() {
        for said in [
            "",
            "Yes",
            "yes please!",
            "Ellen",
            "Ok, thanks",
            "Hello,\n\nja",
            "Confirm.",
            "I want to join",
            "Absolutely",
            "Yes, please. I look forward to it!",
            "好的",
            "join",
            "Hello Marina,\nI would love to join.",
            "Best regards,\nEllen Jones\nBaker",
            "Yes, it was me",
            "Please subscribe me",
            "Hi\nyes\n\nLegal words that stand below every mail of this house.",
        ] {
            assert_eq!(answer(said), Some(true), "{said}");
        }
    }

    #[test]
    fn an_answer_that_says_no_in_any_way_is_never_a_yes() {
        for said in [
            "no",
            "No, that was not me",
            "I did not write that",
            "Nein danke",
            "please don't",
            "Hi, not mine!",
            "Hello, no.",
            "Hi, no thanks",
            "Hi no thanks",
            "Hello, please stop this",
            "Dear Sirs, not me!",
            "Please remove me from this list",
            "Please unsubscribe me!",
            "Please leave me alone.",
            "unsubscribe",
            "leave",
            "Remove me",
            "This wasn't me",
            "Please delete this, it is a forgery.",
            "Stop",
        ] {
            assert_eq!(answer(said), Some(false), "{said}");
        }
    }

    #[test]
    fn whoever_says_both_or_something_else_is_asked_again() {
        for said in [
            "Who are you?",
            "What is this list about",
            "Hello, who are you?",
            "Yes, no problem",
            "Yes I would not miss it",
            "OK who wrote this?",
            "OK what is this",
            "Sure, you thieves",
            "Send me more information first",
            "Please verify your address by clicking https://x.example/",
            "Join us on Friday for cake",
            "Please tell me who you are",
            "Please note that I am away until Monday.",
        ] {
            assert_eq!(answer(said), None, "{said}");
        }
    }

    #[test]
    fn a_mark_or_a_picture_alone_is_no_yes_and_a_line_that_parts_is_nothing() {
        for said in ["?", "???", "👎", "👍", "!", "?\n?\n?", "…?"] {
            assert_eq!(answer(said), None, "{said}");
            assert!(!comes_back(said, None), "{said}");
        }
        for said in ["-- ", "—", "____", ".", "\u{200b}"] {
            assert_eq!(answer(said), Some(true), "{said}");
        }
    }

    #[test]
    fn a_changed_subject_speaks_where_nothing_else_is_said() {
        let answer = |subject: &str, said: &str| yes_or_no(subject, ASKED, said, None);
        for (subject, said, expected) in [
            ("yes", "", Some(true)),
            ("no", "", Some(false)),
            ("Nein", "", Some(false)),
            ("Re: not me", "", Some(false)),
            ("unsubscribe", "", Some(false)),
            ("AW: Do you want to join Talk?", "", Some(true)),
            ("", "", Some(true)),
            ("no", "yes", None),
            ("yes", "no", Some(false)),
            ("A question", "", Some(true)),
        ] {
            assert_eq!(answer(subject, said), expected, "{subject}: {said}");
        }
    }

    #[test]
    fn who_only_takes_leave_does_not_come_back() {
        for said in ["", "yes", "It was a mistake", "undo", "Ellen", "Best regards,\nEllen"] {
            assert!(comes_back(said, Some("Ellen")), "{said}");
        }
        for said in ["OK, thanks!", "Ok bye", "Thanks", "Please delete all my data as well.", "no"] {
            assert!(!comes_back(said, Some("Ellen")), "{said}");
        }
    }

    #[test]
    fn what_we_asked_is_not_what_is_answered() {
        let asked = "Do you want to join Talk?\n\nTo join, press Reply and send; nothing need\nbe written.\n";
        let below = "Do you want to join Talk?\n\nTo join, press Reply and\nsend; nothing need be written.\n";
        assert_eq!(beside(below, asked), "");
        assert_eq!(beside(&format!("No\n{below}"), asked), "No");
        assert_eq!(beside(&format!("{below}\nno, not I"), asked), "no, not I");
        assert_eq!(beside("it was not", "If it was not you, do nothing."), "it was not");
    }
}
