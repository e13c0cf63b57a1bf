//! The mail that asks moderators what is to become of what waits: whom, when, and about what.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::confirm::LASTS;
use super::edition::{self, Kind, NewEdition};
use super::hold::{self, Waits};
use super::outbox::{NoMember, Queued, queue, queue_to};
use super::owner::Owner;
use super::tell::{Press, facts};
use super::{Pending, Store, StoreError, list, member, row};
use crate::compose::{self, Frozen, ModeratorMail, Waiting};
use crate::discussion::{
    ConfirmationId, HoldId, List, ListId, MailId, Member, MemberId, MemberState, PersonId, Role, friendly_name,
};
use crate::message::Address;
use crate::trust::{Hidden, Why, redact};

/// How long a mail waits before moderators are told: who sends three in a row makes one mail of it, and nobody who was away
/// for an hour minds five minutes.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

/// How far such mails lie apart at least.
const APART: SignedDuration = SignedDuration::from_hours(1);

/// When moderators are told again of what they left waiting.
const AGAIN: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How many mails are listed in one: it is read on a phone, and its answer has each of them read once more.
pub(super) const MOST_LISTED: usize = 20;

/// How many moderators are told.
const MOST_MODERATORS: i64 = 50;

/// What mails of ours are signed with.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The domain of our addresses.
    pub domain: String,
    /// Where the web pages are; `None` where there are none.
    pub web_url: Option<String>,
    /// The key that their tokens are made with.
    pub token_key: u8,
}

impl Letterhead {
    pub(super) fn press(&self) -> Press<'_> {
        Press { domain: &self.domain, web_url: self.web_url.as_deref(), token_key: self.token_key }
    }
}

/// Somebody who looks after a list: a moderator, or where there is none, its owner.
#[derive(Clone, Debug)]
pub(super) struct Moderator {
    /// Their membership; an owner may have none.
    pub(super) member: Option<Member>,
    pub(super) person: PersonId,
    pub(super) address: Address,
    pub(super) name: Option<String>,
}

impl Moderator {
    fn of(member: Member) -> Self {
        Self {
            person: member.person,
            address: member.address.clone(),
            name: member.pseudonym.clone().or_else(|| member.name.clone()),
            member: Some(member),
        }
    }

    /// What others who look after the list know them by.
    pub(super) fn called(&self) -> String {
        // A list of members that was brought from elsewhere may have addresses for names.
        let name = self.name.as_deref().map(|name| redact(name, &Hidden::marked()));
        name.unwrap_or_else(|| friendly_name(self.person))
    }
}

/// What a moderator was asked.
#[derive(Clone, Debug)]
pub(super) struct AskedModerator {
    pub(super) id: ConfirmationId,
    pub(super) moderator: Moderator,
    /// The mails that were listed, the first as number 1.
    pub(super) holds: Vec<HoldId>,
    pub(super) expires_at: Timestamp,
    /// The mail that answered it last; it may be answered again.
    pub(super) answered_by: Option<MailId>,
    pub(super) told_over: bool,
}

impl Store {
    /// Whether moderators of a list are to be told now that something waits.
    pub fn moderation_due(&self, list: ListId, now: Timestamp) -> Result<bool, StoreError> {
        self.read(|db| match list::by_id(db, list)? {
            Some(list) => Ok(is_due(db, list.id, now)? && !recipients(db, &list)?.is_empty()),
            None => Ok(false),
        })
    }

    /// Tells the moderators of a list what waits, where that is due: each gets a mail, whose answer decides. To how many.
    pub fn tell_moderators(&self, list: ListId, head: Letterhead, now: Timestamp) -> Pending<usize> {
        self.write(move |db, faults| {
            let Some(list) = list::by_id(db, list)? else { return Ok(0) };
            if !is_due(db, list.id, now)? {
                return Ok(0);
            }
            let moderators = recipients(db, &list)?;
            for moderator in &moderators {
                tell(db, &list, head.press(), moderator, now)?;
            }
            faults.pass("moderation.queued")?;
            if !moderators.is_empty() {
                let at = now.as_millisecond();
                let listed = waiting(db, list.id, now)?;
                for hold in listed.iter().take(MOST_LISTED) {
                    db.prepare_cached("UPDATE hold SET listed_at = coalesce(listed_at, ?2) WHERE id = ?1")?
                        .execute([hold.0, at])?;
                }
                db.execute("UPDATE list SET moderators_told_at = ?2 WHERE id = ?1", [list.id.0, at])?;
            }
            Ok(moderators.len())
        })
    }
}

fn is_due(db: &Connection, list: ListId, now: Timestamp) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached("SELECT moderators_told_at FROM list WHERE id = ?1")?;
    let told: Option<i64> = query.query_row([list.0], |row| row.get(0))?;
    // A clock that was set back keeps nobody waiting.
    let since = told.map(row::time).filter(|told| *told <= now).map(|told| now.duration_since(told));
    if since.is_some_and(|since| since < APART) {
        return Ok(false);
    }
    let mut oldest = db.prepare_cached(
        "SELECT held_at FROM hold WHERE list_id = ?1 AND state IN ('waiting', 'asked') AND listed_at IS NULL
            AND reason <> 'banned' AND (state = 'waiting' OR held_at <= ?2) ORDER BY held_at LIMIT 1",
    )?;
    let oldest: Option<i64> = oldest.query_row([list.0, asked_before(now)], |row| row.get(0)).optional()?;
    if oldest.is_some_and(|at| now.duration_since(row::time(at)) >= QUIET) {
        return Ok(true);
    }
    Ok(since.is_some_and(|since| since >= AGAIN) && !waiting(db, list, now)?.is_empty())
}

/// Until when a mail came whose sender was asked about it, and has not answered in the time that they have.
fn asked_before(now: Timestamp) -> i64 {
    now.saturating_sub(LASTS).unwrap_or(Timestamp::MIN).as_millisecond()
}

/// What moderators are told of: first what they do not know yet, the oldest first.
fn waiting(db: &Connection, list: ListId, now: Timestamp) -> Result<Vec<HoldId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id FROM hold WHERE list_id = ?1 AND state IN ('waiting', 'asked') AND reason <> 'banned'
            AND (state = 'waiting' OR held_at <= ?2) ORDER BY listed_at IS NOT NULL, id",
    )?;
    let rows = query.query_map([list.0, asked_before(now)], |row| row.get(0).map(HoldId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Who is told: the moderators who get mail at all, or where there is none, the owner.
fn recipients(db: &Connection, list: &List) -> Result<Vec<Moderator>, StoreError> {
    let sql = format!(
        "SELECT {} WHERE m.list_id = ?1 AND m.role = 'moderator' AND m.state = 'active' ORDER BY m.id LIMIT ?2",
        row::MEMBER
    );
    let mut query = db.prepare_cached(&sql)?;
    let members: Vec<Member> =
        query.query_and_then([list.id.0, MOST_MODERATORS], row::member)?.collect::<Result<_, _>>()?;
    let moderators: Vec<Moderator> = members.into_iter().map(Moderator::of).collect();
    if !moderators.is_empty() {
        return Ok(moderators);
    }
    Ok(owner(db, list)?.into_iter().collect())
}

fn owner(db: &Connection, list: &List) -> Result<Option<Moderator>, StoreError> {
    let Some(person) = list.owner else { return Ok(None) };
    let sql = format!("SELECT {} WHERE m.list_id = ?1 AND m.person_id = ?2 AND m.state <> 'left'", row::MEMBER);
    let mut query = db.prepare_cached(&sql)?;
    if let Some(member) = query.query_and_then([list.id.0, person.0], row::member)?.next().transpose()? {
        return Ok(Some(Moderator::of(member)));
    }
    let mut query = db.prepare_cached(
        "SELECT a.address, p.name FROM address a JOIN person p ON p.id = a.person_id
         WHERE p.id = ?1 ORDER BY a.id LIMIT 1",
    )?;
    let found = query.query_row([person.0], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).optional()?;
    let Some((address, name)) = found else { return Ok(None) };
    Ok(Some(Moderator { member: None, person, address: row::address(&address)?, name }))
}

/// Writes down what one moderator is asked, and queues the mail that asks it.
fn tell(
    db: &Connection,
    list: &List,
    press: Press<'_>,
    moderator: &Moderator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let all = waiting(db, list.id, now)?;
    let holds = &all[..all.len().min(MOST_LISTED)];
    let until = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
    db.prepare_cached(
        "INSERT INTO confirmation (list_id, member_id, kind, address, tries, made_at, expires_at)
         VALUES (?1, ?2, 'moderation', ?3, 0, ?4, ?5)",
    )?
    .execute(params![
        list.id.0,
        moderator.member.as_ref().map(|member| member.id.0),
        moderator.address.as_str(),
        now.as_millisecond(),
        until.as_millisecond()
    ])?;
    let id = ConfirmationId(db.last_insert_rowid());
    for (position, hold) in (1_i64..).zip(holds) {
        db.prepare_cached("INSERT INTO moderation_hold (confirmation_id, position, hold_id) VALUES (?1, ?2, ?3)")?
            .execute([id.0, position, hold.0])?;
    }
    let waits = if all.len() == 1 { "1 mail waits".to_owned() } else { format!("{} mails wait", all.len()) };
    let mail = ModeratorMail {
        list: facts(list, press),
        subject: format!("[{}] {waits} for you", list.title),
        told: Vec::new(),
        waiting: &listed(db, list, holds)?,
        more: all.len() - holds.len(),
        confirmation: id,
        until,
        now,
        in_reply_to: None,
    };
    send(db, list, press, moderator, &mail, 0)
}

/// The mails of these that wait still, as they are told of: by the number that each has among them.
pub(super) fn listed(db: &Connection, list: &List, holds: &[HoldId]) -> Result<Vec<Waiting>, StoreError> {
    let mut listed = Vec::new();
    for (number, hold) in (1..).zip(holds) {
        let waits = hold::waits(db, *hold)?;
        if !waits.is_open() {
            continue;
        }
        let why = waits.reason.parse::<Why>().map_or_else(|_| waits.reason.clone(), |why| why.sentence().to_owned());
        listed.push(Waiting {
            number,
            from: from(db, list, &waits)?,
            title: waits.title(),
            why,
            text: waits.beginning.clone().unwrap_or_default(),
            since: waits.held_at,
        });
    }
    Ok(listed)
}

/// Who sent a mail that waits, and what the list knows of them. Of a stranger also the address: there is nothing else to
/// judge them by. A subscriber's address is told to nobody by mail, not to a moderator either: their name says who they are,
/// a mail is passed on more easily than it was meant to be, and a ban needs only the number.
fn from(db: &Connection, list: &List, waits: &Waits) -> Result<String, StoreError> {
    if waits.sender.is_empty() {
        return Ok("nobody named".to_owned());
    }
    let address = row::address(&waits.sender)?;
    if let Some(member) = member::by_address(db, list.id, &address)? {
        let noted = |name: &Option<String>| name.as_deref().map(|name| redact(name, &Hidden::marked()));
        let name = noted(&member.pseudonym).or_else(|| waits.shown_name.clone()).or_else(|| noted(&member.name));
        let name = name.unwrap_or_else(|| friendly_name(member.person));
        return Ok(match member.state {
            MemberState::Left => format!("{name}, who left the list"),
            _ => format!("{name}, {}", member.role.as_str()),
        });
    }
    let mut elsewhere = db.prepare_cached(
        "SELECT a.person_id FROM address a JOIN member m ON m.person_id = a.person_id WHERE a.key = ?1 LIMIT 1",
    )?;
    if let Some(person) = elsewhere.query_row([&waits.sender], |row| row.get(0).map(PersonId)).optional()? {
        let name = waits.shown_name.clone().unwrap_or_else(|| friendly_name(person));
        return Ok(format!("{name}, of another list here"));
    }
    Ok(match waits.shown_name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} <{}>, not on the list", waits.sender),
        None => format!("{}, not on the list", waits.sender),
    })
}

/// Freezes a mail to a moderator and queues it. `answers`: the row of the mail that it answers, or 0; no two of these are
/// one edition, even where they say the same.
pub(super) fn send(
    db: &Connection,
    list: &List,
    press: Press<'_>,
    moderator: &Moderator,
    mail: &ModeratorMail<'_>,
    answers: i64,
) -> Result<(), StoreError> {
    let Frozen { subject, bytes } =
        compose::moderator_mail(mail).map_err(|error| StoreError::Refused(error.to_string()))?;
    let mut hash = Context::new(&SHA256);
    hash.update(b"moderation");
    hash.update(&mail.confirmation.0.to_be_bytes());
    hash.update(&answers.to_be_bytes());
    hash.update(&bytes);
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(hash.finish().as_ref());
    let new = NewEdition::notice(list.id, press.token_key, fingerprint, mail.now);
    let edition = edition::freeze(db, &new, &[(subject.as_str(), row::compress(&bytes)?.as_slice())])?;
    let (dated, now) = (mail.now, mail.now);
    match &moderator.member {
        Some(member) => {
            let queued = Queued { edition, part: 1, kind: Kind::Notice, window: new.window, dated, now };
            queue(db, list, member, &queued)?;
        }
        None => {
            let Moderator { person, address, name, .. } = moderator.clone();
            queue_to(db, &Owner { person, address, name, list: list.clone() }, &NoMember { edition, dated, now })?;
        }
    }
    db.prepare_cached("UPDATE confirmation SET notice_id = ?2 WHERE id = ?1")?
        .execute([mail.confirmation.0, edition.0])?;
    Ok(())
}

/// What this reader was asked as a moderator: 0 for an owner who is no member. `None`: it asked nothing of the kind.
pub(super) fn read(
    db: &Connection,
    list: &List,
    reader: MemberId,
    id: ConfirmationId,
) -> Result<Option<Result<AskedModerator, NoModerator>>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT expires_at, answered_by, told_over, address, coalesce(member_id, 0) FROM confirmation
         WHERE id = ?1 AND list_id = ?2 AND kind = 'moderation'",
    )?;
    let found = query
        .query_row([id.0, list.id.0], |row| {
            let answered: Option<i64> = row.get(1)?;
            let whose = (row.get::<_, Option<String>>(3)?, MemberId(row.get(4)?));
            Ok((row::time(row.get(0)?), answered.map(MailId), row.get(2)?, whose))
        })
        .optional()?;
    let Some((expires_at, answered_by, told_over, (address, asked))) = found else { return Ok(None) };
    let moderator = if asked == reader { still(db, list, reader, address)? } else { None };
    let Some(moderator) = moderator else { return Ok(Some(Err(NoModerator))) };
    let mut query =
        db.prepare_cached("SELECT hold_id FROM moderation_hold WHERE confirmation_id = ?1 ORDER BY position")?;
    let holds = query.query_map([id.0], |row| row.get(0).map(HoldId))?.collect::<Result<_, _>>()?;
    Ok(Some(Ok(AskedModerator { id, moderator, holds, expires_at, answered_by, told_over })))
}

/// Who answers was not asked, or looks after the list no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoModerator;

/// Who was asked, where they look after the list still.
fn still(
    db: &Connection,
    list: &List,
    reader: MemberId,
    address: Option<String>,
) -> Result<Option<Moderator>, StoreError> {
    if reader.0 == 0 {
        let owner = owner(db, list)?.filter(|owner| owner.member.is_none());
        return Ok(owner.filter(|owner| address.is_some_and(|asked| asked == owner.address.as_str())));
    }
    let member = member::by_id(db, reader)?.filter(|member| member.list == list.id);
    let looks_after = |member: &Member| {
        let is_owner = list.owner == Some(member.person);
        member.state != MemberState::Left && (member.role == Role::Moderator || is_owner)
    };
    Ok(member.filter(looks_after).map(Moderator::of))
}

impl Waits {
    /// Its title as others may see it.
    pub(super) fn title(&self) -> String {
        let title = self.title.clone().unwrap_or_else(|| redact(&self.subject, &Hidden::marked()));
        if title.is_empty() { "(no subject)".to_owned() } else { title }
    }
}
