//! What a recipient address asks for.

use std::sync::Arc;

use jiff::Timestamp;

use crate::discussion::{Action, List};
use crate::message::Address;
use crate::store::{Store, StoreError};
use crate::token::{Keys, Kind, Token};

/// An address of ours, understood.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The list, as it is at hand.
    pub list: Arc<List>,
    /// What for.
    pub what: What,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The list itself.
    Post,
    /// A token: an answer, a bounce, a confirmation, a goodbye.
    Token(Token),
    /// One of the words.
    Word(Word),
}

/// A word that a list's address has behind its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `talk+join@`
    Join,
    /// `talk+leave@`
    Leave,
    /// `talk+help@`: every command.
    Help,
    /// `talk+owner@`
    Owner,
}

/// What `address` asks for; `None` where it is no address of ours, its list is not there, or its token is not ours.
pub fn wanted(
    store: &Store,
    keys: &Keys,
    domain: &str,
    address: &Address,
    now: Timestamp,
) -> Result<Option<Wanted>, StoreError> {
    if !address.domain().eq_ignore_ascii_case(domain) {
        return Ok(None);
    }
    let Some((name, action)) = Action::of_local_part(address.local()) else { return Ok(None) };
    let Some(list) = store.list_at_hand(&name, now)? else { return Ok(None) };
    let what = match &action {
        Action::Post => Some(What::Post),
        Action::Join => Some(What::Word(Word::Join)),
        Action::Leave => Some(What::Word(Word::Leave)),
        Action::Help => Some(What::Word(Word::Help)),
        Action::Owner => Some(What::Word(Word::Owner)),
        Action::Answer(text) => keys.read(Kind::Reply, list.id, text).map(What::Token),
        Action::AnswerDigest(text) => keys.read(Kind::Digest, list.id, text).map(What::Token),
        Action::Bounce(text) => keys.read(Kind::Bounce, list.id, text).map(What::Token),
        Action::Unsubscribe(text) => keys.read(Kind::Unsubscribe, list.id, text).map(What::Token),
        Action::Confirm(text) => keys.read(Kind::Confirm, list.id, text).map(What::Token),
    };
    Ok(what.map(|what| Wanted { list, what }))
}
