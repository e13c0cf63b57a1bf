//! Whom a failure speaks against: the address, for good or for now, or the mail that was sent there.

use super::{MailKind, Report, failure};
use crate::message::Mail;

/// How much of a text is looked at for words of delay.
const LOOKED_AT: usize = 20_000;

/// What a failure says of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// There is no such mailbox, or it is closed.
    Hard,
    /// It may get better: a full mailbox, a host that did not answer.
    Soft,
    /// What was sent is refused, by policy or for what it is: no word on the address.
    Policy,
    /// Whoever reads there called the mail spam.
    Complaint,
}

/// A mail of ours that failed, as far as a report or the relay tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What that says.
    pub nature: Nature,
    /// The enhanced status (RFC 3463), where one was told.
    pub status: Option<String>,
}

impl Nature {
    /// The word for it in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Policy => "policy",
            Self::Complaint => "complaint",
        }
    }

    /// By an enhanced status such as `5.1.1`; `None` where it tells of no failure. What no status explains is soft.
    pub fn of_status(status: Option<&str>) -> Option<Self> {
        let Some(status) = status else { return Some(Self::Soft) };
        let mut parts = status.splitn(3, '.').map(|part| part.parse::<u16>().ok());
        let mut next = || parts.next().flatten();
        Some(match (next(), next(), next()) {
            (Some(2), ..) => return None,
            // Policy and security; content; protocol; the sender's address; too large.
            (_, Some(5..=7), _) | (_, Some(1), Some(7 | 8)) | (_, Some(3), Some(4)) | (_, Some(2), Some(3)) => {
                Self::Policy
            }
            (Some(5), Some(0 | 1), _) | (Some(5), Some(2), Some(1)) | (Some(5), Some(4), Some(4)) => Self::Hard,
            _ => Self::Soft,
        })
    }
}

impl Report {
    /// What a report that came to a bounce address says of the one recipient that its mail had; `mail` is the report.
    /// `None` where it tells of no failure: the mail is delayed, or was delivered.
    pub fn returned(&self, mail: &Mail) -> Option<Returned> {
        if self.complaint.is_some() {
            return Some(Returned { nature: Nature::Complaint, status: None });
        }
        if let Some(one) = self.recipients.iter().find(|one| !one.delayed) {
            let nature = Nature::of_status(one.status.as_deref())?;
            return Some(Returned { nature, status: one.status.clone() });
        }
        if !self.recipients.is_empty() || self.judgement.kind != MailKind::Bounce {
            return None;
        }
        let text = &mail.text[..mail.text.floor_char_boundary(LOOKED_AT)];
        let is_delay = failure::is_delay(&mail.subject.to_lowercase()) || failure::is_delay(&text.to_lowercase());
        (!is_delay).then_some(Returned { nature: Nature::Soft, status: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_speaks_against_the_address_or_against_the_mail() {
        for (status, nature) in [
            (Some("5.1.1"), Some(Nature::Hard)),
            (Some("5.1.10"), Some(Nature::Hard)),
            (Some("5.2.1"), Some(Nature::Hard)),
            (Some("5.4.4"), Some(Nature::Hard)),
            (Some("5.0.0"), Some(Nature::Hard)),
            (Some("5.2.2"), Some(Nature::Soft)),
            (Some("4.4.7"), Some(Nature::Soft)),
            (Some("4.2.2"), Some(Nature::Soft)),
            (None, Some(Nature::Soft)),
            (Some("5.7.1"), Some(Nature::Policy)),
            (Some("4.7.1"), Some(Nature::Policy)),
            (Some("5.6.0"), Some(Nature::Policy)),
            (Some("5.3.4"), Some(Nature::Policy)),
            (Some("5.1.8"), Some(Nature::Policy)),
            (Some("2.0.0"), None),
        ] {
            assert_eq!(Nature::of_status(status), nature, "{status:?}");
        }
    }
}
