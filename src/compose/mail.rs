//! Puts a rendering together: headers and two parts that say the same (RFC 2046 §5.1.4).

use std::fmt::Write;

use aws_lc_rs::digest;

use super::header::Headers;
use super::quoted_printable;

/// A mail about to be frozen: its own headers, and both its bodies with `\n` line ends.
pub(super) struct Mail {
    pub headers: Headers,
    pub text: String,
    pub html: String,
}

impl Mail {
    /// The bytes, slots still in them: 7-bit, CRLF.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let boundary = boundary(&self.text, &self.html);
        let kind = format!("multipart/alternative; boundary=\"{boundary}\"");
        self.headers.put("MIME-Version", "1.0").put("Content-Type", &kind);
        let mut bytes = self.headers.into_text();
        for (subtype, body) in [("plain", &self.text), ("html", &self.html)] {
            bytes.push_str(&format!("\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"));
            bytes.push_str("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
            bytes.push_str(&quoted_printable::encode(body));
        }
        bytes.push_str(&format!("\r\n--{boundary}--\r\n"));
        bytes.into_bytes()
    }
}

/// The same for the same contents. No part can hold it: quoted-printable never writes `=_` (RFC 2045 §6.7).
pub(super) fn boundary(text: &str, html: &str) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(text.as_bytes());
    hash.update(&[0]);
    hash.update(html.as_bytes());
    let mut boundary = "=_".to_owned();
    for byte in &hash.finish().as_ref()[..15] {
        // Writing to a String never fails.
        let _ = write!(boundary, "{byte:02x}");
    }
    boundary
}
