//! Addresses as they stand in running text.

use std::ops::Range;

use crate::message::Address;

/// How far from its `@` an address reaches: the most bytes of either side.
const REACH: usize = 320;

/// An address in a line, and where it stands, without brackets or quotes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub address: Address,
    pub place: Range<usize>,
}

/// The addresses in a line, in order. What stands in angle brackets is taken as it is; elsewhere an address ends with
/// the characters that one usually has, since many scripts write on without a blank.
pub(super) fn addresses(line: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for at in memchr::memchr_iter(b'@', line.as_bytes()) {
        let after = found.last().map_or(0, |last| last.place.end);
        if let Some(place) = bracketed(line, at).or_else(|| bare(line, at)).filter(|place| place.start >= after)
            && let Ok(address) = Address::parse(&line[place.clone()])
        {
            found.push(Found { address, place });
        }
    }
    found
}

/// The address of a value that may have a type before it (`rfc822; ada@example.org`), brackets or a comment around it.
pub(super) fn address_of(value: &str) -> Option<Address> {
    let untyped = match value.split_once(';') {
        Some((kind, rest)) if !kind.contains(['@', '"']) => rest,
        _ => value,
    };
    let inside = untyped.trim().trim_matches(|c: char| "<>[]".contains(c) || c.is_whitespace());
    Address::parse(inside).ok().or_else(|| addresses(untyped).into_iter().next().map(|found| found.address))
}

/// `<…>` around the `@`, without a scheme before the address.
fn bracketed(line: &str, at: usize) -> Option<Range<usize>> {
    let from = line.floor_char_boundary(at.saturating_sub(REACH));
    let to = line.floor_char_boundary((at + REACH).min(line.len()));
    let open = from + line[from..at].rfind('<')? + 1;
    let close = at + line[at..to].find('>')?;
    let mut inside = &line[open..close];
    for scheme in ["mailto:", "smtp:", "rfc822:"] {
        if inside.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) {
            inside = &inside[scheme.len()..];
        }
    }
    let start = close - inside.len();
    let is_one = inside.matches('@').count() == 1 && !inside.contains([' ', '\t', '<']) && inside.contains('.');
    (is_one && start < at).then_some(start..close)
}

/// The characters around the `@` that addresses usually have. The domain must have a dot, and end in letters.
fn bare(line: &str, at: usize) -> Option<Range<usize>> {
    let bytes = line.as_bytes();
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(b);
    let is_domain = |b: &u8| b.is_ascii_alphanumeric() || b".-_".contains(b);
    let reach = bytes[at.saturating_sub(REACH)..at].iter().rev().take_while(|b| is_local(b)).count();
    let mut start = at - reach;
    // X.400 gateways write it as the value of an attribute.
    if let Some(mark) = line[start..at].to_ascii_lowercase().rfind("smtp=") {
        start += mark + "smtp=".len();
    }
    start += bytes[start..at].iter().take_while(|b| b"'*=|.-/".contains(b)).count();
    let mut end = at + 1 + bytes[at + 1..].iter().take(REACH).take_while(|b| is_domain(b)).count();
    while end > at && b".-_".contains(&bytes[end - 1]) {
        end -= 1;
    }
    let domain = line.get(at + 1..end)?;
    let (_, last) = domain.rsplit_once('.')?;
    let ends_well = last.len() > 1 && last.bytes().any(|b| b.is_ascii_alphabetic());
    (start < at && ends_well).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<String> {
        addresses(line).into_iter().map(|found| found.address.to_string()).collect()
    }

    #[test]
    fn addresses_are_found_whatever_stands_around_them() {
        for line in [
            "gone@x.example",
            "<gone@x.example>:",
            "<gone@x.example>... User unknown",
            "'gone@x.example' was not found.",
            "Recipient: [SMTP:gone@x.example]",
            "c=de;a= ;p=acme;dda:SMTP=gone@x.example; on Monday",
            "(gone@x.example)",
            "向gone@x.example发送失败",
            "* gone@x.example.",
            "*gone@x.example",
        ] {
            assert_eq!(read(line), ["gone@x.example"], "{line}");
        }
        assert_eq!(read("a.b..c@docomo.example and d-e+f=g@y.example"), ["a.b..c@docomo.example", "d-e+f=g@y.example"]);
        assert_eq!(read("<jürgen@bücher.example>"), ["jürgen@bücher.example"]);
    }

    #[test]
    fn what_has_no_domain_is_no_address() {
        for line in ["", "@", "a@", "@b.example", "root@localhost", "at 10@192.0.2.1", "<a@b@c.example>", "x@y.1"] {
            assert_eq!(read(line).len(), usize::from(line.contains("c.example")), "{line}");
        }
    }

    #[test]
    fn a_typed_value_is_read_without_its_type() {
        for value in [
            "rfc822; gone@x.example",
            "RFC822;<gone@x.example>",
            "gone@x.example",
            "rfc822; gone@x.example (Gone Person)",
            "rfc822; \"gone@x.example\"",
        ] {
            assert_eq!(address_of(value).unwrap().as_str(), "gone@x.example", "{value}");
        }
        assert_eq!(address_of("x-local; gone"), None);
    }
}
