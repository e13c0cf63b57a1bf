//! Signatures: from `-- ` on (RFC 3676 §4.3), the line that phones add ("Sent from my …"), what PGP puts around a text,
//! a rule under which nothing stands, a lawyer's notice.

mod device;
mod notice;
mod pgp;

use super::SpanKind;
use super::line::Line;

/// Lines with something on them that a signature may have after its mark. More is no signature, whatever is above it.
const LINES: usize = 30;

/// The same where the blank of the mark `-- ` is missing, as on its way it may get lost: then it takes more to believe.
const LINES_OF_BARE_MARK: usize = 6;

/// The same with empty lines in it.
const LINES_OF_LOOSE_MARK: usize = 10;

/// Lines looked at in all, empty ones included.
const LOOK_AHEAD: usize = 60;

/// Bytes and words of a line that is no sentence.
const SHORT_BYTES: usize = 80;
const SHORT_WORDS: usize = 6;

/// Runs of said lines in which one is looked for, besides the last: nobody signs more often.
const RUNS: usize = 1_000;

/// Marks signatures, up to what follows them: a quote, a footer, the end.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    pgp::mark(lines, kinds);
    let (mut at, mut runs) = (0, 0);
    while at < kinds.len() {
        let said = kinds[at..].iter().take_while(|kind| **kind == SpanKind::Said).count();
        let end = at + said;
        if said > 0 && (runs < RUNS || end == kinds.len()) {
            runs += 1;
            let start = at + start_in(&lines[at..end]);
            kinds[start..end].fill(SpanKind::Signature);
        }
        at = end + 1;
    }
}

/// Where among lines that were said the signature begins that reaches to their end: at their end where there is none.
/// Only the last lines are looked at.
fn start_in(said: &[Line<'_>]) -> usize {
    let mut start = said.len();
    // A phone's line may stand under a mark, and a mark under nothing.
    for _ in 0..3 {
        let kept = &said[..start];
        let before = start;
        start = marked_from(kept)
            .or_else(|| device::start_in(kept))
            .or_else(|| notice::start_in(kept))
            .or_else(|| rules_from(kept))
            .or_else(|| name_from(kept))
            .unwrap_or(start);
        if start == before {
            break;
        }
    }
    start
}

/// Where the first mark stands under which a signature goes to the end, each line looked at once, from the end.
fn marked_from(said: &[Line<'_>]) -> Option<usize> {
    let mut found = None;
    // Lines with something on them: in all, and right under the line that is looked at. Whether one is a sentence.
    let (mut full, mut block, mut says_something) = (0, 0, false);
    for (at, line) in said.iter().enumerate().rev().take(LOOK_AHEAD) {
        let stands_apart = at == 0 || said[at - 1].is_blank();
        let is_mark = match line.text {
            // `- -- ` is how PGP keeps it.
            "-- " | "- -- " => full <= LINES && !is_patch(said.get(at + 1)),
            // With nothing right under it, or with a new paragraph further down, it is a line that somebody drew.
            "--" | "—" | "- --" => {
                (full <= LINES_OF_BARE_MARK && block > 0 && block == full)
                    || (full <= LINES_OF_LOOSE_MARK && full > 0 && stands_apart && !says_something)
            }
            _ => false,
        };
        if is_mark {
            found = Some(at);
        }
        says_something |= is_sentence(line.text);
        (full, block) = if line.is_blank() { (full, 0) } else { (full + 1, block + 1) };
    }
    found
}

/// Whether a line under `-- ` shows that it is a removed line of a patch.
fn is_patch(below: Option<&Line<'_>>) -> bool {
    below.is_some_and(|line| ["+", "@@ ", "diff --git ", "- "].iter().any(|start| line.text.starts_with(start)))
}

/// Whether a line is long, or some words up to a full stop: no line of a signature.
fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    let stops = line.ends_with(['.', '!', '?', '…', ',', ';', ':', '。', '！', '？']);
    line.chars().count() > SHORT_BYTES || (stops && line.split_whitespace().count() > SHORT_WORDS - 2)
        || (line.split_whitespace().count() > 2 * SHORT_WORDS)
}

/// Lines of one sign, and what some programs leave to watch the reader, at the end and apart from what is above: nothing
/// stands under them.
fn rules_from(said: &[Line<'_>]) -> Option<usize> {
    let is_rule = |line: &Line<'_>| {
        let text = line.text.trim();
        let first = text.chars().next().unwrap_or_default();
        text == "ᐧ" || (text.len() > 1 && "-_=+~#*".contains(first) && text.chars().all(|c| c == first))
    };
    let rows = said.iter().rev().take(LOOK_AHEAD).take_while(|line| line.is_blank() || is_rule(line)).count();
    let start = said.len() - rows;
    // A rule right under a line makes it a heading.
    let first = (start..said.len()).find(|at| is_rule(&said[*at]) && (*at == 0 || said[*at - 1].is_blank()))?;
    (start > 0).then_some(first)
}

/// `-Ada Writer` on a line of its own at the end: two or three words with capitals right behind a dash, where no other
/// line starts with one, as those of a list would.
fn name_from(said: &[Line<'_>]) -> Option<usize> {
    let last = said.len() - said.iter().rev().take(LOOK_AHEAD).take_while(|line| line.is_blank()).count();
    let at = last.checked_sub(1)?;
    let name = said[at].text.trim_end().strip_prefix('-')?;
    let words: Vec<&str> = name.split(' ').take(4).collect();
    let is_name = |word: &&str| word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '.');
    let stands_apart = at > 1 && said[at - 1].is_blank();
    let is_list = said[..at].iter().rev().take(LOOK_AHEAD).any(|line| line.text.trim_start().starts_with(['-', '*', '•']));
    (stands_apart && !is_list && matches!(words.len(), 2 | 3) && words.iter().all(is_name)).then_some(at)
}
