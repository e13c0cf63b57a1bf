//! Lines that start with `>`, or with what stands for it.

use super::SpanKind;
use super::line::Line;

/// Lines in a row that have to start with the same initials and `>` to be a quote by them.
const INITIALED_LINES: usize = 3;

/// Letters of such initials.
const INITIALS: usize = 10;

/// Marks quoted lines, and the blank lines between two of them.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut last_quoted = None;
    let mut at = 0;
    while at < lines.len() {
        let count = quoted_from(lines, at);
        if count > 0 {
            let from = last_quoted.map_or(at, |last| last + 1);
            kinds[from..at + count].fill(SpanKind::Quote);
            last_quoted = Some(at + count - 1);
        } else if !lines[at].is_blank() {
            last_quoted = None;
        }
        at += count.max(1);
    }
    leave_prompts(lines, kinds);
}

/// How many lines from this one are quoted; 0 where it is not.
fn quoted_from(lines: &[Line<'_>], at: usize) -> usize {
    if lines[at].is_quoted() {
        return usize::from(!is_typed(lines, at));
    }
    let Some(initials) = initials(lines[at].text) else { return 0 };
    let count = lines[at..].iter().take_while(|line| line.text.starts_with(initials)).count();
    // In a talk written down, others speak as well.
    let is_talk = lines.get(at + count).is_some_and(|line| self::initials(line.text).is_some());
    let is_told = || lines[..at].iter().rev().take(3).find(|line| !line.is_blank()).is_some_and(Line::is_quoted);
    if (count >= INITIALED_LINES && !is_talk) || (is_told() && is_introduced(lines, at)) { count } else { 0 }
}

/// Whether the line above tells who wrote what follows: `>>>>> "Ada" == Ada Writer writes:`, `Ada wrote:`.
fn is_introduced(lines: &[Line<'_>], at: usize) -> bool {
    let above = lines[..at].iter().rev().take(3).find(|line| !line.is_blank());
    above.is_some_and(|line| {
        let text = line.text.trim_end();
        text.ends_with(':') && (text.contains('@') || text.ends_with("wrote:") || text.ends_with("writes:"))
    })
}

/// Whether a line starts with `>` and is no quote all the same: a person or another program wrote it.
fn is_typed(lines: &[Line<'_>], at: usize) -> bool {
    let neighbour = |at: Option<usize>| at.and_then(|at| lines.get(at)).filter(|line| line.is_quoted());
    let before = neighbour(at.checked_sub(1));
    let is_alone = before.is_none() && neighbour(at.checked_add(1)).is_none();
    let text = lines[at].text;
    // What mail systems make of a `From ` at the start of a line, to guard mbox files; the end of a conflict of versions.
    (is_alone && [">From ", ">>>>>>> "].iter().any(|start| text.starts_with(start)))
        || (before.is_none() && (is_end_of_attribution(lines, at) || is_framed(text)))
}

/// `> wrote:`, `>:`, where a program broke an attribution inside of its address.
fn is_end_of_attribution(lines: &[Line<'_>], at: usize) -> bool {
    let rest = lines[at].text.trim_start_matches('>').trim();
    let ends = rest.len() < 60 && rest.ends_with([':', '：']);
    ends && at.checked_sub(1).is_some_and(|above| {
        let above = lines[above].text;
        above.rfind('<').is_some_and(|open| !above[open..].contains('>')) || above.contains("mailto:")
    })
}

/// `>>> Ada <ada@example.org> 5.1.2026 8:30 >>>`, how one program introduces a quote.
fn is_framed(text: &str) -> bool {
    text.starts_with(">>> ") && text.trim_end().ends_with(" >>>")
}

/// The initials with which some programs mark quotes, sign included: `AW> `.
fn initials(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    if !bytes[..bytes.len().min(2 * INITIALS + 2)].contains(&b'>') {
        return None;
    }
    let start = bytes.iter().take(INITIALS).take_while(|b| **b == b' ').count();
    let end = start + bytes[start..].iter().take(INITIALS + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
    let is_mark = bytes.get(start).is_some_and(u8::is_ascii_uppercase) && bytes.get(end) == Some(&b'>');
    // Programs that take commands say such things too.
    let mark = is_mark.then(|| &line[..=end])?;
    (!matches!(mark.trim_start(), "SQL>" | "PS>" | "IDL>" | "MATLAB>" | "IRB>" | "TCL>" | "GDB>")).then_some(mark)
}

/// Takes back the mark of lines between blank or unquoted ones that all start with `>>> `, or the `...` of lines that go
/// on: what somebody showed of a session with Python, not a quote of a quote of a quote that nothing introduces.
fn leave_prompts(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut at = 0;
    while at < lines.len() {
        let end = at + kinds[at..].iter().take_while(|kind| **kind == SpanKind::Quote).count();
        let mut quoted = lines[at..end].iter().map(|line| line.text.trim_end()).filter(|text| !text.is_empty());
        let is_prompt = |text: &str| text == ">>>" || text.starts_with(">>> ");
        if end > at && quoted.all(is_prompt) && !is_introduced(lines, at) {
            kinds[at..end].fill(SpanKind::Said);
        }
        at = end.max(at + 1);
    }
}

/// The sign before the first of some lines that may be a quote behind `|` or `:`, which only an attribution tells.
pub(super) fn bar(lines: &[Line<'_>], kinds: &[SpanKind], at: usize) -> Option<char> {
    let bar = lines[at].text.chars().next().filter(|c| matches!(c, '|' | ':'))?;
    (kinds[at] == SpanKind::Said && !lines[at - 1].text.starts_with(bar)).then_some(bar)
}

/// How many lines from this one are behind that sign.
pub(super) fn barred_from(lines: &[Line<'_>], at: usize, bar: char) -> usize {
    lines[at..].iter().take_while(|line| line.text.starts_with(bar)).count()
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

    #[test]
    fn a_session_with_python_and_a_conflict_of_versions_are_no_quotes() {
        assert_eq!(quoted("It prints:\n>>> 1 + 1\n2\n>>> exit()\n"), "....");
        assert_eq!(quoted("<<<<<<< mine\na\n=======\nb\n>>>>>>> theirs\n"), ".....");
        assert_eq!(quoted("Ada <a@x.org> wrote:\n>>> 1 + 1\n"), ".q");
        assert_eq!(quoted("> one\n>>> three\n"), "qq");
    }

    #[test]
    fn a_short_answer_between_two_long_quoted_lines_is_no_part_of_them() {
        let long = "> Shall we bake the bread on Tuesday, or rather on Wednesday at the old mill\n";
        assert_eq!(quoted(&format!("{long}no, never on a wednesday\n{long}i will\n> Good.\n")), "q.q.q");
    }

    #[test]
    fn initials_quote_only_in_a_row() {
        assert_eq!(quoted("AW> one\nAW> two\nAW>\n\nYes.\n"), "qqq..");
        assert_eq!(quoted(">>>>> \"Ada\" == Ada <ada@x.org> writes:\n\n  Ada> one\n\nYes.\n"), "qqq..");
        assert_eq!(quoted("A> one\nB> two\nA> three\n"), "...");
        assert_eq!(quoted("A> one\nA> two\nA> three\nB> four\n"), "....");
        assert_eq!(quoted("SQL> select 1;\nSQL> select 2;\nSQL> quit\n"), "...");
        assert_eq!(quoted("mysql> a\nmysql> b\nmysql> c\n"), "...");
    }
}
