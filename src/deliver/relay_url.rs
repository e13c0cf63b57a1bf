//! `[relay] url`: where mail goes out.

use std::fmt;
use std::net::SocketAddr;

/// Where mail goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayUrl {
    /// `mailbox:`, the embedded mailbox.
    Mailbox,
    /// `smtp://…` or `smtps://…`.
    Smtp(Endpoint),
}

/// A server that takes mail for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name or IP address, without the brackets of an IPv6 one; the name that its certificate must have.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When encryption begins.
    pub encryption: Encryption,
    /// Who we are there; `None`: it takes our mail without asking.
    pub credentials: Option<Credentials>,
}

/// When encryption begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// `smtp://`: by STARTTLS (RFC 3207) where offered; beyond this machine nothing goes out without it.
    StartTls,
    /// `smtps://`: from the first byte (RFC 8314 §3.3).
    Implicit,
}

/// Name and password for AUTH (RFC 4954).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password; empty until [`RelayUrl::with_password`] brings it.
    pub password: String,
}

/// Prints no password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Why a text is no relay's address. Says nothing of what stands before the @, which may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[relay] url: {0}; write smtp://host:port, smtps://user:password@host:port or mailbox:")]
pub struct BadRelayUrl(String);

impl RelayUrl {
    /// Reads `mailbox:`, `smtp://host:port` or `smtps://user:password@host:port`. User and password may be left out, and
    /// the port (25, and 465 for smtps); in both, `%40` and the like stand for characters that would confuse.
    pub fn parse(text: &str) -> Result<Self, BadRelayUrl> {
        let text = text.trim();
        if text == "mailbox:" {
            return Ok(Self::Mailbox);
        }
        let (encryption, standard_port, rest) = match text.split_once("://") {
            Some(("smtp", rest)) => (Encryption::StartTls, 25, rest),
            Some(("smtps", rest)) => (Encryption::Implicit, 465, rest),
            Some(_) => return bad("it begins with neither smtp:// nor smtps://"),
            None => return bad("there is no :// in it"),
        };
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (host, port) = host_and_port(place.strip_suffix('/').unwrap_or(place))?;
        let credentials = login.map(Credentials::parse).transpose()?;
        Ok(Self::Smtp(Endpoint { host, port: port.unwrap_or(standard_port), encryption, credentials }))
    }

    /// The same with a password that was kept elsewhere; it goes before the one in the url.
    pub fn with_password(mut self, password: Option<&str>) -> Result<Self, BadRelayUrl> {
        match (&mut self, password) {
            (Self::Smtp(Endpoint { credentials: Some(credentials), .. }), Some(password)) => {
                credentials.password = password.to_owned();
            }
            (Self::Smtp(_), Some(_)) => return bad("there is a password for it, but no user stands before the @"),
            _ => (),
        }
        Ok(self)
    }
}

impl Endpoint {
    /// A server on this machine or at a known address, without a login: the embedded mailbox's door, a test's sink.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
            encryption: Encryption::StartTls,
            credentials: None,
        }
    }
}

impl Credentials {
    fn parse(login: &str) -> Result<Self, BadRelayUrl> {
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        if user.is_empty() {
            return bad("no user stands before the @");
        }
        Ok(Self { user: decoded(user)?, password: decoded(password)? })
    }
}

fn bad<T>(why: impl Into<String>) -> Result<T, BadRelayUrl> {
    Err(BadRelayUrl(why.into()))
}

/// Splits `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(place: &str) -> Result<(String, Option<u16>), BadRelayUrl> {
    let (host, port) = match place.strip_prefix('[').map(|inner| inner.split_once(']')) {
        Some(Some((address, ""))) => (address, None),
        Some(Some((address, rest))) => match rest.strip_prefix(':') {
            Some(port) => (address, Some(port)),
            None => return bad("something stands between ] and the end"),
        },
        Some(None) => return bad("a [ is not closed"),
        None => match place.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let bracketed = place.starts_with('[');
    if bracketed && host.parse::<std::net::Ipv6Addr>().is_err() {
        return bad(format!("`{host}` in brackets is no IPv6 address"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.is_empty() {
        return bad("there is no host in it");
    }
    if !bracketed && !host.chars().all(plain) {
        return bad(format!("`{host}` is no host's name (an IPv6 address stands in brackets)"));
    }
    let port = port.map(|port| port.parse().ok().filter(|port| *port != 0).ok_or(port)).transpose();
    let port = port.or_else(|port| bad(format!("`{port}` is no port, 1 to 65535")))?;
    Ok((host.to_ascii_lowercase(), port))
}

/// Percent-decodes (RFC 3986 §2.1).
fn decoded(text: &str) -> Result<String, BadRelayUrl> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let code = tail.get(..2).and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        let Some(code) = code else {
            return bad("a % before the @ is not followed by two hexadecimal digits (write %25 for a percent sign)");
        };
        bytes.extend(code);
        rest = &tail[2..];
    }
    let text = String::from_utf8(bytes).or_else(|_| bad("user or password is not UTF-8"))?;
    if text.chars().any(char::is_control) { bad("user or password has a control character in it") } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        match RelayUrl::parse(text).unwrap() {
            RelayUrl::Smtp(endpoint) => endpoint,
            RelayUrl::Mailbox => panic!("{text} was read as the mailbox"),
        }
    }

    #[test]
    fn a_url_says_where_how_and_as_whom() {
        assert_eq!(RelayUrl::parse(" mailbox: "), Ok(RelayUrl::Mailbox));
        let plain = endpoint("smtp://Mail.Example.org:587");
        assert_eq!((plain.host.as_str(), plain.port), ("mail.example.org", 587));
        assert_eq!((plain.encryption, plain.credentials), (Encryption::StartTls, None));
        let login = endpoint("smtps://user%40example.org:p%3aa%25s@s@mail.example.org/");
        assert_eq!((login.port, login.encryption), (465, Encryption::Implicit));
        let credentials = login.credentials.unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("user@example.org", "p:a%s@s"));
        assert_eq!((endpoint("smtp://[::1]:2525").host, endpoint("smtp://[::1]").port), ("::1".to_owned(), 25));
    }

    #[test]
    fn a_password_kept_elsewhere_goes_to_the_user_of_the_url() {
        let url = RelayUrl::parse("smtps://ada@mail.example").unwrap().with_password(Some("hunter2")).unwrap();
        let RelayUrl::Smtp(Endpoint { credentials: Some(credentials), .. }) = url else { panic!() };
        assert_eq!(credentials.password, "hunter2");
        let nobody = RelayUrl::parse("smtps://mail.example").unwrap().with_password(Some("hunter2"));
        assert!(nobody.unwrap_err().to_string().contains("no user"));
        assert_eq!(RelayUrl::Mailbox.with_password(Some("unused")), Ok(RelayUrl::Mailbox));
    }

    #[test]
    fn no_password_is_ever_printed() {
        let url = RelayUrl::parse("smtps://ada:hunter2@mail.example").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
        for bad in ["smtps://ada:hunter2@", "smtps://ada:hunter2@a b", "smtp://ada:%zzhunter2@x", "ftp://a:hunter2@x"] {
            let error = RelayUrl::parse(bad).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_is_no_relay_is_refused_with_the_reason() {
        let cases = [
            ("", "://"),
            ("mail.example.org:25", "://"),
            ("http://mail.example.org", "smtps://"),
            ("smtp://", "no host"),
            ("smtp://:25", "no host"),
            ("smtp://host:0", "`0`"),
            ("smtp://host:70000", "`70000`"),
            ("smtp://::1:25", "brackets"),
            ("smtp://[::1", "not closed"),
            ("smtp://[::1]25", "between ]"),
            ("smtp://[host]:25", "IPv6"),
            ("smtp://host/path", "host/path"),
            ("smtp://ho\r\nst", "no host's name"),
            ("smtps://:secret@host", "no user"),
            ("smtps://a%0d%0a:b@host", "control"),
            ("smtps://a%4:b@host", "%25"),
            ("smtps://a%ff:b@host", "UTF-8"),
        ];
        for (text, reason) in cases {
            let error = RelayUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
