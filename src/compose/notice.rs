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
    /// Whom an answer goes to.
    pub answers: Answers,
    /// Links that open an answer with its words filled in; the text says the same in other words.
    pub links: Vec<Link>,
    /// The mail that it answers.
    pub in_reply_to: Option<MessageId>,
    /// Whether it goes to a member: then it tells how to leave, otherwise where help is.
    pub to_member: bool,
}

/// Whom an answer to a notice goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The list's owner.
    Owner,
    /// The address for commands.
    Commands,
    /// What asked this, by an address of its own.
    Confirmation(ConfirmationId),
}

/// A link that opens a mail with its words filled in: an answer to the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What a person reads.
    pub says: String,
    /// The words, for the subject.
    pub words: String,
    /// Whether it is what most will press.
    pub is_button: bool,
}

impl Link {
    /// A button.
    pub fn button(says: &str, words: &str) -> Self {
        Self { says: says.to_owned(), words: words.to_owned(), is_button: true }
    }

    /// A link in a line with others, which reads as its words do.
    pub fn of_words(words: &str) -> Self {
        Self { says: words.to_owned(), words: words.to_owned(), is_button: false }
    }
}

/// A [`Link`] as it stands in a template.
struct Shown<'a> {
    says: &'a str,
    href: String,
    is_button: bool,
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
    links: Vec<Shown<'a>>,
    /// Whether some of them are no buttons.
    has_words: bool,
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
    let leave = notice.to_member.then(|| place.leave_link());
    let reply_to = reply_to(notice, &place);
    let shown = |link: &'_ Link| (mailto(&reply_to, Some(&clean::line(&link.words))), link.is_button);
    let links = notice.links.iter().map(|link| {
        let (href, is_button) = shown(link);
        Shown { says: &link.says, href, is_button }
    });
    let has_words = notice.links.iter().any(|link| !link.is_button);
    let html = Html { pieces: &pieces, place: &place, subject: &subject, links: links.collect(), has_words, leave }
        .render()?;
    let headers = headers(notice, &place, &subject)?;
    Ok(Frozen { bytes: Mail { headers, text, html }.into_bytes(), subject })
}

fn headers(notice: &Notice, place: &Place, subject: &str) -> Result<Headers, ComposeError> {
    place.checked()?;
    let reply_to = reply_to(notice, place);
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

fn reply_to(notice: &Notice, place: &Place) -> String {
    match notice.answers {
        Answers::Owner => place.word_address("owner"),
        Answers::Commands => place.word_address("help"),
        Answers::Confirmation(id) => place.word_address(&format!("c.{}", slot::confirmation(id))),
    }
}
