//! `list`: makes, shows and changes lists, and shows their posts.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::arguments::{ListChoices, ListCommand};
use super::table::Table;
use super::wording::{command, counted, day, json, note, rhythm, when};
use super::{init, lookup};
use crate::discussion::{List, ListName, Schedule};
use crate::installation::Installation;
use crate::message::Address;
use crate::store::{Census, ListChange, NewList, PostLine};

pub(super) fn run(folder: &Path, what: ListCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    match what {
        ListCommand::Create { name, choices } => create(&installation, name, choices, out),
        ListCommand::Show { name, json } => show(&installation, name.as_ref(), json, out),
        ListCommand::Posts { name, json } => posts(&installation, &name, json, out),
        ListCommand::Set { name, choices } => set(&installation, &name, choices, out),
        ListCommand::Remove { name, yes } => remove(&installation, &name, yes, out),
    }
}

fn create(
    installation: &Installation,
    name: ListName,
    choices: ListChoices,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let Installation { store, config, clock, .. } = installation;
    let title = choices.title.clone().unwrap_or_else(|| init::titled(&name));
    let schedule = chosen(&choices, init::first_schedule(config));
    let list = store.create_list(NewList { name: name.clone(), title, schedule, at: clock.now() }).wait()?;
    store.change_list(list, change(choices, None), clock.now()).wait()?;
    let add = format!("member add --list {name} --role author ADDRESS");
    writeln!(out, "Made the list {name}@{}. Nobody is on it yet;", config.server.domain)?;
    writeln!(out, "`{}` puts somebody there who may start posts.", command(&add, &installation.folder))?;
    Ok(())
}

fn set(installation: &Installation, name: &ListName, choices: ListChoices, out: &mut dyn Write) -> anyhow::Result<()> {
    let Installation { store, clock, .. } = installation;
    let list = lookup::list(store, name)?;
    let schedule = chosen(&choices, list.schedule.clone());
    let schedule = Some(schedule).filter(|schedule| *schedule != list.schedule);
    store.change_list(list.id, change(choices, schedule), clock.now()).wait()?;
    one(installation, &lookup::list(store, name)?, out)
}

/// The schedule `now`, with what is chosen otherwise.
fn chosen(choices: &ListChoices, now: Schedule) -> Schedule {
    Schedule {
        delivery: choices.delivery.unwrap_or(now.delivery),
        hour: choices.hour.unwrap_or(now.hour),
        weekday: choices.weekday.unwrap_or(now.weekday),
        time_zone: choices.time_zone.clone().unwrap_or(now.time_zone),
    }
}

fn change(choices: ListChoices, schedule: Option<Schedule>) -> ListChange {
    ListChange {
        title: choices.title,
        description: choices.description,
        footer: choices.footer,
        who_posts: choices.who_posts,
        strangers: choices.strangers,
        who_answers: choices.who_answers,
        first_time: choices.first_time,
        max_bytes: choices.max_bytes.map(|most| most.0),
        attachments: choices.attachments,
        tell_senders: choices.tell_senders,
        contact_addresses: choices.contact_addresses,
        latest_on_join: choices.latest_on_join,
        schedule,
        owner: choices.owner,
    }
}

fn remove(installation: &Installation, name: &ListName, yes: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let Installation { store, clock, folder, .. } = installation;
    let list = lookup::list(store, name)?;
    let there = contents(store.census(list.id)?);
    if yes {
        store.remove_list(list.id, clock.now()).wait()?;
        writeln!(out, "{name} is out of service, with {there}; its addresses are unknown from now on.")?;
        return Ok(());
    }
    writeln!(out, "{name} has {there}. Nothing is changed yet; no command brings it back.")?;
    let export = command(&format!("export --list {name} --format mbox"), folder);
    let remove = command(&format!("list remove {name} --yes"), folder);
    writeln!(out, "`{export} > {name}.mbox` keeps what was written, `{remove}` removes it.")?;
    Ok(())
}

fn contents(census: Census) -> String {
    let Census { members, posts, responses, .. } = census;
    let count = |count: u32, one: &str, many: &str| counted(count as usize, one, many);
    format!(
        "{}, {} and {}",
        count(members, "member", "members"),
        count(posts, "post", "posts"),
        count(responses, "response", "responses")
    )
}

fn show(
    installation: &Installation,
    name: Option<&ListName>,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let lists = lookup::lists(&installation.store, name)?;
    if as_json {
        return lists.iter().try_for_each(|list| json(out, &row(installation, list)?));
    }
    if name.is_some() {
        return lists.iter().try_for_each(|list| one(installation, list, out));
    }
    if lists.is_empty() {
        note("There is no list here; `rejoinder list create NAME` makes one.");
        return Ok(());
    }
    let mut table = Table::new(&["LIST", "TITLE", "MEMBERS", "POSTS", "RESPONSES", "HELD", "DIGESTS"]);
    for list in &lists {
        let Census { members, posts, responses, held } = installation.store.census(list.id)?;
        let [members, posts, responses, held] = [members, posts, responses, held].map(|count| count.to_string());
        table.row([list.name.to_string(), list.title.clone(), members, posts, responses, held, rhythm(&list.schedule)]);
    }
    Ok(table.print(out)?)
}

fn posts(installation: &Installation, name: &ListName, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let list = lookup::list(&installation.store, name)?;
    let posts = installation.store.posts(list.id, None)?;
    if as_json {
        return posts.iter().try_for_each(|post| json(out, &Post::of(post)));
    }
    if posts.is_empty() {
        note(format_args!("There is no post on {name} yet."));
        return Ok(());
    }
    let mut table = Table::new(&["N", "SINCE", "RESPONSES", "TITLE"]);
    for PostLine { number, title, responses, started_at } in posts {
        table.row([number.to_string(), when(started_at), responses.to_string(), title]);
    }
    Ok(table.print(out)?)
}

/// One list with all its settings.
fn one(installation: &Installation, list: &List, out: &mut dyn Write) -> anyhow::Result<()> {
    let census = installation.store.census(list.id)?;
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let owner = owner(installation, list)?.map_or_else(|| "nobody".to_owned(), |address| address.to_string());
    let mut table = Table::new(&["LIST", list.name.as_str()]);
    let mut line = |name: &str, value: String| table.row([name.to_owned(), value]);
    line("address", list.address(&installation.config.server.domain).to_string());
    line("title", list.title.clone());
    line("description", or(&list.description, "-"));
    line("owner", owner);
    line("who posts", list.who_posts.to_string());
    line("strangers", list.strangers.to_string());
    line("who answers", list.rules.who_answers.to_string());
    line("first mails", list.rules.first_time.to_string());
    line("largest mail", list.rules.max_bytes.map_or_else(|| "any".to_owned(), |most| format!("{most} octets")));
    line("attachments", list.rules.attachments.to_string());
    line("tells senders", if list.rules.tell_senders { "on" } else { "off" }.to_owned());
    line("contact addresses", if list.contact_addresses { "yes" } else { "no" }.to_owned());
    line("latest on join", if list.latest_on_join { "yes" } else { "no" }.to_owned());
    line("digests", rhythm(&list.schedule));
    line("weekly on", day(list.schedule.weekday).to_owned());
    line("footer", or(&list.footer, "-"));
    line("holds", contents(census));
    line("held mail", census.held.to_string());
    Ok(table.print(out)?)
}

fn owner(installation: &Installation, list: &List) -> anyhow::Result<Option<Address>> {
    let Some(owner) = list.owner else { return Ok(None) };
    Ok(installation.store.addresses_of(owner)?.into_iter().next())
}

/// A post, as `list posts --json` has it.
#[derive(Serialize)]
struct Post<'a> {
    number: i64,
    title: &'a str,
    responses: u32,
    date: String,
}

impl<'a> Post<'a> {
    fn of(post: &'a PostLine) -> Self {
        let PostLine { number, title, responses, started_at } = post;
        Self { number: number.0, title, responses: *responses, date: started_at.to_string() }
    }
}

/// A list, as `list show --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    address: String,
    title: &'a str,
    description: &'a str,
    footer: &'a str,
    who_posts: &'a str,
    strangers: &'a str,
    who_answers: &'a str,
    first_time: &'a str,
    /// Null: as many as the system takes.
    max_bytes: Option<u64>,
    attachments: &'a str,
    tell_senders: bool,
    contact_addresses: bool,
    latest_on_join: bool,
    delivery: &'a str,
    hour: i8,
    weekday: i8,
    time_zone: &'a str,
    owner: Option<String>,
    members: u32,
    posts: u32,
    responses: u32,
    held: u32,
}

fn row<'a>(installation: &Installation, list: &'a List) -> anyhow::Result<Row<'a>> {
    let Census { members, posts, responses, held } = installation.store.census(list.id)?;
    Ok(Row {
        name: list.name.as_str(),
        address: list.address(&installation.config.server.domain).to_string(),
        title: &list.title,
        description: &list.description,
        footer: &list.footer,
        who_posts: list.who_posts.as_str(),
        strangers: list.strangers.as_str(),
        who_answers: list.rules.who_answers.as_str(),
        first_time: list.rules.first_time.as_str(),
        max_bytes: list.rules.max_bytes,
        attachments: list.rules.attachments.as_str(),
        tell_senders: list.rules.tell_senders,
        contact_addresses: list.contact_addresses,
        latest_on_join: list.latest_on_join,
        delivery: list.schedule.delivery.as_str(),
        hour: list.schedule.hour,
        weekday: list.schedule.weekday,
        time_zone: &list.schedule.time_zone,
        owner: owner(installation, list)?.map(|address| address.to_string()),
        members,
        posts,
        responses,
        held,
    })
}
