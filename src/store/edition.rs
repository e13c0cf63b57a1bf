//! Editions: frozen once, then expanded to their readers in batches. Each batch commits its outbox rows and the
//! readers' cursors together, so that a reader is never sent a window twice and never passed over, wherever it ends.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::member::{self, next_due};
use super::{Faults, Pending, Store, StoreError, list, row};
use crate::discussion::{EditionId, ItemId, List, ListId, Member, MemberId, PersonId, Revision, Seq, Window};

/// What an edition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Posts with their new responses.
    Digest,
    /// One post or response as a mail of its own.
    Each,
    /// A word of the engine's own to one person.
    Notice,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Each => "each",
            Self::Notice => "notice",
        }
    }
}

/// How an edition shows an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Its text in full: lines of it may be quoted in an answer.
    Full,
    /// One folded line.
    Folded,
    /// It is the top of one of the edition's posts.
    Root,
}

/// An edition to be frozen.
#[derive(Clone, Debug)]
pub struct NewEdition {
    /// The list.
    pub list: ListId,
    /// What for.
    pub kind: Kind,
    /// The publications it covers.
    pub window: Window,
    /// The key that its readers' tokens are made with.
    pub token_key: u8,
    /// SHA-256 of all that makes it what it is.
    pub fingerprint: [u8; 32],
    /// When.
    pub made_at: Timestamp,
    /// Subject and octets with slots, part by part.
    pub parts: Vec<(String, Vec<u8>)>,
    /// What it shows, in order.
    pub items: Vec<(ItemId, Revision, Showing)>,
}

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
}

/// What a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Readers brought forward.
    pub readers: usize,
    /// Mails queued.
    pub queued: usize,
}

/// A publication that readers of each wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the list.
    pub seq: Seq,
    /// Who wrote it: they get no copy.
    pub author: Option<PersonId>,
}

impl Store {
    /// The id that an edition of this fingerprint has or will have: its first 56 bits, or where another edition has
    /// that number, the next one free.
    pub fn edition_id(&self, fingerprint: &[u8; 32]) -> Result<EditionId, StoreError> {
        self.read(|db| Ok(edition_id(db, fingerprint)?.0))
    }

    /// Freezes an edition: its parts never change from here on. An edition that is frozen already is left as it is.
    pub fn freeze(&self, new: NewEdition) -> Pending<EditionId> {
        self.write(move |db, faults| {
            let (id, known) = edition_id(db, &new.fingerprint)?;
            if !known {
                insert(db, id, &new)?;
            }
            faults.pass("edition.frozen")?;
            Ok(id)
        })
    }

    /// Freezes a notice and queues it for one member.
    pub fn queue_notice(&self, new: NewEdition, member: MemberId, now: Timestamp) -> Pending<()> {
        self.write(move |db, _| {
            let list = list::existing(db, new.list)?;
            let member = member::by_id(db, member)?;
            let member = member.ok_or_else(|| StoreError::Refused("no such member".to_owned()))?;
            let (edition, known) = edition_id(db, &new.fingerprint)?;
            if !known {
                insert(db, edition, &new)?;
            }
            let notice = Queued { edition, part: 1, kind: Kind::Notice, window: new.window, dated: now, now };
            queue(db, &list, &member, &notice)
        })
    }

    /// The octets of a part, with its slots.
    pub fn edition_part(&self, edition: EditionId, part: u16) -> Result<Vec<u8>, StoreError> {
        let body: Vec<u8> = self.read(|db| {
            let mut query = db.prepare_cached("SELECT body FROM edition_part WHERE edition_id = ?1 AND part = ?2")?;
            Ok(query.query_row(params![edition.0, part], |row| row.get(0))?)
        })?;
        row::decompress(&body)
    }

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
            let mut query =
                db.prepare_cached("SELECT after_seq, upto_seq FROM missed WHERE member_id = ?1 ORDER BY after_seq")?;
            let missed =
                query.query_map([member.id.0], |row| Ok(Window { after: Seq(row.get(0)?), upto: Seq(row.get(1)?) }))?;
            let missed = missed.collect::<Result<_, _>>()?;
            Ok(Group { cursor: member.cursor, missed, readers: 1, members: Some(vec![member.id]) })
        })
    }

    /// The readers of a group who are due at `until`.
    pub fn group_readers(&self, list: ListId, group: &Group, until: Timestamp) -> Result<Vec<Member>, StoreError> {
        self.read(|db| due_members(db, list, group, until, usize::MAX >> 1))
    }

    /// Brings the next batch of a group forward. Nobody is left where it brings none.
    pub fn expand(&self, expansion: &Expansion) -> Pending<Batch> {
        let expansion = expansion.clone();
        self.write(move |db, faults| {
            let list = list::existing(db, expansion.list)?;
            let members = due_members(db, expansion.list, &expansion.group, expansion.due_until, expansion.batch)?;
            let mut batch = Batch { readers: members.len(), queued: 0 };
            for member in &members {
                batch.queued += serve(db, &list, &expansion, member, faults)?;
            }
            faults.pass("edition.expanded")?;
            Ok(batch)
        })
    }

    /// The next publication that readers of each wait for.
    pub fn next_fanout(&self, list: ListId) -> Result<Option<Waiting>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT p.seq, i.person_id FROM publication p JOIN item i ON i.id = p.item_id
                 WHERE p.list_id = ?1 AND p.fanned = 0 ORDER BY p.seq LIMIT 1",
            )?;
            let row = query.query_row([list.0], |row| {
                Ok(Waiting { seq: Seq(row.get(0)?), author: row.get::<_, Option<i64>>(1)?.map(PersonId) })
            });
            Ok(row.optional()?)
        })
    }

    /// Queues a publication for the next batch of readers of each, and where nobody is left, notes that it is fanned
    /// out. `edition` is `None` where it was removed meanwhile: then readers only move past it.
    pub fn fan_out(
        &self,
        list: ListId,
        waiting: Waiting,
        edition: Option<EditionId>,
        now: Timestamp,
        batch: usize,
    ) -> Pending<Batch> {
        self.write(move |db, faults| {
            let done = fan_out(db, list, waiting, edition, now, batch, faults)?;
            faults.pass("fanout.batch")?;
            Ok(done)
        })
    }
}

fn edition_id(db: &Connection, fingerprint: &[u8; 32]) -> Result<(EditionId, bool), StoreError> {
    let start = fingerprint[..7].iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    let mut query = db.prepare_cached("SELECT fingerprint FROM edition WHERE id = ?1")?;
    let mut id = start;
    loop {
        let there: Option<Vec<u8>> = query.query_row([id], |row| row.get(0)).optional()?;
        match there {
            None => return Ok((EditionId(id), false)),
            Some(same) if same == fingerprint => return Ok((EditionId(id), true)),
            Some(_) => id = (id + 1) & ((1 << 56) - 1),
        }
    }
}

fn insert(db: &Connection, id: EditionId, new: &NewEdition) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO edition (id, list_id, kind, after_seq, upto_seq, token_key, fingerprint, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id.0,
            new.list.0,
            new.kind.as_str(),
            new.window.after.0,
            new.window.upto.0,
            new.token_key,
            new.fingerprint,
            new.made_at.as_millisecond()
        ],
    )?;
    for (part, (subject, body)) in (1_u16..).zip(&new.parts) {
        db.execute(
            "INSERT INTO edition_part (edition_id, part, subject, body) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, part, subject, row::compress(body)?],
        )?;
    }
    for (position, (item, revision, showing)) in (1_i64..).zip(&new.items) {
        let shown = match showing {
            Showing::Full => "full",
            Showing::Folded => "folded",
            Showing::Root => "root",
        };
        db.prepare_cached(
            "INSERT INTO edition_item (edition_id, position, item_id, revision, shown) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id.0, position, item.0, revision.0, shown])?;
    }
    Ok(())
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
         WHERE m.list_id = ?1 AND m.next_due <= ?2 ORDER BY m.id, x.after_seq",
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

/// The next readers of a group who are still where it found them.
fn due_members(
    db: &Connection,
    list: ListId,
    group: &Group,
    until: Timestamp,
    most: usize,
) -> Result<Vec<Member>, StoreError> {
    let due = "m.list_id = ?1 AND m.cursor = ?2 AND m.next_due <= ?3";
    let until = until.as_millisecond();
    match &group.members {
        None => {
            let sql = format!(
                "SELECT {} WHERE {due} AND NOT EXISTS (SELECT 1 FROM missed x WHERE x.member_id = m.id) LIMIT ?4",
                row::MEMBER
            );
            let mut query = db.prepare_cached(&sql)?;
            let values = params![list.0, group.cursor.0, until, most as i64];
            query.query_and_then(values, row::member)?.collect()
        }
        Some(members) => {
            let mut query = db.prepare_cached(&format!("SELECT {} WHERE {due} AND m.id = ?4", row::MEMBER))?;
            let mut found = Vec::new();
            for member in members {
                let values = params![list.0, group.cursor.0, until, member.0];
                found.extend(query.query_and_then(values, row::member)?.next().transpose()?);
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
    if !expansion.group.missed.is_empty() {
        db.prepare_cached("DELETE FROM missed WHERE member_id = ?1")?.execute([member.id.0])?;
    }
    Ok(queued)
}

struct Queued {
    edition: EditionId,
    part: u16,
    kind: Kind,
    window: Window,
    dated: Timestamp,
    now: Timestamp,
}

fn queue(db: &Connection, list: &List, member: &Member, new: &Queued) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO outbox (list_id, member_id, edition_id, part, kind, after_seq, upto_seq, recipient, name, schedule,
            dated, state, queued_at, next_attempt_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'waiting', ?12, ?12)",
    )?
    .execute(params![
        list.id.0,
        member.id.0,
        new.edition.0,
        new.part,
        new.kind.as_str(),
        new.window.after.0,
        new.window.upto.0,
        member.address.as_str(),
        member.name,
        row::schedule_text(&member.schedule(list)),
        new.dated.as_millisecond(),
        new.now.as_millisecond()
    ])?;
    Ok(())
}

fn fan_out(
    db: &Connection,
    list: ListId,
    waiting: Waiting,
    edition: Option<EditionId>,
    now: Timestamp,
    batch: usize,
    faults: &Faults,
) -> Result<Batch, StoreError> {
    let list = list::existing(db, list)?;
    let before = Seq(waiting.seq.0 - 1);
    let sql = format!(
        "SELECT {} WHERE m.list_id = ?1 AND m.delivery = 'each' AND m.state = 'active' AND m.cursor = ?2 LIMIT ?3",
        row::MEMBER
    );
    let members: Vec<Member> = {
        let mut query = db.prepare_cached(&sql)?;
        let rows = query.query_and_then(params![list.id.0, before.0, batch as i64], row::member)?;
        rows.collect::<Result<_, StoreError>>()?
    };
    let mut done = Batch { readers: members.len(), queued: 0 };
    for member in &members {
        if let Some(edition) = edition.filter(|_| waiting.author != Some(member.person)) {
            let window = Window { after: before, upto: waiting.seq };
            queue(db, &list, member, &Queued { edition, part: 1, kind: Kind::Each, window, dated: now, now })?;
            done.queued += 1;
        }
        faults.pass("fanout.reader-queued")?;
        db.prepare_cached("UPDATE member SET cursor = ?1 WHERE id = ?2")?.execute([waiting.seq.0, member.id.0])?;
    }
    if members.is_empty() {
        db.prepare_cached("UPDATE publication SET fanned = 1 WHERE list_id = ?1 AND seq = ?2")?
            .execute([list.id.0, waiting.seq.0])?;
    }
    Ok(done)
}
