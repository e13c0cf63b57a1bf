//! Mail for the owners: what is sent to `postmaster@` and `abuse@` is sent on to them, within bounds.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::arrival::Arrival;
use super::edition::{self, NewEdition};
use super::hold;
use super::mail::Taking;
use super::outbox::{NoMember, queue_to};
use super::outcome::Outcome;
use super::{Store, StoreError, list, row};
use crate::discussion::{List, ListId, MailId, PersonId};
use crate::message::Address;
use crate::trust::Why;

/// What the bounds of [`OwnerBounds`] are counted over.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Somebody who answers for lists.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Who.
    pub person: PersonId,
    /// Where their mail goes.
    pub address: Address,
    /// What they are called.
    pub name: Option<String>,
    /// The first of their lists: mail to them goes by its hour and zone.
    pub list: List,
}

/// How many mails of others are sent on to the owners in 24 hours. What is over it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerBounds {
    /// From one sender.
    pub per_sender: u64,
    /// In all.
    pub in_all: u64,
}

/// What becomes of a mail to a service mailbox, as far as the mail itself decides it.
#[derive(Clone, Debug)]
pub enum ForOwner {
    /// It is kept, and nobody is told: why.
    Keep(&'static str),
    /// It waits, and the owners are told in their daily report.
    Hold(Why),
    /// It is sent on, within these bounds.
    SendOn(SentOn, OwnerBounds),
}

/// A mail as it is sent on.
#[derive(Clone, Debug)]
pub struct SentOn {
    /// The subject of the mail to the owners.
    pub subject: String,
    /// Its octets with slots, compressed by [`super::Arrival::compress`].
    pub body: Vec<u8>,
    /// SHA-256 of these.
    pub fingerprint: [u8; 32],
    /// The key that its tokens are made with.
    pub token_key: u8,
    /// Whether a program wrote it: then it is not sent on where an owner's program did.
    pub automatic: bool,
}

impl Store {
    /// Everybody who owns a list in service, each once.
    pub fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        self.read(owners)
    }
}

/// Everybody who owns a list in service, each once. Their mail goes where their list's mail goes, or where they are
/// no members, to the first address that they have.
pub(super) fn owners(db: &Connection) -> Result<Vec<Owner>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT l.id, p.id, p.name, a.address FROM list l JOIN person p ON p.id = l.owner_id
         JOIN address a ON a.id = coalesce(
            (SELECT m.address_id FROM member m WHERE m.list_id = l.id AND m.person_id = p.id AND m.state <> 'left'),
            (SELECT min(id) FROM address WHERE person_id = p.id))
         WHERE l.removed_at IS NULL ORDER BY l.id",
    )?;
    let rows = query.query_map([], |row| {
        Ok((ListId(row.get(0)?), PersonId(row.get(1)?), row.get::<_, Option<String>>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut owners: Vec<Owner> = Vec::new();
    for row in rows {
        let (list, person, name, address) = row?;
        if !owners.iter().any(|known| known.person == person) {
            owners.push(Owner { person, address: row::address(&address)?, name, list: list::existing(db, list)? });
        }
    }
    Ok(owners)
}

impl Taking<'_> {
    /// Takes a mail to a service mailbox in.
    pub(super) fn for_owner(&mut self, what: &ForOwner) -> Result<Outcome, StoreError> {
        match what {
            ForOwner::Keep(why) => self.ignored(why),
            ForOwner::Hold(why) => self.hold_for_owner(*why),
            ForOwner::SendOn(mail, bounds) => self.send_on(mail, *bounds),
        }
    }

    /// Takes a mail to the owner of one list in.
    pub(super) fn for_owner_of(&mut self, list: &List, what: &ForOwner) -> Result<Outcome, StoreError> {
        match what {
            ForOwner::Keep(why) => self.ignored(why),
            ForOwner::Hold(why) => self.hold(list, *why),
            ForOwner::SendOn(..) if self.arrival.suspicion.is_some() || list.owner.is_none() => {
                self.hold(list, self.arrival.suspicion.unwrap_or(Why::NoOwner))
            }
            ForOwner::SendOn(mail, bounds) => {
                let owners = owners(self.db)?;
                self.send_on_to(
                    owners.into_iter().filter(|owner| Some(owner.person) == list.owner).collect(),
                    mail,
                    *bounds,
                )
            }
        }
    }

    fn send_on(&mut self, sent_on: &SentOn, bounds: OwnerBounds) -> Result<Outcome, StoreError> {
        let owners = owners(self.db)?;
        self.send_on_to(owners, sent_on, bounds)
    }

    fn send_on_to(&mut self, owners: Vec<Owner>, sent_on: &SentOn, bounds: OwnerBounds) -> Result<Outcome, StoreError> {
        let Some(first) = owners.first() else { return self.hold_for_owner(Why::NoOwner) };
        if sent_on.automatic && owners.iter().any(|owner| self.is_from(&owner.address)) {
            return self.hold_for_owner(Why::Automatic);
        }
        if !self.is_within(bounds)? {
            return self.hold_for_owner(Why::TooMany);
        }
        let mail = self.keep()?;
        let now = self.arrival.received_at;
        let edition = NewEdition::notice(first.list.id, sent_on.token_key, sent_on.fingerprint, now);
        let parts = [(sent_on.subject.as_str(), sent_on.body.as_slice())];
        let edition = edition::freeze(self.db, &edition, &parts)?;
        for owner in &owners {
            queue_to(self.db, owner, &NoMember { edition, dated: now, now })?;
        }
        self.note_sent_on(mail, now)?;
        Ok(Outcome::SentOn(owners.len()))
    }

    fn is_from(&self, owner: &Address) -> bool {
        let Arrival { envelope, mail, .. } = self.arrival;
        let from = mail.from.iter().map(|from| &from.address).chain(&envelope.reverse_path);
        from.into_iter().any(|from| from.key() == owner.key())
    }

    fn hold_for_owner(&mut self, why: Why) -> Result<Outcome, StoreError> {
        let mail = self.keep()?;
        Ok(Outcome::Held(hold::insert(self.db, None, mail, self.arrival, why)?, why))
    }

    /// Whether its sender, and all senders together, are below what is sent on in a day.
    fn is_within(&self, bounds: OwnerBounds) -> Result<bool, StoreError> {
        let since = self.arrival.received_at.saturating_sub(DAY).unwrap_or(Timestamp::MIN).as_millisecond();
        let mut of_sender = self.db.prepare_cached("SELECT count(*) FROM forwarded WHERE sender = ?1 AND at > ?2")?;
        let of_sender: i64 = of_sender.query_row((self.sender_key(), since), |row| row.get(0))?;
        let mut of_all = self.db.prepare_cached("SELECT count(*) FROM forwarded WHERE at > ?1")?;
        let of_all: i64 = of_all.query_row([since], |row| row.get(0))?;
        Ok(of_sender.unsigned_abs() < bounds.per_sender && of_all.unsigned_abs() < bounds.in_all)
    }

    fn note_sent_on(&self, mail: MailId, now: Timestamp) -> Result<(), StoreError> {
        self.db.prepare_cached("INSERT INTO forwarded (mail_id, sender, at) VALUES (?1, ?2, ?3)")?.execute((
            mail.0,
            self.sender_key(),
            now.as_millisecond(),
        ))?;
        Ok(())
    }

    /// By whom mails are counted: From, or where it names nobody, the reverse-path.
    fn sender_key(&self) -> String {
        let from = self.arrival.mail.from.first().map(|from| from.address.key());
        from.or_else(|| self.arrival.envelope.reverse_path.as_ref().map(Address::key)).unwrap_or_default()
    }
}
