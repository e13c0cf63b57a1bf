//! The headers by which programs tell what they are.

use super::{Judgement, MailKind};
use crate::message::Mail;

/// RFC 5321 §4.5.5.
pub(super) const NULL_REVERSE_PATH: Judgement =
    Judgement { kind: MailKind::Bounce, why: "Its reverse-path is empty, as that of a bounce is." };

/// Headers whose presence says that a program answered, unless their value is `no`.
const AUTOMATIC: [(&str, &str); 9] = [
    ("X-Loop", "It has an X-Loop header, as programs set it."),
    ("X-No-Loop", "It has an X-No-Loop header, as programs set it."),
    ("X-Autoreply", "Its X-Autoreply header says that a program answered."),
    ("X-Autoreply-From", "Its X-Autoreply-From header says that a program answered."),
    ("X-Autorespond", "Its X-Autorespond header says that a program answered."),
    ("X-Autoresponder", "Its X-Autoresponder header says that a program answered."),
    ("X-Mail-Autoreply", "Its X-Mail-Autoreply header says that a program answered."),
    ("X-Vacation", "Its X-Vacation header says that a program answered."),
    ("X-FC-MachineGenerated", "Its X-FC-MachineGenerated header says that a program wrote it."),
];

fn bounce(why: &'static str) -> Option<Judgement> {
    Some(Judgement { kind: MailKind::Bounce, why })
}

fn auto_reply(why: &'static str) -> Option<Judgement> {
    Some(Judgement { kind: MailKind::AutoReply, why })
}

/// A `multipart/report` (RFC 6522), by its stated type or, where it states none, by the parts in it.
pub(super) fn report(mail: &Mail) -> Option<Judgement> {
    let content_type = mail.header("Content-Type")?.to_ascii_lowercase();
    if !content_type.trim_start().starts_with("multipart/report") {
        return None;
    }
    let is = |kind: &str| match parameter(&content_type, "report-type") {
        Some(stated) => stated == kind,
        None => mail.attachments.iter().any(|part| part.media_type.strip_prefix("message/") == Some(kind)),
    };
    if is("feedback-report") {
        Some(Judgement { kind: MailKind::Complaint, why: "It is a report that a reader called a mail spam." })
    } else if is("delivery-status") {
        bounce("It is a report on the delivery of a mail.")
    } else if is("disposition-notification") {
        auto_reply("It is a read receipt.")
    } else {
        None
    }
}

/// A parameter of a header value that is in small letters already.
fn parameter<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    value.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').trim())
    })
}

/// The programs that carry mail write under a name of their own.
pub(super) fn delivery_system(mail: &Mail) -> Option<Judgement> {
    if mail.header("X-Failed-Recipients").is_some() {
        return bounce("Its X-Failed-Recipients header names who was not reached.");
    }
    let from_daemon = match mail.from.first() {
        Some(from) => from.address.local().eq_ignore_ascii_case("mailer-daemon"),
        // Many such senders are no addresses: they lack a domain.
        None => mail.header("From").is_some_and(|from| from.to_ascii_lowercase().contains("mailer-daemon")),
    };
    if from_daemon { bounce("A mail system's MAILER-DAEMON sent it.") } else { None }
}

/// What RFC 3834 and custom have programs put into their answers.
pub(super) fn automatic(mail: &Mail) -> Option<Judgement> {
    if auto_submitted(mail) {
        return auto_reply("Its Auto-Submitted header says that no person sent it.");
    }
    if ["bulk", "junk", "auto_reply"].iter().any(|word| says(mail, "Precedence", word)) {
        return auto_reply("Its Precedence header marks it as bulk or as an automatic answer.");
    }
    if ["all", "autoreply"].iter().any(|word| says(mail, "X-Auto-Response-Suppress", word)) {
        return auto_reply("Its X-Auto-Response-Suppress header asks that nobody answers it.");
    }
    let set = AUTOMATIC.iter().find(|(name, _)| mail.headers(name).any(|value| !value.eq_ignore_ascii_case("no")));
    set.and_then(|(_, why)| auto_reply(why))
}

/// RFC 3834 §5. `auto-forwarded` is a person's mail that a program passed on.
fn auto_submitted(mail: &Mail) -> bool {
    mail.headers("Auto-Submitted").any(|value| {
        let word = value.split([';', '(', ' ', '\t']).next().unwrap_or_default();
        !["", "no", "auto-forwarded"].iter().any(|person| word.eq_ignore_ascii_case(person))
    })
}

/// Whether one of the words in any header of that name is this one.
fn says(mail: &Mail, name: &str, word: &str) -> bool {
    mail.headers(name).any(|value| value.split([',', ';', ' ', '\t']).any(|part| part.eq_ignore_ascii_case(word)))
}
