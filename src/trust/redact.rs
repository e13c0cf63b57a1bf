//! What must not be shown is taken out of a text before it is published: other people's addresses, however they are
//! written, the tokenised addresses of ours, by which a reader could be spoken for, and the secret web addresses.

use std::collections::HashSet;
use std::ops::Range;

use super::sighting::{Sighting, marks};
use super::tokens::without_tokens;
use super::view::{View, views};

/// How many different candidates are looked up for one mail, and how many are looked at. A text with more is a list of
/// addresses: all are hidden.
const MOST_CANDIDATES: usize = 4096;
const MOST_LOOKED_AT: usize = 32 << 10;

/// What is hidden: addresses, and our tokens always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    which: Which,
    /// An address that stays, in small letters.
    spared: Option<String>,
    /// The hosts of our own web addresses: what follows with a token in it is a secret.
    hosts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Which {
    /// None: there is no sign of an address in the texts.
    None,
    /// These, in small letters.
    These(HashSet<String>),
    /// Every one that is written with an `@`.
    Marked,
    /// Every one, however it is written.
    All,
}

impl Hidden {
    /// Those of the candidates in `texts`, which follow each other, that `known` picks; it is given them all at once,
    /// each once, and those of an internationalised domain in both forms of it (RFC 5890 §2.3.2.1). It hides in these texts and in parts of them. `hosts` are those of our own web addresses.
    pub fn among<E>(
        texts: &[&str],
        hosts: &[&str],
        known: impl FnOnce(Vec<String>) -> Result<HashSet<String>, E>,
    ) -> Result<Self, E> {
        let hosts = hosts.iter().map(|host| host.to_lowercase()).collect();
        let which = match candidates(&texts.concat()) {
            None => Which::All,
            Some(none) if none.is_empty() => Which::None,
            Some(candidates) => Which::These(known_among(candidates, known)?),
        };
        Ok(Self { which, spared: None, hosts })
    }

    /// Every address that is written with an `@`.
    pub fn marked() -> Self {
        Self { which: Which::Marked, spared: None, hosts: Vec::new() }
    }

    /// Every address that is written with an `@`, and what `self` hides.
    pub fn and_marked(&self) -> Self {
        let which = if self.which == Which::All { Which::All } else { Which::Marked };
        Self { which, ..self.clone() }
    }

    /// All the same but this address, in any case.
    pub fn sparing(&self, address: &str) -> Self {
        Self { spared: Some(address.to_lowercase()), ..self.clone() }
    }

    /// Whether this address, in small letters, is among those that are hidden one by one.
    pub fn names(&self, address: &str) -> bool {
        match &self.which {
            Which::None => false,
            Which::These(these) => these.contains(address),
            Which::Marked | Which::All => true,
        }
    }

    /// Whether an address is hidden; it is made only where that is asked of it.
    fn hides(&self, address: impl Fn() -> String, is_read_into: bool) -> bool {
        let is_dotted = |address: String| {
            let top = address.rsplit('.').next().unwrap_or_default();
            address.contains('.') && top.len() >= 2 && top.chars().all(char::is_alphabetic)
        };
        match &self.which {
            Which::None => false,
            Which::These(these) => these.contains(&address()),
            Which::Marked => !is_read_into,
            Which::All => !is_read_into || is_dotted(address()),
        }
    }
}

/// Every address that may stand in a text, in small letters; `None` where those are too many.
fn candidates(text: &str) -> Option<HashSet<String>> {
    let mut candidates = HashSet::new();
    let mut looked_at = 0;
    views(text, |view| {
        for sighting in sightings(view) {
            looked_at += sighting.len();
            candidates.extend(sighting.candidates().map(|(start, end)| sighting.address(start, end)));
            if candidates.len() > MOST_CANDIDATES || looked_at > MOST_LOOKED_AT {
                return false;
            }
        }
        true
    });
    (candidates.len() <= MOST_CANDIDATES && looked_at <= MOST_LOOKED_AT).then_some(candidates)
}

/// Those of the candidates that `known` picks in any form.
fn known_among<E>(
    mut candidates: HashSet<String>,
    known: impl FnOnce(Vec<String>) -> Result<HashSet<String>, E>,
) -> Result<HashSet<String>, E> {
    let forms: Vec<(String, [String; 2])> =
        candidates.iter().filter_map(|one| Some((one.clone(), domain_forms(one)?))).collect();
    candidates.extend(forms.iter().flat_map(|(_, forms)| forms).cloned());
    let mut known = known(candidates.into_iter().collect())?;
    let written = forms.into_iter().filter(|(_, forms)| forms.iter().any(|form| known.contains(form)));
    let written: Vec<String> = written.map(|(one, _)| one).collect();
    known.extend(written);
    Ok(known)
}

/// An address with its internationalised domain in ASCII, and in its own letters; `None` where its domain is no such.
fn domain_forms(address: &str) -> Option<[String; 2]> {
    let (local, domain) = address.rsplit_once('@')?;
    // What is encoded takes more time the longer it is: no label is longer (RFC 1035 §2.3.4).
    let is_short = |label: &str| label.chars().take(64).count() < 64;
    if (domain.is_ascii() && !domain.contains("xn--")) || !domain.split('.').all(is_short) {
        return None;
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let (letters, read) = idna::domain_to_unicode(&ascii);
    read.ok()?;
    Some([format!("{local}@{ascii}"), format!("{local}@{letters}")])
}

fn sightings<'v>(view: &'v View<'_>) -> impl Iterator<Item = Sighting<'v>> {
    marks(&view.text).filter_map(|at| Sighting::around(&view.text, at))
}

/// Replaces what is hidden in `text`: an address becomes `ellen@…`, or nothing where a name stands before it in whose
/// brackets it is; an address of a list with a token in it (`talk+r.TOKEN@…`, also with `%2B` for the plus, as in links)
/// becomes `talk@…`. Linear in the text.
pub fn redact(text: &str, hidden: &Hidden) -> String {
    redact_all(&[text], hidden).concat()
}

/// The same for texts that follow each other: what is hidden may begin in one and end in the next.
pub fn redact_all(texts: &[&str], hidden: &Hidden) -> Vec<String> {
    let texts = without_tokens(texts, &hidden.hosts);
    if hidden.which == Which::None {
        return texts;
    }
    let whole = texts.concat();
    let cuts = cuts(&whole, hidden);
    let mut start = 0;
    let mut kept = Vec::with_capacity(texts.len());
    for text in texts {
        let span = start..start + text.len();
        start = span.end;
        kept.push(if cuts.is_empty() { text } else { without(&whole, &span, &cuts) });
    }
    kept
}

/// What is to be replaced, and by what; in order, and apart from each other.
fn cuts(text: &str, hidden: &Hidden) -> Vec<(Range<usize>, String)> {
    let mut cuts: Vec<(Range<usize>, String)> = Vec::new();
    views(text, |view| {
        let mut done = 0;
        for at in marks(&view.text) {
            let found = if at < done { None } else { Sighting::around(&view.text, at) };
            let Some((part, new)) = found.and_then(|sighting| cut(text, view, &sighting, hidden)) else { continue };
            done = part;
            cuts.push(new);
        }
        true
    });
    cuts.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<(Range<usize>, String)> = Vec::with_capacity(cuts.len());
    for (range, shown) in cuts {
        match apart.last_mut() {
            Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push((range, shown)),
        }
    }
    apart
}

/// What hides the address around an `@`, and how far in the view that reaches.
fn cut(
    text: &str,
    view: &View<'_>,
    sighting: &Sighting<'_>,
    hidden: &Hidden,
) -> Option<(usize, (Range<usize>, String))> {
    for (start, end) in sighting.candidates() {
        let address = || sighting.address(start, end);
        if hidden.spared.as_ref().is_some_and(|spared| *spared == address()) {
            return None;
        }
        let token_of = sighting.local(start).split_once('+').filter(|(_, detail)| is_token(detail));
        let token_of = token_of.map(|(name, _)| name.to_lowercase());
        if token_of.is_none() && !hidden.hides(address, view.is_read_into) {
            continue;
        }
        // Where all are hidden, those that hang together are one: of a chain of them nobody reads the parts.
        let end = if hidden.which == Which::All { sighting.end_of_chain(end) } else { end };
        let range = view.origin(start..end);
        let shown = token_of.unwrap_or_else(|| first_part(sighting.local(start)));
        let hiding = match named(text, &range) {
            Some(range) => (range, String::new()),
            None => (range, format!("{shown}@…")),
        };
        return Some((end, hiding));
    }
    None
}

/// The part of `whole` that is `span`, with these parts of it replaced.
fn without(whole: &str, span: &Range<usize>, cuts: &[(Range<usize>, String)]) -> String {
    let mut kept = String::with_capacity(span.len());
    let mut from = span.start;
    let first = cuts.partition_point(|(cut, _)| cut.end <= span.start);
    for (cut, shown) in cuts[first..].iter().take_while(|(cut, _)| cut.start < span.end) {
        if cut.start >= span.start {
            kept.push_str(&whole[from..cut.start]);
            kept.push_str(shown);
        }
        from = cut.end.min(span.end);
    }
    kept.push_str(&whole[from..span.end]);
    kept
}

/// The address with its brackets and the blanks before them, where a name stands there whose address it is:
/// `Ada <ada@…> wrote`. A name has a capital, or is of a script without them.
fn named(text: &str, address: &Range<usize>) -> Option<Range<usize>> {
    let before = &text[..address.start];
    let before = before.strip_suffix("mailto:").unwrap_or(before);
    let (outside, closing) =
        before.strip_suffix('<').map(|outside| (outside, '>')).or_else(|| Some((before.strip_suffix('[')?, ']')))?;
    let after = text[address.end..].strip_prefix(closing)?;
    let name = outside.trim_end_matches([' ', '\u{a0}']);
    let last = name.chars().next_back()?;
    let word = name.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    let first = word.chars().find(|c| c.is_alphanumeric());
    let is_name = match last {
        '"' | '\'' | '”' | '’' => true,
        _ => {
            first.is_some_and(|c| c.is_alphabetic() && !c.is_lowercase())
                && (last.is_alphanumeric() || ".)".contains(last))
        }
    };
    (is_name && name.len() < outside.len()).then(|| name.len()..text.len() - after.len())
}

/// The local part up to its first separator: enough to recognise somebody by, too little to write to.
fn first_part(local: &str) -> String {
    local.split(['.', '+', '_', '-', '%']).next().unwrap_or_default().chars().take(12).collect()
}

/// In any case: mail systems change it.
fn is_token(detail: &str) -> bool {
    let token = detail.split_once('.').filter(|(kind, _)| {
        let kinds = ["r", "d", "c", "u", "b"];
        kinds.iter().any(|known| kind.eq_ignore_ascii_case(known))
    });
    token.is_some_and(|(_, token)| token.len() >= 16 && token.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests;
