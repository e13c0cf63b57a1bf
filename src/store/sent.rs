//! What readers were sent, to tell an answer from what its writer's program copied of it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::item::of_our_id;
use super::{Store, StoreError, list, row};
use crate::discussion::{EditionId, ItemId, List, ListId, MemberId, Schedule};
use crate::message::{Address, MessageId};

/// How many parts of mails are looked at for one answer.
const MOST_PARTS: usize = 12;

/// A part of a mail that was made for readers.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which edition.
    pub edition: EditionId,
    /// Which part of it.
    pub part: u16,
    /// Its octets with slots.
    pub frozen: Vec<u8>,
    /// The key that its tokens are made with.
    pub token_key: u8,
    /// The reader who was sent it, as far as that is known still.
    pub reader: Option<SentTo>,
}

/// What of a mail was a reader's own.
#[derive(Clone, Debug)]
pub struct SentTo {
    /// Who.
    pub member: MemberId,
    /// Where it went.
    pub recipient: Address,
    /// Their name, as it was.
    pub name: Option<String>,
    /// Their schedule, likewise.
    pub schedule: Schedule,
    /// Its Date.
    pub dated: Timestamp,
}

/// What an answer names of what was sent.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    /// Editions, and who was sent them.
    pub editions: Vec<(MemberId, EditionId)>,
    /// Items, and who was sent them as single mails.
    pub items: Vec<(MemberId, ItemId)>,
    /// Message-IDs, some of which may be of single mails.
    pub ids: Vec<&'a MessageId>,
}

impl Store {
    /// The mails of a list that an answer names, part by part: digests, and single mails of items. An answer names few; of
    /// more the first are given.
    pub fn sent(&self, list: ListId, domain: &str, named: &Named<'_>) -> Result<Vec<Sent>, StoreError> {
        self.read(|db| {
            let Some(list) = list::by_id(db, list)? else { return Ok(Vec::new()) };
            let ours = named.ids.iter().filter_map(|id| of_our_id(id, &list, domain)).map(|item| (MemberId(0), item));
            let mut all = named.editions.clone();
            for (reader, item) in named.items.iter().copied().chain(ours).take(MOST_PARTS) {
                all.extend(of_item(db, &list, item)?.into_iter().map(|edition| (reader, edition)));
            }
            all.sort_unstable_by_key(|(reader, edition)| (*edition, std::cmp::Reverse(*reader)));
            all.dedup_by_key(|(_, edition)| *edition);
            let mut sent = Vec::new();
            for (reader, edition) in all {
                sent.extend(parts(db, &list, reader, edition, MOST_PARTS - sent.len())?);
            }
            Ok(sent)
        })
    }
}

/// The single mails that an item was.
fn of_item(db: &Connection, list: &List, item: ItemId) -> Result<Vec<EditionId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT e.id FROM item i JOIN edition e ON e.list_id = i.list_id AND e.upto_seq = i.seq AND e.kind = 'each'
         WHERE i.id = ?1 AND i.list_id = ?2",
    )?;
    let rows = query.query_map(params![item.0, list.id.0], |row| row.get(0).map(EditionId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn parts(
    db: &Connection,
    list: &List,
    reader: MemberId,
    edition: EditionId,
    most: usize,
) -> Result<Vec<Sent>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT p.part, p.body, e.token_key FROM edition_part p JOIN edition e ON e.id = p.edition_id
         WHERE e.id = ?1 AND e.list_id = ?2 ORDER BY p.part LIMIT ?3",
    )?;
    let rows = query.query_and_then(params![edition.0, list.id.0, most as i64], |row| {
        let (part, body): (u16, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let reader = sent_to(db, reader, edition, part)?;
        Ok(Sent { edition, part, frozen: row::decompress(&body)?, token_key: row.get(2)?, reader })
    })?;
    rows.collect()
}

fn sent_to(db: &Connection, member: MemberId, edition: EditionId, part: u16) -> Result<Option<SentTo>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT recipient, name, schedule, dated FROM outbox
         WHERE member_id = ?1 AND edition_id = ?2 AND part = ?3 AND state IN ('waiting', 'sent')",
    )?;
    let found = query.query_row(params![member.0, edition.0, part], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
    });
    let Some((recipient, name, schedule, dated)) = found.optional()? else { return Ok(None) };
    let (recipient, schedule) = (row::address(&recipient)?, row::schedule(&schedule)?);
    Ok(Some(SentTo { member, recipient, name, schedule, dated: row::time(dated) }))
}
