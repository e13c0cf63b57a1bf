//! Delivery status notifications (RFC 3464): for each recipient its address, what became of the mail, and why.

use super::fields::{self, Field};
use super::status::{self, Outcome};
use super::{FailedRecipient, RECIPIENTS, cause, scan};
use crate::message::Address;

/// What became of a mail for one recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Failed,
    Delayed,
    /// Delivered, passed on to a system that sends no reports, or to several people.
    Done,
}

/// The recipients that a report's status part tells of, in its order. Fields that stand in plain text are read too.
pub(super) fn recipients(text: &str) -> Vec<FailedRecipient> {
    let mut found: Vec<FailedRecipient> = Vec::new();
    for group in by_recipient(fields::groups(text)) {
        if found.len() >= RECIPIENTS {
            break;
        }
        if let Some(one) = recipient(&group)
            && !found.iter().any(|known| known.recipient.key() == one.recipient.key())
        {
            found.push(one);
        }
    }
    found
}

/// One group for each recipient: some systems forget the blank line between two, some put one within.
fn by_recipient(groups: Vec<Vec<Field>>) -> Vec<Vec<Field>> {
    let mut found: Vec<Vec<Field>> = Vec::new();
    for group in groups {
        let goes_on = !group.iter().any(|field| names_recipient(&field.name));
        if let (true, Some(last)) = (goes_on, found.last_mut()) {
            if fields::first(last, "action").is_none() || fields::first(last, "status").is_none() {
                last.extend(group);
            }
            continue;
        }
        let mut open: Vec<Field> = Vec::new();
        for field in group {
            let begins = names_recipient(&field.name) && fields::first(&open, &field.name).is_some();
            if begins {
                found.push(std::mem::take(&mut open));
            }
            open.push(field);
        }
        if open.iter().any(|field| names_recipient(&field.name)) {
            found.push(open);
        }
    }
    found
}

fn names_recipient(name: &str) -> bool {
    ["final-recipient", "original-recipient", "x-actual-recipient"].contains(&name)
}

fn recipient(group: &[Field]) -> Option<FailedRecipient> {
    let action = fields::first(group, "action").and_then(action);
    let diagnostic = fields::first(group, "diagnostic-code").unwrap_or_default();
    let stated = fields::first(group, "status").unwrap_or_default();
    let is_delay = action == Some(Action::Delayed);
    let said = status::told_by(diagnostic, is_delay);
    let mut outcome = status::stated(stated, diagnostic).unwrap_or_else(|| said.clone());
    if action.is_none() && outcome == Outcome::default() && stated.is_empty() && diagnostic.is_empty() {
        return None;
    }
    if action == Some(Action::Done) {
        outcome = Outcome { status: outcome.status.filter(|status| status.starts_with('2')), class: Some('2') };
        outcome.status.get_or_insert_with(|| "2.0.0".to_owned());
    } else if outcome.class == Some('2') {
        // A failure with a status of success: the action is right.
        outcome = said;
    }
    if outcome.status.is_none() && action == Some(Action::Failed) {
        outcome.status = cause::detail(&stated.to_lowercase()).map(|detail| format!("5.{detail}"));
    }
    Some(FailedRecipient {
        recipient: address(group)?,
        permanent: outcome.is_permanent(is_delay),
        delayed: is_delay,
        status: outcome.status,
    })
}

/// Some systems translate the word, or put something after it.
fn action(value: &str) -> Option<Action> {
    let word: String = value.trim().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    match word.to_ascii_lowercase().as_str() {
        "failed" | "failure" | "fail" | "error" | "expired" | "undeliverable" => Some(Action::Failed),
        "delayed" | "delay" | "deferred" => Some(Action::Delayed),
        "delivered" | "relayed" | "expanded" | "deliverable" => Some(Action::Done),
        _ => None,
    }
}

/// Whom we wrote to: the original recipient where it is told, since the final one may be whoever that forwards to.
fn address(group: &[Field]) -> Option<Address> {
    let read = |name| fields::first(group, name).and_then(typed);
    let (original, last) = (read("original-recipient"), read("final-recipient"));
    match (original, last) {
        // Quotes that a local part needs get lost in the original.
        (Some(original), Some(last)) if last.as_str().replace('"', "") == original.as_str() => Some(last),
        (original, last) => original.or(last).or_else(|| read("x-actual-recipient")),
    }
}

/// An address with its type before it: `rfc822`, in which `+hh` may stand for a character (xtext, RFC 3461 §4), or
/// `utf-8`, in which `\x{…}` may (RFC 6533 §3).
fn typed(value: &str) -> Option<Address> {
    let (kind, rest) = value.split_once(';').unwrap_or(("", value));
    let kind = kind.trim().to_ascii_lowercase();
    match kind.as_str() {
        "utf-8" => scan::address_of(&without_escapes(rest)),
        "rfc822" if rest.contains("+3D") || rest.contains("+2B") || rest.contains("+40") => {
            scan::address_of(&without_xtext(rest.trim()))
        }
        "x-local" | "x400" | "local" if !rest.contains('@') => None,
        _ => scan::address_of(value),
    }
}

/// `\x{hex}` as the character.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x{") {
        plain.push_str(before);
        let spelled = after.split_once('}').and_then(|(hex, after)| {
            let code = if hex.len() <= 6 { u32::from_str_radix(hex, 16).ok()? } else { return None };
            Some((char::from_u32(code)?, after))
        });
        match spelled {
            Some((c, after)) => {
                plain.push(c);
                rest = after;
            }
            None => {
                plain.push_str("\\x{");
                rest = after;
            }
        }
    }
    plain + rest
}

/// `+hh` as the ASCII character, where the digits are capitals, as the standard wants them.
fn without_xtext(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        plain.push_str(before);
        let hex = after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii_graphic) {
            Some(byte) => {
                plain.push(char::from(byte));
                rest = &after[2..];
            }
            None => {
                plain.push('+');
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, bool)> {
        let shown = |one: FailedRecipient| {
            (one.recipient.to_string(), one.status.unwrap_or_else(|| "-".to_owned()), one.permanent)
        };
        recipients(text).into_iter().map(shown).collect()
    }

    fn one(address: &str, status: &str, permanent: bool) -> Vec<(String, String, bool)> {
        vec![(address.to_owned(), status.to_owned(), permanent)]
    }

    #[test]
    fn each_group_tells_of_one_recipient() {
        let text = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\n\
                    Status: 5.1.1\n\nFinal-Recipient: rfc822;b@x.example\nAction: delayed\nStatus: 4.4.1\n\n\
                    Final-Recipient: RFC822; <c@x.example>\nAction: relayed\nStatus: 2.6.0\n";
        let expected =
            [one("a@x.example", "5.1.1", true), one("b@x.example", "4.4.1", false), one("c@x.example", "2.6.0", false)];
        assert_eq!(read(text), expected.concat());
    }

    #[test]
    fn a_missing_or_needless_blank_line_between_fields_does_no_harm() {
        let glued = "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n\
                     Final-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.2.2\n";
        assert_eq!(read(glued), [one("a@x.example", "5.1.1", true), one("b@x.example", "5.2.2", true)].concat());
        let torn = "Final-Recipient: rfc822; a@x.example\n\nAction: failed\n\nStatus: 5.1.1\n";
        assert_eq!(read(torn), one("a@x.example", "5.1.1", true));
    }

    #[test]
    fn an_action_counts_more_than_a_status_of_the_wrong_class() {
        let group = |action: &str, status: &str, said: &str| {
            format!(
                "Final-Recipient: rfc822; a@x.example\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n"
            )
        };
        assert_eq!(read(&group("delivered", "", "")), one("a@x.example", "2.0.0", false));
        assert_eq!(read(&group("expanded", "2.0.0", "")), one("a@x.example", "2.0.0", false));
        assert_eq!(read(&group("delayed", "5.4.7", "")), one("a@x.example", "5.4.7", false));
        assert_eq!(read(&group("failed", "2.0.0", "smtp; 550 no such user")), one("a@x.example", "5.1.1", true));
        assert_eq!(read(&group("failed", "", "smtp; 452 4.2.2 full")), one("a@x.example", "4.2.2", false));
        assert_eq!(read(&group("failed (gone)", "none", "")), one("a@x.example", "-", true));
    }

    #[test]
    fn encoded_addresses_are_decoded() {
        let of = |value: &str| read(&format!("Original-Recipient: {value}\nAction: failed\nStatus: 5.1.1\n"));
        assert_eq!(of("rfc822; ada+2Btalk@x.example"), one("ada+talk@x.example", "5.1.1", true));
        assert_eq!(of("rfc822; ada+talk@x.example"), one("ada+talk@x.example", "5.1.1", true));
        assert_eq!(of("utf-8; j\\x{FC}rgen@x.example"), one("jürgen@x.example", "5.1.1", true));
        assert_eq!(of("utf-8; jürgen@x.example"), one("jürgen@x.example", "5.1.1", true));
        assert_eq!(of("utf-8; \\x{110000}\\x{x.example").len(), 0);
    }

    #[test]
    fn where_the_final_recipient_is_no_address_the_original_counts() {
        let text = "Original-Recipient: rfc822;a@x.example\nFinal-Recipient: x-local; |/bin/filter\nAction: failed\n";
        assert_eq!(read(text), one("a@x.example", "-", true));
        assert_eq!(read("Final-Recipient: x-local; gone\nAction: failed\n"), []);
        assert_eq!(read("Final-Recipient: rfc822; a@x.example\n"), []);
    }
}
