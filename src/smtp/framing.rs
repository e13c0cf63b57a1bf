//! Bytes of a client cut into command lines and mails (pure). Only CRLF ends a line and only CRLF.CRLF ends a mail
//! (RFC 5321 §2.3.8, §4.1.1.4): whoever takes anything else for it can be made to see two mails in one.
//!
//! What is over a limit is passed over, never kept: a session needs no more memory than its limits say.

use std::mem::take;
use std::sync::Arc;

use super::body::{Body, MailFault};
use super::buffered::Buffered;
use super::syntax::begins_bdat;
use super::{Limits, Protocol, Reply};

/// One thing that a client said.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A command line without its CRLF; it may hold any byte but CR and LF.
    Line(Vec<u8>),
    /// The start of a line that is none; the rest of it, up to the next CRLF, is passed over.
    BadLine(LineFault),
    /// A mail, dots unstuffed, without the ending: lines that end in CRLF. Or why it cannot be taken.
    Mail(Result<Vec<u8>, MailFault>),
    /// A chunk was read to its end (RFC 3030): one that was passed over, or one that is not a mail's last, with what is
    /// wrong with the mail so far.
    Chunk(Option<MailFault>),
}

/// What follows a BDAT command (RFC 3030 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// How many octets of it are still to be read.
    pub octets: usize,
    /// Whether the mail ends with it.
    pub last: bool,
    /// Whether it belongs to a mail; else it is read only to find the command behind it.
    pub kept: bool,
}

/// What is wrong with a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A CR or LF stands alone in it.
    LoneLineEnd,
    /// It is longer than [`Limits::command_bytes`].
    TooLong,
    /// Either, in a BDAT command: where its octets end is not to be known.
    Bdat,
}

impl LineFault {
    /// What the client is told; `None` where the session must end.
    pub fn reply(self) -> Option<Reply> {
        match self {
            Self::LoneLineEnd => Some(Reply::new(500, "5.5.2", "Lines end with CR LF; one of them stood alone")),
            Self::TooLong => Some(Reply::new(500, "5.5.2", "Line too long")),
            Self::Bdat => None,
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
    Chunk(Chunk),
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
    pub fn new(limits: &Limits, buffered: &Arc<Buffered>, protocol: Protocol) -> Self {
        Self {
            command_bytes: limits.command_bytes,
            body: Body::new(limits, buffered, protocol),
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
            Place::Chunk(chunk) => self.chunk(&input, chunk),
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

    /// What follows is a chunk: to be called after the BDAT line was read.
    pub fn read_chunk(&mut self, chunk: Chunk) {
        self.place = Place::Chunk(chunk);
    }

    /// Drops the chunks that were read of a mail, whose end will not come.
    pub fn forget_mail(&mut self) {
        drop(self.body.finish());
        self.body.done();
    }

    /// The mail that was read last is out of our memory: its share is free for others.
    pub fn mail_done(&mut self) {
        self.body.done();
    }

    /// Octets that this session takes of the memory for mails being read.
    pub fn held(&self) -> usize {
        self.body.held()
    }

    /// Octets, so far, of the last mail for which there was no room.
    pub fn lacked(&self) -> usize {
        self.body.lacked()
    }

    /// Whether a mail is being read.
    pub fn in_mail(&self) -> bool {
        matches!(self.place, Place::Mail(_) | Place::Chunk(_))
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
                let fault = if begins_bdat(&take(&mut self.line)) { LineFault::Bdat } else { fault };
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

    fn chunk(&mut self, input: &[u8], chunk: Chunk) -> Option<Frame> {
        let rest = &input[self.at..];
        let piece = &rest[..rest.len().min(chunk.octets)];
        self.at += piece.len();
        if chunk.kept {
            self.body.octets(piece);
        }
        let octets = chunk.octets - piece.len();
        if octets > 0 {
            self.place = Place::Chunk(Chunk { octets, ..chunk });
            return None;
        }
        self.place = Place::Command;
        Some(match (chunk.kept, chunk.last) {
            (false, _) => Frame::Chunk(None),
            (true, false) => Frame::Chunk(self.body.fault()),
            (true, true) => {
                self.body.last_octet();
                Frame::Mail(self.body.finish())
            }
        })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits() -> Limits {
        Limits { message_bytes: 60, line_bytes: 20, command_bytes: 12, ..Limits::default() }
    }

    /// Everything said in `pieces`, where the line DATA starts a mail, and BDAT with a digit, and an L for the last, a chunk.
    fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
        frames_by(Protocol::Smtp, pieces)
    }

    fn frames_by<'a>(protocol: Protocol, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
        let mut framing = Framing::new(&limits(), &Buffered::new(&limits()), protocol);
        let mut said = Vec::new();
        for piece in pieces {
            framing.feed(piece);
            while let Some(frame) = framing.frame() {
                if frame == Frame::Line(b"DATA".to_vec()) {
                    framing.read_mail();
                }
                if let Frame::Line(line) = &frame
                    && let [b'B', b'D', b'A', b'T', digit @ b'0'..=b'9', last @ ..] = &line[..]
                {
                    framing.read_chunk(Chunk {
                        octets: usize::from(digit - b'0'),
                        last: last == b"L",
                        kept: last != b"-",
                    });
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
        mail_by(Protocol::Smtp, content)
    }

    fn mail_by(protocol: Protocol, content: &[u8]) -> Result<Vec<u8>, MailFault> {
        let talk = [b"DATA\r\n", content, b".\r\nNOOP\r\n"].concat();
        let mut said = frames_by(protocol, [&talk[..]]);
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
        for chunk in [&b"BDAT 5\nQUIT\r\n"[..], b" bdat 5\rQ\r\n", b"BDAT 5   LAST\r\n"] {
            assert_eq!(frames([chunk]), [Frame::BadLine(LineFault::Bdat)]);
        }
    }

    /// What becomes of chunks, and the lines after them.
    fn chunks(talk: &[u8]) -> Vec<Frame> {
        let said = frames([talk]);
        said.into_iter().filter(|frame| !matches!(frame, Frame::Line(line) if line.starts_with(b"BDAT"))).collect()
    }

    #[test]
    fn chunks_make_a_mail_whatever_is_in_them_and_commands_follow_at_once() {
        assert_eq!(
            chunks(b"BDAT5\r\na\r\n.\rBDAT0\r\nBDAT4\r\n\n.\r\nBDAT3L\r\nb\r\nQUIT\r\n"),
            [
                Frame::Chunk(None),
                Frame::Chunk(None),
                Frame::Chunk(None),
                Frame::Mail(Ok(b"a\r\n.\r\n.\r\nb\r\n".to_vec())),
                Frame::Line(b"QUIT".to_vec())
            ]
        );
        assert_eq!(chunks(b"BDAT0L\r\n"), [Frame::Mail(Ok(Vec::new()))]);
        assert_eq!(chunks(b"BDAT3L\r\nend"), [Frame::Mail(Ok(b"end\r\n".to_vec()))]);
        assert_eq!(chunks(b"BDAT5-\r\nRSET\nBDAT0L\r\n"), [Frame::Chunk(None), Frame::Mail(Ok(Vec::new()))]);
    }

    #[test]
    fn a_lone_line_end_spoils_chunks_as_it_spoils_data_also_across_their_border() {
        let lone = MailFault::LoneLineEnd;
        assert_eq!(chunks(b"BDAT3L\r\na\nb"), [Frame::Mail(Err(lone))]);
        assert_eq!(chunks(b"BDAT2L\r\na\r"), [Frame::Mail(Err(lone))]);
        assert_eq!(
            chunks(b"BDAT2\r\na\rBDAT1\r\nbBDAT1L\r\nc"),
            [Frame::Chunk(None), Frame::Chunk(Some(lone)), Frame::Mail(Err(lone))]
        );
        assert_eq!(
            chunks(b"BDAT4L\r\n\r\r\n.BDAT1L\r\nx"),
            [Frame::Mail(Err(lone)), Frame::Mail(Ok(b"x\r\n".to_vec()))]
        );
        let talk = [&b"BDAT9\r\n123456789"[..]; 7].concat();
        assert_eq!(chunks(&talk).last(), Some(&Frame::Chunk(Some(MailFault::TooBig))));
    }

    #[test]
    fn by_lmtp_lone_line_ends_are_made_whole_and_lines_may_be_long() {
        for (sent, kept) in [
            (&b"a\nb\r\n"[..], &b"a\r\nb\r\n"[..]),
            (b"a\rb\r\n", b"a\r\nb\r\n"),
            (b"a\r\r\nb\r\n", b"a\r\nb\r\n"),
            (b"a\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
            (b"a\n\nb\r\n", b"a\r\n\r\nb\r\n"),
            (b"a\r\rb\r\n", b"a\r\n\r\nb\r\n"),
            (b"\n\r\r\n\r\n", b"\r\n\r\n\r\n"),
            // Only CRLF.CRLF ends a mail here as well, and only dots after a CRLF were put there on the way.
            (b"a\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
            (b"a\n.\nb\r\n", b"a\r\n.\r\nb\r\n"),
            (b"a\r\n.\nb\r\n", b"a\r\n\r\nb\r\n"),
            (b"a\r\n.\rb\r\n", b"a\r\n\r\nb\r\n"),
            (b"a\n..b\r\n..c\r\n", b"a\r\n..b\r\n.c\r\n"),
        ] {
            let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            let mail = mail_by(Protocol::Lmtp, sent);
            assert_eq!(mail.as_deref().map(text), Ok(text(kept)), "{:?}", text(sent));
        }
        let long = [vec![b'x'; 50], b"\r\n".to_vec()].concat();
        assert_eq!(mail_by(Protocol::Lmtp, &long), Ok(long));
        let grown = [b"\n".repeat(30), b"\r\n".to_vec()].concat();
        assert_eq!(mail_by(Protocol::Lmtp, &grown), Err(MailFault::TooBig), "as it is kept");
        let chunks = frames_by(Protocol::Lmtp, [&b"BDAT3\r\na\n\rBDAT5L\r\n\nb\rc\r"[..]]);
        assert_eq!(chunks.last(), Some(&Frame::Mail(Ok(b"a\r\n\r\nb\r\nc\r\n".to_vec()))));
    }

    proptest! {
        #[test]
        fn whatever_comes_by_lmtp_has_crlf_line_ends_and_nothing_else_is_changed(
            talk in prop::collection::vec(prop::sample::select(vec!["\r\n", "\r", "\n", "x", "y"]), 0..20),
        ) {
            let talk = talk.concat();
            let kept = mail_by(Protocol::Lmtp, format!("{talk}\r\n").as_bytes()).unwrap();
            let kept = String::from_utf8(kept).unwrap();
            prop_assert!(!kept.replace("\r\n", "").contains(['\r', '\n']));
            let letters = |text: &str| text.replace(['\r', '\n'], "");
            prop_assert_eq!(letters(&kept), letters(&talk));
        }

        #[test]
        fn any_split_into_chunks_says_the_same(
            talk in prop::collection::vec(
                prop::sample::select(vec!["DATA\r\n", "\r\n.\r\n", ".", "\r", "\n", "\r\n", "x", "some words", "\0", "BDAT3\r\n", "BDAT5L\r\n"]), 0..40),
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
