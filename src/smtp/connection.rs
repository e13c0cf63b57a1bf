//! One client of the public door: moves bytes between its socket, [`Framing`] and [`Session`], and asks the receiver.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::admission::Ticket;
use super::body::MailFault;
use super::framing::{Frame, Framing};
use super::public::Shared;
use super::session::{Session, Step};
use super::{Receiver, Reply};
use crate::message::mask;

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
    stream: TcpStream,
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
        let session = Session::new(&shared.domain, &shared.limits, stream.peer_addr()?);
        let framing = Framing::new(&shared.limits, &shared.buffered);
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
                Step::ReadMail(_) if self.shared.buffered.is_full() => self.say(&MailFault::NoRoom.reply()),
                Step::ReadMail(reply) => {
                    self.framing.read_mail();
                    self.say(&reply);
                }
                Step::ReadChunk(chunk) => self.framing.read_chunk(chunk),
                Step::Close(reply) => {
                    let peer = self.session.peer().ip();
                    tracing::debug!(session.peer = %peer, reply.code = reply.code, "session.closed");
                    self.say(&reply);
                    return farewell(self.stream, &self.replies).await;
                }
                Step::Ask(_) => {}
            }
        }
    }

    /// Ends a session whose place another has. Where many end at once, some are told without waiting for them to read it,
    /// so that those who leave are bounded as well.
    async fn make_room(mut self) {
        tracing::info!(session.peer = %self.session.peer().ip(), "session.displaced");
        self.say(&self.session.closing("4.7.0", "Others wait for your place; come back later"));
        match self.shared.farewells.try_acquire() {
            Ok(_permit) => farewell(self.stream, &self.replies).await,
            // Whether it was told is not waited for.
            Err(_) => drop(self.stream.try_write(&self.replies)),
        }
    }

    /// Waits for the next thing that the client says, within its time.
    async fn listen(&mut self) -> Heard {
        let in_mail = self.framing.in_mail();
        let limits = &self.shared.limits;
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
            if let Some(frame) = self.framing.frame() {
                return Ok(Some(frame));
            }
            while !self.replies.is_empty() {
                // Written and forgotten together, so that nothing is sent twice if this is cancelled.
                let written = self.stream.write(&self.replies).await?;
                self.replies.drain(..written);
            }
            self.replies = Vec::new();
            self.stream.readable().await?;
            match self.read() {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {}
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Reads what is there. The buffer lives on the stack, so that a waiting session has none.
    fn read(&mut self) -> io::Result<usize> {
        let mut chunk = [0; CHUNK];
        let read = self.stream.try_read(&mut chunk)?;
        if self.framing.in_mail() {
            self.piece += read;
            if self.piece >= PIECE {
                self.piece = 0;
                self.ticket.got_on();
            }
        }
        self.framing.feed(&chunk[..read]);
        Ok(read)
    }

    async fn answer(&mut self, frame: Frame) -> Step {
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
            return self.session.mail_answered(Reply::new(503, "5.5.1", "There is no mail under way"));
        };
        let (size_bytes, recipients) = (content.len(), envelope.recipients.len());
        let reverse_path = mask(envelope.reverse_path.as_ref());
        let reply = Reply::for_all(&self.shared.receiver.receive(envelope, content).await);
        self.framing.mail_done();
        tracing::info!(
            session.peer = %self.session.peer().ip(),
            mail.reverse_path = reverse_path,
            mail.recipients = recipients,
            mail.size_bytes = size_bytes,
            reply.code = reply.code,
            "mail.answered"
        );
        self.session.mail_answered(reply)
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
pub async fn farewell(mut stream: TcpStream, last: &[u8]) {
    let goodbye = async {
        stream.write_all(last).await?;
        stream.shutdown().await?;
        let mut chunk = [0; 512];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut chunk) {
                Ok(0) => return Ok(()),
                Err(fault) if fault.kind() != io::ErrorKind::WouldBlock => return Err(fault),
                _ => {}
            }
        }
    };
    // Whether it read it is its own affair by now.
    let _: Result<io::Result<()>, _> = timeout(FAREWELL, goodbye).await;
}
