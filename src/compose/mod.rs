//! Turns a digest, a single mail or a notice into MIME bytes. Pure: the same inputs give the same bytes; nothing here
//! knows the time, chance or the store.
//!
//! A rendering is made once ([`digest`], [`each()`], [`notice()`]) and frozen with slots in it; [`splice`] fills them for
//! one reader. So a million readers cost one rendering and a million cheap passes.
//!
//! The way of a text: `discussion` types → `clean` → `page` (worded) → `text` and `templates/` (laid out) →
//! `quoted_printable` → `mail`.

mod attached;
mod body;
mod clean;
mod command;
mod digest;
mod each;
mod header;
mod link;
mod mail;
mod membership;
mod moderation;
mod moment;
mod notice;
mod owner;
mod page;
mod paragraph;
mod place;
mod question;
mod quoted_printable;
mod receipt;
mod rich;
mod slot;
mod splice;
mod text;
mod wrap;

pub use body::first_words;
pub use command::{Standing, did, given, understood};
pub use digest::digest;
pub use each::{EachMail, each};
pub use membership::{
    address, address_taken, already_by_itself, for_strangers, from_elsewhere, goodbye, join, neither, sender, sent,
    to_confirm, welcome,
};
pub use moderation::{ModeratorMail, Waiting, let_in, moderator_mail, not_let_in, taken_away, waits};
pub use notice::{Answers, Link, Notice, notice};
pub use owner::{OwnerMail, can_be_answered, owner_mail};
pub use place::mailto;
pub use question::{Asking, Choice, Offer, given_up, question};
pub use receipt::{Became, Sent, no_longer, receipt};
pub use splice::{Personal, splice, without_slots};

/// Which version of templates and layout this is: part of an edition's identity. Raise it with every change that makes
/// other bytes from the same digest.
pub const LAYOUT: u32 = 5;

/// A rendering, frozen: everything but what differs between its readers, which stands as slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The subject, decoded.
    pub subject: String,
    /// The mail with slots: 7-bit, CRLF line ends.
    pub bytes: Vec<u8>,
}

/// Why a mail could not be made. All are permanent: the same inputs fail again.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A template failed; none of ours can.
    #[error("a template could not be rendered: {0}")]
    Template(#[from] askama::Error),
    /// The list's name or domain is not plain ASCII without blanks, as headers need.
    #[error("the list's address cannot stand in a header; write an international domain in its xn-- form")]
    Domain,
    /// Our own Message-ID for a mail cannot stand in a header.
    #[error("the Message-ID given to a mail cannot stand in a header")]
    MessageId,
    /// Bytes to splice that this room did not make.
    #[error("a frozen rendering holds something that is no slot")]
    Slot,
    /// The key is gone, or an id does not fit into a token.
    #[error("a token could not be made: its key is gone, or a number is out of bounds")]
    Token,
    /// A date before the year 0 or after 9999.
    #[error("a date cannot stand in a header")]
    Date,
}

#[cfg(test)]
mod tests;
