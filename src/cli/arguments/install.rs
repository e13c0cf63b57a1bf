//! `demo` and `init`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::config::{Given, domain_from, listen_from, web_url_from};
use crate::discussion::ListName;
use crate::message::Address;

/// `rejoinder demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder demo
  rejoinder demo --once
  rejoinder demo --data ./demo --smtp-listen 127.0.0.1:2525
  rejoinder demo --once --relay smtp://127.0.0.1:25 --smtp-listen 127.0.0.1:2525 \\
      --mailbox-listen 127.0.0.1:2599 --gone nobody@example.net")]
pub struct Demo {
    /// End when everything has been shown, with status 0 if all came out as expected and 1 if not; without it, the
    /// engine keeps running afterwards, to try things by hand.
    #[arg(long)]
    pub once: bool,

    /// Where it takes mail [default: a free port on this machine].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from)]
    pub smtp_listen: Option<SocketAddr>,

    /// Where its second door is, for programs on this machine [default: a free port].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from)]
    pub local_listen: Option<SocketAddr>,

    /// Send through a real mail server instead of into the mailbox. It has to bring mail for lists.example to
    /// --smtp-listen, and mail for everybody else to --mailbox-listen.
    #[arg(long, value_name = "URL", requires_all = ["smtp_listen", "mailbox_listen"])]
    pub relay: Option<String>,

    /// Where the mailbox takes what that server brings; on this machine only.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from, requires = "relay")]
    pub mailbox_listen: Option<SocketAddr>,

    /// One more reader, of each mail, whom that server does not know: every mail to them has to come back to an address
    /// of its own, and to be kept with them.
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse, requires = "relay")]
    pub gone: Option<Address>,

    /// The folder to play in, which must not be a data folder yet [default: a fresh one among the system's temporary
    /// folders, also where REJOINDER_DATA is set].
    // Stands in place of the flag that every command has, for its help.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `rejoinder init`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder init --data ./mylist --domain lists.example.org --list talk --author marina@example.org
  rejoinder init --data /var/lib/rejoinder --domain lists.example.org --list talk --title Talk \\
      --author marina@example.org --author-name Marina \\
      --relay smtps://user@mail.example.org:465 --smtp-listen 0.0.0.0:25

Before serving the second, on a port that is open to the world, read [trust] in its rejoinder.toml.
The password for the relay goes into a file of its own: see [relay] there.")]
pub struct Init {
    /// The domain of the lists: mail to it must find its way to this machine.
    #[arg(long, value_name = "DOMAIN", value_parser = domain_from)]
    pub domain: String,

    /// The first list's name: what stands before the @ in its address, up to 24 letters, digits and `.-_`.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: ListName,

    /// What people call the list [default: its name with a capital].
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// The author's address: who starts posts there. Also the list's owner, until another is set.
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub author: Address,

    /// The author's name, as readers see it.
    #[arg(long, value_name = "NAME")]
    pub author_name: Option<String>,

    /// The mail server that carries mail to readers: smtp://host:587, smtps://user@host:465, or `mailbox:` to keep all
    /// of it in the data folder, which is the default.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,

    /// Where to take mail [default: 127.0.0.1:2525].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from)]
    pub smtp_listen: Option<SocketAddr>,

    /// Where to take mail from a mail server in front, by LMTP.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from)]
    pub lmtp_listen: Option<SocketAddr>,

    /// Where to serve web pages, for a reverse proxy in front.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_from)]
    pub web_listen: Option<SocketAddr>,

    /// What the web pages are called from outside [default: http:// and the address above].
    #[arg(long, value_name = "URL", value_parser = web_url_from)]
    pub web_url: Option<String>,
}

impl Init {
    /// What of this belongs into the settings file.
    pub fn given(&self) -> Given {
        let text = |address: Option<SocketAddr>| address.map(|address| address.to_string());
        Given {
            domain: Some(self.domain.clone()),
            smtp_listen: text(self.smtp_listen),
            local_listen: None,
            lmtp_listen: text(self.lmtp_listen),
            relay: self.relay.clone(),
            proof: None,
            web_listen: text(self.web_listen),
            web_url: self.web_url.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::{Arguments, Command};
    use crate::config::{Config, Proof};

    #[test]
    fn every_flag_of_init_reaches_the_settings_file() {
        let line = "rejoinder init --domain Lists.Example --list talk --author marina@example.org \
            --relay smtp://127.0.0.1:2599 --smtp-listen 127.0.0.1:0 --lmtp-listen 127.0.0.1:24 \
            --web-listen [::1]:8080 --web-url https://lists.example/";
        let Command::Init(init) = Arguments::try_parse_from(line.split_whitespace()).unwrap().command else { panic!() };
        let config = Config::parse(&Config::template(&init.given())).unwrap();
        assert_eq!(config.server.domain, "lists.example");
        assert_eq!(config.relay.url.expose(), "smtp://127.0.0.1:2599");
        assert_eq!(config.smtp.listen.unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(config.smtp.lmtp_listen.unwrap().to_string(), "127.0.0.1:24");
        assert_eq!(config.web.listen.unwrap().to_string(), "[::1]:8080");
        assert_eq!(config.web.url().as_deref(), Some("https://lists.example"));
        assert_eq!(config.trust.proof, Proof::Preferred);
    }
}
