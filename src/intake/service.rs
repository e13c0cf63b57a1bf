//! Mail to `postmaster@` and `abuse@`: understood, and wrapped for the owners.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Gate;
use super::hops::goes_in_circles;
use crate::bounce::MailKind;
use crate::compose::{self, OwnerMail};
use crate::discussion::ServiceMailbox;
use crate::message::{Address, Mail};
use crate::smtp::Envelope;
use crate::store::{Arrival, ForOwner, SentOn, StoreError};
use crate::trust::Why;

/// The largest mail that is sent on, octets: in base64 it is then still one that relays take. A larger one is kept.
const LARGEST: usize = 5 << 20;

/// The service mailbox of this address, where it is at our domain or at this machine's name (RFC 5321 §4.5.1).
pub fn service_mailbox(gate: &Gate, address: &Address) -> Option<ServiceMailbox> {
    let ours = [&gate.domain, &gate.host].iter().any(|domain| address.domain().eq_ignore_ascii_case(domain));
    ServiceMailbox::of_local_part(address.local()).filter(|_| ours)
}

/// What becomes of a mail that came to a service mailbox, `address`.
pub(super) fn for_owner(
    gate: &Gate,
    address: &Address,
    envelope: &Envelope,
    mail: &Mail,
    kind: MailKind,
    content: &[u8],
    received_at: Timestamp,
) -> Result<ForOwner, StoreError> {
    if goes_in_circles(mail, &gate.host) {
        return Ok(ForOwner::Keep("it goes in circles"));
    }
    // Our own mails to the owners say so as well: one that comes back ends here.
    if kind != MailKind::Mail {
        return Ok(ForOwner::Keep("a machine sent it"));
    }
    if is_ours(gate, mail) {
        return Ok(ForOwner::Keep("our own mail came back"));
    }
    if content.len() > LARGEST {
        return Ok(ForOwner::Hold(Why::TooLarge));
    }
    let writer = match mail.from.as_slice() {
        [writer] => Some(&writer.address),
        _ => None,
    };
    let wrapped = OwnerMail {
        domain: &gate.domain,
        subject: format!("Mail to {address}: {}", mail.subject),
        text: text(address, envelope, mail, received_at),
        reply_to: writer,
        original: Some(content),
    };
    let frozen = compose::owner_mail(&wrapped).map_err(|error| StoreError::Refused(error.to_string()))?;
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, &frozen.bytes).as_ref());
    let body = Arrival::compress(&frozen.bytes)?;
    let token_key = gate.keys.newest();
    Ok(ForOwner::SendOn(SentOn { subject: frozen.subject, body, fingerprint, token_key }, gate.owner_bounds))
}

/// A mail that went through a list of ours, or claims to be from a service mailbox itself.
fn is_ours(gate: &Gate, mail: &Mail) -> bool {
    let ours = format!(".{}>", gate.domain);
    mail.headers("List-Id").any(|id| id.to_lowercase().contains(&ours))
        || mail.from.iter().any(|from| service_mailbox(gate, &from.address).is_some())
}

fn text(address: &Address, envelope: &Envelope, mail: &Mail, received_at: Timestamp) -> String {
    let from = mail.from.iter().map(|from| match &from.name {
        Some(name) => format!("{name} <{}>", from.address),
        None => from.address.to_string(),
    });
    let from = Some(from.collect::<Vec<_>>().join(", ")).filter(|from| !from.is_empty());
    let when = received_at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC");
    let envelope_sender = envelope.reverse_path.as_ref().map_or("<>".to_owned(), Address::to_string);
    format!(
        "Somebody wrote to {address}. Every mail system has this address, and what comes to it goes to those who own its \
         lists. The mail is attached as it came; whether its sender is who it says was not checked.\n\n\
         \x20 From: {}\n  Envelope sender: {envelope_sender}\n  Handed over by: {} ({})\n  To: {address}\n  Came: {when}\n\
         \x20 Subject: {}\n\n{}",
        from.as_deref().unwrap_or("nobody named"),
        envelope.helo,
        envelope.peer.ip(),
        mail.subject,
        if mail.from.len() == 1 { "An answer to this mail goes to its sender." } else { "It names no one to answer." },
    )
}
