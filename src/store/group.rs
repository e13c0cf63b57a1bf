//! Readers who are due, in groups with the same unread windows, and how a group is brought forward in batches. Each batch
//! commits its outbox rows and the readers' cursors together, so that a reader is never sent a window twice and never
//! passed over, wherever it ends.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::edition::Kind;
use super::outbox::{Queued, queue};
use super::timing::next_due;
use super::{Faults, Pending, Store, StoreError, list, row};
use crate::discussion::{EditionId, List, ListId, Member, MemberId, PersonId, Seq, Window};

/// Readers who are due with the same unread windows: they share an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The last publication that they were sent.
    pub cursor: Seq,
    /// Windows whose mail was given up, to be made good.
    pub missed: Vec<Window>,
    /// How many readers.
    pub readers: usize,
    /// Who, where something was missed; otherwise all who are due at this cursor.
    members: Option<Vec<MemberId>>,
}

/// How far a group is brought by its edition.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// The list.
    pub list: ListId,
    /// The readers.
    pub group: Group,
    /// The edition and how many parts it has; `None` where there is nothing to send and only the due time moves on.
    pub edition: Option<(EditionId, u16)>,
    /// The last publication in it.
    pub upto: Seq,
    /// Who is due: everybody whose time is at or before this.
    pub due_until: Timestamp,
    /// After when the next due time is looked for.
    pub due_after: Timestamp,
    /// The Date of the mails.
    pub dated: Timestamp,
    /// The real time.
    pub now: Timestamp,
    /// The only person whose items are new, if it is only one: to them there is nothing new.
    pub sole_author: Option<PersonId>,
    /// How many readers to a transaction.
    pub batch: usize,
    /// Readers up to this one were served in this run: nobody is visited twice.
    pub beyond: MemberId,
}

/// What a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Readers brought forward.
    pub readers: usize,
    /// Mails queued.
    pub queued: usize,
    /// The last of them.
    pub last: Option<MemberId>,
}

impl Store {
    /// The groups of readers of a list who are due at `until`.
    pub fn due_groups(&self, list: ListId, until: Timestamp) -> Result<Vec<Group>, StoreError> {
        self.read(|db| {
            let mut groups = plain_groups(db, list, until)?;
            groups.extend(groups_with_missed(db, list, until)?);
            Ok(groups)
        })
    }

    /// The group that a reader is in by themselves, whether they are due or not.
    pub fn group_of(&self, member: &Member) -> Result<Group, StoreError> {
        self.read(|db| {
            let missed = missed_by(db, member.id)?;
            Ok(Group { cursor: member.cursor, missed, readers: 1, members: Some(vec![member.id]) })
        })
    }

    /// The readers of a group who are due at `until`.
    pub fn group_readers(&self, list: ListId, group: &Group, until: Timestamp) -> Result<Vec<Member>, StoreError> {
        self.read(|db| due_members(db, list, group, until, usize::MAX >> 1, MemberId(0)))
    }

    /// Brings the next batch of a group forward. Nobody is left where it brings none.
    pub fn expand(&self, expansion: &Expansion) -> Pending<Batch> {
        let expansion = expansion.clone();
        self.write(move |db, faults| {
            let list = list::existing(db, expansion.list)?;
            let members = due_members(
                db,
                expansion.list,
                &expansion.group,
                expansion.due_until,
                expansion.batch,
                expansion.beyond,
            )?;
            let mut batch = Batch { readers: members.len(), queued: 0, last: members.last().map(|member| member.id) };
            for member in &members {
                batch.queued += serve(db, &list, &expansion, member, faults)?;
            }
            faults.pass("edition.expanded")?;
            Ok(batch)
        })
    }
}

fn plain_groups(db: &Connection, list: ListId, until: Timestamp) -> Result<Vec<Group>, StoreError> {
    let mut query = db.prepare(
        "SELECT cursor, count(*) FROM member WHERE list_id = ?1 AND next_due <= ?2
            AND id NOT IN (SELECT member_id FROM missed) GROUP BY cursor ORDER BY cursor",
    )?;
    let rows = query.query_map(params![list.0, until.as_millisecond()], |row| {
        let readers: i64 = row.get(1)?;
        Ok(Group { cursor: Seq(row.get(0)?), missed: Vec::new(), readers: readers as usize, members: None })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn groups_with_missed(db: &Connection, list: ListId, until: Timestamp) -> Result<Vec<Group>, StoreError> {
    let mut query = db.prepare(
        "SELECT m.id, m.cursor, x.after_seq, x.upto_seq FROM member m JOIN missed x ON x.member_id = m.id
         WHERE m.list_id = ?1 AND m.next_due <= ?2 ORDER BY m.id, x.after_seq, x.upto_seq",
    )?;
    let mut rows = query.query(params![list.0, until.as_millisecond()])?;
    let mut readers: Vec<(MemberId, Seq, Vec<Window>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (member, cursor) = (MemberId(row.get(0)?), Seq(row.get(1)?));
        let window = Window { after: Seq(row.get(2)?), upto: Seq(row.get(3)?) };
        match readers.last_mut().filter(|reader| reader.0 == member) {
            Some(reader) => reader.2.push(window),
            None => readers.push((member, cursor, vec![window])),
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (member, cursor, missed) in readers {
        match groups.iter_mut().find(|group| group.cursor == cursor && group.missed == missed) {
            Some(group) => {
                group.readers += 1;
                group.members.get_or_insert_default().push(member);
            }
            None => groups.push(Group { cursor, missed, readers: 1, members: Some(vec![member]) }),
        }
    }
    Ok(groups)
}

/// The windows that a reader missed, in order.
fn missed_by(db: &Connection, member: MemberId) -> Result<Vec<Window>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT after_seq, upto_seq FROM missed WHERE member_id = ?1 ORDER BY after_seq, upto_seq")?;
    let missed = query.query_map([member.0], |row| Ok(Window { after: Seq(row.get(0)?), upto: Seq(row.get(1)?) }))?;
    Ok(missed.collect::<Result<_, _>>()?)
}

/// The next readers of a group who are still where it found them.
fn due_members(
    db: &Connection,
    list: ListId,
    group: &Group,
    until: Timestamp,
    most: usize,
    beyond: MemberId,
) -> Result<Vec<Member>, StoreError> {
    let due = "m.list_id = ?1 AND m.cursor = ?2 AND m.next_due <= ?3";
    let until = until.as_millisecond();
    match &group.members {
        None => {
            let sql = format!(
                "SELECT {} WHERE {due} AND NOT EXISTS (SELECT 1 FROM missed x WHERE x.member_id = m.id)
                 AND m.id > ?5 ORDER BY m.id LIMIT ?4",
                row::MEMBER
            );
            let mut query = db.prepare_cached(&sql)?;
            let values = params![list.0, group.cursor.0, until, most as i64, beyond.0];
            query.query_and_then(values, row::member)?.collect()
        }
        Some(members) => {
            let mut query = db.prepare_cached(&format!("SELECT {} WHERE {due} AND m.id = ?4", row::MEMBER))?;
            let mut found = Vec::new();
            for member in members.iter().filter(|member| **member > beyond) {
                let values = params![list.0, group.cursor.0, until, member.0];
                let member = query.query_and_then(values, row::member)?.next().transpose()?;
                // Whoever missed more since, or was sent some of it, is in another group by now.
                if let Some(member) = member
                    && missed_by(db, member.id)? == group.missed
                {
                    found.push(member);
                }
                if found.len() == most {
                    break;
                }
            }
            Ok(found)
        }
    }
}

/// Queues one reader's mails and moves them on: cursor, due time and what they had missed.
fn serve(
    db: &Connection,
    list: &List,
    expansion: &Expansion,
    member: &Member,
    faults: &Faults,
) -> Result<usize, StoreError> {
    let window = Window { after: expansion.group.cursor, upto: expansion.upto };
    let mut queued = 0;
    if let Some((edition, parts)) = expansion.edition
        && expansion.sole_author != Some(member.person)
    {
        for part in 1..=parts {
            let row = Queued { edition, part, kind: Kind::Digest, window, dated: expansion.dated, now: expansion.now };
            queue(db, list, member, &row)?;
            queued += 1;
        }
    }
    faults.pass("edition.reader-queued")?;
    let cursor = expansion.upto.max(member.cursor);
    let moved = Member { cursor, ..member.clone() };
    let head = Seq(list::head(db, list.id)?.0);
    let due = next_due(&moved, list, head, expansion.due_after)?;
    db.prepare_cached("UPDATE member SET cursor = ?1, next_due = ?2 WHERE id = ?3")?.execute(params![
        cursor.0,
        due.map(Timestamp::as_millisecond),
        member.id.0
    ])?;
    for window in &expansion.group.missed {
        db.prepare_cached("DELETE FROM missed WHERE member_id = ?1 AND after_seq = ?2 AND upto_seq = ?3")?
            .execute([member.id.0, window.after.0, window.upto.0])?;
    }
    Ok(queued)
}
