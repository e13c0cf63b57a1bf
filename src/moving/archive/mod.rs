//! An archive of mail on its way in: looked through once for the order of its mails, then read one by one, so that memory
//! does not grow with it, and handed to the gate in transactions of a few hundred.

mod boundary;
mod index;
mod mbox;
mod source;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use jiff::Timestamp;

pub use index::{Archive, Bounds, Entry, Reader, Unreadable};

use crate::discussion::List;
use crate::intake::{Archived, Intake};
use crate::store::{Imported, Pending, Store, StoreError};

/// How many mails go into one transaction, and how many octets: a running `serve` waits for no more than these.
const BATCH: usize = 256;
const BATCH_OCTETS: usize = 16 << 20;

/// How many transactions may wait for the writer while the next is made ready.
const AHEAD: usize = 2;

/// How many people go into one transaction.
const PEOPLE: usize = 5_000;

/// What became of the mails of an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportTally {
    /// Those that were published.
    pub published: usize,
    /// Those that were here already, copies within the archive included.
    pub already: usize,
    /// Of those, how many told better than the copy before what they answer.
    pub moved: usize,
}

/// An import under way.
pub struct Import<'a> {
    archive: &'a Archive,
    intake: &'a Intake,
    store: &'a Store,
    list: &'a List,
    waiting: VecDeque<(Vec<Entry>, Pending<Vec<Imported>>)>,
    /// What became of the mails so far: of those that are on the disk.
    pub tally: ImportTally,
    /// Mails that could not be taken.
    pub refused: Vec<Unreadable>,
}

impl<'a> Import<'a> {
    /// An import of `archive` to `list`.
    pub fn new(archive: &'a Archive, intake: &'a Intake, store: &'a Store, list: &'a List) -> Self {
        let (waiting, tally, refused) = (VecDeque::new(), ImportTally::default(), Vec::new());
        Self { archive, intake, store, list, waiting, tally, refused }
    }

    /// Takes every mail in, by date, and waits until all are on the disk. `done` is told how many are. Whatever ends it
    /// half-way, it can be begun anew: what is in is not taken twice.
    pub fn run(&mut self, now: Timestamp, done: &mut dyn FnMut(usize)) -> Result<(), StoreError> {
        for people in self.archive.people.chunks(PEOPLE) {
            self.store.acquaint(people.to_vec(), now).wait()?;
        }
        let mut reader = Reader::default();
        let mut batch = Batch::default();
        for entry in self.archive.entries() {
            match reader.read(self.archive, entry) {
                Ok(content) => batch.add(*entry, content),
                Err(error) => self.refuse(entry, &format!("it could not be read again: {error}")),
            }
            if batch.is_full() {
                self.submit(std::mem::take(&mut batch), done)?;
            }
        }
        self.submit(batch, done)?;
        while !self.waiting.is_empty() {
            self.settle(done)?;
        }
        self.store.checkpoint()
    }

    fn submit(&mut self, batch: Batch, done: &mut dyn FnMut(usize)) -> Result<(), StoreError> {
        if batch.mails.is_empty() {
            return Ok(());
        }
        self.waiting.push_back((batch.entries, self.intake.import(self.list, &batch.mails)?));
        if self.waiting.len() > AHEAD { self.settle(done) } else { Ok(()) }
    }

    /// Waits for the oldest transaction.
    fn settle(&mut self, done: &mut dyn FnMut(usize)) -> Result<(), StoreError> {
        let Some((entries, pending)) = self.waiting.pop_front() else { return Ok(()) };
        for (entry, outcome) in entries.iter().zip(pending.wait()?) {
            match outcome {
                Imported::Published(_) => self.tally.published += 1,
                Imported::Already(_) => self.tally.already += 1,
                Imported::Moved(_) => {
                    self.tally.already += 1;
                    self.tally.moved += 1;
                }
                Imported::NotTheirs => self.refuse(entry, "its Message-ID is one that only this list gives out"),
            }
        }
        done(self.tally.published + self.tally.already + self.refused.len());
        Ok(())
    }

    fn refuse(&mut self, entry: &Entry, why: &str) {
        self.refused.push(Unreadable { what: self.archive.name_of(entry), why: why.to_owned() });
    }
}

#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    mails: Vec<Archived>,
    octets: usize,
}

impl Batch {
    fn add(&mut self, entry: Entry, content: Vec<u8>) {
        self.octets += content.len();
        self.entries.push(entry);
        self.mails.push(Archived { content, dated: entry.dated(), undated: entry.is_undated() });
    }

    fn is_full(&self) -> bool {
        self.mails.len() >= BATCH || self.octets >= BATCH_OCTETS
    }
}
