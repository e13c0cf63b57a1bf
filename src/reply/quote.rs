//! Lines that start with `>`.

use super::SpanKind;
use super::line::Line;

/// Marks quoted lines, and the blank lines between two of them.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut last_quoted = None;
    for (at, line) in lines.iter().enumerate() {
        if is_quote(lines, at) {
            let from = last_quoted.map_or(at, |last| last + 1);
            kinds[from..=at].fill(SpanKind::Quote);
            last_quoted = Some(at);
        } else if !line.is_blank() {
            last_quoted = None;
        }
    }
}

fn is_quote(lines: &[Line<'_>], at: usize) -> bool {
    lines[at].is_quoted() && !is_escaped_from(lines, at)
}

/// Whether a lone `>From ` is what mail systems make of a `From ` at the start of a line, to guard mbox files: then a
/// person wrote the line.
fn is_escaped_from(lines: &[Line<'_>], at: usize) -> bool {
    let quoted = |at: Option<usize>| at.and_then(|at| lines.get(at)).is_some_and(Line::is_quoted);
    lines[at].text.starts_with(">From ") && !quoted(at.checked_sub(1)) && !quoted(at.checked_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::line::all_in;

    fn quoted(text: &str) -> String {
        let lines = all_in(text);
        let mut kinds = vec![SpanKind::Said; lines.len()];
        mark(&lines, &mut kinds);
        kinds.iter().map(|kind| if *kind == SpanKind::Quote { 'q' } else { '.' }).collect()
    }

    #[test]
    fn blank_lines_between_quotes_belong_to_them() {
        assert_eq!(quoted("a\n> b\n\n\n>> c\n\nd\n > e"), ".qqqq..q");
    }

    #[test]
    fn an_escaped_from_is_no_quote() {
        assert_eq!(quoted("I come\n>From the north."), "..");
        assert_eq!(quoted("> a\n>From the north."), "qq");
    }
}
