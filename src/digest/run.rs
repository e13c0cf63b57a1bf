//! The digest job: each step can be called by itself, ended anywhere, and called again.

use jiff::Timestamp;

use super::edition::{Prepared, Press};
use crate::clock::Clock;
use crate::compose::{self, ComposeError, Personal};
use crate::discussion::{EditionId, List, Member, MemberId, MemberState, Seq, Window};
use crate::schedule::ScheduleError;
use crate::store::{Batch, Expansion, Group, Store, StoreError};
use crate::token::Keys;

/// How many readers go into one transaction: long enough to be fast, short enough that mail comes in meanwhile.
const BATCH: usize = 500;

/// What goes wrong in making digests.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rendering.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// An owner's hour or zone.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

/// One edition that was made, or with a dry run would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The list's name.
    pub list: String,
    /// The publications it covers.
    pub window: Window,
    /// Its posts' titles.
    pub titles: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// How many mails it became.
    pub mails: usize,
    /// Who would get it; only of a dry run.
    pub readers: Vec<String>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The editions, each rendered once whatever its readers' number.
    pub made: Vec<Made>,
    /// Readers who were due and for whom nothing was new.
    pub quiet: usize,
    /// What went wrong for a group of readers; the others were served, and these stay due.
    pub faults: Vec<String>,
}

/// The digest job over one store.
#[derive(Clone)]
pub struct Job {
    pub(super) store: Store,
    pub(super) press: Press,
    keys: Keys,
    pub(super) clock: Clock,
    /// How many hard bounces speak against a reader before they are sent a probe.
    pub(super) bounce_score: u64,
}

/// [`Job::probing_at`], where nothing else is said.
const BOUNCE_SCORE: u64 = 4;

impl Job {
    /// A job that renders as `press` says.
    pub fn new(store: Store, press: Press, keys: Keys, clock: Clock) -> Self {
        Self { store, press, keys, clock, bounce_score: BOUNCE_SCORE }
    }

    /// The same job, which sends a probe to whom so many hard bounces speak against; soft ones are half.
    pub fn probing_at(self, bounce_score: u64) -> Self {
        Self { bounce_score, ..self }
    }

    /// Makes the digests of a list that are due at `at`, with what was published by then, and queues them.
    ///
    /// A time in the future silences no earlier period: the next due times are those after the real time.
    pub fn run(&self, list: &List, at: Timestamp) -> Result<Report, DigestError> {
        self.end_pauses()?;
        let head = self.head(list, at)?;
        let mut report = Report::default();
        for group in self.store.due_groups(list.id, at)? {
            if let Err(fault) = self.serve(list, group, head, at, &mut report) {
                tracing::error!(list.name = %list.name, digest.error = %fault, "a digest could not be made");
                report.faults.push(fault.to_string());
            }
        }
        Ok(report)
    }

    /// Brings back those whose pause has ended by the real time.
    fn end_pauses(&self) -> Result<(), StoreError> {
        while self.store.end_pauses(self.clock.now()).wait()? > 0 {}
        Ok(())
    }

    fn serve(
        &self,
        list: &List,
        group: Group,
        head: Seq,
        at: Timestamp,
        report: &mut Report,
    ) -> Result<(), DigestError> {
        match self.prepared(list, &group, head, at)? {
            Some(prepared) => report.made.push(self.send(list, group, prepared, head, at)?),
            None => report.quiet += self.pass_over(list, group, at)?.readers,
        }
        Ok(())
    }

    /// The last publication that a digest at `at` holds. For now or later that is the last there is: a clock that was
    /// wrong for a while, and gave it a time to come, hides nothing.
    fn head(&self, list: &List, at: Timestamp) -> Result<Seq, StoreError> {
        if at >= self.clock.now() { self.store.head(list.id) } else { self.store.head_at(list.id, at) }
    }

    /// What [`Job::run`] would do. Changes nothing.
    pub fn dry_run(&self, list: &List, at: Timestamp) -> Result<Report, DigestError> {
        let head = self.head(list, at)?;
        let mut report = Report::default();
        for group in self.store.due_groups(list.id, at)? {
            let Some(prepared) = self.prepared(list, &group, head, at)? else {
                report.quiet += group.readers;
                continue;
            };
            let readers = self.store.group_readers(list.id, &group, at)?;
            let readers = readers.iter().filter(|reader| prepared.sole_author != Some(reader.person));
            let readers: Vec<String> = readers.map(|reader| reader.address.to_string()).collect();
            report.made.push(Made {
                mails: readers.len() * prepared.edition.parts.len(),
                readers,
                ..made(list, prepared)
            });
        }
        Ok(report)
    }

    /// What this reader would get at `at`, part by part, octet for octet; nothing where nothing is new to them.
    /// Changes nothing.
    pub fn preview(&self, list: &List, member: &Member, at: Timestamp) -> Result<Vec<Vec<u8>>, DigestError> {
        if member.state != MemberState::Active {
            return Ok(Vec::new());
        }
        let head = self.head(list, at)?;
        let group = self.store.group_of(member)?;
        let Some(prepared) = self.prepared(list, &group, head, at)? else { return Ok(Vec::new()) };
        if prepared.sole_author == Some(member.person) {
            return Ok(Vec::new());
        }
        let edition = self.store.edition_id(&prepared.edition.fingerprint)?;
        let parts = (1_u16..).zip(&prepared.edition.parts);
        parts.map(|(part, (_, body))| self.spliced(list, member, edition, part, body, at)).collect()
    }

    /// Queues what readers of each wait for, a batch; whether there was anything to do.
    pub fn fan_out(&self, list: &List) -> Result<bool, DigestError> {
        let Some(waiting) = self.store.next_fanout(list.id)? else { return Ok(false) };
        let now = self.clock.now();
        let edition = match self.press.copy(&self.store, list.id, waiting.seq, now)? {
            Some(new) => Some(self.store.freeze(new).wait()?),
            None => None,
        };
        while self.store.fan_out(list.id, waiting, edition, now, BATCH).wait()?.readers > 0 {}
        Ok(true)
    }

    fn prepared(&self, list: &List, group: &Group, head: Seq, at: Timestamp) -> Result<Option<Prepared>, DigestError> {
        let mut windows = group.missed.clone();
        // A reader may be ahead of a time in the past: then nothing is new to them.
        windows.push(Window { after: group.cursor, upto: head.max(group.cursor) });
        if windows.iter().all(|window| window.after == window.upto) {
            return Ok(None);
        }
        self.press.digest(&self.store, list.id, &windows, at)
    }

    fn send(
        &self,
        list: &List,
        group: Group,
        prepared: Prepared,
        head: Seq,
        at: Timestamp,
    ) -> Result<Made, DigestError> {
        let parts = u16::try_from(prepared.edition.parts.len()).unwrap_or(u16::MAX);
        let edition = self.store.freeze(prepared.edition.clone()).wait()?;
        let mut expansion = self.expansion(list, group, at);
        expansion.edition = Some((edition, parts));
        expansion.upto = head.max(expansion.group.cursor);
        expansion.sole_author = prepared.sole_author;
        let mails = self.expand(&expansion)?.queued;
        Ok(Made { mails, ..made(list, prepared) })
    }

    /// Nothing is new to a group: only the due time moves on. Not for a time in the future, which silences nothing.
    fn pass_over(&self, list: &List, group: Group, at: Timestamp) -> Result<Batch, DigestError> {
        let mut expansion = self.expansion(list, group, at);
        expansion.due_until = expansion.due_after;
        self.expand(&expansion)
    }

    fn expansion(&self, list: &List, group: Group, at: Timestamp) -> Expansion {
        let now = self.clock.now();
        Expansion {
            list: list.id,
            upto: group.cursor,
            group,
            edition: None,
            due_until: at,
            due_after: at.min(now),
            dated: at,
            now,
            sole_author: None,
            batch: BATCH,
            beyond: MemberId(0),
        }
    }

    fn expand(&self, expansion: &Expansion) -> Result<Batch, DigestError> {
        let mut whole = Batch::default();
        let mut expansion = expansion.clone();
        loop {
            let batch = self.store.expand(&expansion).wait()?;
            whole.readers += batch.readers;
            whole.queued += batch.queued;
            match batch.last {
                Some(last) => expansion.beyond = last,
                None => return Ok(whole),
            }
        }
    }

    fn spliced(
        &self,
        list: &List,
        member: &Member,
        edition: EditionId,
        part: u16,
        body: &[u8],
        at: Timestamp,
    ) -> Result<Vec<u8>, DigestError> {
        let schedule = member.schedule(list);
        let personal = Personal {
            list: list.id,
            key_id: self.press.token_key,
            reader: member.id,
            edition,
            part,
            to: &member.address,
            name: member.name.as_deref(),
            date: at,
            schedule: &schedule,
        };
        Ok(compose::splice(body, &personal, &self.keys)?)
    }
}

fn made(list: &List, prepared: Prepared) -> Made {
    Made {
        list: list.name.to_string(),
        window: prepared.edition.window,
        titles: prepared.titles,
        subject: prepared.edition.parts.into_iter().next().map(|(subject, _)| subject).unwrap_or_default(),
        mails: 0,
        readers: Vec::new(),
    }
}
