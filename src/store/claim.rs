//! Claims: mails of the outbox that a worker takes by lease, no domain more than its share.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Pending, Store, StoreError, row};
use crate::discussion::{EditionId, ListId, MemberId, OutboxId, Schedule};
use crate::message::Address;

/// How many ready mails, oldest first, are looked at before a claim goes from domain to domain instead: more than these
/// belong to domains that have their share already.
const LOOKED_AT: usize = 256;

/// How many domains a claim visits at most, so that it holds up the writer for a moment only.
const MOST_DOMAINS: usize = 1_000;

/// A mail that a worker holds: it alone may say what became of it, until the lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its row.
    pub id: OutboxId,
    /// The lease's number: how many attempts were begun, this one included.
    pub attempt: u32,
    /// The list.
    pub list: ListId,
    /// The reader; 0 for somebody who is no member.
    pub member: MemberId,
    /// What to send.
    pub edition: EditionId,
    /// Which part of it.
    pub part: u16,
    /// The key that its tokens are made with.
    pub token_key: u8,
    /// Whom to.
    pub recipient: Address,
    /// Their name, as it was when the row was made.
    pub name: Option<String>,
    /// Their schedule, likewise.
    pub schedule: Schedule,
    /// Its Date.
    pub dated: Timestamp,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// When the lease ends.
    pub lease_ends: Timestamp,
    /// The keys that sign it, the same at each attempt; 0 for none.
    pub dkim: u32,
}

/// How much a worker can take.
#[derive(Clone, Debug, Default)]
pub struct Share {
    /// The most mails in all.
    pub most: usize,
    /// The most of one domain, those that the worker holds already included.
    pub per_domain: usize,
    /// How many it holds, by domain.
    pub held: HashMap<String, usize>,
    /// The domain that the last claim came to, where it did not come round.
    pub reached: Option<String>,
    /// The keys that sign mails which were never claimed before; 0 for none.
    pub dkim: u32,
}

/// Any domain may have as much as all.
impl From<usize> for Share {
    fn from(most: usize) -> Self {
        Self { most, per_domain: most, ..Self::default() }
    }
}

/// What a worker got.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The mails.
    pub mails: Vec<Claimed>,
    /// Whether mails are ready that it did not get: it has as much as it can take, or their domains have their share.
    pub more: bool,
    /// To be handed to the next claim.
    pub reached: Option<String>,
}

impl Store {
    /// Claims mails that are ready at `now`, for `worker`, until `lease_ends`: as many as the share allows, oldest first;
    /// where the oldest are of domains that have their share, domain by domain, so that no others wait behind them.
    pub fn claim_outbox(
        &self,
        worker: &str,
        now: Timestamp,
        lease_ends: Timestamp,
        share: impl Into<Share>,
    ) -> Pending<Claims> {
        let (worker, share) = (worker.to_owned(), share.into());
        self.write(move |db, faults| {
            let dkim = share.dkim;
            let mut choice = Choice { db, now: now.as_millisecond(), share, chosen: Vec::new() };
            let (more, reached) = choice.choose()?;
            let mut claims = Claims { mails: Vec::with_capacity(choice.chosen.len()), more, reached };
            for id in choice.chosen {
                db.prepare_cached(
                    "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?1, leased_by = ?2,
                        dkim = coalesce(dkim, ?4) WHERE id = ?3",
                )?
                .execute(params![lease_ends.as_millisecond(), worker, id, dkim])?;
                claims.mails.push(read_claimed(db, id)?);
            }
            faults.pass("outbox.claimed")?;
            Ok(claims)
        })
    }

    /// Ends the leases of `worker`, which is known to run no more: its mails are ready at once.
    pub fn release_leases(&self, worker: &str, now: Timestamp) -> Pending<usize> {
        let worker = worker.to_owned();
        self.write(move |db, _| {
            Ok(db.execute(
                "UPDATE outbox SET next_attempt_at = ?1, leased_by = NULL WHERE leased_by = ?2 AND state = 'waiting'",
                params![now.as_millisecond(), worker],
            )?)
        })
    }

    /// When the next mail of the outbox is ready, or its lease ends.
    pub fn next_attempt(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(|db| {
            let next: Option<i64> =
                db.query_row("SELECT min(next_attempt_at) FROM outbox WHERE state = 'waiting'", [], |row| row.get(0))?;
            Ok(next.map(row::time))
        })
    }
}

/// Which mails are claimed.
struct Choice<'a> {
    db: &'a Connection,
    /// Milliseconds.
    now: i64,
    share: Share,
    chosen: Vec<i64>,
}

impl Choice<'_> {
    /// Fills `chosen`; whether ready mails are left, and the domain to go on from.
    fn choose(&mut self) -> Result<(bool, Option<String>), StoreError> {
        let looked_at = LOOKED_AT.max(self.share.most + 1);
        let seen = self.oldest(looked_at)?;
        if self.chosen.len() == self.share.most || seen < looked_at {
            return Ok((seen > self.chosen.len(), None));
        }
        let reached = self.domain_by_domain()?;
        Ok((true, reached))
    }

    /// The oldest, past those whose domain has its share; how many were looked at, one more than chosen where more are
    /// ready.
    fn oldest(&mut self, looked_at: usize) -> Result<usize, StoreError> {
        let db = self.db;
        let mut query = db.prepare_cached(
            "SELECT id, domain FROM outbox INDEXED BY outbox_ready WHERE state = 'waiting' AND next_attempt_at <= ?1
             ORDER BY next_attempt_at, id LIMIT ?2",
        )?;
        let mut rows = query.query(params![self.now, looked_at as i64])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            seen += 1;
            if self.chosen.len() == self.share.most {
                break;
            }
            let domain = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if self.has_room(domain) {
                self.choose_one(row.get(0)?, domain);
            }
        }
        Ok(seen)
    }

    /// From the domain after the one that the last claim came to, once round; where it came to, if not round.
    fn domain_by_domain(&mut self) -> Result<Option<String>, StoreError> {
        let start = self.share.reached.take().unwrap_or_default();
        let (mut domain, mut visited, mut is_round) = (start.clone(), 0, false);
        while self.chosen.len() < self.share.most && visited < MOST_DOMAINS {
            match self.domain_after(&domain)? {
                Some((next, _)) if is_round && next > start => return Ok(None),
                Some((next, first)) => {
                    if first <= self.now {
                        self.of_domain(&next)?;
                    }
                    domain = next;
                    visited += 1;
                }
                None if is_round => return Ok(None),
                None => {
                    is_round = true;
                    domain.clear();
                }
            }
        }
        Ok(Some(domain))
    }

    /// The next domain that mails wait for, and when the first of them is ready.
    fn domain_after(&self, domain: &str) -> Result<Option<(String, i64)>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT domain, next_attempt_at FROM outbox INDEXED BY outbox_domain WHERE state = 'waiting' AND domain > ?1
             ORDER BY domain, next_attempt_at LIMIT 1",
        )?;
        Ok(query.query_row([domain], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    fn of_domain(&mut self, domain: &str) -> Result<(), StoreError> {
        let room = self.share.per_domain.saturating_sub(self.held(domain)).min(self.share.most - self.chosen.len());
        let db = self.db;
        // Some of the first may be chosen already.
        let most = room + self.chosen.len();
        let mut query = db.prepare_cached(
            "SELECT id FROM outbox INDEXED BY outbox_domain
             WHERE state = 'waiting' AND domain = ?1 AND next_attempt_at <= ?2 ORDER BY next_attempt_at LIMIT ?3",
        )?;
        let ids = query.query_map(params![domain, self.now, most as i64], |row| row.get::<_, i64>(0))?;
        let new: Vec<i64> =
            ids.filter(|id| id.as_ref().map_or(true, |id| !self.chosen.contains(id))).collect::<Result<_, _>>()?;
        new.into_iter().take(room).for_each(|id| self.choose_one(id, domain));
        Ok(())
    }

    fn held(&self, domain: &str) -> usize {
        self.share.held.get(domain).copied().unwrap_or_default()
    }

    fn has_room(&self, domain: &str) -> bool {
        self.held(domain) < self.share.per_domain
    }

    fn choose_one(&mut self, id: i64, domain: &str) {
        self.chosen.push(id);
        match self.share.held.get_mut(domain) {
            Some(held) => *held += 1,
            None => drop(self.share.held.insert(domain.to_owned(), 1)),
        }
    }
}

fn read_claimed(db: &Connection, id: i64) -> Result<Claimed, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT o.id, o.attempts, o.list_id, coalesce(o.member_id, 0), o.edition_id, o.part, e.token_key, o.recipient, o.name,
            o.schedule, o.dated, o.queued_at, o.next_attempt_at, coalesce(o.dkim, 0)
         FROM outbox o JOIN edition e ON e.id = o.edition_id WHERE o.id = ?1",
    )?;
    let mut rows = query.query_and_then([id], |row| -> Result<Claimed, StoreError> {
        Ok(Claimed {
            id: OutboxId(row.get(0)?),
            attempt: row.get(1)?,
            list: ListId(row.get(2)?),
            member: MemberId(row.get(3)?),
            edition: EditionId(row.get(4)?),
            part: row.get(5)?,
            token_key: row.get(6)?,
            recipient: row::address(&row.get::<_, String>(7)?)?,
            name: row.get(8)?,
            schedule: row::schedule(&row.get::<_, String>(9)?)?,
            dated: row::time(row.get(10)?),
            queued_at: row::time(row.get(11)?),
            lease_ends: row::time(row.get(12)?),
            dkim: row.get(13)?,
        })
    })?;
    rows.next().unwrap_or_else(|| Err(StoreError::Corrupt(format!("mail {id} has no edition"))))
}
