//! Encoded words (RFC 2047): how a header says what is not ASCII.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::transfer::{self, Encoding};

/// An encoded word (RFC 2047 §2).
struct Word<'t> {
    charset: &'t str,
    octets: Vec<u8>,
    /// What follows it.
    rest: &'t str,
}

impl<'t> Word<'t> {
    /// The encoded word that a text begins with.
    fn at_start(text: &'t str) -> Option<Self> {
        let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let encoding = match encoding {
            "b" | "B" => Encoding::Base64,
            "q" | "Q" => Encoding::QuotedPrintable,
            _ => return None,
        };
        let (written, rest) = rest.split_once("?=")?;
        let octets = match encoding {
            Encoding::QuotedPrintable => encoding.decode(written.replace('_', "=20").as_bytes()).into_owned(),
            _ => encoding.decode(written.as_bytes()).into_owned(),
        };
        // The language behind the charset (RFC 2231 §5) tells nothing here.
        let charset = charset.split('*').next().unwrap_or_default();
        Some(Self { charset, octets, rest })
    }
}

/// How a text of ISO-2022 ends that is whole: back in ASCII.
const BACK_IN_ASCII: &[u8] = b"\x1b(B";

/// A text with its encoded words decoded. Blanks between two of them are none of the text's (RFC 2047 §6.2), and words
/// of one charset are decoded together, since many programs cut them within a character.
pub(super) fn decoded(text: &str) -> String {
    rewritten(text, |said, _| Cow::Borrowed(said))
}

/// A text in which each run of encoded words is one word, for who decodes them one by one.
pub(super) fn joined(text: &str) -> String {
    rewritten(text, |said, written| match written.matches("=?").count() {
        0 | 1 => Cow::Borrowed(written),
        _ => Cow::Owned(format!("=?utf-8?B?{}?=", BASE64.encode(said.as_bytes()))),
    })
}

/// A text in which what `becomes` makes of it, decoded and as it was written, stands for each run of encoded words.
fn rewritten(text: &str, becomes: impl for<'w> Fn(&'w str, &'w str) -> Cow<'w, str>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    // Where no word ends, none is looked for.
    let last_end = text.rfind("?=").map_or(0, |at| text.len() - at);
    while let Some(at) = rest.find("=?").filter(|at| rest.len() - at > last_end) {
        let run = &rest[at..];
        let (said, after) = run_at_start(run);
        new.push_str(&rest[..at]);
        if after.len() == run.len() {
            new.push_str(&run[..2]);
            rest = &run[2..];
            continue;
        }
        new.push_str(&becomes(&said, &run[..run.len() - after.len()]));
        rest = after;
    }
    new.push_str(rest);
    new
}

/// What the encoded words say that a text begins with, and what follows them: all of it where it begins with none.
fn run_at_start(text: &str) -> (String, &str) {
    let (mut said, mut rest) = (String::new(), text);
    let mut next = Word::at_start(rest);
    while let Some(Word { charset, mut octets, rest: after }) = next.take() {
        rest = after;
        next = Word::at_start(rest.trim_start());
        while !octets.ends_with(BACK_IN_ASCII)
            && let Some(more) = next.take_if(|next| next.charset.eq_ignore_ascii_case(charset))
        {
            octets.extend(more.octets);
            rest = more.rest;
            next = Word::at_start(rest.trim_start());
        }
        said.push_str(&transfer::text(&octets, Some(charset)));
    }
    (said, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_together_however_they_were_cut() {
        for written in [
            "=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?= x",
            "=?utf-8?B?R3LD?=  =?UTF-8?B?vMOfZQ==?= x",
            "=?utf-8?Q?Gr=C3=BC?= =?iso-8859-1*de?Q?=DFe?= x",
            "=?utf-8?Q?Gr=C3=BC=C3=9Fe_x?=",
        ] {
            assert_eq!(decoded(written), "Grüße x", "{written}");
        }
        for text in ["", "=?", "a =?b", "=?utf-8?X?a?= b", "=?utf-8?B?R3LD", "?=", "1 =? 2 ?= 3"] {
            assert_eq!((decoded(text), joined(text)), (text.to_owned(), text.to_owned()));
        }
        assert_eq!(decoded("a=?utf-8?Q?b?=c =?utf-8?Q?d?= e"), "abc d e");
    }

    #[test]
    fn a_run_becomes_one_word_and_a_lone_word_stays_as_it_is() {
        let lone = "Re: =?utf-8?Q?a?= <a@b.c>";
        assert_eq!(joined(lone), lone);
        assert_eq!(joined("=?utf-8?B?R3LD?= =?utf-8?B?vA==?= <a@b.c>"), "=?utf-8?B?R3LDvA==?= <a@b.c>");
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(=\\?|\\?=|utf-8|iso-2022-jp|\\?[bqB]\\?|[a-zA-Z0-9+/=_é ]){0,60}") {
            proptest::prop_assert!(decoded(&text).len() <= 8 * text.len() && joined(&text).len() <= 8 * text.len() + 20);
        }
    }
}
