//! Header fields as they stand in the raw mail (RFC 5322 §2.2), found by one pass over its lines, and their values as
//! text (RFC 2047).

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

use super::{bounds, clean, encoded_word};

/// A field: its name, and its value as it stands there, folds included.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub value: &'a [u8],
}

/// The fields at the start of a mail or of a part of one.
pub(super) struct Block<'a> {
    pub fields: Vec<Field<'a>>,
    /// Where the body begins.
    pub end: usize,
}

/// Fields by which a line proves that the header still goes on after a broken line.
const KNOWN: [&str; 16] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "received",
    "return-path",
    "reply-to",
    "sender",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
];

/// How many lines are looked at to see whether the header goes on.
const LOOK_AHEAD: usize = 20;

/// The content of the line that starts at `from`, and where the next line starts.
pub(super) fn line_at(raw: &[u8], from: usize) -> (&[u8], usize) {
    let rest = &raw[from..];
    let (mut line, next) = match rest.iter().position(|b| *b == b'\n') {
        Some(end) => (&rest[..end], from + end + 1),
        None => (rest, raw.len()),
    };
    while let [start @ .., b'\r'] = line {
        line = start;
    }
    (line, next)
}

/// Reads the fields that `raw` starts with, up to the empty line, or to the first line that is no field and after which
/// none follows: some mail has no empty line.
pub(super) fn read(raw: &[u8]) -> Block<'_> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut value_start = 0;
    let mut at = 0;
    while at < raw.len() {
        let (line, next) = line_at(raw, at);
        if line.is_empty() {
            return Block { fields, end: next };
        }
        let has_room = fields.len() < bounds::HEADERS && next <= bounds::HEADER_BYTES;
        if line[0] == b' ' || line[0] == b'\t' {
            match fields.last_mut() {
                Some(last) if has_room => last.value = &raw[value_start..at + line.len()],
                Some(_) => {}
                None => break,
            }
        } else if let Some((name, skip)) = field_name(line) {
            if has_room {
                value_start = at + skip;
                fields.push(Field { name, value: &line[skip..] });
            }
        } else if !has_room || !goes_on(line, raw, next) {
            break;
        }
        at = next;
    }
    Block { fields, end: at }
}

/// The name at the start of a field's first line, and where its value starts. No name starts with `-`: that is how the
/// boundaries of MIME parts look.
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(100).position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    let good = !name.is_empty() && name[0] != b'-' && name.iter().all(|b| b.is_ascii_graphic());
    let name = std::str::from_utf8(name).ok()?;
    good.then_some((name, colon + 1))
}

/// Whether a line that is no field is only a broken one: a well-known field follows on the next line, and from
/// there to an empty line nothing but fields and more such lines.
fn goes_on(line: &[u8], raw: &[u8], next: usize) -> bool {
    if line.starts_with(b"--") || !is_known_field(line_at(raw, next).0) {
        return false;
    }
    let mut at = next;
    for _ in 0..LOOK_AHEAD {
        let (line, next) = line_at(raw, at);
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if line.is_empty() {
            return next > at;
        }
        if !is_folded && field_name(line).is_none() && !is_known_field(line_at(raw, next).0) {
            return false;
        }
        at = next;
    }
    true
}

/// Whether a line is the start of a field that mail usually has.
pub(super) fn is_known_field(line: &[u8]) -> bool {
    field_name(line).is_some_and(|(name, _)| is_known(name))
}

/// Whether mail usually has a field of that name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The first field of that name.
pub(super) fn first<'a>(fields: &[Field<'a>], name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// Bytes without a stated charset as text: UTF-8, or else windows-1252, where every byte means something.
pub(super) fn guessed_text(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(
            charset_decoder(b"windows-1252")
                .map_or_else(|| String::from_utf8_lossy(raw).into_owned(), |decode| decode(raw)),
        ),
    }
}

/// A value unfolded (RFC 5322 §2.2.3) and trimmed, encoded words left as they are.
pub(super) fn unfolded(value: &[u8]) -> Cow<'_, str> {
    let text = match guessed_text(value) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    if text.contains(['\r', '\n']) { Cow::Owned(text.replace(['\r', '\n'], "")) } else { text }
}

/// A value as people read it: unfolded, encoded words decoded (RFC 2047), no control characters.
pub(super) fn decoded(value: &[u8]) -> String {
    let text = unfolded(value);
    let decoded = if text.contains("=?") && text.len() <= bounds::DECODED_VALUE_BYTES {
        encoded_word::decoded(&text)
    } else {
        text.into_owned()
    };
    if decoded.chars().any(char::is_control) { clean::line(&decoded, usize::MAX) } else { decoded }
}
