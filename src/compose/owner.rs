//! Renders a mail of the system's own to an owner: plain text, and where a mail is sent on, that mail as it came.

use data_encoding::BASE64_MIME;

use super::header::Headers;
use super::mail::boundary;
use super::{ComposeError, Frozen, body, clean, quoted_printable, slot};
use crate::discussion::Block;
use crate::message::Address;

/// The longest line of a mail that goes as it is, in octets without its line end (RFC 5322 §2.1.1).
const LINE: usize = 998;

/// What is to be said to an owner.
#[derive(Clone, Debug)]
pub struct OwnerMail<'a> {
    /// The domain of our addresses.
    pub domain: &'a str,
    /// The subject.
    pub subject: String,
    /// What it says: paragraphs with blank lines between them.
    pub text: String,
    /// Where an answer goes; to the system's own address where nothing is given.
    pub reply_to: Option<&'a Address>,
    /// The octets of a mail that is sent on.
    pub original: Option<&'a [u8]>,
}

/// Renders a mail to an owner, with slots for To, Date and Message-ID. It comes from `postmaster@`, and says that a
/// program sent it, so that whatever answers it by itself starts no loop (RFC 3834 §2).
///
/// # Errors
/// [`ComposeError::Domain`] where the domain cannot stand in a header.
pub fn owner_mail(mail: &OwnerMail) -> Result<Frozen, ComposeError> {
    let subject = clean::cut(&clean::line(&mail.subject), 200).into_owned();
    let pieces = body::pieces(&[Block::Said(mail.text.clone())], |_| Vec::new());
    let text = quoted_printable::encode(&format!("{}\n", body::laid_out(&pieces, 0)));
    let mut headers = headers(mail, &subject)?;
    headers.put("MIME-Version", "1.0");
    let head = "text/plain; charset=utf-8";
    let bytes = match mail.original {
        None => {
            headers.put("Content-Type", head).put("Content-Transfer-Encoding", "quoted-printable");
            format!("{}\r\n{text}", headers.into_text())
        }
        Some(original) => {
            let (kind, attached) = attached(original);
            let boundary = boundary(&text, &attached);
            headers.put("Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
            format!(
                "{}\r\n--{boundary}\r\nContent-Type: {head}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{text}\
                 \r\n--{boundary}\r\n{kind}\r\n{attached}\r\n--{boundary}--\r\n",
                headers.into_text()
            )
        }
    };
    Ok(Frozen { subject, bytes: bytes.into_bytes() })
}

/// Whether an address can stand in the Reply-To of a mail for every relay, so that an answer goes there.
pub fn can_be_answered(writer: &Address) -> bool {
    writer.as_str().is_ascii()
}

fn headers(mail: &OwnerMail, subject: &str) -> Result<Headers, ComposeError> {
    let domain = clean::line(mail.domain);
    let good = domain.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"@,;:()".contains(&byte));
    if !good {
        return Err(ComposeError::Domain);
    }
    let mut headers = Headers::default();
    headers.mailbox("From", &format!("Mail system of {domain}"), &format!("postmaster@{domain}")).put("To", slot::TO);
    if let Some(writer) = mail.reply_to.filter(|writer| can_be_answered(writer)) {
        headers.put("Reply-To", writer.as_str());
    }
    headers
        .text("Subject", subject)
        .put("Date", slot::DATE)
        .put("Message-ID", &format!("<n.{}@{domain}>", slot::SENT))
        .put("Auto-Submitted", "auto-generated")
        .put("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN");
    Ok(headers)
}

/// The header fields and the octets of a part that holds a mail. `message/rfc822` may not be encoded (RFC 2046 §5.2.1):
/// what is not fit to be sent as it is goes as a file, in base64.
fn attached(original: &[u8]) -> (&'static str, String) {
    match std::str::from_utf8(original) {
        Ok(text) if is_fit(original) => (
            "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"original.eml\"\r\n",
            text.to_owned(),
        ),
        _ => (
            "Content-Type: application/octet-stream; name=\"original.eml\"\r\n\
             Content-Disposition: attachment; filename=\"original.eml\"\r\nContent-Transfer-Encoding: base64\r\n",
            BASE64_MIME.encode(original).trim_end().to_owned(),
        ),
    }
}

/// Whether every octet survives on its way as it is: printable ASCII in lines that are not too long, and no line that
/// somebody changes. A slot is none of these.
fn is_fit(original: &[u8]) -> bool {
    let printable = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    let mut lines = original.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = match lines.peek() {
            Some(_) => line.strip_suffix(b"\r"),
            None => Some(line),
        };
        if !line.is_some_and(|line| line.len() <= LINE && line.iter().all(printable)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    fn rendered(original: Option<&[u8]>) -> String {
        let writer = Address::parse("ada@example.org").unwrap();
        let text = "Somebody wrote.\n\n  From: Ada\n  To: you".to_owned();
        let (subject, domain) = ("Für Sie".to_owned(), "lists.example");
        let mail = OwnerMail { domain, subject, text, reply_to: Some(&writer), original };
        String::from_utf8(owner_mail(&mail).unwrap().bytes).unwrap()
    }

    /// The octets of the last part, as a mail program would save them.
    fn saved(mail: &str) -> (String, Vec<u8>) {
        let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
        let part = parsed.parts.last().unwrap();
        let kind = part.content_type().unwrap();
        let kind = format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap());
        let raw = &mail.as_bytes()[part.raw_body_offset() as usize..part.raw_end_offset() as usize];
        let bytes = if kind == "message/rfc822" { raw.to_vec() } else { part.contents().to_vec() };
        (kind, bytes)
    }

    #[test]
    fn it_comes_from_the_system_and_says_so_and_holds_only_what_every_relay_takes() {
        for original in
            [None, Some(&b"Subject: x\r\n\r\nHello\r\n"[..]), Some("Subject: x\r\n\r\nGrüße\r\n".as_bytes())]
        {
            let mail = rendered(original);
            assert!(
                mail.starts_with("From: \"Mail system of lists.example\" <postmaster@lists.example>\r\nTo: "),
                "{mail}"
            );
            for line in
                ["Auto-Submitted: auto-generated", "Reply-To: ada@example.org", "Somebody wrote.", "  From: Ada"]
            {
                assert!(mail.contains(&format!("{line}\r\n")), "no {line}:\n{mail}");
            }
            assert!(mail.is_ascii() && mail.lines().all(|line| line.len() <= LINE), "{mail}");
            assert_eq!(mail.replace("\r\n", "").matches(['\r', '\n']).count(), 0);
        }
    }

    #[test]
    fn a_mail_is_attached_as_it_came_to_the_octet() {
        let long = [b"Subject: x\r\n\r\n".as_slice(), &b"y".repeat(LINE + 1), b"\r\n"].concat();
        let originals: [(&[u8], &str); 9] = [
            (b"Subject: x\r\n\r\nHello\r\n", "message/rfc822"),
            (b"Subject: x\r\n\r\nno line end", "message/rfc822"),
            (b"Subject: x\r\n\r\n\r\n\r\n", "message/rfc822"),
            ("Subject: x\r\n\r\nGrüße\r\n".as_bytes(), "application/octet-stream"),
            (b"Subject: x\r\n\r\n\xff\xfe\x00\r\n", "application/octet-stream"),
            (b"Subject: x\n\nlone\n", "application/octet-stream"),
            (b"Subject: x\r\n\r\nlone\rreturn\r\n", "application/octet-stream"),
            (b"Subject: \x01u\x02\r\n\r\na slot\r\n", "application/octet-stream"),
            (&long, "application/octet-stream"),
        ];
        for (original, kind) in originals {
            let what = String::from_utf8_lossy(original);
            assert_eq!(saved(&rendered(Some(original))), (kind.to_owned(), original.to_vec()), "{what:?}");
        }
    }
}
