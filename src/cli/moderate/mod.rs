//! `moderate`: mail that waits for a decision.

mod ban;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use serde::Serialize;
use tokio::sync::Notify;

use super::arguments::{ModerateCommand, Place};
use super::table::{Table, plain};
use super::wording::{aside, counted, json, note, when};
use super::{letter, lookup};
use crate::discussion::{HoldId, List, ListName};
use crate::installation::Installation;
use crate::store::{Held, Removed};
use crate::trust::Why;

/// How many posts are named as places where a held mail may belong.
const CANDIDATES: u32 = 10;

pub(super) fn run(folder: &Path, what: ModerateCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    match what {
        ModerateCommand::Show { number: Some(number), json, .. } => one(&installation, HoldId(number), json, out),
        ModerateCommand::Show { number: None, list, json } => all(&installation, list.as_ref(), json, out),
        ModerateCommand::Accept { numbers, under } => accept(&installation, &numbers, under, out),
        ModerateCommand::Reject { numbers } => reject(&installation, &numbers, out),
        ModerateCommand::Remove { list, places } => remove(&installation, &list, &places, out),
        ModerateCommand::Ban { list, who } => ban::ban(&installation, &list, who, out),
        ModerateCommand::Unban { list, who } => ban::unban(&installation, &list, who, out),
        ModerateCommand::Bans { list, json } => ban::show(&installation, list.as_ref(), json, out),
    }
}

fn all(installation: &Installation, name: Option<&ListName>, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = &installation.store;
    let list = name.map(|name| lookup::list(store, name)).transpose()?;
    let held = store.held(list.map(|list| list.id))?;
    let lists = store.lists()?;
    if as_json {
        return held.iter().try_for_each(|held| json(out, &row(&lists, held)));
    }
    if held.is_empty() {
        note("Nothing is held.");
        return Ok(());
    }
    let mut table = Table::new(&["N", "LIST", "SINCE", "FROM", "SUBJECT", "WHY"]);
    for held in &held {
        let list = list_name(&lists, held);
        let subject = held.subject.clone();
        table.row([held.id.to_string(), list, when(held.held_at), sender(held), subject, why(held)]);
    }
    table.print(out)?;
    aside(
        out,
        "`rejoinder moderate show N` shows one whole, `moderate accept N` publishes it, `moderate reject N` does not.",
    )?;
    Ok(())
}

fn one(installation: &Installation, number: HoldId, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let held = installation.store.held(None)?.into_iter().find(|held| held.id == number);
    let held =
        held.ok_or_else(|| anyhow!("no mail {number} is held; `rejoinder moderate show` lists those that are"))?;
    let lists = installation.store.lists()?;
    if as_json {
        return json(out, &row(&lists, &held));
    }
    let (_, raw) = installation.store.stored_mail(held.mail)?;
    let places = candidates(installation, &held)?;
    if !letter::is_read_by_a_person() {
        out.write_all(&raw)?;
        return Ok(places.iter().try_for_each(|line| aside(out, line))?);
    }
    if held.list.is_none() {
        writeln!(out, "Kept since {}. {}", when(held.held_at), why(&held))?;
        writeln!(
            out,
            "  rejoinder moderate reject {number}                once nothing more is to be done about it\n"
        )?;
        return letter::readable(&raw, out);
    }
    writeln!(out, "Held on {} since {}. {}", list_name(&lists, &held), when(held.held_at), why(&held))?;
    writeln!(out, "  rejoinder moderate accept {number}                publishes it where it says it belongs")?;
    writeln!(out, "  rejoinder moderate accept {number} --under 12#7   as an answer to response 7 under post 12")?;
    writeln!(out, "  rejoinder moderate reject {number}                keeps it and never publishes it\n")?;
    places.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    letter::readable(&raw, out)
}

/// Lines that name the latest posts, for a mail that does not say itself where it belongs; none for another.
fn candidates(installation: &Installation, held: &Held) -> anyhow::Result<Vec<String>> {
    let reason = held.reason.parse::<Why>();
    if !matches!(reason, Ok(Why::UnclearAnswer | Why::MayNotPost)) {
        return Ok(vec![]);
    }
    let Some(list) = held.list else { return Ok(vec![]) };
    let posts = installation.store.posts(list, Some(CANDIDATES))?;
    let Some(latest) = posts.last() else { return Ok(vec![]) };
    let mut lines = vec![format!("The latest posts, for `--under`, as in `--under {}`:", latest.number)];
    lines.extend(posts.iter().map(|post| {
        let responses = counted(post.responses as usize, "response", "responses");
        format!("  {}  {} ({responses})", post.number, plain(&post.title))
    }));
    lines.push(String::new());
    Ok(lines)
}

fn accept(
    installation: &Installation,
    numbers: &[i64],
    under: Option<Place>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let intake = installation.intake(Arc::new(Notify::new()));
    for number in numbers {
        let published = intake.accept_held(HoldId(*number), under.map(|place| (place.post, place.response)))?;
        for published in published {
            match published.number {
                Some(response) => writeln!(out, "Mail {number} is published, as response #{response} to its post.")?,
                None => writeln!(out, "Mail {number} is published, as a new post.")?,
            }
        }
    }
    Ok(())
}

fn reject(installation: &Installation, numbers: &[i64], out: &mut dyn Write) -> anyhow::Result<()> {
    let intake = installation.intake(Arc::new(Notify::new()));
    for number in numbers {
        let told = if intake.reject_held(HoldId(*number))? { "is told" } else { "is told nothing" };
        writeln!(out, "Mail {number} is rejected; its sender {told}.")?;
    }
    Ok(())
}

fn remove(installation: &Installation, name: &ListName, places: &[Place], out: &mut dyn Write) -> anyhow::Result<()> {
    let list = lookup::list(&installation.store, name)?;
    let intake = installation.intake(Arc::new(Notify::new()));
    for place in places {
        let what = match place.response {
            Some(response) => format!("{}#{response}", place.post),
            None => format!("Post {}", place.post),
        };
        match intake.remove(list.id, (place.post, place.response))? {
            Removed::Now => writeln!(out, "{what} is removed. Who has not had it does not get it.")?,
            Removed::Before => writeln!(out, "{what} was removed before; nothing is changed.")?,
        }
    }
    Ok(())
}

fn list_name(lists: &[List], held: &Held) -> String {
    let Some(held) = held.list else { return "-".to_owned() };
    let list = lists.iter().find(|list| list.id == held);
    list.map_or_else(|| "(removed)".to_owned(), |list| list.name.to_string())
}

/// A moderator needs the address: it is what the decision is about.
fn sender(held: &Held) -> String {
    match (held.name.as_str(), held.sender.as_str()) {
        ("", "") => "nobody named".to_owned(),
        ("", address) => address.to_owned(),
        (name, address) => format!("{} <{address}>", plain(name)),
    }
}

fn why(held: &Held) -> String {
    let why = held.reason.parse().map_or_else(|_| held.reason.clone(), |why: Why| why.sentence().to_owned());
    if held.asked { format!("{why} Its sender was asked.") } else { why }
}

/// A held mail, as `moderate show --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    number: i64,
    /// Null for a mail about the whole system, to postmaster or abuse.
    list: Option<String>,
    since: String,
    from: From<'a>,
    subject: &'a str,
    reason: &'a str,
    /// `asked` where its sender was asked what it answers, `waiting` otherwise; to be decided either way.
    state: &'static str,
    why: String,
}

#[derive(Serialize)]
struct From<'a> {
    name: &'a str,
    address: &'a str,
}

fn row<'a>(lists: &[List], held: &'a Held) -> Row<'a> {
    Row {
        number: held.id.0,
        list: held.list.map(|_| list_name(lists, held)),
        since: held.held_at.to_string(),
        from: From { name: &held.name, address: &held.sender },
        subject: &held.subject,
        reason: &held.reason,
        state: if held.asked { "asked" } else { "waiting" },
        why: why(held),
    }
}
