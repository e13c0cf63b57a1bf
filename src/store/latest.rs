//! The last digest, for somebody who has just joined.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::discussion::{Delivery, List, Member};

/// Gives a new member what the list's last digest was about: as their first one, at once.
pub(super) fn give(db: &Connection, list: &List, member: &Member, now: Timestamp) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT after_seq FROM edition WHERE list_id = ?1 AND kind = 'digest' AND after_seq < upto_seq
         ORDER BY made_at DESC LIMIT 1",
    )?;
    let after: Option<i64> = query.query_row([list.id.0], |row| row.get(0)).optional()?;
    let Some(after) = after.filter(|after| *after < member.cursor.0 && member.delivery != Delivery::None) else {
        return Ok(());
    };
    db.prepare_cached("UPDATE member SET cursor = ?2, next_due = ?3 WHERE id = ?1")?.execute(params![
        member.id.0,
        after,
        now.as_millisecond()
    ])?;
    Ok(())
}
