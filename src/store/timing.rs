//! When readers fall due.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::{Pending, Store, StoreError, list, row};
use crate::discussion::{Delivery, List, ListId, Member, MemberState, Schedule, Seq};
use crate::schedule;

/// No schedule has a longer way to its next time than this; what lies further off was set while the clock was wrong.
const FURTHEST_DAILY: SignedDuration = SignedDuration::from_hours(50);
const FURTHEST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Likewise for mail that waits to be tried again.
const FURTHEST_ATTEMPT: SignedDuration = SignedDuration::from_hours(6);

impl Store {
    /// Sets right what was put off to a time that the clock, while it was wrong, took for near. Costs nothing where
    /// nothing was.
    pub fn mend_times(&self, list: ListId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let after = |wait: SignedDuration| now.saturating_add(wait).unwrap_or(Timestamp::MAX).as_millisecond();
            let too_far = "m.list_id = ?1 AND (m.next_due > ?2 OR (m.next_due > ?3 AND m.delivery = 'daily'))";
            let members: Vec<Member> = {
                let mut query = db.prepare(&format!("SELECT {} WHERE {too_far}", row::MEMBER))?;
                let values = params![list.0, after(FURTHEST), after(FURTHEST_DAILY)];
                query.query_and_then(values, row::member)?.collect::<Result<_, StoreError>>()?
            };
            set_due(db, list, &members, now)?;
            db.execute(
                "UPDATE outbox SET next_attempt_at = ?1
                 WHERE state = 'waiting' AND next_attempt_at > ?2 AND list_id = ?3 AND leased_by IS NULL",
                params![now.as_millisecond(), after(FURTHEST_ATTEMPT), list.0],
            )?;
            Ok(())
        })
    }
}

/// When a reader's next digest falls due. A reader of each mail who is behind is due at once: one digest brings them
/// to where single mails go on.
pub(super) fn next_due(
    member: &Member,
    list: &List,
    head: Seq,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if member.state != MemberState::Active {
        return Ok(None);
    }
    if member.delivery == Delivery::Each {
        return Ok((member.cursor < head).then_some(now));
    }
    next_scheduled(&member.schedule(list), now)
}

/// The next due time of a schedule.
pub(super) fn next_scheduled(schedule: &Schedule, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    schedule::next(schedule, after).map_err(|error| StoreError::Refused(error.to_string()))
}

/// The same after a change: who is due already stays so, or the change would silence what they wait for.
pub(super) fn changed_due(
    member: &Member,
    list: &List,
    head: Seq,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let next = next_due(member, list, head, now)?;
    let pending = member.next_due.filter(|due| *due <= now && member.delivery != Delivery::None);
    Ok(if member.state == MemberState::Active { pending.or(next) } else { None })
}

/// Gives readers who follow the list's schedule their new due time.
pub(super) fn reschedule_followers(db: &Connection, list: ListId, now: Timestamp) -> Result<(), StoreError> {
    let list = list::existing(db, list)?;
    let followers = "m.list_id = ?1 AND (m.hour IS NULL OR m.weekday IS NULL OR m.time_zone IS NULL)
        AND m.state = 'active' AND m.delivery IN ('daily', 'weekly')";
    let members: Vec<Member> = {
        let mut query = db.prepare(&format!("SELECT {} WHERE {followers}", row::MEMBER))?;
        query.query_and_then([list.id.0], row::member)?.collect::<Result<_, StoreError>>()?
    };
    set_due(db, list.id, &members, now)
}

fn set_due(db: &Connection, list: ListId, members: &[Member], now: Timestamp) -> Result<(), StoreError> {
    let head = Seq(list::head(db, list)?.0);
    let list = list::existing(db, list)?;
    let mut update = db.prepare("UPDATE member SET next_due = ?1 WHERE id = ?2")?;
    for member in members {
        let due = changed_due(member, &list, head, now)?;
        update.execute(params![due.map(Timestamp::as_millisecond), member.id.0])?;
    }
    Ok(())
}
