//! Writes header fields: encoded where they must be (RFC 2047), folded where they can be, 7-bit always.

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;

use super::place::{Place, mailto};
use super::{clean, slot};

/// Where a line is folded if it can be (RFC 5322 §2.1.1).
const COLUMNS: usize = 78;
/// The widest name or title that goes into a header.
const NAME_COLUMNS: usize = 60;

/// A mail's header fields, in order.
#[derive(Default)]
pub(super) struct Headers(String);

impl Headers {
    /// A field whose value is ours and plain ASCII: folded at its blanks.
    pub fn put(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push_str(name);
        self.0.push(':');
        let mut column = name.len() + 1;
        for (at, word) in value.split(' ').enumerate() {
            let wide = slot::columns(word);
            // The first word too, where it is long: then the name stands on a line of its own.
            let fold = column + 1 + wide > COLUMNS && (at > 0 || wide < COLUMNS);
            self.0.push_str(if fold { "\r\n " } else { " " });
            column = if fold { 1 + wide } else { column + 1 + wide };
            self.0.push_str(word);
        }
        self.0.push_str("\r\n");
        self
    }

    /// A field of free text, such as Subject.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        let line = clean::line(text);
        if is_plain(&line) && line.split(' ').all(|word| word.len() < 70) {
            return self.put(name, &line);
        }
        let encoded = words(&line, name.len() + 2);
        self.0.push_str(&format!("{name}: {encoded}\r\n"));
        self
    }

    /// A field that holds one mailbox.
    pub fn mailbox(&mut self, name: &str, display: &str, address: &str) -> &mut Self {
        let value = mailbox(name.len() + 2, Some(display), address);
        self.0.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// What every mail of a list carries (RFC 2369, RFC 2919); with a way out for its reader, where it has one, which
    /// their mail program can go by itself where there is an encrypted page (RFC 8058). Programs
    /// of other lists write `List-Id` anew, and leave `X-BeenThere` as it is: by that a mail of ours is known that comes
    /// back through them.
    pub fn list(&mut self, place: &Place, with_leave: bool) -> &mut Self {
        let link = |address: String| format!("<{}>", mailto(&address, None));
        self.mailbox("List-Id", &place.title, &format!("{}.{}", place.name, place.domain))
            .put("List-Post", &link(place.address()))
            .put("List-Help", &format!("<{}>", mailto(&place.word_address("help"), Some("help"))))
            .put("List-Subscribe", &format!("<{}>", mailto(&place.word_address("join"), Some("join"))))
            .put("List-Owner", &link(place.word_address("owner")));
        self.put("X-BeenThere", &place.address());
        if with_leave {
            let by_mail = format!("<{}>", place.leave_mailto());
            match place.one_click() {
                Some(page) => self
                    .put("List-Unsubscribe", &format!("<{page}>, {by_mail}"))
                    .put("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                None => self.put("List-Unsubscribe", &by_mail),
            };
        }
        self
    }

    /// The fields as they stand in the mail, each line ended by CRLF.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// `"Name" <address>`, for a field whose line already has `column` columns.
pub(super) fn mailbox(column: usize, display: Option<&str>, address: &str) -> String {
    let display = display.map(clean::line).unwrap_or_default();
    if display.is_empty() {
        return address.to_owned();
    }
    let phrase = phrase(&clean::cut(&display, NAME_COLUMNS), column);
    let last = phrase.rsplit("\r\n").next().map_or(0, str::len);
    let column = if last == phrase.len() { column + last } else { last };
    let fold = column + 3 + slot::columns(address) > COLUMNS;
    format!("{phrase}{}<{address}>", if fold { "\r\n " } else { " " })
}

/// A display name: quoted, or encoded where quoting is not enough.
fn phrase(display: &str, column: usize) -> String {
    if is_plain(display) {
        return format!("\"{}\"", display.replace('\\', "\\\\").replace('"', "\\\""));
    }
    words(display, column)
}

/// Whether text can stand as it is: ASCII, and nothing that a reader would decode.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?")
}

/// Encoded words, folded.
fn words(text: &str, column: usize) -> String {
    let mut encoded = String::new();
    // Writing to a String never fails.
    let _ = rfc2047::encode(text, &mut EmailWriter::new(&mut encoded, column, 0, false));
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let mut headers = Headers::default();
        headers.mailbox("From", "a\r\nBcc: x@y\" <evil@x>, \\", "talk@lists.example");
        assert_eq!(headers.into_text(), "From: \"a Bcc: x@y\\\" <evil@x>, \\\\\" <talk@lists.example>\r\n");
    }

    #[test]
    fn long_values_fold_at_78() {
        let mut headers = Headers::default();
        headers.put("References", &["<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x>"; 9].join(" "));
        headers.text("Subject", &"Größe ".repeat(40));
        headers.text("Subject", &format!("=?utf-8?q?x?= {}", "y".repeat(300)));
        headers.mailbox("To", &"ü".repeat(300), "someone@lists.example");
        for line in headers.into_text().lines() {
            assert!(line.len() <= 78 && line.is_ascii(), "{line}");
        }
    }
}
