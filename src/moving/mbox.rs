//! Mail as mbox, of the variety that can be undone: mboxrd, in which every `From ` at the start of a line, however often
//! quoted already, gets one more `>` (RFC 4155 names the format; <https://doc.dovecot.org/> describes the varieties).

use std::io::{self, Write};

use jiff::Timestamp;

use crate::discussion::ListId;
use crate::message::Address;
use crate::store::{Store, StoreError};

/// Why something could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where it goes to, or comes from.
    #[error("writing: {0}")]
    Write(#[from] io::Error),
}

/// Writes a list's mail in the order in which it was published, one mail in memory at a time.
pub fn write_mbox(out: &mut dyn Write, store: &Store, list: ListId) -> Result<(), MoveError> {
    for published in store.published_mails(list)? {
        let (envelope, raw) = store.stored_mail(published.mail)?;
        write_mbox_mail(out, envelope.reverse_path.as_ref(), published.published_at, &raw)?;
    }
    Ok(())
}

/// Writes one mail: its octets as they are, but with LF line ends, and with mboxrd's quoting.
pub fn write_mbox_mail(out: &mut dyn Write, from: Option<&Address>, at: Timestamp, raw: &[u8]) -> io::Result<()> {
    // A blank would end the sender too early; only a quoted local part can hold one.
    let sender = from.map_or("MAILER-DAEMON", Address::as_str).replace(' ', "_");
    writeln!(out, "From {sender} {}", at.strftime("%a %b %e %H:%M:%S %Y"))?;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        let ended = line.strip_suffix(b"\n").unwrap_or(line);
        let text = ended.strip_suffix(b"\r").filter(|_| ended.len() < line.len()).unwrap_or(ended);
        if is_from_line(text) {
            out.write_all(b">")?;
        }
        out.write_all(text)?;
        out.write_all(b"\n")?;
    }
    // What separates it from the next one; no part of it.
    out.write_all(b"\n")
}

fn is_from_line(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|octet| **octet == b'>').count();
    line[marks..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(from: Option<&str>, raw: &str) -> String {
        let from = from.map(|address| Address::parse(address).unwrap());
        let mut out = Vec::new();
        write_mbox_mail(&mut out, from.as_ref(), "2026-03-01T07:05:09Z".parse().unwrap(), raw.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_mail_stands_between_its_from_line_and_an_empty_one() {
        assert_eq!(
            written(Some("ada@example.org"), "Subject: a\r\n\r\nb\r\n"),
            "From ada@example.org Sun Mar  1 07:05:09 2026\nSubject: a\n\nb\n\n"
        );
    }

    #[test]
    fn lines_that_begin_with_from_are_quoted_once_more_so_that_it_can_be_undone() {
        let text = written(None, "A: b\r\n\r\nFrom here\r\n>From there\r\n>>From\r\nFrom\r\n From x\r\n");
        assert!(text.starts_with("From MAILER-DAEMON "), "{text}");
        assert!(text.ends_with("\n>From here\n>>From there\n>>From\nFrom\n From x\n\n"), "{text}");
    }

    #[test]
    fn only_line_ends_change_and_a_lone_cr_is_none() {
        assert!(written(None, "A: b\r\n\r\none\rtwo\r\r\nlast").ends_with("\n\none\rtwo\r\nlast\n\n"));
    }
}
