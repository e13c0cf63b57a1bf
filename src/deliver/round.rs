//! A round of the outbox worker: claiming, sending and writing back go on beside each other, so that neither the
//! slowest mail nor the disk idles the connections.

use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::sleep;

use super::courier::{Attempt, NotSent};
use super::hand::Hand;
use super::{Courier, Relay, Tally};
use crate::store::{Claimed, Claims, Fate, Settled, Share, StoreError};

/// How many mails are made ahead for each connection, so that none waits for the next to be made.
const MADE_AHEAD: usize = 2;

/// How many mails are claimed ahead for each connection, so that none waits for the disk.
const CLAIMED_AHEAD: usize = 32;

/// How many mails end before more are claimed, while there is still something to begin.
const AT_A_TIME: usize = 16;

/// How many mails may have ended without that being written down: more than these are not begun, since they would be
/// sent again if the process ended here.
const MOST_UNSETTLED: usize = 512;

/// How long a claim holds: longer than all of them can take with every time limit used up, since what is claimed again
/// is sent again. What a process leaves behind waits less: its successor releases it ([`Courier::resume`]).
const LEASE: SignedDuration = SignedDuration::from_hours(12);

/// How long before its lease ends a mail is not begun any more: longer than one can take.
const TOO_LATE: SignedDuration = SignedDuration::from_hours(2);

/// How often a round looks for what time or another process has made ready.
const LOOK: Duration = Duration::from_secs(1);

/// What calls a round from outside.
#[derive(Default)]
pub struct Calls<'a> {
    /// Something was queued.
    pub queued: Option<&'a Notify>,
    /// It becomes true where the round is to stop.
    pub stopping: Option<watch::Receiver<bool>>,
}

impl Calls<'_> {
    /// Nobody calls.
    pub fn none() -> Self {
        Self::default()
    }
}

/// Work of the store that goes on meanwhile; nothing where there is none.
struct Awaited<T>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T> Awaited<T> {
    fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for its end; for ever where there is none.
    async fn end(&mut self) -> T {
        let ended = match &mut self.0 {
            Some(work) => work.await,
            None => std::future::pending().await,
        };
        self.0 = None;
        ended
    }
}

/// One round.
pub(super) struct Round<'a, R> {
    courier: &'a Courier<R>,
    calls: Calls<'a>,
    hand: Hand,
    sending: JoinSet<Attempt>,
    /// The mails under way, by their tasks.
    under_way: Vec<(Id, Claimed)>,
    claiming: Awaited<Result<Claims, StoreError>>,
    settling: Awaited<Result<usize, StoreError>>,
    /// What ended and is not being written down yet.
    ended: Vec<Settled>,
    /// What is being written down.
    in_writing: Vec<Settled>,
    /// Whether there may be more to claim, and from which domain on.
    more: bool,
    reached: Option<String>,
    /// How many mails ended since the last claim.
    since_claim: usize,
    /// Whether to claim as soon as can be.
    called: bool,
    stops: bool,
    fault: Option<StoreError>,
    tally: Tally,
}

impl<'a, R: Relay> Round<'a, R> {
    pub(super) fn new(courier: &'a Courier<R>, calls: Calls<'a>, ended: Vec<Settled>) -> Self {
        let connections = courier.dispatch.connections.max(1);
        let hand = Hand::new(connections * MADE_AHEAD, per_domain(courier));
        Self {
            courier,
            calls,
            hand,
            sending: JoinSet::new(),
            under_way: Vec::new(),
            claiming: Awaited(None),
            settling: Awaited(None),
            ended,
            in_writing: Vec::new(),
            more: true,
            reached: None,
            since_claim: 0,
            called: true,
            stops: false,
            fault: None,
            tally: Tally::default(),
        }
    }

    /// What could not be written down. Whatever is still in hand is put back with it: nothing stays leased.
    pub(super) fn into_unsettled(mut self) -> Vec<Settled> {
        self.lay_down();
        self.in_writing.append(&mut self.ended);
        self.in_writing
    }

    /// Until nothing is left to do.
    pub(super) async fn run(&mut self) -> Result<Tally, StoreError> {
        loop {
            self.begin();
            self.claim();
            self.settle();
            let waits = self.claiming.is_some() || self.settling.is_some() || !self.sending.is_empty();
            if !waits {
                return self.fault.take().map_or(Ok(self.tally), Err);
            }
            self.wait().await;
        }
    }

    /// Begins as many mails as may be under way.
    fn begin(&mut self) {
        if self.stops || self.fault.is_some() {
            self.lay_down();
            return;
        }
        let now = self.courier.clock.now();
        while self.ended.len() + self.in_writing.len() < MOST_UNSETTLED
            && let Some(mail) = self.hand.begin()
        {
            if mail.lease_ends.duration_since(now) < TOO_LATE {
                self.hand.ended(mail.recipient.domain());
                continue;
            }
            let task = self.sending.spawn(self.courier.attempt(&mail));
            self.under_way.push((task.id(), mail));
        }
    }

    /// Puts back what was not begun.
    fn lay_down(&mut self) {
        let left = self.hand.lay_down();
        self.ended.extend(left.into_iter().map(|mail| mail.settled(Fate::PutBack)));
    }

    /// Begins a claim where there may be more to send, and where it pays.
    fn claim(&mut self) {
        let room = (self.courier.dispatch.connections.max(1) * CLAIMED_AHEAD).saturating_sub(self.hand.len());
        let pays = self.called || self.since_claim >= AT_A_TIME || (self.since_claim > 0 && self.hand.is_idle());
        if self.stops || self.fault.is_some() || !self.more || !pays || room == 0 || self.claiming.is_some() {
            return;
        }
        (self.called, self.since_claim) = (false, 0);
        let Courier { store, clock, dispatch, .. } = self.courier;
        let now = clock.now();
        match store.next_attempt() {
            Ok(Some(next)) if next <= now => {}
            Ok(_) => return self.more = false,
            Err(fault) => return self.failed(fault),
        }
        let lease_ends = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
        let per_domain = per_domain(self.courier) * CLAIMED_AHEAD;
        let dkim = self.courier.maker.current_keys();
        let share = Share { most: room, per_domain, held: self.hand.held(), reached: self.reached.take(), dkim };
        let claims = store.claim_outbox(&dispatch.worker, now, lease_ends, share);
        self.claiming = Awaited(Some(claims.into_future()));
    }

    /// Begins to write down what ended, all of it in one.
    fn settle(&mut self) {
        if self.ended.is_empty() || self.settling.is_some() || self.fault.is_some() {
            return;
        }
        self.in_writing = std::mem::take(&mut self.ended);
        let written = self.courier.store.settle_outbox(self.in_writing.clone(), self.courier.clock.now());
        self.settling = Awaited(Some(written.into_future()));
    }

    /// Waits for whatever comes first.
    async fn wait(&mut self) {
        let Calls { queued, stopping } = &mut self.calls;
        tokio::select! {
            Some(attempt) = self.sending.join_next_with_id() => self.mail_ended(attempt),
            claims = self.claiming.end() => self.claimed(claims),
            written = self.settling.end() => self.settled(written),
            () = called(*queued) => self.look(),
            () = sleep(LOOK) => self.look(),
            () = told_to_stop(stopping.as_mut()), if !self.stops => self.stops = true,
        }
    }

    fn look(&mut self) {
        (self.more, self.called) = (true, true);
    }

    fn mail_ended(&mut self, attempt: Result<(Id, Attempt), tokio::task::JoinError>) {
        let id = attempt.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
        let Some(at) = self.under_way.iter().position(|(known, _)| *known == id) else { return };
        let (_, mail) = self.under_way.swap_remove(at);
        self.hand.ended(mail.recipient.domain());
        self.since_claim += 1;
        let attempt = attempt.map(|(_, attempt)| attempt).unwrap_or_else(|fault| {
            tracing::error!(outbox.id = mail.id.0, courier.error = %fault, "sending a mail broke");
            Err(NotSent::Broke)
        });
        self.ended.push(self.courier.judged(&mail, attempt, &mut self.tally));
    }

    fn claimed(&mut self, claims: Result<Claims, StoreError>) {
        match claims {
            Ok(claims) => {
                self.more = claims.more;
                // It came to no ready mail before its bound: it goes on from there at once.
                self.called = claims.mails.is_empty() && claims.reached.is_some();
                self.reached = claims.reached;
                self.hand.take(claims.mails);
            }
            Err(fault) => self.failed(fault),
        }
    }

    fn settled(&mut self, written: Result<usize, StoreError>) {
        match written {
            Ok(_) => {
                if self.in_writing.drain(..).any(|mail| mail.fate == Fate::PutBack) {
                    self.look();
                }
            }
            Err(fault) => {
                // In front again, for the next call.
                self.in_writing.append(&mut self.ended);
                self.ended = std::mem::take(&mut self.in_writing);
                self.failed(fault)
            }
        }
    }

    /// After a fault of the store nothing is begun; what is under way is waited for, to know what became of it. The first
    /// fault is told.
    fn failed(&mut self, fault: StoreError) {
        self.fault.get_or_insert(fault);
    }
}

/// Never all connections, so that a domain that is slow leaves one to the others.
fn per_domain<R>(courier: &Courier<R>) -> usize {
    let most = courier.dispatch.connections.saturating_sub(1).max(1);
    courier.dispatch.connections_per_domain.clamp(1, most)
}

async fn called(queued: Option<&Notify>) {
    match queued {
        Some(queued) => queued.notified().await,
        None => std::future::pending().await,
    }
}

/// Returns when it is told to stop, or nobody is there to tell any more.
async fn told_to_stop(stopping: Option<&mut watch::Receiver<bool>>) {
    match stopping {
        // An error means that the sender is gone, and with it the process's main task.
        Some(stopping) => drop(stopping.wait_for(|stops| *stops).await),
        None => std::future::pending().await,
    }
}
