//! Loops: the marks by which a mail shows that it went through a list before.

use super::item;
use super::mail::{Arrival, Taking};
use crate::discussion::List;

impl Taking<'_> {
    /// The header by which a mail shows that it went through this list before: an id that only we give out, or a mark that
    /// every mail of this list carries and other lists' programs pass on. No answer has one; what was sent on as it is
    /// does, and what came round.
    pub(super) fn mark_of_ours(&self, list: &List) -> Option<&'static str> {
        let Arrival { mail, domain, .. } = self.arrival;
        if item::of_our_id(&mail.message_id, list, domain).is_some() {
            return Some("Message-ID");
        }
        let address = list.address(domain).key();
        let (id, post) = (format!("<{}.{domain}>", list.name), format!("mailto:{address}"));
        let is_end = |rest: &str| rest.is_empty() || rest.starts_with(['>', '?', ',', ' ']);
        let posts_here = |value: &str| value.split(&post).skip(1).any(is_end);
        let names_us = |value: &str| value.trim_matches(['<', '>', ' ']) == address;
        let says =
            |name, is_mark: &dyn Fn(&str) -> bool| mail.headers(name).any(|value| is_mark(&value.to_lowercase()));
        let marks: [(_, &dyn Fn(&str) -> bool); 4] = [
            ("List-Id", &|value| value.contains(&id)),
            ("List-Post", &posts_here),
            ("X-BeenThere", &names_us),
            ("X-Loop", &names_us),
        ];
        marks.into_iter().find(|(name, is_mark)| says(*name, *is_mark)).map(|(name, _)| name)
    }
}
