//! What mail programs call the parts of a page that they add: the quoted mail, the head of one, a signature.

use html5ever::tokenizer::Tag;

use super::page::attribute;

/// What a mail program shows an element to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It holds text of another mail.
    Quote,
    /// Another mail begins here, without an end that could be told: its head, as Outlook has it.
    Head,
    /// It holds what the sender's program adds below each mail.
    Signature,
}

/// Names of elements that hold a quoted mail and its attribution.
const QUOTES: [&str; 6] =
    ["yahoo_quoted", "sh-quoted-content", "tutanota_quote", "quoted-content", "zimbra_quote", "quoted_mail"];

/// Names of elements with which a quoted mail begins.
const HEADS: [&str; 6] = [
    "divrplyfwdmsg",
    "divrpf",
    "outlookmessageheader",
    "olk_src_body_section",
    "mail-editor-reference-message-container",
    "moz-forward-container",
];

/// What an element is. `style` is without blanks and in small letters.
pub(super) fn part(tag: &Tag, style: &str) -> Option<Part> {
    if tag.attrs.is_empty() && &*tag.name != "blockquote" {
        return None;
    }
    let names = [attribute(tag, "class"), attribute(tag, "id"), attribute(tag, "name"), attribute(tag, "data-marker")];
    let names = names.map(|name| name[..name.floor_char_boundary(NAME_BYTES)].to_ascii_lowercase());
    let is_named = |known: &str| names.iter().any(|name| name.contains(known));
    if is_quote(tag, style) || QUOTES.into_iter().any(is_named) || (&*tag.name == "div" && names[2] == "quote") {
        Some(Part::Quote)
    } else if HEADS.into_iter().any(is_named) || names[3] == "__headers__" || is_ruled_head(style) {
        Some(Part::Head)
    } else if is_named("signature") || names[3].starts_with("__sig_") {
        Some(Part::Signature)
    } else {
        None
    }
}

/// Bytes of a name that are looked at.
const NAME_BYTES: usize = 200;

/// Whether an element has the rule that Outlook and programs like it draw above the head of the quoted mail.
fn is_ruled_head(style: &str) -> bool {
    (style.contains("border:none;border-top:solid") && style.contains("padding:3.0pt0"))
        || (style.contains("border-top-style:solid") && style.contains("padding-top:5px"))
}

/// Whether an element holds a quote. A `blockquote` without a border that no mail program named is how some indent
/// what the sender wrote.
fn is_quote(tag: &Tag, style: &str) -> bool {
    let is_cited = attribute(tag, "type").eq_ignore_ascii_case("cite");
    let is_named = !attribute(tag, "class").is_empty();
    let is_indented = style.contains("border:none") || style.contains("border:0");
    is_cited || (&*tag.name == "blockquote" && (is_named || !is_indented))
}
