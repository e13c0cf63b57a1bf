//! Message-IDs (RFC 5322 §3.6.4), kept byte-exact: some systems use ids that no grammar allows.

use std::fmt;

/// A Message-ID without its angle brackets, byte-exact where it is UTF-8. Never empty; holds no control character.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// The longest id kept; what is longer is no id but an attack (RFC 5322 lines have at most 998 octets).
    pub const MAX: usize = 998;

    /// An id without brackets. `None` where nothing is left of it, or too much, or a control character is in it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let good = !text.is_empty() && text.len() <= Self::MAX && !text.chars().any(char::is_control);
        good.then(|| Self(text.to_owned()))
    }

    /// The id that a `Message-ID` header gives: its first `<…>`, else the trimmed value.
    pub fn of_header(value: &str) -> Option<Self> {
        Self::all_in(value).into_iter().next().or_else(|| Self::new(value.trim().trim_matches(['<', '>'])))
    }

    /// The id given to a mail that states none; `digest` are letters and digits made from its contents. The domain can
    /// never exist (RFC 6761 §6.4).
    pub(super) fn of_contents(digest: &str) -> Self {
        Self(format!("{digest}@no-message-id.invalid"))
    }

    /// Every `<…>` in an `In-Reply-To` or `References` header, in order, blanks inside brackets dropped (folding puts
    /// them there); where there is no bracket at all, each word with an `@` in it.
    pub fn all_in(value: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut rest = value;
        while let Some(open) = rest.find('<') {
            let inside = &rest[open + 1..];
            match inside.find(['<', '>']) {
                Some(end) if inside.as_bytes()[end] == b'>' => {
                    let id: String = inside[..end].chars().filter(|c| !c.is_whitespace()).collect();
                    found.extend(Self::new(&id));
                    rest = &inside[end + 1..];
                }
                Some(end) => rest = &inside[end..],
                None => break,
            }
        }
        if found.is_empty() && !value.contains('<') {
            found.extend(value.split_whitespace().filter(|word| word.contains('@')).filter_map(Self::new));
        }
        found
    }

    /// The id as text, without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(value: &str) -> Vec<String> {
        MessageId::all_in(value).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ids_are_read_in_order_through_comments_folds_and_junk() {
        assert_eq!(ids("<a@x> (Ada's mail of <yesterday>)\r\n <b@y>"), ["a@x", "yesterday", "b@y"]);
        assert_eq!(ids("<a@x><b@y>"), ["a@x", "b@y"]);
        assert_eq!(ids("<broken <a@x>"), ["a@x"]);
        assert_eq!(ids("<folded\r\n @x>"), ["folded@x"]);
        assert_eq!(ids("a@x b@y"), ["a@x", "b@y"]);
        assert_eq!(ids("Your message of Friday"), Vec::<String>::new());
    }

    #[test]
    fn a_message_id_without_brackets_counts_as_it_stands() {
        assert_eq!(MessageId::of_header(" abc ").unwrap().as_str(), "abc");
        assert_eq!(MessageId::of_header("<a@x> <b@x>").unwrap().as_str(), "a@x");
        assert_eq!(MessageId::of_header("  "), None);
        assert_eq!(MessageId::of_header("<>"), None);
    }
}
