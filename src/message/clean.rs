//! Text from outside made harmless: control characters taken out, line ends made one kind, names and subjects one line.

use super::bounds;

/// Whether a character may not stand in any text: the controls but line feed and tab, and the byte order mark.
fn is_unwanted(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || c == '\u{feff}'
}

/// Whether a character turns the direction of the text after it (UAX #9: embeddings, overrides, isolates and marks):
/// harmless in a text of many lines, a way to counterfeit in a name.
pub fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Body text: every line end (`\r\n`, `\r\r\n`, a lone `\r`) as `\n`, no other control character but tab, at most
/// [`bounds::TEXT_BYTES`].
pub(super) fn text(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len().min(bounds::TEXT_BYTES));
    let mut after_cr = false;
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        // Most text is runs of plain letters: each is copied whole.
        let plain = plain_run(rest.as_bytes());
        let taken = if plain > 0 { plain } else { first.len_utf8() };
        if after_cr && first != '\n' && first != '\r' {
            clean.push('\n');
        }
        after_cr = first == '\r';
        let room = bounds::TEXT_BYTES.saturating_sub(clean.len());
        if taken > room {
            clean.push_str(&rest[..rest.floor_char_boundary(room)]);
            return clean;
        }
        if plain > 0 || !is_unwanted(first) {
            clean.push_str(&rest[..taken]);
        }
        rest = &rest[taken..];
    }
    if after_cr {
        clean.push('\n');
    }
    clean
}

/// How many bytes from the start are characters that stay as they are, whatever stands around them. Whole blocks are
/// looked at without stopping within one, which the compiler turns into a few instructions each.
fn plain_run(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let is_plain = |byte: &u8| (*byte >= b' ') & (*byte <= b'~') | (*byte == b'\n') | (*byte == b'\t');
    let blocks =
        bytes.chunks_exact(BLOCK).take_while(|block| block.iter().fold(true, |all, byte| all & is_plain(byte)));
    let whole = blocks.count() * BLOCK;
    let rest = &bytes[whole..];
    whole + rest.iter().position(|byte| !is_plain(byte)).unwrap_or(rest.len())
}

/// One line of at most `limit` characters: each run of blanks and controls is one space, none at the ends.
pub(super) fn line(raw: &str, limit: usize) -> String {
    let blank = |c: char| c.is_whitespace() || is_unwanted(c);
    let words = raw.split(blank).filter(|word| !word.is_empty());
    let mut clean = String::new();
    for word in words {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|c| !turns_direction(*c)));
    }
    if let Some((cut, _)) = clean.char_indices().nth(limit) {
        clean.truncate(cut);
    }
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        assert_eq!(text("a\r\nb\rc\nd\r\r\ne\r"), "a\nb\nc\nd\ne\n");
    }

    #[test]
    fn controls_are_taken_out_of_text_and_tabs_stay() {
        assert_eq!(text("\u{feff}a\u{1}\u{2}\0b\tc\u{7f}\u{9d}"), "ab\tc");
    }

    #[test]
    fn a_text_ends_where_too_much_of_it_would_be_kept() {
        let (most, long) = (bounds::TEXT_BYTES, "x".repeat(bounds::TEXT_BYTES - 1));
        assert_eq!(text(&format!("{long}yz")).len(), most);
        assert_eq!(text(&format!("{long}é")).len(), most - 1);
        assert_eq!(text(&"é\r\n".repeat(most / 3 + 9)).len(), most / 3 * 3);
    }

    #[test]
    fn a_name_is_one_line_without_direction_marks() {
        assert_eq!(line(" Ada\r\n\tBcc: x\u{202e} \u{1}Writer ", 99), "Ada Bcc: x Writer");
        assert_eq!(line("abcdef", 3), "abc");
    }
}
