//! The pages for what is not there, and for what goes wrong.

use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::page::Page;
use crate::compose::mailto;

/// Nothing is at this address.
pub(super) fn nothing() -> Response {
    let text =
        "There is nothing at this address. What is said on a list is not on the web yet: its mails hold all of it.";
    Page::saying("No such page", text).answer(StatusCode::NOT_FOUND)
}

/// A link with a token that says nothing here; `leave` is the address for leaving, where the list is known.
pub(super) fn bad_link(leave: Option<String>) -> Response {
    let text = "It may have been cut short on its way, or belong to a list that is gone. Nothing was changed.";
    let mut page = Page::saying("This link does not work", text);
    match leave {
        Some(address) => {
            let link = mailto(&address, Some("unsubscribe"));
            page.by_mail =
                Some(("To leave the list all the same, write from the address that gets its mail to", address, link));
        }
        None => page.text.push(
            "To leave a list all the same, write from the address that gets its mail to the list's name with +leave \
             behind it."
                .to_owned(),
        ),
    }
    page.answer(StatusCode::NOT_FOUND)
}

/// Something failed here; trying again may help.
pub(super) fn trouble() -> Response {
    let text = "Something went wrong here, and nothing was changed. Please try again in a few minutes.";
    let mut response = Page::saying("That did not work", text).answer(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("120"));
    response
}

/// The request came for another host.
pub(super) fn not_here() -> Response {
    let text =
        "This server has no pages under that name. Whoever runs it sets the name as url under [web] in its settings.";
    Page::saying("Not the right place", text).answer(StatusCode::MISDIRECTED_REQUEST)
}

/// More than a page takes.
pub(super) fn too_large() -> Response {
    let text = "This page takes a press of its button and no more than that.";
    Page::saying("Too large", text).answer(StatusCode::PAYLOAD_TOO_LARGE)
}

/// The request's end did not come in time.
pub(super) fn too_slow() -> Response {
    Page::saying("Too slow", "The request did not come in time. Please try again.").answer(StatusCode::REQUEST_TIMEOUT)
}

/// A way of asking that the page does not know; `allowed` are those that it does.
pub(super) fn not_so(allowed: &'static str) -> Response {
    let text = "This page can be read, and its button pressed; nothing else.";
    let mut response = Page::saying("Not this way", text).answer(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
