//! Renders a post or response as a mail of its own, for readers who want each one.

use askama::Template;

use super::body::{self, Piece};
use super::header::Headers;
use super::mail::Mail;
use super::page::{Foot, Reply, Who};
use super::place::Place;
use super::{ComposeError, Frozen, clean, slot};
use crate::discussion::{Item, ListFacts, Number};
use crate::message::MessageId;

/// A post or response to be mailed as it is.
#[derive(Clone, Debug)]
pub struct EachMail {
    /// The list.
    pub list: ListFacts,
    /// The post's number on the list.
    pub post_number: Number,
    /// The post's subject, without `Re:`.
    pub title: String,
    /// The post or response.
    pub item: Item,
    /// Whether it is the post itself.
    pub is_post: bool,
    /// Ours, the same for all readers.
    pub message_id: MessageId,
    /// Ours, of what it answers.
    pub in_reply_to: Option<MessageId>,
    /// Ours, from the post down to what it answers.
    pub references: Vec<MessageId>,
    /// The marks of lists that it came through before, each a word of hexadecimal digits.
    pub been_there: Vec<String>,
}

/// What the templates show.
struct Letter {
    subject: String,
    who: Who,
    by_post_author: bool,
    body: Vec<Piece>,
    number: Option<Number>,
    corrected: bool,
    permalink: Option<String>,
    reply: Reply,
    foot: Foot,
    place: Place,
}

#[derive(Template)]
#[template(path = "each.txt")]
struct Text<'a> {
    letter: &'a Letter,
    rhythm: &'static str,
}

#[derive(Template)]
#[template(path = "each.html")]
struct Html<'a> {
    letter: &'a Letter,
    rhythm: &'static str,
}

/// Renders one post or response as a mail with slots.
///
/// # Errors
/// [`ComposeError::Domain`] where the list's domain cannot stand in a header.
pub fn each(mail: &EachMail) -> Result<Frozen, ComposeError> {
    let letter = Letter::of(mail);
    let text = Text { letter: &letter, rhythm: slot::RHYTHM_TEXT }.render()?;
    let html = Html { letter: &letter, rhythm: slot::RHYTHM_HTML }.render()?;
    let headers = letter.headers(mail)?;
    Ok(Frozen { bytes: Mail { headers, text, html }.into_bytes(), subject: letter.subject })
}

impl Letter {
    fn of(mail: &EachMail) -> Self {
        let place = Place::of(&mail.list);
        let title = clean::line(&mail.title);
        let title = if title.is_empty() { "(no subject)" } else { &*clean::cut(&title, 200) };
        let number = mail.item.number.filter(|_| !mail.is_post);
        Self {
            subject: format!("{}[{}] {title}", if mail.is_post { "" } else { "Re: " }, place.title),
            who: Who::wrote(&mail.item),
            by_post_author: mail.item.by_post_author && !mail.is_post,
            body: match mail.is_post {
                true => body::item_pieces(&mail.item, body::whole_quotes()),
                false => body::item_pieces(&mail.item, body::folded_quotes()),
            },
            number,
            corrected: mail.item.corrected,
            permalink: place.permalink(mail.post_number, number),
            reply: Reply::to(&mail.item, title, &place),
            foot: Foot::of(&place),
            place,
        }
    }

    fn headers(&self, mail: &EachMail) -> Result<Headers, ComposeError> {
        let place = &self.place;
        place.checked()?;
        let mut headers = Headers::default();
        headers
            .mailbox("From", &format!("{} via {}", clean::cut(&self.who.short, 36), place.title), &place.address())
            .put("To", slot::TO)
            .mailbox("Reply-To", &place.title, &self.reply.address)
            .text("Subject", &self.subject)
            .put("Date", slot::DATE)
            .put("Message-ID", &bracketed([&mail.message_id]).ok_or(ComposeError::MessageId)?);
        if let Some(parent) = bracketed(&mail.in_reply_to) {
            headers.put("In-Reply-To", &parent);
        }
        if let Some(references) = bracketed(bounded(&mail.references)) {
            headers.put("References", &references);
        }
        headers.list(place, true);
        for mark in &mail.been_there {
            headers.put("X-BeenThere", mark);
        }
        if let Some(permalink) = &self.permalink {
            headers.put("Archived-At", &format!("<{permalink}>"));
        }
        headers.put("Precedence", "list").put("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN");
        Ok(headers)
    }

    fn body_text(&self) -> String {
        body::laid_out(&self.body, 0)
    }

    /// What the mail is: `#10 under “On listening”`.
    fn which(&self) -> String {
        let mark = if self.corrected { ", corrected" } else { "" };
        match self.number {
            Some(number) => format!("#{number} on {}{mark}", self.place.title),
            None => format!("A new post on {}{mark}", self.place.title),
        }
    }
}

/// The ids in brackets, those that cannot stand in a header left out; `None` where none is left.
pub(super) fn bracketed<'a>(ids: impl IntoIterator<Item = &'a MessageId>) -> Option<String> {
    let safe = |id: &&str| id.len() <= 900 && id.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    let ids: Vec<String> = ids.into_iter().map(MessageId::as_str).filter(safe).map(|id| format!("<{id}>")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The first and the last of the ids, as RFC 5322 §3.6.4 readers need them, where there are too many.
fn bounded(ids: &[MessageId]) -> impl Iterator<Item = &MessageId> {
    const LAST: usize = 20;
    let skipped = ids.len().saturating_sub(LAST + 1);
    ids.iter().take(1).chain(ids.iter().skip(1 + skipped))
}
