//! Why a delivery failed, as far as words and numbers tell: the enhanced status (RFC 3463), and whether it is for good.

use super::cause;

/// What is known of one failed delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Class, subject and detail, such as `5.1.1`.
    pub status: Option<String>,
    /// Of the class that was told, by status or by reply code; `None` where only words tell.
    pub class: Option<char>,
}

impl Outcome {
    /// Whether trying again leads nowhere. A report that tells no class is on a failure for good, unless it says that
    /// the mail is only delayed.
    pub fn is_permanent(&self, is_delay: bool) -> bool {
        !is_delay && self.class != Some('4') && self.class != Some('2')
    }
}

/// Reads what a server, or the program that reports, said about one recipient.
pub(super) fn told_by(text: &str, is_delay: bool) -> Outcome {
    let lower = text.to_lowercase();
    let code = reply_code(&lower);
    if let Some(status) = enhanced(&lower, code) {
        let class = status.chars().next();
        return Outcome { status: Some(specific(status, &lower)), class };
    }
    let class = code.or(is_delay.then_some('4'));
    let status = cause::detail(&lower).map(|detail| format!("{}.{detail}", class.unwrap_or('5')));
    Outcome { status, class }
}

/// The status that a report states, made more exact where it says `5.0.0` and the server's own words say more.
pub(super) fn stated(status: &str, diagnostic: &str) -> Option<Outcome> {
    let status = statuses(status).into_iter().next()?.status;
    let class = status.chars().next();
    let said = told_by(diagnostic, class == Some('4')).status;
    let is_vague = status.ends_with(".0.0");
    let better = said.filter(|said| is_vague && said.chars().next() == class && !said.ends_with(".0.0"));
    Some(Outcome { status: Some(better.unwrap_or(status)), class })
}

fn specific(status: String, lower: &str) -> String {
    match cause::detail(lower) {
        Some(detail) if status.ends_with(".0.0") => format!("{}.{detail}", &status[..1]),
        _ => status,
    }
}

/// An enhanced status in a text, and whether what stands before it says that it is one.
struct Status {
    status: String,
    is_marked: bool,
}

/// Of the statuses in a text the first that is marked as one and fits the reply code, else the first that fits.
fn enhanced(lower: &str, code: Option<char>) -> Option<String> {
    let all = statuses(lower);
    let fits = |status: &&Status| match code {
        Some(class) => status.status.starts_with(class),
        None => !status.status.starts_with('2'),
    };
    let best = all.iter().filter(fits).find(|status| status.is_marked).or_else(|| all.iter().find(fits));
    best.map(|status| status.status.clone())
}

/// Everything that looks like an enhanced status and like no version or network address.
fn statuses(text: &str) -> Vec<Status> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr3_iter(b'2', b'4', b'5', bytes) {
        let is_free = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || b"._@".contains(&bytes[at - 1]));
        if !is_free || bytes.get(at + 1) != Some(&b'.') {
            continue;
        }
        let Some(subject) = digits(bytes, at + 2).filter(|end| bytes.get(*end) == Some(&b'.')) else { continue };
        let Some(end) = digits(bytes, subject + 1) else { continue };
        let follows = bytes.get(end).copied().unwrap_or(b' ');
        let goes_on = follows.is_ascii_alphanumeric()
            || b"_@/".contains(&follows)
            || (b".-".contains(&follows) && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric));
        if !goes_on {
            let before = text[..at].trim_end();
            let after_code = before.trim_end_matches(['-', ':', ' ']).bytes().rev().take(3).all(|b| b.is_ascii_digit());
            let is_marked = before.ends_with(['#', '(']) || before.ends_with("status:") || after_code;
            found.push(Status { status: text[at..end].to_owned(), is_marked: is_marked && !before.is_empty() });
        }
        if found.len() >= 50 {
            break;
        }
    }
    found
}

/// Where one to three digits end.
fn digits(bytes: &[u8], start: usize) -> Option<usize> {
    let count = bytes.get(start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=3).contains(&count).then_some(start + count)
}

/// The class of the first SMTP reply code (RFC 5321 §4.2) that speaks of a failure: `4` or `5`.
fn reply_code(lower: &str) -> Option<char> {
    lower.lines().take(LINES).find_map(code_in_line)
}

/// Lines looked at for a reply code.
const LINES: usize = 400;

/// A code stands where a line starts, after a mark, or after a word that introduces it.
fn code_in_line(line: &str) -> Option<char> {
    let bytes = line.as_bytes();
    memchr::memchr2_iter(b'4', b'5', bytes).take(50).find_map(|at| {
        let number = bytes.get(at..at + 3)?;
        let follows = bytes.get(at + 3).copied().unwrap_or(b' ');
        let is_code =
            number[1..].iter().all(u8::is_ascii_digit) && number[1] <= b'7' && b" -:,;.)]'\"#".contains(&follows);
        let is_decimal = follows == b'.' && bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        (is_code && !is_decimal && introduces_code(&line[..at])).then_some(char::from(bytes[at]))
    })
}

fn introduces_code(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t']);
    let marks = [
        "<<<", ">>>", ":", "'", "\"", "(", "[", "...", "=", "said", "error", "code", "response", "smtp;", "reply", "|",
        "#", "--",
    ];
    before.is_empty() || marks.iter().any(|mark| before.ends_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_codes_are_told_from_versions_and_network_addresses() {
        for (text, status, class) in [
            ("550 5.1.1 <gone@x.example>... User unknown", Some("5.1.1"), Some('5')),
            ("Remote host said: 450 4.2.2 over quota", Some("4.2.2"), Some('4')),
            ("Sorry, no mailbox here by that name. (#5.1.1)", Some("5.1.1"), Some('5')),
            ("host mx.example[203.0.113.5] said: 554 no", None, Some('5')),
            ("550-5.7.26 not authenticated\n550 5.7.26 see there", Some("5.7.26"), Some('5')),
            ("ESMTP Postfix 2.11.3 (5.0.2195.6713) at 5.9.8.7 said: 421 busy", None, Some('4')),
            ("5.4.316 message expired", Some("5.4.316"), Some('5')),
            ("451 4.7.1 greylisted, was 550 5.1.1 before", Some("4.7.1"), Some('4')),
            ("The room is number 550 in our house", None, None),
        ] {
            let outcome = told_by(text, false);
            assert_eq!((outcome.status.as_deref(), outcome.class), (status, class), "{text}");
        }
    }

    #[test]
    fn where_no_number_is_told_words_tell() {
        for (text, delayed, status, permanent) in [
            ("The mailbox is full.", false, Some("5.2.2"), true),
            ("The mailbox is full.", true, Some("4.2.2"), false),
            ("452 the mailbox is full", false, Some("4.2.2"), false),
            ("No such user", false, Some("5.1.1"), true),
            ("It did not work.", false, None, true),
            ("It did not work.", true, None, false),
        ] {
            let outcome = told_by(text, delayed);
            assert_eq!((outcome.status.as_deref(), outcome.is_permanent(delayed)), (status, permanent), "{text}");
        }
    }

    #[test]
    fn a_vague_status_is_made_exact_by_the_servers_words_of_the_same_class() {
        let read = |status, said| stated(status, said).unwrap().status.unwrap();
        assert_eq!(read("5.0.0", "smtp; 550 5.1.1 unknown"), "5.1.1");
        assert_eq!(read("5.0.0 (permanent failure)", "smtp; 550 mailbox full"), "5.2.2");
        assert_eq!(read("4.0.0", "smtp; 550 5.1.1 unknown"), "4.0.0");
        assert_eq!(read("5.3.0", "smtp; 550 5.1.1 unknown"), "5.3.0");
        assert_eq!(stated("none", ""), None);
    }
}
