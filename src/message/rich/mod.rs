//! What of an HTML mail's formatting is shown: headings, lists, links, emphasis, code, simple tables, the direction of
//! writing. Colours, sizes, places, classes and all that would be fetched from elsewhere are left out.
//!
//! The plain text stays the reading of record. While `html` lays a body on lines, [`Recorder`] notes its formatting by
//! line; once it is known which lines were said, what is hidden is left out ([`Rich::keep`]), what must not be shown is
//! taken out ([`Rich::set_texts`]), the rest is written anew from a few elements (`write`), and passes the gate (`gate`).

mod gate;
mod link;
mod record;
mod tables;
#[cfg(test)]
mod tests;
mod write;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{bounds, clean, html};
use record::{Container, Event, Leaf};
pub(super) use record::{Recorder, Undo, is_emoji};

/// The line of what is not said.
const HIDDEN: usize = usize::MAX;

/// A part of a body: as it came, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// HTML.
    Html(String),
    /// Plain text.
    Plain(String),
}

/// A body with its formatting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rich {
    text: String,
    events: Vec<Event>,
    mentioned: HashSet<String>,
}

impl Rich {
    /// Reads a body. `None` where its formatting is more than is kept.
    pub(super) fn of(sources: &[Source]) -> Option<Self> {
        let (mut text, mut events) = (String::new(), Vec::new());
        for source in sources {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            let first = text.matches('\n').count();
            match source {
                Source::Html(html) => {
                    let (laid, noted, lines) = html::to_formatted(html);
                    text.push_str(&clean::text(&laid));
                    let line = |id: usize| first + lines.get(id).or(lines.last()).copied().unwrap_or_default();
                    events.extend(noted.finish()?.into_iter().map(|event| on_line(event, line)));
                }
                Source::Plain(plain) => {
                    text.push_str(plain);
                    events.extend(plain.lines().enumerate().flat_map(|(at, line)| plain_line(first + at, line)));
                }
            }
            if events.len() > bounds::RICH_EVENTS {
                return None;
            }
        }
        let mentioned = pictures(&events).collect();
        Some(Self { text, events, mentioned })
    }

    /// The body as plain text, with `\n` line ends.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Keeps what stands on lines of blocks that are said: `blocks` has for each line of the text its block's number.
    pub fn keep(&mut self, blocks: &[Option<usize>]) {
        let block = |line: usize| blocks.get(line).copied().flatten().unwrap_or(HIDDEN);
        for event in &mut self.events {
            match event {
                Event::Open(_, line) | Event::Text { line, .. } | Event::Picture(line, _) | Event::Rule(line) => {
                    *line = block(*line);
                }
                _ => {}
            }
        }
        let is_hidden = |event: &Event| matches!(event, Event::Picture(HIDDEN, _) | Event::Rule(HIDDEN));
        self.events.retain(|event| !is_hidden(event));
        for event in &mut self.events {
            if let Event::Text { line: HIDDEN, text, .. } = event {
                text.clear();
            }
        }
    }

    /// Keeps of the pictures those that stand before any word and any quote.
    pub fn keep_first_pictures(&mut self) {
        let mut first = true;
        self.events.retain(|event| {
            match event {
                Event::Text { text, .. } => first &= text.trim().is_empty(),
                Event::Open(Container::Quote, _) => first = false,
                _ => {}
            }
            first || !matches!(event, Event::Picture(..))
        });
    }

    /// All that would be shown, in order: texts, what stands for pictures, and a line end where a block ends. An address
    /// may begin in one and end in the next.
    pub fn texts(&self) -> Vec<Cow<'_, str>> {
        let texts = self.events.iter().map(|event| match event {
            Event::Text { text, .. } => Cow::Borrowed(text.as_str()),
            Event::Picture(_, picture) if !picture.alt.is_empty() => Cow::Owned(format!("\n{}\n", picture.alt)),
            Event::Open(..) | Event::Close | Event::Edge(_) | Event::Break | Event::Rule(_) => Cow::Borrowed("\n"),
            _ => Cow::Borrowed(""),
        });
        texts.collect()
    }

    /// Puts other texts in the place of [`Rich::texts`], as many as those are.
    pub fn set_texts(&mut self, texts: Vec<String>) {
        for (event, new) in self.events.iter_mut().zip(texts) {
            match event {
                Event::Text { text, .. } => *text = new,
                Event::Picture(_, picture) => picture.alt = new.trim_matches('\n').to_owned(),
                _ => {}
            }
        }
    }

    /// Where its links lead.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| if let Event::Link(Some(href)) = event { Some(&**href) } else { None })
    }

    /// Makes plain text of every link that `good` does not know as one that may be shown.
    pub fn keep_links(&mut self, good: impl Fn(&str) -> bool) {
        for event in &mut self.events {
            if let Event::Link(link) = event
                && link.as_ref().is_some_and(|href| !good(href))
            {
                *link = None;
            }
        }
    }

    /// What stands for its pictures.
    pub fn alts(&self) -> impl Iterator<Item = &str> {
        let alts = self.events.iter().filter_map(|event| match event {
            Event::Picture(_, picture) => Some(picture.alt.as_str()),
            _ => None,
        });
        alts.filter(|alt| !alt.is_empty())
    }

    /// Whether the body speaks of the picture with this Content-ID.
    pub fn mentions(&self, content_id: &str) -> bool {
        self.mentioned.contains(content_id)
    }

    /// Whether what is kept shows the picture with this Content-ID.
    pub fn shows(&self, content_id: &str) -> bool {
        pictures(&self.events).any(|id| id == content_id)
    }

    /// So many blocks as HTML, each balanced and of few elements, that has passed the gate. A picture whose Content-ID
    /// is in `places` is an `img` of that place, `cid:3`. `None` where it is more than is kept, or nothing is formatted.
    pub fn html(&self, blocks: usize, places: &HashMap<String, usize>) -> Option<Vec<String>> {
        let tables = tables::shown(&self.events);
        let written = write::write(&self.events, blocks, &tables, places)?;
        Some(written.iter().map(|block| gate::safe(block)).collect())
    }
}

/// An event with the number of its line in the whole text.
fn on_line(event: Event, line: impl Fn(usize) -> usize) -> Event {
    match event {
        Event::Text { line: id, text, kept } => Event::Text { line: line(id), text, kept },
        Event::Open(container, id) => Event::Open(container, line(id)),
        Event::Picture(id, picture) => Event::Picture(line(id), picture),
        Event::Rule(id) => Event::Rule(line(id)),
        other => other,
    }
}

fn plain_line(line: usize, text: &str) -> [Event; 3] {
    let content = match text.trim().is_empty() {
        true => Event::Break,
        false => Event::Text { line, text: text.to_owned(), kept: true },
    };
    [Event::Edge(Leaf::Line), content, Event::Edge(Leaf::Line)]
}

fn pictures(events: &[Event]) -> impl Iterator<Item = String> {
    events.iter().filter_map(|event| match event {
        Event::Picture(_, picture) => picture.content_id.clone(),
        _ => None,
    })
}
