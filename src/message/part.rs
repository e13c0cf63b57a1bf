//! The parts of a mail one by one, for what machines write into them: reports on delivery, complaints, returned mails.
//! A person's mail is read whole, by [`Mail`](super::Mail).

use super::{bounds, clean, header, html, mail, mime, transfer};

/// A part that is no multipart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Such as `message/delivery-status`, in small letters.
    pub media_type: String,
    /// What is in it, decoded; of a large one the start.
    pub content: Vec<u8>,
    charset: Option<String>,
}

impl Part {
    /// Its content as text with `\n` line ends, HTML as the text that people see.
    pub fn text(&self) -> String {
        let decoded = transfer::text(&self.content, self.charset.as_deref());
        // Some systems call plain text HTML.
        let has_tag = decoded.as_bytes().windows(2).any(|pair| pair[0] == b'<' && b"/!".contains(&pair[1]))
            || decoded.to_ascii_lowercase().contains("<br");
        if self.media_type == "text/html" && has_tag {
            clean::text(&html::to_text(&decoded))
        } else {
            clean::text(&decoded)
        }
    }
}

/// The first parts of a mail, in order: at most 20, of each at most 512 KiB. An embedded mail is one part, and what is
/// in it is not looked into.
pub fn parts(raw: &[u8]) -> Vec<Part> {
    let mended = mail::lines_ended_by_cr(raw);
    let raw = mail::without_envelope_line(mended.as_deref().unwrap_or(raw));
    let block = header::read(raw);
    let leaves = mime::leaves(&block.fields, &raw[block.end..]).into_iter().take(bounds::REPORT_PARTS);
    leaves
        .map(|leaf| {
            let start = &leaf.content[..leaf.content.len().min(bounds::REPORT_PART_BYTES)];
            Part {
                content: leaf.header.encoding.decode(start).into_owned(),
                media_type: leaf.header.media_type,
                charset: leaf.header.charset,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
                          <p>Sorry<br>about that</p>\r\n--b\r\nContent-Type: Message/Delivery-Status\r\n\
                          Content-Transfer-Encoding: base64\r\n\r\nQWN0aW9uOiBmYWlsZWQNCg==\r\n--b\r\n\
                          Content-Type: message/rfc822\r\n\r\nSubject: Bread\r\n\r\nHello.\r\n--b--\r\n";

    #[test]
    fn a_reports_parts_are_decoded_one_by_one() {
        let found = parts(REPORT.as_bytes());
        let read: Vec<_> = found.iter().map(|part| (part.media_type.as_str(), part.text())).collect();
        assert_eq!(
            read,
            [
                ("text/html", "Sorry\nabout that\n".to_owned()),
                ("message/delivery-status", "Action: failed\n".to_owned()),
                ("message/rfc822", "Subject: Bread\n\nHello.".to_owned()),
            ]
        );
    }

    #[test]
    fn of_many_and_large_parts_a_bounded_start_is_read() {
        let part = format!("--b\r\n\r\n{}\r\n", "x".repeat(bounds::REPORT_PART_BYTES + 9));
        let raw = format!("Content-Type: multipart/report; boundary=b\r\n\r\n{}", part.repeat(30));
        let found = parts(raw.as_bytes());
        assert_eq!(found.len(), bounds::REPORT_PARTS);
        assert!(found.iter().all(|part| part.content.len() == bounds::REPORT_PART_BYTES));
    }
}
