//! What the gate makes of a mail, and why, for the person who asks "why did my mail not appear?". Nothing is kept and
//! nobody is asked.

use crate::bounce::{self, MailKind};
use crate::discussion::Action;
use crate::message::{Address, Mail, MessageId};
use crate::reply::{self, Reading, SpanKind};
use crate::thread::{By, Evidence};

/// What a mail is, as a person would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// What the headers make of it.
    Kind(MailKind),
    /// Sent to an address for commands, or to the owner.
    Command,
    /// There is no header in it, or it could not be read.
    Unreadable,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is published.
    Publish,
    /// It waits for a person.
    Hold,
    /// It is not published.
    Refuse,
    /// It is done, as far as its sender may have it done.
    Command,
    /// It is counted for the reader whom it is about.
    Count,
}

/// A mail explained.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Parsed.
    pub mail: Mail,
    /// What its sender wrote, and what is hidden.
    pub reading: Reading,
    /// What it is.
    pub nature: Nature,
    /// The ids that it answers, the nearest first.
    pub parents: Vec<MessageId>,
    /// What proves its sender: `none` where nobody was asked.
    pub proof: &'static str,
    /// What becomes of it.
    pub decision: Decision,
    /// How that came about: one sentence a step.
    pub why: Vec<String>,
}

impl Nature {
    /// The word for it, in the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.as_str(),
            Self::Command => "command",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Decision {
    /// The word for it, in the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
            Self::Command => "command",
            Self::Count => "count",
        }
    }
}

/// Explains a mail as for an open list, on which everybody may write and nothing has been said yet.
pub fn explain(raw: &[u8]) -> Explanation {
    let mail = Mail::parse(raw);
    let reading = reply::read(&mail.text);
    let judgement = bounce::judge(&mail, false);
    let nature = match judgement.kind {
        _ if !mail.has_header() => Nature::Unreadable,
        MailKind::Mail if is_command(&mail) => Nature::Command,
        kind => Nature::Kind(kind),
    };
    let evidence = Evidence {
        own: Some(mail.message_id.clone()),
        in_reply_to: mail.in_reply_to.clone(),
        references: mail.references.clone(),
        ..Evidence::default()
    };
    let (chain, by) = evidence.chain();
    let parents: Vec<MessageId> = chain.into_iter().rev().cloned().collect();
    let mut why = vec![judgement.why.to_owned(), sender(&mail), place(&parents, by), read(&reading)];
    let decision = decision(nature, &mail, &reading, &mut why);
    Explanation { mail, reading, nature, parents, proof: "none", decision, why }
}

/// Whether it was sent to an address for commands or to the owner, as its headers say.
fn is_command(mail: &Mail) -> bool {
    let named = ["To", "Delivered-To", "X-Original-To", "Envelope-To"];
    let words = named.into_iter().flat_map(|name| mail.headers(name)).flat_map(|value| value.split([',', ' ', ';']));
    let mut addresses = words.filter_map(|word| Address::parse(word.trim_matches(['<', '>', '"'])).ok());
    addresses.any(|address| {
        let action = Action::of_local_part(address.local()).map(|(_, action)| action);
        matches!(action, Some(Action::Join | Action::Leave | Action::Help | Action::Owner | Action::Unsubscribe(_)))
    })
}

fn sender(mail: &Mail) -> String {
    match mail.from.as_slice() {
        [] => "Its From names nobody.".to_owned(),
        [one] => format!("It says that it is from {}; nobody was asked whether that is so.", one.address),
        several => format!("Its From names {} people, so none can be believed.", several.len()),
    }
}

fn place(parents: &[MessageId], by: By) -> String {
    let Some(nearest) = parents.first() else {
        return "It names no mail that it answers, so it starts a conversation.".to_owned();
    };
    let header = if by == By::InReplyTo { "In-Reply-To" } else { "References" };
    format!("It answers {nearest}: its {header} says so.")
}

fn read(reading: &Reading) -> String {
    let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let said = counted(lines(&reading.said()), "line");
    let mut hidden = Vec::new();
    for (kind, what) in [
        (SpanKind::Quote, "quoted"),
        (SpanKind::Attribution, "that introduce quotes"),
        (SpanKind::Signature, "of signature"),
        (SpanKind::Footer, "of a list's footer"),
    ] {
        let count: usize = reading.hidden().filter(|span| span.kind == kind).map(|span| lines(&span.text)).sum();
        if count > 0 {
            hidden.push(format!("{count} {what}"));
        }
    }
    match (hidden.is_empty(), reading.said().is_empty()) {
        (true, true) => "There is no text in it.".to_owned(),
        (true, false) => format!("All of its text, {said}, is what its sender wrote."),
        (false, true) => format!("Nothing in it is its sender's own; hidden are lines: {}.", hidden.join(", ")),
        (false, false) => format!("Its sender wrote {said}; hidden are lines: {}.", hidden.join(", ")),
    }
}

fn decision(nature: Nature, mail: &Mail, reading: &Reading, why: &mut Vec<String>) -> Decision {
    let (decision, sentence) = match nature {
        Nature::Unreadable => {
            why.clear();
            (Decision::Refuse, "There is no mail header in it, so it is no mail.")
        }
        Nature::Command => (Decision::Command, "It was sent to an address for commands, so it is not published."),
        Nature::Kind(MailKind::Bounce) => {
            (Decision::Count, "A report is counted for the reader whom it is about; it is not published, nor answered.")
        }
        Nature::Kind(MailKind::Complaint) => {
            (Decision::Count, "A complaint is kept with the reader who made it; it is not published, nor answered.")
        }
        Nature::Kind(MailKind::AutoReply) => {
            (Decision::Refuse, "What a program sends on its own is never published, nor answered.")
        }
        Nature::Kind(MailKind::Mail) if mail.from.len() != 1 => {
            (Decision::Hold, "Who wrote it cannot be told, so a moderator decides.")
        }
        Nature::Kind(MailKind::Mail) if reading.said().is_empty() => {
            (Decision::Hold, "There is no word of its sender's own in it, so a moderator decides.")
        }
        Nature::Kind(MailKind::Mail) => (Decision::Publish, "On a list that is open to everybody it is published."),
    };
    why.push(sentence.to_owned());
    decision
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
