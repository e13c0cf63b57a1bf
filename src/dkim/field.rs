//! The DKIM-Signature field (RFC 6376 §3.5): written, signed, folded.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use jiff::Timestamp;

use super::SigningError;
use super::canonical::{Digested, field_relaxed};
use super::key::Key;

/// Where lines are folded (RFC 5322 §2.1.1).
const COLUMNS: usize = 76;

/// The whole field, its CRLF included.
pub(super) fn signature(key: &Key, domain: &str, at: Timestamp, mail: &Digested) -> Result<String, SigningError> {
    let mut field = unsigned(key, domain, at, mail);
    let mut data = Vec::with_capacity(mail.fields.len() + field.len());
    data.extend_from_slice(&mail.fields);
    // The field itself comes last, its `b=` empty and no CRLF behind it (RFC 6376 §3.7).
    field_relaxed(field.as_bytes(), &mut data);
    let signature = key.sign(&digest(&SHA256, &data))?;
    put_folded(&mut field, &BASE64.encode(&signature));
    field.push_str("\r\n");
    Ok(field)
}

/// The field up to the `b=` at its end.
fn unsigned(key: &Key, domain: &str, at: Timestamp, mail: &Digested) -> String {
    let (algorithm, selector) = (key.algorithm().name(), key.selector());
    let (time, body) = (at.as_second().max(0), BASE64.encode(mail.body.as_ref()));
    let mut field = format!(
        "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n\td={domain};\r\n\ts={selector}; t={time};\r\n\th="
    );
    let mut column = 3;
    for (at, name) in mail.names.iter().enumerate() {
        if at > 0 {
            field.push(':');
            column += 1;
            if column + name.len() > COLUMNS {
                field.push_str("\r\n\t");
                column = 1;
            }
        }
        field.push_str(name);
        column += name.len();
    }
    field.push_str(&format!(";\r\n\tbh={body};\r\n\tb="));
    field
}

/// Base64 behind `b=`, folded: a signature's blanks and line ends count for nothing.
fn put_folded(field: &mut String, text: &str) {
    let mut rest = text;
    while rest.len() > COLUMNS - 4 {
        let (line, after) = rest.split_at(COLUMNS - 4);
        field.push_str(line);
        field.push_str("\r\n\t");
        rest = after;
    }
    field.push_str(rest);
}
