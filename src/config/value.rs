//! The values that settings have, and how each is read from text: one place for the settings file and for `init`'s
//! flags. Empty text means "none" wherever a setting may be without a value.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// `[trust] proof`: what a sender must prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Nothing: From is believed.
    Off,
    /// Answers pass unless disproven; posts and commands need proof or are confirmed.
    #[default]
    Preferred,
    /// Everything needs proof or is confirmed.
    Required,
}

/// `[relay] reverse_path`: how the envelope sender of our mail is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReversePath {
    /// One for each mail, so that a bounce names its reader.
    Verp,
    /// One for each list.
    Fixed,
}

/// `[relay] dkim`: whether our mail is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dkim {
    /// With the keys in the data folder, where there are any.
    On,
    /// Not at all.
    Off,
}

/// `[log] level`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What failed.
    Error,
    /// And what may need a look.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And every step of it.
    Trace,
}

impl Level {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// `[digest] weekday`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// 1.
    Monday = 1,
    /// 2.
    Tuesday,
    /// 3.
    Wednesday,
    /// 4.
    Thursday,
    /// 5.
    Friday,
    /// 6.
    Saturday,
    /// 7.
    Sunday,
}

impl Weekday {
    /// ISO 8601: 1 for Monday to 7 for Sunday.
    pub fn number(self) -> i8 {
        self as i8
    }
}

/// Text that no log and no debug print shows.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads an address to listen on, such as `127.0.0.1:2525` or `[::]:25`.
pub fn listen_from(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no IP address and port; write them like 127.0.0.1:2525 or [::]:25"))
}

/// Reads a domain, such as `lists.example.org`; capitals become small.
pub fn domain_from(text: &str) -> Result<String, String> {
    let domain = text.to_ascii_lowercase();
    if !domain.is_ascii() {
        return Err(format!(
            "the domain `{text}` has letters beyond ASCII; write its DNS form, which begins with xn--"
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let good_label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(plain);
    if domain.len() <= 253 && domain.split('.').all(good_label) {
        Ok(domain)
    } else {
        Err(format!("`{text}` is no domain; write one like lists.example.org, without @ and without a port"))
    }
}

/// Reads where web pages are; a slash at the end goes.
pub fn web_url_from(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'?#".contains(c))
    });
    if good {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(format!("`{text}` is no web address; write one like https://lists.example.org"))
    }
}

/// `None` for empty text, else what `read` makes of it.
fn unless_empty<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { read(&text).map(Some).map_err(Error::custom) }
}

pub(super) fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    unless_empty(deserializer, listen_from)
}

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    unless_empty(deserializer, |text| Ok(PathBuf::from(text)))
}

pub(super) fn web_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    unless_empty(deserializer, web_url_from)
}

pub(super) fn domain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    domain_from(&String::deserialize(deserializer)?).map_err(Error::custom)
}

pub(super) fn domain_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    unless_empty(deserializer, domain_from)
}

pub(super) fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| domain_from(name)).collect::<Result<_, _>>().map_err(Error::custom)
}

pub(super) fn hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i8, D::Error> {
    let hour = i64::deserialize(deserializer)?;
    let fits = i8::try_from(hour).ok().filter(|hour| (0..24).contains(hour));
    fits.ok_or_else(|| Error::custom(format!("{hour} is no hour of the day; write 0 to 23")))
}

/// A number of seconds, hours and the like: 1 or more.
pub(super) fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let given = i64::deserialize(deserializer)?;
    let number = u64::try_from(given).ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::custom(format!("{given} is too small; write 1 or more")))
}

/// A number of things or bytes: 1 or more.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let number = quantity(deserializer)?;
    usize::try_from(number).map_err(|_| Error::custom(format!("{number} is more than this machine can count")))
}
