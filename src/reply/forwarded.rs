//! Another mail's text without quote marks, as some programs put it under an answer: behind `-----Original
//! Message-----`, behind a block of `From:`, `Sent:`, `To:` and `Subject:`, or behind an attribution that no person would
//! write. It hides the rest, but only where the sender wrote something above: else the answer may well stand below, and
//! only the introduction is hidden. The same where what they wrote says that their answers stand below: nothing tells
//! those lines from the others.

use super::SpanKind;
use super::attribution;
use super::languages::{self, Field};
use super::line::Line;

/// Lines that a block of fields may have, and those between two fields that carry one on.
const BLOCK_LINES: usize = 24;
const CARRIED_ON: usize = 3;

/// Fields that a block needs.
const FIELDS: usize = 3;

/// Characters that a line made of one sign needs, to be a rule between two mails.
const RULE_CHARS: usize = 3;

/// Blank lines between a separator or a rule and a block of fields.
const BLANK_LINES: usize = 3;

/// Longest separator, in bytes.
const SEPARATOR_BYTES: usize = 160;

/// Lines that are looked at in full. Nobody writes more that look like an introduction.
const LOOKED_AT: usize = 1_000;

/// Lines and bytes of a text that is read for words such as "see below".
const POINTER_LINES: usize = 10;
const POINTER_BYTES: usize = 600;

/// Bytes of a greeting: where nothing else stands above, the answer stands below.
const GREETING_BYTES: usize = 60;

/// Marks the first such mail, up to the footer or the end.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut wrote_above = Above::default();
    let footers = footers(kinds);
    let mut looked_at = 0;
    for at in 0..lines.len() {
        if kinds[at] != SpanKind::Said || lines[at].is_blank() {
            continue;
        }
        let may_be_one = looked_at < LOOKED_AT && may_introduce(lines[at].text);
        looked_at += usize::from(may_be_one);
        let introduction = may_be_one.then(|| introduced(lines, kinds, at)).flatten();
        match introduction {
            Some((start, body)) => {
                let introduction = start..body.min(footer(&footers, start, kinds.len()));
                if kinds[body..].iter().zip(&lines[body..]).find(|(_, line)| !line.is_blank()).is_some_and(is_marked) {
                    // The marks tell where the other mail ends, so answers may stand under them.
                    kinds[introduction].fill(SpanKind::Attribution);
                    continue;
                }
                if wrote_above.says_something(lines, start) && !wrote_above.points_below(lines, start) {
                    return hide(kinds, start, body, footer(&footers, start, kinds.len()));
                }
                return kinds[introduction].fill(SpanKind::Attribution);
            }
            None if is_rule(lines[at].text) => {}
            None => wrote_above.count(at),
        }
    }
}

fn is_marked((kind, _): (&SpanKind, &Line<'_>)) -> bool {
    *kind == SpanKind::Quote
}

/// What the sender wrote above: where it starts, and how many lines.
#[derive(Default)]
struct Above {
    first: Option<usize>,
    lines: usize,
}

impl Above {
    fn count(&mut self, at: usize) {
        self.first = self.first.or(Some(at));
        self.lines += 1;
    }

    /// Whether there is more above a line than a greeting. An introduction may have been wrapped over lines that were
    /// counted.
    fn says_something(&self, lines: &[Line<'_>], start: usize) -> bool {
        let Some(first) = self.first.filter(|first| *first < start) else { return false };
        let greeting = lines[first].text.trim_end();
        let only_one = lines[first + 1..start].iter().all(Line::is_blank);
        !(only_one && greeting.len() <= GREETING_BYTES && greeting.ends_with([',', '，', '、']))
    }

    /// Whether it is short and says that the answers stand below.
    fn points_below(&self, lines: &[Line<'_>], start: usize) -> bool {
        let Some(first) = self.first.filter(|first| *first < start) else { return false };
        let above = || lines[first..start].iter().map(|line| line.text.trim()).filter(|line| !line.is_empty());
        if above().count() > POINTER_LINES || above().map(str::len).sum::<usize>() > POINTER_BYTES {
            return false;
        }
        let whole: String = above().map(|line| line.to_lowercase() + " ").collect();
        languages::points_below(&format!("{}.", whole.trim_end()))
    }
}

/// Where footers stand.
fn footers(kinds: &[SpanKind]) -> Vec<usize> {
    (0..kinds.len()).filter(|at| kinds[*at] == SpanKind::Footer).collect()
}

/// The next line of a footer, or the end.
fn footer(footers: &[usize], from: usize, end: usize) -> usize {
    footers.get(footers.partition_point(|at| *at < from)).copied().unwrap_or(end)
}

/// The introduction is an attribution; all that follows is quoted, whatever else it looked like, but a list's footer.
fn hide(kinds: &mut [SpanKind], start: usize, body: usize, end: usize) {
    kinds[start..body.min(end)].fill(SpanKind::Attribution);
    kinds[body.min(end)..end].fill(SpanKind::Quote);
}

/// Whether a line may be the first or last of an introduction: asked of every line, so it looks at little.
fn may_introduce(line: &str) -> bool {
    let octets = line.as_bytes();
    let is_plain = octets.first().is_some_and(u8::is_ascii_alphabetic) && line.is_ascii();
    if is_plain && memchr::memchr2(b':', b'@', octets).is_none() {
        return false;
    }
    !languages::field(line).is_none() || is_rule(line) || is_separator(line) || attribution::may_end(line)
}

/// Where the introduction that this line begins or ends starts, and where what it introduces does.
fn introduced(lines: &[Line<'_>], kinds: &[SpanKind], at: usize) -> Option<(usize, usize)> {
    let by_fields = body_after(lines, at).map(|body| (with_rules_above(lines, kinds, at), body));
    by_fields.or_else(|| attribution::certain_ending_at(lines, kinds, at).map(|start| (start, at + 1)))
}

/// Rules right above an introduction belong to it.
fn with_rules_above(lines: &[Line<'_>], kinds: &[SpanKind], start: usize) -> usize {
    let is_part = |at: &usize| kinds[*at] == SpanKind::Said && (lines[*at].is_blank() || is_rule(lines[*at].text));
    let above = (start.saturating_sub(BLANK_LINES + 1)..start).rev().take_while(is_part);
    above.filter(|at| is_rule(lines[*at].text)).last().unwrap_or(start)
}

/// Where the other mail's text starts, if its introduction starts on this line: a separator, a block of fields, or
/// both.
fn body_after(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let is_separator = is_separator(lines[at].text);
    let is_rule = is_rule(lines[at].text);
    let is_announced = is_separator || is_rule || is_announcement(lines[at].text);
    let next = if is_announced { after_blanks(lines, at + 1) } else { at };
    match block_end(lines, next, is_separator, is_rule) {
        Some(end) => Some(end),
        None if is_separator => Some(at + 1),
        None => None,
    }
}

/// A few empty lines are passed over.
fn after_blanks(lines: &[Line<'_>], at: usize) -> usize {
    at + lines[at..].iter().take(BLANK_LINES).take_while(|line| line.is_blank()).count()
}

/// A line of dashes, underscores or equals signs, as HTML rules become.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let first = line.bytes().next().unwrap_or_default();
    line.len() >= RULE_CHARS && b"_-=".contains(&first) && line.bytes().all(|b| b == first)
}

/// `-----Original Message-----`: signs on both sides of words that a language's programs use.
fn is_separator(line: &str) -> bool {
    let line = line.trim().trim_matches('*');
    let is_sign = |c: char| matches!(c, '-' | '‐' | '—' | '–' | '=' | '_' | '─' | '━');
    if line.len() > SEPARATOR_BYTES || !line.starts_with(is_sign) || !line.ends_with(is_sign) {
        return false;
    }
    let words = line.trim_matches(|c: char| is_sign(c) || c.is_whitespace() || matches!(c, '*' | ':' | '|'));
    // One dash on each side is how people set a remark apart.
    let signs = line.chars().take_while(|c| is_sign(*c)).count();
    signs > 1 && !words.is_empty() && is_original(&words.to_lowercase())
}

/// `original message`, also with whose it is: `original message from Ada`.
fn is_original(words: &str) -> bool {
    let starts = |at: (usize, char)| languages::is_original(&words[..at.0]);
    languages::is_original(words)
        || words.starts_with("forwarded by ")
        || words.char_indices().filter(|(_, c)| *c == ' ').any(starts)
}

/// `Begin forwarded message:`, which counts where a block of fields follows.
fn is_announcement(line: &str) -> bool {
    let line = line.trim();
    line.len() < SEPARATOR_BYTES
        && line.strip_suffix([':', '：']).is_some_and(|words| languages::is_original(&words.trim_end().to_lowercase()))
}

/// Where a block of fields that starts here ends: it tells who wrote a mail and when, and to whom or what about, as only
/// programs do together.
fn block_end(lines: &[Line<'_>], start: usize, is_announced: bool, is_under_rule: bool) -> Option<usize> {
    let mut seen = Field::default();
    let (mut count, mut carried_on, mut end) = (0, 0, start);
    let (mut has_address, mut has_moment, mut has_minute, mut names_nobody) = (false, false, false, false);
    for (at, line) in lines.iter().enumerate().skip(start).take(BLOCK_LINES) {
        let field = languages::field(line.text);
        if field.is_none() {
            // Some programs make each field a paragraph; a long one may go on for a few lines.
            carried_on += 1;
            if at == start || carried_on > CARRIED_ON {
                break;
            }
            continue;
        }
        // A field that was there before and comes again after a gap is of another mail, or no field.
        if carried_on > 0 && count >= 2 * FIELDS {
            break;
        }
        has_address |= (field.from || field.to) && line.text.contains('@');
        names_nobody |= field.from && !line.text.contains('@') && attribution::tells_moment(line.text);
        has_moment |= field.sent && attribution::tells_moment(line.text);
        has_minute |= field.sent && attribution::tells_minute(line.text);
        seen = seen.and(field);
        (count, carried_on, end) = (count + 1, 0, at + 1);
    }
    if is_under_rule && seen.from && seen.sent && has_address && has_minute {
        return Some(end);
    }
    let tells = seen.from && seen.sent && (seen.to || seen.subject) && count >= FIELDS;
    let is_of_a_program =
        is_announced || (has_moment && (has_address || seen.subject)) || (has_minute && is_under_rule);
    let is_of_a_program = is_of_a_program && !names_nobody;
    (tells && is_of_a_program).then_some(end)
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
            BLOCK.replace('\n', "\n\n"),
            format!("Begin forwarded message:\n\n{BLOCK}"),
            "*-------- Original Message --------*".to_owned(),
            "------------------ 原始邮件 ------------------\n发件人: \"Ada\"<ada@example.org>;\n发送时间: 2026年1月5日"
                .to_owned(),
            "---------- Forwarded message ---------\nFrom: Ada\nDate: Mon\nSubject: Bread\nTo: talk".to_owned(),
            "*Von:* Ada\n*Gesendet:* Montag, 5. Januar 2026\n*An:* talk\n*Betreff:* Brot".to_owned(),
            "De : Ada\nEnvoyé : lundi 5 janvier 2026\nÀ : talk\nObjet : Pain".to_owned(),
            "Objet : Pain\nDate : 5 janvier 2026\nDe : Ada\nPour : talk".to_owned(),
            "____\n\nFrom: Ada <ada@example.org>\nDate: Mon, 5 Jan 2026 08:30:00 +0100".to_owned(),
            "____\nОт: Ада\nОтправлено: \u{200e}5\u{200e} \u{200e}января\u{200e} \u{200e}2026\u{200e} г. \u{200e}8\u{200e}:\u{200e}30\nКому: Бо"
                .to_owned(),
        ] {
            assert_eq!(said(&format!("Yes.\n\n{introduction}\n\nShall we?\n> deeper\n")), "Yes.", "{introduction}");
        }
    }

    #[test]
    fn with_nothing_above_only_the_introduction_is_hidden() {
        for above in ["", "Hello Ada,\n\n"] {
            let text = format!("{above}{BLOCK}\n\nShall we?\n\nYes, let us.\n");
            assert_eq!(said(&text), format!("{above}Shall we?\n\nYes, let us."));
        }
        let text = "On Mon, 5 Jan 2026 at 8:30, Ada <ada@example.org> wrote:\n\nShall we?\n\nYes, let us.\n";
        assert_eq!(said(text), "Shall we?\n\nYes, let us.");
    }

    #[test]
    fn under_a_head_with_marked_quotes_answers_stay() {
        for introduction in
            [format!("----- Original Message -----\n{BLOCK}"), BLOCK.to_owned(), "--- Original Message ---".to_owned()]
        {
            let text =
                format!("Hello Ada, and all.\n\n{introduction}\n\n\n> Shall we?\n\nYes.\n\n> And then?\n\nWe eat.\n");
            assert_eq!(said(&text), "Hello Ada, and all.\n\nYes.\n\nWe eat.");
        }
    }

    #[test]
    fn what_stands_below_stays_where_its_sender_says_that_their_answers_are_there() {
        for above in [
            "Please see below.",
            "Hi Ada,\n\nmy answers are inline.",
            "In red",
            "Antworten siehe unten",
            "Voir mes réponses ci-dessous",
            "Mis respuestas más abajo",
            "Мои ответы ниже",
            "以下に返信します",
            "见下文",
        ] {
            let text = format!("{above}\n\n{BLOCK}\n\nShall we?\nYes.\n\nAnd then?\nWe eat.\n");
            let expected = format!("{above}\n\nShall we?\nYes.\n\nAnd then?\nWe eat.");
            assert_eq!(said(&text), expected);
        }
        for above in ["The temperature went below zero.", "Unten am Fluss war es schön.", "Das ist trotzdem gut."] {
            assert_eq!(said(&format!("{above}\n\n{BLOCK}\n\nShall we?\n")), above);
        }
    }

    #[test]
    fn what_only_resembles_one_is_said() {
        for text in [
            "From: the heart\nTo: all\n\nThanks.",
            "A recipe.\n\nFrom: Italy\nTo: your table\n\nMix.",
            "The party.\n\nDate: 5 May 2026\nFrom: 20:00\nTo: 23:00\n\nBring bread.",
            "The party.\n___\n\nDate: 5 May 2026 20:00\nFrom: our house\n\nBring bread.",
            "A shelf.\n\nVon: Hand gemacht\n\nSchön.",
            "The party.\n\nFrom: 10:00 5 January 2026\nTo: 12:00\nDate: Monday 5 January 2026\nSubject: Bread\n\nCome.",
            "We go.\n\nFrom: Berlin\nTo: Paris\nDate: Monday 5 May\nSubject: holidays\n\nWho comes along?",
            "One.\n-------\nTwo.",
            "One.\n--- a message ---\nTwo.",
            "One.\n___\n\nTwo.",
            "One.\n- original message -\nTwo.",
            "Yes.\n\nOn 5 May 2026 the committee wrote:\n\nWe close.\n\nI think that is wrong.",
            "Yes.\n\nOn Monday I wrote:\nthis and that.\n\nAnd more.",
            "Yes.\n\nWe met Ada (ada@example.org) on 5 Jan 2026 at 10:30:\n\nshe was well.",
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
