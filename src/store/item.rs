//! Publishing: an item, its first revision, its place in the list's sequence.

use rusqlite::{Connection, OptionalExtension, params};

use super::arrival::{AttachmentRow, Words};
use super::place::{self, Seat};
use super::{StoreError, list};
use crate::discussion::{Attached, ItemId, List, ListId, MailId, Number, PersonId, PostId, Seq};
use crate::message::MessageId;
use crate::thread::{By, ThreadIndex};

/// What is published, whoever decided it.
pub(super) struct Publication<'a> {
    pub(super) list: &'a List,
    pub(super) own: &'a MessageId,
    /// `None` where an archive does not say.
    pub(super) person: Option<PersonId>,
    pub(super) author: &'a str,
    pub(super) author_named: bool,
    /// Unix milliseconds; `None` where it has no Date.
    pub(super) sent_at: Option<i64>,
    pub(super) received_at: i64,
    pub(super) fingerprint: &'a [u8],
    pub(super) words: &'a Words,
    pub(super) attachments: &'a [AttachmentRow],
    pub(super) mail: MailId,
    /// Other ids by which it was known.
    pub(super) also: &'a [MessageId],
    pub(super) thread_index: Option<&'a ThreadIndex>,
    /// Whether it comes out of an archive: present readers count it as seen, so it has no place in the sequence of what
    /// they are sent.
    pub(super) archived: bool,
}

/// What a mail became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its item.
    pub item: ItemId,
    /// Its conversation.
    pub post: PostId,
    /// A response's number; `None` for a post.
    pub number: Option<Number>,
    /// Its place in what readers are sent; `None` for what came out of an archive.
    pub seq: Option<Seq>,
}

/// Publishes an item on its seat: everything that others will see of it, in this transaction.
pub(super) fn publish(db: &Connection, seat: &Seat, new: &Publication<'_>) -> Result<Published, StoreError> {
    let (seq, at) = match new.archived {
        true => (None, new.received_at),
        false => {
            let (seq, at) = next_seq(db, new.list.id, new.received_at)?;
            (Some(seq), at)
        }
    };
    let number = seat.parent.map(|_| next_number(db, seat.post)).transpose()?;
    let item = write_item(db, seat, new, number, seq, at)?;
    if seat.parent.is_none() {
        place::set_root(db, seat.post, item)?;
    }
    db.prepare_cached(
        "INSERT INTO item_revision (item_id, revision, made_at, why, spans, rich)
         VALUES (?1, 1, ?2, 'published', ?3, ?4)",
    )?
    .execute(params![item.0, at, new.words.text, new.words.rich])?;
    write_attachments(db, item, new.attachments)?;
    name(db, seat, new, item)?;
    if let Some(seq) = seq {
        // Where nobody reads each mail, nothing waits to be fanned out.
        db.prepare_cached(
            "INSERT INTO publication (list_id, seq, item_id, published_at, fanned) VALUES (?1, ?2, ?3, ?4, NOT EXISTS
                (SELECT 1 FROM member WHERE list_id = ?1 AND delivery = 'each' AND state = 'active'))",
        )?
        .execute([new.list.id.0, seq.0, item.0, at])?;
    }
    Ok(Published { item, post: seat.post, number, seq })
}

/// Writes down every name by which others may speak of an item.
fn name(db: &Connection, seat: &Seat, new: &Publication<'_>, item: ItemId) -> Result<(), StoreError> {
    if seat.ghost.is_none() {
        place::own_name(db, new.list.id, new.own, item)?;
    }
    // Nobody proves that it had these: they are its names only as long as nothing else is awaited or comes under them.
    for id in new.also {
        place::add_alias(db, new.list.id, id, item, "relay")?;
    }
    if let Some(index) = new.thread_index {
        db.prepare_cached("INSERT OR IGNORE INTO thread_index (list_id, octets, item_id) VALUES (?1, ?2, ?3)")?
            .execute(params![new.list.id.0, index.octets(), item.0])?;
    }
    Ok(())
}

fn write_attachments(db: &Connection, item: ItemId, attachments: &[AttachmentRow]) -> Result<(), StoreError> {
    for (position, file) in attachments.iter().enumerate() {
        db.prepare_cached(
            "INSERT INTO attachment (item_id, position, place, name, media_type, size_bytes, content_id, inline)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            item.0,
            position as i64,
            file.place as i64,
            file.name,
            file.media_type,
            file.bytes as i64,
            file.content_id,
            file.inline
        ])?;
    }
    Ok(())
}

/// The files that came with an item.
pub(super) fn attachments(db: &Connection, item: ItemId) -> Result<Vec<Attached>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT name, media_type, size_bytes, inline FROM attachment WHERE item_id = ?1 ORDER BY position",
    )?;
    let files = query.query_map([item.0], |row| {
        let bytes: i64 = row.get(2)?;
        let bytes = u64::try_from(bytes).unwrap_or_default();
        Ok(Attached { name: row.get(0)?, media_type: row.get(1)?, bytes, inline: row.get(3)? })
    })?;
    Ok(files.collect::<Result<_, _>>()?)
}

/// The Message-ID under which an item goes out: the same to everybody, for ever. When the list was made is part of it:
/// a list made anew under the same name gives out no id twice, or mail programs would take its mail for known.
pub(super) fn our_id(item: ItemId, list: &List, domain: &str) -> Option<MessageId> {
    MessageId::new(&format!("{item}.{:x}.{}@{domain}", list.created_at.as_millisecond(), list.name))
}

/// The item that an id of the form of [`our_id`] names, whether it is there or not: no mail of anybody else may claim
/// such an id.
pub(super) fn of_our_id(id: &MessageId, list: &List, domain: &str) -> Option<ItemId> {
    let number = id.as_str().split('.').next().unwrap_or_default();
    let item = ItemId(number.parse().ok()?);
    our_id(item, list, domain)?.as_str().eq_ignore_ascii_case(id.as_str()).then_some(item)
}

/// The next publication's number and its time, which never lies before the one before it.
fn next_seq(db: &Connection, list: ListId, received_at: i64) -> Result<(Seq, i64), StoreError> {
    let (head, head_at) = list::head(db, list)?;
    let (seq, at) = (head + 1, received_at.max(head_at));
    db.prepare_cached("UPDATE list SET head = ?1, head_at = ?2 WHERE id = ?3")?.execute([seq, at, list.0])?;
    Ok((Seq(seq), at))
}

fn next_number(db: &Connection, post: PostId) -> Result<Number, StoreError> {
    // Not one statement with RETURNING: SQLite would keep a journal and a table of its own for each.
    let counted = "UPDATE post SET last_number = last_number + 1, responses = responses + 1 WHERE id = ?1";
    db.prepare_cached(counted)?.execute([post.0])?;
    let mut last = db.prepare_cached("SELECT last_number FROM post WHERE id = ?1")?;
    Ok(Number(last.query_row([post.0], |row| row.get(0))?))
}

fn write_item(
    db: &Connection,
    seat: &Seat,
    new: &Publication<'_>,
    number: Option<Number>,
    seq: Option<Seq>,
    at: i64,
) -> Result<ItemId, StoreError> {
    let values = params![
        new.list.id.0,
        seat.post.0,
        seat.parent.map(|parent| parent.0),
        new.own.as_str(),
        number.map(|number| number.0),
        seq.map(|seq| seq.0),
        new.person.map(|person| person.0),
        new.author,
        new.author_named,
        new.sent_at,
        at,
        seat.by.map_or("post", |by| by.as_str()),
        new.fingerprint,
        new.mail.0,
        seat.ghost.map(|ghost| ghost.0),
        seat.is_guess()
    ];
    // Not one statement with ON CONFLICT: SQLite would keep a journal of its own for each.
    let sql = match seat.ghost {
        None => {
            "INSERT INTO item (list_id, post_id, parent_id, state, message_id, number, seq, person_id, author,
                author_named, sent_at, published_at, revision, placed_by, fingerprint, mail_id, id, guess)
             VALUES (?1, ?2, ?3, 'published', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13, ?14, ?15, ?16)"
        }
        Some(_) => {
            "UPDATE item SET state = 'published', list_id = ?1, post_id = ?2, parent_id = ?3, message_id = ?4,
                number = ?5, seq = ?6, person_id = ?7, author = ?8, author_named = ?9, sent_at = ?10,
                published_at = ?11, revision = 1, placed_by = ?12, fingerprint = ?13, mail_id = ?14,
                guess = ?16 WHERE id = ?15"
        }
    };
    db.prepare_cached(sql)?.execute(values)?;
    Ok(seat.ghost.unwrap_or_else(|| ItemId(db.last_insert_rowid())))
}

/// The fingerprint of a published item.
pub(super) fn fingerprint(db: &Connection, item: ItemId) -> Result<Option<Vec<u8>>, StoreError> {
    let mut query = db.prepare_cached("SELECT fingerprint FROM item WHERE id = ?1")?;
    Ok(query.query_row([item.0], |row| row.get(0)).optional()?.flatten())
}

/// What an item's place was found by, where another copy of it may know better; `None` for a post, and where it is no
/// evidence.
pub(super) fn placed_by(db: &Connection, item: ItemId) -> Result<Option<By>, StoreError> {
    let mut query = db.prepare_cached("SELECT placed_by FROM item WHERE id = ?1")?;
    Ok(query.query_row([item.0], |row| Ok(row.get_ref(0)?.as_str()?.parse().ok()))?)
}

/// Notes that an item was moved: a new revision, of the same text.
pub(super) fn moved(db: &Connection, item: ItemId, seat: &Seat, at: i64) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO item_revision (item_id, revision, made_at, why, spans, rich)
         SELECT i.id, i.revision + 1, ?2, 'moved', r.spans, r.rich FROM item i
         JOIN item_revision r ON r.item_id = i.id AND r.revision = i.revision WHERE i.id = ?1",
        [item.0, at],
    )?;
    let by = seat.by.map_or("post", By::as_str);
    db.execute(
        "UPDATE item SET revision = revision + 1, placed_by = ?2, guess = ?3 WHERE id = ?1",
        params![item.0, by, seat.is_guess()],
    )?;
    Ok(())
}

/// The title of a post.
pub(super) fn title(db: &Connection, post: PostId) -> Result<String, StoreError> {
    let mut query = db.prepare_cached("SELECT title FROM post WHERE id = ?1")?;
    Ok(query.query_row([post.0], |row| row.get(0))?)
}

/// The item that a person names as `12#7` or `12`: a post's number on its list, and a response's under it. Numbers
/// from before two conversations became one still find it.
pub(super) fn by_number(
    db: &Connection,
    list: ListId,
    post: Number,
    response: Option<Number>,
) -> Result<Option<ItemId>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id, merged_into, root_id FROM post WHERE list_id = ?1 AND number = ?2")?;
    let found = query.query_row([list.0, post.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((id, merged, root)) = found else { return Ok(None) };
    let (id, merged, root): (i64, Option<i64>, Option<i64>) = (id, merged, root);
    let Some(response) = response else {
        let Some(into) = merged else { return Ok(root.map(ItemId)) };
        let mut query = db.prepare_cached("SELECT root_id FROM post WHERE id = ?1")?;
        return Ok(query.query_row([into], |row| row.get::<_, Option<i64>>(0))?.map(ItemId));
    };
    // A number is given once: what has it now never had another under this post.
    for sql in [
        "SELECT id FROM item WHERE post_id = ?1 AND number = ?2",
        "SELECT item_id FROM renumbered WHERE post_id = ?1 AND number = ?2",
    ] {
        let found = db.prepare_cached(sql)?.query_row([id, response.0], |row| row.get(0)).optional()?;
        if let Some(item) = found {
            return Ok(Some(ItemId(item)));
        }
    }
    Ok(None)
}
