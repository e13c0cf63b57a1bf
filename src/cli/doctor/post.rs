//! The relay: whether it can be reached, and on request a mail through it.

use std::time::Duration;

use tokio::time::timeout;

use super::super::wording::command;
use super::{Finding, Patient};
use crate::compose::{self, OwnerMail, Personal};
use crate::deliver::{Outgoing, Relay, RelayError};
use crate::discussion::{EditionId, List, MemberId};
use crate::message::Address;
use crate::serve;

/// How long the relay may take to greet us; mail itself waits longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn look(patient: &Patient) -> Finding {
    let installation = &patient.installation;
    if patient.relay.is_none() {
        let show = command("mailbox show", &installation.folder);
        let found = "None is set: mail to readers stays in the mailbox in the folder and reaches nobody.";
        return Finding::warning("relay", found).advise(format!("`{show}` shows it; set [relay] url to reach people."));
    }
    let url = installation.config.relay.url_for_people();
    let greeted = match serve::relay(installation) {
        Ok((relay, _)) => timeout(PATIENCE, async move { relay.greet().await }).await,
        Err(error) => return Finding::fault("relay", error.to_string()),
    };
    match greeted {
        Ok(Ok(true)) => Finding::ok("relay", format!("{url} takes our mail, encrypted.")),
        Ok(Ok(false)) => Finding::ok("relay", format!("{url} takes our mail, unencrypted, on this same machine.")),
        Ok(Err(error)) => Finding::fault("relay", format!("{url} cannot be used: {error}."))
            .advise("Correct [relay] url and password, or ask whoever runs that server."),
        Err(_) => Finding::fault("relay", format!("{url} does not greet us within {} seconds.", PATIENCE.as_secs()))
            .advise("Look whether host and port in [relay] url are right, and whether a firewall stands between."),
    }
}

/// Sends one mail, as any mail of ours goes.
pub(super) async fn send_test(patient: &Patient, to: &Address) -> Finding {
    match sent(patient, to).await {
        Ok(Ok(said)) if patient.relay.is_none() => {
            Finding::ok("test mail", format!("The mailbox in the folder has it: {said}."))
        }
        Ok(Ok(said)) => Finding::ok("test mail", format!("The relay took it for {to}: {said}."))
            .advise("Look at its Authentication-Results there: spf, dkim and dmarc should say pass."),
        Ok(Err(error)) => Finding::fault("test mail", format!("The relay did not take it: {error}."))
            .advise("Do what the relay says, and try again."),
        Err(error) => Finding::fault("test mail", format!("It could not be made: {error:#}.")),
    }
}

/// What the relay said.
async fn sent(patient: &Patient, to: &Address) -> anyhow::Result<Result<String, RelayError>> {
    let installation = &patient.installation;
    let Some(list) = installation.store.lists()?.into_iter().next() else {
        anyhow::bail!("there is no list to send it for; make one by `rejoinder list create`");
    };
    let reverse_path = Some(Address::of_parts(&format!("{}+owner", list.name), patient.domain()));
    let mail = Outgoing { reverse_path, recipient: to.clone(), content: test_mail(patient, &list, to)? };
    let (relay, _) = serve::relay(installation)?;
    let said = relay.send(&mail).await;
    relay.close_idle().await;
    Ok(said.map(|accepted| accepted.text.to_string()))
}

fn test_mail(patient: &Patient, list: &List, to: &Address) -> anyhow::Result<Vec<u8>> {
    let installation = &patient.installation;
    let (domain, now) = (patient.domain(), installation.clock.now());
    let text = format!(
        "This mail was sent by `rejoinder doctor --send-test` at {domain}, the way its lists send theirs.\n\n\
         If you look at its header, Authentication-Results should say pass for spf, dkim and dmarc. There is nothing \
         to be answered."
    );
    let mail =
        OwnerMail { domain, subject: format!("A test mail from {domain}"), text, reply_to: None, original: None };
    let frozen = compose::owner_mail(&mail)?;
    let personal = Personal {
        list: list.id,
        key_id: installation.keys.newest(),
        reader: MemberId(0),
        // Each has a Message-ID of its own.
        edition: EditionId(now.as_millisecond().max(0)),
        part: 1,
        to,
        name: None,
        date: now,
        schedule: &list.schedule,
    };
    let content = compose::splice(&frozen.bytes, &personal, &installation.keys)?;
    Ok(installation.signer.signed(installation.signer.current(), now, content)?)
}
