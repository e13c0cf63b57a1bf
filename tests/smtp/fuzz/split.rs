//! The cuts of a talk that lies before us whole: lines, mails, chunks, and what is wrong with a mail.

use rejoinder::smtp::{Limits, Protocol};

/// What a talk begins with where a command is awaited.
pub enum Line<'t> {
    /// A line, without its CRLF.
    Good(&'t [u8]),
    /// A line that is none, of so many octets with its CRLF.
    Bad(usize),
    /// The same, but the talk ends in it.
    BadAndUnended,
    /// The talk ends, or ends within a line with which nothing is wrong so far.
    None,
}

/// The next command line of at most `most` octets.
pub fn line(talk: &[u8], most: usize) -> Line<'_> {
    let Some(length) = find(talk, b"\r\n") else {
        let sure = talk.strip_suffix(b"\r").unwrap_or(talk);
        let bad = talk.len() > most || has_lone_line_end(sure);
        return if bad { Line::BadAndUnended } else { Line::None };
    };
    let text = &talk[..length];
    if length + 2 > most || has_lone_line_end(text) { Line::Bad(length + 2) } else { Line::Good(text) }
}

/// The mail that a talk begins with after DATA, its dots unstuffed, and how many octets it takes with its end.
pub fn mail(talk: &[u8]) -> Option<(Vec<u8>, usize)> {
    // The line end before the first dot may be that of the DATA line.
    let with_line_end = [b"\r\n", talk].concat();
    let end = find(&with_line_end, b"\r\n.\r\n")?;
    let mut content = Vec::new();
    for line in split_lines(&talk[..end]) {
        content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        content.extend_from_slice(b"\r\n");
    }
    Some((content, end + 3))
}

/// The octets and LAST of a BDAT command; `None` for another command. What is strange about it [`is_strange_chunk`] says.
pub fn chunk(line: &[u8]) -> Option<(usize, bool)> {
    let text = line.trim_ascii();
    text.get(..4).filter(|verb| verb.eq_ignore_ascii_case(b"BDAT"))?;
    Some(strict_chunk(line).unwrap_or((0, false)))
}

/// Whether a BDAT command is not of the one form that it has.
pub fn is_strange_chunk(line: &[u8]) -> bool {
    strict_chunk(line).is_none()
}

/// Whether a line that is none is a BDAT command as far as it is right: up to a lone line end, and `most` octets.
pub fn is_bad_chunk(line: &[u8], most: usize) -> bool {
    let right = line.iter().take(most).take_while(|octet| !matches!(octet, b'\r' | b'\n'));
    chunk(&right.copied().collect::<Vec<u8>>()).is_some()
}

fn strict_chunk(line: &[u8]) -> Option<(usize, bool)> {
    // Blanks at the end are borne (RFC 5321 §4.1.1).
    let text = std::str::from_utf8(line.trim_ascii_end()).ok()?.to_ascii_uppercase();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let (octets, last) = match words.as_slice() {
        ["BDAT", octets] => (octets, false),
        ["BDAT", octets, "LAST"] => (octets, true),
        _ => return None,
    };
    let digits = octets.len() <= 18 && octets.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| octets.parse().ok().map(|octets| (octets, last)))?
}

/// The code for what is wrong with a mail. By LMTP nothing is but its size: see [`mended`].
pub fn fault(content: &[u8], limits: &Limits, protocol: Protocol) -> Option<u16> {
    let is_bad = |bad: bool| bad && protocol == Protocol::Smtp;
    if content.len() > limits.message_bytes {
        Some(552)
    } else if is_bad(has_lone_line_end(content)) {
        Some(550)
    } else {
        is_bad(split_lines(content).any(|line| line.len() > limits.line_bytes)).then_some(554)
    }
}

/// A mail as LMTP keeps it: whatever its lines end in is made CRLF; a CR before a CRLF is none of its own.
pub fn mended(content: &[u8]) -> Vec<u8> {
    let mut mended = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(first) = rest.first() {
        let ends: [&[u8]; 4] = [b"\r\r\n", b"\r\n", b"\r", b"\n"];
        match ends.iter().find(|end| rest.starts_with(end)) {
            Some(end) => {
                mended.extend_from_slice(b"\r\n");
                rest = &rest[end.len()..];
            }
            None => {
                mended.push(*first);
                rest = &rest[1..];
            }
        }
    }
    mended
}

/// What of the chunks so far is sure: a CR at their end may be half of a line's end, and by LMTP the one before it none of
/// its own.
pub fn sure(content: &[u8], protocol: Protocol) -> Vec<u8> {
    let sure = content.strip_suffix(b"\r").unwrap_or(content);
    match protocol {
        Protocol::Smtp => sure.to_vec(),
        Protocol::Lmtp if sure.len() < content.len() => mended(sure.strip_suffix(b"\r").unwrap_or(sure)),
        Protocol::Lmtp => mended(sure),
    }
}

/// What stands between the angle brackets of a command.
pub fn path(command: &str) -> String {
    let inside = command.split_once('<').map_or("", |(_, rest)| rest);
    inside.split_once('>').map_or("", |(path, _)| path).trim().to_owned()
}

/// Whether a RCPT command is in the form that RFC 5321 §4.1.1.3 gives it, with a path in which nothing needs reading.
pub fn is_plain_recipient(command: &str) -> bool {
    let text = command.trim();
    let inside =
        text.get(..9).filter(|start| start.eq_ignore_ascii_case("RCPT TO:<")).and_then(|_| text[9..].strip_suffix('>'));
    inside.is_some_and(|path| !path.contains(['<', '>', ' ', ',', ':', '"', '\\', '%']))
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    octets.windows(what.len()).position(|window| window == what)
}

/// The lines of a text, each without its CRLF; what follows the last CRLF is one only if there is something.
fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = find(rest, b"\r\n");
        let line = &rest[..length.unwrap_or(rest.len())];
        rest = length.map_or(&[], |length| &rest[length + 2..]);
        Some(line)
    })
}

/// Whether a CR stands before anything but LF, or an LF behind anything but CR.
fn has_lone_line_end(text: &[u8]) -> bool {
    split_lines(text).any(|line| line.contains(&b'\r') || line.contains(&b'\n'))
}
