//! What is not a person's mail: bounces, complaints, automatic answers. Told by headers and the types of parts, since
//! these are meant for machines, and by how reports are worded where no header tells; such mail becomes no response
//! and gets no answer (RFC 3834 §2).
//!
//! A mail is told from its headers and text; only one that is a report is taken apart, to read whom it is about:
//! by its status part (`dsn`), by its words (`notice`), at last by the mail that it gives back (`original`).

mod away;
mod cause;
mod complaint;
mod dsn;
mod failure;
mod fields;
mod marks;
mod nature;
mod notice;
mod original;
mod returned;
mod scan;
mod status;
mod system;
mod words;

use std::collections::HashSet;

use crate::message::{self, Address, Mail, Part, parts};
pub use complaint::Complaint;
pub use nature::{Nature, Returned};
use notice::{Notice, Parties};

/// Most recipients that are read of one report.
const RECIPIENTS: usize = 1_000;

/// Who or what a mail is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A person's mail, as far as its headers say.
    Mail,
    /// A report that a mail could not be delivered, or that it could (RFC 3464).
    Bounce,
    /// An automatic answer: a vacation note, a read receipt, whatever a program sends on its own.
    AutoReply,
    /// A reader pressed "this is spam" (RFC 5965).
    Complaint,
}

impl MailKind {
    /// The word for it, in the store, the log and the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Bounce => "bounce",
            Self::AutoReply => "auto_reply",
            Self::Complaint => "complaint",
        }
    }
}

/// A kind, and by what it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The kind.
    pub kind: MailKind,
    /// Whether that is certain enough to let the mail go unseen: a subject, or a header that people's mail has too, is
    /// not.
    pub sure: bool,
    /// One sentence.
    pub why: &'static str,
}

/// What a report says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecipient {
    /// Who was written to.
    pub recipient: Address,
    /// The enhanced status (RFC 3463), as stated or as the words mean: `5.1.1`. Class 2 is of a report that all went
    /// well; `None` where nothing tells.
    pub status: Option<String>,
    /// Whether trying again leads nowhere.
    pub permanent: bool,
    /// Whether nothing has failed yet: it is being tried.
    pub delayed: bool,
}

/// A mail judged, and what it tells where it is a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it is.
    pub judgement: Judgement,
    /// Of a bounce: the recipients that it is about, at most 1,000, each once. Empty where it names nobody.
    pub recipients: Vec<FailedRecipient>,
    /// Of a complaint: who complained of what.
    pub complaint: Option<Complaint>,
}

/// The kind of a mail, and how it was known. `raw` is what `mail` was read from; `null_reverse_path`: it came with `MAIL FROM:<>`
/// (RFC 5321 §4.5.5).
pub fn judgement(mail: &Mail, raw: &[u8], null_reverse_path: bool) -> Judgement {
    report(mail, raw, null_reverse_path).judgement
}

/// Judges a mail and reads it where it is a report. Costs a person's mail no more than a look at its headers; never
/// fails, and takes time linear in the size of the mail.
pub fn report(mail: &Mail, raw: &[u8], null_reverse_path: bool) -> Report {
    let judgement = judge(mail, null_reverse_path);
    let plain = |judgement| Report { judgement, recipients: Vec::new(), complaint: None };
    match judgement.kind {
        MailKind::Mail => plain(judgement),
        MailKind::Bounce => Report { recipients: recipients(mail, &parts(raw)), ..plain(judgement) },
        MailKind::Complaint => {
            let complaint = Complaint::read(&parts(raw));
            if !complaint.is_one() {
                return plain(marks::NO_COMPLAINT);
            }
            Report { complaint: Some(complaint), ..plain(judgement) }
        }
        MailKind::AutoReply if marks::is_receipt(mail) => {
            let parts = parts(raw);
            if !is_refusal(mail, &parts) {
                return plain(judgement);
            }
            Report { recipients: recipients(mail, &parts), ..plain(marks::REFUSED) }
        }
        MailKind::AutoReply => plain(judgement),
    }
}

/// Whether a person pressed "unsubscribe" in their mail program, which then sent this for them.
pub fn pressed_unsubscribe(mail: &Mail) -> bool {
    marks::pressed_unsubscribe(mail).is_some()
}

/// The kind of a mail and the reason, by the surest sign where it is an automatic answer.
fn judge(mail: &Mail, null_reverse_path: bool) -> Judgement {
    let first = judge_by_first_sign(mail, null_reverse_path);
    if first.sure {
        return first;
    }
    match marks::automatic(mail) {
        Some(marked) if marked.sure => marked,
        // Programs have that; the mail of people has none.
        _ => Judgement { sure: null_reverse_path, ..first },
    }
}

/// Reports say plainly what they are, so they come first; a null reverse-path is
/// the weakest sign of a bounce, since automatic answers have one too.
fn judge_by_first_sign(mail: &Mail, null_reverse_path: bool) -> Judgement {
    marks::pressed_unsubscribe(mail)
        .or_else(|| marks::report(mail))
        .or_else(|| marks::complaint(mail))
        .or_else(|| marks::delivery_system(mail))
        .or_else(|| away::judge(mail))
        .or_else(|| system::judge(mail, null_reverse_path))
        .or_else(|| marks::automatic(mail))
        .or_else(|| null_reverse_path.then(|| system::judge_by_reverse_path(mail)))
        .unwrap_or(Judgement { kind: MailKind::Mail, sure: true, why: "Nothing marks it as a program's mail." })
}

/// A mail that a filter of its recipient refused is told by a receipt that it was deleted (RFC 5429 §2.1).
fn is_refusal(mail: &Mail, parts: &[Part]) -> bool {
    let receipts = parts.iter().filter(|part| part.media_type == "message/disposition-notification");
    let mut fields = receipts.flat_map(|part| fields::groups(&part.text())).flatten();
    let is_deleted =
        fields.any(|field| field.name == "disposition" && field.value.to_ascii_lowercase().contains("deleted"));
    is_deleted
        && failure::is_failure(&mail.subject.to_lowercase())
        && Notice::read(&mail.subject, &mail.text).tells_failure()
}

/// Whom a bounce is about, each once.
fn recipients(mail: &Mail, parts: &[Part]) -> Vec<FailedRecipient> {
    let mut seen = HashSet::new();
    let found = named_surest(mail, parts).into_iter();
    found.filter(|one| seen.insert(one.recipient.key())).take(RECIPIENTS).collect()
}

/// Those whom the surest of a bounce's parts names that names anybody.
fn named_surest(mail: &Mail, parts: &[Part]) -> Vec<FailedRecipient> {
    let told = in_status_part(parts);
    if !told.is_empty() && told.iter().all(|one| one.status.is_some()) {
        return told;
    }
    let notice = Notice::read(&mail.subject, &mail.text);
    if !told.is_empty() {
        return with_status_of(&notice, told);
    }
    let fielded = dsn::recipients(&notice.text());
    if !fielded.is_empty() {
        return fielded;
    }
    let named = named_in_header(mail);
    if !named.is_empty() {
        return notice.outcomes(named);
    }
    let parties = Parties::of(mail);
    let found = notice.recipients(&parties);
    if !found.is_empty() {
        return found;
    }
    if let Some(first) = parts.first().filter(|part| mail.from_html && part.media_type == "text/html") {
        let found = Notice::read(&mail.subject, &first.text()).recipients(&parties);
        if !found.is_empty() {
            return found;
        }
    }
    let nested = in_report_within(mail, parts);
    if !nested.is_empty() {
        return nested;
    }
    let last = original::recipient(parts, &mail.text, &parties.readers)
        .or_else(|| original::of_reverse_path(&parties.readers));
    notice.outcomes(last.into_iter().collect())
}

/// Where the fields tell no status, the words may.
fn with_status_of(notice: &Notice<'_>, told: Vec<FailedRecipient>) -> Vec<FailedRecipient> {
    let in_words = notice.outcomes(told.iter().map(|one| one.recipient.clone()).collect());
    let one = |(told, said): (FailedRecipient, FailedRecipient)| FailedRecipient {
        status: told.status.or(said.status.filter(|status| status.starts_with(if told.permanent { '5' } else { '4' }))),
        ..told
    };
    told.into_iter().zip(in_words).map(one).collect()
}

fn in_status_part(parts: &[Part]) -> Vec<FailedRecipient> {
    let status = parts.iter().filter(|part| is_status(&part.media_type));
    dsn::recipients(&status.map(|part| part.text() + "\n\n").collect::<String>())
}

/// Some systems wrap a report into another, or show one in its text.
fn in_report_within(mail: &Mail, parts: &[Part]) -> Vec<FailedRecipient> {
    let shown = dsn::recipients(&mail.text[..mail.text.floor_char_boundary(SHOWN_BYTES)]);
    let wrapped = parts.iter().filter(|part| part.media_type == "message/rfc822").take(2);
    match shown.is_empty() {
        true => wrapped
            .map(|part| in_status_part(&message::parts(&part.content)))
            .find(|found| !found.is_empty())
            .unwrap_or_default(),
        false => shown,
    }
}

/// How much of a text is looked at for a report shown in it.
const SHOWN_BYTES: usize = 256 * 1024;

fn is_status(media_type: &str) -> bool {
    ["message/delivery-status", "message/global-delivery-status", "message/disposition-notification"]
        .contains(&media_type)
}

/// The recipients in `X-Failed-Recipients`, as Exim and Gmail write it.
fn named_in_header(mail: &Mail) -> Vec<Address> {
    let found = mail.headers("X-Failed-Recipients").flat_map(scan::addresses).map(|found| found.address);
    found.take(RECIPIENTS).collect()
}

#[cfg(test)]
mod tests;
