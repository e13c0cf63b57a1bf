//! One client: moves bytes between its socket, [`Framing`] and [`Session`], and asks the receiver.

use std::future::poll_fn;
use std::io;
use std::mem::{MaybeUninit, take};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::admission::Ticket;
use super::body::MailFault;
use super::buffered::LEAST;
use super::framing::{Frame, Framing};
use super::not_taken::Told;
use super::public::Shared;
use super::session::{Session, Step};
use super::stream::Stream;
use super::syntax::not_encrypted;
use super::tls::Tls;
use super::{Receiver, Reply};

/// How long a mail under way may still take when the door closes. Longer than most take; shorter than the time after
/// which service managers kill.
const GRACE: Duration = Duration::from_secs(20);
/// How long a client that is sent away has to read its last reply.
const FAREWELL: Duration = Duration::from_secs(2);
/// Octets read at a time.
const CHUNK: usize = 16 << 10;
/// Octets of a mail after which its client has got on: less is what a client sends that only wants to stay.
const PIECE: usize = 512;

/// A client from its greeting to its end.
pub struct Connection<R> {
    stream: Stream,
    shared: Arc<Shared<R>>,
    ticket: Ticket,
    /// Octets of a mail since the client last got on.
    piece: usize,
    /// Becomes true when the door closes.
    shutdown: watch::Receiver<bool>,
    framing: Framing,
    session: Session,
    /// Replies not yet sent: those to pipelined commands go together (RFC 2920 §3.2).
    replies: Vec<u8>,
}

/// What ended the wait for the client.
enum Heard {
    Frame(Frame),
    /// It closed, or its connection broke.
    Gone,
    /// It took too long.
    Silent,
    /// The door closes.
    Shutdown,
    /// Another was given its place.
    Displaced,
}

impl<R: Receiver> Connection<R> {
    /// A client that was let in.
    pub fn new(
        stream: TcpStream,
        shared: Arc<Shared<R>>,
        ticket: Ticket,
        shutdown: watch::Receiver<bool>,
    ) -> io::Result<Connection<R>> {
        stream.set_nodelay(true)?;
        let session = Session::new(Arc::clone(&shared.setup), stream.peer_addr()?);
        let (stream, framing) = (Stream::Plain(stream), shared.framing());
        Ok(Self { stream, shared, ticket, piece: 0, shutdown, framing, session, replies: Vec::new() })
    }

    /// Serves the client to its end.
    pub async fn serve(mut self) {
        self.say(&self.session.greeting());
        loop {
            let step = match self.listen().await {
                Heard::Frame(frame) => {
                    self.ticket.busy();
                    let step = self.answer(frame).await;
                    self.ticket.got_on();
                    step
                }
                Heard::Silent => Step::Close(self.session.closing("4.4.2", "Timed out waiting for you")),
                Heard::Shutdown => Step::Close(self.session.closing("4.3.2", "Closing; come back soon")),
                Heard::Displaced => return self.make_room().await,
                Heard::Gone => return,
            };
            match step {
                Step::Reply(reply) => self.say(&reply),
                Step::Offer(lines) => self.offer(&lines),
                Step::Answers(replies) => {
                    replies.iter().for_each(|reply| self.say(reply));
                    if replies.iter().any(|reply| reply.code == 421) {
                        return farewell(self.stream, &self.replies).await;
                    }
                }
                // Boxed, so that those who do not ask for it take no room for it.
                Step::StartTls(reply) => match Box::pin(self.encrypt(&reply)).await {
                    Some(encrypted) => self = encrypted,
                    None => return,
                },
                Step::ReadMail(_) if self.shared.buffered.is_full() => {
                    self.ticket.make_room(LEAST);
                    self.say(&MailFault::NoRoom.reply());
                }
                Step::ReadMail(reply) => {
                    self.framing.read_mail();
                    self.say(&reply);
                }
                Step::ReadChunk(chunk) => self.framing.read_chunk(chunk),
                Step::Close(reply) => {
                    let peer = self.session.peer().ip();
                    tracing::debug!(session.peer = %peer, reply.code = reply.code, "session.closed");
                    self.say(&reply);
                    self.framing.forget_mail();
                    return farewell(self.stream, &self.replies).await;
                }
                Step::Ask(_) => {}
            }
        }
    }

    /// Ends a session whose place another has. Where many end at once, some are told without waiting for them to read it,
    /// so that those who leave are bounded as well.
    async fn make_room(mut self) {
        // Before the farewell: others may be waiting for the memory.
        self.framing.forget_mail();
        tracing::info!(session.peer = %self.session.peer().ip(), "session.displaced");
        self.say(&self.session.closing("4.7.0", "Others wait for your place; come back later"));
        match self.shared.farewells.try_acquire() {
            Ok(_permit) => farewell(self.stream, &self.replies).await,
            // Whether it was told is not waited for.
            Err(_) => drop(timeout(Duration::ZERO, send(&mut self.stream, &self.replies)).await),
        }
    }

    /// Answers STARTTLS and shakes hands, within the time of a command (RFC 3207 §4). What came behind the command in clear
    /// is dropped: whoever sits between us and the client could have put it there (§4.2). `None` where the handshake fails:
    /// nothing that the client would understand can be said any more.
    async fn encrypt(mut self, go_ahead: &Reply) -> Option<Self> {
        let Stream::Plain(plain) = self.stream else { return None };
        let acceptor = self.shared.setup.tls.as_ref().map(Tls::acceptor)?;
        let mut begun = false;
        let mut handshake = acceptor.accept_with(plain, |_| begun = true);
        if !begun {
            let (fault, plain) = handshake.into_fallible().await.err()?;
            tracing::error!(%fault, "session.tls_not_offered");
            self.stream = Stream::Plain(plain);
            self.say(&not_encrypted());
            return Some(self);
        }
        self.replies.extend_from_slice(go_ahead.line().as_bytes());
        self.framing = self.shared.framing();
        let replies = take(&mut self.replies);
        let shaken = async {
            if let Some(plain) = handshake.get_mut() {
                plain.write_all(&replies).await?;
            }
            handshake.await
        };
        let mut shutdown = self.shutdown.clone();
        let encrypted = tokio::select! {
            biased;
            () = told_to_close(&mut shutdown) => return None,
            () = self.ticket.told_to_leave() => return None,
            shaken = timeout(Duration::from_secs(self.shared.setup.limits.command_seconds), shaken) => shaken,
        };
        let peer = self.session.peer().ip();
        match encrypted {
            Ok(Ok(encrypted)) => self.stream = Stream::Encrypted(Box::new(encrypted)),
            Ok(Err(fault)) => {
                tracing::info!(session.peer = %peer, %fault, "session.tls_failed");
                return None;
            }
            Err(_) => {
                tracing::info!(session.peer = %peer, "session.tls_timed_out");
                return None;
            }
        }
        self.session.encrypted();
        Some(self)
    }

    /// Waits for the next thing that the client says, within its time.
    async fn listen(&mut self) -> Heard {
        let in_mail = self.framing.in_mail();
        let limits = &self.shared.setup.limits;
        let seconds = if in_mail { limits.data_seconds } else { limits.command_seconds };
        let grace = if in_mail || self.session.in_chunks() { GRACE } else { Duration::ZERO };
        let mut shutdown = self.shutdown.clone();
        let closing = async move {
            told_to_close(&mut shutdown).await;
            sleep(grace).await;
        };
        tokio::select! {
            biased;
            () = closing => Heard::Shutdown,
            () = self.ticket.told_to_leave() => Heard::Displaced,
            heard = timeout(Duration::from_secs(seconds), self.frame()) => match heard {
                Ok(Ok(Some(frame))) => Heard::Frame(frame),
                Ok(_) => Heard::Gone,
                Err(_) => Heard::Silent,
            },
        }
    }

    /// The next frame; `None` where the client closed. What it must know first is sent before it is waited for.
    async fn frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            let frame = self.framing.frame();
            self.ticket.holds(self.framing.held());
            if let Some(frame) = frame {
                return Ok(Some(frame));
            }
            while !self.replies.is_empty() {
                // Written and forgotten together, so that nothing is sent twice if this is cancelled.
                let written = self.stream.write(&self.replies).await?;
                self.replies.drain(..written);
            }
            self.replies = Vec::new();
            self.stream.flush().await?;
            if poll_fn(|cx| self.read(cx)).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads what is there. The buffer lives on the stack, so that a waiting session has none.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        let read = chunk.filled().len();
        if self.framing.in_mail() {
            self.piece += read;
            if self.piece >= PIECE {
                self.piece = 0;
                self.ticket.got_on();
            }
        }
        self.framing.feed(chunk.filled());
        Poll::Ready(Ok(read))
    }

    async fn answer(&mut self, frame: Frame) -> Step {
        if let Frame::Mail(Err(MailFault::NoRoom)) | Frame::Chunk(Some(MailFault::NoRoom)) = frame {
            self.ticket.make_room(self.framing.lacked());
        }
        match frame {
            Frame::Line(line) => {
                let step = self.session.command(&line);
                if !self.session.in_chunks() {
                    self.framing.forget_mail();
                }
                let Step::Ask(to) = step else { return step };
                let reply = self.shared.receiver.recipient(self.session.reverse_path(), &to).await;
                self.session.recipient_answered(to, reply)
            }
            Frame::Chunk(fault) => self.session.chunk_read(fault),
            Frame::BadLine(fault) => self.session.bad_line(fault),
            Frame::Mail(Ok(content)) => self.receive(content).await,
            Frame::Mail(Err(fault)) => {
                tracing::info!(session.peer = %self.session.peer().ip(), mail.fault = ?fault, "mail.refused");
                self.session.mail_refused(fault)
            }
        }
    }

    async fn receive(&mut self, content: Vec<u8>) -> Step {
        let Some(envelope) = self.session.envelope() else {
            return self.session.mail_answered(&[]);
        };
        let told = Told::of(&envelope, &content);
        let replies = self.shared.receiver.receive(envelope, content).await;
        self.framing.mail_done();
        told.unless_taken(&Reply::for_all(&replies));
        self.session.mail_answered(&replies)
    }

    fn say(&mut self, reply: &Reply) {
        self.replies.extend_from_slice(reply.line().as_bytes());
    }

    fn offer(&mut self, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            let more = if at + 1 < lines.len() { '-' } else { ' ' };
            self.replies.extend_from_slice(format!("250{more}{line}\r\n").as_bytes());
        }
    }
}

/// Ends when the door is to close. The sender is gone only when its program ends: that is a shutdown as well.
pub async fn told_to_close(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|closing| *closing).await;
}

/// Sends the last reply and closes so that it arrives: a socket closed while the client still sends is reset, and the
/// reply is lost with it.
pub async fn farewell(mut stream: Stream, last: &[u8]) {
    let goodbye = async {
        send(&mut stream, last).await?;
        stream.shutdown().await?;
        let tcp = stream.into_tcp();
        let mut chunk = [0; 512];
        loop {
            tcp.readable().await?;
            match tcp.try_read(&mut chunk) {
                Ok(0) => return Ok(()),
                Err(fault) if fault.kind() != io::ErrorKind::WouldBlock => return Err(fault),
                _ => {}
            }
        }
    };
    // Whether it read it is its own affair by now.
    let _: Result<io::Result<()>, _> = timeout(FAREWELL, goodbye).await;
}

async fn send(stream: &mut Stream, octets: &[u8]) -> io::Result<()> {
    stream.write_all(octets).await?;
    stream.flush().await
}
