//! The lines that introduce a quote: "On Monday Ada wrote:". They may be wrapped over a few lines. Before a quote much
//! counts as one; before anything else only what no person would write.

mod moment;
mod sentence;

use super::SpanKind;
use super::languages;
use super::line::{self, Line};
use super::quote;
use sentence::Sureness;

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
}

/// Whether a quote starts with the attribution of what is quoted, as some programs have it.
pub(super) fn introduces_itself(quote: &str) -> bool {
    let bare = quote.lines().take(3 * LINES).map(|line| line::without_marks(line).trim());
    let first: Vec<&str> = bare.filter(|line| !line.is_empty()).take(3).collect();
    let is_one = |count: usize| sentence::judge(&first[..count].join(" "), count > 1).is_some();
    first.iter().all(|line| line.len() <= BYTES) && (1..=first.len()).any(is_one)
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
    let mut found = None;
    for start in (end.saturating_sub(LINES)..end).rev() {
        let line = lines[start];
        if line.is_blank() {
            // Some programs put the address on lines of its own.
            if start + 1 < end && lines[start + 1].text.trim_start().starts_with('<') {
                continue;
            }
            break;
        }
        if kinds[start] != SpanKind::Said || joined.len() + line.text.len() > BYTES {
            break;
        }
        joined = if joined.is_empty() { line.text.trim().to_owned() } else { format!("{} {joined}", line.text.trim()) };
        let is_wrapped = start + 1 < end;
        if let Some(sureness) = sentence::judge(&joined, is_wrapped) {
            if looks_like_start(line.text) {
                return Some((start, sureness));
            }
            found = found.or(Some((start, sureness)));
        }
    }
    found
}

fn looks_like_start(line: &str) -> bool {
    let line = line.trim();
    moment::starts_with_moment(line, languages::opens(line)) || line.starts_with("--")
}

/// Where an attribution that no quote follows starts, if its last line is this one.
pub(super) fn certain_ending_at(lines: &[Line<'_>], kinds: &[SpanKind], last: usize) -> Option<usize> {
    let (start, sureness) = ending_before(lines, kinds, last + 1)?;
    // Without a colon it stands alone.
    let stands_alone = !lines.get(last + 1).is_some_and(|line| !line.is_blank());
    let has_end = lines[last].text.trim_end().ends_with([':', '：', '-', '>']);
    (sureness == Sureness::Certain && (has_end || stands_alone)).then_some(start)
}

/// Whether a line may be the last of an attribution: asked of every line, so it looks at little.
pub(super) fn may_end(line: &str) -> bool {
    let line = line.trim_end_matches([' ', '\t', '*', '\u{200f}', '\u{200e}', '\u{202c}', '\u{a0}']);
    match line.as_bytes() {
        [.., b':'] => true,
        [.., 0xef, 0xbc, 0x9a] => true,
        [b'-', b'-', .., b'-', b'-'] => line.len() < BYTES && line.contains(char::is_alphabetic),
        [b'0'..=b'9', ..] => line.contains("GMT") || line.contains("UTC"),
        [first, ..] if first.is_ascii_uppercase() => line.len() < BYTES && line.contains('@') && line.contains("> "),
        _ => false,
    }
}
