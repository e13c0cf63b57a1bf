//! The ladder: what a mail says of where it belongs is tried rung by rung, strongest first, and the first that holds
//! gives its place.

use super::label::Labelled;
use super::quotes::{Quoted, matched};
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
}

/// What the ladder asks about the list.
pub trait Known {
    /// What goes wrong in asking.
    type Error;

    /// The item that has this id, its own or another by which it went out.
    fn by_id(&self, id: &MessageId) -> Result<Option<Found>, Self::Error>;

    /// Whether this id is one that only we give out. Until we have, it is nobody's: no mail may claim it, and no ghost
    /// waits under it, or answers to what we send later would go astray.
    fn is_reserved(&self, id: &MessageId) -> bool;

    /// The item of this row, where it is of this list.
    fn by_item(&self, item: ItemId) -> Result<Option<Found>, Self::Error>;

    /// Whether `item` is `above` itself or stands somewhere under it.
    fn is_under(&self, item: ItemId, above: ItemId) -> Result<bool, Self::Error>;

    /// The items that an edition shows, each with its text, and how many posts they are of, with the one post's item
    /// where it is one.
    fn edition(&self, edition: EditionId) -> Result<Option<Shown>, Self::Error>;
}

/// What an edition showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its items, each with its text.
    pub items: Vec<(ItemId, String)>,
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
    /// A digest of this one post was answered, and nothing in it was quoted.
    Digest,
    /// The number of an item in a digest, typed by the sender.
    Typed,
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
            Self::Digest => "digest",
            Self::Typed => "typed",
            Self::Sender => "sender",
            Self::Moderator => "moderator",
        }
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
    /// oldest of them answers `anchor`, where that is known.
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
}

/// Finds the place of a mail. A pointer to itself, or one that would make a loop, is no evidence.
pub fn place<K: Known>(evidence: &Evidence, known: &K) -> Result<Place, K::Error> {
    let own = evidence.own.as_ref().map(|id| known.by_id(id)).transpose()?.flatten();
    if let Some(own) = own.filter(|own| !own.ghost) {
        return Ok(Place::Known(own.item));
    }
    // A ghost whose place the mail takes: nothing under it may become its parent.
    let ladder = Ladder { evidence, known, ghost: own.map(|own| own.item) };
    for step in [Ladder::by_token, Ladder::by_ids, Ladder::by_edition] {
        if let Some(place) = step(&ladder)? {
            return Ok(place);
        }
    }
    Ok(Place::Start)
}

struct Ladder<'a, K> {
    evidence: &'a Evidence,
    known: &'a K,
    ghost: Option<ItemId>,
}

impl<K: Known> Ladder<'_, K> {
    /// The reply token's item, or the item of the same post that In-Reply-To names: a reader may press Reply on one
    /// mail and be shown the address of another.
    fn by_token(&self) -> Result<Option<Place>, K::Error> {
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
    /// References name two conversations never joins them.
    fn by_ids(&self) -> Result<Option<Place>, K::Error> {
        let (chain, by) = self.evidence.chain();
        let mut missing = Vec::new();
        for id in chain.into_iter().rev() {
            match self.known.by_id(id)? {
                Some(found) if !self.may_answer(found.item)? => {}
                Some(found) if missing.is_empty() => return Ok(Some(Place::Under(found.item, by))),
                Some(found) => {
                    missing.reverse();
                    return Ok(Some(Place::UnderMissing { anchor: Some(found.item), missing, by }));
                }
                None if self.known.is_reserved(id) => {}
                None => missing.push(id.clone()),
            }
        }
        missing.reverse();
        Ok((!missing.is_empty()).then_some(Place::UnderMissing { anchor: None, missing, by }))
    }

    /// An answer to a digest: the item whose lines it quotes; of one post, quoting nothing, the post.
    fn by_edition(&self) -> Result<Option<Place>, K::Error> {
        for edition in &self.evidence.editions {
            let Some(shown) = self.known.edition(*edition)? else { continue };
            let place = match (matched(&self.evidence.quoted, &shown.items), shown.roots.as_slice()) {
                (Quoted::One(item), _) => Place::Under(item, By::Quote),
                (Quoted::Nothing, [root]) => Place::Under(*root, By::Digest),
                (Quoted::Nothing, _) => Place::Unclear(Unclear::NothingQuoted),
                (Quoted::Several, _) => Place::Unclear(Unclear::SeveralQuoted),
            };
            return Ok(Some(place));
        }
        Ok(None)
    }

    fn may_answer(&self, item: ItemId) -> Result<bool, K::Error> {
        match self.ghost {
            Some(ghost) => Ok(!self.known.is_under(item, ghost)?),
            None => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::convert::Infallible;

    use super::*;

    /// A list as a map: id → (item, post, ghost, parent).
    #[derive(Default)]
    struct Map {
        ids: HashMap<&'static str, (i64, i64, bool, Option<i64>)>,
        editions: HashMap<i64, Shown>,
    }

    impl Map {
        fn with(mut self, id: &'static str, item: i64, post: i64, parent: Option<i64>) -> Self {
            self.ids.insert(id, (item, post, false, parent));
            self
        }

        fn ghost(mut self, id: &'static str, item: i64, post: i64, parent: Option<i64>) -> Self {
            self.ids.insert(id, (item, post, true, parent));
            self
        }

        fn row(&self, item: ItemId) -> Option<(i64, i64, bool, Option<i64>)> {
            self.ids.values().find(|row| row.0 == item.0).copied()
        }
    }

    impl Known for Map {
        type Error = Infallible;

        fn by_id(&self, id: &MessageId) -> Result<Option<Found>, Infallible> {
            let row = self.ids.get(id.as_str());
            Ok(row.map(|row| Found { item: ItemId(row.0), post: PostId(row.1), ghost: row.2 }))
        }

        fn is_reserved(&self, id: &MessageId) -> bool {
            id.as_str().ends_with(".ours")
        }

        fn by_item(&self, item: ItemId) -> Result<Option<Found>, Infallible> {
            Ok(self.row(item).map(|row| Found { item, post: PostId(row.1), ghost: row.2 }))
        }

        fn is_under(&self, item: ItemId, above: ItemId) -> Result<bool, Infallible> {
            let mut at = Some(item);
            while let Some(here) = at {
                if here == above {
                    return Ok(true);
                }
                at = self.row(here).and_then(|row| row.3).map(ItemId);
            }
            Ok(false)
        }

        fn edition(&self, edition: EditionId) -> Result<Option<Shown>, Infallible> {
            Ok(self.editions.get(&edition.0).cloned())
        }
    }

    fn id(text: &str) -> MessageId {
        MessageId::new(text).unwrap()
    }

    fn mail(own: &str, in_reply_to: &[&str], references: &[&str]) -> Evidence {
        Evidence {
            own: Some(id(own)),
            in_reply_to: in_reply_to.iter().map(|text| id(text)).collect(),
            references: references.iter().map(|text| id(text)).collect(),
            ..Evidence::default()
        }
    }

    fn placed(evidence: &Evidence, known: &Map) -> Place {
        place(evidence, known).unwrap()
    }

    /// p (1) with a (2) under it, and another post q (9).
    fn list() -> Map {
        Map::default().with("p", 1, 1, None).with("a", 2, 1, Some(1)).with("q", 9, 2, None)
    }

    #[test]
    fn a_mail_that_names_nothing_starts_a_post() {
        assert_eq!(placed(&mail("m", &[], &[]), &list()), Place::Start);
    }

    #[test]
    fn in_reply_to_goes_before_references() {
        let answer = mail("m", &["a"], &["p"]);
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(2), By::InReplyTo));
    }

    #[test]
    fn references_are_followed_from_last_to_first() {
        let answer = mail("m", &[], &["p", "a"]);
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(2), By::References));
    }

    #[test]
    fn what_is_missing_between_becomes_ghosts_under_the_nearest_known() {
        let answer = mail("m", &["c"], &["p", "b", "c"]);
        let missing = vec![id("b"), id("c")];
        let expected = Place::UnderMissing { anchor: Some(ItemId(1)), missing, by: By::InReplyTo };
        assert_eq!(placed(&answer, &list()), expected);
    }

    #[test]
    fn a_mail_whose_references_name_two_conversations_joins_only_the_nearer() {
        let answer = mail("m", &[], &["q", "a"]);
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(2), By::References));
    }

    #[test]
    fn a_conversation_of_which_nothing_arrived_begins_with_ghosts() {
        let answer = mail("m", &[], &["x", "y"]);
        let expected = Place::UnderMissing { anchor: None, missing: vec![id("x"), id("y")], by: By::References };
        assert_eq!(placed(&answer, &list()), expected);
    }

    #[test]
    fn an_id_that_we_have_not_given_out_yet_makes_no_ghost() {
        assert_eq!(placed(&mail("m", &["9.ours"], &["9.ours"]), &list()), Place::Start);
        assert_eq!(placed(&mail("m", &["9.ours"], &["a"]), &list()), Place::Under(ItemId(2), By::InReplyTo));
    }

    #[test]
    fn the_same_id_again_is_known() {
        assert_eq!(placed(&mail("a", &["q"], &[]), &list()), Place::Known(ItemId(2)));
    }

    #[test]
    fn a_mail_that_names_itself_names_nothing() {
        assert_eq!(placed(&mail("m", &["m"], &["m"]), &list()), Place::Start);
        assert_eq!(placed(&mail("m", &["m"], &["a", "m"]), &list()), Place::Under(ItemId(2), By::References));
    }

    #[test]
    fn a_late_parent_never_goes_under_its_own_answer() {
        // g is awaited, with m under it; now g arrives and claims to answer m.
        let list = list().ghost("g", 5, 3, None).with("m", 6, 3, Some(5));
        assert_eq!(placed(&mail("g", &["m"], &["m"]), &list), Place::Start);
        assert_eq!(placed(&mail("g", &["m"], &["a", "m"]), &list), Place::Under(ItemId(2), By::InReplyTo));
    }

    #[test]
    fn of_several_ids_in_in_reply_to_the_first_serves_where_there_are_no_references() {
        assert_eq!(placed(&mail("m", &["a", "q"], &[]), &list()), Place::Under(ItemId(2), By::InReplyTo));
        assert_eq!(placed(&mail("m", &["q", "a"], &["p"]), &list()), Place::Under(ItemId(1), By::References));
    }

    #[test]
    fn hundreds_of_references_are_cut_to_the_nearest_hundred() {
        let names: Vec<String> = (0..900).map(|n| format!("r{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let Place::UnderMissing { missing, .. } = placed(&mail("m", &[], &names), &list()) else { panic!() };
        assert_eq!((missing.len(), missing.last()), (LONGEST_CHAIN, Some(&id("r899"))));
    }

    #[test]
    fn a_reply_token_goes_before_ids_of_another_post() {
        let answer = Evidence { tokens: vec![ItemId(1)], ..mail("m", &["q"], &["q"]) };
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(1), By::Token));
    }

    #[test]
    fn in_reply_to_within_the_tokens_post_is_nearer_than_the_token() {
        let answer = Evidence { tokens: vec![ItemId(1)], ..mail("m", &["a"], &[]) };
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(2), By::Token));
    }

    #[test]
    fn all_tokens_of_a_mail_are_judged_together() {
        let answer = Evidence { tokens: vec![ItemId(9), ItemId(1)], ..mail("m", &["a"], &[]) };
        assert_eq!(placed(&answer, &list()), Place::Under(ItemId(2), By::Token));
        let unknown = Evidence { tokens: vec![ItemId(77), ItemId(9)], ..mail("m", &[], &[]) };
        assert_eq!(placed(&unknown, &list()), Place::Under(ItemId(9), By::Token));
    }

    fn digest_list() -> Map {
        let mut list = list();
        let text = |text: &str| text.to_owned();
        let a = (ItemId(2), text("The second kind costs something."));
        let q = (ItemId(9), text("Small rooms make people kinder."));
        list.editions.insert(1, Shown { items: vec![a.clone()], roots: vec![ItemId(1)], labels: Vec::new() });
        list.editions.insert(2, Shown { items: vec![a, q], roots: vec![ItemId(1), ItemId(9)], labels: Vec::new() });
        list
    }

    fn answer_to(edition: i64, quoted: &[&str]) -> Evidence {
        let quoted = quoted.iter().map(|line| (*line).to_owned()).collect();
        Evidence { editions: vec![EditionId(edition)], quoted, ..mail("m", &[], &[]) }
    }

    #[test]
    fn a_quoted_line_of_a_digest_tells_which_item_is_answered() {
        let answer = answer_to(2, &["The second kind costs something."]);
        assert_eq!(placed(&answer, &digest_list()), Place::Under(ItemId(2), By::Quote));
    }

    #[test]
    fn a_plain_answer_to_a_digest_of_one_post_answers_the_post() {
        assert_eq!(placed(&answer_to(1, &[]), &digest_list()), Place::Under(ItemId(1), By::Digest));
    }

    #[test]
    fn a_plain_answer_to_a_digest_of_several_posts_is_unclear() {
        assert_eq!(placed(&answer_to(2, &[]), &digest_list()), Place::Unclear(Unclear::NothingQuoted));
    }
}
