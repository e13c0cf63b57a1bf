//! Answers to what was asked about a membership: whether somebody joins, whether commands, a mail or an address are theirs,
//! whether they come back.

use rusqlite::OptionalExtension;

use super::ban::is_banned;
use super::confirm::{self, Asked, Confirmation};
use super::mail::Taking;
use super::member::{self, MemberChange};
use super::outcome::Outcome;
use super::stranger::Allowed;
use super::tell::Telling;
use super::{Purpose, StoreError, hold, latest, leave, row, story};
use crate::command::{beside, comes_back, of_lines, yes_or_no};
use crate::compose::{self, Answers, without_slots};
use crate::discussion::{ConfirmationId, HoldId, List, Member, MemberId, MemberState};
use crate::message::{Address, Mail, mask};
use crate::thread::{Evidence, Place};
use crate::trust::{Admission, Why};

/// How often somebody is asked again who said neither yes nor no.
const MOST_TRIES: u8 = 2;

impl Taking<'_> {
    /// Takes an answer about a membership.
    pub(super) fn answer_membership(
        &mut self,
        list: &List,
        member: &Member,
        asked: &Confirmation,
    ) -> Result<Outcome, StoreError> {
        let has_left = member.state == MemberState::Left;
        if has_left != (asked.asked == Asked::Left) {
            return self.ignored("whom it is about has left the list, or is back on it");
        }
        if !self.may_decide(member, &asked.asked)? {
            self.tell_this(list, member, Telling::of(compose::from_elsewhere()))?;
            return Ok(Outcome::Done("an answer from somebody else's address"));
        }
        let Some(yes) = self.decided(list, Some(member), asked)? else {
            return Ok(Outcome::Done("an answer that was neither yes nor no"));
        };
        match &asked.asked {
            Asked::Command { words, held } => self.answer_command(list, member, words, *held, yes),
            Asked::Sent { held } => self.answer_sent(list, *held, yes),
            Asked::Sender { held, address } => {
                if yes && !self.claim(member.person, address)? {
                    return Ok(Outcome::Done("an address that is somebody else's"));
                }
                self.answer_sent(list, *held, yes)
            }
            Asked::Address { address, read } if yes => self.answer_address(list, member, address, *read),
            Asked::Left if yes => self.come_back(list, member),
            _ => Ok(Outcome::Done("a no")),
        }
    }

    /// Whether the answer is a yes; then, and for a no, what was asked is used up. `None` where it is neither: who is asked
    /// is told so, a few times.
    fn decided(
        &mut self,
        list: &List,
        member: Option<&Member>,
        asked: &Confirmation,
    ) -> Result<Option<bool>, StoreError> {
        let mail = self.keep()?;
        let yes = self.yes_or_no(asked)?;
        // Whoever changes their mind about joining or coming back may say so.
        let may_change = matches!(asked.asked, Asked::Join { .. } | Asked::Address { .. } | Asked::Left);
        if yes == Some(false) && may_change {
            return Ok(yes);
        }
        if yes.is_some() || asked.tries >= MOST_TRIES {
            confirm::answered(self.db, asked.id, mail)?;
            return Ok(yes);
        }
        let said = self.said_beside(asked.id)?.0;
        self.db.prepare_cached("UPDATE confirmation SET tries = tries + 1 WHERE id = ?1")?.execute([asked.id.0])?;
        let text = compose::neither(&said, asked.expires_at);
        let telling = Telling { answers: Answers::Confirmation(asked.id), ..Telling::of(text) };
        match (&asked.asked, member) {
            (Asked::Join { address, .. } | Asked::Address { address, .. }, _) => {
                let subject = Some(format!("About {}", list.title));
                self.tell_stranger(list, address, Telling { subject, ..telling })?;
            }
            (_, Some(member)) => drop(self.tell_this(list, member, telling)?),
            (_, None) => {}
        }
        Ok(None)
    }

    /// Whether the mail says yes or no to what was asked.
    pub(super) fn yes_or_no(&self, asked: &Confirmation) -> Result<Option<bool>, StoreError> {
        let (said, subject) = self.said_beside(asked.id)?;
        let name = self.arrival.mail.from.first().and_then(|from| from.name.as_deref());
        let from = self.arrival.mail.from.first().map(|from| from.address.key());
        Ok(match &asked.asked {
            // A program that is not asked may send our question back by itself; a person there says yes.
            Asked::Join { address, .. } | Asked::Address { address, .. }
                if from != Some(address.key()) && said.trim().is_empty() =>
            {
                None
            }
            Asked::Left => Some(comes_back(&said, name)),
            _ => yes_or_no(&self.arrival.mail.subject, &subject, &said, name),
        })
    }

    /// What the sender says in answer to a question, without the text of the mail that asked it; and that one's subject.
    fn said_beside(&self, asked: ConfirmationId) -> Result<(String, String), StoreError> {
        let said = self.said()?;
        let mut query = self.db.prepare_cached(
            "SELECT p.body, p.subject FROM confirmation c JOIN edition_part p ON p.edition_id = c.notice_id
             WHERE c.id = ?1 AND p.part = 1",
        )?;
        let notice = query.query_row([asked.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)));
        let Some((notice, subject)) = notice.optional()? else { return Ok((said, String::new())) };
        let asked = Mail::parse(&without_slots(&row::decompress(&notice)?)).text;
        Ok((beside(&said, &asked), subject))
    }

    /// Whether a mail that was asked about may be decided by this answer: by somebody at an address of the member's, or at
    /// the one that is asked about. What was passed on to somebody else is not theirs to decide.
    fn may_decide(&self, member: &Member, asked: &Asked) -> Result<bool, StoreError> {
        let claimed = if let Asked::Sender { address, .. } = asked { Some(address.key()) } else { None };
        let is_claimed = self.arrival.mail.from.first().is_some_and(|from| Some(from.address.key()) == claimed);
        let is_private = matches!(asked, Asked::Sent { .. } | Asked::Sender { .. } | Asked::Command { .. });
        Ok(!is_private || is_claimed || self.is_by(member)?)
    }

    /// Takes the answer of somebody who was asked whether they join.
    pub(super) fn answer_join(
        &mut self,
        list: &List,
        asked: &Confirmation,
        address: &Address,
        words: &str,
    ) -> Result<Outcome, StoreError> {
        match self.decided(list, None, asked)? {
            None => return Ok(Outcome::Done("an answer that was neither yes nor no")),
            Some(false) => return Ok(Outcome::Done("somebody did not want to join")),
            Some(true) => {}
        }
        if is_banned(self.db, list.id, address)? {
            return self.ignored("who wants to join is banned");
        }
        let now = self.arrival.received_at;
        let before = member::by_address(self.db, list.id, address)?;
        if before.is_some_and(|member| member.state != MemberState::Left) {
            return Ok(Outcome::Done("somebody joined who was on the list already"));
        }
        // The name is taken from who answers: who asked may have been anybody.
        let from = self.arrival.mail.from.first().filter(|from| from.address.key() == address.key());
        let name = from.and_then(|from| from.name.as_deref()).and_then(|name| Member::name_from(name).ok());
        let name = name.filter(|name| !name.is_empty() && !name.contains('@'));
        let known = member::whose(self.db, address)?.is_some();
        let given = MemberChange { name: name.filter(|_| !known), ..MemberChange::default() };
        member::join(self.db, list, address, &given, now)?;
        let Some(member) = member::by_address(self.db, list.id, address)? else {
            return self.ignored("who joined is not there");
        };
        story::note(self.db, member.id, now, "joined", "mail", "")?;
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        self.obey(list, &member, &of_lines(words, today))?;
        self.welcome(list, &member)?;
        Ok(Outcome::Joined)
    }

    /// Greets a new member, with the last digest where the list says so.
    fn welcome(&self, list: &List, member: &Member) -> Result<(), StoreError> {
        let member = member::by_id(self.db, member.id)?.unwrap_or_else(|| member.clone());
        let text = compose::welcome(&list.title, &list.description, &member.schedule(list));
        let subject = Some(format!("Welcome to {}", list.title));
        self.tell_always(list, &member, Telling { subject, ..Telling::with_commands(text) })?;
        if list.latest_on_join {
            latest::give(self.db, list, &member, self.arrival.received_at)?;
        }
        Ok(())
    }

    fn answer_command(
        &mut self,
        list: &List,
        member: &Member,
        words: &str,
        held: Option<HoldId>,
        yes: bool,
    ) -> Result<Outcome, StoreError> {
        let now = self.arrival.received_at;
        if let Some(held) = held.filter(|held| hold::waiting(self.db, *held).is_ok()) {
            hold::decide(self.db, held, if yes { "accepted" } else { "rejected" }, now, None)?;
        }
        if !yes {
            return Ok(Outcome::Done("commands that were not theirs"));
        }
        let obeyed = self.obey(list, member, &of_lines(words, now.to_zoned(jiff::tz::TimeZone::UTC).date()))?;
        if obeyed.left {
            return Ok(Outcome::Left);
        }
        let text = compose::understood(&obeyed.sentences, &obeyed.problems, false);
        self.tell_this(list, member, Telling::with_commands(text))?;
        Ok(Outcome::Done("commands"))
    }

    /// Takes a member's word on a mail that waits: that it is theirs, or not.
    fn answer_sent(&mut self, list: &List, held: HoldId, yes: bool) -> Result<Outcome, StoreError> {
        let now = self.arrival.received_at;
        let Ok((_, mail)) = hold::waiting(self.db, held) else {
            return self.ignored("the mail that it is about was decided already");
        };
        if !yes {
            hold::decide(self.db, held, "rejected", now, None)?;
            return Ok(Outcome::Done("a mail that was not theirs"));
        }
        let Some((_, waits)) = self.arrival.held.as_ref().filter(|(row, _)| *row == mail) else {
            return self.ignored("the mail that it is about could not be read again");
        };
        let evidence = waits.requests.iter().filter(|request| request.list == list.id).find_map(|request| {
            if let Purpose::Discussion { evidence, readers } = &request.purpose {
                Some((evidence, readers))
            } else {
                None
            }
        });
        let Some((evidence, readers)) = evidence else {
            return self.ignored("the mail that it is about is for no discussion");
        };
        let mut taking = Taking { db: self.db, arrival: waits, mail: Some(mail) };
        taking.publish_confirmed(list, held, evidence, readers)
    }

    /// Publishes the mail that waited, which this is, where nothing else is against it; else it waits for that.
    fn publish_confirmed(
        &mut self,
        list: &List,
        held: HoldId,
        evidence: &Evidence,
        readers: &[MemberId],
    ) -> Result<Outcome, StoreError> {
        let member = self.sender(list)?;
        let judged = self.judge(list, member.as_ref(), evidence, readers)?;
        match judged.admission {
            Admission::Publish if matches!(judged.placed.first(), Place::Known(_)) => {
                hold::decide(self.db, held, "rejected", self.arrival.received_at, None)?;
                self.ignored("the mail that waited is published already")
            }
            Admission::Publish => {
                let published = self.publish_at(list, member.as_ref(), &judged.placed)?;
                hold::decide(self.db, held, "accepted", self.arrival.received_at, published.first().copied())?;
                self.tell_published(list, member.as_ref(), &published)?;
                Ok(match published.as_slice() {
                    [one] => Outcome::Published(*one),
                    _ => Outcome::Split(published),
                })
            }
            Admission::Hold(why) => {
                hold::wait_for(self.db, held, why)?;
                match why {
                    Why::UnclearAnswer => self.ask_back(list, member.as_ref(), held, evidence)?,
                    _ => self.tell_waits(list, member.as_ref(), held, why)?,
                }
                Ok(Outcome::Held(held, why))
            }
            Admission::Refuse => Ok(Outcome::Held(held, Why::Stranger)),
            Admission::RefuseForged => Ok(Outcome::Held(held, Why::Disproven)),
            Admission::RefuseFor(why) => {
                hold::wait_for(self.db, held, why)?;
                Ok(Outcome::Held(held, why))
            }
        }
    }

    fn answer_address(
        &mut self,
        list: &List,
        member: &Member,
        address: &Address,
        read: bool,
    ) -> Result<Outcome, StoreError> {
        let now = self.arrival.received_at;
        if !self.claim(member.person, address)? {
            return Ok(Outcome::Done("an address that is somebody else's"));
        }
        if read {
            member::read_at(self.db, member.id, address)?;
        }
        story::note(
            self.db,
            member.id,
            now,
            "changed",
            "mail",
            if read { "reads at another address" } else { "one more address" },
        )?;
        let Some(member) = member::by_id(self.db, member.id)? else { return Ok(Outcome::Done("an address")) };
        let text = compose::address_taken(address.as_str(), read);
        let subject = Some(format!("Your addresses for {}", list.title));
        self.tell_this(list, &member, Telling { subject, ..Telling::with_commands(text) })?;
        Ok(Outcome::Done("an address"))
    }

    fn come_back(&mut self, list: &List, member: &Member) -> Result<Outcome, StoreError> {
        let now = self.arrival.received_at;
        if is_banned(self.db, list.id, &member.address)? {
            return self.ignored("who wants to come back is banned");
        }
        leave::come_back(self.db, list, member, now)?;
        story::note(self.db, member.id, now, "returned", "mail", "")?;
        let Some(member) = member::by_id(self.db, member.id)? else { return Ok(Outcome::Joined) };
        self.welcome(list, &member)?;
        Ok(Outcome::Joined)
    }

    /// Asks the member whether a mail is theirs that is held because nothing proves it, or because it came from an unknown
    /// address to one that only they were given.
    pub(super) fn ask_whether_sent(
        &mut self,
        list: &List,
        member: &Member,
        held: HoldId,
        from: Option<&Address>,
    ) -> Result<(), StoreError> {
        if self.arrival.suspicion.is_some() || member.state == MemberState::Left || confirm::was_asked(self.db, held)? {
            return Ok(());
        }
        // Each mail of its own: the bound of a day for an address holds all the same.
        let kind = format!("sent {}", held.0);
        if self.may_answer(&member.address, &kind)? != Allowed::Yes {
            return Ok(());
        }
        let asked = match from {
            Some(address) => Asked::Sender { held, address: address.clone() },
            None => Asked::Sent { held },
        };
        let (id, until) = self.ask(list, Some(member.id), &asked, 0)?;
        let (said, subject) = (self.said()?, &self.arrival.mail.subject);
        let text = match from {
            Some(address) => compose::sender(&list.title, &self.shown_address(address)?, &said, until),
            None => compose::sent(&list.title, subject, &said, until),
        };
        let subject = format!("Did you send this to {}?", list.title);
        self.tell_always(list, member, Telling::asking(subject, text, id, "Yes, I sent it"))?;
        hold::note_asked(self.db, held)
    }

    /// An address as a reader may see it who may be its owner: whole, but for one of somebody whom we know.
    fn shown_address(&self, address: &Address) -> Result<String, StoreError> {
        Ok(match member::whose(self.db, address)? {
            None => address.to_string(),
            Some(_) => mask(Some(address)),
        })
    }
}
