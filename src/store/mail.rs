//! Taking a mail in: one transaction, from the raw octets to the published item. When it is answered, it is on disk.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::arrival::{Arrival, AttachmentRow, Purpose, Request, Words};
use super::item::{self, Publication, Published};
use super::known::KnownOfList;
use super::name::{self, ShownAs};
use super::outcome::Outcome;
use super::place::{self, Beginning, move_to, seat};
use super::split::Placed;
use super::{Pending, Store, StoreError, bounce, hold, list, member, subtree};
use crate::bounce::MailKind;
use crate::discussion::{
    FirstTime, HoldId, ItemId, List, MailId, Member, MemberId, MemberState, PersonId, Strangers, WhoAnswers,
};
use crate::message::{Address, MessageId};
use crate::smtp::Door;
use crate::thread::{self, By, Evidence, Known, Place};
use crate::trust::{Admission, Asked, Credentials, Proof, Sender, Why, admit, has_several_from};

/// The name of whoever wrote a mail of an archive that does not say.
const NOBODY: &str = "Somebody";

impl Store {
    /// Takes a mail in: one outcome for each request, in order, and one more where it is for the owners. Nothing is kept
    /// where all refuse it.
    pub fn commit_mail(&self, arrival: Arrival) -> Pending<Vec<Outcome>> {
        self.write(move |db, faults| {
            let mut taking = Taking { db, arrival: &arrival, mail: None };
            let outcomes = arrival.requests.iter().map(|request| taking.one(request));
            let mut outcomes: Vec<Outcome> = outcomes.collect::<Result<_, _>>()?;
            if let Some(what) = &arrival.for_owner {
                outcomes.push(taking.for_owner(what)?);
            }
            taking.hold_what_was_refused(&mut outcomes)?;
            faults.pass("commit-mail.placed")?;
            taking.note(&outcomes)?;
            Ok(outcomes)
        })
    }
}

/// What is found out about a mail on a list before anything is done.
pub(super) struct Judged {
    pub(super) placed: Placed,
    pub(super) admission: Admission,
}

/// A mail being taken in.
pub(super) struct Taking<'a> {
    pub(super) db: &'a Connection,
    pub(super) arrival: &'a Arrival,
    /// Its row, once something of it is kept.
    pub(super) mail: Option<MailId>,
}

impl Taking<'_> {
    fn one(&mut self, request: &Request) -> Result<Outcome, StoreError> {
        let Some(list) = list::by_id(self.db, request.list)? else { return Ok(Outcome::Gone) };
        match &request.purpose {
            Purpose::Bounce(reader, outbox, returned) => self.bounce(&list, *reader, *outbox, returned.as_ref()),
            Purpose::NoBounce if self.arrival.kind == MailKind::AutoReply => {
                self.ignored("a machine answered a mail of ours")
            }
            Purpose::NoBounce => self.hold(&list, Why::NoBounce),
            Purpose::Unsubscribe(reader) => self.unsubscribe(&list, *reader),
            Purpose::Confirm(reader, confirmation) => self.confirm(&list, *reader, *confirmation),
            Purpose::Command(asked) => self.commanded(&list, asked),
            Purpose::OfNotice(Some((reader, asked))) if self.is_believed() => self.confirm(&list, *reader, *asked),
            Purpose::OfNotice(_) => self.hold(&list, Why::Command),
            Purpose::Owner(what) => self.for_owner_of(&list, what),
            Purpose::Discussion { evidence, readers } => self.discuss(&list, evidence, readers),
        }
    }

    /// Where one list refuses a mail that is kept for somebody else, its sender is told that it is taken, and would never
    /// hear of the refusal: so it is held.
    fn hold_what_was_refused(&mut self, outcomes: &mut [Outcome]) -> Result<(), StoreError> {
        if self.mail.is_none() {
            return Ok(());
        }
        for (outcome, request) in outcomes.iter_mut().zip(&self.arrival.requests) {
            let why = match outcome {
                Outcome::Refused => Why::Stranger,
                Outcome::Forged => Why::Disproven,
                Outcome::PutOff => Why::Command,
                Outcome::RefusedFor(why) => *why,
                _ => continue,
            };
            if let Some(list) = list::by_id(self.db, request.list)? {
                *outcome = self.hold(&list, why)?;
            }
        }
        Ok(())
    }

    fn discuss(&mut self, list: &List, evidence: &Evidence, readers: &[MemberId]) -> Result<Outcome, StoreError> {
        if let Some(outcome) = self.of_a_machine(list)? {
            return Ok(outcome);
        }
        let member = self.sender(list)?;
        if self.is_refused_wherever(list, member.as_ref(), !readers.is_empty()) {
            return Ok(Outcome::Refused);
        }
        let Judged { placed, admission } = self.judge(list, member.as_ref(), evidence, readers)?;
        match (admission, placed.first()) {
            (Admission::Refuse, _) => Ok(Outcome::Refused),
            (Admission::RefuseForged, _) => Ok(Outcome::Forged),
            (Admission::RefuseFor(why), _) => Ok(Outcome::RefusedFor(why)),
            (admission, Place::Known(item)) => {
                let outcome = self.again(list, item)?;
                if admission == Admission::Publish && outcome == Outcome::Duplicate(item) {
                    self.improve(list, item, evidence)?;
                }
                Ok(outcome)
            }
            (Admission::Hold(why), _) => {
                let outcome = self.hold(list, why)?;
                if let Outcome::Held(held, why) = outcome {
                    self.ask_about(list, member.as_ref(), held, why, evidence, readers)?;
                }
                Ok(outcome)
            }
            (Admission::Publish, _) => {
                let published = self.publish_at(list, member.as_ref(), &placed)?;
                if let Some(member) = &member {
                    bounce::returned(self.db, member.id, self.arrival.received_at)?;
                }
                self.tell_published(list, member.as_ref(), &published)?;
                Ok(match published.as_slice() {
                    [one] => Outcome::Published(*one),
                    _ => Outcome::Split(published),
                })
            }
        }
    }

    /// What becomes of a mail that no person sent: it came back, or is automatic. `None` where a person did.
    pub(super) fn of_a_machine(&mut self, list: &List) -> Result<Option<Outcome>, StoreError> {
        if self.mark_of_ours(list).is_some() {
            return self.ignored("our own mail came back").map(Some);
        }
        if self.arrival.kind == MailKind::Mail {
            return Ok(None);
        }
        let outcome = match self.may_be_a_members(list)? {
            true => self.hold(list, Why::PerhapsAutomatic),
            false => self.ignored("a machine sent it"),
        };
        outcome.map(Some)
    }

    /// Asks by mail what would let a held mail go on.
    fn ask_about(
        &mut self,
        list: &List,
        member: Option<&Member>,
        held: HoldId,
        why: Why,
        evidence: &Evidence,
        readers: &[MemberId],
    ) -> Result<(), StoreError> {
        if why == Why::BorrowedToken
            && let ([reader], [from]) = (readers, self.arrival.mail.from.as_slice())
            && let Some(reader) = member::by_id(self.db, *reader)?
        {
            return self.ask_whether_sent(list, &reader, held, Some(&from.address));
        }
        match (why, member) {
            (Why::UnclearAnswer, _) => self.ask_back(list, member, held, evidence),
            (Why::Unproven, Some(member)) => self.ask_whether_sent(list, member, held, None),
            (why, member) => self.tell_waits(list, member, held, why),
        }
    }

    /// Whether what looks like an automatic answer may all the same be what a member of the list wrote.
    pub(super) fn may_be_a_members(&self, list: &List) -> Result<bool, StoreError> {
        let arrival = self.arrival;
        if arrival.kind_is_sure || arrival.kind != MailKind::AutoReply || arrival.envelope.reverse_path.is_none() {
            return Ok(false);
        }
        Ok(self.sender(list)?.is_some_and(|member| member.state != MemberState::Left))
    }

    /// Where the mail belongs on a list, and whether it is published there; `member`: by [`Taking::sender`]. Changes nothing.
    pub(super) fn judge(
        &self,
        list: &List,
        member: Option<&Member>,
        evidence: &Evidence,
        readers: &[MemberId],
    ) -> Result<Judged, StoreError> {
        let known = KnownOfList::of(self.db, list, self.arrival);
        let placed = self.placed(&known, evidence)?;
        let place = placed.first();
        let asked = match place {
            Place::Start | Place::Apart => Asked::Post,
            Place::Unclear(_) => Asked::UnclearAnswer,
            Place::Known(_) | Place::Under(..) | Place::UnderMissing { .. } => Asked::Answer,
        };
        let sender = match (self.arrival.mail.from.len(), member) {
            (0, _) => Sender::Nobody,
            (2.., _) => Sender::Several,
            (1, _) if self.arrival.proof != Proof::Off && has_several_from(&self.arrival.mail) => Sender::Several,
            (_, Some(member)) if member.state != MemberState::Left => Sender::Member(member.role, member.state),
            _ => Sender::Stranger { token: !readers.is_empty() },
        };
        let credentials = self.credentials(member, &placed, readers)?;
        let mut admission = admit(list, credentials, sender, asked, self.arrival.empty);
        admission = match self.is_of_banned(list)? {
            true => Admission::RefuseFor(Why::Banned),
            false => admission.by_rules(self.ruled(list, member, asked)?),
        };
        if self.arrival.envelope.door == Door::Lmtp {
            admission = admission.by_lmtp();
        }
        Ok(Judged { placed, admission: admission.under(self.arrival.suspicion) })
    }

    /// What speaks for the mail being from whom it says.
    fn credentials(
        &self,
        member: Option<&Member>,
        placed: &Placed,
        readers: &[MemberId],
    ) -> Result<Credentials, StoreError> {
        let Arrival { proof, verdict, .. } = *self.arrival;
        let mut credentials = Credentials { wanted: proof, verdict, own_token: false, as_author: false };
        if let Some(member) = member.filter(|_| proof != Proof::Off) {
            credentials.own_token = readers.contains(&member.id);
            for place in placed.places() {
                credentials.as_author |= self.is_posts_author(member, place)?;
            }
        }
        Ok(credentials)
    }

    /// Whether a response of this member there bears the mark of the post's author.
    fn is_posts_author(&self, member: &Member, place: &Place) -> Result<bool, StoreError> {
        let (Place::Known(item) | Place::Under(item, _) | Place::UnderMissing { anchor: Some(item), .. }) = place
        else {
            return Ok(false);
        };
        let mut query = self.db.prepare_cached(
            "SELECT 1 FROM item i JOIN item top ON top.post_id = i.post_id AND top.number IS NULL
             WHERE i.id = ?1 AND top.person_id = ?2",
        )?;
        Ok(query.exists(params![item.0, member.person.0])?)
    }

    /// Whether a stranger's mail is refused whatever it answers: then nothing more is looked up for it on the writer's time.
    fn is_refused_wherever(&self, list: &List, member: Option<&Member>, token: bool) -> bool {
        let lets_answer = list.rules.who_answers == WhoAnswers::Proven;
        let may_be =
            list.strangers == Strangers::Refuse && !lets_answer && !token && self.arrival.envelope.door != Door::Lmtp;
        let is_stranger = member.is_none_or(|member| member.state == MemberState::Left);
        may_be && is_stranger && self.arrival.mail.from.len() == 1
    }

    /// A mail whose id is known: the same once more, or another that took its id.
    fn again(&mut self, list: &List, item: ItemId) -> Result<Outcome, StoreError> {
        if self.is_copy(item)? {
            self.keep()?;
            self.name_copy(list, item)?;
            return Ok(Outcome::Duplicate(item));
        }
        self.hold(list, Why::IdTaken)
    }

    /// Whether the mail is the one that an item was, by its sender and words.
    pub(super) fn is_copy(&self, item: ItemId) -> Result<bool, StoreError> {
        Ok(item::fingerprint(self.db, item)?.is_some_and(|before| before == self.arrival.fingerprint))
    }

    /// Whoever got this copy of `item` answers the id that it has, where that is another and nothing has it.
    pub(super) fn name_copy(&self, list: &List, item: ItemId) -> Result<(), StoreError> {
        place::add_alias(self.db, list.id, &self.arrival.mail.message_id, item, "relay").map(drop)
    }

    /// Publishes the mail at `place`.
    pub(super) fn publish(
        &mut self,
        list: &List,
        member: Option<&Member>,
        place: &Place,
    ) -> Result<Published, StoreError> {
        let Arrival { mail, shown, .. } = self.arrival;
        self.publish_as(list, member, place, &mail.message_id, shown.words_on(list, place), &shown.attachments)
    }

    /// Publishes these words of the mail at `place`, with these files, under this id.
    pub(super) fn publish_as(
        &mut self,
        list: &List,
        member: Option<&Member>,
        place: &Place,
        own: &MessageId,
        words: &Words,
        attachments: &[AttachmentRow],
    ) -> Result<Published, StoreError> {
        let mail_row = self.keep()?;
        let arrival = self.arrival;
        let mail = &arrival.mail;
        let person = match (mail.from.is_empty(), arrival.envelope.door) {
            (true, Door::Archive) => None,
            _ => Some(self.person(member)?),
        };
        let in_mail = arrival.shown.name.as_deref();
        let shown_as = match person {
            Some(person) => {
                let found = name::shown_as(self.db, list, member, person, in_mail)?;
                // Who brings an archive vouches for it, and people in it wrote from addresses of before.
                if arrival.envelope.door == Door::Archive { found } else { found.told_apart(person) }
            }
            None => ShownAs {
                name: in_mail.unwrap_or(NOBODY).to_owned(),
                named: in_mail.is_some(),
                passes_for_another: false,
            },
        };
        if let Some(person) = person.filter(|_| list.rules.first_time == FirstTime::Hold) {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO known_writer (list_id, person_id) VALUES (?1, ?2)")?
                .execute([list.id.0, person.0])?;
        }
        let known = KnownOfList::of(self.db, list, arrival);
        let seat = seat(&known, own, place, &self.beginning(&self.base_subject()))?;
        let new = Publication {
            list,
            own,
            person,
            author: &shown_as.name,
            author_named: shown_as.named,
            sent_at: mail.date.map(Timestamp::as_millisecond),
            received_at: arrival.received_at.as_millisecond(),
            fingerprint: &arrival.fingerprint,
            words,
            attachments,
            mail: mail_row,
            also: &arrival.also,
            thread_index: arrival.thread_index.as_ref(),
            archived: arrival.envelope.door == Door::Archive,
        };
        item::publish(self.db, &seat, &new)
    }

    /// What names the conversation that the mail begins, if it does.
    fn beginning<'b>(&'b self, base_subject: &'b str) -> Beginning<'b> {
        let at = self.arrival.received_at.as_millisecond();
        Beginning { title: &self.arrival.shown.title, base_subject, at }
    }

    /// By what answers find the conversation that it begins, where they name nothing else; empty where they cannot.
    fn base_subject(&self) -> String {
        if self.arrival.undated { String::new() } else { self.arrival.mail.base_subject().to_lowercase() }
    }

    /// Where this copy of a mail that is here knows better than the one before what it answers, moves it there. Whether
    /// it did.
    pub(super) fn improve(&mut self, list: &List, item: ItemId, evidence: &Evidence) -> Result<bool, StoreError> {
        let before = item::placed_by(self.db, item)?.map_or(1, By::weight);
        if before >= By::References.weight() {
            return Ok(false);
        }
        let known = KnownOfList::of(self.db, list, self.arrival);
        let place = thread::place_of_copy(evidence, item, &known)?;
        let (Place::Under(_, by) | Place::UnderMissing { by, .. }) = place else { return Ok(false) };
        let Some(found) = known.by_item(item)?.filter(|_| by.weight() > before) else { return Ok(false) };
        let Some(seat) = move_to(&known, found, &place, &self.beginning(&self.base_subject()))? else {
            return Ok(false);
        };
        if seat.parent.is_some() {
            subtree::give_number(self.db, item, seat.post)?;
        }
        item::moved(self.db, item, &seat, self.arrival.received_at.as_millisecond())?;
        Ok(true)
    }

    /// The member whom the From address names.
    pub(super) fn sender(&self, list: &List) -> Result<Option<Member>, StoreError> {
        match self.arrival.mail.from.first() {
            Some(from) => member::by_address(self.db, list.id, &from.address),
            None => Ok(None),
        }
    }

    /// The sender's person; made for a stranger whom the list publishes.
    fn person(&self, member: Option<&Member>) -> Result<PersonId, StoreError> {
        if let Some(member) = member {
            return Ok(member.person);
        }
        let from = self.arrival.mail.from.first();
        let from = from.ok_or_else(|| StoreError::Refused("the mail has no From address".to_owned()))?;
        Ok(member::person_of(self.db, &from.address, from.name.as_deref(), self.arrival.received_at)?.0)
    }

    fn unsubscribe(&mut self, list: &List, reader: MemberId) -> Result<Outcome, StoreError> {
        if self.may_be_a_members(list)? {
            return self.hold(list, Why::PerhapsAutomatic);
        }
        if self.arrival.kind == MailKind::AutoReply {
            return self.ignored("a machine sent it");
        }
        self.keep()?;
        let member = member::by_id(self.db, reader)?;
        if let Some(member) = member.filter(|member| member.list == list.id && member.state != MemberState::Left) {
            self.leave(list, &member, "mail")?;
        }
        Ok(Outcome::Left)
    }

    pub(super) fn hold(&mut self, list: &List, why: Why) -> Result<Outcome, StoreError> {
        let mail = self.keep()?;
        Ok(Outcome::Held(hold::insert(self.db, Some(list.id), mail, self.arrival, why)?, why))
    }

    pub(super) fn ignored(&mut self, why: &'static str) -> Result<Outcome, StoreError> {
        self.keep()?;
        Ok(Outcome::Ignored(why))
    }

    /// Keeps the raw mail, once however many lists it was sent to.
    pub(super) fn keep(&mut self) -> Result<MailId, StoreError> {
        if let Some(mail) = self.mail {
            return Ok(mail);
        }
        let Arrival { envelope, mail, .. } = self.arrival;
        let recipients: Vec<&str> = envelope.recipients.iter().map(Address::as_str).collect();
        self.db
            .prepare_cached(
                "INSERT INTO mail (received_at, door, peer, helo, tls, reverse_path, recipients, message_id, size_bytes,
                    outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '')",
            )?
            .execute(params![
                self.arrival.received_at.as_millisecond(),
                envelope.door.as_str(),
                envelope.peer.to_string(),
                envelope.helo,
                envelope.tls,
                envelope.reverse_path.as_ref().map(Address::as_str),
                recipients.join("\n"),
                mail.message_id.as_str(),
                self.arrival.size_bytes as i64
            ])?;
        let row = MailId(self.db.last_insert_rowid());
        self.db
            .prepare_cached("INSERT INTO mail_raw (mail_id, raw) VALUES (?1, ?2)")?
            .execute(params![row.0, self.arrival.raw])?;
        self.mail = Some(row);
        Ok(row)
    }

    /// Writes beside a mail of an archive what became of it.
    pub(super) fn note_import(&self, published: &Published) -> Result<(), StoreError> {
        self.note(&[Outcome::Published(*published)])
    }

    /// Writes beside the mail what became of it.
    fn note(&self, outcomes: &[Outcome]) -> Result<(), StoreError> {
        let Some(mail) = self.mail else { return Ok(()) };
        let lines: Vec<String> = outcomes.iter().map(Outcome::to_string).collect();
        self.db
            .prepare_cached("UPDATE mail SET outcome = ?1 WHERE id = ?2")?
            .execute(params![lines.join("\n"), mail.0])?;
        Ok(())
    }
}
