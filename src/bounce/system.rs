//! Reports that no header states: known when several signs come together, of which none would do alone, since people
//! write about mail that failed, pass reports on and run mail systems.

use super::notice::{Notice, Parties};
use super::{Judgement, MailKind, marks, scan};
use crate::message::Mail;

/// What the local part of a mail system's own address is, or starts with.
const SYSTEM_NAMES: &[&str] = &[
    "postmaster",
    "post_master",
    "mailerdaemon",
    "mailer_daemon",
    "mail-daemon",
    "maildaemon",
    "mdaemon",
    "mail.delivery.system",
    "mail_delivery_system",
    "mailadmin",
    "mail-admin",
    "imss",
    "interscan",
    "symantec_antivirus",
    "e500_smtp",
    "bounce",
    "ndr",
    "delivery",
];

/// The names that mail systems sign with, in small letters.
const SIGNED: &[&str] = &[
    "mail delivery",
    "mailer-daemon",
    "mailer daemon",
    "system administrator",
    "systemadministrator",
    "administrateur système",
    "administrador del sistema",
    "postmaster",
    "delivery subsystem",
    "mail deliver system",
    "mail administrator",
    "mail system",
    "mailserver",
    "mail server",
    "interscan",
    "mail daemon",
    "mdaemon",
    "delivery status",
    "internet mail delivery",
    "mail gateway",
    "microsoft outlook",
    "lsmtp",
    "automated response",
    "система доставки",
];

/// How the subjects of reports start, in small letters.
const SUBJECTS: &[&str] = &[
    "undeliverable",
    "undelivered",
    "undeliverable mail",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery notification",
    "delivery report",
    "delivery unsuccessful",
    "failure notice",
    "failure delivery",
    "failed delivery",
    "failed mail",
    "mail delivery",
    "mail could not be delivered",
    "mail not delivered",
    "mail failure",
    "mail failed",
    "mail system error",
    "mail undeliverable",
    "mailer error",
    "message delivery",
    "message undeliverable",
    "message could not be delivered",
    "message not delivered",
    "returned mail",
    "returned to sender",
    "returned message",
    "return to sender",
    "non-delivery",
    "nondeliverable",
    "nondelivery",
    "non delivery",
    "permanent delivery failure",
    "processing error",
    "rejected",
    "automatically rejected mail",
    "warning: message",
    "warning: could not send",
    "warning--could not send",
    "delayed mail",
    "delivery delayed",
    "could not deliver",
    "unable to deliver",
    "your message could not be delivered",
    "there was an error sending your mail",
    "[postmaster]",
    "bounce]",
    "delivery status",
    "bounced mail",
    "bounce notification",
    "unzustellbar",
    "nicht zustellbar",
    "zustellung fehlgeschlagen",
    "unzustellbare",
    "non remis",
    "non distribuable",
    "échec de la remise",
    "no se puede entregar",
    "no entregado",
    "correo no entregado",
    "não entregue",
    "non recapitabile",
    "mancato recapito",
    "onbestelbaar",
    "niet te bezorgen",
    "niedostarczone",
    "недоставленн",
    "не доставлено",
    "ваше сообщение не доставлено",
    "nedoručiteln",
    "未送達",
    "配信不能",
    "退信",
    "系统退信",
];

/// Words by which a subject is one of a report wherever they stand.
const IN_SUBJECT: &[&str] = &[
    "could not be delivered",
    "(delivery failed)",
    "undeliver",
    "not delivered",
    "not been delivered",
    "delivery fail",
    "delivery status",
    "non remis",
    "user unknown!",
    "not listed in domino",
    "was not delivered",
    "returning message to sender",
    "konnte nicht zugestellt werden",
];

/// A mail that came without a reverse-path: reports have none, and neither have many automatic answers.
pub(super) fn judge_by_reverse_path(mail: &Mail) -> Judgement {
    let notice = Notice::read(&mail.subject, &mail.text);
    let tells = notice.tells_failure() && !notice.recipients(&Parties::of(mail)).is_empty();
    let is_report = sender(mail) > 1 || subject(mail) > 0 || gives_mail_back(mail) || tells;
    if is_report { marks::NULL_REVERSE_PATH } else { marks::NULL_BUT_NO_REPORT }
}

/// What speaks for a mail to be a report. Three signs of different kinds are asked for at least.
#[derive(Default)]
struct Signs {
    sender: u32,
    subject: u32,
    envelope: u32,
    words: u32,
}

pub(super) fn judge(mail: &Mail, null_reverse_path: bool) -> Option<Judgement> {
    let mut signs = Signs {
        sender: sender(mail),
        subject: subject(mail),
        envelope: u32::from(null_reverse_path || returned_to_nobody(mail))
            + u32::from(marks::is_automatic(mail))
            + u32::from(goes_to_bounces(mail)),
        words: 0,
    };
    // The text is read only where something else speaks for a report: most mail is a person's.
    if signs.sender + signs.subject == 0 && !null_reverse_path || is_persons(mail, &signs) {
        return None;
    }
    let notice = Notice::read(&mail.subject, &mail.text);
    let parties = Parties::of(mail);
    let names_somebody = !notice.recipients(&parties).is_empty();
    signs.words = match (notice.tells_failure(), names_somebody) {
        (true, true) => 2,
        (false, true) => 1,
        (_, false) => u32::from(gives_mail_back(mail)),
    };
    // Who keeps a mail system writes about such things as well, so its name and the words alone do not do.
    // Less than both words of failure and somebody named does only under the subject of a report: mail systems write
    // of other things too.
    let enough = (signs.words > 1 || signs.words > 0 && signs.subject > 0)
        && signs.subject + signs.envelope > 0
        && signs.sender + signs.subject + signs.envelope + signs.words >= 4;
    enough.then_some(Judgement {
        kind: MailKind::Bounce,
        sure: true,
        why: "A mail system wrote it: it says that a mail was not delivered, and to whom.",
    })
}

/// Whether it is somebody's answer, or a mail passed on.
fn is_persons(mail: &Mail, signs: &Signs) -> bool {
    let is_passed_on = mail.base_subject().len() < mail.subject.trim().len() && !mail.subject.starts_with('[');
    let is_answer = is_passed_on || !mail.in_reply_to.is_empty() || !mail.references.is_empty();
    let is_of_list = marks::is_of_discussion(mail) || mail.header("List-Id").is_some();
    let starts_quoted =
        mail.text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with('>'));
    if goes_to_bounces(mail) {
        return false;
    }
    match signs.sender {
        // A mail that many get, from nobody who keeps a mail system by its address, is a report only with one's parts.
        2.. => is_of_list && signs.envelope == 0 && !has_system_address(mail) && !gives_mail_back(mail),
        // People ask about reports, and show them.
        0 => is_answer || is_of_list || starts_quoted || signs.envelope == 0,
        1 => is_answer || is_of_list || starts_quoted,
    }
}

fn has_system_address(mail: &Mail) -> bool {
    let local = mail.from.first().map(|from| from.address.local().to_lowercase());
    local.is_none_or(|local| SYSTEM_NAMES.iter().any(|name| local.starts_with(name)))
}

fn sender(mail: &Mail) -> u32 {
    let header = mail.header("From").unwrap_or_default().to_lowercase();
    let Some(from) = mail.from.first() else {
        // RFC 5321 §4.5.5 wants an empty reverse-path; some systems leave the header empty as well.
        let is_nobody = mail.header("From").is_some() && header.replace(' ', "") == "<>";
        return if is_nobody || SIGNED.iter().any(|name| header.contains(name)) { 2 } else { 0 };
    };
    let local = from.address.local().to_lowercase();
    let signed = SIGNED.iter().any(|name| header.contains(name));
    if has_system_address(mail) {
        // A person who keeps a mail system writes under a name.
        let is_named = mail.from.iter().any(|from| from.name.is_some());
        return if is_named && !signed { 1 } else { 2 };
    }
    u32::from(signed) * 2 + u32::from(!signed && (local.contains("no-reply") || local.contains("noreply")))
}

fn subject(mail: &Mail) -> u32 {
    let lower = mail.subject.to_lowercase();
    let start = lower.trim_start_matches(['[', '*', '"', ' ', '<']);
    let is_start = SUBJECTS.iter().any(|mark| start.starts_with(mark.trim_start_matches('[')));
    if is_start || IN_SUBJECT.iter().any(|words| lower.contains(words)) { 2 } else { 0 }
}

/// As the server noted that stored it (RFC 5321 §4.4); a few note the name that stands for it.
fn returned_to_nobody(mail: &Mail) -> bool {
    let path = mail.header("Return-Path").unwrap_or_default().trim_matches(['<', '>', ' ']).to_lowercase();
    let is_from_nobody = mail.header("From").is_some_and(|from| from.replace(' ', "") == "<>");
    mail.header("Return-Path").is_some() && path.is_empty() || path.starts_with("mailer-daemon") || is_from_nobody
}

/// Whether it goes to an address to which reports go: people write to none.
fn goes_to_bounces(mail: &Mail) -> bool {
    let to = mail.header("To").map(scan::addresses).unwrap_or_default();
    to.first().is_some_and(|to| to.address.local().to_ascii_lowercase().contains("bounce"))
}

fn gives_mail_back(mail: &Mail) -> bool {
    mail.attachments.iter().any(|part| {
        ["message/rfc822", "text/rfc822-headers", "message/delivery-status"].contains(&part.media_type.as_str())
    })
}
