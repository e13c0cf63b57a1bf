//! A text as those read it who look for addresses: with what links, HTML and mail make of characters undone (`%40`,
//! `&#64;`, `=40`), with what is spelled out (`ada [at] example dot org`), and with what hides in base64. A view knows
//! where in the text each of its characters came from.

use std::borrow::Cow;
use std::ops::Range;

use data_encoding::BASE64_NOPAD;

use super::joined::{joined, joined_within_words};

/// How much is looked at in one go, and how much of it that is seen is looked at again in the next: an address is shorter.
const STRETCH: usize = 32 << 10;
const OVERLAP: usize = 600;

/// How many times what was encoded twice is decoded.
const LAYERS: usize = 3;

/// The shortest base64 that holds an address, and how much of one is looked at.
const SHORTEST_RUN: usize = 10;
const LONGEST_RUN: usize = 24 << 10;

/// A text, and where it came from.
pub(super) struct View<'t> {
    pub(super) text: Cow<'t, str>,
    origin: Origin,
    /// Whether it says what the text does not say letter by letter.
    pub(super) is_read_into: bool,
}

enum Origin {
    /// Letter by letter from here on.
    From(usize),
    /// For each byte the beginning and end of what became it.
    Each(Vec<(usize, usize)>),
    /// All of it became all of the view.
    Whole(Range<usize>),
}

impl View<'_> {
    /// What of the text became this part of the view.
    pub(super) fn origin(&self, part: Range<usize>) -> Range<usize> {
        match &self.origin {
            Origin::From(start) => start + part.start..start + part.end,
            Origin::Each(each) => each[part.start].0..each[part.end - 1].1,
            Origin::Whole(range) => range.clone(),
        }
    }
}

/// Shows every view of a text. Linear in the text.
pub(super) fn views(text: &str, mut visit: impl FnMut(&View<'_>) -> bool) {
    let mut start = 0;
    loop {
        let end = text.floor_char_boundary((start + STRETCH).min(text.len()));
        if !stretch(&text[start..end], start, &mut visit) || end == text.len() {
            return;
        }
        start = overlap_start(text, end);
    }
}

/// Where the next stretch begins behind one that ends at `end`. What nobody sees does not count, or it could spread an
/// address over more than is looked at again; but half a stretch is the most.
fn overlap_start(text: &str, end: usize) -> usize {
    let before = &text[text.floor_char_boundary(end - STRETCH / 2)..end];
    let mut seen = before.char_indices().rev().filter(|(_, c)| !is_unseen(*c));
    let again = seen.nth(OVERLAP - 1).map_or(before.len(), |(at, _)| before.len() - at);
    end - again
}

/// Views of a part of the text that begins at `start`; false where `visit` wants no more.
fn stretch(part: &str, start: usize, visit: &mut impl FnMut(&View<'_>) -> bool) -> bool {
    let plain = View { text: Cow::Borrowed(part), origin: Origin::From(start), is_read_into: false };
    if !visit(&plain) {
        return false;
    }
    let decoded = decoded(&plain);
    let decoded = match decoded {
        Some(decoded) if !visit(&decoded) => return false,
        Some(decoded) => decoded,
        None => plain,
    };
    for change in [joined as fn(&str) -> Vec<Piece>, joined_within_words, spoken, passed_on] {
        if let Some(view) = changed(&decoded, change)
            && !visit(&view)
        {
            return false;
        }
    }
    !may_hide_at(part.as_bytes())
        || runs(part).into_iter().all(|run| unpacked(part, run, start).iter().all(&mut *visit))
}

/// The sign that a range of a text becomes; none where it is passed over.
pub(super) type Piece = (Range<usize>, Option<char>);

/// The view with these changes made; `None` where there are none.
fn changed<'v>(view: &View<'_>, changes: impl Fn(&str) -> Vec<Piece>) -> Option<View<'v>> {
    let pieces = changes(&view.text);
    if pieces.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(view.text.len());
    let mut each = Vec::with_capacity(view.text.len());
    let mut done = 0;
    let copy = |text: &mut String, each: &mut Vec<(usize, usize)>, part: Range<usize>| {
        text.push_str(&view.text[part.clone()]);
        each.extend(part.map(|at| {
            let origin = view.origin(at..at + 1);
            (origin.start, origin.end)
        }));
    };
    for (range, becomes) in &pieces {
        copy(&mut text, &mut each, done..range.start);
        let origin = view.origin(range.clone());
        if let Some(sign) = becomes {
            text.push(*sign);
            each.extend(std::iter::repeat_n((origin.start, origin.end), sign.len_utf8()));
        }
        done = range.end;
    }
    copy(&mut text, &mut each, done..view.text.len());
    Some(View { text: Cow::Owned(text), origin: Origin::Each(each), is_read_into: true })
}

/// The view with encoded characters decoded, as often as they were encoded; `None` where there are none.
fn decoded<'v>(view: &View<'_>) -> Option<View<'v>> {
    let mut last = changed(view, escapes)?;
    for _ in 1..LAYERS {
        match changed(&last, escapes) {
            Some(next) => last = next,
            None => break,
        }
    }
    last.is_read_into = false;
    Some(last)
}

/// Each character that stands encoded in a text, that looks like another, or that nobody sees.
fn escapes(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let bytes = text.as_bytes();
    for at in escape_signs(text) {
        if found.last().is_some_and(|(range, _)| at < range.end) {
            continue;
        }
        let rest = &text[at..];
        let piece = match bytes[at] {
            b'%' => encoded(rest),
            b'=' if rest[1..].starts_with('\n') => Some((2, None)),
            b'=' => encoded(rest),
            b'\\' if rest.starts_with("\\u00") => octet(rest, 4).and_then(printable).map(|c| (6, Some(c))),
            b'&' => entity(rest),
            // As people guard an address against machines (`ada[@]example[.]org`), or programs their own marks.
            b'[' | b'(' => Some((3, Some(char::from(bytes[at + 1])))),
            b'\\' if rest[1..].starts_with(['@', '.']) => Some((2, Some(char::from(bytes[at + 1])))),
            b'\\' => None,
            _ => rest.chars().next().map(|c| (c.len_utf8(), read_as(c))),
        };
        if let Some((length, sign)) = piece {
            found.push((at..at + length, sign));
        }
    }
    found
}

/// Where something may stand that is no plain character, in order.
fn escape_signs(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut signs: Vec<usize> = memchr::memchr3_iter(b'%', b'=', b'&', bytes).collect();
    let by_themselves = signs.len();
    let is_guarded = |at: &usize| match bytes[*at] {
        b'\\' => true,
        _ => matches!(&bytes[*at + 1..], [b'@' | b'.', b']' | b')', ..]),
    };
    signs.extend(memchr::memchr3_iter(b'\\', b'[', b'(', bytes).filter(is_guarded));
    signs.extend(odd_signs(text));
    if signs.len() > by_themselves {
        signs.sort_unstable();
    }
    signs
}

/// Where a character stands that is not read as itself, in no order.
pub(super) fn odd_signs(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut signs = Vec::new();
    if text.is_ascii() {
        return signs;
    }
    // By the first octets of what `read_as` knows.
    let is_odd = |at: &usize| text[*at..].chars().next().is_some_and(|c| read_as(c) != Some(c));
    signs.extend(memchr::memchr3_iter(0xcd, 0xf3, 0xef, bytes).filter(is_odd));
    signs.extend(memchr::memchr3_iter(0xc2, 0xe1, 0xe2, bytes).filter(is_odd));
    // The first octet of these is in every letter of some scripts.
    signs.extend(memchr::memmem::find_iter(bytes, "\u{3164}"));
    signs.extend(memchr::memmem::find_iter(bytes, "。").filter(|at| is_dot_of_host(text, *at)));
    signs
}

/// Whether the `。` at a place parts labels: it ends the sentences of some languages.
fn is_dot_of_host(text: &str, at: usize) -> bool {
    let after = text[at..].chars().nth(1);
    after.is_some_and(|c| c.is_ascii_alphanumeric()) && text[..at].ends_with(char::is_alphanumeric)
}

/// What people read a character as; `None` where they do not see it.
fn read_as(c: char) -> Option<char> {
    match c {
        '\u{fe6b}' => Some('@'),
        // The dots that a domain may be written with (UTS #46 §2.3), and one that only looks like it.
        '。' | '\u{ff61}' | '\u{2024}' => Some('.'),
        // Wide forms; the marks among them end the sentences of some languages, and stand in no address.
        '\u{ff01}'..='\u{ff5e}' => {
            let narrow = char::from_u32(u32::from(c) - 0xfee0);
            narrow.filter(|narrow| narrow.is_alphanumeric() || "@._-+%=".contains(*narrow)).or(Some(c))
        }
        c => (!is_unseen(c)).then_some(c),
    }
}

/// Whether nobody sees a character: it has no width, or is a filler without ink.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The character that a text begins with as `%C3%BC` or `=C3=BC`: its length there, and what it is.
pub(super) fn encoded(text: &str) -> Option<(usize, Option<char>)> {
    let first = octet(text, 1)?;
    if first < 0x80 {
        return printable(first).map(|c| (3, Some(c)));
    }
    let mut octets = [first, 0, 0, 0];
    let length = if first >= 0xf0 { 4 } else { 2 + usize::from(first >= 0xe0) };
    for (place, next) in octets.iter_mut().enumerate().take(length).skip(1) {
        *next = octet(text, 3 * place + 1).filter(|_| text.as_bytes()[3 * place] == text.as_bytes()[0])?;
    }
    let c = std::str::from_utf8(&octets[..length]).ok()?.chars().next()?;
    Some((3 * length, read_as(c)))
}

/// What the two hexadecimal digits at a place spell.
pub(super) fn octet(text: &str, at: usize) -> Option<u8> {
    let digits = text.get(at..at + 2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

fn printable(octet: u8) -> Option<char> {
    (b' '..=b'~').contains(&octet).then_some(char::from(octet))
}

/// The entity that a text begins with: its length, and its character.
fn entity(text: &str) -> Option<(usize, Option<char>)> {
    let body = &text[1..text.floor_char_boundary(12)];
    for (name, c) in [
        ("commat", '@'),
        ("period", '.'),
        ("lowbar", '_'),
        ("hyphen", '-'),
        ("plus", '+'),
        ("amp", '&'),
        ("percnt", '%'),
    ] {
        if let Some(rest) = body.strip_prefix(name) {
            return Some((1 + name.len() + usize::from(rest.starts_with(';')), Some(c)));
        }
    }
    let number = body.strip_prefix('#')?;
    let (radix, digits) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits),
        None => (10, number),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let code = u32::from_str_radix(&digits[..length], radix).ok()?;
    let c = char::from_u32(code).filter(|c| !c.is_control())?;
    let before = text.len().min(1 + body.len() - digits.len());
    Some((before + length + usize::from(digits[length..].starts_with(';')), Some(c)))
}

/// Each `=` before a host, which stands for the `@` in the sender's address of a mail that was passed on
/// (`bounce+ada=example.net@…`).
fn passed_on(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    if memchr::memchr(b'@', bytes).is_some() {
        let signs = memchr::memchr_iter(b'=', bytes).filter(|at| *at > 0 && bytes[at - 1].is_ascii_alphanumeric());
        found.extend(signs.filter(|at| begins_with_host(&text[at + 1..])).map(|at| (at..at + 1, Some('@'))));
    }
    found
}

/// Each `at` and `dot` that stands for a sign, with the brackets and blanks around it.
fn spoken(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b't', b'T', bytes) {
        let ends = |word: &[u8]| at + 1 >= word.len() && bytes[at + 1 - word.len()..=at].eq_ignore_ascii_case(word);
        let (word, sign) = match () {
            () if bytes.get(at + 1).is_none_or(u8::is_ascii_alphanumeric) => continue,
            () if ends(b"at") => (at - 1..at + 1, '@'),
            () if ends(b"dot") => (at - 2..at + 1, '.'),
            () => continue,
        };
        let Some(range) = around_word(text, word) else { continue };
        let names_host = sign == '.' || begins_with_host(&text[range.end..]);
        if names_host && found.last().is_none_or(|(last, _)| last.end <= range.start) {
            found.push((range, Some(sign)));
        }
    }
    // A dot that is spelled out tells nothing without an `@`, however it is written.
    let tells = found.iter().any(|(_, sign)| *sign == Some('@')) || memchr::memchr(b'@', bytes).is_some();
    if tells { found } else { Vec::new() }
}

/// The word with the blanks and brackets around it; `None` where it is a part of another.
fn around_word(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    const MOST: usize = 6;
    let is_edge = |c: &char| c.is_whitespace() || "()[]{}<>_*-/|".contains(*c);
    let before: usize = text[..word.start].chars().rev().take(MOST).take_while(is_edge).map(char::len_utf8).sum();
    let after: usize = text[word.end..].chars().take(MOST).take_while(is_edge).map(char::len_utf8).sum();
    (before > 0 && after > 0).then_some(word.start - before..word.end + after)
}

/// Whether a text begins with a domain of two labels, or with a label and a dot that is spelled out.
fn begins_with_host(text: &str) -> bool {
    // None is longer (RFC 1035 §2.3.4), and none is looked at twice for each of its letters.
    const LONGEST_LABEL: usize = 63;
    let is_part = |c: &char| c.is_alphanumeric() || *c == '-';
    let label: usize = text.chars().take(LONGEST_LABEL).take_while(is_part).map(char::len_utf8).sum();
    let rest = &text[label..];
    if label == 0 || rest.starts_with(|c| is_part(&c)) {
        return false;
    }
    let is_edge = |c: char| c.is_whitespace() || "([{<-_*/|".contains(c);
    let words = rest[..rest.floor_char_boundary(12)].trim_start_matches(is_edge);
    let is_dot = |word: &str| word.eq_ignore_ascii_case("dot");
    rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        || (words.len() < rest.len() && words.get(..3).is_some_and(is_dot))
        || text[..label].split('-').skip(1).any(is_dot)
}

/// Runs of letters that may be base64, over line ends too.
fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let run_end = |from: usize| from + bytes[from..].iter().take_while(|b| is_base64(**b)).count();
    // A word is no base64: that has capitals or digits in it.
    let may_be_base64 = |run: &Range<usize>| {
        run.len() >= SHORTEST_RUN
            && bytes[run.start + 1..run.end].iter().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    // One letter of each run that is long enough is looked at; most words are shorter.
    while let Some(last) = bytes.get(at + SHORTEST_RUN - 1) {
        if !is_base64(*last) {
            at += SHORTEST_RUN;
            continue;
        }
        let before = bytes[at..at + SHORTEST_RUN - 1].iter().rev().take_while(|b| is_base64(**b)).count();
        let start = at + SHORTEST_RUN - 1 - before;
        let mut end = run_end(at + SHORTEST_RUN - 1);
        if end - start < SHORTEST_RUN {
            at = end + 1;
            continue;
        }
        // It may go on in the next line, or a word may begin there.
        let mut line = start..end;
        while let Some(next) = line_end(&bytes[end..]).filter(|_| end - start < LONGEST_RUN)
            && bytes.get(end + next).is_some_and(|b| is_base64(*b))
        {
            found.extend(Some(line).filter(may_be_base64));
            line = end + next..run_end(end + next);
            end = line.end;
        }
        if line.start > start {
            found.extend(Some(line).filter(may_be_base64));
        }
        found.extend(Some(start..end).filter(may_be_base64));
        at = end + 1;
    }
    found
}

fn is_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// How long the line end is that stands there, with the sign of one that is none.
fn line_end(bytes: &[u8]) -> Option<usize> {
    [&b"\n"[..], b"=\n", b"==\n"].iter().find(|end| bytes.starts_with(end)).map(|end| end.len())
}

/// Whether an `@` may be in what these letters say: it takes the bits of two letters, by which of its group's octets it is
/// (RFC 4648 §4). Hardly any text that is no base64 has them, so most is not looked at more closely.
fn may_hide_at(letters: &[u8]) -> bool {
    let mut last = 0;
    for &next in letters {
        // The second of them is one of the first sixteen.
        if next.wrapping_sub(b'A') < 16 {
            let begins = last == b'Q';
            let stands_within = next <= b'D' && matches!(last, b'E' | b'U' | b'k' | b'0');
            let ends = next == b'A' && b"BFJNRVZdhlptx159".contains(&last);
            if begins || stands_within || ends {
                return true;
            }
        }
        if !matches!(next, b'\n' | b'\r' | b'=') {
            last = next;
        }
    }
    false
}

/// What a run says as base64, from each of its first four characters on, where there is an `@` in it.
fn unpacked(part: &str, run: Range<usize>, start: usize) -> Vec<View<'static>> {
    if !may_hide_at(part[run.clone()].as_bytes()) {
        return Vec::new();
    }
    let letters: Vec<u8> = part[run.clone()]
        .bytes()
        .filter(|b| !matches!(b, b'\n' | b'\r' | b'='))
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let says = |skipped: usize| {
        let letters = letters.get(skipped..)?;
        let whole = &letters[..letters.len() / 4 * 4];
        let mut bytes = BASE64_NOPAD.decode(whole).ok()?;
        let rest = &letters[whole.len()..];
        if rest.len() >= 2 {
            // The last bits may be anything: only whole octets count.
            let padded: Vec<u8> = rest.iter().copied().chain(std::iter::repeat_n(b'A', 4 - rest.len())).collect();
            bytes.extend(BASE64_NOPAD.decode(&padded).ok()?.into_iter().take(rest.len() - 1));
        }
        bytes.contains(&b'@').then(|| View {
            text: Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            origin: Origin::Whole(start + run.start..start + run.end),
            is_read_into: true,
        })
    };
    (0..4).filter_map(says).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_an_at_sign_stands_in_base64_it_is_looked_for() {
        for place in 0..3 {
            for others in 0..=u16::MAX {
                let [one, two] = others.to_be_bytes();
                let mut octets = [one, two, b'x'];
                octets[place] = b'@';
                octets[(place + 1) % 3] = one;
                octets[(place + 2) % 3] = two;
                for length in place + 1..=3 {
                    let run = BASE64_NOPAD.encode(&octets[..length]);
                    assert!(may_hide_at(run.as_bytes()), "{octets:?} {run}");
                    assert!(may_hide_at(format!("{}\n={}", &run[..1], &run[1..]).as_bytes()), "{run}");
                }
            }
        }
        for run in ["therewhichWords", "XXXXXXXXXXXX", "2026-01-05T08", "deadbeef0123456789"] {
            assert!(!may_hide_at(run.as_bytes()), "{run}");
        }
    }
}
