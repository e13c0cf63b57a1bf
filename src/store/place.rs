//! Placing a mail, inside the writer's transaction: what the ladder (`thread::place`) asks, and what follows from its
//! answer: ghosts, late parents, and two conversations that turn out to be one.

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, item, row};
use crate::discussion::{EditionId, ItemId, List, ListId, PostId};
use crate::message::MessageId;
use crate::thread::{By, Found, Known, Labelled, Place, Shown};

/// What the ladder may ask about one list.
pub(super) struct KnownOfList<'a> {
    pub(super) db: &'a Connection,
    pub(super) list: &'a List,
    /// The domain of our addresses.
    pub(super) domain: &'a str,
}

impl Known for KnownOfList<'_> {
    type Error = StoreError;

    /// The ids under which items go out are not kept: the item stands in them.
    fn by_id(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        if let Some(item) = item::of_our_id(id, self.list, self.domain) {
            return Ok(self.by_item(item)?.filter(|found| !found.ghost));
        }
        let mut query = self.db.prepare_cached(
            "SELECT i.id, i.post_id, i.state = 'ghost' FROM message_alias a JOIN item i ON i.id = a.item_id
             WHERE a.list_id = ?1 AND a.message_id = ?2",
        )?;
        Ok(query.query_row(params![self.list.id.0, id.as_str()], found).optional()?)
    }

    fn is_reserved(&self, id: &MessageId) -> bool {
        item::of_our_id(id, self.list, self.domain).is_some()
    }

    fn by_item(&self, item: ItemId) -> Result<Option<Found>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT id, post_id, state = 'ghost' FROM item WHERE id = ?1 AND list_id = ?2")?;
        Ok(query.query_row([item.0, self.list.id.0], found).optional()?)
    }

    fn is_under(&self, item: ItemId, above: ItemId) -> Result<bool, StoreError> {
        let mut at = Some(item);
        while let Some(here) = at {
            if here == above {
                return Ok(true);
            }
            at = parent(self.db, here)?;
        }
        Ok(false)
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
            if how == "root" {
                shown.roots.push(item);
            }
            // Whatever an edition shows stands behind the top of its post.
            let label = Labelled { item, post: shown.roots.len().saturating_sub(1), number: row.get(3)? };
            // A post that is new stands there twice, as the top and in full.
            if shown.labels.last() != Some(&label) {
                shown.labels.push(label);
            }
            if how == "full" {
                let kept: Option<Vec<u8>> = row.get(2)?;
                let text = kept.map(|kept| row::unpacked(&kept)).transpose()?;
                shown.items.push((item, text.map(|reading| reading.said()).unwrap_or_default()));
            }
        }
        Ok(any.then_some(shown))
    }
}

fn found(row: &rusqlite::Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found { item: ItemId(row.get(0)?), post: PostId(row.get(1)?), ghost: row.get(2)? })
}

fn parent(db: &Connection, item: ItemId) -> Result<Option<ItemId>, StoreError> {
    let mut query = db.prepare_cached("SELECT parent_id FROM item WHERE id = ?1")?;
    Ok(query.query_row([item.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten().map(ItemId))
}

/// Where an arriving mail's item goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The ghost whose place it takes.
    pub(super) ghost: Option<ItemId>,
    /// Its post.
    pub(super) post: PostId,
    /// What it answers; `None` where it is the post itself.
    pub(super) parent: Option<ItemId>,
    /// The evidence; `None` for a post.
    pub(super) by: Option<By>,
}

/// What names a conversation that is begun: a permalink number is given with it.
pub(super) struct Beginning<'a> {
    pub(super) title: &'a str,
    pub(super) base_subject: &'a str,
    /// Unix milliseconds.
    pub(super) at: i64,
}

/// Makes room for a mail at `place`: ghosts for what it speaks of, a post where it begins one, and where a late parent
/// proves two conversations to be one, their union.
pub(super) fn seat(
    known: &KnownOfList<'_>,
    own: &MessageId,
    place: &Place,
    beginning: &Beginning<'_>,
) -> Result<Seat, StoreError> {
    let ghost = known.by_id(own)?.filter(|found| found.ghost);
    match ghost {
        Some(ghost) => take_ghosts_place(known, ghost, place, beginning),
        None => new_seat(known, place, beginning),
    }
}

fn new_seat(known: &KnownOfList<'_>, place: &Place, beginning: &Beginning<'_>) -> Result<Seat, StoreError> {
    let db = known.db;
    match place {
        Place::Under(parent, by) => {
            let post = post_of(db, *parent)?;
            Ok(Seat { ghost: None, post, parent: Some(*parent), by: Some(*by) })
        }
        Place::UnderMissing { anchor, missing, by } => {
            let post = match anchor {
                Some(anchor) => post_of(db, *anchor)?,
                None => begin_post(known, beginning)?,
            };
            let parent = make_ghosts(known, post, *anchor, missing)?;
            Ok(Seat { ghost: None, post, parent, by: Some(*by) })
        }
        Place::Start | Place::Known(_) | Place::Unclear(_) => {
            Ok(Seat { ghost: None, post: begin_post(known, beginning)?, parent: None, by: None })
        }
    }
}

/// A late arrival. Where its ghost is the root of a conversation, what the mail itself says of its parent joins that
/// conversation to the parent's. Where the ghost already stands under something, the mail's own word moves it within
/// its post, but never to another: that one of two References was wrong proves no two conversations to be one.
fn take_ghosts_place(
    known: &KnownOfList<'_>,
    ghost: Found,
    place: &Place,
    beginning: &Beginning<'_>,
) -> Result<Seat, StoreError> {
    let db = known.db;
    let stands_under = parent(db, ghost.item)?;
    let stay = |by| Ok(Seat { ghost: Some(ghost.item), post: ghost.post, parent: stands_under, by });
    let (new_parent, by) = match place {
        Place::Under(parent, by) => (Some(*parent), *by),
        Place::UnderMissing { anchor, missing, by } => match anchor {
            Some(anchor) if post_of(db, *anchor)? == ghost.post || stands_under.is_none() => {
                (make_ghosts(known, post_of(db, *anchor)?, Some(*anchor), missing)?, *by)
            }
            None if stands_under.is_none() => {
                let top = make_ghosts(known, ghost.post, None, missing)?;
                find_root(db, ghost.post)?;
                (top, *by)
            }
            _ => return stay(Some(*by)),
        },
        Place::Start | Place::Known(_) | Place::Unclear(_) => {
            if stands_under.is_none() {
                name_post(db, ghost.post, beginning)?;
            }
            return stay(stands_under.map(|_| By::References));
        }
    };
    let Some(new_parent) = new_parent else { return stay(Some(by)) };
    let parents_post = post_of(db, new_parent)?;
    let elsewhere = parents_post != ghost.post && stands_under.is_some();
    if elsewhere || known.is_under(new_parent, ghost.item)? {
        return stay(Some(by));
    }
    db.prepare_cached("UPDATE item SET parent_id = ?1 WHERE id = ?2")?.execute([new_parent.0, ghost.item.0])?;
    let post = if parents_post == ghost.post { ghost.post } else { join_posts(db, parents_post, ghost.post)? };
    find_root(db, post)?;
    Ok(Seat { ghost: Some(ghost.item), post, parent: Some(new_parent), by: Some(by) })
}

/// A ghost for each missing id, each under the one before; the last of them. Under `anchor`, or as the post's new top.
fn make_ghosts(
    known: &KnownOfList<'_>,
    post: PostId,
    anchor: Option<ItemId>,
    missing: &[MessageId],
) -> Result<Option<ItemId>, StoreError> {
    let db = known.db;
    let mut above = anchor;
    for id in missing {
        db.prepare_cached(
            "INSERT INTO item (list_id, post_id, parent_id, state, message_id) VALUES (?1, ?2, ?3, 'ghost', ?4)",
        )?
        .execute(params![known.list.id.0, post.0, above.map(|item| item.0), id.as_str()])?;
        let ghost = ItemId(db.last_insert_rowid());
        add_alias(db, known.list.id, id, ghost, "sender")?;
        above = Some(ghost);
    }
    if anchor.is_none() {
        find_root(db, post)?;
    }
    Ok(above)
}

/// Names one more id by which an item is known; the first to use an id keeps it.
pub(super) fn add_alias(
    db: &Connection,
    list: ListId,
    id: &MessageId,
    item: ItemId,
    kind: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO message_alias (list_id, message_id, item_id, kind) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![list.0, id.as_str(), item.0, kind])?;
    Ok(())
}

fn begin_post(known: &KnownOfList<'_>, beginning: &Beginning<'_>) -> Result<PostId, StoreError> {
    let db = known.db;
    let list = known.list.id.0;
    db.prepare_cached("UPDATE list SET last_post_number = last_post_number + 1 WHERE id = ?1")?.execute([list])?;
    let mut number = db.prepare_cached("SELECT last_post_number FROM list WHERE id = ?1")?;
    let number: i64 = number.query_row([list], |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO post (list_id, number, title, base_subject, started_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![list, number, beginning.title, beginning.base_subject, beginning.at])?;
    Ok(PostId(db.last_insert_rowid()))
}

fn name_post(db: &Connection, post: PostId, beginning: &Beginning<'_>) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE post SET title = ?2, base_subject = ?3 WHERE id = ?1")?.execute(params![
        post.0,
        beginning.title,
        beginning.base_subject
    ])?;
    Ok(())
}

/// The post of an item.
pub(super) fn post_of(db: &Connection, item: ItemId) -> Result<PostId, StoreError> {
    let mut query = db.prepare_cached("SELECT post_id FROM item WHERE id = ?1")?;
    let post: Option<i64> = query.query_row([item.0], |row| row.get(0)).optional()?;
    post.map(PostId).ok_or_else(|| StoreError::Refused(format!("there is no item {item}")))
}

/// Writes down the item of a post that answers nothing.
pub(super) fn set_root(db: &Connection, post: PostId, root: ItemId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE post SET root_id = ?2 WHERE id = ?1")?.execute([post.0, root.0])?;
    Ok(())
}

/// Writes down which of a post's items answers nothing, after items were moved.
fn find_root(db: &Connection, post: PostId) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE post SET root_id = (SELECT id FROM item WHERE post_id = ?1 AND parent_id IS NULL LIMIT 1) WHERE id = ?1",
    )?
    .execute([post.0])?;
    Ok(())
}

/// Joins two conversations, the second one's top item having just been put under an item of the first. The one that
/// was started later loses its row: its responses get the next free numbers of the other, and its numbers redirect.
fn join_posts(db: &Connection, upper: PostId, lower: PostId) -> Result<PostId, StoreError> {
    let started = |post: PostId| -> Result<(i64, i64), StoreError> {
        Ok(db.query_row("SELECT started_at, number FROM post WHERE id = ?1", [post.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?)
    };
    let (stays, goes) = if started(upper)? <= started(lower)? { (upper, lower) } else { (lower, upper) };
    renumber(db, goes, stays)?;
    db.execute("UPDATE item SET post_id = ?1 WHERE post_id = ?2", [stays.0, goes.0])?;
    db.execute(
        "UPDATE post SET responses = responses + (SELECT responses FROM post WHERE id = ?2) WHERE id = ?1",
        [stays.0, goes.0],
    )?;
    db.execute("UPDATE post SET merged_into = ?1 WHERE merged_into = ?2", [stays.0, goes.0])?;
    db.execute("UPDATE post SET merged_into = ?1, root_id = NULL, responses = 0 WHERE id = ?2", [stays.0, goes.0])?;
    if stays == lower {
        db.execute(
            "UPDATE post SET (title, base_subject) = (SELECT title, base_subject FROM post WHERE id = ?2) WHERE id = ?1",
            [stays.0, upper.0],
        )?;
    }
    find_root(db, stays)?;
    Ok(stays)
}

fn renumber(db: &Connection, goes: PostId, stays: PostId) -> Result<(), StoreError> {
    let numbered: Vec<(i64, i64)> = db
        .prepare("SELECT id, number FROM item WHERE post_id = ?1 AND number IS NOT NULL ORDER BY number")?
        .query_map([goes.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (item, number) in numbered {
        let next: i64 = db.query_row(
            "UPDATE post SET last_number = last_number + 1 WHERE id = ?1 RETURNING last_number",
            [stays.0],
            |row| row.get(0),
        )?;
        db.execute("UPDATE item SET number = ?1 WHERE id = ?2", [next, item])?;
        db.execute("INSERT INTO renumbered (post_id, number, item_id) VALUES (?1, ?2, ?3)", [goes.0, number, item])?;
    }
    Ok(())
}
