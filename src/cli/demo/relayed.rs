//! Through a real mail server: what the engine gave it has to come to the readers' mailbox, or to come back.

use std::net::SocketAddr;

use anyhow::Context;

use crate::cli::arguments::Demo;
use crate::discussion::{Delivery, List, MemberId};
use crate::installation::Installation;
use crate::mailbox::Mailbox;
use crate::message::Address;
use crate::serve;
use crate::store::MemberChange;

/// What is between the engine and the mailbox.
pub struct Relayed {
    /// The readers' mailbox, as the mail server finds it.
    pub mailbox: SocketAddr,
    /// A reader whom the mail server does not know.
    gone: Option<(MemberId, Address)>,
}

impl Relayed {
    /// Opens the mailbox for the mail server, and puts the reader who is gone on the list. `None` where the engine
    /// delivers to the mailbox itself.
    pub async fn set_up(installation: &Installation, list: &List, wishes: &Demo) -> anyhow::Result<Option<Self>> {
        let Some(address) = wishes.mailbox_listen else { return Ok(None) };
        let mailbox = serve::open_mailbox(installation, address)?;
        let gone = match &wishes.gone {
            Some(gone) => Some((join(installation, list, gone).await?, gone.clone())),
            None => None,
        };
        Ok(Some(Self { mailbox, gone }))
    }

    /// Whether mail of this list is still with the mail server: neither in the mailbox nor back.
    pub fn is_at_work(&self, installation: &Installation, list: &List) -> anyhow::Result<bool> {
        let store = &installation.store;
        let sent = store.queue(true)?.into_iter().filter(|row| row.state == "sent");
        let (gone, others): (Vec<_>, Vec<_>) = sent.partition(|row| self.is_gone(&row.recipient));
        let mailbox = Mailbox::open(installation.mailbox(), installation.clock.clone());
        let arrived = mailbox.and_then(|mailbox| mailbox.list()).context("the mailbox cannot be read")?.len();
        Ok(arrived < others.len() || store.bounces(list.id)?.len() < gone.len())
    }

    /// What is wrong with what came back: each mail to the reader who is gone must have, once, and be known as theirs.
    pub fn faults(&self, installation: &Installation, list: &List) -> anyhow::Result<Vec<String>> {
        let store = &installation.store;
        let bounces = store.bounces(list.id)?;
        let mut faults = Vec::new();
        for row in store.queue(true)?.into_iter().filter(|row| row.state == "sent") {
            let mut of_row = bounces.iter().filter(|bounce| bounce.outbox == Some(row.id));
            let expected = self.gone.as_ref().filter(|_| self.is_gone(&row.recipient)).map(|(member, _)| *member);
            let (first, second) = (of_row.next().map(|bounce| bounce.member), of_row.next());
            if first != expected.map(Some) || second.is_some() {
                faults.push(format!("mail {} to {} came back otherwise than it should", row.id, row.recipient));
            }
        }
        if self.gone.is_some() && bounces.is_empty() {
            faults.push("nothing came back from the mail server".to_owned());
        }
        Ok(faults)
    }

    /// How many mails came back, and to whom they were; `None` where nobody is gone.
    pub fn came_back(&self, installation: &Installation, list: &List) -> anyhow::Result<Option<(usize, String)>> {
        let Some((_, gone)) = &self.gone else { return Ok(None) };
        Ok(Some((installation.store.bounces(list.id)?.len(), gone.to_string())))
    }

    /// Whether this is the reader whom nothing reaches.
    pub fn is_gone(&self, reader: &Address) -> bool {
        self.gone.as_ref().is_some_and(|(_, gone)| gone.key() == reader.key())
    }
}

async fn join(installation: &Installation, list: &List, gone: &Address) -> anyhow::Result<MemberId> {
    let change = MemberChange { delivery: Some(Delivery::Each), ..MemberChange::default() };
    let store = &installation.store;
    store.join(list.id, vec![(gone.clone(), change)], installation.clock.now()).await?;
    Ok(store.member(list.id, gone)?.context("the reader who just joined is not there")?.id)
}
