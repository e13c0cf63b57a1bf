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
    /// each once. It hides in these texts and in parts of them. `hosts` are those of our own web addresses.
    pub fn among<E>(
        texts: &[&str],
        hosts: &[&str],
        known: impl FnOnce(Vec<String>) -> Result<HashSet<String>, E>,
    ) -> Result<Self, E> {
        let hosts = hosts.iter().map(|host| host.to_lowercase()).collect();
        let which = match candidates(&texts.concat()) {
            None => Which::All,
            Some(none) if none.is_empty() => Which::None,
            Some(candidates) => Which::These(known(candidates.into_iter().collect())?),
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
mod tests {
    use super::*;

    const TOKEN: &str = "aeaaaaaaamaaaaaaaaaaal5pbjqsihkqf42a";

    fn these(addresses: &[&str]) -> Hidden {
        let these = addresses.iter().map(|address| (*address).to_owned()).collect();
        Hidden { which: Which::These(these), spared: None, hosts: vec!["lists.example".to_owned()] }
    }

    fn every() -> Hidden {
        these(&[]).and_marked()
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
    fn addresses_without_anything_between_them_are_all_found() {
        assert_eq!(hiding_ellen("ellen@example.netEllen@example.net"), "ellen@…Ellen@…");
        assert_eq!(hiding_ellen("x@example.orgellen@example.net"), "x@example.orgellen@…");
        assert_eq!(hiding_ellen("ellen@example.netx@example.org"), "ellen@…x@example.org");
    }

    #[test]
    fn an_address_in_the_senders_address_of_a_mail_that_was_passed_on_is_found() {
        for passed_on in
            ["bounce+ellen=example.net@x.example", "SRS0=ab=cd=example.net=ellen@fw.example ellen=example.net@x"]
        {
            assert!(!hiding_ellen(passed_on).contains("ellen=example.net"), "{passed_on}");
        }
    }

    #[test]
    fn base64_ends_with_its_line_or_goes_on_in_the_next() {
        assert_eq!(hiding_ellen("ZWxsZW5AZXhhbXBsZS5uZXQ=\nx=1"), "ellen@…=\nx=1");
        assert_eq!(hiding_ellen("ZWxsZW5AZXhh\nbXBsZS5uZXQ="), "ellen@…=");
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
            assert_eq!(redact(text, &every()), text, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_a_list_of_addresses_shows_none_and_asks_for_none() {
        let text: String = (0..5000).map(|n| format!("a{n}@b.example\n")).collect();
        let hidden = Hidden::among(&[&text], &[], |_| -> Result<_, ()> { panic!("it asked") }).unwrap();
        assert_eq!(hidden.which, Which::All);
        assert!(!redact(&text, &hidden).contains("@b"));
    }

    #[test]
    fn every_candidate_is_asked_for_once() {
        let texts = ["write to x-ellen@example.net", "\n", "X-Ellen@example.net"];
        let hidden = Hidden::among(&texts, &[], |asked| -> Result<_, ()> {
            let mut asked = asked;
            asked.sort();
            let expected = ["ellen@example", "ellen@example.net", "x-ellen@example", "x-ellen@example.net"];
            assert_eq!(asked, expected);
            Ok(HashSet::from(["ellen@example.net".to_owned()]))
        });
        assert_eq!(redact(texts[0], &hidden.unwrap()), "write to x-ellen@…");
    }

    #[test]
    fn an_address_is_found_however_it_is_written() {
        for written in [
            "ellen&#64;example.net",
            "ellen&#x40;example&period;net",
            "ellen&commat;example.net",
            "%65llen%40example%2Enet",
            "ellen%2540example.net",
            "e%C3%A9llen%40example.net",
            "ellen=40example.net",
            "ellen\\u0040example.net",
            "ellen\u{200b}@exam\u{ad}ple.net",
            "el=\nlen@example.net",
            "ellen@\nexample.net",
            "ellen\n@example.net",
            "ellen @ example.net",
            "ellen@ example.net",
            "\"ellen\"@example.net",
            "ellen\u{ff20}example.net",
            "ellen\u{202a}@example.net",
            "ellen@exa\n  mple.net",
            "<b>ellen</b>@example<i>.net</i>",
            "ellen at example.net",
            "ellen AT example.net",
            "ellen [at] example.net",
            "ellen(at)example.net",
            "ellen (at) example (dot) net",
            "ellen at example dot net",
            "ellen_at_example.net",
            "<ellen at example.net>",
            "ZWxsZW5AZXhhbXBsZS5uZXQ=",
            "u=ZWxsZW5AZXhhbXBsZS5uZXQ&x",
            "eDp4LmVsbGVuQGV4YW1wbGUubmV0Ojp4",
            "ZWxsZW5AZXhh\nbXBsZS5uZXQ",
            "=?utf-8?q?ellen=40example.net?=",
            "=?utf-8?b?ZWxsZW5AZXhhbXBsZS5uZXQ=?=",
        ] {
            let (written, known) = match written.strip_prefix("e%C3") {
                Some(_) => (written, "eéllen@example.net"),
                None => (written, "ellen@example.net"),
            };
            let text = format!("It was said by {written}, and more.");
            let hidden = Hidden::among(&[&text], &[], |asked| -> Result<_, ()> {
                Ok(asked.into_iter().filter(|one| one == known).collect())
            });
            let shown = redact(&text, &hidden.unwrap());
            assert!(shown.contains('…') && shown.ends_with("and more."), "{text} -> {shown}");
            assert!(!shown.contains("xample") && !shown.contains("ZXhh"), "{text} -> {shown}");
        }
    }

    #[test]
    fn an_address_split_over_texts_goes_from_all_of_them() {
        let shown = redact_all(&["by ", "ellen", "@", "example.net", "!"], &these(&["ellen@example.net"]));
        assert_eq!(shown, ["by ", "ellen@…", "", "", "!"]);
    }

    #[test]
    fn where_a_name_stands_before_it_an_address_leaves_nothing() {
        for (text, shown) in [
            ("On Monday, Ellen <ellen@example.net> wrote:", "On Monday, Ellen wrote:"),
            ("Am Montag schrieb \"Gray, E.\" <mailto:ellen@example.net>:", "Am Montag schrieb \"Gray, E.\":"),
            ("From: Ellen Gray [mailto:ellen@example.net]", "From: Ellen Gray"),
            ("山田花子 <ellen@example.net> さん", "山田花子 さん"),
            ("write to <ellen@example.net>", "write to <ellen@…>"),
            ("To: <ellen@example.net>", "To: <ellen@…>"),
            ("Ellen ellen@example.net", "Ellen ellen@…"),
        ] {
            assert_eq!(hiding_ellen(text), shown);
        }
    }

    #[test]
    fn words_that_only_sound_like_an_address_stay() {
        for text in [
            "We met at noon. Then at example.org we",
            "look at this dot net",
            "at 10.30 at home",
            "the cat at the mat.",
            "=40 %40 &#64; [at] (dot)",
        ] {
            assert_eq!(hiding_ellen(text), text);
            assert_eq!(redact(text, &every()), text);
        }
    }

    #[test]
    fn an_address_that_may_stay_stays_and_no_other() {
        let hidden = these(&["ellen@example.net", "gray@example.net"]).sparing("Ellen.Gray@example.net");
        let hidden = Hidden {
            which: Which::These(["ellen.gray@example.net", "gray@example.net"].map(String::from).into()),
            ..hidden
        };
        let text = "ellen.gray@example.net, gray@example.net";
        assert_eq!(redact(text, &hidden), "ellen.gray@example.net, gray@…");
    }

    #[test]
    fn a_web_address_of_ours_with_a_token_in_it_is_cut_at_the_host() {
        let hidden = these(&[]);
        for (text, shown) in [
            (format!("see https://lists.example/talk/leave/{TOKEN}."), "see https://lists.example/…"),
            (format!("<https://LISTS.example:8080/c?t={TOKEN}&x=1>"), "<https://LISTS.example/…>"),
            (
                format!("https://t.example/r?u=https%3A%2F%2Flists.example%2Fc%2F{TOKEN}"),
                "https://t.example/r?u=https%3A%2F%2Flists.example/…",
            ),
            (
                format!("https://lists.example/c/{}\n> {} and", &TOKEN[..20], &TOKEN[20..]),
                "https://lists.example/… and",
            ),
            ("https://lists.example.org/c/x".to_owned(), "https://lists.example.org/c/x"),
            (format!("https://lists.example.org/c/{TOKEN}"), "https://lists.example.org/c/…"),
            ("https://lists.example/talk/12#7".to_owned(), "https://lists.example/talk/12#7"),
        ] {
            assert_eq!(redact(&text, &hidden), shown);
        }
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
            redact(&text, &every());
        }
    }
}
