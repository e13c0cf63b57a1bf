//! The text part: a page laid out in 72 columns.

use unicode_width::UnicodeWidthStr;

use super::body;
use super::page::{EntryPage, Foot, Page, PostPage, Reply};
use super::wrap::{COLUMNS, indented};
use super::{clean, slot};

/// The columns that each depth is indented.
const STEP: usize = 2;

impl Page {
    /// The counts, wrapped.
    pub fn counts_text(&self) -> String {
        indented(&self.counts, 0)
    }

    /// What parts one post from the next.
    pub fn rule(&self) -> String {
        "-".repeat(COLUMNS)
    }
}

impl PostPage {
    /// The post's line in the contents: `  A  On listening .......... 13 responses, 4 new`.
    pub fn contents_text(&self) -> String {
        let letter = self.letter.map_or_else(String::new, |letter| format!("{letter}  "));
        let used = STEP + letter.width() + self.status.width();
        let title = clean::cut(&self.title, COLUMNS.saturating_sub(used + 6));
        let dots = COLUMNS.saturating_sub(used + 2 + title.width());
        format!("  {letter}{title} {} {}", ".".repeat(dots), self.status)
    }

    /// The title, in capitals: `A · ON LISTENING`.
    pub fn heading_text(&self) -> String {
        let letter = self.letter.map_or_else(String::new, |letter| format!("{letter} · "));
        indented(&format!("{letter}{}", self.title.to_uppercase()), 0)
    }

    /// `by Marina, 26 February · 13 responses, 4 new`.
    pub fn byline_text(&self) -> String {
        match self.byline.as_str() {
            "" => indented(&self.status, 0),
            byline => indented(&format!("{byline} · {}", self.status), 0),
        }
    }

    /// The post's text.
    pub fn body_text(&self) -> String {
        body::laid_out(&self.body, 0)
    }

    /// The post's first words.
    pub fn excerpt_text(&self) -> String {
        indented(&format!("“{}”", self.excerpt), 0)
    }
}

impl EntryPage {
    /// `#10  Marina, who wrote the post · Monday 21:14`.
    pub fn heading_text(&self) -> String {
        let mark = if self.by_post_author { ", who wrote the post" } else { "" };
        let answering = self.answering.as_ref().map_or_else(String::new, |whom| format!(", {whom}"));
        let heading = format!("{}  {}{mark}{answering} · {}", self.label, self.who.shown, self.when);
        indented(&heading, self.indent())
    }

    /// What was read before, on one line: `#3 David: Could you say more about … (read)`.
    pub fn context_text(&self) -> String {
        if let Some(withdrawn) = self.withdrawn {
            return indented(&format!("{} was {}", self.label, withdrawn.words()), self.indent());
        }
        let known = format!("{} {}: {}", self.label, self.who.short, self.excerpt);
        let known = known.trim_end_matches([' ', ':']);
        let room = COLUMNS - self.indent() - 1 - self.seen.len();
        format!("{}{} {}", " ".repeat(self.indent()), clean::cut(known, room), self.seen)
    }

    /// The response's text.
    pub fn body_text(&self) -> String {
        body::laid_out(&self.body, self.indent())
    }

    /// How to answer it.
    pub fn reply_text(&self) -> String {
        self.reply.text(self.indent())
    }

    fn indent(&self) -> usize {
        STEP * self.depth
    }
}

impl Reply {
    /// `Reply to Marina: talk+r.…@lists.example`; with fewer words, or on two lines, where it does not fit on one.
    pub fn text(&self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        let warm = format!("Reply to {}:", self.to);
        let fits = |words: &str| indent + words.width() + 1 + slot::columns(&self.address) <= COLUMNS;
        match [warm.as_str(), "Reply:"].into_iter().find(|words| fits(words)) {
            Some(words) => format!("{pad}{words} {}", self.address),
            None => format!("{pad}{warm}\n{pad}{}", self.address),
        }
    }
}

impl Foot {
    /// The list's own words.
    pub fn footer_text(&self) -> String {
        body::laid_out(&self.footer, 0)
    }
}
