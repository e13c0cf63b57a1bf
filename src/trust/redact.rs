//! What must not be shown is taken out of a text before it is published: other people's addresses, and the tokenised
//! addresses of ours, by which a reader could be spoken for.
//!
//! An address stands in odd company: in links (`?email=ellen%40…`), between bars and braces, right behind a word of
//! another script. So around each `@` every beginning and end that an address might have is looked at.

use std::collections::HashSet;

use super::tokens::without_tokens;
use crate::token::TOKEN_LENGTH;

/// How many beginnings, and how many ends, are looked at around one `@`; the outermost first.
const MOST_EDGES: usize = 12;

/// How many different candidates are looked up for one mail, and how many are looked at. A text with more is a list of
/// addresses: all are hidden.
const MOST_CANDIDATES: usize = 4096;
const MOST_LOOKED_AT: usize = 32 << 10;

/// Which addresses are hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// These, in small letters.
    These(HashSet<String>),
    /// Every one.
    All,
}

impl Hidden {
    /// Those of the candidates in `texts` that `known` picks; it is given them all at once, each once.
    pub fn among<E>(texts: &[&str], known: impl FnOnce(Vec<String>) -> Result<HashSet<String>, E>) -> Result<Self, E> {
        let mut candidates = HashSet::new();
        let mut looked_at = 0;
        for (text, (at, after)) in texts.iter().flat_map(|text| marks(text).map(move |mark| (text, mark))) {
            let Some(sighting) = Sighting::around(text, at, after, 0) else { continue };
            looked_at += sighting.starts.len() * sighting.ends.len();
            candidates.extend(sighting.candidates().map(|(start, end)| sighting.address(start, end)));
            if candidates.len() > MOST_CANDIDATES || looked_at > MOST_LOOKED_AT {
                return Ok(Self::All);
            }
        }
        if candidates.is_empty() {
            return Ok(Self::These(candidates));
        }
        known(candidates.into_iter().collect()).map(Self::These)
    }

    fn hides(&self, address: &str) -> bool {
        match self {
            Self::These(these) => these.contains(address),
            Self::All => true,
        }
    }
}

/// Replaces what is hidden in `text`: an address becomes `ellen@…`, and an address of a list with a token in it
/// (`talk+r.TOKEN@…`, also with `%2B` for the plus, as in links) becomes `talk@…` whatever `hidden` says. Linear in the
/// text.
pub fn redact(text: &str, hidden: &Hidden) -> String {
    let tokenless = (text.len() > TOKEN_LENGTH).then(|| without_tokens(&[text]).concat());
    let text = tokenless.as_deref().unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, after) in marks(text) {
        // What was replaced is no part of another address.
        let Some(sighting) = Sighting::around(text, at, after, done) else { continue };
        let hit = sighting.candidates().find_map(|(start, end)| {
            let address = sighting.address(start, end);
            let local = address.split('@').next().unwrap_or_default();
            match local.split_once('+') {
                Some((name, detail)) if is_token(detail) => Some((start, end, name.to_owned())),
                _ => hidden.hides(&address).then(|| (start, end, first_part(&text[start..at]))),
            }
        });
        if let Some((start, end, shown)) = hit {
            out.push_str(&text[done..start]);
            out.push_str(&shown);
            out.push_str("@…");
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// The local part up to its first separator: enough to recognise somebody by, too little to write to.
fn first_part(local: &str) -> String {
    local.split(['.', '+', '_', '-', '%']).next().unwrap_or_default().chars().take(12).collect()
}

fn is_token(detail: &str) -> bool {
    let token = detail.split_once('.').filter(|(kind, _)| matches!(*kind, "r" | "d" | "c" | "u" | "b"));
    token.is_some_and(|(_, token)| token.len() >= 16 && token.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// An `@`, or what stands for it in a link.
struct Sighting<'t> {
    text: &'t str,
    /// Where it begins, and where what follows it begins.
    at: usize,
    after: usize,
    /// Where an address around it may begin, the outermost first; never empty.
    starts: Vec<usize>,
    /// Where it may end, the outermost first; never empty.
    ends: Vec<usize>,
}

impl<'t> Sighting<'t> {
    /// What stands around an `@` that reaches from `at` to `after`, looked at from `from` on; `None` where no address can.
    fn around(text: &'t str, at: usize, after: usize, from: usize) -> Option<Self> {
        let starts: Vec<usize> = starts(text.get(from..at)?).into_iter().map(|start| from + start).collect();
        if starts.is_empty() {
            return None;
        }
        let ends: Vec<usize> = ends(&text[after..]).into_iter().map(|end| after + end).collect();
        (!ends.is_empty()).then_some(Self { text, at, after, starts, ends })
    }

    /// Where every address may stand that may be here: the longest first.
    fn candidates(&self) -> impl Iterator<Item = (usize, usize)> {
        self.starts.iter().flat_map(|start| self.ends.iter().map(move |end| (*start, *end)))
    }

    /// One of them, in small letters.
    fn address(&self, start: usize, end: usize) -> String {
        let local = self.text[start..self.at].to_lowercase().replace("%2b", "+");
        format!("{local}@{}", self.text[self.after..end].to_lowercase())
    }
}

/// Where each `@`, or what stands for it in a link, begins, and where what follows it begins.
fn marks(text: &str) -> impl Iterator<Item = (usize, usize)> {
    memchr::memchr2_iter(b'@', b'%', text.as_bytes()).filter_map(|at| match text.as_bytes()[at] {
        b'@' => Some((at, at + 1)),
        _ => text[at..].starts_with("%40").then_some((at, at + 3)),
    })
}

/// Where the local part that ends at the end of `before` may begin. Never looks back further than one goes.
fn starts(before: &str) -> Vec<usize> {
    let mut run = before.len();
    for (at, c) in before.char_indices().rev().take(64) {
        if !(c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)) {
            break;
        }
        run = at;
    }
    let local = &before[run..];
    let mut starts = Vec::new();
    let mut last: Option<char> = None;
    for (at, c) in local.char_indices() {
        // It begins with the run, behind a mark, behind an encoded character, or where the script changes.
        let behind = last.is_none_or(|last| !last.is_alphanumeric() || last.is_ascii() != c.is_ascii());
        let encoded = at >= 3 && local.as_bytes()[at - 3] == b'%';
        if c.is_alphanumeric() && (behind || encoded) {
            starts.push(run + at);
        }
        last = Some(c);
    }
    // The whole run, and the nearest to the `@`: between them stands a link's or a sentence's own text.
    let surplus = starts.len().saturating_sub(MOST_EDGES);
    starts.drain(usize::from(surplus > 0)..surplus);
    starts
}

/// Where the domain that begins at the beginning of `after` may end.
fn ends(after: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut last = '.';
    let mut end = 0;
    for (at, c) in after.char_indices().take(253) {
        if !(c.is_alphanumeric() || c == '-' || c == '.') || (c == '.' && last == '.') {
            break;
        }
        if last.is_alphanumeric() && (c == '.' || c.is_ascii() != last.is_ascii()) {
            ends.push(at);
        }
        end = at + c.len_utf8();
        last = c;
    }
    let whole = after[..end].trim_end_matches(['.', '-']).len();
    ends.push(whole);
    ends.retain(|end| *end > 0);
    ends.sort_unstable();
    ends.dedup();
    // The first few labels tell; what follows them is the text around.
    ends.truncate(MOST_EDGES);
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "aeaaaaaaamaaaaaaaaaaal5pbjqsihkqf42a";

    fn these(addresses: &[&str]) -> Hidden {
        Hidden::These(addresses.iter().map(|address| (*address).to_owned()).collect())
    }

    fn hiding_ellen(text: &str) -> String {
        redact(text, &these(&["ellen@example.net", "ellen.gray@example.net"]))
    }

    #[test]
    fn a_members_address_is_shortened_and_others_stay() {
        assert_eq!(hiding_ellen("Ask Ellen.Gray@Example.net."), "Ask Ellen@….");
        assert_eq!(hiding_ellen("<ellen@example.net>, x@example.org"), "<ellen@…>, x@example.org");
        assert_eq!(hiding_ellen("mailto:ellen@example.net?subject=x"), "mailto:ellen@…?subject=x");
    }

    #[test]
    fn an_address_in_odd_company_is_found() {
        for around in [
            "https://x.example/unsubscribe?email=A",
            "x=A",
            "-A",
            "|A|",
            "~A",
            "{A}",
            "写信给A",
            "Aまで",
            "A.Thanks",
            "#A",
            "ask/A",
            "mailto:%20A",
            "Ellen-A",
            "A-",
            "(A)",
            "A.",
            "'A'",
            "*A*",
            "_A_",
            "<A>;<A>",
            "a@b,A",
            "A@A",
        ] {
            for address in ["ellen@example.net", "ELLEN@Example.NET", "ellen%40example.net"] {
                let text = around.replace('A', address);
                let shown = hiding_ellen(&text).to_lowercase();
                assert!(!shown.contains(&address.to_lowercase()), "{text} -> {shown}");
                assert!(shown.contains("ellen@…"), "{text} -> {shown}");
            }
        }
    }

    #[test]
    fn a_tokenised_address_of_ours_never_stays() {
        let shown = redact(&format!("Reply to Marina: talk+r.{TOKEN}@lists.example"), &these(&[]));
        assert_eq!(shown, "Reply to Marina: talk@…");
        for (plus, at) in [("%2B", "@"), ("%2b", "%40"), ("+", "%40")] {
            let token = TOKEN.to_uppercase();
            let link = redact(&format!("(mailto:talk{plus}R.{token}{at}lists.example?subject=Re)"), &these(&[]));
            assert_eq!(link, "(mailto:talk@…?subject=Re)", "{plus} {at}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_stays() {
        for text in ["@", "a @ b", "me@", "@home", "3 @ 4 €", "x@@y", "a@.b", "día@", "", "100%40", "%4", "%"] {
            assert_eq!(redact(text, &Hidden::All), text, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_a_list_of_addresses_shows_none_and_asks_for_none() {
        let text: String = (0..5000).map(|n| format!("a{n}@b.example\n")).collect();
        let hidden = Hidden::among(&[&text], |_| -> Result<_, ()> { panic!("it asked") }).unwrap();
        assert_eq!(hidden, Hidden::All);
        assert!(!redact(&text, &hidden).contains("@b"));
    }

    #[test]
    fn every_candidate_is_asked_for_once() {
        let texts = ["write to x-ellen@example.net", "X-Ellen@example.net"];
        let hidden = Hidden::among(&texts, |asked| -> Result<_, ()> {
            let mut asked = asked;
            asked.sort();
            let expected = ["ellen@example", "ellen@example.net", "x-ellen@example", "x-ellen@example.net"];
            assert_eq!(asked, expected);
            Ok(HashSet::from(["ellen@example.net".to_owned()]))
        });
        assert_eq!(redact(texts[0], &hidden.unwrap()), "write to x-ellen@…");
    }

    #[test]
    fn a_megabyte_of_at_signs_is_read_in_one_go() {
        let text = "a@".repeat(500_000);
        assert_eq!(redact(&text, &these(&[])), text);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_hiding_nothing_changes_nothing(text in "[^+%]{0,200}") {
            proptest::prop_assert_eq!(redact(&text, &these(&[])), text);
        }

        #[test]
        fn hiding_everything_never_panics(text in "([a-z@.%+=é写-]|%40|%2B){0,200}") {
            redact(&text, &Hidden::All);
        }
    }
}
