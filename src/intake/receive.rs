//! The gate as a [`Receiver`]: what the doors ask, and what clients are told.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use super::address::{Wanted, wanted};
use super::hops::goes_in_circles;
use super::prepare::{Gate, name_of, prepare};
use super::proof::{Claim, SenderProof};
use super::senders::Senders;
use super::service::service_mailbox;
use super::suspicion::Suspicion;
use crate::bounce::MailKind;
use crate::clock::Clock;
use crate::discussion::{ListId, MailId};
use crate::message::{Address, mask};
use crate::smtp::{Door, Envelope, Receiver, Reply};
use crate::store::{Arrival, Outcome, Purpose, Store, StoreError};
use crate::trust::{Proof, Verdict, Why};

/// Octets of a mail that is read where it came in: well under a millisecond's work.
const READ_AT_ONCE: usize = 32 << 10;

/// The gate, at work.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    gate: Arc<Gate>,
    suspicion: Suspicion,
    proof: SenderProof,
    senders: Arc<Senders>,
    clock: Clock,
    published: Arc<Notify>,
    /// How many mails are read at a time: more than there are processors would only wait for each other.
    workers: Arc<Semaphore>,
}

impl Intake {
    /// A gate before `store`. `published` is notified whenever something was published.
    pub fn new(store: Store, gate: Gate, clock: Clock, published: Arc<Notify>) -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let senders = Arc::new(Senders::new(gate.mails_per_sender_hour));
        let (gate, workers) = (Arc::new(gate), Arc::new(Semaphore::new(workers)));
        let (suspicion, proof) = (Suspicion::default(), SenderProof::default());
        Self { store, gate, suspicion, proof, senders, clock, published, workers }
    }

    /// The same gate, which holds what `suspicion` speaks against.
    pub fn with(self, suspicion: Suspicion) -> Self {
        Self { suspicion, ..self }
    }

    /// The same gate, which has senders proven by `proof` where the gate asks for that.
    pub fn proving(self, proof: SenderProof) -> Self {
        Self { proof, ..self }
    }

    /// Reads a mail as the gate does before it asks the store to take it in.
    pub(super) fn prepare(&self, envelope: Envelope, content: &[u8]) -> Result<Arrival, StoreError> {
        prepare(&self.store, &self.gate, envelope, content, self.clock.now())
    }

    /// The same for a mail that came at another time.
    pub(super) fn prepare_at(&self, envelope: Envelope, content: &[u8], at: Timestamp) -> Result<Arrival, StoreError> {
        prepare(&self.store, &self.gate, envelope, content, at)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Says that something was published.
    pub(super) fn announce(&self) {
        self.published.notify_one();
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(super) fn proof(&self) -> &SenderProof {
        &self.proof
    }

    pub(super) fn suspicion(&self) -> &Suspicion {
        &self.suspicion
    }

    /// A mail that was kept, as it came.
    pub(super) fn kept(&self, mail: MailId) -> Result<(Envelope, Vec<u8>), StoreError> {
        let (envelope, raw) = self.store.stored_mail(mail)?;
        let mail = envelope.without_trace(&raw).to_vec();
        Ok((envelope, mail))
    }

    /// The mail that waits for this one, where it answers a question about one: read once more, to be published.
    async fn waiting_for(&self, arrival: &Arrival) -> Result<Option<(MailId, Box<Arrival>)>, StoreError> {
        let asked = arrival.requests.iter().find_map(|request| match request.purpose {
            Purpose::Confirm(reader, confirmation) | Purpose::OfNotice(Some((reader, confirmation))) => {
                Some((request.list, reader, confirmation))
            }
            _ => None,
        });
        let Some((list, reader, confirmation)) = asked else { return Ok(None) };
        let Some(held) = self.store.asked_about(list, reader, confirmation)? else { return Ok(None) };
        let (envelope, mail) = self.kept(held)?;
        let mut held_mail = self.prepared(envelope, Arc::new(mail), arrival.received_at).await?;
        // Its own sender says so.
        held_mail.verdict = Verdict::Proven;
        Ok(Some((held, Box::new(held_mail))))
    }

    async fn take(&self, envelope: Envelope, content: Vec<u8>) -> Result<Vec<Reply>, StoreError> {
        let received_at = self.clock.now();
        let recipients = envelope.recipients.clone();
        let content = Arc::new(content);
        let mut arrival = self.prepared(envelope, Arc::clone(&content), received_at).await?;
        // Behind LMTP nothing is refused for what it is, and held is as good an end for a loop.
        let by_lmtp = arrival.envelope.door == Door::Lmtp;
        let in_circles = goes_in_circles(&arrival.mail, &self.gate.host);
        let circles = in_circles && !by_lmtp;
        if circles {
            // What is for the owners is kept all the same.
            arrival.requests.clear();
        }
        if circles && arrival.for_owner.is_none() {
            return Ok(vec![too_many_hops(); recipients.len()]);
        }
        (arrival.suspicion, arrival.verdict) =
            tokio::join!(self.suspicion_of(&arrival, in_circles), self.verdict_on(&arrival, &content));
        drop(content);
        if !self.senders.admit(&arrival) {
            return Ok(vec![too_often(&arrival); recipients.len()]);
        }
        arrival.held = self.waiting_for(&arrival).await?;
        arrival.subjects = self.subjects_of(&arrival).await?;
        let lists: Vec<ListId> = arrival.requests.iter().map(|request| request.list).collect();
        let (addressed, name) = (arrival.addressed.clone(), name_of(received_at, &arrival.fingerprint));
        let (peer, size_bytes) = (arrival.envelope.peer.ip(), arrival.size_bytes);
        let (door, reverse_path) = (arrival.envelope.door, mask(arrival.envelope.reverse_path.as_ref()));
        let outcomes = self.store.commit_mail(arrival).await?;
        if outcomes.contains(&Outcome::Gone) {
            self.store.forget_lists();
        }
        if outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Published(_) | Outcome::Split(_) | Outcome::Done(_)))
        {
            self.published.notify_one();
        }
        for (list, outcome) in lists.iter().zip(&outcomes) {
            tracing::info!(
                session.peer = %peer,
                session.door = door.as_str(),
                mail.id = name,
                mail.reverse_path = reverse_path,
                mail.size_bytes = size_bytes,
                list.id = list.0,
                mail.outcome = %outcome,
                "mail taken in"
            );
        }
        let of_service = outcomes.get(lists.len()).cloned();
        if let Some(outcome) = &of_service {
            tracing::info!(mail.id = name, mail.outcome = %outcome, "mail to a service mailbox taken in");
        }
        let by_list: HashMap<ListId, Outcome> = lists.into_iter().zip(outcomes).collect();
        let reply = |(to, list): (&Address, &Option<ListId>)| match list {
            None if service_mailbox(&self.gate, to).is_some() => self.reply(to, of_service.as_ref()),
            _ if circles => too_many_hops(),
            list => self.reply(to, list.and_then(|list| by_list.get(&list))),
        };
        // Nothing is asked of the store from here on: what is kept is answered so.
        Ok(recipients.iter().zip(&addressed).map(reply).collect())
    }

    async fn suspicion_of(&self, arrival: &Arrival, in_circles: bool) -> Option<Why> {
        let may_show =
            |purpose: &Purpose| !matches!(purpose, Purpose::Bounce(..) | Purpose::NoBounce | Purpose::Unsubscribe(_));
        match arrival.requests.iter().any(|request| may_show(&request.purpose)) {
            true if in_circles => Some(Why::InCircles),
            true => self.suspicion.of(&arrival.envelope, &arrival.mail).await,
            false => None,
        }
    }

    /// What is found out about a mail's From, where proof is asked for and something is done for whoever it names.
    async fn verdict_on(&self, arrival: &Arrival, content: &Arc<Vec<u8>>) -> Verdict {
        let goes_by_sender = |purpose: &Purpose| {
            use Purpose::{Command, Confirm, Discussion, OfNotice};
            matches!(purpose, Discussion { .. } | Confirm(..) | Command(_) | OfNotice(_))
        };
        let is_asked = self.gate.proof != Proof::Off
            && matches!(arrival.kind, MailKind::Mail | MailKind::AutoReply)
            && arrival.requests.iter().any(|request| goes_by_sender(&request.purpose));
        if !is_asked {
            return Verdict::Unknown;
        }
        let Arrival { envelope, mail, received_at, requests, .. } = arrival;
        let exactly = requests.iter().any(|request| matches!(request.purpose, Purpose::Command(_)));
        let host = &self.gate.host;
        self.proof.of(Claim { envelope, mail, content, host, at: *received_at, exactly }).await
    }

    /// Parsing, reading and compressing: a large mail on a thread where it holds up nobody, any other where we are, since
    /// handing it over would take longer than reading it.
    pub(super) async fn prepared(
        &self,
        envelope: Envelope,
        content: Arc<Vec<u8>>,
        received_at: Timestamp,
    ) -> Result<Arrival, StoreError> {
        if content.len() <= READ_AT_ONCE {
            let work = || prepare(&self.store, &self.gate, envelope, &content, received_at);
            // Nothing panics on mail; if something does, its sender is told to try again, as below.
            return catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(StoreError::Panicked));
        }
        // Closed it never is.
        let _permit = self.workers.acquire().await.map_err(|_| StoreError::Closed)?;
        let (store, gate) = (self.store.clone(), Arc::clone(&self.gate));
        let work = tokio::task::spawn_blocking(move || prepare(&store, &gate, envelope, &content, received_at));
        work.await.unwrap_or(Err(StoreError::Panicked))
    }

    fn reply(&self, recipient: &Address, outcome: Option<&Outcome>) -> Reply {
        match outcome {
            Some(Outcome::Refused) => {
                let list = recipient.local().split('+').next().unwrap_or_default().to_lowercase();
                let domain = &self.gate.domain;
                let text = format!(
                    "Only subscribers of {list} may write here; write from the address that you subscribed, or to \
                     {list}+join@{domain} to join"
                );
                Reply::new(550, "5.7.1", text)
            }
            Some(Outcome::Forged) => Reply::new(
                550,
                "5.7.1",
                "Refused as the domain in its From asks (DMARC): nothing shows that this mail comes from there",
            ),
            Some(Outcome::RefusedFor(why)) => refused(*why),
            Some(Outcome::Held(..)) => Reply::new(250, "2.0.0", "Kept; a moderator will look at it"),
            Some(Outcome::PutOff) => {
                Reply::new(451, "4.7.1", "Too much is asked of this list just now; try again in an hour")
            }
            Some(Outcome::Duplicate(_)) => Reply::new(250, "2.0.0", "Already here"),
            Some(Outcome::Gone) | None => unknown(),
            Some(_) => Reply::new(250, "2.0.0", "Kept"),
        }
    }

    /// What `recipient` asks for, where it is an address of ours.
    pub(super) fn wanted(&self, recipient: &Address) -> Result<Option<Wanted>, StoreError> {
        wanted(&self.store, &self.gate.keys, &self.gate.domain, recipient, self.clock.now())
    }
}

impl Receiver for Intake {
    async fn recipient(&self, _reverse_path: Option<&Address>, to: &Address) -> Reply {
        if service_mailbox(&self.gate, to).is_some() {
            return Reply::new(250, "2.1.5", "Recipient ok");
        }
        if !to.domain().eq_ignore_ascii_case(&self.gate.domain) {
            return Reply::new(550, "5.7.1", "No relaying: that is no address of this system");
        }
        match self.wanted(to) {
            Ok(Some(_)) => Reply::new(250, "2.1.5", "Recipient ok"),
            Ok(None) => unknown(),
            Err(error) => trouble(&error),
        }
    }

    async fn receive(&self, envelope: Envelope, content: Vec<u8>) -> Vec<Reply> {
        let recipients = envelope.recipients.len();
        match self.take(envelope, content).await {
            Ok(replies) => replies,
            Err(error) => vec![trouble(&error); recipients],
        }
    }
}

/// The word to whoever a list's rules turn away. To somebody who is banned it says no more than that nothing is taken: the
/// reason is for the list's owner to give.
fn refused(why: Why) -> Reply {
    let text = match why {
        Why::HasFiles => "This list takes no files: send it again as text alone, or with a link to them",
        _ => "This list does not take mail from this address",
    };
    Reply::new(550, "5.7.1", text)
}

fn too_many_hops() -> Reply {
    Reply::new(554, "5.4.6", "Too many hops: this mail goes in circles")
}

/// Not for good: a mail that somebody wrote comes once the hour is over.
fn too_often(arrival: &Arrival) -> Reply {
    let sender = mask(arrival.mail.from.first().map(|from| &from.address));
    tracing::info!(session.peer = %arrival.envelope.peer.ip(), mail.from = sender, "a sender's mails for this hour are used up");
    Reply::new(
        451,
        "4.7.1",
        "That is much mail from one sender; we take more within an hour, so please try again later",
    )
}

fn unknown() -> Reply {
    Reply::new(550, "5.1.1", "No such address here")
}

/// Whatever went wrong, the mail is not lost: its sender keeps it and tries again.
fn trouble(error: &StoreError) -> Reply {
    tracing::error!(store.error = %error, "a mail could not be taken in; the client was told to try again");
    Reply::new(451, "4.3.0", "This system has trouble keeping mail; try again later")
}
