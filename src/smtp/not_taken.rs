//! What the log says of a mail that a receiver did not take. Of one that it took, the receiver tells.

use std::net::IpAddr;

use super::{Envelope, Reply};
use crate::message::mask;

/// What is told of a mail: kept aside while the receiver has it.
pub struct Told {
    peer: IpAddr,
    reverse_path: String,
    recipients: usize,
    size_bytes: usize,
}

impl Told {
    /// Of a mail that is about to be handed over.
    pub fn of(envelope: &Envelope, content: &[u8]) -> Self {
        Self {
            peer: envelope.peer.ip(),
            reverse_path: mask(envelope.reverse_path.as_ref()),
            recipients: envelope.recipients.len(),
            size_bytes: content.len(),
        }
    }

    /// Tells it, unless the mail was taken.
    pub fn unless_taken(&self, reply: &Reply) {
        if !reply.is_positive() {
            tracing::info!(
                session.peer = %self.peer,
                mail.reverse_path = self.reverse_path,
                mail.recipients = self.recipients,
                mail.size_bytes = self.size_bytes,
                reply.code = reply.code,
                "mail.not_taken"
            );
        }
    }
}
