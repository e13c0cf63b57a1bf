//! The ladder: what a mail says of where it belongs is tried rung by rung, strongest first, and the first that holds
//! gives its place.

use super::climb::Climb;
use super::label::{Label, Labelled};
use super::quotes::{Quoted, matched};
use super::thread_index::ThreadIndex;
use crate::discussion::{EditionId, ItemId, PostId};
use crate::message::MessageId;

/// How far a mail's list of References is followed: what is longer is no discussion.
const LONGEST_CHAIN: usize = 100;

/// What a mail says about where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Its own id.
    pub own: Option<MessageId>,
    /// The items of the reply tokens among its recipients, in order.
    pub tokens: Vec<ItemId>,
    /// The editions of the digest tokens among its recipients, or named by the ids of digests that it answers.
    pub editions: Vec<EditionId>,
    /// In-Reply-To, without the ids of digests.
    pub in_reply_to: Vec<MessageId>,
    /// References, oldest first, without the ids of digests.
    pub references: Vec<MessageId>,
    /// The lines that it quotes, without marks.
    pub quoted: Vec<String>,
    /// Other ids by which it says it was known before a mail system gave it the one it has. Anybody may say so: they
    /// are evidence of what is here already only where that is the same mail by its sender and words.
    pub also: Box<[MessageId]>,
    /// Exchange's own mark of its place.
    pub thread_index: Option<ThreadIndex>,
    /// What the subjects of its conversation share, in small letters, where its own has the mark of an answer; never
    /// empty.
    pub answers_subject: Option<Box<str>>,
}

impl Evidence {
    /// The ids it answers, oldest first, each once, its own left out; the last is its parent.
    pub fn chain(&self) -> (Vec<&MessageId>, By) {
        let Evidence { own, in_reply_to, references, .. } = self;
        let mut chain: Vec<&MessageId> = Vec::new();
        let other = |id: &MessageId| Some(id) != own.as_ref();
        for id in references.iter().filter(|id| other(id)) {
            // Named twice: the later place is the nearer one.
            chain.retain(|before| *before != id);
            chain.push(id);
        }
        // Several ids in In-Reply-To tell nothing of order: the first one serves where there are no References.
        let parent = match in_reply_to.as_slice() {
            [one] => Some(one),
            [first, ..] if chain.is_empty() => Some(first),
            _ => None,
        };
        let parent = parent.filter(|id| other(id));
        if let Some(parent) = parent {
            chain.retain(|before| *before != parent);
            chain.push(parent);
        }
        let from = chain.len().saturating_sub(LONGEST_CHAIN);
        (chain.split_off(from), if parent.is_some() { By::InReplyTo } else { By::References })
    }
}

/// What is known of a Message-ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The item that has it.
    pub item: ItemId,
    /// The post that the item belongs to.
    pub post: PostId,
    /// Whether only others speak of it: it has not arrived.
    pub ghost: bool,
    /// Whether it is a ghost that stands where it does by a guess.
    pub guessed: bool,
}

/// What the ladder asks about the list.
pub trait Known {
    /// What goes wrong in asking.
    type Error;

    /// The item that has this id, its own or another by which it went out.
    fn by_id(&self, id: &MessageId) -> Result<Option<Found>, Self::Error>;

    /// The item that a mail with this id of its own is: where the id is only another name of something else, none.
    fn by_own_id(&self, id: &MessageId) -> Result<Option<Found>, Self::Error>;

    /// The item, not a ghost, that has this id for a name and of which the mail is a copy: by sender and words.
    fn copied(&self, id: &MessageId) -> Result<Option<ItemId>, Self::Error>;

    /// Whether this id is one that only we give out. Until we have, it is nobody's: no mail may claim it, and no ghost
    /// waits under it, or answers to what we send later would go astray.
    fn is_reserved(&self, id: &MessageId) -> bool;

    /// The item of this row, where it is of this list.
    fn by_item(&self, item: ItemId) -> Result<Option<Found>, Self::Error>;

    /// What an item answers; `None` for a post.
    fn parent(&self, item: ItemId) -> Result<Option<ItemId>, Self::Error>;

    /// The items that an edition shows, each with its text, and how many posts they are of, with the one post's item
    /// where it is one.
    fn edition(&self, edition: EditionId) -> Result<Option<Shown>, Self::Error>;

    /// What a mail of ours held to which the relay gave this id.
    fn by_relay(&self, id: &MessageId) -> Result<Option<Relayed>, Self::Error>;

    /// The item with the nearest thread index above this one.
    fn by_thread_index(&self, index: &ThreadIndex) -> Result<Option<Found>, Self::Error>;

    /// The top of the newest conversation with this subject in which something was said lately.
    fn by_subject(&self, base: &str) -> Result<Option<Found>, Self::Error>;
}

/// A mail of ours that somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relayed {
    /// It held one item.
    Item(ItemId),
    /// It was a digest.
    Edition(EditionId),
}

/// What an edition showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its items, each with its text.
    pub items: Vec<(ItemId, String)>,
    /// What it only reminds of, each with its first words as they are shown.
    pub remembered: Vec<(ItemId, String)>,
    /// The posts' own items (ghosts where a post never arrived), in order.
    pub roots: Vec<ItemId>,
    /// By what a reader can name its items, also those that it only reminds of.
    pub labels: Vec<Labelled>,
}

/// By which evidence a place was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The reply token, or the In-Reply-To that agrees with it.
    Token,
    /// In-Reply-To.
    InReplyTo,
    /// References.
    References,
    /// Lines quoted from a digest.
    Quote,
    /// Exchange's Thread-Index.
    ThreadIndex,
    /// A digest of this one post was answered, and nothing in it was quoted.
    Digest,
    /// The number of an item in a digest, typed by the sender.
    Typed,
    /// The subject alone: a guess.
    Subject,
    /// The sender said so when asked.
    Sender,
    /// A moderator said so.
    Moderator,
}

impl By {
    /// The word for it, in the store and in explanations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::InReplyTo => "in-reply-to",
            Self::References => "references",
            Self::Quote => "quote",
            Self::ThreadIndex => "thread-index",
            Self::Digest => "digest",
            Self::Typed => "typed",
            Self::Subject => "subject",
            Self::Sender => "sender",
            Self::Moderator => "moderator",
        }
    }

    /// Whether a place found by it is a guess: nothing in the mail names what it answers.
    pub fn is_guess(self) -> bool {
        matches!(self, Self::ThreadIndex | Self::Subject)
    }

    /// How much it weighs where two copies of a mail say different things. What a person said when
    /// asked stands.
    pub fn weight(self) -> u8 {
        match self {
            Self::Subject => 1,
            Self::Digest => 2,
            Self::ThreadIndex => 3,
            Self::Typed => 4,
            Self::Quote => 5,
            Self::References | Self::InReplyTo => 6,
            Self::Token => 7,
            Self::Sender | Self::Moderator => u8::MAX,
        }
    }
}

impl std::str::FromStr for By {
    type Err = String;

    /// The other way of [`By::as_str`].
    fn from_str(word: &str) -> Result<Self, String> {
        use By::{Digest, InReplyTo, Moderator, Quote, References, Sender, Subject, ThreadIndex, Token, Typed};
        let all = [Token, InReplyTo, References, Quote, Typed, ThreadIndex, Digest, Subject, Sender, Moderator];
        all.into_iter().find(|by| by.as_str() == word).ok_or_else(|| format!("`{word}` is no evidence"))
    }
}

/// Where a mail belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is here already.
    Known(ItemId),
    /// It answers this item, which may be a ghost.
    Under(ItemId, By),
    /// It answers something that has not arrived: these ids, oldest first, never empty, the last one its parent; the
    /// oldest of them answers `anchor`, where that is known, or guessed by the evidence.
    UnderMissing {
        /// What the oldest missing one answers.
        anchor: Option<ItemId>,
        /// The ids not known, oldest first.
        missing: Vec<MessageId>,
        /// The evidence.
        by: By,
    },
    /// It answers nothing: a post.
    Start,
    /// It names only what answers it: a post of its own, whatever others say of its place.
    Apart,
    /// It answers something, but what cannot be told without guessing.
    Unclear(Unclear),
}

/// Why a place cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// A digest of several posts was answered, quoting none of it, or all.
    NothingQuoted,
    /// Lines of several items were quoted.
    SeveralQuoted,
    /// A label was typed that may be a part of a sentence, one of several, or at odds with what is quoted above it.
    DoubtfulLabel,
    /// A label was typed that names nothing in the digest.
    NamesNothing(Label),
}

/// Finds the place of a mail. A pointer to itself, or one that would make a loop, is no evidence.
pub fn place<K: Known>(evidence: &Evidence, known: &K) -> Result<Place, K::Error> {
    let own = evidence.own.as_ref().map_or(Ok(None), |id| known.by_own_id(id))?;
    // A mail server on one of its ways may have given one of two copies another id.
    let copied = || evidence.also.iter().find_map(|id| known.copied(id).transpose()).transpose();
    match own {
        Some(own) if !own.ghost => Ok(Place::Known(own.item)),
        None if let Some(item) = copied()? => Ok(Place::Known(item)),
        // A ghost whose place the mail takes: nothing under it may become its parent.
        ghost => Ladder { evidence, known, own: ghost.map(|ghost| Climb::to(ghost.item)) }.climb(),
    }
}

/// Finds the place that another copy of `item` speaks for: nothing under it may become its parent.
pub fn place_of_copy<K: Known>(evidence: &Evidence, item: ItemId, known: &K) -> Result<Place, K::Error> {
    Ladder { evidence, known, own: Some(Climb::to(item)) }.climb()
}

struct Ladder<'a, K> {
    evidence: &'a Evidence,
    known: &'a K,
    /// The way up to what is here of the mail already.
    own: Option<Climb>,
}

/// What the ids in a mail say.
struct Named {
    /// Where the nearest known one puts it.
    place: Option<Place>,
    /// Those nearer that are not known, oldest first.
    missing: Vec<MessageId>,
    by: By,
    /// Whether any named what answers the mail itself.
    looped: bool,
}

impl<K: Known> Ladder<'_, K> {
    fn climb(mut self) -> Result<Place, K::Error> {
        if let Some(place) = self.by_token()? {
            return Ok(place);
        }
        let Named { place, missing, by, looped } = self.by_ids()?;
        if let Some(place) = place {
            return Ok(place);
        }
        let mut editions = self.evidence.editions.clone();
        for id in missing.iter().rev() {
            match self.known.by_relay(id)? {
                Some(Relayed::Item(item)) if self.may_answer(item)? => return Ok(Place::Under(item, by)),
                Some(Relayed::Edition(edition)) => editions.push(edition),
                Some(Relayed::Item(_)) | None => {}
            }
        }
        if let Some(place) = self.by_thread_index()? {
            return Ok(place);
        }
        if let Some(place) = self.by_editions(&editions)? {
            return Ok(place);
        }
        if looped && missing.is_empty() {
            return Ok(Place::Apart);
        }
        Ok(match (self.by_subject()?, missing.is_empty()) {
            (Some(item), true) => Place::Under(item, By::Subject),
            (Some(item), false) => Place::UnderMissing { anchor: Some(item), missing, by: By::Subject },
            (None, false) => Place::UnderMissing { anchor: None, missing, by },
            (None, true) => Place::Start,
        })
    }

    /// The reply token's item, or the item of the same post that In-Reply-To names: a reader may press Reply on one
    /// mail and be shown the address of another.
    fn by_token(&mut self) -> Result<Option<Place>, K::Error> {
        let mut weaker = None;
        for token in &self.evidence.tokens {
            let Some(found) = self.known.by_item(*token)? else { continue };
            if !self.may_answer(found.item)? {
                continue;
            }
            for id in &self.evidence.in_reply_to {
                let named = self.known.by_id(id)?.filter(|named| named.post == found.post && !named.ghost);
                if let Some(named) = named
                    && self.may_answer(named.item)?
                {
                    return Ok(Some(Place::Under(named.item, By::Token)));
                }
            }
            weaker = weaker.or(Some(Place::Under(found.item, By::Token)));
        }
        Ok(weaker)
    }

    /// The nearest id that is known; those nearer that are not become ghosts under it. Only the nearest counts: that
    /// References name two conversations never joins them. A ghost that stands by a guess is placed anew by what they
    /// name before it.
    fn by_ids(&mut self) -> Result<Named, K::Error> {
        let (chain, by) = self.evidence.chain();
        let mut named = Named { place: None, missing: Vec::new(), by, looped: false };
        // With how many ids nearer than it.
        let mut anchor: Option<(ItemId, usize)> = None;
        for id in chain.into_iter().rev() {
            match self.known.by_id(id)? {
                Some(found) if !self.may_answer(found.item)? => named.looped = true,
                Some(found) if found.guessed => {
                    anchor = anchor.or(Some((found.item, named.missing.len())));
                    named.missing.push(id.clone());
                }
                Some(found) => {
                    if !self.hangs_from(found.item, anchor)? {
                        anchor = Some((found.item, named.missing.len()));
                    }
                    break;
                }
                None if self.known.is_reserved(id) || self.evidence.also.contains(id) => {}
                None => named.missing.push(id.clone()),
            }
        }
        if let Some((anchor, nearer)) = anchor {
            let mut missing = std::mem::take(&mut named.missing);
            missing.truncate(nearer);
            missing.reverse();
            named.place = Some(match missing.is_empty() {
                true => Place::Under(anchor, by),
                false => Place::UnderMissing { anchor: Some(anchor), missing, by },
            });
        }
        named.missing.reverse();
        Ok(named)
    }

    /// Whether an item stands under the ghost that a guess placed: then it tells nothing of the ghost's place.
    fn hangs_from(&self, item: ItemId, guessed: Option<(ItemId, usize)>) -> Result<bool, K::Error> {
        guessed.map_or(Ok(false), |(ghost, _)| Climb::to(ghost).starts_at(item, self.known))
    }

    fn by_thread_index(&mut self) -> Result<Option<Place>, K::Error> {
        let Some(index) = &self.evidence.thread_index else { return Ok(None) };
        match self.known.by_thread_index(index)? {
            Some(found) if self.may_answer(found.item)? => Ok(Some(Place::Under(found.item, By::ThreadIndex))),
            _ => Ok(None),
        }
    }

    /// An answer to a digest: the item whose lines it quotes; of one post, quoting nothing, the post.
    fn by_editions(&mut self, editions: &[EditionId]) -> Result<Option<Place>, K::Error> {
        for edition in editions {
            let Some(shown) = self.known.edition(*edition)? else { continue };
            let place = match (matched(&self.evidence.quoted, &shown), shown.roots.as_slice()) {
                (Quoted::One(item), _) => Place::Under(item, By::Quote),
                (Quoted::Nothing, [root]) => Place::Under(*root, By::Digest),
                (Quoted::Nothing, _) => Place::Unclear(Unclear::NothingQuoted),
                (Quoted::Several, _) => Place::Unclear(Unclear::SeveralQuoted),
            };
            match place {
                Place::Under(item, _) if !self.may_answer(item)? => {}
                place => return Ok(Some(place)),
            }
        }
        Ok(None)
    }

    /// The newest conversation of the same subject, where the mail's own says that it answers something.
    fn by_subject(&mut self) -> Result<Option<ItemId>, K::Error> {
        let Some(base) = &self.evidence.answers_subject else { return Ok(None) };
        match self.known.by_subject(base)? {
            Some(found) if self.may_answer(found.item)? => Ok(Some(found.item)),
            _ => Ok(None),
        }
    }

    fn may_answer(&mut self, item: ItemId) -> Result<bool, K::Error> {
        match &mut self.own {
            Some(own) => Ok(!own.starts_at(item, self.known)?),
            None => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests;
