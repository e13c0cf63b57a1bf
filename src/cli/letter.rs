//! One mail, shown: readable where a person looks, its very octets where a program does.

use std::io::{self, IsTerminal, Write};

use super::table::plain;
use crate::message::Mail;

/// The headers that people read.
const READ: [&str; 5] = ["From", "To", "Reply-To", "Date", "Subject"];

/// Whether a person looks.
pub(super) fn is_read_by_a_person() -> bool {
    io::stdout().is_terminal()
}

/// Writes a mail for a person: the headers that they read, and its text. Nothing in it steers the terminal.
pub(super) fn readable(raw: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
    let mail = Mail::parse(raw);
    for name in READ {
        if let Some(value) = mail.header(name) {
            writeln!(out, "{name}: {}", plain(value))?;
        }
    }
    writeln!(out)?;
    for line in mail.text.lines() {
        writeln!(out, "{}", plain(line))?;
    }
    for file in &mail.attachments {
        writeln!(out, "[attached: {}]", plain(file.name.as_deref().unwrap_or("a file without a name")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_decoded_and_steers_no_terminal() {
        let raw = b"From: =?utf-8?q?Zo=C3=AB?= <z@x.org>\r\nX-Else: no\r\nSubject: a\x1b[2Jb\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            caf=C3=A9\r\n=1B[31mred\r\n";
        let mut out = Vec::new();
        readable(raw, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("Zoë") && text.contains("café") && !text.contains("X-Else"), "{text}");
        assert!(!text.contains('\x1b'), "{text:?}");
    }
}
