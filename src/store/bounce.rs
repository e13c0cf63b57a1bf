//! Bounces: kept with the mail that they are about.

use super::{Store, StoreError};
use crate::discussion::{ListId, MemberId, OutboxId};

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
