//! The line that a phone or a mail program adds at the end: "Sent from my …".

use crate::reply::languages;
use crate::reply::line::Line;

/// Lines looked at.
const LOOK_AHEAD: usize = 60;

/// Bytes and words of such a line.
const BYTES: usize = 200;
const WORDS: usize = 10;

/// How people excuse what their phone does to their words, and what one carrier adds; a person's other sentences have
/// their parts too.
const EXCUSES: [&str; 13] = [
    "excuse",
    "typo",
    "brevity",
    "pardon",
    "forgive",
    "autocorrect",
    "entschuldig",
    "tippfehler",
    "disculp",
    "désol",
    "excus",
    "scus",
    "an at&t",
];

/// Where such lines start that stand at the end, on their own.
pub(super) fn start_in(said: &[Line<'_>]) -> Option<usize> {
    let mut start = None;
    for (at, line) in said.iter().enumerate().rev().take(LOOK_AHEAD) {
        if line.is_blank() {
            continue;
        }
        if !is_device(line.text) {
            break;
        }
        start = Some(at);
    }
    // One that stands right under what was said may be its last sentence.
    let mut start = start?;
    while start > 0 && !said[start - 1].is_blank() {
        start += 1;
        if start >= said.len() || said[start..].iter().all(Line::is_blank) {
            return None;
        }
    }
    Some(start)
}

/// Whether a line is one of them.
fn is_device(line: &str) -> bool {
    let line =
        line.trim_matches(|c: char| c.is_whitespace() || "<>()[]*_~\"“”-–—".contains(c) || languages::is_direction(c));
    if line.len() > BYTES || line.is_empty() {
        return false;
    }
    let lower = line.to_lowercase();
    let words = without_link(&lower);
    let is_excuse = EXCUSES.iter().any(|excuse| words.contains(excuse));
    let is_sentence = words.contains(", ") || words.contains(". ") || words.ends_with('?');
    let count = words.split_whitespace().count();
    if count > WORDS + if is_excuse { 8 } else { 0 } || (is_sentence && !is_excuse) {
        return false;
    }
    languages::names_device(&lower) || names_who(words)
}

/// A line without the link that it ends with.
fn without_link(lower: &str) -> &str {
    let at = ["http", "<http", "(http", "[http", "](http"].iter().filter_map(|start| lower.find(start)).min();
    at.map_or(lower, |at| lower[..at].trim_end_matches([' ', '<', '(', '[', ']', ':', '/']))
}

/// "Ada from mobile", "From my iPhone 6", "Von meinem Handy".
fn names_who(words: &str) -> bool {
    let ends = [" from mobile", " via mobile", " from my mobile"];
    let starts = ["from my ", "von meinem ", "van mijn ", "de mon ", "desde mi ", "do meu ", "dal mio "];
    let names_own_device = || starts.iter().any(|start| words.starts_with(start)) && languages::is_device(words);
    words.split_whitespace().count() <= 4 && (ends.iter().any(|end| words.ends_with(end)) || names_own_device())
}
