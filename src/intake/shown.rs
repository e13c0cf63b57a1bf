//! What others may see of a mail: its words, their formatting, and the names of its files, without addresses of people
//! whom we know and without secrets of ours.

use std::collections::HashMap;

use super::files::attachments;
use super::formatted::{Formatted, said_blocks};
use super::prepare::Gate;
use super::reader::Reader;
use crate::message::{Mail, Rich};
use crate::reply::{self, Reading, Span};
use crate::store::{AttachmentRow, Shown, Store, StoreError, Words};
use crate::trust::{Hidden, redact, redact_all};

/// What others may see of a mail. `may_give_address` says whether a post's author may give their own address on one of
/// its lists.
pub(super) fn shown(
    store: &Store,
    gate: &Gate,
    mail: &Mail,
    reading: &Reading,
    reader: &Reader,
    may_give_address: bool,
) -> Result<Shown, StoreError> {
    let from = mail.from.first();
    let name = from.and_then(|from| from.name.as_deref());
    let formatted = Formatted::of(mail, reading, reader);
    let hidden = hidden(store, gate, mail, reading, formatted.as_ref())?;
    let attachments = attachments(mail, reading, formatted.as_ref(), &hidden);
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
    let names = mail.attachments.iter().filter_map(|file| file.name.as_deref());
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
    let redacted = Reading { spans: spans.collect() };
    let rich = rich.and_then(|rich| html(rich.clone(), reading, attachments, hidden_in_said));
    // They belong together by their order: where an address was all of a block, it is gone from one of them.
    let rich = rich.filter(|blocks| blocks.len() == said_blocks(&redacted).len());
    Words::pack(&redacted, rich.as_deref())
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
