//! One client's session: a command line in, what to do about it out (pure; RFC 5321 §4). It opens no socket, asks no
//! receiver and knows no time.

use std::collections::HashSet;
use std::mem::take;
use std::net::SocketAddr;

use smtp_proto::{MAIL_SMTPUTF8, MailFrom, RcptTo, Request};

use super::body::MailFault;
use super::framing::{Chunk, LineFault};
use super::syntax::{
    begins_bdat, known_mail_parameters, no_recipients, not_ascii, not_printable, path_of, printable, speaks_http,
    syntax_reply, unknown_parameter,
};
use super::{Door, Envelope, Limits, Reply};
use crate::message::Address;

/// The longest number of octets of a chunk that is read.
const CHUNK_DIGITS: usize = 18;
/// Octets of a chunk that does not count as a command: such chunks end where the mail is too big.
const CHUNK_OF_SOME_LENGTH: usize = 1024;

/// What the door is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this and read the next command.
    Reply(Reply),
    /// Send these lines as one 250 reply: the answer to EHLO.
    Offer(Vec<String>),
    /// Ask the receiver about this recipient and give its answer to [`Session::recipient_answered`].
    Ask(Address),
    /// Send this and read a mail; then [`Session::envelope`], or [`Session::mail_refused`].
    ReadMail(Reply),
    /// Read a chunk; then as after [`Step::ReadMail`] where it is kept and the last, else [`Session::chunk_read`].
    ReadChunk(Chunk),
    /// Send this and close.
    Close(Reply),
}

/// A session and how far it has come.
pub struct Session {
    domain: String,
    limits: Limits,
    peer: SocketAddr,
    helo: Option<String>,
    transaction: Option<Transaction>,
    /// Refusals since the session began or a mail was taken.
    errors: usize,
    /// What is answered at the end of a chunk that is passed over, and whether it is a refusal of its own.
    passed_over: Option<(Reply, bool)>,
    /// Commands since then, without recipients that were taken and chunks of some length.
    commands: usize,
}

/// A mail under way, from MAIL to the end of its data.
#[derive(Default)]
struct Transaction {
    reverse_path: Option<Address>,
    /// Whether its addresses may hold UTF-8 (RFC 6531 §3.4).
    utf8: bool,
    /// Each once, in order.
    recipients: Vec<Address>,
    /// Their keys, to find a repeated one.
    seen: HashSet<String>,
    /// How many RCPT were answered well, repeated ones too.
    accepted: usize,
    /// Whether a chunk of it has begun (RFC 3030).
    in_chunks: bool,
    /// What was wrong with a chunk: all that follow, to the last or to RSET, are passed over.
    fault: Option<MailFault>,
}

impl Session {
    /// A session of our domain with the client at `peer`.
    pub fn new(domain: &str, limits: &Limits, peer: SocketAddr) -> Self {
        Self {
            domain: domain.to_owned(),
            limits: limits.clone(),
            peer,
            helo: None,
            transaction: None,
            errors: 0,
            passed_over: None,
            commands: 0,
        }
    }

    /// What the client is greeted with.
    pub fn greeting(&self) -> Reply {
        Reply::plain(220, format!("{} ESMTP Rejoinder", self.domain))
    }

    /// What the client is told where the door must end the session: 421 with our domain (RFC 5321 §3.8).
    pub fn closing(&self, status: &'static str, why: &str) -> Reply {
        closing(&self.domain, status, why)
    }

    /// The client's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The reverse-path of the mail under way.
    pub fn reverse_path(&self) -> Option<&Address> {
        self.transaction.as_ref()?.reverse_path.as_ref()
    }

    /// Takes a command line without its CRLF.
    pub fn command(&mut self, line: &[u8]) -> Step {
        if let Some(end) = self.count_command() {
            return end;
        }
        let Some(text) = printable(line) else {
            return if begins_bdat(line) { self.lost() } else { self.refuse(not_printable()) };
        };
        if speaks_http(text) {
            // A browser tricked into talking to us: what follows its request line may look like commands.
            return Step::Close(self.closing("4.7.0", "This is a mail server"));
        }
        let octets = [text.as_bytes(), b"\r\n"].concat();
        let request = Request::parse(&mut octets.iter());
        let alone = !text.trim_start().contains(' ');
        match request {
            Ok(Request::Bdat { chunk_size, is_last }) => self.chunk(chunk_size, is_last, text),
            // RFC 6531 §3.4 lets UTF-8 into addresses, and nowhere else that we look at.
            Ok(ref other) if !text.is_ascii() && !matches!(other, Request::Mail { .. } | Request::Rcpt { .. }) => {
                self.refuse(not_printable())
            }
            Ok(Request::Ehlo { host }) => self.hello(&host, true),
            Ok(Request::Helo { host }) => self.hello(&host, false),
            Ok(Request::Mail { from }) => self.mail(&from, text),
            Ok(Request::Rcpt { to }) => self.rcpt(&to, text),
            Ok(Request::Data | Request::Rset | Request::Quit) if !alone => {
                self.refuse(Reply::new(501, "5.5.4", "This command takes no argument"))
            }
            Ok(Request::Data) => self.data(),
            Ok(Request::Rset) => {
                self.transaction = None;
                Step::Reply(Reply::new(250, "2.0.0", "Forgotten"))
            }
            Ok(Request::Quit) => Step::Close(Reply::new(221, "2.0.0", "Goodbye")),
            Ok(Request::Noop { .. }) => Step::Reply(Reply::new(250, "2.0.0", "Done")),
            // The same for everybody: who is on a list is nobody else's business (RFC 5321 §7.3).
            Ok(Request::Vrfy { .. }) => Step::Reply(Reply::new(252, "2.1.5", "Send mail and see")),
            Ok(Request::Help { .. }) => {
                Step::Reply(Reply::new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT"))
            }
            Ok(_) => self.refuse(Reply::new(502, "5.5.1", "This command is not offered here")),
            Err(_) if begins_bdat(line) => self.lost(),
            Err(fault) => self.refuse(syntax_reply(fault)),
        }
    }

    /// Takes a line that is no command.
    pub fn bad_line(&mut self, fault: LineFault) -> Step {
        self.count_command().unwrap_or_else(|| self.refuse(fault.reply()))
    }

    /// Takes the receiver's answer about a recipient.
    pub fn recipient_answered(&mut self, to: Address, reply: Reply) -> Step {
        if !(200..300).contains(&reply.code) {
            return self.refuse(reply);
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.accepted += 1;
            self.commands = self.commands.saturating_sub(1);
            if transaction.seen.insert(to.key()) {
                transaction.recipients.push(to);
            }
        }
        Step::Reply(reply)
    }

    /// The envelope of the mail that was read; the transaction is over. `None` where there was none.
    pub fn envelope(&mut self) -> Option<Envelope> {
        let transaction = self.transaction.take().filter(|transaction| !transaction.recipients.is_empty())?;
        Some(Envelope {
            door: Door::Public,
            peer: self.peer,
            helo: self.helo.clone().unwrap_or_default(),
            tls: false,
            reverse_path: transaction.reverse_path,
            recipients: transaction.recipients,
        })
    }

    /// Takes the receiver's answer about the mail. It is always given as it is: the client must know what became of its
    /// mail.
    pub fn mail_answered(&mut self, reply: Reply) -> Step {
        if reply.is_positive() {
            (self.errors, self.commands) = (0, 0);
        } else if !reply.is_temporary() {
            self.errors += 1;
        }
        if reply.code == 421 { Step::Close(reply) } else { Step::Reply(reply) }
    }

    /// Ends a transaction whose mail cannot be taken.
    pub fn mail_refused(&mut self, fault: MailFault) -> Step {
        self.transaction = None;
        self.mail_answered(fault.reply())
    }

    /// A chunk was read that is not the end of a mail; what is wrong with the mail so far.
    pub fn chunk_read(&mut self, fault: Option<MailFault>) -> Step {
        match (self.passed_over.take(), fault) {
            (Some((refusal, true)), _) => self.refuse(refusal),
            (Some((again, false)), _) => Step::Reply(again),
            (None, None) => Step::Reply(Reply::new(250, "2.0.0", "Go on")),
            (None, Some(fault)) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.fault = Some(fault);
                }
                self.mail_answered(fault.reply())
            }
        }
    }

    /// Whether chunks of a mail were read and more are awaited.
    pub fn in_chunks(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.in_chunks && transaction.fault.is_none())
    }

    fn hello(&mut self, host: &str, extended: bool) -> Step {
        self.transaction = None;
        self.helo = Some(host.to_owned());
        if !extended {
            return Step::Reply(Reply::plain(250, self.domain.clone()));
        }
        let size = format!("SIZE {}", self.limits.message_bytes);
        let offers = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING"].map(str::to_owned);
        Step::Offer([self.domain.clone(), size].into_iter().chain(offers).collect())
    }

    fn mail(&mut self, from: &MailFrom<std::borrow::Cow<'_, str>>, line: &str) -> Step {
        let under_way = self.transaction.as_ref().is_some_and(|transaction| transaction.fault.is_none());
        if self.helo.is_none() || under_way {
            return self.out_of_order();
        }
        if !known_mail_parameters(from) {
            return self.refuse(unknown_parameter());
        }
        if from.size > self.limits.message_bytes {
            return self.refuse(MailFault::TooBig.reply());
        }
        let utf8 = from.flags & MAIL_SMTPUTF8 != 0;
        if !utf8 && !line.is_ascii() {
            return self.refuse(not_ascii());
        }
        let reverse_path = match from.address.as_ref() {
            "" if path_of(line).is_empty() => None,
            text => match Address::parse(text) {
                Ok(address) => Some(address),
                Err(_) => return self.refuse(Reply::new(501, "5.1.7", "Bad sender address")),
            },
        };
        self.transaction = Some(Transaction { reverse_path, utf8, ..Transaction::default() });
        Step::Reply(Reply::new(250, "2.1.0", "Go on"))
    }

    fn rcpt(&mut self, to: &RcptTo<std::borrow::Cow<'_, str>>, line: &str) -> Step {
        let Some(transaction) = &self.transaction else {
            return self.out_of_order();
        };
        if transaction.in_chunks {
            return self.out_of_order();
        }
        if transaction.accepted >= self.limits.recipients {
            return self.refuse(Reply::new(452, "4.5.3", "Too many recipients; send the rest in another mail"));
        }
        if to.flags != 0 || to.orcpt.is_some() || to.rrvs != 0 {
            return self.refuse(unknown_parameter());
        }
        if !transaction.utf8 && !line.is_ascii() {
            return self.refuse(not_ascii());
        }
        let address = match to.address.as_ref() {
            // RFC 5321 §4.5.1: the one address without a domain; `smtp-proto` makes it empty, like `<>`.
            "" if path_of(line).eq_ignore_ascii_case("postmaster") => Ok(Address::of_parts("postmaster", &self.domain)),
            text => Address::parse(text),
        };
        match address {
            Ok(address) => Step::Ask(address),
            Err(_) => self.refuse(Reply::new(501, "5.1.3", "Bad recipient address")),
        }
    }

    fn data(&mut self) -> Step {
        match &self.transaction {
            None => self.out_of_order(),
            Some(transaction) if transaction.in_chunks => self.out_of_order(),
            Some(transaction) if transaction.recipients.is_empty() => self.refuse(no_recipients()),
            Some(_) => Step::ReadMail(Reply::plain(354, "Send the message; end with <CR><LF>.<CR><LF>")),
        }
    }

    /// BDAT. Its octets are on their way in any case: where they belong to no mail they are passed over, and answered
    /// behind them, so that the replies keep step (RFC 3030 §2).
    fn chunk(&mut self, octets: usize, last: bool, line: &str) -> Step {
        // `smtp-proto` makes a small number of one that is too large for it.
        if line.split(' ').any(|word| word.len() > CHUNK_DIGITS) {
            return self.lost();
        }
        self.passed_over = match &mut self.transaction {
            None => Some((self.order(), true)),
            Some(transaction) if transaction.recipients.is_empty() => Some((no_recipients(), true)),
            Some(transaction) => {
                transaction.in_chunks = true;
                transaction.fault.map(|fault| (fault.reply(), false))
            }
        };
        if last && self.transaction.as_ref().is_some_and(|transaction| transaction.fault.is_some()) {
            self.transaction = None;
        }
        if octets >= CHUNK_OF_SOME_LENGTH {
            self.commands = self.commands.saturating_sub(1);
        }
        Step::ReadChunk(Chunk { octets, last, kept: self.passed_over.is_none() })
    }

    /// Ends a session whose client sends a chunk that we cannot find the end of: its text would be read as commands.
    fn lost(&mut self) -> Step {
        self.transaction = None;
        Step::Close(self.closing("4.5.4", "Write BDAT chunk-size [LAST]"))
    }

    fn out_of_order(&mut self) -> Step {
        let reply = self.order();
        self.refuse(reply)
    }

    fn order(&self) -> Reply {
        let next = match (&self.helo, &self.transaction) {
            (None, _) => "EHLO must come first",
            (_, None) => "MAIL must come first",
            (_, Some(_)) => "A mail is under way; RSET forgets it",
        };
        Reply::new(503, "5.5.1", next)
    }

    /// Counts a command; the end of the session where it was one too many.
    fn count_command(&mut self) -> Option<Step> {
        self.commands += 1;
        if self.commands <= self.limits.commands_per_session {
            return None;
        }
        self.transaction = None;
        Some(Step::Close(self.closing("4.7.0", "Too many commands without a mail")))
    }

    /// Refuses something; a client that is refused too often is sent away.
    fn refuse(&mut self, reply: Reply) -> Step {
        self.errors += usize::from(!reply.is_temporary());
        if self.errors > self.limits.errors_per_session {
            take(&mut self.transaction);
            return Step::Close(self.closing("4.7.0", "Too many errors"));
        }
        if reply.code == 421 { Step::Close(reply) } else { Step::Reply(reply) }
    }
}

/// The 421 that ends a session, or refuses one.
pub fn closing(domain: &str, status: &'static str, why: &str) -> Reply {
    Reply::new(421, status, format!("{domain} {why}"))
}

#[cfg(test)]
mod tests;
