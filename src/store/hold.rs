//! Mail that waits for a moderator.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::arrival::{Arrival, Words};
use super::item::{self, Published};
use super::known::KnownOfList;
use super::mail::Taking;
use super::split::Placed;
use super::{Pending, Store, StoreError, list, revise, row};
use crate::discussion::{HoldId, ListId, MailId, Number};
use crate::smtp::{Door, Envelope, keyword};
use crate::thread::{By, Evidence, Place};
use crate::trust::Why;

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
    /// `under` names (a post's number, a response's under it). One in which nothing is its sender's own is shown with all
    /// its lines: who lets it in has read them. Refused where it waits no more, and where its place is still unclear.
    pub fn accept_held(
        &self,
        held: HoldId,
        mut arrival: Arrival,
        evidence: Evidence,
        under: Option<(Number, Option<Number>)>,
    ) -> Pending<Vec<Published>> {
        self.write(move |db, _| {
            let (list, mail) = waiting(db, held)?;
            let list = list.ok_or_else(|| StoreError::Refused(format!("mail {held} is for no list")))?;
            let list = list::existing(db, list)?;
            let known = KnownOfList::of(db, &list, &arrival);
            let placed = decided_place(&Taking { db, arrival: &arrival, mail: Some(mail) }, &known, &evidence, under)?;
            if arrival.empty {
                let reading = row::unpacked(&arrival.shown.words.text)?;
                arrival.shown.words = Words::pack(&revise::shown_whole(db, &reading)?, None)?;
                arrival.shown.own_words = None;
            }
            let mut taking = Taking { db, arrival: &arrival, mail: Some(mail) };
            let member = taking.sender(&list)?;
            let published = taking.publish_at(&list, member.as_ref(), &placed)?;
            taking.tell_published(&list, member.as_ref(), &published)?;
            decide(db, held, "accepted", arrival.received_at, published.first().copied())?;
            Ok(published)
        })
    }

    /// Lets a held mail be. Its octets are kept.
    pub fn reject_held(&self, held: HoldId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            waiting(db, held)?;
            decide(db, held, "rejected", now, None)
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
    db.prepare_cached(
        "INSERT INTO hold (list_id, mail_id, message_id, sender, name, subject, reason, state, held_at, fingerprint)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9)",
    )?
    .execute(params![
        list,
        mail.0,
        parsed.message_id.as_str(),
        sender,
        name,
        parsed.subject,
        why.as_str(),
        arrival.received_at.as_millisecond(),
        fingerprint
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

fn decided_place(
    taking: &Taking<'_>,
    known: &KnownOfList<'_>,
    evidence: &Evidence,
    under: Option<(Number, Option<Number>)>,
) -> Result<Placed, StoreError> {
    if let Some((post, response)) = under {
        let item = item::by_number(known.db, known.list.id, post, response)?;
        let item = item.ok_or_else(|| StoreError::Refused(no_such_item(known)))?;
        return Ok(Placed::Whole(Place::Under(item, By::Moderator)));
    }
    let placed = taking.placed(known, evidence)?;
    match placed.first() {
        Place::Known(item) => Err(StoreError::Refused(format!(
            "its Message-ID is that of item {item}, which is published; reject this one, or ask its sender to send it again"
        ))),
        Place::Unclear(_) => Err(StoreError::Refused(format!(
            "it does not say what it answers; name that with --under POST or --under POST#NUMBER: {}",
            where_numbers_are(known)
        ))),
        _ => Ok(placed),
    }
}

fn no_such_item(known: &KnownOfList<'_>) -> String {
    format!("there is no item of that number on the list; {}", where_numbers_are(known))
}

/// Where a moderator finds the numbers of posts and responses.
fn where_numbers_are(known: &KnownOfList<'_>) -> String {
    let list = &known.list.name;
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
