//! An item's formatted text as it stands in a mail of ours: what is kept has passed the gate of `message::rich` and has
//! no looks of its own; here its elements get ours, and its pictures' places are named.

use std::fmt::Write;

use crate::discussion::Attached;

use super::attached::name_of;
use super::body::escaped;

/// The formatted text with our styles. Linear in it.
pub(super) fn styled(html: &str, attachments: &[Attached]) -> String {
    let mut styled = String::with_capacity(html.len() * 2);
    let mut pieces = html.split('<');
    styled.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        match name {
            "img" => styled.push_str(&picture(attributes, attachments)),
            "table" => {
                styled.push_str("<div style=\"overflow-x:auto\">");
                start(&mut styled, name, attributes);
            }
            "/table" => styled.push_str("</table></div>"),
            _ if name.starts_with('/') => {
                // Writing to a String never fails.
                let _ = write!(styled, "<{tag}>");
            }
            _ => start(&mut styled, name, attributes),
        }
        styled.push_str(after);
    }
    styled
}

fn start(styled: &mut String, name: &str, attributes: &str) {
    let turns = matches!(name, "p" | "div" | "h4" | "h5" | "h6" | "blockquote" | "li" | "td" | "th");
    let direction = if turns && !attributes.contains("dir=\"") { " dir=\"auto\"" } else { "" };
    let gap = if attributes.is_empty() { "" } else { " " };
    // Writing to a String never fails.
    let _ = write!(styled, "<{name}{gap}{attributes}{direction}{}>", looks(name));
}

/// Class and style of an element. Sides are not told apart, for text runs either way.
fn looks(name: &str) -> &'static str {
    match name {
        "p" => " style=\"margin:0 0 12px\"",
        "div" => " style=\"margin:0\"",
        "h4" => " style=\"margin:16px 0 6px;font-size:19px;line-height:1.3\"",
        "h5" => " style=\"margin:14px 0 6px;font-size:17px;line-height:1.3\"",
        "h6" => " style=\"margin:12px 0 6px;font-size:16px;line-height:1.3\"",
        "ul" | "ol" => " style=\"margin:0 0 12px;padding:0 24px\"",
        "li" => " style=\"margin:0 0 4px\"",
        "blockquote" => {
            " class=\"bar\" style=\"margin:0 0 12px;padding:0 12px;border:solid #e0d5c4;border-width:0 3px\""
        }
        "pre" => {
            " class=\"bar\" style=\"margin:0 0 12px;padding:8px 10px;border:1px solid #e0d5c4;\
             font:14px/1.5 monospace;white-space:pre-wrap\""
        }
        "code" => " style=\"font-family:monospace;font-size:15px\"",
        "table" => " style=\"margin:0 0 12px;border-collapse:collapse\"",
        "td" | "th" => {
            " class=\"bar\" style=\"padding:4px 8px;border:1px solid #e0d5c4;text-align:start;vertical-align:top\""
        }
        "hr" => " class=\"bar\" style=\"margin:12px 0;border:0;border-top:1px solid #e0d5c4\"",
        "a" => " class=\"accent\" style=\"color:#8a3b12\"",
        _ => "",
    }
}

/// What stands in a picture's place: what its sender says of it, and its name.
fn picture(attributes: &str, attachments: &[Attached]) -> String {
    let value = |name: &str| attributes.split(&format!("{name}=\"")).nth(1)?.split('"').next();
    let place = value("src").and_then(|src| src.strip_prefix("cid:")?.parse::<usize>().ok());
    let name = place.and_then(|place| attachments.get(place)).map(|file| escaped(&name_of(file)));
    let alt = value("alt").filter(|alt| !alt.is_empty());
    let words: Vec<&str> = alt.into_iter().chain(name.as_deref().filter(|name| alt != Some(name))).collect();
    match words.is_empty() {
        true => String::new(),
        false => format!("<span class=\"soft\" style=\"color:#6b6157\">[picture: {}]</span>", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_get_our_looks_and_nothing_else_changes() {
        let html = styled("<p dir=\"rtl\">a &lt;b&gt; <a href=\"https://x.example/\" rel=\"nofollow\">c</a></p>", &[]);
        assert_eq!(
            html,
            "<p dir=\"rtl\" style=\"margin:0 0 12px\">a &lt;b&gt; <a href=\"https://x.example/\" rel=\"nofollow\" \
             class=\"accent\" style=\"color:#8a3b12\">c</a></p>"
        );
        assert!(styled("<div>a</div>", &[]).starts_with("<div dir=\"auto\" style="));
        let table = styled("<table><tbody><tr><td>a</td></tr></tbody></table>", &[]);
        assert!(table.starts_with("<div style=\"overflow-x:auto\"><table style=") && table.ends_with("</table></div>"));
    }

    #[test]
    fn a_pictures_place_has_its_name_and_what_is_said_of_it() {
        let name = Some("loaf <1>.jpg".to_owned());
        let file = Attached { name, media_type: "image/jpeg".to_owned(), bytes: 1, inline: true };
        let html = styled("a<img src=\"cid:0\" alt=\"A &quot;loaf&quot;\">b", &[file]);
        assert!(html.contains(">[picture: A &quot;loaf&quot;, loaf &#60;1&#62;.jpg]</span>b"), "{html}");
        assert_eq!(styled("a<img src=\"cid:7\" alt=\"\">b", &[]), "ab");
    }
}
