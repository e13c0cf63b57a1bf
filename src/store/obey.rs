//! What commands do to a membership.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::confirm::Asked;
use super::mail::Taking;
use super::member::{self, MemberChange};
use super::pause;
use super::stranger::Allowed;
use super::tell::Telling;
use super::{StoreError, leave, story};
use crate::compose::{self, Standing};
use crate::discussion::{Command, List, Member, PersonId, Schedule};
use crate::message::Address;
use crate::schedule;

/// How many addresses a member may ask about in a day.
const ADDRESSES_A_DAY: i64 = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What became of commands.
#[derive(Default)]
pub(super) struct Obeyed {
    /// What was done, a sentence each.
    pub(super) sentences: Vec<String>,
    /// What could not be done: the command, and why.
    pub(super) problems: Vec<(String, Option<String>)>,
    /// Whether the member has left by it.
    pub(super) left: bool,
}

impl Taking<'_> {
    /// Does what a member asks, who is believed.
    pub(super) fn obey(&self, list: &List, member: &Member, commands: &[Command]) -> Result<Obeyed, StoreError> {
        let mut obeyed = Obeyed::default();
        if commands.contains(&Command::Leave) {
            self.leave(list, member, "mail")?;
            return Ok(Obeyed { left: true, ..obeyed });
        }
        for command in commands {
            let Some(now) = member::by_id(self.db, member.id)? else { break };
            match self.obey_one(list, &now, command)? {
                Ok(()) => {
                    let after = member::by_id(self.db, member.id)?.unwrap_or(now);
                    obeyed.sentences.push(self.told(list, &after, command)?);
                    if !command.only_asks() && *command != Command::Join {
                        let (at, what) = (self.arrival.received_at, command.verb());
                        story::note(self.db, member.id, at, "changed", "mail", what)?;
                    }
                }
                Err(why) => obeyed.problems.push((command.to_string(), Some(why))),
            }
        }
        Ok(obeyed)
    }

    fn obey_one(&self, list: &List, member: &Member, command: &Command) -> Result<Result<(), String>, StoreError> {
        let now = self.arrival.received_at;
        let mut change = MemberChange::default();
        match command {
            Command::Deliver(delivery, hour, weekday) => {
                (change.delivery, change.hour, change.weekday) = (Some(*delivery), *hour, *weekday);
            }
            Command::Hour(hour) => change.hour = Some(*hour),
            Command::Zone(zone) => match schedule::zone(zone) {
                Ok(_) => change.time_zone = Some(zone.clone()),
                Err(error) => return Ok(Err(error.to_string())),
            },
            Command::Receipts(on) => change.receipts = Some(*on),
            Command::Name(shown) => return member::show_as(self.db, list, member, shown),
            Command::Pause(until) => {
                let until = until.map(|until| morning(until, &member.schedule(list)));
                return pause::pause(self.db, list, member, until, "self", now).map(Ok);
            }
            Command::Resume => return pause::resume(self.db, list, member, now).map(Ok),
            Command::Add(address) => return self.ask_address(list, member, address, false),
            Command::ReadAt(address) => return self.ask_address(list, member, address, true),
            Command::Join | Command::Leave | Command::Status | Command::Help => return Ok(Ok(())),
        }
        member::apply(self.db, list, member, &change, now).map(Ok)
    }

    /// Asks at a new address whether it is this member's. Whose it is already is not told to anybody.
    fn ask_address(
        &self,
        list: &List,
        member: &Member,
        new: &Address,
        read: bool,
    ) -> Result<Result<(), String>, StoreError> {
        if new.domain().eq_ignore_ascii_case(&self.arrival.domain) {
            return Ok(Err("that is an address of this system itself".to_owned()));
        }
        let whose = member::whose(self.db, new)?;
        if whose == Some(member.person) && !read {
            return Ok(Err("you may write from that address already".to_owned()));
        }
        if !self.may_ask_for_address(member)? {
            return Ok(Err("you asked for as many addresses as one may in a day".to_owned()));
        }
        match self.may_write(new, &format!("address {}", member.id.0), false)? {
            Allowed::Yes => {}
            Allowed::AnsweredToday => return Ok(Err("a mail of yours went there today already".to_owned())),
            Allowed::TooMany => return Ok(Err("too much is asked just now; try again in an hour".to_owned())),
        }
        // Nobody is asked to give away their own; nor does who asks learn whose it is.
        if whose.is_some_and(|theirs| theirs != member.person) {
            let subject = Some(format!("About {}", list.title));
            let telling = Telling { subject, ..Telling::of(compose::already_by_itself(&list.title)) };
            self.tell_stranger(list, new, telling)?;
            return Ok(Ok(()));
        }
        // The last who asks is meant: whoever reads there cannot tell one question from another.
        self.db
            .prepare_cached("UPDATE confirmation SET expires_at = ?2 WHERE kind = 'address' AND lower(address) = ?1 AND answered_by IS NULL AND expires_at > ?2")?
            .execute(params![new.key(), self.arrival.received_at.as_millisecond()])?;
        let asked = Asked::Address { address: new.clone(), read };
        let (id, until) = self.ask(list, Some(member.id), &asked, 0)?;
        let text = compose::address(&list.title, read, until);
        let subject = format!("Is this your address, for {}?", list.title);
        self.tell_stranger(list, new, Telling::asking(subject, text, id, "Yes, it is mine"))?;
        Ok(Ok(()))
    }

    /// Whether a member may ask about one more address today.
    fn may_ask_for_address(&self, member: &Member) -> Result<bool, StoreError> {
        let since = self.arrival.received_at.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
        let mut query = self.db.prepare_cached(
            "SELECT count(*) FROM confirmation WHERE member_id = ?1 AND kind = 'address' AND made_at > ?2",
        )?;
        let asked: i64 = query.query_row(params![member.id.0, since.as_millisecond()], |row| row.get(0))?;
        Ok(asked < ADDRESSES_A_DAY)
    }

    fn told(&self, list: &List, member: &Member, command: &Command) -> Result<String, StoreError> {
        let schedule = member.schedule(list);
        let addresses = member::addresses(self.db, member)?;
        let until = pause::until(self.db, member.id)?.map(|until| day_of(until, &schedule));
        let standing = Standing {
            schedule: &schedule,
            state: member.state,
            until,
            on_resume: member.on_resume,
            name: member.pseudonym.as_deref(),
            receipts: member.receipts,
            addresses: &addresses,
        };
        Ok(compose::did(command, &standing))
    }

    /// Takes a member off the list and tells them so, with a way back.
    pub(super) fn leave(&self, list: &List, member: &Member, how: &str) -> Result<(), StoreError> {
        leave::leave(self.db, list, member, how, self.arrival.received_at)?;
        leave::say_goodbye(&self.teller(), list, member)
    }

    /// Takes an address for this person's, who has shown that it is theirs. Refused where it is another's who reads there.
    pub(super) fn claim(&self, person: PersonId, address: &Address) -> Result<bool, StoreError> {
        member::claim(self.db, person, address, self.arrival.received_at)
    }
}

/// The beginning of a day where the reader lives.
fn morning(day: Date, schedule: &Schedule) -> Timestamp {
    let zone = schedule::zone(&schedule.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    day.to_datetime(Time::midnight()).to_zoned(zone).map_or(Timestamp::MAX, |day| day.timestamp())
}

fn day_of(at: Timestamp, schedule: &Schedule) -> Date {
    let zone = schedule::zone(&schedule.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).date()
}
