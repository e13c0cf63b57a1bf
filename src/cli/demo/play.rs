//! Plays the story: sends what the script says, lets the hours come, and tells what came of it.

use anyhow::{Context, anyhow, bail};

use super::checking::{self, Item, Outcome, Subscriber, one_line};
use super::received::{self, Received, What};
use super::sending;
use super::stage::Stage;
use super::story::{Blanks, Day, Mail, Story};
use super::telling::{Arrival, Event, Telling};
use super::tree;
use crate::discussion::{Delivery, Member};
use crate::store::{ItemRow, Material};

/// How many letters from the end of an item tell it from all others.
const LAST_WORDS: usize = 50;

/// A story being played.
pub struct Play<'a> {
    /// What is to happen.
    pub story: &'a Story,
    /// Where.
    pub stage: &'a Stage,
    /// To whom it is told.
    pub telling: &'a Telling,
    /// What was published so far, in order.
    items: Vec<Item>,
    /// What arrived in the mailbox so far.
    mails: Vec<Received>,
}

impl<'a> Play<'a> {
    /// The story, not begun.
    pub fn new(story: &'a Story, stage: &'a Stage, telling: &'a Telling) -> Self {
        Self { story, stage, telling, items: Vec::new(), mails: Vec::new() }
    }

    /// Plays all days. An error where one does not come out as it was written down; then what is wrong has been told.
    pub async fn whole(&mut self) -> anyhow::Result<()> {
        let story = self.story;
        for (number, day) in story.days.iter().enumerate() {
            let outcome = self.day(number, day).await?;
            let mut faults = checking::faults(&outcome);
            if let Some(relayed) = &self.stage.relayed {
                faults.extend(relayed.faults(&self.stage.installation, &self.stage.list)?);
            }
            if !faults.is_empty() {
                self.telling.faults(&day.name, &faults)?;
                bail!("the demo did not come out as expected; the engine is broken, or the fixtures are");
            }
        }
        Ok(())
    }

    async fn day(&mut self, number: usize, day: &Day) -> anyhow::Result<Outcome> {
        let before = self.mails.len();
        self.telling.heading(&self.date_of(day))?;
        for mail in &day.mails {
            self.mail(number, mail).await?;
        }
        while let Some(hour) = self.stage.next_hour(day.digests_at)? {
            self.stage.set_time(hour).await?;
        }
        self.stage.set_time(day.digests_at).await?;
        let arrived = received::arrived_after(self.stage, before)?;
        self.mails.extend(arrived);
        let outcome = self.outcome(number, day, before)?;
        self.tell_night(number, &outcome)?;
        Ok(outcome)
    }

    /// Sends one mail, and tells what the list made of it.
    async fn mail(&mut self, day: usize, mail: &Mail) -> anyhow::Result<()> {
        let (to, text) = self.written(mail)?;
        let before = self.stage.head()?;
        self.stage.set_time(mail.at).await?;
        sending::send(self.stage.door(mail.door)?, &mail.from.0, &to, &text).await?;
        self.stage.settle().await?;
        let discussion = self.stage.discussion()?;
        let new = discussion.items.values().find(|item| item.seq == Some(before.next()));
        if let Some(new) = new {
            self.items.push(item(&discussion, new, mail, day));
        }
        let said = new.map(said).unwrap_or_default();
        let (what, aside) = match new {
            Some(new) => self.happening(&discussion, new, mail),
            None => (format!("{}'s mail comes a second time; nothing changes", self.name(mail)?), None),
        };
        self.telling.event(&Event { at: mail.at, door: mail.door, what, said: &said, aside })?;
        Ok(())
    }

    /// To whom a mail goes, and its text with its blanks filled in from the digest that its writer got.
    fn written(&self, mail: &Mail) -> anyhow::Result<(crate::message::Address, String)> {
        let text = mail.text()?;
        if !mail.answers_a_digest() {
            return Ok((self.stage.list.address(&self.story.domain), text.to_owned()));
        }
        let from = mail.from.0.as_str();
        let digest = self.mails.iter().rev().find(|got| got.what == What::Digest && got.reader == from);
        let digest = digest.with_context(|| format!("{from} got no digest to answer"))?;
        let reply_address = self.reply_address(mail, digest)?;
        let (digest_reply_to, digest_message_id) = (digest.reply_to.as_str(), digest.message_id.as_str());
        let to = if reply_address.is_empty() { digest_reply_to } else { reply_address };
        let filled = Blanks { reply_address, digest_reply_to, digest_message_id }.fill(text);
        Ok((crate::message::Address::parse(to)?, filled))
    }

    fn reply_address<'d>(&self, mail: &Mail, digest: &'d Received) -> anyhow::Result<&'d str> {
        let Some(answers) = &mail.answers else { return Ok("") };
        let label = format!("{} #{}", answers.post, answers.number);
        let item = self.items.iter().find(|item| item.label == label);
        let address = item.and_then(|item| digest.answers.iter().find(|(_, answered, _)| *answered == item.id));
        let (_, _, address) = address.with_context(|| format!("the digest has no address to answer {label}"))?;
        Ok(address)
    }

    /// Who did what, and what is special about it.
    fn happening(&self, discussion: &Material, new: &ItemRow, mail: &Mail) -> (String, Option<String>) {
        let who = tree::author(new);
        let Some(number) = new.number else {
            return (format!("{who} posts “{}”", tree::label(discussion, new.id)), None);
        };
        let parent = new.parent.and_then(|parent| discussion.items.get(&parent));
        let missing = parent.is_none_or(|parent| !parent.published);
        let whom = parent.filter(|_| !missing).map_or("a mail still on its way", |parent| first_name(parent));
        let below = discussion.items.values().find(|item| item.parent == Some(new.id));
        let aside = match (&mail.answers, below.and_then(|below| below.number)) {
            (Some(answers), _) => Some(format!("sent to the address under #{} in the digest", answers.number)),
            (None, _) if mail.answers_a_digest() => {
                Some("Reply to the digest; the quoted line tells what it answers".to_owned())
            }
            (None, Some(waited)) => Some(format!("it was late; #{waited} answers it, and now stands under it")),
            (None, None) => None,
        };
        (format!("#{number} {} to {whom}", first_name(new)), aside)
    }

    fn outcome(&self, number: usize, day: &Day, before: usize) -> anyhow::Result<Outcome> {
        let mut files: Vec<&str> =
            self.story.days[..=number].iter().flat_map(|day| &day.mails).map(|mail| mail.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        Ok(Outcome {
            day: number,
            expected_tree: day.expected_tree().to_owned(),
            tree: tree::draw(&self.stage.discussion()?),
            digests_to: day.digests_to.clone(),
            subscribers: self.members()?.iter().map(|member| self.subscriber(member)).collect(),
            items: self.items.clone(),
            expected_items: files.len(),
            mails: self.mails[before..].to_vec(),
        })
    }

    /// The copies of the day, the digests of the night, the tree, and one digest in full.
    fn tell_night(&self, number: usize, outcome: &Outcome) -> anyhow::Result<()> {
        let telling = self.telling;
        let members = self.members()?;
        let each: Vec<&Member> = members.iter().filter(|member| self.subscriber(member).each).collect();
        let copies = outcome.mails.iter().filter(|mail| mail.what != What::Digest).count();
        let names: Vec<&str> =
            each.iter().map(|member| name(member)).map(|name| name.split(' ').next().unwrap_or(name)).collect();
        telling.line(&format!("\n  {} read each mail as it comes: {copies} copies went out.", listed(&names)))?;
        telling.heading("The digests, each at its reader's own hour")?;
        for mail in outcome.mails.iter().filter(|mail| mail.what == What::Digest) {
            let member = members.iter().find(|member| member.address.as_str() == mail.reader);
            let zone = member.and_then(|member| member.time_zone.as_deref()).unwrap_or("UTC");
            telling.arrival(&Arrival { mail, name: member.map_or("a stranger", name), zone })?;
        }
        telling.heading("The discussion")?;
        telling.tree(&outcome.tree)?;
        self.tell_digest(number, outcome, &members)
    }

    /// Shows the digest of one who will answer it, or on the last day, who has answered the one before.
    fn tell_digest(&self, number: usize, outcome: &Outcome, members: &[Member]) -> anyhow::Result<()> {
        let next = self.story.days.get(number + 1).and_then(|day| day.mails.first());
        let writer = next.or_else(|| self.story.days[number].mails.last()).map(|mail| mail.from.0.as_str());
        let shown = outcome.mails.iter().find(|mail| mail.what == What::Digest && Some(mail.reader.as_str()) == writer);
        let Some(shown) = shown else { return Ok(()) };
        let reader = members.iter().find(|member| member.address.as_str() == shown.reader).map_or("a reader", name);
        self.telling.heading(&format!("What {reader} reads"))?;
        Ok(self.telling.mail(shown)?)
    }

    fn subscriber(&self, member: &Member) -> Subscriber {
        let is_gone = self.stage.relayed.as_ref().is_some_and(|relayed| relayed.is_gone(&member.address));
        let each = member.delivery == Delivery::Each && !is_gone;
        Subscriber { id: member.id, address: member.address.as_str().to_owned(), each }
    }

    fn members(&self) -> anyhow::Result<Vec<Member>> {
        Ok(self.stage.installation.store.members(self.stage.list.id, false)?)
    }

    fn name(&self, mail: &Mail) -> anyhow::Result<String> {
        let member = self.stage.installation.store.member(self.stage.list.id, &mail.from.0)?;
        let member = member.ok_or_else(|| anyhow!("{} is not on the list", mail.from.0))?;
        Ok(name(&member).split(' ').next().unwrap_or_default().to_owned())
    }

    fn date_of(&self, day: &Day) -> String {
        let first = day.mails.first().map_or(day.digests_at, |mail| mail.at);
        format!("{} (times are UTC)", first.to_zoned(jiff::tz::TimeZone::UTC).strftime("%A, %-d %B %Y"))
    }
}

fn item(discussion: &Material, new: &ItemRow, mail: &Mail, day: usize) -> Item {
    let said: Vec<char> = said(new).chars().collect();
    Item {
        id: new.id,
        label: tree::label(discussion, new.id),
        is_post: new.number.is_none(),
        from: mail.from.0.as_str().to_owned(),
        last_words: said[said.len().saturating_sub(LAST_WORDS)..].iter().collect(),
        day,
    }
}

fn said(item: &ItemRow) -> String {
    item.reading.as_ref().map(|reading| one_line(&reading.said())).unwrap_or_default()
}

fn name(member: &Member) -> &str {
    member.name.as_deref().unwrap_or("someone without a name")
}

fn first_name(item: &ItemRow) -> &str {
    if item.author_named { item.author.split(' ').next().unwrap_or(&item.author) } else { tree::author(item) }
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
