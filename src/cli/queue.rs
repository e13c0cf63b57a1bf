//! `queue`: the mail that waits to go out.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::QueueCommand;
use super::lookup;
use super::table::Table;
use super::wording::{counted, json, note, when};
use crate::discussion::{ListName, OutboxId};
use crate::installation::Installation;
use crate::store::{Pending, QueueRow, Store};

pub(super) fn run(folder: &Path, what: QueueCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    let Installation { store, clock, .. } = &installation;
    match what {
        QueueCommand::Show { list, json } => show(&installation, list.as_ref(), json, out),
        QueueCommand::Retry { numbers, .. } => {
            let ready = each(store, &numbers, |id| store.retry(id, clock.now()))?;
            let mails = counted(ready, "mail is", "mails are");
            writeln!(out, "{mails} ready to go; `rejoinder serve` sends them, or `rejoinder digest run`.")?;
            Ok(())
        }
        QueueCommand::Drop { numbers, .. } => {
            let dropped = each(store, &numbers, |id| store.drop_queued(id, clock.now()))?;
            match dropped {
                0 => writeln!(out, "Nothing waited, so nothing is dropped.")?,
                1 => writeln!(out, "Dropped 1 mail; its reader will not get it.")?,
                several => writeln!(out, "Dropped {several} mails; their readers will not get them.")?,
            }
            Ok(())
        }
    }
}

/// Does something to each of these, or where there is none, to all. A number that does not wait is an error, after the
/// others are done.
fn each(store: &Store, numbers: &[i64], act: impl Fn(Option<OutboxId>) -> Pending<usize>) -> anyhow::Result<usize> {
    if numbers.is_empty() {
        return Ok(act(None).wait()?);
    }
    let mut done = 0;
    let mut missing = Vec::new();
    for number in numbers {
        match act(Some(OutboxId(*number))).wait()? {
            0 => missing.push(*number),
            some => done += some,
        }
    }
    if !missing.is_empty() {
        let all = store.queue(true)?;
        let why = |number: &i64| untouched(*number, all.iter().find(|row| row.id.0 == *number));
        let missing: Vec<String> = missing.iter().map(why).collect();
        bail!("{} (any others you named are done); `rejoinder queue show` lists what waits", missing.join("; "));
    }
    Ok(done)
}

/// Why nothing was done to a mail.
fn untouched(number: i64, row: Option<&QueueRow>) -> String {
    match row.map(|row| row.state.as_str()) {
        Some("failed") => format!("mail {number} was given up, and what it held is in a later digest"),
        Some("sent") => format!("mail {number} was sent already"),
        Some("dropped") => format!("mail {number} was taken out of the queue"),
        Some(_) => format!("mail {number} is on its way right now"),
        None => format!("no mail {number} waits"),
    }
}

fn show(
    installation: &Installation,
    name: Option<&ListName>,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &installation.store;
    if let Some(name) = name {
        lookup::list(store, name)?;
    }
    let mut rows = store.queue(false)?;
    rows.retain(|row| name.is_none_or(|name| row.list == name.as_str()));
    if as_json {
        return rows.iter().try_for_each(|row| json(out, &Waiting::of(row)));
    }
    if rows.is_empty() {
        note("Nothing waits to go out.");
        return Ok(());
    }
    let now = installation.clock.now();
    let mut table = Table::new(&["N", "LIST", "KIND", "TO", "SUBJECT", "TRIES", "NEXT", "WHAT THE RELAY SAID"]);
    for row in rows {
        table.row([
            row.id.to_string(),
            row.list.clone(),
            row.kind.clone(),
            row.recipient.to_string(),
            row.subject.clone(),
            row.attempts.to_string(),
            next(&row, now),
            row.last_error.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    Ok(table.print(out)?)
}

fn next(row: &QueueRow, now: Timestamp) -> String {
    match row.state.as_str() {
        "failed" => "given up".to_owned(),
        _ if row.next_attempt_at <= now => "now".to_owned(),
        _ => when(row.next_attempt_at),
    }
}

/// A mail of the queue, as `queue show --json` has it.
#[derive(Serialize)]
struct Waiting<'a> {
    number: i64,
    list: &'a str,
    kind: &'a str,
    recipient: &'a str,
    subject: &'a str,
    state: &'a str,
    attempts: u32,
    queued: String,
    next_attempt: String,
    error: Option<&'a str>,
}

impl<'a> Waiting<'a> {
    fn of(row: &'a QueueRow) -> Self {
        Self {
            number: row.id.0,
            list: &row.list,
            kind: &row.kind,
            recipient: row.recipient.as_str(),
            subject: &row.subject,
            state: &row.state,
            attempts: row.attempts,
            queued: row.queued_at.to_string(),
            next_attempt: row.next_attempt_at.to_string(),
            error: row.last_error.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Address;

    #[test]
    fn each_mail_that_cannot_be_tried_again_has_a_true_reason() {
        let row = |state: &str| QueueRow {
            id: OutboxId(1),
            list: "talk".to_owned(),
            kind: "digest".to_owned(),
            recipient: Address::parse("ada@example.org").unwrap(),
            subject: String::new(),
            state: state.to_owned(),
            attempts: 1,
            queued_at: Timestamp::UNIX_EPOCH,
            next_attempt_at: Timestamp::UNIX_EPOCH,
            last_error: None,
        };
        for (state, words) in [
            ("failed", "mail 1 was given up, and what it held is in a later digest"),
            ("sent", "mail 1 was sent already"),
            ("dropped", "mail 1 was taken out of the queue"),
            ("waiting", "mail 1 is on its way right now"),
        ] {
            assert_eq!(untouched(1, Some(&row(state))), words);
        }
        assert_eq!(untouched(1, None), "no mail 1 waits");
    }
}
