//! The seam to whatever carries our mail onwards.

use std::future::Future;

use super::{RelayError, ServerText};
use crate::message::Address;

/// What a mail needs to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where bounces go; `None` for `<>` (RFC 5321 §4.5.5).
    pub reverse_path: Option<Address>,
    /// The one reader it is for.
    pub recipient: Address,
    /// Headers and body: CRLF line ends, 7-bit, not dot-stuffed.
    pub content: Vec<u8>,
}

/// The relay has taken the mail and answers for it from now on (RFC 5321 §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it said; often its own id of the mail.
    pub text: ServerText,
}

/// What carries our mail onwards.
pub trait Relay: Send + Sync + 'static {
    /// Hands over one mail. Whatever the error, the same mail may be sent again; after [`RelayError::Ambiguous`] it may
    /// then arrive twice, under one Message-ID.
    fn send(&self, mail: &Outgoing) -> impl Future<Output = Result<Accepted, RelayError>> + Send;
}
