//! Complaints: what a mail service passes on when somebody there calls a mail spam (RFC 5965).

use super::fields::{self, Field};
use super::scan;
use crate::message::{Address, Mail, Part};

/// A complaint, as far as it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The kind of feedback (RFC 5965 §7.3), in small letters: `abuse`, `fraud`, `virus`, `other` and the like.
    pub feedback: String,
    /// Who complained, where the report states it: many services hide it.
    pub recipients: Vec<Address>,
}

/// Feedback that is no complaint: that a mail was no spam, and what authentication came to (RFC 6591).
const NO_COMPLAINTS: &[&str] = &["not-spam", "auth-failure", "dkim", "dmarc"];

impl Complaint {
    /// Reads a feedback report's parts. Where they hold no feedback, it is a complaint of the general kind.
    pub(super) fn read(parts: &[Part]) -> Self {
        let report = parts.iter().find(|part| part.media_type == "message/feedback-report");
        let groups = report.map(|part| fields::groups(&part.text())).unwrap_or_default();
        let fields: Vec<Field> = groups.into_iter().flatten().collect();
        let feedback = fields::first(&fields, "feedback-type").unwrap_or("abuse").trim().to_ascii_lowercase();
        let mut recipients: Vec<Address> = Vec::new();
        let stated = ["original-rcpt-to", "removal-recipient", "original-recipient"];
        for name in stated {
            if recipients.is_empty() {
                let values = fields.iter().filter(|field| field.name == name);
                recipients.extend(values.filter_map(|field| scan::address_of(&field.value)).take(super::RECIPIENTS));
            }
        }
        if recipients.is_empty() {
            recipients.extend(noted(parts));
        }
        Self { feedback, recipients }
    }

    /// Whether somebody complains; else it is what one machine tells another.
    pub(super) fn is_one(&self) -> bool {
        !NO_COMPLAINTS.contains(&self.feedback.as_str())
    }
}

/// The recipient that the service notes on the mail it passes on (`X-HmXmrOriginalRecipient`, as Outlook.com does).
fn noted(parts: &[Part]) -> Option<Address> {
    let mail = parts.iter().find(|part| part.media_type == "message/rfc822")?;
    scan::address_of(Mail::parse(&mail.content).header("X-HmXmrOriginalRecipient")?)
}
