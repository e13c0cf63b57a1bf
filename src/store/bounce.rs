//! Bounces: kept with the mail that they are about, and what becomes of the member: a complaint ends a membership, what
//! counts too often against an address pauses it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::mail::Taking;
use super::member::MemberChange;
use super::outcome::Outcome;
use super::score::{self, Failure};
use super::{Store, StoreError, leave, list, member, story};
use crate::bounce::{Nature, Returned};
use crate::discussion::{List, ListId, Member, MemberId, MemberState, OutboxId};

/// A mail of ours that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounced {
    /// The reader whom it was to; `None` for somebody who is no member.
    pub member: Option<MemberId>,
    /// The mail; `None` where its row is gone.
    pub outbox: Option<OutboxId>,
}

impl Store {
    /// What came back to a list, in the order in which it came.
    pub fn bounces(&self, list: ListId) -> Result<Vec<Bounced>, StoreError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached("SELECT member_id, outbox_id FROM bounce WHERE list_id = ?1 ORDER BY id")?;
            let rows = query.query_map([list.0], |row| {
                let (member, outbox): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
                Ok(Bounced { member: member.map(MemberId), outbox: outbox.map(OutboxId) })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Taking<'_> {
    /// Takes in what came back of a mail to a reader; `returned`: what that says, where something failed.
    pub(super) fn bounce(
        &mut self,
        list: &List,
        reader: MemberId,
        outbox: OutboxId,
        returned: Option<&Returned>,
    ) -> Result<Outcome, StoreError> {
        let mail = self.keep()?;
        let now = self.arrival.received_at;
        let id = self.arrival.mail.message_id.as_str();
        // The row may be gone by the time its bounce comes; the reader is told by the token alone. A bounce that comes
        // again, because nobody heard that we have it, counts once.
        let is_new = self
            .db
            .prepare_cached(
                "INSERT INTO bounce (list_id, member_id, outbox_id, mail_id, received_at)
                 SELECT ?1, ?2, (SELECT id FROM outbox WHERE id = ?3), ?4, ?5
                 WHERE NOT EXISTS (SELECT 1 FROM bounce b JOIN mail m ON m.id = b.mail_id
                     WHERE b.member_id IS ?2 AND b.list_id = ?1 AND m.message_id = ?6)",
            )?
            // 0 stands for somebody who is no member.
            .execute(params![
                list.id.0,
                (reader.0 > 0).then_some(reader.0),
                outbox.0,
                mail.0,
                now.as_millisecond(),
                id
            ])?;
        let member = member::by_id(self.db, reader)?.filter(|member| member.list == list.id);
        if let (1, Some(member), Some(returned)) = (is_new, member, returned) {
            failed(self.db, list, &member, &Failure { outbox, returned, by_relay: false, at: now })?;
        }
        Ok(Outcome::Bounce)
    }
}

/// Mail to a member failed: writes it down, and does what follows for the member.
pub(super) fn failed(db: &Connection, list: &List, member: &Member, failure: &Failure<'_>) -> Result<(), StoreError> {
    let id = score::note(db, member, failure)?;
    match failure.returned.nature {
        Nature::Policy => Ok(()),
        Nature::Complaint => complained(db, list, member, failure.at),
        Nature::Hard | Nature::Soft => score::charge(db, list, member, failure, id),
    }
}

/// Whoever calls a mail spam wants no more of it: they leave at once and are told nothing, and no button brings back what
/// a mailbox provider said in their name.
fn complained(db: &Connection, list: &List, member: &Member, now: Timestamp) -> Result<(), StoreError> {
    leave::leave(db, list, member, "complaint", now)?;
    leave::without_goodbye(db, member.id)?;
    leave::forget(db, member.id)
}

/// The relay refused a member for good: `returned`, of this mail to them.
pub(super) fn refused(
    db: &Connection,
    outbox: OutboxId,
    returned: &Returned,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut query = db.prepare_cached("SELECT member_id FROM outbox WHERE id = ?1 AND member_id IS NOT NULL")?;
    let reader = query.query_row([outbox.0], |row| row.get(0).map(MemberId)).optional()?;
    let Some(member) = reader.map(|reader| member::by_id(db, reader)).transpose()?.flatten() else { return Ok(()) };
    let list = list::existing(db, member.list)?;
    failed(db, &list, &member, &Failure { outbox, returned, by_relay: true, at: now })
}

/// Pauses a member whom mail does not reach; what waits for them is put off.
pub(super) fn pause(
    db: &Connection,
    list: &List,
    member: &Member,
    status: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let pauses = MemberChange { state: Some(MemberState::Paused), ..MemberChange::default() };
    member::apply(db, list, member, &pauses, now)?;
    db.prepare_cached("UPDATE member SET paused_by = 'bounces', resume_at = NULL WHERE id = ?1")?
        .execute([member.id.0])?;
    story::note(db, member.id, now, "paused", "bounces", status.unwrap_or_default())
}

/// A sign of life of a member: where bounces had paused them, they get mail again, and what failed before counts no more.
/// Whether they had.
pub(super) fn returned(db: &Connection, member: MemberId, now: Timestamp) -> Result<bool, StoreError> {
    let mut query =
        db.prepare_cached("SELECT 1 FROM member WHERE id = ?1 AND state = 'paused' AND paused_by = 'bounces'")?;
    if !query.exists([member.0])? {
        return Ok(false);
    }
    let Some(before) = member::by_id(db, member)? else { return Ok(false) };
    let list = list::existing(db, before.list)?;
    let resumes = MemberChange { state: Some(MemberState::Active), ..MemberChange::default() };
    member::apply(db, &list, &before, &resumes, now)?;
    db.prepare_cached("UPDATE member SET paused_by = NULL WHERE id = ?1")?.execute([member.0])?;
    score::start_anew(db, member, now)?;
    story::note(db, member, now, "resumed", "mail", "")?;
    Ok(true)
}
