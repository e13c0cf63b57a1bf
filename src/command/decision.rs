//! What a moderator answers to a mail that lists what waits: `ok 1 3; drop 2`. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{LONGEST, bare, without_prefixes};
use crate::discussion::Number;

/// The most lines that are looked at, the most numbers of a range, and the most clauses that are repeated as not understood.
const MOST_LINES: usize = 50;
const MOST_IN_RANGE: usize = 100;
const MOST_UNKNOWN: usize = 5;

/// What is to become of a mail that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It is published.
    Accept,
    /// It is not.
    Reject,
    /// It is not, and its sender is banned.
    Ban,
}

/// An item as people write it: a post's number and, for a response, its own under it.
pub type PlaceNumber = (Number, Option<Number>);

/// What is decided about one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What becomes of it.
    pub verb: Verb,
    /// What it answers, where that is said.
    pub under: Option<PlaceNumber>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// By the number in the mail that listed them.
    pub choices: BTreeMap<usize, Choice>,
    /// Numbers that none of them has; of a range the first.
    pub beyond: BTreeSet<usize>,
    /// Numbers of which two things were said.
    pub contradicted: BTreeSet<usize>,
    /// Published items that are to be removed.
    pub removals: Vec<PlaceNumber>,
    /// What was meant as a decision and not understood.
    pub unknown: Vec<String>,
}

impl Decisions {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty() && self.removals.is_empty() && self.contradicted.is_empty() && self.beyond.is_empty()
    }
}

/// What a mail decides: by each line that its sender says, or where none decides anything, by its subject. `listed`: how many
/// mails it may be about. A number that is named goes before `all`.
pub fn decisions(subject: &str, said: &str, listed: usize) -> Decisions {
    let mut read = Reader { listed, ..Reader::default() };
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.take(MOST_LINES).collect();
    for line in &lines {
        read.line(line);
    }
    if read.has_nothing() {
        let mut by_subject = Reader { listed, ..Reader::default() };
        by_subject.line(without_prefixes(subject.trim()));
        if !by_subject.named.is_empty() || !by_subject.removals.is_empty() || by_subject.all.is_some() {
            read = by_subject;
        } else if let Some(first) = lines.first() {
            read.not_understood(first);
        }
    }
    read.decided()
}

#[derive(Default)]
struct Reader {
    listed: usize,
    named: Vec<(usize, Choice)>,
    all: Option<Verb>,
    removals: Vec<PlaceNumber>,
    unknown: Vec<String>,
}

/// A word of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Verb(Verb),
    Remove,
    Numbers(usize, usize),
    Place(PlaceNumber),
    All,
    Under,
    Post,
    Nothing,
}

impl Reader {
    fn has_nothing(&self) -> bool {
        self.named.is_empty() && self.all.is_none() && self.removals.is_empty() && self.unknown.is_empty()
    }

    fn line(&mut self, line: &str) {
        if line.len() > LONGEST {
            return;
        }
        for clause in line.split(';') {
            let written = clause.split([' ', '\t', ',', '\u{a0}']).filter(|word| !word.is_empty());
            let words: Vec<Option<Word>> = written.map(word).collect();
            let known: Option<Vec<Word>> = words.iter().copied().collect();
            let known = known.map(|words| words.into_iter().filter(|word| *word != Word::Nothing).collect::<Vec<_>>());
            let done = known.as_deref().is_some_and(|words| words.is_empty() || self.clause(words));
            let decides = |word: &Option<Word>| matches!(word, Some(Word::Verb(_) | Word::Remove | Word::Numbers(..)));
            if !done && words.first().is_some_and(decides) {
                self.not_understood(clause);
            }
        }
    }

    /// Takes the words of a clause; whether they say something.
    fn clause(&mut self, words: &[Word]) -> bool {
        let is_verb = |word: &Word| matches!(word, Word::Verb(_) | Word::Remove);
        if words == [Word::All] || !words.iter().any(is_verb) {
            return false;
        }
        // `ok 1 3 drop 2` and `1 3 ok 2 drop` need no sign between them.
        let verb_leads = words.first().is_some_and(is_verb);
        let parts: Vec<&[Word]> = match verb_leads {
            true => words.chunk_by(|_, next| !is_verb(next)).collect(),
            false => words.chunk_by(|word, _| !is_verb(word)).collect(),
        };
        let read: Option<Vec<Part>> = parts.iter().map(|part| self.part(part)).collect();
        let Some(read) = read else { return false };
        for part in read {
            match part {
                Part::Removal(place) => self.removals.push(place),
                Part::All(verb) => self.all = Some(verb),
                Part::Named(choice, numbers) => self.named.extend(numbers.into_iter().map(|number| (number, choice))),
            }
        }
        true
    }

    /// One verb with its numbers.
    fn part(&self, words: &[Word]) -> Option<Part> {
        let verb = words.iter().find(|word| matches!(word, Word::Verb(_) | Word::Remove))?;
        let rest: Vec<Word> = words.iter().filter(|word| *word != verb).copied().collect();
        let Word::Verb(verb) = *verb else { return removal(&rest) };
        let (rest, under) = match rest.as_slice() {
            [rest @ .., Word::Under, Word::Place(place)] => (rest, Some(*place)),
            [rest @ .., Word::Under, Word::Numbers(post, same)] if post == same => (rest, Some((number(*post)?, None))),
            rest => (rest, None),
        };
        match rest {
            [Word::All] => self.all.is_none_or(|before| before == verb).then_some(Part::All(verb)),
            [] => (self.listed == 1).then(|| Part::Named(Choice { verb, under }, vec![1])),
            rest => {
                let mut numbers = Vec::new();
                for word in rest {
                    let Word::Numbers(from, upto) = word else { return None };
                    numbers.extend((*from..=*upto).take_while(|number| *number <= self.listed));
                    // One of a range says it.
                    numbers.extend((*upto > self.listed).then_some((*from).max(self.listed + 1)));
                }
                Some(Part::Named(Choice { verb, under }, numbers))
            }
        }
    }

    fn not_understood(&mut self, clause: &str) {
        if self.unknown.len() < MOST_UNKNOWN {
            self.unknown.push(clause.trim().chars().take(LONGEST).collect());
        }
    }

    fn decided(self) -> Decisions {
        let mut decided = Decisions { removals: self.removals, unknown: self.unknown, ..Decisions::default() };
        for (number, choice) in self.named {
            if number > self.listed {
                if decided.beyond.len() < MOST_UNKNOWN {
                    decided.beyond.insert(number);
                }
                continue;
            }
            match decided.choices.insert(number, choice) {
                Some(before) if before != choice => drop(decided.contradicted.insert(number)),
                _ => {}
            }
        }
        for number in &decided.contradicted {
            decided.choices.remove(number);
        }
        if let Some(verb) = self.all {
            for number in (1..=self.listed).filter(|number| !decided.contradicted.contains(number)) {
                decided.choices.entry(number).or_insert(Choice { verb, under: None });
            }
        }
        decided
    }
}

enum Part {
    Named(Choice, Vec<usize>),
    All(Verb),
    Removal(PlaceNumber),
}

/// `12#7`, or `post 12`: a number alone may be meant as one of the mail's.
fn removal(words: &[Word]) -> Option<Part> {
    match words {
        [Word::Place(place)] => Some(Part::Removal(*place)),
        [Word::Post, Word::Numbers(post, same)] if post == same => Some(Part::Removal((number(*post)?, None))),
        _ => None,
    }
}

fn word(written: &str) -> Option<Word> {
    if let Some((post, response)) = written.trim_end_matches(['.', '!', ':', ')']).split_once('#')
        && !post.is_empty()
    {
        let place = (number(post.parse().ok()?)?, Some(number(response.parse().ok()?)?));
        return Some(Word::Place(place));
    }
    let word = bare(written);
    Some(match word.as_str() {
        "ok" | "okay" | "accept" | "accepted" | "approve" | "approved" | "publish" | "allow" => {
            Word::Verb(Verb::Accept)
        }
        "drop" | "reject" | "rejected" | "discard" | "refuse" | "deny" => Word::Verb(Verb::Reject),
        "ban" => Word::Verb(Verb::Ban),
        "remove" => Word::Remove,
        "all" | "rest" | "others" | "everything" => Word::All,
        "under" => Word::Under,
        "post" => Word::Post,
        "" | "and" | "the" | "number" | "please" | "pls" | "thanks" | "thank" | "you" | "mail" | "mails" => {
            Word::Nothing
        }
        other => numbers(other)?,
    })
}

/// `3`, `1-3`, `1–3`.
fn numbers(word: &str) -> Option<Word> {
    let small = |text: &str| text.parse::<usize>().ok().filter(|number| (1..10_000).contains(number));
    match word.split_once(['-', '–', '—']) {
        None => small(word).map(|number| Word::Numbers(number, number)),
        Some((from, upto)) => {
            let (from, upto) = (small(from)?, small(upto)?);
            (from <= upto && upto - from < MOST_IN_RANGE).then_some(Word::Numbers(from, upto))
        }
    }
}

fn number(number: usize) -> Option<Number> {
    i64::try_from(number).ok().filter(|number| *number > 0).map(Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: usize = 4;

    fn read(said: &str) -> Decisions {
        decisions("Re: [Talk] 4 mails wait for you", said, LISTED)
    }

    /// `1 ok, 2 drop` of what was read.
    fn told(read: &Decisions) -> String {
        let word = |verb| match verb {
            Verb::Accept => "ok",
            Verb::Reject => "drop",
            Verb::Ban => "ban",
        };
        let told = read.choices.iter().map(|(number, choice)| format!("{number} {}", word(choice.verb)));
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn decisions_are_read_however_they_are_written() {
        for (said, expected) in [
            ("ok 1 3; drop 2", "1 ok, 2 drop, 3 ok"),
            ("OK 1, 3\ndrop 2", "1 ok, 2 drop, 3 ok"),
            ("ok 1 3 drop 2", "1 ok, 2 drop, 3 ok"),
            ("1 3 ok 2 drop", "1 ok, 2 drop, 3 ok"),
            ("1: ok\n2: drop", "1 ok, 2 drop"),
            ("1 ok", "1 ok"),
            ("ok #1 and #2, please", "1 ok, 2 ok"),
            ("Accept 1-3. Reject 4!", "1 ok, 2 ok, 3 ok, 4 drop"),
            ("ok 2–3", "2 ok, 3 ok"),
            ("ok all", "1 ok, 2 ok, 3 ok, 4 ok"),
            ("drop all, thanks", "1 drop, 2 drop, 3 drop, 4 drop"),
            ("ok 2; drop the rest", "1 drop, 2 ok, 3 drop, 4 drop"),
            ("ban 2", "2 ban"),
            ("Hello,\n\nok 1\n\nBest,\nRuth", "1 ok"),
            ("I know this one.\nok 1", "1 ok"),
        ] {
            let read = read(said);
            assert_eq!(told(&read), expected, "{said}");
            assert!(read.unknown.is_empty() && read.contradicted.is_empty(), "{said}: {read:?}");
        }
    }

    #[test]
    fn what_is_meant_as_a_decision_and_is_none_is_repeated_and_does_nothing() {
        for said in [
            "ok",
            "drop",
            "ok 1 or 2",
            "ok 1 is not needed",
            "drop 3-1",
            "1 2",
            "ok 0",
            "remove 3",
            "ok 1 under",
            "yes 1",
            "ok all but 2",
            "ok not 1",
            "ban eve",
        ] {
            let read = read(said);
            assert!(read.is_empty(), "{said}: {read:?}");
            assert_eq!(read.unknown, [said], "{said}");
        }
        let both = read("ok 1; drp 2; drop 3");
        assert_eq!(told(&both), "1 ok, 3 drop");
        assert!(read("ok 1\ndrop tomorrow").unknown == ["drop tomorrow"]);
    }

    #[test]
    fn talk_decides_nothing() {
        for said in ["I shall look at these on Monday.", "Who is Eve?", "Please wait.", "Not now"] {
            let read = read(said);
            assert!(read.is_empty() && read.unknown == [said], "{said}: {read:?}");
        }
        assert_eq!(read(""), Decisions::default());
        assert!(read(&"ok ".repeat(1_000)).is_empty());
    }

    #[test]
    fn who_says_two_things_of_one_has_it_wait() {
        let read = read("ok 1 2; drop 2; drop all");
        assert_eq!(told(&read), "1 ok, 3 drop, 4 drop");
        assert_eq!(read.contradicted, BTreeSet::from([2]));
        assert_eq!(told(&super::decisions("", "ok 1; ok 1", 4)), "1 ok");
        let all = super::decisions("", "ok all; drop all", 4);
        assert_eq!(
            (told(&all).as_str(), all.unknown.as_slice()),
            ("1 ok, 2 ok, 3 ok, 4 ok", ["drop all".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_number_that_no_mail_has_is_told_apart_and_however_many_there_are_of_them_few_are() {
        let read = read("ok 1 9; drop 3-99");
        assert_eq!((told(&read).as_str(), &read.beyond), ("1 ok, 3 drop, 4 drop", &BTreeSet::from([5, 9])));
        let many = (0..50).map(|_| "ok 5-104 6-105 7-106 8-107 9-108 10-109 11-110").collect::<Vec<_>>().join("\n");
        let read = super::decisions("", &many, LISTED);
        assert!(read.choices.is_empty() && read.beyond.len() == MOST_UNKNOWN, "{read:?}");
    }

    #[test]
    fn where_one_mail_waits_its_number_may_be_left_out() {
        for said in ["ok", "Ok, thanks", "ok please"] {
            assert_eq!(told(&decisions("Re: x", said, 1)), "1 ok", "{said}");
        }
        assert_eq!(told(&decisions("Re: x", "drop", 1)), "1 drop");
    }

    #[test]
    fn a_subject_counts_where_nothing_else_does() {
        assert_eq!(told(&decisions("ok 1", "", LISTED)), "1 ok");
        assert_eq!(told(&decisions("drop 2", "Ruth\nsent from the road", LISTED)), "2 drop");
        assert_eq!(told(&decisions("ok 1", "drop 2", LISTED)), "2 drop");
        assert_eq!(decisions("Re: [Talk] 4 mails wait for you", "", LISTED), Decisions::default());
    }

    #[test]
    fn a_place_and_a_removal_name_items() {
        let read = read("ok 1 under 12#7; ok 2 under 12; remove 3#4; remove post 5");
        let place = |post, response: Option<i64>| (Number(post), response.map(Number));
        assert_eq!(read.choices[&1], Choice { verb: Verb::Accept, under: Some(place(12, Some(7))) });
        assert_eq!(read.choices[&2], Choice { verb: Verb::Accept, under: Some(place(12, None)) });
        assert_eq!(read.removals, [place(3, Some(4)), place(5, None)]);
    }
}
