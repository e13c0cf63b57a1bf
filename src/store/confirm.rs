//! What mails of ours ask, and the answers to them. Whoever holds the token of an answer's address was mailed it, or was
//! handed it by whom it was mailed to: that is the proof. Each works once, and not for ever.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::edition::{self, Kind as EditionKind, NewEdition};
use super::mail::Taking;
use super::outbox::{Queued, queue};
use super::outcome::Outcome;
use super::{Store, StoreError, member, row};
use crate::bounce::MailKind;
use crate::compose::{self, Notice};
use crate::discussion::{
    Block, ConfirmationId, EditionId, HoldId, ItemId, List, ListFacts, ListId, MailId, Member, MemberId, MemberState,
    PersonId,
};
use crate::message::Address;
use crate::trust::Why;

/// How long an answer counts.
const LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How many automatic answers one person gets in [`HOUR`].
const MOST_TOLD: i64 = 20;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// What a held mail answers, of what this digest shows.
    Question { held: HoldId, edition: EditionId },
    /// Whether something is to become of these items, in order.
    Receipt(Vec<ItemId>),
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub(super) struct Confirmation {
    pub(super) id: ConfirmationId,
    pub(super) asked: Asked,
    /// Answers before it that were not understood.
    pub(super) tries: u8,
    pub(super) expires_at: Timestamp,
    /// The mail that answered it.
    pub(super) answered_by: Option<MailId>,
    /// Whether its reader was told that it works no more.
    pub(super) told_over: bool,
}

impl Store {
    /// The held mail that a question is about, where it may still be answered.
    pub fn asked_about(
        &self,
        list: ListId,
        reader: MemberId,
        id: ConfirmationId,
    ) -> Result<Option<MailId>, StoreError> {
        self.read(|db| {
            let mail: Option<i64> = db
                .prepare_cached(
                    "SELECT h.mail_id FROM confirmation c JOIN hold h ON h.id = c.hold_id
                     WHERE c.id = ?1 AND c.list_id = ?2 AND c.member_id = ?3 AND c.answered_by IS NULL
                        AND h.state IN ('waiting', 'asked')",
                )?
                .query_row([id.0, list.0, reader.0], |row| row.get(0))
                .optional()?;
            Ok(mail.map(MailId))
        })
    }

    /// What this mail of ours, to this reader, asked; `None` where it asked nothing, or where `from` is not theirs: a
    /// Message-ID tells what is answered, but it is no proof of who answers.
    pub fn asked_by(
        &self,
        list: ListId,
        reader: MemberId,
        notice: EditionId,
        from: &Address,
    ) -> Result<Option<ConfirmationId>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT c.id FROM confirmation c JOIN member m ON m.id = c.member_id
                 JOIN address a ON a.person_id = m.person_id
                 WHERE c.notice_id = ?1 AND c.list_id = ?2 AND c.member_id = ?3 AND a.key = ?4",
            )?;
            let found = query.query_row(params![notice.0, list.0, reader.0, from.key()], |row| row.get(0));
            Ok(found.optional()?.map(ConfirmationId))
        })
    }
}

impl Taking<'_> {
    /// Takes an answer to something that was asked.
    pub(super) fn confirm(&mut self, list: &List, reader: MemberId, id: ConfirmationId) -> Result<Outcome, StoreError> {
        let is_ours = self.mark_of_ours(list).is_some();
        if self.may_be_a_members(list)? && !is_ours {
            return self.hold(list, Why::PerhapsAutomatic);
        }
        if self.arrival.kind != MailKind::Mail || is_ours {
            return self.ignored("a machine answered what was asked");
        }
        let mail = self.keep()?;
        let member = member::by_id(self.db, reader)?.filter(|member| member.list == list.id);
        let (Some(member), Some(asked)) = (member, read(self.db, list.id, reader, id)?) else {
            return self.ignored("it answers nothing that was asked");
        };
        if let Some(before) = asked.answered_by {
            if self.is_copy_of(before)? {
                return self.ignored("a copy of an answer");
            }
            self.tell_over(list, &member, &asked, false)?;
            return self.ignored("what it answers was answered before");
        }
        if asked.expires_at <= self.arrival.received_at {
            answered(self.db, id, mail)?;
            self.tell_over(list, &member, &asked, true)?;
            return self.ignored("what it answers has expired");
        }
        match &asked.asked {
            Asked::Question { held, edition } => self.answer_question(list, &member, &asked, *held, *edition),
            Asked::Receipt(items) => self.answer_receipt(list, &member, &asked, items),
        }
    }

    /// Tells a member once that what they answered works no more, because it `expired` or was answered.
    pub(super) fn tell_over(
        &self,
        list: &List,
        member: &Member,
        asked: &Confirmation,
        expired: bool,
    ) -> Result<(), StoreError> {
        if !asked.told_over && self.tell(list, member, compose::no_longer(expired), None)? {
            self.db.prepare_cached("UPDATE confirmation SET told_over = 1 WHERE id = ?1")?.execute([asked.id.0])?;
        }
        Ok(())
    }

    /// Whether the mail names one author, by an address of this member's person.
    pub(super) fn is_by(&self, member: &Member) -> Result<bool, StoreError> {
        let [from] = self.arrival.mail.from.as_slice() else { return Ok(false) };
        let mut query = self.db.prepare_cached("SELECT 1 FROM address WHERE person_id = ?1 AND key = ?2")?;
        Ok(query.exists(params![member.person.0, from.address.key()])?)
    }

    /// Whether the mail is the one of this row once more.
    fn is_copy_of(&self, before: MailId) -> Result<bool, StoreError> {
        let mut query = self.db.prepare_cached("SELECT 1 FROM mail WHERE id = ?1 AND message_id = ?2")?;
        Ok(query.exists(params![before.0, self.arrival.mail.message_id.as_str()])?)
    }

    /// Whether one more automatic answer may go to this person, who has not left.
    pub(super) fn may_tell(&self, member: &Member) -> Result<bool, StoreError> {
        let since = self.arrival.received_at.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
        let mut query = self.db.prepare_cached("SELECT count(*) FROM told WHERE person_id = ?1 AND at > ?2")?;
        let told: i64 = query.query_row([member.person.0, since.as_millisecond()], |row| row.get(0))?;
        Ok(member.state != MemberState::Left && told < MOST_TOLD)
    }

    /// Queues a mail to a member in answer to the one that came, where they may be told one more thing: what it says; and
    /// what it asks, where it asks something. Whether it was queued.
    pub(super) fn tell(
        &self,
        list: &List,
        member: &Member,
        text: Vec<Block>,
        asks: Option<ConfirmationId>,
    ) -> Result<bool, StoreError> {
        if !self.may_tell(member)? {
            return Ok(false);
        }
        let (db, now) = (self.db, self.arrival.received_at);
        let told = note_told(db, member.person, now)?;
        let notice = Notice {
            list: facts(list, &self.arrival.domain),
            // Their own, so that their mail program puts the answer beside what they wrote.
            subject: self.arrival.mail.subject_of_answer(),
            text,
            confirmation: asks,
            in_reply_to: Some(self.arrival.mail.message_id.clone()),
            to_member: true,
        };
        let frozen = compose::notice(&notice).map_err(|error| StoreError::Refused(error.to_string()))?;
        // No two of these are one edition, even where they say the same.
        let mut hash = Context::new(&SHA256);
        hash.update(b"told");
        hash.update(&told.to_be_bytes());
        hash.update(&frozen.bytes);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        let new = NewEdition::notice(list.id, self.arrival.token_key, fingerprint, now);
        let body = row::compress(&frozen.bytes)?;
        let edition = edition::freeze(db, &new, &[(frozen.subject.as_str(), body.as_slice())])?;
        let queued = Queued { edition, part: 1, kind: EditionKind::Notice, window: new.window, dated: now, now };
        queue(db, list, member, &queued)?;
        if let Some(asks) = asks {
            db.prepare_cached("UPDATE confirmation SET notice_id = ?2 WHERE id = ?1")?.execute([asks.0, edition.0])?;
        }
        Ok(true)
    }

    /// Writes down what is asked, to be answered within [`LASTS`].
    pub(super) fn ask(
        &self,
        list: &List,
        member: &Member,
        asked: &Asked,
        tries: u8,
    ) -> Result<(ConfirmationId, Timestamp), StoreError> {
        let now = self.arrival.received_at;
        let until = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
        let (kind, held, edition, items) = match asked {
            Asked::Question { held, edition } => ("question", Some(held.0), Some(edition.0), [].as_slice()),
            Asked::Receipt(items) => ("receipt", None, None, items.as_slice()),
        };
        self.db
            .prepare_cached(
                "INSERT INTO confirmation (list_id, member_id, kind, hold_id, edition_id, tries, made_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                list.id.0,
                member.id.0,
                kind,
                held,
                edition,
                tries,
                now.as_millisecond(),
                until.as_millisecond()
            ])?;
        let id = ConfirmationId(self.db.last_insert_rowid());
        for (position, item) in (1_i64..).zip(items) {
            self.db
                .prepare_cached(
                    "INSERT INTO confirmation_item (confirmation_id, position, item_id) VALUES (?1, ?2, ?3)",
                )?
                .execute([id.0, position, item.0])?;
        }
        Ok((id, until))
    }
}

/// Writes down which mail answered something: from here on it works no more.
pub(super) fn answered(db: &Connection, id: ConfirmationId, by: MailId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE confirmation SET answered_by = ?2 WHERE id = ?1")?.execute([id.0, by.0])?;
    Ok(())
}

/// Whether a question about this held mail was asked before.
pub(super) fn was_asked(db: &Connection, held: HoldId) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("SELECT 1 FROM confirmation WHERE hold_id = ?1")?.exists([held.0])?)
}

pub(super) fn read(
    db: &Connection,
    list: ListId,
    reader: MemberId,
    id: ConfirmationId,
) -> Result<Option<Confirmation>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT kind, hold_id, edition_id, tries, expires_at, answered_by, told_over FROM confirmation
         WHERE id = ?1 AND list_id = ?2 AND member_id = ?3",
    )?;
    let found = query
        .query_row([id.0, list.0, reader.0], |row| {
            let question = row.get::<_, Option<i64>>(1)?.zip(row.get::<_, Option<i64>>(2)?);
            let (tries, expires_at) = (row.get(3)?, row::time(row.get(4)?));
            Ok((question, tries, expires_at, row.get::<_, Option<i64>>(5)?.map(MailId), row.get(6)?))
        })
        .optional()?;
    let Some((question, tries, expires_at, answered_by, told_over)) = found else { return Ok(None) };
    let asked = match question {
        Some((held, edition)) => Asked::Question { held: HoldId(held), edition: EditionId(edition) },
        None => Asked::Receipt(items(db, id)?),
    };
    Ok(Some(Confirmation { id, asked, tries, expires_at, answered_by, told_over }))
}

fn items(db: &Connection, id: ConfirmationId) -> Result<Vec<ItemId>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT item_id FROM confirmation_item WHERE confirmation_id = ?1 ORDER BY position")?;
    Ok(query.query_map([id.0], |row| row.get(0).map(ItemId))?.collect::<Result<_, _>>()?)
}

/// Counts an automatic answer; those that count no more are forgotten.
fn note_told(db: &Connection, person: PersonId, now: Timestamp) -> Result<i64, StoreError> {
    let since = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN).as_millisecond();
    db.prepare_cached("INSERT INTO told (person_id, at) VALUES (?1, ?2)")?.execute([person.0, now.as_millisecond()])?;
    let told = db.last_insert_rowid();
    db.prepare_cached("DELETE FROM told WHERE person_id = ?1 AND at <= ?2")?.execute([person.0, since])?;
    Ok(told)
}

fn facts(list: &List, domain: &str) -> ListFacts {
    ListFacts {
        name: list.name.as_str().to_owned(),
        title: list.title.clone(),
        domain: domain.to_owned(),
        web_url: None,
        footer: String::new(),
        time_zone: list.schedule.time_zone.clone(),
    }
}
