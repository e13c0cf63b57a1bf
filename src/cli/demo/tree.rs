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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::discussion::{List, Number, Revision};

    fn row(id: i64, parent: Option<i64>, number: Option<i64>, author: &str) -> ItemRow {
        ItemRow {
            id: ItemId(id),
            post: PostId(1),
            parent: parent.map(ItemId),
            removed: None,
            corrected: false,
            published: !author.is_empty(),
            number: number.map(Number),
            seq: None,
            person: None,
            author: author.to_owned(),
            author_named: author != "Grey Heron",
            at: Timestamp::UNIX_EPOCH,
            revision: Revision(1),
            reading: None,
            rich: Vec::new(),
            attachments: Vec::new(),
        }
    }

    fn discussion(rows: Vec<ItemRow>, responses: usize) -> Material {
        let root = Some(ItemId(1));
        let post = PostRow { id: PostId(1), number: Number(1), title: "Bread".to_owned(), root, responses };
        Material { list: List::sample(), items: rows.into_iter().map(|row| (row.id, row)).collect(), posts: vec![post] }
    }

    #[test]
    fn answers_stand_under_what_they_answer_by_their_numbers() {
        let rows = vec![
            row(5, Some(1), Some(4), "Di"),
            row(4, Some(2), Some(3), "Ada"),
            row(3, Some(1), Some(2), "Grey Heron"),
            row(2, Some(1), Some(1), "Bo"),
            row(1, None, None, "Ada"),
        ];
        let discussion = discussion(rows, 4);
        let expected = "Bread · Ada · 4 responses\n  #1 Bo\n    #3 Ada\n  #2 someone without a name\n  #4 Di";
        assert_eq!(draw(&discussion), expected);
        assert_eq!(label(&discussion, ItemId(4)), "Bread #3");
        assert_eq!(label(&discussion, ItemId(1)), "Bread");
    }

    #[test]
    fn what_never_arrived_shows() {
        let rows = vec![row(1, None, None, ""), row(2, Some(1), None, ""), row(3, Some(2), Some(1), "Bo")];
        let expected = "Bread · a post that never arrived · 1 response\n  #? a mail that never arrived\n    #1 Bo";
        assert_eq!(draw(&discussion(rows, 1)), expected);
    }
}
