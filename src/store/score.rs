//! How much speaks against an address: what failed, counted at most once a day, hard and soft apart, and fading. Where much
//! of one domain fails at once it is the domain's trouble, and nobody there is charged.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, bounce, row};
use crate::bounce::{Nature, Returned};
use crate::discussion::{List, Member, MemberId, MemberState, OutboxId};

/// Points of what is hard, and of what is soft, in thousandths.
const HARD: u32 = 1_000;
const SOFT: u32 = 500;

/// What fails within this time of what counted before is the same cause: two digests of a day, or of two mornings that
/// are not quite a day apart, are more.
const ONE_CAUSE: SignedDuration = SignedDuration::from_hours(20);

/// For each such time without a failure after the first, the score halves: who gets one mail a week is charged each week.
const HALVES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most failures that a score is made of.
const MOST: usize = 100;

/// How many members of one domain, and what part of those who read there, have mail fail within a day before it is the
/// domain's trouble; and how long nothing there counts then.
const EN_MASSE: usize = 10;
const PART: usize = 4;
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
const FREEZES: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A failure to be written down.
pub(super) struct Failure<'a> {
    pub outbox: OutboxId,
    pub returned: &'a Returned,
    /// Whether the relay refused the member, rather than a report came back.
    pub by_relay: bool,
    pub at: Timestamp,
}

/// What is kept of a member whose mail fails.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    counts_from: i64,
    pub probe: Option<OutboxId>,
    pub probed_at: Option<Timestamp>,
}

impl Watch {
    pub fn of(db: &Connection, member: MemberId) -> Result<Self, StoreError> {
        let mut query =
            db.prepare_cached("SELECT counts_from, probe_id, probed_at FROM bounce_watch WHERE member_id = ?1")?;
        let found = query.query_row([member.0], |row| {
            let probed_at = row.get::<_, Option<i64>>(2)?.map(row::time);
            Ok(Self { counts_from: row.get(0)?, probe: row.get::<_, Option<i64>>(1)?.map(OutboxId), probed_at })
        });
        Ok(found.optional()?.unwrap_or_default())
    }
}

/// Writes a failure down, not counted yet; its row.
pub(super) fn note(db: &Connection, member: &Member, failure: &Failure<'_>) -> Result<i64, StoreError> {
    db.prepare_cached(
        "INSERT INTO failure (list_id, member_id, outbox_id, at, domain, kind, status, by_relay)
         VALUES (?1, ?2, (SELECT id FROM outbox WHERE id = ?3), ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        member.list.0,
        member.id.0,
        failure.outbox.0,
        failure.at.as_millisecond(),
        domain(member),
        failure.returned.nature.as_str(),
        failure.returned.status.as_deref().unwrap_or_default(),
        failure.by_relay
    ])?;
    Ok(db.last_insert_rowid())
}

fn domain(member: &Member) -> String {
    let key = member.address.key();
    key.split_once('@').map_or(key.as_str(), |(_, domain)| domain).to_owned()
}

/// Charges an active member for a failure, in the row `id`, where it says something of the address that they have now.
/// What bounces of a probe pauses them.
pub(super) fn charge(
    db: &Connection,
    list: &List,
    member: &Member,
    failure: &Failure<'_>,
    id: i64,
) -> Result<(), StoreError> {
    let (now, domain) = (failure.at, domain(member));
    let watch = Watch::of(db, member.id)?;
    let charges = member.state == MemberState::Active
        && !is_frozen(db, &domain, now)?
        && speaks_of_now(db, member, failure.outbox, watch)?;
    if !charges {
        return Ok(());
    }
    let is_probe = watch.probe == Some(failure.outbox);
    if is_probe {
        db.prepare_cached("UPDATE failure SET counted = 1, paused = 1 WHERE id = ?1")?.execute([id])?;
        start_anew(db, member.id, now)?;
        bounce::pause(db, list, member, failure.returned.status.as_deref(), now)?;
    } else {
        count(db, member.id, id, failure)?;
        db.prepare_cached(
            "INSERT INTO bounce_watch (member_id, check_at) VALUES (?1, ?2) ON CONFLICT (member_id)
             DO UPDATE SET check_at = excluded.check_at WHERE probe_id IS NULL",
        )?
        .execute([member.id.0, now.as_millisecond()])?;
    }
    if fails_en_masse(db, &domain, now)? { freeze(db, &domain, now) } else { Ok(()) }
}

/// Whether a failed mail was sent to the address that the member has, after what counts no more. Of a mail whose row is
/// gone nothing else is known.
fn speaks_of_now(db: &Connection, member: &Member, outbox: OutboxId, watch: Watch) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached("SELECT recipient, queued_at FROM outbox WHERE id = ?1 AND member_id = ?2")?;
    let sent = query.query_row([outbox.0, member.id.0], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    Ok(match sent.optional()? {
        Some((to, at)) => row::address(&to)?.key() == member.address.key() && at >= watch.counts_from,
        None => true,
    })
}

/// Counts a failure, unless what was counted is the same cause; of one cause the hardest failure counts.
fn count(db: &Connection, member: MemberId, id: i64, failure: &Failure<'_>) -> Result<(), StoreError> {
    let since = failure.at.saturating_sub(ONE_CAUSE).unwrap_or(Timestamp::MIN).as_millisecond();
    let mut query = db.prepare_cached(
        "SELECT id, kind FROM failure WHERE member_id = ?1 AND counted = 1 AND (at > ?2 OR outbox_id = ?3)
         ORDER BY at DESC LIMIT 1",
    )?;
    let same = query
        .query_row([member.0, since, failure.outbox.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    let set = |id: i64, counted: i64| -> Result<(), StoreError> {
        db.prepare_cached("UPDATE failure SET counted = ?2 WHERE id = ?1")?.execute([id, counted])?;
        Ok(())
    };
    match same.optional()? {
        None => set(id, 1),
        Some((before, kind)) if kind == "soft" && failure.returned.nature == Nature::Hard => {
            set(before, 0)?;
            set(id, 1)
        }
        Some(_) => Ok(()),
    }
}

/// From here on only what is sent later counts, and no probe is out.
pub(super) fn start_anew(db: &Connection, member: MemberId, now: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("INSERT OR REPLACE INTO bounce_watch (member_id, counts_from) VALUES (?1, ?2)")?
        .execute([member.0, now.as_millisecond()])?;
    Ok(())
}

/// How much speaks against a member, in thousandths of a hard failure.
pub(super) fn score(db: &Connection, member: MemberId, now: Timestamp) -> Result<u32, StoreError> {
    let from = Watch::of(db, member)?.counts_from;
    let mut query = db.prepare_cached(
        "SELECT at, kind FROM failure WHERE member_id = ?1 AND counted = 1 AND at >= ?2 ORDER BY at DESC LIMIT ?3",
    )?;
    let rows = query.query_map(params![member.0, from, MOST as i64], |row| {
        let points = if row.get::<_, String>(1)? == "hard" { HARD } else { SOFT };
        Ok((row::time(row.get(0)?), points))
    })?;
    let mut counted: Vec<(Timestamp, u32)> = rows.collect::<Result<_, _>>()?;
    counted.reverse();
    Ok(sum(&counted, now))
}

/// The points of failures, the oldest first, faded until `now`.
fn sum(counted: &[(Timestamp, u32)], now: Timestamp) -> u32 {
    let mut last = None;
    let mut score = 0;
    for (at, points) in counted {
        score = faded(score, last, *at).saturating_add(*points);
        last = Some(*at);
    }
    faded(score, last, now)
}

fn faded(score: u32, since: Option<Timestamp>, now: Timestamp) -> u32 {
    let Some(since) = since else { return score };
    let times = now.duration_since(since).as_secs() / HALVES.as_secs();
    score.checked_shr(u32::try_from((times - 1).max(0)).unwrap_or(u32::MAX)).unwrap_or(0)
}

fn is_frozen(db: &Connection, domain: &str, now: Timestamp) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached("SELECT 1 FROM frozen_domain WHERE domain = ?1 AND until > ?2")?;
    Ok(query.exists(params![domain, now.as_millisecond()])?)
}

fn window(now: Timestamp) -> i64 {
    now.saturating_sub(WINDOW).unwrap_or(Timestamp::MIN).as_millisecond()
}

fn fails_en_masse(db: &Connection, domain: &str, now: Timestamp) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT count(DISTINCT member_id) FROM failure WHERE domain = ?1 AND at > ?2 AND kind IN ('hard', 'soft')",
    )?;
    let failed = query.query_row(params![domain, window(now)], |row| row.get::<_, u32>(0))? as usize;
    if failed < EN_MASSE {
        return Ok(false);
    }
    // No more are counted than it takes: a domain may have most of all readers.
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM address a JOIN member m ON m.address_id = a.id
         WHERE a.domain = ?1 AND m.state <> 'left' LIMIT ?2)",
    )?;
    let enough = failed * PART + 1;
    let readers = query.query_row(params![domain, enough as i64], |row| row.get::<_, u32>(0))? as usize;
    Ok(readers < enough)
}

/// Nothing of the domain counts for some days, nor what counted in the last; whom that paused is back.
fn freeze(db: &Connection, domain: &str, now: Timestamp) -> Result<(), StoreError> {
    let since = window(now);
    let until = now.saturating_add(FREEZES).unwrap_or(Timestamp::MAX);
    db.prepare_cached(
        "INSERT OR REPLACE INTO frozen_domain (domain, at, until, members)
         SELECT ?1, ?2, ?3, count(DISTINCT member_id) FROM failure
         WHERE domain = ?1 AND at > ?4 AND kind IN ('hard', 'soft')",
    )?
    .execute(params![domain, now.as_millisecond(), until.as_millisecond(), since])?;
    let mut query = db.prepare_cached("SELECT member_id FROM failure WHERE domain = ?1 AND at > ?2 AND paused = 1")?;
    let paused = query.query_map(params![domain, since], |row| row.get(0).map(MemberId))?;
    for member in paused.collect::<Result<Vec<_>, _>>()? {
        bounce::returned(db, member, now)?;
    }
    let of_domain = "member_id IN (SELECT member_id FROM failure WHERE domain = ?1 AND at > ?2)";
    let dropped = format!(
        "UPDATE outbox SET state = 'dropped', ended_at = ?3, leased_by = NULL WHERE state = 'waiting'
            AND id IN (SELECT probe_id FROM bounce_watch WHERE {of_domain})"
    );
    db.prepare_cached(&dropped)?.execute(params![domain, since, now.as_millisecond()])?;
    let calmed =
        format!("UPDATE bounce_watch SET check_at = NULL, probe_id = NULL, probed_at = NULL WHERE {of_domain}");
    db.prepare_cached(&calmed)?.execute(params![domain, since])?;
    db.prepare_cached("UPDATE failure SET counted = 0, paused = 0 WHERE domain = ?1 AND at > ?2")?
        .execute(params![domain, since])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The score of failures on these days, on that day.
    fn on(day: i64, failures: &[(i64, u32)]) -> u32 {
        let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        let counted: Vec<_> = failures.iter().map(|(day, points)| (at(*day), *points)).collect();
        sum(&counted, at(day))
    }

    #[test]
    fn failures_day_by_day_and_week_by_week_add_up() {
        assert_eq!(on(3, &[(0, HARD), (1, HARD), (2, SOFT), (3, HARD)]), 3_500);
        assert_eq!(on(21, &[(0, HARD), (7, HARD), (14, HARD), (21, HARD)]), 4_000);
    }

    #[test]
    fn without_failures_a_score_fades_until_nothing_is_left() {
        assert_eq!(on(13, &[(0, HARD)]), 1_000);
        assert_eq!(on(14, &[(0, HARD)]), 500);
        assert_eq!(on(21, &[(0, HARD)]), 250);
        assert_eq!(on(10_000, &[(0, HARD)]), 0);
        assert_eq!(on(30, &[(0, HARD), (30, SOFT)]), 625);
        assert_eq!(on(-5, &[(0, HARD)]), 1_000, "a clock that went back");
    }
}
