//! What mails of ours ask, and the answers to them. Whoever holds the token of an answer's address was mailed it, or was
//! handed it by whom it was mailed to: that is the proof. Each works once, and not for ever.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::mail::Taking;
use super::outcome::Outcome;
use super::{Store, StoreError, hold, member, row};
use crate::bounce::MailKind;
use crate::compose;
use crate::discussion::{
    ConfirmationId, EditionId, HoldId, ItemId, List, ListId, MailId, Member, MemberId, MemberState,
};
use crate::message::Address;
use crate::trust::Why;

/// How long an answer counts.
pub(super) const LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// What a held mail answers, of what this digest shows.
    Question { held: HoldId, edition: EditionId },
    /// Whether something is to become of these items, in order.
    Receipt(Vec<ItemId>),
    /// Whether this address, of no member's, joins; and what was chosen with it.
    Join { address: Address, words: String },
    /// Whether these commands are the member's. Where they came to the list itself, the mail that waits for it.
    Command { words: String, held: Option<HoldId> },
    /// Whether a mail that is held is the member's.
    Sent { held: HoldId },
    /// Whether a mail that is held is the member's, and the address that it came from.
    Sender { held: HoldId, address: Address },
    /// Whether this address is the member's, and where they `read`. Asked at the address itself.
    Address { address: Address, read: bool },
    /// Whether who left comes back.
    Left,
}

impl Asked {
    fn kind(&self) -> &'static str {
        match self {
            Self::Question { .. } => "question",
            Self::Receipt(_) => "receipt",
            Self::Join { .. } => "join",
            Self::Command { .. } => "command",
            Self::Sent { .. } => "sent",
            Self::Sender { .. } => "sender",
            Self::Address { .. } => "address",
            Self::Left => "left",
        }
    }

    /// Whether it is asked of an address that is no member's: then the token of its answer names no reader.
    fn is_of_stranger(&self) -> bool {
        matches!(self, Self::Join { .. } | Self::Address { .. })
    }
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub(super) struct Confirmation {
    pub(super) id: ConfirmationId,
    /// Of whom, or about whom; `None`: somebody who is no member.
    pub(super) member: Option<MemberId>,
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
                "SELECT c.id FROM confirmation c
                 WHERE c.notice_id = ?1 AND c.list_id = ?2 AND CASE WHEN ?3 = 0 THEN lower(c.address) = ?4 ELSE
                    c.member_id = ?3 AND EXISTS (SELECT 1 FROM member m JOIN address a ON a.person_id = m.person_id
                        WHERE m.id = c.member_id AND a.key = ?4) END",
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
        if let Some(outcome) = self.moderate(list, reader, id)? {
            return Ok(outcome);
        }
        let Some(asked) = read(self.db, list.id, reader, id)? else {
            return self.ignored("it answers nothing that was asked");
        };
        let member = asked.member.map(|member| member::by_id(self.db, member)).transpose()?.flatten();
        let member = member.filter(|member| member.list == list.id);
        if let Some(before) = asked.answered_by {
            if self.is_copy_of(before)? {
                return self.ignored("a copy of an answer");
            }
            self.tell_over(list, member.as_ref(), &asked, false)?;
            return self.ignored("what it answers was answered before");
        }
        if asked.expires_at <= self.arrival.received_at {
            answered(self.db, id, mail)?;
            self.tell_over(list, member.as_ref(), &asked, true)?;
            return self.ignored("what it answers has expired");
        }
        let Some(member) = member else {
            return match &asked.asked {
                Asked::Join { address, words } => self.answer_join(list, &asked, address, words),
                _ => self.ignored("it answers nothing that was asked"),
            };
        };
        if self.arrival.leaves && member.state != MemberState::Left && !asked.asked.is_of_stranger() {
            answered(self.db, id, mail)?;
            if let Asked::Command { held: Some(held), .. } = asked.asked {
                hold::decide(self.db, held, "accepted", self.arrival.received_at, None)?;
            }
            self.leave(list, &member, "mail")?;
            return Ok(Outcome::Left);
        }
        // Who is banned may take back what they wrote, and no more.
        if !matches!(asked.asked, Asked::Receipt(_)) && self.is_of_banned(list)? {
            return self.ignored("its sender is banned");
        }
        match &asked.asked {
            Asked::Question { held, edition } => self.answer_question(list, &member, &asked, *held, *edition),
            Asked::Receipt(items) => self.answer_receipt(list, &member, &asked, items),
            _ => self.answer_membership(list, &member, &asked),
        }
    }

    /// Tells a member once that what they answered works no more, because it `expired` or was answered.
    pub(super) fn tell_over(
        &self,
        list: &List,
        member: Option<&Member>,
        asked: &Confirmation,
        expired: bool,
    ) -> Result<(), StoreError> {
        // Who is no member, or has left, is told nothing.
        let Some(member) = member.filter(|_| !asked.asked.is_of_stranger() && !asked.told_over) else { return Ok(()) };
        if self.tell(list, member, compose::no_longer(expired), None)? {
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
    pub(super) fn is_copy_of(&self, before: MailId) -> Result<bool, StoreError> {
        let mut query = self.db.prepare_cached("SELECT 1 FROM mail WHERE id = ?1 AND message_id = ?2")?;
        Ok(query.exists(params![before.0, self.arrival.mail.message_id.as_str()])?)
    }

    /// Writes down what is asked, to be answered within [`LASTS`].
    pub(super) fn ask(
        &self,
        list: &List,
        member: Option<MemberId>,
        asked: &Asked,
        tries: u8,
    ) -> Result<(ConfirmationId, Timestamp), StoreError> {
        ask(self.db, self.arrival.received_at, list, member, asked, tries)
    }
}

/// Writes down what is asked, to be answered within [`LASTS`].
pub(super) fn ask(
    db: &Connection,
    now: Timestamp,
    list: &List,
    member: Option<MemberId>,
    asked: &Asked,
    tries: u8,
) -> Result<(ConfirmationId, Timestamp), StoreError> {
    let until = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
    let (mut held, mut edition, mut address, mut words, mut items) = (None, None, None, None, [].as_slice());
    match asked {
        Asked::Question { held: waits, edition: shown } => (held, edition) = (Some(waits.0), Some(shown.0)),
        Asked::Receipt(about) => items = about.as_slice(),
        Asked::Join { address: whose, words: with } => (address, words) = (Some(whose.as_str()), Some(with.as_str())),
        Asked::Command { words: asked, held: waits } => {
            (words, held) = (Some(asked.as_str()), waits.map(|held| held.0))
        }
        Asked::Sent { held: waits } => held = Some(waits.0),
        Asked::Sender { held: waits, address: from } => (held, address) = (Some(waits.0), Some(from.as_str())),
        Asked::Address { address: new, read } => {
            (address, words) = (Some(new.as_str()), read.then_some("read"));
        }
        Asked::Left => {}
    }
    db.prepare_cached(
        "INSERT INTO confirmation (list_id, member_id, kind, hold_id, edition_id, tries, made_at, expires_at, address,
                words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        list.id.0,
        member.map(|member| member.0),
        asked.kind(),
        held,
        edition,
        tries,
        now.as_millisecond(),
        until.as_millisecond(),
        address,
        words
    ])?;
    let id = ConfirmationId(db.last_insert_rowid());
    for (position, item) in (1_i64..).zip(items) {
        db.prepare_cached("INSERT INTO confirmation_item (confirmation_id, position, item_id) VALUES (?1, ?2, ?3)")?
            .execute([id.0, position, item.0])?;
    }
    Ok((id, until))
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
        "SELECT kind, member_id, hold_id, edition_id, address, words, tries, expires_at, answered_by, told_over
         FROM confirmation WHERE id = ?1 AND list_id = ?2",
    )?;
    let mut rows = query.query_and_then([id.0, list.0], |row| -> Result<_, StoreError> {
        let held = row.get::<_, Option<i64>>(2)?.map(HoldId);
        let address = row.get::<_, Option<String>>(4)?.map(|address| row::address(&address)).transpose()?;
        let words: Option<String> = row.get(5)?;
        let asked = match (row.get::<_, String>(0)?.as_str(), held, address) {
            ("question", Some(held), _) => Asked::Question { held, edition: EditionId(row.get(3)?) },
            ("receipt", ..) => Asked::Receipt(items(db, id)?),
            ("join", _, Some(address)) => Asked::Join { address, words: words.unwrap_or_default() },
            ("command", held, _) => Asked::Command { words: words.unwrap_or_default(), held },
            ("sent", Some(held), _) => Asked::Sent { held },
            ("sender", Some(held), Some(address)) => Asked::Sender { held, address },
            ("address", _, Some(address)) => Asked::Address { address, read: words.is_some() },
            ("left", ..) => Asked::Left,
            _ => return Err(StoreError::Corrupt(format!("confirmation {id} lacks what it is about"))),
        };
        let member = row.get::<_, Option<i64>>(1)?.map(MemberId);
        let (tries, expires_at) = (row.get(6)?, row::time(row.get(7)?));
        let (answered_by, told_over) = (row.get::<_, Option<i64>>(8)?.map(MailId), row.get(9)?);
        Ok(Confirmation { id, member, asked, tries, expires_at, answered_by, told_over })
    })?;
    let found = rows.next().transpose()?;
    Ok(found.filter(|found| match found.asked.is_of_stranger() {
        true => reader.0 == 0,
        false => found.member == Some(reader),
    }))
}

fn items(db: &Connection, id: ConfirmationId) -> Result<Vec<ItemId>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT item_id FROM confirmation_item WHERE confirmation_id = ?1 ORDER BY position")?;
    Ok(query.query_map([id.0], |row| row.get(0).map(ItemId))?.collect::<Result<_, _>>()?)
}
