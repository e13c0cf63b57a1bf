//! What arrived in the embedded mailbox, read as its readers' mail programs would read it.

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use mail_parser::{Message, MessageParser, PartType};

use super::stage::Stage;
use crate::discussion::{ItemId, MemberId};
use crate::mailbox::{Entry, Mailbox};
use crate::token::{Kind, TOKEN_LENGTH, Token};

/// A mail that a reader got.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its number in the mailbox.
    pub number: usize,
    /// In whose mailbox it was put.
    pub reader: String,
    /// Whom its To header names.
    pub to: Vec<String>,
    /// Its Date.
    pub date: Timestamp,
    /// Its subject, decoded.
    pub subject: String,
    /// Its text part, decoded; LF line ends.
    pub text: String,
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// Its Reply-To.
    pub reply_to: String,
    /// What it is.
    pub what: What,
    /// Addresses for answers that stand in its text, in order: to whom each was given, to what, and the address.
    pub answers: Vec<(MemberId, ItemId, String)>,
    /// Headers and parts, as they are on the wire and decoded: where nothing must be found that is not the reader's.
    pub everything: String,
}

/// What a mail of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A digest.
    Digest,
    /// One post or response, for a reader of each.
    Copy(ItemId),
}

/// The mails that arrived after the first `before` of them.
pub fn arrived_after(stage: &Stage, before: usize) -> anyhow::Result<Vec<Received>> {
    let folder = stage.installation.mailbox();
    let mailbox = Mailbox::open(&folder, stage.installation.clock.clone()).context("the mailbox cannot be read")?;
    let entries = mailbox.list().context("the mailbox cannot be read")?;
    let read = |entry: Entry| {
        let raw = mailbox.read(entry.number)?.ok_or_else(|| anyhow!("mail {} is gone", entry.number))?;
        received(stage, &entry, &raw)
            .with_context(|| format!("mail {} of the mailbox is not what it should be", entry.number))
    };
    entries.into_iter().skip(before).map(read).collect()
}

fn received(stage: &Stage, entry: &Entry, raw: &[u8]) -> anyhow::Result<Received> {
    let mail = MessageParser::default().parse(raw).context("it cannot be parsed")?;
    let text = mail.body_text(0).context("it has no text part")?.replace("\r\n", "\n");
    let message_id = mail.message_id().context("it has no Message-ID")?.to_owned();
    Ok(Received {
        number: entry.number,
        reader: entry.delivered_to.clone().context("it says not for whom it came")?,
        to: addresses(mail.to()),
        subject: mail.subject().unwrap_or_default().to_owned(),
        reply_to: addresses(mail.reply_to()).concat(),
        what: what(&message_id)?,
        date: entry.date.context("it has no Date")?,
        answers: answers(stage, &text),
        everything: everything(&mail, raw),
        message_id,
        text,
    })
}

fn addresses(header: Option<&mail_parser::Address<'_>>) -> Vec<String> {
    let all = header.into_iter().flat_map(mail_parser::Address::iter);
    all.filter_map(|one| one.address.as_deref().map(str::to_owned)).collect()
}

/// Digests have ids that begin with `d.`, copies such as begin with the number of their item.
fn what(message_id: &str) -> anyhow::Result<What> {
    let (first, _) = message_id.split_once('.').context("its Message-ID is none of ours")?;
    match first {
        "d" => Ok(What::Digest),
        item => Ok(What::Copy(ItemId(item.parse().context("its Message-ID is none of ours")?))),
    }
}

fn answers(stage: &Stage, text: &str) -> Vec<(MemberId, ItemId, String)> {
    let marker = format!("{}+r.", stage.list.name);
    let address = |at: usize| {
        let token = text.get(at + marker.len()..at + marker.len() + TOKEN_LENGTH)?;
        let domain = &stage.installation.config.server.domain;
        match stage.installation.keys.read(Kind::Reply, stage.list.id, token)? {
            Token::Reply(reader, item) => Some((reader, item, format!("{marker}{token}@{domain}"))),
            _ => None,
        }
    };
    text.match_indices(&marker).filter_map(|(at, _)| address(at)).collect()
}

fn everything(mail: &Message<'_>, raw: &[u8]) -> String {
    let mut all = String::from_utf8_lossy(raw).into_owned();
    for part in &mail.parts {
        // Printed for us, a value shows all that its encoded words hid.
        part.headers.iter().for_each(|header| all.push_str(&format!("\n{}: {:?}", header.name(), header.value())));
        if let PartType::Text(text) | PartType::Html(text) = &part.body {
            all.push('\n');
            all.push_str(text);
        }
    }
    all
}
