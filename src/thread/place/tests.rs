//! The ladder over a list that is a map.

use std::collections::HashMap;
use std::convert::Infallible;

use super::*;

/// A list as a map: id → (item, post, ghost, parent).
#[derive(Default)]
struct Map {
    ids: HashMap<&'static str, (i64, i64, bool, Option<i64>)>,
    editions: HashMap<i64, Shown>,
    relayed: HashMap<&'static str, Relayed>,
    indexes: HashMap<Vec<u8>, i64>,
    subjects: HashMap<&'static str, i64>,
    guessed: Vec<i64>,
    /// Ids that are only other names of items.
    names: HashMap<&'static str, i64>,
    /// Items of which the mail is a copy.
    copied: Vec<i64>,
    /// How often it was asked what an item answers.
    steps: std::cell::Cell<usize>,
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

    fn is_guessed(&self, item: i64) -> bool {
        self.guessed.contains(&item)
    }

    fn row(&self, item: ItemId) -> Option<(i64, i64, bool, Option<i64>)> {
        self.ids.values().find(|row| row.0 == item.0).copied()
    }
}

impl Known for Map {
    type Error = Infallible;

    fn by_id(&self, id: &MessageId) -> Result<Option<Found>, Infallible> {
        let named = self.names.get(id.as_str()).and_then(|item| self.row(ItemId(*item)));
        let row = self.ids.get(id.as_str()).copied().or(named);
        Ok(row.map(|row| Found {
            item: ItemId(row.0),
            post: PostId(row.1),
            ghost: row.2,
            guessed: self.is_guessed(row.0),
        }))
    }

    fn by_own_id(&self, id: &MessageId) -> Result<Option<Found>, Infallible> {
        if self.names.contains_key(id.as_str()) { Ok(None) } else { self.by_id(id) }
    }

    fn copied(&self, id: &MessageId) -> Result<Option<ItemId>, Infallible> {
        let found = self.by_id(id)?.filter(|found| !found.ghost && self.copied.contains(&found.item.0));
        Ok(found.map(|found| found.item))
    }

    fn is_reserved(&self, id: &MessageId) -> bool {
        id.as_str().ends_with(".ours")
    }

    fn by_item(&self, item: ItemId) -> Result<Option<Found>, Infallible> {
        Ok(self.row(item).map(|row| Found { item, post: PostId(row.1), ghost: row.2, guessed: self.is_guessed(row.0) }))
    }

    fn parent(&self, item: ItemId) -> Result<Option<ItemId>, Infallible> {
        self.steps.set(self.steps.get() + 1);
        Ok(self.row(item).and_then(|row| row.3).map(ItemId))
    }

    fn edition(&self, edition: EditionId) -> Result<Option<Shown>, Infallible> {
        Ok(self.editions.get(&edition.0).cloned())
    }

    fn by_relay(&self, id: &MessageId) -> Result<Option<Relayed>, Infallible> {
        Ok(self.relayed.get(id.as_str()).copied())
    }

    fn by_thread_index(&self, index: &ThreadIndex) -> Result<Option<Found>, Infallible> {
        let above = index.above().find_map(|above| self.indexes.get(above));
        Ok(above.and_then(|item| self.by_item(ItemId(*item)).unwrap()))
    }

    fn by_subject(&self, base: &str) -> Result<Option<Found>, Infallible> {
        Ok(self.subjects.get(base).and_then(|item| self.by_item(ItemId(*item)).unwrap()))
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
    assert_eq!(placed(&mail("g", &["m"], &["m"]), &list), Place::Apart);
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
    list.editions.insert(1, Shown { items: vec![a.clone()], roots: vec![ItemId(1)], ..Shown::default() });
    list.editions.insert(2, Shown { items: vec![a, q], roots: vec![ItemId(1), ItemId(9)], ..Shown::default() });
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

#[test]
fn a_mail_that_names_only_its_own_answers_is_a_post_of_its_own() {
    let list = list().ghost("m", 20, 1, Some(1)).with("answer", 21, 1, Some(20));
    assert_eq!(placed(&mail("m", &[], &["answer"]), &list), Place::Apart);
    let besides = placed(&mail("m", &[], &["x", "answer"]), &list);
    assert_eq!(besides, Place::UnderMissing { anchor: None, missing: vec![id("x")], by: By::References });
}

#[test]
fn an_id_that_a_mail_says_it_had_before_takes_no_place_of_anothers() {
    let changed = Evidence { also: [id("a")].into(), ..mail("rewritten", &["q"], &[]) };
    assert_eq!(placed(&changed, &list()), Place::Under(ItemId(9), By::InReplyTo));
    let awaited = list().ghost("m", 20, 1, Some(1)).with("answer", 21, 1, Some(20));
    let changed = Evidence { also: [id("m")].into(), ..mail("rewritten", &["answer"], &[]) };
    assert_eq!(placed(&changed, &awaited), Place::Under(ItemId(21), By::InReplyTo));
    // Nor is a mail awaited that is the mail itself by another name.
    let itself = Evidence { also: [id("before")].into(), ..mail("rewritten", &[], &["a", "before"]) };
    assert_eq!(placed(&itself, &list()), Place::Under(ItemId(2), By::References));
}

#[test]
fn a_copy_under_another_id_is_the_mail_that_it_says_it_was_unless_it_is_awaited_itself() {
    let copy = Evidence { also: [id("x"), id("a")].into(), ..mail("rewritten", &["q"], &[]) };
    let here = Map { copied: vec![2], ..list() };
    assert_eq!(placed(&copy, &here), Place::Known(ItemId(2)));
    let awaited = here.ghost("rewritten", 20, 3, Some(9)).with("answer", 21, 3, Some(20));
    assert_eq!(placed(&copy, &awaited), Place::Under(ItemId(9), By::InReplyTo));
}

#[test]
fn a_mail_whose_id_is_only_another_name_of_something_is_not_that() {
    let mut list = list();
    list.names.insert("claimed", 2);
    assert_eq!(placed(&mail("claimed", &["q"], &[]), &list), Place::Under(ItemId(9), By::InReplyTo));
    assert_eq!(placed(&mail("m", &["claimed"], &[]), &list), Place::Under(ItemId(2), By::InReplyTo));
}

/// The list with a ghost `g` (100), and so many answers under it, each answering the one before; and their names.
fn deep(answers: i64) -> (Map, Vec<&'static str>) {
    let mut list = list().ghost("g", 100, 3, None);
    let names: Vec<&'static str> = (1..=answers).map(|n| &*format!("deep{n}").leak()).collect();
    for (n, name) in (101..).zip(&names) {
        list = list.with(name, n, 3, Some(n - 1));
    }
    (list, names)
}

#[test]
fn a_hundred_ids_of_one_conversation_cost_one_way_up() {
    let (list, names) = deep(400);
    let late = mail("g", &[], &[&["a"], &names[302..]].concat());
    assert_eq!(placed(&late, &list), Place::Under(ItemId(2), By::References));
    // Each answer once, and two steps from `a`, which is no answer to it, to the top.
    assert_eq!(list.steps.get(), 402);
}

#[test]
fn a_mail_that_names_what_is_thousands_of_answers_under_it_takes_a_bounded_number_of_steps() {
    let (list, names) = deep(3_000);
    let forged = mail("g", &[], &names[2_902..]);
    assert_eq!(placed(&forged, &list), Place::Apart, "what is not found out makes no loop");
    assert_eq!(list.steps.get(), 1_000);
}

#[test]
fn a_late_parent_that_quotes_its_own_answer_from_a_digest_does_not_go_under_it() {
    let mut list = list().ghost("g", 5, 3, None).with("m", 6, 3, Some(5));
    let items = vec![(ItemId(6), "The second kind costs something.".to_owned())];
    list.editions.insert(1, Shown { items, roots: vec![ItemId(5)], ..Shown::default() });
    let quotes = Evidence { own: Some(id("g")), ..answer_to(1, &["The second kind costs something."]) };
    assert_eq!(placed(&quotes, &list), Place::Start);
}

fn index(length: usize) -> ThreadIndex {
    ThreadIndex::read(&data_encoding::BASE64.encode(&vec![7; length])).unwrap()
}

/// A list on which every kind of evidence leads somewhere else.
fn full_list() -> Map {
    let mut list = digest_list();
    for (name, item) in [("token", 31), ("irt", 32), ("reference", 33), ("index", 34), ("subject", 35), ("relayed", 36)]
    {
        list = list.with(name, item, 30, None);
    }
    list.relayed.insert("from-relay", Relayed::Item(ItemId(36)));
    list.relayed.insert("digest-from-relay", Relayed::Edition(EditionId(1)));
    list.indexes.insert(vec![7; 22], 34);
    list.subjects.insert("bread", 35);
    list
}

/// Takes a piece of evidence away.
type Weaken = fn(&mut Evidence);

#[test]
fn the_strongest_evidence_counts_and_each_rung_is_tried_where_those_above_it_fail() {
    let mut evidence = Evidence {
        tokens: vec![ItemId(31)],
        editions: vec![EditionId(2)],
        quoted: vec!["The second kind costs something.".to_owned()],
        thread_index: Some(index(32)),
        answers_subject: Some("bread".into()),
        ..mail("m", &["irt"], &["reference"])
    };
    let rungs: [(Weaken, Place); 8] = [
        (|evidence| evidence.tokens.clear(), Place::Under(ItemId(32), By::Token)),
        (|evidence| evidence.in_reply_to.clear(), Place::Under(ItemId(32), By::InReplyTo)),
        (|evidence| evidence.references.clear(), Place::Under(ItemId(33), By::References)),
        (|evidence| evidence.thread_index = None, Place::Under(ItemId(34), By::ThreadIndex)),
        (|evidence| evidence.quoted.clear(), Place::Under(ItemId(2), By::Quote)),
        (|evidence| evidence.editions = vec![EditionId(1)], Place::Unclear(Unclear::NothingQuoted)),
        (|evidence| evidence.editions.clear(), Place::Under(ItemId(1), By::Digest)),
        (|evidence| evidence.answers_subject = None, Place::Under(ItemId(35), By::Subject)),
    ];
    for (above, (weaken, place)) in rungs.into_iter().enumerate() {
        assert_eq!(placed(&evidence, &full_list()), place, "after {above} rungs");
        weaken(&mut evidence);
    }
    assert_eq!(placed(&evidence, &full_list()), Place::Start);
}

#[test]
fn an_answer_to_what_a_relay_renamed_finds_it() {
    assert_eq!(placed(&mail("m", &["from-relay"], &[]), &full_list()), Place::Under(ItemId(36), By::InReplyTo));
    let to_digest = mail("m", &["digest-from-relay"], &[]);
    assert_eq!(placed(&to_digest, &full_list()), Place::Under(ItemId(1), By::Digest));
    let known_besides = mail("m", &["from-relay"], &["reference"]);
    let known_first =
        Place::UnderMissing { anchor: Some(ItemId(33)), missing: vec![id("from-relay")], by: By::InReplyTo };
    assert_eq!(placed(&known_besides, &full_list()), known_first, "nothing is asked where an id is known");
}

#[test]
fn by_its_subject_a_mail_joins_with_the_ghosts_that_it_answers() {
    let evidence = Evidence { answers_subject: Some("bread".into()), ..mail("m", &[], &["x", "y"]) };
    let missing = vec![id("x"), id("y")];
    assert_eq!(
        placed(&evidence, &full_list()),
        Place::UnderMissing { anchor: Some(ItemId(35)), missing, by: By::Subject }
    );
}

#[test]
fn a_copy_never_goes_under_what_answers_it() {
    let list = list().with("answer", 3, 1, Some(2));
    let place = |evidence: &Evidence| place_of_copy(evidence, ItemId(2), &list).unwrap();
    assert_eq!(place(&mail("a", &["answer"], &[])), Place::Apart);
    assert_eq!(place(&mail("a", &["q"], &[])), Place::Under(ItemId(9), By::InReplyTo));
}

#[test]
fn every_word_for_evidence_is_read_back() {
    for by in [By::Token, By::InReplyTo, By::References, By::Quote, By::ThreadIndex, By::Digest, By::Subject] {
        assert_eq!(by.as_str().parse(), Ok(by));
        assert!(by.weight() < By::Moderator.weight());
        assert_eq!(by.is_guess(), matches!(by, By::Subject | By::ThreadIndex));
    }
    assert!("post".parse::<By>().is_err());
}

#[test]
fn references_place_a_ghost_that_stood_by_a_guess() {
    let mut list = list().ghost("g", 20, 2, Some(9)).with("b", 21, 2, Some(20));
    list.guessed.push(20);
    let placed_anew = Place::UnderMissing { anchor: Some(ItemId(2)), missing: vec![id("g")], by: By::References };
    assert_eq!(placed(&mail("m", &[], &["a", "g"]), &list), placed_anew);
    assert_eq!(placed(&mail("m", &[], &["g"]), &list), Place::Under(ItemId(20), By::References));
    // What answers the ghost tells nothing of its place.
    assert_eq!(placed(&mail("m", &[], &["b", "g"]), &list), Place::Under(ItemId(20), By::References));
}
