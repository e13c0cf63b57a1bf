//! A moderator's answer: what it decides is done, and they are told what was. The token of its address was mailed to them
//! alone, so it is the proof; and it works until it expires, for whoever decides about three of five mails on the way to work
//! decides about the others in the evening, by the mail that they have. No number is decided twice.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::arrival::{About, Arrival, Purpose};
use super::ban::{self, Banned};
use super::confirm;
use super::foresee::AnswerForeseen;
use super::hold::{self, Obstacle, Waits};
use super::item;
use super::mail::Taking;
use super::moderation::{self, AskedModerator};
use super::outcome::Outcome;
use super::{Pending, Store, StoreError, list, member, revise, tell};
use crate::command::{self, Choice, Decisions, PlaceNumber, Verb};
use crate::compose::{self, ModeratorMail};
use crate::discussion::{ConfirmationId, HoldId, ItemId, List, ListId, MailId, MemberId, MemberState, PersonId, Role};
use crate::message::Address;
use crate::trust::Why;

/// How many published items one answer removes.
const MOST_REMOVED: usize = 10;

/// How many octets of mail one answer has read once more; what is over it waits for the next.
const MOST_OCTETS: i64 = 32 << 20;

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone from what is sent from now on.
    Now,
    /// It was gone before.
    Before,
}

impl Store {
    /// The mails that a moderator's answer needs read once more: those that it publishes, and those whose sender hears of
    /// it. Bounded; the answer says what is left for the next.
    pub fn decided_about(
        &self,
        list: ListId,
        reader: MemberId,
        id: ConfirmationId,
        arrival: &Arrival,
    ) -> Result<Vec<(About, MailId)>, StoreError> {
        self.read(|db| {
            let Some(list) = list::by_id(db, list)? else { return Ok(Vec::new()) };
            let Some(Ok(asked)) = moderation::read(db, &list, reader, id)? else { return Ok(Vec::new()) };
            let decisions = read(arrival, &asked)?;
            let mut found = Vec::new();
            for (number, choice) in &decisions.choices {
                let Some(held) = number.checked_sub(1).and_then(|at| asked.holds.get(at)) else { continue };
                let waits = hold::waits(db, *held)?;
                let is_needed = choice.verb == Verb::Accept || hold::hears(db, *held)?;
                if waits.is_open() && is_needed {
                    found.push((About::Held(*held), waits.mail));
                }
            }
            for place in decisions.removals.iter().take(MOST_REMOVED) {
                let item = item::by_number(db, list.id, place.0, place.1)?;
                let mail = item.map(|item| mail_of(db, item)).transpose()?.flatten();
                found.extend(item.map(About::Item).zip(mail).filter(|_| list.rules.tell_senders));
            }
            within_bounds(db, found)
        })
    }

    /// The item of this number, and its mail, where it is published and its author hears of its removal.
    pub fn to_be_removed(
        &self,
        list: ListId,
        place: PlaceNumber,
    ) -> Result<Option<(ItemId, Option<MailId>)>, StoreError> {
        self.read(|db| {
            let list = list::existing(db, list)?;
            let Some(item) = item::by_number(db, list.id, place.0, place.1)? else { return Ok(None) };
            Ok(Some((item, mail_of(db, item)?.filter(|_| list.rules.tell_senders))))
        })
    }

    /// Takes a published item away: of it only its place is left, where it is answered; nobody who has not had it gets it.
    /// Its author is told, once, where `arrival`, which is its mail, is at hand.
    pub fn remove_item(
        &self,
        list: ListId,
        item: ItemId,
        arrival: Option<Arrival>,
        now: Timestamp,
    ) -> Pending<Removed> {
        self.write(move |db, _| remove(db, &list::existing(db, list)?, item, arrival.as_ref(), now))
    }
}

/// What an answer decides.
fn read(arrival: &Arrival, asked: &AskedModerator) -> Result<Decisions, StoreError> {
    Ok(command::decisions(&arrival.mail.subject, &arrival.said()?, asked.holds.len()))
}

fn within_bounds(db: &Connection, found: Vec<(About, MailId)>) -> Result<Vec<(About, MailId)>, StoreError> {
    let mut size = db.prepare_cached("SELECT size_bytes FROM mail WHERE id = ?1")?;
    let (mut octets, mut within) = (0_i64, Vec::new());
    for (about, mail) in found {
        octets += size.query_row([mail.0], |row| row.get::<_, i64>(0))?;
        if octets <= MOST_OCTETS || within.is_empty() {
            within.push((about, mail));
        }
    }
    Ok(within)
}

/// The mail of a published item.
fn mail_of(db: &Connection, item: ItemId) -> Result<Option<MailId>, StoreError> {
    let mut query = db.prepare_cached("SELECT mail_id FROM item WHERE id = ?1 AND state = 'published'")?;
    Ok(query.query_row([item.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten().map(MailId))
}

fn remove(
    db: &Connection,
    list: &List,
    item: ItemId,
    arrival: Option<&Arrival>,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT i.state = 'ghost', i.number, p.title, i.person_id, i.mail_id FROM item i JOIN post p ON p.id = i.post_id
         WHERE i.id = ?1",
    )?;
    let (is_ghost, number, title, person, mail) = query.query_row([item.0], |row| {
        let number = row.get::<_, Option<i64>>(1)?.map(crate::discussion::Number);
        let person = row.get::<_, Option<i64>>(3)?.map(PersonId);
        Ok((row.get::<_, bool>(0)?, number, row.get::<_, String>(2)?, person, row.get::<_, Option<i64>>(4)?))
    })?;
    if is_ghost {
        return Err(StoreError::Refused("that has not arrived, so there is nothing to remove".to_owned()));
    }
    if !revise::remove(db, item, now)? {
        return Ok(Removed::Before);
    }
    db.prepare_cached("UPDATE item SET removed_by_moderator = 1 WHERE id = ?1")?.execute([item.0])?;
    let author = person.map(|person| member::by_person(db, list.id, person)).transpose()?.flatten();
    if let (Some(author), Some(arrival)) = (author.filter(|_| list.rules.tell_senders), arrival) {
        let taking = Taking { db, arrival, mail: mail.map(MailId) };
        taking.tell(list, &author, compose::taken_away(&title, number), None)?;
    }
    Ok(Removed::Now)
}

/// What a moderator's answer would do; `None` where it answers something else.
pub(super) fn foresee(
    db: &Connection,
    arrival: &Arrival,
    list: &List,
    reader: MemberId,
    id: ConfirmationId,
) -> Result<Option<AnswerForeseen>, StoreError> {
    let asked = match moderation::read(db, list, reader, id)? {
        None => return Ok(None),
        Some(Err(_)) => return Ok(Some(AnswerForeseen::NoModerator)),
        Some(Ok(asked)) => asked,
    };
    if asked.expires_at <= arrival.received_at {
        return Ok(Some(AnswerForeseen::Expired));
    }
    let decisions = read(arrival, &asked)?;
    let mut decided = decisions.removals.len().min(MOST_REMOVED);
    for number in decisions.choices.keys() {
        let held = number.checked_sub(1).and_then(|at| asked.holds.get(at));
        decided +=
            usize::from(held.map(|held| hold::waits(db, *held)).transpose()?.is_some_and(|waits| waits.is_open()));
    }
    Ok(Some(match decided {
        0 if decisions.is_empty() => AnswerForeseen::NotUnderstood,
        0 => AnswerForeseen::Over,
        many => AnswerForeseen::Moderates(many),
    }))
}

impl Taking<'_> {
    /// Takes a moderator's answer to the mail that told them what waits; `None` where it answers something else.
    pub(super) fn moderate(
        &mut self,
        list: &List,
        reader: MemberId,
        id: ConfirmationId,
    ) -> Result<Option<Outcome>, StoreError> {
        let asked = match moderation::read(self.db, list, reader, id)? {
            None => return Ok(None),
            Some(Err(_)) => return self.ignored("whoever answers looks after the list no more").map(Some),
            Some(Ok(asked)) => asked,
        };
        let mail = self.keep()?;
        if asked.answered_by.map(|before| self.is_copy_of(before)).transpose()? == Some(true) {
            return self.ignored("a copy of an answer").map(Some);
        }
        if asked.expires_at <= self.arrival.received_at {
            if !asked.told_over && self.may_tell_moderator(&asked)? {
                let told = "The mail that you answered was to be answered by a certain day, and that has passed. Nothing was \
                            changed. What still waits is in a newer one.";
                self.answer_moderator(list, &asked, vec![told.to_owned()], mail)?;
                self.db.prepare_cached("UPDATE confirmation SET told_over = 1 WHERE id = ?1")?.execute([id.0])?;
            }
            return self.ignored("what it answers has expired").map(Some);
        }
        confirm::answered(self.db, id, mail)?;
        let decisions = read(self.arrival, &asked)?;
        let told = self.carry_out(list, &asked, &decisions)?;
        if self.may_tell_moderator(&asked)? {
            self.answer_moderator(list, &asked, told, mail)?;
        }
        Ok(Some(Outcome::Done(if decisions.is_empty() {
            "a moderator's answer that was not understood"
        } else {
            "a moderator decided about mails that waited"
        })))
    }

    /// Does what was decided, in order of the numbers; a line of each.
    fn carry_out(&self, list: &List, asked: &AskedModerator, decisions: &Decisions) -> Result<Vec<String>, StoreError> {
        let mut told = Vec::new();
        for (number, choice) in &decisions.choices {
            let Some(held) = number.checked_sub(1).and_then(|at| asked.holds.get(at)) else { continue };
            told.push(format!("{number}: {}", self.decide(list, asked, *held, *number, *choice)?));
        }
        for number in &decisions.beyond {
            told.push(format!("{number}: there is no mail of this number in the one that you answered."));
        }
        for number in &decisions.contradicted {
            told.push(format!("{number}: you said two things of it, so nothing was done."));
        }
        for (post, response) in decisions.removals.iter().take(MOST_REMOVED) {
            let place = response.map_or_else(|| format!("post {post}"), |response| format!("{post}#{response}"));
            told.push(format!("{place}: {}", self.remove_published(list, (*post, *response))?));
        }
        if decisions.removals.len() > MOST_REMOVED {
            told.push(format!("One answer removes {MOST_REMOVED} at most; say the others once more."));
        }
        for line in &decisions.unknown {
            let line: String = line.chars().take(80).collect();
            told.push(format!("Not understood, so nothing was done: “{line}”"));
        }
        if told.is_empty() {
            told.push("Your answer says nothing that could be done.".to_owned());
        }
        Ok(told)
    }

    /// Decides about one mail; what was done.
    fn decide(
        &self,
        list: &List,
        asked: &AskedModerator,
        held: HoldId,
        number: usize,
        choice: Choice,
    ) -> Result<String, StoreError> {
        let (db, now) = (self.db, self.arrival.received_at);
        let waits = hold::waits(db, held)?;
        let title = format!("“{}”", waits.title().chars().take(60).collect::<String>());
        if !waits.is_open() {
            let who = waits.decided_by.as_deref().unwrap_or("somebody");
            return Ok(format!("{title} was {} before, by {who}. Nothing was changed.", waits.state));
        }
        let done = match choice.verb {
            Verb::Accept => match self.let_in(list, held, choice.under)? {
                Ok(place) => format!("{title} is published, {place}."),
                Err(why) => return Ok(format!("{title} still waits: {}", why.told(number))),
            },
            Verb::Reject => {
                hold::reject(db, Some(list), held, self.subject(About::Held(held)), now)?;
                format!("{title} is not published.")
            }
            Verb::Ban => match self.ban_sender(list, &waits)? {
                Ok(()) => {
                    hold::reject(db, Some(list), held, None, now)?;
                    format!("{title} is not published, and nothing more is taken from its sender.")
                }
                Err(why) => return Ok(format!("{title} still waits, and nobody is banned: {why}")),
            },
        };
        hold::note_decider(db, held, &asked.moderator.called())?;
        Ok(done)
    }

    /// Publishes a mail that waits; where. What a fault had begun is undone, so that the others are decided all the same.
    fn let_in(
        &self,
        list: &List,
        held: HoldId,
        under: Option<PlaceNumber>,
    ) -> Result<Result<String, Refusal>, StoreError> {
        let Some(arrival) = self.subject(About::Held(held)) else { return Ok(Err(Refusal::TooMuch)) };
        let request = arrival.requests.iter().find(|request| request.list == list.id);
        let Some(Purpose::Discussion { evidence, .. }) = request.map(|request| &request.purpose) else {
            return Ok(Err(Refusal::NotForReaders));
        };
        self.db.execute_batch("SAVEPOINT let_in")?;
        let done = hold::accept(self.db, list, held, arrival, evidence, under);
        self.db.execute_batch(match &done {
            Ok(Ok(_)) => "RELEASE let_in",
            _ => "ROLLBACK TO let_in; RELEASE let_in",
        })?;
        let published = match done {
            Ok(Ok(published)) => published,
            Ok(Err(obstacle)) => return Ok(Err(Refusal::Obstacle(obstacle))),
            Err(StoreError::Refused(why)) => return Ok(Err(Refusal::Other(why))),
            Err(other) => return Err(other),
        };
        let Some(first) = published.first() else { return Ok(Ok("as nothing".to_owned())) };
        Ok(Ok(match (first.number, published.len()) {
            (None, _) => "as a new post".to_owned(),
            (Some(number), 1) => format!("as #{number} in “{}”", item::title(self.db, first.post)?),
            (Some(_), several) => format!("as {several} responses"),
        }))
    }

    /// Bans whoever a mail that waits is from; or why not.
    fn ban_sender(&self, list: &List, waits: &Waits) -> Result<Result<(), &'static str>, StoreError> {
        if waits.sender.is_empty() {
            return Ok(Err("it names no sender. Write `drop` instead."));
        }
        let address = Address::parse(&waits.sender).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let member = member::by_address(self.db, list.id, &address)?;
        if let Some(member) = member.filter(|member| member.state != MemberState::Left) {
            if member.role != Role::Member || list.owner == Some(member.person) {
                return Ok(Err("its sender is an author, a moderator or the owner. Write `drop` instead."));
            }
            if !is_believed(&waits.reason) {
                return Ok(Err("it may not be from the member whom it names. Write `drop` instead."));
            }
        }
        ban::ban(self.db, list, &Banned::Address(address), "moderator", self.arrival.received_at)?;
        Ok(Ok(()))
    }

    fn remove_published(&self, list: &List, place: PlaceNumber) -> Result<String, StoreError> {
        let Some(item) = item::by_number(self.db, list.id, place.0, place.1)? else {
            return Ok("there is nothing of this number.".to_owned());
        };
        match remove(self.db, list, item, self.subject(About::Item(item)), self.arrival.received_at) {
            Ok(Removed::Now) => Ok("is removed; its place is left where it is answered.".to_owned()),
            Ok(Removed::Before) => Ok("was removed before.".to_owned()),
            Err(StoreError::Refused(why)) => Ok(format!("{why}.")),
            Err(other) => Err(other),
        }
    }

    /// The mail that a decision is about, where it was read once more.
    fn subject(&self, about: About) -> Option<&Arrival> {
        self.arrival.subjects.iter().find(|subject| subject.about == about).map(|subject| &subject.arrival)
    }

    /// Whether a moderator may be told one more thing: they get no more automatic answers than others.
    fn may_tell_moderator(&self, asked: &AskedModerator) -> Result<bool, StoreError> {
        tell::may_hear(self.db, asked.moderator.person, self.arrival.received_at)
    }

    fn answer_moderator(
        &self,
        list: &List,
        asked: &AskedModerator,
        told: Vec<String>,
        mail: MailId,
    ) -> Result<(), StoreError> {
        let (now, press) = (self.arrival.received_at, self.teller().press);
        tell::note_told(self.db, asked.moderator.person, now)?;
        let is_over = asked.expires_at <= now;
        let waiting = if is_over { Vec::new() } else { moderation::listed(self.db, list, &asked.holds)? };
        let answer = ModeratorMail {
            list: tell::facts(list, press),
            subject: self.arrival.mail.subject_of_answer(),
            told,
            waiting: &waiting,
            more: 0,
            confirmation: asked.id,
            until: asked.expires_at,
            now,
            in_reply_to: Some(self.arrival.mail.message_id.clone()),
        };
        moderation::send(self.db, list, press, &asked.moderator, &answer, mail.0)
    }
}

/// Whether a mail that waits for this is taken to be from whom it names: on another's word no member is taken off the list.
fn is_believed(reason: &str) -> bool {
    let why = reason.parse::<Why>();
    why.is_ok_and(|why| why.to_its_sender().is_some() || why == Why::UnclearAnswer)
}

/// Why a mail still waits though a moderator said ok.
enum Refusal {
    TooMuch,
    NotForReaders,
    Obstacle(Obstacle),
    Other(String),
}

impl Refusal {
    fn told(&self, number: usize) -> String {
        match self {
            Self::TooMuch => "that was too much for one answer. Say it once more.".to_owned(),
            Self::NotForReaders => {
                "it is a command, or for the owner, so there is nothing to publish. Write `drop` once it is seen to.".to_owned()
            }
            Self::Obstacle(Obstacle::Unclear) => format!(
                "it does not say what it answers. Write `ok {number} under 12#7` for response 7 of post 12, or `ok {number} \
                 under 12` for the post."
            ),
            Self::Obstacle(Obstacle::NoSuchItem) => "there is no post or response of that number.".to_owned(),
            Self::Obstacle(Obstacle::IsHere(_)) => {
                "its Message-ID is that of what is published already. Write `drop`, and ask its sender to send it again.".to_owned()
            }
            Self::Other(why) => why.clone(),
        }
    }
}
