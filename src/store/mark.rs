//! Loops: the marks by which a mail shows that it went through a list before.

use std::io::Read;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension};

use super::arrival::Arrival;
use super::mail::Taking;
use super::{StoreError, item};
use crate::discussion::{ItemId, List};
use crate::message::{Address, Mail};

/// How much of a kept mail is looked at for its header, and the most marks that are passed on.
const HEADER_BYTES: u64 = 64 << 10;
const MOST_PASSED_ON: usize = 20;

/// How many octets of a hash stand for a list's address.
const HASH_BYTES: usize = 10;

/// The marks, for `X-BeenThere`, of the lists that an item's mail came through before: a mail of ours is written anew, and
/// two lists that do so would send it to each other for ever. A hash stands for an address, for that may be one of a
/// member, and nobody is shown it.
pub(super) fn passed_on(db: &Connection, item: ItemId) -> Result<Vec<String>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT r.raw FROM item i JOIN mail_raw r ON r.mail_id = i.mail_id WHERE i.id = ?1")?;
    let Some(raw) = query.query_row([item.0], |row| row.get::<_, Vec<u8>>(0)).optional()? else {
        return Ok(Vec::new());
    };
    let corrupt = |error: std::io::Error| StoreError::Corrupt(format!("decompressing: {error}"));
    let mut header = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(raw.as_slice()).map_err(corrupt)?;
    decoder.take(HEADER_BYTES).read_to_end(&mut header).map_err(corrupt)?;
    let mut marks = Vec::new();
    for value in Mail::parse(&header).headers("X-BeenThere").take(MOST_PASSED_ON) {
        let value = value.trim_matches(['<', '>', ' ']);
        let is_hash = value.len() == 2 * HASH_BYTES && value.bytes().all(|b| b.is_ascii_hexdigit());
        marks.extend(
            Address::parse(value).ok().map(|address| hash_of(&address)).or(is_hash.then(|| value.to_lowercase())),
        );
    }
    Ok(marks)
}

fn hash_of(list: &Address) -> String {
    HEXLOWER.encode(&digest(&SHA256, list.key().as_bytes()).as_ref()[..HASH_BYTES])
}

impl Taking<'_> {
    /// The header by which a mail shows that it went through this list before: an id that only we give out, or a mark that
    /// every mail of this list carries and other lists' programs pass on. No answer has one; what was sent on as it is
    /// does, and what came round.
    pub(super) fn mark_of_ours(&self, list: &List) -> Option<&'static str> {
        let Arrival { mail, domain, .. } = self.arrival;
        if item::of_our_id(&mail.message_id, list, domain).is_some() {
            return Some("Message-ID");
        }
        let address = list.address(domain);
        let (hash, address) = (hash_of(&address), address.key());
        let (id, post) = (format!("<{}.{domain}>", list.name).to_lowercase(), format!("mailto:{address}"));
        let is_end = |rest: &str| rest.is_empty() || rest.starts_with(['>', '?', ',', ' ']);
        let posts_here = |value: &str| value.split(&post).skip(1).any(is_end);
        let names_us = |value: &str| value.trim_matches(['<', '>', ' ']) == address;
        let says =
            |name, is_mark: &dyn Fn(&str) -> bool| mail.headers(name).any(|value| is_mark(&value.to_lowercase()));
        let been_there = |value: &str| names_us(value) || value.trim() == hash;
        match () {
            () if says("List-Id", &|value| value.contains(&id)) => Some("List-Id"),
            () if says("List-Post", &posts_here) => Some("List-Post"),
            () if says("X-BeenThere", &been_there) => Some("X-BeenThere"),
            () if says("X-Loop", &names_us) => Some("X-Loop"),
            () => None,
        }
    }
}
