//! Where the story is played: a data folder of its own and the real engine over it, with a clock that the story sets.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::relayed::Relayed;
use super::story::{self, Entrance, Story};
use crate::cli::arguments::Demo;
use crate::clock::Clock;
use crate::config::{Given, Proof};
use crate::discussion::{Delivery, List, Schedule, Seq, Window};
use crate::installation::Installation;
use crate::serve::Engine;
use crate::store::{ListChange, Material, NewList};

/// How long the engine may take to finish what a mail or an hour brought.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take with a mail server between, which has a queue of its own.
const PATIENCE_WITH_RELAY: Duration = Duration::from_secs(60);

/// How long to wait between two looks whether it has.
const LOOK: Duration = Duration::from_millis(2);

/// A list in its data folder, with an engine at work.
pub struct Stage {
    /// The data folder, opened.
    pub installation: Installation,
    /// What runs over it.
    pub engine: Engine,
    /// The list.
    pub list: List,
    /// The mail server between the engine and the mailbox, where there is one.
    pub relayed: Option<Relayed>,
}

impl Stage {
    /// Makes the data folder with its list and members, and starts the engine.
    pub async fn set_up(folder: &Path, story: &Story, wishes: &Demo) -> anyhow::Result<Self> {
        let listen = |wish: Option<SocketAddr>| wish.map_or("127.0.0.1:0".to_owned(), |wish| wish.to_string());
        let given = Given {
            domain: Some(story.domain.clone()),
            smtp_listen: Some(listen(wishes.smtp_listen)),
            local_listen: Some(listen(wishes.local_listen)),
            relay: Some(wishes.relay.clone().unwrap_or_else(|| "mailbox:".to_owned())),
            proof: Some(Proof::Off),
            ..Given::default()
        };
        let mut installation = Installation::create(folder, &given, Clock::manual(story.starts_at))?;
        if wishes.gone.is_some() {
            // The story has no mail that asks whether a reader is reached, and nobody pauses in it.
            installation.config.limits.bounce_score = u64::MAX;
        }
        let list = found_list(&installation, story, wishes.gone.is_none()).await?;
        let relayed = Relayed::set_up(&installation, &list, wishes).await?;
        let engine = Engine::start(&installation).await?;
        Ok(Self { installation, engine, list, relayed })
    }

    /// Where a door is.
    pub fn door(&self, entrance: Entrance) -> anyhow::Result<SocketAddr> {
        let listening = &self.engine.listening;
        let door = match entrance {
            Entrance::Public => listening.smtp,
            Entrance::Local => listening.local,
        };
        door.ok_or_else(|| anyhow!("the engine did not open its {entrance:?} door"))
    }

    /// Sets the time and has the engine do what is due by then, all of it.
    pub async fn set_time(&self, to: Timestamp) -> anyhow::Result<()> {
        self.installation.clock.set(to);
        self.engine.nudge();
        self.settle().await
    }

    /// The next time up to `until` at which somebody's hour comes.
    pub fn next_hour(&self, until: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        let members = self.installation.store.members(self.list.id, false)?;
        Ok(members.into_iter().filter_map(|member| member.next_due).filter(|due| *due <= until).min())
    }

    /// Waits until all that was taken in is fanned out, all digests that are due are made, and all of it is sent.
    pub async fn settle(&self) -> anyhow::Result<()> {
        let settled = async {
            while self.is_at_work()? {
                sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        let patience = if self.relayed.is_some() { PATIENCE_WITH_RELAY } else { PATIENCE };
        match timeout(patience, settled).await {
            Ok(done) => done,
            Err(_) => bail!("the engine did not finish within {} s; {}", patience.as_secs(), self.what_waits()?),
        }
    }

    /// Everything published so far.
    pub fn discussion(&self) -> anyhow::Result<Material> {
        let store = &self.installation.store;
        let window = Window { after: Seq(0), upto: self.head()? };
        Ok(store.digest_material(self.list.id, &[window])?)
    }

    /// The last publication.
    pub fn head(&self) -> anyhow::Result<Seq> {
        Ok(self.installation.store.head_at(self.list.id, Timestamp::MAX)?)
    }

    fn is_at_work(&self) -> anyhow::Result<bool> {
        let store = &self.installation.store;
        // In the order in which work is handed on, so that none slips past between two looks.
        let is_at_work = store.next_fanout(self.list.id)?.is_some()
            || !store.due_groups(self.list.id, self.installation.clock.now())?.is_empty()
            || store.next_attempt()?.is_some();
        match &self.relayed {
            Some(relayed) if !is_at_work => relayed.is_at_work(&self.installation, &self.list),
            _ => Ok(is_at_work),
        }
    }

    fn what_waits(&self) -> anyhow::Result<String> {
        let queue = self.installation.store.queue(false)?;
        if queue.is_empty() && self.relayed.is_some() {
            return Ok("what the mail server was given neither arrived nor came back; its log may say why".to_owned());
        }
        let error = queue.iter().find_map(|row| row.last_error.as_deref()).unwrap_or("the log may say why");
        Ok(format!("{} mails wait to go out: {error}", queue.len()))
    }
}

/// Makes the list. `is_owned`: whether somebody hears in a daily report of what comes back.
async fn found_list(installation: &Installation, story: &Story, is_owned: bool) -> anyhow::Result<List> {
    let (store, at) = (&installation.store, story.starts_at);
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "Europe/Lisbon".to_owned() };
    let new = NewList { name: story.list.clone(), title: story.title.clone(), schedule, at };
    let list = store.create_list(new).await?;
    store.join(list, story::members()?, at).await?;
    if is_owned {
        let owner = ListChange { owner: Some(story.author.0.clone()), ..ListChange::default() };
        store.change_list(list, owner, at).await?;
    }
    store.list_by_name(&story.list)?.context("the list that was just made is not there")
}

/// The folder to play in: the one that was asked for, or a fresh one among the system's temporary ones. A folder with
/// anything of ours in it is refused by [`Installation::create`].
pub fn folder(asked: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(asked) = asked {
        return Ok(asked.to_owned());
    }
    let temporary = std::env::temp_dir();
    for turn in 1..1000 {
        let folder = temporary.join(format!("rejoinder-demo-{}-{turn}", std::process::id()));
        // Made here, not merely looked for: nobody else can then have it as well.
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => bail!("{}: {error}; name a folder by --data", folder.display()),
        }
    }
    bail!("{} is full of old demos; remove them, or name a folder by --data", temporary.display())
}
