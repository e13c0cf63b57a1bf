//! What a digest is made from, read in one go.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, StoreError, item, list, mark, row};
use crate::discussion::{Attached, ItemId, List, ListId, Number, PersonId, PostId, Revision, Seq, Window, Withdrawn};
use crate::message::MessageId;
use crate::reply::Reading;

/// How many ids the References of our own copies hold: the nearest ones.
const MOST_REFERENCES: usize = 50;

/// The new items of some windows, everything above them, and their posts.
#[derive(Debug)]
pub struct Material {
    /// The list.
    pub list: List,
    /// New items and all that they answer, up to the roots; ghosts too.
    pub items: HashMap<ItemId, ItemRow>,
    /// Their posts, by number.
    pub posts: Vec<PostRow>,
}

/// An item as it is kept.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// Its row.
    pub id: ItemId,
    /// Its conversation.
    pub post: PostId,
    /// What it answers.
    pub parent: Option<ItemId>,
    /// Whether it can be shown: neither a ghost nor removed.
    pub published: bool,
    /// Who took it away, if somebody did.
    pub removed: Option<Withdrawn>,
    /// Whether its author put another text in the place of the first.
    pub corrected: bool,
    /// A response's number.
    pub number: Option<Number>,
    /// Its publication.
    pub seq: Option<Seq>,
    /// Who wrote it.
    pub person: Option<PersonId>,
    /// The name shown.
    pub author: String,
    /// Whether they gave that name.
    pub author_named: bool,
    /// When it was published.
    pub at: Timestamp,
    /// The revision that `reading` is of.
    pub revision: Revision,
    /// What it says; `None` for a ghost.
    pub reading: Option<Reading>,
    /// What was said as safe HTML, a piece for each said block; empty where only the text is kept.
    pub rich: Vec<String>,
    /// The files that came with it.
    pub attachments: Vec<Attached>,
}

/// A conversation as it is kept.
#[derive(Debug, Clone)]
pub struct PostRow {
    /// Its row.
    pub id: PostId,
    /// Its permalink's number.
    pub number: Number,
    /// Its title.
    pub title: String,
    /// Its top item; a ghost where the post never arrived.
    pub root: Option<ItemId>,
    /// Its responses up to the end of the last window.
    pub responses: usize,
}

/// What goes out as one mail to readers of each.
#[derive(Debug)]
pub struct CopyMaterial {
    /// The list.
    pub list: List,
    /// Its post's number.
    pub post_number: Number,
    /// Its post's title.
    pub title: String,
    /// The item.
    pub item: ItemRow,
    /// Our ids of what it answers, oldest first; only what was published, so only what readers have.
    pub references: Vec<MessageId>,
    /// Our id for it.
    pub message_id: MessageId,
    /// The marks of other lists that it came through.
    pub been_there: Vec<String>,
}

impl Store {
    /// The last publication at or before `at`, or [`Seq`] 0.
    pub fn head_at(&self, list: ListId, at: Timestamp) -> Result<Seq, StoreError> {
        self.read(|db| {
            let head = db
                .prepare_cached(
                    "SELECT seq FROM publication WHERE list_id = ?1 AND published_at <= ?2 ORDER BY seq DESC LIMIT 1",
                )?
                .query_row(params![list.0, at.as_millisecond()], |row| row.get(0))
                .optional()?;
            Ok(Seq(head.unwrap_or(0)))
        })
    }

    /// The last publication there is.
    pub fn head(&self, list: ListId) -> Result<Seq, StoreError> {
        self.read(|db| Ok(Seq(list::head(db, list)?.0)))
    }

    /// What a digest of these windows is made from.
    pub fn digest_material(&self, list: ListId, windows: &[Window]) -> Result<Material, StoreError> {
        self.read(|db| {
            let list = list::existing(db, list)?;
            let mut items = HashMap::new();
            for window in windows {
                for id in published_in(db, list.id, *window)? {
                    with_ancestors(db, id, &mut items)?;
                }
            }
            let upto = windows.iter().map(|window| window.upto).max().unwrap_or(Seq(0));
            let mut ids: Vec<PostId> = items.values().map(|item| item.post).collect();
            ids.sort_unstable();
            ids.dedup();
            let mut posts = ids.into_iter().map(|id| post(db, id, upto)).collect::<Result<Vec<_>, _>>()?;
            posts.sort_by_key(|post| post.number);
            Ok(Material { list, items, posts })
        })
    }

    /// What the mail of one publication to readers of each is made from; `None` where it was removed since.
    pub fn copy_material(&self, list: ListId, seq: Seq, domain: &str) -> Result<Option<CopyMaterial>, StoreError> {
        self.read(|db| {
            let list = list::existing(db, list)?;
            let Some(id) = published_in(db, list.id, Window { after: Seq(seq.0 - 1), upto: seq })?.pop() else {
                return Ok(None);
            };
            let item = read_item(db, id)?;
            let Some(message_id) = item::our_id(id, &list, domain) else { return Ok(None) };
            if !item.published {
                return Ok(None);
            }
            let above = published_above(db, item.parent)?;
            let ours = |item: &ItemId| item::our_id(*item, &list, domain);
            let references = above.iter().rev().filter_map(ours).collect();
            let (post_number, title) = name(db, item.post)?;
            let been_there = mark::passed_on(db, id)?;
            Ok(Some(CopyMaterial { list, post_number, title, item, references, message_id, been_there }))
        })
    }
}

fn published_in(db: &Connection, list: ListId, window: Window) -> Result<Vec<ItemId>, StoreError> {
    let mut query = db
        .prepare_cached("SELECT item_id FROM publication WHERE list_id = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq")?;
    let ids = query.query_map([list.0, window.after.0, window.upto.0], |row| row.get(0).map(ItemId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Reads an item and everything above it that is not read yet: the cost is that of what is new and its depth.
fn with_ancestors(db: &Connection, item: ItemId, items: &mut HashMap<ItemId, ItemRow>) -> Result<(), StoreError> {
    let mut next = Some(item);
    while let Some(id) = next {
        if items.contains_key(&id) {
            return Ok(());
        }
        let row = read_item(db, id)?;
        next = row.parent;
        items.insert(id, row);
    }
    Ok(())
}

/// The published items above, the nearest first, as many as References hold: their text is not looked at.
fn published_above(db: &Connection, parent: Option<ItemId>) -> Result<Vec<ItemId>, StoreError> {
    let mut query = db.prepare_cached("SELECT parent_id, state = 'published' FROM item WHERE id = ?1")?;
    let mut above = Vec::new();
    let mut next = parent;
    for _ in 0..MOST_REFERENCES {
        let Some(item) = next else { break };
        let (parent, published) = query.query_row([item.0], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        if published {
            above.push(item);
        }
        next = parent.map(ItemId);
    }
    Ok(above)
}

fn name(db: &Connection, post: PostId) -> Result<(Number, String), StoreError> {
    let mut query = db.prepare_cached("SELECT number, title FROM post WHERE id = ?1")?;
    Ok(query.query_row([post.0], |row| Ok((Number(row.get(0)?), row.get(1)?)))?)
}

fn read_item(db: &Connection, item: ItemId) -> Result<ItemRow, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT i.id, i.post_id, i.parent_id, i.state, i.number, i.seq, i.person_id, i.author, i.author_named,
            coalesce(i.published_at, 0), i.revision, r.spans, r.rich,
            i.revision > 1 AND EXISTS (SELECT 1 FROM item_revision c WHERE c.item_id = i.id AND c.why = 'corrected'),
            i.removed_by_moderator
         FROM item i LEFT JOIN item_revision r ON r.item_id = i.id AND r.revision = i.revision WHERE i.id = ?1",
    )?;
    let mut rows = query.query_and_then([item.0], item_row)?;
    let row = rows.next().unwrap_or_else(|| Err(StoreError::Corrupt(format!("there is no item {item}"))))?;
    Ok(ItemRow { attachments: item::attachments(db, row.id)?, ..row })
}

fn item_row(row: &rusqlite::Row<'_>) -> Result<ItemRow, StoreError> {
    let text: Option<Vec<u8>> = row.get(11)?;
    let state = row.get_ref(3)?.as_str().unwrap_or_default();
    let rich: Option<Vec<u8>> = row.get(12)?;
    let by = if row.get(14)? { Withdrawn::ByModerator } else { Withdrawn::ByAuthor };
    Ok(ItemRow {
        id: ItemId(row.get(0)?),
        post: PostId(row.get(1)?),
        parent: row.get::<_, Option<i64>>(2)?.map(ItemId),
        published: state == "published",
        removed: (state == "removed").then_some(by),
        corrected: row.get(13)?,
        number: row.get::<_, Option<i64>>(4)?.map(Number),
        seq: row.get::<_, Option<i64>>(5)?.map(Seq),
        person: row.get::<_, Option<i64>>(6)?.map(PersonId),
        author: row.get(7)?,
        author_named: row.get(8)?,
        at: row::time(row.get(9)?),
        revision: Revision(row.get(10)?),
        reading: text.map(|kept| row::unpacked(&kept)).transpose()?,
        rich: rich.map(|kept| row::unpacked_texts(&kept)).transpose()?.unwrap_or_default(),
        attachments: Vec::new(),
    })
}

fn post(db: &Connection, post: PostId, upto: Seq) -> Result<PostRow, StoreError> {
    let responses: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM item
             WHERE post_id = ?1 AND number IS NOT NULL AND (seq IS NULL OR seq <= ?2) AND state = 'published'",
        )?
        .query_row([post.0, upto.0], |row| row.get(0))?;
    let mut query = db.prepare_cached("SELECT number, title, root_id FROM post WHERE id = ?1")?;
    Ok(query.query_row([post.0], |row| {
        Ok(PostRow {
            id: post,
            number: Number(row.get(0)?),
            title: row.get(1)?,
            root: row.get::<_, Option<i64>>(2)?.map(ItemId),
            responses: responses as usize,
        })
    })?)
}
