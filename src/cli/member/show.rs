//! `member show`.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::super::lookup;
use super::super::table::Table;
use super::super::wording::{json, note, rhythm, when};
use crate::discussion::{List, Member, OnResume, friendly_name};
use crate::installation::Installation;
use crate::message::Address;
use crate::schedule;
use crate::store::StoreError;

/// What of the members is wanted, and how.
pub(super) struct Wanted {
    /// Those who left, too.
    pub all: bool,
    pub json: bool,
}

pub(super) fn run(
    installation: &Installation,
    list: &List,
    addresses: &[Address],
    wanted: Wanted,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &installation.store;
    if addresses.is_empty() {
        return everybody(installation, list, &wanted, out);
    }
    for (at, member) in lookup::members(store, list, addresses)?.iter().enumerate() {
        if wanted.json {
            let history = History::of(installation, member)?;
            json(out, &Row { history: Some(history), ..Row::of(member, &store.addresses_of(member.person)?) })?;
            continue;
        }
        if at > 0 {
            writeln!(out)?;
        }
        one(installation, list, member, out)?;
    }
    Ok(())
}

fn everybody(installation: &Installation, list: &List, wanted: &Wanted, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = &installation.store;
    if wanted.json {
        let row = |member: Member| json(out, &Row::of(&member, std::slice::from_ref(&member.address)));
        return store.walk_members(list.id, wanted.all, row);
    }
    let mut table = Table::new(&["ADDRESS", "NAME", "ROLE", "STATE", "GETS"]);
    let mut count = 0;
    store.walk_members(list.id, wanted.all, |member| -> Result<(), StoreError> {
        count += 1;
        table.row([
            member.address.to_string(),
            member.name.clone().unwrap_or_else(|| "-".to_owned()),
            member.role.to_string(),
            member.state.to_string(),
            rhythm(&member.schedule(list)),
        ]);
        Ok(())
    })?;
    if count == 0 {
        note(format_args!("Nobody is on {0} yet; `rejoinder member add --list {0} ADDRESS` adds somebody.", list.name));
        return Ok(());
    }
    Ok(table.print(out)?)
}

/// All that is known of a member.
fn one(installation: &Installation, list: &List, member: &Member, out: &mut dyn Write) -> anyhow::Result<()> {
    let schedule = member.schedule(list);
    let whose = |own: bool| if own { "their own" } else { "the list's" };
    let mut table = Table::new(&["MEMBER", member.address.as_str()]);
    let mut line = |name: &str, value: String| table.row([name.to_owned(), value]);
    line("list", list.name.to_string());
    let shown = || format!("none given; readers see \"{}\"", friendly_name(member.person));
    line("name", member.name.clone().unwrap_or_else(shown));
    line("shown as", shown_as(member));
    line("role", member.role.to_string());
    line("state", member.state.to_string());
    line("gets", rhythm(&schedule));
    line("hour", format!("{} ({})", schedule.hour, whose(member.hour.is_some())));
    line("time zone", format!("{} ({})", schedule.time_zone, whose(member.time_zone.is_some())));
    line("after a pause", after_a_pause(member.on_resume).to_owned());
    line("receipts", if member.receipts { "yes" } else { "no" }.to_owned());
    line("next due", member.next_due.map_or_else(|| "-".to_owned(), |due| due_at(due, &schedule.time_zone)));
    line("cursor", format!("{}, the last publication they were sent or joined after", member.cursor));
    line("joined", when(member.joined_at));
    let history = History::of(installation, member)?;
    line("bounces", bounces(&history, installation.config.limits.bounce_score));
    for Event { at, what, how, detail } in &history.story {
        let detail = if detail.is_empty() { String::new() } else { format!(", {detail}") };
        line(what, format!("{} ({how}{detail})", when(*at)));
    }
    for address in installation.store.addresses_of(member.person)? {
        if address != member.address {
            line("writes also as", address.to_string());
        }
    }
    Ok(table.print(out)?)
}

/// What came back of a member's mail, in words.
fn bounces(history: &History, most: u64) -> String {
    let probe = match history.probed {
        Some(at) => format!("; asked on {} whether mail reaches them", when(at)),
        None => String::new(),
    };
    match history.bounce_score {
        0.0 if history.probed.is_none() => "none that count".to_owned(),
        score => format!("a score of {score} of {most}{probe}"),
    }
}

/// By which name readers see them.
fn shown_as(member: &Member) -> String {
    let friendly = friendly_name(member.person);
    match &member.pseudonym {
        Some(name) if *name == friendly => format!("\"{friendly}\", a friendly name; the one in their mails is hidden"),
        Some(name) => format!("\"{name}\", chosen for this list; the one in their mails is hidden"),
        None => "the name in each of their mails".to_owned(),
    }
}

fn after_a_pause(on_resume: OnResume) -> &'static str {
    match on_resume {
        OnResume::CatchUp => "catch-up: one digest of what was missed",
        OnResume::Skip => "skip what was missed",
    }
}

/// A due time, in UTC and as the reader's own clock shows it.
fn due_at(due: Timestamp, zone: &str) -> String {
    let utc = when(due);
    match schedule::zone(zone) {
        Ok(zone) if zone != TimeZone::UTC => format!("{utc} ({})", due.to_zoned(zone).strftime("%A %H:%M there")),
        _ => utc,
    }
}

/// A member, as `member show --json` has them. Hour, weekday and time zone are null where they are the list's.
#[derive(Serialize)]
struct Row<'a> {
    address: &'a str,
    name: Option<&'a str>,
    shown_name: Option<&'a str>,
    role: &'a str,
    state: &'a str,
    delivery: &'a str,
    hour: Option<i8>,
    weekday: Option<i8>,
    time_zone: Option<&'a str>,
    on_resume: &'a str,
    receipts: bool,
    cursor: i64,
    next_due: Option<String>,
    joined: String,
    addresses: Vec<&'a str>,
    /// Of those who are asked for by address.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    history: Option<History>,
}

/// What happened to a membership, and what came back of its mail. Times are in UTC.
#[derive(Serialize)]
struct History {
    /// In hard bounces.
    bounce_score: f64,
    /// When a mail went out to see whether they are reached, where that is not told yet.
    #[serde(serialize_with = "perhaps_as_text")]
    probed: Option<Timestamp>,
    story: Vec<Event>,
}

/// Something that happened to a membership.
#[derive(Serialize)]
struct Event {
    #[serde(serialize_with = "as_text")]
    at: Timestamp,
    what: String,
    how: String,
    detail: String,
}

fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn perhaps_as_text<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

impl History {
    fn of(installation: &Installation, member: &Member) -> anyhow::Result<Self> {
        let store = &installation.store;
        let bouncing = store.bouncing(member.id, installation.clock.now())?;
        let told = store.story(member.id)?.into_iter();
        let story = told.map(|event| Event { at: event.at, what: event.what, how: event.how, detail: event.detail });
        Ok(Self {
            bounce_score: f64::from(bouncing.score) / 1_000.0,
            probed: bouncing.probed_at,
            story: story.collect(),
        })
    }
}

impl<'a> Row<'a> {
    fn of(member: &'a Member, addresses: &'a [Address]) -> Self {
        Self {
            address: member.address.as_str(),
            name: member.name.as_deref(),
            shown_name: member.pseudonym.as_deref(),
            role: member.role.as_str(),
            state: member.state.as_str(),
            delivery: member.delivery.as_str(),
            hour: member.hour,
            weekday: member.weekday,
            time_zone: member.time_zone.as_deref(),
            on_resume: member.on_resume.as_str(),
            receipts: member.receipts,
            cursor: member.cursor.0,
            next_due: member.next_due.map(|due| due.to_string()),
            joined: member.joined_at.to_string(),
            addresses: addresses.iter().map(Address::as_str).collect(),
            history: None,
        }
    }
}
