//! Hands HTML to the tokenizer piece by piece, so that no tag costs more than its length.
//!
//! The tokenizer compares each attribute of a tag with all before it: a tag of a megabyte of attributes would keep it
//! busy for hours. So HTML is cut behind each `>`; a tag in which more than [`SEPARATORS`] characters could separate
//! attributes is replaced by a bare one. What stands in a script or style is skipped here, not tokenized.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};

use super::page::{Page, Sink};
use crate::message::bounds;

/// Blanks, slashes and quotes that a tag may have. An ordinary one has a dozen, a long style a hundred.
const SEPARATORS: usize = 400;

/// The tokenizer, and what it has begun but not finished.
struct Feeder<'p> {
    page: &'p RefCell<Page>,
    tokenizer: Tokenizer<Sink<'p>>,
    queue: BufferQueue,
    begun: Option<Begun>,
}

/// Something that starts with `<` and whose end has not been seen.
enum Begun {
    Tag { bare: String, separators: usize },
    Comment,
}

/// Feeds a whole document to the page.
pub(super) fn feed(html: &str, page: &RefCell<Page>) {
    let mut feeder = Feeder { page, tokenizer: tokenizer(page), queue: BufferQueue::default(), begun: None };
    let mut rest = html;
    while !rest.is_empty() && page.borrow().tags_seen() < bounds::TAGS {
        let cut = rest.find('>').map_or(rest.len(), |end| end + 1);
        let (piece, after) = rest.split_at(cut);
        feeder.piece(piece);
        let raw = page.borrow_mut().take_raw();
        rest = raw.map_or(after, |name| from_end_tag(after, name));
    }
    feeder.tokenizer.end();
}

fn tokenizer(page: &RefCell<Page>) -> Tokenizer<Sink<'_>> {
    Tokenizer::new(Sink(page), TokenizerOpts::default())
}

/// What follows from `</name` on; nothing where it never comes.
fn from_end_tag<'h>(html: &'h str, name: &str) -> &'h str {
    let ends_here = |at: &usize| html[at + 2..].get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    html.match_indices("</").map(|(at, _)| at).find(ends_here).map_or("", |at| &html[at..])
}

impl Feeder<'_> {
    fn piece(&mut self, piece: &str) {
        let text_end = if self.begun.is_none() { self.begin(piece) } else { 0 };
        if let Some(Begun::Tag { bare, separators }) = &mut self.begun {
            *separators += piece[text_end..].bytes().filter(|b| b" \t\r\n\x0c/\"'".contains(b)).count();
            if *separators > SEPARATORS {
                let bare = std::mem::take(bare);
                return self.replace(&piece[..text_end], &bare, text_end == 0);
            }
        }
        // Where nothing is begun, signs that begin nothing are text; the tokenizer would complain of each.
        if self.begun.is_none() && !piece.contains(['&', '\0']) && !piece.contains("</") {
            let mut page = self.page.borrow_mut();
            // Of line ends it makes one kind, which counts only where they are kept.
            if !page.preserves() || !piece.contains('\r') {
                return page.text(piece);
            }
        }
        self.tokenize(piece);
    }

    /// Notes what the piece begins; gives how much text stands before it.
    fn begin(&mut self, piece: &str) -> usize {
        for (at, _) in piece.match_indices('<') {
            let word = piece[at + 1..].trim_start_matches('/');
            match piece.as_bytes().get(at + 1) {
                Some(b'!' | b'?') => self.begun = Some(Begun::Comment),
                Some(b)
                    if (b.is_ascii_alphabetic() || *b == b'/')
                        && word.starts_with(|c: char| c.is_ascii_alphabetic()) =>
                {
                    let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len()).min(20);
                    let slash = if *b == b'/' { "/" } else { "" };
                    self.begun = Some(Begun::Tag { bare: format!("<{slash}{}>", &word[..end]), separators: 0 });
                }
                _ => continue,
            }
            return at;
        }
        piece.len()
    }

    /// Puts a bare tag in the place of one that is too long. Where the tokenizer has begun it, that one is forgotten.
    fn replace(&mut self, text_before: &str, bare: &str, is_begun: bool) {
        if is_begun {
            self.tokenizer = tokenizer(self.page);
            self.queue = BufferQueue::default();
        }
        self.tokenize(text_before);
        self.tokenize(bare);
    }

    fn tokenize(&mut self, html: &str) {
        let before = self.page.borrow().tags_seen();
        self.queue.push_back(StrTendril::from_slice(html));
        // The page never asks for a script to be run, which alone would stop the tokenizer early.
        let _ = self.tokenizer.feed(&self.queue);
        if self.page.borrow().tags_seen() != before {
            self.begun = None;
        }
    }
}
