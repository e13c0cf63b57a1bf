//! What the ladder (`thread::place`) asks, answered inside the writer's transaction: look-ups by index, and steps within
//! one conversation or one edition.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::settle::relay_name;
use super::{Arrival, StoreError, item, place, row};
use crate::compose;
use crate::discussion::{EditionId, ItemId, List, PostId};
use crate::message::MessageId;
use crate::thread::{Found, Known, Labelled, Relayed, Shown, ThreadIndex};

/// For how long after the last word in a conversation an answer may belong to it by its subject alone.
const LIVELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far clocks may differ: an answer that is this much older than a post may still answer it.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// What the ladder may ask about one list.
pub(super) struct KnownOfList<'a> {
    pub(super) db: &'a Connection,
    pub(super) list: &'a List,
    /// The domain of our addresses.
    pub(super) domain: &'a str,
    /// When the mail came; of an archive's, when it was written.
    pub(super) at: Timestamp,
    /// By which a copy of the mail is told from another mail.
    pub(super) fingerprint: &'a [u8],
}

impl<'a> KnownOfList<'a> {
    /// What may be asked for a mail that has arrived.
    pub(super) fn of(db: &'a Connection, list: &'a List, arrival: &'a Arrival) -> Self {
        let Arrival { domain, received_at, fingerprint, .. } = arrival;
        Self { db, list, domain, at: *received_at, fingerprint }
    }

    /// The item that has this id for a name, whether it has arrived or not. The ids under which items go out are in no
    /// index.
    pub(super) fn by_alias(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT i.id, i.post_id, i.state = 'ghost', i.guess FROM message_alias a JOIN item i ON i.id = a.item_id
             WHERE a.list_id = ?1 AND a.message_id = ?2",
        )?;
        Ok(query.query_row(params![self.list.id.0, id.as_str()], found).optional()?)
    }
}

impl Known for KnownOfList<'_> {
    type Error = StoreError;

    /// The ids under which items go out are not kept: the item stands in them.
    fn by_id(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        match item::of_our_id(id, self.list, self.domain) {
            Some(item) => Ok(self.by_item(item)?.filter(|found| !found.ghost)),
            None => self.by_alias(id),
        }
    }

    /// An item that has the id for another name only is the mail where it is a copy of it, by sender and words: a mail
    /// system may have renamed one of two copies. Else anybody could keep a mail out by naming its id first.
    fn by_own_id(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        if self.is_reserved(id) {
            return self.by_id(id);
        }
        let mut query = self.db.prepare_cached(
            "SELECT i.id, i.post_id, i.state = 'ghost', i.guess FROM message_alias a JOIN item i ON i.id = a.item_id
             WHERE a.list_id = ?1 AND a.message_id = ?2 AND (i.message_id = ?2 OR i.fingerprint = ?3)",
        )?;
        Ok(query.query_row(params![self.list.id.0, id.as_str(), self.fingerprint], found).optional()?)
    }

    fn copied(&self, id: &MessageId) -> Result<Option<ItemId>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT i.id FROM message_alias a JOIN item i ON i.id = a.item_id
             WHERE a.list_id = ?1 AND a.message_id = ?2 AND i.state <> 'ghost' AND i.fingerprint = ?3",
        )?;
        let found = query.query_row(params![self.list.id.0, id.as_str(), self.fingerprint], |row| row.get(0));
        Ok(found.optional()?.map(ItemId))
    }

    fn is_reserved(&self, id: &MessageId) -> bool {
        item::of_our_id(id, self.list, self.domain).is_some()
    }

    fn by_item(&self, item: ItemId) -> Result<Option<Found>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT id, post_id, state = 'ghost', guess FROM item WHERE id = ?1 AND list_id = ?2")?;
        Ok(query.query_row([item.0, self.list.id.0], found).optional()?)
    }

    fn parent(&self, item: ItemId) -> Result<Option<ItemId>, StoreError> {
        place::parent(self.db, item)
    }

    fn edition(&self, edition: EditionId) -> Result<Option<Shown>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT e.item_id, e.shown, r.spans, i.number FROM edition_item e JOIN edition d ON d.id = e.edition_id
             JOIN item i ON i.id = e.item_id LEFT JOIN item_revision r ON r.item_id = e.item_id AND r.revision = e.revision
             WHERE e.edition_id = ?1 AND d.list_id = ?2 ORDER BY e.position",
        )?;
        let mut rows = query.query([edition.0, self.list.id.0])?;
        let mut shown = Shown::default();
        let mut any = false;
        while let Some(row) = rows.next()? {
            any = true;
            let item = ItemId(row.get(0)?);
            let how = row.get_ref(1)?.as_str().unwrap_or_default();
            let is_full = how == "full";
            if how == "root" {
                shown.roots.push(item);
            }
            // Whatever an edition shows stands behind the top of its post.
            let label = Labelled { item, post: shown.roots.len().saturating_sub(1), number: row.get(3)? };
            // A post that is new stands there twice, as the top and in full.
            if shown.labels.last() != Some(&label) {
                shown.labels.push(label);
            }
            let kept: Option<Vec<u8>> = row.get(2)?;
            let reading = kept.map(|kept| row::unpacked(&kept)).transpose()?.unwrap_or_default();
            match is_full {
                true => shown.items.push((item, reading.said())),
                false => shown.remembered.push((item, compose::first_words(&reading.blocks()))),
            }
        }
        let full: HashSet<ItemId> = shown.items.iter().map(|(item, _)| *item).collect();
        shown.remembered.retain(|(item, words)| !words.is_empty() && !full.contains(item));
        Ok(any.then_some(shown))
    }

    fn by_relay(&self, id: &MessageId) -> Result<Option<Relayed>, StoreError> {
        let Some(name) = relay_name(id.as_str().split('@').next().unwrap_or_default()) else { return Ok(None) };
        let mut query = self.db.prepare_cached(
            "SELECT kind, edition_id FROM outbox INDEXED BY outbox_relay_id
             WHERE relay_id = ?1 AND list_id = ?2 AND kind IN ('digest', 'each') LIMIT 1",
        )?;
        let sent = query.query_row(params![name, self.list.id.0], |row| {
            Ok((row.get_ref(0)?.as_str()? == "digest", EditionId(row.get(1)?)))
        });
        let Some((is_digest, edition)) = sent.optional()? else { return Ok(None) };
        if is_digest {
            return Ok(Some(Relayed::Edition(edition)));
        }
        let mut item = self.db.prepare_cached("SELECT item_id FROM edition_item WHERE edition_id = ?1 LIMIT 1")?;
        Ok(item.query_row([edition.0], |row| row.get(0).map(ItemId)).optional()?.map(Relayed::Item))
    }

    fn by_thread_index(&self, index: &ThreadIndex) -> Result<Option<Found>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT item_id FROM thread_index WHERE list_id = ?1 AND octets = ?2")?;
        for above in index.above() {
            let item = query.query_row(params![self.list.id.0, above], |row| row.get(0).map(ItemId)).optional()?;
            if let Some(item) = item {
                return self.by_item(item);
            }
        }
        Ok(None)
    }

    /// The newest post of this subject that was begun before, and in which the last numbered word was said not long
    /// before. A few are looked at: of those begun later, which an archive may have, and of those gone quiet.
    fn by_subject(&self, base: &str) -> Result<Option<Found>, StoreError> {
        let latest = self.at.saturating_add(SKEW).unwrap_or(self.at).as_millisecond();
        let earliest = self.at.saturating_sub(LIVELY).unwrap_or(self.at).as_millisecond();
        let mut query = self.db.prepare_cached(
            "SELECT p.root_id, p.id, r.state = 'ghost', r.guess, p.started_at FROM post p JOIN item r ON r.id = p.root_id
             WHERE p.list_id = ?1 AND p.base_subject = ?2 AND p.started_at <= ?3 AND p.merged_into IS NULL
             ORDER BY p.started_at DESC, p.id DESC LIMIT 5",
        )?;
        let mut posts = query.query(params![self.list.id.0, base, latest])?;
        while let Some(row) = posts.next()? {
            let started: i64 = row.get(4)?;
            let found = found(row)?;
            if started >= earliest || last_word(self.db, found.post)?.is_some_and(|last| last >= earliest) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// When the last numbered response of a post was written, Unix milliseconds.
fn last_word(db: &Connection, post: PostId) -> Result<Option<i64>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT published_at FROM item WHERE post_id = ?1 AND number IS NOT NULL ORDER BY number DESC LIMIT 1",
    )?;
    Ok(query.query_row([post.0], |row| row.get(0)).optional()?.flatten())
}

fn found(row: &rusqlite::Row<'_>) -> rusqlite::Result<Found> {
    let ghost = row.get(2)?;
    Ok(Found { item: ItemId(row.get(0)?), post: PostId(row.get(1)?), ghost, guessed: ghost && row.get(3)? })
}
