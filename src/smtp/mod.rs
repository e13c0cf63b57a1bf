//! The doors through which mail comes in, and the one seam behind them.
//!
//! A door speaks SMTP to a client and knows nothing of lists: it asks a [`Receiver`] about each recipient and hands it
//! the finished mail. `intake` and `mailbox` are receivers.

use std::future::Future;
use std::net::SocketAddr;

use crate::message::Address;

mod admission;
mod body;
mod buffered;
mod connection;
mod framing;
mod limits;
mod local;
mod not_taken;
mod public;
mod session;
mod stream;
mod syntax;
mod tls;
mod trace;

pub use limits::Limits;
pub use local::LocalDoor;
pub use public::PublicDoor;
pub use tls::{Certificate, Tls, TlsError};
pub use trace::keyword;

/// Which door a mail came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Our own session on tokio, made for the open internet.
    Public,
    /// `mailin_embedded`, for programs on this machine.
    Local,
    /// The same session as the public door's, for a mail server that took responsibility for the mail before us: it would
    /// have to send back what is refused, and to an address that may be forged.
    Lmtp,
    /// None: it came out of an archive.
    Archive,
}

impl Door {
    /// The word for it, in the store and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Local => "local",
            Self::Lmtp => "lmtp",
            Self::Archive => "archive",
        }
    }
}

impl std::str::FromStr for Door {
    type Err = String;

    /// The other way of [`Door::as_str`].
    fn from_str(word: &str) -> Result<Self, String> {
        let found =
            [Self::Public, Self::Local, Self::Lmtp, Self::Archive].into_iter().find(|door| door.as_str() == word);
        found.ok_or_else(|| format!("`{word}` is no door"))
    }
}

/// What our own session speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 5321, with anybody.
    #[default]
    Smtp,
    /// RFC 2033, with a mail server that hands over what it took: one reply for each recipient, and nothing is refused
    /// for what is in a mail, however its lines are made.
    Lmtp,
}

impl Door {
    /// What is spoken at it.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Public | Self::Local | Self::Archive => Protocol::Smtp,
            Self::Lmtp => Protocol::Lmtp,
        }
    }
}

impl Protocol {
    /// The door of our own that speaks it.
    pub fn door(self) -> Door {
        match self {
            Self::Smtp => Door::Public,
            Self::Lmtp => Door::Lmtp,
        }
    }
}

/// How a door is set up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Our own name, by which it greets.
    pub domain: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// What a client may ask.
    pub limits: Limits,
    /// What it encrypts with where a client asks for it by STARTTLS; `None`: that is not offered.
    pub tls: Option<Tls>,
}

/// What a client said before its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Which door it came through.
    pub door: Door,
    /// The client's address.
    pub peer: SocketAddr,
    /// What it called itself in HELO or EHLO.
    pub helo: String,
    /// Whether the session was encrypted.
    pub tls: bool,
    /// How it was said, as Received names it (RFC 3848): `ESMTPS`. Of a mail that was stored, only as far as door and
    /// encryption tell.
    pub with: &'static str,
    /// The reverse-path of MAIL FROM; `None` for `<>`, as bounces have it (RFC 5321 §4.5.5).
    pub reverse_path: Option<Address>,
    /// The recipients that were accepted, in order, each once; never empty.
    pub recipients: Vec<Address>,
}

/// An SMTP reply: what a client is told. The text is generic; what exactly went wrong is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// RFC 5321 §4.2: 2xx done, 4xx try again, 5xx never.
    pub code: u16,
    /// RFC 3463 enhanced status, such as `5.1.1`; its class is that of `code`. `None` where the RFCs give none (354, greetings).
    pub status: Option<&'static str>,
    /// One line of ASCII without CR and LF.
    pub text: String,
}

impl Reply {
    /// A reply with an enhanced status.
    pub fn new(code: u16, status: &'static str, text: impl Into<String>) -> Self {
        Self { code, status: Some(status), text: text.into() }
    }

    /// A reply without one: greetings, the answers to HELO and EHLO, and 354 have none (RFC 2034 §3).
    pub fn plain(code: u16, text: impl Into<String>) -> Self {
        Self { code, status: None, text: text.into() }
    }

    /// The line that a client reads, CRLF included. What may not stand in it becomes `?`, and it is cut to the 512
    /// octets of RFC 5321 §4.5.3.1.5, so that no text can make two replies of one.
    pub fn line(&self) -> String {
        let safe = self.text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' });
        let text: String = safe.take(480).collect();
        match self.status {
            Some(status) => format!("{} {status} {text}\r\n", self.code),
            None => format!("{} {text}\r\n", self.code),
        }
    }

    /// Whether the client may consider it done.
    pub fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// Whether the client should try again later.
    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }
}

/// What stands behind a door.
pub trait Receiver: Send + Sync + 'static {
    /// Answers `RCPT TO:<to>`: 250 where mail for it would be taken.
    fn recipient(&self, reverse_path: Option<&Address>, to: &Address) -> impl Future<Output = Reply> + Send;

    /// Takes a mail: one reply for each of `envelope.recipients`, in their order (LMTP tells each of them, SMTP one for
    /// all by [`Reply::for_all`]). A positive reply is given only after the mail is safely kept.
    /// `content` has CRLF line ends and no dot-stuffing.
    fn receive(&self, envelope: Envelope, content: Vec<u8>) -> impl Future<Output = Vec<Reply>> + Send;
}

impl Reply {
    /// One reply for all recipients, as SMTP's end of data needs it: positive where the mail was kept for anybody
    /// (the others learn it otherwise), else temporary where trying again may help, else the first refusal.
    pub fn for_all(replies: &[Reply]) -> Reply {
        let first = |wanted: fn(&Reply) -> bool| replies.iter().find(|reply| wanted(reply));
        let chosen = first(Reply::is_positive).or_else(|| first(Reply::is_temporary)).or_else(|| replies.first());
        chosen.cloned().unwrap_or_else(|| Reply::new(451, "4.3.0", "Nothing was done; try again later"))
    }
}
