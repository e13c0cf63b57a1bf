//! The outbox worker: claims mails by lease, makes each one's octets anew, hands them to the relay, and writes back
//! what the relay said.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{Next, Outgoing, Relay, RelayError, next_attempt};
use crate::clock::Clock;
use crate::compose::{self, ComposeError, Personal};
use crate::discussion::{EditionId, ListId};
use crate::message::Address;
use crate::store::{Claimed, Store, StoreError};
use crate::token::{Keys, Token};

/// How many mails are claimed at once: enough to keep every connection busy, few enough that little is sent twice if
/// the process ends.
const CLAIM: usize = 32;

/// How many of them are on their way at a time.
const AT_ONCE: usize = 16;

/// How long a claim holds: longer than all of them can take with every time limit used up, since what is claimed again
/// is sent again. What a process leaves behind waits less: its successor releases it ([`Courier::resume`]).
const LEASE: SignedDuration = SignedDuration::from_hours(12);

/// When a mail that could not be read from the disk is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How many frozen renderings are kept at hand.
const EDITIONS_AT_HAND: usize = 4;

/// What a courier goes by.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The name under which mails are claimed: that of the process's role.
    pub worker: String,
    /// The domain of our addresses.
    pub domain: String,
    /// Whether each mail has a reverse-path of its own (VERP), or all have the owner's address.
    pub verp: bool,
    /// How long a mail is tried before it is given up.
    pub patience: SignedDuration,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken by the relay.
    pub sent: usize,
    /// To be tried again.
    pub deferred: usize,
    /// Given up.
    pub failed: usize,
}

/// The outbox worker.
pub struct Courier<R> {
    store: Store,
    relay: Arc<R>,
    keys: Keys,
    clock: Clock,
    dispatch: Dispatch,
    editions: Mutex<Editions>,
    /// What became of mails and could not be written down yet: forgotten, it would be sent again when its lease ends.
    unwritten: Mutex<Vec<(Claimed, Fate)>>,
}

/// The renderings used last, the newest at the back.
type Editions = VecDeque<((EditionId, u16), Arc<Vec<u8>>)>;

/// What a step has done so far. A fault in writing one result down does not keep others from being written.
#[derive(Default)]
struct Done {
    tally: Tally,
    fault: Option<StoreError>,
}

/// What became of one mail.
#[derive(Clone)]
enum Fate {
    Sent,
    Deferred(Timestamp, String),
    Failed(String),
}

impl<R: Relay> Courier<R> {
    /// A worker over one outbox and one relay.
    pub fn new(store: Store, relay: Arc<R>, keys: Keys, clock: Clock, dispatch: Dispatch) -> Self {
        Self { store, relay, keys, clock, dispatch, editions: Mutex::default(), unwritten: Mutex::default() }
    }

    /// Makes ready at once what an earlier process of this role had claimed when it ended. To be called only where no
    /// other of this role runs.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        self.store.release_leases(&self.dispatch.worker, self.clock.now()).await
    }

    /// Sends what is ready, a bounded number of mails at once; nothing was ready where the tally is empty.
    pub async fn step(&self) -> Result<Tally, StoreError> {
        let mut done = Done::default();
        for (mail, fate) in self.taken_unwritten() {
            self.write(&mail, fate, &mut done).await;
        }
        if let Some(fault) = done.fault {
            return Err(fault);
        }
        let now = self.clock.now();
        if self.store.next_attempt()?.is_none_or(|next| next > now) {
            return Ok(Tally::default());
        }
        let lease_ends = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
        let claimed = self.store.claim_outbox(&self.dispatch.worker, now, lease_ends, CLAIM).await?;
        let names = self.list_names()?;
        let mut sending = JoinSet::new();
        for mail in claimed {
            // Only as many mails are made as are on their way: each may be large.
            if sending.len() >= AT_ONCE {
                self.settle_next(&mut sending, &mut done).await;
            }
            match self.outgoing(&mail, &names) {
                Ok(outgoing) => {
                    let relay = Arc::clone(&self.relay);
                    sending.spawn(async move { (mail, relay.send(&outgoing).await.map(drop)) });
                }
                Err(error) => self.settle(&mail, unmakable(&error, now), &mut done).await,
            }
        }
        while !sending.is_empty() {
            self.settle_next(&mut sending, &mut done).await;
        }
        done.fault.map_or(Ok(done.tally), Err)
    }

    async fn settle_next(&self, sending: &mut JoinSet<(Claimed, Result<(), RelayError>)>, done: &mut Done) {
        // A task that panicked leaves its lease to run out; the others go on.
        if let Some(Ok((mail, outcome))) = sending.join_next().await {
            let fate = self.fate(&mail, outcome);
            self.settle(&mail, fate, done).await;
        }
    }

    /// Sends until nothing is ready any more.
    pub async fn drain(&self) -> Result<Tally, StoreError> {
        let mut whole = Tally::default();
        loop {
            let step = self.step().await?;
            if step == Tally::default() {
                return Ok(whole);
            }
            whole.sent += step.sent;
            whole.deferred += step.deferred;
            whole.failed += step.failed;
        }
    }

    /// The mail's octets and envelope: the same each time for the same row.
    fn outgoing(&self, mail: &Claimed, lists: &HashMap<ListId, String>) -> Result<Outgoing, Unmakable> {
        let frozen = self.edition(mail.edition, mail.part)?;
        let personal = Personal {
            list: mail.list,
            key_id: mail.token_key,
            reader: mail.member,
            edition: mail.edition,
            part: mail.part,
            to: &mail.recipient,
            name: mail.name.as_deref(),
            date: mail.dated,
            schedule: &mail.schedule,
        };
        let content = compose::splice(&frozen, &personal, &self.keys)?;
        let list = lists.get(&mail.list).ok_or(Unmakable::NoList)?;
        let local = if self.dispatch.verp {
            let token = self.keys.make(mail.token_key, mail.list, Token::Bounce(mail.member, mail.id));
            format!("{list}+b.{}", token.ok_or(ComposeError::Token)?)
        } else {
            format!("{list}+owner")
        };
        let reverse_path = Some(Address::of_parts(&local, &self.dispatch.domain));
        Ok(Outgoing { reverse_path, recipient: mail.recipient.clone(), content })
    }

    fn edition(&self, edition: EditionId, part: u16) -> Result<Arc<Vec<u8>>, StoreError> {
        let key = (edition, part);
        let at_hand =
            |editions: &Editions| editions.iter().find(|(known, _)| *known == key).map(|(_, body)| Arc::clone(body));
        if let Some(body) = self.editions.lock().ok().and_then(|editions| at_hand(&editions)) {
            return Ok(body);
        }
        let body = Arc::new(self.store.edition_part(edition, part)?);
        if let Ok(mut editions) = self.editions.lock() {
            editions.push_back((key, Arc::clone(&body)));
            if editions.len() > EDITIONS_AT_HAND {
                editions.pop_front();
            }
        }
        Ok(body)
    }

    fn list_names(&self) -> Result<HashMap<ListId, String>, StoreError> {
        Ok(self.store.lists()?.into_iter().map(|list| (list.id, list.name.to_string())).collect())
    }

    fn fate(&self, mail: &Claimed, outcome: Result<(), RelayError>) -> Fate {
        let error = match outcome {
            Ok(()) => return Fate::Sent,
            Err(error) if error.is_permanent() => return Fate::Failed(error.to_string()),
            Err(error) => error,
        };
        match next_attempt(mail.attempt, mail.queued_at, self.clock.now(), mail.id, self.dispatch.patience) {
            Next::At(next) => Fate::Deferred(next, error.to_string()),
            Next::GiveUp => Fate::Failed(error.to_string()),
        }
    }

    fn taken_unwritten(&self) -> Vec<(Claimed, Fate)> {
        self.unwritten.lock().map(|mut unwritten| std::mem::take(&mut *unwritten)).unwrap_or_default()
    }

    /// Counts and logs what became of a mail, and writes it down.
    async fn settle(&self, mail: &Claimed, fate: Fate, done: &mut Done) {
        let to = mail.recipient.masked();
        match &fate {
            Fate::Sent => {
                done.tally.sent += 1;
                tracing::debug!(outbox.id = mail.id.0, mail.to = %to, "mail sent");
            }
            Fate::Deferred(next, error) => {
                done.tally.deferred += 1;
                tracing::warn!(outbox.id = mail.id.0, mail.to = %to, relay.error = %error, mail.next_attempt = %next, "mail deferred");
            }
            Fate::Failed(error) => {
                done.tally.failed += 1;
                tracing::error!(outbox.id = mail.id.0, mail.to = %to, relay.error = %error, "mail given up; its contents go into the next digest");
            }
        }
        self.write(mail, fate, done).await;
    }

    /// Writes down what became of a mail; where that fails now, it is kept for the next step.
    async fn write(&self, mail: &Claimed, fate: Fate, done: &mut Done) {
        let (store, now) = (&self.store, self.clock.now());
        let written = match fate.clone() {
            Fate::Sent => store.outbox_sent(mail.id, mail.attempt, now).await,
            Fate::Deferred(next, error) => store.outbox_deferred(mail.id, mail.attempt, next, error).await,
            Fate::Failed(error) => store.outbox_failed(mail.id, mail.attempt, now, error).await,
        };
        if let Err(fault) = written {
            done.fault = Some(fault);
            if let Ok(mut unwritten) = self.unwritten.lock() {
                unwritten.push((mail.clone(), fate));
            }
        }
    }
}

/// Why a mail cannot even be made.
#[derive(Debug, thiserror::Error)]
enum Unmakable {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("its list is not there any more")]
    NoList,
}

/// A fault of the disk passes; one of the mail itself does not.
fn unmakable(error: &Unmakable, now: Timestamp) -> Fate {
    let text = format!("the mail could not be made: {error}");
    match error {
        Unmakable::Store(_) => Fate::Deferred(now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX), text),
        Unmakable::Compose(_) | Unmakable::NoList => Fate::Failed(text),
    }
}
