//! The local door: `mailin_embedded`, unmodified, for programs on this machine, over the same [`Receiver`].
//!
//! What it cannot do is why it listens on loopback only: it refuses `MAIL FROM:<>`, takes a bare LF and a dot for the end
//! of a mail, keeps an endless line in memory, has a thread a client and no end. `tests/smtp/doors.rs` pins its faults.
//! What a handler can mend, ours does: it bounds the mail while it is read, refuses lone CR and LF, and closes where the
//! end of a mail is in doubt.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::mem::take;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};

use mailin_embedded::{Action, Handler, Response, Server, response};
use tokio::runtime::Handle;

use super::body::{Body, MailFault};
use super::buffered::Buffered;
use super::not_taken::Told;
use super::trace::keyword;
use super::{Door, Envelope, Limits, Protocol, Receiver, Reply};
use crate::message::Address;

/// Threads, hence clients at a time: one more waits, also behind idle ones.
const THREADS: usize = 64;

/// A listening local door. It ends with the process: `mailin_embedded` cannot be stopped. Nothing is lost by that,
/// since 250 is said only after the mail was kept.
#[derive(Debug)]
pub struct LocalDoor {
    address: SocketAddr,
}

impl LocalDoor {
    /// Listens at `address` (port 0: any free one) and serves from then on, on its own threads; the receiver runs on
    /// `runtime`.
    ///
    /// An address that is not loopback is an error: see the top of this file.
    pub fn start<R: Receiver>(
        address: SocketAddr,
        domain: &str,
        limits: Limits,
        receiver: Arc<R>,
        runtime: Handle,
    ) -> io::Result<Self> {
        if !address.ip().to_canonical().is_loopback() {
            let why = format!("the local door is for programs on this machine; {address} is not a loopback address");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let threads = limits.sessions.clamp(1, THREADS);
        let buffered = Buffered::new(&limits);
        let mut server = Server::new(Client::new(domain, limits, buffered, receiver, runtime));
        server.with_name(domain).with_num_threads(u32::try_from(threads).unwrap_or(1)).with_tcp_listener(listener);
        std::thread::Builder::new().name("local-door".to_owned()).spawn(move || {
            if let Err(fault) = server.serve() {
                tracing::error!(%fault, "door.local_ended");
            }
        })?;
        Ok(Self { address })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

/// One client; `mailin_embedded` clones the first for each connection.
struct Client<R> {
    domain: String,
    limits: Limits,
    buffered: Arc<Buffered>,
    receiver: Arc<R>,
    runtime: Handle,
    /// The client's address; its port is not told to us.
    peer: SocketAddr,
    reverse_path: Option<Address>,
    recipients: Vec<Address>,
    seen: HashSet<String>,
    accepted: usize,
    /// The mail being read, from DATA on.
    envelope: Option<Envelope>,
    body: Body,
    /// Whether the line before ended in a lone LF: then what follows may be another mail's beginning.
    in_doubt: bool,
}

impl<R: Receiver> Client<R> {
    fn new(domain: &str, limits: Limits, buffered: Arc<Buffered>, receiver: Arc<R>, runtime: Handle) -> Self {
        let body = Body::new(&limits, &buffered, Protocol::Smtp);
        Self {
            domain: domain.to_owned(),
            limits,
            buffered,
            receiver,
            runtime,
            peer: SocketAddr::from(([127, 0, 0, 1], 0)),
            reverse_path: None,
            recipients: Vec::new(),
            seen: HashSet::new(),
            accepted: 0,
            envelope: None,
            body,
            in_doubt: false,
        }
    }

    fn forget(&mut self) {
        self.reverse_path = None;
        self.recipients.clear();
        self.seen.clear();
        self.accepted = 0;
        self.envelope = None;
    }

    /// The answer of `asked`, which runs on the runtime while this thread waits; `None` where it never comes, because
    /// the runtime ends or the receiver broke.
    fn wait_for<T: Send + 'static>(&self, asked: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // The other end is gone only where this thread is.
            let _ = answer.send(asked.await);
        });
        answered.recv().ok()
    }

    fn ask_recipient(&mut self, to: Address) -> Reply {
        let (receiver, from, asked) = (Arc::clone(&self.receiver), self.reverse_path.clone(), to.clone());
        let reply = self.wait_for(async move { receiver.recipient(from.as_ref(), &asked).await });
        let reply = reply.unwrap_or_else(try_later);
        if (200..300).contains(&reply.code) {
            self.accepted += 1;
            if self.seen.insert(to.key()) {
                self.recipients.push(to);
            }
        }
        reply
    }

    fn hand_over(&mut self) -> Reply {
        let content = match self.body.finish() {
            Ok(content) => content,
            Err(fault) => return fault.reply(),
        };
        let Some(envelope) = self.envelope.take() else { return try_later() };
        let told = Told::of(&envelope, &content);
        let receiver = Arc::clone(&self.receiver);
        let replies = self.wait_for(async move { receiver.receive(envelope, content).await });
        self.body.done();
        let reply = Reply::for_all(&replies.unwrap_or_default());
        told.unless_taken(&reply);
        reply
    }
}

impl<R: Receiver> Handler for Client<R> {
    fn helo(&mut self, ip: IpAddr, _domain: &str) -> Response {
        self.forget();
        self.peer = SocketAddr::new(ip, 0);
        response::OK
    }

    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        // RSET is not told to us; a new MAIL is.
        self.forget();
        match Address::parse(from) {
            Ok(address) => {
                self.reverse_path = Some(address);
                response(&Reply::new(250, "2.1.0", "Go on"))
            }
            Err(_) => response(&Reply::new(501, "5.1.7", "Bad sender address")),
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if self.accepted >= self.limits.recipients {
            return response(&Reply::new(452, "4.5.3", "Too many recipients; send the rest in another mail"));
        }
        let address = match to.eq_ignore_ascii_case("postmaster") {
            true => Ok(Address::of_parts("postmaster", &self.domain)),
            false => Address::parse(to),
        };
        match address {
            Ok(to) => response(&self.ask_recipient(to)),
            Err(_) => response(&Reply::new(501, "5.1.3", "Bad recipient address")),
        }
    }

    fn data_start(&mut self, helo: &str, _from: &str, _is_8bit: bool, _to: &[String]) -> Response {
        self.body = Body::new(&self.limits, &self.buffered, Protocol::Smtp);
        self.in_doubt = false;
        // `mailin` itself lets no DATA through that has no recipient.
        self.envelope = (!self.recipients.is_empty()).then(|| Envelope {
            door: Door::Local,
            peer: self.peer,
            helo: helo.to_owned(),
            tls: false,
            with: keyword(Protocol::Smtp, false, false, false),
            reverse_path: take(&mut self.reverse_path),
            recipients: take(&mut self.recipients),
        });
        response::OK
    }

    /// Takes a line with its line end, the first dot removed. Never fails: an error here would be answered at once, in
    /// the middle of the mail.
    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        let text = line.strip_suffix(b"\r\n");
        self.in_doubt = text.is_none();
        for (at, part) in text.or(line.strip_suffix(b"\n")).unwrap_or(line).split(|byte| *byte == b'\r').enumerate() {
            if at > 0 {
                self.body.lone(b'\r');
            }
            self.body.text(part);
        }
        match text {
            Some(_) => self.body.line_end(),
            None => self.body.lone(b'\n'),
        }
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if self.in_doubt {
            let mut refusal = response(&MailFault::LoneLineEnd.reply());
            refusal.action = Action::Close;
            return refusal;
        }
        let mut answer = response(&self.hand_over());
        // A refusal marked as an error would leave the session reading the same mail on (`mailin` 0.6.5).
        answer.is_error = false;
        answer
    }
}

/// Wanted by [`Server`]; every client begins with nothing.
impl<R: Receiver> Clone for Client<R> {
    fn clone(&self) -> Self {
        let (buffered, receiver) = (Arc::clone(&self.buffered), Arc::clone(&self.receiver));
        Self::new(&self.domain, self.limits.clone(), buffered, receiver, self.runtime.clone())
    }
}

/// The reply in `mailin`'s form, which writes the code before the text itself.
fn response(reply: &Reply) -> Response {
    let line = reply.line();
    let text = line.trim_end().split_once(' ').map_or("", |(_, text)| text);
    Response::custom(reply.code, text.to_owned())
}

fn try_later() -> Reply {
    Reply::new(451, "4.3.0", "Not now; try again later")
}
