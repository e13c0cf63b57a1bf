//! The files that came with a mail: which of them are named, and whether one of them is all that was sent.

use super::formatted::Formatted;
use crate::message::{Attachment, Mail};
use crate::reply::Reading;
use crate::store::{AttachmentRow, PHOTO_BYTES};
use crate::trust::{Hidden, redact};

/// Files of one item that are named.
const MOST_FILES: usize = 50;

/// What mail programs add by themselves, or say in their own way: cards, appointments, Outlook's `winmail.dat`.
const ADDED: [&str; 6] =
    ["text/vcard", "text/x-vcard", "text/directory", "text/calendar", "application/ics", "application/ms-tnef"];

/// What a mail that only its recipients can read is in: nothing of it can be told.
const ENCRYPTED: [&str; 3] = ["application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"];

/// The files that are named under an item. Of pictures that the HTML speaks of, those that are said: not the logo of a
/// signature, nor what another mail quoted.
pub(super) fn attachments(
    mail: &Mail,
    reading: &Reading,
    formatted: Option<&Formatted>,
    hidden: &Hidden,
) -> Vec<AttachmentRow> {
    let is_silent = reading.said().is_empty();
    let named = mail.attachments.iter().filter(|file| {
        !belongs_to_the_text(file) && !is_unsaid(file, formatted) && (!is_silent || !is_small_picture(file))
    });
    let rows = named.take(MOST_FILES).map(|file| AttachmentRow {
        place: file.place,
        name: file.name.as_deref().and_then(file_name).map(|name| redact(name, hidden)),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
        content_id: file.content_id.clone(),
        inline: file.inline,
    });
    rows.collect()
}

/// Whether a mail without words of its sender's is sent for the sake of a file: a photo is an answer too, the logo of a
/// signature and what mail programs add to every mail are not.
pub(super) fn sends_a_file(mail: &Mail) -> bool {
    let is_encrypted = |file: &Attachment| ENCRYPTED.contains(&file.media_type.as_str());
    if mail.attachments.iter().any(is_encrypted) {
        return false;
    }
    let is_sent = |file: &&Attachment| {
        let is_added = belongs_to_the_text(file) || ADDED.contains(&file.media_type.as_str());
        file.bytes > 0 && !is_added && !is_small_picture(file)
    };
    let mut sent = mail.attachments.iter().filter(is_sent).peekable();
    if sent.peek().is_none() {
        return false;
    }
    let formatted = Formatted::without_words(mail);
    sent.any(|file| !is_unsaid(file, formatted.as_ref()))
}

/// Whether a picture is one that the HTML speaks of, and not in what is said.
fn is_unsaid(file: &Attachment, formatted: Option<&Formatted>) -> bool {
    let id = file.content_id.as_deref().filter(|_| file.inline);
    id.zip(formatted).is_some_and(|(id, formatted)| formatted.rich.mentions(id) && !formatted.rich.shows(id))
}

/// Whether it may be a logo: a picture in the text, of few octets.
fn is_small_picture(file: &Attachment) -> bool {
    file.inline && file.bytes < PHOTO_BYTES
}

/// Whether a part is no file: a signature, or the text once more in a form that we do not read.
fn belongs_to_the_text(file: &Attachment) -> bool {
    let forms = ["text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext", "text/markdown"];
    let signatures = ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
    let media_type = file.media_type.as_str();
    signatures.contains(&media_type) || (file.name.is_none() && forms.contains(&media_type))
}

/// A file's name without the folders before it.
fn file_name(name: &str) -> Option<&str> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!matches!(last, "" | "." | "..")).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    fn sends(parts: &str) -> bool {
        let mail = format!("Content-Type: multipart/mixed; boundary=b\n\n--b\n{parts}\n--b--\n");
        let mail = Mail::parse(mail.as_bytes());
        assert_eq!(reply::read(&mail.text).said(), "");
        sends_a_file(&mail)
    }

    fn part(head: &str, bytes: usize) -> String {
        format!("\n--b\n{head}\n\n{}", "x".repeat(bytes))
    }

    const QUOTE: &str = "\n\nOn Monday, 2 March 2026, Ada wrote:\n> How warm?\n";
    const PICTURE: &str = "Content-Type: image/jpeg; name=a.jpg\nContent-Disposition: inline\nContent-ID: <a@x>";

    #[test]
    fn a_file_or_a_photo_without_words_is_an_answer() {
        let attached = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf";
        assert!(sends(&format!("{QUOTE}{}", part(attached, 5))));
        assert!(sends(&format!("{QUOTE}{}", part(PICTURE, PHOTO_BYTES))));
        let shown =
            "Content-Type: text/html\n\n<div><img src='cid:a@x'></div><blockquote type=cite>How warm?</blockquote>";
        assert!(sends(&format!("{shown}{}", part(PICTURE, PHOTO_BYTES))));
    }

    #[test]
    fn what_belongs_to_every_mail_of_somebody_is_no_answer() {
        assert!(!sends(QUOTE));
        assert!(!sends(&format!("{QUOTE}{}", part(PICTURE, 9_000))), "a logo");
        let quoted = "Content-Type: text/html\n\n<blockquote type=cite>How <img src='cid:a@x'> warm?</blockquote>";
        assert!(!sends(&format!("{quoted}{}", part(PICTURE, PHOTO_BYTES))), "another's photo");
        for head in [
            "Content-Type: application/ms-tnef; name=winmail.dat",
            "Content-Type: text/vcard; name=ada.vcf\nContent-Disposition: attachment",
            "Content-Type: application/pgp-signature; name=signature.asc",
            "Content-Type: text/calendar",
        ] {
            assert!(!sends(&format!("{QUOTE}{}", part(head, 900))), "{head}");
        }
        let secret = part("Content-Type: application/octet-stream; name=encrypted.asc", 900);
        assert!(!sends(&format!("{}{secret}", part("Content-Type: application/pgp-encrypted", 11))));
        assert!(!sends(&format!("{QUOTE}{}", part("Content-Type: application/pdf; name=empty.pdf", 0))));
    }

    #[test]
    fn a_files_name_has_no_folders() {
        assert_eq!(file_name("C:\\Users\\ada\\loaf.jpg"), Some("loaf.jpg"));
        assert_eq!(file_name("../../etc/passwd"), Some("passwd"));
        assert_eq!((file_name("../.."), file_name("a/")), (None, None));
    }
}
