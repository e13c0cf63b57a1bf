//! Lists: made, found, changed and removed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Pending, Store, StoreError, member, name, row, timing};
use crate::discussion::{
    Attachments, FirstTime, List, ListId, ListName, Schedule, ServiceMailbox, Strangers, WhoAnswers, WhoPosts,
};
use crate::message::Address;

/// A list to be made.
#[derive(Clone, Debug)]
pub struct NewList {
    /// Its name.
    pub name: ListName,
    /// What people call it.
    pub title: String,
    /// How often a reader gets mail who chose nothing, and when.
    pub schedule: Schedule,
    /// When it is made.
    pub at: Timestamp,
}

/// What of a list is to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ListChange {
    /// What people call it.
    pub title: Option<String>,
    /// A sentence or two for newcomers.
    pub description: Option<String>,
    /// The list's own words under each digest.
    pub footer: Option<String>,
    /// Who may start a post.
    pub who_posts: Option<WhoPosts>,
    /// What happens to mail from others.
    pub strangers: Option<Strangers>,
    /// The new default schedule, whole.
    pub schedule: Option<Schedule>,
    /// Who may answer.
    pub who_answers: Option<WhoAnswers>,
    /// What happens to somebody's first mail.
    pub first_time: Option<FirstTime>,
    /// How many octets a mail may have before it is held; `Some(None)`: as many as the system takes.
    pub max_bytes: Option<Option<u64>>,
    /// What happens to mail with files.
    pub attachments: Option<Attachments>,
    /// Whether the sender of a held mail is told what becomes of it.
    pub tell_senders: Option<bool>,
    /// Whether a post may give its author's own address.
    pub contact_addresses: Option<bool>,
    /// Whether who joins is sent the last digest at once.
    pub latest_on_join: Option<bool>,
    /// Who answers for it.
    pub owner: Option<Address>,
}

/// How much there is of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Members who have not left.
    pub members: u32,
    /// Posts.
    pub posts: u32,
    /// Responses to them.
    pub responses: u32,
    /// Mails that wait for a moderator.
    pub held: u32,
}

impl Store {
    /// Counts what there is of a list.
    pub fn census(&self, list: ListId) -> Result<Census, StoreError> {
        self.read(|db| {
            let count = |sql: &str| -> Result<u32, StoreError> {
                Ok(db.prepare_cached(sql)?.query_row([list.0], |row| row.get(0))?)
            };
            let published = "SELECT count(*) FROM item WHERE list_id = ?1 AND state = 'published'";
            Ok(Census {
                members: count("SELECT count(*) FROM member WHERE list_id = ?1 AND state <> 'left'")?,
                posts: count(&format!("{published} AND parent_id IS NULL"))?,
                responses: count(&format!("{published} AND parent_id IS NOT NULL"))?,
                held: count("SELECT count(*) FROM hold WHERE list_id = ?1 AND state IN ('waiting', 'asked')")?,
            })
        })
    }

    /// Makes a list. Refused where there is one of that name.
    pub fn create_list(&self, new: NewList) -> Pending<ListId> {
        self.write(move |db, _| {
            if by_name(db, &new.name)?.is_some() {
                let name = &new.name;
                return Err(StoreError::Refused(format!(
                    "there is already a list called {name}; `rejoinder list set {name}` changes it, or choose another name"
                )));
            }
            if ServiceMailbox::of_local_part(new.name.as_str()).is_some() {
                let name = &new.name;
                return Err(StoreError::Refused(format!(
                    "{name} is the address of whoever runs the mail system (RFC 2142); choose another name for the list"
                )));
            }
            let Schedule { delivery, hour, weekday, time_zone } = &new.schedule;
            db.execute(
                "INSERT INTO list (name, title, who_posts, strangers, delivery, hour, weekday, time_zone, created_at)
                 VALUES (?1, ?2, 'authors', 'refuse', ?3, ?4, ?5, ?6, ?7)",
                params![
                    new.name.as_str(),
                    new.title,
                    delivery.as_str(),
                    hour,
                    weekday,
                    time_zone,
                    new.at.as_millisecond()
                ],
            )?;
            Ok(ListId(db.last_insert_rowid()))
        })
    }

    /// The list of this name.
    pub fn list_by_name(&self, name: &ListName) -> Result<Option<List>, StoreError> {
        self.ask(|db| by_name(db, name))
    }

    /// All lists, by name.
    pub fn lists(&self) -> Result<Vec<List>, StoreError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached(&format!("SELECT {} FROM list WHERE removed_at IS NULL ORDER BY name", row::LIST))?;
            query.query_and_then([], row::list)?.collect()
        })
    }

    /// Changes a list. Readers who follow its schedule are given their new due time.
    pub fn change_list(&self, list: ListId, change: ListChange, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let texts = [("title", change.title), ("description", change.description), ("footer", change.footer)];
            let words = [
                ("who_posts", change.who_posts.map(|who| who.as_str().to_owned())),
                ("strangers", change.strangers.map(|strangers| strangers.as_str().to_owned())),
                ("who_answers", change.who_answers.map(|who| who.as_str().to_owned())),
                ("first_time", change.first_time.map(|first| first.as_str().to_owned())),
                ("attachments", change.attachments.map(|files| files.as_str().to_owned())),
            ];
            for (column, value) in texts.into_iter().chain(words) {
                if let Some(value) = value {
                    db.execute(&format!("UPDATE list SET {column} = ?1 WHERE id = ?2"), params![value, list.0])?;
                }
            }
            let flags = [("contact_addresses", change.contact_addresses), ("tell_senders", change.tell_senders)];
            for (column, value) in flags {
                if let Some(value) = value {
                    db.execute(&format!("UPDATE list SET {column} = ?1 WHERE id = ?2"), params![value, list.0])?;
                }
            }
            if let Some(most) = change.max_bytes {
                let most = most.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
                db.execute("UPDATE list SET max_bytes = ?1 WHERE id = ?2", params![most, list.0])?;
            }
            if change.first_time == Some(FirstTime::Hold) {
                know_writers(db, list)?;
            }
            if let Some(latest) = change.latest_on_join {
                db.execute("UPDATE list SET latest_on_join = ?1 WHERE id = ?2", params![latest, list.0])?;
            }
            if let Some(owner) = change.owner {
                let (person, _) = member::person_of(db, &owner, None, now)?;
                db.execute("UPDATE list SET owner_id = ?1 WHERE id = ?2", params![person.0, list.0])?;
                name::bear_known(db, list, person)?;
            }
            change.schedule.map_or(Ok(()), |schedule| set_schedule(db, list, &schedule, now))
        })
    }

    /// Takes a list out of service: its addresses are unknown from then on, nobody gets its mail. What was said stays.
    pub fn remove_list(&self, list: ListId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            db.execute("UPDATE list SET removed_at = ?1 WHERE id = ?2", params![now.as_millisecond(), list.0])?;
            db.execute("UPDATE member SET next_due = NULL WHERE list_id = ?1", [list.0])?;
            db.execute(
                "UPDATE outbox SET state = 'dropped', ended_at = ?1 WHERE list_id = ?2 AND state IN ('waiting', 'failed')",
                [now.as_millisecond(), list.0],
            )?;
            Ok(())
        })
    }
}

/// Whoever has something published on a list is no newcomer there.
fn know_writers(db: &Connection, list: ListId) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR IGNORE INTO known_writer (list_id, person_id)
         SELECT DISTINCT list_id, person_id FROM item
         WHERE list_id = ?1 AND state = 'published' AND person_id IS NOT NULL",
        [list.0],
    )?;
    Ok(())
}

/// The list of this name, where it is in service.
pub(super) fn by_name(db: &Connection, name: &ListName) -> Result<Option<List>, StoreError> {
    let sql = format!("SELECT {} FROM list WHERE name = ?1 AND removed_at IS NULL", row::LIST);
    let mut query = db.prepare_cached(&sql)?;
    query.query_and_then([name.as_str()], row::list)?.next().transpose()
}

/// The list of this row, where it is in service.
pub(super) fn by_id(db: &Connection, list: ListId) -> Result<Option<List>, StoreError> {
    let sql = format!("SELECT {} FROM list WHERE id = ?1 AND removed_at IS NULL", row::LIST);
    let mut query = db.prepare_cached(&sql)?;
    query.query_and_then([list.0], row::list)?.next().transpose()
}

/// The list of this row, which must be there.
pub(super) fn existing(db: &Connection, list: ListId) -> Result<List, StoreError> {
    by_id(db, list)?.ok_or_else(|| StoreError::Refused("that list is not there any more".to_owned()))
}

/// The last publication's number and time.
pub(super) fn head(db: &Connection, list: ListId) -> Result<(i64, i64), StoreError> {
    let mut query = db.prepare_cached("SELECT head, head_at FROM list WHERE id = ?1")?;
    let head = query.query_row([list.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    head.ok_or_else(|| StoreError::Refused("that list is not there any more".to_owned()))
}

fn set_schedule(db: &Connection, list: ListId, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
    db.execute(
        "UPDATE list SET delivery = ?1, hour = ?2, weekday = ?3, time_zone = ?4 WHERE id = ?5",
        params![schedule.delivery.as_str(), schedule.hour, schedule.weekday, schedule.time_zone, list.0],
    )?;
    timing::reschedule_followers(db, list, now)
}
