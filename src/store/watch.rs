//! What the job does about members whose mail fails: a probe before anyone is paused, and an end of it where they are
//! reached after all; and what owners are told at once.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::edition::{self, Kind, NewEdition};
use super::outbox::{NoMember, Queued, queue, queue_to};
use super::owner::{self, Owner};
use super::score::{self, Watch};
use super::{Pending, Store, StoreError, list, member, row, story};
use crate::discussion::{List, Member, MemberId, MemberState, OutboxId};

/// How long nothing may fail after a probe for its reader to count as reached.
const SETTLES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many members are looked at in one go.
const AT_ONCE: i64 = 100;

/// A member whom the job is to look at.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Their list.
    pub list: List,
    /// Who.
    pub member: Member,
    /// How much speaks against them, in thousandths of a hard failure.
    pub score: u32,
    /// Whether a probe is out, and its time is over.
    pub probed: bool,
}

/// How it stands with a member's bounces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bouncing {
    /// How much speaks against them, in thousandths of a hard failure.
    pub score: u32,
    /// When the probe went out that has not been answered by anything yet.
    pub probed_at: Option<Timestamp>,
}

/// A domain where so much failed at once that nothing there counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Its name, in small letters.
    pub domain: String,
    /// How many members' mail failed.
    pub members: usize,
    /// Since when.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Store {
    /// Members to be looked at by `now`, the first hundred.
    pub fn watched(&self, now: Timestamp) -> Result<Vec<Watched>, StoreError> {
        self.read(|db| {
            let mut query = db
                .prepare_cached("SELECT member_id FROM bounce_watch WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2")?;
            let ids = query.query_map([now.as_millisecond(), AT_ONCE], |row| row.get(0).map(MemberId))?;
            let mut watched = Vec::new();
            for id in ids.collect::<Result<Vec<_>, _>>()? {
                let Some(member) = member::by_id(db, id)? else { continue };
                let probed = Watch::of(db, id)?.probe.is_some();
                let list = list::existing(db, member.list)?;
                watched.push(Watched { list, score: score::score(db, id, now)?, member, probed });
            }
            Ok(watched)
        })
    }

    /// Queues a probe to a member: what fails of it pauses them. Not where one is out, or they are not active any more.
    pub fn queue_probe(&self, new: NewEdition, member: MemberId, now: Timestamp) -> Pending<bool> {
        self.write(move |db, _| {
            let found = member::by_id(db, member)?.filter(|member| member.state == MemberState::Active);
            let Some(found) = found else {
                look_no_more(db, member)?;
                return Ok(false);
            };
            if Watch::of(db, member)?.probe.is_some() {
                return Ok(false);
            }
            let list = list::existing(db, new.list)?;
            let edition = edition::freeze_whole(db, &new)?;
            let notice = Queued { edition, part: 1, kind: Kind::Notice, window: new.window, dated: now, now };
            queue(db, &list, &found, &notice)?;
            let probe = OutboxId(db.last_insert_rowid());
            let ends = now.saturating_add(SETTLES).unwrap_or(Timestamp::MAX);
            db.prepare_cached(
                "UPDATE bounce_watch SET probe_id = ?2, probed_at = ?3, check_at = ?4 WHERE member_id = ?1",
            )?
            .execute([member.0, probe.0, now.as_millisecond(), ends.as_millisecond()])?;
            story::note(db, member, now, "probed", "bounces", "")?;
            Ok(true)
        })
    }

    /// The time of a member's probe is over: where nothing failed since, nothing speaks against them any more; else they
    /// are looked at again.
    pub fn end_probe(&self, member: MemberId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let since = Watch::of(db, member)?.probed_at.unwrap_or(now);
            let failed = "SELECT 1 FROM failure WHERE member_id = ?1 AND at > ?2 AND counted = 1";
            if db.prepare_cached(failed)?.exists([member.0, since.as_millisecond()])? {
                let again =
                    "UPDATE bounce_watch SET probe_id = NULL, probed_at = NULL, check_at = ?2 WHERE member_id = ?1";
                db.prepare_cached(again)?.execute([member.0, now.as_millisecond()])?;
                return Ok(());
            }
            score::start_anew(db, member, now)?;
            story::note(db, member, now, "reached", "probe", "")
        })
    }

    /// A member is not looked at before something fails again.
    pub fn watch_no_more(&self, member: MemberId) -> Pending<()> {
        self.write(move |db, _| look_no_more(db, member))
    }

    /// How it stands with a member's bounces.
    pub fn bouncing(&self, member: MemberId, now: Timestamp) -> Result<Bouncing, StoreError> {
        self.read(|db| {
            let probed_at = Watch::of(db, member)?.probed_at;
            Ok(Bouncing { score: score::score(db, member, now)?, probed_at })
        })
    }

    /// Domains of which the owners have not been told, with the owners of the lists that mail failed of.
    pub fn untold_freezes(&self) -> Result<Vec<(Frozen, Vec<Owner>)>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT domain, members, at, until FROM frozen_domain WHERE told = 0")?;
            let rows = query.query_map([], |row| {
                let members = row.get::<_, u32>(1)? as usize;
                Ok(Frozen { domain: row.get(0)?, members, at: row::time(row.get(2)?), until: row::time(row.get(3)?) })
            })?;
            let mut untold = Vec::new();
            for frozen in rows.collect::<Result<Vec<_>, _>>()? {
                let owners = owners_of(db, &frozen)?;
                untold.push((frozen, owners));
            }
            Ok(untold)
        })
    }

    /// Queues what owners are told of a domain, once.
    pub fn tell_of_freeze(&self, frozen: Frozen, mails: Vec<(Owner, NewEdition)>, now: Timestamp) -> Pending<bool> {
        self.write(move |db, _| {
            let told = "UPDATE frozen_domain SET told = 1 WHERE domain = ?1 AND at = ?2 AND told = 0";
            if db.prepare_cached(told)?.execute(params![frozen.domain, frozen.at.as_millisecond()])? == 0 {
                return Ok(false);
            }
            for (owner, new) in &mails {
                let edition = edition::freeze_whole(db, new)?;
                queue_to(db, owner, &NoMember { edition, dated: now, now })?;
            }
            Ok(!mails.is_empty())
        })
    }
}

fn look_no_more(db: &Connection, member: MemberId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE bounce_watch SET check_at = NULL WHERE member_id = ?1")?.execute([member.0])?;
    Ok(())
}

/// The owners of lists of which mail to the domain failed on that day.
fn owners_of(db: &Connection, frozen: &Frozen) -> Result<Vec<Owner>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT 1 FROM failure f JOIN list l ON l.id = f.list_id
         WHERE f.domain = ?1 AND f.at > ?2 AND f.at <= ?3 AND l.owner_id = ?4",
    )?;
    let since = frozen.at.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let mut owners = owner::owners(db)?;
    let mut failed = Ok(());
    owners.retain(|owner| {
        let values = params![frozen.domain, since.as_millisecond(), frozen.at.as_millisecond(), owner.person.0];
        query.exists(values).unwrap_or_else(|error| {
            failed = Err(error);
            false
        })
    });
    failed?;
    Ok(owners)
}
