//! The mailboxes that every mail system has.

/// A mailbox for whoever runs the system (RFC 5321 §4.5.1, RFC 2142 §4 and §5); no list may have its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceMailbox {
    /// Trouble with mail.
    Postmaster,
    /// Complaints about what somebody sends.
    Abuse,
}

impl ServiceMailbox {
    /// The mailbox of this local part, capitals or not (RFC 5321 §4.5.1).
    pub fn of_local_part(local: &str) -> Option<Self> {
        [Self::Postmaster, Self::Abuse].into_iter().find(|mailbox| local.eq_ignore_ascii_case(mailbox.as_str()))
    }

    /// Its local part.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postmaster => "postmaster",
            Self::Abuse => "abuse",
        }
    }
}
