//! Members whom mail may not reach: a probe before anyone is paused; and domains in trouble, of which owners hear at once.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::run::{DigestError, Job};
use crate::compose::{self, Answers, Notice, OwnerMail};
use crate::discussion::{Block, List, Member, Seq, Window};
use crate::schedule;
use crate::store::{Frozen, NewEdition, Owner};

impl Job {
    /// Does what is due about bounces at `now`: sends probes, ends those whose time is over, tells owners of domains in
    /// trouble. Whether anything was queued.
    pub fn care_for_bounces(&self, now: Timestamp) -> Result<bool, DigestError> {
        let mut queued = false;
        for watched in self.store.watched(now)? {
            let member = watched.member.id;
            if watched.probed {
                self.store.end_probe(member, now).wait()?;
            } else if u64::from(watched.score) >= self.bounce_score.saturating_mul(1_000) {
                let probe = self.probe(&watched.list, &watched.member, now)?;
                queued |= self.store.queue_probe(probe, member, now).wait()?;
            } else {
                self.store.watch_no_more(member).wait()?;
            }
        }
        for (frozen, owners) in self.store.untold_freezes()? {
            let mut mails = Vec::with_capacity(owners.len());
            for owner in owners {
                let mail = self.alert(&owner, &frozen, now)?;
                mails.push((owner, mail));
            }
            queued |= self.store.tell_of_freeze(frozen, mails, now).wait()?;
        }
        Ok(queued)
    }

    /// Tells those who left by a page that they did, with a way back. Whether anything was queued.
    pub fn say_goodbyes(&self, now: Timestamp) -> Result<bool, DigestError> {
        let mut queued = false;
        while self.goodbyes(now)? {
            queued = true;
        }
        Ok(queued)
    }

    fn goodbyes(&self, now: Timestamp) -> Result<bool, DigestError> {
        let press = &self.press;
        Ok(self.store.say_goodbyes(&press.domain, press.web_url.as_deref(), press.token_key, now).wait()?)
    }

    fn probe(&self, list: &List, member: &Member, now: Timestamp) -> Result<NewEdition, DigestError> {
        let text = format!(
            "Some mails of {} to you came back lately, so we are asking with this one whether you are reached.\n\nIf you \
             can read this, all is well, and you need do nothing. If this mail comes back as well, your mail from {} \
             pauses. Whenever you write to the list it goes on, and nothing is lost.",
            list.title, list.title
        );
        let notice = Notice {
            list: self.press.facts(list),
            subject: format!("Do mails of {} reach you?", list.title),
            text: vec![Block::Said(text)],
            answers: Answers::Owner,
            links: Vec::new(),
            in_reply_to: None,
            to_member: true,
        };
        let frozen = compose::notice(&notice)?;
        // No two probes are one edition, for each reader gets each edition once.
        let own = Window { after: Seq(member.id.0), upto: Seq(now.as_millisecond()) };
        Ok(self.noticed(list, own, frozen.subject, frozen.bytes, now))
    }

    fn alert(&self, owner: &Owner, frozen: &Frozen, now: Timestamp) -> Result<NewEdition, DigestError> {
        let zone = schedule::zone(&owner.list.schedule.time_zone)?;
        let Frozen { domain, members, .. } = frozen;
        let (at, until) = (moment(frozen.at, &zone), moment(frozen.until, &zone));
        let text = format!(
            "Mail to {members} members at {domain} failed within 24 hours (noted {at}). So many at once is hardly their \
             doing: that domain has trouble, or refuses what we send. Nobody there is charged for it, and nothing that \
             fails there counts until {until}.\n\nWhat you can do: see in `rejoinder queue show` what was said of mails \
             that were given up, look whether your server stands on a blocklist, and ask postmaster@{domain}."
        );
        let subject = format!("Mail to {domain} fails");
        let mail = OwnerMail { domain: &self.press.domain, subject, text, reply_to: None, original: None };
        let made = compose::owner_mail(&mail)?;
        let own = Window { after: Seq(0), upto: Seq(frozen.at.as_millisecond()) };
        Ok(self.noticed(&owner.list, own, made.subject, made.bytes, now))
    }

    /// A notice as an edition that `own` tells from others with its words.
    fn noticed(&self, list: &List, own: Window, subject: String, bytes: Vec<u8>, now: Timestamp) -> NewEdition {
        let parts = vec![(subject, bytes)];
        let fingerprint = self.press.fingerprint(list.id, &[own], &[], &parts);
        NewEdition { parts, ..NewEdition::notice(list.id, self.press.token_key, fingerprint, now) }
    }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M %Z").to_string()
}
