//! What speaks against a mail that is otherwise good: the machine that it came from is on a blocklist, or a server in
//! front of us took it for spam. Such a mail is held, never refused: lists err, and so do filters.

use crate::dns::{Resolver, is_public};
use crate::message::{Mail, mask};
use crate::smtp::{Door, Envelope};
use crate::trust::{Why, marked_spam};

/// Whom we ask, and whose word counts.
#[derive(Clone, Default)]
pub struct Suspicion {
    relays: Vec<String>,
    blocklists: Option<(Resolver, Vec<String>)>,
}

impl Suspicion {
    /// Of what these mail servers marked as spam.
    pub fn by_relays(relays: &[String]) -> Self {
        Self { relays: relays.to_vec(), blocklists: None }
    }

    /// Also of what comes from machines that are on these DNS blocklists.
    pub fn and_blocklists(self, resolver: Resolver, lists: &[String]) -> Self {
        Self { blocklists: Some((resolver, lists.to_vec())), ..self }
    }

    /// What in a mail itself speaks against it.
    pub fn without_asking(&self, mail: &Mail) -> Option<Why> {
        marked_spam(mail, &self.relays).then_some(Why::MarkedSpam)
    }

    /// What speaks against a mail. Takes as long as the DNS, but a bounded time.
    pub async fn of(&self, envelope: &Envelope, mail: &Mail) -> Option<Why> {
        if let Some(why) = self.without_asking(mail) {
            return Some(why);
        }
        let (resolver, lists) = self.blocklists.as_ref()?;
        let client = envelope.peer.ip();
        // By the other doors come servers and programs of our own.
        if envelope.door != Door::Public || !is_public(client) {
            return None;
        }
        let list = resolver.listed(client, lists).await?;
        let reverse_path = mask(envelope.reverse_path.as_ref());
        tracing::info!(session.peer = %client, mail.reverse_path = reverse_path, dns.blocklist = list, "client is listed");
        Some(Why::Blocklisted)
    }
}
