//! Conversations that become one, and parts of one that go over to another: what was said keeps what answers it, and old
//! numbers redirect.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::StoreError;
use super::place::find_root;
use crate::discussion::{ItemId, PostId};

/// Joins two conversations, the second one's top item having just been put under an item of the first. The one that
/// was started later loses its row: its responses get the next free numbers of the other, and its numbers redirect.
pub(super) fn join_posts(db: &Connection, upper: PostId, lower: PostId) -> Result<PostId, StoreError> {
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

/// Gives the responses of a post the next free numbers of another, to which they go.
fn renumber(db: &Connection, goes: PostId, stays: PostId) -> Result<(), StoreError> {
    let numbered: Vec<(i64, i64)> = db
        .prepare("SELECT id, number FROM item WHERE post_id = ?1 AND number IS NOT NULL ORDER BY number")?
        .query_map([goes.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (item, number) in numbered {
        let next = next_number(db, stays)?;
        db.execute("UPDATE item SET number = ?1 WHERE id = ?2", [next, item])?;
        redirect(db, goes, number, item)?;
    }
    Ok(())
}

fn next_number(db: &Connection, post: PostId) -> Result<i64, StoreError> {
    db.execute("UPDATE post SET last_number = last_number + 1 WHERE id = ?1", [post.0])?;
    Ok(db.query_row("SELECT last_number FROM post WHERE id = ?1", [post.0], |row| row.get(0))?)
}

/// Counts responses to a post, or counts them no more.
fn count(db: &Connection, post: PostId, more: i64) -> Result<(), StoreError> {
    db.execute("UPDATE post SET responses = responses + ?2 WHERE id = ?1", [post.0, more])?;
    Ok(())
}

/// Notes that what had this number is `item` still.
fn redirect(db: &Connection, post: PostId, number: i64, item: i64) -> Result<(), StoreError> {
    db.execute("INSERT INTO renumbered (post_id, number, item_id) VALUES (?1, ?2, ?3)", params![post.0, number, item])?;
    Ok(())
}

/// Takes an item, whose parent was set anew, with all that stands under it out of its post into another. Responses get the
/// next free numbers there, and the old ones redirect; an item that answers nothing any more has none. Costs as much as
/// its old conversation is long.
pub(super) fn take(db: &Connection, item: ItemId, from: PostId, to: PostId) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT id, parent_id, number, state = 'published' FROM item WHERE post_id = ?1")?;
    let rows = query.query_map([from.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<(i64, Option<i64>, Option<i64>, bool)> = rows.collect::<Result<_, _>>()?;
    let mut answers: HashMap<i64, Vec<i64>> = HashMap::new();
    for (id, parent, ..) in &rows {
        answers.entry(parent.unwrap_or_default()).or_default().push(*id);
    }
    let mut goes = HashSet::from([item.0]);
    let mut next = vec![item.0];
    while let Some(id) = next.pop() {
        let under = answers.get(&id).into_iter().flatten().copied();
        next.extend(under.filter(|id| goes.insert(*id)));
    }
    let is_top: bool = db.query_row("SELECT parent_id IS NULL FROM item WHERE id = ?1", [item.0], |row| row.get(0))?;
    let moved = rows.into_iter().filter(|(id, ..)| goes.contains(id));
    let mut moved: Vec<(Option<i64>, i64, bool)> = moved.map(|(id, _, number, shown)| (number, id, shown)).collect();
    moved.sort_unstable();
    for (number, id, shown) in moved {
        let mut new = None;
        if let Some(number) = number {
            count(db, from, -i64::from(shown))?;
            redirect(db, from, number, id)?;
            if !(is_top && id == item.0) {
                count(db, to, i64::from(shown))?;
                new = Some(next_number(db, to)?);
            }
        }
        db.prepare_cached("UPDATE item SET post_id = ?1, number = ?2 WHERE id = ?3")?
            .execute(params![to.0, new, id])?;
    }
    find_root(db, from)?;
    find_root(db, to)
}

/// Gives a published item that answered nothing until now the next number of its post.
pub(super) fn give_number(db: &Connection, item: ItemId, post: PostId) -> Result<(), StoreError> {
    let number: Option<i64> = db.query_row("SELECT number FROM item WHERE id = ?1", [item.0], |row| row.get(0))?;
    if number.is_none() {
        let number = next_number(db, post)?;
        count(db, post, 1)?;
        db.execute("UPDATE item SET number = ?1 WHERE id = ?2", [number, item.0])?;
    }
    Ok(())
}
