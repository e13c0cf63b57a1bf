//! What `export` reads: every stored message of a list with its place; and the list's posts in a line each.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Store, StoreError, item, row};
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
    /// is not among them, nor one of which nothing is left but what was spoken of.
    pub fn posts(&self, list: ListId, most: Option<u32>) -> Result<Vec<PostLine>, StoreError> {
        self.ask(|db| {
            let mut query = db.prepare(
                "SELECT number, title, responses, started_at FROM post
                 WHERE list_id = ?1 AND merged_into IS NULL AND (responses > 0
                     OR EXISTS (SELECT 1 FROM item WHERE item.id = root_id AND state <> 'ghost'))
                 ORDER BY number DESC LIMIT ?2",
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

    /// The item that a person names by a post's number on its list and a response's under it, also by numbers from before
    /// it went over to another conversation.
    pub fn item_of(&self, list: ListId, post: Number, response: Option<Number>) -> Result<Option<ItemId>, StoreError> {
        self.read(|db| item::by_number(db, list, post, response))
    }

    /// The mails of a list in the order in which they were published, each once.
    pub fn published_mails(&self, list: ListId) -> Result<Vec<PublishedMail>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare(
                "SELECT i.mail_id, min(i.published_at) AS at FROM post p JOIN item i ON i.post_id = p.id
                 WHERE p.list_id = ?1 AND i.mail_id IS NOT NULL GROUP BY i.mail_id
                 ORDER BY at, min(coalesce(i.seq, 0)), i.mail_id",
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
    guess: bool,
}

/// A conversation as nodes.
struct Tree {
    nodes: HashMap<i64, Node>,
    /// How many answers lie above each node that was asked about.
    depths: HashMap<i64, usize>,
    /// Of each ghost that stands where it does by a guess, the stored items that stand right under it, or under ghosts
    /// under it.
    guessed: HashMap<i64, usize>,
}

fn conversation(
    db: &Connection,
    post: i64,
    title: &str,
    root: &str,
    rows: &mut Vec<ThreadRow>,
) -> Result<(), StoreError> {
    let mut tree = Tree::read(db, post)?;
    let mut query = db.prepare_cached(
        "SELECT id, number, author, coalesce(sent_at, published_at), guess, mail_id FROM item
         WHERE post_id = ?1 AND state <> 'ghost' ORDER BY number",
    )?;
    let mut stored = query.query([post])?;
    while let Some(row) = stored.next()? {
        let id: i64 = row.get(0)?;
        let Some(place) = tree.place(id) else { continue };
        rows.push(ThreadRow {
            item: ItemId(id),
            message_id: place.message_id,
            parent: place.parent,
            post: place.top.unwrap_or_else(|| root.to_owned()),
            number: row.get(1)?,
            depth: place.depth,
            author: row.get(2)?,
            date: row::time(row.get(3)?),
            guess: row.get::<_, bool>(4)? || place.guess,
            mail: MailId(row.get::<_, Option<i64>>(5)?.unwrap_or(0)),
            title: title.to_owned(),
        });
    }
    Ok(())
}

/// An item's place, as it is told.
struct Told {
    message_id: String,
    parent: Option<String>,
    /// The missing one above it that several answer, where only a subject joins that to the conversation.
    top: Option<String>,
    depth: usize,
    guess: bool,
}

impl Tree {
    fn read(db: &Connection, post: i64) -> Result<Self, StoreError> {
        let mut query =
            db.prepare_cached("SELECT id, parent_id, message_id, state = 'ghost', guess FROM item WHERE post_id = ?1")?;
        let rows = query.query_map([post], |row| {
            let node = Node { parent: row.get(1)?, message_id: row.get(2)?, ghost: row.get(3)?, guess: row.get(4)? };
            Ok((row.get(0)?, node))
        })?;
        let nodes = rows.collect::<Result<_, _>>()?;
        let mut tree = Self { nodes, depths: HashMap::new(), guessed: HashMap::new() };
        let stored = tree.nodes.iter().filter(|(_, node)| !node.ghost).map(|(id, _)| *id);
        let guesses: Vec<i64> = stored.filter_map(|id| tree.guess_above(id)).collect();
        for ghost in guesses {
            *tree.guessed.entry(ghost).or_default() += 1;
        }
        Ok(tree)
    }

    /// The ghost right above an item, or above that through ghosts, that stands where it does by a guess.
    fn guess_above(&self, item: i64) -> Option<i64> {
        let mut at = self.nodes.get(&item)?.parent;
        for _ in 0..self.nodes.len() {
            let here = at?;
            let node = self.nodes.get(&here).filter(|node| node.ghost)?;
            if node.guess {
                return Some(here);
            }
            at = node.parent;
        }
        None
    }

    /// Where several answer what is missing, their ids prove them one conversation, and nothing but a subject says more:
    /// it is told as the conversation that it is. A single one is told under what its subject names.
    fn place(&mut self, item: i64) -> Option<Told> {
        let node = self.nodes.get(&item)?;
        let message_id = node.message_id.clone();
        let depth = depth(item, &self.nodes, &mut self.depths);
        let top = self.top(item);
        let guessed = self.guess_above(item).filter(|ghost| self.guessed.get(ghost) == Some(&1));
        let above = match guessed {
            Some(ghost) => self.nodes.get(&ghost).and_then(|ghost| ghost.parent),
            None => node.parent,
        };
        let parent = above.and_then(|above| self.nodes.get(&above)).filter(|parent| !parent.ghost);
        let parent = parent.map(|parent| parent.message_id.clone());
        // Where its parent is missing, all that is told of its place is its post: a guess, if that is one further up.
        let guess = guessed.is_some() || parent.is_none() && top.is_none() && self.rests_on_a_guess(item);
        let under = top.map_or(0, |top| self.depths.get(&top).copied().unwrap_or_default());
        let top = top.and_then(|top| self.nodes.get(&top)).map(|top| top.message_id.clone());
        Some(Told { message_id, parent, top, depth: depth - under.min(depth), guess })
    }

    fn rests_on_a_guess(&self, item: i64) -> bool {
        let mut at = Some(item);
        for _ in 0..self.nodes.len() {
            let Some(node) = at.and_then(|here| self.nodes.get(&here)) else { return false };
            if node.guess {
                return true;
            }
            at = node.parent;
        }
        false
    }

    /// The nearest ghost above an item that stands by a guess and that several answer.
    fn top(&self, item: i64) -> Option<i64> {
        // Most conversations hold no such ghost.
        if self.guessed.values().all(|answers| *answers == 1) {
            return None;
        }
        let mut at = Some(item);
        for _ in 0..self.nodes.len() {
            let here = at?;
            if self.guessed.get(&here).is_some_and(|answers| *answers > 1) {
                return Some(here);
            }
            at = self.nodes.get(&here)?.parent;
        }
        None
    }
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
