//! The public door: SMTP on tokio, made for the open internet; and the same for LMTP, behind another mail server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::admission::{Admission, Full};
use super::buffered::Buffered;
use super::connection::{Connection, farewell, told_to_close};
use super::framing::Framing;
use super::session::closing;
use super::stream::Stream;
use super::{Receiver, Reply, Setup};

/// How many clients at a time are told that there is no room and waited for until they have read it, those who come and
/// those who make room alike; more are closed at once.
const TURNED_AWAY: usize = 64;
/// How long to wait after the system gave no connection (out of descriptors, say).
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// How long a closing door waits for its sessions: more than each of them waits for its client.
const CLOSING: Duration = Duration::from_secs(30);

/// A listening door in front of a receiver.
pub struct PublicDoor<R> {
    listener: TcpListener,
    shared: Arc<Shared<R>>,
}

/// What all sessions of a door share.
pub struct Shared<R> {
    /// How it is set up.
    pub setup: Arc<Setup>,
    /// What stands behind the door.
    pub receiver: Arc<R>,
    admission: Arc<Admission>,
    /// The memory for mails being read.
    pub buffered: Arc<Buffered>,
    /// Who gave its place to another needs one of these to be waited for while it reads so.
    pub farewells: Semaphore,
}

impl<R> Shared<R> {
    /// For a client's first words.
    pub fn framing(&self) -> Framing {
        Framing::new(&self.setup.limits, &self.buffered, self.setup.protocol)
    }
}

impl<R: Receiver> PublicDoor<R> {
    /// Listens at `address` (port 0: any free one); clients wait until [`PublicDoor::run`].
    pub async fn bind(address: SocketAddr, setup: Setup, receiver: Arc<R>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (admission, buffered) = (Admission::new(&setup.limits), Buffered::new(&setup.limits));
        let farewells = Semaphore::new(TURNED_AWAY);
        let shared = Shared { setup: Arc::new(setup), receiver, admission, buffered, farewells };
        Ok(Self { listener, shared: Arc::new(shared) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves clients until `shutdown` becomes true or its sender is gone. Then no more are let in, a mail under way may
    /// be finished within a bounded time, and every client is told 421.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let mut sessions = JoinSet::new();
        let mut turned_away = JoinSet::new();
        let for_sessions = shutdown.clone();
        let mut last_fault = None;
        loop {
            tokio::select! {
                biased;
                () = told_to_close(&mut shutdown) => break,
                Some(ended) = sessions.join_next() => log_panic(ended),
                Some(_) = turned_away.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        last_fault = None;
                        self.let_in(stream, peer, &for_sessions, &mut sessions, &mut turned_away);
                    }
                    Err(fault) => {
                        self.not_accepted(&fault, &mut last_fault);
                        sleep(ACCEPT_AGAIN).await;
                    }
                },
            }
        }
        drop(self.listener);
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(CLOSING, all_ended).await.is_err() {
            tracing::warn!(sessions.open = sessions.len(), "door.closed_with_sessions");
        }
    }

    /// The system gave no connection. Where it is out of something, a session that ends gives some of it back. A run of the
    /// same fault is logged once.
    fn not_accepted(&self, fault: &io::Error, last: &mut Option<String>) {
        let said = fault.to_string();
        if last.as_ref() != Some(&said) {
            tracing::warn!(%fault, "door.accept_failed");
            *last = Some(said);
        }
        let is_the_clients = matches!(fault.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
        if !is_the_clients {
            self.shared.admission.end_longest_idle();
        }
    }

    fn let_in(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        shutdown: &watch::Receiver<bool>,
        sessions: &mut JoinSet<()>,
        turned_away: &mut JoinSet<()>,
    ) {
        match self.shared.admission.admit(peer.ip()) {
            Ok(ticket) => match Connection::new(stream, Arc::clone(&self.shared), ticket, shutdown.clone()) {
                Ok(connection) => drop(sessions.spawn(connection.serve())),
                // It closed before we looked at it.
                Err(fault) => tracing::debug!(%fault, "session.never_began"),
            },
            Err(full) => {
                tracing::info!(session.peer = %peer.ip(), ?full, "session.turned_away");
                if turned_away.len() < TURNED_AWAY {
                    let last = self.no_room(full).line();
                    turned_away.spawn(async move { farewell(Stream::Plain(stream), last.as_bytes()).await });
                }
            }
        }
    }

    fn no_room(&self, full: Full) -> Reply {
        let domain = &self.shared.setup.domain;
        match full {
            Full::Door => closing(domain, "4.7.0", "Too many sessions; try again later"),
            Full::Address => closing(domain, "4.7.0", "Too many sessions from your address; try again later"),
        }
    }
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(fault) = ended {
        tracing::error!(%fault, "session.broke");
    }
}
