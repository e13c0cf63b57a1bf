//! Whether a mail is meant for where it came: whoever has a mail that its author's domain signed can hand it over again,
//! anywhere and at any time (RFC 6376 §8.6). What its author wrote to others, or long ago, says nothing here.

use jiff::{SignedDuration, Timestamp};

use crate::message::{Address, Mail};
use crate::smtp::Envelope;

/// How long after its Date a mail may come; mail systems try for five days (RFC 5321 §4.5.4.1).
const LATEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How far a sender's clock may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The most addresses of To and Cc that are looked at.
const MOST: usize = 200;

/// Whether To or Cc names an address here that the mail was handed over for, and its Date is near `at`. `exactly`: that very
/// address, and not only another of the same list.
pub(super) fn is_meant(mail: &Mail, envelope: &Envelope, exactly: bool, at: Timestamp) -> bool {
    let is_near = mail.date.is_some_and(|date| {
        let age = at.duration_since(date);
        age <= LATEST && age >= -AHEAD
    });
    let list = |address: &Address| {
        let key = address.key();
        key.split_once('@').map(|(local, domain)| {
            let name = local.split('+').next().unwrap_or_default();
            format!("{name}@{domain}")
        })
    };
    let is_it = |named: &Address| {
        envelope.recipients.iter().any(|to| match exactly {
            true => to.key() == named.key(),
            false => list(to) == list(named),
        })
    };
    is_near && named(mail).any(|named| is_it(&named))
}

fn named(mail: &Mail) -> impl Iterator<Item = Address> {
    let words =
        ["To", "Cc"].into_iter().flat_map(|name| mail.headers(name)).flat_map(|value| value.split([',', ' ', ';']));
    let bare = |word: &str| Address::parse(word.trim_matches(['<', '>', '"', ':'])).ok();
    words.filter(|word| word.contains('@')).take(MOST).filter_map(bare)
}
