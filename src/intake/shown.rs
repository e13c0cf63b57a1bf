//! What others may see of a mail: its words, their formatting, and the names of its files, without addresses of people
//! whom we know and without secrets of ours.

use std::collections::HashMap;

use super::prepare::Gate;
use crate::discussion::Block;
use crate::message::{Attachment, Mail, Rich};
use crate::reply::{self, Reading, Span, Stance};
use crate::store::{AttachmentRow, Shown, Store, StoreError, Words};
use crate::trust::{Hidden, redact, redact_all};

/// Files of one item that are named.
const MOST_ATTACHMENTS: usize = 50;

/// What others may see of a mail. `may_give_address` says whether a post's author may give their own address on one of
/// its lists.
pub(super) fn shown(
    store: &Store,
    gate: &Gate,
    mail: &Mail,
    reading: &Reading,
    stance: Stance,
    may_give_address: bool,
) -> Result<Shown, StoreError> {
    let from = mail.from.first();
    let name = from.and_then(|from| from.name.as_deref());
    let formatted = Formatted::of(mail, reading, stance);
    let hidden = hidden(store, gate, mail, reading, formatted.as_ref())?;
    let attachments = attachments(mail, formatted.as_ref(), &hidden);
    let rich = formatted.filter(|formatted| formatted.agrees).map(|formatted| formatted.rich);
    let words = |hidden_in_said: &Hidden| words(reading, rich.as_ref(), &attachments, &hidden, hidden_in_said);
    let own = from.map(|from| from.address.key()).filter(|own| may_give_address && hidden.names(own));
    let base = mail.base_subject();
    let title = [base.trim(), mail.subject.trim()].into_iter().find(|text| !text.is_empty());
    Ok(Shown {
        name: name.map(|name| redact(name, &hidden)),
        title: redact(&redact(title.unwrap_or("(no subject)"), &hidden), &hidden.and_marked()),
        own_words: own.map(|own| words(&hidden.sparing(&own))).transpose()?,
        words: words(&hidden)?,
        attachments,
    })
}

/// What of a mail must not be shown.
fn hidden(
    store: &Store,
    gate: &Gate,
    mail: &Mail,
    reading: &Reading,
    formatted: Option<&Formatted>,
) -> Result<Hidden, StoreError> {
    let mut texts: Vec<&str> = reading.spans.iter().map(|span| span.text.as_str()).collect();
    let names = mail.attachments.iter().take(MOST_ATTACHMENTS).filter_map(|file| file.name.as_deref());
    for text in mail.from.first().and_then(|from| from.name.as_deref()).into_iter().chain([&*mail.subject]).chain(names)
    {
        texts.extend(["\n", text]);
    }
    let rich = formatted.filter(|formatted| formatted.agrees).map(|formatted| &formatted.rich);
    let said = rich.map(Rich::texts).unwrap_or_default();
    texts.push("\n");
    texts.extend(said.iter().map(|text| &**text));
    // Tags part them again: an address may also end where one ends.
    texts.extend(said.iter().filter(|text| text.trim().len() > 2).flat_map(|text| ["\n", &**text]));
    texts.extend(rich.into_iter().flat_map(Rich::links).flat_map(|link| ["\n", link]));
    let web = gate.web_url.as_deref().and_then(|url| url.split("://").nth(1)).unwrap_or_default();
    let web = web.split(['/', ':']).next().unwrap_or_default();
    let mut hosts = vec![gate.domain.as_str(), &gate.host, web];
    hosts.retain(|host| !host.is_empty());
    Hidden::among(&texts, &hosts, |candidates| {
        // Who writes here for the first time is known to nobody yet.
        let own = mail.from.first().map(|from| from.address.key()).filter(|own| candidates.contains(own));
        let mut known = store.known_addresses(candidates)?;
        known.extend(own);
        Ok(known)
    })
}

/// What a mail says, in both its forms, without what is hidden: in what was said, and in what was not.
fn words(
    reading: &Reading,
    rich: Option<&Rich>,
    attachments: &[AttachmentRow],
    hidden: &Hidden,
    hidden_in_said: &Hidden,
) -> Result<Words, StoreError> {
    // All at once: what is hidden may be wrapped from a quoted line into one that lost its mark.
    let whole: Vec<&str> = reading.spans.iter().map(|span| span.text.as_str()).collect();
    let everywhere = redact_all(&whole, hidden);
    let said = if hidden == hidden_in_said { None } else { Some(redact_all(&whole, hidden_in_said)) };
    let spans = reading.spans.iter().enumerate().map(|(at, span)| {
        let texts = said.as_ref().filter(|_| span.kind == reply::SpanKind::Said).unwrap_or(&everywhere);
        Span { kind: span.kind, text: texts[at].clone() }
    });
    let rich = rich.and_then(|rich| html(rich.clone(), reading, attachments, hidden_in_said));
    Words::pack(&Reading { spans: spans.collect() }, rich.as_deref())
}

/// What was said as HTML, a piece for each said block; `None` where it is no more than its text.
fn html(mut rich: Rich, reading: &Reading, attachments: &[AttachmentRow], hidden: &Hidden) -> Option<Vec<String>> {
    let texts: Vec<String> = {
        let texts = rich.texts();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        redact_all(&texts, hidden).iter().map(|text| redact(text, hidden)).collect()
    };
    rich.set_texts(texts);
    rich.keep_links(|href| redact(href, hidden) == href);
    let pictures = attachments.iter().enumerate().filter(|(_, file)| file.inline);
    let places: HashMap<String, usize> =
        pictures.filter_map(|(position, file)| Some((file.content_id.clone()?, position))).collect();
    let blocks = said_blocks(reading).len();
    rich.html(blocks, &places).filter(|blocks| !blocks.iter().all(|block| is_plain(block)))
}

/// Whether HTML says no more than its text: lines and paragraphs.
fn is_plain(html: &str) -> bool {
    let mut tags = html.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    tags.all(|tag| matches!(tag, "div" | "/div" | "p" | "/p" | "br"))
}

/// What of a mail's formatting is known to be said.
struct Formatted {
    rich: Rich,
    /// Whether it says the same as the text that is the reading of record.
    agrees: bool,
}

impl Formatted {
    fn of(mail: &Mail, reading: &Reading, stance: Stance) -> Option<Self> {
        let mut rich = mail.rich()?;
        if rich.text() == mail.text {
            rich.keep(&reading.said_lines());
            return Some(Self { rich, agrees: true });
        }
        let other = reply::read_as(rich.text(), stance);
        rich.keep(&other.said_lines());
        let (ours, theirs) = (said_blocks(reading), said_blocks(&other));
        let agrees =
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, other)| letters(one) == letters(other));
        Some(Self { rich, agrees })
    }
}

fn said_blocks(reading: &Reading) -> Vec<String> {
    let said = reading.blocks().into_iter().filter_map(|block| match block {
        Block::Said(text) => Some(text),
        Block::Quoted(_) => None,
    });
    said.collect()
}

/// The letters and digits of a text, without web addresses and without what programs write in a picture's place: the
/// same in the two forms of one mail.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', ':', '<']) {
        let skipped = unsaid(rest, at);
        let (before, after) = match &skipped {
            Some(range) => (&rest[..range.start], &rest[range.end..]),
            None => rest.split_at(at + 1),
        };
        push_letters(&mut letters, before);
        rest = after;
    }
    push_letters(&mut letters, rest);
    letters
}

/// What stands at a sign and is not said: a web address, or a picture's place.
fn unsaid(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    const LONGEST: usize = 4_000;
    let to = |end: &dyn Fn(char) -> bool| {
        let bounded = &text[at..text.floor_char_boundary(at + LONGEST)];
        bounded.char_indices().skip(1).find(|(_, c)| end(*c)).map_or(at + bounded.len(), |(end, _)| at + end)
    };
    let rest = &text[at..];
    if rest.starts_with("://") {
        let scheme = text[..at].bytes().rev().take(10).take_while(u8::is_ascii_alphabetic).count();
        return Some(at - scheme..to(&|c| c.is_whitespace() || "<>)]\"".contains(c)));
    }
    let placeholder = ["[image:", "[cid:", "[inline image", "[image]", "<mailto:", "[mailto:"];
    let is_placeholder = |mark: &str| rest.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    placeholder.iter().any(|mark| is_placeholder(mark)).then(|| at..to(&|c| c == ']' || c == '>'))
}

fn push_letters(letters: &mut String, text: &str) {
    letters.extend(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
}

/// The files that are named under an item. Of pictures that the HTML speaks of, those that are said: not the logo of a
/// signature, nor what another mail quoted.
fn attachments(mail: &Mail, formatted: Option<&Formatted>, hidden: &Hidden) -> Vec<AttachmentRow> {
    let is_unsaid = |file: &Attachment| {
        let id = file.content_id.as_deref().filter(|_| file.inline);
        id.zip(formatted).is_some_and(|(id, formatted)| formatted.rich.mentions(id) && !formatted.rich.shows(id))
    };
    let named = mail.attachments.iter().filter(|file| !belongs_to_the_text(file) && !is_unsaid(file));
    let rows = named.take(MOST_ATTACHMENTS).map(|file| AttachmentRow {
        place: file.place,
        name: file.name.as_deref().and_then(file_name).map(|name| redact(name, hidden)),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
        content_id: file.content_id.clone(),
        inline: file.inline,
    });
    rows.collect()
}

/// Whether a part is no file: a signature, or the text once more in a form that we do not read.
fn belongs_to_the_text(file: &Attachment) -> bool {
    let forms = ["text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext", "text/markdown"];
    let signatures = ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
    let media_type = file.media_type.as_str();
    signatures.contains(&media_type) || (file.name.is_none() && forms.contains(&media_type))
}

/// A file's name without the folders before it.
fn file_name(name: &str) -> Option<&str> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!matches!(last, "" | "." | "..")).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_a_mail_have_the_same_letters() {
        let html = "See this page (https://bread.example/a(b)) – it is bold.\n\n1. Flour\n\nWrite to Ada.";
        for plain in [
            "See this page <https://bread.example/a(b> ) - it is *bold*.\n\n   1. Flour\n[image: A loaf]\nWrite to Ada.",
            "See this page [1] it is _bold_\n1. Flour Write [cid:x@y]to Ada <mailto:ada@x.example>",
        ] {
            let expected = letters(html);
            assert_eq!(letters(&plain.replace("[1] ", "")), expected, "{plain}");
        }
        assert_ne!(letters("Yes."), letters("No."));
        assert_eq!(letters("a://b c:d [e <f"), "cdef");
    }

    #[test]
    fn a_files_name_has_no_folders() {
        assert_eq!(file_name("C:\\Users\\ada\\loaf.jpg"), Some("loaf.jpg"));
        assert_eq!(file_name("../../etc/passwd"), Some("passwd"));
        assert_eq!((file_name("../.."), file_name("a/")), (None, None));
    }
}
