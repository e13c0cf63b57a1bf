//! DKIM signatures on the mail that we send (RFC 6376): by an RSA key, which everybody can verify, and by an Ed25519 key
//! (RFC 8463). The same mail, key and time give the same octets, so a mail that has to be sent again is the same mail.
//!
//! [`Signer`] signs; [`Key`] is one of its keys, and knows the record by which the world verifies it.

mod canonical;
mod field;
mod key;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

pub use key::{Algorithm, Key};
pub use record::{Record, key_in};

/// Names a set of keys that were made together, an RSA key and an Ed25519 key: the day and a number within it, as the
/// serial numbers of zone files are written, `2026112501`. A later set has a greater name. 0 is none: unsigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeySet(pub u32);

impl KeySet {
    /// No keys: such mail goes unsigned.
    pub const NONE: Self = Self(0);

    /// The name of a set made at `at`, after `last`.
    pub fn after(last: Self, at: Timestamp) -> Self {
        let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let year = u32::try_from(day.year()).unwrap_or(0).min(4_000);
        let day = year * 10_000 + day.month().unsigned_abs() as u32 * 100 + day.day().unsigned_abs() as u32;
        Self((day * 100 + 1).max(last.0.saturating_add(1)))
    }

    /// The selector of its key of this algorithm (RFC 6376 §3.1): `r2026112501`, `e2026112501`.
    pub fn selector(self, algorithm: Algorithm) -> String {
        format!("{}{}", algorithm.letter(), self.0)
    }
}

/// Why a mail could not be signed: the cryptographic library had no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it could not be signed with the DKIM keys")]
pub struct SigningError;

/// Signs the mail of one domain. Clones share the keys.
#[derive(Clone, Default)]
pub struct Signer {
    domain: Arc<str>,
    sets: Arc<BTreeMap<KeySet, Vec<Key>>>,
    /// Whether mail that is new to it is signed.
    on: bool,
}

impl Signer {
    /// Signs for `domain` with the newest of these keys where it is `on`, and with the older ones what was begun with
    /// them.
    pub fn new(domain: &str, keys: Vec<(KeySet, Key)>, on: bool) -> Self {
        let mut sets: BTreeMap<KeySet, Vec<Key>> = BTreeMap::new();
        for (set, key) in keys {
            sets.entry(set).or_default().push(key);
        }
        sets.values_mut().for_each(|keys| keys.sort_by_key(Key::algorithm));
        Self { domain: Arc::from(domain), sets: Arc::new(sets), on }
    }

    /// The keys that sign what is new: none where it is off or has no keys.
    pub fn current(&self) -> KeySet {
        if self.on { self.newest() } else { KeySet::NONE }
    }

    /// The newest keys, also where it is off.
    pub fn newest(&self) -> KeySet {
        self.sets.keys().next_back().copied().unwrap_or_default()
    }

    /// The keys of a set, the RSA key first.
    pub fn keys(&self, set: KeySet) -> &[Key] {
        self.sets.get(&set).map(Vec::as_slice).unwrap_or_default()
    }

    /// The records to publish for a set, the RSA key's first.
    pub fn records(&self, set: KeySet) -> Vec<Record> {
        self.keys(set).iter().map(|key| key.record(&self.domain)).collect()
    }

    /// The mail with its signatures on top, one by each key of `set`; as it is for [`KeySet::NONE`]. Where the set is not
    /// there any more, the newest keys sign: their records are those that are published.
    ///
    /// `mail` has CRLF line ends; `at` is the time of signing that it tells (`t=`).
    ///
    /// # Errors
    /// Where the cryptographic library has no memory.
    pub fn signed(&self, set: KeySet, at: Timestamp, mail: Vec<u8>) -> Result<Vec<u8>, SigningError> {
        if set == KeySet::NONE {
            return Ok(mail);
        }
        let keys = match self.keys(set) {
            [] => self.keys(self.newest()),
            keys => keys,
        };
        if keys.is_empty() {
            return Ok(mail);
        }
        let digests = canonical::Digested::of(&mail);
        let mut signed = Vec::with_capacity(mail.len() + keys.len() * 1024);
        for key in keys {
            signed.extend_from_slice(field::signature(key, &self.domain, at, &digests)?.as_bytes());
        }
        signed.extend_from_slice(&mail);
        Ok(signed)
    }
}
