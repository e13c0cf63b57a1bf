//! The outbox: claimed by lease, so that what a worker leaves unfinished is taken up again.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::edition::Kind;
use super::owner::Owner;
use super::timing::next_scheduled;
use super::{Pending, Store, StoreError, list, member, row};
use crate::discussion::{Delivery, EditionId, List, Member, MemberId, MemberState, OutboxId, Schedule, Seq, Window};
use crate::message::Address;

/// A mail of the outbox, as `queue show` lists it.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Its row.
    pub id: OutboxId,
    /// The list's name.
    pub list: String,
    /// `digest`, `each` or `notice`.
    pub kind: String,
    /// Whom to; for the operator only.
    pub recipient: Address,
    /// Its subject.
    pub subject: String,
    /// `waiting`, `sent`, `failed` or `dropped`.
    pub state: String,
    /// Attempts begun.
    pub attempts: u32,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// When it is tried next, or its lease ends.
    pub next_attempt_at: Timestamp,
    /// What the relay said last.
    pub last_error: Option<String>,
}

impl Store {
    /// What waits to go out, and what was given up; with `all`, also what was sent.
    pub fn queue(&self, all: bool) -> Result<Vec<QueueRow>, StoreError> {
        self.read(|db| {
            let states = if all { "" } else { "WHERE o.state IN ('waiting', 'failed')" };
            let mut query = db.prepare(&format!(
                "SELECT o.id, l.name, o.kind, o.recipient, p.subject, o.state, o.attempts, o.queued_at,
                    o.next_attempt_at, o.last_error
                 FROM outbox o JOIN list l ON l.id = o.list_id
                 JOIN edition_part p ON p.edition_id = o.edition_id AND p.part = o.part {states} ORDER BY o.id"
            ))?;
            query.query_and_then([], queue_row)?.collect()
        })
    }

    /// Makes waiting mails ready at once, and has those that were given up tried again: this one, or all.
    pub fn retry(&self, id: Option<OutboxId>, now: Timestamp) -> Pending<usize> {
        self.write(move |db, _| {
            let mut ready = 0;
            for id in unsettled(db, id)? {
                ready += usize::from(try_again(db, id, now)?);
            }
            Ok(ready)
        })
    }

    /// Takes mails out of the queue, not to be sent, nor to be folded into a digest: this one, or all that wait or were
    /// given up. `Ok(0)`: none such.
    pub fn drop_queued(&self, id: Option<OutboxId>, now: Timestamp) -> Pending<usize> {
        self.write(move |db, _| {
            let ids = unsettled(db, id)?;
            for id in &ids {
                if let (Some(reader), windows) = contents(db, *id)? {
                    no_longer_missed(db, reader, &windows)?;
                }
                db.prepare_cached(
                    "UPDATE outbox SET state = 'dropped', ended_at = ?1, leased_by = NULL WHERE id = ?2",
                )?
                .execute([now.as_millisecond(), id.0])?;
            }
            Ok(ids.len())
        })
    }
}

/// The mails that wait or were given up: this one of them, or all.
fn unsettled(db: &Connection, id: Option<OutboxId>) -> Result<Vec<OutboxId>, StoreError> {
    let mut query =
        db.prepare("SELECT id FROM outbox WHERE state IN ('waiting', 'failed') AND (?1 IS NULL OR id = ?1)")?;
    let ids = query.query_map([id.map(|id| id.0)], |row| row.get(0).map(OutboxId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// A mail to be put into the outbox.
pub(super) struct Queued {
    pub(super) edition: EditionId,
    pub(super) part: u16,
    pub(super) kind: Kind,
    pub(super) window: Window,
    pub(super) dated: Timestamp,
    pub(super) now: Timestamp,
}

/// Puts a mail to a member into the outbox: whom to and when they read is written down as it is now.
pub(super) fn queue(db: &Connection, list: &List, member: &Member, new: &Queued) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO outbox (list_id, member_id, edition_id, part, kind, after_seq, upto_seq, recipient, name, schedule,
            dated, state, queued_at, next_attempt_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'waiting', ?12, ?12)",
    )?
    .execute(params![
        list.id.0,
        member.id.0,
        new.edition.0,
        new.part,
        new.kind.as_str(),
        new.window.after.0,
        new.window.upto.0,
        member.address.as_str(),
        member.name,
        row::schedule_text(&member.schedule(list)),
        new.dated.as_millisecond(),
        new.now.as_millisecond()
    ])?;
    Ok(())
}

/// A notice to somebody as an owner, not as a member.
pub(super) struct NoMember {
    pub(super) edition: EditionId,
    pub(super) dated: Timestamp,
    pub(super) now: Timestamp,
}

/// Puts a notice to an owner into the outbox.
pub(super) fn queue_to(db: &Connection, owner: &Owner, new: &NoMember) -> Result<(), StoreError> {
    queue_to_address(db, &owner.list, &owner.address, owner.name.as_deref(), new)
}

/// Puts a notice to somebody who is no member into the outbox.
pub(super) fn queue_to_address(
    db: &Connection,
    list: &List,
    address: &Address,
    name: Option<&str>,
    new: &NoMember,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO outbox (list_id, member_id, edition_id, part, kind, after_seq, upto_seq, recipient, name, schedule,
            dated, state, queued_at, next_attempt_at)
         VALUES (?1, NULL, ?2, 1, 'notice', 0, 0, ?3, ?4, ?5, ?6, 'waiting', ?7, ?7)",
    )?
    .execute(params![
        list.id.0,
        new.edition.0,
        address.as_str(),
        name,
        row::schedule_text(&list.schedule),
        new.dated.as_millisecond(),
        new.now.as_millisecond()
    ])?;
    Ok(())
}

fn queue_row(row: &rusqlite::Row<'_>) -> Result<QueueRow, StoreError> {
    Ok(QueueRow {
        id: OutboxId(row.get(0)?),
        list: row.get(1)?,
        kind: row.get(2)?,
        recipient: row::address(&row.get::<_, String>(3)?)?,
        subject: row.get(4)?,
        state: row.get(5)?,
        attempts: row.get(6)?,
        queued_at: row::time(row.get(7)?),
        next_attempt_at: row::time(row.get(8)?),
        last_error: row.get(9)?,
    })
}

/// Remembers what a given-up mail held, and sees to it that there is a next digest to fold it into: a reader of each
/// mail gets one at their hour of the day.
pub(super) fn fold_into_next(db: &Connection, id: OutboxId, now: Timestamp) -> Result<(), StoreError> {
    let (reader, windows) = contents(db, id)?;
    let Some(member) = reader.map(|reader| member::by_id(db, reader)).transpose()?.flatten() else { return Ok(()) };
    for window in windows {
        db.prepare_cached("INSERT OR IGNORE INTO missed (member_id, after_seq, upto_seq) VALUES (?1, ?2, ?3)")?
            .execute([member.id.0, window.after.0, window.upto.0])?;
    }
    if member.state != MemberState::Active || member.next_due.is_some() || member.delivery == Delivery::None {
        return Ok(());
    }
    let Some(list) = list::by_id(db, member.list)? else { return Ok(()) };
    let daily = Schedule { delivery: Delivery::Daily, ..member.schedule(&list) };
    let due = next_scheduled(&daily, now)?;
    db.execute(
        "UPDATE member SET next_due = ?1 WHERE id = ?2",
        params![due.map(Timestamp::as_millisecond), member.id.0],
    )?;
    Ok(())
}

/// Whose mail it is, and every window that it held: its own, and those that it made good.
fn contents(db: &Connection, id: OutboxId) -> Result<(Option<MemberId>, Vec<Window>), StoreError> {
    let mut query = db.prepare_cached("SELECT member_id, after_seq, upto_seq FROM outbox WHERE id = ?1")?;
    let (reader, own) = query.query_row([id.0], |row| {
        let own = Window { after: Seq(row.get(1)?), upto: Seq(row.get(2)?) };
        Ok((row.get::<_, Option<i64>>(0)?.map(MemberId), own))
    })?;
    let mut windows = covered_by(db, id)?;
    windows.extend((own.after < own.upto).then_some(own));
    Ok((reader, windows))
}

/// A reader has left: what waits for them is not sent. What they had missed stays until they begin anew, for they may
/// have it undone.
pub(super) fn forget_waiting(db: &Connection, reader: MemberId, now: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE outbox SET state = 'dropped', ended_at = ?1, leased_by = NULL
         WHERE member_id = ?2 AND state IN ('waiting', 'failed')",
    )?
    .execute([now.as_millisecond(), reader.0])?;
    Ok(())
}

/// A reader pauses: what waits for them is put off until they come back. A mail that is on its way already goes out.
pub(super) fn put_off_waiting(db: &Connection, reader: MemberId, now: Timestamp) -> Result<(), StoreError> {
    let waiting: Vec<i64> = db
        .prepare_cached(
            "SELECT id FROM outbox WHERE member_id = ?1 AND state = 'waiting' AND leased_by IS NULL AND kind <> 'notice'",
        )?
        .query_map([reader.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in waiting {
        db.execute("UPDATE outbox SET state = 'dropped', ended_at = ?1 WHERE id = ?2", [now.as_millisecond(), id])?;
        fold_into_next(db, OutboxId(id), now)?;
    }
    Ok(())
}

/// The windows before a mail's own that its edition made good: they are missed again.
fn covered_by(db: &Connection, id: OutboxId) -> Result<Vec<Window>, StoreError> {
    let mut query = db.prepare(
        "SELECT i.seq FROM outbox o JOIN edition_item e ON e.edition_id = o.edition_id JOIN item i ON i.id = e.item_id
         WHERE o.id = ?1 AND e.shown = 'full' AND i.seq <= o.after_seq ORDER BY i.seq",
    )?;
    let seqs: Vec<i64> = query.query_map([id.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut windows: Vec<Window> = Vec::new();
    for seq in seqs {
        match windows.last_mut().filter(|window| window.upto.0 == seq - 1) {
            Some(window) => window.upto = Seq(seq),
            None => windows.push(Window { after: Seq(seq - 1), upto: Seq(seq) }),
        }
    }
    Ok(windows)
}

/// A mail that was given up goes back only where all that it held is still missed, and is then not folded in as well;
/// otherwise the next digest sees to what is left of it.
fn try_again(db: &Connection, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
    let at = now.as_millisecond();
    let waiting = "UPDATE outbox SET next_attempt_at = ?1 WHERE id = ?2 AND state = 'waiting' AND leased_by IS NULL";
    if db.execute(waiting, [at, id.0])? == 1 {
        return Ok(true);
    }
    let notice = "UPDATE outbox SET state = 'waiting', queued_at = ?1, next_attempt_at = ?1, ended_at = NULL
                  WHERE id = ?2 AND kind = 'notice' AND state = 'failed'";
    if db.execute(notice, [at, id.0])? == 1 {
        return Ok(true);
    }
    let (Some(reader), windows) = contents(db, id)? else { return Ok(false) };
    let failed = "SELECT 1 FROM outbox WHERE id = ?1 AND state = 'failed'";
    let still_missed = "SELECT 1 FROM missed WHERE member_id = ?1 AND after_seq = ?2 AND upto_seq = ?3";
    let mut is_missed = db.prepare_cached(still_missed)?;
    let mut whole = !windows.is_empty() && db.prepare_cached(failed)?.exists([id.0])?;
    for window in &windows {
        whole &= is_missed.exists([reader.0, window.after.0, window.upto.0])?;
    }
    if whole {
        no_longer_missed(db, reader, &windows)?;
        db.execute(
            "UPDATE outbox SET state = 'waiting', queued_at = ?1, next_attempt_at = ?1, ended_at = NULL WHERE id = ?2",
            [at, id.0],
        )?;
    }
    Ok(whole)
}

/// Whether something is to be made good to a reader.
pub(super) fn has_missed(db: &Connection, reader: MemberId) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("SELECT 1 FROM missed WHERE member_id = ?1")?.exists([reader.0])?)
}

fn no_longer_missed(db: &Connection, reader: MemberId, windows: &[Window]) -> Result<(), StoreError> {
    for window in windows {
        db.prepare_cached("DELETE FROM missed WHERE member_id = ?1 AND after_seq = ?2 AND upto_seq = ?3")?
            .execute([reader.0, window.after.0, window.upto.0])?;
    }
    Ok(())
}
