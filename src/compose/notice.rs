//! Renders a notice: a short mail of the engine's own to one person.

use askama::Template;

use super::body::Piece;
use super::header::Headers;
use super::mail::Mail;
use super::place::{Place, mailto};
use super::{ComposeError, Frozen, body, clean, slot};
use crate::discussion::{Block, ConfirmationId, ListFacts};
use crate::message::MessageId;

/// What is to be said, in answer to a mail.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The list that it is about.
    pub list: ListFacts,
    /// The subject, as the person sees it.
    pub subject: String,
    /// What it says, and what it quotes, in order.
    pub text: Vec<Block>,
    /// What an answer is to, by its own address; without it an answer goes to the list's owner.
    pub confirmation: Option<ConfirmationId>,
    /// The mail that it answers.
    pub in_reply_to: Option<MessageId>,
    /// Whether it goes to a member: then it tells how to leave, otherwise where help is.
    pub to_member: bool,
}

#[derive(Template)]
#[template(path = "notice.txt")]
struct Text<'a> {
    pieces: &'a [Piece],
    place: &'a Place,
    to_member: bool,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Html<'a> {
    pieces: &'a [Piece],
    place: &'a Place,
    subject: &'a str,
    /// The link for leaving.
    leave: Option<String>,
}

impl Text<'_> {
    fn body(&self) -> String {
        body::laid_out(self.pieces, 0)
    }
}

/// Renders a notice as a mail with slots: To, Date and Message-ID.
///
/// # Errors
/// [`ComposeError::Domain`] where the list's domain cannot stand in a header.
pub fn notice(notice: &Notice) -> Result<Frozen, ComposeError> {
    let place = Place::of(&notice.list);
    let subject = clean::line(&notice.subject);
    let pieces = body::shown(&notice.text);
    let text = Text { pieces: &pieces, place: &place, to_member: notice.to_member }.render()?;
    let leave = notice.to_member.then(|| mailto(&place.leave_address(), None));
    let html = Html { pieces: &pieces, place: &place, subject: &subject, leave }.render()?;
    let headers = headers(notice, &place, &subject)?;
    Ok(Frozen { bytes: Mail { headers, text, html }.into_bytes(), subject })
}

fn headers(notice: &Notice, place: &Place, subject: &str) -> Result<Headers, ComposeError> {
    place.checked()?;
    let confirmation = notice.confirmation.map(|id| format!("c.{}", slot::confirmation(id)));
    let reply_to = place.word_address(confirmation.as_deref().unwrap_or("owner"));
    let mut headers = Headers::default();
    headers
        .mailbox("From", &place.title, &place.address())
        .put("To", slot::TO)
        .mailbox("Reply-To", &place.title, &reply_to)
        .text("Subject", subject)
        .put("Date", slot::DATE)
        .put("Message-ID", &format!("<n.{}@{}>", slot::SENT, place.domain));
    if let Some(answered) = super::each::bracketed(&notice.in_reply_to) {
        headers.put("In-Reply-To", &answered).put("References", &answered);
    }
    headers
        .list(place, notice.to_member)
        .put("Auto-Submitted", "auto-replied")
        .put("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN");
    Ok(headers)
}
