//! `digest run`: makes the digests that are due, and delivers them.

use std::io::Write;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::super::arguments::Run;
use super::super::lookup;
use super::super::wording::{aside, command, counted, json};
use crate::deliver::Tally;
use crate::digest::{Job, Made, Report, Reported};
use crate::discussion::List;
use crate::installation::Installation;
use crate::serve;

/// The name under which mail is claimed here, beside that of a running `serve`.
const WORKER: &str = "run";

pub(super) fn run(installation: &Installation, what: &Run, out: &mut dyn Write) -> anyhow::Result<()> {
    let at = what.at.unwrap_or_else(|| installation.clock.now());
    let job = installation.job();
    let mut mails = 0;
    let mut faults = Vec::new();
    for list in lookup::lists(&installation.store, what.list.as_ref())? {
        if !what.dry_run {
            // What readers of each mail wait for goes first, as it does in `serve`.
            while job.fan_out(&list)? {}
        }
        let report = if what.dry_run { job.dry_run(&list, at)? } else { job.run(&list, at)? };
        mails += report.made.iter().map(|made| made.mails).sum::<usize>();
        if what.json {
            json(out, &Row::of(&list, &report))?;
        } else {
            tell(&list, &report, what.dry_run, out)?;
        }
        faults.extend(report.faults.into_iter().map(|fault| format!("{}: {fault}", list.name)));
    }
    mails += reports(&job, at, what, out)?;
    if what.dry_run {
        return Ok(aside(out, "A dry run: nothing was changed.")?);
    }
    if what.no_deliver {
        let mails = counted(mails, "mail waits", "mails wait");
        return Ok(aside(out, format_args!("{mails} in the queue; a running `rejoinder serve` sends what is there."))?);
    }
    let tally = deliver(installation, what.json, out)?;
    if let Some(others) = left_to_others(mails, &tally) {
        aside(out, others)?;
    }
    match faults.as_slice() {
        [] => Ok(()),
        faults => bail!("not every digest could be made, and who waits for them stays due: {}", faults.join("; ")),
    }
}

/// The owners' reports, made or with a dry run told of; how many.
fn reports(job: &Job, at: Timestamp, what: &Run, out: &mut dyn Write) -> anyhow::Result<usize> {
    let reported = if what.dry_run { job.dry_report_to_owners(at)? } else { job.report_to_owners(at)? };
    for Reported { owner, subject } in &reported {
        if what.json {
            json(out, &ReportRow { report_to: owner, subject })?;
        } else {
            writeln!(out, "{}report to {owner}: {subject}", if what.dry_run { "would make a " } else { "" })?;
        }
    }
    Ok(reported.len())
}

fn tell(list: &List, report: &Report, dry: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let name = &list.name;
    if report.made.is_empty() && report.quiet == 0 {
        writeln!(out, "{name}: nobody is due.")?;
    }
    for Made { subject, mails, readers, .. } in &report.made {
        let mails = counted(*mails, "mail", "mails");
        writeln!(out, "{name}: {}{mails}: {subject}", if dry { "would make " } else { "" })?;
        for reader in readers {
            writeln!(out, "  to {reader}")?;
        }
    }
    if report.quiet > 0 {
        writeln!(out, "{name}: nothing new for {} who were due.", counted(report.quiet, "reader", "readers"))?;
    }
    Ok(())
}

/// Whose the mails are that were made here and not delivered here, though nothing failed.
fn left_to_others(made: usize, tally: &Tally) -> Option<String> {
    let others = made.checked_sub(tally.sent).filter(|others| *others > 0)?;
    let others = counted(others, "mail is", "mails are");
    Some(format!(
        "{others} left to a running `rejoinder serve`, which was quicker; `rejoinder queue show` shows what still waits."
    ))
}

/// Sends whatever is ready in the queue.
fn deliver(installation: &Installation, as_json: bool, out: &mut dyn Write) -> anyhow::Result<Tally> {
    let runtime = tokio::runtime::Runtime::new().context("no threads to deliver with")?;
    let (tally, mailbox) = runtime.block_on(async {
        let (relay, mailbox) = serve::relay(installation)?;
        let courier = serve::courier(installation, relay, WORKER);
        // Where nobody else is at this, what an earlier run had in hand when it was ended is taken up again.
        let alone = installation.lock(WORKER)?;
        if alone.is_some() {
            courier.resume().await?;
        }
        anyhow::Ok((courier.drain().await?, mailbox))
    })?;
    let Tally { sent, deferred, failed } = tally;
    if as_json {
        json(out, &Delivered { sent, deferred, failed })?;
    } else {
        writeln!(out, "Delivered {}.", counted(sent, "mail", "mails"))?;
    }
    if mailbox.is_some() && sent > 0 {
        let show = command("mailbox show", &installation.folder);
        aside(out, format_args!("No relay is set, so they are in the mailbox of the data folder: `{show}`."))?;
    }
    if deferred + failed > 0 {
        let (deferred, failed) = (counted(deferred, "mail is", "mails are"), counted(failed, "was", "were"));
        bail!("{deferred} to be tried again and {failed} given up; `rejoinder queue show` tells what the relay said");
    }
    Ok(tally)
}

/// What became of a list, as `digest run --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    list: &'a str,
    digests: Vec<Edition<'a>>,
    /// Readers who were due and for whom nothing was new.
    quiet: usize,
}

#[derive(Serialize)]
struct Edition<'a> {
    subject: &'a str,
    titles: &'a [String],
    after: i64,
    upto: i64,
    mails: usize,
    readers: &'a [String],
}

/// A report to an owner, as `digest run --json` has it.
#[derive(Serialize)]
struct ReportRow<'a> {
    report_to: &'a str,
    subject: &'a str,
}

/// What became of the queue: the last line of `digest run --json`.
#[derive(Serialize)]
struct Delivered {
    sent: usize,
    deferred: usize,
    failed: usize,
}

impl<'a> Row<'a> {
    fn of(list: &'a List, report: &'a Report) -> Self {
        let digests = report.made.iter().map(|made| Edition {
            subject: &made.subject,
            titles: &made.titles,
            after: made.window.after.0,
            upto: made.window.upto.0,
            mails: made.mails,
            readers: &made.readers,
        });
        Self { list: list.name.as_str(), digests: digests.collect(), quiet: report.quiet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_that_a_running_serve_was_quicker_with_are_accounted_for() {
        let sent = |sent| Tally { sent, deferred: 0, failed: 0 };
        assert_eq!(left_to_others(5, &sent(5)), None);
        assert_eq!(left_to_others(0, &sent(3)), None);
        assert!(left_to_others(5, &sent(1)).unwrap().starts_with("4 mails are left to a running `rejoinder serve`"));
    }
}
