//! `mailbox show`: what arrived in the embedded mailbox.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::arguments::MailboxCommand;
use super::table::Table;
use super::wording::{aside, json, note, when};
use super::{letter, lookup};
use crate::mailbox::{Entry, Mailbox};
use crate::message::Mail;

pub(super) fn run(folder: &Path, what: &MailboxCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let MailboxCommand::Show { number, json } = what;
    let installation = lookup::installation(folder)?;
    let place = installation.mailbox();
    // Looking makes nothing: where no mail ever came, there is no mailbox.
    let mailbox = place.exists().then(|| Mailbox::open(&place, installation.clock.clone())).transpose();
    let mailbox = mailbox.with_context(|| format!("{} cannot be opened", place.display()))?;
    match number {
        Some(number) => one(mailbox.as_ref(), *number, *json, out),
        None => all(mailbox.as_ref(), *json, out),
    }
}

fn all(mailbox: Option<&Mailbox>, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let entries = mailbox.map(Mailbox::list).transpose()?.unwrap_or_default();
    if as_json {
        return entries.iter().try_for_each(|entry| json(out, &Row::of(entry)));
    }
    if entries.is_empty() {
        note("The mailbox is empty.");
        return Ok(());
    }
    let mut table = Table::new(&["N", "DATE", "TO", "FROM", "SUBJECT"]);
    for entry in entries {
        table.row([
            entry.number.to_string(),
            entry.date.map(when).unwrap_or_default(),
            entry.delivered_to.unwrap_or_default(),
            entry.from,
            entry.subject,
        ]);
    }
    table.print(out)?;
    if let Some(mailbox) = mailbox {
        aside(
            out,
            format_args!("`rejoinder mailbox show N` shows one. It is a Maildir: {}", mailbox.folder().display()),
        )?;
    }
    Ok(())
}

fn one(mailbox: Option<&Mailbox>, number: usize, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let raw = mailbox.map(|mailbox| mailbox.read(number)).transpose()?.flatten();
    let raw =
        raw.ok_or_else(|| anyhow!("there is no mail {number}; `rejoinder mailbox show` lists those that there are"))?;
    if as_json {
        return json(out, &Letter::of(number, &Mail::parse(&raw)));
    }
    if letter::is_read_by_a_person() {
        return letter::readable(&raw, out);
    }
    Ok(out.write_all(&raw)?)
}

/// A mail of the mailbox, as `mailbox show --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    number: usize,
    to: Option<&'a str>,
    from: &'a str,
    subject: &'a str,
    date: Option<String>,
    size_bytes: u64,
    file: String,
}

impl<'a> Row<'a> {
    fn of(entry: &'a Entry) -> Self {
        Self {
            number: entry.number,
            to: entry.delivered_to.as_deref(),
            from: &entry.from,
            subject: &entry.subject,
            date: entry.date.map(|date| date.to_string()),
            size_bytes: entry.size_bytes,
            file: entry.file.display().to_string(),
        }
    }
}

/// One mail with its text, as `mailbox show N --json` has it.
#[derive(Serialize)]
struct Letter {
    number: usize,
    message_id: String,
    to: Option<String>,
    from: Option<String>,
    reply_to: Option<String>,
    subject: String,
    date: Option<String>,
    text: String,
}

impl Letter {
    fn of(number: usize, mail: &Mail) -> Self {
        let header = |name: &str| mail.header(name).map(str::to_owned);
        Self {
            number,
            message_id: mail.message_id.as_str().to_owned(),
            to: header("To"),
            from: header("From"),
            reply_to: header("Reply-To"),
            subject: mail.subject.clone(),
            date: mail.date.map(|date| date.to_string()),
            text: mail.text.clone(),
        }
    }
}
