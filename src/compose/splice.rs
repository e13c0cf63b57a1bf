//! Splices a reader's own parts into a frozen rendering: one pass over its bytes, the same each time.

use std::collections::HashMap;

use jiff::{Timestamp, Zoned};

use super::place::zone_words;
use super::{ComposeError, clean, header, moment, quoted_printable, slot};
use crate::discussion::{ConfirmationId, Delivery, EditionId, ItemId, ListId, MemberId, Schedule};
use crate::message::Address;
use crate::token::{Keys, Token};

/// What differs between the readers of one frozen rendering.
#[derive(Clone, Copy, Debug)]
pub struct Personal<'a> {
    /// The list; tokens are worth nothing on another.
    pub list: ListId,
    /// Which key makes the tokens.
    pub key_id: u8,
    /// The reader.
    pub reader: MemberId,
    /// The edition that this is.
    pub edition: EditionId,
    /// Which part of it, from 1.
    pub part: u16,
    /// Where it goes.
    pub to: &'a Address,
    /// What the reader is called.
    pub name: Option<&'a str>,
    /// When it was made: for the Date header, and for whether it is morning.
    pub date: Timestamp,
    /// When the reader gets mail, and in which zone.
    pub schedule: &'a Schedule,
}

/// What every reader of `frozen` was sent: without what was each one's own.
pub fn without_slots(frozen: &[u8]) -> Vec<u8> {
    let (open, close) = (slot::OPEN as u8, slot::CLOSE as u8);
    let mut mail = Vec::with_capacity(frozen.len());
    let mut pieces = frozen.split(|octet| *octet == open);
    mail.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        let behind = piece.iter().position(|octet| *octet == close).map_or(piece, |at| &piece[at + 1..]);
        mail.extend_from_slice(behind);
    }
    mail
}

/// The mail for one reader: `frozen` with every slot filled. Same arguments, same bytes.
///
/// # Errors
/// [`ComposeError::Token`] where the key is gone or an id is out of bounds, [`ComposeError::Slot`] where `frozen` is
/// nothing that this room made.
pub fn splice(frozen: &[u8], personal: &Personal, keys: &Keys) -> Result<Vec<u8>, ComposeError> {
    let mut rest = std::str::from_utf8(frozen).map_err(|_| ComposeError::Slot)?;
    let here = personal.date.to_zoned(moment::zone_of(&personal.schedule.time_zone));
    let mut reader = Reader { personal, keys, here, replies: HashMap::new(), unsubscribe: None };
    let mut mail = Vec::with_capacity(frozen.len() + 2048);
    while let Some(open) = rest.find(slot::OPEN) {
        mail.extend_from_slice(&rest.as_bytes()[..open]);
        let (slot, after) = rest[open + 1..].split_once(slot::CLOSE).ok_or(ComposeError::Slot)?;
        reader.fill(slot, &mut mail)?;
        rest = after;
    }
    mail.extend_from_slice(rest.as_bytes());
    Ok(mail)
}

struct Reader<'a> {
    personal: &'a Personal<'a>,
    keys: &'a Keys,
    /// The date in the reader's zone.
    here: Zoned,
    /// Each stands in both parts of the mail; a MAC is what costs here.
    replies: HashMap<i64, String>,
    unsubscribe: Option<String>,
}

impl Reader<'_> {
    fn fill(&mut self, slot: &str, mail: &mut Vec<u8>) -> Result<(), ComposeError> {
        if let Some(item) = slot.strip_prefix('r') {
            let token = self.reply(item.parse().map_err(|_| ComposeError::Slot)?)?;
            mail.extend_from_slice(token.as_bytes());
            return Ok(());
        }
        if let Some(id) = slot.strip_prefix('c') {
            let id = ConfirmationId(id.parse().map_err(|_| ComposeError::Slot)?);
            mail.extend_from_slice(self.token(Token::Confirm(self.personal.reader, id))?.as_bytes());
            return Ok(());
        }
        let text = match slot {
            "u" => self.unsubscribe()?,
            "d" => self.token(Token::Digest(self.personal.reader, self.personal.edition))?,
            "s" => self.sent()?,
            "t" => self.to(),
            "D" => self.date()?,
            "g" => quoted_printable::encode(&self.greeting()),
            "G" => quoted_printable::encode(&escape(&self.greeting())),
            "h" => quoted_printable::encode(&self.rhythm()),
            "H" => quoted_printable::encode(&escape(&self.rhythm())),
            _ => return Err(ComposeError::Slot),
        };
        mail.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn token(&self, token: Token) -> Result<String, ComposeError> {
        self.keys.make(self.personal.key_id, self.personal.list, token).ok_or(ComposeError::Token)
    }

    fn reply(&mut self, item: i64) -> Result<&str, ComposeError> {
        if !self.replies.contains_key(&item) {
            let token = self.token(Token::Reply(self.personal.reader, ItemId(item)))?;
            self.replies.insert(item, token);
        }
        self.replies.get(&item).map(String::as_str).ok_or(ComposeError::Token)
    }

    fn unsubscribe(&mut self) -> Result<String, ComposeError> {
        if self.unsubscribe.is_none() {
            self.unsubscribe = Some(self.token(Token::Unsubscribe(self.personal.reader))?);
        }
        self.unsubscribe.clone().ok_or(ComposeError::Token)
    }

    fn sent(&self) -> Result<String, ComposeError> {
        let token = self.token(Token::Sent(self.personal.reader, self.personal.edition))?;
        Ok(if self.personal.part > 1 { format!("{token}.{}", self.personal.part) } else { token })
    }

    /// A mailbox. An address that is not ASCII cannot stand in a 7-bit header; then an empty group does (RFC 5322
    /// §3.4), and the envelope alone says where the mail goes.
    fn to(&self) -> String {
        let address = self.personal.to.as_str();
        if address.is_ascii() {
            return header::mailbox("To: ".len(), self.personal.name, address);
        }
        "undisclosed-recipients:;".to_owned()
    }

    fn date(&self) -> Result<String, ComposeError> {
        jiff::fmt::rfc2822::to_string(&self.here).map_err(|_| ComposeError::Date)
    }

    fn greeting(&self) -> String {
        let greeting = match self.here.hour() {
            5..=11 => "Good morning",
            12..=17 => "Good afternoon",
            _ => "Good evening",
        };
        match self.personal.name.map(clean::line).filter(|name| !name.is_empty()) {
            Some(name) => format!("{greeting}, {}.", clean::cut(&name, 50)),
            None => format!("{greeting}."),
        }
    }

    fn rhythm(&self) -> String {
        let schedule = self.personal.schedule;
        let zone = zone_words(&clean::line(&schedule.time_zone));
        let when = format!("at {:02}:00 {zone}", schedule.hour);
        match schedule.delivery {
            Delivery::Each => "You get every mail of this list as it comes.".to_owned(),
            Delivery::Daily => format!("You get this {when}, every day."),
            Delivery::Weekly => {
                let day =
                    jiff::civil::Weekday::from_monday_one_offset(schedule.weekday).map_or("week", moment::weekday);
                format!("You get this {when}, every {day}.")
            }
            Delivery::None => "You get this once, because you asked for it.".to_owned(),
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
