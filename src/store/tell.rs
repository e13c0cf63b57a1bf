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
use crate::discussion::{Block, ConfirmationId, EditionId, List, ListFacts, Member, MemberState, PersonId, Window};
use crate::message::{Address, MessageId};

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
        Ok(member.state != MemberState::Left && may_hear(self.db, member.person, self.arrival.received_at)?)
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
        self.teller().tell(list, member, self.answering(telling))
    }

    /// Queues a mail to an address that is no member's; nothing in it is taken from the mail that came.
    pub(super) fn tell_stranger(&self, list: &List, to: &Address, telling: Telling) -> Result<(), StoreError> {
        let teller = self.teller();
        let (db, now) = (teller.db, teller.now);
        let queued: i64 = db.query_row("SELECT coalesce(max(id), 0) FROM outbox", [], |row| row.get(0))?;
        let (edition, _) = teller.freeze(list, self.answering(telling), -1 - queued, false)?;
        queue_to_address(db, list, to, None, &NoMember { edition, dated: now, now })
    }

    pub(super) fn teller(&self) -> Teller<'_> {
        let Arrival { received_at, domain, web_url, token_key, .. } = self.arrival;
        let press = Press { domain, web_url: web_url.as_deref(), token_key: *token_key };
        Teller { db: self.db, now: *received_at, press }
    }

    /// As an answer to the mail that came, where it has no subject of its own: theirs, so that their mail program puts the
    /// answer beside what they wrote.
    fn answering(&self, telling: Telling) -> (String, Option<MessageId>, Telling) {
        let mail = &self.arrival.mail;
        match telling.subject.clone() {
            Some(subject) => (subject, None, telling),
            None => {
                // Theirs may be empty.
                let subject = Some(mail.subject_of_answer())
                    .filter(|subject| !mail.base_subject().is_empty() && !subject.is_empty());
                let subject = subject.unwrap_or_else(|| "Re: your mail".to_owned());
                (subject, Some(mail.message_id.clone()), telling)
            }
        }
    }
}

/// What a notice is made with.
#[derive(Clone, Copy)]
pub(super) struct Press<'a> {
    pub(super) domain: &'a str,
    pub(super) web_url: Option<&'a str>,
    pub(super) token_key: u8,
}

/// Makes notices and queues them.
pub(super) struct Teller<'a> {
    pub(super) db: &'a Connection,
    pub(super) now: Timestamp,
    pub(super) press: Press<'a>,
}

impl Teller<'_> {
    /// Queues a notice to a member: its subject, what it answers, and what it says.
    pub(super) fn tell(
        &self,
        list: &List,
        member: &Member,
        notice: (String, Option<MessageId>, Telling),
    ) -> Result<(), StoreError> {
        let now = self.now;
        let told = note_told(self.db, member.person, now)?;
        let (edition, window) = self.freeze(list, notice, told, member.state != MemberState::Left)?;
        queue(self.db, list, member, &Queued { edition, part: 1, kind: Kind::Notice, window, dated: now, now })
    }

    /// `told`, and the time, is another for each notice: no two of these are one edition, even where they say the same.
    fn freeze(
        &self,
        list: &List,
        (subject, in_reply_to, telling): (String, Option<MessageId>, Telling),
        told: i64,
        to_member: bool,
    ) -> Result<(EditionId, Window), StoreError> {
        let Self { db, now, press } = self;
        let asks = if let Answers::Confirmation(id) = telling.answers { Some(id) } else { None };
        let (text, answers, links) = (telling.text, telling.answers, telling.links);
        let notice = Notice { list: facts(list, *press), in_reply_to, subject, text, answers, links, to_member };
        let frozen = compose::notice(&notice).map_err(|error| StoreError::Refused(error.to_string()))?;
        let mut hash = Context::new(&SHA256);
        hash.update(b"told");
        hash.update(&told.to_be_bytes());
        hash.update(&now.as_millisecond().to_be_bytes());
        hash.update(&frozen.bytes);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        let new = NewEdition::notice(list.id, press.token_key, fingerprint, *now);
        let body = row::compress(&frozen.bytes)?;
        let edition = edition::freeze(db, &new, &[(frozen.subject.as_str(), body.as_slice())])?;
        if let Some(asks) = asks {
            db.prepare_cached("UPDATE confirmation SET notice_id = ?2 WHERE id = ?1")?.execute([asks.0, edition.0])?;
        }
        Ok((edition, new.window))
    }
}

/// Whether one more automatic answer may go to this person.
pub(super) fn may_hear(db: &Connection, person: PersonId, now: Timestamp) -> Result<bool, StoreError> {
    let since = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
    let mut query = db.prepare_cached("SELECT count(*) FROM told WHERE person_id = ?1 AND at > ?2")?;
    let told: i64 = query.query_row([person.0, since.as_millisecond()], |row| row.get(0))?;
    Ok(told < MOST_TOLD)
}

/// Counts an automatic answer; those that count no more are forgotten.
pub(super) fn note_told(db: &Connection, person: PersonId, now: Timestamp) -> Result<i64, StoreError> {
    let since = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN).as_millisecond();
    db.prepare_cached("INSERT INTO told (person_id, at) VALUES (?1, ?2)")?.execute([person.0, now.as_millisecond()])?;
    let told = db.last_insert_rowid();
    db.prepare_cached("DELETE FROM told WHERE person_id = ?1 AND at <= ?2")?.execute(params![person.0, since])?;
    Ok(told)
}

pub(super) fn facts(list: &List, press: Press<'_>) -> ListFacts {
    ListFacts {
        name: list.name.as_str().to_owned(),
        title: list.title.clone(),
        domain: press.domain.to_owned(),
        web_url: press.web_url.map(ToOwned::to_owned),
        footer: String::new(),
        time_zone: list.schedule.time_zone.clone(),
    }
}
