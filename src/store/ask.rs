//! Asking the sender back: an answer to a digest that does not say which of its items it means is held, and whoever sent
//! it is asked. Their answer publishes it.

use std::collections::{HashMap, HashSet};

use rusqlite::params;

use super::answer::{self, Answer};
use super::arrival::Arrival;
use super::confirm::{self, Asked, Confirmation};
use super::item::Published;
use super::known::KnownOfList;
use super::mail::Taking;
use super::outcome::Outcome;
use super::{StoreError, hold, row};
use crate::compose::{self, Asking, Choice, Offer};
use crate::discussion::{EditionId, HoldId, ItemId, List, Member, MemberState, PostLetter};
use crate::thread::{By, Evidence, Known, Labelled, Part, Place, Shown, names_nothing, quoted_items, typed};

/// How often somebody is asked again who was not understood.
const MOST_TRIES: u8 = 2;

/// How many posts of a digest, and how many of its items that were quoted, are listed.
const MOST_POSTS: usize = 30;
const MOST_ITEMS: usize = 20;

/// How many lines a question has at most for the sake of the responses in it, where nothing was quoted.
const MOST_WITH_RESPONSES: usize = 12;

/// A question, and the mail that it is about.
struct Question<'a> {
    held: HoldId,
    edition: EditionId,
    /// What that shows.
    shown: &'a Shown,
    /// The mail that waits.
    wrote: &'a Arrival,
    asking: Asking<'a>,
    tries: u8,
}

impl Taking<'_> {
    /// Asks the sender of a mail that is held because it is not clear what it answers: once, and only somebody who may
    /// write here.
    pub(super) fn ask_back(
        &mut self,
        list: &List,
        member: Option<&Member>,
        held: HoldId,
        evidence: &Evidence,
    ) -> Result<(), StoreError> {
        let Some(member) = member else { return Ok(()) };
        let suspected = self.arrival.suspicion.is_some();
        if suspected || !self.may_tell(member)? || confirm::was_asked(self.db, held)? {
            return Ok(());
        }
        let known = KnownOfList::of(self.db, list, self.arrival);
        for edition in &evidence.editions {
            let Some(shown) = choosable(&known, *edition)? else { continue };
            let (wrote, asking) = (self.arrival, Asking::First);
            let question = Question { held, edition: *edition, shown: &shown, wrote, asking, tries: 0 };
            if self.ask_which(list, member, &question)? {
                hold::note_asked(self.db, held)?;
            }
            return Ok(());
        }
        Ok(())
    }

    /// Takes the answer to a question: the mail that waited for it is published where the answer says.
    pub(super) fn answer_question(
        &mut self,
        list: &List,
        member: &Member,
        asked: &Confirmation,
        held: HoldId,
        edition: EditionId,
    ) -> Result<Outcome, StoreError> {
        let (mail, arrival) = (self.keep()?, self.arrival);
        let waits = match hold::waiting(self.db, held) {
            Ok((_, mail)) => arrival.held.as_ref().filter(|(row, _)| *row == mail),
            Err(StoreError::Refused(_)) => None,
            Err(other) => return Err(other),
        };
        let known = KnownOfList::of(self.db, list, arrival);
        let (Some((held_mail, waits)), Some(shown)) = (waits, choosable(&known, edition)?) else {
            confirm::answered(self.db, asked.id, mail)?;
            self.tell_over(list, Some(member), asked, false)?;
            return self.ignored("the mail that it is about was decided already");
        };
        if member.state == MemberState::Left {
            return self.ignored("who left the list is not asked");
        }
        let said = self.first_line()?;
        match self.chosen(&shown)? {
            Answer::Under(item) => {
                confirm::answered(self.db, asked.id, mail)?;
                let mut taking = Taking { db: self.db, arrival: waits, mail: Some(*held_mail) };
                taking.publish_asked(list, held, item)
            }
            Answer::Nothing => {
                confirm::answered(self.db, asked.id, mail)?;
                hold::decide(self.db, held, "rejected", arrival.received_at, None)?;
                Ok(Outcome::Done("its sender withdrew the mail that waited"))
            }
            Answer::NotUnderstood if !self.may_tell(member)? => self.ignored("too many automatic answers"),
            Answer::NotUnderstood => {
                confirm::answered(self.db, asked.id, mail)?;
                if asked.tries < MOST_TRIES {
                    let (asking, tries) = (Asking::Again(&said), asked.tries + 1);
                    let question = Question { held, edition, shown: &shown, wrote: waits, asking, tries };
                    self.ask_which(list, member, &question)?;
                } else {
                    self.tell(list, member, compose::given_up(&said), None)?;
                }
                Ok(Outcome::Done("an answer that was not understood"))
            }
        }
    }

    /// What the mail answers to a question about a digest.
    pub(super) fn chosen(&self, shown: &Shown) -> Result<Answer, StoreError> {
        Ok(answer::answer(&self.said()?, shown, &self.titles(shown)?))
    }

    /// Publishes the mail that was asked about, which this is, under `item`.
    fn publish_asked(&mut self, list: &List, held: HoldId, item: ItemId) -> Result<Outcome, StoreError> {
        let known = KnownOfList::of(self.db, list, self.arrival);
        if known.by_id(&self.arrival.mail.message_id)?.is_some_and(|found| !found.ghost) {
            return self.ignored("the mail that waited is published already");
        }
        let sender = self.sender(list)?;
        let published: Published = self.publish(list, sender.as_ref(), &Place::Under(item, By::Sender))?;
        hold::decide(self.db, held, "accepted", self.arrival.received_at, Some(published))?;
        self.tell_published(list, sender.as_ref(), &[published])?;
        Ok(Outcome::Published(published))
    }

    pub(super) fn said(&self) -> Result<String, StoreError> {
        Ok(row::unpacked(&self.arrival.shown.words.text)?.said())
    }

    /// The first line that the sender said, behind a greeting; empty where they said nothing.
    pub(super) fn first_line(&self) -> Result<String, StoreError> {
        Ok(answer::first_line(&self.said()?).to_owned())
    }

    /// The titles of those posts of a digest that a question lists, as it lists them.
    fn titles(&self, shown: &Shown) -> Result<Vec<(ItemId, String)>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT p.title FROM item i JOIN post p ON p.id = i.post_id WHERE i.id = ?1")?;
        let titles = shown.roots.iter().take(MOST_POSTS);
        titles.map(|root| Ok((*root, query.query_row([root.0], |row| row.get(0))?))).collect()
    }

    /// Queues a question; whether it was queued.
    fn ask_which(&self, list: &List, member: &Member, question: &Question<'_>) -> Result<bool, StoreError> {
        let Question { held, edition, shown, wrote, asking, tries } = question;
        let reading = row::unpacked(&wrote.shown.words.text)?;
        let parts: Vec<Part<'_>> = reading.spans.iter().map(super::split::part).collect();
        let mut quoted: Vec<ItemId> = quoted_items(&parts, shown).into_iter().take(MOST_ITEMS).collect();
        if quoted.is_empty() {
            quoted = new_responses(shown);
        }
        quoted.extend(typed(&parts).into_iter().flat_map(|label| label.all_among(&shown.labels)).take(MOST_ITEMS));
        let missing = names_nothing(&parts, shown).map(|label| label.to_string());
        let posts = shown.roots.len();
        let listed = |one: &&Labelled| match one.number {
            None => one.post < MOST_POSTS && shown.roots.get(one.post) == Some(&one.item),
            Some(_) => quoted.contains(&one.item),
        };
        let choices = shown.labels.iter().filter(listed).map(|one| self.choice(one, posts > 1));
        let choices: Vec<Choice> = choices.collect::<Result<_, _>>()?;
        let asked = Asked::Question { held: *held, edition: *edition };
        let (id, until) = self.ask(list, Some(member.id), &asked, *tries)?;
        let offer = Offer { choices: &choices, more: posts.saturating_sub(MOST_POSTS), missing: missing.as_deref() };
        let text = compose::question(asking, &reading.said(), &offer, until);
        self.tell(list, member, text, Some(id))
    }

    /// `lettered`: the digest shows letters.
    fn choice(&self, one: &Labelled, lettered: bool) -> Result<Choice, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT i.author, p.title, r.spans FROM item i JOIN post p ON p.id = i.post_id
             LEFT JOIN item_revision r ON r.item_id = i.id AND r.revision = i.revision AND i.state = 'published'
             WHERE i.id = ?1",
        )?;
        let (author, title, spans) = query.query_row(params![one.item.0], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
        })?;
        let text = spans.map(|spans| row::unpacked(&spans)).transpose()?.map(|reading| reading.said());
        let label = match one.number {
            None => PostLetter(one.post).to_string(),
            Some(number) if lettered => format!("{}{number}", PostLetter(one.post)),
            Some(number) => format!("#{number}"),
        };
        Ok(Choice { label, title: one.number.is_none().then_some(title), author, text: text.unwrap_or_default() })
    }
}

/// What a digest showed, without the responses that were taken back since: nobody means to answer those.
pub(super) fn choosable(known: &KnownOfList<'_>, edition: EditionId) -> Result<Option<Shown>, StoreError> {
    let Some(mut shown) = known.edition(edition)? else { return Ok(None) };
    let mut query = known.db.prepare_cached("SELECT 1 FROM item WHERE id = ?1 AND state = 'removed'")?;
    let mut removed = HashSet::new();
    for one in shown.labels.iter().filter(|one| one.number.is_some()) {
        if query.exists([one.item.0])? {
            removed.insert(one.item);
        }
    }
    shown.labels.retain(|one| !removed.contains(&one.item));
    Ok(Some(shown))
}

/// Some of the responses that a digest showed in full: of each post the first, then of each the second, and so on.
fn new_responses(shown: &Shown) -> Vec<ItemId> {
    let full: HashSet<ItemId> = shown.items.iter().map(|(item, _)| *item).collect();
    let mut of_post: HashMap<usize, usize> = HashMap::new();
    let mut found = Vec::new();
    for one in shown.labels.iter().filter(|one| one.number.is_some() && full.contains(&one.item)) {
        let before = of_post.entry(one.post).or_default();
        found.push((*before, one.item));
        *before += 1;
    }
    found.sort_by_key(|(before, _)| *before);
    found.truncate(MOST_WITH_RESPONSES.saturating_sub(shown.roots.len()));
    found.into_iter().map(|(_, item)| item).collect()
}
