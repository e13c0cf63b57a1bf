//! A mail as it came in, read once: who wrote it, what it answers, what it says.

use std::collections::HashSet;

use aws_lc_rs::digest;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use mail_parser::{DateTime, HeaderValue};

use super::body::{self, Attachment};
use super::correspondent::{self, Correspondent};
use super::header::{self, Field};
use super::{MessageId, bounds, clean, mime, subject};

/// A parsed mail. Text and names in it hold no control character but `\n` and `\t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its Message-ID as stated in the first header of that name, byte-exact; or one made from its contents, the same
    /// for the same mail whatever way it came.
    pub message_id: MessageId,
    /// Whether the mail stated it.
    pub id_stated: bool,
    /// The ids in its first `In-Reply-To` header, byte-exact.
    pub in_reply_to: Vec<MessageId>,
    /// The ids in its first `References` header, oldest first, each once; of hundreds the first and the last 99.
    pub references: Vec<MessageId>,
    /// Who wrote it, as it says.
    pub from: Vec<Correspondent>,
    /// Decoded, one line; empty where there is none.
    pub subject: String,
    /// When it was written, as it says; `None` where it does not or where the date cannot be.
    pub date: Option<Timestamp>,
    /// The body as plain text with `\n` line ends: its plain text, else its HTML turned into text.
    pub text: String,
    /// Whether (some of) the text was HTML.
    pub from_html: bool,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// Name and value of every header field, in order, decoded.
    headers: Vec<(Box<str>, Box<str>)>,
}

impl Mail {
    /// Reads a mail. Never fails: what cannot be read is left out, and garbage gives an almost empty mail. Time and
    /// memory are linear in its size.
    pub fn parse(raw: &[u8]) -> Self {
        match lines_ended_by_cr(raw) {
            Some(mended) => Self::read(&mended),
            None => Self::read(raw),
        }
    }

    fn read(raw: &[u8]) -> Self {
        let raw = without_envelope_line(raw);
        let block = header::read(raw);
        let fields = &block.fields;
        let content = &raw[block.end..];
        let body = body::assemble(&mime::leaves(fields, content));
        let stated =
            header::first(fields, "Message-ID").and_then(|value| MessageId::of_header(&header::unfolded(value)));
        Self {
            id_stated: stated.is_some(),
            message_id: stated.unwrap_or_else(|| id_of_contents(fields, content)),
            in_reply_to: ids(fields, "In-Reply-To").into_iter().take(bounds::IN_REPLY_TO).collect(),
            references: first_and_last(ids(fields, "References")),
            from: header::first(fields, "From").map(correspondent::all_in).unwrap_or_default(),
            subject: header::first(fields, "Subject")
                .map(|value| clean::line(&header::decoded(value), bounds::SUBJECT_CHARS))
                .unwrap_or_default(),
            date: header::first(fields, "Date").and_then(date),
            text: body.text,
            from_html: body.from_html,
            attachments: body.attachments,
            headers: fields.iter().map(|field| (field.name.into(), header::decoded(field.value).into())).collect(),
        }
    }

    /// The first header of that name (in any case): unfolded, trimmed, decoded, without control characters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Every header of that name, in order, as [`Mail::header`] gives them.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// How many machines say that they passed it on (RFC 5321 §4.4): a loop shows by many.
    pub fn received_hops(&self) -> usize {
        self.headers("Received").count()
    }

    /// The subject without `Re:` and the like, in any usual language, and without `[list]`: what the mails of one
    /// conversation share (RFC 5256 §2.1). May be empty.
    pub fn base_subject(&self) -> String {
        subject::read(&self.subject).base.to_owned()
    }

    /// Whether the subject starts with the mark of an answer.
    pub fn has_reply_subject(&self) -> bool {
        subject::read(&self.subject).is_reply
    }
}

/// The mail with `\n` line ends where it has only `\r`, as very old systems wrote.
fn lines_ended_by_cr(raw: &[u8]) -> Option<Vec<u8>> {
    let only_cr = raw.contains(&b'\r') && !raw.contains(&b'\n');
    only_cr.then(|| raw.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
}

/// The mail without the line that mbox files put before it, and without empty lines before its header.
fn without_envelope_line(raw: &[u8]) -> &[u8] {
    let after_blank = raw.len() - raw.trim_ascii_start().len();
    let (mut line, mut next) = header::line_at(raw, after_blank);
    let mut start = after_blank;
    if line.starts_with(b"From ") || line.starts_with(b">From ") {
        start = next;
        (line, next) = header::line_at(raw, start);
    }
    let follows = header::is_known_field(line) || header::is_known_field(header::line_at(raw, next).0);
    if start == 0 || follows { &raw[start..] } else { raw }
}

/// The ids in the first field of that name, in order, each once.
fn ids(fields: &[Field<'_>], name: &str) -> Vec<MessageId> {
    let found =
        header::first(fields, name).map(|value| MessageId::all_in(&header::unfolded(value))).unwrap_or_default();
    let mut seen = HashSet::new();
    found.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

fn first_and_last(mut ids: Vec<MessageId>) -> Vec<MessageId> {
    if ids.len() > bounds::REFERENCES {
        let tail = ids.len() - (bounds::REFERENCES - 1);
        ids.drain(1..tail);
    }
    ids
}

/// An id for a mail that states none, made from what no relay changes: the fields that its writer set, and the body
/// without regard to line ends and blank lines at its end.
fn id_of_contents(fields: &[Field<'_>], body: &[u8]) -> MessageId {
    let mut hash = digest::Context::new(&digest::SHA256);
    for name in ["From", "Subject", "Date", "In-Reply-To", "References"] {
        let value = header::first(fields, name).map(header::unfolded).unwrap_or_default();
        for word in value.split_whitespace() {
            hash.update(word.as_bytes());
            hash.update(b" ");
        }
        hash.update(b"\n");
    }
    for line in body.trim_ascii_end().split(|b| *b == b'\n') {
        hash.update(line.trim_ascii_end());
        hash.update(b"\n");
    }
    let digest = BASE32_NOPAD.encode(&hash.finish().as_ref()[..20]).to_lowercase();
    MessageId::of_contents(&digest)
}

fn date(value: &[u8]) -> Option<Timestamp> {
    let ended = format!("{}\n", header::unfolded(value));
    let bounded = &ended.as_bytes()[..ended.len().min(bounds::DECODED_VALUE_BYTES)];
    let HeaderValue::DateTime(stated) = mail_parser::parsers::MessageStream::new(bounded).parse_date() else {
        return None;
    };
    // A leap second (RFC 5322 §3.3) is read as the second before it.
    let stated = DateTime { second: stated.second.min(59), ..stated };
    let plausible = stated.is_valid();
    plausible.then(|| Timestamp::from_second(stated.to_timestamp()).ok()).flatten()
}
