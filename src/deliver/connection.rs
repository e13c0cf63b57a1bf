//! One connection to the relay: mail after mail, each step within its time.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::line_ends::stuffed;
use super::refusal::Failure;
use super::{Accepted, Outgoing, ServerText, Step};
use crate::message::Address;

/// The largest mail that is sent in one, octets.
const AT_ONCE: usize = 64 << 10;

/// How long each step may take. After a limit has passed the connection is thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding the host and connecting.
    pub connect: Duration,
    /// Greeting and EHLO.
    pub greeting: Duration,
    /// STARTTLS, the encryption and the second EHLO.
    pub start_tls: Duration,
    /// AUTH with all its challenges.
    pub auth: Duration,
    /// MAIL FROM.
    pub mail: Duration,
    /// RCPT TO.
    pub recipient: Duration,
    /// DATA, until the relay is ready for the mail.
    pub data: Duration,
    /// Sending the whole mail.
    pub content: Duration,
    /// The answer after the end of the mail; too short a wait makes duplicates.
    pub end_of_data: Duration,
    /// RSET between two mails, and QUIT.
    pub aside: Duration,
}

impl Timeouts {
    /// The same limit for every step, but no more than ten seconds for RSET and QUIT.
    pub fn each(limit: Duration) -> Self {
        Self {
            connect: limit,
            greeting: limit,
            start_tls: limit,
            auth: limit,
            mail: limit,
            recipient: limit,
            data: limit,
            content: limit,
            end_of_data: limit,
            aside: limit.min(Duration::from_secs(10)),
        }
    }
}

/// The limits of RFC 5321 §4.5.3.2, and two minutes to connect.
impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self { connect: minutes(2), data: minutes(2), end_of_data: minutes(10), ..Self::each(minutes(5)) }
    }
}

/// An open connection between two mails.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    timeouts: Timeouts,
    /// Whether commands may go together (RFC 2920).
    pipelines: bool,
    /// Whether every command was answered: where one was not, the next answer would be taken for another's.
    in_step: bool,
    /// How many mails have gone through it, or were refused.
    pub mails: u32,
}

impl Connection {
    /// A connection that is greeted and logged in.
    pub fn new(smtp: AsyncSmtpConnection, timeouts: Timeouts, pipelines: bool) -> Self {
        Self { smtp, timeouts, pipelines, in_step: true, mails: 0 }
    }

    /// Whether nobody on the way can read along.
    pub fn is_encrypted(&self) -> bool {
        self.smtp.is_encrypted()
    }

    /// Hands over one mail, whose content is `content`: CRLF line ends, the last line open.
    pub async fn send(&mut self, mail: &Outgoing, content: &[u8]) -> Result<Accepted, Failure> {
        self.mails += 1;
        let parameters = self.parameters(mail, content)?;
        let from = Mail::new(mail.reverse_path.as_ref().map(for_lettre), parameters);
        let to = Rcpt::new(for_lettre(&mail.recipient), Vec::new());
        let ready =
            if self.pipelines { self.envelope_at_once(from, to).await? } else { self.envelope(from, to).await? };
        if !ready.has_code(354) {
            return Err(Failure::broken(Step::Data, format!("DATA was answered with {}", ready.code())));
        }
        let response = self.send_content(content).await?;
        let text: Vec<&str> = response.message().collect();
        Ok(Accepted { text: ServerText::new(&text.join(" ")) })
    }

    /// Command by command; the answer to DATA.
    async fn envelope(&mut self, from: Mail, to: Rcpt) -> Result<Response, Failure> {
        let Timeouts { mail, recipient, data, .. } = self.timeouts;
        within_smtp(Step::Mail, mail, self.smtp.command(from)).await?;
        within_smtp(Step::Recipient, recipient, self.smtp.command(to)).await?;
        within_smtp(Step::Data, data, self.smtp.command(Data)).await
    }

    /// All commands in one, then their answers (RFC 2920 §3.1): a round trip instead of three.
    async fn envelope_at_once(&mut self, from: Mail, to: Rcpt) -> Result<Response, Failure> {
        let Timeouts { mail, recipient, data, .. } = self.timeouts;
        self.in_step = false;
        let from = within_smtp(Step::Mail, mail, self.smtp.command(format!("{from}{to}{Data}"))).await;
        if is_over(&from) {
            return from;
        }
        let to = within_smtp(Step::Recipient, recipient, self.smtp.read_response()).await;
        if is_over(&to) {
            return from.and(to);
        }
        let ready = within_smtp(Step::Data, data, self.smtp.read_response()).await;
        if is_over(&ready) {
            return from.and(to).and(ready);
        }
        self.in_step = true;
        let Err(refused) = from.and(to) else { return ready };
        if ready.is_ok_and(|ready| ready.has_code(354)) {
            self.end_empty().await;
        }
        Err(refused)
    }

    /// Ends a mail that the relay waits for though it refused its sender or recipient: with an empty one, which nobody
    /// gets. Whatever the relay says to that, the mail was refused (RFC 2920 §3.1).
    async fn end_empty(&mut self) {
        let answer = within_smtp(Step::Data, self.timeouts.end_of_data, self.smtp.command(".\r\n")).await;
        self.in_step = !is_over(&answer);
    }

    /// What MAIL must say of this mail, and whether the relay can take it (RFC 6531 §3.4, RFC 6152 §3).
    fn parameters(&self, mail: &Outgoing, content: &[u8]) -> Result<Vec<MailParameter>, Failure> {
        let offers = |extension| self.smtp.server_info().supports_feature(extension);
        let mut parameters = Vec::new();
        let beyond_ascii = |address: &Address| !address.as_str().is_ascii();
        let in_recipient = beyond_ascii(&mail.recipient);
        if in_recipient || mail.reverse_path.as_ref().is_some_and(beyond_ascii) {
            if !offers(Extension::SmtpUtfEight) {
                let step = if in_recipient { Step::Recipient } else { Step::Mail };
                return Err(Failure::reply(step, 553, "5.6.7 the relay takes no addresses beyond ASCII"));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !content.is_ascii() {
            if !offers(Extension::EightBitMime) {
                return Err(Failure::reply(Step::Mail, 554, "5.6.3 the relay takes no 8-bit mail"));
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    /// Sends the mail and its end, and hears the answer.
    async fn send_content(&mut self, content: &[u8]) -> Result<Response, Failure> {
        match std::str::from_utf8(content) {
            Ok(text) if text.len() <= AT_ONCE => self.send_at_once(text).await,
            _ => self.send_in_chunks(content).await,
        }
    }

    /// A mail and its end in one: where that breaks, there is doubt whether the relay has seen the end.
    async fn send_at_once(&mut self, text: &str) -> Result<Response, Failure> {
        let answer = self.smtp.command(format!("{}\r\n.\r\n", stuffed(text)));
        within_smtp(Step::EndOfData, self.timeouts.end_of_data, answer).await
    }

    /// A large mail piece by piece, dot-stuffed by lettre.
    ///
    /// lettre asks the iterator for more until there is no more and sends the end of data at once then. That moment
    /// decides whether a break leaves doubt: before it, the relay cannot have taken the mail.
    async fn send_in_chunks(&mut self, content: &[u8]) -> Result<Response, Failure> {
        const CHUNK: usize = 64 * 1024;
        let (all_sent, mut end) = oneshot::channel();
        let mut all_sent = Some(all_sent);
        let tell = std::iter::from_fn(move || {
            // Nobody listens any more only when this future is gone, and then nobody calls this either.
            let _ = all_sent.take().map(|all_sent| all_sent.send(()));
            None
        });
        let mut sending = std::pin::pin!(self.smtp.message_iter(content.chunks(CHUNK).chain(tell)));
        let answer = tokio::select! {
            biased;
            answer = &mut sending => Some(answer),
            _ = &mut end => None,
            () = sleep(self.timeouts.content) => return Err(out_of_time(Step::Content)),
        };
        match answer {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => {
                let step = if end.try_recv().is_ok() { Step::EndOfData } else { Step::Content };
                Err(failed(step, &error))
            }
            None => within_smtp(Step::EndOfData, self.timeouts.end_of_data, sending).await,
        }
    }

    /// Makes ready for another mail after a refused one. `false` where the connection is of no more use.
    pub async fn reset(&mut self) -> bool {
        self.in_step && matches!(timeout(self.timeouts.aside, self.smtp.command(Rset)).await, Ok(Ok(_)))
    }

    /// Takes leave with QUIT (RFC 5321 §4.1.1.10); whatever the answer, it is closed then.
    pub async fn leave(mut self) {
        // An error means that it was closed already.
        drop(timeout(self.timeouts.aside, self.smtp.quit()).await);
    }
}

/// Our addresses hold nothing that breaks a command; lettre's own check knows fewer than there are.
fn for_lettre(address: &Address) -> lettre::Address {
    lettre::Address::new_dangerous(address.local(), address.domain())
}

/// Whether no further answer will come: the connection broke, or the relay closes it.
fn is_over(answer: &Result<Response, Failure>) -> bool {
    answer.as_ref().is_err_and(Failure::ends_the_connection)
}

pub(super) async fn within_smtp<T>(
    step: Step,
    limit: Duration,
    doing: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Failure> {
    match timeout(limit, doing).await {
        Ok(done) => done.map_err(|error| failed(step, &error)),
        Err(_) => Err(out_of_time(step)),
    }
}

pub(super) async fn within<T>(
    step: Step,
    limit: Duration,
    doing: impl Future<Output = Result<T, std::io::Error>>,
) -> Result<T, Failure> {
    match timeout(limit, doing).await {
        Ok(done) => done.map_err(|error| Failure::broken(step, error.to_string())),
        Err(_) => Err(out_of_time(step)),
    }
}

fn out_of_time(step: Step) -> Failure {
    Failure::broken(step, format!("the time for {step} ran out"))
}

fn failed(step: Step, error: &smtp::Error) -> Failure {
    match error.status() {
        Some(code) => {
            let text = error.source().map(ToString::to_string).unwrap_or_default();
            Failure::reply(step, u16::from(code), &text)
        }
        None => Failure::broken(step, error.to_string()),
    }
}
