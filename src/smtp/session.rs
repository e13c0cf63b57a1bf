//! One client's session: a command line in, what to do about it out (pure; RFC 5321 §4). It opens no socket, asks no
//! receiver and knows no time.

use std::collections::HashSet;
use std::mem::take;
use std::net::SocketAddr;

use smtp_proto::{MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MailFrom, RcptTo, Request};

use super::framing::{LineFault, MailFault};
use super::{Door, Envelope, Limits, Reply};
use crate::message::Address;

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
}

/// A mail under way, from MAIL to the end of its data.
#[derive(Default)]
struct Transaction {
    reverse_path: Option<Address>,
    /// Each once, in order.
    recipients: Vec<Address>,
    /// Their keys, to find a repeated one.
    seen: HashSet<String>,
    /// How many RCPT were answered well, repeated ones too.
    accepted: usize,
}

impl Session {
    /// A session of our domain with the client at `peer`.
    pub fn new(domain: &str, limits: &Limits, peer: SocketAddr) -> Self {
        Self { domain: domain.to_owned(), limits: limits.clone(), peer, helo: None, transaction: None, errors: 0 }
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
        let Some(text) = printable(line) else {
            return self.refuse(Reply::new(500, "5.5.2", "Only printable ASCII may stand in a command"));
        };
        if speaks_http(text) {
            // A browser tricked into talking to us: what follows its request line may look like commands.
            return Step::Close(self.closing("4.7.0", "This is a mail server"));
        }
        let octets = [text.as_bytes(), b"\r\n"].concat();
        let request = Request::parse(&mut octets.iter());
        let alone = !text.trim_start().contains(' ');
        match request {
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
                Step::Reply(Reply::new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP QUIT"))
            }
            Ok(_) => self.refuse(Reply::new(502, "5.5.1", "This command is not offered here")),
            Err(fault) => self.refuse(syntax_reply(fault)),
        }
    }

    /// Takes a line that is no command.
    pub fn bad_line(&mut self, fault: LineFault) -> Step {
        self.refuse(fault.reply())
    }

    /// Takes the receiver's answer about a recipient.
    pub fn recipient_answered(&mut self, to: Address, reply: Reply) -> Step {
        if !(200..300).contains(&reply.code) {
            return self.refuse(reply);
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.accepted += 1;
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
            self.errors = 0;
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

    fn hello(&mut self, host: &str, extended: bool) -> Step {
        self.transaction = None;
        self.helo = Some(host.to_owned());
        if !extended {
            return Step::Reply(Reply::plain(250, self.domain.clone()));
        }
        let size = format!("SIZE {}", self.limits.message_bytes);
        let offers = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"].map(str::to_owned);
        Step::Offer([self.domain.clone(), size].into_iter().chain(offers).collect())
    }

    fn mail(&mut self, from: &MailFrom<std::borrow::Cow<'_, str>>, line: &str) -> Step {
        if self.helo.is_none() || self.transaction.is_some() {
            return self.out_of_order();
        }
        if !known_mail_parameters(from) {
            return self.refuse(unknown_parameter());
        }
        if from.size > self.limits.message_bytes {
            return self.refuse(MailFault::TooBig.reply());
        }
        let reverse_path = match from.address.as_ref() {
            "" if path_of(line).is_empty() => None,
            text => match Address::parse(text) {
                Ok(address) => Some(address),
                Err(_) => return self.refuse(Reply::new(501, "5.1.7", "Bad sender address")),
            },
        };
        self.transaction = Some(Transaction { reverse_path, ..Transaction::default() });
        Step::Reply(Reply::new(250, "2.1.0", "Go on"))
    }

    fn rcpt(&mut self, to: &RcptTo<std::borrow::Cow<'_, str>>, line: &str) -> Step {
        let Some(transaction) = &self.transaction else {
            return self.out_of_order();
        };
        if transaction.accepted >= self.limits.recipients {
            return self.refuse(Reply::new(452, "4.5.3", "Too many recipients; send the rest in another mail"));
        }
        if to.flags != 0 || to.orcpt.is_some() || to.rrvs != 0 {
            return self.refuse(unknown_parameter());
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
            Some(transaction) if transaction.recipients.is_empty() => {
                self.refuse(Reply::new(554, "5.5.1", "No valid recipients"))
            }
            Some(_) => Step::ReadMail(Reply::plain(354, "Send the message; end with <CR><LF>.<CR><LF>")),
        }
    }

    fn out_of_order(&mut self) -> Step {
        let next = match (&self.helo, &self.transaction) {
            (None, _) => "EHLO must come first",
            (_, None) => "MAIL must come first",
            (_, Some(_)) => "A mail is under way; RSET forgets it",
        };
        self.refuse(Reply::new(503, "5.5.1", next))
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

/// The line as text, blanks at its end dropped (RFC 5321 §4.1.1); `None` where anything but printable ASCII is in it.
fn printable(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line.trim_ascii_end()).ok()?;
    text.chars().all(|c| c == ' ' || c.is_ascii_graphic()).then_some(text)
}

fn speaks_http(text: &str) -> bool {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let verbs = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"];
    !rest.is_empty() && verbs.contains(&verb)
}

/// What stands between the first `<` and the next `>`.
fn path_of(line: &str) -> &str {
    let inside = line.split_once('<').map_or("", |(_, rest)| rest);
    inside.split_once('>').map_or("", |(path, _)| path).trim()
}

/// Only SIZE and BODY are offered, and no binary body: other parameters promise what we would not do.
fn known_mail_parameters(from: &MailFrom<std::borrow::Cow<'_, str>>) -> bool {
    from.flags & !(MAIL_BODY_7BIT | MAIL_BODY_8BITMIME) == 0
        && from.trans_id.is_none()
        && from.env_id.is_none()
        && from.solicit.is_none()
        && from.mtrk.is_none()
        && from.auth.is_none()
        && (from.by, from.mt_priority) == (0, 0)
        && (from.hold_for, from.hold_until) == (0, 0)
}

fn unknown_parameter() -> Reply {
    Reply::new(555, "5.5.4", "Unknown parameter")
}

fn syntax_reply(fault: smtp_proto::Error) -> Reply {
    match fault {
        smtp_proto::Error::SyntaxError { syntax } => Reply::new(501, "5.5.4", format!("Write {syntax}")),
        smtp_proto::Error::InvalidSenderAddress => Reply::new(501, "5.1.7", "Bad sender address"),
        smtp_proto::Error::InvalidRecipientAddress => Reply::new(501, "5.1.3", "Bad recipient address"),
        smtp_proto::Error::InvalidParameter { param } => Reply::new(501, "5.5.4", format!("Bad value of {param}")),
        smtp_proto::Error::UnsupportedParameter { .. } => unknown_parameter(),
        smtp_proto::Error::UnknownCommand => Reply::new(500, "5.5.2", "Unknown command"),
        _ => Reply::new(501, "5.5.2", "The command is not complete"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        let limits = Limits { recipients: 3, errors_per_session: 4, message_bytes: 1000, ..Limits::default() };
        Session::new("lists.example", &limits, "127.0.0.1:25".parse().unwrap())
    }

    /// The code that a line is answered with, recipients all being known.
    fn code(session: &mut Session, line: &str) -> u16 {
        let step = match session.command(line.as_bytes()) {
            Step::Ask(to) => session.recipient_answered(to, Reply::new(250, "2.1.5", "Known")),
            step => step,
        };
        match step {
            Step::Reply(reply) | Step::ReadMail(reply) | Step::Close(reply) => reply.code,
            Step::Offer(_) => 250,
            Step::Ask(_) => panic!("asked twice"),
        }
    }

    fn codes(session: &mut Session, lines: &[&str]) -> Vec<u16> {
        lines.iter().map(|line| code(session, line)).collect()
    }

    #[test]
    fn a_mail_is_taken_from_ehlo_to_its_envelope() {
        let mut session = session();
        let Step::Offer(offer) = session.command(b"EHLO there.example") else { panic!("no offer") };
        assert_eq!(offer, ["lists.example", "SIZE 1000", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"]);
        let lines = ["MAIL FROM:<Ada@x.example> SIZE=10 BODY=8BITMIME", "RCPT TO:<talk@lists.example>", "DATA"];
        assert_eq!(codes(&mut session, &lines), [250, 250, 354]);
        let envelope = session.envelope().unwrap();
        assert_eq!(envelope.helo, "there.example");
        assert_eq!(envelope.reverse_path.unwrap().as_str(), "Ada@x.example");
        assert_eq!(envelope.recipients, [Address::parse("talk@lists.example").unwrap()]);
        assert_eq!(session.envelope(), None);
        assert_eq!(code(&mut session, "DATA"), 503);
    }

    #[test]
    fn bounces_have_an_empty_reverse_path_and_nothing_else_is_taken_for_it() {
        for (line, wanted) in [
            ("MAIL FROM:<>", 250),
            ("mail from:<> size=10", 250),
            ("MAIL FROM: <>", 250),
            ("MAIL FROM:<postmaster>", 501),
            ("MAIL FROM:", 501),
            ("MAIL FROM:a@x.example", 501),
            ("MAIL FROM:<a@x.example", 501),
            ("MAIL FROM:<a b@x.example>", 501),
            ("MAIL FROM:<a@b@x.example>", 501),
            ("MAIL FROM:<a>", 501),
            ("MAIL FROM:<@relay.example:a@x.example>", 250),
            ("MAIL LALA:<a@x.example>", 501),
            ("MAIL", 501),
            ("MAIL FROM:<\"a b\"@x.example>", 501),
            ("MAIL FROM:<\"unclosed@x.example>", 501),
        ] {
            let mut session = session();
            session.command(b"HELO x");
            assert_eq!(code(&mut session, line), wanted, "{line}");
            assert_eq!(session.reverse_path().is_none(), wanted != 250 || line.contains("<>"), "{line}");
        }
    }

    #[test]
    fn parameters_that_are_not_offered_are_refused() {
        for (parameter, wanted) in [
            ("SIZE=1000", 250),
            ("SIZE=1001", 552),
            ("SIZE=99999999999999999999999999", 552),
            ("SIZE=", 501),
            ("SIZE=-1", 501),
            ("SIZE", 555),
            ("BODY=7BIT", 250),
            ("BODY=BINARYMIME", 555),
            ("BODY=OTHER", 501),
            ("SMTPUTF8", 555),
            ("REQUIRETLS", 555),
            ("RET=FULL", 555),
            ("AUTH=<>", 555),
            ("HOLDFOR=10", 555),
            ("WRONG=yes", 555),
            ("\"", 501),
        ] {
            let mut session = session();
            session.command(b"EHLO x");
            assert_eq!(code(&mut session, &format!("MAIL FROM:<a@x.example> {parameter}")), wanted, "{parameter}");
        }
        let mut session = session();
        let lines = ["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example> NOTIFY=NEVER", "RCPT TO:<a@x.example> X=1"];
        assert_eq!(codes(&mut session, &lines), [250, 250, 555, 555]);
    }

    #[test]
    fn recipients_are_read_as_they_are_meant() {
        for (line, wanted) in [
            ("RCPT TO:<postmaster>", Some("postmaster@lists.example")),
            ("RCPT TO:<PostMaster>", Some("postmaster@lists.example")),
            ("RCPT TO:<Talk+r.abc@LISTS.example>", Some("Talk+r.abc@lists.example")),
            ("RCPT TO:<@lists.example,@b.example:x@away.example>", Some("x@away.example")),
            ("rcpt to: <talk@lists.example>", Some("talk@lists.example")),
            ("RCPT TO:<>", None),
            ("RCPT TO:<talk>", None),
            ("RCPT TO:talk@lists.example", None),
            ("RCPT TO:<talk@lists.example> <b@x.example>", None),
            ("RCPT TO:<talk@>", None),
            ("RCPT TO:<@lists.example>", None),
        ] {
            let mut session = session();
            session.command(b"EHLO x");
            session.command(b"MAIL FROM:<>");
            match session.command(line.as_bytes()) {
                Step::Ask(to) => assert_eq!(Some(to.as_str()), wanted, "{line}"),
                Step::Reply(reply) => {
                    assert_eq!(wanted, None, "{line}");
                    assert!(matches!(reply.code, 501 | 555), "{line}: {reply:?}");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn commands_out_of_order_are_503() {
        let mut session = session();
        assert_eq!(
            codes(&mut session, &["MAIL FROM:<>", "RSET", "EHLO x", "RCPT TO:<a@x.example>", "DATA"]),
            [503, 250, 250, 503, 503]
        );
        assert_eq!(codes(&mut session, &["MAIL FROM:<>", "MAIL FROM:<>"]), [250, 503]);
        let mut session = self::session();
        let lines = ["EHLO x", "MAIL FROM:<>", "DATA", "RCPT TO:<a@x.example>", "EHLO x", "DATA"];
        assert_eq!(codes(&mut session, &lines), [250, 250, 554, 250, 250, 503]);
    }

    #[test]
    fn repeated_recipients_are_kept_once_and_counted_each_time() {
        let mut session = session();
        let to = "RCPT TO:<a@x.example>";
        assert_eq!(
            codes(&mut session, &["EHLO x", "MAIL FROM:<>", to, "RCPT TO:<A@X.example>", to, to]),
            [250, 250, 250, 250, 250, 452]
        );
        assert_eq!(session.envelope().unwrap().recipients.len(), 1);
    }

    #[test]
    fn a_client_refused_too_often_is_sent_away_and_a_mail_taken_clears_its_count() {
        let mut session = session();
        assert_eq!(codes(&mut session, &["X", "X", "X", "X"]), [500; 4]);
        assert!(
            session.mail_answered(Reply::new(250, "2.0.0", "Kept")) == Step::Reply(Reply::new(250, "2.0.0", "Kept"))
        );
        assert_eq!(codes(&mut session, &["X", "X", "X", "X"]), [500; 4]);
        assert!(matches!(session.command(b"X"), Step::Close(reply) if reply.code == 421));
    }

    #[test]
    fn other_protocols_are_sent_away_at_once() {
        for line in ["GET / HTTP/1.1", "POST /x HTTP/1.0", "CONNECT a:25 HTTP/1.1"] {
            assert!(matches!(session().command(line.as_bytes()), Step::Close(reply) if reply.code == 421), "{line}");
        }
    }

    #[test]
    fn the_rest_of_the_commands_is_answered_by_the_book() {
        for (line, wanted) in [
            ("HELO", 501),
            ("EHLO", 501),
            ("EHLO ", 501),
            ("HELO x", 250),
            ("NOOP", 250),
            ("noop whatever", 250),
            ("VRFY talk", 252),
            ("VRFY", 501),
            ("EXPN talk", 502),
            ("HELP", 214),
            ("HELP MAIL", 214),
            ("QUIT", 221),
            ("QUIT now", 501),
            ("RSET  \t", 250),
            ("STARTTLS", 502),
            ("AUTH PLAIN AAAA", 502),
            ("BDAT 10 LAST", 502),
            ("LHLO x", 502),
            ("WHATISTHIS now", 500),
            ("", 500),
            ("   ", 500),
            ("MAIL FROM:<a\0b@x.example>", 500),
            ("MAIL FROM:<jürgen@x.example>", 500),
            ("EHLO a\tb", 500),
        ] {
            assert_eq!(code(&mut session(), line), wanted, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_whatever_breaks_a_session(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8)) {
            let mut session = session();
            for line in lines {
                session.command(&line);
            }
        }

        #[test]
        fn no_command_whatever_gives_two_replies_or_a_bad_recipient(
            lines in prop::collection::vec("(EHLO |MAIL FROM:|RCPT TO:|NOOP |BDAT |AUTH |SIZE=)[ -~]{0,40}", 0..12)
        ) {
            let mut session = session();
            session.command(b"EHLO x");
            for line in lines {
                match session.command(line.as_bytes()) {
                    Step::Ask(to) => prop_assert!(to.as_str().contains('@') && !to.as_str().contains(['\r', '\n', '<', '>'])),
                    Step::Reply(reply) | Step::ReadMail(reply) | Step::Close(reply) => {
                        prop_assert_eq!(reply.line().matches("\r\n").count(), 1);
                        prop_assert!(reply.line().len() <= 512);
                    }
                    Step::Offer(_) => {}
                }
            }
        }
    }
}
