//! What a mailbox holds, read from the heads of its files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mail_parser::MessageParser;

use super::maildir::{MailFile, files};

/// Octets of a file that are read for its headers: those of real mail take a few thousand.
const HEAD: u64 = 64 << 10;

/// A mail in the mailbox. Texts are decoded, on one line, and empty where the header is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of arrival, from 1.
    pub number: usize,
    /// Where it is; a mail program moves it from `new` to `cur` when it has shown it.
    pub file: PathBuf,
    /// The recipient it came for; `None` where another program delivered it.
    pub delivered_to: Option<String>,
    /// The first author: `Name <address>`, or the address alone.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The Date header.
    pub date: Option<Timestamp>,
    /// Size of the file in octets.
    pub size_bytes: u64,
}

/// The mails of the Maildir in `folder`, in order of arrival. One that vanishes meanwhile is left out.
pub fn list(folder: &Path) -> io::Result<Vec<Entry>> {
    let read = |(at, file): (usize, MailFile)| match head(&file.path) {
        Ok((head, size_bytes)) => Some(Ok(entry(at + 1, file.path, &head, size_bytes))),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => None,
        Err(fault) => Some(Err(fault)),
    };
    files(folder)?.into_iter().enumerate().filter_map(read).collect()
}

/// The headers as stored, bounded, and the file's size.
fn head(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    let end = head.windows(2).position(|pair| pair == b"\n\n").map_or(head.len(), |at| at + 2);
    head.truncate(end);
    Ok((head, size_bytes))
}

fn entry(number: usize, file: PathBuf, head: &[u8], size_bytes: u64) -> Entry {
    let parsed = MessageParser::default().parse_headers(head);
    let message = parsed.as_ref();
    let from = message.and_then(|message| message.from()?.first()).map(|from| {
        let address = from.address().unwrap_or_default();
        from.name().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>"))
    });
    let subject = message.and_then(|message| message.subject()).unwrap_or_default();
    let date = message.and_then(|message| message.date());
    Entry {
        number,
        file,
        delivered_to: delivered_to(head),
        from: one_line(&from.unwrap_or_default()),
        subject: one_line(subject),
        date: date.and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        size_bytes,
    }
}

/// The first Delivered-To, which is ours: below it a mail may claim what it likes.
fn delivered_to(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Delivered-To: "))?;
    Some(one_line(&String::from_utf8_lossy(line)))
}

/// Without line ends and other controls: encoded words can bring them into decoded headers, and a terminal obeys them.
fn one_line(text: &str) -> String {
    let blanks: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    blanks.split_whitespace().collect::<Vec<_>>().join(" ")
}
