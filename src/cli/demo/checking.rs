//! Whether a day came out as it was written down: each way in which it did not is a fault that a person can read.

use std::collections::{BTreeMap, BTreeSet};

use super::received::{Received, What};
use crate::discussion::{ItemId, MemberId};

/// Something that was published.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its row.
    pub id: ItemId,
    /// As a person calls it: `On listening #5`.
    pub label: String,
    /// Whether it is a post.
    pub is_post: bool,
    /// Its sender's address.
    pub from: String,
    /// Its last words, by which it is known in a digest.
    pub last_words: String,
    /// On which day it was published.
    pub day: usize,
}

/// A reader, or one who could be.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// Their membership.
    pub id: MemberId,
    /// Their address.
    pub address: String,
    /// Whether they get each mail.
    pub each: bool,
}

/// A day, as it was to be and as it was.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which day.
    pub day: usize,
    /// The tree that was written down.
    pub expected_tree: String,
    /// The tree that came of it.
    pub tree: String,
    /// Who was to get a digest.
    pub digests_to: Vec<String>,
    /// Everybody on the list.
    pub subscribers: Vec<Subscriber>,
    /// Everything published up to the end of the day.
    pub items: Vec<Item>,
    /// How many items there were to be by then: one for each mail of the script, those sent twice counted once.
    pub expected_items: usize,
    /// The mails that arrived on the day.
    pub mails: Vec<Received>,
}

/// What is wrong with a day; nothing where all is well.
pub fn faults(day: &Outcome) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(tree_fault(day));
    faults.extend(count_fault(day));
    faults.extend(digests_fault(day));
    faults.extend(copies_faults(day));
    faults.extend(digest_faults(day));
    faults.extend(day.mails.iter().flat_map(|mail| envelope_faults(mail, day)));
    faults
}

fn tree_fault(day: &Outcome) -> Option<String> {
    let wrong = day.tree != day.expected_tree;
    wrong.then(|| {
        format!("the discussion is not the one that was written down\n{}", diff(&day.expected_tree, &day.tree))
    })
}

fn count_fault(day: &Outcome) -> Option<String> {
    let (there, expected) = (day.items.len(), day.expected_items);
    (there != expected).then(|| format!("{there} posts and responses were published, where {expected} were sent"))
}

/// Exactly those who should have a digest have one, and one only.
fn digests_fault(day: &Outcome) -> Option<String> {
    let sorted = |mut readers: Vec<&str>| {
        readers.sort_unstable();
        readers.join("\n")
    };
    let expected = sorted(day.digests_to.iter().map(String::as_str).collect());
    let got = sorted(digests(day).map(|mail| mail.reader.as_str()).collect());
    (expected != got).then(|| format!("digests did not go to those who wait for one\n{}", diff(&expected, &got)))
}

/// Readers of each get one mail for each item of others, and none of their own; nobody else gets any.
fn copies_faults(day: &Outcome) -> Vec<String> {
    let mut got: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for mail in &day.mails {
        if let What::Copy(item) = mail.what {
            got.entry(&mail.reader).or_default().push(label(day, item));
        }
    }
    let fault = |subscriber: &Subscriber| {
        let mut got = got.get(subscriber.address.as_str()).cloned().unwrap_or_default();
        let others = new_items(day).filter(|item| subscriber.each && item.from != subscriber.address);
        let mut expected: Vec<String> = others.map(|item| item.label.clone()).collect();
        got.sort();
        expected.sort();
        let heading = format!("{} did not get the mails of others, each once and nothing else", subscriber.address);
        (got != expected).then(|| format!("{heading}\n{}", diff(&expected.join("\n"), &got.join("\n"))))
    };
    day.subscribers.iter().filter_map(fault).collect()
}

/// A digest holds all that is new, each once, and nothing that its reader has had.
fn digest_faults(day: &Outcome) -> Vec<String> {
    digests(day).flat_map(|mail| [reply_links_fault(mail, day), words_fault(mail, day)]).flatten().collect()
}

fn reply_links_fault(mail: &Received, day: &Outcome) -> Option<String> {
    // An older post stands above its new responses, with a link of its own.
    let posts: BTreeSet<ItemId> =
        day.items.iter().filter(|item| item.is_post && item.day < day.day).map(|item| item.id).collect();
    let links = mail.answers.iter().filter(|(_, item, _)| !posts.contains(item));
    let mut got: Vec<String> = links.map(|(_, item, _)| label(day, *item)).collect();
    let mut expected: Vec<String> = new_items(day).map(|item| item.label.clone()).collect();
    got.sort();
    expected.sort();
    let heading = format!("the digest of {} does not offer to answer each new item once", mail.reader);
    (got != expected).then(|| format!("{heading}\n{}", diff(&expected.join("\n"), &got.join("\n"))))
}

fn words_fault(mail: &Received, day: &Outcome) -> Option<String> {
    let text = one_line(&mail.text);
    let wrong = |item: &&Item| text.matches(item.last_words.as_str()).count() != usize::from(item.day == day.day);
    let wrong: Vec<String> = day
        .items
        .iter()
        .filter(wrong)
        .map(|item| {
            format!(
                "  {}, which {}: “…{}”",
                item.label,
                if item.day == day.day { "is new" } else { "was read before" },
                item.last_words
            )
        })
        .collect();
    (!wrong.is_empty()).then(|| {
        format!("the digest of {} does not show what is new once, and nothing else\n{}", mail.reader, wrong.join("\n"))
    })
}

/// A mail is for its reader alone, and nobody else's address is anywhere in it.
fn envelope_faults(mail: &Received, day: &Outcome) -> Vec<String> {
    let which = format!("mail {} to {} (“{}”)", mail.number, mail.reader, mail.subject);
    let mut faults = Vec::new();
    if mail.to != [mail.reader.as_str()] {
        faults.push(format!("{which} says To: {}", mail.to.join(", ")));
    }
    let known =
        day.subscribers.iter().find(|subscriber| subscriber.address == mail.reader).map(|subscriber| subscriber.id);
    if mail.answers.iter().any(|(reader, ..)| Some(*reader) != known) {
        faults.push(format!("{which} holds reply addresses that were made for somebody else"));
    }
    let everything = with_plain_signs(&mail.everything);
    for other in day.subscribers.iter().filter(|other| other.address != mail.reader) {
        if everything.contains(&other.address) || everything.contains(&other.address.replace('@', "=")) {
            faults.push(format!("{which} gives away the address {}", other.address));
        }
    }
    faults
}

fn digests(day: &Outcome) -> impl Iterator<Item = &Received> {
    day.mails.iter().filter(|mail| mail.what == What::Digest)
}

fn new_items(day: &Outcome) -> impl Iterator<Item = &Item> {
    day.items.iter().filter(|item| item.day == day.day)
}

fn label(day: &Outcome, id: ItemId) -> String {
    let item = day.items.iter().find(|item| item.id == id);
    item.map_or_else(|| format!("item {id}, which nobody sent"), |item| item.label.clone())
}

/// A text as one line, whatever its wrapping.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Small letters, and every way to write an @ made plain.
fn with_plain_signs(text: &str) -> String {
    let mut text = text.to_lowercase();
    for hidden in ["%40", "=40", "&#64;", "&#x40;", "&commat;"] {
        text = text.replace(hidden, "@");
    }
    text
}

/// Line by line what is missing (`-`), what is too much (`+`), and what is as it should be.
pub fn diff(expected: &str, got: &str) -> String {
    let (expected, got): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let common = common_lengths(&expected, &got);
    let (mut lines, mut at, mut on) = (Vec::new(), 0, 0);
    while at < expected.len() || on < got.len() {
        if at < expected.len() && on < got.len() && expected[at] == got[on] {
            lines.push(format!("    {}", expected[at]));
            (at, on) = (at + 1, on + 1);
        } else if on == got.len() || (at < expected.len() && common[at + 1][on] >= common[at][on + 1]) {
            lines.push(format!("  - {}", expected[at]));
            at += 1;
        } else {
            lines.push(format!("  + {}", got[on]));
            on += 1;
        }
    }
    lines.join("\n")
}

/// How many lines both have in common, in order, from each pair of places on. Both are short.
fn common_lengths(expected: &[&str], got: &[&str]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; got.len() + 1]; expected.len() + 1];
    for at in (0..expected.len()).rev() {
        for on in (0..got.len()).rev() {
            common[at][on] = match expected[at] == got[on] {
                true => common[at + 1][on + 1] + 1,
                false => common[at + 1][on].max(common[at][on + 1]),
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "Bread · Ada · 1 response\n  #1 Bo";

    /// Ada posts and reads digests, Bo answers and reads each mail, Cy reads digests.
    fn good() -> Outcome {
        let subscriber = |id, address: &str, each| Subscriber { id: MemberId(id), address: address.to_owned(), each };
        let item = |id, label: &str, from: &str, last_words: &str| Item {
            id: ItemId(id),
            label: label.to_owned(),
            is_post: !label.contains('#'),
            from: from.to_owned(),
            last_words: last_words.to_owned(),
            day: 0,
        };
        let digests_to = ["ada@x.example", "cy@x.example"];
        Outcome {
            day: 0,
            expected_tree: TREE.to_owned(),
            tree: TREE.to_owned(),
            digests_to: digests_to.map(str::to_owned).to_vec(),
            subscribers: vec![
                subscriber(1, "ada@x.example", false),
                subscriber(2, "bo@x.example", true),
                subscriber(3, "cy@x.example", false),
            ],
            items: vec![
                item(1, "Bread", "ada@x.example", "who bakes?"),
                item(2, "Bread #1", "bo@x.example", "I do, daily."),
            ],
            expected_items: 2,
            mails: vec![digest(1, "ada@x.example"), copy(1, "bo@x.example"), digest(3, "cy@x.example")],
        }
    }

    fn digest(reader: i64, to: &str) -> Received {
        let answers =
            [1, 2].map(|item| (MemberId(reader), ItemId(item), format!("talk+r.{reader}.{item}@lists.example")));
        Received { what: What::Digest, answers: answers.to_vec(), ..mail(to, "Tell me\nwho bakes?\nI do, daily.") }
    }

    fn copy(item: i64, to: &str) -> Received {
        Received { what: What::Copy(ItemId(item)), ..mail(to, "Tell me who bakes?") }
    }

    fn mail(to: &str, text: &str) -> Received {
        Received {
            number: 1,
            reader: to.to_owned(),
            to: vec![to.to_owned()],
            date: jiff::Timestamp::UNIX_EPOCH,
            subject: "Bread".to_owned(),
            text: text.to_owned(),
            message_id: "1.talk@lists.example".to_owned(),
            reply_to: String::new(),
            what: What::Digest,
            answers: Vec::new(),
            everything: format!("To: {to}\n\n{text}"),
        }
    }

    /// Spoils the good day; it must show, and in these words.
    fn assert_noticed(spoil: impl FnOnce(&mut Outcome), words: &[&str]) {
        let mut day = good();
        spoil(&mut day);
        let faults = faults(&day).join("\n");
        assert!(!faults.is_empty(), "nothing was noticed; expected {words:?}");
        for word in words {
            assert!(faults.contains(word), "{word} is not in:\n{faults}");
        }
    }

    #[test]
    fn a_day_as_it_should_be_has_no_faults() {
        assert_eq!(faults(&good()), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_tree_is_shown_line_by_line() {
        let spoil = |day: &mut Outcome| day.tree = "Bread · Ada · 1 response\n  #1 Cy".to_owned();
        assert_noticed(spoil, &["not the one that was written down", "\n    Bread", "  -   #1 Bo", "  +   #1 Cy"]);
        assert_noticed(|day| day.expected_items = 3, &["2 posts and responses were published, where 3 were sent"]);
    }

    #[test]
    fn a_digest_too_few_or_too_many_is_noticed() {
        assert_noticed(|day| drop(day.mails.pop()), &["digests did not go", "  - cy@x.example"]);
        assert_noticed(|day| day.mails.push(digest(3, "cy@x.example")), &["  + cy@x.example"]);
        assert_noticed(|day| day.mails.push(digest(2, "bo@x.example")), &["  + bo@x.example"]);
    }

    #[test]
    fn a_copy_missed_doubled_or_sent_to_its_writer_is_noticed() {
        assert_noticed(|day| drop(day.mails.remove(1)), &["bo@x.example did not get", "  - Bread"]);
        assert_noticed(|day| day.mails.push(copy(1, "bo@x.example")), &["bo@x.example did not get", "  + Bread"]);
        assert_noticed(|day| day.mails.push(copy(2, "bo@x.example")), &["  + Bread #1"]);
        assert_noticed(|day| day.mails.push(copy(2, "cy@x.example")), &["cy@x.example did not get"]);
    }

    #[test]
    fn a_digest_that_repeats_or_leaves_out_something_is_noticed() {
        let repeats = |day: &mut Outcome| day.mails[0].text.push_str(" I do,\n   daily.");
        assert_noticed(repeats, &["the digest of ada@x.example does not show", "Bread #1, which is new"]);
        assert_noticed(|day| day.mails[0].text = "who bakes?".to_owned(), &["Bread #1, which is new"]);
        assert_noticed(|day| drop(day.mails[0].answers.pop()), &["does not offer to answer", "  - Bread #1"]);
        let read_before = |day: &mut Outcome| {
            day.items[1].day = 0;
            day.day = 1;
            day.items[0].day = 1;
        };
        assert_noticed(read_before, &["Bread #1, which was read before", "  + Bread #1"]);
    }

    #[test]
    fn nobodys_address_slips_by_however_it_is_written() {
        for spelling in
            ["cy@x.example", "CY@X.example", "cy%40x.example", "talk+cy=x.example@lists", "cy&#64;x.example"]
        {
            let spoil = |day: &mut Outcome| day.mails[1].everything.push_str(spelling);
            assert_noticed(spoil, &["to bo@x.example", "gives away the address cy@x.example"]);
        }
    }

    #[test]
    fn a_mail_for_another_or_with_another_readers_links_is_noticed() {
        assert_noticed(|day| day.mails[0].to = vec!["talk@lists.example".to_owned()], &["says To: talk@lists.example"]);
        let spoil = |day: &mut Outcome| day.mails[0].answers[0].0 = MemberId(3);
        assert_noticed(spoil, &["made for somebody else"]);
    }
}
