//! The data folder: who may read it, the database, the disk, keys and clock.

use std::path::Path;

use jiff::SignedDuration;

use super::super::wording::{command, counted, when};
use super::{Finding, Patient};
use crate::config::FILE;
use crate::dkim::{Key, KeySet};
use crate::installation::InstallationError;

/// Below this a few large mails fill the disk, octets.
const NO_ROOM: u64 = 100 << 20;
const LITTLE_ROOM: u64 = 1 << 30;

/// A folder that cannot be opened at all: its error says what to do.
pub(super) fn unusable(error: &InstallationError) -> Finding {
    let text = error.to_string();
    let (found, advice) = text.rsplit_once("; ").unwrap_or((&text, ""));
    Finding::fault("folder", found).advise(advice)
}

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let mut found =
        vec![Finding::ok("settings", format!("{FILE} reads well; the lists' domain is {}.", patient.domain()))];
    found.push(modes(&patient.installation.folder));
    found.extend(database(patient));
    found.push(disk(&patient.installation.folder));
    found.push(keys(patient));
    found
}

/// Nobody else may read secrets and mail.
#[cfg(unix)]
fn modes(folder: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let keys = std::fs::read_dir(folder.join("keys")).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = [FILE, "rejoinder.db", "keys", "mailbox"].map(|name| folder.join(name));
    let is_open = |path: &std::path::PathBuf| {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    };
    let open: Vec<String> =
        files.into_iter().chain(keys).filter(is_open).map(|path| path.display().to_string()).collect();
    if open.is_empty() {
        return Finding::ok("folder", format!("{} is for its owner's eyes alone.", folder.display()));
    }
    Finding::fault("folder", format!("Other users of this machine can read or change {}.", open.join(", ")))
        .advise(format!("Take that away: chmod -R go= {}", folder.display()))
}

#[cfg(not(unix))]
fn modes(folder: &Path) -> Finding {
    Finding::ok("folder", format!("{} is there.", folder.display()))
}

fn database(patient: &Patient) -> Vec<Finding> {
    let now = patient.installation.clock.now();
    let examined = match patient.installation.store.examine() {
        Ok(examined) => examined,
        Err(error) => return vec![Finding::fault("database", error.to_string())],
    };
    let database = if examined.faults.is_empty() {
        Finding::ok("database", format!("It is sound, of version {}.", examined.version))
    } else {
        Finding::fault("database", format!("It is damaged: {}.", examined.faults.join("; ")))
            .advise("Stop `serve`, keep a copy of the folder, and restore the database from a backup.")
    };
    let ahead = examined.last_mail.filter(|last| last.duration_since(now) > SignedDuration::from_mins(5));
    let clock = match ahead {
        Some(last) => Finding::fault(
            "clock",
            format!("This machine says that it is {}, but a mail came in on {}.", when(now), when(last)),
        )
        .advise("Set the clock, and have it kept by NTP (timedatectl set-ntp true)."),
        None => Finding::ok("clock", format!("It is {}, and no mail is from later.", when(now))),
    };
    vec![database, clock]
}

#[cfg(unix)]
fn disk(folder: &Path) -> Finding {
    match rustix::fs::statvfs(folder) {
        Ok(stat) => room(stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(error) => Finding::warning("disk", format!("How much room there is cannot be told: {error}.")),
    }
}

#[cfg(not(unix))]
fn disk(_folder: &Path) -> Finding {
    Finding::ok("disk", "How much room there is, is not looked at on this system.")
}

fn room(free: u64) -> Finding {
    let megabytes = free >> 20;
    let found =
        if megabytes < 10_000 { format!("{megabytes} MiB are free.") } else { format!("{} GiB are free.", free >> 30) };
    let advice = "Make room: without any, mail is put off (451) until there is.";
    match free {
        ..NO_ROOM => Finding::fault("disk", found).advise(advice),
        NO_ROOM..LITTLE_ROOM => Finding::warning("disk", found).advise(advice),
        LITTLE_ROOM.. => Finding::ok("disk", found),
    }
}

fn keys(patient: &Patient) -> Finding {
    let installation = &patient.installation;
    let token = format!("Tokens are made with key {}", installation.keys.newest());
    let newest = installation.signer.newest();
    if newest == KeySet::NONE {
        let make = command("doctor --make-keys", &installation.folder);
        let advice = format!(
            "`{make}` makes DKIM keys, which sign your mail. [relay] dkim = \"off\" says that the relay signs."
        );
        let needed = patient.sends() && installation.config.relay.dkim == crate::config::Dkim::On;
        return patient.lack(
            needed,
            "keys",
            format!("{token}; there are no DKIM keys, so mail goes unsigned."),
            &advice,
        );
    }
    let selectors: Vec<&str> = installation.signer.keys(newest).iter().map(Key::selector).collect();
    let dkim = format!("{} ({})", counted(selectors.len(), "DKIM key", "DKIM keys"), selectors.join(", "));
    match installation.signer.current() {
        KeySet::NONE => Finding::ok("keys", format!("{token}; {dkim} lie idle, for [relay] dkim is \"off\".")),
        _ => Finding::ok("keys", format!("{token}; mail is signed with {dkim}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_disk_is_told_of_before_it_is_full() {
        let states = [50 << 20, 500 << 20, 500 << 30].map(|free| room(free).state);
        assert_eq!(states, [State::Fault, State::Warning, State::Ok]);
        assert!(room(500 << 20).found.starts_with("500 MiB") && room(500 << 30).found.starts_with("500 GiB"));
    }
}
