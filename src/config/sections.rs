//! The sections of the settings, with their defaults. What each key means to a person stands in `rejoinder.toml`
//! beside this file; here is what it means to the code.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::value::{self, Dkim, Level, Proof, ReversePath, Secret, Weekday};

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The domain of all lists, in small letters.
    #[serde(deserialize_with = "value::domain")]
    pub domain: String,
    /// The machine's name; `None` where the domain serves, see [`Server::greeting_name`].
    #[serde(deserialize_with = "value::domain_or_none")]
    pub hostname: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { domain: "localhost".to_owned(), hostname: None }
    }
}

impl Server {
    /// The name for greetings, EHLO and Received.
    pub fn greeting_name(&self) -> &str {
        self.hostname.as_deref().unwrap_or(&self.domain)
    }
}

/// `[smtp]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// The public door; `None`: closed.
    #[serde(deserialize_with = "value::listen")]
    pub listen: Option<SocketAddr>,
    /// The local door, always loopback; `None`: closed.
    #[serde(deserialize_with = "value::listen")]
    pub local_listen: Option<SocketAddr>,
    /// LMTP; `None`: closed.
    #[serde(deserialize_with = "value::listen")]
    pub lmtp_listen: Option<SocketAddr>,
    /// A PEM certificate chain; set where `key` is.
    #[serde(deserialize_with = "value::path")]
    pub cert: Option<PathBuf>,
    /// The PEM private key of `cert`.
    #[serde(deserialize_with = "value::path")]
    pub key: Option<PathBuf>,
}

impl Default for Smtp {
    fn default() -> Self {
        let listen = Some(SocketAddr::from(([127, 0, 0, 1], 2525)));
        Self { listen, local_listen: None, lmtp_listen: None, cert: None, key: None }
    }
}

/// `[relay]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// `mailbox:`, `smtp://…` or `smtps://…`; may hold a password. `deliver` judges it.
    pub url: Secret,
    /// Where the password is; [`Relay::password`] holds what was read there.
    #[serde(deserialize_with = "value::path")]
    pub password_file: Option<PathBuf>,
    /// How the envelope sender is made.
    pub reverse_path: ReversePath,
    /// Whether our mail is signed.
    pub dkim: Dkim,
    /// Most connections at once; 1 or more.
    #[serde(deserialize_with = "value::count")]
    pub connections: usize,
    /// Most mails to one domain on their way at once; 1 or more. `deliver` leaves one connection to the others.
    #[serde(deserialize_with = "value::count")]
    pub connections_per_domain: usize,
    /// Longest wait for one answer, seconds; 1 or more.
    #[serde(deserialize_with = "value::quantity")]
    pub answer_seconds: u64,
    /// How long a mail is tried, hours; 1 or more.
    #[serde(deserialize_with = "value::quantity")]
    pub give_up_hours: u64,
    /// From the environment or `password_file`; no key of its own, so that nobody writes it into the settings.
    #[serde(skip)]
    pub password: Option<Secret>,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            url: Secret::new("mailbox:".to_owned()),
            password_file: None,
            reverse_path: ReversePath::Verp,
            dkim: Dkim::On,
            connections: 8,
            connections_per_domain: 4,
            answer_seconds: 300,
            give_up_hours: 96,
            password: None,
        }
    }
}

impl Relay {
    /// The url without its password, for printing.
    pub fn url_for_people(&self) -> String {
        let url = self.url.expose();
        let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
        let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
        match user.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:…@{host}"),
            None => url.to_owned(),
        }
    }
}

/// `[trust]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// What a sender must prove.
    pub proof: Proof,
    /// The DNS server to ask; `None`: the machine's.
    #[serde(deserialize_with = "value::listen")]
    pub resolver: Option<SocketAddr>,
    /// Names of servers whose word counts: their spam marks, and their Authentication-Results.
    #[serde(deserialize_with = "value::domains")]
    pub trusted_relays: Vec<String>,
    /// Whether they take out results with their name that come with a mail.
    pub relays_strip_results: bool,
    /// Names of DNS blocklists; what comes from machines on them is held.
    #[serde(deserialize_with = "value::domains")]
    pub blocklists: Vec<String>,
}

/// `[digest]`: the first schedule of a list at the moment it is made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Digest {
    /// 0 to 23.
    #[serde(deserialize_with = "value::hour")]
    pub hour: i8,
    /// For weekly digests.
    pub weekday: Weekday,
    /// An IANA name; `schedule` judges whether there is such a zone.
    pub time_zone: String,
}

impl Default for Digest {
    fn default() -> Self {
        Self { hour: 7, weekday: Weekday::Monday, time_zone: "UTC".to_owned() }
    }
}

/// `[web]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Where pages are served; `None`: nowhere.
    #[serde(deserialize_with = "value::listen")]
    pub listen: Option<SocketAddr>,
    /// As written, without a slash at the end; [`Web::url`] knows the default.
    #[serde(deserialize_with = "value::web_url")]
    url: Option<String>,
}

impl Web {
    /// Where the pages are for a reader, without a slash at the end: `[web] url`, else `http://LISTEN`, else nowhere.
    pub fn url(&self) -> Option<String> {
        self.url.clone().or_else(|| self.listen.map(|address| format!("http://{address}")))
    }
}

/// `[limits]`: every bound on what strangers can make us do. Each is 1 or more but where it says otherwise.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest mail, bytes.
    #[serde(deserialize_with = "value::count")]
    pub message_bytes: usize,
    /// The longest line in a mail, bytes with its line end.
    #[serde(deserialize_with = "value::count")]
    pub line_bytes: usize,
    /// The longest command, bytes with its line end.
    #[serde(deserialize_with = "value::count")]
    pub command_bytes: usize,
    /// Most recipients of one mail.
    #[serde(deserialize_with = "value::count")]
    pub recipients: usize,
    /// Most sessions at once at one door.
    #[serde(deserialize_with = "value::count")]
    pub sessions: usize,
    /// Most sessions at once from one IP address.
    #[serde(deserialize_with = "value::count")]
    pub sessions_per_address: usize,
    /// Failed commands after which a session ends.
    #[serde(deserialize_with = "value::count")]
    pub errors_per_session: usize,
    /// Commands without a kept mail after which a session ends.
    #[serde(deserialize_with = "value::count")]
    pub commands_per_session: usize,
    /// Most memory for all mails being read at once at one door, bytes; never less than `message_bytes`.
    #[serde(deserialize_with = "value::count")]
    pub buffered_bytes: usize,
    /// Longest wait for a command, seconds.
    #[serde(deserialize_with = "value::quantity")]
    pub command_seconds: u64,
    /// Longest time for one mail's text, seconds.
    #[serde(deserialize_with = "value::quantity")]
    pub data_seconds: u64,
    /// Most mails from one sender in an hour; 0: no such limit.
    pub mails_per_sender_hour: u64,
    /// How many hard bounces, a soft one being half, speak against a reader before a probe is sent.
    #[serde(deserialize_with = "value::quantity")]
    pub bounce_score: u64,
    /// Most mails of one sender that are sent on to the owners in 24 hours.
    #[serde(deserialize_with = "value::quantity")]
    pub owner_mails_per_sender_day: u64,
    /// Most mails of all senders that are.
    #[serde(deserialize_with = "value::quantity")]
    pub owner_mails_per_day: u64,
    /// Most automatic answers in an hour to people of one domain who are not proven to be members.
    #[serde(deserialize_with = "value::quantity")]
    pub strangers_per_domain_hour: u64,
    /// The same by what one network of the open internet sends.
    #[serde(deserialize_with = "value::quantity")]
    pub strangers_per_network_hour: u64,
    /// The same in all.
    #[serde(deserialize_with = "value::quantity")]
    pub strangers_per_hour: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 25 * 1024 * 1024,
            line_bytes: 64 * 1024,
            command_bytes: 2048,
            recipients: 1000,
            sessions: 1000,
            sessions_per_address: 200,
            errors_per_session: 10,
            commands_per_session: 1000,
            buffered_bytes: 256 * 1024 * 1024,
            command_seconds: 300,
            data_seconds: 600,
            mails_per_sender_hour: 60,
            bounce_score: 4,
            owner_mails_per_sender_day: 10,
            owner_mails_per_day: 100,
            strangers_per_domain_hour: 100,
            strangers_per_network_hour: 30,
            strangers_per_hour: 500,
        }
    }
}

/// `[log]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How much is told.
    pub level: Level,
}
