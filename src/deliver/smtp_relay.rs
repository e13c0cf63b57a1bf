//! The relay over SMTP, with connections of our own: few, kept open between mails, replaced when they went stale.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::line_ends::for_the_wire;
use super::opening::Opening;
use super::refusal::Failure;
use super::{Accepted, Endpoint, Outgoing, Relay, RelayError, Step, Timeouts};
use crate::clock::Clock;

/// How connections are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most that are open at once; at least 1.
    pub connections: usize,
    /// How many mails go through one before it is closed.
    pub mails: u32,
    /// How long one may wait for its next mail; servers close theirs after five minutes (RFC 5321 §4.5.3.2.7), and some
    /// sooner.
    pub idle: SignedDuration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { connections: 8, mails: 1_000, idle: SignedDuration::from_secs(60) }
    }
}

/// A relay reached by SMTP.
pub struct SmtpRelay {
    opening: Opening,
    limits: ConnectionLimits,
    clock: Clock,
    /// One permit for each connection in use. Who has one holds at most one connection, and opens one only when none is
    /// parked: so parked and used ones together are never more than the limit.
    permits: Semaphore,
    /// The one parked last is at the end.
    parked: Mutex<Vec<Parked>>,
}

struct Parked {
    connection: Connection,
    since: Timestamp,
}

impl SmtpRelay {
    /// A relay at `endpoint`, greeted as `hello`. Connects when there is mail. Fails where the encryption cannot be set
    /// up, which no setting causes.
    pub fn new(
        endpoint: Endpoint,
        hello: &str,
        timeouts: Timeouts,
        limits: ConnectionLimits,
        clock: Clock,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        Ok(Self {
            opening: Opening::new(endpoint, hello, timeouts)?,
            permits: Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)),
            limits,
            clock,
            parked: Mutex::new(Vec::new()),
        })
    }

    /// Opens a connection as for a mail, logs in where that is set, and takes leave; whether it was encrypted.
    pub async fn greet(&self) -> Result<bool, RelayError> {
        let connection = self.opening.open().await?;
        let encrypted = connection.is_encrypted();
        connection.leave().await;
        Ok(encrypted)
    }

    /// Closes the connections that wait for mail: when there is none, and at the end.
    pub async fn close_idle(&self) {
        while let Some(parked) = self.pop() {
            parked.connection.leave().await;
        }
    }

    async fn hand_over(&self, mail: &Outgoing) -> Result<Accepted, Failure> {
        let _permit =
            self.permits.acquire().await.map_err(|error| Failure::broken(Step::Connect, error.to_string()))?;
        let content = for_the_wire(&mail.content);
        if let Some(connection) = self.unpark().await {
            match self.hand_over_on(connection, mail, &content).await {
                // It was closed while it waited: that is no verdict on the mail, so a fresh one gets it.
                Err(failure) if failure.may_be_staleness() => (),
                done => return done,
            }
        }
        let fresh = self.opening.open().await?;
        self.hand_over_on(fresh, mail, &content).await
    }

    /// Sends one mail, then parks the connection where it is still good.
    async fn hand_over_on(
        &self,
        mut connection: Connection,
        mail: &Outgoing,
        content: &[u8],
    ) -> Result<Accepted, Failure> {
        let done = connection.send(mail, content).await;
        let good = match &done {
            Ok(_) => true,
            Err(failure) => failure.leaves_the_session_whole() && connection.reset().await,
        };
        if good {
            self.park(connection).await;
        }
        done
    }

    async fn park(&self, connection: Connection) {
        if connection.mails >= self.limits.mails {
            connection.leave().await;
        } else {
            let since = self.clock.now();
            self.lock().push(Parked { connection, since });
        }
    }

    /// The connection parked last, if it has not waited for too long.
    async fn unpark(&self) -> Option<Connection> {
        while let Some(parked) = self.pop() {
            if self.clock.now().duration_since(parked.since) <= self.limits.idle {
                return Some(parked.connection);
            }
            parked.connection.leave().await;
        }
        None
    }

    fn pop(&self) -> Option<Parked> {
        self.lock().pop()
    }

    /// Nothing can panic while it is locked, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<Parked>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Relay for SmtpRelay {
    async fn send(&self, mail: &Outgoing) -> Result<Accepted, RelayError> {
        self.hand_over(mail).await.map_err(RelayError::from)
    }
}
