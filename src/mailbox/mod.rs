//! The embedded mailbox: a receiver that takes mail for anybody and fills a Maildir, so that a list can be tried with
//! no mail system at all. Any program that opens Maildirs (mutt, say) reads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use crate::clock::Clock;
use crate::message::Address;
use crate::smtp::{Envelope, Receiver, Reply};

mod listing;
mod maildir;

pub use listing::Entry;

/// A Maildir and the number of its next mail.
#[derive(Clone, Debug)]
pub struct Mailbox {
    folder: PathBuf,
    clock: Clock,
    /// How many mails ever arrived: the next one's place in the order of arrival, also across restarts.
    arrived: Arc<AtomicU64>,
}

impl Mailbox {
    /// Opens the Maildir in `folder`, making it where there is none. One process at a time may take mail into it; any
    /// number may read.
    pub fn open(folder: impl Into<PathBuf>, clock: Clock) -> io::Result<Self> {
        let folder = folder.into();
        maildir::make(&folder)?;
        let last = maildir::files(&folder)?.into_iter().filter_map(|file| file.arrival).max();
        Ok(Self { folder, clock, arrived: Arc::new(AtomicU64::new(last.map_or(0, |last| last + 1))) })
    }

    /// What arrived, in order of arrival.
    pub fn list(&self) -> io::Result<Vec<Entry>> {
        listing::list(&self.folder)
    }

    /// The mail with this number in [`Mailbox::list`], lines ended by CRLF as it was sent, after the headers that the
    /// mailbox put before it. `None` where there is none.
    pub fn read(&self, number: usize) -> io::Result<Option<Vec<u8>>> {
        let files = maildir::files(&self.folder)?;
        let file = number.checked_sub(1).and_then(|at| files.get(at));
        file.map(|file| fs::read(&file.path).map(|stored| maildir::with_crlf(&stored))).transpose()
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps one file for each recipient, on disk when this returns.
    fn keep(&self, envelope: &Envelope, content: &[u8]) -> Vec<Reply> {
        let kept = envelope.recipients.iter().map(|to| {
            let arrival = self.arrived.fetch_add(1, Ordering::Relaxed);
            maildir::deliver(&self.folder, arrival, self.clock.now(), envelope, to, content)
        });
        kept.map(|kept| match kept {
            Ok(()) => Reply::new(250, "2.0.0", "Kept"),
            Err(fault) => {
                tracing::error!(%fault, "mailbox.not_kept");
                Reply::new(451, "4.3.0", "The mailbox cannot keep it now")
            }
        })
        .collect()
    }
}

impl Receiver for Mailbox {
    async fn recipient(&self, _reverse_path: Option<&Address>, _to: &Address) -> Reply {
        Reply::new(250, "2.1.5", "Everybody has a mailbox here")
    }

    async fn receive(&self, envelope: Envelope, content: Vec<u8>) -> Vec<Reply> {
        let mailbox = self.clone();
        let kept = tokio::task::spawn_blocking(move || mailbox.keep(&envelope, &content)).await;
        // No reply at all is a temporary refusal ([`Reply::for_all`]).
        kept.inspect_err(|fault| tracing::error!(%fault, "mailbox.broke")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Door;

    fn envelope(to: &[&str]) -> Envelope {
        Envelope {
            door: Door::Local,
            peer: "127.0.0.1:40000".parse().unwrap(),
            helo: "there.example".to_owned(),
            tls: false,
            with: "SMTP",
            reverse_path: Some(Address::parse("talk+b.x@lists.example").unwrap()),
            recipients: to.iter().map(|to| Address::parse(to).unwrap()).collect(),
        }
    }

    fn open(folder: &Path) -> Mailbox {
        Mailbox::open(folder.join("box"), Clock::manual("2026-01-02T03:04:05Z".parse().unwrap())).unwrap()
    }

    const MAIL: &[u8] = b"From: Ada <ada@x.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
        Date: Fri, 2 Jan 2026 04:04:05 +0100\r\nDelivered-To: forged@x.example\r\n\r\nHello\r\n";

    #[tokio::test]
    async fn each_recipient_gets_a_file_that_says_for_whom_and_from_whom() {
        let temporary = tempfile::tempdir().unwrap();
        let mailbox = open(temporary.path());
        let replies = mailbox.receive(envelope(&["bo@x.example", "cy@x.example"]), MAIL.to_vec()).await;
        assert_eq!(replies.iter().map(|reply| reply.code).collect::<Vec<_>>(), [250, 250]);
        let entries = mailbox.list().unwrap();
        let to: Vec<_> = entries.iter().map(|entry| entry.delivered_to.clone().unwrap()).collect();
        assert_eq!(to, ["bo@x.example", "cy@x.example"]);
        let first = &entries[0];
        assert_eq!((first.number, first.from.as_str(), first.subject.as_str()), (1, "Ada <ada@x.example>", "Grüße"));
        assert_eq!(first.date, Some("2026-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(
            String::from_utf8(mailbox.read(1).unwrap().unwrap()).unwrap(),
            format!(
                "Return-Path: <talk+b.x@lists.example>\r\nDelivered-To: bo@x.example\r\n\
                 Received: from there.example ([127.0.0.1]) by the embedded mailbox with SMTP\r\n\
                 \tfor <bo@x.example>; Fri, 2 Jan 2026 03:04:05 -0000\r\n{}",
                String::from_utf8_lossy(MAIL)
            )
        );
        assert_eq!((mailbox.read(0).unwrap(), mailbox.read(3).unwrap()), (None, None));
    }

    #[tokio::test]
    async fn it_is_a_maildir_and_keeps_the_order_of_arrival_across_restarts_and_readers() {
        let temporary = tempfile::tempdir().unwrap();
        for turn in 0..12 {
            // The clock stands still all the while: order and names do not hang on it.
            let mailbox = open(temporary.path());
            mailbox.receive(envelope(&[&format!("r{turn}@x.example")]), MAIL.to_vec()).await;
        }
        let mailbox = open(temporary.path());
        let folder = mailbox.folder();
        assert_eq!(fs::read_dir(folder.join("tmp")).unwrap().count(), 0);
        let read = mailbox.list().unwrap()[2].file.clone();
        let name = read.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!name.contains([':', '/']), "{name}");
        assert!(!fs::read(&read).unwrap().contains(&b'\r'));
        // A mail program that has shown a mail moves it to `cur`.
        fs::rename(&read, folder.join("cur").join(format!("{name}:2,S"))).unwrap();
        let to: Vec<_> = mailbox.list().unwrap().into_iter().map(|entry| entry.delivered_to.unwrap()).collect();
        assert_eq!(to, (0..12).map(|turn| format!("r{turn}@x.example")).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_bounce_and_a_client_of_strange_name_make_no_false_headers() {
        let temporary = tempfile::tempdir().unwrap();
        let mailbox = open(temporary.path());
        let strange = Envelope { reverse_path: None, helo: "x)(;\r\nX: y".to_owned(), ..envelope(&["bo@x.example"]) };
        mailbox.receive(strange, b"no header at all".to_vec()).await;
        let stored = String::from_utf8(mailbox.read(1).unwrap().unwrap()).unwrap();
        assert!(stored.starts_with("Return-Path: <>\r\n"), "{stored}");
        assert!(stored.contains("Received: from xX:y ([127.0.0.1])"), "{stored}");
        assert!(!stored.contains("\nX:"), "{stored}");
        assert_eq!(mailbox.list().unwrap()[0].subject, "");
    }

    #[tokio::test]
    async fn a_mailbox_that_cannot_write_says_try_later() {
        let temporary = tempfile::tempdir().unwrap();
        let mailbox = open(temporary.path());
        fs::remove_dir_all(mailbox.folder()).unwrap();
        let replies = mailbox.receive(envelope(&["bo@x.example"]), MAIL.to_vec()).await;
        assert!(replies[0].is_temporary());
    }
}
