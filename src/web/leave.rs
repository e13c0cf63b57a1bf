//! Leaving a list. Reading the page changes nothing, since programs follow every link in a mail; its button leaves, and so
//! does a mailbox provider's own (RFC 8058). For a day a second button undoes it.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::missing;
use super::page::{Button, Page};
use super::site::{Reader, Site};
use crate::compose::mailto;
use crate::store::{Standing, StoreError, Undone};

/// The most that a press of a button sends, in octets: as a form of several parts it is some two hundred.
const BODY_BYTES: usize = 8 << 10;

/// How long it may take to come.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The list's name and the token, out of the address.
type Named = Result<Path<(String, String)>, PathRejection>;

/// The page: asks, or says that it is done.
pub(super) async fn show(State(site): State<Site>, named: Named) -> Response {
    let Some(reader) = reader(&site, named) else { return missing::bad_link(None) };
    answer(reader, async |reader| {
        Ok(match site.store.standing(reader.member, site.clock.now())? {
            None => missing::bad_link(Some(site.address(&reader.list, "leave"))),
            Some(Standing::On) => asks(&reader),
            Some(Standing::Left { may_undo }) => left(&site, &reader, may_undo),
        })
    })
    .await
}

/// The button: leaves at once, and says so. Pressed again it changes nothing.
pub(super) async fn leave(State(site): State<Site>, named: Named, request: Request) -> Response {
    let Some(reader) = reader(&site, named) else { return missing::bad_link(None) };
    if let Err(refusal) = read_to_its_end(request.into_body()).await {
        return refusal;
    }
    answer(reader, async |reader| {
        if site.store.standing(reader.member, site.clock.now())?.is_none() {
            return Ok(missing::bad_link(Some(site.address(&reader.list, "leave"))));
        }
        if site.store.leave(reader.member, "web", site.clock.now()).await? {
            tracing::info!(list.name = %reader.list.name, member.id = reader.member.0, "a reader left by the web");
            site.queued.notify_one();
        }
        let standing = site.store.standing(reader.member, site.clock.now())?;
        Ok(left(&site, &reader, standing == Some(Standing::Left { may_undo: true })))
    })
    .await
}

/// The second button: puts everything back.
pub(super) async fn undo(State(site): State<Site>, named: Named, request: Request) -> Response {
    let Some(reader) = reader(&site, named) else { return missing::bad_link(None) };
    if let Err(refusal) = read_to_its_end(request.into_body()).await {
        return refusal;
    }
    answer(reader, async |reader| {
        if site.store.standing(reader.member, site.clock.now())?.is_none() {
            return Ok(missing::bad_link(Some(site.address(&reader.list, "leave"))));
        }
        let undone = site.store.undo_leave(reader.member, "web", site.clock.now()).await?;
        if undone == Undone::Back {
            tracing::info!(list.name = %reader.list.name, member.id = reader.member.0, "a reader who left came back");
            site.queued.notify_one();
        }
        Ok(match undone {
            Undone::Back | Undone::Already => back(&reader),
            Undone::TooLate => too_late(&site, &reader),
        })
    })
    .await
}

/// A page that only a button leads to, opened by hand.
pub(super) async fn show_undo() -> Response {
    missing::not_so("POST")
}

/// The reader whom the address names; an answer where there is none, or where the store has trouble.
fn reader(site: &Site, named: Named) -> Option<Result<Reader, Response>> {
    let Path((list, token)) = named.ok()?;
    match site.reader(&list, &token) {
        Ok(Ok(reader)) => Some(Ok(reader)),
        Ok(Err(known)) => Some(Err(missing::bad_link(known.map(|list| site.address(&list, "leave"))))),
        Err(error) => Some(Err(trouble(&error))),
    }
}

/// What `what` answers a reader.
async fn answer(
    reader: Result<Reader, Response>,
    what: impl AsyncFnOnce(Reader) -> Result<Response, StoreError>,
) -> Response {
    match reader {
        Ok(reader) => what(reader).await.unwrap_or_else(|error| trouble(&error)),
        Err(response) => response,
    }
}

fn trouble(error: &StoreError) -> Response {
    tracing::error!(store.error = %error, "a page could not be made");
    missing::trouble()
}

/// Reads what a button sends. What it says is nothing to go by: the address is the proof.
async fn read_to_its_end(body: Body) -> Result<(), Response> {
    match tokio::time::timeout(BODY_WAIT, to_bytes(body, BODY_BYTES)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) => Err(missing::too_large()),
        Err(_) => Err(missing::too_slow()),
    }
}

fn asks(reader: &Reader) -> Response {
    let title = reader.title();
    let page = Page {
        heading: format!("Leave {title}?"),
        text: vec!["You will get no more mail from this list. What you have written to it stays.".to_owned()],
        button: Some(Button { label: format!("Leave {title}"), action: None }),
        ..Page::default()
    };
    page.answer(StatusCode::OK)
}

fn left(site: &Site, reader: &Reader, may_undo: bool) -> Response {
    let title = reader.title();
    let mut text =
        vec!["You get no more mail from this list. One that was on its way already may still arrive.".to_owned()];
    let button = may_undo
        .then(|| Button { label: format!("Undo: stay on {title}"), action: Some(format!("{}/undo", reader.token)) });
    if may_undo {
        text.push("Was that a slip? Within a day of leaving, one press puts everything back as it was.".to_owned());
    }
    let by_mail = (!may_undo).then(|| comes_back(site, reader));
    Page { heading: format!("You have left {title}"), text, button, by_mail, ..Page::default() }.answer(StatusCode::OK)
}

fn back(reader: &Reader) -> Response {
    let text = "Everything is as it was, and you miss nothing of what was said meanwhile.";
    Page::saying(&format!("You are on {} again", reader.title()), text).answer(StatusCode::OK)
}

fn too_late(site: &Site, reader: &Reader) -> Response {
    let text = "You left this list more than a day ago, or were taken off it, and that cannot be undone here.";
    let mut page = Page::saying("Too late to undo", text);
    page.by_mail = Some(comes_back(site, reader));
    page.answer(StatusCode::GONE)
}

fn comes_back(site: &Site, reader: &Reader) -> (&'static str, String, String) {
    let address = site.address(&reader.list, "join");
    let link = mailto(&address, Some("join"));
    ("To come back, write to", address, link)
}
