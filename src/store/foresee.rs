//! What would become of a mail on a list: the questions that taking it in asks, and none of what it does.

use rusqlite::{Connection, OptionalExtension, params};

use super::mail::{Judged, Taking};
use super::{Arrival, Store, StoreError};
use crate::discussion::{ItemId, List, Member, Number};
use crate::message::MessageId;
use crate::thread::{Evidence, Place};
use crate::trust::Admission;

/// What would become of a mail on a list.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The header by which it shows that it went through the list before.
    pub ours: Option<&'static str>,
    /// It looks like an automatic answer, but a member may have written it.
    pub perhaps_automatic: bool,
    /// The member whom its From names.
    pub member: Option<Member>,
    /// Where it belongs; of a mail that answers several items, the first of these.
    pub place: Place,
    /// How many items it answers, each of which gets its own part of it.
    pub runs: usize,
    /// Whether it is published there.
    pub admission: Admission,
    /// What it answers, or where it is here already, what it is here; `None` where that has not arrived.
    pub item: Option<ItemLine>,
    /// The mail with this id that is held, or was.
    pub held: Option<HeldBefore>,
}

/// An item in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemLine {
    /// The sender's Message-ID, byte-exact.
    pub message_id: String,
    /// The name shown.
    pub author: String,
    /// A response's number under its post; `None` for the post.
    pub number: Option<Number>,
    /// The post's number on the list.
    pub post: Number,
    /// The post's title.
    pub title: String,
}

/// A mail that was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBefore {
    /// Its number, for `moderate`.
    pub id: i64,
    /// `waiting`, `accepted`, `rejected`, ….
    pub state: String,
    /// Why, as a [`Why`](crate::trust::Why) says it.
    pub reason: String,
}

impl Store {
    /// What would become of a mail that is sent to a list for discussion. Changes nothing.
    pub fn foresee(
        &self,
        arrival: &Arrival,
        list: &List,
        evidence: &Evidence,
        token: bool,
    ) -> Result<Foreseen, StoreError> {
        self.read(|db| {
            let taking = Taking { db, arrival, mail: None };
            let ours = taking.mark_of_ours(list);
            let perhaps_automatic = taking.may_be_a_members(list)?;
            let member = taking.sender(list)?;
            let Judged { placed, admission } = taking.judge(list, member.as_ref(), evidence, token)?;
            let place = placed.first();
            let item = match &place {
                Place::Known(item) | Place::Under(item, _) => item_line(db, *item)?,
                _ => None,
            };
            let held = held_before(db, list, &arrival.mail.message_id)?;
            let runs = placed.runs();
            Ok(Foreseen { ours, perhaps_automatic, member, place, runs, admission, item, held })
        })
    }
}

fn item_line(db: &Connection, item: ItemId) -> Result<Option<ItemLine>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT i.message_id, i.author, i.number, p.number, p.title FROM item i JOIN post p ON p.id = i.post_id
         WHERE i.id = ?1 AND i.state <> 'ghost'",
    )?;
    let line = query.query_row([item.0], |row| {
        Ok(ItemLine {
            message_id: row.get(0)?,
            author: row.get(1)?,
            number: row.get::<_, Option<i64>>(2)?.map(Number),
            post: Number(row.get(3)?),
            title: row.get(4)?,
        })
    });
    Ok(line.optional()?)
}

fn held_before(db: &Connection, list: &List, id: &MessageId) -> Result<Option<HeldBefore>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, state, reason FROM hold WHERE list_id = ?1 AND message_id = ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let held = query.query_row(params![list.id.0, id.as_str()], |row| {
        Ok(HeldBefore { id: row.get(0)?, state: row.get(1)?, reason: row.get(2)? })
    });
    Ok(held.optional()?)
}
