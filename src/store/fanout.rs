//! Fanning out: one publication as a mail of its own to each reader who wants each.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::edition::Kind;
use super::group::Batch;
use super::outbox::{Queued, queue};
use super::{Faults, Pending, Store, StoreError, list, row};
use crate::discussion::{EditionId, ListId, Member, PersonId, Seq, Window};

/// A publication that readers of each wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the list.
    pub seq: Seq,
    /// Who wrote it: they get no copy.
    pub author: Option<PersonId>,
}

impl Store {
    /// The next publication that readers of each wait for.
    pub fn next_fanout(&self, list: ListId) -> Result<Option<Waiting>, StoreError> {
        self.ask(|db| {
            let mut query = db.prepare_cached(
                "SELECT p.seq, i.person_id FROM publication p INDEXED BY publication_waiting JOIN item i ON i.id = p.item_id
                 WHERE p.list_id = ?1 AND p.fanned = 0 ORDER BY p.seq LIMIT 1",
            )?;
            let row = query.query_row([list.0], |row| {
                Ok(Waiting { seq: Seq(row.get(0)?), author: row.get::<_, Option<i64>>(1)?.map(PersonId) })
            });
            Ok(row.optional()?)
        })
    }

    /// Queues a publication for the next batch of readers of each, and where nobody is left, notes that it is fanned
    /// out. `edition` is `None` where it was removed meanwhile: then readers only move past it.
    pub fn fan_out(
        &self,
        list: ListId,
        waiting: Waiting,
        edition: Option<EditionId>,
        now: Timestamp,
        batch: usize,
    ) -> Pending<Batch> {
        self.write(move |db, faults| {
            let done = fan_out(db, list, waiting, edition, now, batch, faults)?;
            faults.pass("fanout.batch")?;
            Ok(done)
        })
    }
}

fn fan_out(
    db: &Connection,
    list: ListId,
    waiting: Waiting,
    edition: Option<EditionId>,
    now: Timestamp,
    batch: usize,
    faults: &Faults,
) -> Result<Batch, StoreError> {
    let list = list::existing(db, list)?;
    let before = Seq(waiting.seq.0 - 1);
    let sql = format!(
        "SELECT {} WHERE m.list_id = ?1 AND m.delivery = 'each' AND m.state = 'active' AND m.cursor = ?2 LIMIT ?3",
        row::MEMBER
    );
    let members: Vec<Member> = {
        let mut query = db.prepare_cached(&sql)?;
        let rows = query.query_and_then(params![list.id.0, before.0, batch as i64], row::member)?;
        rows.collect::<Result<_, StoreError>>()?
    };
    let mut done = Batch { readers: members.len(), queued: 0, last: None };
    for member in &members {
        if let Some(edition) = edition.filter(|_| waiting.author != Some(member.person)) {
            let window = Window { after: before, upto: waiting.seq };
            queue(db, &list, member, &Queued { edition, part: 1, kind: Kind::Each, window, dated: now, now })?;
            done.queued += 1;
        }
        faults.pass("fanout.reader-queued")?;
        db.prepare_cached("UPDATE member SET cursor = ?1 WHERE id = ?2")?.execute([waiting.seq.0, member.id.0])?;
    }
    if members.is_empty() {
        db.prepare_cached("UPDATE publication SET fanned = 1 WHERE list_id = ?1 AND seq = ?2")?
            .execute([list.id.0, waiting.seq.0])?;
    }
    Ok(done)
}
