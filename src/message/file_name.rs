//! The name of a file, as mail programs write it into a parameter: in encoded words (RFC 2047), which are not meant for
//! there, in pieces, in a charset of its own (RFC 2231), and more than once.

use super::header::unfolded;
use super::{bounds, clean, encoded_word, transfer};

/// Most pieces of a name.
const PIECES: usize = 100;

/// A piece of a parameter: which one it is where the parameter comes in pieces, whether its octets are written as `%C3`,
/// and its value.
struct Piece {
    number: Option<usize>,
    encoded: bool,
    value: String,
}

/// The name that a header's parameter `parameter` says, as one line; `None` where it says none.
pub(super) fn read(value: &[u8], parameter: &str) -> Option<String> {
    let text = unfolded(value);
    if text.len() > bounds::DECODED_VALUE_BYTES {
        return None;
    }
    let mut pieces = pieces(&text, parameter);
    pieces.sort_by_key(|piece| piece.number);
    let (whole, numbered): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| piece.number.is_none());
    // What states its charset goes before what is written for older programs.
    let name = match whole.iter().find(|piece| piece.encoded) {
        Some(piece) => in_its_charset(std::slice::from_ref(piece)),
        None if numbered.is_empty() => encoded_word::decoded(&whole.first()?.value),
        None => in_its_charset(&numbered),
    };
    let shown: String = name.chars().filter(|c| !is_unseen(*c)).collect();
    Some(clean::line(&shown, bounds::NAME_CHARS)).filter(|name| !name.is_empty())
}

/// Whether a character shows nothing and may turn what stands around it: no name needs one.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}')
}

/// The pieces of one parameter, in the order in which they stand there.
fn pieces(text: &str, parameter: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = text.find(';').map_or("", |at| &text[at + 1..]);
    while !rest.is_empty() && found.len() < PIECES {
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_ascii_lowercase();
        rest = &rest[end..];
        let value;
        (value, rest) = match rest.strip_prefix('=') {
            Some(after) => self::value(after),
            None => (String::new(), rest),
        };
        rest = rest.strip_prefix(';').unwrap_or(rest);
        if let Some(section) = name.strip_prefix(parameter) {
            let encoded = section.ends_with('*');
            let number = section.trim_matches('*');
            match number.parse() {
                Ok(number) if section.starts_with('*') => found.push(Piece { number: Some(number), encoded, value }),
                _ if matches!(section, "" | "*") => found.push(Piece { number: None, encoded, value }),
                _ => {}
            }
        }
    }
    found
}

/// The value that a text begins with, quoted or not, and what follows it from the next `;` on. Many write names with
/// blanks in them without quotes.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim_end().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut signs = quoted.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => {
                let rest = &quoted[at + 1..];
                return (value, rest.find(';').map_or("", |next| &rest[next..]));
            }
            // Before any other sign it is one of a path that was never escaped.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => value.extend(signs.next().map(|(_, escaped)| escaped)),
            _ => value.push(sign),
        }
    }
    (value, "")
}

/// The text of a parameter in pieces, or of one with a charset: `utf-8'de'Gr%C3%BC%C3%9Fe` (RFC 2231 §4). A character may
/// begin in one piece and end in the next.
fn in_its_charset(pieces: &[Piece]) -> String {
    if pieces.iter().all(|piece| !piece.encoded) {
        let whole: String = pieces.iter().map(|piece| piece.value.as_str()).collect();
        return encoded_word::decoded(&whole);
    }
    let mut octets = Vec::new();
    let mut charset = None;
    for (at, piece) in pieces.iter().enumerate() {
        let mut value = piece.value.as_str();
        if at == 0
            && piece.encoded
            && let Some((stated, rest)) = value.split_once('\'')
            && let Some((_language, rest)) = rest.split_once('\'')
        {
            charset = Some(stated);
            value = rest;
        }
        match piece.encoded {
            true => percent_decoded(value, &mut octets),
            false => octets.extend_from_slice(value.as_bytes()),
        }
    }
    transfer::text(&octets, charset)
}

fn percent_decoded(value: &str, octets: &mut Vec<u8>) {
    let bytes = value.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = value.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(octet) => {
                octets.push(octet);
                at += 3;
            }
            None => {
                octets.push(bytes[at]);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> String {
        read(format!("attachment; {value}").as_bytes(), "filename").unwrap_or_default()
    }

    #[test]
    fn encoded_words_in_a_name_join_without_blanks_wherever_they_were_cut() {
        for written in [
            "filename=\"=?utf-8?B?R3LDvMOf?=\r\n\t=?utf-8?B?ZS5wZGY=?=\"; size=3",
            "filename=\"=?utf-8?B?R3LD?=\r\n =?utf-8?B?vMOfZS5wZGY=?=\"",
            "filename=\"=?UTF-8?Q?Gr=C3=BC?=   =?utf-8?B?w59lLnBkZg==?=\"",
            "filename=\"=?utf-8?Q?Gr=C3=BC?= =?iso-8859-1*de?Q?=DFe.pdf?=\"",
            "filename==?utf-8?Q?Gr=C3=BC=C3=9Fe?=.pdf; size=3",
            "filename*0=\"=?utf-8?B?R3LD\"; filename*1=\"vMOfZS5wZGY=?=\"",
            "filename*0=\"=?utf-8?B?R3LDvMOf?=\"; filename*1=\" =?utf-8?B?ZS5wZGY=?=\"",
        ] {
            assert_eq!(name(written), "Grüße.pdf", "{written}");
        }
        assert_eq!(name("filename=\"=?utf-8?Q?Gr=C3=BC=C3=9Fe_?= 1 =?x\""), "Grüße 1 =?x");
        assert_eq!(name("filename=\"=?iso-2022-jp?B?GyRCO3EbKEI=?= =?iso-2022-jp?B?GyRCTkEbKEI=?=\""), "資料");
    }

    #[test]
    fn a_name_in_pieces_is_decoded_whole_and_goes_before_the_one_for_older_programs() {
        for written in [
            "filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf",
            "filename=\"Grusse.pdf\"; FileName*=UTF-8'de'Gr%c3%bc%c3%9fe.pdf",
            "filename*1*=%BC%C3%9Fe; filename*0*=utf-8''Gr%C3; filename*2=\".pdf\"",
            "filename*0*=windows-1252''Gr%FC; filename*1*=%DFe.pdf; filename=x",
            "filename=Größe.pdf; filename*0*=''Gr%C3%BC; filename*1*=%C3%9Fe.pdf",
        ] {
            assert_eq!(name(written), "Grüße.pdf", "{written}");
        }
        assert_eq!(name("filename*0*=utf-8''a; filename*1=\"%20.pdf\""), "a%20.pdf");
        assert_eq!(name("filename*=\"50%\""), "50%");
        assert_eq!(name("filename=\"C:\\a\\b.pdf\""), "C:\\a\\b.pdf");
        assert_eq!(name("filename=two words.pdf; size=3"), "two words.pdf");
        assert_eq!(name("filename=\"a; filename=b \\\"c\\\"\"; x=y"), "a; filename=b \"c\"");
        assert_eq!((name("filenames=x; filename*x=y; filename"), name("")), (String::new(), String::new()));
    }

    #[test]
    fn a_name_is_one_line_in_one_direction_however_it_is_encoded() {
        for written in [
            "filename=\"=?utf-8?Q?a=E2=80=8E=E2=80=AE=E2=80=8B=D8=9C=0D=0Ab?=\"",
            "filename*=utf-8''a%E2%80%AE%0D%0A%00b",
            "filename*0*=utf-8''a%E2%80; filename*1*=%AE%0Ab",
        ] {
            let name = name(written);
            assert!(["a b", "ab"].contains(&name.as_str()), "{name:?}");
        }
        assert_eq!(name(&format!("filename=\"{}\"", "x".repeat(500))).len(), bounds::NAME_CHARS);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(value in "([;=\"\\\\*'%?é ]|filename|=\\?utf-8\\?[bq]\\?|\\?=|[0-9a-f]){0,60}") {
            proptest::prop_assert!(name(&value).chars().count() <= bounds::NAME_CHARS);
        }
    }
}
