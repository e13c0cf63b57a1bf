//! Taking an archive in: many mails in one transaction, each threaded and published by the rules for mail that arrives,
//! and none of it sent to anybody.

use jiff::Timestamp;

use super::arrival::{Arrival, Purpose};
use super::item::Published;
use super::known::KnownOfList;
use super::mail::Taking;
use super::{Pending, Store, StoreError, list, member};
use crate::discussion::{ItemId, ListId};
use crate::message::Address;
use crate::thread::{self, Known, Place};

/// What became of a mail of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It was published.
    Published(Published),
    /// It was here before.
    Already(ItemId),
    /// It was here before, and this copy told better what it answers.
    Moved(ItemId),
    /// Its Message-ID is one that only this list gives out, and has not given out yet.
    NotTheirs,
}

impl Store {
    /// Takes mails of an archive in, in this order: one outcome for each. Whoever reads the list is sent none of it.
    pub fn import(&self, list: ListId, arrivals: Vec<Arrival>) -> Pending<Vec<Imported>> {
        self.write(move |db, faults| {
            let list = list::existing(db, list)?;
            let mut outcomes = Vec::with_capacity(arrivals.len());
            for arrival in &arrivals {
                let Some(Purpose::Discussion { evidence, .. }) = arrival.requests.first().map(|one| &one.purpose)
                else {
                    return Err(StoreError::Refused("an archive's mail is for discussion only".to_owned()));
                };
                let known = KnownOfList::of(db, &list, arrival);
                let place = thread::place(evidence, &known)?;
                let mut taking = Taking { db, arrival, mail: None };
                outcomes.push(match place {
                    Place::Known(item) => {
                        taking.name_copy(&list, item)?;
                        match taking.improve(&list, item, evidence)? {
                            true => Imported::Moved(item),
                            false => Imported::Already(item),
                        }
                    }
                    _ if known.is_reserved(&arrival.mail.message_id) => Imported::NotTheirs,
                    place => {
                        let member = taking.sender(&list)?;
                        let published = taking.publish(&list, member.as_ref(), &place)?;
                        taking.note_import(&published)?;
                        Imported::Published(published)
                    }
                });
                faults.pass("import.mail")?;
            }
            Ok(outcomes)
        })
    }

    /// Makes persons of the writers of an archive, so that their addresses are known before anything is shown in which
    /// they may stand.
    pub fn acquaint(&self, people: Vec<(Address, Option<String>)>, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            for (address, name) in &people {
                member::person_of(db, address, name.as_deref(), now)?;
            }
            Ok(())
        })
    }
}
