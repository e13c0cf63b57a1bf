//! Maildir files: their names, their order, and how one comes to be. A mail is written in `tmp`, synced, and renamed
//! into `new`, so that no reader ever sees half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::message::Address;
use crate::smtp::Envelope;

/// A mail's file, in `new` or `cur`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailFile {
    /// Its place in the order of arrival; `None` where another program delivered it: those come first.
    pub arrival: Option<u64>,
    /// Where it is.
    pub path: PathBuf,
}

/// Makes the three folders of a Maildir where they are missing.
pub fn make(folder: &Path) -> io::Result<()> {
    ["tmp", "new", "cur"].iter().try_for_each(|part| fs::create_dir_all(folder.join(part)))
}

/// Its mails in order of arrival.
pub fn files(folder: &Path) -> io::Result<Vec<MailFile>> {
    let mut found = Vec::new();
    for part in ["new", "cur"] {
        for file in fs::read_dir(folder.join(part))? {
            let (path, name) = file.map(|file| (file.path(), file.file_name()))?;
            let name = name.to_string_lossy();
            if !name.starts_with('.') {
                found.push(MailFile { arrival: arrival_of(&name), path });
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Writes a mail for one recipient; on disk when this returns. Lines end in LF, as Unix programs want it.
pub fn deliver(
    folder: &Path,
    arrival: u64,
    now: Timestamp,
    envelope: &Envelope,
    to: &Address,
    content: &[u8],
) -> io::Result<()> {
    let (seconds, milliseconds) = (now.as_second(), now.subsec_millisecond());
    let name = format!("{seconds}.M{milliseconds}P{}Q{arrival}.rejoinder", std::process::id());
    let temporary = folder.join("tmp").join(&name);
    let written = write(&temporary, &[trace(envelope, to, now).as_bytes(), &with_lf(content)]);
    let placed = written.and_then(|()| fs::rename(&temporary, folder.join("new").join(&name)));
    if placed.is_err() {
        // What is left of it helps nobody; where it cannot be removed either, the first fault is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    placed?;
    File::open(folder.join("new"))?.sync_all()
}

/// The stored text with CRLF line ends.
pub fn with_crlf(stored: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(stored.len() + stored.len() / 32);
    for line in stored.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => sent.extend([text.strip_suffix(b"\r").unwrap_or(text), b"\r\n"].concat()),
            None => sent.extend(line),
        }
    }
    sent
}

/// The content of a door has no CR but in CRLF, so nothing is lost by this.
fn with_lf(content: &[u8]) -> Vec<u8> {
    content.iter().copied().filter(|byte| *byte != b'\r').collect()
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

/// The headers of final delivery (RFC 5321 §4.4).
fn trace(envelope: &Envelope, to: &Address, now: Timestamp) -> String {
    let from = envelope.reverse_path.as_ref().map_or("", Address::as_str);
    let helo = envelope.name_of_client();
    let date = DateTimePrinter::new().timestamp_to_string(&now).unwrap_or_default();
    format!(
        "Return-Path: <{from}>\nDelivered-To: {to}\n\
         Received: from {helo} ([{}]) by the embedded mailbox with SMTP\n\tfor <{to}>; {date}\n",
        envelope.peer.ip()
    )
}

/// The number after `Q` in a name of ours: `1767323045.M0P17Q4.rejoinder`, flags after it or not.
fn arrival_of(name: &str) -> Option<u64> {
    let (_, unique) = name.split_once('.')?;
    let (unique, host) = unique.split_once('.')?;
    let ours = host.split(':').next() == Some("rejoinder");
    unique.rsplit_once('Q').filter(|_| ours)?.1.parse().ok()
}
