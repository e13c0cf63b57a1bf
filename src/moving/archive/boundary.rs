//! Where one mail of an mbox ends and the next begins: a line that starts with `From `, after which a header follows. The
//! same words stand in texts, and not every program that wrote such files quoted them there.

use jiff::Timestamp;
use jiff::civil::date;

/// Names of header fields that mail begins with; with a date in the line before, any name will do.
const FIRST_FIELDS: [&str; 26] = [
    "bcc",
    "cc",
    "comments",
    "content-length",
    "content-type",
    "date",
    "delivered-to",
    "dkim-signature",
    "envelope-to",
    "errors-to",
    "from",
    "in-reply-to",
    "lines",
    "list-id",
    "message-id",
    "mime-version",
    "organization",
    "precedence",
    "received",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "status",
    "subject",
    "to",
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Whether a line, without its end, may begin a mail.
pub(super) fn may_begin(line: &[u8]) -> bool {
    line.starts_with(b"From ")
}

/// Whether a mail begins with `line`, which may, when `next` follows.
pub(super) fn begins(line: &[u8], next: &[u8]) -> bool {
    let Some(name) = field_name(next) else { return false };
    let known = FIRST_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()));
    known || name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"x-")) || time(line).is_some()
}

/// The name of the field that a line begins (RFC 5322 §2.2), or the quoted `From ` that some programs put there.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    if line.starts_with(b">From ") {
        return Some(b"from");
    }
    let colon = line.iter().take(80).position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let good = !name.is_empty() && name[0] != b'-' && name.iter().all(|byte| byte.is_ascii_graphic());
    good.then_some(name)
}

/// The time in such a line: `From ada@example.org Sun Mar  1 07:05:09 2026`, perhaps with a zone before the year, which is
/// not heeded: few write it, and nobody the same.
pub(super) fn time(line: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().take(20).collect();
    let (clock, (hour, minute, second)) =
        words.iter().enumerate().skip(2).find_map(|(at, word)| Some((at, clock_time(word)?)))?;
    let near = &words[clock.saturating_sub(3)..];
    let month = near.iter().find_map(|word| {
        let name = word.get(..3)?.to_ascii_lowercase();
        (1_i8..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
    })?;
    let day = near.iter().filter(|word| word.len() <= 2).find_map(|word| word.parse::<i8>().ok())?;
    let year = near.iter().filter(|word| word.len() == 4).find_map(|word| word.parse::<i16>().ok())?;
    let valid = (1..=31).contains(&day) && (1970..=9000).contains(&year);
    let date = valid.then(|| date(1970, 1, 1).with().year(year).month(month).day(day).build().ok()).flatten()?;
    let time = date.to_datetime(jiff::civil::time(hour, minute, second, 0));
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn clock_time(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    (valid && parts.next().is_none()).then_some((hour, minute, second.min(59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_many_programs_are_understood() {
        for line in [
            "From ada@example.org Sun Mar  1 07:05:09 2026",
            "From ada at example.org  Sun Mar  1 07:05:09 2026",
            "From ada@example.org  Sun, 1 Mar 2026 07:05:09 +0000",
            "From MAILER-DAEMON Sun Mar 01 07:05:09 2026",
            "From \"ada b\"@example.org Sun Mar 1 07:05:09 UTC 2026",
            "From ada@example.org Sun Mar  1 07:05:09 2026 remote from there",
        ] {
            assert_eq!(time(line.as_bytes()).unwrap().to_string(), "2026-03-01T07:05:09Z", "{line}");
        }
        for line in ["From here on", "From 10:30", "From 10:30 to 12:00 on 31 Feb 2026", "From x Mar 1 25:00:00 2026"] {
            assert_eq!(time(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_mail_begins_where_a_header_follows() {
        let dated = b"From ada@example.org Sun Mar  1 07:05:09 2026";
        assert!(begins(dated, b"Subject: bread"));
        assert!(begins(dated, b"Approved: by nobody"));
        assert!(begins(b"From nowhere", b"Message-ID: <a@example.org>"));
        assert!(begins(b"From nowhere", b"X-Spam: no"));
        assert!(!begins(dated, b"I write to you."));
        assert!(!begins(dated, b""));
        assert!(!begins(b"From what you say", b"Note: this is odd."));
        assert!(!begins(b"From what you say", b"to: is a word"[2..].as_ref()));
    }
}
