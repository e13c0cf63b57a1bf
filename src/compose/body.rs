//! An item's text as it is shown: paragraphs, and quotes either folded to a line or shown.

use std::fmt::Write;

use askama::filters::{Html, escape};
use unicode_width::UnicodeWidthStr;

use crate::discussion::{Block, Item, Quote};

use super::paragraph::{Paragraph, paragraphs};
use super::{attached, clean, link, rich, wrap};

/// A run of an item's text, safe to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A paragraph of what the sender wrote.
    Said(Paragraph),
    /// What the sender wrote with its formatting, as HTML with our styles, and its paragraphs for the text part.
    Formatted(String, Vec<Paragraph>),
    /// The files that came with it, in words.
    Attached(Vec<String>),
    /// What stands for a quote: `[ quotes 4 lines of #3 ]`.
    Folded(String),
    /// A quote shown line by line.
    Quoted(Vec<String>),
}

/// How many bytes of what an item says, and of what it quotes, are shown: some twelve thousand words. Beyond that one
/// mail would make a digest that relays refuse, and with it all that others wrote.
const SHOWN_BYTES: usize = 64 << 10;

/// How many bytes of an item's formatted text are shown; of one that has more, the text is.
const FORMATTED_BYTES: usize = 96 << 10;

/// The pieces of a text with its quotes shown.
pub(super) fn shown(blocks: &[Block]) -> Vec<Piece> {
    pieces(blocks, whole_quotes())
}

/// Shows quotes whole.
pub(super) fn whole_quotes() -> impl FnMut(&Quote) -> Vec<Piece> {
    let mut shown = lines_shown();
    move |quote| shown(&quote.whole()).into_iter().collect()
}

/// Shows of quotes what is shown of them, and says how many lines are folded away.
pub(super) fn folded_quotes() -> impl FnMut(&Quote) -> Vec<Piece> {
    let mut shown = lines_shown();
    move |quote| {
        let shown = shown(&quote.shown);
        let lines = match quote.folded_lines() {
            1 => "1 quoted line".to_owned(),
            many => format!("{many} quoted lines"),
        };
        let more = if shown.is_some() { " before this" } else { "" };
        let folded = (quote.folded_lines() > 0).then(|| Piece::Folded(format!("[ {lines}{more} ]")));
        folded.into_iter().chain(shown).collect()
    }
}

fn lines_shown() -> impl FnMut(&str) -> Option<Piece> {
    let mut room = SHOWN_BYTES;
    move |quote: &str| {
        let quote = clean::block(quote);
        let (quote, _) = quote.split_at(quote.floor_char_boundary(room));
        room -= quote.len();
        let lines: Vec<String> = quote.trim_matches('\n').split('\n').map(|line| line.trim_end().to_owned()).collect();
        lines.iter().any(|line| !line.is_empty()).then_some(Piece::Quoted(lines))
    }
}

/// The pieces of an item, its formatting kept where it is known, and its files named; each quote turned into what `quoted`
/// makes of it.
pub(super) fn item_pieces(item: &Item, mut quoted: impl FnMut(&Quote) -> Vec<Piece>) -> Vec<Piece> {
    let said = item.blocks.iter().filter(|block| matches!(block, Block::Said(_))).count();
    let length: usize = item.blocks.iter().map(length).sum();
    let bytes: usize = item.rich.iter().map(String::len).sum();
    let has_form = said > 0 && item.rich.len() == said && bytes <= FORMATTED_BYTES && length <= SHOWN_BYTES;
    let mut pieces = if has_form {
        let mut rich = item.rich.iter();
        let piece = |block: &Block| match block {
            Block::Said(text) => {
                let html = rich.next().map(|html| rich::styled(html, &item.attachments)).unwrap_or_default();
                vec![Piece::Formatted(html, paragraphs(&clean::block(text)))]
            }
            Block::Quoted(quote) => quoted(quote),
        };
        item.blocks.iter().flat_map(piece).collect()
    } else {
        pieces(&item.blocks, quoted)
    };
    if !item.attachments.is_empty() {
        pieces.push(Piece::Attached(attached::lines(&item.attachments)));
    }
    pieces
}

fn length(block: &Block) -> usize {
    match block {
        Block::Said(text) => text.len(),
        Block::Quoted(quote) => quote.folded.len() + quote.shown.len(),
    }
}

/// The pieces of a text, each quote turned into what `quoted` makes of it.
pub(super) fn pieces(blocks: &[Block], mut quoted: impl FnMut(&Quote) -> Vec<Piece>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut room, mut left_out) = (SHOWN_BYTES, 0);
    for block in blocks {
        match block {
            Block::Said(text) => {
                let (shown, rest) = text.split_at(text.floor_char_boundary(room));
                room -= shown.len();
                left_out += rest.chars().count();
                pieces.extend(paragraphs(&clean::block(shown)).into_iter().map(Piece::Said));
            }
            Block::Quoted(quote) => pieces.extend(quoted(quote)),
        }
    }
    if left_out > 0 {
        pieces.push(Piece::Folded(format!("[ the rest, {left_out} characters, is too long for a mail ]")));
    }
    if pieces.is_empty() {
        pieces.push(Piece::Folded("[ a mail without words ]".to_owned()));
    }
    pieces
}

/// The first words of an item on one line, the most that a digest shows of one that it only reminds of; empty where it says
/// nothing.
pub fn first_words(blocks: &[Block]) -> String {
    excerpt(blocks, REMEMBERED_COLUMNS)
}

/// The most columns of what a digest reminds of.
pub(super) const REMEMBERED_COLUMNS: usize = 80;

/// The first words of an item on one line, at most `columns` wide; empty where it says nothing.
pub(super) fn excerpt(blocks: &[Block], columns: usize) -> String {
    let said = blocks.iter().filter_map(|block| match block {
        // More than this is never shown, however long the text is.
        Block::Said(text) => Some(clean::line(&text.chars().take(4 * columns).collect::<String>())),
        Block::Quoted(_) => None,
    });
    said.into_iter()
        .find(|line| !line.is_empty())
        .map(|line| clean::cut(&line, columns).into_owned())
        .unwrap_or_default()
}

/// The pieces laid out for the text part, `indent` columns in, a blank line between them.
pub(super) fn laid_out(pieces: &[Piece], indent: usize) -> String {
    let laid: Vec<String> = pieces.iter().map(|piece| piece.laid_out(indent)).collect();
    laid.join("\n\n")
}

impl Piece {
    fn laid_out(&self, indent: usize) -> String {
        let lines: Vec<String> = match self {
            Self::Said(lines) => said_lines(lines, indent),
            Self::Formatted(_, paragraphs) => {
                let laid: Vec<String> = paragraphs.iter().map(|lines| said_lines(lines, indent).join("\n")).collect();
                vec![laid.join("\n\n")]
            }
            Self::Attached(lines) => lines.iter().map(|line| wrap::indented(line, indent)).collect(),
            Self::Folded(line) => vec![wrap::indented(line, indent + 4)],
            Self::Quoted(lines) => lines.iter().flat_map(|line| marked(line)).collect(),
        };
        lines.join("\n")
    }

    /// The paragraph or quote as HTML: escaped, web addresses linked, `<br>` between its lines.
    pub fn html(&self) -> String {
        match self {
            Self::Said(lines) => html_lines(lines),
            Self::Formatted(html, _) => html.clone(),
            Self::Attached(lines) => lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>\n"),
            // Hard line ends of the program that quoted would make a comb on a small screen.
            Self::Quoted(lines) => {
                let quoted = paragraphs(&lines.join("\n"));
                quoted.iter().map(|lines| html_lines(lines)).collect::<Vec<_>>().join("<br><br>\n")
            }
            Self::Folded(line) => escaped(line),
        }
    }
}

fn said_lines(lines: &[String], indent: usize) -> Vec<String> {
    lines.iter().map(|line| guarded(&wrap::indented(line, indent))).collect()
}

/// The widest line of a quote, mark included, that is left as it is (RFC 5322 §2.1.1). Wrapped at our own columns, lines
/// that another program filled would become a comb.
const QUOTE_COLUMNS: usize = 78;

/// A quoted line with its mark in front; one that has a mark already gets one more.
fn marked(line: &str) -> Vec<String> {
    let mark = if line.is_empty() || line.starts_with('>') { ">" } else { "> " };
    if line.width() + mark.len() <= QUOTE_COLUMNS {
        return vec![format!("{mark}{line}")];
    }
    wrap::wrap(line, wrap::COLUMNS - 2).iter().map(|part| format!("{mark}{part}")).collect()
}

/// A space before what a mail program would take for a quote, and none behind what it would take for the signature's
/// start: where the signs stand, in a patch, says what they are.
fn guarded(lines: &str) -> String {
    let guard = |line: &str| match line {
        "-- " => "--".to_owned(),
        _ if line.starts_with('>') => format!(" {line}"),
        _ => line.to_owned(),
    };
    lines.split('\n').map(guard).collect::<Vec<_>>().join("\n")
}

fn html_lines(lines: &[String]) -> String {
    lines.iter().map(|line| linked(line)).collect::<Vec<_>>().join("<br>\n")
}

/// A line as HTML: blanks at its start kept, web addresses linked.
fn linked(line: &str) -> String {
    let words = line.trim_start_matches(' ');
    let mut html = "&nbsp;".repeat((line.len() - words.len()).min(12));
    let mut from = 0;
    for range in link::find(words) {
        html.push_str(&escaped(&words[from..range.start]));
        let link = escaped(&words[range.clone()]);
        // Writing to a String never fails.
        let _ = write!(html, "<a class=\"accent\" style=\"color:#8a3b12\" href=\"{link}\">{link}</a>");
        from = range.end;
    }
    html.push_str(&escaped(&words[from..]));
    html
}

/// Text as it stands in HTML, between tags or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    match escape(text, Html) {
        Ok(safe) => safe.to_string(),
        // Escaping cannot fail (its error has no values).
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_program_misreads_gets_a_blank_or_loses_one() {
        let said = Block::Said("before\n-- \nafter\n--\n --\n> not a quote".to_owned());
        assert_eq!(laid_out(&shown(&[said]), 0), "before\n--\nafter\n--\n --\n > not a quote");
    }

    #[test]
    fn quotes_shown_keep_their_marks() {
        let blocks = [Block::quoted("one\n> two\n\nthree"), Block::Said("four".to_owned())];
        assert_eq!(laid_out(&shown(&blocks), 0), "> one\n>> two\n>\n> three\n\nfour");
    }

    #[test]
    fn a_quoted_line_that_just_fits_a_mail_is_not_broken() {
        let line = "All five times it was late, and I was not at home. There was no kettle to";
        assert_eq!(marked(line), [format!("> {line}")]);
        let long = "word ".repeat(40);
        assert!(marked(&long).iter().all(|line| line.len() <= wrap::COLUMNS), "{:?}", marked(&long));
    }

    #[test]
    fn html_is_escaped_and_only_web_addresses_are_links() {
        let piece = Piece::Said(vec!["  <b> https://a.example/?a=1&b=\"x\"".to_owned(), "javascript:x".to_owned()]);
        let html = piece.html();
        assert!(html.starts_with("&nbsp;&nbsp;&#60;b&#62; <a class=\"accent\""), "{html}");
        assert!(
            html.contains("href=\"https://a.example/?a=1&#38;b=\">https://a.example/?a=1&#38;b=</a>&#34;x&#34;<br>"),
            "{html}"
        );
        assert!(html.ends_with("\njavascript:x"));
    }
}
