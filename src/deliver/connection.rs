//! One connection to the relay: opened, encrypted, logged in, and then mail after mail, each step within its time.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::refusal::Failure;
use super::relay_url::{Credentials, Encryption, Endpoint};
use super::{Accepted, Outgoing, ServerText, Step};
use crate::message::Address;

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

/// What is needed to open connections to one relay.
pub(super) struct Opening {
    endpoint: Endpoint,
    hello: ClientId,
    /// Checks the certificate.
    strict: TlsParameters,
    /// For servers on this machine, whose certificates name another host or nobody: there is no way to tap.
    trusting: TlsParameters,
    timeouts: Timeouts,
}

impl Opening {
    /// `hello` is the name to greet with, or an IP address. Fails where the encryption cannot be set up.
    pub fn new(endpoint: Endpoint, hello: &str, timeouts: Timeouts) -> Result<Self, smtp::Error> {
        let tls = || TlsParameters::builder(endpoint.host.clone());
        let strict = tls().build()?;
        let trusting = tls().dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true).build()?;
        Ok(Self { hello: client_id(hello), endpoint, strict, trusting, timeouts })
    }

    /// A connection that is ready for its first mail.
    pub async fn open(&self) -> Result<Connection, Failure> {
        let addresses = within(Step::Connect, self.timeouts.connect, self.addresses()).await?;
        let mut smtp = match self.endpoint.encryption {
            Encryption::StartTls => self.open_plain(&addresses).await?,
            Encryption::Implicit => self.open_encrypted(&addresses).await?,
        };
        if let Some(credentials) = &self.endpoint.credentials {
            self.log_in(&mut smtp, credentials).await?;
        }
        Ok(Connection { smtp, timeouts: self.timeouts.clone(), mails: 0 })
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, std::io::Error> {
        let found = tokio::net::lookup_host((self.endpoint.host.as_str(), self.endpoint.port)).await?;
        Ok(found.collect())
    }

    async fn open_plain(&self, addresses: &[SocketAddr]) -> Result<AsyncSmtpConnection, Failure> {
        let stream = within(Step::Connect, self.timeouts.connect, connect(addresses)).await?;
        let peer = stream.peer_addr().map_err(|error| Failure::broken(Step::Connect, error.to_string()))?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello);
        let mut smtp = within_smtp(Step::Greeting, self.timeouts.greeting, greeted).await?;
        let here = is_here(&peer);
        if start_tls(here, smtp.can_starttls())? {
            let encrypted = smtp.starttls(self.tls(here), &self.hello);
            within_smtp(Step::StartTls, self.timeouts.start_tls, encrypted).await?;
        }
        Ok(smtp)
    }

    /// lettre takes no stream of ours for encryption from the first byte, so that TCP_NODELAY stays unset here.
    async fn open_encrypted(&self, addresses: &[SocketAddr]) -> Result<AsyncSmtpConnection, Failure> {
        let limit = self.timeouts.connect + self.timeouts.start_tls + self.timeouts.greeting;
        let tls = self.tls(addresses.iter().all(is_here));
        let opened = AsyncSmtpConnection::connect_tokio1(addresses, None, &self.hello, Some(tls), None);
        within_smtp(Step::Connect, limit, opened).await
    }

    fn tls(&self, here: bool) -> TlsParameters {
        if here { self.trusting.clone() } else { self.strict.clone() }
    }

    async fn log_in(&self, smtp: &mut AsyncSmtpConnection, credentials: &Credentials) -> Result<(), Failure> {
        let Credentials { user, password } = credentials.clone();
        let credentials = smtp::authentication::Credentials::new(user, password);
        let answered = smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        within_smtp(Step::Auth, self.timeouts.auth, answered).await.map(drop)
    }
}

/// A TCP connection that sends small commands at once: without TCP_NODELAY each mail waits for delayed acknowledgements,
/// some 40 ms of them.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, std::io::Error> {
    let stream = TcpStream::connect(addresses).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Whether a server is on this machine.
fn is_here(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Whether to encrypt: wherever it is offered; beyond this machine we go no further without it.
fn start_tls(here: bool, offered: bool) -> Result<bool, Failure> {
    if offered || here {
        return Ok(offered);
    }
    let text = "the relay offers no STARTTLS, which we require beyond this machine; try smtps:// or another port";
    Err(Failure::broken(Step::StartTls, text))
}

/// The argument of EHLO (RFC 5321 §4.1.1.1); a name that would break the command is left for an address literal.
fn client_id(hello: &str) -> ClientId {
    match hello.parse() {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) if !hello.is_empty() && hello.bytes().all(|b| b.is_ascii_graphic()) => {
            ClientId::Domain(hello.to_owned())
        }
        Err(_) => ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST),
    }
}

/// An open connection between two mails.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    timeouts: Timeouts,
    /// How many mails have gone through it, or were refused.
    pub mails: u32,
}

impl Connection {
    /// Hands over one mail, whose content is `content`: CRLF line ends, the last line open.
    pub async fn send(&mut self, mail: &Outgoing, content: &[u8]) -> Result<Accepted, Failure> {
        self.mails += 1;
        let parameters = self.parameters(mail, content)?;
        let reverse_path = mail.reverse_path.as_ref().map(for_lettre);
        let limit = self.timeouts.mail;
        within_smtp(Step::Mail, limit, self.smtp.command(Mail::new(reverse_path, parameters))).await?;
        let recipient = Rcpt::new(for_lettre(&mail.recipient), Vec::new());
        within_smtp(Step::Recipient, self.timeouts.recipient, self.smtp.command(recipient)).await?;
        let ready = within_smtp(Step::Data, self.timeouts.data, self.smtp.command(Data)).await?;
        if !ready.has_code(354) {
            return Err(Failure::broken(Step::Data, format!("DATA was answered with {}", ready.code())));
        }
        let response = self.send_content(content).await?;
        let text: Vec<&str> = response.message().collect();
        Ok(Accepted { text: ServerText::new(&text.join(" ")) })
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

    /// Sends the mail (dot-stuffed by lettre) and its end, and hears the answer.
    ///
    /// lettre asks the iterator for more until there is no more and sends the end of data at once then. That moment
    /// decides whether a break leaves doubt: before it, the relay cannot have taken the mail.
    async fn send_content(&mut self, content: &[u8]) -> Result<Response, Failure> {
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
        matches!(timeout(self.timeouts.aside, self.smtp.command(Rset)).await, Ok(Ok(_)))
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

async fn within_smtp<T>(
    step: Step,
    limit: Duration,
    doing: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Failure> {
    match timeout(limit, doing).await {
        Ok(done) => done.map_err(|error| failed(step, &error)),
        Err(_) => Err(out_of_time(step)),
    }
}

async fn within<T>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_commands_are_sent_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = connect(&[listener.local_addr().unwrap()]).await.unwrap();
        assert!(stream.nodelay().unwrap());
    }

    #[test]
    fn beyond_this_machine_nothing_goes_unencrypted() {
        assert!(start_tls(true, true).unwrap());
        assert!(!start_tls(true, false).unwrap());
        assert!(start_tls(false, true).unwrap());
        assert_eq!(start_tls(false, false).unwrap_err().step, Step::StartTls);
        for (address, here) in
            [("127.0.0.2:25", true), ("[::1]:25", true), ("[::ffff:127.0.0.1]:25", true), ("192.0.2.1:25", false)]
        {
            assert_eq!(is_here(&address.parse().unwrap()), here, "{address}");
        }
    }

    #[test]
    fn a_name_that_would_break_the_greeting_is_not_used() {
        assert_eq!(client_id("lists.example.org").to_string(), "lists.example.org");
        assert_eq!(client_id("192.0.2.1").to_string(), "[192.0.2.1]");
        assert_eq!(client_id("2001:db8::1").to_string(), "[IPv6:2001:db8::1]");
        for bad in ["", "a b", "a\r\nMAIL FROM:<x@y>", "bücher.example"] {
            assert_eq!(client_id(bad).to_string(), "[127.0.0.1]");
        }
    }
}
