//! Rows into nouns and back.

use std::borrow::Cow;
use std::cell::RefCell;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Row;
use zstd::bulk::Compressor;

use super::StoreError;
use crate::discussion::{List, ListId, ListName, Member, MemberId, PersonId, Rules, Schedule, Seq};
use crate::message::Address;
use crate::reply::{Reading, Span, SpanKind};

/// How hard raw mail is compressed: 1 is fast and halves ordinary mail.
const ZSTD_LEVEL: i32 = 1;

thread_local! {
    /// Setting one up costs more than compressing an ordinary mail with it.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses what is kept.
pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let compressed = COMPRESSOR.with_borrow_mut(|slot| match slot {
        Some(compressor) => compressor.compress(bytes),
        None => slot.insert(Compressor::new(ZSTD_LEVEL)?).compress(bytes),
    });
    compressed.map_err(|error| StoreError::Corrupt(format!("compressing: {error}")))
}

/// The other way.
pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::stream::decode_all(bytes).map_err(|error| StoreError::Corrupt(format!("decompressing: {error}")))
}

/// A time from its milliseconds.
pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A word of the database as what it stands for.
pub(super) fn word<T: FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Corrupt(error.to_string()))
}

/// An address that was good when it was stored.
pub(super) fn address(text: &str) -> Result<Address, StoreError> {
    Address::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The columns that [`list`] reads, in order.
pub(super) const LIST: &str =
    "id, name, title, description, footer, who_posts, strangers, delivery, hour, weekday, time_zone, owner_id,
    created_at, contact_addresses, latest_on_join, who_answers, first_time, max_bytes, attachments, tell_senders";

/// A list from [`LIST`].
pub(super) fn list(row: &Row<'_>) -> Result<List, StoreError> {
    let text = |at: usize| row.get::<_, String>(at);
    Ok(List {
        id: ListId(row.get(0)?),
        name: ListName::parse(&text(1)?).map_err(StoreError::Corrupt)?,
        title: text(2)?,
        description: text(3)?,
        footer: text(4)?,
        who_posts: word(&text(5)?)?,
        strangers: word(&text(6)?)?,
        schedule: Schedule {
            delivery: word(&text(7)?)?,
            hour: row.get(8)?,
            weekday: row.get(9)?,
            time_zone: text(10)?,
        },
        owner: row.get::<_, Option<i64>>(11)?.map(PersonId),
        created_at: time(row.get(12)?),
        contact_addresses: row.get(13)?,
        latest_on_join: row.get(14)?,
        rules: Rules {
            who_answers: word(&text(15)?)?,
            first_time: word(&text(16)?)?,
            max_bytes: row.get::<_, Option<i64>>(17)?.map(i64::unsigned_abs),
            attachments: word(&text(18)?)?,
            tell_senders: row.get(19)?,
        },
    })
}

/// What [`member`] reads, from `member m JOIN person p … JOIN address a …`, in order.
pub(super) const MEMBER: &str =
    "m.id, m.list_id, m.person_id, a.address, coalesce(m.pseudonym, p.name), m.role, m.state,
    m.delivery, m.hour, m.weekday, m.time_zone, m.on_resume, m.cursor, m.next_due, m.joined_at,
    m.receipts, m.pseudonym
    FROM member m JOIN person p ON p.id = m.person_id JOIN address a ON a.id = m.address_id";

/// A member from [`MEMBER`].
pub(super) fn member(row: &Row<'_>) -> Result<Member, StoreError> {
    let text = |at: usize| row.get::<_, String>(at);
    Ok(Member {
        id: MemberId(row.get(0)?),
        list: ListId(row.get(1)?),
        person: PersonId(row.get(2)?),
        address: address(&text(3)?)?,
        name: row.get(4)?,
        role: word(&text(5)?)?,
        state: word(&text(6)?)?,
        delivery: word(&text(7)?)?,
        hour: row.get(8)?,
        weekday: row.get(9)?,
        time_zone: row.get(10)?,
        on_resume: word(&text(11)?)?,
        cursor: Seq(row.get(12)?),
        next_due: row.get::<_, Option<i64>>(13)?.map(time),
        joined_at: time(row.get(14)?),
        receipts: row.get(15)?,
        pseudonym: row.get(16)?,
    })
}

/// A schedule as one text: delivery, hour, weekday, zone.
pub(super) fn schedule_text(schedule: &Schedule) -> String {
    format!("{} {} {} {}", schedule.delivery, schedule.hour, schedule.weekday, schedule.time_zone)
}

/// The other way.
pub(super) fn schedule(text: &str) -> Result<Schedule, StoreError> {
    let corrupt = || StoreError::Corrupt(format!("the schedule `{text}`"));
    let mut words = text.splitn(4, ' ');
    let mut next = || words.next().ok_or_else(corrupt);
    Ok(Schedule {
        delivery: word(next()?)?,
        hour: next()?.parse().map_err(|_| corrupt())?,
        weekday: next()?.parse().map_err(|_| corrupt())?,
        time_zone: next()?.to_owned(),
    })
}

/// What a mail says, as it is kept: JSON, `[[kind, text], …]`, compressed.
pub(super) fn packed(reading: &Reading) -> Result<Vec<u8>, StoreError> {
    let spans: Vec<(&str, &str)> =
        reading.spans.iter().map(|span| (span_word(span.kind), span.text.as_str())).collect();
    compress(&serde_json::to_vec(&spans).map_err(|error| StoreError::Corrupt(error.to_string()))?)
}

/// Texts by number, as they are kept: JSON, compressed.
pub(super) fn packed_texts(texts: &[String]) -> Result<Vec<u8>, StoreError> {
    compress(&serde_json::to_vec(texts).map_err(|error| StoreError::Corrupt(error.to_string()))?)
}

/// The other way.
pub(super) fn unpacked_texts(kept: &[u8]) -> Result<Vec<String>, StoreError> {
    let json = decompress(kept)?;
    serde_json::from_slice(&json).map_err(|error| StoreError::Corrupt(format!("an item's formatted text: {error}")))
}

/// The other way. What a first version kept was not compressed; no compressed text begins with a bracket.
pub(super) fn unpacked(kept: &[u8]) -> Result<Reading, StoreError> {
    let json = if kept.starts_with(b"[") { Cow::Borrowed(kept) } else { Cow::Owned(decompress(kept)?) };
    let spans: Vec<(String, String)> =
        serde_json::from_slice(&json).map_err(|error| StoreError::Corrupt(format!("an item's text: {error}")))?;
    let spans = spans.into_iter().map(|(kind, text)| Ok(Span { kind: span_kind(&kind)?, text }));
    Ok(Reading { spans: spans.collect::<Result<_, StoreError>>()? })
}

const SPAN_WORDS: [(SpanKind, &str); 6] = [
    (SpanKind::Said, "said"),
    (SpanKind::Quote, "quote"),
    (SpanKind::Cited, "cited"),
    (SpanKind::Attribution, "attribution"),
    (SpanKind::Signature, "signature"),
    (SpanKind::Footer, "footer"),
];

fn span_word(kind: SpanKind) -> &'static str {
    SPAN_WORDS.iter().find(|(known, _)| *known == kind).map_or("said", |(_, word)| word)
}

fn span_kind(word: &str) -> Result<SpanKind, StoreError> {
    let found = SPAN_WORDS.iter().find(|(_, known)| *known == word);
    found.map(|(kind, _)| *kind).ok_or_else(|| StoreError::Corrupt(format!("a span of kind `{word}`")))
}
