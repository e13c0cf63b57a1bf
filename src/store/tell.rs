//! Mails of ours that answer one: to members, so many an hour; to others, as [`super::stranger`] allows.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::arrival::Arrival;
use super::edition::{self, Kind, NewEdition};
use super::mail::Taking;
use super::outbox::{NoMember, Queued, queue, queue_to_address};
use super::{StoreError, row};
use crate::compose::{self, Answers, Link, Notice};
use crate::discussion::{Block, ConfirmationId, EditionId, List, ListFacts, Member, MemberState, PersonId};
use crate::message::Address;

/// How many automatic answers one person gets in [`HOUR`].
const MOST_TOLD: i64 = 20;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A mail to be told to one person.
pub(super) struct Telling {
    /// Its subject; `None`: that of an answer to the mail that came.
    pub(super) subject: Option<String>,
    /// What it says.
    pub(super) text: Vec<Block>,
    /// Links under it.
    pub(super) links: Vec<Link>,
    /// Whom an answer to it goes to.
    pub(super) answers: Answers,
}

impl Telling {
    /// An answer that says this, and asks nothing.
    pub(super) fn of(text: Vec<Block>) -> Self {
        Self { subject: None, text, links: Vec::new(), answers: Answers::Owner }
    }

    /// A mail to somebody who is no member, which offers to join.
    pub(super) fn of_stranger(text: Vec<Block>) -> Self {
        let links = ["join", "help"].map(Link::of_words).into();
        Self { links, answers: Answers::Commands, ..Self::of(text) }
    }

    /// An answer that says this, and is answered by commands.
    pub(super) fn with_commands(text: Vec<Block>) -> Self {
        Self { links: compose::given(), answers: Answers::Commands, ..Self::of(text) }
    }

    /// A question that is answered by pressing Reply, or this button.
    pub(super) fn asking(subject: String, text: Vec<Block>, asks: ConfirmationId, button: &str) -> Self {
        let (links, answers) = (vec![Link::button(button, "yes")], Answers::Confirmation(asks));
        Self { subject: Some(subject), text, links, answers }
    }
}

impl Taking<'_> {
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
        let answers = asks.map_or(Answers::Owner, Answers::Confirmation);
        self.tell_this(list, member, Telling { answers, ..Telling::of(text) })
    }

    /// The same, with links.
    pub(super) fn tell_this(&self, list: &List, member: &Member, telling: Telling) -> Result<bool, StoreError> {
        if !self.may_tell(member)? {
            return Ok(false);
        }
        self.tell_always(list, member, telling)?;
        Ok(true)
    }

    /// The same, however much they were told: what must not be kept from them.
    pub(super) fn tell_always(&self, list: &List, member: &Member, telling: Telling) -> Result<(), StoreError> {
        let (db, now) = (self.db, self.arrival.received_at);
        let told = note_told(db, member.person, now)?;
        let (edition, window) = self.freeze_notice(list, telling, told, member.state != MemberState::Left)?;
        queue(db, list, member, &Queued { edition, part: 1, kind: Kind::Notice, window, dated: now, now })
    }

    /// Queues a mail to an address that is no member's; nothing in it is taken from the mail that came.
    pub(super) fn tell_stranger(&self, list: &List, to: &Address, telling: Telling) -> Result<(), StoreError> {
        let (db, now) = (self.db, self.arrival.received_at);
        let queued: i64 = db.query_row("SELECT coalesce(max(id), 0) FROM outbox", [], |row| row.get(0))?;
        let (edition, _) = self.freeze_notice(list, telling, -1 - queued, false)?;
        queue_to_address(db, list, to, None, &NoMember { edition, dated: now, now })
    }

    /// `told` is another for each notice: no two of these are one edition, even where they say the same.
    fn freeze_notice(
        &self,
        list: &List,
        telling: Telling,
        told: i64,
        to_member: bool,
    ) -> Result<(EditionId, crate::discussion::Window), StoreError> {
        let (db, now, mail) = (self.db, self.arrival.received_at, &self.arrival.mail);
        let asks = if let Answers::Confirmation(id) = telling.answers { Some(id) } else { None };
        let notice = Notice {
            list: facts(list, self.arrival),
            // Their own, so that their mail program puts the answer beside what they wrote.
            in_reply_to: telling.subject.is_none().then(|| mail.message_id.clone()),
            subject: telling.subject.unwrap_or_else(|| mail.subject_of_answer()),
            text: telling.text,
            answers: telling.answers,
            links: telling.links,
            to_member,
        };
        let frozen = compose::notice(&notice).map_err(|error| StoreError::Refused(error.to_string()))?;
        let mut hash = Context::new(&SHA256);
        hash.update(b"told");
        hash.update(&told.to_be_bytes());
        hash.update(&frozen.bytes);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        let new = NewEdition::notice(list.id, self.arrival.token_key, fingerprint, now);
        let body = row::compress(&frozen.bytes)?;
        let edition = edition::freeze(db, &new, &[(frozen.subject.as_str(), body.as_slice())])?;
        if let Some(asks) = asks {
            db.prepare_cached("UPDATE confirmation SET notice_id = ?2 WHERE id = ?1")?.execute([asks.0, edition.0])?;
        }
        Ok((edition, new.window))
    }
}

/// Counts an automatic answer; those that count no more are forgotten.
fn note_told(db: &Connection, person: PersonId, now: Timestamp) -> Result<i64, StoreError> {
    let since = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN).as_millisecond();
    db.prepare_cached("INSERT INTO told (person_id, at) VALUES (?1, ?2)")?.execute([person.0, now.as_millisecond()])?;
    let told = db.last_insert_rowid();
    db.prepare_cached("DELETE FROM told WHERE person_id = ?1 AND at <= ?2")?.execute(params![person.0, since])?;
    Ok(told)
}

fn facts(list: &List, arrival: &Arrival) -> ListFacts {
    ListFacts {
        name: list.name.as_str().to_owned(),
        title: list.title.clone(),
        domain: arrival.domain.clone(),
        web_url: arrival.web_url.clone(),
        footer: String::new(),
        time_zone: list.schedule.time_zone.clone(),
    }
}
