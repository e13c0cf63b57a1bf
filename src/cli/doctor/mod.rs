//! `doctor`: looks the installation over, says what to do about each fault, and on request sends a mail to see what
//! comes of it. It changes nothing unless it is told to make keys.

mod certificate;
mod domain;
mod doors;
mod finding;
mod folder;
mod post;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};

use super::arguments::Doctor;
use super::wording::{command, counted, note};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::deliver::{Endpoint, RelayUrl};
use crate::installation::{Installation, InstallationError};

pub(super) use finding::tell_record;
use finding::{Finding, State};

/// An installation, and what it is used for as far as its settings tell.
struct Patient {
    pub installation: Installation,
    /// The mail server that carries its mail; `None`: it stays in the embedded mailbox.
    pub relay: Option<Endpoint>,
}

impl Patient {
    fn of(installation: Installation) -> anyhow::Result<Self> {
        let relay = match RelayUrl::parse(installation.config.relay.url.expose())? {
            RelayUrl::Mailbox => None,
            RelayUrl::Smtp(endpoint) => Some(endpoint),
        };
        Ok(Self { installation, relay })
    }

    pub fn domain(&self) -> &str {
        &self.installation.config.server.domain
    }

    /// The name that this machine goes by.
    pub fn host(&self) -> &str {
        self.installation.config.server.greeting_name()
    }

    /// Whether mail leaves this machine.
    pub fn sends(&self) -> bool {
        self.relay.is_some()
    }

    /// Whether the world's mail comes to a door of ours.
    pub fn listens(&self) -> bool {
        self.installation.config.smtp.listen.is_some_and(|address| !address.ip().is_loopback())
    }

    /// Whether other people are meant to reach the lists.
    pub fn is_public(&self) -> bool {
        self.sends() || self.listens() || self.installation.config.smtp.lmtp_listen.is_some()
    }

    /// What is missing and is needed `now`, or not yet.
    pub fn lack(&self, now: bool, check: &'static str, found: impl Into<String>, advice: &str) -> Finding {
        if now {
            return Finding::fault(check, found).advise(format!("To do: {advice}"));
        }
        Finding::warning(check, found).advise(format!("Before you go public, {advice}"))
    }
}

pub(super) fn run(folder: &Path, what: &Doctor, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut told = Told { as_json: what.json, faults: 0, warnings: 0, out };
    let installation = match Installation::open(folder, Clock::system()) {
        Ok(installation) => installation,
        // There is nothing to look at, and the right folder to be named.
        Err(error @ InstallationError::Config(ConfigError::Missing(_))) => return Err(error.into()),
        Err(error) => {
            told.tell(&folder::unusable(&error))?;
            return told.end(folder);
        }
    };
    let installation = if what.make_keys { with_new_keys(installation, &mut told)? } else { installation };
    let patient = Patient::of(installation)?;
    for finding in folder::look(&patient) {
        told.tell(&finding)?;
    }
    let runtime = tokio::runtime::Runtime::new().context("no threads to look with")?;
    runtime.block_on(async {
        for finding in doors::look(&patient).await {
            told.tell(&finding)?;
        }
        told.tell(&post::look(&patient).await)?;
        for finding in domain::look(&patient).await {
            told.tell(&finding)?;
        }
        if let Some(address) = &what.send_test {
            told.tell(&post::send_test(&patient, address).await)?;
        }
        anyhow::Ok(())
    })?;
    told.end(folder)
}

/// Makes keys, and opens the folder anew with them.
fn with_new_keys(installation: Installation, told: &mut Told) -> anyhow::Result<Installation> {
    let set = installation.make_dkim_keys()?;
    let installation = Installation::open(&installation.folder, installation.clock.clone())?;
    let selectors: Vec<&str> = installation.signer.keys(set).iter().map(crate::dkim::Key::selector).collect();
    let made = Finding::ok("made", format!("New DKIM keys with the selectors {}.", selectors.join(" and ")));
    told.tell(&made.advise(
        "Publish their records first; then start `serve` again, which has it sign with them. \
         Leave the records of older keys for a week: mail that waits is signed with those.",
    ))?;
    Ok(installation)
}

/// What was told so far.
struct Told<'a> {
    as_json: bool,
    faults: usize,
    warnings: usize,
    out: &'a mut dyn Write,
}

impl Told<'_> {
    fn tell(&mut self, finding: &Finding) -> anyhow::Result<()> {
        match finding.state {
            State::Ok => {}
            State::Warning => self.warnings += 1,
            State::Fault => self.faults += 1,
        }
        finding.tell(self.as_json, self.out)?;
        // Some checks wait for other machines.
        Ok(self.out.flush()?)
    }

    fn end(self, folder: &Path) -> anyhow::Result<()> {
        let warnings = counted(self.warnings, "warning", "warnings");
        if self.faults > 0 {
            let faults = counted(self.faults, "fault", "faults");
            bail!("{faults} and {warnings}; mend what is marked so and run `{}` again", command("doctor", folder));
        }
        if !self.as_json {
            note(format_args!("No faults, {warnings}."));
        }
        Ok(())
    }
}
