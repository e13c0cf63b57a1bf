//! Leaving a list, and having it undone: for a day, everything can be put back as it was.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::ban::is_banned;
use super::confirm::{self, Asked};
use super::member::{self, MemberChange};
use super::tell::{Press, Teller, Telling};
use super::{Pending, Store, StoreError, list, outbox, row, story, timing};
use crate::compose;
use crate::discussion::{Delivery, List, Member, MemberId, MemberState, Seq};

/// How long leaving can be undone.
const UNDOES: SignedDuration = SignedDuration::from_hours(24);

/// The most who are told in one transaction that they left.
const BATCH: i64 = 200;

/// Whether somebody is on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are, perhaps paused.
    On,
    /// They have left; whether that can still be undone.
    Left {
        /// Whether it can.
        may_undo: bool,
    },
}

/// What became of a wish to undo having left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// They are on the list again, as they were.
    Back,
    /// They were on it.
    Already,
    /// It is too long ago, or they were taken off the list by somebody else.
    TooLate,
}

impl Store {
    /// A member leaves, by what is said in `how` (`mail`, `web` …): at once, with nothing sent to them any more. Whether
    /// they had not left before.
    pub fn leave(&self, member: MemberId, how: &'static str, now: Timestamp) -> Pending<bool> {
        self.write(move |db, _| {
            let member = existing(db, member)?;
            let list = list::existing(db, member.list)?;
            leave(db, &list, &member, how, now)
        })
    }

    /// Tells those who left by a page that they did, by a mail with a way back; whether there were any. `domain`, `web_url`
    /// and `token_key`: what such mails are made with.
    pub fn say_goodbyes(&self, domain: &str, web_url: Option<&str>, token_key: u8, now: Timestamp) -> Pending<bool> {
        let (domain, web_url) = (domain.to_owned(), web_url.map(ToOwned::to_owned));
        self.write(move |db, _| {
            let mut query = db.prepare_cached(
                "SELECT d.member_id FROM departure d JOIN member m ON m.id = d.member_id
                 WHERE d.goodbye = 0 AND m.state = 'left' AND d.at = m.left_at LIMIT ?1",
            )?;
            let gone = query.query_map([BATCH], |row| row.get(0).map(MemberId))?.collect::<Result<Vec<_>, _>>()?;
            let press = Press { domain: &domain, web_url: web_url.as_deref(), token_key };
            for member in &gone {
                let member = existing(db, *member)?;
                if let Some(list) = list::by_id(db, member.list)? {
                    say_goodbye(&Teller { db, now, press }, &list, &member)?;
                }
            }
            Ok(!gone.is_empty())
        })
    }

    /// Puts a member who left back as they were: their schedule, what waited for them, and where they had read to.
    pub fn undo_leave(&self, member: MemberId, how: &'static str, now: Timestamp) -> Pending<Undone> {
        self.write(move |db, _| {
            let member = existing(db, member)?;
            if member.state != MemberState::Left {
                return Ok(Undone::Already);
            }
            let Some(before) = departure(db, member.id, now)? else { return Ok(Undone::TooLate) };
            let list = list::existing(db, member.list)?;
            if is_banned(db, list.id, &member.address)? {
                return Ok(Undone::TooLate);
            }
            put_back(db, &list, &member, before, now)?;
            story::note(db, member.id, now, "returned", how, "")?;
            Ok(Undone::Back)
        })
    }

    /// Whether a member is on their list; `None` where there is no such member.
    pub fn standing(&self, member: MemberId, now: Timestamp) -> Result<Option<Standing>, StoreError> {
        self.read(|db| {
            let Some(member) = member::by_id(db, member)? else { return Ok(None) };
            if member.state != MemberState::Left {
                return Ok(Some(Standing::On));
            }
            Ok(Some(Standing::Left { may_undo: departure(db, member.id, now)?.is_some() }))
        })
    }
}

/// Tells a member who has left, with a way back: by whatever way they left, for somebody else may have had their link.
pub(super) fn say_goodbye(teller: &Teller<'_>, list: &List, member: &Member) -> Result<(), StoreError> {
    without_goodbye(teller.db, member.id)?;
    let (id, until) = confirm::ask(teller.db, teller.now, list, Some(member.id), &Asked::Left, 0)?;
    let subject = format!("You have left {}", list.title);
    let text = compose::goodbye(&list.title, until);
    let gone = Member { state: MemberState::Left, ..member.clone() };
    let telling = Telling::asking(subject.clone(), text, id, "Come back");
    teller.tell(list, &gone, (subject, None, telling))
}

/// From here on a member who has left need not be told.
pub(super) fn without_goodbye(db: &Connection, member: MemberId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE departure SET goodbye = 1 WHERE member_id = ?1")?.execute([member.0])?;
    Ok(())
}

/// Brings back who left: as they were, where that is not too long ago.
pub(super) fn come_back(db: &Connection, list: &List, member: &Member, now: Timestamp) -> Result<(), StoreError> {
    match departure(db, member.id, now)? {
        Some(before) => put_back(db, list, member, before, now),
        None => {
            let back = MemberChange { state: Some(MemberState::Active), ..MemberChange::default() };
            member::apply(db, list, member, &back, now)
        }
    }
}

fn existing(db: &Connection, member: MemberId) -> Result<Member, StoreError> {
    member::by_id(db, member)?.ok_or_else(|| StoreError::Refused("no such member".to_owned()))
}

/// A member leaves of their own will. Whether they had not left before.
pub(super) fn leave(
    db: &Connection,
    list: &List,
    member: &Member,
    how: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if member.state == MemberState::Left {
        return Ok(false);
    }
    remember(db, member.id, now)?;
    let leaves = MemberChange { state: Some(MemberState::Left), ..MemberChange::default() };
    member::apply(db, list, member, &leaves, now)?;
    story::note(db, member.id, now, "left", how, "")?;
    Ok(true)
}

/// Writes down how it is before a member leaves.
fn remember(db: &Connection, member: MemberId, now: Timestamp) -> Result<(), StoreError> {
    forget(db, member)?;
    db.prepare_cached(
        "INSERT INTO departure (member_id, at, state, paused_by, resume_at, next_due)
         SELECT id, ?2, state, paused_by, resume_at, next_due FROM member WHERE id = ?1",
    )?
    .execute([member.0, now.as_millisecond()])?;
    db.prepare_cached(
        "INSERT INTO departure_mail (member_id, outbox_id)
         SELECT member_id, id FROM outbox WHERE member_id = ?1 AND state = 'waiting'",
    )?
    .execute([member.0])?;
    Ok(())
}

/// From here on having left can no longer be undone.
pub(super) fn forget(db: &Connection, member: MemberId) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM departure WHERE member_id = ?1")?.execute([member.0])?;
    db.prepare_cached("DELETE FROM departure_mail WHERE member_id = ?1")?.execute([member.0])?;
    Ok(())
}

/// How it was when a member left.
struct Departure {
    state: MemberState,
    paused_by: Option<String>,
    resume_at: Option<i64>,
    next_due: Option<Timestamp>,
}

/// How it was, where that can still be put back.
fn departure(db: &Connection, member: MemberId, now: Timestamp) -> Result<Option<Departure>, StoreError> {
    let since = now.saturating_sub(UNDOES).unwrap_or(Timestamp::MIN);
    let mut query = db.prepare_cached(
        "SELECT d.state, d.paused_by, d.resume_at, d.next_due FROM departure d JOIN member m ON m.id = d.member_id
         WHERE d.member_id = ?1 AND d.at = m.left_at AND d.at > ?2",
    )?;
    let found = query
        .query_row([member.0, since.as_millisecond()], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?))
        })
        .optional()?;
    let Some((state, paused_by, resume_at, next_due)) = found else { return Ok(None) };
    Ok(Some(Departure { state: row::word(&state)?, paused_by, resume_at, next_due: next_due.map(row::time) }))
}

fn put_back(db: &Connection, list: &List, left: &Member, before: Departure, now: Timestamp) -> Result<(), StoreError> {
    // The same mails once more: of one that went out after all, the row says so by now.
    db.prepare_cached(
        "UPDATE outbox SET state = 'waiting', ended_at = NULL, next_attempt_at = ?2
         WHERE state = 'dropped' AND id IN (SELECT outbox_id FROM departure_mail WHERE member_id = ?1)",
    )?
    .execute([left.id.0, now.as_millisecond()])?;
    let back = Member { state: before.state, next_due: before.next_due, ..left.clone() };
    let due = due_again(db, list, &back, now)?;
    db.prepare_cached(
        "UPDATE member SET state = ?2, paused_by = ?3, resume_at = ?4, next_due = ?5, left_at = NULL WHERE id = ?1",
    )?
    .execute(params![
        left.id.0,
        before.state.as_str(),
        before.paused_by,
        before.resume_at,
        due.map(Timestamp::as_millisecond)
    ])?;
    forget(db, left.id)
}

/// When somebody who is put back falls due: as before, or by what was published meanwhile.
fn due_again(db: &Connection, list: &List, back: &Member, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    if back.state != MemberState::Active {
        return Ok(None);
    }
    let head = Seq(list::head(db, list.id)?.0);
    let due = timing::changed_due(back, list, head, now)?.or(back.next_due);
    let each = back.delivery == Delivery::Each;
    Ok(if due.is_none() && each && outbox::has_missed(db, back.id)? { Some(now) } else { due })
}
