//! Which quotes a mail answers piece by piece: those are published with the answers.
//!
//! A quote counts as answered where what the sender wrote comes right after it. A whole mail quoted above one answer does
//! not: the reader has that mail. Nor does a quote under everything.

use super::{Span, SpanKind, attribution};

/// For each span whether it is a quote that is published.
pub(super) fn quotes(spans: &[Span]) -> Vec<bool> {
    let mut answered = vec![false; spans.len()];
    // Empty lines between two spans say nothing.
    let full: Vec<usize> = (0..spans.len()).filter(|at| !spans[*at].text.trim().is_empty()).collect();
    for pair in full.windows(2) {
        answered[pair[0]] = spans[pair[0]].kind == SpanKind::Quote && spans[pair[1]].kind == SpanKind::Said;
    }
    let said = full.iter().position(|at| spans[*at].kind == SpanKind::Said);
    let quote = full.iter().position(|at| spans[*at].kind == SpanKind::Quote);
    match (said, quote) {
        (Some(said), Some(quote)) if quote < said => {
            let is_only_one = answered.iter().filter(|answered| **answered).count() == 1;
            if is_only_one && is_introduced(spans, &full, quote) {
                answered.fill(false);
            }
        }
        // A mail that is nothing but some quoted lines: they are what was sent.
        (None, Some(quote)) if !is_introduced(spans, &full, quote) => {
            answered.iter_mut().zip(spans).for_each(|(answered, span)| *answered = span.kind == SpanKind::Quote);
        }
        _ => {}
    }
    answered
}

/// Whether it is told whose words the first quote is, before it or at its start.
fn is_introduced(spans: &[Span], full: &[usize], quote: usize) -> bool {
    let before = quote.checked_sub(1).map(|before| spans[full[before]].kind);
    before == Some(SpanKind::Attribution) || attribution::introduces_itself(&spans[full[quote]].text)
}

#[cfg(test)]
mod tests {
    use crate::reply::read;

    #[test]
    fn quotes_between_answers_are_published_with_them() {
        let text = "Ada wrote:\n> How warm?\n\nVery.\n\n> How long?\nAn hour.\n\n> Bye\n";
        let reading = read(text);
        assert_eq!(reading.published(), "> How warm?\n\nVery.\n\n> How long?\nAn hour.");
        let hidden: String = reading.hidden().map(|span| &*span.text).collect();
        assert_eq!(hidden, "Ada wrote:\n> Bye\n");
    }

    #[test]
    fn a_mail_quoted_whole_above_or_below_is_not() {
        for text in ["Ada wrote:\n> How warm?\n\nVery.\n", "Very.\n\nAda wrote:\n> How warm?\n"] {
            assert_eq!(read(text).published(), "Very.", "{text}");
        }
        let own = "> On 5 Jan 2026 at 8:30, Ada <ada@example.org> wrote:\n> How warm?\n";
        assert_eq!(read(&format!("Very.\n\n{own}")).published(), "Very.");
        assert_eq!(read(&format!("{own}\nVery.\n")).published(), "Very.");
        assert_eq!(read(own).published(), "");
    }

    #[test]
    fn an_attribution_that_is_quoted_along_is_not_published_with_what_is_answered() {
        for attribution in [
            "> On 5 Jan 2026, at 08:30, Ada Writer <ada@example.org> wrote:\n> \n",
            "> On 5 Jan 2026, at 08:30, Ada Writer via A List\n> <list@example.org> wrote:\n>\n",
            "> Am 05.01.2026 um 08:30 schrieb Ada Writer <ada@example.org>:\n",
        ] {
            let text = format!("{attribution}> > How warm?\n\nVery.\n\n> How long?\n\nAn hour.\n");
            let reading = read(&text);
            assert_eq!(reading.published(), "> > How warm?\n\nVery.\n\n> How long?\n\nAn hour.", "{text}");
            assert!(!reading.quoted_lines().concat().contains("Ada"), "{text}");
            let greeted = format!("Hello Ada,\n\n{text}");
            assert!(!read(&greeted).published().contains("Writer"), "{greeted}");
        }
        // Nothing is under it, it only looks like one, or it tells whose words are quoted in what is quoted.
        for quote in
            ["> On 5 Jan 2026, at 08:30, Ada <ada@example.org> wrote:", "> This is what Ada says:\n> Bread is warm."]
        {
            let text = format!("{quote}\n\nNot so.\n\n> How long?\n\nAn hour.");
            assert_eq!(read(&text).published(), text);
        }
        let inner = "Ada wrote:\n> On 5 Jan 2026, Bo wrote:\n> > Warm?\n\nVery.\n\n> Long?\n\nAn hour.";
        assert!(read(inner).published().starts_with("> On 5 Jan 2026, Bo wrote:"));
    }

    #[test]
    fn lines_that_nobody_introduced_are_published_with_what_follows_and_alone() {
        assert_eq!(read("> How warm?\n\nVery.\n").published(), "> How warm?\n\nVery.");
        assert_eq!(read("Hello,\nAda wrote:\n> How warm?\n\nVery.\n").published(), "Hello,\n> How warm?\n\nVery.");
        assert_eq!(read("> Only this.\n").published(), "> Only this.");
    }
}
