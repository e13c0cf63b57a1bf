//! `init`: makes a data folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::arguments::Init;
use super::doctor::tell_record;
use super::wording::{command, rhythm};
use crate::clock::Clock;
use crate::config::{Config, FILE, Proof};
use crate::deliver::RelayUrl;
use crate::discussion::{Delivery, List, ListName, Member, Role, Schedule};
use crate::dkim::KeySet;
use crate::installation::Installation;
use crate::message::Address;
use crate::store::{ListChange, MemberChange, NewList, StoreError};

/// What a data folder is made of, as far as this command makes it.
const MADE: [&str; 5] = [FILE, "rejoinder.db", "rejoinder.db-wal", "rejoinder.db-shm", "keys"];

pub(super) fn run(folder: &Path, init: &Init, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(relay) = &init.relay {
        RelayUrl::parse(relay)?;
    }
    let name = init.author_name.as_deref().map(Member::name_from).transpose().map_err(anyhow::Error::msg)?;
    let clearing = Clearing::before(folder);
    let made = Installation::create(folder, &init.given(), Clock::system());
    let made = made.map_err(anyhow::Error::from).and_then(|installation| {
        let list = first_list(&installation, init, name)?;
        Ok((installation, list))
    });
    match made {
        Ok((installation, list)) => report(&installation, &list, init, out),
        Err(error) => {
            clearing.clear();
            Err(error)
        }
    }
}

/// What was not there before, so that a failure can take it away again.
struct Clearing(Vec<PathBuf>);

impl Clearing {
    fn before(folder: &Path) -> Self {
        if !folder.exists() {
            return Self(vec![folder.to_owned()]);
        }
        Self(MADE.iter().map(|name| folder.join(name)).filter(|path| !path.exists()).collect())
    }

    /// As far as it goes: the failure itself is what gets told.
    fn clear(self) {
        for path in self.0 {
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

fn first_list(installation: &Installation, init: &Init, name: Option<String>) -> anyhow::Result<List> {
    let Installation { store, config, clock, .. } = installation;
    let now = clock.now();
    let title = init.title.clone().unwrap_or_else(|| titled(&init.list));
    let new = NewList { name: init.list.clone(), title, schedule: first_schedule(config), at: now };
    let list = store.create_list(new).wait()?;
    let author = MemberChange { name, role: Some(Role::Author), ..MemberChange::default() };
    store.join(list, vec![(init.author.clone(), author)], now).wait()?;
    let owner = ListChange { owner: Some(init.author.clone()), ..ListChange::default() };
    store.change_list(list, owner, now).wait()?;
    let list = store.list_by_name(&init.list)?;
    list.ok_or(StoreError::Closed).context("the list that was just made is gone")
}

/// The schedule of a list for which nobody chose any.
pub(super) fn first_schedule(config: &Config) -> Schedule {
    let digest = &config.digest;
    Schedule {
        delivery: Delivery::Daily,
        hour: digest.hour,
        weekday: digest.weekday.number(),
        time_zone: digest.time_zone.clone(),
    }
}

/// What people call a list for which nobody said it: its name with a capital.
pub(super) fn titled(name: &ListName) -> String {
    let mut letters = name.as_str().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn report(installation: &Installation, list: &List, init: &Init, out: &mut dyn Write) -> anyhow::Result<()> {
    let Installation { folder, config, .. } = installation;
    let address = list.address(&config.server.domain);
    let author = named(&init.author, init.author_name.as_deref());
    writeln!(
        out,
        "Made {}: settings in {FILE}, a database, and keys. Keep the folder, and copies of it.",
        folder.display()
    )?;
    writeln!(out, "Made the list {address} ({}); {author} starts posts there, and owns it.", list.title)?;
    writeln!(out, "Its readers get digests {}, unless they choose otherwise.\n", rhythm(&list.schedule))?;
    writeln!(out, "Next:")?;
    let add = format!("member add --list {} ADDRESS…", list.name);
    writeln!(
        out,
        "  1. {}\n     puts people on the list; others join by a mail to {}+join@{}",
        command(&add, folder),
        list.name,
        config.server.domain
    )?;
    writeln!(out, "  2. {}\n     takes mail in{} and sends digests", command("serve", folder), listening(config))?;
    let domain = &config.server.domain;
    match config.smtp.lmtp_listen {
        Some(lmtp) => {
            writeln!(out, "  3. In DNS, point the MX of {domain} to your mail server,")?;
            writeln!(out, "     and have that hand its mail for {domain} on by LMTP to {lmtp}")?;
        }
        None => {
            writeln!(out, "  3. In DNS, point the MX of {domain} to this machine")?;
            writeln!(
                out,
                "     so that the world's mail comes in; `serve` must then listen on port 25, see [smtp] in {FILE}"
            )?;
        }
    }
    if installation.signer.current() != KeySet::NONE {
        writeln!(
            out,
            "  4. Also in DNS, publish the keys that your mail is signed with; `{}`",
            command("doctor", folder)
        )?;
        writeln!(out, "     shows them again, tells what else receivers ask for, and looks whether all is well")?;
        let records = installation.signer.records(installation.signer.current());
        records.iter().try_for_each(|record| tell_record(record, out))?;
    }
    writeln!(out)?;
    cautions(installation, out)
}

fn named(address: &Address, name: Option<&str>) -> String {
    name.map_or_else(|| address.to_string(), |name| format!("{name} <{address}>"))
}

fn listening(config: &Config) -> String {
    config.smtp.listen.map(|address| format!(" on {address}")).unwrap_or_default()
}

/// What a newcomer would stumble over.
fn cautions(installation: &Installation, out: &mut dyn Write) -> anyhow::Result<()> {
    let Installation { folder, config, .. } = installation;
    if RelayUrl::parse(config.relay.url.expose())? == RelayUrl::Mailbox {
        writeln!(out, "No mail leaves this machine yet: all of it goes into a mailbox in the folder, which")?;
        writeln!(out, "`{}` shows. To reach people, set [relay] url in {FILE}.", command("mailbox show", folder))?;
    }
    if config.trust.proof != Proof::Off {
        writeln!(
            out,
            "Who sends a mail is proven by the DNS (SPF, DKIM, DMARC): [trust] proof in {FILE}. What is not proven,"
        )?;
        writeln!(
            out,
            "and would start a post or bear an author's name, waits for `{}`.",
            command("moderate show", folder)
        )?;
    }
    Ok(())
}
