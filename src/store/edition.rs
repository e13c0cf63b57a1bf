//! Editions: renderings, frozen once and never changed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::outbox::{Queued, queue};
use super::{Pending, Store, StoreError, list, member, row};
use crate::discussion::{EditionId, ItemId, ListId, MemberId, Revision, Seq, Window};

/// What an edition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Posts with their new responses.
    Digest,
    /// One post or response as a mail of its own.
    Each,
    /// A word of the engine's own to one person.
    Notice,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Each => "each",
            Self::Notice => "notice",
        }
    }
}

/// How an edition shows an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Its text in full: lines of it may be quoted in an answer.
    Full,
    /// One folded line.
    Folded,
    /// It is the top of one of the edition's posts.
    Root,
}

/// An edition to be frozen.
#[derive(Clone, Debug)]
pub struct NewEdition {
    /// The list.
    pub list: ListId,
    /// What for.
    pub kind: Kind,
    /// The publications it covers.
    pub window: Window,
    /// The key that its readers' tokens are made with.
    pub token_key: u8,
    /// SHA-256 of all that makes it what it is.
    pub fingerprint: [u8; 32],
    /// When.
    pub made_at: Timestamp,
    /// Subject and octets with slots, part by part.
    pub parts: Vec<(String, Vec<u8>)>,
    /// What it shows, in order.
    pub items: Vec<(ItemId, Revision, Showing)>,
}

impl NewEdition {
    /// A notice of one part, which is not in it yet.
    pub fn notice(list: ListId, token_key: u8, fingerprint: [u8; 32], made_at: Timestamp) -> Self {
        let window = Window { after: Seq(0), upto: Seq(0) };
        let (parts, items) = (Vec::new(), Vec::new());
        Self { list, kind: Kind::Notice, window, token_key, fingerprint, made_at, parts, items }
    }
}

impl Store {
    /// The id that an edition of this fingerprint has or will have: its first 56 bits, or where another edition has
    /// that number, the next one free.
    pub fn edition_id(&self, fingerprint: &[u8; 32]) -> Result<EditionId, StoreError> {
        self.read(|db| Ok(edition_id(db, fingerprint)?.0))
    }

    /// Freezes an edition: its parts never change from here on. An edition that is frozen already is left as it is.
    pub fn freeze(&self, new: NewEdition) -> Pending<EditionId> {
        self.write(move |db, faults| {
            let id = freeze_whole(db, &new)?;
            faults.pass("edition.frozen")?;
            Ok(id)
        })
    }

    /// Freezes a notice and queues it for one member.
    pub fn queue_notice(&self, new: NewEdition, member: MemberId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let list = list::existing(db, new.list)?;
            let member = member::by_id(db, member)?;
            let member = member.ok_or_else(|| StoreError::Refused("no such member".to_owned()))?;
            let edition = freeze_whole(db, &new)?;
            let notice = Queued { edition, part: 1, kind: Kind::Notice, window: new.window, dated: now, now };
            queue(db, &list, &member, &notice)
        })
    }

    /// The octets of a part, with its slots.
    pub fn edition_part(&self, edition: EditionId, part: u16) -> Result<Vec<u8>, StoreError> {
        let body: Vec<u8> = self.read(|db| {
            let mut query = db.prepare_cached("SELECT body FROM edition_part WHERE edition_id = ?1 AND part = ?2")?;
            Ok(query.query_row(params![edition.0, part], |row| row.get(0))?)
        })?;
        row::decompress(&body)
    }
}

fn edition_id(db: &Connection, fingerprint: &[u8; 32]) -> Result<(EditionId, bool), StoreError> {
    let start = fingerprint[..7].iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    let mut query = db.prepare_cached("SELECT fingerprint FROM edition WHERE id = ?1")?;
    let mut id = start;
    loop {
        let there: Option<Vec<u8>> = query.query_row([id], |row| row.get(0)).optional()?;
        match there {
            None => return Ok((EditionId(id), false)),
            Some(same) if same == fingerprint => return Ok((EditionId(id), true)),
            Some(_) => id = (id + 1) & ((1 << 56) - 1),
        }
    }
}

pub(super) fn freeze_whole(db: &Connection, new: &NewEdition) -> Result<EditionId, StoreError> {
    let compressed = |(subject, body): &(String, Vec<u8>)| Ok((subject.clone(), row::compress(body)?));
    let parts: Vec<(String, Vec<u8>)> = new.parts.iter().map(compressed).collect::<Result<_, StoreError>>()?;
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(subject, body)| (subject.as_str(), body.as_slice())).collect();
    freeze(db, new, &parts)
}

/// Freezes an edition of these parts, subject and compressed octets each, whatever stands in `new` itself. One that is
/// frozen already is left as it is.
pub(super) fn freeze(db: &Connection, new: &NewEdition, parts: &[(&str, &[u8])]) -> Result<EditionId, StoreError> {
    let (id, known) = edition_id(db, &new.fingerprint)?;
    if !known {
        insert(db, id, new, parts)?;
    }
    Ok(id)
}

fn insert(db: &Connection, id: EditionId, new: &NewEdition, parts: &[(&str, &[u8])]) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO edition (id, list_id, kind, after_seq, upto_seq, token_key, fingerprint, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id.0,
            new.list.0,
            new.kind.as_str(),
            new.window.after.0,
            new.window.upto.0,
            new.token_key,
            new.fingerprint,
            new.made_at.as_millisecond()
        ],
    )?;
    for (part, (subject, body)) in (1_u16..).zip(parts) {
        db.execute(
            "INSERT INTO edition_part (edition_id, part, subject, body) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, part, subject, body],
        )?;
    }
    for (position, (item, revision, showing)) in (1_i64..).zip(&new.items) {
        let shown = match showing {
            Showing::Full => "full",
            Showing::Folded => "folded",
            Showing::Root => "root",
        };
        db.prepare_cached(
            "INSERT INTO edition_item (edition_id, position, item_id, revision, shown) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id.0, position, item.0, revision.0, shown])?;
    }
    Ok(())
}
