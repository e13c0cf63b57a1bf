//! Complaints wherever they are sent: whose they are stands in the mail that they give back.

use jiff::Timestamp;

use super::Gate;
use super::address::{Wanted, What, wanted};
use crate::bounce::{MailKind, Nature, Report, Returned};
use crate::discussion::OutboxId;
use crate::message::{Address, Mail, parts};
use crate::store::{Purpose, Request, Store, StoreError};
use crate::token::Token;

/// How many fields of a mail that is given back are tried.
const MOST_FIELDS: usize = 20;

/// What a complaint asks: that the reader leaves whose token, for leaving or for bounces, stands in the header of the mail
/// that it gives back. Nothing where it is none, or gives back none of ours.
pub(super) fn complaints(
    store: &Store,
    gate: &Gate,
    report: &Report,
    content: &[u8],
    now: Timestamp,
) -> Result<Vec<Request>, StoreError> {
    if report.judgement.kind != MailKind::Complaint {
        return Ok(Vec::new());
    }
    for part in parts(content).iter().filter(|part| part.media_type.contains("rfc822")) {
        let mail = Mail::parse(&part.content);
        let fields = ["List-Unsubscribe", "Return-Path"].into_iter().flat_map(|name| mail.headers(name));
        for address in fields.take(MOST_FIELDS).flat_map(addresses) {
            let found = wanted(store, &gate.keys, &gate.domain, &address, now)?;
            if let Some(Wanted { list, what: What::Token(Token::Unsubscribe(reader) | Token::Bounce(reader, _)) }) =
                found
            {
                let returned = Returned { nature: Nature::Complaint, status: None };
                let purpose = Purpose::Bounce(reader, OutboxId(0), Some(returned));
                return Ok(vec![Request { list: list.id, purpose }]);
            }
        }
    }
    Ok(Vec::new())
}

/// The mail addresses between a field's brackets, also those of `mailto:` links.
fn addresses(field: &str) -> impl Iterator<Item = Address> + '_ {
    field.split('<').skip(1).take(MOST_FIELDS).filter_map(|rest| {
        let inside: String = rest.split(['>', '?']).next()?.split_whitespace().collect();
        let bare = inside.strip_prefix("mailto:").unwrap_or(&inside).replace("%2B", "+").replace("%2b", "+");
        Address::parse(&bare).ok()
    })
}
