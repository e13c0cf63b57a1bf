//! Quoted-printable (RFC 2045 §6.7) for our own parts: 7-bit, lines of at most 76, no character or slot split.

use std::fmt::Write;

use super::slot;

/// The longest encoded line, the `=` of a soft break included (RFC 2045 §6.7, rule 5).
const COLUMNS: usize = 76;

/// Encodes text with `\n` line ends; the result has CRLF ones. Slots pass as they are and count as wide as what will
/// stand there. What mail programs and archives misread at a line's start (`From `, a dot) is encoded too.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("\r\n");
        }
        encode_line(line, &mut out);
    }
    out
}

fn encode_line(line: &str, out: &mut String) {
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (unit, after) = take_unit(rest);
        let mut wide = width(unit, rest, column, after);
        // The last unit may use the column that a soft break would need.
        let room = if after.is_empty() { COLUMNS } else { COLUMNS - 1 };
        if column > 0 && column + wide > room {
            out.push_str("=\r\n");
            column = 0;
            wide = width(unit, rest, column, after);
        }
        write_unit(unit, wide, out);
        column += wide;
        rest = after;
    }
}

/// The next thing that must stay whole: a slot or a character.
fn take_unit(rest: &str) -> (&str, &str) {
    let length = slot::length_at_start(rest).unwrap_or_else(|| rest.chars().next().map_or(0, char::len_utf8));
    rest.split_at(length)
}

/// How many columns the unit takes when written.
fn width(unit: &str, rest: &str, column: usize, after: &str) -> usize {
    if unit.starts_with(slot::OPEN) {
        return slot::width(unit);
    }
    let byte = unit.as_bytes()[0];
    let misread = column == 0 && (byte == b'.' || rest.starts_with("From "));
    let plain = match byte {
        b' ' => !after.is_empty(),
        b'=' => false,
        byte => byte.is_ascii_graphic(),
    };
    if plain && !misread { 1 } else { 3 * unit.len() }
}

fn write_unit(unit: &str, wide: usize, out: &mut String) {
    if wide == 1 || unit.starts_with(slot::OPEN) {
        out.push_str(unit);
        return;
    }
    for byte in unit.bytes() {
        // Writing to a String never fails.
        let _ = write!(out, "={byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_passes_and_the_rest_is_encoded() {
        assert_eq!(encode("a = b\nünï \n-- "), "a =3D b\r\n=C3=BCn=C3=AF=20\r\n--=20");
        assert_eq!(encode("From here\n.dot\n From"), "=46rom here\r\n=2Edot\r\n From");
    }

    #[test]
    fn no_line_is_longer_than_76_and_no_character_or_slot_is_split() {
        let reply = slot::reply(crate::discussion::ItemId(7));
        for pad in 0..90 {
            let text = format!("{}é世😀=={reply}{}", "x".repeat(pad), "From ".repeat(40));
            let encoded = encode(&text);
            for line in encoded.split("\r\n") {
                assert!(slot::columns(line) <= 76, "{line}");
                assert!(!line.starts_with("From "), "{line}");
            }
            for whole in ["=C3=A9", "=E4=B8=96", "=F0=9F=98=80", &reply] {
                assert!(encoded.contains(whole), "{encoded}");
            }
        }
    }
}
