//! Web pages: what a mail's links lead to. Plain HTTP for a reverse proxy in front; no script, no cookie, no login: what
//! a page may do stands in its link.
//!
//! `server` takes connections and bounds them, `site` knows what answers and to whom, `page` is how a page looks; each
//! other file is one page.

mod leave;
mod missing;
mod page;
mod server;
mod site;

pub use server::{Bounds, PageServer};
pub use site::Site;
