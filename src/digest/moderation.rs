//! The mail that asks moderators what is to become of what waits.

use jiff::Timestamp;

use super::edition::Press;
use super::run::{DigestError, Job};
use crate::discussion::List;
use crate::store::Letterhead;

impl Job {
    /// Tells the moderators of a list what waits, where that is due at `now`. To how many.
    pub fn tell_moderators(&self, list: &List, now: Timestamp) -> Result<usize, DigestError> {
        // Asked first where it costs no turn of the writer: mostly nothing waits.
        if !self.store.moderation_due(list.id, now)? {
            return Ok(0);
        }
        let Press { domain, web_url, token_key } = self.press.clone();
        let head = Letterhead { domain, web_url, token_key };
        Ok(self.store.tell_moderators(list.id, head, now).wait()?)
    }
}
