//! The daily report to the owners: one mail for all that went wrong, not one for each fault.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::run::{DigestError, Job};
use crate::compose::{self, Frozen, OwnerMail};
use crate::discussion::{Delivery, Schedule};
use crate::schedule;
use crate::store::{GivenUp, HeldBack, NewEdition, NewReport, News, Owner, PausedMember, ReturnedOf, Unsent};
use crate::trust::Why;

/// How many characters of a subject are told.
const SUBJECT_CHARS: usize = 60;

/// A report that was queued, or with a dry run would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Whom to.
    pub owner: String,
    /// Its subject.
    pub subject: String,
}

impl Reported {
    fn of(owner: &Owner, subject: &str) -> Self {
        Self { owner: owner.address.to_string(), subject: subject.to_owned() }
    }
}

impl Job {
    /// Queues each owner's report of what went wrong before their day began (the hour and zone of the first of their
    /// lists), where there is something to tell at `at` and they have not had it. What was queued.
    pub fn report_to_owners(&self, at: Timestamp) -> Result<Vec<Reported>, DigestError> {
        let mut reported = Vec::new();
        for owner in self.store.owners()? {
            let Some(report) = self.report(owner, at)? else { continue };
            let told = report.mail.as_ref().map(|(_, subject, _)| Reported::of(&report.owner, subject));
            if self.store.queue_report(report).wait()? {
                reported.extend(told);
            }
        }
        Ok(reported)
    }

    /// What [`Job::report_to_owners`] would queue. Changes nothing.
    pub fn dry_report_to_owners(&self, at: Timestamp) -> Result<Vec<Reported>, DigestError> {
        let mut reported = Vec::new();
        for owner in self.store.owners()? {
            let report = self.report(owner, at)?;
            let told =
                report.and_then(|report| report.mail.map(|(_, subject, _)| Reported::of(&report.owner, &subject)));
            reported.extend(told);
        }
        Ok(reported)
    }

    fn report(&self, owner: Owner, at: Timestamp) -> Result<Option<NewReport>, DigestError> {
        let daily = Schedule { delivery: Delivery::Daily, ..owner.list.schedule.clone() };
        let Some(begins) = schedule::last_due(&daily, at)? else { return Ok(None) };
        let zone = schedule::zone(&daily.time_zone)?;
        let day = begins.to_zoned(zone.clone()).date().to_string();
        let Some(news) = self.store.news(&owner, &day, begins)? else { return Ok(None) };
        let mail = if news.is_empty() { None } else { Some(self.told(&owner, &news, &zone, at)?) };
        Ok(Some(NewReport { owner, day, span: news.span, dated: at, now: self.clock.now(), mail }))
    }

    fn told(
        &self,
        owner: &Owner,
        news: &News,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<(NewEdition, String, Vec<u8>), DigestError> {
        let (subject, text) = (subject(news), text(news, zone));
        let mail = OwnerMail { domain: &self.press.domain, subject, text, reply_to: None, original: None };
        let Frozen { subject, bytes } = compose::owner_mail(&mail)?;
        let parts = [(subject, bytes)];
        let fingerprint = self.press.fingerprint(owner.list.id, &[], &[], &parts);
        let [(subject, bytes)] = parts;
        Ok((NewEdition::notice(owner.list.id, self.press.token_key, fingerprint, now), subject, bytes))
    }
}

fn subject(news: &News) -> String {
    let readers = news.given_up.len() + news.more_given_up;
    let unsent = news.unsent.len() + news.more_unsent;
    let kept = news.held.len() + news.more_held;
    let paused = news.paused.len() + news.more_paused;
    let back = news.returned.iter().map(|of| of.mails).sum::<usize>();
    let parts = [
        (paused, format!("{} paused", counted(paused, "member", "members"))),
        (back, format!("{} came back", counted(back, "mail", "mails"))),
        (readers, format!("{} not reached", counted(readers, "reader", "readers"))),
        (unsent, format!("{} to you refused", counted(unsent, "mail", "mails"))),
        (kept, format!("{} to you kept back", counted(kept, "mail", "mails"))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    format!("Daily report: {}", parts.join(", "))
}

fn text(news: &News, zone: &TimeZone) -> String {
    let mut text = "This is what went wrong with the mail of your lists since the last such report. There is at most one \
                    a day, and none where there is nothing to tell. Do not answer it: an answer goes to postmaster, and \
                    so comes back to the owners."
        .to_owned();
    if !news.given_up.is_empty() {
        text.push_str(
            "\n\nMail to these readers was given up. What they missed of the list goes into their next digest by itself. \
             `rejoinder queue show` lists the mails with their numbers; `rejoinder queue retry N` sends mail N again as \
             it was, until such a digest is made.\n",
        );
        news.given_up.iter().for_each(|reader| given_up(reader, zone, &mut text));
        rest(news.more_given_up, "more reader", "more readers", &mut text);
    }
    bounces(news, &mut text);
    if !news.unsent.is_empty() {
        text.push_str(
            "\n\nMails to postmaster or abuse that could not be handed to you: the relay did not take them.\n",
        );
        news.unsent.iter().for_each(|mail| unsent(mail, &mut text));
        rest(news.more_unsent, "more mail", "more mails", &mut text);
    }
    if !news.held.is_empty() {
        text.push_str(
            "\n\nMails to postmaster or abuse that were kept and not sent on to you. `rejoinder moderate show N` shows one, \
             `rejoinder moderate reject N` is for one that needs nothing more.\n",
        );
        news.held.iter().for_each(|mail| held(mail, zone, &mut text));
        rest(news.more_held, "more mail", "more mails", &mut text);
    }
    text
}

// Writing to a String never fails. Lines that begin with a blank are never joined.

fn given_up(reader: &GivenUp, zone: &TimeZone, text: &mut String) {
    let GivenUp { list, recipient, mails, since, error } = reader;
    let _ = write!(text, "\n  {list}, {recipient}: {}", counted(*mails, "mail", "mails"));
    let _ = write!(text, ", waiting since {}\n    {error}", moment(*since, zone));
}

fn bounces(news: &News, text: &mut String) {
    if !news.paused.is_empty() {
        text.push_str(
            "\n\nMail to these members came back so often, a last mail that asked them included, that it pauses. It goes on \
             when they write to the list; `rejoinder member show ADDRESS` tells the story.\n",
        );
        for PausedMember { list, address, status } in &news.paused {
            let _ = write!(text, "\n  {list}, {address}{}{status}", if status.is_empty() { "" } else { ": " });
        }
        rest(news.more_paused, "more member", "more members", text);
    }
    if !news.returned.is_empty() {
        text.push_str("\n\nMail that came back, by domain. Nobody need do anything where it is little.\n");
        news.returned.iter().for_each(|of| returned(of, text));
        rest(news.more_returned, "more domain", "more domains", text);
    }
}

fn returned(of: &ReturnedOf, text: &mut String) {
    let ReturnedOf { domain, mails, members, natures } = of;
    let words = ["no such mailbox", "full or not answering", "refused for what was sent", "called spam"];
    let why: Vec<String> = natures
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let (mails, members) = (counted(*mails, "mail", "mails"), counted(*members, "member", "members"));
    let _ = write!(text, "\n  {domain}: {mails} to {members} ({})", why.join(", "));
}

fn unsent(mail: &Unsent, text: &mut String) {
    let Unsent { id, subject, error } = mail;
    let _ = write!(text, "\n  {}\n    {error}\n    to try again: rejoinder queue retry {id}", cut(subject));
}

fn held(mail: &HeldBack, zone: &TimeZone, text: &mut String) {
    let HeldBack { id, sender, subject, reason, held_at } = mail;
    let sender = if sender.is_empty() { "nobody named" } else { sender };
    let why = reason.parse::<Why>().map_or_else(|_| reason.clone(), |why| why.sentence().to_owned());
    let _ = write!(text, "\n  {id} from {sender}, {}: {}\n    {why}", moment(*held_at, zone), cut(subject));
}

/// A subject, cut: the mail itself has the whole of it.
fn cut(subject: &str) -> Cow<'_, str> {
    match subject.char_indices().nth(SUBJECT_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{} …", subject[..end].trim_end())),
        None => Cow::Borrowed(subject),
    }
}

fn rest(count: usize, one: &str, several: &str, text: &mut String) {
    if count > 0 {
        let _ = write!(text, "\n  … and {}", counted(count, one, several));
    }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M %Z").to_string()
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
