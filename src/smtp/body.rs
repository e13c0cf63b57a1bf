//! The text of a mail as it comes in, kept within its limits (pure).

use std::mem::take;
use std::sync::Arc;

use super::buffered::{Buffered, Share};
use super::{Limits, Protocol, Reply};

/// A mail being gathered within its limits. After a fault nothing is kept, only counted.
pub struct Body {
    message_bytes: usize,
    line_bytes: usize,
    /// Whether lone CRs and LFs are made line ends.
    mends: bool,
    /// What is kept so far: never more than its limits.
    pub content: Vec<u8>,
    /// Octets of the mail and of its line so far, also those that were not kept.
    size: usize,
    line: usize,
    lone: bool,
    long: bool,
    /// Whether the last of [`Body::octets`] was a CR.
    after_cr: bool,
    /// Whether a lone CR is not made a line end yet: before a CRLF it is none of its own, since there are programs that end
    /// each line twice so.
    lone_cr: bool,
    /// Whether there was no room to keep it.
    no_room: bool,
    /// Octets of the last mail for which there was no room.
    lacked: usize,
    share: Share,
}

impl Body {
    /// An empty one, with its share of `buffered`. By LMTP its lines may be of any length and end in any way: the server
    /// in front has taken the mail and would have to send it back.
    pub fn new(limits: &Limits, buffered: &Arc<Buffered>, protocol: Protocol) -> Self {
        let mends = protocol == Protocol::Lmtp;
        Self {
            message_bytes: limits.message_bytes,
            line_bytes: if mends { usize::MAX } else { limits.line_bytes },
            mends,
            content: Vec::new(),
            size: 0,
            line: 0,
            lone: false,
            long: false,
            after_cr: false,
            lone_cr: false,
            no_room: false,
            lacked: 0,
            share: buffered.share(),
        }
    }

    /// Text within a line.
    pub fn text(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.end_line_at_lone_cr();
        }
        self.line = self.line.saturating_add(text.len());
        self.long |= self.line > self.line_bytes;
        self.keep(text);
    }

    /// A CRLF.
    pub fn line_end(&mut self) {
        (self.line, self.lone_cr) = (0, false);
        self.keep(b"\r\n");
    }

    /// A CR or LF that stands alone.
    pub fn lone(&mut self, byte: u8) {
        match (self.mends, byte) {
            (true, b'\r') => {
                self.end_line_at_lone_cr();
                self.lone_cr = true;
            }
            (true, _) => {
                self.end_line_at_lone_cr();
                self.line_end();
            }
            (false, _) => {
                self.lone = true;
                self.text(&[byte]);
            }
        }
    }

    fn end_line_at_lone_cr(&mut self) {
        if take(&mut self.lone_cr) {
            self.line_end();
        }
    }

    /// A piece of a mail that came in chunks, its line ends among the text. A chunk's length ends it, so no line end in it
    /// can be taken for the end of a mail here. But what we keep goes out again by DATA, where the next server may take
    /// a lone CR or LF for one: such a mail is refused like any other.
    pub fn octets(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(first) = rest.first() {
            match (take(&mut self.after_cr), first) {
                (true, b'\n') => {
                    self.line_end();
                    rest = &rest[1..];
                    continue;
                }
                (true, _) => self.lone(b'\r'),
                (false, _) => {}
            }
            let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
            self.text(&rest[..run]);
            match rest.get(run) {
                Some(b'\r') => self.after_cr = true,
                Some(byte) => self.lone(*byte),
                None => break,
            }
            rest = &rest[run + 1..];
        }
    }

    /// No more of [`Body::octets`] will come. A mail in chunks may end within a line, unlike any other: its line is ended
    /// for it, as DATA would have done (and as DKIM reads it: RFC 6376 §3.4.3).
    pub fn last_octet(&mut self) {
        if take(&mut self.after_cr) {
            self.lone(b'\r');
        }
        self.end_line_at_lone_cr();
        if self.line > 0 {
            self.line_end();
        }
    }

    /// The whole mail, or what is wrong with it; the next one starts empty. The mail's share stays taken until it is given
    /// back or the next mail begins.
    pub fn finish(&mut self) -> Result<Vec<u8>, MailFault> {
        self.end_line_at_lone_cr();
        let fault = self.fault();
        let content = take(&mut self.content);
        (self.size, self.line) = (0, 0);
        (self.lone, self.long, self.after_cr, self.no_room) = (false, false, false, false);
        fault.map_or(Ok(content), Err)
    }

    /// The mail that was read last is out of our memory: its share is free for others.
    pub fn done(&mut self) {
        self.share.give_back();
    }

    /// Octets that are taken of the memory for mails being read.
    pub fn held(&self) -> usize {
        self.share.octets()
    }

    /// Octets, so far, of the last mail for which there was no room.
    pub fn lacked(&self) -> usize {
        self.lacked
    }

    /// What is wrong with it so far.
    pub fn fault(&self) -> Option<MailFault> {
        if self.size > self.message_bytes {
            Some(MailFault::TooBig)
        } else if self.lone {
            Some(MailFault::LoneLineEnd)
        } else if self.long {
            Some(MailFault::LongLine)
        } else {
            self.no_room.then_some(MailFault::NoRoom)
        }
    }

    fn keep(&mut self, text: &[u8]) {
        self.size = self.size.saturating_add(text.len());
        if self.content.is_empty() {
            self.share.give_back();
        }
        if self.fault().is_none() {
            self.no_room = !self.share.make_room(&mut self.content, text.len(), self.message_bytes);
        }
        if self.no_room {
            self.lacked = self.size;
        }
        match self.fault() {
            None => self.content.extend_from_slice(text),
            Some(_) => {
                self.content = Vec::new();
                self.share.give_back();
            }
        }
    }
}

/// Why a mail was not taken. Where several faults are in one, the first of these counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFault {
    /// Longer than [`Limits::message_bytes`].
    TooBig,
    /// A CR or LF stands alone in it.
    LoneLineEnd,
    /// A line is longer than [`Limits::line_bytes`].
    LongLine,
    /// The mails being read have all of [`Limits::buffered_bytes`].
    NoRoom,
}

impl MailFault {
    /// What the client is told at the end of its mail. RFC 3463 has no status for the line ends; 5.6.0 is "something
    /// about the content".
    pub fn reply(self) -> Reply {
        match self {
            Self::TooBig => Reply::new(552, "5.3.4", "The message is too big"),
            Self::LoneLineEnd => Reply::new(550, "5.6.0", "A CR or LF stood alone; lines must end with CR LF"),
            Self::LongLine => Reply::new(554, "5.6.0", "A line of the message is too long"),
            Self::NoRoom => Reply::new(452, "4.3.1", "Too many mails at once; try again later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_that_find_no_room_are_refused_and_room_is_made_when_another_ends() {
        let limits = Limits { message_bytes: 6_000, buffered_bytes: 6_000, ..Limits::default() };
        let buffered = Buffered::new(&limits);
        let body = || Body::new(&limits, &buffered, Protocol::Smtp);
        let (mut one, mut other) = (body(), body());
        let line = "x".repeat(100);
        one.text(line.as_bytes());
        other.text(line.as_bytes());
        other.line_end();
        one.line_end();
        assert_eq!(other.finish(), Ok(format!("{line}\r\n").into_bytes()), "small mails take what is left");
        assert_eq!(one.finish(), Ok(format!("{line}\r\n").into_bytes()));
        other.done();
        let long = "x".repeat(5_950);
        one.text(long.as_bytes());
        assert!(buffered.is_full());
        other.text(line.as_bytes());
        assert_eq!(other.finish(), Err(MailFault::NoRoom));
        assert_eq!(one.finish(), Ok(long.into_bytes()));
        drop(one);
        other.text(line.as_bytes());
        assert_eq!(other.finish(), Ok(line.into_bytes()));
    }
}
