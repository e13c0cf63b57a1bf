//! Slots: where a reader's own parts will stand in a frozen rendering.
//!
//! A slot is [`OPEN`], a letter, perhaps an item's id in decimal, [`CLOSE`]. Rendered text never holds these two
//! characters (`clean` drops them), so no sender can write one.

use unicode_width::UnicodeWidthStr;

use crate::discussion::{ConfirmationId, ItemId};
use crate::token::TOKEN_LENGTH;

/// Begins a slot.
pub(super) const OPEN: char = '\u{1}';
/// Ends a slot.
pub(super) const CLOSE: char = '\u{2}';

/// In an address: the token for an answer to this digest.
pub(super) const DIGEST: &str = "\u{1}d\u{2}";
/// In an address: the token for leaving.
pub(super) const UNSUBSCRIBE: &str = "\u{1}u\u{2}";
/// In a Message-ID: the token that names the edition, and the part where it is not the first.
pub(super) const SENT: &str = "\u{1}s\u{2}";
/// A header's value: the reader's mailbox.
pub(super) const TO: &str = "\u{1}t\u{2}";
/// A header's value: when it was sent.
pub(super) const DATE: &str = "\u{1}D\u{2}";
/// A line of the text part: "Good morning, Mira."
pub(super) const GREETING_TEXT: &str = "\u{1}g\u{2}";
/// The same in the HTML part.
pub(super) const GREETING_HTML: &str = "\u{1}G\u{2}";
/// A line of the text part: when the reader gets this.
pub(super) const RHYTHM_TEXT: &str = "\u{1}h\u{2}";
/// The same in the HTML part.
pub(super) const RHYTHM_HTML: &str = "\u{1}H\u{2}";

/// In an address: the token for an answer to this item.
pub(super) fn reply(item: ItemId) -> String {
    format!("{OPEN}r{item}{CLOSE}")
}

/// In an address: the token for an answer to what this mail asks.
pub(super) fn confirmation(id: ConfirmationId) -> String {
    format!("{OPEN}c{id}{CLOSE}")
}

/// How many bytes the slot has that `text` starts with; `None` where it starts with none.
pub(super) fn length_at_start(text: &str) -> Option<usize> {
    text.starts_with(OPEN).then(|| text.find(CLOSE).map_or(1, |close| close + 1))
}

/// How many columns stand there later: a token's length, or none where the slot has a line of its own.
pub(super) fn width(slot: &str) -> usize {
    match slot.as_bytes().get(1) {
        Some(b'r' | b'c' | b'd' | b'u' | b's') => TOKEN_LENGTH,
        _ => 0,
    }
}

/// How many columns of a terminal the text will take, its slots filled.
pub(super) fn columns(text: &str) -> usize {
    let mut pieces = text.split(OPEN);
    let first = pieces.next().map_or(0, UnicodeWidthStr::width);
    pieces.fold(first, |sum, piece| {
        let (letter, after) = piece.split_once(CLOSE).unwrap_or((piece, ""));
        sum + width(&format!("{OPEN}{letter}")) + after.width()
    })
}
