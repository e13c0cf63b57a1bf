//! One client's session: a command line in, what to do about it out (pure; RFC 5321 §4). It opens no socket, asks no
//! receiver and knows no time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::take;
use std::net::SocketAddr;
use std::sync::Arc;

use smtp_proto::{MAIL_SMTPUTF8, MailFrom, RcptTo, Request};

use super::body::MailFault;
use super::framing::{Chunk, LineFault};
use super::syntax::{
    begins_bdat, declares_too_much, is_plain_chunk, known_mail_parameters, no_recipients, not_ascii, not_offered,
    not_printable, not_smtp, path_of, printable, speaks_http, syntax_reply, unknown_parameter,
};
use super::trace::keyword;
use super::{Envelope, Protocol, Reply, Setup};
use crate::message::Address;

/// Octets of a chunk that does not count as a command where it is kept: such chunks end where the mail is too big.
const CHUNK_OF_SOME_LENGTH: usize = 1024;

/// What the door is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this and read the next command.
    Reply(Reply),
    /// Send these: the answers to a mail that came by LMTP, one for each recipient that was taken (RFC 2033 §4.2). A 421
    /// among them closes.
    Answers(Vec<Reply>),
    /// Send these lines as one 250 reply: the answer to EHLO.
    Offer(Vec<String>),
    /// Send this, forget what else the client sent, and shake hands; then [`Session::encrypted`].
    StartTls(Reply),
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
    setup: Arc<Setup>,
    peer: SocketAddr,
    hello: Option<Hello>,
    /// Whether it is encrypted.
    tls: bool,
    transaction: Option<Transaction>,
    /// Refusals since the session began or a mail was taken.
    errors: usize,
    /// Commands since then, without recipients that were taken and chunks of some length that were kept.
    commands: usize,
    /// What is answered at the end of a chunk that is passed over.
    passed_over: Option<PassedOver>,
    /// Of the mail that is being answered: [`Transaction::accepted`].
    answering: Vec<usize>,
}

/// How a client introduced itself.
struct Hello {
    name: String,
    /// By EHLO or LHLO.
    extended: bool,
}

/// Why a chunk is passed over.
enum PassedOver {
    /// It belongs to no mail; a refusal of its own.
    Stray(Reply),
    /// Its mail was refused at an earlier one: so many times the same again.
    Again(Reply, usize),
}

/// A mail under way, from MAIL to the end of its data.
#[derive(Default)]
struct Transaction {
    reverse_path: Option<Address>,
    /// Whether its addresses may hold UTF-8 (RFC 6531 §3.4).
    utf8: bool,
    /// Each once, in order.
    recipients: Vec<Address>,
    /// Where each stands among them, by its key, to find a repeated one.
    seen: HashMap<String, usize>,
    /// For each RCPT that was answered well, repeated ones too, where its recipient stands.
    accepted: Vec<usize>,
    /// Whether a chunk of it has begun (RFC 3030).
    in_chunks: bool,
    /// What was wrong with a chunk: all that follow, to the last or to RSET, are passed over.
    fault: Option<MailFault>,
}

impl Session {
    /// A session with the client at `peer`.
    pub fn new(setup: Arc<Setup>, peer: SocketAddr) -> Self {
        Self {
            setup,
            peer,
            hello: None,
            tls: false,
            transaction: None,
            errors: 0,
            commands: 0,
            passed_over: None,
            answering: Vec::new(),
        }
    }

    /// What the client is greeted with.
    pub fn greeting(&self) -> Reply {
        let protocol = if self.speaks_lmtp() { "LMTP" } else { "ESMTP" };
        Reply::plain(220, format!("{} {protocol} Rejoinder", self.setup.domain))
    }

    /// What the client is told where the door must end the session: 421 with our domain (RFC 5321 §3.8).
    pub fn closing(&self, status: &'static str, why: &str) -> Reply {
        closing(&self.setup.domain, status, why)
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
            Ok(Request::Ehlo { .. } | Request::Helo { .. }) if self.speaks_lmtp() => self.refuse(not_smtp()),
            Ok(Request::Lhlo { host }) if self.speaks_lmtp() => self.hello(&host, true),
            Ok(Request::Ehlo { host }) => self.hello(&host, true),
            Ok(Request::Helo { host }) => self.hello(&host, false),
            Ok(Request::Mail { from }) => self.mail(&from, text),
            Ok(Request::Rcpt { to }) => self.rcpt(&to, text),
            Ok(Request::Data | Request::Rset | Request::Quit | Request::StartTls) if !alone => {
                self.refuse(Reply::new(501, "5.5.4", "This command takes no argument"))
            }
            Ok(Request::Data) => self.data(),
            Ok(Request::StartTls) => self.start_tls(),
            Ok(Request::Rset) => {
                self.transaction = None;
                Step::Reply(Reply::new(250, "2.0.0", "Forgotten"))
            }
            Ok(Request::Quit) => Step::Close(Reply::new(221, "2.0.0", "Goodbye")),
            Ok(Request::Noop { .. }) => Step::Reply(Reply::new(250, "2.0.0", "Done")),
            // The same for everybody: who is on a list is nobody else's business (RFC 5321 §7.3).
            Ok(Request::Vrfy { .. }) => Step::Reply(Reply::new(252, "2.1.5", "Send mail and see")),
            Ok(Request::Help { .. }) => Step::Reply(self.help()),
            Ok(_) => self.refuse(not_offered()),
            Err(_) if begins_bdat(line) => self.lost(),
            Err(smtp_proto::Error::InvalidParameter { param: "SIZE" }) if declares_too_much(text) => {
                self.refuse(MailFault::TooBig.reply())
            }
            Err(fault) => self.refuse(syntax_reply(fault)),
        }
    }

    /// Takes a line that is no command.
    pub fn bad_line(&mut self, fault: LineFault) -> Step {
        if let Some(end) = self.count_command() {
            return end;
        }
        match fault.reply() {
            Some(reply) => self.refuse(reply),
            None => self.lost(),
        }
    }

    /// Takes the receiver's answer about a recipient.
    pub fn recipient_answered(&mut self, to: Address, reply: Reply) -> Step {
        if !(200..300).contains(&reply.code) {
            return self.refuse(reply);
        }
        if let Some(transaction) = &mut self.transaction {
            self.commands = self.commands.saturating_sub(1);
            let at = match transaction.seen.entry(to.key()) {
                Entry::Occupied(before) => *before.get(),
                Entry::Vacant(new) => {
                    transaction.recipients.push(to);
                    *new.insert(transaction.recipients.len() - 1)
                }
            };
            transaction.accepted.push(at);
        }
        Step::Reply(reply)
    }

    /// The envelope of the mail that was read; the transaction is over. `None` where there was none.
    pub fn envelope(&mut self) -> Option<Envelope> {
        let transaction = self.transaction.take().filter(|transaction| !transaction.recipients.is_empty())?;
        let hello = self.hello.as_ref()?;
        self.answering = transaction.accepted;
        Some(Envelope {
            door: self.setup.protocol.door(),
            peer: self.peer,
            helo: hello.name.clone(),
            tls: self.tls,
            with: keyword(self.setup.protocol, hello.extended, self.tls, transaction.utf8),
            reverse_path: transaction.reverse_path,
            recipients: transaction.recipients,
        })
    }

    /// Takes the receiver's answers about the mail, one for each recipient of its envelope. They are always given as they
    /// are: the client must know what became of its mail. By LMTP a recipient that was named twice is answered twice
    /// (RFC 2033 §4.2).
    pub fn mail_answered(&mut self, replies: &[Reply]) -> Step {
        let accepted = take(&mut self.answering);
        let whole = self.counted(Reply::for_all(replies));
        match self.speaks_lmtp() {
            true => {
                let each = accepted.into_iter().map(|at| replies.get(at).unwrap_or(&whole).clone());
                Step::Answers(each.collect())
            }
            false => told(whole),
        }
    }

    /// Counts what became of a mail.
    fn counted(&mut self, reply: Reply) -> Reply {
        if reply.is_positive() {
            (self.errors, self.commands) = (0, 0);
        } else if !reply.is_temporary() {
            self.errors += 1;
        }
        reply
    }

    /// Ends a transaction whose mail cannot be taken.
    pub fn mail_refused(&mut self, fault: MailFault) -> Step {
        self.answering = self.transaction.take().map(|transaction| transaction.accepted).unwrap_or_default();
        self.mail_answered(&[fault.reply()])
    }

    /// A chunk was read that is not the end of a mail; what is wrong with the mail so far.
    pub fn chunk_read(&mut self, fault: Option<MailFault>) -> Step {
        match (self.passed_over.take(), fault) {
            (Some(PassedOver::Stray(refusal)), _) => self.refuse(refusal),
            (Some(PassedOver::Again(reply, times)), _) => Step::Answers(vec![reply; times]),
            (None, None) => Step::Reply(Reply::new(250, "2.0.0", "Go on")),
            (None, Some(fault)) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.fault = Some(fault);
                }
                told(self.counted(fault.reply()))
            }
        }
    }

    /// Whether chunks of a mail were read and more are awaited.
    pub fn in_chunks(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.in_chunks && transaction.fault.is_none())
    }

    /// The handshake was made: what the client said before may have been another's words, and is forgotten
    /// (RFC 3207 §4.2).
    pub fn encrypted(&mut self) {
        (self.tls, self.hello, self.transaction) = (true, None, None);
    }

    fn speaks_lmtp(&self) -> bool {
        self.setup.protocol == Protocol::Lmtp
    }

    fn offers_tls(&self) -> bool {
        self.setup.tls.is_some() && !self.tls
    }

    fn hello(&mut self, host: &str, extended: bool) -> Step {
        self.transaction = None;
        self.hello = Some(Hello { name: host.to_owned(), extended });
        let domain = self.setup.domain.clone();
        if !extended {
            return Step::Reply(Reply::plain(250, domain));
        }
        let size = format!("SIZE {}", self.setup.limits.message_bytes);
        let offers = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING"].into_iter();
        let offers = offers.chain(self.offers_tls().then_some("STARTTLS")).map(str::to_owned);
        Step::Offer([domain, size].into_iter().chain(offers).collect())
    }

    fn start_tls(&mut self) -> Step {
        if self.tls {
            return self.refuse(Reply::new(503, "5.5.1", "The session is encrypted already"));
        }
        match (&self.setup.tls, &self.hello) {
            (None, _) => self.refuse(not_offered()),
            (Some(_), None) => self.out_of_order(),
            (Some(_), Some(_)) => Step::StartTls(Reply::new(220, "2.0.0", "Go ahead")),
        }
    }

    fn help(&self) -> Reply {
        let hello = if self.speaks_lmtp() { "LHLO" } else { "EHLO HELO" };
        let tls = if self.offers_tls() { " STARTTLS" } else { "" };
        Reply::new(214, "2.0.0", format!("{hello}{tls} MAIL RCPT DATA BDAT RSET NOOP QUIT"))
    }

    fn mail(&mut self, from: &MailFrom<std::borrow::Cow<'_, str>>, line: &str) -> Step {
        let under_way = self.transaction.as_ref().is_some_and(|transaction| transaction.fault.is_none());
        if self.hello.is_none() || under_way {
            return self.out_of_order();
        }
        if !known_mail_parameters(from) {
            return self.refuse(unknown_parameter());
        }
        if declares_too_much(line) || from.size > self.setup.limits.message_bytes {
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
        if transaction.accepted.len() >= self.setup.limits.recipients {
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
            "" if path_of(line).eq_ignore_ascii_case("postmaster") => {
                Ok(Address::of_parts("postmaster", &self.setup.domain))
            }
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
            Some(transaction) if transaction.recipients.is_empty() => self.refuse(no_recipients(self.setup.protocol)),
            Some(_) => Step::ReadMail(Reply::plain(354, "Send the message; end with <CR><LF>.<CR><LF>")),
        }
    }

    /// BDAT. Its octets are on their way in any case: where they belong to no mail they are passed over, and answered
    /// behind them, so that the replies keep step (RFC 3030 §2).
    fn chunk(&mut self, octets: usize, last: bool, line: &str) -> Step {
        // `smtp-proto` makes a small number of one that is too large for it, and passes over words behind LAST.
        if !is_plain_chunk(line) {
            return self.lost();
        }
        self.passed_over = match &mut self.transaction {
            None => Some(PassedOver::Stray(self.order())),
            Some(transaction) if transaction.recipients.is_empty() => {
                Some(PassedOver::Stray(no_recipients(self.setup.protocol)))
            }
            Some(transaction) => {
                transaction.in_chunks = true;
                let to_each = last && self.setup.protocol == Protocol::Lmtp;
                let times = if to_each { transaction.accepted.len() } else { 1 };
                transaction.fault.map(|fault| PassedOver::Again(fault.reply(), times))
            }
        };
        if last && self.transaction.as_ref().is_some_and(|transaction| transaction.fault.is_some()) {
            self.transaction = None;
        }
        if octets >= CHUNK_OF_SOME_LENGTH && self.passed_over.is_none() {
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
        match (&self.hello, &self.transaction) {
            (None, _) if self.speaks_lmtp() => Reply::new(503, "5.5.1", "LHLO must come first"),
            (None, _) => Reply::new(503, "5.5.1", "EHLO must come first"),
            (_, None) => Reply::new(503, "5.5.1", "MAIL must come first"),
            (_, Some(_)) => Reply::new(503, "5.5.1", "A mail is under way; RSET forgets it"),
        }
    }

    /// Counts a command; the end of the session where it was one too many.
    fn count_command(&mut self) -> Option<Step> {
        self.commands += 1;
        if self.commands <= self.setup.limits.commands_per_session {
            return None;
        }
        self.transaction = None;
        Some(Step::Close(self.closing("4.7.0", "Too many commands without a mail")))
    }

    /// Refuses something; a client that is refused too often is sent away.
    fn refuse(&mut self, reply: Reply) -> Step {
        self.errors += usize::from(!reply.is_temporary());
        if self.errors > self.setup.limits.errors_per_session {
            take(&mut self.transaction);
            return Step::Close(self.closing("4.7.0", "Too many errors"));
        }
        told(reply)
    }
}

/// A reply that is given as it is; 421 closes (RFC 5321 §3.8).
fn told(reply: Reply) -> Step {
    if reply.code == 421 { Step::Close(reply) } else { Step::Reply(reply) }
}

/// The 421 that ends a session, or refuses one.
pub fn closing(domain: &str, status: &'static str, why: &str) -> Reply {
    Reply::new(421, status, format!("{domain} {why}"))
}

#[cfg(test)]
mod tests;
