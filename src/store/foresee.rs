//! What would become of a mail on a list: the questions that taking it in asks, and none of what it does.

use rusqlite::{Connection, OptionalExtension, params};

use super::answer::Answer;
use super::ask::choosable;
use super::confirm::{self, Asked};
use super::known::KnownOfList;
use super::mail::{Judged, Taking};
use super::{Arrival, Store, StoreError, decide, hold, member};
use crate::command::yes_or_no;
use crate::discussion::{ConfirmationId, EditionId, HoldId, ItemId, List, Member, MemberId, Number};
use crate::message::MessageId;
use crate::thread::{Evidence, Place};
use crate::trust::Admission;

/// What would become of a mail on a list.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The header by which it shows that it went through the list before.
    pub ours: Option<&'static str>,
    /// It looks like an automatic answer, but a member may have written it.
    pub perhaps_automatic: bool,
    /// The member whom its From names.
    pub member: Option<Member>,
    /// Where it belongs; of a mail that answers several items, the first of these.
    pub place: Place,
    /// How many items it answers, each of which gets its own part of it.
    pub runs: usize,
    /// Whether it is published there.
    pub admission: Admission,
    /// What it answers, or where it is here already, what it is here; `None` where that has not arrived.
    pub item: Option<ItemLine>,
    /// Of what is here already under its Message-ID: whether it is this mail, and not another.
    pub is_copy: bool,
    /// The mail with this id that is held, or was.
    pub held: Option<HeldBefore>,
}

/// What the answer to a question or a receipt would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerForeseen {
    /// Nothing: this was not asked, or not of them.
    NotAsked,
    /// Nothing: what it answers was answered or decided before.
    Over,
    /// Nothing: its time is over.
    Expired,
    /// It would not be understood.
    NotUnderstood,
    /// The mail that waits is published under this, which may not have arrived.
    Under(Option<ItemLine>),
    /// The mail that waits is withdrawn.
    Withdrawn,
    /// It is a yes, or a no, to what was asked about a membership.
    Decides(bool),
    /// A moderator decides about so many of the mails that wait, and of published items.
    Moderates(usize),
    /// Nothing: it was asked as of a moderator, and they are none any more.
    NoModerator,
    /// Something becomes of what the receipt is about.
    Changes {
        /// What: `taken back`.
        becomes: &'static str,
        /// Of how many posts or responses.
        items: usize,
        /// Whether only their author may have it done, and the mail is from no address of theirs: then nothing is.
        is_anothers: bool,
    },
}

/// An item in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemLine {
    /// The sender's Message-ID, byte-exact.
    pub message_id: String,
    /// The name shown.
    pub author: String,
    /// A response's number under its post; `None` for the post.
    pub number: Option<Number>,
    /// The post's number on the list.
    pub post: Number,
    /// The post's title.
    pub title: String,
}

/// A mail that was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBefore {
    /// Its number, for `moderate`.
    pub id: i64,
    /// `waiting`, `accepted`, `rejected`, ….
    pub state: String,
    /// Why, as a [`Why`](crate::trust::Why) says it.
    pub reason: String,
}

impl Store {
    /// What would become of a mail that is sent to a list for discussion. Changes nothing.
    pub fn foresee(
        &self,
        arrival: &Arrival,
        list: &List,
        evidence: &Evidence,
        readers: &[MemberId],
    ) -> Result<Foreseen, StoreError> {
        self.read(|db| {
            let taking = Taking { db, arrival, mail: None };
            let ours = taking.mark_of_ours(list);
            let perhaps_automatic = taking.may_be_a_members(list)?;
            let member = taking.sender(list)?;
            let Judged { placed, admission } = taking.judge(list, member.as_ref(), evidence, readers)?;
            let place = placed.first();
            let item = match &place {
                Place::Known(item) | Place::Under(item, _) => item_line(db, *item)?,
                _ => None,
            };
            let is_copy = match place {
                Place::Known(item) => taking.is_copy(item)?,
                _ => false,
            };
            let held = held_before(db, list, &arrival.mail.message_id)?;
            let runs = placed.runs();
            Ok(Foreseen { ours, perhaps_automatic, member, place, runs, admission, item, is_copy, held })
        })
    }
}

impl Store {
    /// What would become of an answer to what a mail of ours asked this reader. Changes nothing.
    pub fn foresee_answer(
        &self,
        arrival: &Arrival,
        list: &List,
        reader: MemberId,
        id: ConfirmationId,
    ) -> Result<AnswerForeseen, StoreError> {
        self.read(|db| {
            let taking = Taking { db, arrival, mail: None };
            if let Some(foreseen) = decide::foresee(db, arrival, list, reader, id)? {
                return Ok(foreseen);
            }
            let Some(asked) = confirm::read(db, list.id, reader, id)? else { return Ok(AnswerForeseen::NotAsked) };
            let member = asked.member.map(|member| member::by_id(db, member)).transpose()?.flatten();
            if asked.answered_by.is_some() {
                return Ok(AnswerForeseen::Over);
            }
            if asked.expires_at <= arrival.received_at {
                return Ok(AnswerForeseen::Expired);
            }
            match (&asked.asked, member) {
                (Asked::Question { held, edition }, _) => taking.foresee_choice(list, *held, *edition),
                (Asked::Receipt(items), Some(member)) => Ok(match taking.understood(&member, items)? {
                    None => AnswerForeseen::NotUnderstood,
                    Some((command, chosen)) => {
                        let is_anothers = !command.works_for_anybody() && !taking.is_theirs(&member)?;
                        AnswerForeseen::Changes { becomes: command.as_str(), items: chosen.len(), is_anothers }
                    }
                }),
                _ => {
                    let name = arrival.mail.from.first().and_then(|from| from.name.as_deref());
                    let yes = yes_or_no(&taking.said_beside(asked.id)?, name);
                    Ok(yes.map_or(AnswerForeseen::NotUnderstood, AnswerForeseen::Decides))
                }
            }
        })
    }
}

impl Taking<'_> {
    fn foresee_choice(&self, list: &List, held: HoldId, edition: EditionId) -> Result<AnswerForeseen, StoreError> {
        match hold::waiting(self.db, held) {
            Ok(_) => {}
            Err(StoreError::Refused(_)) => return Ok(AnswerForeseen::Over),
            Err(other) => return Err(other),
        }
        let known = KnownOfList::of(self.db, list, self.arrival);
        let Some(shown) = choosable(&known, edition)? else { return Ok(AnswerForeseen::Over) };
        Ok(match self.chosen(&shown)? {
            Answer::Under(item) => AnswerForeseen::Under(item_line(self.db, item)?),
            Answer::Nothing => AnswerForeseen::Withdrawn,
            Answer::NotUnderstood => AnswerForeseen::NotUnderstood,
        })
    }
}

fn item_line(db: &Connection, item: ItemId) -> Result<Option<ItemLine>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT i.message_id, i.author, i.number, p.number, p.title FROM item i JOIN post p ON p.id = i.post_id
         WHERE i.id = ?1 AND i.state <> 'ghost'",
    )?;
    let line = query.query_row([item.0], |row| {
        Ok(ItemLine {
            message_id: row.get(0)?,
            author: row.get(1)?,
            number: row.get::<_, Option<i64>>(2)?.map(Number),
            post: Number(row.get(3)?),
            title: row.get(4)?,
        })
    });
    Ok(line.optional()?)
}

fn held_before(db: &Connection, list: &List, id: &MessageId) -> Result<Option<HeldBefore>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, state, reason FROM hold WHERE list_id = ?1 AND message_id = ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let held = query.query_row(params![list.id.0, id.as_str()], |row| {
        Ok(HeldBefore { id: row.get(0)?, state: row.get(1)?, reason: row.get(2)? })
    });
    Ok(held.optional()?)
}
