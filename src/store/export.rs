//! What `export` reads: every stored message of a list with its place; and the list's posts in a line each.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Store, StoreError, row};
use crate::discussion::{ItemId, ListId, MailId, Number};

/// A stored message and its place, as `export --format threads` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Its item.
    pub item: ItemId,
    /// The sender's Message-ID, byte-exact.
    pub message_id: String,
    /// The parent's; `None` for a post, and where the parent is missing.
    pub parent: Option<String>,
    /// The root's, also where the root never arrived.
    pub post: String,
    /// A response's number under its post.
    pub number: Option<i64>,
    /// How many answers lie between it and the root: 0 for the root itself. Missing parents count.
    pub depth: usize,
    /// The name shown.
    pub author: String,
    /// Its Date, or where it has none, when it was published.
    pub date: Timestamp,
    /// Whether the place is a guess.
    pub guess: bool,
    /// Its raw mail.
    pub mail: MailId,
    /// The post's title.
    pub title: String,
}

/// A mail that became one or more items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedMail {
    /// Its row.
    pub mail: MailId,
    /// When the first of them was published.
    pub published_at: Timestamp,
}

/// A post in one line: what people call it, and how much was said to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostLine {
    /// Its number on its list.
    pub number: Number,
    /// Its title.
    pub title: String,
    /// Its published responses.
    pub responses: u32,
    /// When it began here.
    pub started_at: Timestamp,
}

impl Store {
    /// The latest posts of a list, up to `most`, or all; by number, the latest last. A post that another one took in
    /// is not among them.
    pub fn posts(&self, list: ListId, most: Option<u32>) -> Result<Vec<PostLine>, StoreError> {
        self.ask(|db| {
            let mut query = db.prepare(
                "SELECT number, title, responses, started_at FROM post
                 WHERE list_id = ?1 AND merged_into IS NULL ORDER BY number DESC LIMIT ?2",
            )?;
            // SQLite takes a negative limit for none.
            let most = most.map_or(-1, i64::from);
            let lines = query.query_map([list.0, most], |row| {
                Ok(PostLine {
                    number: Number(row.get(0)?),
                    title: row.get(1)?,
                    responses: row.get(2)?,
                    started_at: row::time(row.get(3)?),
                })
            })?;
            let mut lines: Vec<PostLine> = lines.collect::<Result<_, _>>()?;
            lines.reverse();
            Ok(lines)
        })
    }

    /// The mails of a list in the order in which they were published, each once.
    pub fn published_mails(&self, list: ListId) -> Result<Vec<PublishedMail>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare(
                "SELECT i.mail_id, min(p.published_at) FROM publication p JOIN item i ON i.id = p.item_id
                 WHERE p.list_id = ?1 AND i.mail_id IS NOT NULL GROUP BY i.mail_id ORDER BY min(p.seq)",
            )?;
            let mails = query.query_map([list.0], |row| {
                Ok(PublishedMail { mail: MailId(row.get(0)?), published_at: row::time(row.get(1)?) })
            })?;
            Ok(mails.collect::<Result<_, _>>()?)
        })
    }

    /// Every stored message of a list with its place: post by post, responses by number.
    pub fn threads(&self, list: ListId) -> Result<Vec<ThreadRow>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare(
                "SELECT p.id, p.title, root.message_id FROM post p JOIN item root ON root.id = p.root_id
                 WHERE p.list_id = ?1 ORDER BY p.number",
            )?;
            let posts = query.query_map([list.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let mut rows = Vec::new();
            for post in posts {
                let (post, title, root): (i64, String, String) = post?;
                conversation(db, post, &title, &root, &mut rows)?;
            }
            Ok(rows)
        })
    }
}

struct Node {
    parent: Option<i64>,
    message_id: String,
    ghost: bool,
}

fn conversation(
    db: &Connection,
    post: i64,
    title: &str,
    root: &str,
    rows: &mut Vec<ThreadRow>,
) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT id, parent_id, message_id, state = 'ghost' FROM item WHERE post_id = ?1")?;
    let nodes: HashMap<i64, Node> = query
        .query_map([post], |row| {
            Ok((row.get(0)?, Node { parent: row.get(1)?, message_id: row.get(2)?, ghost: row.get(3)? }))
        })?
        .collect::<Result<_, _>>()?;
    let mut depths = HashMap::new();
    let mut query = db.prepare_cached(
        "SELECT id, number, author, coalesce(sent_at, published_at), guess, mail_id FROM item
         WHERE post_id = ?1 AND state <> 'ghost' ORDER BY number",
    )?;
    let mut stored = query.query([post])?;
    while let Some(row) = stored.next()? {
        let id: i64 = row.get(0)?;
        let Some(node) = nodes.get(&id) else { continue };
        let parent = node.parent.and_then(|parent| nodes.get(&parent)).filter(|parent| !parent.ghost);
        rows.push(ThreadRow {
            item: ItemId(id),
            message_id: node.message_id.clone(),
            parent: parent.map(|parent| parent.message_id.clone()),
            post: root.to_owned(),
            number: row.get(1)?,
            depth: depth(id, &nodes, &mut depths),
            author: row.get(2)?,
            date: row::time(row.get(3)?),
            guess: row.get(4)?,
            mail: MailId(row.get::<_, Option<i64>>(5)?.unwrap_or(0)),
            title: title.to_owned(),
        });
    }
    Ok(())
}

/// The steps from an item to its root, each looked up once however deep the conversation is.
fn depth(item: i64, nodes: &HashMap<i64, Node>, known: &mut HashMap<i64, usize>) -> usize {
    let mut path = Vec::new();
    let mut at = Some(item);
    let mut depth = loop {
        match at {
            Some(here) if known.contains_key(&here) => break known[&here] + 1,
            Some(here) if path.len() <= nodes.len() => {
                path.push(here);
                at = nodes.get(&here).and_then(|node| node.parent);
            }
            _ => break 0,
        }
    };
    while let Some(here) = path.pop() {
        known.insert(here, depth);
        depth += 1;
    }
    known.get(&item).copied().unwrap_or(0)
}
