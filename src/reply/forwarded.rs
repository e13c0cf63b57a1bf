//! Another mail's text without quote marks, as some programs put it under an answer: behind `-----Original
//! Message-----`, or behind a block of `From:`, `Sent:`, `To:` and `Subject:`. It hides the rest, but only where the
//! sender wrote something above: else the answer may well stand below.

use super::SpanKind;
use super::languages;
use super::line::Line;

/// Lines that a block of fields may have, and fields that it needs.
const BLOCK_LINES: usize = 12;
const FIELDS: usize = 3;

/// Bytes in which the name of a field ends.
const NAME_BYTES: usize = 40;

/// Characters that a line made of one sign needs, to be a rule between two mails.
const RULE_CHARS: usize = 3;

/// Marks the first such mail, up to the footer or the end.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let fields: Vec<Field> = lines.iter().map(|line| field(line.text)).collect();
    let mut wrote_above = false;
    for at in 0..lines.len() {
        if kinds[at] != SpanKind::Said || lines[at].is_blank() {
            continue;
        }
        if let Some(body) = body_after(lines, &fields, at) {
            if wrote_above {
                hide(kinds, at, body);
            }
            return;
        }
        wrote_above |= !is_rule(lines[at].text);
    }
}

/// The introduction is an attribution; all that follows is quoted, whatever else it looked like, but a list's footer.
fn hide(kinds: &mut [SpanKind], start: usize, body: usize) {
    let end = kinds.iter().position(|kind| *kind == SpanKind::Footer).unwrap_or(kinds.len());
    kinds[start..body.min(end)].fill(SpanKind::Attribution);
    kinds[body.min(end)..end].fill(SpanKind::Quote);
}

/// Where the other mail's text starts, if its introduction starts on this line: a separator, a block of fields, or
/// both.
fn body_after(lines: &[Line<'_>], fields: &[Field], at: usize) -> Option<usize> {
    let is_separator = is_separator(lines[at].text);
    let is_rule = is_rule(lines[at].text);
    let next = if is_separator || is_rule { after_blank(lines, at + 1) } else { at };
    match block_end(lines, fields, next) {
        Some(end) => Some(end),
        None if is_separator => Some(at + 1),
        None => None,
    }
}

/// At most one empty line is passed over.
fn after_blank(lines: &[Line<'_>], at: usize) -> usize {
    if lines.get(at).is_some_and(Line::is_blank) { at + 1 } else { at }
}

/// A line of dashes or underscores, as HTML rules become.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= RULE_CHARS && (line.bytes().all(|b| b == b'_') || line.bytes().all(|b| b == b'-'))
}

/// `-----Original Message-----`: dashes on both sides of words that a language's programs use.
fn is_separator(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 120 || !line.starts_with("--") || !line.ends_with("--") {
        return false;
    }
    let words = line.trim_matches(|c: char| c == '-' || c.is_whitespace()).to_lowercase();
    languages::any(|language| language.originals, |original| words == original)
}

/// Where a block of fields that starts here ends: it starts with who wrote the mail, names when and to whom or what
/// about, and goes to the first empty line.
fn block_end(lines: &[Line<'_>], fields: &[Field], start: usize) -> Option<usize> {
    if !fields.get(start)?.from {
        return None;
    }
    let length = lines[start..].iter().take(BLOCK_LINES + 1).take_while(|line| !line.is_blank()).count();
    let block = &fields[start..start + length];
    let count = block.iter().filter(|field| **field != Field::default()).count();
    let tells = block.iter().any(|field| field.sent) && block.iter().any(|field| field.to || field.subject);
    (tells && count >= FIELDS && length <= BLOCK_LINES).then_some(start + length)
}

/// What a line such as `Sent: Monday` may tell of a mail; languages share words, so it may be several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    from: bool,
    sent: bool,
    to: bool,
    subject: bool,
}

/// Reads a line as a field, also in the `*From:*` of programs that mark bold text.
fn field(line: &str) -> Field {
    let start = &line[..line.floor_char_boundary(NAME_BYTES)];
    // Most lines have no colon, and this is asked of every line.
    if !start.bytes().any(|octet| octet == b':' || !octet.is_ascii()) {
        return Field::default();
    }
    let Some((name, _)) = start.split_once([':', '：']) else { return Field::default() };
    let name = name.trim_matches(|c: char| c == '*' || c.is_whitespace()).to_lowercase();
    Field {
        from: languages::any(|language| language.from, |known| name == known),
        sent: languages::any(|language| language.sent, |known| name == known),
        to: languages::any(|language| language.to, |known| name == known),
        subject: languages::any(|language| language.subject, |known| name == known),
    }
}

#[cfg(test)]
mod tests {
    use crate::reply::{SpanKind, read};

    fn said(text: &str) -> String {
        read(text).said()
    }

    const BLOCK: &str = "From: Ada <ada@example.org>\nSent: Monday, 5 January 2026 08:30\nTo: talk\nSubject: Bread";

    #[test]
    fn a_separator_or_a_block_of_fields_hides_the_rest() {
        for introduction in [
            "-----Original Message-----".to_owned(),
            format!("-----Original Message-----\n{BLOCK}"),
            format!("________________________________\n{BLOCK}"),
            BLOCK.to_owned(),
            "---------- Forwarded message ---------\nFrom: Ada\nDate: Mon\nSubject: Bread\nTo: talk".to_owned(),
            "*Von:* Ada\n*Gesendet:* Montag\n*An:* talk\n*Betreff:* Brot".to_owned(),
            "De : Ada\nEnvoyé : lundi\nÀ : talk\nObjet : Pain".to_owned(),
        ] {
            assert_eq!(said(&format!("Yes.\n\n{introduction}\n\nShall we?\n> deeper\n")), "Yes.", "{introduction}");
        }
    }

    #[test]
    fn with_nothing_above_nothing_is_hidden() {
        let text = format!("{BLOCK}\n\nShall we?\n\nYes, let us.\n");
        assert_eq!(said(&text), text.trim());
    }

    #[test]
    fn what_only_resembles_one_is_said() {
        for text in [
            "From: the heart\nTo: all\n\nThanks.",
            "A recipe.\n\nFrom: Italy\nTo: your table\n\nMix.",
            "One.\n-------\nTwo.",
            "One.\n--- a message ---\nTwo.",
            "One.\n___\n\nTwo.",
        ] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn a_footer_after_it_is_a_footer() {
        let text = format!("Yes.\n\n{BLOCK}\n\nOld.\n____________________\ntalk mailing list\nhttps://x.org\n");
        assert_eq!(read(&text).spans.last().map(|span| span.kind), Some(SpanKind::Footer));
    }
}
