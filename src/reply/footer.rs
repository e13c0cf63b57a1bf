//! What mailing lists put at the end of a mail: a line of underscores, then a name and where to unsubscribe.

use super::SpanKind;
use super::line::Line;

/// Underscores that its first line needs, lines it may have after that, and how many such footers a mail may have.
const UNDERSCORES: usize = 20;
const LINES: usize = 10;
const FOOTERS: usize = 3;

/// Marks the footers at the end, last first.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut end = lines.len();
    for _ in 0..FOOTERS {
        let Some(start) = start_before(lines, kinds, end) else { return };
        kinds[start..end].fill(SpanKind::Footer);
        end = start;
    }
}

/// Where the footer that ends here starts.
fn start_before(lines: &[Line<'_>], kinds: &[SpanKind], end: usize) -> Option<usize> {
    let mut full = 0;
    let mut says_list = false;
    let mut says_where = false;
    for at in (0..end).rev() {
        let line = lines[at].text.trim();
        if kinds[at] != SpanKind::Said || full > LINES {
            return None;
        }
        if line.len() >= UNDERSCORES && line.bytes().all(|b| b == b'_') {
            return (says_list && says_where).then_some(at);
        }
        full += usize::from(!line.is_empty());
        says_list |= is_about_a_list(line);
        says_where |= line.contains("://") || line.contains('@');
    }
    None
}

/// Whether a line says what only a list's footer says.
fn is_about_a_list(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["mailing list", "mailinglist", "mailman", "unsubscribe", "listinfo"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use crate::reply::{SpanKind, read};

    const RULE: &str = "_______________________________________________";

    #[test]
    fn a_lists_footer_is_no_word_of_the_sender() {
        let footer = format!("{RULE}\ntalk mailing list\ntalk@lists.example\nhttps://lists.example/listinfo/talk\n");
        let reading = read(&format!("Yes.\n{footer}{footer}"));
        assert_eq!(reading.said(), "Yes.");
        assert_eq!(reading.spans[1].kind, SpanKind::Footer);
        assert_eq!(read(&format!("Yes.\n\n> quote\n{footer}")).said(), "Yes.");
    }

    #[test]
    fn a_line_that_somebody_drew_hides_nothing() {
        let text = format!("One.\n{RULE}\nSee https://x.org/ or ask ada@example.org.");
        assert_eq!(read(&text).said(), text);
        let text = format!("One.\n{RULE}\nI would never unsubscribe from this mailing list!");
        assert_eq!(read(&text).said(), text);
        let long = format!("One.\n{RULE}\n{}unsubscribe", "words\n".repeat(30));
        assert!(read(&long).hidden().next().is_none());
    }
}
