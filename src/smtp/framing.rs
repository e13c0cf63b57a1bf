//! Bytes of a client cut into command lines and mails (pure). Only CRLF ends a line and only CRLF.CRLF ends a mail
//! (RFC 5321 §2.3.8, §4.1.1.4): whoever takes anything else for it can be made to see two mails in one.
//!
//! What is over a limit is passed over, never kept: a session needs no more memory than its limits say.

use std::mem::take;
use std::sync::Arc;

use super::buffered::{Buffered, Share};
use super::{Limits, Reply};

/// One thing that a client said.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A command line without its CRLF; it may hold any byte but CR and LF.
    Line(Vec<u8>),
    /// The start of a line that is none; the rest of it, up to the next CRLF, is passed over.
    BadLine(LineFault),
    /// A mail, dots unstuffed, without the ending: lines that end in CRLF. Or why it cannot be taken.
    Mail(Result<Vec<u8>, MailFault>),
}

/// What is wrong with a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A CR or LF stands alone in it.
    LoneLineEnd,
    /// It is longer than [`Limits::command_bytes`].
    TooLong,
}

impl LineFault {
    /// What the client is told.
    pub fn reply(self) -> Reply {
        match self {
            Self::LoneLineEnd => Reply::new(500, "5.5.2", "Lines end with CR LF; one of them stood alone"),
            Self::TooLong => Reply::new(500, "5.5.2", "Line too long"),
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

/// Cuts what a client sends, in whatever pieces it comes.
pub struct Framing {
    command_bytes: usize,
    body: Body,
    /// What was fed and not yet read, from `at` on.
    input: Vec<u8>,
    at: usize,
    /// The command line so far.
    line: Vec<u8>,
    place: Place,
}

/// Where in the client's talk we are.
#[derive(Clone, Copy, Debug)]
enum Place {
    Command,
    /// In a bad line, up to its CRLF; whether the last byte was a CR.
    PassingOver {
        after_cr: bool,
    },
    Mail(InMail),
}

/// Where in a mail we are. After a lone CR or LF we are within a line, not at the start of one.
#[derive(Clone, Copy, Debug)]
enum InMail {
    LineStart,
    /// After a dot at the start of a line.
    Dot,
    /// After a dot and a CR.
    DotCr,
    Text,
    Cr,
    /// After CRLF.CRLF.
    End,
}

impl Framing {
    /// At the start of a session whose mails are kept in `buffered` while they are read.
    pub fn new(limits: &Limits, buffered: &Arc<Buffered>) -> Self {
        Self {
            command_bytes: limits.command_bytes,
            body: Body::new(limits, buffered),
            input: Vec::new(),
            at: 0,
            line: Vec::new(),
            place: Place::Command,
        }
    }

    /// Takes what came from the client. To bound what is kept, feed only when [`Framing::frame`] has nothing more.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.input.drain(..take(&mut self.at));
        self.input.extend_from_slice(chunk);
    }

    /// The next thing that the client said; `None` where more of it must come first.
    pub fn frame(&mut self) -> Option<Frame> {
        let input = take(&mut self.input);
        let frame = match self.place {
            Place::Mail(place) => self.mail(&input, place),
            Place::Command | Place::PassingOver { .. } => self.command(&input),
        };
        // A session that waits keeps no buffer: thousands of them wait.
        self.input = if self.at < input.len() { input } else { Vec::new() };
        self.at = self.at.min(self.input.len());
        frame
    }

    /// What follows is a mail: to be called after the DATA line was read.
    pub fn read_mail(&mut self) {
        self.place = Place::Mail(InMail::LineStart);
    }

    /// The mail that was read last is out of our memory: its share is free for others.
    pub fn mail_done(&mut self) {
        self.body.done();
    }

    /// Whether a mail is being read.
    pub fn in_mail(&self) -> bool {
        matches!(self.place, Place::Mail(_))
    }

    fn command(&mut self, input: &[u8]) -> Option<Frame> {
        while let Some(&byte) = input.get(self.at) {
            self.at += 1;
            if let Place::PassingOver { after_cr } = self.place {
                let ended = after_cr && byte == b'\n';
                self.place = if ended { Place::Command } else { Place::PassingOver { after_cr: byte == b'\r' } };
                continue;
            }
            let after_cr = self.line.last() == Some(&b'\r');
            let ended = after_cr && byte == b'\n';
            let fault = if self.line.len() >= self.command_bytes {
                Some(LineFault::TooLong)
            } else if !ended && (after_cr || byte == b'\n') {
                Some(LineFault::LoneLineEnd)
            } else {
                None
            };
            if let Some(fault) = fault {
                self.line = Vec::new();
                self.place = if ended { Place::Command } else { Place::PassingOver { after_cr: byte == b'\r' } };
                return Some(Frame::BadLine(fault));
            }
            if ended {
                self.line.pop();
                return Some(Frame::Line(take(&mut self.line)));
            }
            self.line.push(byte);
        }
        None
    }

    fn mail(&mut self, input: &[u8], mut place: InMail) -> Option<Frame> {
        while let Some(&byte) = input.get(self.at) {
            if let InMail::Text = place {
                let rest = &input[self.at..];
                let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                self.body.text(&rest[..run]);
                self.at += run;
                let Some(&end) = rest.get(run) else { break };
                place = self.within_line(end);
            } else {
                place = self.step(place, byte);
            }
            self.at += 1;
            if let InMail::End = place {
                self.place = Place::Command;
                return Some(Frame::Mail(self.body.finish()));
            }
        }
        self.place = Place::Mail(place);
        None
    }

    /// Takes one byte at a place where it matters.
    fn step(&mut self, place: InMail, byte: u8) -> InMail {
        match (place, byte) {
            (InMail::LineStart, b'.') => InMail::Dot,
            (InMail::Dot, b'\r') => InMail::DotCr,
            (InMail::DotCr, b'\n') => InMail::End,
            (InMail::Cr, b'\n') => {
                self.body.line_end();
                InMail::LineStart
            }
            (InMail::DotCr | InMail::Cr, _) => {
                self.body.lone(b'\r');
                self.within_line(byte)
            }
            _ => self.within_line(byte),
        }
    }

    fn within_line(&mut self, byte: u8) -> InMail {
        match byte {
            b'\r' => return InMail::Cr,
            b'\n' => self.body.lone(byte),
            _ => self.body.text(&[byte]),
        }
        InMail::Text
    }
}

/// A mail being gathered within its limits. After a fault nothing is kept, only counted.
pub struct Body {
    message_bytes: usize,
    line_bytes: usize,
    content: Vec<u8>,
    /// Octets of the mail and of its line so far, also those that were not kept.
    size: usize,
    line: usize,
    lone: bool,
    long: bool,
    /// Whether there was no room to keep it.
    no_room: bool,
    share: Share,
}

impl Body {
    /// An empty one, with its share of `buffered`.
    pub fn new(limits: &Limits, buffered: &Arc<Buffered>) -> Self {
        Self {
            message_bytes: limits.message_bytes,
            line_bytes: limits.line_bytes,
            content: Vec::new(),
            size: 0,
            line: 0,
            lone: false,
            long: false,
            no_room: false,
            share: buffered.share(),
        }
    }

    /// Text within a line.
    pub fn text(&mut self, text: &[u8]) {
        self.line = self.line.saturating_add(text.len());
        self.long |= self.line > self.line_bytes;
        self.keep(text);
    }

    /// A CRLF.
    pub fn line_end(&mut self) {
        self.line = 0;
        self.keep(b"\r\n");
    }

    /// A CR or LF that stands alone.
    pub fn lone(&mut self, byte: u8) {
        self.lone = true;
        self.text(&[byte]);
    }

    /// The whole mail, or what is wrong with it; the next one starts empty. The mail's share stays taken until it is given
    /// back or the next mail begins.
    pub fn finish(&mut self) -> Result<Vec<u8>, MailFault> {
        let fault = self.fault();
        let content = take(&mut self.content);
        (self.size, self.line, self.lone, self.long, self.no_room) = (0, 0, false, false, false);
        fault.map_or(Ok(content), Err)
    }

    /// The mail that was read last is out of our memory: its share is free for others.
    pub fn done(&mut self) {
        self.share.give_back();
    }

    fn fault(&self) -> Option<MailFault> {
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
        match self.fault() {
            None => self.content.extend_from_slice(text),
            Some(_) => {
                self.content = Vec::new();
                self.share.give_back();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits() -> Limits {
        Limits { message_bytes: 60, line_bytes: 20, command_bytes: 12, ..Limits::default() }
    }

    /// Everything said in `pieces`, where the line DATA starts a mail.
    fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
        let mut framing = Framing::new(&limits(), &Buffered::new(&limits()));
        let mut said = Vec::new();
        for piece in pieces {
            framing.feed(piece);
            while let Some(frame) = framing.frame() {
                if frame == Frame::Line(b"DATA".to_vec()) {
                    framing.read_mail();
                }
                said.push(frame);
            }
            assert!(framing.input.is_empty() && framing.line.len() <= limits().command_bytes);
            assert!(framing.body.content.len() <= limits().message_bytes);
        }
        said
    }

    /// The one frame that `content`, sent after DATA and ended rightly, makes.
    fn mail(content: &[u8]) -> Result<Vec<u8>, MailFault> {
        let talk = [b"DATA\r\n", content, b".\r\nNOOP\r\n"].concat();
        let mut said = frames([&talk[..]]);
        assert_eq!(said.len(), 3, "{said:?}");
        assert_eq!(said.pop(), Some(Frame::Line(b"NOOP".to_vec())));
        let Some(Frame::Mail(mail)) = said.pop() else { panic!("no mail in {said:?}") };
        mail
    }

    #[test]
    fn pipelined_commands_around_a_mail_are_kept_in_order() {
        let said = frames([&b"RCPT\r\nDATA\r\nhi\r\n..x\r\n.\r\nRSET\r\n\r\nQUIT\r\nrest"[..]]);
        let line = |text: &[u8]| Frame::Line(text.to_vec());
        assert_eq!(
            said,
            [
                line(b"RCPT"),
                line(b"DATA"),
                Frame::Mail(Ok(b"hi\r\n.x\r\n".to_vec())),
                line(b"RSET"),
                line(b""),
                line(b"QUIT")
            ]
        );
    }

    #[test]
    fn dots_are_unstuffed_at_line_starts_only() {
        assert_eq!(mail(b"..\r\n...a\r\n.b\r\n .\r\nc.\r\n"), Ok(b".\r\n..a\r\nb\r\n .\r\nc.\r\n".to_vec()));
        assert_eq!(mail(b""), Ok(Vec::new()));
        assert_eq!(mail(b"\r\n\r\n"), Ok(b"\r\n\r\n".to_vec()));
    }

    #[test]
    fn only_the_true_ending_ends_a_mail_and_a_lone_line_end_spoils_it() {
        for ending in [
            &b"\n.\n"[..],
            b"\n.\r\n",
            b"\r\n.\n",
            b"\r.\r",
            b"\r\n.\r",
            b"\r.\r\n",
            b"\n.\r",
            b"\r.\n",
            b"\r\n.\r\r\n",
            b"\n\r.\r\n",
            b"\n",
            b"\r",
            b"\n\n.\r\n",
            b"\r\n.\r.\r\n",
        ] {
            let content = [b"outer", ending, b"inner\r\n"].concat();
            assert_eq!(mail(&content), Err(MailFault::LoneLineEnd), "{ending:?}");
        }
        for text in [&b"\r\n\0.\r\n"[..], b"\r\n..\0\r\n", b"\r\n. \r\n", b"\r\n\x0b.\r\n"] {
            assert!(mail(&[b"outer", text, b"inner\r\n"].concat()).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn size_and_line_limits_are_exact_and_the_excess_is_not_kept() {
        let line = |octets: usize| [vec![b'x'; octets], b"\r\n".to_vec()].concat();
        assert!(mail(&line(20)).is_ok());
        assert_eq!(mail(&line(21)), Err(MailFault::LongLine));
        assert!(mail(&[line(18), line(18), line(18)].concat()).is_ok());
        assert_eq!(mail(&[line(18), line(18), line(19)].concat()), Err(MailFault::TooBig));
        assert_eq!(mail(&line(5000)), Err(MailFault::TooBig));
        // Stuffed dots are not part of the mail.
        assert!(mail(&b"..345678\r\n".repeat(6)).is_ok());
    }

    #[test]
    fn a_bad_command_line_is_told_once_and_passed_over_up_to_its_crlf() {
        let line = Frame::Line(b"NOOP".to_vec());
        let lone = Frame::BadLine(LineFault::LoneLineEnd);
        for bad in [&b"NOOP\nNOOP\r\nNOOP\r\n"[..], b"A\rB\r\nNOOP\r\n", b"\n\r\nNOOP\r\n", b"\r\r\nNOOP\r\n"] {
            assert_eq!(frames([bad]), [Frame::BadLine(LineFault::LoneLineEnd), Frame::Line(b"NOOP".to_vec())]);
        }
        assert_eq!(frames([&b"NOOP\r\nA\nRSET\nB\r\n"[..]]), [line, lone]);
        assert_eq!(frames([&b"1234567890\r\n"[..]]), [Frame::Line(b"1234567890".to_vec())]);
        for long in [&b"12345678901\r\nQ\r\n"[..], b"123456789012\r\nQ\r\n", b"12345678901234567\r\nQ\r\n"] {
            assert_eq!(frames([long]), [Frame::BadLine(LineFault::TooLong), Frame::Line(b"Q".to_vec())]);
        }
    }

    #[test]
    fn mails_that_find_no_room_are_refused_and_room_is_made_when_another_ends() {
        let limits = Limits { message_bytes: 6_000, buffered_bytes: 6_000, ..Limits::default() };
        let buffered = Buffered::new(&limits);
        let (mut one, mut other) = (Body::new(&limits, &buffered), Body::new(&limits, &buffered));
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

    proptest! {
        #[test]
        fn any_split_into_chunks_says_the_same(
            talk in prop::collection::vec(
                prop::sample::select(vec!["DATA\r\n", "\r\n.\r\n", ".", "\r", "\n", "\r\n", "x", "some words", "\0"]), 0..40),
            cuts in prop::collection::vec(0_usize..300, 0..20),
        ) {
            let talk = talk.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(talk.len())).collect();
            cuts.extend([0, talk.len()]);
            cuts.sort_unstable();
            let whole = frames([&talk[..]]);
            prop_assert_eq!(&whole, &frames(cuts.windows(2).map(|cut| &talk[cut[0]..cut[1]])));
            prop_assert_eq!(&whole, &frames(talk.chunks(1)));
        }

        #[test]
        fn whatever_is_stuffed_comes_out_as_it_was(
            lines in prop::collection::vec("[ .a-zäé]{0,9}", 0..5)
        ) {
            let content: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines.iter().map(|line| match line.starts_with('.') {
                true => format!(".{line}\r\n"),
                false => format!("{line}\r\n"),
            }).collect();
            prop_assume!(content.len() <= 60);
            prop_assert_eq!(mail(stuffed.as_bytes()), Ok(content.into_bytes()));
        }
    }
}
