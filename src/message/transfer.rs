//! The two encodings in which bodies travel (RFC 2045 §6), read leniently, and charsets.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

use super::header::guessed_text;

/// A Content-Transfer-Encoding; `7bit`, `8bit`, `binary` and unknown ones leave the bytes as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// Reads the header's value.
    pub(super) fn parse(value: &str) -> Self {
        let word = value.split([' ', ';', '(']).next().unwrap_or_default();
        if word.eq_ignore_ascii_case("quoted-printable") {
            Self::QuotedPrintable
        } else if word.eq_ignore_ascii_case("base64") {
            Self::Base64
        } else {
            Self::Identity
        }
    }

    /// The decoded bytes. What is no valid encoding stays as it stands (quoted-printable) or is skipped (base64); what is
    /// labelled base64 and is something else stays as a whole.
    pub(super) fn decode(self, raw: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Identity => Cow::Borrowed(raw),
            Self::Base64 if !looks_like_base64(raw) => Cow::Borrowed(raw),
            Self::QuotedPrintable => Cow::Owned(quoted_printable(raw)),
            Self::Base64 => Cow::Owned(base64(raw)),
        }
    }

    /// How many bytes [`Encoding::decode`] would give, without keeping them.
    pub(super) fn decoded_len(self, raw: &[u8]) -> usize {
        match self {
            Self::Identity => raw.len(),
            Self::QuotedPrintable => quoted_printable(raw).len(),
            Self::Base64 if !looks_like_base64(raw) => raw.len(),
            Self::Base64 => raw.iter().filter(|b| sextet(**b).is_some()).count() * 3 / 4,
        }
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// RFC 2045 §6.7; blanks at the end of a line were added on the way and go.
fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let content = line.trim_ascii_end();
        let line_end: &[u8] = if line.ends_with(b"\n") { b"\n" } else { b"" };
        let (content, is_soft) = match content {
            [start @ .., b'='] => (start, true),
            whole => (whole, false),
        };
        escapes(content, &mut decoded);
        if !is_soft {
            decoded.extend_from_slice(line_end);
        }
    }
    decoded
}

fn escapes(line: &[u8], decoded: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(mark) = rest.iter().position(|b| *b == b'=') {
        decoded.extend_from_slice(&rest[..mark]);
        let digits = rest.get(mark + 1).and_then(|b| hex(*b)).zip(rest.get(mark + 2).and_then(|b| hex(*b)));
        let used = match digits {
            Some((high, low)) => {
                decoded.push(high << 4 | low);
                3
            }
            None => {
                decoded.push(b'=');
                1
            }
        };
        rest = &rest[mark + used..];
    }
    decoded.extend_from_slice(rest);
}

fn sextet(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Whether what is labelled base64 is some: it begins with a line that is long enough to be nothing else, or that ends with
/// a pad, or has hardly anything that base64 has not.
fn looks_like_base64(raw: &[u8]) -> bool {
    // Lines have 76 characters (RFC 2045 §6.8); no word is nearly as long.
    const LONG: usize = 40;
    let is_letter = |b: &&u8| sextet(**b).is_some();
    let begun = raw.trim_ascii_start();
    let letters = begun.iter().take_while(is_letter).count();
    let pads = begun[letters..].iter().take_while(|b| **b == b'=').count();
    let ends_line = begun[letters + pads..].first().is_none_or(u8::is_ascii_whitespace);
    if letters >= LONG || (letters > 0 && pads > 0 && ends_line) {
        return true;
    }
    let others = |line: &[u8]| line.iter().filter(|b| **b != b'=' && !is_letter(b)).count();
    let others: usize = raw.split(|b| *b == b'\n').map(|line| others(line.trim_ascii())).sum();
    others < 3 || others * 20 < raw.len()
}

/// RFC 2045 §6.8: characters outside the alphabet are ignored, a pad ends a group (and another may follow it, where
/// two encoded texts were glued together).
fn base64(raw: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in raw {
        if let Some(six) = sextet(*byte) {
            bits = (bits << 6 | six) & 0x00ff_ffff;
            held += 6;
            if held >= 8 {
                held -= 8;
                decoded.push((bits >> held & 0xff) as u8);
            }
        } else if *byte == b'=' {
            held = 0;
        }
    }
    decoded
}

/// Bytes as text by the charset that the part states. A charset that says nothing (missing, unknown, ASCII with high
/// bytes) is guessed; bytes that are wrong in their charset become U+FFFD.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let name = charset.unwrap_or_default().trim().trim_matches(['"', '\'']);
    let says_nothing = ["", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "8bit", "7bit", "default"];
    if says_nothing.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return guessed_text(bytes).into_owned();
    }
    if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    match charset_decoder(name.as_bytes()) {
        Some(decode) => decode(bytes),
        None => guessed_text(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;

    fn decode(encoding: Encoding, raw: &str) -> String {
        String::from_utf8(encoding.decode(raw.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn quoted_printable_survives_what_is_wrong_with_it() {
        let read = |raw| decode(Encoding::QuotedPrintable, raw);
        assert_eq!(read("caf=C3=A9 =\r\nau lait  \r\n1 = 1, =zz, =4\r\nend="), "café au lait\n1 = 1, =zz, =4\nend");
    }

    #[test]
    fn base64_survives_breaks_junk_and_glue() {
        let read = |raw| decode(Encoding::Base64, raw);
        assert_eq!(read("aGVs\r\nbG8*g"), "hello ");
        assert_eq!(read("YQ==Yg=="), "ab");
        assert_eq!(read("aGk"), "hi");
        assert_eq!(Encoding::Base64.decoded_len(b"aGVsbG8g\r\n"), 6);
    }

    #[test]
    fn what_is_labelled_base64_and_is_not_stays_as_it_stands() {
        let read = |raw| decode(Encoding::Base64, raw);
        for plain in
            ["Hello Ada,\r\n\r\nyes, at noon. Bring bread!\r\n", "Wie schön, daß Du kommst", "Bring (rye) bread!"]
        {
            assert_eq!(read(plain), plain);
            assert_eq!(Encoding::Base64.decoded_len(plain.as_bytes()), plain.len());
        }
        let footer = "\r\n-- \r\nTo leave this list, write to: leave at lists.example, please!\r\n";
        let short = format!("aGVsbG8=\r\n{footer}");
        assert!(Encoding::Base64.decode(short.as_bytes()).starts_with(b"hello"));
        let long = BASE64.encode("Bread is baked at noon, and then it rests.".as_bytes()) + footer;
        assert!(Encoding::Base64.decode(long.as_bytes()).starts_with(b"Bread is baked at noon, and then it rests."));
        assert_eq!(read("aG Vs\r\n bG8h\r\n"), "hello!");
    }

    #[test]
    fn a_charset_that_says_nothing_is_guessed() {
        assert_eq!(text("é".as_bytes(), None), "é");
        assert_eq!(text(&[0xe9, 0x20, 0x80], Some("us-ascii")), "é €");
        assert_eq!(text(&[0xe9], Some("iso-8859-1")), "é");
        assert_eq!(text(b"\x1b$B$\"\x1b(B", Some("ISO-2022-JP")), "あ");
    }
}
