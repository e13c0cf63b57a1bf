//! Makes text safe to render: no control character passes, so that no name, title or body can forge a header, a line
//! or a slot.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::message::turns_direction;

/// The text on one line: every run of blanks, line ends and control characters becomes one space. Marks that turn the
/// direction of writing are dropped, since in a name or title they would reach beyond it.
pub(super) fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().filter(|c| !turns_direction(*c) && *c != '\u{feff}') {
        if c.is_whitespace() || c.is_control() {
            gap = !clean.is_empty();
            continue;
        }
        if gap {
            clean.push(' ');
        }
        gap = false;
        clean.push(c);
    }
    clean
}

/// The text with `\n` line ends and without any other control character; a tab becomes four spaces.
pub(super) fn block(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push_str("    "),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => clean.push(c),
        }
        after_return = c == '\r';
    }
    clean
}

/// A line cut to `columns` of a terminal, at a word's end where one is near, with ` …` where something is missing.
pub(super) fn cut(line: &str, columns: usize) -> Cow<'_, str> {
    let mut width = 0;
    let mut keep = 0;
    for (at, c) in line.char_indices() {
        width += columns_of(c);
        if width > columns {
            return Cow::Owned(cut_at(line, keep));
        }
        if width + 2 <= columns {
            keep = at + c.len_utf8();
        }
    }
    Cow::Borrowed(line)
}

/// How many columns a character takes, at most: the sign that makes a picture of the one before widens it by one.
pub(super) fn columns_of(c: char) -> usize {
    if c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) }
}

fn cut_at(line: &str, keep: usize) -> String {
    let kept = &line[..keep];
    let at_word = line[keep..].starts_with(' ');
    let end = match kept.rfind(' ') {
        Some(space) if !at_word && kept.len() - space < 24 => space,
        _ => keep,
    };
    format!("{} …", kept[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_no_control_character_and_no_turn_of_direction() {
        assert_eq!(line(" a\r\nBcc: x\u{1}r1\u{2}\t b\u{202e}c\u{85}"), "a Bcc: x r1 bc");
        assert_eq!(line("\r\n\t "), "");
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_else_that_controls() {
        assert_eq!(block("a\r\nb\rc\u{1}d\u{2}\u{0}\n\n\te\u{2028}f"), "a\nb\ncd\n\n    e\nf");
    }

    #[test]
    fn a_cut_line_is_never_wider_than_asked() {
        assert_eq!(cut("Most of us listen", 17), "Most of us listen");
        assert_eq!(cut("Most of us listen", 16), "Most of us …");
        assert_eq!(cut("聞くことについて", 9), "聞くこ …");
        assert_eq!(cut(&"x".repeat(99), 10), "xxxxxxxx …");
        assert_eq!(cut("ab", 1), " …");
    }
}
