//! `import`: an archive threaded and published, and nobody sent any of it.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use serde::Serialize;
use tokio::sync::Notify;

use super::arguments::ImportMail;
use super::lookup;
use super::wording::{aside, counted, json, note};
use crate::moving::{Archive, Bounds, Import, Unreadable};

/// How many mails that could not be read are named; the others are counted. In JSON all are.
const NAMED: usize = 20;

/// Characters of the bar.
const BAR: usize = 30;

pub(super) fn run(folder: &Path, what: &ImportMail, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    let (store, now) = (&installation.store, installation.clock.now());
    let list = lookup::list(store, &what.list)?;
    let bounds = Bounds { message_bytes: installation.config.limits.message_bytes, now };
    let opened = Archive::open(&what.paths, bounds, &mut |found| progress(&format!("{found} mails found")));
    let archive = opened.map_err(|(path, error)| {
        progress("");
        anyhow!("{} cannot be read: {error}; nothing was imported", path.display())
    })?;
    let intake = installation.intake(Arc::new(Notify::new()));
    let mut import = Import::new(&archive, &intake, store, &list);
    let ended = import.run(now, &mut |done| progress(&bar(done, archive.len())));
    progress("");
    let mut unreadable = archive.unreadable.clone();
    unreadable.append(&mut import.refused);
    let summary = Summary {
        read: archive.len(),
        published: import.tally.published,
        already: import.tally.already,
        moved: import.tally.moved,
        passed_over: archive.passed_over,
        unreadable: unreadable.iter().map(Named::of).collect(),
    };
    match what.json {
        true => json(out, &summary)?,
        false => tell(out, list.name.as_str(), &summary)?,
    }
    ended.context("the import ended before the last mail; what is counted is in, so run it again to go on")?;
    if !unreadable.is_empty() {
        let mails = counted(unreadable.len(), "mail or file", "mails or files");
        bail!("{mails} could not be read; the others are in, so mend those named above and import them again");
    }
    Ok(())
}

/// What became of everything, the fields in this order.
#[derive(Serialize)]
struct Summary<'a> {
    read: usize,
    published: usize,
    already: usize,
    moved: usize,
    passed_over: usize,
    unreadable: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    what: &'a str,
    why: &'a str,
}

impl<'a> Named<'a> {
    fn of(unreadable: &'a Unreadable) -> Self {
        Self { what: &unreadable.what, why: &unreadable.why }
    }
}

fn tell(out: &mut dyn Write, list: &str, summary: &Summary<'_>) -> io::Result<()> {
    let Summary { read, published, already, moved, passed_over, unreadable } = summary;
    let read = counted(*read, "mail", "mails");
    let refused = unreadable.len();
    writeln!(
        out,
        "{list}: {read} read, {published} published, {already} already here, {refused} that could not be read"
    )?;
    if *moved > 0 {
        writeln!(out, "{} moved, since a copy told better what it answers", counted(*moved, "mail was", "mails were"))?;
    }
    if *passed_over > 0 {
        let files = counted(*passed_over, "file was", "files were");
        aside(
            out,
            format_args!("{files} passed over: in a folder, only .eml and .mbox are mail, and what a Maildir holds"),
        )?;
    }
    out.flush()?;
    for Named { what, why } in unreadable.iter().take(NAMED) {
        note(format_args!("{what}: {why}"));
    }
    if refused > NAMED {
        note(format_args!("and {} more", refused - NAMED));
    }
    Ok(())
}

/// `[########      ] 12345 of 67890 mails`.
fn bar(done: usize, all: usize) -> String {
    let filled = (done * BAR).checked_div(all).unwrap_or(BAR).min(BAR);
    format!("[{:<BAR$}] {done} of {all} mails", "#".repeat(filled))
}

/// How far it is, on a terminal only; nothing clears the line.
fn progress(text: &str) {
    let mut terminal = io::stderr();
    if terminal.is_terminal() {
        let _ = write!(terminal, "\r\x1b[K{text}");
        let _ = terminal.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_at_the_end_and_of_nothing() {
        assert_eq!(bar(0, 10), format!("[{}] 0 of 10 mails", " ".repeat(BAR)));
        assert_eq!(bar(5, 10), format!("[{}{}] 5 of 10 mails", "#".repeat(15), " ".repeat(15)));
        assert_eq!(bar(0, 0), format!("[{}] 0 of 0 mails", "#".repeat(BAR)));
    }
}
