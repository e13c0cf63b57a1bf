//! Members: who they are on a list and when they want their mail.

use std::str::FromStr;

use super::MemberId;

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
/// Two members of one list may share one; it is a courtesy, not an identity.
pub fn friendly_name(member: MemberId) -> String {
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
    let step = member.0.unsigned_abs().wrapping_mul(7) as usize;
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
