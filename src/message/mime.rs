//! The leaves of a mail's MIME tree (RFC 2045, 2046), by one pass over its lines with a bounded stack of open
//! multiparts. Nothing here recurses, and an embedded mail is a leaf like any other: what is nested in it is never
//! looked at.

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};

use super::header::{self, Field};
use super::transfer::Encoding;
use super::{bounds, clean, file_name};

/// What a part's header says of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartHeader {
    /// Such as `text/plain`, in small letters.
    pub media_type: String,
    pub charset: Option<String>,
    pub encoding: Encoding,
    /// A file name, cleaned.
    pub name: Option<String>,
    /// Whether the sender wants it shown as a file.
    pub is_attachment: bool,
    /// Whether the sender wants it shown where it stands.
    pub is_inline: bool,
    /// What HTML speaks of it by (RFC 2392), without brackets.
    pub content_id: Option<String>,
    /// RFC 3676.
    pub flowed: bool,
    pub del_sp: bool,
    boundary: Option<String>,
}

/// Which choice of a `multipart/alternative` a leaf belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub alternative: usize,
    pub branch: usize,
}

/// A part that is no multipart.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    pub header: PartHeader,
    /// As it travelled, encoded.
    pub content: &'a [u8],
    /// By its outermost `multipart/alternative`; `None` where it is in none.
    pub choice: Option<Choice>,
}

impl PartHeader {
    fn read(fields: &[Field<'_>], default_type: &str) -> Self {
        let content_type = header::first(fields, "Content-Type").and_then(parameters);
        let disposition = header::first(fields, "Content-Disposition").and_then(parameters);
        let attribute = |of: &Option<ContentType<'_>>, name: &str| {
            of.as_ref().and_then(|of| of.attribute(name)).map(ToOwned::to_owned)
        };
        let named = |header, parameter| header::first(fields, header).and_then(|it| file_name::read(it, parameter));
        let says = |name, value: &str| attribute(&content_type, name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        Self {
            media_type: content_type.as_ref().map_or_else(|| default_type.to_owned(), media_type),
            charset: attribute(&content_type, "charset"),
            encoding: header::first(fields, "Content-Transfer-Encoding")
                .map_or(Encoding::Identity, |value| Encoding::parse(&header::unfolded(value))),
            name: named("Content-Disposition", "filename").or_else(|| named("Content-Type", "name")),
            is_attachment: disposition.as_ref().is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment")),
            is_inline: disposition.as_ref().is_some_and(|d| d.ctype().eq_ignore_ascii_case("inline")),
            content_id: header::first(fields, "Content-ID").map(content_id).filter(|id| !id.is_empty()),
            flowed: says("format", "flowed"),
            del_sp: says("delsp", "yes"),
            boundary: attribute(&content_type, "boundary"),
        }
    }

    /// The boundary, where this is a multipart that has one.
    fn multipart_boundary(&self) -> Option<&str> {
        let boundary = self.boundary.as_deref().map(str::trim_end).filter(|boundary| !boundary.is_empty());
        if self.media_type.starts_with("multipart/") { boundary } else { None }
    }
}

fn content_id(value: &[u8]) -> String {
    clean::line(header::unfolded(value).trim_matches(['<', '>']), bounds::CONTENT_ID_CHARS)
}

fn media_type(content_type: &ContentType<'_>) -> String {
    let subtype = content_type.subtype().unwrap_or("plain");
    let whole = format!("{}/{subtype}", content_type.ctype()).to_ascii_lowercase();
    clean::line(&whole, bounds::NAME_CHARS)
}

/// A value with parameters (RFC 2045 §5.1, RFC 2231).
fn parameters(value: &[u8]) -> Option<ContentType<'static>> {
    let text = header::unfolded(value);
    if text.len() > bounds::DECODED_VALUE_BYTES {
        return None;
    }
    let ended = format!("{text}\n");
    match MessageStream::new(ended.as_bytes()).parse_content_type().into_owned() {
        HeaderValue::ContentType(content_type) => Some(content_type),
        _ => None,
    }
}

/// An open multipart.
struct Multipart {
    boundary: String,
    is_digest: bool,
    /// Its number among the alternatives, where it is one.
    alternative: Option<usize>,
    /// How many of its parts have begun.
    begun: usize,
}

/// The pass over the lines: what is open, and what was found.
struct Walk<'a> {
    body: &'a [u8],
    open: Vec<Multipart>,
    alternatives: usize,
    leaf: Option<(PartHeader, usize)>,
    leaves: Vec<Leaf<'a>>,
}

/// The leaves of a body that stands under these fields, in order, at most [`bounds::PARTS`]. A multipart in which no
/// part is found is one leaf of plain text.
pub(super) fn leaves<'a>(fields: &[Field<'_>], body: &'a [u8]) -> Vec<Leaf<'a>> {
    let root = PartHeader::read(fields, "text/plain");
    let mut walk = Walk { body, open: Vec::new(), alternatives: 0, leaf: None, leaves: Vec::new() };
    walk.begin(root.clone(), 0);
    if !walk.open.is_empty() {
        walk.over_lines();
    }
    walk.close(body.len());
    if walk.leaves.is_empty() && !body.is_empty() {
        let header = PartHeader { media_type: "text/plain".to_owned(), is_attachment: false, name: None, ..root };
        walk.leaves.push(Leaf { header, content: body, choice: None });
    }
    walk.leaves
}

impl Walk<'_> {
    fn over_lines(&mut self) {
        let mut at = 0;
        while at < self.body.len() && self.leaves.len() + 1 < bounds::PARTS {
            let (line, next) = header::line_at(self.body, at);
            let Some((level, is_end)) = self.boundary(line) else {
                at = next;
                continue;
            };
            self.close(at);
            self.open.truncate(level + usize::from(!is_end));
            at = if is_end { next } else { self.next_part(next) };
        }
    }

    /// Which open multipart a line is a boundary of (RFC 2046 §5.1.1), innermost first, and whether it is its last.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?;
        self.open.iter().enumerate().rev().find_map(|(level, multipart)| {
            match line.strip_prefix(multipart.boundary.as_bytes())?.trim_ascii_end() {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    /// Reads the header of the part that begins at `start` and opens it; gives where its body begins.
    fn next_part(&mut self, start: usize) -> usize {
        let block = header::read(&self.body[start..]);
        let default_type = match self.open.last_mut() {
            Some(multipart) => {
                multipart.begun += 1;
                if multipart.is_digest { "message/rfc822" } else { "text/plain" }
            }
            None => "text/plain",
        };
        self.begin(PartHeader::read(&block.fields, default_type), start + block.end);
        start + block.end
    }

    fn begin(&mut self, header: PartHeader, start: usize) {
        match header.multipart_boundary() {
            Some(boundary) if self.open.len() < bounds::NESTING => {
                let is_alternative = header.media_type == "multipart/alternative";
                self.alternatives += usize::from(is_alternative);
                self.open.push(Multipart {
                    boundary: boundary.to_owned(),
                    is_digest: header.media_type == "multipart/digest",
                    alternative: is_alternative.then_some(self.alternatives),
                    begun: 0,
                });
            }
            Some(_) => self.leaf = Some((header, start)),
            None => {
                let is_boundless = header.media_type.starts_with("multipart/");
                let media_type = if is_boundless { "text/plain".to_owned() } else { header.media_type };
                self.leaf = Some((PartHeader { media_type, ..header }, start));
            }
        }
    }

    /// Ends the open leaf before the line that starts at `end`; the line end before a boundary belongs to it.
    fn close(&mut self, end: usize) {
        let Some((header, start)) = self.leaf.take() else { return };
        let mut content = self.body.get(start..end).unwrap_or_default();
        if end < self.body.len() {
            content = content.strip_suffix(b"\n").unwrap_or(content);
            content = content.strip_suffix(b"\r").unwrap_or(content);
        }
        let choice = self.open.iter().find_map(|multipart| {
            multipart.alternative.map(|alternative| Choice { alternative, branch: multipart.begun })
        });
        self.leaves.push(Leaf { header, content, choice });
    }
}
