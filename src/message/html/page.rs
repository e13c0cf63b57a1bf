//! What the elements of a page do to its lines. A stack holds the open elements that matter; it is searched to a
//! bounded depth, by the rules of the HTML standard that decide which end tag closes what.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};

use super::clients::{self, Part};
use super::lines::Lines;
use crate::message::rich::{self, Recorder, Undo};

/// How far down the stack an end tag looks for its start tag.
const SEARCH: usize = 100;

/// Longest style that is looked at.
const STYLE_BYTES: usize = 2_000;

/// The tokenizer's end of a [`Page`].
pub(super) struct Sink<'p>(pub &'p RefCell<Page>);

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line_number: u64) -> TokenSinkResult<()> {
        self.0.borrow_mut().take(token);
        TokenSinkResult::Continue
    }
}

/// The page so far.
#[derive(Default)]
pub(super) struct Page {
    lines: Lines,
    open: Vec<Element>,
    quotes: usize,
    hidden: usize,
    preserved: usize,
    /// The open lists: the next number of an ordered one.
    lists: Vec<Option<u32>>,
    link: Option<Link>,
    raw: Option<&'static str>,
    tags: usize,
    /// A line feed right after `<pre>` does not count.
    after_pre: bool,
    /// Notes the formatting, where it is wanted.
    noted: Option<Box<Recorder>>,
}

/// An open element and what it does to what is in it.
#[derive(Default)]
struct Element {
    name: LocalName,
    quotes: bool,
    signs: bool,
    hides: bool,
    preserves: bool,
    undo: Undo,
}

/// An open link.
struct Link {
    url: String,
    start: (usize, usize),
}

/// How an element stands among others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Inline,
    Block,
    Paragraph,
}

fn edge(name: &str) -> Edge {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "blockquote" | "dl" | "ul" | "ol" => Edge::Paragraph,
        "div" | "section" | "article" | "header" | "footer" | "main" | "aside" | "nav" | "address" | "li" | "dt"
        | "dd" | "table" | "tr" | "caption" | "center" | "figure" | "figcaption" | "form" | "fieldset" => Edge::Block,
        _ => Edge::Inline,
    }
}

/// Elements that no end tag of something inline reaches through ("special" in the HTML standard).
fn is_special(name: &str) -> bool {
    edge(name) != Edge::Inline || is_cell(name)
}

fn is_cell(name: &str) -> bool {
    matches!(name, "td" | "th")
}

/// Elements that an end tag from inside does not reach through ("scope" in the HTML standard).
fn bounds_scope(name: &str) -> bool {
    is_cell(name) || matches!(name, "table" | "caption")
}

impl Page {
    /// A page whose formatting is noted.
    pub(super) fn noting() -> Self {
        Self { noted: Some(Box::default()), ..Self::default() }
    }

    /// What was noted.
    pub(super) fn take_noted(&mut self) -> Recorder {
        self.noted.take().map(|noted| *noted).unwrap_or_default()
    }

    /// How many tags, comments and the like came so far.
    pub(super) fn tags_seen(&self) -> usize {
        self.tags
    }

    /// Whether blanks and line ends are kept here.
    pub(super) fn preserves(&self) -> bool {
        self.preserved > 0
    }

    /// The element just begun whose content is no HTML.
    pub(super) fn take_raw(&mut self) -> Option<&'static str> {
        self.raw.take()
    }

    /// The text of the page, and which line of it each line is that was begun.
    pub(super) fn finish(mut self) -> (String, Vec<usize>) {
        self.end_link();
        self.lines.finish()
    }

    fn take(&mut self, token: Token) {
        match token {
            Token::CharacterTokens(text) => self.text(&text),
            Token::TagToken(tag) => {
                self.tags += 1;
                if tag.kind == TagKind::StartTag { self.start(&tag) } else { self.end(&tag.name) }
            }
            Token::CommentToken(_) | Token::DoctypeToken(_) => self.tags += 1,
            Token::NullCharacterToken | Token::EOFToken | Token::ParseError(_) => {}
        }
    }

    /// Text as it stands, without entities.
    pub(super) fn text(&mut self, text: &str) {
        let text = if std::mem::take(&mut self.after_pre) { text.strip_prefix('\n').unwrap_or(text) } else { text };
        if self.hidden == 0 && !self.lines.is_full() {
            self.write(text);
        }
    }

    fn write(&mut self, text: &str) {
        let kept = self.preserved > 0;
        let Some(noted) = &mut self.noted else { return self.lines.text(text, kept) };
        // Where line ends count, each line is noted by itself.
        let pieces = text.split_inclusive(|c| kept && c == '\n');
        for piece in pieces {
            noted.text(piece, self.lines.place().0, kept);
            self.lines.text(piece, kept);
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        self.after_pre = name == "pre";
        self.raw = ["script", "style", "title"].into_iter().find(|raw| *raw == name);
        self.close_implied(name);
        if self.hidden == 0 {
            self.edge_of(name);
            self.start_visible(tag);
        }
        self.open(tag);
    }

    fn start_visible(&mut self, tag: &Tag) {
        match &*tag.name {
            "br" => self.lines.line_break(),
            "hr" => {
                self.lines.block_edge();
                if !self.lines.is_full() {
                    self.lines.text("---", false);
                }
                self.lines.block_edge();
            }
            "img" => self.picture(attribute(tag, "alt")),
            "td" | "th" => self.lines.blank(),
            "li" => self.item(),
            "a" => {
                self.end_link();
                let url = attribute(tag, "href").trim();
                let begins =
                    |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
                if begins("http://") || begins("https://") {
                    self.link = Some(Link { url: url.to_owned(), start: self.lines.place() });
                }
            }
            _ => {}
        }
    }

    fn edge_of(&mut self, name: &str) {
        let inner_list = matches!(name, "ul" | "ol") && !self.lists.is_empty();
        match edge(name) {
            Edge::Paragraph if !inner_list && !self.in_item(name) => self.lines.paragraph_edge(),
            Edge::Inline => {}
            _ => self.lines.block_edge(),
        }
    }

    /// Whether a paragraph stands in a list: no empty lines go around it there.
    fn in_item(&self, name: &str) -> bool {
        name == "p" && !self.lists.is_empty()
    }

    fn item(&mut self) {
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            _ => "- ".to_owned(),
        };
        self.lines.item(mark, self.lists.len());
    }

    /// A picture of one or two characters stands for them: that is how some programs send an emoji.
    fn picture(&mut self, alt: &str) {
        if rich::is_emoji(alt) {
            self.write(alt);
        }
    }

    /// Puts an element on the stack, with what it does to what is in it.
    fn open(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        let is_void = matches!(name, "br" | "hr" | "img" | "input" | "meta" | "link" | "base" | "col" | "wbr" | "area");
        let style = plain_style(attribute(tag, "style"));
        let hides = style.contains("display:none") || tag.attrs.iter().any(|a| &*a.name.local == "hidden");
        let noted = self.noted.as_mut().filter(|_| !is_void || self.hidden == 0);
        let undo = noted.map(|noted| noted.start(tag, &style, self.lines.place().0)).unwrap_or_default();
        if is_void || !(hides || is_special(name) || matches!(name, "span" | "a")) {
            return;
        }
        let part = if self.hidden == 0 && !hides { clients::part(tag, &style) } else { None };
        if part == Some(Part::Head) {
            self.lines.head_of_another_mail();
        }
        let element = Element {
            name: tag.name.clone(),
            quotes: part == Some(Part::Quote),
            signs: part == Some(Part::Signature) && self.quotes == 0 && self.lines.begin_signature(),
            hides,
            preserves: name == "pre" || style.contains("white-space:pre") || style.contains("white-space:break-spaces"),
            undo,
        };
        self.hidden += usize::from(hides);
        self.preserved += usize::from(element.preserves);
        if element.quotes {
            self.quotes += 1;
            self.lines.set_depth(self.quotes);
        }
        if let "ul" | "ol" = name {
            self.lists.push((name == "ol").then(|| attribute(tag, "start").parse().unwrap_or(1)));
        }
        self.open.push(element);
    }

    /// Closes what a start tag closes without an end tag: a paragraph before a block, an item before the next.
    fn close_implied(&mut self, name: &str) {
        match name {
            "li" => self.close_nearest(&["li"], |above| matches!(above, "ul" | "ol")),
            "dt" | "dd" => self.close_nearest(&["dt", "dd"], |above| above == "dl"),
            "tr" => self.close_nearest(&["tr"], |above| above == "table"),
            "td" | "th" => self.close_nearest(&["td", "th"], |above| matches!(above, "tr" | "table")),
            // Every other block closed the paragraph that it came in, so behind one there is none to be found.
            _ if edge(name) != Edge::Inline => {
                self.close_nearest(&["p"], |above| is_special(above) && !matches!(above, "dt" | "dd" | "tr"))
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &LocalName) {
        self.after_pre = false;
        if &**name == "br" && self.hidden == 0 {
            if let Some(noted) = &mut self.noted {
                noted.line_break();
            }
            return self.lines.line_break();
        }
        if let Some(noted) = &mut self.noted {
            noted.end_inline(name);
        }
        let wanted: &str = name;
        let reaches_through = |element: &str| {
            if is_special(wanted) {
                !bounds_scope(element) || matches!(wanted, "table" | "tr")
            } else {
                !is_special(element)
            }
        };
        let found = self.open.iter().rev().take(SEARCH).enumerate().find_map(|(above, element)| {
            let is_wanted = element.name == *name;
            (is_wanted || !reaches_through(&element.name)).then_some((above, is_wanted))
        });
        if let Some((above, true)) = found {
            self.close(above + 1);
        }
    }

    /// Closes down to the nearest of these, if nothing comes before it that `ends` the search.
    fn close_nearest(&mut self, names: &[&str], ends: impl Fn(&str) -> bool) {
        let found = self.open.iter().rev().take(SEARCH).enumerate().find_map(|(above, element)| {
            let name: &str = &element.name;
            let is_wanted = names.contains(&name);
            (is_wanted || ends(name)).then_some((above, is_wanted))
        });
        if let Some((above, true)) = found {
            self.close(above + 1);
        }
    }

    /// Takes so many elements off the stack and undoes what they did.
    fn close(&mut self, count: usize) {
        for _ in 0..count {
            let Some(element) = self.open.pop() else { return };
            let name: &str = &element.name;
            if name == "a" {
                self.end_link();
            }
            if let Some(noted) = &mut self.noted {
                noted.end(name, element.undo);
            }
            if let "ul" | "ol" = name {
                self.lists.pop();
            }
            if self.hidden == 0 {
                self.edge_of_end(name);
            }
            self.hidden -= usize::from(element.hides);
            self.preserved -= usize::from(element.preserves);
            if element.quotes {
                self.quotes -= 1;
                self.lines.set_depth(self.quotes);
            }
            if element.signs {
                self.lines.end_signature();
            }
        }
    }

    fn edge_of_end(&mut self, name: &str) {
        self.edge_of(name);
        if let "ul" | "ol" = name {
            self.lines.set_lists(self.lists.len());
        }
    }

    /// Writes where a link leads after its text, unless the text says so.
    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        let text = self.lines.since(link.start);
        if self.hidden > 0 || text.is_some_and(|text| text.is_empty() || bare_url(text) == bare_url(&link.url)) {
            return;
        }
        self.lines.text(&format!(" ({})", link.url), false);
    }
}

/// A URL as people write it: without its scheme and the slash at its end.
fn bare_url(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(&url);
    bare.trim_end_matches('/').to_owned()
}

pub(super) fn attribute<'t>(tag: &'t Tag, name: &str) -> &'t str {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map_or("", |attribute| &attribute.value)
}

/// A style without blanks, in small letters.
fn plain_style(style: &str) -> String {
    let bounded = &style[..style.floor_char_boundary(STYLE_BYTES)];
    bounded.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}
