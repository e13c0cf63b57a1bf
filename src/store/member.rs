//! Persons, their addresses, and their memberships.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Pending, Store, StoreError, list, name, outbox, row, story, timing};
use crate::discussion::{
    Delivery, List, ListId, Member, MemberId, MemberState, OnResume, PersonId, Role, Seq, ShownName,
};
use crate::message::Address;
use crate::schedule;

/// What of a membership is given or is to change; `None` leaves it, or takes the list's default.
#[derive(Clone, Debug, Default)]
pub struct MemberChange {
    /// The person's name; an empty one takes it away.
    pub name: Option<String>,
    /// By which name they are shown on the list.
    pub shown_name: Option<ShownName>,
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they take part.
    pub state: Option<MemberState>,
    /// How often they get mail.
    pub delivery: Option<Delivery>,
    /// The hour of their day.
    pub hour: Option<i8>,
    /// The weekday, 1 Monday to 7.
    pub weekday: Option<i8>,
    /// Their IANA zone.
    pub time_zone: Option<String>,
    /// What becomes of what is published during a pause.
    pub on_resume: Option<OnResume>,
    /// Whether they are told by mail what became of what they send.
    pub receipts: Option<bool>,
    /// Which choices of their own they give up; goes before the choices above.
    pub follow: Follow,
}

/// What of a member's timing is as the list says, now and when that changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Follow {
    /// The hour.
    pub hour: bool,
    /// The weekday.
    pub weekday: bool,
    /// The time zone.
    pub time_zone: bool,
}

/// Whether a member is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Was not on the list.
    New,
    /// Was on it and had left.
    Again,
    /// Is on it already; what was given was changed.
    Already,
}

impl Store {
    /// Puts addresses on a list, or changes those who are on it: one transaction. Their first digest holds what is
    /// published from now on.
    pub fn join(&self, list: ListId, people: Vec<(Address, MemberChange)>, now: Timestamp) -> Pending<Vec<Joined>> {
        self.write(move |db, _| {
            let list = list::existing(db, list)?;
            people.iter().map(|(address, given)| join(db, &list, address, given, now)).collect()
        })
    }

    /// The member whom this address writes as or reads at.
    pub fn member(&self, list: ListId, address: &Address) -> Result<Option<Member>, StoreError> {
        self.read(|db| by_address(db, list, address))
    }

    /// Those of the addresses, given in small letters, that are somebody's whom we know.
    pub fn known_addresses(&self, keys: Vec<String>) -> Result<HashSet<String>, StoreError> {
        self.read(|db| known_addresses(db, keys))
    }

    /// The members of a list by address; those who left too where `all`.
    pub fn members(&self, list: ListId, all: bool) -> Result<Vec<Member>, StoreError> {
        self.read(|db| {
            let left = if all { "" } else { "AND m.state <> 'left'" };
            let sql = format!("SELECT {} WHERE m.list_id = ?1 {left} ORDER BY a.key", row::MEMBER);
            db.prepare_cached(&sql)?.query_and_then([list.0], row::member)?.collect()
        })
    }

    /// Shows `visit` the members of a list one by one, by address, however many they are. Ends at its first error.
    pub fn walk_members<E: From<StoreError>>(
        &self,
        list: ListId,
        all: bool,
        mut visit: impl FnMut(Member) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|db| {
            let left = if all { "" } else { "AND m.state <> 'left'" };
            let sql = format!("SELECT {} WHERE m.list_id = ?1 {left} ORDER BY a.key", row::MEMBER);
            let mut query = db.prepare_cached(&sql)?;
            let mut members = query.query_and_then([list.0], row::member)?;
            Ok(members.try_for_each(|member| visit(member?)))
        })?
    }

    /// Every address that a person writes as, the oldest first.
    pub fn addresses_of(&self, person: PersonId) -> Result<Vec<Address>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT address FROM address WHERE person_id = ?1 ORDER BY id")?;
            query.query_and_then([person.0], |row| row::address(&row.get::<_, String>(0)?))?.collect()
        })
    }

    /// Changes a membership.
    pub fn change_member(&self, member: MemberId, change: MemberChange, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let before = by_id(db, member)?.ok_or_else(|| StoreError::Refused("no such member".to_owned()))?;
            let list = list::existing(db, before.list)?;
            apply(db, &list, &before, &change, now)?;
            match change.shown_name {
                Some(_) => story::note(db, member, now, "changed", "owner", "name"),
                None => Ok(()),
            }
        })
    }
}

/// Those of these addresses that are somebody's whom we know.
pub(super) fn known_addresses(db: &Connection, keys: Vec<String>) -> Result<HashSet<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT 1 FROM address WHERE key = ?1")?;
    let mut known = HashSet::new();
    for key in keys {
        if query.exists([&key])? {
            known.insert(key);
        }
    }
    Ok(known)
}

/// The member of this row.
pub(super) fn by_id(db: &Connection, member: MemberId) -> Result<Option<Member>, StoreError> {
    let sql = format!("SELECT {} WHERE m.id = ?1", row::MEMBER);
    db.prepare_cached(&sql)?.query_and_then([member.0], row::member)?.next().transpose()
}

/// The member of `list` whom any address of theirs names.
pub(super) fn by_address(db: &Connection, list: ListId, address: &Address) -> Result<Option<Member>, StoreError> {
    let sql = format!(
        "SELECT {} JOIN address own ON own.person_id = m.person_id WHERE own.key = ?1 AND m.list_id = ?2",
        row::MEMBER
    );
    db.prepare_cached(&sql)?.query_and_then(params![address.key(), list.0], row::member)?.next().transpose()
}

/// The membership of a person on a list.
pub(super) fn by_person(db: &Connection, list: ListId, person: PersonId) -> Result<Option<Member>, StoreError> {
    let sql = format!("SELECT {} WHERE m.list_id = ?1 AND m.person_id = ?2", row::MEMBER);
    db.prepare_cached(&sql)?.query_and_then([list.0, person.0], row::member)?.next().transpose()
}

/// The person of an address and the address's row; made where it is new. A name is taken where the person has none.
pub(super) fn person_of(
    db: &Connection,
    address: &Address,
    name: Option<&str>,
    now: Timestamp,
) -> Result<(PersonId, i64), StoreError> {
    let mut query = db.prepare_cached("SELECT person_id, id FROM address WHERE key = ?1")?;
    let found = query.query_row([address.key()], |row| Ok((PersonId(row.get(0)?), row.get(1)?))).optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let at = now.as_millisecond();
    db.prepare_cached("INSERT INTO person (name, created_at) VALUES (nullif(?1, ''), ?2)")?
        .execute(params![name, at])?;
    let person = PersonId(db.last_insert_rowid());
    db.prepare_cached("INSERT INTO address (person_id, address, key, confirmed_at) VALUES (?1, ?2, ?3, NULL)")?
        .execute(params![person.0, address.as_str(), address.key()])?;
    Ok((person, db.last_insert_rowid()))
}

/// Puts an address on a list.
pub(super) fn join(
    db: &Connection,
    list: &List,
    address: &Address,
    given: &MemberChange,
    now: Timestamp,
) -> Result<Joined, StoreError> {
    if let Some(before) = by_address(db, list.id, address)? {
        let again = before.state == MemberState::Left && given.state != Some(MemberState::Left);
        let state = given.state.or(again.then_some(MemberState::Active));
        apply(db, list, &before, &MemberChange { state, ..given.clone() }, now)?;
        return Ok(if again { Joined::Again } else { Joined::Already });
    }
    let (person, address_row) = person_of(db, address, given.name.as_deref(), now)?;
    db.prepare_cached("UPDATE address SET confirmed_at = coalesce(confirmed_at, ?1) WHERE id = ?2")?
        .execute(params![now.as_millisecond(), address_row])?;
    if let Some(name) = &given.name {
        rename(db, person, name)?;
    }
    insert(db, list, person, address_row, given, now)?;
    if let Some(member) = by_address(db, list.id, address)? {
        settle_names(db, list, &member, given)?;
    }
    Ok(Joined::New)
}

fn insert(
    db: &Connection,
    list: &List,
    person: PersonId,
    address: i64,
    given: &MemberChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (head, _) = list::head(db, list.id)?;
    let member = Member {
        id: MemberId(0),
        list: list.id,
        person,
        address: Address::of_parts("", ""),
        name: None,
        pseudonym: None,
        role: given.role.unwrap_or(Role::Member),
        state: given.state.unwrap_or(MemberState::Active),
        delivery: given.delivery.unwrap_or(list.schedule.delivery),
        hour: given.hour,
        weekday: given.weekday,
        time_zone: given.time_zone.clone(),
        on_resume: given.on_resume.unwrap_or(OnResume::CatchUp),
        receipts: given.receipts.unwrap_or(false),
        cursor: Seq(head),
        next_due: None,
        joined_at: now,
    };
    check_zone(member.time_zone.as_deref())?;
    let due = timing::next_due(&member, list, Seq(head), now)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO member (list_id, person_id, address_id, role, state, delivery, hour, weekday, time_zone, on_resume,
            cursor, next_due, joined_at, receipts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    insert.execute(params![
        list.id.0,
        person.0,
        address,
        member.role.as_str(),
        member.state.as_str(),
        member.delivery.as_str(),
        member.hour,
        member.weekday,
        member.time_zone,
        member.on_resume.as_str(),
        head,
        due.map(Timestamp::as_millisecond),
        now.as_millisecond(),
        member.receipts
    ])?;
    Ok(())
}

fn rename(db: &Connection, person: PersonId, name: &str) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE person SET name = nullif(?1, '') WHERE id = ?2")?.execute(params![name, person.0])?;
    name::bear_everywhere(db, person)
}

/// Whose address this is.
pub(super) fn whose(db: &Connection, address: &Address) -> Result<Option<PersonId>, StoreError> {
    let mut query = db.prepare_cached("SELECT person_id FROM address WHERE key = ?1")?;
    Ok(query.query_row([address.key()], |row| row.get(0).map(PersonId)).optional()?)
}

/// Every address that a member writes from: the one that they read at first.
pub(super) fn addresses(db: &Connection, member: &Member) -> Result<Vec<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT address FROM address WHERE person_id = ?1 ORDER BY id")?;
    let all = query.query_map([member.person.0], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let own = member.address.as_str().to_owned();
    Ok(std::iter::once(own.clone()).chain(all.into_iter().filter(|address| *address != own)).collect())
}

/// Takes an address for a person's. Whether it is: one that somebody else reads at stays theirs.
pub(super) fn claim(db: &Connection, person: PersonId, address: &Address, now: Timestamp) -> Result<bool, StoreError> {
    let at = now.as_millisecond();
    match whose(db, address)? {
        Some(theirs) if theirs == person => {}
        Some(_) => {
            let reads = "SELECT 1 FROM member m JOIN address a ON a.id = m.address_id WHERE a.key = ?1";
            if db.prepare_cached(reads)?.exists([address.key()])? {
                return Ok(false);
            }
            db.prepare_cached("UPDATE address SET person_id = ?2 WHERE key = ?1")?
                .execute(params![address.key(), person.0])?;
        }
        None => {
            db.prepare_cached("INSERT INTO address (person_id, address, key, confirmed_at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![person.0, address.as_str(), address.key(), at])?;
        }
    }
    db.prepare_cached("UPDATE address SET confirmed_at = coalesce(confirmed_at, ?2) WHERE key = ?1")?
        .execute(params![address.key(), at])?;
    Ok(true)
}

/// Has a member's mail go to an address of theirs.
pub(super) fn read_at(db: &Connection, member: MemberId, address: &Address) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE member SET address_id = (SELECT id FROM address WHERE key = ?2 AND person_id = member.person_id)
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM address WHERE key = ?2 AND person_id = member.person_id)",
    )?
    .execute(params![member.0, address.key()])?;
    Ok(())
}

/// Has what a member writes shown so on this list; `Err`: why not.
pub(super) fn show_as(
    db: &Connection,
    list: &List,
    member: &Member,
    shown: &ShownName,
) -> Result<Result<(), String>, StoreError> {
    if let Some(why) = name::refusal(db, list, member, shown)? {
        return Ok(Err(why.to_string()));
    }
    let pseudonym = name::pseudonym(shown, member.person);
    db.prepare_cached("UPDATE member SET pseudonym = ?2 WHERE id = ?1")?.execute(params![member.id.0, pseudonym])?;
    if name::holds_office(list, Some(member), member.person) {
        name::bear_known(db, list.id, member.person)?;
    }
    Ok(Ok(()))
}

/// What follows from a change of a member for how they are called, and for how others may not be.
fn settle_names(db: &Connection, list: &List, after: &Member, change: &MemberChange) -> Result<(), StoreError> {
    if let Some(shown) = &change.shown_name {
        show_as(db, list, after, shown)?.map_err(StoreError::Refused)?;
    }
    match change.role {
        Some(Role::Author | Role::Moderator) => name::bear_known(db, list.id, after.person),
        _ => Ok(()),
    }
}

/// A zone that there is not would fail each time the reader falls due.
fn check_zone(zone: Option<&str>) -> Result<(), StoreError> {
    let known = zone.map(schedule::zone).transpose();
    known.map(drop).map_err(|error| StoreError::Refused(error.to_string()))
}

/// Changes a membership and settles what follows for its cursor, its due time, and mail that waits for it.
pub(super) fn apply(
    db: &Connection,
    list: &List,
    before: &Member,
    change: &MemberChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    // A file of members has them as they are called on the list: that is no name of the person's to be noted.
    if let Some(name) = change.name.as_ref().filter(|name| before.pseudonym.as_ref() != Some(name)) {
        rename(db, before.person, name)?;
    }
    let follow = change.follow;
    let mut after = Member {
        role: change.role.unwrap_or(before.role),
        state: change.state.unwrap_or(before.state),
        delivery: change.delivery.unwrap_or(before.delivery),
        hour: change.hour.or(before.hour).filter(|_| !follow.hour),
        weekday: change.weekday.or(before.weekday).filter(|_| !follow.weekday),
        time_zone: change.time_zone.clone().or_else(|| before.time_zone.clone()).filter(|_| !follow.time_zone),
        on_resume: change.on_resume.unwrap_or(before.on_resume),
        receipts: change.receipts.unwrap_or(before.receipts),
        ..before.clone()
    };
    let head = Seq(list::head(db, list.id)?.0);
    if starts_at_now(before, &after) {
        after.cursor = head;
        db.execute("DELETE FROM missed WHERE member_id = ?1", [before.id.0])?;
    }
    check_zone(after.time_zone.as_deref())?;
    let timing = |member: &Member| (member.state, member.schedule(list));
    if timing(before) != timing(&after) {
        after.next_due = timing::changed_due(&after, list, head, now)?;
        // A reader of each mail has no hour of their own at which what was put off would come.
        let back = after.state == MemberState::Active && after.delivery == Delivery::Each;
        if back && after.next_due.is_none() && outbox::has_missed(db, before.id)? {
            after.next_due = Some(now);
        }
    }
    match (before.state, after.state) {
        (MemberState::Left, _) => {}
        (_, MemberState::Left) => outbox::forget_waiting(db, before.id, now)?,
        (MemberState::Active, MemberState::Paused) => outbox::put_off_waiting(db, before.id, now)?,
        _ => {}
    }
    let left = (after.state == MemberState::Left).then(|| now.as_millisecond());
    db.prepare_cached(
        "UPDATE member SET role = ?2, state = ?3, delivery = ?4, hour = ?5, weekday = ?6, time_zone = ?7,
            on_resume = ?8, cursor = ?9, next_due = ?10, left_at = ?11, receipts = ?12,
            paused_by = CASE ?3 WHEN 'paused' THEN paused_by END, resume_at = CASE ?3 WHEN 'paused' THEN resume_at END
         WHERE id = ?1",
    )?
    .execute(params![
        before.id.0,
        after.role.as_str(),
        after.state.as_str(),
        after.delivery.as_str(),
        after.hour,
        after.weekday,
        after.time_zone,
        after.on_resume.as_str(),
        after.cursor.0,
        after.next_due.map(Timestamp::as_millisecond),
        left,
        after.receipts
    ])?;
    settle_names(db, list, &after, change)
}

/// Whether a reader begins anew with what comes: after having left, after reading nothing, and after a pause where
/// they chose to skip it.
fn starts_at_now(before: &Member, after: &Member) -> bool {
    use MemberState::{Active, Left, Paused};
    match (before.state, after.state) {
        (Left, Active | Paused) => true,
        (Paused, Active) if after.on_resume == OnResume::Skip => true,
        _ => before.delivery == Delivery::None && after.delivery != Delivery::None,
    }
}
