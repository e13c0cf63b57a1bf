//! What a certificate says of itself (RFC 5280 §4.1): for whom it is, and from when to when it holds.

use std::path::Path;

use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

const SEQUENCE: u8 = 0x30;
const EXPLICIT_VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// From when to when it holds, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub begins: i64,
    pub ends: i64,
}

/// The server's own certificate in a PEM file: its first.
pub(super) fn first_in(path: &Path) -> Option<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).ok()?.next()?.ok()
}

/// Whether it names this host.
pub(super) fn is_for(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(certificate), ServerName::try_from(host)) else {
        return false;
    };
    verify_server_name(&parsed, &name).is_ok()
}

/// How long it holds; `None` where that cannot be read.
pub(super) fn validity(certificate: &[u8]) -> Option<Validity> {
    let (_, whole, _) = value(certificate)?;
    let (_, mut rest, _) = value(whole)?;
    if rest.first() == Some(&EXPLICIT_VERSION) {
        rest = value(rest)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = value(rest)?.2;
    }
    let (tag, validity, _) = value(rest)?;
    if tag != SEQUENCE {
        return None;
    }
    let (begins_tag, begins, rest) = value(validity)?;
    let (ends_tag, ends, _) = value(rest)?;
    Some(Validity { begins: time(begins_tag, begins)?, ends: time(ends_tag, ends)? })
}

/// The first value in DER: its tag, its contents, and what is behind it.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        ..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// A time in seconds since 1970 (RFC 5280 §4.1.2.5): `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from then on.
fn time(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let whole = match tag {
        UTC_TIME if text.len() == 12 => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        GENERALIZED_TIME if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    let moment = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_tells_its_name_and_its_time() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls/door.cert.pem");
        let certificate = first_in(&path).unwrap();
        let validity = validity(&certificate).unwrap();
        assert!(validity.begins > 1_700_000_000 && validity.ends > validity.begins, "{validity:?}");
        assert!(!is_for(&certificate, "elsewhere.example"));
    }

    #[test]
    fn times_of_both_forms_are_read_and_junk_is_none() {
        assert_eq!(time(UTC_TIME, b"700101000001Z"), Some(1));
        assert_eq!(time(UTC_TIME, b"260301080000Z"), Some(1_772_352_000));
        assert_eq!(time(GENERALIZED_TIME, b"20500101000000Z"), Some(2_524_608_000));
        for (tag, junk) in
            [(UTC_TIME, &b"2603010800Z"[..]), (UTC_TIME, b"269901080000Z"), (4, b"260301080000Z"), (UTC_TIME, b"\xff")]
        {
            assert_eq!(time(tag, junk), None);
        }
        for junk in
            [&b""[..], &[SEQUENCE], &[SEQUENCE, 0x84, 0xff], &[SEQUENCE, 0x80, 0, 0], &[SEQUENCE, 3, SEQUENCE, 1, 0]]
        {
            assert_eq!(validity(junk), None);
        }
    }
}
