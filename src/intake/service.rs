//! Mail to `postmaster@` and `abuse@`: understood, and wrapped for the owners.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Gate;
use super::hops::goes_in_circles;
use crate::bounce::{self, MailKind};
use crate::compose::{self, OwnerMail};
use crate::discussion::{MemberId, ServiceMailbox};
use crate::message::{Address, Mail};
use crate::smtp::Envelope;
use crate::store::{Arrival, ForOwner, SentOn, Store, StoreError};
use crate::token::{Kind, TOKEN_LENGTH, Token};
use crate::trust::Why;

/// The largest mail that is sent on, octets: in base64 it is then still one that relays take. A larger one is kept.
const LARGEST: usize = 5 << 20;

/// How many Message-IDs of one mail are tried.
const MOST_IDS: usize = 100;

/// How many lines of a mail are shown beside it, and how many characters of each; there a paragraph may be one line.
const MOST_LINES: usize = 40;
const MOST_COLUMNS: usize = 1_000;

/// The service mailbox of this address, where it is at our domain or at this machine's name (RFC 5321 §4.5.1).
pub fn service_mailbox(gate: &Gate, address: &Address) -> Option<ServiceMailbox> {
    let ours = [&gate.domain, &gate.host].iter().any(|domain| address.domain().eq_ignore_ascii_case(domain));
    ServiceMailbox::of_local_part(address.local()).filter(|_| ours)
}

/// What becomes of a mail that came to a service mailbox, `address`.
pub(super) fn for_owner(
    store: &Store,
    gate: &Gate,
    address: &Address,
    envelope: &Envelope,
    mail: &Mail,
    content: &[u8],
    received_at: Timestamp,
) -> Result<ForOwner, StoreError> {
    let kind = bounce::judgement(mail, content, envelope.reverse_path.is_none()).kind;
    if goes_in_circles(mail, &gate.host) {
        return Ok(ForOwner::Hold(Why::Circles));
    }
    // Whatever it is, a mail of ours to an owner that comes back ends here, and so does what a machine says to one.
    if names_notice(store, gate, mail.message_id.as_str().as_bytes())? {
        return Ok(ForOwner::Keep("our own mail came back"));
    }
    let is_said_to_us = match kind {
        MailKind::Bounce => names_notice(store, gate, content)?,
        MailKind::AutoReply => {
            answered(mail).try_fold(false, |so, id| Ok::<_, StoreError>(so || names_notice(store, gate, id)?))?
        }
        MailKind::Mail | MailKind::Complaint => false,
    };
    if is_said_to_us {
        return Ok(ForOwner::Keep("a machine answered our own mail"));
    }
    if !may_go_on(kind, envelope, mail) || kind == MailKind::Complaint && names_notice(store, gate, content)? {
        return Ok(ForOwner::Hold(Why::Automatic));
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
    Ok(ForOwner::SendOn(
        SentOn { subject: frozen.subject, body, fingerprint, token_key, automatic: kind != MailKind::Mail },
        gate.owner_bounds,
    ))
}

/// Whether a mail of this kind may be sent on. What answers by itself would answer that too; a bounce is none of a mail
/// that somebody wrote to us.
fn may_go_on(kind: MailKind, envelope: &Envelope, mail: &Mail) -> bool {
    match kind {
        MailKind::Mail | MailKind::Complaint => true,
        MailKind::Bounce => false,
        MailKind::AutoReply => envelope.reverse_path.is_some() && !is_answer(mail),
    }
}

/// Whether an automatic mail answers another one (RFC 3834 §3.1.5 and §5).
fn is_answer(mail: &Mail) -> bool {
    let says_so = mail.headers("Auto-Submitted").any(|value| value.to_ascii_lowercase().starts_with("auto-replied"));
    let answers = ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Mail-Autoreply", "X-Vacation"];
    says_so || answered(mail).next().is_some() || answers.iter().any(|name| mail.header(name).is_some())
}

/// The ids of the mails that a mail answers.
fn answered(mail: &Mail) -> impl Iterator<Item = &[u8]> {
    mail.in_reply_to.iter().chain(&mail.references).map(|id| id.as_str().as_bytes())
}

/// Whether the Message-ID of a mail of ours to an owner, `n.TOKEN@domain`, stands in there; its token proves it.
fn names_notice(store: &Store, gate: &Gate, content: &[u8]) -> Result<bool, StoreError> {
    let behind = [b"@", gate.domain.as_bytes()].concat();
    let candidates: Vec<&str> = content
        .windows(2 + TOKEN_LENGTH + behind.len())
        .filter(|id| id.starts_with(b"n.") && id[2 + TOKEN_LENGTH..].eq_ignore_ascii_case(&behind))
        .filter_map(|id| std::str::from_utf8(&id[2..2 + TOKEN_LENGTH]).ok())
        .take(MOST_IDS)
        .collect();
    if candidates.is_empty() {
        return Ok(false);
    }
    let is_to_owner =
        |list, token| matches!(gate.keys.read(Kind::Sent, list, token), Some(Token::Sent(MemberId(0), _)));
    Ok(store.lists()?.iter().any(|list| candidates.iter().any(|token| is_to_owner(list.id, token))))
}

/// The first lines of what a mail says, for programs that cannot open the mail attached; indented, so that each line stays
/// one.
fn beginning(mail: &Mail) -> String {
    let mut lines = mail.text.trim().lines();
    let shown: Vec<String> = lines
        .by_ref()
        .take(MOST_LINES)
        .map(|line| {
            let mut rest = line.char_indices().skip(MOST_COLUMNS);
            let end = rest.next().map_or(line.len(), |(at, _)| at);
            format!("  {}{}", &line[..end], if end < line.len() { " …" } else { "" })
        })
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    let cut = if lines.next().is_some() { "\n\n(There is more in the mail attached.)" } else { "" };
    format!("\n\nIt says:\n\n{}{cut}", shown.join("\n"))
}

fn text(address: &Address, envelope: &Envelope, mail: &Mail, received_at: Timestamp) -> String {
    let from = mail.from.iter().map(|from| match &from.name {
        Some(name) => format!("{name} <{}>", from.address),
        None => from.address.to_string(),
    });
    let from = Some(from.collect::<Vec<_>>().join(", ")).filter(|from| !from.is_empty());
    let when = received_at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC");
    let envelope_sender = envelope.reverse_path.as_ref().map_or("<>".to_owned(), Address::to_string);
    let whose = match address.local().to_ascii_lowercase().ends_with("+owner") {
        true => "It is the address of a list's owner, which every mail of the list names.",
        false => "Every mail system has this address, and what comes to it goes to those who own its lists.",
    };
    format!(
        "Somebody wrote to {address}. {whose} The mail is attached as it came; whether its sender is who it says was not checked.\n\n\
         \x20 From: {}\n  Envelope sender: {envelope_sender}\n  Handed over by: {} ({})\n  To: {address}\n  Came: {when}\n\
         \x20 Subject: {}\n\n{}",
        from.as_deref().unwrap_or("nobody named"),
        envelope.helo,
        envelope.peer.ip(),
        mail.subject,
        match mail.from.as_slice() {
            [writer] if compose::can_be_answered(&writer.address) => "An answer to this mail goes to its sender.",
            [_] => "An answer to this mail does not go to its sender: write to that address.",
            _ => "It names no one to answer.",
        },
    ) + &beginning(mail)
}
