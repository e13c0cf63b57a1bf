//! Pauses: mail that is put off until a member comes back.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::member::{self, MemberChange};
use super::{Pending, Store, StoreError, list, row, story};
use crate::discussion::{List, Member, MemberId, MemberState};

/// The most members who come back in one transaction.
const BATCH: i64 = 500;

impl Store {
    /// Brings back those whose pause has ended; how many. Where that is as many as one transaction takes, there may be more.
    pub fn end_pauses(&self, now: Timestamp) -> Pending<usize> {
        self.write(move |db, _| {
            let mut query = db.prepare_cached(
                "SELECT id FROM member WHERE resume_at <= ?1 AND state = 'paused' ORDER BY resume_at LIMIT ?2",
            )?;
            let ended = query.query_map([now.as_millisecond(), BATCH], |row| row.get(0).map(MemberId))?;
            let ended: Vec<MemberId> = ended.collect::<Result<_, _>>()?;
            let mut back = 0;
            for id in ended {
                let Some(member) = member::by_id(db, id)? else { continue };
                match list::by_id(db, member.list)? {
                    Some(list) => {
                        resume(db, &list, &member, now)?;
                        story::note(db, id, now, "resumed", "self", "the pause has ended")?;
                        back += 1;
                    }
                    None => forget(db, id)?,
                }
            }
            Ok(back)
        })
    }

    /// Until when a member is paused; `None` where they are not, or until they say so.
    pub fn paused_until(&self, member: MemberId) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| until(db, member))
    }
}

/// Pauses a member, until then or until told.
pub(super) fn pause(
    db: &Connection,
    list: &List,
    member: &Member,
    until: Option<Timestamp>,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = MemberChange { state: Some(MemberState::Paused), ..MemberChange::default() };
    member::apply(db, list, member, &change, now)?;
    db.prepare_cached("UPDATE member SET resume_at = ?2, paused_by = ?3 WHERE id = ?1")?.execute(params![
        member.id.0,
        until.map(Timestamp::as_millisecond),
        by
    ])?;
    Ok(())
}

/// Ends a pause.
pub(super) fn resume(db: &Connection, list: &List, member: &Member, now: Timestamp) -> Result<(), StoreError> {
    if member.state == MemberState::Paused {
        let change = MemberChange { state: Some(MemberState::Active), ..MemberChange::default() };
        member::apply(db, list, member, &change, now)?;
    }
    forget(db, member.id)
}

/// Until when a member is paused.
pub(super) fn until(db: &Connection, member: MemberId) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached("SELECT resume_at FROM member WHERE id = ?1 AND state = 'paused'")?;
    let until: Option<Option<i64>> = query.query_row([member.0], |row| row.get(0)).optional()?;
    Ok(until.flatten().map(row::time))
}

/// Forgets that there was a pause.
pub(super) fn forget(db: &Connection, member: MemberId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE member SET resume_at = NULL, paused_by = NULL WHERE id = ?1")?.execute([member.0])?;
    Ok(())
}
