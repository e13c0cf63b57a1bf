//! The story that is played: the conversation of `fixtures/conversation`, compiled in, so that the program needs no
//! files beside itself.

use std::fmt;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::discussion::ListName;
use crate::message::Address;
use crate::store::MemberChange;

macro_rules! fixture {
    ($file:literal) => {
        include_str!(concat!("../../../fixtures/conversation/", $file))
    };
}

macro_rules! mails {
    ($($file:literal,)*) => { &[$(($file, fixture!($file)),)*] };
}

const SCRIPT: &str = fixture!("script.toml");
const MEMBERS: &str = fixture!("members.csv");
const EXPECTED: &str = fixture!("expected.txt");

/// Names and texts.
const MAILS: &[(&str, &str)] = mails![
    "01-on-listening.eml",
    "02-david.eml",
    "03-ellen.eml",
    "04-marina-answers-david.eml",
    "05-no-name.eml",
    "06-juergen.eml",
    "07-david-two-lines.eml",
    "08-zoe-html-only.eml",
    "09-marina-answers-no-name.eml",
    "10-natalia-before-her-parent.eml",
    "11-tomasz-late.eml",
    "12-marina-answers-juergen.eml",
    "13-ruth-outlook.eml",
    "14-peter-thanks.eml",
    "15-small-rooms.eml",
    "21-ellen-by-the-items-link.eml.template",
    "22-mira-by-plain-reply.eml.template",
];

/// Who does what and when.
#[derive(Debug, Deserialize)]
pub struct Story {
    /// The list.
    #[serde(deserialize_with = "list_name")]
    pub list: ListName,
    /// What people call it.
    pub title: String,
    /// The domain of its addresses.
    pub domain: String,
    /// Who answers for it.
    #[serde(deserialize_with = "parsed")]
    pub author: Person,
    /// When the members join.
    #[serde(deserialize_with = "parsed")]
    pub starts_at: Timestamp,
    /// Day after day.
    #[serde(rename = "day")]
    pub days: Vec<Day>,
}

/// A day of mails, and the morning after.
#[derive(Debug, Deserialize)]
pub struct Day {
    /// As `expected.txt` calls it.
    pub name: String,
    /// By when everybody's hour has come.
    #[serde(deserialize_with = "parsed")]
    pub digests_at: Timestamp,
    /// Who gets a digest by then, and nobody else.
    pub digests_to: Vec<String>,
    /// What is sent, in order.
    #[serde(rename = "mail")]
    pub mails: Vec<Mail>,
}

/// A mail of the script.
#[derive(Debug, Deserialize)]
pub struct Mail {
    /// Its text's name.
    pub file: String,
    /// Its envelope sender.
    #[serde(deserialize_with = "parsed")]
    pub from: Person,
    /// Through which door it comes.
    pub door: Entrance,
    /// When.
    #[serde(deserialize_with = "parsed")]
    pub at: Timestamp,
    /// The item whose reply address it is sent to.
    pub answers: Option<Answers>,
}

/// A door, by its word in the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entrance {
    /// The one made for the open internet.
    Public,
    /// The one for programs on this machine.
    Local,
}

/// An item, as a person names it.
#[derive(Debug, Deserialize)]
pub struct Answers {
    /// Its post's title.
    pub post: String,
    /// Its number under it.
    pub number: i64,
}

/// An address of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person(pub Address);

/// What a reader's digest brings that an answer to it needs.
pub struct Blanks<'a> {
    /// The address for answers to one item; empty where the mail needs none.
    pub reply_address: &'a str,
    /// The digest's Reply-To.
    pub digest_reply_to: &'a str,
    /// The digest's Message-ID, without brackets.
    pub digest_message_id: &'a str,
}

impl Story {
    /// Reads the script.
    pub fn read() -> anyhow::Result<Self> {
        toml::from_str(SCRIPT).context("the script of the demo cannot be read")
    }
}

impl Day {
    /// The discussions as they must be at the end of this day.
    pub fn expected_tree(&self) -> &'static str {
        let (_, after) = EXPECTED.split_once(&format!("{}\n\n", self.name)).unwrap_or_default();
        after.split("\n\nDay ").next().unwrap_or_default().trim_end()
    }
}

impl Mail {
    /// Its text, as written for the script: LF line ends, blanks not filled in.
    pub fn text(&self) -> anyhow::Result<&'static str> {
        let found = MAILS.iter().find(|(file, _)| *file == self.file);
        found
            .map(|(_, text)| *text)
            .ok_or_else(|| anyhow!("the script names {}, which the demo does not have", self.file))
    }

    /// Whether it has blanks that a digest fills.
    pub fn answers_a_digest(&self) -> bool {
        self.file.ends_with(".template")
    }
}

impl Blanks<'_> {
    /// Fills them in.
    pub fn fill(&self, template: &str) -> String {
        template
            .replace("{reply_address}", self.reply_address)
            .replace("{digest_reply_to}", self.digest_reply_to)
            .replace("{digest_message_id}", self.digest_message_id)
    }
}

/// Who is on the list, what they get and where they live.
pub fn members() -> anyhow::Result<Vec<(Address, MemberChange)>> {
    let mut reader = csv::Reader::from_reader(MEMBERS.as_bytes());
    reader.deserialize().map(|row| member(row?)).collect()
}

#[derive(Deserialize)]
struct MemberRow {
    address: String,
    name: Option<String>,
    delivery: String,
    role: String,
    time_zone: String,
    hour: i8,
    state: String,
}

fn member(row: MemberRow) -> anyhow::Result<(Address, MemberChange)> {
    let change = MemberChange {
        name: row.name,
        role: Some(row.role.parse()?),
        state: Some(row.state.parse()?),
        delivery: Some(row.delivery.parse()?),
        hour: Some(row.hour),
        time_zone: Some(row.time_zone),
        ..MemberChange::default()
    };
    Ok((Address::parse(&row.address)?, change))
}

impl std::str::FromStr for Person {
    type Err = crate::message::BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Address::parse(text).map(Self)
    }
}

fn parsed<'de, D: Deserializer<'de>, T: std::str::FromStr<Err: fmt::Display>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn list_name<'de, D: Deserializer<'de>>(from: D) -> Result<ListName, D::Error> {
    ListName::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_and_all_that_it_names_is_compiled_in() {
        let story = Story::read().unwrap();
        assert_eq!(story.days.len(), 2);
        for day in &story.days {
            let expected = day.expected_tree();
            assert!(expected.starts_with("On listening"), "{expected}");
            assert!(expected.ends_with("no responses"), "{expected}");
            for mail in &day.mails {
                assert!(mail.text().unwrap().contains("\nFrom: ") || mail.text().unwrap().starts_with("From: "));
            }
        }
        assert!(members().unwrap().iter().any(|(address, _)| *address == story.author.0));
    }

    #[test]
    fn nobodys_hour_comes_while_mails_are_being_sent() {
        let story = Story::read().unwrap();
        for (_, member) in members().unwrap() {
            let schedule = crate::discussion::Schedule {
                delivery: member.delivery.unwrap(),
                hour: member.hour.unwrap(),
                weekday: 1,
                time_zone: member.time_zone.unwrap(),
            };
            for day in &story.days {
                let (first, last) = (day.mails[0].at, day.mails[day.mails.len() - 1].at);
                let due = crate::schedule::next(&schedule, first).unwrap();
                assert!(due.is_none_or(|due| due > last), "{} gets a digest of half a day", schedule.time_zone);
            }
        }
    }
}
