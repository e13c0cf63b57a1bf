//! Takes the tokenised addresses of ours out of a text, also where a mail program wrapped them over lines, put quote
//! marks between, or left the domain away, or where somebody copied a token alone: whoever reads one can use it.

use std::ops::Range;

use super::view::{encoded, is_unseen, octet, odd_signs};
use crate::token::{TOKEN_LENGTH, is_laid_out_as_token};

/// What the plus before a token's kind may have become on its way.
const PLUSES: [&str; 5] = ["+", "%2b", "%252b", "=2b", "&#43;"];

/// What the `@` behind a token may have become.
const ATS: [&str; 6] = ["@", "%40", "%2540", "=40", "&#64;", "(at)"];

/// How many times a token may be broken, and how long each break may be.
const BREAKS: usize = 3;
const BREAK_CHARS: usize = 40;

/// The texts, which follow each other, with `@…` for each token and the domain behind it, and with `/…` for what follows
/// the host of a web address of ours (at one of `hosts`, in small letters) that holds one. A token may begin in one text
/// and end in the next. Linear in the texts.
pub(super) fn without_tokens(texts: &[&str], hosts: &[String]) -> Vec<String> {
    let whole = texts.concat();
    let tokens = if whole.len() >= TOKEN_LENGTH { all_tokens(&whole, hosts) } else { Vec::new() };
    let mut start = 0;
    let mut kept = Vec::with_capacity(texts.len());
    for text in texts {
        let span = start..start + text.len();
        kept.push(without(&whole, &span, &tokens));
        start = span.end;
    }
    kept
}

/// Everything that is to go from a text, with what is shown for it; in order, and apart from each other.
fn all_tokens(text: &str, hosts: &[String]) -> Vec<(Range<usize>, &'static str)> {
    let mut tokens = tokens_of_all_kinds(text, hosts);
    if let Some(seen) = Seen::of(text) {
        let found = tokens_of_all_kinds(&seen.text, hosts).into_iter();
        tokens.extend(found.map(|(range, shown)| (seen.origin(range), shown)));
    }
    // What begins in the same place is told by the widest.
    tokens.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<(Range<usize>, &str)> = Vec::with_capacity(tokens.len());
    for (range, shown) in tokens {
        match apart.last_mut() {
            // One may stand inside another.
            Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push((range, shown)),
        }
    }
    apart
}

fn tokens_of_all_kinds(text: &str, hosts: &[String]) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    found.extend(secret_addresses(text, hosts).into_iter().map(|range| (range, "/…")));
    found.extend(tokens(text).into_iter().map(|range| (range, "@…")));
    found.extend(bare_tokens(text).into_iter().map(|range| (range, "…")));
    found
}

/// A text without what nobody sees in it and what a link skips: characters without ink, also encoded, and encoded blanks.
struct Seen {
    text: String,
    /// Behind how many octets of it something is left out, and how much was left out up to there.
    gaps: Vec<(usize, usize)>,
}

impl Seen {
    /// `None` where there is nothing of that.
    fn of(text: &str) -> Option<Self> {
        let mut seen = Self { text: String::new(), gaps: Vec::new() };
        let (mut done, mut gone) = (0, 0);
        for at in unseen_signs(text) {
            let Some(length) = unseen_length(&text[at..]) else { continue };
            if at > done || seen.gaps.is_empty() {
                seen.text.push_str(&text[done..at]);
                seen.gaps.push((seen.text.len(), gone));
            }
            gone += length;
            done = at + length;
            if let Some(gap) = seen.gaps.last_mut() {
                gap.1 = gone;
            }
        }
        seen.text.push_str(&text[done..]);
        (gone > 0).then_some(seen)
    }

    /// What of the text became this part of it.
    fn origin(&self, range: Range<usize>) -> Range<usize> {
        let left_out = |gaps: usize| gaps.checked_sub(1).map_or(0, |last| self.gaps[last].1);
        let before_start = self.gaps.partition_point(|(at, _)| *at <= range.start);
        let before_end = self.gaps.partition_point(|(at, _)| *at < range.end);
        range.start + left_out(before_start)..range.end + left_out(before_end)
    }
}

/// Where something may stand that nobody sees, in order.
fn unseen_signs(text: &str) -> Vec<usize> {
    let mut signs: Vec<usize> = memchr::memchr_iter(b'%', text.as_bytes()).collect();
    let escaped = signs.len();
    signs.extend(odd_signs(text));
    if signs.len() > escaped {
        signs.sort_unstable();
    }
    signs
}

/// How long it is, where a text begins with a character that nobody sees.
fn unseen_length(text: &str) -> Option<usize> {
    if !text.starts_with('%') {
        return text.chars().next().filter(|c| is_unseen(*c)).map(char::len_utf8);
    }
    match octet(text, 1)? {
        b' ' | b'\t' | b'\n' | b'\r' => Some(3),
        _ => encoded(text).filter(|(_, c)| c.is_none()).map(|(length, _)| length),
    }
}

/// The part of `whole` that is `span`, without these.
fn without(whole: &str, span: &Range<usize>, tokens: &[(Range<usize>, &str)]) -> String {
    let mut kept = String::with_capacity(span.len());
    let mut from = span.start;
    let first = tokens.partition_point(|(token, _)| token.end <= span.start);
    for (token, shown) in tokens[first..].iter().take_while(|(token, _)| token.start < span.end) {
        if token.start >= from {
            kept.push_str(&whole[from..token.start]);
            kept.push_str(shown);
        }
        from = from.max(token.end.min(span.end));
    }
    kept.push_str(&whole[from..span.end]);
    kept
}

/// Where web addresses of ours hold a token: from behind the host to their end.
fn secret_addresses(text: &str, hosts: &[String]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let schemes = if memchr::memchr(b'%', text.as_bytes()).is_some() { 3 } else { 1 };
    for scheme in ["://", "%3A%2F%2F", "%3a%2f%2f"].into_iter().take(schemes) {
        let mut looked_at = 0;
        for at in memchr::memmem::find_iter(text.as_bytes(), scheme) {
            let rest = &text[at + scheme.len()..];
            let is_here = |host: &&String| rest.get(..host.len()).is_some_and(|it| it.eq_ignore_ascii_case(host));
            // One that stands in another was looked at with it.
            let Some(host) = hosts.iter().find(is_here).filter(|_| at >= looked_at) else { continue };
            let start = at + scheme.len() + host.len();
            let bounded = &text[start..text.floor_char_boundary(start + LONGEST_ADDRESS)];
            let path = &bounded[..bounded.find(is_address_end).unwrap_or(bounded.len())];
            looked_at = start + path.len();
            found.extend(secret_end(text, start, path).map(|end| start..end.max(looked_at)));
        }
    }
    found
}

/// Where the last token ends that begins in the path, which begins at `start` of the text.
fn secret_end(text: &str, start: usize, path: &str) -> Option<usize> {
    if !path.starts_with(['/', '?', '#', ':', '%']) {
        return None;
    }
    let signs = path.match_indices(|c: char| !c.is_ascii_alphanumeric());
    // Behind `%2F` it begins within what looks like one word.
    let parts = signs.flat_map(|(at, sign)| [at + sign.len(), at + sign.len() + if sign == "%" { 2 } else { 0 }]);
    let ends = parts.filter_map(|part| Some(start + part + token_length(text.get(start + part..)?, break_length)?));
    ends.max()
}

/// Longest web address of ours that is looked at.
const LONGEST_ADDRESS: usize = 2_000;

fn is_address_end(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>\"'()[]{}".contains(c)
}

/// Where tokens stand, from the plus to the domain's end.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (dot, _) in text.match_indices('.') {
        let done = found.last().map_or(0, |last| last.end);
        let Some((start, has_plus)) = start_before(text, dot).filter(|(start, _)| *start >= done) else { continue };
        let rest = &text[dot + 1..];
        let end_of = |length: usize| dot + 1 + length + domain_length(&rest[length..]);
        let unbroken = token_length(rest, break_length);
        // A blank may be what became of a line's end; it is no break of what only may be a token.
        let broken = || token_length(rest, |text| break_length(text).or(text.starts_with(' ').then_some(1)));
        let is_laid_out = |length: &usize| {
            let letters: String = rest[..*length].chars().filter(char::is_ascii_alphanumeric).collect();
            is_laid_out_as_token(&letters)
        };
        let proven = |length: &usize| has_plus || end_of(*length) > dot + 1 + length || is_laid_out(length);
        if let Some(length) = unbroken.filter(proven).or_else(|| broken().filter(is_laid_out)) {
            found.push(start..end_of(length));
        }
    }
    found
}

/// Where what is to go begins, if a token's kind ends at `dot`; and whether a plus before it proves it. What else it may
/// be has to prove itself: `d.TOKEN@…` is the Message-ID of a digest.
fn start_before(text: &str, dot: usize) -> Option<(usize, bool)> {
    let kind = dot.checked_sub(1)?;
    let letter = text.as_bytes()[kind].to_ascii_lowercase();
    if !b"rdcubn".contains(&letter) {
        return None;
    }
    let before = &text.as_bytes()[..kind];
    let ends_with = |plus: &&str| {
        before.len() >= plus.len() && before[before.len() - plus.len()..].eq_ignore_ascii_case(plus.as_bytes())
    };
    if let Some(plus) = PLUSES.iter().find(|plus| ends_with(plus)) {
        return Some((kind - plus.len(), true));
    }
    (!before.last().is_some_and(u8::is_ascii_alphanumeric)).then_some((dot, false))
}

/// Where something stands by itself that is laid out as a token.
fn bare_tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // One letter of each run that is long enough is looked at.
    let mut at = TOKEN_LENGTH - 1;
    while let Some(letter) = bytes.get(at) {
        if !letter.is_ascii_alphanumeric() {
            at += TOKEN_LENGTH;
            continue;
        }
        let start = at - bytes[..at].iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
        let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        // Behind `%2F` it begins within what looks like one word.
        let is_escaped = start > 0 && matches!(bytes[start - 1], b'%' | b'=') && end - start == TOKEN_LENGTH + 2;
        let token = start + if is_escaped { 2 } else { 0 }..end;
        if is_laid_out_as_token(&text[token.clone()]) {
            found.push(token);
        }
        at = end + TOKEN_LENGTH;
    }
    found
}

/// How much of `text`, which begins behind the dot, is a token, perhaps broken by what `break_length` tells the length of;
/// none where it begins with none.
fn token_length(text: &str, break_length: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    let (mut at, mut count, mut breaks) = (0, 0, 0);
    while count < TOKEN_LENGTH {
        let next = text[at..].chars().next()?;
        if next.is_ascii_alphabetic() || ('2'..='7').contains(&next) {
            at += 1;
            count += 1;
        } else {
            breaks += 1;
            at += break_length(&text[at..]).filter(|_| breaks <= BREAKS)?;
        }
    }
    (!text[at..].starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(at)
}

/// How long the break is that `text` begins with: a line's end with what a mail program puts around it, or characters
/// that nobody sees.
fn break_length(text: &str) -> Option<usize> {
    let is_part = |c: char| is_unseen(c) || c.is_whitespace() || ">|=".contains(c);
    let length: usize = text.chars().take(BREAK_CHARS).take_while(|c| is_part(*c)).map(char::len_utf8).sum();
    let gap = &text[..length];
    (length > 0 && (gap.contains('\n') || gap.chars().all(is_unseen))).then_some(length)
}

/// How long the `@` and the domain are that `text` begins with, perhaps behind a break, a blank or a mark of emphasis.
fn domain_length(text: &str) -> usize {
    let gap = |text: &str| break_length(text).unwrap_or_else(|| usize::from(text.starts_with([' ', '_', '*'])));
    let before = gap(text);
    let rest = &text[before..];
    let begins = |at: &&str| rest.get(..at.len()).is_some_and(|start| start.eq_ignore_ascii_case(at));
    let Some(at) = ATS.iter().find(|at| begins(at)) else { return 0 };
    let after = at.len() + gap(&rest[at.len()..]);
    let domain = rest[after..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'));
    let domain = &rest[after..after + domain.unwrap_or(rest.len() - after)];
    before + after + domain.trim_end_matches(['.', '-']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcd";

    #[test]
    fn a_token_goes_whatever_a_mail_program_made_of_it() {
        let (start, end) = TOKEN.split_at(17);
        for (text, left) in [
            (format!("Leave: talk+u.{TOKEN}@lists.example."), "Leave: talk@….".to_owned()),
            (format!("> talk+u.{start}=\n> {end}@lists.example\n"), "> talk@…\n".to_owned()),
            (format!("talk+u.{TOKEN}"), "talk@…".to_owned()),
            (format!("talk+U.{TOKEN} (at) lists.example x"), "talk@… x".to_owned()),
            (format!("<d.{TOKEN}@lists.example>"), "<d@…>".to_owned()),
            (format!("d.{TOKEN} x"), format!("d.{TOKEN} x")),
            (format!("a+b.{TOKEN}x"), format!("a+b.{TOKEN}x")),
            (
                "a+b. This is what I meant, and then x+u.\nsome more".to_owned(),
                "a+b. This is what I meant, and then x+u.\nsome more".to_owned(),
            ),
        ] {
            assert_eq!(without_tokens(&[&text], &[]), [left]);
        }
    }

    #[test]
    fn a_token_goes_also_where_it_was_copied_alone_or_a_blank_became_of_its_break() {
        let token = "aeaaaaakaaaaaaaaaab7r3zz6q2jvwxkqyma";
        let (start, end) = token.split_at(17);
        for (text, left) in [
            (format!("Use r.{token}."), "Use r@….".to_owned()),
            (format!("talk+\nr.{token}@lists.example"), "talk+\nr@…".to_owned()),
            (format!("talk+c.{start} {end}@lists.example x"), "talk@… x".to_owned()),
            (format!("b.{start} {end} x"), "b@… x".to_owned()),
            (token.to_owned(), "…".to_owned()),
            (format!("(n.{})", token.to_uppercase()), "(n@…)".to_owned()),
            (format!("lists.example/talk/leave/{token}?x"), "lists.example/talk/leave/…?x".to_owned()),
            (format!("talk%2Br%2E{token}%40lists.example"), "talk%2Br%2E…%40lists.example".to_owned()),
            (format!("talk=2Br.{token}=40lists.example"), "talk@…".to_owned()),
            (format!("a{token} {token}7 c.{start} and {end}"), format!("a{token} {token}7 c.{start} and {end}")),
            (
                format!("x+u. {}", "we met her there at noon ".repeat(3)),
                format!("x+u. {}", "we met her there at noon ".repeat(3)),
            ),
        ] {
            assert_eq!(without_tokens(&[&text], &[]), [left]);
        }
    }

    #[test]
    fn what_nobody_sees_in_a_token_and_what_a_link_skips_in_it_hides_none() {
        let token = "aeaaaaakaaaaaaaaaab7r3zz6q2jvwxkqyma";
        let parts = [&token[..9], &token[9..18], &token[18..27], &token[27..30], &token[30..]];
        for gap in
            ["\u{34f}", "\u{fe0f}", "\u{200b}", "%0A", "%0D%0A", "%20", "%E2%80%8B", "%CD%8F", "\u{180e}\u{200b}"]
        {
            let broken = parts.join(gap);
            for (text, left) in [
                (format!("Leave: talk+u.{broken}@lists.example."), "Leave: talk@….".to_owned()),
                (format!("mailto:talk+u.{broken}@lists.example?x"), "mailto:talk@…?x".to_owned()),
                (format!("é {broken} é"), "é … é".to_owned()),
                (format!("https://lists.example/c/{broken}"), "https://lists.example/…".to_owned()),
                (format!("{gap}a{gap}b{gap}+r.{broken}@lists.example {gap}c"), format!("{gap}a{gap}b{gap}@… {gap}c")),
            ] {
                let shown = without_tokens(&[&text], &["lists.example".to_owned()]).concat();
                assert_eq!(shown, left, "{text}");
            }
        }
    }

    #[test]
    fn a_token_that_begins_in_one_text_and_ends_in_the_next_goes_from_both() {
        let (start, end) = TOKEN.split_at(17);
        let texts = [format!("> talk+u.{start}\n"), format!("{end}@lists.example\nmine\n")];
        assert_eq!(without_tokens(&[&texts[0], &texts[1]], &[]), ["> talk@…", "\nmine\n"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(texts in proptest::collection::vec("([+.rdub@%_é \n>=]|[a-z2-7]{36}|\u{200b}){0,40}", 0..4)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            proptest::prop_assert_eq!(without_tokens(&texts, &[]).len(), texts.len());
        }
    }
}
