//! Makes a claimed mail's octets and envelope: the same each time for the same row.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::{Outgoing, line_ends};
use crate::compose::{self, ComposeError, Personal};
use crate::discussion::{EditionId, ListId};
use crate::dkim::{KeySet, Signer, SigningError};
use crate::message::Address;
use crate::store::{Claimed, Store, StoreError};
use crate::token::{Keys, Token};

/// How many frozen renderings are kept at hand.
const EDITIONS_AT_HAND: usize = 4;

/// The largest rendering that is kept at hand, octets: a mail sent on whole goes to few, and is not worth the memory.
const LARGEST_AT_HAND: usize = 1 << 20;

/// Makes mails over one store.
pub(super) struct Maker {
    store: Store,
    keys: Keys,
    /// The domain of our addresses.
    domain: String,
    /// Whether each mail has a reverse-path of its own.
    verp: bool,
    signer: Signer,
    editions: Mutex<Editions>,
    /// The lists' names, which never change.
    lists: Mutex<HashMap<ListId, Arc<str>>>,
}

/// The renderings used last, the newest at the back.
type Editions = VecDeque<((EditionId, u16), Arc<Vec<u8>>)>;

/// Why a mail cannot even be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmakable {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Unsigned(#[from] SigningError),
    #[error("its list is not there any more")]
    NoList,
}

impl Unmakable {
    /// A fault of the disk passes, and want of memory; one of the mail itself does not.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Unsigned(_))
    }
}

impl Maker {
    pub(super) fn new(store: Store, keys: Keys, domain: String, verp: bool) -> Self {
        let signer = Signer::default();
        Self { store, keys, domain, verp, signer, editions: Mutex::default(), lists: Mutex::default() }
    }

    /// The same, signing what it makes.
    pub(super) fn signing(&self, signer: Signer) -> Self {
        let Self { store, keys, domain, verp, .. } = self;
        Self { signer, ..Self::new(store.clone(), keys.clone(), domain.clone(), *verp) }
    }

    /// The keys that sign mails which were never tried.
    pub(super) fn current_keys(&self) -> u32 {
        self.signer.current().0
    }

    /// The mail that the row stands for.
    pub(super) fn make(&self, mail: &Claimed) -> Result<Outgoing, Unmakable> {
        let frozen = self.edition(mail.edition, mail.part)?;
        let personal = Personal {
            list: mail.list,
            key_id: mail.token_key,
            reader: mail.member,
            edition: mail.edition,
            part: mail.part,
            to: &mail.recipient,
            name: mail.name.as_deref(),
            date: mail.dated,
            schedule: &mail.schedule,
        };
        let content = line_ends::whole(compose::splice(&frozen, &personal, &self.keys)?);
        let content = self.signer.signed(KeySet(mail.dkim), mail.dated, content)?;
        let list = self.list(mail.list)?;
        let local = if self.verp {
            let token = self.keys.make(mail.token_key, mail.list, Token::Bounce(mail.member, mail.id));
            format!("{list}+b.{}", token.ok_or(ComposeError::Token)?)
        } else {
            format!("{list}+owner")
        };
        let reverse_path = Some(Address::of_parts(&local, &self.domain));
        Ok(Outgoing { reverse_path, recipient: mail.recipient.clone(), content })
    }

    fn edition(&self, edition: EditionId, part: u16) -> Result<Arc<Vec<u8>>, StoreError> {
        let key = (edition, part);
        let at_hand =
            |editions: &Editions| editions.iter().find(|(known, _)| *known == key).map(|(_, body)| Arc::clone(body));
        if let Some(body) = self.editions.lock().ok().and_then(|editions| at_hand(&editions)) {
            return Ok(body);
        }
        let body = Arc::new(self.store.edition_part(edition, part)?);
        if let Ok(mut editions) = self.editions.lock()
            && body.len() <= LARGEST_AT_HAND
        {
            editions.push_back((key, Arc::clone(&body)));
            if editions.len() > EDITIONS_AT_HAND {
                editions.pop_front();
            }
        }
        Ok(body)
    }

    fn list(&self, list: ListId) -> Result<Arc<str>, Unmakable> {
        let known = |lists: &HashMap<ListId, Arc<str>>| lists.get(&list).map(Arc::clone);
        if let Some(name) = self.lists.lock().ok().and_then(|lists| known(&lists)) {
            return Ok(name);
        }
        let all = self.store.lists()?.into_iter().map(|list| (list.id, Arc::from(list.name.as_str()))).collect();
        let name = known(&all).ok_or(Unmakable::NoList)?;
        if let Ok(mut lists) = self.lists.lock() {
            *lists = all;
        }
        Ok(name)
    }
}
