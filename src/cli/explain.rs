//! `explain`: what would become of a mail, and why.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use serde::Serialize;
use tokio::sync::Notify;

use super::arguments::Explain;
use super::lookup;
use super::table::plain;
use super::wording::{counted, json, when};
use crate::bounce::{FailedRecipient, MailKind};
use crate::discussion::{List, ListName};
use crate::intake::{Decision, Explanation, Intake, Nature, explain};

pub(super) fn run(folder: &Path, what: &Explain, out: &mut dyn Write) -> anyhow::Result<()> {
    let gate = what.list.as_ref().map(|name| gate(folder, name)).transpose()?;
    let mut unread = 0;
    for (at, file) in what.files.iter().enumerate() {
        if at > 0 && !what.json {
            writeln!(out)?;
        }
        match (contents(file), what.json) {
            (Ok(raw), as_json) => {
                let explained = match &gate {
                    Some((intake, list)) => intake.explain(list, &raw)?,
                    None => explain(&raw),
                };
                if as_json { json(out, &row(file, &explained))? } else { tell(file, &explained, out)? }
            }
            (Err(fault), as_json) => {
                unread += 1;
                match as_json {
                    true => json(out, &unreadable(file, &fault))?,
                    false => writeln!(out, "{}\n  cannot be read: {fault}", plain(&file.display().to_string()))?,
                }
            }
        }
    }
    if unread > 0 {
        out.flush()?;
        bail!("{} could not be read", counted(unread, "file", "files"));
    }
    Ok(())
}

/// The gate of the data folder, with nobody behind it who might be asked, and the list.
fn gate(folder: &Path, name: &ListName) -> anyhow::Result<(Intake, List)> {
    let installation = lookup::installation(folder)?;
    let list = lookup::list(&installation.store, name)?;
    Ok((installation.intake(Arc::new(Notify::new())), list))
}

fn contents(file: &Path) -> io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut raw = Vec::new();
    io::stdin().lock().read_to_end(&mut raw)?;
    Ok(raw)
}

/// An explanation for a person.
fn tell(file: &Path, explained: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let Explanation { mail, reading, .. } = explained;
    writeln!(out, "{}", plain(&file.display().to_string()))?;
    if let Some(from) = mail.header("From") {
        writeln!(out, "  from      {}", plain(from))?;
    }
    if !mail.subject.is_empty() {
        writeln!(out, "  subject   {}", plain(&mail.subject))?;
    }
    if let Some(date) = mail.date {
        writeln!(out, "  date      {}", when(date))?;
    }
    writeln!(out, "  decision  {}", explained.decision.as_str())?;
    writeln!(out, "  because")?;
    for step in &explained.why {
        writeln!(out, "    {}", plain(step))?;
    }
    for file in &mail.attachments {
        let name = file.name.as_deref().unwrap_or("a file without a name");
        writeln!(out, "  attached  {} ({}, {} bytes)", plain(name), plain(&file.media_type), file.bytes)?;
    }
    for one in &explained.bounce {
        let how = if one.permanent { "for good" } else { "for now" };
        let status = one.status.as_deref().map(|status| format!(" ({status})")).unwrap_or_default();
        writeln!(out, "  about     {}, not reached {how}{}", plain(one.recipient.as_str()), plain(&status))?;
    }
    // What no person wrote is not marked as theirs.
    let is_a_persons = explained.nature == Nature::Kind(MailKind::Mail);
    for (span, is_published) in reading.parts() {
        let mark = if is_published && is_a_persons { "  | " } else { "    " };
        if !is_published {
            writeln!(out, "  hidden, {}:", span.kind.as_str())?;
        }
        for line in span.text.lines() {
            writeln!(out, "{}", format!("{mark}  {}", plain(line)).trim_end())?;
        }
    }
    Ok(())
}

/// An explanation, as `explain --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    message_id: Option<&'a str>,
    parents: Vec<&'a str>,
    kind: &'static str,
    from: Option<From<'a>>,
    subject: Option<&'a str>,
    date: Option<String>,
    reply: String,
    hidden: Vec<Hidden<'a>>,
    bounce: Vec<Failed<'a>>,
    attachments: Vec<Attached<'a>>,
    proof: &'static str,
    decision: &'static str,
    why: Vec<&'a str>,
}

#[derive(Serialize)]
struct From<'a> {
    name: Option<&'a str>,
    address: &'a str,
}

#[derive(Serialize)]
struct Hidden<'a> {
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Failed<'a> {
    recipient: &'a str,
    status: Option<&'a str>,
    permanent: bool,
}

#[derive(Serialize)]
struct Attached<'a> {
    name: Option<&'a str>,
    r#type: &'a str,
    bytes: usize,
}

fn row<'a>(file: &Path, explained: &'a Explanation) -> Row<'a> {
    let Explanation { mail, reading, .. } = explained;
    let hidden = reading.hidden().map(|span| Hidden { kind: span.kind.as_str(), text: &span.text });
    let from = mail.from.first();
    let attachments = mail.attachments.iter();
    Row {
        file: file.display().to_string(),
        message_id: Some(mail.message_id.as_str()),
        parents: explained.parents.iter().map(String::as_str).collect(),
        kind: explained.nature.as_str(),
        from: from.map(|from| From { name: from.name.as_deref(), address: from.address.as_str() }),
        subject: mail.header("Subject").map(|_| mail.subject.as_str()),
        date: mail.date.map(|date| date.to_string()),
        reply: reading.published(),
        hidden: hidden.collect(),
        bounce: explained.bounce.iter().map(failed).collect(),
        attachments: attachments
            .map(|file| Attached { name: file.name.as_deref(), r#type: &file.media_type, bytes: file.bytes })
            .collect(),
        proof: explained.proof,
        decision: explained.decision.as_str(),
        why: explained.why.iter().map(String::as_str).collect(),
    }
}

fn failed(one: &FailedRecipient) -> Failed<'_> {
    Failed { recipient: one.recipient.as_str(), status: one.status.as_deref(), permanent: one.permanent }
}

fn unreadable(file: &Path, fault: &io::Error) -> serde_json::Value {
    serde_json::json!({
        "file": file.display().to_string(), "message_id": null, "parents": [],
        "kind": Nature::Unreadable.as_str(), "from": null, "subject": null, "date": null, "reply": "", "hidden": [],
        "bounce": [], "attachments": [], "proof": "none", "decision": Decision::Refuse.as_str(),
        "why": [format!("The file cannot be read: {fault}.")]
    })
}
