//! A list's rules at work: what they say of a mail, and what the sender of a held mail hears.

use rusqlite::params;

use super::StoreError;
use super::mail::Taking;
use crate::compose;
use crate::discussion::{FirstTime, HoldId, List, Member, MemberState};
use crate::trust::{Admission, Asked, Measure, Proof, Verdict, Why, ruled};

impl Taking<'_> {
    /// What the list's rules say against publishing the mail.
    pub(super) fn ruled(
        &self,
        list: &List,
        member: Option<&Member>,
        asked: Asked,
    ) -> Result<Option<Admission>, StoreError> {
        let member = member.filter(|member| member.state != MemberState::Left);
        let looks = list.rules.first_time == FirstTime::Hold;
        let measure = Measure {
            role: member.map(|member| member.role),
            asked,
            bytes: self.arrival.size_bytes,
            has_files: self.arrival.shown.has_files(),
            is_first: looks && !self.is_known_writer(list)?,
        };
        Ok(ruled(list, measure))
    }

    /// Whether something of its sender was published on the list before.
    fn is_known_writer(&self, list: &List) -> Result<bool, StoreError> {
        let Some(from) = self.arrival.mail.from.first() else { return Ok(false) };
        let mut query = self.db.prepare_cached(
            "SELECT 1 FROM address a JOIN known_writer w ON w.person_id = a.person_id WHERE a.key = ?1 AND w.list_id = ?2",
        )?;
        Ok(query.exists(params![from.address.key(), list.id.0])?)
    }

    /// Tells a member that their mail waits, once, where the list tells senders. Nobody is told whose name may be borrowed.
    pub(super) fn tell_waits(
        &self,
        list: &List,
        member: Option<&Member>,
        held: HoldId,
        why: Why,
    ) -> Result<(), StoreError> {
        let arrival = self.arrival;
        let is_disproven =
            arrival.proof != Proof::Off && matches!(arrival.verdict, Verdict::Quarantine | Verdict::Reject);
        let may_be = list.rules.tell_senders && !is_disproven && arrival.suspicion.is_none();
        let (Some(member), Some(why)) = (member.filter(|_| may_be), why.to_its_sender()) else { return Ok(()) };
        if !self.is_told(held)? && self.tell(list, member, compose::waits(why), None)? {
            self.db.prepare_cached("UPDATE hold SET tells = 1 WHERE id = ?1")?.execute([held.0])?;
        }
        Ok(())
    }

    fn is_told(&self, held: HoldId) -> Result<bool, StoreError> {
        Ok(self.db.prepare_cached("SELECT 1 FROM hold WHERE id = ?1 AND tells = 1")?.exists([held.0])?)
    }
}
