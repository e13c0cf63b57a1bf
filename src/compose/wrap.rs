//! Wraps lines to the columns of a terminal: by display width, never inside a web address, and inside a run of
//! Chinese or Japanese only where a typesetter would.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{clean, link};

/// The columns of the text part.
pub(super) const COLUMNS: usize = 72;

/// Wraps one line (no line end in it) to `columns`. The blanks before its first word stand before each of the lines
/// made of it, up to half the columns. A web address that is wider stays whole; any other word is broken.
pub(super) fn wrap(line: &str, columns: usize) -> Vec<String> {
    let words = line.trim_start_matches(' ');
    let margin = (line.len() - words.len()).min(columns / 2);
    let mut page = Page { lines: Vec::new(), line: String::new(), width: 0, columns: (columns - margin).max(2) };
    let mut gap = 0;
    for piece in pieces(words.trim_end()) {
        page.put(&piece, gap);
        gap = piece.blanks_after;
    }
    page.lines.push(page.line);
    page.lines.iter().map(|line| format!("{:margin$}{}", "", line.trim_end())).collect()
}

/// Wraps, and indents every line by `indent`; the columns count from the left edge.
pub(super) fn indented(line: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    wrap(line, COLUMNS - indent).iter().map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n")
}

struct Page {
    lines: Vec<String>,
    line: String,
    width: usize,
    columns: usize,
}

impl Page {
    fn put(&mut self, piece: &Piece, gap: usize) {
        let wide = piece.text.width();
        if self.width > 0 && self.width + gap + wide > self.columns {
            self.turn();
        } else if self.width > 0 {
            self.line.extend(std::iter::repeat_n(' ', gap));
            self.width += gap;
        }
        if wide <= self.columns || piece.is_link {
            self.line.push_str(piece.text);
            self.width += wide;
        } else {
            self.put_broken(piece.text);
        }
    }

    fn put_broken(&mut self, word: &str) {
        let mut joined = false;
        for c in word.chars() {
            let wide = clean::columns_of(c);
            if self.width + wide > self.columns && !joined {
                self.turn();
            }
            self.line.push(c);
            self.width += wide;
            joined = c == JOINER && self.width < 2 * self.columns;
        }
    }

    fn turn(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.width = 0;
    }
}

const JOINER: char = '\u{200d}';

/// What stays together, and how many blanks follow it.
struct Piece<'a> {
    text: &'a str,
    blanks_after: usize,
    is_link: bool,
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let links = link::find(line);
    let mut links = links.iter().peekable();
    let mut pieces = Vec::new();
    let (mut start, mut before) = (0, None);
    let mut is_link = false;
    for (at, c) in line.char_indices() {
        while links.next_if(|link| link.end <= at).is_some() {}
        let inside = links.peek().is_some_and(|link: &&Range<usize>| link.contains(&at));
        let starts = before.is_some_and(|before| may_break(before, c, inside && is_link));
        if starts {
            push(&mut pieces, &line[start..at], is_link);
            (start, is_link) = (at, false);
        }
        is_link |= inside;
        before = Some(c);
    }
    push(&mut pieces, &line[start..], is_link);
    pieces
}

fn push<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str, is_link: bool) {
    let word = text.trim_end_matches(' ');
    pieces.push(Piece { text: word, blanks_after: text.len() - word.len(), is_link });
}

/// Whether a line may end between two neighbours. After a blank always, before one never.
fn may_break(before: char, c: char, in_link: bool) -> bool {
    if c == ' ' || in_link {
        return false;
    }
    if before == ' ' {
        return true;
    }
    let glued = c.width().unwrap_or(0) == 0
        || before == JOINER
        || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
        || CLOSING.contains(c)
        || OPENING.contains(before);
    !glued && (is_ideographic(before) || is_ideographic(c))
}

/// May not begin a line.
const CLOSING: &str = "、。，．：；！？）」』】〕〉》｝］’”…‥ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ.,:;!?)]}";
/// May not end a line.
const OPENING: &str = "（「『【〔〈《｛［‘“([{";

/// Written without blanks between words, so that a line may end nearly anywhere.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_by_display_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  one two", 6), ["  one", "  two"]);
        assert_eq!(wrap("", 6), [""]);
        assert_eq!(wrap("a  b", 6), ["a  b"]);
        assert_eq!(wrap("e\u{301}e\u{301}e\u{301} x", 3), ["e\u{301}e\u{301}e\u{301}", "x"]);
    }

    #[test]
    fn a_web_address_stays_whole_and_a_long_word_does_not() {
        let link = format!("https://a.example/{}", "x".repeat(80));
        assert_eq!(wrap(&format!("see {link}. ok"), 20), ["see", &format!("{link}."), "ok"]);
        let lines = wrap(&"y".repeat(10_000), 72);
        assert_eq!(lines.len(), 139);
        assert!(lines.iter().all(|line| line.width() <= 72));
    }

    #[test]
    fn a_run_of_japanese_breaks_where_a_typesetter_would() {
        assert_eq!(wrap("聞くこと。「見る」", 8), ["聞くこ", "と。「見", "る」"]);
        assert_eq!(wrap("見てhttps://b.example/ を", 8), ["見て", "https://b.example/", "を"]);
    }

    #[test]
    fn a_family_of_emoji_stays_together() {
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(wrap(&format!("{family} {family}"), 3), [family, family]);
    }
}
