//! What moderators decide: a mail that waits is read once more, as it came, and published or not; what is published is
//! removed.

use std::sync::Arc;

use super::prepare::prepare;
use super::receive::Intake;
use crate::command::PlaceNumber;
use crate::discussion::{HoldId, ListId, MailId};
use crate::store::{Arrival, Published, Purpose, Removed, StoreError, Subject};

impl Intake {
    /// Publishes a held mail, as several responses where it answers several things; `under` is the number of a post and of a
    /// response under it, where a moderator says what it answers. Waits for the store: not for async code.
    pub fn accept_held(&self, held: HoldId, under: Option<PlaceNumber>) -> Result<Vec<Published>, StoreError> {
        let found = self.store().held(None)?.into_iter().find(|waiting| waiting.id == held);
        let found = found.ok_or_else(|| {
            StoreError::Refused(format!("no mail {held} waits; `rejoinder moderate show` lists those that do"))
        })?;
        let mut arrival = self.once_more(found.mail)?;
        let request = arrival.requests.iter().find(|request| Some(request.list) == found.list);
        let Some(Purpose::Discussion { evidence, .. }) = request.map(|request| request.purpose.clone()) else {
            return Err(StoreError::Refused(format!(
                "mail {held} was sent to an address for commands, bounces or the owner, or asks to leave: there is nothing to publish; \
                 reject it once it is seen to"
            )));
        };
        self.store().show_whole(&mut arrival)?;
        let published = self.store().accept_held(held, arrival, evidence, under).wait()?;
        self.announce();
        Ok(published)
    }

    /// Decides against a held mail; its sender is told where the list tells senders and they know that it waits. Whether they
    /// were to be told. Waits for the store.
    pub fn reject_held(&self, held: HoldId) -> Result<bool, StoreError> {
        let waits = self.store().held(None)?.into_iter().find(|waiting| waiting.id == held);
        match waits {
            Some(waits) if self.store().hears_decision(held)? => {
                self.store().reject_held_and_tell(held, self.once_more(waits.mail)?).wait()?;
                Ok(true)
            }
            _ => self.store().reject_held(held, self.now()).wait().map(|()| false),
        }
    }

    /// Removes a published post or response; its author is told where the list tells senders. Waits for the store.
    pub fn remove(&self, list: ListId, place: PlaceNumber) -> Result<Removed, StoreError> {
        let found = self.store().to_be_removed(list, place)?;
        let (item, mail) = found.ok_or_else(|| {
            StoreError::Refused(
                "there is no post or response of that number; `rejoinder list posts NAME` shows the numbers of posts, and \
                 digests those of responses"
                    .to_owned(),
            )
        })?;
        let arrival = mail.map(|mail| self.once_more(mail)).transpose()?;
        self.store().remove_item(list, item, arrival, self.now()).wait()
    }

    /// A mail that was kept, read as if it came now.
    fn once_more(&self, mail: MailId) -> Result<Arrival, StoreError> {
        let (envelope, mail) = self.kept(mail)?;
        prepare(self.store(), self.gate(), envelope, &mail, self.now())
    }

    /// The mails that this one decides about, where it is a moderator's answer: read once more, one by one, before the
    /// writer's turn comes.
    pub(super) async fn subjects_of(&self, arrival: &Arrival) -> Result<Vec<Subject>, StoreError> {
        let asked = arrival.requests.iter().find_map(|request| match request.purpose {
            Purpose::Confirm(reader, confirmation) | Purpose::OfNotice(Some((reader, confirmation))) => {
                Some((request.list, reader, confirmation))
            }
            _ => None,
        });
        let Some((list, reader, confirmation)) = asked else { return Ok(Vec::new()) };
        let mut subjects = Vec::new();
        for (about, mail) in self.store().decided_about(list, reader, confirmation, arrival)? {
            let (envelope, mail) = self.kept(mail)?;
            let mut arrival = self.prepared(envelope, Arc::new(mail), arrival.received_at).await?;
            self.store().show_whole(&mut arrival)?;
            subjects.push(Subject { about, arrival });
        }
        Ok(subjects)
    }
}
