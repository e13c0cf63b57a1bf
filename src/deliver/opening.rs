//! Opening a connection to the relay: found, greeted, encrypted, logged in.

use std::net::SocketAddr;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

use super::Step;
use super::connection::{Connection, Timeouts, within, within_smtp};
use super::refusal::Failure;
use super::relay_url::{Credentials, Encryption, Endpoint};

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
        let pipelines = self.asks_for_pipelining(&mut smtp).await?;
        if let Some(credentials) = &self.endpoint.credentials {
            may_log_in(addresses.iter().all(is_here), smtp.is_encrypted())?;
            self.log_in(&mut smtp, credentials).await?;
        }
        Ok(Connection::new(smtp, self.timeouts.clone(), pipelines))
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

    /// Whether commands may go together. lettre does not tell of all that EHLO was answered with, so it is said once more,
    /// which RFC 5321 §4.1.4 allows at any time; a relay that minds is spoken to command by command.
    async fn asks_for_pipelining(&self, smtp: &mut AsyncSmtpConnection) -> Result<bool, Failure> {
        let again = smtp.command(Ehlo::new(self.hello.clone()));
        match within_smtp(Step::Greeting, self.timeouts.greeting, again).await {
            Ok(answer) => Ok(answer.message().any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"))),
            Err(failure) if failure.is_refusal() => Ok(false),
            Err(failure) => Err(failure),
        }
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

/// A password goes unencrypted to a server on this machine only, whatever was agreed before.
fn may_log_in(here: bool, encrypted: bool) -> Result<(), Failure> {
    if here || encrypted {
        return Ok(());
    }
    Err(Failure::broken(Step::Auth, "the connection to the relay is not encrypted; no password goes over it"))
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
        assert!(may_log_in(true, false).is_ok() && may_log_in(false, true).is_ok());
        assert_eq!(may_log_in(false, false).unwrap_err().step, Step::Auth);
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
