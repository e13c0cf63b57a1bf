//! Settings: what `rejoinder.toml` in the data folder says. The written file is its own manual (`rejoinder.toml` beside
//! this source), and its defaults are these structs'; a test holds the two together.
//!
//! Plain types only. What another room must judge (does this time zone exist, is that relay's address one) is judged by
//! that room when it is given the value.

mod sections;
mod template;
mod value;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use sections::{Digest, Limits, Log, Relay, Server, Smtp, Trust, Web};
pub use template::Given;
pub use value::{Dkim, Level, Proof, ReversePath, Secret, Weekday, domain_from, listen_from, web_url_from};

/// The settings file's name within the data folder.
pub const FILE: &str = "rejoinder.toml";

/// The environment variable that holds the relay's password.
pub const RELAY_PASSWORD: &str = "REJOINDER_RELAY_PASSWORD";

/// All settings, one field a section.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[server]`: who we are.
    pub server: Server,
    /// `[smtp]`: where mail comes in.
    pub smtp: Smtp,
    /// `[relay]`: where mail goes out.
    pub relay: Relay,
    /// `[trust]`: whose word counts.
    pub trust: Trust,
    /// `[digest]`: when digests go out, for a list that is being made.
    pub digest: Digest,
    /// `[web]`: pages.
    pub web: Web,
    /// `[limits]`: bounds.
    pub limits: Limits,
    /// `[log]`: what is told about the running of things.
    pub log: Log,
}

/// Why there are no settings. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such folder, or none with settings in it.
    #[error(
        "there is no {}: make a data folder by `rejoinder init`, or name the right one by --data or REJOINDER_DATA",
        .0.display()
    )]
    Missing(PathBuf),
    /// The settings, or a file that they name, cannot be read.
    #[error("{} cannot be read ({cause}): make it readable for the user that runs rejoinder", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A line of the settings is wrong.
    #[error("{}, line {line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        what: String,
    },
}

impl Config {
    /// Reads the settings of the data folder `folder`, and the secrets from where they say they are.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        Self::load_with(folder, |name| std::env::var(name).ok())
    }

    /// Like [`Config::load`], with an environment of the caller's.
    pub fn load_with(folder: &Path, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let path = folder.join(FILE);
        let text = match read(&path) {
            Err(ConfigError::Unreadable { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Err(ConfigError::Missing(path));
            }
            other => other?,
        };
        let mut config = Self::parse(&text).map_err(|(line, what)| ConfigError::Wrong { path, line, what })?;
        config.find_files_in(folder);
        config.relay.password = match environment(RELAY_PASSWORD).filter(|password| !password.is_empty()) {
            Some(password) => Some(Secret::new(password)),
            None => config.relay.password_file.as_deref().map(read_secret).transpose()?,
        };
        Ok(config)
    }

    /// Reads settings; an error is the line, counted from 1, and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (line_at(text, at), explained(error.message()))
        })?;
        match config.contradiction() {
            Some((section, key, what)) => Err((line_of(text, section, key), what.to_owned())),
            None => Ok(config),
        }
    }

    /// An error about a value that another room judged: with the line of the settings in `folder` where it stands.
    pub fn wrong_value(folder: &Path, section: &str, key: &str, what: String) -> ConfigError {
        let path = folder.join(FILE);
        let line = read(&path).map_or(1, |text| line_of(&text, section, key));
        ConfigError::Wrong { path, line, what }
    }

    /// What no value shows alone: section and key of a setting that does not go with another, and why.
    fn contradiction(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let smtp = &self.smtp;
        let local_is_open = smtp.local_listen.is_some_and(|address| !address.ip().is_loopback());
        if local_is_open {
            return Some(("smtp", "local_listen", "this door is for loopback only: write 127.0.0.1 or [::1]"));
        }
        // RFC 2033 §5: whoever comes to that port wants to speak SMTP.
        if smtp.lmtp_listen.is_some_and(|address| address.port() == 25) {
            return Some(("smtp", "lmtp_listen", "port 25 is for SMTP: choose another for LMTP, such as 24"));
        }
        match (&smtp.cert, &smtp.key) {
            (Some(_), None) => Some(("smtp", "cert", "a certificate needs its private key: set `key` as well")),
            (None, Some(_)) => Some(("smtp", "key", "a private key needs its certificate: set `cert` as well")),
            _ => None,
        }
    }

    /// Relative paths are meant from the data folder.
    fn find_files_in(&mut self, folder: &Path) {
        for path in [&mut self.smtp.cert, &mut self.smtp.key, &mut self.relay.password_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

/// A secret's file, without the line end that editors leave.
fn read_secret(path: &Path) -> Result<Secret, ConfigError> {
    read(path).map(|text| Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The parser's words made into ours, with what to do about it.
fn explained(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field") {
        return format!("there is no key or section{rest}; correct it or take the line out");
    }
    let number = "write a whole number without quotes";
    [
        ("expected i64", number),
        ("expected u64", number),
        ("expected a string", "write text in quotes"),
        ("expected a sequence", "write a list: [\"one\", \"two\"]"),
    ]
    .into_iter()
    .fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// The number, from 1, of the line where byte `at` is.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The number of the line where `section` sets `key`; 1 where none does.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut inside = "";
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = name.0.trim();
        }
        let names_key = line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
        if inside == section && names_key {
            return at + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        Config::parse(text).expect_err(text)
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.limits.message_bytes, 25 * 1024 * 1024);
        assert_eq!(config.relay.url.expose(), "mailbox:");
        assert_eq!(config.trust.proof, Proof::Preferred);
        assert_eq!(config.smtp.listen, Some("127.0.0.1:2525".parse().unwrap()));
        assert_eq!((config.digest.hour, config.digest.weekday.number()), (7, 1));
    }

    #[test]
    fn an_unknown_key_or_section_is_refused_with_its_line() {
        let (line, what) = wrong("[server]\ndomain = \"a.example\"\n\n[smtp]\nlistn = \"127.0.0.1:25\"\n");
        assert_eq!(line, 5);
        assert!(what.contains("`listn`") && what.contains("`listen`") && what.contains("take the line out"), "{what}");
        let (line, what) = wrong("\n[smpt]\n");
        assert_eq!(line, 2);
        assert!(what.contains("`smpt`"), "{what}");
    }

    #[test]
    fn a_bad_value_is_refused_with_its_line_and_what_would_do() {
        for (text, line, expected) in [
            ("[digest]\nhour = 24\n", 2, "0 to 23"),
            ("[digest]\n\nhour = \"seven\"\n", 3, "whole number"),
            ("[limits]\nmails_per_sender_hour = -1\n", 2, "whole number"),
            ("[server]\ndomain = 7\n", 2, "in quotes"),
            ("[trust]\ntrusted_relays = [\"a b\"]\n", 2, "domain"),
            ("[trust]\nblocklists = \"zen.spamhaus.org\"\n", 2, "write a list"),
            ("[digest]\nweekday = \"someday\"\n", 2, "monday"),
            ("[smtp]\nlisten = \"localhost\"\n", 2, "127.0.0.1:2525"),
            ("[server]\ndomain = \"talk@lists.example\"\n", 2, "domain"),
            ("[server]\ndomain = \"bücher.example\"\n", 2, "xn--"),
            ("[trust]\nproof = \"maybe\"\n", 2, "preferred"),
            ("[relay]\nreverse_path = \"VERP\"\n", 2, "`verp`"),
            ("[limits]\nsessions = 0\n", 2, "1 or more"),
            ("[limits]\nrecipients = -3\n", 2, "-3"),
            ("[web]\nurl = \"lists.example\"\n", 2, "https://"),
            ("[log]\nlevel = \"loud\"\n", 2, "debug"),
            ("[server\n", 1, "`]`"),
            ("[smtp]\nlocal_listen = \"192.0.2.1:2526\"\n", 2, "loopback"),
            ("[smtp]\nlisten = \"127.0.0.1:25\"\n\n  cert = \"a.pem\"\n", 4, "`key`"),
            ("[smtp]\nkey = \"a.pem\"\n", 2, "`cert`"),
            ("[smtp]\nlmtp_listen = \"127.0.0.1:25\"\n", 2, "such as 24"),
        ] {
            let (found, what) = wrong(text);
            assert_eq!(found, line, "{text}: {what}");
            assert!(what.contains(expected), "{text}: {what}");
        }
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Config::load(folder.path()).unwrap_err().to_string();
        assert!(missing.contains("rejoinder init"), "{missing}");
        std::fs::write(folder.path().join(FILE), "[digest]\nhour = 99\n").unwrap();
        let bad = Config::load(folder.path()).unwrap_err().to_string();
        assert!(bad.contains("rejoinder.toml, line 2: "), "{bad}");
    }

    #[test]
    fn the_relays_password_comes_from_the_environment_or_else_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[relay]\npassword_file = \"secret\"\n").unwrap();
        let missing = Config::load_with(folder.path(), |_| None).unwrap_err().to_string();
        assert!(missing.contains("secret"), "{missing}");
        std::fs::write(folder.path().join("secret"), "from a file\n").unwrap();
        let password = |config: Config| config.relay.password.map(|secret| secret.expose().to_owned());
        let of_file = Config::load_with(folder.path(), |_| None).unwrap();
        assert_eq!(password(of_file).as_deref(), Some("from a file"));
        let of_environment =
            Config::load_with(folder.path(), |name| (name == RELAY_PASSWORD).then(|| "from outside".to_owned()));
        assert_eq!(password(of_environment.unwrap()).as_deref(), Some("from outside"));
    }

    #[test]
    fn no_debug_print_shows_a_password() {
        let mut config = Config::parse("[relay]\nurl = \"smtps://ada:hunter2@mail.example:465\"\n").unwrap();
        config.relay.password = Some(Secret::new("hunter2".to_owned()));
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.relay.url_for_people(), "smtps://ada:…@mail.example:465");
    }

    #[test]
    fn paths_are_meant_from_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[smtp]\ncert = \"tls/chain.pem\"\nkey = \"/etc/key.pem\"\n").unwrap();
        let config = Config::load_with(folder.path(), |_| None).unwrap();
        assert_eq!(config.smtp.cert, Some(folder.path().join("tls/chain.pem")));
        assert_eq!(config.smtp.key, Some(PathBuf::from("/etc/key.pem")));
    }

    #[test]
    fn the_web_url_follows_from_where_the_pages_are_served() {
        let url = |text: &str| Config::parse(text).unwrap().web.url();
        assert_eq!(url(""), None);
        assert_eq!(url("[web]\nlisten = \"127.0.0.1:8080\"\n").as_deref(), Some("http://127.0.0.1:8080"));
        let both = "[web]\nlisten = \"127.0.0.1:8080\"\nurl = \"https://lists.example/\"\n";
        assert_eq!(url(both).as_deref(), Some("https://lists.example"));
    }
}
