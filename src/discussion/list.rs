//! Lists and the addresses that they answer to.

use jiff::Timestamp;

use super::member::words;
use super::{ListId, PersonId, Schedule, UnknownWord};
use crate::message::Address;

words! {
    /// Who may start a post.
    WhoPosts: "authors, members" {
        /// Authors and moderators; a post by another member is held.
        Authors = "authors",
        /// Every member.
        Members = "members",
    }
}

words! {
    /// What happens to mail from people who are no members.
    Strangers: "refuse, hold, publish" {
        /// Refused with a friendly text.
        Refuse = "refuse",
        /// Kept until a moderator decides.
        Hold = "hold",
        /// Taken like a member's.
        Publish = "publish",
    }
}

words! {
    /// Who may answer what is on a list.
    WhoAnswers: "authors, members, proven" {
        /// Authors and moderators; an answer by another member is held.
        Authors = "authors",
        /// Every member.
        Members = "members",
        /// Every member, and whoever else is proven to be whom their mail names.
        Proven = "proven",
    }
}

words! {
    /// What happens to the first mail of somebody of whom nothing was published on the list yet.
    FirstTime: "publish, hold" {
        /// It is taken like any other.
        Publish = "publish",
        /// Kept until a moderator decides; once one was accepted, its sender is free.
        Hold = "hold",
    }
}

words! {
    /// What happens to mail that files came with.
    Attachments: "publish, hold, refuse" {
        /// It is taken like any other, and the files are named.
        Publish = "publish",
        /// Kept until a moderator decides.
        Hold = "hold",
        /// Refused with a friendly text.
        Refuse = "refuse",
    }
}

/// What a list asks of the mail of those who may write to it, before it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who may answer.
    pub who_answers: WhoAnswers,
    /// What happens to somebody's first mail.
    pub first_time: FirstTime,
    /// How many octets a mail may have before it is held; `None`: as many as the system takes.
    pub max_bytes: Option<u64>,
    /// What happens to mail with files.
    pub attachments: Attachments,
    /// Whether the sender of a held mail hears that it waits, and what was decided.
    pub tell_senders: bool,
}

impl Default for Rules {
    /// Every member answers, nothing is held, nobody is told.
    fn default() -> Self {
        Self {
            who_answers: WhoAnswers::Members,
            first_time: FirstTime::Publish,
            max_bytes: None,
            attachments: Attachments::Publish,
            tell_senders: false,
        }
    }
}

/// A list's name: the local part of its address, 1 to 24 of `a-z 0-9 . _ -`, beginning with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListName(String);

impl ListName {
    /// The most characters a name may have, so that every address made from it fits into 64 octets (RFC 5321 §4.5.3.1.1).
    pub const MAX: usize = 24;

    /// Reads a name; capitals become small.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if name.is_empty() || name.len() > Self::MAX {
            return Err(format!("a list's name has 1 to {} characters, `{text}` has {}", Self::MAX, name.len()));
        }
        let good = name.starts_with(plain)
            && name.ends_with(plain)
            && !name.contains("..")
            && name.chars().all(|c| plain(c) || ".-_".contains(c));
        if good {
            Ok(Self(name))
        } else {
            Err(format!("a list's name has letters, digits, and `.-_` between them; `{text}` does not do"))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ListName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A discussion list and how it is run.
#[derive(Clone, Debug)]
pub struct List {
    /// Its row.
    pub id: ListId,
    /// Its name, the local part of its address.
    pub name: ListName,
    /// What people call it, in From and Subject.
    pub title: String,
    /// A sentence or two for newcomers.
    pub description: String,
    /// Who may start a post.
    pub who_posts: WhoPosts,
    /// What happens to mail from others.
    pub strangers: Strangers,
    /// What it asks of mail before it is published.
    pub rules: Rules,
    /// Whether a post may give its author's own address.
    pub contact_addresses: bool,
    /// Whether who joins is sent the last digest at once.
    pub latest_on_join: bool,
    /// How often a reader gets mail who chose nothing, and when.
    pub schedule: Schedule,
    /// The list's own words under each digest.
    pub footer: String,
    /// Who answers for it; gets what is sent to `+owner@`.
    pub owner: Option<PersonId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a mail to one of a list's addresses asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `talk@`: a post or an answer.
    Post,
    /// `talk+r.TOKEN@`: an answer to an item.
    Answer(String),
    /// `talk+d.TOKEN@`: an answer to a digest.
    AnswerDigest(String),
    /// `talk+b.TOKEN@`: a bounce of a mail of ours.
    Bounce(String),
    /// `talk+c.TOKEN@`: a confirmation.
    Confirm(String),
    /// `talk+u.TOKEN@`: leaves at once.
    Unsubscribe(String),
    /// `talk+join@`.
    Join,
    /// `talk+leave@`.
    Leave,
    /// `talk+help@`: plain-word commands.
    Help,
    /// `talk+owner@`.
    Owner,
}

impl Action {
    /// Splits a local part into the list's name and what is asked of it; `None` where it is no address of any list.
    /// Case does not matter: mail systems change it. The separator is `+` (RFC 5233).
    pub fn of_local_part(local: &str) -> Option<(ListName, Action)> {
        let local = local.to_ascii_lowercase();
        let (name, detail) = match local.split_once('+') {
            None => return Some((ListName::parse(&local).ok()?, Action::Post)),
            Some(both) => both,
        };
        let name = ListName::parse(name).ok()?;
        let action = match detail.split_once('.') {
            Some(("r", token)) => Action::Answer(token.to_owned()),
            Some(("d", token)) => Action::AnswerDigest(token.to_owned()),
            Some(("b", token)) => Action::Bounce(token.to_owned()),
            Some(("c", token)) => Action::Confirm(token.to_owned()),
            Some(("u", token)) => Action::Unsubscribe(token.to_owned()),
            Some(_) => return None,
            None => match detail {
                "join" => Action::Join,
                "leave" => Action::Leave,
                "help" => Action::Help,
                "owner" => Action::Owner,
                _ => return None,
            },
        };
        Some((name, action))
    }
}

impl List {
    /// The list's own address at `domain`.
    pub fn address(&self, domain: &str) -> Address {
        Address::of_parts(self.name.as_str(), domain)
    }

    /// The address for one of the list's words, such as `talk+leave@`.
    pub fn word_address(&self, word: &str, domain: &str) -> Address {
        Address::of_parts(&format!("{}+{word}", self.name), domain)
    }
}

#[cfg(test)]
impl List {
    /// A list for tests: `talk`, daily at 07:00 UTC, authors post, strangers are refused.
    pub fn sample() -> Self {
        Self {
            id: ListId(1),
            name: ListName("talk".to_owned()),
            title: "Talk".to_owned(),
            description: String::new(),
            who_posts: WhoPosts::Authors,
            strangers: Strangers::Refuse,
            rules: Rules::default(),
            contact_addresses: false,
            latest_on_join: false,
            schedule: Schedule { delivery: super::Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() },
            footer: String::new(),
            owner: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }
}

/// The words that name a list's settings, for messages.
impl List {
    /// Reads an hour of the day, 0 to 23.
    pub fn hour_from(text: &str) -> Result<i8, UnknownWord> {
        let hour = text.parse::<i8>().ok().filter(|hour| (0..24).contains(hour));
        hour.ok_or_else(|| UnknownWord { word: text.to_owned(), expected: "the hours 0 to 23" })
    }
}
