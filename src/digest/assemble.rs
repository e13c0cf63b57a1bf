//! From rows to a [`Digest`]: posts, and under them the branches with something new. Pure.

use std::collections::{HashMap, HashSet};

use crate::discussion::{Digest, Entry, Item, ItemId, ListFacts, PersonId, PostDigest, Seq, Window};
use crate::store::{ItemRow, Material, PostRow};

/// A digest of what `windows` hold; the last of them is the one that the digest is named by.
pub(super) fn assemble(material: &Material, facts: ListFacts, windows: &[Window]) -> Digest {
    let is_new = |item: &ItemRow| is_in(item, windows);
    let mut posts: Vec<PostDigest> = material
        .posts
        .iter()
        .filter_map(|post| {
            let mine: Vec<&ItemRow> = material.items.values().filter(|item| item.post == post.id).collect();
            let any = mine.iter().any(|item| item.published && is_new(item));
            any.then(|| post_digest(post, &mine, &is_new))
        })
        .collect();
    // Where most was said first; what nobody has answered yet last, and of those the older first.
    posts.sort_by_key(|post| (std::cmp::Reverse(post.new_responses), post.number));
    let window = windows.last().copied().unwrap_or(Window { after: Seq(0), upto: Seq(0) });
    Digest { list: facts, window, posts }
}

/// The only person whose items are new, where it is only one.
pub(super) fn sole_author(material: &Material, windows: &[Window]) -> Option<PersonId> {
    let new = |item: &&ItemRow| item.published && is_in(item, windows);
    let mut authors = material.items.values().filter(new).map(|item| item.person);
    let first = authors.next()??;
    authors.all(|author| author == Some(first)).then_some(first)
}

/// Whether an item was published in one of these windows.
fn is_in(item: &ItemRow, windows: &[Window]) -> bool {
    item.seq.is_some_and(|seq| windows.iter().any(|window| window.after < seq && seq <= window.upto))
}

fn post_digest(post: &PostRow, mine: &[&ItemRow], is_new: &impl Fn(&ItemRow) -> bool) -> PostDigest {
    let root = mine.iter().find(|item| Some(item.id) == post.root).copied();
    let root_shown = root.filter(|item| item.published);
    let author = root_shown.and_then(|item| item.person);
    let entries = entries(post, mine, author, is_new);
    PostDigest {
        item: root_shown.map(|item| shown(item, author)),
        number: post.number,
        title: post.title.clone(),
        withdrawn: root.and_then(|item| item.removed),
        is_new: root_shown.is_some_and(is_new),
        responses: post.responses,
        new_responses: entries.iter().filter(|entry| entry.is_new).count(),
        entries,
    }
}

/// What to show under a post, depth first, answers to the same thing by number. Ghosts are passed over: what answers
/// them stands where they would. Of a removed item its place is shown, where something answers it.
fn entries(
    post: &PostRow,
    mine: &[&ItemRow],
    author: Option<PersonId>,
    is_new: &impl Fn(&ItemRow) -> bool,
) -> Vec<Entry> {
    let mut answers: HashMap<Option<ItemId>, Vec<&ItemRow>> = HashMap::new();
    for item in mine.iter().filter(|item| Some(item.id) != post.root) {
        answers.entry(item.parent).or_default().push(item);
    }
    for siblings in answers.values_mut() {
        // The last is taken first. A ghost has no number: it goes by its id.
        siblings.sort_by_key(|item| std::cmp::Reverse((item.number, item.id)));
    }
    let stubs = removed_above_others(mine);
    let mut entries = Vec::new();
    let mut waiting: Vec<(&ItemRow, usize, Option<&ItemRow>)> = Vec::new();
    // Below the rest, so taken last: whatever hangs from nothing. There should be none, but nobody is passed over.
    let known: HashSet<ItemId> = mine.iter().map(|item| item.id).collect();
    let hangs = |parent: &Option<ItemId>| *parent == post.root || parent.is_some_and(|parent| known.contains(&parent));
    let loose: Vec<Option<ItemId>> = answers.keys().copied().filter(|parent| !hangs(parent)).collect();
    for parent in loose.into_iter().chain([post.root]) {
        let top = answers.remove(&parent).unwrap_or_default();
        waiting.extend(top.into_iter().map(|item| (item, 1, None)));
    }
    while let Some((item, depth, answered)) = waiting.pop() {
        let stub = stubs.contains(&item.id);
        let (below, under) = if item.published || stub { (depth + 1, Some(item)) } else { (depth, answered) };
        let children = answers.remove(&Some(item.id)).unwrap_or_default();
        waiting.extend(children.into_iter().map(|child| (child, below, under)));
        if item.published || stub {
            entries.push(Entry {
                item: shown(item, author),
                depth,
                is_new: is_new(item) && !stub,
                withdrawn: item.removed.filter(|_| stub),
                answers: answered.and_then(|above| Some((above.author.clone(), above.number?))),
            });
        }
    }
    entries
}

/// The removed items that something published stands under.
fn removed_above_others(mine: &[&ItemRow]) -> HashSet<ItemId> {
    let by_id: HashMap<ItemId, &ItemRow> = mine.iter().map(|item| (item.id, *item)).collect();
    let mut found = HashSet::new();
    for item in mine.iter().filter(|item| item.published) {
        let mut above = item.parent.and_then(|parent| by_id.get(&parent));
        // What is above a published item, or one that was found, is looked at from there.
        while let Some(item) = above.filter(|item| !item.published && (item.removed.is_none() || found.insert(item.id)))
        {
            above = item.parent.and_then(|parent| by_id.get(&parent));
        }
    }
    found
}

/// An item as a rendering needs it.
pub(super) fn shown(item: &ItemRow, post_author: Option<PersonId>) -> Item {
    Item {
        id: item.id,
        number: item.number,
        author: item.author.clone(),
        author_named: item.author_named,
        by_post_author: item.person.is_some() && item.person == post_author,
        at: item.at,
        corrected: item.corrected,
        blocks: item.reading.as_ref().map(|reading| reading.blocks()).unwrap_or_default(),
        rich: item.rich.clone(),
        attachments: item.attachments.clone(),
    }
}
