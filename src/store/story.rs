//! The story of a membership: what happened to it, and by what.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Store, StoreError, row};
use crate::discussion::MemberId;

/// Something that happened to a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What: `joined`, `left`, `paused`, `resumed`, `changed`, `bounced` and the like.
    pub what: String,
    /// By what: `mail`, `web`, `owner`, `bounces`, `complaint` and the like.
    pub how: String,
    /// More of it, in a few words; may be empty.
    pub detail: String,
}

impl Store {
    /// What happened to a membership, the oldest first.
    pub fn story(&self, member: MemberId) -> Result<Vec<Happened>, StoreError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached("SELECT at, what, how, detail FROM member_event WHERE member_id = ?1 ORDER BY id")?;
            let rows = query.query_map([member.0], |row| {
                Ok(Happened { at: row::time(row.get(0)?), what: row.get(1)?, how: row.get(2)?, detail: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Writes down that something happened to a membership.
pub(super) fn note(
    db: &Connection,
    member: MemberId,
    at: Timestamp,
    what: &str,
    how: &str,
    detail: &str,
) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO member_event (member_id, at, what, how, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![member.0, at.as_millisecond(), what, how, detail])?;
    Ok(())
}
