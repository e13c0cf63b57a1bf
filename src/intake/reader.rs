//! How a mail is read: whether it answers another, and what of ours its writer's program may have copied into it.

use super::address::What;
use super::prepare::{Gate, sent_edition};
use crate::compose::{self, Personal};
use crate::discussion::{Action, ListId};
use crate::message::{Address, Mail};
use crate::reply::{self, Original, Reading, Stance};
use crate::store::{Named, Sent, Store, StoreError};
use crate::token::Token;

/// What must be known to read a mail.
pub(super) struct Reader {
    stance: Stance,
    original: Option<Original>,
}

impl Reader {
    /// For a mail to these addresses, on lists that are not known.
    pub(super) fn anywhere(mail: &Mail, recipients: &[Address]) -> Self {
        Self { stance: stance(mail, recipients), original: None }
    }

    /// For a mail to these addresses of these lists.
    pub(super) fn on_lists(
        store: &Store,
        gate: &Gate,
        mail: &Mail,
        recipients: &[Address],
        lists: &[(ListId, Vec<What>)],
    ) -> Result<Self, StoreError> {
        let stance = stance(mail, recipients);
        if stance == Stance::Post {
            return Ok(Self { stance, original: None });
        }
        let mut texts = Vec::new();
        for (list, whats) in lists {
            for sent in store.sent(*list, &gate.domain, &named(gate, *list, whats, mail))? {
                let sent = Mail::parse(&as_it_was_sent(gate, *list, &sent));
                texts.extend(sent.rich().map(|page| page.text().to_owned()));
                texts.push(sent.text);
            }
        }
        Ok(Self { stance, original: Original::of(texts.iter().map(String::as_str)) })
    }

    /// Reads a form of the mail's text.
    pub(super) fn read(&self, text: &str) -> Reading {
        reply::read_as(text, self.stance, self.original.as_ref())
    }
}

/// What a mail names of what was sent, by the addresses that it goes to and by the mails that it answers.
fn named<'m>(gate: &Gate, list: ListId, whats: &[What], mail: &'m Mail) -> Named<'m> {
    let mut named = Named::default();
    for what in whats {
        match what {
            What::Token(Token::Digest(reader, edition)) => named.editions.push((*reader, *edition)),
            What::Token(Token::Reply(reader, item)) => named.items.push((*reader, *item)),
            _ => {}
        }
    }
    named.ids = mail.in_reply_to.iter().chain(mail.references.iter().rev().take(MOST_REFERENCES)).collect();
    named.editions.extend(named.ids.iter().filter_map(|id| sent_edition(gate, list, id)));
    named
}

/// The mail that a reader got; without what was their own where that is not known any more.
fn as_it_was_sent(gate: &Gate, list: ListId, sent: &Sent) -> Vec<u8> {
    let whole = sent.reader.as_ref().and_then(|reader| {
        let personal = Personal {
            list,
            key_id: sent.token_key,
            reader: reader.member,
            edition: sent.edition,
            part: sent.part,
            to: &reader.recipient,
            name: reader.name.as_deref(),
            date: reader.dated,
            schedule: &reader.schedule,
        };
        compose::splice(&sent.frozen, &personal, &gate.keys).ok()
    });
    whole.unwrap_or_else(|| compose::without_slots(&sent.frozen))
}

/// The last references that are looked at: a mail holds what it answers, and what that answered.
const MOST_REFERENCES: usize = 3;

/// How a mail is read: as an answer where its header says that it is one, or an address that we gave out to be answered.
fn stance(mail: &Mail, recipients: &[Address]) -> Stance {
    let is_to_answer = |address: &Address| {
        let action = Action::of_local_part(address.local()).map(|(_, action)| action);
        matches!(action, Some(Action::Answer(_) | Action::AnswerDigest(_) | Action::Confirm(_)))
    };
    if mail.is_answer() || recipients.iter().any(is_to_answer) { Stance::Answer } else { Stance::Post }
}
