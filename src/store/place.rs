//! Placing a mail, inside the writer's transaction: what follows from the answer of the ladder (`thread::place`): ghosts,
//! late parents, copies that know better, and two conversations that turn out to be one.

use rusqlite::{Connection, OptionalExtension, params};

use super::known::KnownOfList;
use super::{StoreError, subtree};
use crate::discussion::{ItemId, ListId, PostId};
use crate::message::MessageId;
use crate::thread::{By, Climb, Found, Known, Place};

/// How many ghosts that stood by a guess are placed anew for one mail: each may cost as much as its conversation is long.
const MOST_MOVED: usize = 10;

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
    /// Whether ghosts were made for what it answers.
    pub(super) under_ghosts: bool,
}

impl Seat {
    /// Whether the place is a guess. Under a ghost it is the ghost's place that is.
    pub(super) fn is_guess(&self) -> bool {
        self.by.is_some_and(By::is_guess) && !self.under_ghosts
    }
}

/// What names a conversation that is begun: a permalink number is given with it.
pub(super) struct Beginning<'a> {
    pub(super) title: &'a str,
    pub(super) base_subject: &'a str,
    /// Unix milliseconds.
    pub(super) at: i64,
}

/// Makes room for a mail at `place`: ghosts for what it speaks of, a post where it begins one, and where a late parent
/// proves two conversations to be one, their union. `own` is the mail's id. Nothing is ever put under what answers it,
/// whoever said so.
pub(super) fn seat(
    known: &KnownOfList<'_>,
    own: &MessageId,
    place: &Place,
    beginning: &Beginning<'_>,
) -> Result<Seat, StoreError> {
    let Some(ghost) = known.by_own_id(own)?.filter(|found| found.ghost) else {
        return new_seat(known, place, beginning);
    };
    match place {
        Place::Under(parent, _) if Climb::to(ghost.item).starts_at(*parent, known)? => {
            take_ghosts_place(known, ghost, &Place::Apart, beginning)
        }
        place => take_ghosts_place(known, ghost, place, beginning),
    }
}

fn new_seat(known: &KnownOfList<'_>, place: &Place, beginning: &Beginning<'_>) -> Result<Seat, StoreError> {
    let db = known.db;
    match place {
        Place::Under(parent, by) => {
            let post = post_of(db, *parent)?;
            Ok(Seat { ghost: None, post, parent: Some(*parent), by: Some(*by), under_ghosts: false })
        }
        Place::UnderMissing { anchor, missing, by } => {
            let post = match anchor {
                Some(anchor) => post_of(db, *anchor)?,
                None => begin_post(known, beginning)?,
            };
            let parent = make_ghosts(known, post, anchor.map(|anchor| (anchor, *by)), missing)?;
            Ok(Seat { ghost: None, post, parent, by: Some(*by), under_ghosts: true })
        }
        Place::Start | Place::Apart | Place::Known(_) | Place::Unclear(_) => {
            let post = begin_post(known, beginning)?;
            Ok(Seat { ghost: None, post, parent: None, by: None, under_ghosts: false })
        }
    }
}

/// A late arrival, or a copy that knows better of something that is here. What the mail itself says of its parent goes
/// before what others said ([RFC 5256] §3, step 1 B): where it is the root of a conversation, that joins the parent's;
/// elsewhere it moves with all that stands under it. Only where it names nothing that is here, others' word stands, unless
/// that was a guess, or the mail names only what answers it.
///
/// [RFC 5256]: https://www.rfc-editor.org/rfc/rfc5256
fn take_ghosts_place(
    known: &KnownOfList<'_>,
    ghost: Found,
    place: &Place,
    beginning: &Beginning<'_>,
) -> Result<Seat, StoreError> {
    let db = known.db;
    let (above, was_guess) = place_in_tree(db, ghost.item)?;
    let stay = |by| Ok(Seat { ghost: Some(ghost.item), post: ghost.post, parent: above, by, under_ghosts: false });
    let is_surer = |by: By| above.is_none() || was_guess || !by.is_guess();
    match place {
        Place::Under(parent, by) if is_surer(*by) => {
            let post = bring_under(known, ghost, *parent)?;
            Ok(Seat { ghost: Some(ghost.item), post, parent: Some(*parent), by: Some(*by), under_ghosts: false })
        }
        Place::UnderMissing { anchor: Some(anchor), missing, by } if is_surer(*by) => {
            let parent = make_ghosts(known, post_of(db, *anchor)?, Some((*anchor, *by)), missing)?;
            let post = parent.map_or(Ok(ghost.post), |parent| bring_under(known, ghost, parent))?;
            Ok(Seat { ghost: Some(ghost.item), post, parent, by: Some(*by), under_ghosts: true })
        }
        Place::UnderMissing { anchor: None, missing, by } if above.is_none() => {
            let parent = make_ghosts(known, ghost.post, None, missing)?;
            set_parent(db, ghost.item, parent)?;
            find_root(db, ghost.post)?;
            Ok(Seat { ghost: Some(ghost.item), post: ghost.post, parent, by: Some(*by), under_ghosts: true })
        }
        Place::Under(..) | Place::UnderMissing { .. } => stay(Some(By::References)),
        Place::Start | Place::Apart | Place::Known(_) | Place::Unclear(_) => {
            if above.is_none() {
                name_post(db, ghost.post, beginning)?;
                return stay(None);
            }
            if !was_guess && *place != Place::Apart {
                return stay(Some(By::References));
            }
            let post = begin_post(known, beginning)?;
            set_parent(db, ghost.item, None)?;
            subtree::take(db, ghost.item, ghost.post, post)?;
            Ok(Seat { ghost: Some(ghost.item), post, parent: None, by: None, under_ghosts: false })
        }
    }
}

/// Puts an item that is here under another, with all that stands under it: within its conversation, or as the union of two
/// where it is the top of its own, or out of its own into the other. The post that it is in then.
fn bring_under(known: &KnownOfList<'_>, item: Found, parent: ItemId) -> Result<PostId, StoreError> {
    let db = known.db;
    let parents_post = post_of(db, parent)?;
    let was_top = place_in_tree(db, item.item)?.0.is_none();
    set_parent(db, item.item, Some(parent))?;
    let post = match (parents_post == item.post, was_top) {
        (true, _) => item.post,
        (false, true) => subtree::join_posts(db, parents_post, item.post)?,
        (false, false) => {
            subtree::take(db, item.item, item.post, parents_post)?;
            parents_post
        }
    };
    find_root(db, post)?;
    Ok(post)
}

/// Moves something that is here to the place that a copy of it spoke for, where that names what it answers. Whether it
/// was moved.
pub(super) fn move_to(
    known: &KnownOfList<'_>,
    item: Found,
    place: &Place,
    beginning: &Beginning<'_>,
) -> Result<Option<Seat>, StoreError> {
    let (above, _) = place_in_tree(known.db, item.item)?;
    let moves = match place {
        Place::Under(parent, _) => above != Some(*parent),
        Place::UnderMissing { anchor, by, .. } => !by.is_guess() && (anchor.is_some() || above.is_none()),
        Place::Start | Place::Apart | Place::Known(_) | Place::Unclear(_) => false,
    };
    moves.then(|| take_ghosts_place(known, item, place, beginning)).transpose()
}

/// A ghost for each missing id, each under the one before; the last of them. Under the anchor, by that evidence, or as the
/// post's new top. One that stood elsewhere by a guess goes there, where that is not too much; else it stays, and in another
/// conversation counts for nothing.
fn make_ghosts(
    known: &KnownOfList<'_>,
    post: PostId,
    anchor: Option<(ItemId, By)>,
    missing: &[MessageId],
) -> Result<Option<ItemId>, StoreError> {
    let db = known.db;
    let mut above = anchor.map(|(item, _)| item);
    let mut guess = anchor.is_some_and(|(_, by)| by.is_guess());
    let mut looked_at = 0;
    for id in missing {
        if let Some(ghost) = known.by_alias(id)?.filter(|found| found.guessed)
            && let Some(above_it) = above
        {
            looked_at += 1;
            if looked_at <= MOST_MOVED && !Climb::to(ghost.item).starts_at(above_it, known)? {
                bring_under(known, ghost, above_it)?;
                db.prepare_cached("UPDATE item SET guess = ?2 WHERE id = ?1")?.execute(params![ghost.item.0, guess])?;
            } else if ghost.post != post {
                continue;
            }
            (above, guess) = (Some(ghost.item), false);
            continue;
        }
        db.prepare_cached(
            "INSERT INTO item (list_id, post_id, parent_id, state, message_id, guess)
             VALUES (?1, ?2, ?3, 'ghost', ?4, ?5)",
        )?
        .execute(params![known.list.id.0, post.0, above.map(|item| item.0), id.as_str(), guess])?;
        guess = false;
        let ghost = ItemId(db.last_insert_rowid());
        add_alias(db, known.list.id, id, ghost, "sender")?;
        above = Some(ghost);
    }
    if anchor.is_none() {
        find_root(db, post)?;
    }
    Ok(above)
}

/// Gives an item the id that it states as its own. Who had it for another name only yields it; who stated it before keeps
/// it.
pub(super) fn own_name(db: &Connection, list: ListId, id: &MessageId, item: ItemId) -> Result<(), StoreError> {
    if add_alias(db, list, id, item, "sender")? {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE message_alias SET item_id = ?3, kind = 'sender' WHERE list_id = ?1 AND message_id = ?2
         AND NOT EXISTS (SELECT 1 FROM item WHERE id = message_alias.item_id AND message_id = ?2)",
    )?
    .execute(params![list.0, id.as_str(), item.0])?;
    Ok(())
}

/// Names one more id by which an item is known; the first to use an id keeps it. Whether it was free.
pub(super) fn add_alias(
    db: &Connection,
    list: ListId,
    id: &MessageId,
    item: ItemId,
    kind: &str,
) -> Result<bool, StoreError> {
    let sql = "INSERT OR IGNORE INTO message_alias (list_id, message_id, item_id, kind) VALUES (?1, ?2, ?3, ?4)";
    let added = db.prepare_cached(sql)?.execute(params![list.0, id.as_str(), item.0, kind])?;
    Ok(added > 0)
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

/// What an item answers, and whether that is a guess.
fn place_in_tree(db: &Connection, item: ItemId) -> Result<(Option<ItemId>, bool), StoreError> {
    let mut query = db.prepare_cached("SELECT parent_id, guess FROM item WHERE id = ?1")?;
    Ok(query.query_row([item.0], |row| Ok((row.get::<_, Option<i64>>(0)?.map(ItemId), row.get(1)?)))?)
}

/// What an item answers.
pub(super) fn parent(db: &Connection, item: ItemId) -> Result<Option<ItemId>, StoreError> {
    let mut query = db.prepare_cached("SELECT parent_id FROM item WHERE id = ?1")?;
    Ok(query.query_row([item.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten().map(ItemId))
}

fn set_parent(db: &Connection, item: ItemId, parent: Option<ItemId>) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE item SET parent_id = ?1 WHERE id = ?2")?
        .execute(params![parent.map(|parent| parent.0), item.0])?;
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
pub(super) fn find_root(db: &Connection, post: PostId) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE post SET root_id = (SELECT id FROM item WHERE post_id = ?1 AND parent_id IS NULL LIMIT 1) WHERE id = ?1",
    )?
    .execute([post.0])?;
    Ok(())
}
