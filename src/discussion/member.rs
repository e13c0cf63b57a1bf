//! Members: who they are on a list and when they want their mail.

use std::str::FromStr;

use jiff::Timestamp;

use super::{List, ListId, MemberId, PersonId, Seq};
use crate::message::{Address, turns_direction};

/// A word that is none of those expected; its text says which are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of {expected}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// The words that would do, as a person reads them.
    pub expected: &'static str,
}

/// An enum whose variants are words in commands, settings and the database.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $expected:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The word for it, in commands and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord { word: word.to_owned(), expected: $expected }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use words;

words! {
    /// What a member may do beyond answering.
    Role: "member, author, moderator" {
        /// Reads and answers.
        Member = "member",
        /// Starts posts.
        Author = "author",
        /// Decides about held mail, and starts posts.
        Moderator = "moderator",
    }
}

words! {
    /// How often a reader gets mail.
    Delivery: "each, daily, weekly, none" {
        /// Every post and response as a mail of its own.
        Each = "each",
        /// One digest a day.
        Daily = "daily",
        /// One digest a week.
        Weekly = "weekly",
        /// Nothing; may still answer.
        None = "none",
    }
}

words! {
    /// Whether a member takes part at present.
    MemberState: "active, paused, left" {
        /// Reads and may answer.
        Active = "active",
        /// Gets no mail for now; may still answer.
        Paused = "paused",
        /// Has left; the row stays, for what they wrote.
        Left = "left",
    }
}

words! {
    /// What becomes of what was published during a pause.
    OnResume: "catch-up, skip" {
        /// It comes in one digest.
        CatchUp = "catch-up",
        /// It is passed over.
        Skip = "skip",
    }
}

/// One person on one list.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its row.
    pub id: MemberId,
    /// The list.
    pub list: ListId,
    /// The person.
    pub person: PersonId,
    /// Where the list's mail goes.
    pub address: Address,
    /// What they are called on this list: the pseudonym, else the name that they are known by; `None` where there is
    /// neither.
    pub name: Option<String>,
    /// The name that was chosen for this list, which is shown whatever their mails say.
    pub pseudonym: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they take part.
    pub state: MemberState,
    /// How often they get mail.
    pub delivery: Delivery,
    /// The hour they chose; `None`: the list's.
    pub hour: Option<i8>,
    /// The weekday they chose, 1 Monday to 7; `None`: the list's.
    pub weekday: Option<i8>,
    /// The zone they chose; `None`: the list's.
    pub time_zone: Option<String>,
    /// What becomes of what they missed in a pause.
    pub on_resume: OnResume,
    /// Whether they are told by mail what became of what they send.
    pub receipts: bool,
    /// The last publication that they were sent, or joined after.
    pub cursor: Seq,
    /// When their next digest falls due.
    pub next_due: Option<Timestamp>,
    /// When they joined.
    pub joined_at: Timestamp,
}

impl Member {
    /// The most characters of a name.
    pub const NAME_MAX: usize = 100;

    /// Reads a name as somebody gives it: one line, blanks around it and marks that turn the direction of writing taken
    /// away, which come along where a name is copied; empty for none.
    pub fn name_from(text: &str) -> Result<String, String> {
        let name: String = text.chars().filter(|c| !turns_direction(*c)).collect();
        let name = name.trim();
        if name.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err("a name is one line of plain text".to_owned());
        }
        match name.chars().count() {
            0..=Self::NAME_MAX => Ok(name.to_owned()),
            long => Err(format!("a name has up to {} characters, this one has {long}", Self::NAME_MAX)),
        }
    }

    /// Their schedule, with the list's where they chose nothing.
    pub fn schedule(&self, list: &List) -> Schedule {
        Schedule {
            delivery: self.delivery,
            hour: self.hour.unwrap_or(list.schedule.hour),
            weekday: self.weekday.unwrap_or(list.schedule.weekday),
            time_zone: self.time_zone.clone().unwrap_or_else(|| list.schedule.time_zone.clone()),
        }
    }
}

/// When a reader's digests fall due: resolved, nothing left to inherit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// How often.
    pub delivery: Delivery,
    /// The hour of the reader's day, 0 to 23.
    pub hour: i8,
    /// For weekly digests: 1 Monday to 7 Sunday (ISO 8601).
    pub weekday: i8,
    /// An IANA time zone name, such as `Europe/Lisbon`.
    pub time_zone: String,
}

/// A stable, friendly name for somebody who gave none: never their address, and nothing that leads back to it.
/// Two people of one list may share one; it is a courtesy, not an identity.
pub fn friendly_name(person: PersonId) -> String {
    const COLOURS: [&str; 24] = [
        "Amber", "Ash", "Blue", "Bronze", "Brown", "Copper", "Cream", "Dun", "Gold", "Green", "Grey", "Indigo",
        "Ivory", "Moss", "Ochre", "Olive", "Pearl", "Plum", "Red", "Rose", "Silver", "Slate", "Violet", "White",
    ];
    const ANIMALS: [&str; 31] = [
        "Badger", "Beaver", "Crane", "Curlew", "Dove", "Finch", "Fox", "Hare", "Hawk", "Hedgehog", "Heron", "Ibis",
        "Jay", "Kestrel", "Lark", "Lynx", "Magpie", "Marten", "Mole", "Newt", "Otter", "Owl", "Plover", "Raven",
        "Robin", "Seal", "Stork", "Swift", "Thrush", "Vole", "Wren",
    ];
    // 24 and 31 have no common factor: stepping both walks through all 744 pairs before one comes again.
    let step = person.0.unsigned_abs().wrapping_mul(7) as usize;
    format!("{} {}", COLOURS[step % COLOURS.len()], ANIMALS[step % ANIMALS.len()])
}

/// Reads a weekday: a name, its first three letters, or 1 (Monday) to 7.
impl Schedule {
    /// The ISO number, 1 to 7, of a weekday given as `monday`, `mon` or `1`.
    pub fn weekday_from(word: &str) -> Result<i8, UnknownWord> {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let lower = word.to_lowercase();
        let named = DAYS.iter().position(|day| *day == lower || (lower.len() == 3 && day.starts_with(&lower)));
        let number = named.map(|at| at as i8 + 1).or_else(|| i8::from_str(&lower).ok());
        number.filter(|n| (1..=7).contains(n)).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: "monday, tuesday, wednesday, thursday, friday, saturday, sunday",
        })
    }
}
