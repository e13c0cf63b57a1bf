//! Signatures: from `-- ` on (RFC 3676 §4.3), the line that phones add ("Sent from my …"), what PGP puts around a text,
//! a rule under which nothing stands, a lawyer's notice.

mod code;
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

/// Digits of a telephone number.
const DIGITS: usize = 6;

/// Lines looked at in all, empty ones included.
const LOOK_AHEAD: usize = 60;

/// Bytes and words of a line that is no sentence.
const SHORT_BYTES: usize = 80;
const SHORT_WORDS: usize = 6;

/// How a postscript starts.
const POSTSCRIPTS: [&str; 14] =
    ["P.S.", "PS:", "PS.", "PS -", "P.S:", "P.S ", "P. S.", "P.P.S", "PPS", "P.D.", "ЗЫ", "З.Ы.", "追伸", "附言"];

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
            let start = at + start_in(&lines[at..end], at > 0);
            let has_mark = start < end && is_any_mark(&lines[start]);
            let further = if has_mark { goes_on(&lines[start + 1..end]) } else { None };
            let signed = further.map_or(end, |at| start + 1 + at);
            kinds[start..signed].fill(SpanKind::Signature);
        }
        at = end + 1;
    }
}

/// Where among lines that were said the signature begins that reaches to their end: at their end where there is none.
/// Only the last lines are looked at. `follows` tells that something else stands above.
fn start_in(said: &[Line<'_>], follows: bool) -> usize {
    let mut start = said.len();
    // A phone's line may stand under a mark, and a mark under nothing.
    for _ in 0..3 {
        let kept = &said[..start];
        let before = start;
        start = marked_from(kept, follows, start < said.len())
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

/// Where the first mark stands under which a signature goes to the end, each line looked at once, from the end. A mark
/// above one under which there is none is a line that somebody drew as well.
fn marked_from(said: &[Line<'_>], follows: bool, has_signature_under_it: bool) -> Option<usize> {
    let mut found = None;
    let window = said.len().saturating_sub(LOOK_AHEAD)..said.len();
    let marks = said[window.clone()].iter().filter(|line| is_any_mark(line)).count();
    if marks == 0 {
        return None;
    }
    let code = code::blocks(said);
    let begins_with_words = said.iter().position(|line| !line.is_blank());
    // Lines with something on them: in all, and right under the line that is looked at.
    let (mut full, mut block) = (0, 0);
    for at in window.rev() {
        let line = &said[at];
        if is_any_mark(line) {
            let section = &said[at + 1..found.unwrap_or(said.len())];
            let is_signature = match is_mark(line.text) {
                true => full <= LINES && is_signature(section, marks > 1),
                false => {
                    let stands_apart = at == 0 || said[at - 1].is_blank();
                    let stands_under_nothing = follows && begins_with_words.is_none_or(|first| first >= at);
                    let is_block = full <= LINES_OF_BARE_MARK && block > 0 && block == full;
                    let is_loose = full <= LINES_OF_LOOSE_MARK && stands_apart && (block > 0 || stands_under_nothing);
                    // With nothing right under it, or with a new paragraph further down, it is a line that somebody drew.
                    let is_word = full == 1 && section.iter().all(|line| line.text.split_whitespace().nth(2).is_none());
                    (full == 0 && has_signature_under_it)
                        || (full > 0 && (is_block || is_loose && !section.iter().any(is_sentence)))
                            && (stands_under_nothing || is_word || tells_who_signs(section))
                }
            };
            if !is_signature || code::holds(&code, at) {
                return found;
            }
            found = Some(at);
        }
        (full, block) = if line.is_blank() { (full, 0) } else { (full + 1, block + 1) };
    }
    found
}

/// The mark of RFC 3676 §4.3, also with what programs make of its blank. `- -- ` is how PGP keeps it.
fn is_mark(line: &str) -> bool {
    matches!(line, "-- " | "- -- " | "--  " | "--\t")
}

fn is_bare_mark(line: &str) -> bool {
    matches!(line, "--" | "- --")
}

fn is_any_mark(line: &Line<'_>) -> bool {
    is_mark(line.text) || is_bare_mark(line.text)
}

/// Whether lines under a mark, up to the next, are a signature and not a part of a text that somebody parted by dashes.
/// Of several marks each needs to stand above something that people sign with, and so does one above many lines.
fn is_signature(lines: &[Line<'_>], is_one_of_several: bool) -> bool {
    let full = lines.iter().filter(|line| !line.is_blank()).count();
    let Some(first) = lines.first().filter(|_| full > 0) else { return true };
    if is_patch(first) {
        return false;
    }
    if first.is_blank() && (full > LINES_OF_LOOSE_MARK || lines.iter().any(is_sentence)) {
        return false;
    }
    let signed = &lines[..goes_on(lines).unwrap_or(lines.len())];
    let must_tell = is_one_of_several || full > LINES_OF_BARE_MARK || signed.len() < lines.len();
    match signed.iter().any(is_sentence) {
        true => tells_who_signs(signed) || is_motto(signed),
        false => !must_tell || tells_who_signs(signed),
    }
}

/// Where under a mark somebody goes on to write, because their program put the signature there before they wrote: at a
/// postscript, at a question, or at a paragraph of sentences that is no motto and no lawyer's notice.
fn goes_on(lines: &[Line<'_>]) -> Option<usize> {
    let lines = &lines[..notice::start_in(lines).unwrap_or(lines.len())];
    let is_postscript = |text: &str| {
        let start = text[..text.floor_char_boundary(8)].to_uppercase();
        POSTSCRIPTS.iter().any(|mark| start.starts_with(mark))
    };
    (1..lines.len()).find(|&at| {
        let text = lines[at].text.trim();
        let paragraph = || lines[at..].split(Line::is_blank).next().unwrap_or_default();
        let begins_prose = || lines[at - 1].is_blank() && paragraph().iter().any(is_sentence) && !is_motto(paragraph());
        let asks = text.ends_with('?') || text.contains("? ");
        is_postscript(text) || (asks && is_sentence(&lines[at]) && !is_motto(&lines[at..=at])) || begins_prose()
    })
}

/// Whether lines are somebody else's words, as people put them under their names: in quotes, or with who said it last.
fn is_motto(lines: &[Line<'_>]) -> bool {
    let mut full = lines.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty());
    let is_by_somebody = |text: &str| text.starts_with(['-', '—', '–', '~', '(']);
    full.clone().next_back().is_some_and(is_by_somebody)
        || full.any(|text| text.starts_with(['"', '“', '„', '«', '»', '\'', '‘', '「']))
}

/// Whether the first line is a name, or the last, or any tells how to reach somebody.
fn tells_who_signs(lines: &[Line<'_>]) -> bool {
    let is_spelled_out = |text: &str| {
        let host = text.split_once(" at ").and_then(|(_, host)| host.split_whitespace().next());
        host.is_some_and(|host| host.trim_end_matches('.').contains('.'))
    };
    let tells_where = |text: &str| {
        ["@", "://", "www."].iter().any(|sign| text.contains(sign))
            || text.chars().filter(char::is_ascii_digit).count() >= DIGITS
            || is_spelled_out(text)
    };
    let mut full = lines.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty());
    let starts_small = |word: &str| word.starts_with(char::is_lowercase);
    let is_name = |text: &str| {
        text.split_whitespace().count() < SHORT_WORDS
            && !text.split_whitespace().any(starts_small)
            && !text.ends_with(['.', '!', '?', ',', ';', ':', '…'])
    };
    full.clone().any(tells_where) || full.next().is_some_and(is_name) || full.next_back().is_some_and(is_name)
}

/// Whether a line under `-- ` shows that it is a removed line of a patch.
fn is_patch(below: &Line<'_>) -> bool {
    ["+", "@@ ", "diff --git ", "- "].iter().any(|start| below.text.starts_with(start))
}

/// Whether a line is long, or some words up to a full stop: no line of a signature.
fn is_sentence(line: &Line<'_>) -> bool {
    let line = line.text.trim();
    let stops = line.ends_with(['.', '!', '?', '…', ',', ';', ':', '。', '！', '？']);
    // In scripts without blanks a line of a few signs is one.
    let is_unspaced = line.ends_with(['。', '！', '？']) && line.chars().count() > SHORT_WORDS;
    is_unspaced
        || line.chars().count() > SHORT_BYTES
        || (stops && line.split_whitespace().count() > SHORT_WORDS - 2)
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
    let is_name =
        |word: &&str| word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '.');
    let stands_apart = at > 1 && said[at - 1].is_blank();
    let is_list =
        said[..at].iter().rev().take(LOOK_AHEAD).any(|line| line.text.trim_start().starts_with(['-', '*', '•']));
    (stands_apart && !is_list && matches!(words.len(), 2 | 3) && words.iter().all(is_name)).then_some(at)
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
        assert_eq!(said("Yes.\n\n--\nAda Writer\n\nwww.ada.example\nTel. 123\n"), "Yes.");
        assert_eq!(said("Yes.\n\nBo wrote:\n> x\n\n--\n\nAda Writer\n"), "Yes.");
        assert_eq!(said("What we need\n\n--\n\nbread\nbutter\n"), "What we need\n\n--\n\nbread\nbutter");
        let second = "First thought.\n\n--\n\nSecond thought, which is a sentence of its own.\n\nThird.";
        assert_eq!(said(second), second);
        let paragraphs = "First thought.\n--\nSecond thought, unrelated.\n\nThird thought.";
        assert_eq!(said(paragraphs), paragraphs);
    }

    #[test]
    fn a_mark_in_code_or_between_the_parts_of_a_text_is_said() {
        for text in [
            "Save this:\n\n```\nselect 1;\n-- \nselect 2;\n```\n\nThen run it.",
            "Save this:\n\n~~~ sql\nselect 1;\n--\nselect 2;\n~~~",
            "The oven is warm\n-- \nand the bread is in\n-- \nnow we wait",
            "First of all, the oven is warm.\n\n-- \n\nSecond, the bread is in it by now.",
            "The oven.\n-- \nIt was warm enough by eight.\n\nThe bread went in at nine, as we said.",
            "Part one\n-- \nof the song\nthat goes on\n\nand on\nfor long\nwith many\nshort lines\nto the end",
        ] {
            let kept: Vec<&str> = text.lines().map(str::trim_end).collect();
            assert_eq!(said(&format!("{text}\n")), kept.join("\n"));
        }
    }

    #[test]
    fn signatures_of_every_length_are_hidden_with_what_people_put_into_them() {
        for signature in [
            "Ada Writer",
            "\nAda Writer\nBaker",
            "Ada Writer\n\nBakers & Sons\n1 Mill Lane\nTel. +44 20 7946 0000\nada@example.org\nhttps://ada.example\nOpen daily",
            "We bake, therefore we are, and so is the bread.\n(an old baker)",
            "Ada Writer\n\n\"Bread is better than it was.\"\n   -- my mother",
            "\"Who bakes for the baker?\"\n(an old one)",
            "Ada\n-- \nada@example.org",
            "",
        ] {
            assert_eq!(said(&format!("Yes.\n-- \n{signature}\n")), "Yes.", "{signature}");
        }
        assert_eq!(said("Try ```this```.\n```\n-- \nAda\n"), "Try ```this```.\n```", "a fence that nothing closes");
    }

    #[test]
    fn what_somebody_writes_below_their_signature_is_said() {
        for below in [
            "\nP.S. The oven is still warm.\n\nAda",
            "p.s. and the butter",
            "PPS: bring jam",
            "\nAnd I forgot to say that the oven is broken.",
            "Who brings the soup? I cannot, my pot is broken.",
            "\n我还想说，面包需要时间。",
        ] {
            let text = format!("Yes.\n\n-- \nAda Writer\n{below}\n");
            assert_eq!(said(&text), format!("Yes.\n\n{}", below.trim()));
        }
    }

    #[test]
    fn lines_below_a_mark_that_nobody_signs_with_are_said() {
        for text in [
            "DELETE FROM t\n-- \nWHERE id = 3;\n\nThat is what I ran, and then everything was gone. What now?",
            "SELECT 1\n-- \nFROM t;\nThat was all of it. What do you think?\nBest, Ada",
            "Thanks.\n--\nAda\n--\nbut wait, one more: who brings the soup?",
            "Buy:\n\n--\nbread\nbutter",
            "Yes.\n--\nrye is what I mean",
        ] {
            let kept: Vec<&str> = text.lines().map(str::trim_end).collect();
            assert_eq!(said(&format!("{text}\n")), kept.join("\n"));
        }
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

    #[test]
    fn a_removed_line_of_a_patch_is_no_mark_and_the_version_of_git_is_a_signature() {
        let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-- \n+- one\n two\n";
        assert_eq!(said(patch), patch.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
        let mailed = format!("{patch}-- \n2.40.1\n");
        assert_eq!(read(&mailed).spans.last().map(|span| &*span.text), Some("-- \n2.40.1\n"));
    }

    #[test]
    fn rules_with_nothing_under_them_are_left_out_and_those_of_headings_stay() {
        assert_eq!(said("Yes.\n\n-----\n***\n\n___\n"), "Yes.");
        assert_eq!(said("Yes.\n\n____\n\nAda wrote:\n> x\n"), "Yes.");
        for text in ["Title\n=====", "a\n\n-----\n\nb", "-----", "```\n####\n```"] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn a_name_behind_a_dash_at_the_end_is_a_signature_and_an_item_of_a_list_is_not() {
        assert_eq!(said("Yes.\n\n-Ada Writer\n\nBo wrote:\n> x\n"), "Yes.");
        for text in ["Buy\n\n-Rye\n\n-Sour Cream", "Yes.\n-Ada Writer", "Yes.\n\n-Ada", "Yes.\n\n-Or so I think"] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn what_pgp_puts_around_a_text_is_no_word_of_the_sender() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n\n- -- \nAda\n-----BEGIN PGP SIGNATURE-----\n\n\
                    iQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n";
        assert_eq!(said(text), "Yes.");
        let cut_off = "Yes.\n\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB";
        assert_eq!(said(cut_off), cut_off);
    }

    #[test]
    fn a_lawyers_notice_is_hidden_and_words_about_one_are_not() {
        let notice = "This e-mail and any attachments are confidential. If you are not the intended recipient, please notify\n\
                      the sender and delete it. Any disclosure is unauthorised.";
        assert_eq!(said(&format!("Yes.\n\n{notice}\n")), "Yes.");
        assert_eq!(said(notice), notice);
        let about =
            "Yes.\n\nI wonder who wrote that this message is confidential and that one has to delete it in error.";
        assert_eq!(said(about), about);
    }
}
