//! `member import`: a million rows, a batch to a transaction, and every bad one named.

use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

use super::super::wording::{counted, note};
use super::reach;
use crate::discussion::{List, MemberState};
use crate::installation::Installation;
use crate::message::Address;
use crate::moving::{MemberRows, RowError};
use crate::store::{Joined, MemberChange, Pending};

/// How many rows go into one transaction: a running `serve` waits for no more than these.
const BATCH: usize = 5000;

/// How many batches may wait for the writer while the next is read.
const AHEAD: usize = 2;

/// How many bad rows are named; the others are counted.
const NAMED: usize = 20;

pub(super) fn run(
    installation: &Installation,
    list: &List,
    file: &Path,
    welcome: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let name = file.display();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("{name} cannot be read"))?)
    };
    let rows = MemberRows::new(source, list).with_context(|| format!("{name} cannot be imported"))?;
    let mut import = Import { installation, list, welcome, waiting: VecDeque::new(), tally: Tally::default() };
    let ended = import.take(rows);
    let Tally { new, again, already, refused, beyond_ascii, welcomed } = import.tally;
    writeln!(out, "{}: {new} new, {again} back again, {already} there already and now as the file says", list.name)?;
    if welcome {
        writeln!(out, "{} in the queue.", counted(welcomed, "welcome is", "welcomes are"))?;
    }
    if let Err(error) = ended {
        return Err(error.context(format!("{name} was not read to its end; what is counted above is in")));
    }
    if beyond_ascii > 0 {
        let addresses = counted(beyond_ascii, "address needs", "addresses need");
        note(format_args!("Warning: {addresses} SMTPUTF8, which is not built yet; mail to them will not arrive."));
    }
    if refused > NAMED {
        note(format_args!("and {} more", refused - NAMED));
    }
    if refused > 0 {
        let rows = counted(refused, "row was", "rows were");
        bail!("{rows} refused; the others are in, so mend those named above and import the file again");
    }
    Ok(())
}

/// What became of the rows.
#[derive(Default)]
struct Tally {
    new: usize,
    again: usize,
    already: usize,
    refused: usize,
    beyond_ascii: usize,
    welcomed: usize,
}

struct Import<'a> {
    installation: &'a Installation,
    list: &'a List,
    /// Whether who is new or back is sent a welcome.
    welcome: bool,
    /// Batches under way, each with whom it is about where they may be welcomed.
    waiting: VecDeque<(Vec<Address>, Pending<Vec<Joined>>)>,
    tally: Tally,
}

impl Import<'_> {
    /// Takes every row in, and waits until all of them are on the disk.
    fn take(&mut self, rows: MemberRows) -> anyhow::Result<()> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut fault = None;
        for row in rows {
            match row {
                Ok(row) => match reach::list_at(self.installation, &row.address)? {
                    Some(list) => self.refuse(reach::circular(&row.address, &list)),
                    None => {
                        self.tally.beyond_ascii += usize::from(reach::is_beyond_ascii(&row.address));
                        batch.push((row.address, row.given));
                    }
                },
                Err(RowError::Read(error)) => fault = Some(error),
                Err(bad) => self.refuse(bad),
            }
            if batch.len() == BATCH {
                self.submit(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
            }
        }
        self.submit(batch)?;
        while !self.waiting.is_empty() {
            self.settle()?;
        }
        fault.map_or(Ok(()), |error| Err(error.into()))
    }

    fn submit(&mut self, batch: Vec<(Address, MemberChange)>) -> anyhow::Result<()> {
        let Installation { store, clock, .. } = self.installation;
        let welcome = |(address, _): &(Address, MemberChange)| self.welcome.then(|| address.clone());
        let addresses = batch.iter().filter_map(welcome).collect();
        self.waiting.push_back((addresses, store.join(self.list.id, batch, clock.now())));
        if self.waiting.len() > AHEAD { self.settle() } else { Ok(()) }
    }

    /// Waits for the oldest batch.
    fn settle(&mut self) -> anyhow::Result<()> {
        let Some((addresses, batch)) = self.waiting.pop_front() else { return Ok(()) };
        let mut addresses = addresses.iter();
        for joined in batch.wait()? {
            let address = addresses.next().filter(|_| joined != Joined::Already);
            if let Some(member) =
                address.map(|address| self.installation.store.member(self.list.id, address)).transpose()?.flatten()
                && member.state != MemberState::Left
            {
                self.installation.job().welcome(self.list, &member)?;
                self.tally.welcomed += 1;
            }
            match joined {
                Joined::New => self.tally.new += 1,
                Joined::Again => self.tally.again += 1,
                Joined::Already => self.tally.already += 1,
            }
        }
        self.progress();
        Ok(())
    }

    fn refuse(&mut self, bad: impl Display) {
        self.tally.refused += 1;
        if self.tally.refused <= NAMED {
            note(bad);
        }
    }

    /// How far it is, on a terminal only.
    fn progress(&self) {
        let mut terminal = io::stderr();
        if terminal.is_terminal() {
            let done = self.tally.new + self.tally.again + self.tally.already;
            let end = if self.waiting.is_empty() { "\r\x1b[K" } else { "" };
            let _ = write!(terminal, "\r{done} rows{end}");
        }
    }
}
