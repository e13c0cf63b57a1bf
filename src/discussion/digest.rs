//! What a digest says, before anybody renders it.

use jiff::Timestamp;

use super::{ItemId, Number, Seq};

/// The publications that a digest covers: those after `after`, up to and including `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The last one the reader was already sent.
    pub after: Seq,
    /// The last one in this digest.
    pub upto: Seq,
}

/// Which post of a digest: the first is `A`, the 27th `AA`. A reader who answers a digest of several posts types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostLetter(pub usize);

impl PostLetter {
    /// How many letters one has at most: more posts than these can name are in no digest.
    const LONGEST: usize = 3;

    /// What a person typed; case does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
        let digit = |letter: u8| usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        is_one.then(|| Self(text.bytes().fold(0, |number, letter| number * 26 + digit(letter)) - 1))
    }
}

impl std::fmt::Display for PostLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut letters = Vec::new();
        let mut rest = self.0 + 1;
        while rest > 0 {
            rest -= 1;
            letters.push(char::from(b'A' + (rest % 26) as u8));
            rest /= 26;
        }
        f.write_str(&letters.into_iter().rev().collect::<String>())
    }
}

/// What a rendering needs to know of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFacts {
    /// The local part of its address, such as `talk`.
    pub name: String,
    /// What people call it, such as `Talk`.
    pub title: String,
    /// The domain of its addresses.
    pub domain: String,
    /// Where its web pages are, without a slash at the end; `None` where there are none.
    pub web_url: Option<String>,
    /// The list's own words for the foot; may be empty.
    pub footer: String,
    /// The IANA zone in which the shared part tells times.
    pub time_zone: String,
}

/// A digest: posts with what is new under them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The list.
    pub list: ListFacts,
    /// Which publications it covers.
    pub window: Window,
    /// In the order to show them: those with most new responses first.
    pub posts: Vec<PostDigest>,
}

/// A post in a digest, with the branches under it where something is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostDigest {
    /// The post's own item; `None` where the post itself never arrived and only answers to it are known.
    pub item: Option<Item>,
    /// Its number on the list.
    pub number: Number,
    /// Its subject, without `Re:`; never empty.
    pub title: String,
    /// Who took the post away, if somebody did; the answers to it stay.
    pub withdrawn: Option<Withdrawn>,
    /// Whether the post itself is new: then its text is shown in full, otherwise as one remembered line.
    pub is_new: bool,
    /// How many responses it has in all, at the end of the window.
    pub responses: usize,
    /// How many of them are new.
    pub new_responses: usize,
    /// What to show under it, in reading order (depth first, by number).
    pub entries: Vec<Entry>,
}

/// Who took an item away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Its author took it back.
    ByAuthor,
    /// A moderator removed it.
    ByModerator,
}

impl Withdrawn {
    /// `withdrawn by its author`
    pub fn words(self) -> &'static str {
        match self {
            Self::ByAuthor => "withdrawn by its author",
            Self::ByModerator => "removed by a moderator",
        }
    }
}

/// A response in a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The response.
    pub item: Item,
    /// 1 for an answer to the post itself, 2 for an answer to that, and so on.
    pub depth: usize,
    /// Shown in full where it is new; otherwise it is context, one folded line.
    pub is_new: bool,
    /// Who took it away, if somebody did: then only its place is shown, for the answers to it.
    pub withdrawn: Option<Withdrawn>,
    /// Whose item it answers, and that one's number; `None` where it answers the post.
    pub answers: Option<(String, Number)>,
}

/// A post's or response's text and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its row; reply addresses are made from it.
    pub id: ItemId,
    /// A response's number under its post; `None` for a post.
    pub number: Option<Number>,
    /// The name shown.
    pub author: String,
    /// Whether the sender gave that name, or it is a friendly one of ours.
    pub author_named: bool,
    /// Whether the post's author wrote it.
    pub by_post_author: bool,
    /// When it was published.
    pub at: Timestamp,
    /// Whether its author put another text in the place of the first.
    pub corrected: bool,
    /// What they wrote, in order.
    pub blocks: Vec<Block>,
    /// What they wrote as safe HTML, a piece for each said block; empty where only the text is known.
    pub rich: Vec<String>,
    /// The files that came with it.
    pub attachments: Vec<Attached>,
}

/// A file that came with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name, one line without paths; `None` where it has none.
    pub name: Option<String>,
    /// Such as `image/jpeg`, in small letters.
    pub media_type: String,
    /// Its size, decoded.
    pub bytes: u64,
    /// Whether it is a picture that is a part of the text.
    pub inline: bool,
}

/// A run of an item's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the sender wrote: paragraphs, `\n` line ends.
    Said(String),
    /// What they quoted.
    Quoted(Quote),
}

impl Block {
    /// A quote that is shown whole.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::Quoted(Quote { folded: String::new(), shown: text.into() })
    }
}

/// What somebody quoted, without the `>` marks: lines that are folded away, and below them lines that are shown. Either may
/// be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// What nobody needs to read again.
    pub folded: String,
    /// What is read with the answer to it.
    pub shown: String,
}

impl Quote {
    /// All of it.
    pub fn whole(&self) -> String {
        let parts = [self.folded.as_str(), &self.shown];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// How many lines are folded away; empty ones do not count.
    pub fn folded_lines(&self) -> usize {
        self.folded.lines().filter(|line| !line.trim().is_empty()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        for (at, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(PostLetter(at).to_string(), letters);
            assert_eq!(PostLetter::parse(&letters.to_lowercase()), Some(PostLetter(at)));
        }
        assert_eq!((PostLetter::parse(""), PostLetter::parse("ABCD"), PostLetter::parse("Ä")), (None, None, None));
    }
}
