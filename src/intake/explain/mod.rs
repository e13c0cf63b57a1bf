//! What the gate makes of a mail, and why, for the person who asks "why did my mail not appear?". Nothing is kept and
//! nobody is asked.

mod on_list;

use crate::bounce::{self, FailedRecipient, MailKind, Report};
use crate::discussion::Action;
use crate::message::{Address, Mail};
use crate::reply::{Reading, SpanKind};
use crate::thread::Evidence;

use super::files::sends_a_file;
use super::reader::Reader;
use super::word::asks_to_leave;

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
    /// Whom it is about, where it is a bounce.
    pub bounce: Vec<FailedRecipient>,
    /// The ids that it answers, the nearest first.
    pub parents: Vec<String>,
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
    let mut explained = Explanation::of_its_own(raw);
    if explained.nature == Nature::Kind(MailKind::Mail) {
        if is_command(&explained.mail) {
            explained.nature = Nature::Command;
        } else if asks_to_leave(&explained.mail, &explained.reading.said()) {
            explained.nature = Nature::Command;
            explained
                .decide(Decision::Hold, "All that it says is that its sender wants to leave; a person sees to that.");
            return explained;
        }
    }
    if explained.nature == Nature::Kind(MailKind::Mail) {
        explained.why.push(place(&explained.parents));
    }
    let (decision, sentence) = explained.on_an_open_list();
    explained.decide(decision, sentence);
    explained
}

impl Explanation {
    /// What the mail alone tells.
    fn of_its_own(raw: &[u8]) -> Self {
        let mail = Mail::parse(raw);
        let reading = Reader::anywhere(&mail, &addressed(&mail).collect::<Vec<_>>()).read(&mail.text);
        let Report { judgement, recipients, .. } = bounce::report(&mail, raw, has_null_reverse_path(&mail));
        let evidence = Evidence {
            own: Some(mail.message_id.clone()),
            in_reply_to: mail.in_reply_to.clone(),
            references: mail.references.clone(),
            ..Evidence::default()
        };
        let parents: Vec<String> = evidence.chain().0.into_iter().rev().map(ToString::to_string).collect();
        let (nature, why) = match mail.has_header() {
            true if judgement.kind == MailKind::Mail => {
                (Nature::Kind(judgement.kind), vec![judgement.why.to_owned(), sender(&mail), read(&reading)])
            }
            true => (Nature::Kind(judgement.kind), vec![judgement.why.to_owned()]),
            false => (Nature::Unreadable, vec![]),
        };
        Self { mail, reading, nature, bounce: recipients, parents, proof: "none", decision: Decision::Refuse, why }
    }

    /// What it says to who knows what of ours it answers.
    fn read_again(&mut self, reader: &Reader) {
        let known = reader.read(&self.mail.text);
        if known == self.reading {
            return;
        }
        let before = read(&self.reading);
        if let Some(step) = self.why.iter_mut().find(|step| **step == before) {
            *step = format!("What was copied of a mail of ours is known by that mail. {}", read(&known));
        }
        self.reading = known;
    }

    fn decide(&mut self, decision: Decision, sentence: impl Into<String>) {
        self.decision = decision;
        self.why.push(sentence.into());
    }

    fn on_an_open_list(&self) -> (Decision, &'static str) {
        match self.nature {
            Nature::Kind(MailKind::Mail) if self.mail.from.len() != 1 => {
                (Decision::Hold, "Who wrote it cannot be told, so a moderator decides.")
            }
            Nature::Kind(MailKind::Mail) if self.reading.said().is_empty() => match sends_a_file(&self.mail) {
                true => (
                    Decision::Publish,
                    "It has no words, but a file: on a list that is open to everybody it is published.",
                ),
                false if self.mail.attachments.is_empty() => {
                    (Decision::Hold, "There is no word of its sender's own in it, and no file, so a moderator decides.")
                }
                false => (
                    Decision::Hold,
                    "There is no word of its sender's own in it, and what is attached may be a logo, or what mail programs \
                     add, so a moderator decides.",
                ),
            },
            Nature::Kind(MailKind::Mail) => (Decision::Publish, "On a list that is open to everybody it is published."),
            Nature::Kind(kind) => of_a_machine(kind),
            Nature::Command => (Decision::Command, "It was sent to an address for commands, so it is not published."),
            Nature::Unreadable => (Decision::Refuse, "There is no mail header in it, so it is no mail."),
        }
    }
}

/// What becomes of a program's mail.
fn of_a_machine(kind: MailKind) -> (Decision, &'static str) {
    match kind {
        MailKind::Bounce => {
            (Decision::Count, "A report is counted for the reader whom it is about; it is not published, nor answered.")
        }
        MailKind::Complaint => {
            (Decision::Count, "A complaint is kept with the reader who made it; it is not published, nor answered.")
        }
        MailKind::AutoReply | MailKind::Mail => {
            (Decision::Refuse, "What a program sends on its own is never published, nor answered.")
        }
    }
}

/// Whether its envelope had no sender, as the server that stored it wrote down (RFC 5321 §4.4).
fn has_null_reverse_path(mail: &Mail) -> bool {
    mail.header("Return-Path") == Some("<>")
}

/// Whether it was sent to an address for commands or to the owner, as its headers say.
fn is_command(mail: &Mail) -> bool {
    addressed(mail).any(|address| {
        let action = Action::of_local_part(address.local()).map(|(_, action)| action);
        matches!(
            action,
            Some(
                Action::Join
                    | Action::Leave
                    | Action::Help
                    | Action::Owner
                    | Action::Unsubscribe(_)
                    | Action::Confirm(_)
            )
        )
    })
}

/// The addresses that it was sent to, as far as its headers tell.
pub(super) fn addressed(mail: &Mail) -> impl Iterator<Item = Address> {
    let named = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"];
    let words = named.into_iter().flat_map(|name| mail.headers(name)).flat_map(|value| value.split([',', ' ', ';']));
    words.filter_map(|word| Address::parse(word.trim_matches(['<', '>', '"'])).ok())
}

fn sender(mail: &Mail) -> String {
    match mail.from.as_slice() {
        [] => "Its From names nobody.".to_owned(),
        [one] => format!("It says that it is from {}; nobody was asked whether that is so.", one.address),
        several => format!("Its From names {} people, so none can be believed.", several.len()),
    }
}

fn place(parents: &[String]) -> String {
    match parents.first() {
        Some(nearest) => format!("It answers {nearest}, as its In-Reply-To or References say."),
        None => "It names no mail that it answers, so it would start a post.".to_owned(),
    }
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

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
