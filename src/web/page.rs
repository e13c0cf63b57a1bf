//! How a page looks and what goes with it: a heading, some words, perhaps one button.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use data_encoding::BASE64;

const STYLE: &str = include_str!("../../templates/web/style.css");

/// Nothing runs, nothing is fetched, nobody frames it; of looks only our own.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64.encode(digest(&SHA256, STYLE.as_bytes()).as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page.
#[derive(Default, Template)]
#[template(path = "web/page.html")]
pub(super) struct Page {
    pub heading: String,
    /// Its paragraphs.
    pub text: Vec<String>,
    pub button: Option<Button>,
    /// What can be done by mail instead: words, an address, and a link to it.
    pub by_mail: Option<(&'static str, String, String)>,
    pub style: Style,
}

/// What a page can do.
pub(super) struct Button {
    pub label: String,
    /// Where it leads, from the page itself; `None`: to the page.
    pub action: Option<String>,
}

/// The one style sheet.
#[derive(Default)]
pub(super) struct Style;

impl std::fmt::Display for Style {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(STYLE)
    }
}

impl askama::FastWritable for Style {
    fn write_into(&self, dest: &mut dyn std::fmt::Write, _values: &dyn askama::Values) -> askama::Result<()> {
        Ok(dest.write_str(STYLE)?)
    }
}

impl Page {
    /// A page that only says something.
    pub fn saying(heading: &str, text: &str) -> Self {
        Self { heading: heading.to_owned(), text: vec![text.to_owned()], ..Self::default() }
    }

    /// The page as it is sent.
    pub fn answer(&self, status: StatusCode) -> Response {
        let text = self.render().unwrap_or_else(|_| self.heading.clone());
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    }
}

/// Has browsers, caches and search engines keep a page and its address to themselves: the address is a secret.
pub(super) fn kept_to_itself(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
