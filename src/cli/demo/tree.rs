//! The discussion as a tree with its numbers, drawn as `expected.txt` draws it.

use std::collections::HashMap;

use crate::discussion::{ItemId, PostId};
use crate::store::{ItemRow, Material, PostRow};

/// All discussions, each with a line for the post and one for each response under what it answers.
pub fn draw(discussion: &Material) -> String {
    let posts = discussion.posts.iter().map(|post| draw_post(post, &discussion.items));
    posts.collect::<Vec<_>>().join("\n\n")
}

/// What an item is called: `On listening #5`, or for a post its title.
pub fn label(discussion: &Material, item: ItemId) -> String {
    let Some(row) = discussion.items.get(&item) else { return format!("item {item}, which nobody knows") };
    let title = discussion.posts.iter().find(|post| post.id == row.post).map_or("", |post| &post.title);
    match row.number {
        Some(number) => format!("{title} #{number}"),
        None => title.to_owned(),
    }
}

/// Who wrote an item, as the fixtures say it.
pub fn author(item: &ItemRow) -> &str {
    if item.author_named { &item.author } else { "someone without a name" }
}

fn draw_post(post: &PostRow, items: &HashMap<ItemId, ItemRow>) -> String {
    let root = post.root.and_then(|root| items.get(&root)).filter(|root| root.published);
    let count = match post.responses {
        0 => "no responses".to_owned(),
        1 => "1 response".to_owned(),
        several => format!("{several} responses"),
    };
    let mut tree = format!("{} · {} · {count}", post.title, root.map_or("a post that never arrived", author));
    let answers = answers(post.id, items);
    let below = |item: Option<ItemId>| item.and_then(|item| answers.get(&item)).into_iter().flatten().rev();
    let mut waiting: Vec<(&ItemRow, usize)> = below(post.root).map(|item| (*item, 1)).collect();
    while let Some((item, depth)) = waiting.pop() {
        let number = item.number.map_or("?".to_owned(), |number| number.to_string());
        let who = if item.published { author(item) } else { "a mail that never arrived" };
        tree.push_str(&format!("\n{}#{number} {who}", "  ".repeat(depth)));
        waiting.extend(below(Some(item.id)).map(|item| (*item, depth + 1)));
    }
    tree
}

/// What answers what under a post, each in the order of numbers.
fn answers(post: PostId, items: &HashMap<ItemId, ItemRow>) -> HashMap<ItemId, Vec<&ItemRow>> {
    let mut answers: HashMap<ItemId, Vec<&ItemRow>> = HashMap::new();
    for item in items.values().filter(|item| item.post == post) {
        if let Some(parent) = item.parent {
            answers.entry(parent).or_default().push(item);
        }
    }
    answers.values_mut().for_each(|siblings| siblings.sort_by_key(|item| (item.number, item.id)));
    answers
}
