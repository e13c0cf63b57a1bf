//! What a door must make of a talk, told independently of how it does it: the whole talk lies before us, so a mail is
//! what stands before the first CRLF.CRLF, and a chunk is as many octets as its command says (RFC 5321 §4.1.1.4,
//! RFC 3030 §2). The model walks through the talk and through the replies in step: each command has one reply, each mail
//! that was answered 250 was kept once, as it was sent, and nothing else was kept.

use rejoinder::message::Address;
use rejoinder::smtp::{Envelope, Limits, Protocol};

use super::split::{self, Line};

/// A reply as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    /// The whole of its last line.
    pub line: String,
}

/// What a door said and kept.
pub struct Heard {
    pub answers: Vec<Answer>,
    pub kept: Vec<(Envelope, Vec<u8>)>,
}

/// A mail under way.
#[derive(Default)]
struct Mail {
    recipients: Vec<String>,
    /// Whether one of them was given in a form that the door reads leniently: then it knows better who they are.
    lenient: bool,
    in_chunks: bool,
    /// The chunks so far.
    content: Vec<u8>,
    /// The code that was given for a bad chunk.
    fault: Option<u16>,
}

/// The walk.
struct Walk<'t> {
    rest: &'t [u8],
    answers: std::slice::Iter<'t, Answer>,
    kept: std::slice::Iter<'t, (Envelope, Vec<u8>)>,
    limits: &'t Limits,
    protocol: Protocol,
    greeted: bool,
    mail: Option<Mail>,
    /// Refusals since a mail was kept, as [`Limits::errors_per_session`] counts them; and commands.
    errors: usize,
    commands: usize,
}

/// Whether the session goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    /// It was closed, or the client said no more.
    Ended,
}

type Step = Result<Goes, String>;

/// Compares what a door said and kept with what it must; the fault says where it went astray.
pub fn check(talk: &[u8], heard: &Heard, limits: &Limits, protocol: Protocol) -> Result<(), String> {
    let mut walk = Walk {
        rest: talk,
        answers: heard.answers.iter(),
        kept: heard.kept.iter(),
        limits,
        protocol,
        greeted: false,
        mail: None,
        errors: 0,
        commands: 0,
    };
    let greeting = walk.answers.next().ok_or("it did not greet")?;
    must(greeting.code == 220, || format!("it greeted with {}", greeting.line))?;
    loop {
        let before = walk.rest;
        match walk.step() {
            Ok(Goes::On) => {}
            Ok(Goes::Ended) => break,
            Err(fault) => {
                let at = talk.len() - before.len();
                return Err(format!("{fault}, at octet {at}: {}", before[..before.len().min(60)].escape_ascii()));
            }
        }
    }
    let (said, kept) = (walk.answers.len(), walk.kept.len());
    must(said == 0, || format!("{said} replies too many: {:?}", walk.answers.as_slice()))?;
    must(kept == 0, || format!("{kept} mails were kept that nobody sent"))
}

fn must(right: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(fault()) }
}

impl<'t> Walk<'t> {
    /// The next reply; `None` is right only where the client said no more.
    fn answer(&mut self) -> Result<&'t Answer, String> {
        self.answers.next().ok_or_else(|| "no reply came".to_owned())
    }

    fn step(&mut self) -> Step {
        let line = split::line(self.rest, self.limits.command_bytes);
        match line {
            Line::None => Ok(Goes::Ended),
            Line::BadAndUnended => {
                let line = std::mem::take(&mut self.rest);
                self.refused(line)
            }
            Line::Bad(length) => {
                let (line, rest) = self.rest.split_at(length);
                self.rest = rest;
                self.refused(line)
            }
            Line::Good(text) => {
                self.rest = &self.rest[text.len() + 2..];
                self.command(text)
            }
        }
    }

    /// A line that is none: refused, or the end of a session that was refused too often. It always ends where the line would
    /// be of a chunk.
    fn refused(&mut self, line: &[u8]) -> Step {
        self.commands += 1;
        let answer = self.answer()?;
        match answer.code {
            500 if !split::is_bad_chunk(line, self.limits.command_bytes) => self.refusal(),
            421 => self.closed(answer, line),
            _ => Err(format!("a line that is none was answered {}", answer.line)),
        }
    }

    /// A refusal was one more error, and the session went on.
    fn refusal(&mut self) -> Step {
        self.errors += 1;
        let most = self.limits.errors_per_session;
        must(self.errors <= most, || format!("{} errors did not end it", self.errors))?;
        Ok(Goes::On)
    }

    /// The session was closed: for a reason that is true.
    fn closed(&mut self, answer: &Answer, line: &[u8]) -> Step {
        let text = String::from_utf8_lossy(line).trim().to_ascii_uppercase();
        let true_one = match answer.line.as_str() {
            why if why.ends_with("Too many errors") => self.errors >= self.limits.errors_per_session,
            why if why.ends_with("Too many commands without a mail") => {
                self.commands > self.limits.commands_per_session
            }
            why if why.ends_with("Write BDAT chunk-size [LAST]") => text.starts_with("BDAT"),
            why if why.ends_with("This is a mail server") => !text.starts_with("BDAT") && text.contains(' '),
            why if why.ends_with("lists.example Closing") => !text.is_empty(),
            _ => false,
        };
        must(true_one, || format!("it was closed with {} after {text}", answer.line))?;
        Ok(Goes::Ended)
    }

    fn command(&mut self, line: &'t [u8]) -> Step {
        self.commands += 1;
        if let Some(chunk) = split::chunk(line) {
            return self.chunk(chunk, line);
        }
        let spoken = String::from_utf8_lossy(line.trim_ascii_end());
        let text = spoken.trim_start_matches(' ').to_ascii_uppercase();
        let answer = self.answer()?;
        let expected = self.expected(&text);
        if let Some(code) = expected.filter(|_| answer.code != 421) {
            must(answer.code == code, || format!("{text} was answered {}, not {code}", answer.line))?;
        }
        match answer.code {
            421 => self.closed(answer, line),
            221 => {
                must(text == "QUIT", || format!("{text} ended it"))?;
                Ok(Goes::Ended)
            }
            354 => {
                must(expected == Some(354), || format!("{text} began a mail"))?;
                self.data()
            }
            500..600 => self.refusal(),
            400..500 => Ok(Goes::On),
            _ => self.done(answer, &text, &spoken),
        }
    }

    /// What commands of one form only must be answered, by what came before.
    fn expected(&self, text: &str) -> Option<u16> {
        let under_way = self.mail.as_ref().filter(|mail| mail.fault.is_none());
        match (text, &self.mail) {
            ("DATA", None) => Some(503),
            ("DATA", Some(mail)) if mail.in_chunks => Some(503),
            ("DATA", Some(mail)) if mail.recipients.is_empty() => Some(self.no_recipients()),
            ("DATA", Some(_)) => Some(354),
            ("QUIT", _) => Some(221),
            ("RSET" | "NOOP", _) => Some(250),
            ("EHLO THERE.EXAMPLE" | "HELO THERE.EXAMPLE", _) => Some(if self.is_lmtp() { 500 } else { 250 }),
            ("LHLO THERE.EXAMPLE", _) => Some(if self.is_lmtp() { 250 } else { 502 }),
            ("MAIL FROM:<ADA@EXAMPLE.ORG>" | "MAIL FROM:<>", _) => {
                Some(if self.greeted && under_way.is_none() { 250 } else { 503 })
            }
            ("RCPT TO:<TALK@LISTS.EXAMPLE>", None) => Some(503),
            ("RCPT TO:<TALK@LISTS.EXAMPLE>", Some(mail)) if mail.in_chunks => Some(503),
            _ => None,
        }
    }

    fn is_lmtp(&self) -> bool {
        self.protocol == Protocol::Lmtp
    }

    /// The code for data that would have no recipient (RFC 2033 §4.2 has its own).
    fn no_recipients(&self) -> u16 {
        if self.is_lmtp() { 503 } else { 554 }
    }

    /// A command was done: what it changes.
    fn done(&mut self, answer: &Answer, text: &str, spoken: &str) -> Step {
        let is = |verb: &str| text.starts_with(verb);
        let greets = if self.is_lmtp() { is("LHLO") } else { is("EHLO") || is("HELO") };
        if greets {
            self.greeted = true;
            self.mail = None;
        } else if is("MAIL") {
            must(answer.line == "250 2.1.0 Go on" && self.greeted, || format!("{text} was answered {}", answer.line))?;
            self.mail = Some(Mail::default());
        } else if is("RCPT") {
            let mail = self.mail.as_mut().ok_or("a recipient without a mail was taken")?;
            must(!mail.in_chunks, || "a recipient was taken after a chunk".to_owned())?;
            mail.recipients.push(split::path(spoken));
            mail.lenient |= !split::is_plain_recipient(spoken);
            let (count, most) = (mail.recipients.len(), self.limits.recipients);
            must(count <= most, || format!("{count} recipients were taken"))?;
            self.commands = self.commands.saturating_sub(1);
        } else if is("RSET") {
            self.mail = None;
        } else {
            must(is("NOOP") || is("VRFY") || is("HELP"), || format!("{text} was answered {}", answer.line))?;
        }
        Ok(Goes::On)
    }

    fn data(&mut self) -> Step {
        let Some((content, length)) = split::mail(self.rest) else {
            self.rest = &[];
            return Ok(Goes::Ended);
        };
        self.rest = &self.rest[length..];
        let mail = self.mail.take().ok_or("a mail without an envelope was read")?;
        self.ended(&mail, &if self.is_lmtp() { split::mended(&content) } else { content })
    }

    fn chunk(&mut self, (octets, last): (usize, bool), line: &[u8]) -> Step {
        // Commands are counted, and a session closed for them, before the chunk is read.
        let is_lost = split::is_strange_chunk(line);
        if is_lost || self.commands > self.limits.commands_per_session {
            let answer = self.answer()?;
            must(answer.code == 421, || format!("a chunk that is none was answered {}", answer.line))?;
            return self.closed(answer, line);
        }
        if let Some(mail) = self.mail.as_mut().filter(|mail| !mail.recipients.is_empty()) {
            mail.in_chunks = true;
            if octets >= 1024 && mail.fault.is_none() {
                self.commands = self.commands.saturating_sub(1);
            }
        }
        if self.rest.len() < octets {
            self.rest = &[];
            return Ok(Goes::Ended);
        }
        let (chunk, rest) = self.rest.split_at(octets);
        self.rest = rest;
        match self.mail.take() {
            None => self.passed_over(503),
            Some(mail) if mail.recipients.is_empty() => {
                self.mail = Some(mail);
                self.passed_over(self.no_recipients())
            }
            Some(mail) => self.piece(mail, chunk, last),
        }
    }

    /// A chunk that belonged to no mail.
    fn passed_over(&mut self, code: u16) -> Step {
        let answer = self.answer()?;
        if answer.code == 421 {
            return self.closed(answer, b"BDAT");
        }
        must(answer.code == code, || format!("a chunk without a mail was answered {}", answer.line))?;
        self.refusal()
    }

    fn piece(&mut self, mut mail: Mail, chunk: &[u8], last: bool) -> Step {
        if let Some(code) = mail.fault {
            // By LMTP each recipient hears at the end what became of the mail.
            let times = if last && self.is_lmtp() { mail.recipients.len() } else { 1 };
            for _ in 0..times {
                let answer = self.answer()?;
                must(answer.code == code, || format!("a chunk after a bad one was answered {}", answer.line))?;
            }
            self.mail = (!last).then_some(mail);
            return Ok(Goes::On);
        }
        mail.content.extend_from_slice(chunk);
        if last {
            let mut content = std::mem::take(&mut mail.content);
            if self.is_lmtp() {
                content = split::mended(&content);
            }
            let unended = !content.is_empty() && !content.ends_with(b"\r\n");
            content.extend_from_slice(if unended { b"\r\n" } else { b"" });
            return self.ended(&mail, &content);
        }
        let answer = self.answer()?;
        mail.fault = split::fault(&split::sure(&mail.content, self.protocol), self.limits, self.protocol);
        let code = mail.fault.unwrap_or(250);
        must(answer.code == code, || format!("a chunk was answered {}, not {code}", answer.line))?;
        self.errors += usize::from(code >= 500);
        self.mail = Some(mail);
        Ok(Goes::On)
    }

    /// A mail came to its end: it was kept as it is, or refused for what is wrong with it.
    fn ended(&mut self, mail: &Mail, content: &[u8]) -> Step {
        let fault = split::fault(content, self.limits, self.protocol);
        let each: Vec<u16> = mail.recipients.iter().map(|to| fault.unwrap_or_else(|| recorded(to))).collect();
        let one = [for_all(&each)];
        let expected = if self.is_lmtp() { &each[..] } else { &one[..] };
        let mut codes = Vec::new();
        for code in expected {
            let answer = self.answer()?;
            let known = mail.lenient && fault.is_none() && [250, 421, 451, 550].contains(&answer.code);
            must(answer.code == *code || known, || format!("a mail was answered {}, not {code}", answer.line))?;
            codes.push(answer.code);
        }
        let code = for_all(&codes);
        if code == 250 {
            self.kept(mail, content)?;
            (self.errors, self.commands) = (0, 0);
        } else if code >= 500 {
            self.errors += 1;
        }
        Ok(if codes.contains(&421) { Goes::Ended } else { Goes::On })
    }

    fn kept(&mut self, mail: &Mail, content: &[u8]) -> Result<(), String> {
        let (envelope, kept) = self.kept.next().ok_or("a mail that was answered 250 was not kept")?;
        must(kept == content, || {
            format!(
                "it kept {:?}\n  where {:?} was sent",
                kept.escape_ascii().to_string(),
                content.escape_ascii().to_string()
            )
        })?;
        let mut sent: Vec<String> = Vec::new();
        for to in mail.recipients.iter().map(|to| to.to_lowercase()) {
            if !sent.contains(&to) {
                sent.push(to);
            }
        }
        let to: Vec<String> = envelope.recipients.iter().map(Address::key).collect();
        must(to == sent || mail.lenient, || format!("it kept a mail for {to:?} that was sent to {sent:?}"))
    }
}

/// What the recorder answers for a recipient.
fn recorded(to: &str) -> u16 {
    match to.split('@').next() {
        Some("refused") => 550,
        Some("busy") => 451,
        Some("ending") => 421,
        _ => 250,
    }
}

/// One code for all: kept for anybody, else to be tried again, else refused.
fn for_all(codes: &[u16]) -> u16 {
    let first = |class: u16| codes.iter().copied().find(|code| code / 100 == class);
    first(2).or_else(|| first(4)).or_else(|| first(5)).unwrap_or(250)
}
