//! Renders a digest.

use askama::Template;

use super::body::Piece;
use super::header::Headers;
use super::mail::Mail;
use super::page::Page;
use super::place::Place;
use super::{ComposeError, Frozen, slot};
use crate::discussion::Digest;

#[derive(Template)]
#[template(path = "digest.txt")]
struct Text<'a> {
    page: &'a Page,
    greeting: &'static str,
    rhythm: &'static str,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct Html<'a> {
    page: &'a Page,
    greeting: &'static str,
    rhythm: &'static str,
}

/// Renders a digest into its parts, each a mail with slots. At present there is always one.
///
/// # Errors
/// [`ComposeError::Domain`] where the list's domain cannot stand in a header.
pub fn digest(digest: &Digest) -> Result<Vec<Frozen>, ComposeError> {
    let page = Page::of(digest);
    let text = Text { page: &page, greeting: slot::GREETING_TEXT, rhythm: slot::RHYTHM_TEXT }.render()?;
    let html = Html { page: &page, greeting: slot::GREETING_HTML, rhythm: slot::RHYTHM_HTML }.render()?;
    let bytes = Mail { headers: headers(&page)?, text, html }.into_bytes();
    Ok(vec![Frozen { subject: page.subject, bytes }])
}

fn headers(page: &Page) -> Result<Headers, ComposeError> {
    let place: &Place = &page.place;
    place.checked()?;
    let mut headers = Headers::default();
    headers
        .mailbox("From", &place.title, &place.address())
        .put("To", slot::TO)
        .mailbox("Reply-To", &place.title, &place.word_address(&format!("d.{}", slot::DIGEST)))
        .text("Subject", &page.subject)
        .put("Date", slot::DATE)
        .put("Message-ID", &format!("<d.{}@{}>", slot::SENT, place.domain))
        .list(place, true)
        .put("Auto-Submitted", "auto-generated")
        .put("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN");
    Ok(headers)
}
