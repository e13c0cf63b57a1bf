//! Writes what was noted as HTML of few elements, nested to a bounded depth. Tags are written when there is something to
//! put between them: a container of hidden text leaves no trace.
//!
//! Every block of what is said is a document of its own: all that is open is closed at its end, and opened again in the
//! next where it still goes on.

use std::collections::HashMap;
use std::fmt::Write;

use super::bounds;
use super::link::shown_host;
use super::record::{Container, Direction, Event, Leaf, Picture, Styles};

/// No-break spaces in a row that are kept: an indentation, not a way to push text aside.
const MOST_NO_BREAK: usize = 12;

/// The writing of one mail.
pub(super) struct Writer<'e> {
    /// Where each picture's file is among those that came with the mail, by Content-ID.
    places: &'e HashMap<String, usize>,
    /// The finished blocks.
    done: Vec<String>,
    done_bytes: usize,
    block: usize,
    out: String,
    /// All open containers: whether each is shown.
    containers: Vec<bool>,
    /// Those that are shown; the first `opened` have their tags.
    path: Vec<Container>,
    opened: usize,
    nested: usize,
    leaf: Leaf,
    /// The block that text goes to, where one is open, and whether it has a tag.
    open_leaf: Option<(Leaf, bool)>,
    /// Whether the container that is open has text already.
    has_text: bool,
    styles: Styles,
    open_styles: Styles,
    link: Option<&'e str>,
    open_link: Option<&'e str>,
    link_text: String,
    direction: Option<Direction>,
    breaks: usize,
    blank: bool,
    at_start: bool,
    no_break: usize,
    /// An empty line was between two blocks that have none by themselves.
    gap: bool,
    tags: usize,
}

/// The blocks, as many as `blocks`; `tables` tells the events where a table begins that is shown as one. `None` where it
/// is too much.
pub(super) fn write(
    events: &[Event],
    blocks: usize,
    tables: &[bool],
    places: &HashMap<String, usize>,
) -> Option<Vec<String>> {
    let mut writer = Writer::new(places);
    for (event, is_table) in events.iter().zip(tables) {
        writer.take(event, *is_table);
        if writer.done_bytes + writer.out.len() > bounds::RICH_BYTES || writer.tags > bounds::RICH_TAGS {
            return None;
        }
    }
    writer.turn_to(blocks);
    Some(writer.done)
}

impl<'e> Writer<'e> {
    fn new(places: &'e HashMap<String, usize>) -> Self {
        Self {
            places,
            done: Vec::new(),
            done_bytes: 0,
            block: 0,
            out: String::new(),
            containers: Vec::new(),
            path: Vec::new(),
            opened: 0,
            nested: 0,
            leaf: Leaf::Line,
            open_leaf: None,
            has_text: false,
            styles: Styles::default(),
            open_styles: Styles::default(),
            link: None,
            open_link: None,
            link_text: String::new(),
            direction: None,
            breaks: 0,
            blank: false,
            at_start: true,
            no_break: 0,
            gap: false,
            tags: 0,
        }
    }

    fn take(&mut self, event: &'e Event, is_table: bool) {
        match event {
            Event::Open(container, block) => self.begin(*container, *block, is_table),
            Event::Close => self.end(),
            Event::Edge(leaf) => {
                self.leaf = *leaf;
                self.close_leaf();
            }
            Event::Styles(styles) => self.styles = *styles,
            Event::Link(link) => self.link = link.as_deref(),
            Event::Direction(direction) => self.direction = *direction,
            Event::Text { line, text, kept } => self.text(*line, text, *kept),
            Event::Picture(block, picture) => self.picture(*block, picture),
            Event::Rule(block) => self.rule(*block),
            Event::Break => self.breaks += 1,
        }
    }

    /// Ends what is written of one block of what is said; what follows is of another.
    fn turn_to(&mut self, block: usize) {
        if block <= self.block {
            return;
        }
        self.close_leaf();
        self.close_to(0);
        self.done_bytes += self.out.len();
        while self.block < block {
            self.done.push(std::mem::take(&mut self.out));
            self.block += 1;
        }
        (self.breaks, self.gap, self.has_text) = (0, false, false);
    }

    fn begin(&mut self, container: Container, block: usize, is_table: bool) {
        self.close_leaf();
        self.leaf = Leaf::Line;
        let within = if self.containers.last() == Some(&true) { self.path.last() } else { None };
        let shown = match container {
            Container::Quote | Container::List(_) => self.nested < bounds::RICH_NESTING,
            Container::Item => matches!(within, Some(Container::List(_))),
            Container::Table { .. } => is_table,
            Container::Row => matches!(within, Some(Container::Table { .. })),
            Container::Cell { .. } => matches!(within, Some(Container::Row)),
        };
        self.containers.push(shown);
        if !shown {
            return;
        }
        self.nested += usize::from(matches!(container, Container::Quote | Container::List(_)));
        self.path.push(container);
        // An empty cell keeps its place in a row that is shown.
        if matches!(container, Container::Cell { .. }) && block != super::HIDDEN {
            self.turn_to(block);
            self.open_path();
        }
    }

    fn end(&mut self) {
        self.close_leaf();
        self.leaf = Leaf::Line;
        if self.containers.pop() != Some(true) {
            return;
        }
        self.close_to(self.path.len().saturating_sub(1));
        if let Some(Container::Quote | Container::List(_)) = self.path.pop() {
            self.nested -= 1;
        }
    }

    fn tag(&mut self, tag: &str) {
        self.tags += 1;
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// A start tag with the direction of what is in it.
    fn directed(&mut self, tag: &str) {
        let direction = match self.direction {
            Some(Direction::RightToLeft) => " dir=\"rtl\"",
            Some(Direction::LeftToRight) => " dir=\"ltr\"",
            None => "",
        };
        self.tag(&format!("{tag}{direction}"));
    }

    fn open_path(&mut self) {
        while let Some(container) = self.path.get(self.opened).copied() {
            self.write_gap(false);
            match container {
                Container::Quote => self.directed("blockquote"),
                Container::List(None) => self.directed("ul"),
                Container::List(Some(1)) => self.directed("ol"),
                Container::List(Some(start)) => self.directed(&format!("ol start=\"{start}\"")),
                Container::Item => self.directed("li"),
                Container::Table { .. } => {
                    self.directed("table");
                    self.tag("tbody");
                }
                Container::Row => self.tag("tr"),
                Container::Cell { head } => self.directed(if head { "th" } else { "td" }),
            }
            self.opened += 1;
            self.has_text = false;
        }
    }

    /// Closes containers, and what is in them, until so many are open.
    fn close_to(&mut self, count: usize) {
        if self.opened <= count {
            return;
        }
        self.close_leaf();
        while self.opened > count {
            self.opened -= 1;
            let end = match self.path[self.opened] {
                Container::Quote => "</blockquote>\n",
                Container::List(None) => "</ul>\n",
                Container::List(Some(_)) => "</ol>\n",
                Container::Item => "</li>\n",
                Container::Table { .. } => "</tbody></table>\n",
                Container::Row => "</tr>\n",
                Container::Cell { head: true } => "</th>\n",
                Container::Cell { head: false } => "</td>\n",
            };
            self.out.push_str(end);
            self.has_text = true;
            self.gap = false;
        }
    }

    /// Ends the block that text goes to. A line of nothing but a break is an empty line.
    fn close_leaf(&mut self) {
        let breaks = std::mem::take(&mut self.breaks);
        self.blank = false;
        let Some((leaf, has_tag)) = self.open_leaf else {
            self.gap |= breaks > 0;
            return;
        };
        self.close_inline();
        if has_tag {
            self.out.push_str("</");
            self.out.push_str(tag_of(leaf));
            self.out.push_str(">\n");
        }
        self.open_leaf = None;
        self.gap = breaks > 1 && leaf == Leaf::Line;
    }

    fn close_inline(&mut self) {
        self.turn_styles(Styles::default());
        let Some(href) = self.open_link.take() else { return };
        self.out.push_str("</a>");
        if let Some(host) = shown_host(href, &std::mem::take(&mut self.link_text)) {
            self.out.push_str(" (");
            self.escape(&host);
            self.out.push(')');
        }
    }

    /// Closes the tags of emphasis that do not stay, the innermost first, and those inside them.
    fn turn_styles(&mut self, to: Styles) {
        let changed = Styles(self.open_styles.0 ^ to.0);
        let first = Styles::TAGS.iter().position(|(style, _)| changed.has(*style)).unwrap_or(Styles::TAGS.len());
        for (style, tag) in Styles::TAGS[first..].iter().rev() {
            if self.open_styles.has(*style) {
                self.out.push_str("</");
                self.out.push_str(tag);
                self.out.push('>');
                self.open_styles = self.open_styles.without(*style);
            }
        }
    }

    /// An empty line between two lines; other blocks have room around them.
    fn write_gap(&mut self, before_line: bool) {
        let after_line = self.out.ends_with("</div>\n");
        if std::mem::take(&mut self.gap) && before_line && after_line {
            self.tag("div");
            self.tag("br");
            self.out.push_str("</div>\n");
        }
    }

    /// Opens all that text needs around it.
    fn open_leaf(&mut self) {
        if self.open_leaf.is_some() {
            return;
        }
        self.open_path();
        let inside = matches!(self.path.last(), Some(Container::Item | Container::Cell { .. }));
        let is_plain = matches!(self.leaf, Leaf::Line | Leaf::Paragraph);
        // What an item or a cell begins with needs no block of its own.
        let has_tag = !(inside && is_plain && !self.has_text);
        self.write_gap(self.leaf == Leaf::Line && has_tag);
        if has_tag {
            if inside && is_plain && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.directed(tag_of(self.leaf));
        }
        self.open_leaf = Some((self.leaf, has_tag));
        (self.at_start, self.blank, self.breaks, self.has_text) = (true, false, 0, true);
    }

    /// Writes the breaks and blanks that were read, and changes the tags of emphasis and links.
    fn open_inline(&mut self) {
        let breaks = std::mem::take(&mut self.breaks).min(2);
        if self.open_link != self.link {
            self.close_inline();
        }
        let styles = if matches!(self.open_leaf, Some((Leaf::Preformatted, _))) {
            self.styles.without(Styles::CODE)
        } else {
            self.styles
        };
        self.turn_styles(styles);
        for _ in 0..breaks {
            self.tag("br");
            self.out.push('\n');
            (self.at_start, self.blank) = (true, false);
        }
        if std::mem::take(&mut self.blank) && !self.at_start {
            self.out.push(' ');
            self.link_text.push(' ');
        }
        if let Some(href) = self.link.filter(|_| self.open_link.is_none()) {
            let mut escaped = String::with_capacity(href.len());
            escape(&mut escaped, href, true);
            self.tag(&format!("a href=\"{escaped}\""));
            (self.open_link, self.link_text) = (self.link, String::new());
        }
        let new = styles.without(self.open_styles);
        for (_, tag) in Styles::TAGS.iter().filter(|(style, _)| new.has(*style)) {
            self.tag(tag);
        }
        self.open_styles = styles;
    }

    fn text(&mut self, block: usize, text: &str, kept: bool) {
        if block == super::HIDDEN {
            self.breaks = 0;
            return;
        }
        self.turn_to(block);
        let preformatted = self.leaf == Leaf::Preformatted;
        for c in text.chars().filter(|c| !is_unwanted(*c)) {
            match c {
                '\n' if kept && preformatted && self.open_leaf.is_some() => self.character('\n'),
                '\n' if kept => self.breaks += usize::from(self.open_leaf.is_some()),
                ' ' | '\t' if kept && preformatted => self.character(c),
                ' ' | '\t' if kept && (self.at_start || self.blank || self.breaks > 0) && self.open_leaf.is_some() => {
                    self.character('\u{a0}');
                }
                ' ' | '\t' | '\n' | '\r' | '\x0c' => self.blank = true,
                _ => self.character(c),
            }
        }
    }

    fn character(&mut self, c: char) {
        self.open_leaf();
        if self.breaks > 0 || self.blank || self.open_link != self.link || self.open_styles != self.styles {
            self.open_inline();
        }
        self.no_break = if c == '\u{a0}' { self.no_break + 1 } else { 0 };
        if self.open_link.is_some() {
            self.link_text.push(c);
        }
        match c {
            '\u{a0}' if self.no_break > MOST_NO_BREAK => {}
            _ => escape(&mut self.out, c.encode_utf8(&mut [0; 4]), false),
        }
        self.at_start = false;
    }

    fn escape(&mut self, text: &str) {
        escape(&mut self.out, text, false);
    }

    /// A picture that came with the mail stands in its place; of another, what stands for it.
    fn picture(&mut self, block: usize, picture: &Picture) {
        if block == super::HIDDEN {
            return;
        }
        let place = picture.content_id.as_ref().and_then(|id| self.places.get(id));
        let alt: String = picture.alt.chars().filter(|c| !is_unwanted(*c)).collect();
        if place.is_none() && alt.is_empty() {
            return;
        }
        self.turn_to(block);
        self.open_leaf();
        self.open_inline();
        self.at_start = false;
        if self.open_link.is_some() {
            // What stands for a picture is read like any other text.
            self.link_text.push_str(&alt);
        }
        match place {
            Some(place) => {
                let mut escaped = String::new();
                escape(&mut escaped, &alt, true);
                self.tag(&format!("img src=\"cid:{place}\" alt=\"{escaped}\""));
            }
            None => {
                self.out.push('[');
                self.escape(&alt);
                self.out.push(']');
            }
        }
    }

    fn rule(&mut self, block: usize) {
        self.close_leaf();
        if block == super::HIDDEN || self.path.iter().any(|container| matches!(container, Container::Table { .. })) {
            return;
        }
        self.turn_to(block);
        self.open_path();
        self.gap = false;
        self.tag("hr");
        self.out.push('\n');
        self.has_text = true;
    }
}

fn tag_of(leaf: Leaf) -> &'static str {
    match leaf {
        Leaf::Line => "div",
        Leaf::Paragraph => "p",
        Leaf::Heading(1) => "h4",
        Leaf::Heading(2) => "h5",
        Leaf::Heading(_) => "h6",
        Leaf::Preformatted => "pre",
    }
}

/// Controls, among them the marks of our slots, and what turns the direction of writing beyond its own block.
fn is_unwanted(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\x0c'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Text as the gate writes it.
fn escape(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            // Writing to a String never fails.
            c => {
                let _ = out.write_char(c);
            }
        }
    }
}
