//! Which quotes a mail answers piece by piece: those are published with the answers.
//!
//! A quote counts as answered where what the sender wrote comes right after it. A whole mail quoted above one answer does
//! not: the reader has that mail. Nor does a quote under everything.
//!
//! Where a response is shown, of a quote that is answered the lines nearest to the answer are, and of one above what is
//! said that does not count as answered, its few lines.

use super::{Span, SpanKind, attribution};
use crate::discussion::Quote;

/// How many rows of a quote are shown above an answer, and how many where that is all of it: a row is a line, or so much of
/// a longer one as a program would wrap there.
const NEAREST: usize = 6;
const WHOLE: usize = 8;
const COLUMNS: usize = 78;

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

/// What of a quote is shown in a response. `answered`: by [`quotes`]; `above`: something is said below it.
pub(super) fn folded(text: String, answered: bool, above: bool) -> Quote {
    let rows: usize = text.lines().map(rows).sum();
    match (answered, above) {
        // The mail is nothing but this.
        (true, false) => Quote { folded: String::new(), shown: text },
        (true, true) if rows > WHOLE => nearest(&text),
        (_, true) if rows <= WHOLE => Quote { folded: String::new(), shown: text },
        _ => Quote { folded: text, shown: String::new() },
    }
}

/// The last rows of a quote, whole lines, at least one.
fn nearest(text: &str) -> Quote {
    let (mut taken, mut from) = (0, text.len() + 1);
    for line in text.rsplit('\n') {
        taken += rows(line);
        if taken > NEAREST && from <= text.len() {
            break;
        }
        from -= line.len() + 1;
    }
    let (folded, shown) = text.split_at(from);
    Quote { folded: folded.trim_end().to_owned(), shown: shown.trim_start_matches('\n').to_owned() }
}

fn rows(line: &str) -> usize {
    line.trim().chars().count().div_ceil(COLUMNS)
}

/// Whether it is told whose words the first quote is, before it or at its start.
fn is_introduced(spans: &[Span], full: &[usize], quote: usize) -> bool {
    let before = quote.checked_sub(1).map(|before| spans[full[before]].kind);
    before == Some(SpanKind::Attribution) || attribution::introduces_itself(&spans[full[quote]].text)
}

#[cfg(test)]
mod tests {
    use crate::discussion::{Block, Quote};
    use crate::reply::read;

    fn quotes(text: &str) -> Vec<(String, String)> {
        let quote = |block| match block {
            Block::Quoted(Quote { folded, shown }) => Some((folded, shown)),
            Block::Said(_) => None,
        };
        read(text).blocks().into_iter().filter_map(quote).collect()
    }

    #[test]
    fn of_a_long_quote_that_is_answered_the_lines_nearest_to_the_answer_are_shown() {
        let line = |n: usize| format!("> Question {n} of them?\n");
        let long: String = (1..=30).map(line).collect();
        let mail = format!("Dear all,\n\n{long}\nYes to the last.\n\n{long}");
        let found = quotes(&mail);
        assert_eq!(found[0].0.lines().last(), Some("Question 24 of them?"));
        assert_eq!((found[0].0.lines().count(), found[0].1.lines().count()), (24, 6));
        assert_eq!((found[1].0.lines().count(), found[1].1.as_str()), (30, ""), "what is quoted below everything");
        assert_eq!(read(&mail).hidden_lines(), (54, 0));
        let few: String = (1..=8).map(line).collect();
        assert_eq!(quotes(&format!("{few}\nYes.\n")), [(String::new(), few.replace("> ", "").trim().to_owned())]);
    }

    #[test]
    fn lines_without_ends_count_as_the_rows_that_they_take() {
        let paragraph = |n: usize| format!("> {n} {}\n>\n", "of many words ".repeat(40).trim());
        let mail = format!("{}{}Yes.\n", paragraph(1), paragraph(2));
        let found = quotes(&mail);
        assert!(found[0].0.starts_with("1 of") && found[0].1.starts_with("2 of"), "{found:?}");
        assert_eq!(read(&mail).hidden_lines(), (1, 0));
    }

    #[test]
    fn a_few_lines_above_what_is_said_are_shown_whoever_introduced_them_and_a_whole_mail_is_not() {
        let few = "On Monday, 5 January 2026 at 8:30, Ada wrote:\n> How warm?\n\nVery.\n";
        assert_eq!(quotes(few), [(String::new(), "How warm?".to_owned())]);
        assert_eq!(read(few).hidden_lines(), (0, 1));
        let whole = few.replace("> How warm?\n", &"> How warm?\n".repeat(40));
        assert_eq!(read(&whole).hidden_lines(), (40, 1));
        assert_eq!(quotes("> Only this.\n"), [(String::new(), "Only this.".to_owned())]);
        assert_eq!(quotes("Very.\n\n> How warm?\n"), [("How warm?".to_owned(), String::new())]);
    }

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
