//! Where an address goes on that a line end, a tag, or what stands around its `@` parts in two.

use std::ops::Range;

use super::view::Piece;

/// How much of what a quote puts at the beginning of a line is passed over.
const LONGEST_MARK: usize = 40;

/// How much of a word is looked at to see whether there is an `@` in it.
const LONGEST_WORD: usize = 255;

/// How far from an `@` a line end may stand that parts its address.
const NEAR: usize = LONGEST_WORD + LONGEST_MARK;

/// A line end with the blanks before it and what a quote puts behind it, in which an address may be broken.
struct Joint {
    range: Range<usize>,
    /// Whether an `@` or a dot stands right before it or behind it.
    is_at_sign: bool,
    /// Whether the words before it and behind it have an `@`.
    has_at: (bool, bool),
}

/// Tags, what stands around an `@`, and line ends at a sign of an address, with what the next line begins with in a quote.
pub(super) fn joined(text: &str) -> Vec<Piece> {
    joined_where(text, |_| false)
}

/// How many words may be put together over line ends: a text with more beside addresses is a list of them.
const MOST_WITHIN: usize = 16;

/// The same with line ends within a word. A text is read both ways: here what stands in the line before an address, or in
/// the one behind it, may become a part of it.
pub(super) fn joined_within_words(text: &str) -> Vec<Piece> {
    let mut within = 0;
    let pieces = joined_where(text, |joint| {
        // Where both words have an `@`, they are two addresses.
        let is_within = joint.has_at.0 != joint.has_at.1;
        within += usize::from(is_within);
        is_within
    });
    if (1..=MOST_WITHIN).contains(&within) { pieces } else { Vec::new() }
}

/// Where an address may go on behind a tag, behind what stands around an `@`, and behind those line ends that are at a sign
/// of one, or that `joins` picks.
fn joined_where(text: &str, mut joins: impl FnMut(&Joint) -> bool) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let bytes = text.as_bytes();
    let Some(mut next) = memchr::memchr(b'@', bytes) else { return found };
    let mut last = None;
    // Where the word ends that is behind the last line end that was passed over.
    let mut passed = 0;
    for at in memchr::memchr3_iter(b'<', b'\n', b'@', bytes) {
        let done = found.last().map_or(0, |(range, _)| range.end);
        if bytes[at] == b'@' {
            last = Some(at);
        }
        if at < done {
            continue;
        }
        let piece = match bytes[at] {
            b'<' => tag_length(&text[at..]).map(|length| (at..at + length, None)),
            b'@' => spaced(text, done, at).map(|range| (range, Some('@'))),
            _ => {
                if next < at {
                    next = memchr::memchr(b'@', &bytes[at..]).map_or(usize::MAX, |next| at + next);
                }
                let is_near = next - at <= NEAR || last.is_some_and(|last| at - last <= NEAR);
                let joint = if is_near { joint(text, done, at) } else { None };
                let joint = joint.filter(|joint| {
                    let goes_on = joint.has_at.0 || joint.has_at.1 || joint.range.start <= passed;
                    if joint.is_at_sign { goes_on } else { joins(joint) }
                });
                passed = joint.as_ref().map_or(passed, |joint| joint.range.end + word_at(text, joint.range.end).0);
                joint.map(|joint| (joint.range, None))
            }
        };
        found.extend(piece);
    }
    found
}

/// How long the word is that begins at a place, and whether there is an `@` in it.
fn word_at(text: &str, start: usize) -> (usize, bool) {
    let word = text.as_bytes()[start..].iter().take(LONGEST_WORD).take_while(|b| is_of_word(**b));
    word.fold((0, false), |(length, has_at), b| (length + 1, has_at || *b == b'@'))
}

fn is_of_word(b: u8) -> bool {
    !b.is_ascii() || b.is_ascii_alphanumeric() || b"@._-+".contains(&b)
}

/// What the line end at `at` is as a joint, with nothing before `done`; `None` where no address can go on there.
fn joint(text: &str, done: usize, at: usize) -> Option<Joint> {
    let goes_on = |c: &char| c.is_alphanumeric() || "@._-+".contains(*c);
    let is_sign = |c: char| matches!(c, '@' | '.');
    let bytes = text.as_bytes();
    let is_blank = |b: &&u8| matches!(b, b' ' | b'\t');
    let start = at - bytes[..at].iter().rev().take(2).take_while(is_blank).count();
    let before = text[..start].chars().next_back().filter(goes_on)?;
    let is_mark = |b: &&u8| matches!(b, b' ' | b'\t' | b'>' | b'|');
    let end = at + 1 + bytes[at + 1..].iter().take(LONGEST_MARK).take_while(is_mark).count();
    let after = text[end..].chars().next().filter(goes_on)?;
    let mut word_before = bytes[..start].iter().rev().take(LONGEST_WORD).take_while(|b| is_of_word(**b));
    let has_at = (word_before.any(|b| *b == b'@'), word_at(text, end).1);
    Some(Joint { range: done.max(start)..end, is_at_sign: is_sign(before) || is_sign(after), has_at })
}

/// An `@` with what stands around it that is no part of an address, from `done` on: blanks, quotes, marks of emphasis, a
/// comment (RFC 5322 §3.2.2), a password (RFC 3986 §3.2.1). `None` where there is nothing of that.
fn spaced(text: &str, done: usize, at: usize) -> Option<Range<usize>> {
    const MOST: usize = 4;
    let is_edge = |c: &char| " \t\u{a0}\"*_'`“”".contains(*c);
    let before = &text[done..at];
    let edge: usize = before.chars().rev().take(MOST).take_while(is_edge).map(char::len_utf8).sum();
    let is_opened = |c: &char| is_edge(c) || *c == '[';
    let after: usize = text[at + 1..].chars().take(MOST).take_while(is_opened).map(char::len_utf8).sum();
    let aside = if edge > 0 { 0 } else { comment(before).or_else(|| password(before)).unwrap_or(0) };
    (edge + aside + after > 0).then_some(at - edge - aside..at + 1 + after)
}

/// How long the comment is that a text ends with.
fn comment(text: &str) -> Option<usize> {
    let inside = text.strip_suffix(')')?;
    let nearby = &inside[inside.floor_char_boundary(inside.len().saturating_sub(LONGEST_MARK))..];
    nearby.rfind(['(', ')', '\n']).filter(|at| nearby.as_bytes()[*at] == b'(').map(|at| nearby.len() - at + 1)
}

/// How long the password is, with its colon, that a text ends with as a web address has it: `https://ada:secret`.
fn password(text: &str) -> Option<usize> {
    let nearby = &text[text.floor_char_boundary(text.len().saturating_sub(LONGEST_MARK))..];
    let is_end = |c: char| c.is_whitespace() || "/:@?#<>".contains(c);
    let colon = nearby.rfind(is_end).filter(|at| nearby.as_bytes()[*at] == b':')?;
    let name = &text[..text.len() - nearby.len() + colon];
    let name = &name[name.floor_char_boundary(name.len().saturating_sub(2 * LONGEST_MARK))..];
    // What ends it may be a blank of several octets.
    let begins = name.rfind(is_end)?;
    name.as_bytes()[..=begins].ends_with(b"//").then_some(nearby.len() - colon)
}

/// How long the tag is that a text begins with.
fn tag_length(text: &str) -> Option<usize> {
    let begins = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    // Up to the next sign of a tag, so that none is looked at twice.
    let end = begins.then(|| text.bytes().take(202).skip(1).position(|b| matches!(b, b'<' | b'>')))?? + 1;
    (text.as_bytes()[end] == b'>' && !text[..end].contains('@')).then_some(end + 1)
}
