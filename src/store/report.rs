//! The daily report to an owner: what there is to tell, and that it is told once.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::edition::{self, NewEdition};
use super::outbox::{NoMember, queue_to};
use super::owner::Owner;
use super::{Pending, Store, StoreError, row};
use crate::discussion::{HoldId, OutboxId, PersonId};

/// The most readers that a report names, and the most mails.
const MOST_NAMED: usize = 100;

/// What an owner does not know yet.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Readers for whom mail was given up, by list.
    pub given_up: Vec<GivenUp>,
    /// How many more there are than these.
    pub more_given_up: usize,
    /// Mails to a service mailbox that could not be handed to the owner.
    pub unsent: Vec<Unsent>,
    /// How many more there are than these.
    pub more_unsent: usize,
    /// Mails that wait and are about the whole system.
    pub held: Vec<HeldBack>,
    /// How many more there are than these.
    pub more_held: usize,
    /// Members whom bounces paused, and who still are.
    pub paused: Vec<PausedMember>,
    /// How many more there are than these.
    pub more_paused: usize,
    /// What came back, by domain.
    pub returned: Vec<ReturnedOf>,
    /// How many more domains there are than these.
    pub more_returned: usize,
    /// From where to where it goes.
    pub span: Span,
}

/// A member whom bounces paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PausedMember {
    /// The list's name.
    pub list: String,
    /// The member's address; for the owner only.
    pub address: String,
    /// The last status that was told, such as `5.1.1`; may be empty.
    pub status: String,
}

/// What came back from one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedOf {
    /// The domain.
    pub domain: String,
    /// How many mails.
    pub mails: usize,
    /// To how many members.
    pub members: usize,
    /// Of these mails: the mailbox is not there, it is for now, the mail was refused for what it is, called spam.
    pub natures: [usize; 4],
}

/// Mail to one reader of one list that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The list's name.
    pub list: String,
    /// The reader's address; for the owner only.
    pub recipient: String,
    /// How many mails.
    pub mails: usize,
    /// Since when the first of them waited.
    pub since: Timestamp,
    /// What the relay said last, addresses masked.
    pub error: String,
}

/// A mail that was sent on, and that the relay did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Its number in the queue.
    pub id: OutboxId,
    /// Its subject, which names the mailbox.
    pub subject: String,
    /// What the relay said last, addresses masked.
    pub error: String,
}

/// A mail that was not sent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// What a moderator calls it.
    pub id: HoldId,
    /// Who wrote it; may be empty.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Why it waits, as [`crate::trust::Why::as_str`] has it.
    pub reason: String,
    /// When it came.
    pub held_at: Timestamp,
}

/// Rows of three tables, from after the last told to the last to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    told: (i64, i64, i64),
    upto: (i64, i64, i64),
}

/// A report to be sent, or a day on which there is nothing to tell.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// Whom to.
    pub owner: Owner,
    /// Their day, as `2026-03-02`.
    pub day: String,
    /// What it tells of.
    pub span: Span,
    /// Its Date.
    pub dated: Timestamp,
    /// When it is made.
    pub now: Timestamp,
    /// The mail: its edition, its subject, its octets with slots; nothing where there is nothing to tell.
    pub mail: Option<(NewEdition, String, Vec<u8>)>,
}

impl News {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        let fine = self.given_up.is_empty() && self.unsent.is_empty() && self.held.is_empty();
        fine && self.paused.is_empty() && self.returned.is_empty()
    }
}

impl Store {
    /// What happened before `before` that this owner does not know yet. `None` where they had the report of `day`, or
    /// nothing at all happened.
    pub fn news(&self, owner: &Owner, day: &str, before: Timestamp) -> Result<Option<News>, StoreError> {
        self.read(|db| {
            let told = told(db, owner.person)?;
            let upto = upto(db, before)?;
            let span = Span { told, upto: (upto.0.max(told.0), upto.1.max(told.1), upto.2.max(told.2)) };
            if span.told == span.upto || has_report(db, owner.person, day)? {
                return Ok(None);
            }
            let (given_up, more_given_up) = given_up(db, owner, span)?;
            let (unsent, more_unsent) = unsent(db, owner, span)?;
            let (held, more_held) = held_back(db, span)?;
            let (paused, more_paused) = paused(db, owner, span)?;
            let (returned, more_returned) = returned(db, owner, span)?;
            let news = News { given_up, more_given_up, unsent, more_unsent, held, more_held, ..News::default() };
            Ok(Some(News { paused, more_paused, returned, more_returned, span, ..news }))
        })
    }

    /// Queues a report and notes how far it tells, in one transaction. `false`, and nothing is done, where that owner had
    /// the report of that day, or was told of some of it meanwhile.
    pub fn queue_report(&self, report: NewReport) -> Pending<bool> {
        self.write(move |db, faults| {
            let NewReport { owner, day, span, dated, now, mail } = report;
            if has_report(db, owner.person, &day)? || told(db, owner.person)? != span.told {
                return Ok(false);
            }
            let mut made = None;
            if let Some((new, subject, body)) = mail {
                let edition = edition::freeze(db, &new, &[(subject.as_str(), row::compress(&body)?.as_slice())])?;
                queue_to(db, &owner, &NoMember { edition, dated, now })?;
                made = Some(edition.0);
            }
            faults.pass("report.queued")?;
            db.execute(
                "INSERT INTO owner_report (owner_id, day, given_up_upto, held_upto, failure_upto, edition_id, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![owner.person.0, day, span.upto.0, span.upto.1, span.upto.2, made, now.as_millisecond()],
            )?;
            faults.pass("report.noted")?;
            Ok(made.is_some())
        })
    }
}

fn has_report(db: &Connection, owner: PersonId, day: &str) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached("SELECT 1 FROM owner_report WHERE owner_id = ?1 AND day = ?2")?;
    Ok(query.exists(params![owner.0, day])?)
}

/// How far an owner was told.
fn told(db: &Connection, owner: PersonId) -> Result<(i64, i64, i64), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT coalesce(max(given_up_upto), 0), coalesce(max(held_upto), 0), coalesce(max(failure_upto), 0)
         FROM owner_report WHERE owner_id = ?1",
    )?;
    Ok(query.query_row([owner.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

/// The last rows from before a time.
fn upto(db: &Connection, before: Timestamp) -> Result<(i64, i64, i64), StoreError> {
    let last = |sql: &str| -> Result<i64, StoreError> {
        let row = db.prepare_cached(sql)?.query_row([before.as_millisecond()], |row| row.get(0)).optional()?;
        Ok(row.unwrap_or(0))
    };
    Ok((
        // The greatest number, not the latest time: a large mail is dated before it is read, and numbered after.
        last("SELECT id FROM given_up WHERE at < ?1 ORDER BY id DESC LIMIT 1")?,
        last("SELECT id FROM hold WHERE list_id IS NULL AND held_at < ?1 ORDER BY id DESC LIMIT 1")?,
        last("SELECT id FROM failure WHERE at < ?1 ORDER BY id DESC LIMIT 1")?,
    ))
}

/// What is still given up on the owner's lists, by reader, and how many readers more there are than are named. What
/// goes to an owner as such is told of by [`unsent`].
fn given_up(db: &Connection, owner: &Owner, span: Span) -> Result<(Vec<GivenUp>, usize), StoreError> {
    // SQLite takes what is not grouped by from the row of the maximum: the last error.
    let mut query = db.prepare_cached(
        "SELECT l.name, o.recipient, count(DISTINCT o.id), min(o.queued_at), coalesce(o.last_error, ''), max(g.id)
         FROM given_up g JOIN outbox o ON o.id = g.outbox_id JOIN list l ON l.id = o.list_id
         WHERE g.id > ?1 AND g.id <= ?2 AND o.state = 'failed' AND l.owner_id = ?3
            AND o.member_id IS NOT NULL
         GROUP BY l.id, o.recipient ORDER BY l.name, o.recipient",
    )?;
    let values = params![span.told.0, span.upto.0, owner.person.0];
    let rows = query.query_map(values, |row| {
        Ok(GivenUp {
            list: row.get(0)?,
            recipient: row.get(1)?,
            mails: row.get::<_, u32>(2)? as usize,
            since: row::time(row.get(3)?),
            error: row.get(4)?,
        })
    })?;
    named(rows)
}

/// What was sent on to the owner and is still given up. The reports themselves are not told of: the next one would be
/// given up as well, and tell of that.
fn unsent(db: &Connection, owner: &Owner, span: Span) -> Result<(Vec<Unsent>, usize), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT DISTINCT o.id, p.subject, coalesce(o.last_error, '')
         FROM given_up g JOIN outbox o ON o.id = g.outbox_id JOIN list l ON l.id = o.list_id
         JOIN edition_part p ON p.edition_id = o.edition_id AND p.part = o.part
         WHERE g.id > ?1 AND g.id <= ?2 AND o.state = 'failed' AND l.owner_id = ?3 AND o.member_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM owner_report r WHERE r.edition_id = o.edition_id)
         ORDER BY o.id",
    )?;
    let rows = query.query_map(params![span.told.0, span.upto.0, owner.person.0], |row| {
        Ok(Unsent { id: OutboxId(row.get(0)?), subject: row.get(1)?, error: row.get(2)? })
    })?;
    named(rows)
}

fn held_back(db: &Connection, span: Span) -> Result<(Vec<HeldBack>, usize), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, sender, subject, reason, held_at FROM hold
         WHERE list_id IS NULL AND state = 'waiting' AND id > ?1 AND id <= ?2 ORDER BY id",
    )?;
    let rows = query.query_map([span.told.1, span.upto.1], |row| {
        Ok(HeldBack {
            id: HoldId(row.get(0)?),
            sender: row.get(1)?,
            subject: row.get(2)?,
            reason: row.get(3)?,
            held_at: row::time(row.get(4)?),
        })
    })?;
    named(rows)
}

fn paused(db: &Connection, owner: &Owner, span: Span) -> Result<(Vec<PausedMember>, usize), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT l.name, a.address, f.status, max(f.id)
         FROM failure f JOIN member m ON m.id = f.member_id JOIN address a ON a.id = m.address_id
         JOIN list l ON l.id = m.list_id
         WHERE f.id > ?1 AND f.id <= ?2 AND f.paused = 1 AND m.state = 'paused' AND m.paused_by = 'bounces'
            AND l.owner_id = ?3 GROUP BY m.id ORDER BY l.name, a.key",
    )?;
    let rows = query.query_map(params![span.told.2, span.upto.2, owner.person.0], |row| {
        Ok(PausedMember { list: row.get(0)?, address: row.get(1)?, status: row.get(2)? })
    })?;
    named(rows)
}

/// What came back by reports, the most first. What the relay refused at once is told of by [`given_up`].
fn returned(db: &Connection, owner: &Owner, span: Span) -> Result<(Vec<ReturnedOf>, usize), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT f.domain, count(*), count(DISTINCT f.member_id), sum(f.kind = 'hard'), sum(f.kind = 'soft'),
            sum(f.kind = 'policy'), sum(f.kind = 'complaint')
         FROM failure f JOIN list l ON l.id = f.list_id
         WHERE f.id > ?1 AND f.id <= ?2 AND f.by_relay = 0 AND l.owner_id = ?3
         GROUP BY f.domain ORDER BY count(*) DESC, f.domain",
    )?;
    let rows = query.query_map(params![span.told.2, span.upto.2, owner.person.0], |row| {
        let number = |at: usize| row.get::<_, u32>(at).map(|number| number as usize);
        let natures = [number(3)?, number(4)?, number(5)?, number(6)?];
        Ok(ReturnedOf { domain: row.get(0)?, mails: number(1)?, members: number(2)?, natures })
    })?;
    named(rows)
}

/// The first rows, and how many more there are.
fn named<T>(rows: impl Iterator<Item = rusqlite::Result<T>>) -> Result<(Vec<T>, usize), StoreError> {
    let (mut first, mut more) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        if first.len() < MOST_NAMED {
            first.push(row);
        } else {
            more += 1;
        }
    }
    Ok((first, more))
}
