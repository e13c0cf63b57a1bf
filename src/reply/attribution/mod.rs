//! The lines that introduce a quote: "On Monday Ada wrote:". They may be wrapped over a few lines. Before a quote much
//! counts as one; before anything else only what no person would write.

mod moment;
mod sentence;

use super::SpanKind;
use super::languages;
use super::line::{self, Line};
use super::quote;
use sentence::Sureness;

pub(super) use moment::{tells_minute, tells_moment};

/// Lines that one may be wrapped over, and blank lines between it and its quote.
const LINES: usize = 6;
const BLANK_LINES: usize = 10;

/// Bytes that it may have.
const BYTES: usize = 500;

/// Quotes, and other lines, before which one is looked for. Nobody answers more; what is not looked at counts as said.
const LOOKED_AT: usize = 1_000;

/// Marks the attribution before each quote, and quotes that only an attribution shows to be some.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut looked_at = 0;
    for quote in 1..lines.len() {
        let is_quoted = kinds[quote] == SpanKind::Quote && kinds[quote - 1] != SpanKind::Quote;
        let bar = if is_quoted { None } else { quote::bar(lines, kinds, quote) };
        if (is_quoted || bar.is_some()) && looked_at < LOOKED_AT {
            looked_at += 1;
            if let Some((start, _)) = found_before(lines, kinds, quote) {
                kinds[start..quote].fill(SpanKind::Attribution);
                let barred = bar.map_or(0, |bar| quote::barred_from(lines, quote, bar));
                kinds[quote..quote + barred].fill(SpanKind::Quote);
            }
        }
    }
    mark_quoted(lines, kinds);
}

/// Marks the attribution that a quote starts with: some programs quote it along with the mail, and then it would be
/// published with what is answered.
fn mark_quoted(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let begins = |at: &usize| kinds[*at] == SpanKind::Quote && (*at == 0 || kinds[at - 1] != SpanKind::Quote);
    let quotes: Vec<usize> = (0..lines.len()).filter(begins).take(LOOKED_AT).collect();
    for quote in quotes {
        let above = (0..quote).rev().take(BLANK_LINES).find(|at| !lines[*at].is_blank());
        let is_introduced = above.is_some_and(|above| kinds[above] == SpanKind::Attribution);
        if let Some(end) = quoted_at(lines, kinds, quote).filter(|_| !is_introduced) {
            kinds[quote..end].fill(SpanKind::Attribution);
        }
    }
}

/// Where the attribution ends that a quote starts with, if there is one and something is quoted under it.
fn quoted_at(lines: &[Line<'_>], kinds: &[SpanKind], quote: usize) -> Option<usize> {
    let count = kinds[quote..].iter().take_while(|kind| **kind == SpanKind::Quote).count();
    let quoted = &lines[quote..quote + count];
    let is_full = |line: &Line<'_>| !line::without_marks(line.text).trim().is_empty();
    let is_attribution = |end: &usize| {
        let start: String = quoted[..*end].iter().map(|line| line.whole).collect();
        introduces_itself(&start)
    };
    let full = (0..count.min(3 * LINES)).filter(|at| is_full(&quoted[*at])).take(3);
    let end = full.map(|last| last + 1).find(is_attribution)?;
    let blanks = quoted[end..].iter().position(is_full)?;
    Some(quote + end + blanks)
}

/// Whether a quote starts with the attribution of what is quoted, as some programs have it.
pub(super) fn introduces_itself(quote: &str) -> bool {
    let bare = quote.lines().take(3 * LINES).map(|line| line::without_marks(line).trim());
    let first: Vec<&str> = bare.filter(|line| !line.is_empty()).take(3).collect();
    let is_one = |count: usize| sentence::judge(&first[..count].join(" "), count > 1).is_some();
    let is_field = first.first().is_some_and(|line| !languages::field(line).is_none());
    let may_be_one =
        !is_field && first.iter().all(|line| line.len() <= BYTES) && first.iter().any(|line| may_end(line));
    may_be_one && (1..=first.len()).any(is_one)
}

/// Where the attribution that ends before a line starts and whether it is one whatever follows; blank lines may stand
/// between.
fn found_before(lines: &[Line<'_>], kinds: &[SpanKind], next: usize) -> Option<(usize, Sureness)> {
    let blanks = lines[..next].iter().rev().take(BLANK_LINES).take_while(|line| line.is_blank()).count();
    ending_before(lines, kinds, next - blanks)
}

/// The same for one whose last line stands right before `end`. Where a line looks like its start, it starts there; else
/// the fewest lines that make one count, for what stands above may be the person's own last line.
fn ending_before(lines: &[Line<'_>], kinds: &[SpanKind], end: usize) -> Option<(usize, Sureness)> {
    let mut joined = String::new();
    let mut found: Option<(usize, Sureness)> = None;
    for start in (end.saturating_sub(LINES)..end).rev() {
        let line = lines[start].text.trim();
        if line.is_empty() {
            // Some programs put the address on lines of its own.
            if start + 1 < end && lines[start + 1].text.trim_start().starts_with('<') {
                continue;
            }
            break;
        }
        let is_wrapped = start + 1 < end;
        let is_over = kinds[start] != SpanKind::Said || joined.len() + line.len() > BYTES;
        if is_over || (is_wrapped && ends_sentence(line)) {
            break;
        }
        // Some programs break a line inside the brackets of an address.
        let is_broken = line.ends_with(['<', '[']) || line.ends_with("mailto:");
        let gap = if is_broken { "" } else { " " };
        joined = if is_wrapped { format!("{line}{gap}{joined}") } else { line.to_owned() };
        let Some(sureness) = sentence::judge(&joined, is_wrapped) else { continue };
        if looks_like_start(line, &joined) {
            return Some((start, sureness));
        }
        let goes_on_from_above = |(at, _): (usize, Sureness)| {
            lines[at]
                .text
                .trim_start()
                .starts_with(|c: char| !c.is_alphabetic() || c.is_lowercase() || !c.is_uppercase())
        };
        let is_needed = is_broken || sentence::starts_with_name_and_address(line);
        if found.is_none_or(|found| goes_on_from_above(found) && is_needed) {
            found = Some((start, sureness));
        }
    }
    found
}

/// Whether a line ends with a full stop that is not one of an abbreviation in a date.
fn ends_sentence(line: &str) -> bool {
    let Some(words) = line.strip_suffix(['.', '!', '?']) else { return false };
    let mut last = words.rsplit(' ');
    let word = last.next().unwrap_or_default();
    let before = last.next().unwrap_or_default();
    word.chars().count() > 4 && word.chars().all(char::is_lowercase) && !before.contains(char::is_numeric)
}

/// Whether nothing above a line belongs to the attribution that starts on it.
fn looks_like_start(line: &str, joined: &str) -> bool {
    let line = line.trim();
    // A time alone is the rest of a date.
    let is_address = line.split_whitespace().next().is_some_and(|word| word.contains('@'));
    let starts_with_day = !is_address
        && moment::starts_with_moment(line, languages::opens(line))
        && (moment::tells_day(joined) || !moment::tells_time(line));
    starts_with_day || line.starts_with("--") || languages::quotes(line)
}

/// Where an attribution that no quote follows starts, if its last line is this one.
pub(super) fn certain_ending_at(lines: &[Line<'_>], kinds: &[SpanKind], last: usize) -> Option<usize> {
    let (start, sureness) = ending_before(lines, kinds, last + 1)?;
    // Without a colon it stands alone.
    let stands_alone = lines.get(last + 1).is_none_or(Line::is_blank);
    let has_end = lines[last].text.trim_end().ends_with([':', '：', '-', '>']);
    (sureness == Sureness::Certain && (has_end || stands_alone)).then_some(start)
}

/// Whether a line may be the last of an attribution: asked of every line, so it looks at little.
pub(super) fn may_end(line: &str) -> bool {
    let line = line.trim_end_matches([' ', '\t', '*', '\u{200f}', '\u{200e}', '\u{202c}', '\u{a0}']);
    match line.as_bytes() {
        [.., b':'] => true,
        [.., 0xef, 0xbc, 0x9a] => true,
        [.., b'-', b'-', b'-', b'-'] => line.len() < BYTES && line.contains(char::is_alphabetic),
        [b'0'..=b'9', ..] => line.contains("GMT") || line.contains("UTC"),
        [first, ..] if first.is_ascii_uppercase() => line.len() < BYTES && line.contains('@') && line.contains("> "),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::line::all_in;

    /// How many lines before the quote are taken for its attribution.
    fn attributed(before: &str) -> usize {
        let text = format!("{before}\n> quote\n");
        let lines = all_in(&text);
        let mut kinds = vec![SpanKind::Said; lines.len()];
        crate::reply::quote::mark(&lines, &mut kinds);
        mark(&lines, &mut kinds);
        kinds.iter().filter(|kind| **kind == SpanKind::Attribution).count()
    }

    #[test]
    fn attributions_of_many_languages_are_known() {
        for line in [
            "On Mon, Jan 5, 2026 at 8:30 AM Ada Writer <ada@example.org> wrote:",
            "On 1/5/26 8:30 AM, Ada Writer wrote:",
            "Am 05.01.2026 um 08:30 schrieb Ada Writer:",
            "Am Mo., 5. Jan. 2026 um 08:30 Uhr schrieb Ada <ada@example.org>:",
            "Le lun. 5 janv. 2026 à 08:30, Ada Writer <ada@example.org> a écrit :",
            "El lun, 5 ene 2026 a las 8:30, Ada (<ada@example.org>) escribió:",
            "Em seg., 5 de jan. de 2026 às 08:30, Ada <ada@example.org> escreveu:",
            "Il giorno lun 5 gen 2026 alle ore 08:30 Ada <ada@example.org> ha scritto:",
            "Op ma 5 jan 2026 om 08:30 schreef Ada <ada@example.org>:",
            "W dniu 5.01.2026 o 08:30, Ada pisze:",
            "Den mån 5 jan. 2026 kl 08:30 skrev Ada <ada@example.org>:",
            "Dne 5. 1. 2026 v 8:30 Ada napsal(a):",
            "ma 5. tammik. 2026 klo 8.30 Ada <ada@example.org> kirjoitti:",
            "пн, 5 янв. 2026 г. в 08:30, Ада <ada@example.org>:",
            "2026年1月5日(月) 8:30 Ada <ada@example.org>:",
            "Ada <ada@example.org> 于2026年1月5日周一 08:30写道：",
            "* Ada Writer <ada@example.org> [2026-01-05 08:30]:",
            "Quoting Ada Writer <ada@example.org>:",
            "Ada Writer <ada@example.org> writes:",
            "Ada Writer wrote:",
            "On Monday, Marina wrote:",
            "On Tue, Talk wrote:",
        ] {
            assert_eq!(attributed(line), 1, "{line}");
            assert_eq!(attributed(&format!("{line}\n")), 2, "{line} and an empty line");
        }
    }

    #[test]
    fn a_wrapped_attribution_is_taken_whole_and_nothing_above_it() {
        let wrapped = "On Mon, Jan 5, 2026 at 8:30 AM Ada Writer\n<ada@example.org> wrote:";
        assert_eq!(attributed(wrapped), 2);
        assert_eq!(attributed(&format!("My own words.\n{wrapped}")), 2);
        assert_eq!(attributed("Am 5. Januar 2026 um 08:30 schrieb Ada Writer via\nTalk <talk@lists.example>\n:"), 3);
        assert_eq!(attributed("My own words\nAda Writer wrote:"), 1);
        assert_eq!(attributed("My own words\n On Jan 5, 2026 8:30 AM, \"Ada\" <\nada+7c@example.org> wrote:"), 2);
    }

    #[test]
    fn what_a_person_says_before_a_quote_stays() {
        for line in [
            "I disagree with this:",
            "As Bo wrote:",
            "My plan for 2024, which I already wrote:",
            "On Monday, I wrote:",
            "On Monday, as you know, he wrote:",
            "You wrote:",
            "and in 2019 I wrote:",
            "On reflection, this is wrong:",
            "Ada wrote that the oven was cold.",
            "My father in law once wrote:",
            "wrote:",
            ":",
            "Yes",
        ] {
            assert_eq!(attributed(line), 0, "{line}");
        }
    }

    #[test]
    fn it_counts_only_directly_before_a_quote() {
        assert_eq!(attributed("Ada Writer wrote:\nbut then"), 0);
        assert_eq!(attributed(&format!("Ada Writer wrote:{}", "\n".repeat(13))), 0);
    }
}
