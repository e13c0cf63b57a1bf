//! What became of a mail.

use super::item::Published;
use crate::discussion::{HoldId, ItemId};
use crate::trust::Why;

/// What became of a mail on one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was published.
    Published(Published),
    /// It answers several items, and was published as a response to each.
    Split(Vec<Published>),
    /// It answered what a mail of ours asked: what was done.
    Done(&'static str),
    /// It was here before.
    Duplicate(ItemId),
    /// It waits for a moderator.
    Held(HoldId, Why),
    /// Its sender may not write here; nothing is kept of it.
    Refused,
    /// It is not from whom it says, and their domain wants such mail refused; nothing is kept of it.
    Forged,
    /// The list does not take it, for this; nothing is kept of it.
    RefusedFor(Why),
    /// The list is there no more; nothing is kept of it.
    Gone,
    /// It is kept with the reader whom it is about.
    Bounce,
    /// The reader has left the list.
    Left,
    /// Somebody is on the list now.
    Joined,
    /// Nothing is kept of it: too much is asked for now, and it may be tried again.
    PutOff,
    /// It was sent on to so many owners.
    SentOn(usize),
    /// A machine sent it, or it is our own mail coming back: kept, not published, not answered.
    Ignored(&'static str),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published(published) => write!(f, "published as item {}", published.item),
            Self::Split(published) => {
                let items: Vec<String> = published.iter().map(|published| published.item.to_string()).collect();
                write!(f, "published as items {}", items.join(", "))
            }
            Self::Done(what) => write!(f, "an answer to a mail of ours: {what}"),
            Self::Duplicate(item) => write!(f, "a copy of item {item}"),
            Self::Held(hold, why) => write!(f, "held as {hold}: {}", why.as_str()),
            Self::Refused => f.write_str("refused"),
            Self::Forged => f.write_str("refused: it is not from whom it says"),
            Self::RefusedFor(why) => write!(f, "refused: {}", why.as_str()),
            Self::Gone => f.write_str("the list is gone"),
            Self::Bounce => f.write_str("a bounce"),
            Self::Left => f.write_str("the reader left"),
            Self::Joined => f.write_str("somebody joined"),
            Self::PutOff => f.write_str("put off"),
            Self::SentOn(owners) => write!(f, "sent on to {owners} owners"),
            Self::Ignored(why) => write!(f, "ignored: {why}"),
        }
    }
}
