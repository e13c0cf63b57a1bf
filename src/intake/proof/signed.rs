//! DKIM, as mail-auth verifies it, of the signatures that may prove a mail's author and are good enough for that.

use std::sync::Arc;

use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::verify::VerifySignature;
use mail_auth::dkim::{Canonicalization, Signature};
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult};

use crate::dns::Resolver;
use crate::message::{Mail, bounds};
use crate::trust::{Voucher, may_align};

/// How many signatures of one mail are verified; few mails have more than two.
const MOST_SIGNATURES: usize = 8;

/// How many fields one signature may cover, those counted that are not there.
const MOST_SIGNED: usize = 200;

/// Octets of a body that is hashed where we are: a millisecond's work.
const HASHED_AT_ONCE: usize = 256 << 10;

/// Fields of which a mail has at most one (RFC 5322 §3.6, RFC 2045 §3). A signature covers the last of them, while
/// programs, and we, go by the first: with a second one before it a signed mail says something else.
const ONCE: [&[u8]; 10] = [
    b"From",
    b"To",
    b"Cc",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"In-Reply-To",
    b"References",
    b"Content-Type",
    b"Content-Transfer-Encoding",
];

/// Fields that say whom a mail is for, when it was written, and what it is about.
const MEANT: [&str; 4] = ["To", "Cc", "Date", "Subject"];

/// The domains with a good signature on a mail, of those that may stand for its author's, `author`; and those of whose
/// keys the DNS says nothing just now. Whether a signature has expired goes by the clock of the machine: mail-auth reads
/// it itself.
pub(super) async fn signers(resolver: &Resolver, content: &Arc<Vec<u8>>, author: &str) -> Vec<Voucher> {
    // Where we see the body begin, and not where mail-auth would: what is signed is to be what is shown.
    let body_offset = Mail::body_offset(content);
    let Some(mut message) = header_alone(&content[..body_offset]) else { return Vec::new() };
    let there: Vec<&str> = MEANT.into_iter().filter(|name| has(&message, name)).collect();
    message.dkim_headers.retain(|signature| may_prove(&signature.header, author, &there));
    message.dkim_headers.truncate(MOST_SIGNATURES);
    for signature in &mut message.dkim_headers {
        // No reports are made, and nobody signs for others (RFC 6651, RFC 6541).
        (signature.header.r, signature.header.atps) = (false, None);
    }
    message.errors.clear();
    let forms: Vec<Canonicalization> = message.dkim_headers.iter().map(|signature| signature.header.cb).collect();
    let hashed = hash(content, body_offset, forms).await;
    message.body_hashes = hashed.into_iter().map(|(form, hash)| (form, HashAlgorithm::Sha256, 0, hash)).collect();
    let outputs = resolver.authenticator().verify_dkim(&message).await;
    let mut vouchers = Vec::new();
    for output in &outputs {
        vouchers.extend(voucher(resolver, output).await);
    }
    vouchers
}

/// The header, read; `None` where no signature on it counts.
fn header_alone(header: &[u8]) -> Option<AuthenticatedMessage<'_>> {
    if header.len() > bounds::HEADER_BYTES {
        return None;
    }
    let message = AuthenticatedMessage::parse(header)?;
    let fields = &message.headers;
    let is = |(name, _): &(&[u8], &[u8]), once: &[u8]| name.trim_ascii().eq_ignore_ascii_case(once);
    let is_doubled = |once: &[u8]| fields.iter().filter(|field| is(field, once)).nth(1).is_some();
    let is_sound = fields.len() <= bounds::HEADERS && !ONCE.into_iter().any(is_doubled);
    is_sound.then_some(message)
}

fn has(message: &AuthenticatedMessage<'_>, name: &str) -> bool {
    message.headers.iter().any(|(field, _)| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether a signature could prove the author of a mail, should it be good: `there` are the fields that it must cover as well,
/// lest a mail to others be turned into one to us. SHA-1 proves nothing (RFC 8301 §3.1), nor
/// does a signature that leaves the author out (RFC 6376 §5.4). Those that cover only a part of the body (`l=`) are not
/// verified by mail-auth at all: anything can be written behind that part.
fn may_prove(signature: &Signature, author: &str, there: &[&str]) -> bool {
    let covers = |wanted: &str| signature.h.iter().any(|name| name.trim().eq_ignore_ascii_case(wanted));
    let covers_author = covers("From") && there.iter().all(|name| covers(name));
    signature.a != Algorithm::RsaSha1
        && covers_author
        && signature.h.len() <= MOST_SIGNED
        && may_align(&signature.d, author)
}

/// The body's hash in each of these forms.
async fn hash(
    content: &Arc<Vec<u8>>,
    body_offset: usize,
    mut forms: Vec<Canonicalization>,
) -> Vec<(Canonicalization, Vec<u8>)> {
    forms.sort_unstable_by_key(|form| *form == Canonicalization::Simple);
    forms.dedup();
    let each = |body: &[u8], forms: Vec<Canonicalization>| {
        let of = |form: Canonicalization| HashAlgorithm::Sha256.hash(form.canonical_body(body, 0)).as_ref().to_vec();
        forms.into_iter().map(|form| (form, of(form))).collect()
    };
    if content.len() <= HASHED_AT_ONCE || forms.is_empty() {
        return each(&content[body_offset..], forms);
    }
    let (content, kept) = (Arc::clone(content), forms.clone());
    // What ends badly has a hash that no signature has.
    let ended = tokio::task::spawn_blocking(move || each(&content[body_offset..], forms)).await;
    ended.unwrap_or_else(|_| kept.into_iter().map(|form| (form, Vec::new())).collect())
}

async fn voucher(resolver: &Resolver, output: &DkimOutput<'_>) -> Option<Voucher> {
    let signature = output.signature()?;
    let certain = match output.result() {
        DkimResult::Pass => true,
        DkimResult::TempError(_) => false,
        _ => return None,
    };
    if certain {
        // It is at hand by now.
        let record = resolver.authenticator().txt_raw_lookup(signature.domain_key()).await.ok()?;
        if !is_for_mail(&String::from_utf8_lossy(&record)) {
            return None;
        }
    }
    Some(Voucher { domain: signature.d.clone(), certain })
}

/// Whether a key is meant for mail, and for SHA-256, where it says what it is for (RFC 6376 §3.6.1): a domain may give
/// one to others for its reports. mail-auth leaves that to us.
fn is_for_mail(record: &str) -> bool {
    record.split(';').filter_map(|tag| tag.split_once('=')).all(|(name, value)| {
        let mut values = value.split(':').map(str::trim);
        match name.trim() {
            "s" => values.any(|service| service == "*" || service.eq_ignore_ascii_case("email")),
            "h" => values.any(|hash| hash.eq_ignore_ascii_case("sha256")),
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNED: &str = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s1; i=@x.example.org; \
        h=from:to:From; x=9; l=5; bh=7yeC4Y+9h2+cK2VZkbaCsSsJ6bDjvXVdEF3rN5yPg+I=; b=GkX8awo8\r\nFrom: a@example.org\r\n\r\n";

    proptest! {
        #[test]
        fn no_header_breaks_what_reads_it(places in proptest::collection::vec((0..SIGNED.len(), any::<u8>()), 0..12)) {
            let mut header = SIGNED.as_bytes().to_vec();
            for (place, octet) in places {
                header[place] = octet;
            }
            if let Some(message) = header_alone(&header) {
                for signature in &message.dkim_headers {
                    let covered = message.signed_headers(&signature.header.h, signature.name, signature.value);
                    prop_assert!(covered.count() <= signature.header.h.len() + 1);
                }
            }
        }
    }

    #[test]
    fn a_key_for_something_else_than_mail_proves_no_mail() {
        for (record, is_for) in [
            ("v=DKIM1; p=abc", true),
            ("v=DKIM1; s=email; p=abc", true),
            ("v=DKIM1;s = tlsrpt : * ;p=abc", true),
            ("v=DKIM1; s=tlsrpt; p=abc", false),
            ("v=DKIM1; h=sha1:sha256; p=abc", true),
            ("v=DKIM1; h=sha1; p=abc", false),
        ] {
            assert_eq!(is_for_mail(record), is_for, "{record}");
        }
    }
}
