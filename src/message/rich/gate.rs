//! The last gate of formatted text: ammonia lets through what stands here, and nothing else. What `write` makes passes
//! it unchanged; should a fault there let something slip, this does not.

use std::borrow::Cow;
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
    GATE.clean(&parted(html)).to_string()
}

/// Bytes of text that are written in one go: for each sign that is to be escaped the writer looks through the rest of the
/// text, so a long one would cost its square.
const RUN: usize = 4 << 10;

/// What parts a long text and is gone behind the gate.
const PART: &str = "<!---->";

/// The same HTML, as `write` makes it, with no text longer than [`RUN`].
fn parted(html: &str) -> Cow<'_, str> {
    let mut parted = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < html.len() {
        let tag = html[at..].find('<').map_or(html.len(), |tag| at + tag);
        while tag - at > RUN {
            at = before_entity(html, html.floor_char_boundary(at + RUN));
            parted.push_str(&html[copied..at]);
            parted.push_str(PART);
            copied = at;
        }
        at = html[tag..].find('>').map_or(html.len(), |end| tag + end + 1);
    }
    match copied {
        0 => Cow::Borrowed(html),
        _ => Cow::Owned(parted + &html[copied..]),
    }
}

/// The place `at`, or the start of the entity that it stands in.
fn before_entity(html: &str, at: usize) -> usize {
    const LONGEST: usize = 8;
    let start = html.floor_char_boundary(at - LONGEST);
    match html[start..at].rfind(['&', ';']) {
        Some(sign) if html.as_bytes()[start + sign] == b'&' => start + sign,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_parted_between_its_signs_and_comes_out_whole() {
        for sign in ["&amp;", "&nbsp;", "°", "é", "&lt;", "a &amp; b "] {
            let html = format!("<p dir=\"rtl\">{}</p><p>x</p>", sign.repeat(30_000 / sign.len()));
            assert!(parted(&html).matches(PART).count() >= 7, "{sign}");
            assert!(parted(&html).split(PART).all(|part| part.len() < RUN + 100), "{sign}");
            assert_eq!(safe(&html), html, "{sign}");
        }
        assert!(matches!(parted("<p>short</p>"), Cow::Borrowed(_)));
    }
}
