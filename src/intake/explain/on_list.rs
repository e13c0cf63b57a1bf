//! Explaining a mail for a list that is there: with its members, its rules, and what was said on it.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Decision, Explanation, Nature, addressed, counted, has_null_reverse_path, of_a_machine};
use crate::bounce::MailKind;
use crate::command::Read;
use crate::discussion::{List, MemberId, MemberState, Number};
use crate::intake::Intake;
use crate::intake::hops::goes_in_circles;
use crate::intake::reader::Reader;
use crate::message::Mail;
use crate::smtp::{Door, Envelope};
use crate::store::{AnswerForeseen, Arrival, Commanded, Foreseen, HeldBefore, ItemLine, Purpose, StoreError};
use crate::thread::{By, Evidence, Place, Unclear};
use crate::trust::{Admission, Proof, Verdict, Why};

impl Intake {
    /// What would become of a mail that came to this list now, and why. Changes nothing and asks no DNS.
    pub fn explain(&self, list: &List, raw: &[u8]) -> Result<Explanation, StoreError> {
        let mut explained = Explanation::of_its_own(raw);
        if explained.nature == Nature::Unreadable {
            explained.decide(Decision::Refuse, "There is no mail header in it, so it is no mail.");
            return Ok(explained);
        }
        let (envelope, is_addressed) = self.envelope(list, &explained.mail);
        if !is_addressed {
            let name = &list.name;
            explained.why.push(format!(
                "Its header names no address of {name} as a recipient; unless it was sent there all the same, it never came."
            ));
        }
        let wanted = envelope.recipients.iter().filter_map(|to| self.wanted(to).transpose());
        let whats = wanted.map(|wanted| Ok(wanted?.what)).collect::<Result<Vec<_>, StoreError>>()?;
        let lists = [(list.id, whats)];
        let reader = Reader::on_lists(self.store(), self.gate(), &explained.mail, &envelope.recipients, &lists)?;
        explained.read_again(&reader);
        let arrival = self.arrival(envelope, raw)?;
        let request = arrival.requests.iter().find(|request| request.list == list.id);
        match request.map(|request| &request.purpose) {
            Some(Purpose::Discussion { evidence, readers }) => {
                let foreseen = self.store().foresee(&arrival, list, evidence, readers)?;
                let proven = explained.prove(&arrival, &foreseen, readers);
                explained.on_list(list, &foreseen, evidence, proven);
            }
            Some(Purpose::Bounce(..)) => {
                explained.decide(Decision::Count, "It came to the bounce address of a mail of ours, so it is counted.");
            }
            Some(Purpose::NoBounce) if explained.nature == Nature::Kind(MailKind::AutoReply) => {
                let (decision, sentence) = of_a_machine(MailKind::AutoReply);
                explained.decide(decision, sentence);
            }
            Some(Purpose::NoBounce) => explained.decide(Decision::Hold, Why::NoBounce.sentence()),
            Some(Purpose::Unsubscribe(_)) => {
                explained.nature = Nature::Command;
                explained.decide(Decision::Command, "It came to an address by which a reader leaves, so they leave.");
            }
            Some(Purpose::Confirm(reader, id)) => {
                let is_a_persons = explained.nature == Nature::Kind(MailKind::Mail);
                explained.nature = Nature::Command;
                explained.why.push("It came to an address that answers what a mail of ours asked.".to_owned());
                let sentence = match is_a_persons {
                    true => answer(&self.store().foresee_answer(&arrival, list, *reader, *id)?),
                    false => "What a program sends on its own is no answer, so nothing is done.".to_owned(),
                };
                explained.decide(Decision::Command, sentence);
            }
            Some(Purpose::Command(asked)) => {
                explained.nature = Nature::Command;
                match asked.to_list {
                    true => explained.decide(Decision::Hold, Why::Command.sentence()),
                    false => explained.decide(Decision::Command, commands(asked)),
                }
            }
            Some(Purpose::Owner(_)) => {
                explained.nature = Nature::Command;
                explained.decide(Decision::Command, "It is for the list's owner, and is sent on to them.");
            }
            Some(Purpose::OfNotice(_)) | None => {
                explained.nature = Nature::Command;
                explained.decide(Decision::Hold, Why::Command.sentence());
            }
        }
        Ok(explained)
    }

    /// The mail as the gate reads it, with what it tells of itself.
    fn arrival(&self, envelope: Envelope, raw: &[u8]) -> Result<Arrival, StoreError> {
        let mut arrival = self.prepare(envelope, raw)?;
        arrival.suspicion = match goes_in_circles(&arrival.mail, &self.gate().host) {
            true => Some(Why::InCircles),
            false => self.suspicion().without_asking(&arrival.mail),
        };
        if arrival.proof != Proof::Off {
            arrival.verdict = self.proof().without_asking(&arrival.mail);
        }
        Ok(arrival)
    }

    /// The envelope that it will have had: to those addresses of this list that its header names, else to the list; and
    /// whether it names any.
    fn envelope(&self, list: &List, mail: &Mail) -> (Envelope, bool) {
        let is_ours = |address: &_| {
            self.wanted(address).is_ok_and(|wanted| wanted.is_some_and(|wanted| wanted.list.id == list.id))
        };
        let mut recipients: Vec<_> = addressed(mail).filter(is_ours).collect();
        let is_addressed = !recipients.is_empty();
        if !is_addressed {
            recipients.push(list.address(&self.gate().domain));
        }
        let sender = mail.from.first().map(|from| from.address.clone());
        let envelope = Envelope {
            door: Door::Local,
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            helo: String::new(),
            tls: false,
            with: "SMTP",
            reverse_path: sender.filter(|_| !has_null_reverse_path(mail)),
            recipients,
        };
        (envelope, is_addressed)
    }
}

impl Explanation {
    /// What proves its sender, or disproves them, as far as it is known without asking; a sentence on it.
    fn prove(&mut self, arrival: &Arrival, foreseen: &Foreseen, readers: &[MemberId]) -> Option<String> {
        let own = foreseen.member.as_ref().is_some_and(|member| readers.contains(&member.id));
        let wish = "which wants such mail held or refused";
        let (proof, sentence) = match arrival.verdict {
            Verdict::Proven => ("dmarc", "A mail server whose word counts here found that it is from whom it says.".to_owned()),
            Verdict::Quarantine | Verdict::Reject => (
                "forged",
                format!("A mail server whose word counts here found that it is not from the domain in its From, {wish}."),
            ),
            Verdict::Unknown if own => {
                ("token", "It was sent to an address of ours that its sender alone was given.".to_owned())
            }
            Verdict::Unknown if readers.is_empty() => return None,
            Verdict::Unknown => (
                "none",
                "It was sent to an address of ours that another reader was given: that tells where it belongs, and nothing of \
                 who sent it."
                    .to_owned(),
            ),
        };
        self.proof = proof;
        Some(sentence)
    }

    fn on_list(&mut self, list: &List, foreseen: &Foreseen, evidence: &Evidence, proven: Option<String>) {
        if let Nature::Kind(kind) = self.nature
            && kind != MailKind::Mail
        {
            let (decision, sentence) = match foreseen.perhaps_automatic && foreseen.ours.is_none() {
                true => (Decision::Hold, Why::PerhapsAutomatic.sentence()),
                false => of_a_machine(kind),
            };
            return self.decide(decision, sentence);
        }
        if let Place::Known(_) = foreseen.place {
            self.why.insert(0, place(foreseen));
        }
        self.why.push(member(list, foreseen));
        self.why.extend(proven);
        if !matches!(foreseen.place, Place::Known(_)) {
            self.why.push(place(foreseen));
        }
        if foreseen.runs > 1 {
            let others = counted(foreseen.runs - 1, "more item");
            self.why.push(format!("It answers {others} of that digest, and each gets what was written to it."));
        }
        if let (Place::Under(..), Some(parent)) = (&foreseen.place, &foreseen.item) {
            self.parents.retain(|id| *id != parent.message_id);
            self.parents.insert(0, parent.message_id.clone());
        }
        if let Some(held) = &foreseen.held {
            self.why.push(before(held));
        }
        let (decision, sentence) = decision(list, foreseen, evidence);
        self.decide(decision, sentence);
    }
}

fn member(list: &List, foreseen: &Foreseen) -> String {
    let name = &list.name;
    match &foreseen.member {
        None => format!("Its sender is not on {name}."),
        Some(member) if member.state == MemberState::Left => format!("Its sender has left {name}."),
        Some(member) => format!("Its sender is on {name}: {}, {}.", member.role.as_str(), member.state.as_str()),
    }
}

fn place(foreseen: &Foreseen) -> String {
    let what = foreseen.item.as_ref().map_or_else(|| "a mail that has not arrived".to_owned(), line);
    match &foreseen.place {
        Place::Known(_) if foreseen.is_copy => format!("It is here already: {what}."),
        Place::Known(_) => format!("Another mail with its Message-ID is here already: {what}."),
        Place::Under(_, by) => format!("It belongs under {what}: {}.", evidence(*by)),
        Place::UnderMissing { anchor: Some(_), by: By::Subject, .. } => {
            "It answers a mail that has not arrived; by its subject that belongs to a post here, which is a guess."
                .to_owned()
        }
        Place::UnderMissing { .. } => "It answers a mail that has not arrived, and waits under its place.".to_owned(),
        Place::Start => "Nothing in it leads to anything on this list, so it would start a post.".to_owned(),
        Place::Apart => "It names only what answers it, so it would start a post.".to_owned(),
        Place::Unclear(Unclear::NamesNothing(label)) => {
            format!("It answers a digest, and a line of it begins with {label}; but no {label} is in that digest.")
        }
        Place::Unclear(Unclear::DoubtfulLabel) => {
            "It answers a digest, and a line of it begins with a label; but that names several items, or may be a part of a \
             sentence, or other items are quoted above it."
                .to_owned()
        }
        Place::Unclear(Unclear::NothingQuoted) => {
            "It answers a digest of several posts, and neither a quote nor a label says which of its items.".to_owned()
        }
        Place::Unclear(Unclear::SeveralQuoted) => {
            "It answers a digest and quotes several of its items; which of them it answers cannot be told without guessing."
                .to_owned()
        }
    }
}

/// What an answer to a question or a receipt does.
fn answer(foreseen: &AnswerForeseen) -> String {
    match foreseen {
        AnswerForeseen::NotAsked => "Nothing of the kind was asked, so nothing is done.".to_owned(),
        AnswerForeseen::Over => "That was answered or decided before, so nothing is done.".to_owned(),
        AnswerForeseen::Expired => "The time for that is over, so nothing is done.".to_owned(),
        AnswerForeseen::NotUnderstood => {
            "Its first line is not understood, so nothing is done; its sender is told so, unless that was told often enough."
                .to_owned()
        }
        AnswerForeseen::Under(item) => {
            let what = item.as_ref().map_or_else(|| "a mail that has not arrived".to_owned(), line);
            format!("It is understood: the mail that waits for it is published under {what}.")
        }
        AnswerForeseen::Decides(true) => "It is a yes, so what was asked is done.".to_owned(),
        AnswerForeseen::Decides(false) => "It is a no, so what was asked is not done.".to_owned(),
        AnswerForeseen::Withdrawn => "It is understood: the mail that waits for it is not published.".to_owned(),
        AnswerForeseen::NoModerator => {
            "It was asked of somebody who looks after the list no more, so nothing is done.".to_owned()
        }
        AnswerForeseen::Moderates(many) => {
            format!("It is a moderator's, and is understood: it decides about {}.", counted(*many, "mail"))
        }
        AnswerForeseen::Changes { is_anothers: true, .. } => {
            "It is understood, but not from an address that the list knows as the author's, so nothing is done.".to_owned()
        }
        AnswerForeseen::Changes { becomes, items: 1, .. } => {
            format!("It is understood: one post or response of theirs is {becomes}.")
        }
        AnswerForeseen::Changes { becomes, items, .. } => {
            format!("It is understood: {items} responses of theirs are {becomes}.")
        }
    }
}

/// What a mail to an address for commands asks.
fn commands(asked: &Commanded) -> String {
    let said = |read: &Read| match read {
        Read::Known(command) => format!("“{command}” is done once it is known to be its sender's"),
        Read::Wrong(line, why) => format!("“{line}” is not done: {why}"),
        Read::Unknown(line) => format!("“{line}” is not understood"),
    };
    match asked.read.as_slice() {
        [] => "It was sent to an address for commands, and says nothing.".to_owned(),
        read => {
            format!("It was sent to an address for commands: {}.", read.iter().map(said).collect::<Vec<_>>().join("; "))
        }
    }
}

/// `#7 by Ellen under post 3, "Bread"`.
fn line(item: &ItemLine) -> String {
    let ItemLine { author, post, title, .. } = item;
    match item.number {
        Some(Number(number)) => format!("#{number} by {author} under post {post}, \"{title}\""),
        None => format!("post {post} by {author}, \"{title}\""),
    }
}

fn evidence(by: By) -> &'static str {
    match by {
        By::Token => "it was sent to that one's reply address",
        By::InReplyTo => "its In-Reply-To names it",
        By::References => "it is the nearest of its References that is here",
        By::Quote => "it quotes its lines from a digest",
        By::ThreadIndex => "its Thread-Index continues that one's, which is a guess",
        By::Subject => "it has the same subject and names nothing that it answers, so that is a guess",
        By::Digest => "it answers a digest in which that is the only post",
        By::Typed => "it begins with the label that a digest shows it by",
        By::Sender => "its sender said so when asked",
        By::Moderator => "a moderator said so",
    }
}

fn before(held: &HeldBefore) -> String {
    let why = held.reason.parse::<Why>().map_or("", Why::sentence);
    match held.state.as_str() {
        "waiting" | "asked" => format!("It waits as number {} of `rejoinder moderate show`. {why}", held.id),
        state => format!("It was held as number {}, and {state}. {why}", held.id),
    }
    .trim_end()
    .to_owned()
}

/// Whether the sender of an unclear answer is asked: who may write here.
fn is_asked(foreseen: &Foreseen) -> bool {
    foreseen.member.as_ref().is_some_and(|member| member.state != MemberState::Left)
}

fn decision(list: &List, foreseen: &Foreseen, evidence: &Evidence) -> (Decision, String) {
    let name = &list.name;
    if let Some(mark) = foreseen.ours {
        let sentence =
            format!("Its {mark} shows that it went through {name} before, so it is kept and not published again.");
        return (Decision::Refuse, sentence);
    }
    match (foreseen.admission, &foreseen.place) {
        (Admission::Refuse, _) => {
            (Decision::Refuse, format!("{name} takes mail from its members only; its sender is told so."))
        }
        (Admission::RefuseForged, _) => {
            (Decision::Refuse, "It is not from whom it says, and their domain wants such mail refused (DMARC).".to_owned())
        }
        (Admission::RefuseFor(Why::Banned), _) => {
            (Decision::Refuse, format!("Its sender is banned from {name} (`rejoinder moderate bans`)."))
        }
        (Admission::RefuseFor(why), _) => (Decision::Refuse, why.sentence().to_owned()),
        (_, Place::Known(_)) if foreseen.is_copy => (Decision::Refuse, "A copy is not published again.".to_owned()),
        (_, Place::Known(_)) => (Decision::Hold, format!("A moderator decides. {}", Why::IdTaken.sentence())),
        (Admission::Hold(Why::UnclearAnswer), _) if is_asked(foreseen) => (
            Decision::Hold,
            "Its sender is asked by mail which item they mean, and their answer publishes it; a moderator may decide as well."
                .to_owned(),
        ),
        (Admission::Hold(Why::Unproven), _) => (
            Decision::Hold,
            "Nothing in it proves its sender, so it is held, unless the DNS (SPF, DKIM, DMARC) proves them when it comes: that \
             is not asked here."
                .to_owned(),
        ),
        (Admission::Hold(why), _) => (Decision::Hold, format!("A moderator decides. {}", why.sentence())),
        (Admission::Publish, Place::Start) if evidence.in_reply_to.is_empty() && evidence.references.is_empty() => {
            (Decision::Publish, "Its sender may start posts, so it is published as a new one.".to_owned())
        }
        (Admission::Publish, _) => (Decision::Publish, "Its sender may write here, so it is published.".to_owned()),
    }
}
