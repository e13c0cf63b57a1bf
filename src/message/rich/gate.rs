//! The last gate of formatted text: ammonia lets through what stands here, and nothing else. What `write` makes passes
//! it unchanged; should a fault there let something slip, this does not.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// The elements that formatted text may have.
const TAGS: [&str; 27] = [
    "p",
    "div",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "a",
    "br",
    "hr",
    "img",
    "strong",
    "em",
    "u",
    "s",
    "code",
    "sub",
    "sup",
    "bdi",
];

static GATE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let directed = ["p", "div", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "table", "td", "th"];
    let mut attributes: HashMap<&str, HashSet<&str>> =
        directed.iter().map(|tag| (*tag, HashSet::from(["dir"]))).collect();
    attributes.insert("ol", HashSet::from(["dir", "start"]));
    attributes.insert("a", HashSet::from(["href"]));
    // A picture's address is the place of an attachment of the same mail.
    attributes.insert("img", HashSet::from(["alt", "src"]));
    let mut gate = Builder::empty();
    gate.tags(HashSet::from(TAGS))
        .tag_attributes(attributes)
        .clean_content_tags(HashSet::from(["script", "style", "title"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "cid"]))
        .attribute_filter(|element, attribute, value| {
            let may_be = match (element, attribute) {
                ("img", "src") => value.strip_prefix("cid:").is_some_and(is_number),
                (_, "dir") => matches!(value, "rtl" | "ltr"),
                ("ol", "start") => is_number(value),
                ("a", "href") => ["http://", "https://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
                _ => true,
            };
            may_be.then_some(value.into())
        })
        .link_rel(Some("noopener noreferrer nofollow"));
    gate
});

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit())
}

/// What may be shown of this HTML, balanced. It goes through a tree: what is given has to be of bounded depth.
pub(super) fn safe(html: &str) -> String {
    GATE.clean(html).to_string()
}
