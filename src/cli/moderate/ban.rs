//! `moderate ban|unban|bans`: who may not write to a list.

use std::io::Write;

use anyhow::bail;
use serde::Serialize;

use crate::cli::lookup;
use crate::cli::table::Table;
use crate::cli::wording::{command, counted, json, note, when};
use crate::discussion::{List, ListId, ListName};
use crate::installation::Installation;
use crate::store::{Ban, Banned};

pub(super) fn ban(
    installation: &Installation,
    name: &ListName,
    who: Vec<Banned>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let list = lookup::list(&installation.store, name)?;
    for who in who {
        let shown = who.to_string();
        let done = installation.store.ban(list.id, who, installation.clock.now()).wait()?;
        let again = if done.is_new { "is banned from" } else { "was banned before from" };
        writeln!(out, "{shown} {again} {name}.")?;
        if done.left {
            writeln!(out, "  They were a member, and are taken off the list; they are told nothing.")?;
        }
        if done.readers > 0 {
            let readers = counted(done.readers as usize, "member reads", "members read");
            let show = command(&format!("member show --list {name}"), &installation.folder);
            writeln!(out, "  {readers} the list there, and may not write any more; `{show}` lists them.")?;
        }
    }
    Ok(())
}

pub(super) fn unban(
    installation: &Installation,
    name: &ListName,
    who: Vec<Banned>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let list = lookup::list(&installation.store, name)?;
    for who in who {
        let shown = who.to_string();
        if !installation.store.unban(list.id, who).wait()? {
            bail!("{shown} is not banned from {name}; `rejoinder moderate bans --list {name}` lists who is");
        }
        writeln!(out, "{shown} is no longer banned from {name}.")?;
    }
    Ok(())
}

pub(super) fn show(
    installation: &Installation,
    name: Option<&ListName>,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let store = &installation.store;
    let list = name.map(|name| lookup::list(store, name)).transpose()?;
    let lists = store.lists()?;
    // Those of a list that is out of service are nobody's concern.
    let bans: Vec<Ban> = store.bans(list.map(|list| list.id))?;
    let bans: Vec<(&Ban, &str)> = bans.iter().filter_map(|ban| Some((ban, called(&lists, ban.list)?))).collect();
    if as_json {
        let mut rows = bans.iter().map(|(ban, list)| Row { list, who: &ban.who, since: ban.at.to_string() });
        return rows.try_for_each(|row| json(out, &row));
    }
    if bans.is_empty() {
        note("Nobody is banned.");
        return Ok(());
    }
    let mut table = Table::new(&["LIST", "WHO", "SINCE"]);
    for (ban, list) in bans {
        table.row([list.to_owned(), ban.who.clone(), when(ban.at)]);
    }
    Ok(table.print(out)?)
}

fn called(lists: &[List], list: ListId) -> Option<&str> {
    lists.iter().find(|known| known.id == list).map(|list| list.name.as_str())
}

/// A ban, as `moderate bans --json` has it.
#[derive(Serialize)]
struct Row<'a> {
    list: &'a str,
    /// An address, or a domain with an `@` before it.
    who: &'a str,
    since: String,
}
