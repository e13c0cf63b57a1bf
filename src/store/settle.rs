//! What became of mails of the outbox, written back: many in one transaction, as the relay's words come in.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::claim::Claimed;
use super::outbox::fold_into_next;
use super::{Faults, Pending, Store, StoreError, bounce};
use crate::bounce::Returned;
use crate::discussion::OutboxId;

/// What became of a claimed mail.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Its row.
    pub id: OutboxId,
    /// Its lease.
    pub attempt: u32,
    /// What became of it.
    pub fate: Fate,
    /// What the relay called it when it took it, by [`relay_name`].
    pub named: Option<String>,
    /// What it says of the reader's address that the relay refused it for good.
    pub refused: Option<Returned>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The relay took it.
    Sent,
    /// It waits until then; why, with addresses masked.
    Deferred(Timestamp, String),
    /// It is given up, and what it held is folded into the reader's next digest; why, with addresses masked.
    Failed(String),
    /// Nothing was tried: it is ready for whoever claims it next.
    PutBack,
}

impl Claimed {
    /// What became of it.
    pub fn settled(&self, fate: Fate) -> Settled {
        Settled { id: self.id, attempt: self.attempt, fate, named: None, refused: None }
    }
}

impl Store {
    /// Writes down what became of mails, in one transaction. A mail whose lease had ended, so that somebody else may have
    /// it now, is left as it is. How many were written.
    pub fn settle_outbox(&self, mails: Vec<Settled>, now: Timestamp) -> Pending<usize> {
        self.write(move |db, faults| {
            let mut written = 0;
            for mail in &mails {
                written += usize::from(settle(db, mail, now, faults)?);
            }
            Ok(written)
        })
    }
}

/// What of a word may be the name that a relay gave a mail of ours, by which it calls it in its Message-ID: long, with a
/// digit, and of one piece. Shorter ones name places in a queue.
pub fn relay_name(word: &str) -> Option<&str> {
    const SHORTEST: usize = 20;
    const LONGEST: usize = 200;
    let good = (SHORTEST..=LONGEST).contains(&word.len())
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    good.then_some(word)
}

fn settle(db: &Connection, mail: &Settled, now: Timestamp, faults: &Faults) -> Result<bool, StoreError> {
    match &mail.fate {
        Fate::Sent => {
            faults.pass("outbox.before-sent")?;
            // Also one that was dropped while it was on its way.
            let sent = "UPDATE outbox SET state = 'sent', ended_at = ?1, leased_by = NULL, last_error = NULL,
                            relay_id = ?4 WHERE id = ?2 AND attempts = ?3 AND state IN ('waiting', 'dropped')";
            let values = params![now.as_millisecond(), mail.id.0, mail.attempt, mail.named];
            let changed = db.prepare_cached(sent)?.execute(values)?;
            Ok(changed == 1)
        }
        Fate::Deferred(next, error) => defer(db, mail, *next, Some(error)),
        Fate::PutBack => defer(db, mail, now, None),
        Fate::Failed(error) => {
            let given_up = give_up(db, mail, now, error)?;
            if let Some(refused) = mail.refused.as_ref().filter(|_| given_up) {
                bounce::refused(db, mail.id, refused, now)?;
            }
            faults.pass("outbox.failed")?;
            Ok(given_up)
        }
    }
}

fn defer(db: &Connection, mail: &Settled, next: Timestamp, error: Option<&str>) -> Result<bool, StoreError> {
    let deferred = "UPDATE outbox SET next_attempt_at = ?1, leased_by = NULL, last_error = coalesce(?2, last_error)
                    WHERE id = ?3 AND attempts = ?4 AND state = 'waiting'";
    let values = params![next.as_millisecond(), error, mail.id.0, mail.attempt];
    Ok(db.prepare_cached(deferred)?.execute(values)? == 1)
}

fn give_up(db: &Connection, mail: &Settled, now: Timestamp, error: &str) -> Result<bool, StoreError> {
    let failed = "UPDATE outbox SET state = 'failed', ended_at = ?1, leased_by = NULL, last_error = ?2
                  WHERE id = ?3 AND attempts = ?4 AND state = 'waiting'";
    let changed = db.prepare_cached(failed)?.execute(params![now.as_millisecond(), error, mail.id.0, mail.attempt])?;
    if changed == 1 {
        db.prepare_cached("INSERT INTO given_up (outbox_id, at) VALUES (?1, ?2)")?
            .execute([mail.id.0, now.as_millisecond()])?;
        fold_into_next(db, mail.id, now)?;
    }
    Ok(changed == 1)
}
