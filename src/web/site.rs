//! What answers, and to whom: the pages' addresses, the hosts that they are at, and who a link's token names.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::Notify;

use super::{leave, missing, page};
use crate::clock::Clock;
use crate::discussion::{List, ListName, MemberId};
use crate::store::{Store, StoreError};
use crate::token::{Keys, Kind, Token};

/// What the pages are made from.
#[derive(Clone)]
pub struct Site {
    /// What is kept.
    pub store: Store,
    /// The keys of our tokens.
    pub keys: Keys,
    /// The time.
    pub clock: Clock,
    /// The domain of our addresses.
    pub domain: String,
    /// Where the pages are for a reader, without a slash at the end.
    pub url: String,
    /// Notified when a page has queued mail.
    pub queued: Arc<Notify>,
}

/// A reader whom a link names.
pub(super) struct Reader {
    pub list: List,
    pub member: MemberId,
    /// The token that says so.
    pub token: String,
}

impl Reader {
    /// What people call the list.
    pub fn title(&self) -> &str {
        if self.list.title.trim().is_empty() { self.list.name.as_str() } else { &self.list.title }
    }
}

impl Site {
    /// The pages, at their addresses.
    pub(super) fn router(&self) -> Router {
        let leaving = get(leave::show).post(leave::leave).fallback(async || missing::not_so("GET, HEAD, POST"));
        Router::new()
            .route("/{list}/u/{token}", leaving)
            .route("/{list}/u/{token}/undo", post(leave::undo).fallback(leave::show_undo))
            .fallback(async || missing::nothing())
            .with_state(self.clone())
            .layer(from_fn_with_state(self.clone(), guarded))
    }

    /// The path that all addresses of ours begin with, where the pages are not at the root of their host; else empty.
    pub(super) fn prefix(&self) -> &str {
        let behind_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        behind_scheme.find('/').map_or("", |slash| &behind_scheme[slash..])
    }

    /// An address of a list: its name, a word and our domain.
    pub(super) fn address(&self, list: &List, word: &str) -> String {
        format!("{}+{word}@{}", list.name, self.domain)
    }

    /// The reader whom a token for leaving names; the list, where only that is known.
    pub(super) fn reader(&self, list: &str, token: &str) -> Result<Result<Reader, Option<List>>, StoreError> {
        let Ok(name) = ListName::parse(list) else { return Ok(Err(None)) };
        let Some(list) = self.store.list_by_name(&name)? else { return Ok(Err(None)) };
        Ok(match self.keys.read(Kind::Unsubscribe, list.id, token) {
            Some(Token::Unsubscribe(member)) => Ok(Reader { list, member, token: token.to_owned() }),
            _ => Err(Some(list)),
        })
    }

    /// Whether a request for this host is for us: by the name that readers know, or from a program on this machine, which a
    /// proxy in front is.
    fn is_ours(&self, host: &str) -> bool {
        let (host, own) = (host_alone(host), host_of(&self.url));
        host.eq_ignore_ascii_case(own)
            || host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The host of a web address, without its port.
fn host_of(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    host_alone(behind_scheme.split('/').next().unwrap_or_default())
}

/// A host without its port, an IPv6 address without its brackets.
fn host_alone(host: &str) -> &str {
    let bare = match host.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => host,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    bare.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(bare)
}

/// Answers what came for our own host, and only that, and keeps what it answers to itself.
async fn guarded(State(site): State<Site>, request: Request, next: Next) -> Response {
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    // What stands in the request's first line goes before the field (RFC 9112 §3.2.2).
    let host = request.uri().authority().map(|authority| authority.as_str()).or(named).unwrap_or_default();
    let is_one = request.headers().get_all(HOST).iter().count() <= 1;
    let response = if is_one && site.is_ours(host) { next.run(request).await } else { missing::not_here() };
    tracing::debug!(web.status = response.status().as_u16(), "a page was asked for");
    page::kept_to_itself(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_from_its_port() {
        for (host, bare) in [
            ("lists.example", "lists.example"),
            ("lists.example.:443", "lists.example"),
            ("[::1]:8080", "::1"),
            ("[::1]", "::1"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("", ""),
        ] {
            assert_eq!(host_alone(host), bare, "{host}");
        }
        assert_eq!(host_of("https://lists.example:8443/pages"), "lists.example");
    }
}
