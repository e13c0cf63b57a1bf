//! What becomes of an item after it was published: other revisions, or that its author took it back. What was frozen
//! before keeps what it showed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::arrival::{Arrival, Words};
use super::{Store, StoreError, member, row};
use crate::discussion::ItemId;
use crate::reply::{Reading, Span, SpanKind};
use crate::trust::{Hidden, redact};

/// What an item says now; `None` where it is not there, or was taken back.
pub(super) fn current(db: &Connection, item: ItemId) -> Result<Option<Reading>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT r.spans FROM item i JOIN item_revision r ON r.item_id = i.id AND r.revision = i.revision
         WHERE i.id = ?1 AND i.state = 'published'",
    )?;
    let kept: Option<Vec<u8>> = query.query_row([item.0], |row| row.get(0)).optional()?;
    kept.map(|kept| row::unpacked(&kept)).transpose()
}

/// Gives an item its next revision.
pub(super) fn revise(
    db: &Connection,
    item: ItemId,
    words: &Words,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE item SET revision = revision + 1 WHERE id = ?1")?.execute([item.0])?;
    db.prepare_cached(
        "INSERT INTO item_revision (item_id, revision, made_at, why, spans, rich)
         SELECT id, revision, ?2, ?3, ?4, ?5 FROM item WHERE id = ?1",
    )?
    .execute(params![item.0, now.as_millisecond(), why, words.text, words.rich])?;
    Ok(())
}

/// Takes an item back: nobody who has not had it gets it. Its place stays, for what answers it. `false` where it was
/// taken back before.
pub(super) fn remove(db: &Connection, item: ItemId, now: Timestamp) -> Result<bool, StoreError> {
    let removed = "UPDATE item SET state = 'removed' WHERE id = ?1 AND state = 'published'";
    if db.prepare_cached(removed)?.execute([item.0])? == 0 {
        return Ok(false);
    }
    revise(db, item, &Words::pack(&Reading::default(), None)?, "removed", now)?;
    db.prepare_cached(
        "UPDATE post SET responses = responses - 1
         WHERE id = (SELECT post_id FROM item WHERE id = ?1 AND number IS NOT NULL)",
    )?
    .execute([item.0])?;
    let mut query = db.prepare_cached("SELECT list_id, seq FROM item WHERE id = ?1")?;
    let (list, seq): (i64, i64) = query.query_row([item.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // A digest that is on its way keeps what it showed. A mail of this item alone goes to nobody any more, and to those
    // for whom it was given up there is nothing to make good. Few mails wait beside those that were sent.
    db.prepare_cached(
        "UPDATE outbox INDEXED BY outbox_ready SET state = 'dropped', ended_at = ?3, leased_by = NULL
         WHERE state = 'waiting' AND kind = 'each' AND list_id = ?1 AND upto_seq = ?2",
    )?
    .execute([list, seq, now.as_millisecond()])?;
    db.prepare_cached(
        "DELETE FROM missed WHERE after_seq = ?2 - 1 AND upto_seq = ?2
         AND (SELECT list_id FROM member WHERE id = member_id) = ?1",
    )?
    .execute([list, seq])?;
    Ok(true)
}

impl Store {
    /// Shows all lines of a mail in which nothing is its sender's own: whoever lets it in has read them.
    pub fn show_whole(&self, arrival: &mut Arrival) -> Result<(), StoreError> {
        if arrival.empty {
            let reading = row::unpacked(&arrival.shown.words.text)?;
            let whole = self.read(|db| shown_whole(db, &reading))?;
            arrival.shown.words = Words::pack(&whole, None)?;
            arrival.shown.own_words = None;
        }
        Ok(())
    }
}

/// The same text with nothing folded away, as plain text: that shows every line as it came, marks and all. What must not be shown still is not: whoever joined meanwhile has an address to
/// be hidden too.
pub(super) fn shown_whole(db: &Connection, reading: &Reading) -> Result<Reading, StoreError> {
    let whole: String = reading.spans.iter().map(|span| span.text.as_str()).collect();
    let hidden = Hidden::among(&[&whole], &[], |keys| member::known_addresses(db, keys))?;
    let text = redact(&whole, &hidden);
    Ok(Reading { spans: vec![Span { kind: SpanKind::Said, text }] })
}
