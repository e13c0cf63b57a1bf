//! What a digest shows, worded and safe to render: the text and the HTML part are laid out from the same page.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::body::{self, Piece};
use super::clean;
use super::moment::Moments;
use super::place::{Place, mailto};
use crate::discussion::{Block, Digest, Entry, Item, Number, PostDigest, PostLetter, Withdrawn};

/// How deep responses are indented; those below stand there too and say whom they answer.
pub(super) const DEEPEST: usize = 6;
/// The widest name of a person.
const NAME_COLUMNS: usize = 48;

/// A digest, worded.
pub(super) struct Page {
    pub place: Place,
    pub subject: String,
    /// The line that a mailbox shows beside the subject.
    pub preheader: String,
    /// `1 new post, 6 new responses, from Ellen, David, Ruth and 1 other.`
    pub counts: String,
    pub posts: Vec<PostPage>,
    /// Examples of labels that a reader may type.
    pub labels: &'static str,
    /// `Times are Lisbon time.`
    pub times: String,
    pub foot: Foot,
}

/// What ends every mail of a list.
pub(super) struct Foot {
    pub leave: String,
    pub leave_link: String,
    pub page: Option<String>,
    pub footer: Vec<Piece>,
}

/// A post and what is new under it.
pub(super) struct PostPage {
    /// What stands for it in labels; `None` where the digest has one post only.
    pub letter: Option<PostLetter>,
    pub title: String,
    /// `13 responses, 4 new`
    pub status: String,
    /// `by Marina, 26 February`; empty where the post never arrived.
    pub byline: String,
    /// The text, where the post is new.
    pub body: Vec<Piece>,
    /// The first words, where it is not.
    pub excerpt: String,
    pub is_new: bool,
    /// Why only answers to it are shown; empty where it is there.
    pub missing: String,
    pub permalink: Option<String>,
    pub reply: Option<Reply>,
    pub entries: Vec<EntryPage>,
}

/// A response.
pub(super) struct EntryPage {
    /// `#7`, or `B7` where another post of the digest shows that number too: what a reader may type.
    pub label: String,
    pub withdrawn: Option<Withdrawn>,
    /// What is said of a remembered line.
    pub seen: &'static str,
    pub depth: usize,
    pub is_new: bool,
    pub who: Who,
    pub by_post_author: bool,
    pub when: String,
    /// Whom it answers, where the indentation no longer says so.
    pub answering: Option<String>,
    pub body: Vec<Piece>,
    pub excerpt: String,
    pub permalink: Option<String>,
    pub reply: Reply,
}

/// A person as shown.
pub(super) struct Who {
    /// `Marina`, or `someone without a name (Grey Heron)`.
    pub shown: String,
    /// `Marina`, or `Grey Heron`.
    pub short: String,
}

/// How to answer an item.
pub(super) struct Reply {
    pub to: String,
    /// The address, its token a slot.
    pub address: String,
    /// A `mailto:` link with the subject filled in.
    pub link: String,
}

impl Page {
    pub fn of(digest: &Digest) -> Self {
        let place = Place::of(&digest.list);
        let moments = Moments::new(&place.time_zone, newest(digest));
        Self {
            subject: subject(&place.title, digest),
            preheader: preheader(digest),
            counts: counts(digest),
            labels: if digest.posts.len() > 1 { "#7 or B7" } else { "#7" },
            posts: posts(digest, &place, &moments),
            times: format!("Times are {}.", place.zone_words()),
            foot: Foot::of(&place),
            place,
        }
    }
}

impl Foot {
    pub fn of(place: &Place) -> Self {
        let footer = body::pieces(&[Block::Said(place.footer.clone())], |_| Vec::new());
        Self {
            leave_link: place.leave_link(),
            leave: place.leave_words(),
            page: place.page(),
            footer: footer.into_iter().filter(|piece| matches!(piece, Piece::Said(_))).collect(),
        }
    }
}

impl Reply {
    pub fn to(item: &Item, title: &str, place: &Place) -> Self {
        let address = place.reply_address(item.id);
        let subject = format!("Re: {}", clean::cut(title, 70));
        Self { to: Who::wrote(item).short, link: mailto(&address, Some(&subject)), address }
    }
}

impl Who {
    pub fn wrote(item: &Item) -> Self {
        let name = without_mark(&clean::line(&item.author));
        let short = if name.is_empty() { "someone".to_owned() } else { clean::cut(&name, NAME_COLUMNS).into_owned() };
        let shown = if item.author_named { short.clone() } else { format!("someone without a name ({short})") };
        Self { shown, short }
    }
}

/// A name without the words that mark a post's author, which only we give.
fn without_mark(name: &str) -> String {
    let mark = name.to_ascii_lowercase().find("who wrote the post");
    mark.map_or(name, |at| name[..at].trim_end_matches(|c: char| !c.is_alphanumeric())).to_owned()
}

/// What responses of a post are called.
struct Labels {
    letter: Option<PostLetter>,
    /// Numbers that other posts show as well.
    shared: HashSet<Number>,
}

impl Labels {
    fn of(&self, number: Number) -> String {
        match self.letter.filter(|_| self.shared.contains(&number)) {
            Some(letter) => format!("{letter}{number}"),
            None => format!("#{number}"),
        }
    }
}

fn posts(digest: &Digest, place: &Place, moments: &Moments) -> Vec<PostPage> {
    let numbers = digest.posts.iter().flat_map(|post| post.entries.iter().filter_map(|entry| entry.item.number));
    let mut seen = HashSet::new();
    let shared: HashSet<Number> = numbers.filter(|number| !seen.insert(*number)).collect();
    let mut labels = Labels { letter: None, shared };
    let paged = digest.posts.iter().enumerate().map(|(at, post)| {
        labels.letter = (digest.posts.len() > 1).then_some(PostLetter(at));
        PostPage::of(post, &labels, place, moments)
    });
    paged.collect()
}

/// `Monday 21:14`, `Monday 21:14, corrected`.
fn when(item: &Item, moments: &Moments) -> String {
    let mark = if item.corrected { ", corrected" } else { "" };
    format!("{}{mark}", moments.short(item.at))
}

impl PostPage {
    fn of(post: &PostDigest, labels: &Labels, place: &Place, moments: &Moments) -> Self {
        let title = title(post);
        let quotes = Quotes::of(post);
        let item = post.item.as_ref();
        Self {
            status: status(post),
            letter: labels.letter,
            byline: item
                .map_or_else(String::new, |item| format!("by {}, {}", Who::wrote(item).shown, when(item, moments))),
            body: item.filter(|_| post.is_new).map_or_else(Vec::new, |item| quotes.folded(item, None)),
            excerpt: item.map_or_else(String::new, |item| body::excerpt(&item.blocks, 68)),
            is_new: post.is_new,
            missing: match item {
                Some(_) => String::new(),
                None => match post.withdrawn {
                    Some(withdrawn) => format!("The post itself was {}; the answers to it stay.", withdrawn.words()),
                    None => "The post itself has not reached the list yet; these answers to it have.".to_owned(),
                },
            },
            permalink: place.permalink(post.number, None),
            reply: item.map(|item| Reply::to(item, &title, place)),
            entries: post
                .entries
                .iter()
                .map(|entry| EntryPage::of(entry, post, labels, &quotes, place, moments))
                .collect(),
            title,
        }
    }
}

impl EntryPage {
    /// How far the HTML part indents it, in pixels: little, so that the sixth still reads on a 320 px screen.
    pub fn inset(&self) -> usize {
        10 * (self.depth - 1)
    }

    fn of(
        entry: &Entry,
        post: &PostDigest,
        labels: &Labels,
        quotes: &Quotes,
        place: &Place,
        moments: &Moments,
    ) -> Self {
        let item = &entry.item;
        let number = item.number.unwrap_or(Number(0));
        let answered = entry.answers.as_ref();
        let flattened = entry.depth > DEEPEST;
        Self {
            label: labels.of(number),
            withdrawn: entry.withdrawn,
            seen: if item.corrected { "(read, corrected)" } else { "(read)" },
            depth: entry.depth.clamp(1, DEEPEST),
            is_new: entry.is_new,
            who: Who::wrote(item),
            by_post_author: item.by_post_author,
            when: when(item, moments),
            answering: answered.filter(|_| flattened).map(|(name, number)| {
                format!("answering {} (#{number})", clean::cut(&clean::line(name), NAME_COLUMNS))
            }),
            body: if entry.is_new {
                quotes.folded(item, Some(answered.map(|(_, number)| *number)))
            } else {
                Vec::new()
            },
            excerpt: if entry.is_new { String::new() } else { body::first_words(&item.blocks) },
            permalink: place.permalink(post.number, Some(number)),
            reply: Reply::to(item, &title(post), place),
        }
    }
}

/// What the items of a post say, to see what a quote quotes.
struct Quotes {
    /// By number, `None` for the post: what was said, without blanks.
    said: HashMap<Option<Number>, String>,
}

impl Quotes {
    /// How much of an item is compared, and how many quotes of each: what bounds the work on a hostile thread.
    const COMPARED_BYTES: usize = 20_000;
    const COMPARED_QUOTES: usize = 50;
    /// Fewer characters than this could come from anywhere.
    const TELLING: usize = 12;

    fn of(post: &PostDigest) -> Self {
        let items = post.item.iter().chain(post.entries.iter().map(|entry| &entry.item));
        Self { said: items.map(|item| (item.number, squeezed_text(item))).collect() }
    }

    /// The item's pieces. `answers` is the number of the item that it answers (inner `None`: the post); `None` where it
    /// answers nothing. What a post quotes is what it has to say, a poem or another's words. What a response quotes of what
    /// it answers is folded, for that stands above it; other quotes are as in a single mail.
    fn folded(&self, item: &Item, answers: Option<Option<Number>>) -> Vec<Piece> {
        let Some(answers) = answers else { return body::item_pieces(item, body::whole_quotes()) };
        let said = self.said.get(&answers);
        let mut compared = 0;
        let mut folded = body::folded_quotes();
        body::item_pieces(item, |quote| {
            compared += 1;
            let whole = quote.whole();
            match said.filter(|said| compared <= Self::COMPARED_QUOTES && quotes_from(&whole, said)) {
                Some(_) => vec![Piece::Folded(folded_words(lines_of(&whole), answers))],
                None => folded(quote),
            }
        })
    }
}

fn lines_of(quote: &str) -> usize {
    quote.lines().filter(|line| !line.trim().is_empty()).count()
}

fn folded_words(lines: usize, of: Option<Number>) -> String {
    let source = of.map_or_else(|| "the post".to_owned(), |number| format!("#{number}"));
    match lines {
        1 => format!("[ quotes a line of {source} ]"),
        _ => format!("[ quotes {lines} lines of {source} ]"),
    }
}

/// Whether the outermost lines of a quote stand in what was said.
fn quotes_from(quote: &str, said: &str) -> bool {
    let outer = squeeze(quote.lines().filter(|line| !line.trim_start().starts_with('>')).flat_map(str::chars));
    outer.len() >= Quotes::TELLING && said.contains(&outer)
}

fn squeezed_text(item: &Item) -> String {
    let said = item.blocks.iter().filter_map(|block| match block {
        Block::Said(text) => Some(text.as_str()),
        Block::Quoted(_) => None,
    });
    squeeze(said.flat_map(str::chars).take(Quotes::COMPARED_BYTES))
}

fn squeeze(text: impl Iterator<Item = char>) -> String {
    text.filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// The latest moment that the digest tells.
fn newest(digest: &Digest) -> Timestamp {
    let posts = digest.posts.iter();
    let items = posts.flat_map(|post| post.item.iter().chain(post.entries.iter().map(|entry| &entry.item)));
    items.map(|item| item.at).max().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn title(post: &PostDigest) -> String {
    let title = clean::line(&post.title);
    if title.is_empty() { "(no subject)".to_owned() } else { clean::cut(&title, 200).into_owned() }
}

/// `13 responses, 4 new`, `new post, 2 responses`.
fn status(post: &PostDigest) -> String {
    let responses = count(post.responses, "response");
    match (post.is_new, post.responses, post.new_responses) {
        (true, 0, _) => "new post".to_owned(),
        (true, ..) => format!("new post, {responses}"),
        (false, 1, 1) => "1 new response".to_owned(),
        (false, all, new) if all == new => format!("{responses}, all new"),
        (false, _, new) => format!("{responses}, {new} new"),
    }
}

/// `[Talk] 6 new responses: On listening · Small rooms (new)`: at most three titles.
fn subject(list: &str, digest: &Digest) -> String {
    let responses: usize = digest.posts.iter().map(|post| post.new_responses).sum();
    let new_posts = digest.posts.iter().filter(|post| post.is_new).count();
    let only_posts = responses == 0;
    let what = if only_posts { new_count(new_posts, "post") } else { new_count(responses, "response") };
    let titles = digest.posts.iter().take(3).map(|post| {
        let mark = if post.is_new && !only_posts { " (new)" } else { "" };
        format!("{}{mark}", clean::cut(&title(post), 48))
    });
    let titles = titles.collect::<Vec<_>>().join(" · ");
    match digest.posts.len() {
        0..=3 => format!("[{list}] {what}: {titles}"),
        all => format!("[{list}] {what}: {titles} · {} more", all - 3),
    }
}

/// `4 new under On listening. New: Small rooms.`
fn preheader(digest: &Digest) -> String {
    let told = digest.posts.iter().take(4).map(|post| match post.is_new {
        true => format!("New: {}.", clean::cut(&title(post), 48)),
        false => format!("{} new under {}.", post.new_responses, clean::cut(&title(post), 48)),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// `1 new post, 6 new responses, from Ellen, David, Ruth and 1 other.`
fn counts(digest: &Digest) -> String {
    let posts = digest.posts.iter().filter(|post| post.is_new).count();
    let responses: usize = digest.posts.iter().map(|post| post.new_responses).sum();
    let counted = [(posts, "post"), (responses, "response")];
    let counted = counted.iter().filter(|(many, _)| *many > 0).map(|(many, what)| new_count(*many, what));
    let counted = counted.collect::<Vec<_>>().join(", ");
    match authors(digest).as_slice() {
        [] => format!("{counted}."),
        names => format!("{counted}, from {}.", together(names)),
    }
}

/// Who wrote what is new, each once, in the order of the digest.
fn authors(digest: &Digest) -> Vec<String> {
    let new = digest.posts.iter().flat_map(|post| {
        let entries = post.entries.iter().filter(|entry| entry.is_new).map(|entry| &entry.item);
        post.item.iter().filter(|_| post.is_new).chain(entries)
    });
    let mut seen = HashSet::new();
    new.map(|item| Who::wrote(item).short).filter(|name| seen.insert(name.clone())).collect()
}

/// `Ellen, David, Ruth and 1 other`.
fn together(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third] => format!("{first}, {second} and {third}"),
        [first, second, third, rest @ ..] => format!("{first}, {second}, {third} and {}", count(rest.len(), "other")),
    }
}

fn count(many: usize, what: &str) -> String {
    format!("{many} {what}{}", if many == 1 { "" } else { "s" })
}

fn new_count(many: usize, what: &str) -> String {
    format!("{many} new {what}{}", if many == 1 { "" } else { "s" })
}
