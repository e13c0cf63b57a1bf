//! What of an HTML body's formatting is kept, noted while `html` reads it: each piece of text with the line that it
//! stands on in the plain text, and what changes between two pieces. No tree, no recursion; what closes what has been
//! decided by `html::page`.

use html5ever::LocalName;
use html5ever::tokenizer::Tag;

use super::{bounds, clean};

/// Emphasis and the like: a set of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::message) struct Styles(pub u8);

impl Styles {
    /// In the order in which their tags nest, with the tag of each.
    pub(super) const TAGS: [(Styles, &'static str); 7] = [
        (Styles(1), "strong"),
        (Styles(2), "em"),
        (Styles(4), "u"),
        (Styles(8), "s"),
        (Styles(16), "code"),
        (Styles(32), "sub"),
        (Styles(64), "sup"),
    ];
    const BOLD: Self = Self(1);
    const ITALIC: Self = Self(2);
    const UNDERLINED: Self = Self(4);
    const STRUCK: Self = Self(8);
    pub(super) const CODE: Self = Self(16);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What an element of this name means by itself.
    fn of_name(name: &str) -> Self {
        Self(match name {
            "b" | "strong" => 1,
            "i" | "em" | "cite" | "dfn" | "var" => 2,
            "u" | "ins" => 4,
            "s" | "strike" | "del" => 8,
            "code" | "tt" | "kbd" | "samp" => 16,
            "sub" => 32,
            "sup" => 64,
            _ => 0,
        })
    }

    /// What a style, without blanks and in small letters, adds.
    fn of_style(style: &str) -> Self {
        let mut all = 0;
        let mut add = |is: bool, styles: Self| all |= if is { styles.0 } else { 0 };
        let weight = style.split("font-weight:").nth(1).unwrap_or_default();
        add(["bold", "600", "700", "800", "900"].iter().any(|bold| weight.starts_with(bold)), Self::BOLD);
        add(style.contains("font-style:italic"), Self::ITALIC);
        let decoration =
            style.split("text-decoration").nth(1).unwrap_or_default().split(';').next().unwrap_or_default();
        add(decoration.contains("underline"), Self::UNDERLINED);
        add(decoration.contains("line-through"), Self::STRUCK);
        Self(all)
    }
}

/// A direction of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Direction {
    LeftToRight,
    RightToLeft,
}

/// A block that holds text and no other block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Leaf {
    Line,
    Paragraph,
    /// From 1, the largest, to 3.
    Heading(u8),
    Preformatted,
}

/// A block that holds blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Container {
    Quote,
    /// The first number of an ordered one.
    List(Option<u32>),
    Item,
    /// Whether its sender says that it only lays things out.
    Table {
        layout: bool,
    },
    Row,
    Cell {
        head: bool,
    },
}

/// A picture: one that came with the mail has a Content-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::message) struct Picture {
    pub content_id: Option<String>,
    /// What stands for it; one line, may be empty.
    pub alt: String,
}

/// Something that is said, or that changes what is said from there on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::message) enum Event {
    Open(Container, usize),
    /// The innermost container ends.
    Close,
    /// From here on text stands in a block of its own.
    Edge(Leaf),
    Styles(Styles),
    Link(Option<String>),
    Direction(Option<Direction>),
    Text {
        line: usize,
        text: String,
        /// Whether blanks and line ends count.
        kept: bool,
    },
    Picture(usize, Picture),
    Rule(usize),
    Break,
}

/// What an element's end undoes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::message) struct Undo {
    styles: Styles,
    direction: Option<Option<Direction>>,
}

/// Notes events. After too many it notes no more, and nothing is kept of the formatting.
#[derive(Default)]
pub(in crate::message) struct Recorder {
    events: Vec<Event>,
    /// How many open elements give each style.
    given: [u16; 7],
    /// The open elements that are known by their name alone, and what they give.
    inline: Vec<(LocalName, Styles)>,
    headings: [u16; 3],
    preformatted: u16,
    paragraphs: u16,
    direction: Option<Direction>,
    /// Whether anything was written from right to left.
    turned: bool,
}

impl Recorder {
    /// What was noted; `None` where it was too much.
    pub(super) fn finish(self) -> Option<Vec<Event>> {
        (self.events.len() < bounds::RICH_EVENTS).then_some(self.events)
    }

    fn note(&mut self, event: Event) {
        if self.events.len() < bounds::RICH_EVENTS {
            self.events.push(event);
        }
    }

    /// Text on a line; `kept` says whether its blanks count.
    pub(in crate::message) fn text(&mut self, text: &str, line: usize, kept: bool) {
        // A character that was spelled out comes by itself; what is looked for in a text may begin in front of it.
        match self.events.last_mut() {
            Some(Event::Text { line: last, text: before, kept: was_kept }) if *last == line && *was_kept == kept => {
                before.push_str(text);
            }
            _ => self.note(Event::Text { line, text: text.to_owned(), kept }),
        }
    }

    /// A line ends.
    pub(in crate::message) fn line_break(&mut self) {
        self.note(Event::Break);
    }

    /// An element begins on a line; `style` is its style, in small letters and without blanks.
    pub(in crate::message) fn start(&mut self, tag: &Tag, style: &str, line: usize) -> Undo {
        let name: &str = &tag.name;
        match name {
            "br" => self.line_break(),
            // Its line has just been written.
            "hr" => self.note(Event::Rule(line.saturating_sub(1))),
            "img" => self.picture(tag, style, line),
            "a" => self.note(Event::Link(web_address(attribute(tag, "href")))),
            _ => {}
        }
        self.begin_block(tag, line);
        let named = Styles::of_name(name);
        if named != Styles::default() {
            self.begin_inline(tag.name.clone(), if style.contains("font-weight:normal") { Styles(0) } else { named });
            return Undo::default();
        }
        let direction = direction(attribute(tag, "dir")).map(|direction| {
            let before = self.direction;
            self.turn(Some(direction));
            before
        });
        let undo = Undo { styles: Styles::of_style(style), direction };
        self.count(undo.styles, true);
        undo
    }

    /// An element that had a place on the stack ends.
    pub(in crate::message) fn end(&mut self, name: &str, undo: Undo) {
        self.count(undo.styles, false);
        match name {
            "a" => self.note(Event::Link(None)),
            "p" => self.paragraphs = self.paragraphs.saturating_sub(1),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            _ => {
                if let Some(level) = heading(name) {
                    self.headings[level] = self.headings[level].saturating_sub(1);
                }
            }
        }
        if container(name).is_some() {
            self.note(Event::Close);
        } else if is_leaf(name) {
            self.edge();
        }
        if let Some(before) = undo.direction {
            self.turn(before);
        }
    }

    /// An end tag of an element that has no place on the stack.
    pub(in crate::message) fn end_inline(&mut self, name: &LocalName) {
        if let Some(at) = self.inline.iter().rposition(|(open, _)| open == name) {
            let (_, styles) = self.inline.remove(at);
            self.count(styles, false);
        }
    }

    fn begin_inline(&mut self, name: LocalName, styles: Styles) {
        if self.inline.len() < bounds::RICH_INLINE {
            self.inline.push((name, styles));
            self.count(styles, true);
        }
    }

    fn begin_block(&mut self, tag: &Tag, line: usize) {
        let name: &str = &tag.name;
        match name {
            "p" => self.paragraphs = self.paragraphs.saturating_add(1),
            "pre" => self.preformatted = self.preformatted.saturating_add(1),
            _ => {
                if let Some(level) = heading(name) {
                    self.headings[level] = self.headings[level].saturating_add(1);
                }
            }
        }
        if let Some(container) = container(name) {
            let container = match container {
                Container::List(Some(_)) => Container::List(Some(attribute(tag, "start").parse().unwrap_or(1))),
                Container::Table { .. } => {
                    let role = attribute(tag, "role");
                    Container::Table { layout: matches!(role, "presentation" | "none") }
                }
                other => other,
            };
            self.note(Event::Open(container, line));
        } else if is_leaf(name) {
            self.edge();
        }
    }

    fn edge(&mut self) {
        let heading = self.headings.iter().position(|open| *open > 0);
        self.note(Event::Edge(match heading {
            _ if self.preformatted > 0 => Leaf::Preformatted,
            Some(level) => Leaf::Heading(level as u8 + 1),
            None if self.paragraphs > 0 => Leaf::Paragraph,
            None => Leaf::Line,
        }));
    }

    /// Counts what an element gives, and notes where that changes what text looks like.
    fn count(&mut self, styles: Styles, begins: bool) {
        if styles == Styles::default() {
            return;
        }
        let before = self.styles();
        for (given, (style, _)) in self.given.iter_mut().zip(Styles::TAGS) {
            if styles.has(style) {
                *given = if begins { given.saturating_add(1) } else { given.saturating_sub(1) };
            }
        }
        let now = self.styles();
        if now != before {
            self.note(Event::Styles(now));
        }
    }

    fn styles(&self) -> Styles {
        let given = self.given.iter().zip(Styles::TAGS).filter(|(given, _)| **given > 0);
        Styles(given.fold(0, |all, (_, (style, _))| all | style.0))
    }

    /// What is written from left to right is worth a word only beside what is not.
    fn turn(&mut self, to: Option<Direction>) {
        self.direction = to;
        self.turned |= to == Some(Direction::RightToLeft);
        if self.turned {
            self.note(Event::Direction(to));
        }
    }

    fn picture(&mut self, tag: &Tag, style: &str, line: usize) {
        let src = attribute(tag, "src").trim();
        let has_scheme = |scheme: &str| src.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        let content_id = has_scheme("cid:").then(|| src["cid:".len()..].trim_matches(['<', '>']).to_owned());
        let alt = clean::line(attribute(tag, "alt"), bounds::ALT_CHARS);
        if !is_dot(tag, style) && !is_emoji(&alt) && (content_id.is_some() || !alt.is_empty()) {
            self.note(Event::Picture(line, Picture { content_id, alt }));
        }
    }
}

/// Whether what stands for a picture is all that it shows: that is how some programs send an emoji.
pub(in crate::message) fn is_emoji(alt: &str) -> bool {
    !alt.is_ascii() && alt.chars().count() <= 8 && !alt.chars().any(char::is_alphanumeric)
}

/// Whether a picture is too small to see: it is there to be asked for.
fn is_dot(tag: &Tag, style: &str) -> bool {
    let tiny = |size: &str| matches!(size.trim().trim_end_matches("px"), "0" | "1" | "2");
    let styled = |side: &str| {
        style
            .split(';')
            .filter_map(|rule| rule.strip_prefix(side))
            .any(|size| tiny(size.trim_end_matches("!important")))
    };
    ["width", "height"].iter().any(|side| tiny(attribute(tag, side)))
        || ["width:", "height:", "max-width:", "max-height:"].iter().any(|side| styled(side))
}

fn heading(name: &str) -> Option<usize> {
    match name {
        "h1" | "h2" => Some(0),
        "h3" => Some(1),
        "h4" | "h5" | "h6" => Some(2),
        _ => None,
    }
}

fn container(name: &str) -> Option<Container> {
    Some(match name {
        "blockquote" => Container::Quote,
        "ul" => Container::List(None),
        "ol" => Container::List(Some(1)),
        "li" => Container::Item,
        "table" => Container::Table { layout: false },
        "tr" => Container::Row,
        "td" => Container::Cell { head: false },
        "th" => Container::Cell { head: true },
        _ => return None,
    })
}

/// Whether an element of this name parts blocks: all that `html::page` keeps on its stack but what is inline.
fn is_leaf(name: &str) -> bool {
    heading(name).is_some()
        || matches!(
            name,
            "p" | "pre"
                | "div"
                | "section"
                | "article"
                | "header"
                | "footer"
                | "main"
                | "aside"
                | "nav"
                | "address"
                | "dl"
                | "dt"
                | "dd"
                | "caption"
                | "center"
                | "figure"
                | "figcaption"
                | "form"
                | "fieldset"
        )
}

fn direction(word: &str) -> Option<Direction> {
    match word {
        _ if word.eq_ignore_ascii_case("rtl") => Some(Direction::RightToLeft),
        _ if word.eq_ignore_ascii_case("ltr") => Some(Direction::LeftToRight),
        _ => None,
    }
}

/// Where a link leads, as browsers read it; `None` unless to the web or to an address.
fn web_address(href: &str) -> Option<String> {
    if href.len() > bounds::HREF_BYTES {
        return None;
    }
    let url = url::Url::parse(href.trim()).ok()?;
    let is_good = match url.scheme() {
        "http" | "https" => url.host_str().is_some_and(|host| !host.is_empty()),
        "mailto" => url.path().contains('@') || url.path().contains("%40"),
        _ => false,
    };
    if !is_good {
        return None;
    }
    // What a link would put into a mail (RFC 6068) is its sender's word in another's mouth.
    let kept = if url.scheme() == "mailto" { format!("mailto:{}", url.path()) } else { String::from(url) };
    (kept.len() <= bounds::HREF_BYTES).then_some(kept)
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> &'t str {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map_or("", |attribute| &attribute.value)
}
