//! From the leaves of a mail to the one plain text that people read, and the list of what is attached.

use std::collections::HashMap;

use super::mime::Leaf;
use super::rich::Source;
use super::stand_in::stands_in;
use super::{bounds, clean, flowed, html, transfer};

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name, one cleaned line; it may be anything, so it is no path to write to.
    pub name: Option<String>,
    /// Such as `application/pdf`, in small letters.
    pub media_type: String,
    /// Its size, decoded.
    pub bytes: usize,
    /// What the HTML of its mail speaks of it by (RFC 2392); one clean line.
    pub content_id: Option<String>,
    /// Whether it is a picture that is a part of the text, and not too large to be one.
    pub inline: bool,
    /// Its place among the leaves of its mail, by which [`Mail::attachment`](super::Mail::attachment) finds it.
    pub place: usize,
}

/// What the leaves say.
pub(super) struct Body {
    pub text: String,
    pub from_html: bool,
    pub attachments: Vec<Attachment>,
    pub formatted: Vec<Source>,
}

/// Puts the readable leaves together in their order. Of a `multipart/alternative` the branch with plain text counts,
/// else the one with HTML; that one also where the plain text only stands in for it.
pub(super) fn assemble(leaves: &[Leaf<'_>]) -> Body {
    let chosen = chosen_to_read(leaves);
    let formatted = formatted(leaves);
    let mut body = Body { text: String::new(), from_html: false, attachments: Vec::new(), formatted };
    for (place, leaf) in leaves.iter().enumerate() {
        if !is_readable(leaf, place == 0) {
            body.attachments.push(attachment(leaf, place));
        } else if leaf.choice.is_none_or(|choice| chosen.get(&choice.alternative) == Some(&choice.branch)) {
            append(&mut body, leaf);
        }
    }
    body
}

/// Whether a leaf is text to read rather than a file. A named text is a file unless the mail starts with it.
fn is_readable(leaf: &Leaf<'_>, is_first: bool) -> bool {
    is_text(leaf, is_first) && !leaf.header.is_attachment && (is_first || leaf.header.name.is_none())
}

/// Text of a kind that we do not know is plain text where the mail starts with it (RFC 2046 §4.1.4).
fn is_text(leaf: &Leaf<'_>, is_first: bool) -> bool {
    let media_type = leaf.header.media_type.as_str();
    media_type == "text/plain" || is_html(leaf) || (is_first && media_type.starts_with("text/"))
}

fn is_html(leaf: &Leaf<'_>) -> bool {
    leaf.header.media_type == "text/html"
}

/// The leaves that are read where HTML is preferred, decoded; none where no HTML is among them, or where it is more than
/// is kept of formatting.
fn formatted(leaves: &[Leaf<'_>]) -> Vec<Source> {
    let readable = || leaves.iter().enumerate().filter(|(place, leaf)| is_readable(leaf, *place == 0));
    // An encoding adds a third, or more: what is too long when it is decoded is seen then.
    let bytes: usize = readable().map(|(_, leaf)| leaf.content.len()).sum();
    if bytes > 2 * bounds::RICH_SOURCE_BYTES || !readable().any(|(_, leaf)| is_html(leaf)) {
        return Vec::new();
    }
    let chosen = chosen_branches(leaves, [true, false]);
    let is_chosen =
        |leaf: &Leaf<'_>| leaf.choice.is_none_or(|choice| chosen.get(&choice.alternative) == Some(&choice.branch));
    let sources = readable().filter(|(_, leaf)| is_chosen(leaf)).map(|(_, leaf)| match is_html(leaf) {
        true => Source::Html(decoded(leaf)),
        false => Source::Plain(plain(leaf, &decoded(leaf))),
    });
    let sources: Vec<Source> = sources.collect();
    let length: usize = sources.iter().map(|(Source::Html(text) | Source::Plain(text))| text.len()).sum();
    if length > bounds::RICH_SOURCE_BYTES { Vec::new() } else { sources }
}

/// For each alternative the branch to read: the first with a text of the first kind (plain or HTML) that is not blank,
/// else the first with one of the other.
fn chosen_branches(leaves: &[Leaf<'_>], kinds: [bool; 2]) -> HashMap<usize, usize> {
    let mut chosen = HashMap::new();
    for wants_html in kinds {
        for (place, leaf) in leaves.iter().enumerate() {
            if let Some(choice) = leaf.choice
                && !chosen.contains_key(&choice.alternative)
                && is_readable(leaf, place == 0)
                && is_html(leaf) == wants_html
                && !is_blank(leaf)
            {
                chosen.entry(choice.alternative).or_insert(choice.branch);
            }
        }
    }
    chosen
}

/// For each alternative the branch whose text is read.
fn chosen_to_read(leaves: &[Leaf<'_>]) -> HashMap<usize, usize> {
    let mut chosen = chosen_branches(leaves, [false, true]);
    if chosen.is_empty() || !leaves.iter().any(is_html) {
        return chosen;
    }
    for (alternative, of_html) in chosen_branches(leaves, [true, false]) {
        let of_plain = chosen.get(&alternative).copied().filter(|of_plain| *of_plain != of_html);
        let leaf_of = |branch: usize, html: bool| {
            let is_it = move |(place, leaf): &(usize, &Leaf<'_>)| {
                let in_branch = leaf.choice.is_some_and(|of| (of.alternative, of.branch) == (alternative, branch));
                in_branch && is_readable(leaf, *place == 0) && is_html(leaf) == html && !is_blank(leaf)
            };
            leaves.iter().enumerate().filter(is_it).map(|(_, leaf)| leaf)
        };
        // Where several texts stand in the branch, they are no notice.
        let Some(of_plain) = of_plain.filter(|of_plain| leaf_of(*of_plain, false).count() == 1) else { continue };
        let plain = leaf_of(of_plain, false).next();
        let page = leaf_of(of_html, true).next();
        if let Some((plain, page)) = plain.zip(page).filter(|(plain, _)| plain.content.len() <= NOTICE_BYTES)
            && stands_in(&decoded(plain), || html::to_text(beginning(&decoded(page))))
        {
            chosen.insert(alternative, of_html);
        }
    }
    chosen
}

/// Plain text of more octets, however encoded, is not looked at to see whether it only stands in for HTML, and so much of
/// that HTML is.
const NOTICE_BYTES: usize = 16 << 10;
const PAGE_BYTES: usize = 256 << 10;

fn beginning(page: &str) -> &str {
    &page[..page.floor_char_boundary(PAGE_BYTES)]
}

/// Whether nothing is in a leaf to read. Its encoding may hide that: some programs send `=20` or a no-break space.
fn is_blank(leaf: &Leaf<'_>) -> bool {
    let decoded = leaf.header.encoding.decode(leaf.content);
    let start = &decoded[..decoded.len().min(BLANK_BYTES)];
    let unseen = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{feff}');
    start.len() == decoded.len() && transfer::text(start, leaf.header.charset.as_deref()).chars().all(unseen)
        || decoded.trim_ascii().is_empty()
}

/// Longest part that is looked at to see whether it is blank in its charset.
const BLANK_BYTES: usize = 4096;

fn append(body: &mut Body, leaf: &Leaf<'_>) {
    let decoded = decoded(leaf);
    let text = if is_html(leaf) {
        body.from_html = true;
        clean::text(&html::to_text(&decoded))
    } else {
        plain(leaf, &decoded)
    };
    if !body.text.is_empty() && !body.text.ends_with('\n') {
        body.text.push('\n');
    }
    let room = bounds::TEXT_BYTES.saturating_sub(body.text.len()).min(text.len());
    body.text.push_str(&text[..text.floor_char_boundary(room)]);
}

fn decoded(leaf: &Leaf<'_>) -> String {
    transfer::text(&leaf.header.encoding.decode(leaf.content), leaf.header.charset.as_deref())
}

fn plain(leaf: &Leaf<'_>, decoded: &str) -> String {
    let text = clean::text(decoded);
    if leaf.header.flowed { flowed::join(&text, leaf.header.del_sp) } else { text }
}

pub(super) fn attachment(leaf: &Leaf<'_>, place: usize) -> Attachment {
    let bytes = leaf.header.encoding.decoded_len(leaf.content);
    let is_part = leaf.header.is_inline || (leaf.header.content_id.is_some() && !leaf.header.is_attachment);
    Attachment {
        content_id: leaf.header.content_id.clone(),
        inline: is_part && leaf.header.media_type.starts_with("image/") && bytes <= bounds::INLINE_BYTES,
        place,
        bytes,
        name: leaf.header.name.clone(),
        media_type: media_type(&leaf.header.media_type),
    }
}

/// A media type of the signs that one may have; anything else is only octets, and shown as that.
fn media_type(stated: &str) -> String {
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
    let parts = stated.split_once('/').filter(|(kind, sub)| kind.bytes().chain(sub.bytes()).all(is_sign));
    parts.map_or("application/octet-stream", |_| stated).to_owned()
}
