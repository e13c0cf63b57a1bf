//! The last resort: whom the mail that came back was for, where the report names nobody.

use super::{returned, scan};
use crate::message::{Address, Mail, Part};

/// The one recipient of the returned mail: as a relay noted on it, else its only `To`. None of the domains that the
/// report came to, since those are ours and so is the list's own address.
pub(super) fn recipient(parts: &[Part], text: &str, readers: &[Address]) -> Option<Address> {
    let returned = returned(parts, text)?;
    let is_other = |address: &Address| !readers.iter().any(|reader| reader.domain() == address.domain());
    let noted = returned.headers("Received").filter_map(noted_recipient);
    let named = ["X-Failed-Recipients", "Delivered-To", "X-Original-To"];
    let mut noted: Vec<Address> = named
        .iter()
        .filter_map(|name| scan::address_of(returned.header(name)?))
        .chain(noted)
        .filter(is_other)
        .collect();
    if !noted.is_empty() {
        return Some(noted.swap_remove(0));
    }
    let to = scan::addresses(returned.header("To")?);
    match to.as_slice() {
        [only] if is_other(&only.address) && returned.header("Cc").is_none() => Some(only.address.clone()),
        _ => None,
    }
}

/// `for <ada@example.org>` in a Received field (RFC 5321 §4.4).
fn noted_recipient(received: &str) -> Option<Address> {
    let (_, after) = received.split_once(" for ")?;
    let word = after.split([' ', ';']).find(|word| !word.is_empty())?;
    Address::parse(word.trim_matches(['<', '>'])).ok()
}

/// The returned mail or its header: a part of its own, or what follows the notice in its text.
fn returned(parts: &[Part], text: &str) -> Option<Mail> {
    let is_mail = |part: &&Part| {
        ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"]
            .contains(&part.media_type.as_str())
    };
    if let Some(part) = parts.iter().find(is_mail) {
        return Some(Mail::parse(&part.content));
    }
    let lines: Vec<&str> = text.lines().take(20_000).collect();
    let start = returned::start(&lines, false);
    (start < lines.len()).then(|| Mail::parse(lines[start..].join("\n").as_bytes()))
}

/// Whom the report's own recipient stands for, where the sender wrote that into its reverse-path:
/// `news-bounces+ada=example.org@lists.example` (VERP).
pub(super) fn of_reverse_path(readers: &[Address]) -> Option<Address> {
    readers.iter().find_map(|reader| {
        let (_, encoded) = reader.local().split_once(['+', '-'])?;
        let (local, domain) = encoded.rsplit_once('=')?;
        let local = local.rsplit(['+']).next()?;
        if domain.contains('.') { Address::parse(&format!("{local}@{domain}")).ok() } else { None }
    })
}
