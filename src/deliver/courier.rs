//! The outbox worker: claims mails by lease, makes each one's octets anew, hands them to the relay, and writes back
//! what the relay said.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use super::maker::Maker;
use super::round::{Calls, Round};
use super::{Next, Relay, RelayError, next_attempt};
use crate::clock::Clock;
use crate::discussion::MemberId;
use crate::dkim::Signer;
use crate::store::{Claimed, Fate, Settled, Store, StoreError};
use crate::token::Keys;

/// When a mail that could not be read from the disk is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

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
    /// How many connections to the relay there are; at least 1.
    pub connections: usize,
    /// How many mails to one domain may be on their way at once. One connection at least is left to other domains,
    /// where there are two.
    pub connections_per_domain: usize,
}

/// What was done.
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
    pub(super) store: Store,
    pub(super) relay: Arc<R>,
    pub(super) maker: Arc<Maker>,
    pub(super) clock: Clock,
    pub(super) dispatch: Dispatch,
    /// What became of mails and could not be written down yet.
    unsettled: Mutex<Vec<Settled>>,
}

/// What came of one attempt: what the relay calls the mail, where it says.
pub(super) type Attempt = Result<Option<String>, NotSent>;

/// Why nothing was sent.
pub(super) enum NotSent {
    /// The mail could not be made: the reason, and whether it may pass.
    Unmade(String, bool),
    /// The relay did not take it.
    Refused(RelayError),
    /// Sending it panicked, and whether the relay has it nobody knows.
    Broke,
}

impl<R: Relay> Courier<R> {
    /// A worker over one outbox and one relay.
    pub fn new(store: Store, relay: Arc<R>, keys: Keys, clock: Clock, dispatch: Dispatch) -> Self {
        let maker = Maker::new(store.clone(), keys, dispatch.domain.clone(), dispatch.verp);
        Self { store, relay, maker: Arc::new(maker), clock, dispatch, unsettled: Mutex::default() }
    }

    /// The same, signing what it sends.
    pub fn signing(self, signer: Signer) -> Self {
        let Self { store, relay, maker, clock, dispatch, unsettled } = self;
        Self { maker: Arc::new(maker.signing(signer)), store, relay, clock, dispatch, unsettled }
    }

    /// Makes ready at once what an earlier process of this role had claimed when it ended. To be called only where no
    /// other of this role runs.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        self.store.release_leases(&self.dispatch.worker, self.clock.now()).await
    }

    /// Sends until nothing is ready any more.
    ///
    /// # Errors
    /// Where what became of mails cannot be written down; they are kept in mind, and written down by the next call.
    pub async fn drain(&self) -> Result<Tally, StoreError> {
        self.work(Calls::none()).await
    }

    /// Sends until nothing is ready and nothing under way, or until it is told to stop, and then finishes what is under
    /// way. Whatever becomes ready meanwhile is taken up as well: at once where `calls` say so.
    ///
    /// # Errors
    /// As [`Courier::drain`].
    pub async fn work(&self, calls: Calls<'_>) -> Result<Tally, StoreError> {
        let unsettled = std::mem::take(&mut *self.unsettled());
        let mut round = Round::new(self, calls, unsettled);
        let outcome = round.run().await;
        *self.unsettled() = round.into_unsettled();
        outcome
    }

    /// Nothing can panic while it is locked.
    fn unsettled(&self) -> std::sync::MutexGuard<'_, Vec<Settled>> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt at one mail, to run on its own.
    pub(super) fn attempt(&self, mail: &Claimed) -> impl Future<Output = Attempt> + Send + use<R> {
        let (maker, relay, mail) = (Arc::clone(&self.maker), Arc::clone(&self.relay), mail.clone());
        async move {
            let outgoing =
                maker.make(&mail).map_err(|fault| NotSent::Unmade(fault.to_string(), fault.is_temporary()))?;
            let accepted = relay.send(&outgoing).await.map_err(NotSent::Refused)?;
            Ok(accepted.text.name().map(ToOwned::to_owned))
        }
    }

    /// What an attempt means for its mail; told to the log.
    pub(super) fn judged(&self, mail: &Claimed, attempt: Attempt, tally: &mut Tally) -> Settled {
        let (id, to) = (mail.id.0, mail.recipient.masked());
        let named = attempt.as_ref().ok().cloned().flatten();
        let refused = match &attempt {
            Err(NotSent::Refused(error)) => error.returned(),
            _ => None,
        };
        let fate = self.fate(mail, attempt);
        match &fate {
            Fate::PutBack => {}
            Fate::Sent => {
                tally.sent += 1;
                tracing::debug!(outbox.id = id, mail.to = %to, "mail sent");
            }
            Fate::Deferred(next, error) => {
                tally.deferred += 1;
                tracing::warn!(outbox.id = id, mail.to = %to, relay.error = %error, mail.next_attempt = %next, "mail deferred");
            }
            Fate::Failed(error) => {
                tally.failed += 1;
                tracing::error!(outbox.id = id, mail.to = %to, relay.error = %error, "{}", given_up(mail.member));
            }
        }
        Settled { named, refused, ..mail.settled(fate) }
    }

    fn fate(&self, mail: &Claimed, attempt: Attempt) -> Fate {
        let error = match attempt {
            Ok(_) => return Fate::Sent,
            Err(NotSent::Unmade(why, passes)) => {
                let text = format!("the mail could not be made: {why}");
                let again = self.clock.now().saturating_add(AGAIN).unwrap_or(jiff::Timestamp::MAX);
                return if passes { Fate::Deferred(again, text) } else { Fate::Failed(text) };
            }
            Err(NotSent::Refused(error)) if error.is_permanent() => return Fate::Failed(error.to_string()),
            Err(NotSent::Refused(error)) => error.to_string(),
            Err(NotSent::Broke) => "sending it broke off by a fault of this program; the log tells where".to_owned(),
        };
        match next_attempt(mail.attempt, mail.queued_at, self.clock.now(), mail.id, self.dispatch.patience) {
            Next::At(next) => Fate::Deferred(next, error),
            Next::GiveUp => Fate::Failed(error),
        }
    }
}

/// What the log says of a mail given up. What goes to an owner as such holds nothing of a list.
fn given_up(reader: MemberId) -> &'static str {
    match reader {
        MemberId(0) => "mail to an owner given up; `rejoinder queue retry` tries it again",
        _ => "mail given up; what it held of the list goes into the next digest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_is_promised_a_next_digest() {
        assert!(given_up(MemberId(3)).contains("next digest"));
        assert!(!given_up(MemberId(0)).contains("digest") && given_up(MemberId(0)).contains("queue retry"));
    }
}
