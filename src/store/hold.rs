//! Mail that waits for a moderator.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::arrival::Arrival;
use super::item::{self, Published};
use super::known::KnownOfList;
use super::mail::Taking;
use super::split::Placed;
use super::{Pending, Store, StoreError, list, row};
use crate::command::PlaceNumber;
use crate::compose;
use crate::discussion::{HoldId, ItemId, List, ListId, MailId};
use crate::smtp::{Door, Envelope, keyword};
use crate::thread::{By, Evidence, Place};
use crate::trust::Why;

/// How many octets of what a mail says are kept for moderators to be shown.
const BEGINNING: usize = 2_000;

/// A mail that waits.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its row: what a moderator calls it.
    pub id: HoldId,
    /// The list; `None` for a mail about the whole system.
    pub list: Option<ListId>,
    /// Its raw mail.
    pub mail: MailId,
    /// Its sender's address in small letters; empty where it names none. For moderators only.
    pub sender: String,
    /// Its sender's name; may be empty.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Why it waits, as [`Why::as_str`] has it.
    pub reason: String,
    /// Whether its sender was asked what it answers; a moderator may decide all the same.
    pub asked: bool,
    /// Since when.
    pub held_at: Timestamp,
}

impl Store {
    /// What waits on a list, or on all, oldest first.
    pub fn held(&self, list: Option<ListId>) -> Result<Vec<Held>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare(
                "SELECT id, list_id, mail_id, sender, name, subject, reason, held_at, state = 'asked' FROM hold
                 WHERE state IN ('waiting', 'asked') AND (?1 IS NULL OR list_id = ?1) ORDER BY id",
            )?;
            let rows = query.query_map([list.map(|list| list.0)], |row| {
                Ok(Held {
                    id: HoldId(row.get(0)?),
                    list: row.get::<_, Option<i64>>(1)?.map(ListId),
                    mail: MailId(row.get(2)?),
                    sender: row.get(3)?,
                    name: row.get(4)?,
                    subject: row.get(5)?,
                    reason: row.get(6)?,
                    held_at: row::time(row.get(7)?),
                    asked: row.get(8)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A mail as it came in, with what the client said before it.
    pub fn stored_mail(&self, mail: MailId) -> Result<(Envelope, Vec<u8>), StoreError> {
        let (envelope, raw) = self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT m.door, m.peer, m.helo, m.tls, m.reverse_path, m.recipients, r.raw
                 FROM mail m JOIN mail_raw r ON r.mail_id = m.id WHERE m.id = ?1",
            )?;
            let mut rows = query.query_and_then([mail.0], |row| -> Result<_, StoreError> {
                let recipients: String = row.get(5)?;
                let reverse_path: Option<String> = row.get(4)?;
                let (door, tls) = (row::word::<Door>(&row.get::<_, String>(0)?)?, row.get(3)?);
                let envelope = Envelope {
                    door,
                    peer: row::word(&row.get::<_, String>(1)?)?,
                    helo: row.get(2)?,
                    tls,
                    with: keyword(door.protocol(), door != Door::Local, tls, false),
                    reverse_path: reverse_path.map(|path| row::address(&path)).transpose()?,
                    recipients: recipients.lines().map(row::address).collect::<Result<_, _>>()?,
                };
                Ok((envelope, row.get::<_, Vec<u8>>(6)?))
            })?;
            rows.next().unwrap_or_else(|| Err(StoreError::Refused(format!("there is no mail {mail}"))))
        })?;
        Ok((envelope, row::decompress(&raw)?))
    }

    /// Publishes a held mail, taken apart where it answers several items: where its evidence says, or under the item that
    /// `under` names (a post's number, a response's under it). Refused where it waits no more, and where its place is still
    /// unclear.
    pub fn accept_held(
        &self,
        held: HoldId,
        arrival: Arrival,
        evidence: Evidence,
        under: Option<PlaceNumber>,
    ) -> Pending<Vec<Published>> {
        self.write(move |db, _| {
            let (list, _) = waiting(db, held)?;
            let list = list.ok_or_else(|| StoreError::Refused(format!("mail {held} is for no list")))?;
            let list = list::existing(db, list)?;
            match accept(db, &list, held, &arrival, &evidence, under)? {
                Ok(published) => {
                    note_decider(db, held, AT_THE_COMMAND_LINE)?;
                    Ok(published)
                }
                Err(obstacle) => Err(StoreError::Refused(obstacle.at_the_command_line(&list))),
            }
        })
    }

    /// Decides against a held mail, and tells its sender where they are told: `arrival` is that mail, read once more.
    pub fn reject_held_and_tell(&self, held: HoldId, arrival: Arrival) -> Pending<()> {
        self.write(move |db, _| {
            let (list, _) = waiting(db, held)?;
            let list = list.map(|list| list::existing(db, list)).transpose()?;
            reject(db, list.as_ref(), held, Some(&arrival), arrival.received_at)?;
            note_decider(db, held, AT_THE_COMMAND_LINE)
        })
    }

    /// Whether the sender of a mail that waits hears what is decided.
    pub fn hears_decision(&self, held: HoldId) -> Result<bool, StoreError> {
        self.ask(|db| hears(db, held))
    }

    /// Lets a held mail be. Its octets are kept.
    pub fn reject_held(&self, held: HoldId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            reject(db, None, held, None, now)?;
            note_decider(db, held, AT_THE_COMMAND_LINE)
        })
    }
}

/// Writes down that the sender of a held mail was asked.
pub(super) fn note_asked(db: &Connection, held: HoldId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE hold SET state = 'asked' WHERE id = ?1 AND state = 'waiting'")?.execute([held.0])?;
    Ok(())
}

/// Has a mail wait for another reason than before.
pub(super) fn wait_for(db: &Connection, held: HoldId, why: Why) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE hold SET reason = ?2, state = 'waiting' WHERE id = ?1")?
        .execute(params![held.0, why.as_str()])?;
    Ok(())
}

/// What is known of a mail that waits, or waited.
#[derive(Clone, Debug)]
pub(super) struct Waits {
    pub(super) mail: MailId,
    /// The key of its From address; empty where it names none.
    pub(super) sender: String,
    pub(super) subject: String,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) held_at: Timestamp,
    /// Its sender's name as others may see it.
    pub(super) shown_name: Option<String>,
    /// Its title and the beginning of its text as others may see them; `None` of what has waited since before they were kept.
    pub(super) title: Option<String>,
    pub(super) beginning: Option<String>,
    pub(super) decided_by: Option<String>,
}

impl Waits {
    /// Whether nobody has decided.
    pub(super) fn is_open(&self) -> bool {
        self.state == "waiting" || self.state == "asked"
    }
}

/// What is known of a held mail.
pub(super) fn waits(db: &Connection, held: HoldId) -> Result<Waits, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT mail_id, sender, subject, reason, state, held_at, shown_name, title, beginning, decided_by
         FROM hold WHERE id = ?1",
    )?;
    Ok(query.query_row([held.0], |row| {
        Ok(Waits {
            mail: MailId(row.get(0)?),
            sender: row.get(1)?,
            subject: row.get(2)?,
            reason: row.get(3)?,
            state: row.get(4)?,
            held_at: row::time(row.get(5)?),
            shown_name: row.get(6)?,
            title: row.get(7)?,
            beginning: row.get(8)?,
            decided_by: row.get(9)?,
        })
    })?)
}

/// Puts a mail on hold, once however often it comes.
pub(super) fn insert(
    db: &Connection,
    list: Option<ListId>,
    mail: MailId,
    arrival: &Arrival,
    why: Why,
) -> Result<HoldId, StoreError> {
    let list = list.map(|list| list.0);
    let parsed = &arrival.mail;
    let from = parsed.from.first();
    let sender = from.map(|from| from.address.key()).unwrap_or_default();
    let fingerprint = arrival.fingerprint;
    let mut before = db.prepare_cached(
        "SELECT id FROM hold WHERE list_id IS ?1 AND message_id = ?2 AND fingerprint = ?3
         AND state IN ('waiting', 'asked')",
    )?;
    let before =
        before.query_row(params![list, parsed.message_id.as_str(), fingerprint], |row| row.get(0)).optional()?;
    if let Some(before) = before {
        return Ok(HoldId(before));
    }
    let name = from.and_then(|from| from.name.clone()).unwrap_or_default();
    let at = arrival.received_at.as_millisecond();
    let said = arrival.said()?;
    let beginning = &said[..said.floor_char_boundary(BEGINNING)];
    db.prepare_cached(
        "INSERT INTO hold (list_id, mail_id, message_id, sender, name, subject, reason, state, held_at, fingerprint,
            shown_name, title, beginning, listed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        list,
        mail.0,
        parsed.message_id.as_str(),
        sender,
        name,
        parsed.subject,
        why.as_str(),
        at,
        fingerprint,
        arrival.shown.name,
        arrival.shown.title,
        beginning,
        // Of what no moderator is told by mail, none waits to be told of.
        (!why.is_listed()).then_some(at)
    ])?;
    Ok(HoldId(db.last_insert_rowid()))
}

/// The list and the raw mail of a hold that nobody has decided about.
pub(super) fn waiting(db: &Connection, held: HoldId) -> Result<(Option<ListId>, MailId), StoreError> {
    let found = db
        .query_row("SELECT list_id, mail_id, state FROM hold WHERE id = ?1", [held.0], |row| {
            Ok((row.get::<_, Option<i64>>(0)?.map(ListId), MailId(row.get(1)?), row.get::<_, String>(2)?))
        })
        .optional()?;
    match found {
        Some((list, mail, state)) if state == "waiting" || state == "asked" => Ok((list, mail)),
        Some((.., state)) => Err(StoreError::Refused(format!("mail {held} was already {state}"))),
        None => {
            Err(StoreError::Refused(format!("no mail {held} is held; `rejoinder moderate show` lists those that are")))
        }
    }
}

/// Why a mail cannot be published as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// There is nothing where it is said to belong.
    NoSuchItem,
    /// Its Message-ID is that of this item, which is published.
    IsHere(ItemId),
    /// It does not say what it answers.
    Unclear,
}

impl Obstacle {
    fn at_the_command_line(self, list: &List) -> String {
        let numbers = where_numbers_are(list);
        match self {
            Self::NoSuchItem => format!("there is no item of that number on the list; {numbers}"),
            Self::IsHere(item) => format!(
                "its Message-ID is that of item {item}, which is published; reject this one, or ask its sender to send it again"
            ),
            Self::Unclear => format!(
                "it does not say what it answers; name that with --under POST or --under POST#NUMBER: {numbers}"
            ),
        }
    }
}

/// Publishes a mail that waits, and tells its sender where they are told.
pub(super) fn accept(
    db: &Connection,
    list: &List,
    held: HoldId,
    arrival: &Arrival,
    evidence: &Evidence,
    under: Option<PlaceNumber>,
) -> Result<Result<Vec<Published>, Obstacle>, StoreError> {
    let (_, mail) = waiting(db, held)?;
    let known = KnownOfList::of(db, list, arrival);
    let mut taking = Taking { db, arrival, mail: Some(mail) };
    let placed = match decided_place(&taking, &known, evidence, under)? {
        Ok(placed) => placed,
        Err(obstacle) => return Ok(Err(obstacle)),
    };
    let hears = hears(db, held)?;
    let member = taking.sender(list)?;
    let published = taking.publish_at(list, member.as_ref(), &placed)?;
    taking.tell_published(list, member.as_ref(), &published)?;
    // Whoever gets a receipt knows it from that.
    if let (Some(member), Some(first)) = (member.filter(|member| hears && !member.receipts), published.first()) {
        let title = item::title(db, first.post)?;
        taking.tell(list, &member, compose::let_in(&title, first.number), None)?;
    }
    decide(db, held, "accepted", arrival.received_at, published.first().copied())?;
    Ok(Ok(published))
}

/// Decides against a mail that waits, and tells its sender where they are told and `arrival`, which is that mail, is at hand.
pub(super) fn reject(
    db: &Connection,
    list: Option<&List>,
    held: HoldId,
    arrival: Option<&Arrival>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (_, mail) = waiting(db, held)?;
    if let (Some(list), Some(arrival), true) = (list, arrival, hears(db, held)?) {
        let taking = Taking { db, arrival, mail: Some(mail) };
        if let Some(member) = taking.sender(list)? {
            taking.tell(list, &member, compose::not_let_in(), None)?;
        }
    }
    decide(db, held, "rejected", now, None)
}

/// Whether the sender of a held mail hears what is decided: who was told that it waits, or asked what it answers.
pub(super) fn hears(db: &Connection, held: HoldId) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT 1 FROM hold h JOIN list l ON l.id = h.list_id
         WHERE h.id = ?1 AND l.tell_senders = 1 AND (h.tells = 1 OR h.state = 'asked')",
    )?;
    Ok(query.exists([held.0])?)
}

/// Who decides at the command line.
const AT_THE_COMMAND_LINE: &str = "the owner";

/// Writes down who decided, for whoever decides the same after them.
pub(super) fn note_decider(db: &Connection, held: HoldId, who: &str) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE hold SET decided_by = ?2 WHERE id = ?1")?.execute(params![held.0, who])?;
    Ok(())
}

fn decided_place(
    taking: &Taking<'_>,
    known: &KnownOfList<'_>,
    evidence: &Evidence,
    under: Option<PlaceNumber>,
) -> Result<Result<Placed, Obstacle>, StoreError> {
    if let Some((post, response)) = under {
        let item = item::by_number(known.db, known.list.id, post, response)?;
        let place = item.map(|item| Placed::Whole(Place::Under(item, By::Moderator)));
        return Ok(place.ok_or(Obstacle::NoSuchItem));
    }
    let placed = taking.placed(known, evidence)?;
    Ok(match placed.first() {
        Place::Known(item) => Err(Obstacle::IsHere(item)),
        Place::Unclear(_) => Err(Obstacle::Unclear),
        _ => Ok(placed),
    })
}

/// Where a moderator finds the numbers of posts and responses.
fn where_numbers_are(list: &List) -> String {
    let list = &list.name;
    format!(
        "`rejoinder list posts {list}` shows the numbers of posts, and digests those of responses, as does `rejoinder export --list {list} --format threads`"
    )
}

pub(super) fn decide(
    db: &Connection,
    held: HoldId,
    state: &str,
    now: Timestamp,
    published: Option<Published>,
) -> Result<(), StoreError> {
    db.execute(
        "UPDATE hold SET state = ?1, decided_at = ?2, item_id = ?3 WHERE id = ?4",
        params![state, now.as_millisecond(), published.map(|published| published.item.0), held.0],
    )?;
    Ok(())
}
