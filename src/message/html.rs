//! HTML bodies as plain text.

/// The text of an HTML body.
pub(super) fn to_text(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(html)
}
