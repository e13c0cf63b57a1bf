//! One mail that answers several items of a digest: each quoted run with what is said under it goes to its own parent.
//! Only what is certain counts; a mail of which one run is not is not taken apart.

use std::ops::Range;

use super::label::{Label, Opening, SetOff};
use super::place::{By, Shown, Unclear};
use super::quotes::{Hit, Texts, add, most_lines};
use crate::discussion::ItemId;

/// The most runs that a mail is taken apart into: a person does not answer more at once.
const MOST_RUNS: usize = 20;

/// Posts that have one letter.
const ONE_LETTER: usize = 26;

/// How many quoted lines are looked for; of a mail with more it is not certain what they all come from.
const MOST_LINES: usize = 2_000;

/// A line of at least so many characters may have been broken by a mail program, and go on on the next.
const BROKEN_FROM: usize = 50;

/// The most words of a greeting.
const GREETING_WORDS: usize = 5;

/// The most labels of a mail that are told of.
const MOST_TYPED: usize = 20;

/// How many lines with labels are looked up in what was shown; of a mail with more it is not certain what it answers.
const MOST_LABELS: usize = 1_000;

/// A part of a mail's text: a run of whole lines, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// What its sender said.
    Said(&'t str),
    /// What they quoted: its lines without marks.
    Quoted(Vec<String>),
    /// Anything else: what introduces a quote, a signature.
    Aside,
}

/// What of a mail answers one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The item.
    pub under: ItemId,
    /// By which evidence.
    pub by: By,
    /// What belongs to it, in order. Each part of the mail is in one run, and no octet in two.
    pub pieces: Vec<Piece>,
}

/// A part of a mail, or of what is said in one, the octets from and to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which part.
    pub part: usize,
    /// What of it; `None`: all.
    pub octets: Option<Range<usize>>,
}

/// How a mail that answers a digest is taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    /// Not at all: it goes where it says as a whole.
    Whole,
    /// Each of these goes to its own item; all items are different.
    Runs(Vec<Run>),
    /// It answers several things, but not all of them can be told without guessing.
    Unclear(Unclear),
}

/// Whether it is worth to ask what the digest showed: something is said below a quote, or begins with a label. `clear`:
/// it is known where the mail goes as a whole.
pub fn may_split(parts: &[Part<'_>], clear: bool) -> bool {
    let mut quoted = false;
    let mut answers = 0;
    for part in parts {
        match part {
            Part::Quoted(_) => quoted = true,
            Part::Said(text) if openings(text).next().is_some() => return true,
            Part::Said(text) if !text.trim().is_empty() => {
                answers += usize::from(quoted);
                quoted = false;
            }
            Part::Said(_) | Part::Aside => {}
        }
    }
    answers > usize::from(clear)
}

/// Takes a mail apart by what its quotes and labels name of what a digest showed. Linear in the mail but for the quoted
/// lines, which are looked for in what was shown; these are bounded.
pub fn split(parts: &[Part<'_>], shown: &Shown) -> Split {
    let (hits, before, current) = (Vec::new(), Vec::new(), Draft::default());
    let texts = Texts::of(shown);
    let mut splitting = Splitting {
        parts,
        shown,
        texts,
        hits,
        before,
        current,
        unclear: false,
        unknown: 0,
        doubtful_label: false,
        looked_up: 0,
    };
    splitting.look_quotes_up();
    splitting.walk();
    splitting.ended()
}

/// The items of a digest that a mail quotes lines of, each once, in the order of their last lines.
pub fn quoted_items(parts: &[Part<'_>], shown: &Shown) -> Vec<ItemId> {
    let quoted = parts.iter().filter_map(|part| if let Part::Quoted(lines) = part { Some(lines) } else { None });
    let (hits, _) = Texts::of(shown).hits(quoted.flatten(), most_lines(shown, MOST_LINES));
    hits.into_iter().map(|hit| hit.item).collect()
}

/// The labels that a mail's lines begin with, in order, each once: also such as may be something else.
pub fn typed(parts: &[Part<'_>]) -> Vec<Label> {
    let of_line = |line: &str| match Opening::of(line) {
        Some(opening) => opening.labels,
        None => Label::perhaps(line).into_iter().collect(),
    };
    let said = parts.iter().filter_map(|part| if let Part::Said(text) = part { Some(*text) } else { None });
    let mut labels: Vec<Label> = Vec::new();
    for label in said.flat_map(str::lines).flat_map(of_line).take(10 * MOST_TYPED) {
        if labels.len() < MOST_TYPED && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// The first label before a colon that names nothing in a digest.
pub fn names_nothing(parts: &[Part<'_>], shown: &Shown) -> Option<Label> {
    let said = parts.iter().filter_map(|part| if let Part::Said(text) = part { Some(*text) } else { None });
    let typed = said.flat_map(openings).take(MOST_LABELS).filter(|(_, opening)| opening.set_off == SetOff::Colon);
    let mut labels = typed.flat_map(|(_, opening)| opening.labels).filter(|label| label.number.is_some());
    labels.find(|label| label.all_among(&shown.labels).next().is_none())
}

/// A run that is being gathered.
#[derive(Default)]
struct Draft {
    under: Option<(ItemId, By)>,
    pieces: Vec<Piece>,
}

struct Splitting<'a> {
    parts: &'a [Part<'a>],
    shown: &'a Shown,
    texts: Texts,
    /// For each part, the items that its lines come from, each once, in the order of their last lines; `None` where it
    /// has more lines than are looked for.
    hits: Vec<Option<Vec<Hit>>>,
    /// The runs before the current one.
    before: Vec<Draft>,
    current: Draft,
    /// Whether somewhere it cannot be told what is answered.
    unclear: bool,
    /// How many parts are said below quotes of which nobody knows what they quote.
    unknown: usize,
    /// Whether a label was typed that may be none, or of which it is not certain what it names.
    doubtful_label: bool,
    /// How many lines that begin with labels were looked up.
    looked_up: usize,
}

/// What begins with a label.
struct Border {
    /// The octet at which it begins.
    at: usize,
    item: ItemId,
    /// Whether it may as well be a part of what is said.
    is_doubtful: bool,
}

impl Splitting<'_> {
    fn look_quotes_up(&mut self) {
        let mut left = most_lines(self.shown, MOST_LINES);
        for part in self.parts {
            let Part::Quoted(lines) = part else {
                self.hits.push(Some(Vec::new()));
                continue;
            };
            let (hits, looked_for) = self.texts.hits(lines.iter(), left);
            self.hits.push((looked_for <= left).then_some(hits));
            left = left.saturating_sub(looked_for);
        }
    }

    /// Goes through the parts. What is quoted, and what stands around it, waits for what is said under it.
    fn walk(&mut self) {
        let last_quote = self.hits.iter().rposition(|hits| hits.as_ref().is_some_and(|hits| !hits.is_empty()));
        let mut waiting: Vec<Piece> = Vec::new();
        let mut quoted: Option<Vec<Hit>> = Some(Vec::new());
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Said(text) if !text.trim().is_empty() => {
                    let between = last_quote.is_some_and(|last| last > at);
                    self.said(at, text, std::mem::take(&mut waiting), quoted.as_deref(), between);
                    quoted = Some(Vec::new());
                }
                Part::Said(_) | Part::Quoted(_) | Part::Aside => {
                    waiting.push(Piece { part: at, octets: None });
                    match (&mut quoted, &self.hits[at]) {
                        (Some(quoted), Some(hits)) => hits.iter().for_each(|hit| add(quoted, *hit)),
                        _ => quoted = None,
                    }
                }
            }
        }
        self.current.pieces.extend(waiting);
    }

    /// What is said under `waiting`, which quotes these items; `None`: nobody knows which. `between`: the digest is quoted
    /// further below.
    fn said(&mut self, part: usize, text: &str, waiting: Vec<Piece>, quoted: Option<&[Hit]>, between: bool) {
        let mut borders = self.borders(text).into_iter().peekable();
        let at_once = borders.next_if(|border| border.at == 0);
        let label = at_once.as_ref().filter(|border| !border.is_doubtful).map(|border| border.item);
        match (label, quoted) {
            (Some(label), Some(quoted)) if self.tells(quoted) && !quoted.iter().any(|hit| hit.item == label) => {
                self.doubtful_label = true;
            }
            (Some(_), _) | (None, Some([])) => {}
            (None, Some([one])) if !one.doubtful => self.turn_to(one.item, By::Quote),
            // Set between quoted lines, it answers the nearest above. Below all that was quoted, it may answer any of it.
            (None, Some([.., nearest])) if between && !nearest.doubtful => self.turn_to(nearest.item, By::Quote),
            (None, Some(_)) => self.unclear = true,
            (None, None) => {
                self.unclear = true;
                self.unknown += 1;
            }
        }
        if let Some(border) = at_once {
            self.turn_to_typed(&border);
        }
        self.current.pieces.extend(waiting);
        let mut from = 0;
        for border in borders {
            self.current.pieces.push(Piece { part, octets: Some(from..border.at) });
            self.turn_to_typed(&border);
            from = border.at;
        }
        self.current.pieces.push(Piece { part, octets: Some(from..text.len()) });
    }

    /// Whether these quoted items tell what is answered. All of several do not: mail programs quote everything.
    fn tells(&self, quoted: &[Hit]) -> bool {
        quoted.iter().any(|hit| !hit.doubtful) && (quoted.len() == 1 || !self.texts.are_all(quoted, self.shown))
    }

    /// Where lines begin with the label of something that the digest showed; blanks before the first do not count. Within
    /// a paragraph only a number with a colon behind it counts, unless the paragraph begins with a label too.
    fn borders(&mut self, text: &str) -> Vec<Border> {
        let mut borders: Vec<Border> = Vec::new();
        let begins = text.len() - text.trim_start().len();
        let (mut posts, mut others) = (false, false);
        let mut is_labelled = false;
        for (line, opening) in openings(text) {
            if self.looked_up == MOST_LABELS {
                self.doubtful_label = true;
                break;
            }
            self.looked_up += 1;
            let named: Vec<Option<ItemId>> =
                opening.labels.iter().map(|label| label.among(&self.shown.labels)).collect();
            let is_letter = opening.labels[0].number.is_none();
            if let ([Label { number: None, post: Some(post) }], true) = (opening.labels.as_slice(), line.begins) {
                posts |= named[0].is_some();
                others |= named[0].is_none() && *post < ONE_LETTER;
            }
            is_labelled &= !line.begins;
            if !line.begins && !is_labelled && (is_letter || opening.set_off != SetOff::Colon) {
                continue;
            }
            match named.as_slice() {
                [Some(item)] => {
                    let at = if line.at <= begins { 0 } else { line.at };
                    let alone = is_letter && borders.is_empty() && !self.was_typed() && !only_greets(&text[..at]);
                    let is_doubtful = opening.set_off == SetOff::Not || line.goes_on || alone;
                    is_labelled |= line.begins;
                    borders.push(Border { at, item: *item, is_doubtful });
                }
                several => self.doubtful_label |= several.len() > 1 && several.iter().any(Option::is_some),
            }
        }
        // `Q:` and `A:` are a question and what answers it.
        self.unclear |= posts && others;
        borders
    }

    /// Whether any run before was named by its label.
    fn was_typed(&self) -> bool {
        let typed = |run: &Draft| run.under.is_some_and(|(_, by)| by == By::Typed);
        self.before.iter().chain([&self.current]).any(typed)
    }

    /// What follows answers what its label names. One that may be none says nothing new where that is answered anyway.
    fn turn_to_typed(&mut self, border: &Border) {
        if !border.is_doubtful {
            self.turn_to(border.item, By::Typed);
        } else if self.current.under.is_none_or(|(item, _)| item != border.item) {
            self.doubtful_label = true;
        }
    }

    /// What follows answers `item`. What was said before the first answer to anything goes with that.
    fn turn_to(&mut self, item: ItemId, by: By) {
        match self.current.under {
            Some((before, _)) if before == item => {}
            None => self.current.under = Some((item, by)),
            Some(_) if self.before.len() + 1 < MOST_RUNS => {
                let next = Draft { under: Some((item, by)), ..Draft::default() };
                self.before.push(std::mem::replace(&mut self.current, next));
            }
            Some(_) => self.unclear = true,
        }
    }

    fn ended(mut self) -> Split {
        self.before.push(self.current);
        if self.doubtful_label {
            return Split::Unclear(Unclear::DoubtfulLabel);
        }
        if self.unclear {
            let any = self.before.iter().any(|run| run.under.is_some());
            return if any || self.unknown > 1 { Split::Unclear(Unclear::SeveralQuoted) } else { Split::Whole };
        }
        let mut runs: Vec<Run> = Vec::new();
        for draft in self.before {
            let Some((under, by)) = draft.under else { return Split::Whole };
            match runs.iter_mut().find(|run| run.under == under) {
                Some(run) => run.pieces.extend(draft.pieces),
                None => runs.push(Run { under, by, pieces: draft.pieces }),
            }
        }
        Split::Runs(runs)
    }
}

/// A line that begins with a label.
struct Line {
    /// The octet of its text at which it begins.
    at: usize,
    /// Whether a paragraph does.
    begins: bool,
    /// Whether it may go on with a sentence of the line above, which a mail program broke.
    goes_on: bool,
}

/// The lines of a text that begin with labels.
fn openings(text: &str) -> impl Iterator<Item = (Line, Opening)> {
    let mut at = 0;
    let mut above = "";
    text.split_inclusive('\n').filter_map(move |line| {
        let from = at;
        at += line.len();
        let above = std::mem::replace(&mut above, line.trim());
        let begins = above.is_empty();
        let opening = Opening::of(line)?;
        let ends_open = above.ends_with(|c: char| c.is_alphanumeric() || c == ',');
        Some((Line { at: from, begins, goes_on: ends_open && above.chars().count() >= BROKEN_FROM }, opening))
    })
}

/// Whether a text is nothing, or a few words on one line.
fn only_greets(text: &str) -> bool {
    !text.trim().contains('\n') && text.split_whitespace().nth(GREETING_WORDS).is_none()
}

#[cfg(test)]
mod tests;
