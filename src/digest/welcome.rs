//! The mail that greets somebody who was put on a list.

use jiff::Timestamp;

use super::run::{DigestError, Job};
use crate::compose::{self, Answers, Notice};
use crate::discussion::{List, Member};
use crate::store::NewEdition;

impl Job {
    /// Queues a welcome for a member: what they will get, how to answer, how to leave.
    pub fn welcome(&self, list: &List, member: &Member) -> Result<(), DigestError> {
        let now = self.clock.now();
        let facts = self.press.facts(list);
        let notice = Notice {
            subject: format!("Welcome to {}", list.title),
            text: compose::welcome(&list.title, &list.description, &member.schedule(list)),
            list: facts,
            answers: Answers::Commands,
            links: compose::given(),
            in_reply_to: None,
            to_member: true,
        };
        let frozen = compose::notice(&notice)?;
        let edition = self.edition(list, frozen.subject, frozen.bytes, now);
        Ok(self.store.queue_notice(edition, member.id, now).wait()?)
    }

    fn edition(&self, list: &List, subject: String, bytes: Vec<u8>, now: Timestamp) -> NewEdition {
        let parts = vec![(subject, bytes)];
        let fingerprint = self.press.fingerprint(list.id, &[], &[], &parts);
        NewEdition { parts, ..NewEdition::notice(list.id, self.press.token_key, fingerprint, now) }
    }
}
