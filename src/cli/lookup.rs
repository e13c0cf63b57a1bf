//! Finding what a command names, and saying what there is where it is not found.

use std::path::Path;

use anyhow::bail;

use crate::clock::Clock;
use crate::discussion::{List, ListName, Member};
use crate::installation::Installation;
use crate::message::Address;
use crate::store::Store;

/// Opens the data folder.
pub(super) fn installation(folder: &Path) -> anyhow::Result<Installation> {
    Ok(Installation::open(folder, Clock::system())?)
}

/// The list of this name.
pub(super) fn list(store: &Store, name: &ListName) -> anyhow::Result<List> {
    if let Some(list) = store.list_by_name(name)? {
        return Ok(list);
    }
    let names: Vec<String> = store.lists()?.iter().map(|list| list.name.to_string()).collect();
    if names.is_empty() {
        bail!("there is no list `{name}`, nor any other; make one by `rejoinder list create {name}`");
    }
    let there = if names.len() == 1 { "there is" } else { "there are" };
    bail!("there is no list `{name}`; {there} {}", names.join(", "));
}

/// The list of this name, or all.
pub(super) fn lists(store: &Store, name: Option<&ListName>) -> anyhow::Result<Vec<List>> {
    match name {
        Some(name) => Ok(vec![list(store, name)?]),
        None => Ok(store.lists()?),
    }
}

/// The member whom an address names, also where they left.
pub(super) fn member(store: &Store, list: &List, address: &Address) -> anyhow::Result<Member> {
    if let Some(member) = store.member(list.id, address)? {
        return Ok(member);
    }
    let name = &list.name;
    bail!(
        "{address} is not on {name}; `rejoinder member show --list {name}` shows who is, `rejoinder member add --list {name} {address}` adds them"
    )
}

/// All of these, or an error before anything is done about any.
pub(super) fn members(store: &Store, list: &List, addresses: &[Address]) -> anyhow::Result<Vec<Member>> {
    addresses.iter().map(|address| member(store, list, address)).collect()
}
