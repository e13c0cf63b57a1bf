//! The mail that greets somebody who was put on a list.

use jiff::Timestamp;

use super::run::{DigestError, Job};
use crate::compose::{self, Notice};
use crate::discussion::{Block, Delivery, List, Member};
use crate::store::NewEdition;

impl Job {
    /// Queues a welcome for a member: what they will get, how to answer, how to leave.
    pub fn welcome(&self, list: &List, member: &Member) -> Result<(), DigestError> {
        let now = self.clock.now();
        let facts = self.press.facts(list);
        let notice = Notice {
            subject: format!("Welcome to {}", list.title),
            text: vec![Block::Said(paragraphs(list, member).join("\n\n"))],
            list: facts,
            confirmation: None,
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

fn paragraphs(list: &List, member: &Member) -> Vec<String> {
    let mut paragraphs = vec![format!("You are now on {}.", list.title)];
    if !list.description.is_empty() {
        paragraphs.push(list.description.clone());
    }
    let schedule = member.schedule(list);
    let (hour, zone) = (schedule.hour, &schedule.time_zone);
    paragraphs.push(match schedule.delivery {
        Delivery::Each => "You get every post and every response as a mail of its own.".to_owned(),
        Delivery::Daily => {
            format!("Whenever there is something new, you get one digest a day, at {hour:02}:00 {zone}.")
        }
        Delivery::Weekly => {
            format!("Whenever there is something new, you get one digest a week, at {hour:02}:00 {zone}.")
        }
        Delivery::None => "You get no mail from the list, but you may write to it.".to_owned(),
    });
    paragraphs.push(
        "To answer something that you read from it, press Reply there: your answer goes to everybody on the list."
            .to_owned(),
    );
    paragraphs.push(
        "Your address is not shown to anyone. A mail to the address for leaving below is enough to leave.".to_owned(),
    );
    paragraphs
}
