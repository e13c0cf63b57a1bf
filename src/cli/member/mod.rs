//! `member`: adds, shows and changes the members of a list.

mod import;
mod reach;
mod show;

use std::io::Write;
use std::path::Path;

use anyhow::bail;

use super::arguments::{MemberChoices, MemberCommand, Own};
use super::lookup;
use super::wording::{aside, rhythm};
use crate::discussion::{Delivery, List, ListName, Member, MemberState, Role};
use crate::installation::Installation;
use crate::message::Address;
use crate::moving;
use crate::store::{Follow, Joined, MemberChange};

pub(super) fn run(folder: &Path, what: MemberCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    let list = |name: &ListName| lookup::list(&installation.store, name);
    match what {
        MemberCommand::Add { list: name, addresses, choices, welcome } => {
            add(&installation, &list(&name)?, addresses, &choices, welcome, out)
        }
        MemberCommand::Show { list: name, addresses, all, json } => {
            show::run(&installation, &list(&name)?, &addresses, show::Wanted { all, json }, out)
        }
        MemberCommand::Set { list: name, addresses, choices, state } => {
            let list = list(&name)?;
            let change = MemberChange { state, ..change(&choices, &list)? };
            set(&installation, &list, &addresses, &change, out)
        }
        MemberCommand::Remove { list: name, addresses } => {
            let change = MemberChange { state: Some(MemberState::Left), ..MemberChange::default() };
            set(&installation, &list(&name)?, &addresses, &change, out)
        }
        MemberCommand::Import { list: name, file, welcome } => {
            import::run(&installation, &list(&name)?, &file, welcome, out)
        }
        MemberCommand::Export { list: name, all } => {
            Ok(moving::write_members(out, &installation.store, &list(&name)?, all)?)
        }
    }
}

fn add(
    installation: &Installation,
    list: &List,
    addresses: Vec<Address>,
    choices: &MemberChoices,
    welcome: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let given = change(choices, list)?;
    let store = &installation.store;
    for address in &addresses {
        if let Some(name) = reach::list_at(installation, address)? {
            bail!("{}", reach::circular(address, &name));
        }
    }
    let people = addresses.iter().map(|address| (address.clone(), given.clone())).collect();
    let joined = store.join(list.id, people, installation.clock.now()).wait()?;
    for (address, joined) in addresses.iter().zip(joined) {
        let member = lookup::member(store, list, address)?;
        let how = match joined {
            Joined::New => "is on",
            Joined::Again => "is back on",
            Joined::Already => "was already on",
        };
        writeln!(out, "{} {how} {}: {}", called(&member), list.name, summary(&member, list))?;
        if reach::is_beyond_ascii(address) {
            aside(
                out,
                format_args!(
                    "Warning: mail to {address} needs SMTPUTF8, which is not built yet; give them an address in ASCII."
                ),
            )?;
        }
        if welcome {
            installation.job().welcome(list, &member)?;
            writeln!(out, "A welcome for them is in the queue.")?;
        }
    }
    Ok(())
}

fn set(
    installation: &Installation,
    list: &List,
    addresses: &[Address],
    change: &MemberChange,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let Installation { store, clock, .. } = installation;
    for member in lookup::members(store, list, addresses)? {
        store.change_member(member.id, change.clone(), clock.now()).wait()?;
        let after = lookup::member(store, list, &member.address)?;
        writeln!(out, "{} on {}: {}", called(&after), list.name, summary(&after, list))?;
    }
    Ok(())
}

fn change(choices: &MemberChoices, list: &List) -> anyhow::Result<MemberChange> {
    let name = choices.name.as_deref().map(Member::name_from).transpose().map_err(anyhow::Error::msg)?;
    let MemberChoices { role, delivery, hour, weekday, time_zone, receipts, .. } = choices;
    Ok(MemberChange {
        name,
        shown_name: choices.shown_name.clone(),
        role: *role,
        state: None,
        delivery: delivery.clone().map(|own| own.choice().unwrap_or(list.schedule.delivery)),
        hour: hour.clone().and_then(Own::choice),
        weekday: weekday.clone().and_then(Own::choice),
        time_zone: time_zone.clone().and_then(Own::choice),
        on_resume: None,
        receipts: *receipts,
        follow: Follow {
            hour: matches!(hour, Some(Own::AsList)),
            weekday: matches!(weekday, Some(Own::AsList)),
            time_zone: matches!(time_zone, Some(Own::AsList)),
        },
    })
}

fn called(member: &Member) -> String {
    let address = &member.address;
    member.name.as_ref().map_or_else(|| address.to_string(), |name| format!("{name} <{address}>"))
}

fn summary(member: &Member, list: &List) -> String {
    let role = match member.role {
        Role::Member => String::new(),
        role => format!("{role}, "),
    };
    let receipts = if member.receipts { ", with receipts" } else { "" };
    match member.state {
        MemberState::Left => "has left; what they wrote stays".to_owned(),
        MemberState::Paused => format!("{role}paused; gets no mail, may answer{receipts}"),
        MemberState::Active if member.delivery == Delivery::None => format!("{role}no mail, may answer{receipts}"),
        MemberState::Active => format!("{role}{}{receipts}", rhythm(&member.schedule(list))),
    }
}
