//! Commands by mail: from members who are believed they are done, of others it is asked by mail whether they are theirs;
//! strangers may join. What people hear is bounded: members by [`Taking::may_tell`], everybody else by
//! [`stranger::may_answer`].

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::arrival::{Arrival, Commanded};
use super::ban::is_banned;
use super::confirm::Asked;
use super::mail::Taking;
use super::obey::Obeyed;
use super::outcome::Outcome;
use super::stranger::{self, Allowed};
use super::tell::Telling;
use super::{StoreError, hold};
use crate::command::{Read, to_lines};
use crate::compose;
use crate::discussion::{Command, HoldId, List, Member, MemberState};
use crate::message::Address;
use crate::smtp::Door;
use crate::trust::{Proof, Verdict, Why};

/// How long a copy of a mail may come: longer than mail systems try (RFC 5321 §4.5.4.1).
const COPIES: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How many characters of commands tell them from others that were asked about on the same day.
const KIND: usize = 200;

impl Taking<'_> {
    /// Takes commands.
    pub(super) fn commanded(&mut self, list: &List, asked: &Commanded) -> Result<Outcome, StoreError> {
        if let Some(outcome) = self.of_a_machine(list)? {
            return Ok(outcome);
        }
        let from = match self.arrival.mail.from.as_slice() {
            [from] => from.address.clone(),
            [] => return self.hold(list, Why::NoSender),
            _ => return self.hold(list, Why::SeveralSenders),
        };
        match self.arrival.verdict {
            Verdict::Reject if self.arrival.envelope.door != Door::Lmtp => return Ok(Outcome::Forged),
            Verdict::Reject | Verdict::Quarantine => return self.hold(list, Why::Disproven),
            Verdict::Proven | Verdict::Unknown => {}
        }
        if let Some(why) = self.arrival.suspicion {
            return self.hold(list, why);
        }
        if self.was_taken(list)? {
            return self.ignored("a copy of a mail with commands");
        }
        let outcome = match self.sender(list)?.filter(|member| member.state != MemberState::Left) {
            Some(member) => self.commanded_by_member(list, &member, asked),
            None => self.commanded_by_stranger(list, &from, asked),
        }?;
        if outcome != Outcome::PutOff {
            self.note_taken(list)?;
        }
        Ok(outcome)
    }

    /// Whether the same mail was taken before: its client may not have heard that it was.
    fn was_taken(&self, list: &List) -> Result<bool, StoreError> {
        let Arrival { mail, fingerprint, .. } = self.arrival;
        let mut query = self.db.prepare_cached(
            "SELECT 1 FROM command_taken WHERE list_id = ?1 AND message_id = ?2 AND fingerprint = ?3",
        )?;
        Ok(query.exists(params![list.id.0, mail.message_id.as_str(), fingerprint])?)
    }

    /// Notes that it was; of those before, the ones that nobody sends again are forgotten.
    fn note_taken(&self, list: &List) -> Result<(), StoreError> {
        let Arrival { mail, fingerprint, received_at, .. } = self.arrival;
        let before = received_at.saturating_sub(COPIES).unwrap_or(Timestamp::MIN);
        self.db.prepare_cached("DELETE FROM command_taken WHERE at <= ?1")?.execute([before.as_millisecond()])?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO command_taken (list_id, message_id, fingerprint, at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![list.id.0, mail.message_id.as_str(), fingerprint, received_at.as_millisecond()])?;
        Ok(())
    }

    /// Whether the mail comes from whom its From names, as far as this installation asks for it.
    pub(super) fn is_believed(&self) -> bool {
        self.arrival.proof == Proof::Off || self.arrival.verdict == Verdict::Proven
    }

    fn commanded_by_member(&mut self, list: &List, member: &Member, asked: &Commanded) -> Result<Outcome, StoreError> {
        let commands = known(&asked.read);
        if asked.to_list {
            let outcome = self.hold(list, Why::Command)?;
            if let Outcome::Held(held, _) = outcome {
                self.ask_whether_theirs(list, member, &commands, Some(held))?;
            }
            return Ok(outcome);
        }
        let only_asks = commands.iter().all(Command::only_asks);
        if !self.is_believed() && !only_asks {
            return self.ask_whether_theirs(list, member, &commands, None);
        }
        // What only asks is answered at the member's own address; but not everybody may have them sent mail.
        if !self.is_believed() {
            match self.may_answer(&member.address, "status")? {
                Allowed::Yes => {}
                Allowed::AnsweredToday => return self.ignored("it was answered today already"),
                Allowed::TooMany => return Ok(Outcome::PutOff),
            }
        }
        self.keep()?;
        let obeyed = self.obey(list, member, &commands)?;
        if obeyed.left {
            return Ok(Outcome::Left);
        }
        self.answer_commands(list, member, &asked.read, obeyed)?;
        Ok(Outcome::Done("commands"))
    }

    /// Tells a member what was done of what they asked, and what was not understood.
    fn answer_commands(&self, list: &List, member: &Member, read: &[Read], obeyed: Obeyed) -> Result<(), StoreError> {
        // Nothing of what anybody may have written in their name.
        let is_believed = self.is_believed();
        let mut problems = obeyed.problems;
        problems.extend(read.iter().filter(|_| is_believed).filter_map(|read| match read {
            Read::Known(_) => None,
            Read::Wrong(line, why) => Some((line.clone(), Some(why.clone()))),
            Read::Unknown(line) => Some((line.clone(), None)),
        }));
        let is_lost = obeyed.sentences.is_empty();
        let text = compose::understood(&obeyed.sentences, &problems, is_lost);
        let subject = (!is_believed).then(|| format!("About {}", list.title));
        self.tell_this(list, member, Telling { subject, ..Telling::with_commands(text) })?;
        Ok(())
    }

    /// Asks a member whether commands that came in their name are theirs.
    fn ask_whether_theirs(
        &mut self,
        list: &List,
        member: &Member,
        commands: &[Command],
        held: Option<HoldId>,
    ) -> Result<Outcome, StoreError> {
        if commands.iter().all(Command::only_asks) {
            return self.ignored("it asks nothing that could be done");
        }
        // Who changes their mind within the day is asked about that, too.
        let words: String = to_lines(commands).chars().take(KIND).collect();
        match self.may_answer(&member.address, &words)? {
            Allowed::Yes => {}
            Allowed::AnsweredToday => return self.ignored("it was asked today already whether they want this"),
            Allowed::TooMany if held.is_some() => return self.ignored("too many questions for now"),
            Allowed::TooMany => return Ok(Outcome::PutOff),
        }
        self.keep()?;
        let asked = Asked::Command { words: to_lines(commands), held };
        let (id, until) = self.ask(list, Some(member.id), &asked, 0)?;
        let text = compose::to_confirm(&list.title, commands, until);
        let subject = format!("Did you ask this of {}?", list.title);
        self.tell_always(list, member, Telling::asking(subject, text, id, "Yes, do it"))?;
        if let Some(held) = held {
            hold::note_asked(self.db, held)?;
        }
        Ok(Outcome::Done("commands that wait for a confirmation"))
    }

    /// A stranger may join, after a confirmation; to everything else they are told how.
    fn commanded_by_stranger(&mut self, list: &List, from: &Address, asked: &Commanded) -> Result<Outcome, StoreError> {
        let commands = known(&asked.read);
        if from.domain().eq_ignore_ascii_case(&self.arrival.domain) {
            return self.ignored("an address of this system wants to join or to know something");
        }
        let joins = commands.contains(&Command::Join) && !asked.to_list;
        if is_banned(self.db, list.id, from)? {
            // Behind LMTP nothing is refused, and they are told nothing.
            return match self.arrival.envelope.door {
                Door::Lmtp => self.ignored("its sender is banned"),
                _ => Ok(Outcome::RefusedFor(Why::Banned)),
            };
        }
        let kind = if joins { "join" } else { "help" };
        match self.may_answer(from, kind)? {
            Allowed::Yes => {}
            Allowed::AnsweredToday => return self.ignored("it was answered today already"),
            Allowed::TooMany => return Ok(Outcome::PutOff),
        }
        self.keep()?;
        if !joins {
            let owner = list.word_address("owner", &self.arrival.domain);
            let text = compose::for_strangers(&list.title, owner.as_str(), commands.contains(&Command::Leave));
            let subject = format!("About {}", list.title);
            self.tell_stranger(list, from, Telling { subject: Some(subject), ..Telling::of_stranger(text) })?;
            return Ok(Outcome::Done("a stranger was told how to join"));
        }
        // What somebody chose in another's name, nobody would see.
        let with = commands.into_iter().filter(|command| self.is_believed() && *command != Command::Join);
        let with: Vec<Command> = with.collect();
        let asked = Asked::Join { address: from.clone(), words: to_lines(&with) };
        let (id, until) = self.ask(list, None, &asked, 0)?;
        let text = compose::join(&list.title, &list.description, until);
        let subject = format!("Do you want to join {}?", list.title);
        self.tell_stranger(list, from, Telling::asking(subject, text, id, "Yes, join"))?;
        Ok(Outcome::Done("a stranger who asked to join was asked whether they did"))
    }

    /// Whether an automatic answer of this kind may go to its sender, or to the member that they say to be.
    pub(super) fn may_answer(&self, to: &Address, kind: &str) -> Result<Allowed, StoreError> {
        self.may_write(to, kind, self.arrival.verdict == Verdict::Proven)
    }

    /// The same for any address; `proven`: that it asked for it.
    pub(super) fn may_write(&self, to: &Address, kind: &str, proven: bool) -> Result<Allowed, StoreError> {
        let (now, peer) = (self.arrival.received_at, self.arrival.envelope.peer.ip());
        stranger::may_answer(self.db, now, to, peer, kind, proven, self.arrival.stranger_bounds)
    }
}

fn known(read: &[Read]) -> Vec<Command> {
    read.iter().filter_map(|read| if let Read::Known(command) = read { Some(command.clone()) } else { None }).collect()
}
