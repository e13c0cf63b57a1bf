//! Signatures: from `-- ` on (RFC 3676 §4.3), and the line that phones add ("Sent from my …").

use super::SpanKind;
use super::languages;
use super::line::Line;

/// Lines with something on them that a signature may have after its mark. More is no signature, whatever is above it.
const LINES: usize = 30;

/// The same where the blank of the mark `-- ` is missing, as on its way it may get lost: then it takes more to believe.
const LINES_OF_BARE_MARK: usize = 6;

/// Lines looked at in all, empty ones included.
const LOOK_AHEAD: usize = 60;

/// Characters and words of the line that a phone adds.
const DEVICE_BYTES: usize = 160;
const DEVICE_WORDS: usize = 9;

/// Marks signatures, up to what follows them: a quote, a footer, the end.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut at = 0;
    while at < kinds.len() {
        let said = kinds[at..].iter().take_while(|kind| **kind == SpanKind::Said).count();
        let end = at + said;
        if let Some(start) = start_in(&lines[at..end]) {
            kinds[at + start..end].fill(SpanKind::Signature);
        }
        at = end + 1;
    }
    mark_devices(lines, kinds);
}

/// Where among lines that were said the first signature begins that reaches to their end, if one does. Only the last
/// lines are looked at, each once, from the end.
fn start_in(said: &[Line<'_>]) -> Option<usize> {
    let mut found = None;
    // Lines with something on them: in all, and right under the line that is looked at.
    let (mut full, mut block) = (0, 0);
    for (at, line) in said.iter().enumerate().rev().take(LOOK_AHEAD) {
        // A bare mark with nothing right under it, or with a new paragraph further down, is a line that somebody drew.
        let is_mark = match line.text {
            "-- " => full <= LINES,
            "--" => full <= LINES_OF_BARE_MARK && block > 0 && block == full,
            _ => false,
        };
        if is_mark {
            found = Some(at);
        }
        (full, block) = if line.is_blank() { (full, 0) } else { (full + 1, block + 1) };
    }
    found
}

/// Marks the line of a phone where it is the last that was said before something else.
fn mark_devices(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut last_said = None;
    for at in 0..=lines.len() {
        let is_said = kinds.get(at) == Some(&SpanKind::Said);
        if is_said && !lines[at].is_blank() {
            last_said = Some(at);
        } else if !is_said
            && let Some(last) = last_said.take()
            && is_device(lines[last].text)
            && (last == 0 || lines[last - 1].is_blank() || kinds[last - 1] != SpanKind::Said)
        {
            kinds[last..at].fill(SpanKind::Signature);
        }
    }
}

fn is_device(line: &str) -> bool {
    let line = line.trim();
    // A person's sentence has its parts; a program's line has none.
    let is_sentence = line.contains(", ") || line.contains(". ");
    if line.len() > DEVICE_BYTES || line.split_whitespace().count() > DEVICE_WORDS || is_sentence {
        return false;
    }
    let words = line.to_lowercase();
    languages::any(|language| language.devices, |device| words.starts_with(device))
}

#[cfg(test)]
mod tests {
    use crate::reply::{SpanKind, read};

    fn said(text: &str) -> String {
        read(text).said()
    }

    #[test]
    fn the_signature_mark_hides_up_to_the_next_quote() {
        assert_eq!(said("Yes.\n-- \nAda\nBaker\n"), "Yes.");
        let text = "Yes.\n-- \nAda\n\nOn 5 Jan 2026 Bo <b@x.org> wrote:\n> Shall we?\n\nOh, and thanks.\n";
        assert_eq!(said(text), "Yes.\n\nOh, and thanks.");
        assert!(read(text).hidden().any(|span| span.kind == SpanKind::Signature));
    }

    #[test]
    fn a_mark_without_its_blank_hides_only_a_few_lines() {
        assert_eq!(said("Yes.\n--\nAda\n"), "Yes.");
        let long = format!("Yes.\n--\n{}", "More words.\n".repeat(8));
        assert_eq!(said(&long), long.trim());
        assert_eq!(said("One\n--\n\nTwo"), "One\n--\n\nTwo");
        assert_eq!(said("One\n--\n"), "One\n--");
        let paragraphs = "First thought.\n--\nSecond thought, unrelated.\n\nThird thought.";
        assert_eq!(said(paragraphs), paragraphs);
    }

    #[test]
    fn a_sentence_that_begins_as_a_phones_line_is_said() {
        for line in ["Sent from my hospital bed, do not worry, dear.", "Lähetetty kirje perille eilen."] {
            assert_eq!(said(&format!("All is well.\n\n{line}\n")), format!("All is well.\n\n{line}"));
        }
        assert_eq!(said("All is well.\nSent from my bed.\n"), "All is well.\nSent from my bed.");
    }

    #[test]
    fn a_mark_above_a_long_text_hides_nothing() {
        let text = format!("Part one.\n-- \n{}", "Part two goes on.\n".repeat(40));
        assert!(read(&text).hidden().next().is_none());
    }

    #[test]
    fn a_phones_last_line_is_no_word_of_the_sender() {
        for line in [
            "Sent from my iPhone",
            "Von meinem iPhone gesendet",
            "Envoyé de mon iPad",
            "Enviado desde mi iPhone",
            "Get Outlook for Android (https://aka.ms/x)",
            "iPhoneから送信",
        ] {
            assert_eq!(said(&format!("Yes.\n\n{line}\n")), "Yes.", "{line}");
            assert_eq!(said(&format!("Yes.\n\n{line}\n\nAda wrote:\n> x\n")), "Yes.", "{line}");
            assert!(said(&format!("{line}\nand more.\n")).starts_with(line), "{line}");
        }
    }

    #[test]
    fn a_long_last_sentence_is_said_however_it_starts() {
        let text = "Sent from my sister's house, where the oven is far better than the one at home.";
        assert_eq!(said(text), text);
    }
}
