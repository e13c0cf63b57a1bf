//! The subject that a conversation shares: without what mail programs put before it (RFC 5256 §2.1, with the marks of
//! more languages).

/// Marks of an answer, in small letters, as they stand before a colon.
const REPLY: [&str; 47] = [
    "re",
    "aw",
    "antw",
    "antwort",
    "sv",
    "svar",
    "vs",
    "odp",
    "res",
    "rif",
    "r",
    "ynt",
    "yanıt",
    "yant",
    "cevap",
    "ref",
    "vá",
    "válasz",
    "bls",
    "balas",
    "atb",
    "at",
    "ats",
    "нa",
    "на",
    "отв",
    "ответ",
    "відп",
    "відповідь",
    "απ",
    "απάντηση",
    "תגובה",
    "השב",
    "רד",
    "رد",
    "الرد",
    "回复",
    "回覆",
    "答复",
    "回信",
    "返信",
    "답장",
    "회신",
    "trả lời",
    "tl",
    "odpověď",
    "resp",
];

/// Marks of a mail passed on.
const FORWARD: [&str; 29] = [
    "fw",
    "fwd",
    "wg",
    "tr",
    "rv",
    "enc",
    "i",
    "vb",
    "vl",
    "pd",
    "doorst",
    "doorsturen",
    "iletme",
    "ilt",
    "i̇lt",
    "továbbítás",
    "пересл",
    "переслать",
    "πρθ",
    "προώθηση",
    "הועבר",
    "העברה",
    "إعادة توجيه",
    "تحويل",
    "转发",
    "轉寄",
    "転送",
    "전달",
    "chuyển tiếp",
];

/// Most marks taken off; a subject that has more is not one that mail programs made.
const MOST_MARKS: usize = 50;

/// A subject taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject<'a> {
    /// What is left of it; empty where there was nothing but marks.
    pub base: &'a str,
    /// Whether a mark said that it is an answer.
    pub is_reply: bool,
    /// Whether the outermost mark says that the mail passes another one on.
    pub passes_on: bool,
}

/// Takes the marks off a decoded, one-line subject.
pub(super) fn read(subject: &str) -> Subject<'_> {
    let mut base = subject.trim();
    let (mut is_reply, mut passes_on) = (false, None);
    for _ in 0..MOST_MARKS {
        if let Some((rest, replies)) = without_mark(base) {
            is_reply |= replies;
            passes_on = passes_on.or(Some(!replies));
            base = rest.trim();
        } else if let Some(rest) = without_wrapping(base) {
            passes_on = passes_on.or(Some(true));
            base = rest.trim();
        } else if let Some(rest) = without_tag(base) {
            base = rest.trim();
        } else {
            break;
        }
    }
    Subject { base, is_reply, passes_on: passes_on.unwrap_or_default() }
}

/// What follows the marks at a subject's start; a `[list]` stays, with what is behind it.
pub(super) fn behind_marks(subject: &str) -> &str {
    let mut rest = subject.trim();
    for _ in 0..MOST_MARKS {
        match without_mark(rest).filter(|_| !rest.starts_with('[')) {
            Some((behind, _)) => rest = behind.trim(),
            None => break,
        }
    }
    rest
}

/// Takes off a leading `Re:`, `RE[2]:`, `Re (3):`, `Re^2:` or the like, also behind a `[list]`; says whether it marks
/// an answer.
fn without_mark(subject: &str) -> Option<(&str, bool)> {
    let marked = without_leading_tag(subject).unwrap_or(subject);
    let (mark, rest) = marked.split_once([':', '：'])?;
    if mark.len() > 40 {
        return None;
    }
    let word = without_count(mark.trim()).to_lowercase();
    let replies = REPLY.contains(&word.as_str());
    (replies || FORWARD.contains(&word.as_str())).then_some((rest, replies))
}

/// A mark without its count.
fn without_count(mark: &str) -> &str {
    let bare = mark.trim_end_matches([']', ')']).trim_end_matches(|c: char| c.is_ascii_digit());
    match bare.strip_suffix(['[', '(', '^', '*']) {
        Some(word) => word.trim_end(),
        None if bare.len() == mark.len() => mark,
        None if mark.ends_with([']', ')']) => mark,
        None => bare,
    }
}

/// Takes off a trailing `(fwd)` or the brackets of `[Fwd: …]`.
fn without_wrapping(subject: &str) -> Option<&str> {
    let ends = |text: &str, with: &str| {
        text.len() > with.len() && text.get(text.len() - with.len()..).is_some_and(|end| end.eq_ignore_ascii_case(with))
    };
    if ends(subject, "(fwd)") {
        return Some(&subject[..subject.len() - 5]);
    }
    let starts = subject.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("[fwd:"));
    if starts { subject[5..].strip_suffix(']') } else { None }
}

/// Takes off a leading `[list]` where something is left after it.
fn without_tag(subject: &str) -> Option<&str> {
    without_leading_tag(subject).filter(|rest| !rest.is_empty())
}

fn without_leading_tag(subject: &str) -> Option<&str> {
    let (tag, rest) = subject.strip_prefix('[')?.split_once(']')?;
    (!tag.contains('[')).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_many_programs_and_languages_are_taken_off() {
        for subject in [
            "Re: Bread",
            "RE: AW: SV: Bread",
            "Re[2]: Bread",
            "Re (3): Bread",
            "Re^2: Bread",
            "RE*4: Bread",
            "Re2: Bread",
            "[talk] Re: Bread",
            "Re: [talk] Bread",
            "[a] [b] Bread",
            "Fwd: Bread",
            "[Fwd: Bread]",
            "Bread (fwd)",
            "回复：Bread",
            "Antw.: Bread",
            "Odp: Bread",
            "re : Bread",
            "Отв: Bread",
            "RV: Bread",
        ] {
            let expected = if subject.starts_with("Antw.") { "Antw.: Bread" } else { "Bread" };
            assert_eq!(read(subject).base, expected, "of {subject:?}");
        }
    }

    #[test]
    fn what_a_person_wrote_stays() {
        for subject in ["Bread: how to", "[talk]", "Request: bread", "Reading: a list", "Bread [2]", "A: b", ""] {
            assert_eq!(read(subject).base, subject);
        }
        assert_eq!(read("Re:").base, "");
    }

    #[test]
    fn an_answer_is_told_from_a_mail_passed_on() {
        assert!(read("AW: Bread").is_reply);
        assert!(!read("Fwd: Bread").is_reply);
        assert!(read("Fwd: Re: Bread").is_reply);
        assert!(!read("Bread").is_reply);
        for subject in ["Fwd: Bread", "[talk] WG: Bread", "Fwd: Re: Bread", "[Fwd: Re: Bread]", "Bread (fwd)"] {
            assert!(read(subject).passes_on, "{subject}");
        }
        for subject in ["Bread", "Re: Fwd: Bread", "AW: [Fwd: Bread]"] {
            assert!(!read(subject).passes_on, "{subject}");
        }
    }

    #[test]
    fn a_subject_of_nothing_but_marks_ends() {
        assert!(read(&"Re:".repeat(100_000)).base.len() < 300_000);
        assert_eq!(read(&"[".repeat(100_000)).base.len(), 100_000);
    }
}
