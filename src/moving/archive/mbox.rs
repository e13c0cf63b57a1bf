//! Mails out of an mbox, of any of its varieties (<https://doc.dovecot.org/>, RFC 4155): mboxo and mboxrd, which quote
//! `From ` at the start of a line; mboxcl, which says the length besides; mboxcl2, which says the length and quotes nothing.
//! A stated length is believed only where it ends at the next mail or at the end of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;

use super::boundary;

/// Octets of a line that are looked at; the rest only counts.
const LINE: usize = 1000;

/// Octets that are looked at where a stated length ends.
const LANDING: usize = 2 * LINE;

/// A mail as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where its header begins.
    pub at: u64,
    /// Its octets, quoting included.
    pub length: u64,
    /// The time in the line above it.
    pub time: Option<Timestamp>,
    /// Whether its length was stated, and believed.
    pub measured: bool,
    /// Its octets as they stand there, as many as were asked for.
    pub start: Vec<u8>,
}

/// Reads an mbox mail by mail: forward, and no more in memory than one mail's first octets.
pub(super) struct Mbox {
    lines: Lines,
    /// The same file, to look ahead in.
    ahead: File,
    size: u64,
    keep: usize,
    mail: Option<Begun>,
    /// A line that begins a mail if a header follows it, and whether it does in any case.
    waiting: Option<Line>,
    /// Whether the line before was empty: only after one, and at the very start, does a mail begin.
    after_blank: bool,
    /// Whether a mail of stated length holds `From ` at the start of a line: then nothing in this file is quoted.
    pub unquoted: bool,
}

struct Begun {
    found: Found,
    in_header: bool,
    stated: Option<u64>,
    /// Where it ends, where that was stated and believed.
    ends: Option<u64>,
    /// The octets of the empty line that it ends with so far.
    blank: u64,
}

/// A line: where it begins, its length with its end, its first octets without it.
struct Line {
    at: u64,
    length: u64,
    text: Vec<u8>,
    octets: Vec<u8>,
}

struct Lines {
    reader: BufReader<File>,
    at: u64,
}

impl Mbox {
    /// Opens an mbox; of each mail, at most `keep` octets are given.
    pub fn open(path: &Path, keep: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            lines: Lines { reader: BufReader::with_capacity(256 << 10, file), at: 0 },
            ahead: File::open(path)?,
            size,
            keep,
            mail: None,
            waiting: None,
            after_blank: true,
            unquoted: false,
        })
    }

    /// The next mail; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Found>> {
        while let Some(line) = self.lines.next(self.keep)? {
            if let Some(done) = self.take(line)? {
                return Ok(Some(done));
            }
        }
        if let Some(waiting) = self.waiting.take() {
            self.add(waiting)?;
        }
        Ok(self.mail.take().map(Begun::ended))
    }

    /// Takes a line in. The mail that it shows to have ended, if it does.
    fn take(&mut self, line: Line) -> io::Result<Option<Found>> {
        if let Some(waiting) = self.waiting.take() {
            // At the very start there is nothing that it could be a part of.
            if self.mail.is_none() || boundary::begins(&waiting.text, &line.text) {
                let done = self.mail.replace(Begun::below(&waiting)).map(Begun::ended);
                self.after_blank = false;
                self.look_at(line)?;
                return Ok(done);
            }
            self.add(waiting)?;
        }
        self.look_at(line)?;
        Ok(None)
    }

    fn look_at(&mut self, line: Line) -> io::Result<()> {
        let ends = self.mail.as_ref().and_then(|mail| mail.ends);
        let within = ends.is_some_and(|ends| line.at < ends);
        let may = boundary::may_begin(&line.text);
        self.unquoted |= within && may;
        if may && !within && (self.after_blank || ends == Some(line.at)) {
            self.waiting = Some(line);
            return Ok(());
        }
        self.add(line)
    }

    /// Adds a line to the mail that has begun. What stands before the first belongs to none.
    fn add(&mut self, line: Line) -> io::Result<()> {
        self.after_blank = line.text.is_empty();
        let Some(mail) = &mut self.mail else { return Ok(()) };
        if mail.ends.is_none_or(|ends| line.at < ends) {
            let room = self.keep.saturating_sub(mail.found.start.len());
            mail.found.start.extend_from_slice(&line.octets[..line.octets.len().min(room)]);
            mail.found.length += line.length;
            mail.blank = if line.text.is_empty() { line.length } else { 0 };
        }
        if mail.in_header {
            mail.stated = mail.stated.or_else(|| content_length(&line.text));
            if line.text.is_empty() {
                mail.in_header = false;
                let ends = mail.stated.and_then(|stated| (line.at + line.length).checked_add(stated));
                if let Some(ends) = ends
                    && lands(&mut self.ahead, ends, self.size)?
                {
                    mail.ends = Some(ends);
                }
            }
        }
        Ok(())
    }
}

impl Begun {
    fn below(from: &Line) -> Self {
        let time = boundary::time(&from.text);
        let found = Found { at: from.at + from.length, length: 0, time, measured: false, start: Vec::new() };
        Self { found, in_header: true, stated: None, ends: None, blank: 0 }
    }

    /// Without the empty line that separates it from the next.
    fn ended(self) -> Found {
        let mut found = self.found;
        found.length = match self.ends {
            Some(ends) => ends - found.at,
            None if self.in_header => found.length,
            None => found.length - self.blank,
        };
        found.measured = self.ends.is_some();
        found.start.truncate(usize::try_from(found.length).unwrap_or(usize::MAX));
        found
    }
}

impl Lines {
    fn next(&mut self, keep: usize) -> io::Result<Option<Line>> {
        let (at, mut octets, mut length, mut ended) = (self.at, Vec::new(), 0, false);
        while !ended {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            let taken = end.map_or(chunk.len(), |end| end + 1);
            let room = keep.max(LINE).saturating_sub(octets.len());
            octets.extend_from_slice(&chunk[..taken.min(room)]);
            self.reader.consume(taken);
            length += taken as u64;
            ended = end.is_some();
        }
        self.at += length;
        let text = octets.strip_suffix(b"\n").unwrap_or(&octets);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = text[..text.len().min(LINE)].to_vec();
        Ok((length > 0).then_some(Line { at, length, text, octets }))
    }
}

/// What a `Content-Length` field says.
fn content_length(line: &[u8]) -> Option<u64> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let is_it = line[..colon].trim_ascii_end().eq_ignore_ascii_case(b"Content-Length");
    let value = is_it.then(|| std::str::from_utf8(&line[colon + 1..]).ok()).flatten()?;
    value.trim().parse().ok()
}

/// Whether a mail that ends at `ends` is followed by another, or by nothing.
fn lands(file: &mut File, ends: u64, size: u64) -> io::Result<bool> {
    if ends >= size {
        return Ok(ends == size);
    }
    file.seek(SeekFrom::Start(ends))?;
    let mut there = Vec::with_capacity(LANDING);
    file.take(LANDING as u64).read_to_end(&mut there)?;
    let after = [&b"\r\n"[..], b"\n"].into_iter().find_map(|end| there.strip_prefix(end));
    for there in [Some(&*there), after].into_iter().flatten() {
        if there.is_empty() {
            return Ok(true);
        }
        let mut lines = there.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        if let (Some(first), Some(next)) = (lines.next(), lines.next())
            && boundary::may_begin(first)
            && boundary::begins(first, next)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the quoting off: one `>` before each `From ` at the start of a line, however often it was quoted. In mboxo, which
/// quotes only what is not quoted, that takes one too many where somebody quoted another's `From ` twice; the two cannot be
/// told apart.
pub(super) fn unquoted(content: Vec<u8>) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut kept = 0;
    for at in memchr::memmem::find_iter(&content, b">From ") {
        let line = content[..at].iter().rposition(|byte| *byte != b'>').map_or(0, |before| before + 1);
        if line == 0 || content[line - 1] == b'\n' {
            out.extend_from_slice(&content[kept..line]);
            kept = line + 1;
        }
    }
    if kept == 0 {
        return content;
    }
    out.extend_from_slice(&content[kept..]);
    out
}
