//! One mail that answers several items of a digest becomes several items: `thread::split` says which run goes where.

use super::arrival::Words;
use super::item::Published;
use super::known::KnownOfList;
use super::mail::Taking;
use super::{StoreError, row};
use crate::discussion::{Block, List, Member};
use crate::message::MessageId;
use crate::reply::{Reading, Span, SpanKind};
use crate::thread::{self, By, Evidence, Known, Label, Part, Place, Run, Shown, Split, Unclear};

/// Where a mail goes.
pub(super) enum Placed {
    /// As a whole.
    Whole(Place),
    /// Each of several runs to its own place, none of them the same.
    Apart(Vec<PlacedRun>),
}

/// A run of a mail, on its way.
pub(super) struct PlacedRun {
    place: Place,
    reading: Reading,
    /// Which of all that the mail says, block by block, it says.
    said: Vec<usize>,
    /// The first is the mail to whoever names its id; the others are known by it with a number behind it, and by the ids
    /// that we give them.
    id: MessageId,
}

/// How many ids of runs are tried that others have before a mail is not taken apart.
const MOST_TAKEN: usize = 100;

impl Placed {
    /// Where the mail goes, or the first of it.
    pub(super) fn first(&self) -> Place {
        match self {
            Self::Whole(place) => place.clone(),
            Self::Apart(runs) => runs.first().map_or(Place::Start, |run| run.place.clone()),
        }
    }

    /// Where each of it goes.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        let (whole, runs) = match self {
            Self::Whole(place) => (Some(place), [].as_slice()),
            Self::Apart(runs) => (None, runs.as_slice()),
        };
        whole.into_iter().chain(runs.iter().map(|run| &run.place))
    }

    /// How many items it becomes.
    pub(super) fn runs(&self) -> usize {
        match self {
            Self::Whole(_) => 1,
            Self::Apart(runs) => runs.len(),
        }
    }
}

impl Taking<'_> {
    /// The place of the mail; taken apart where it answers several items of a digest. Its text is looked at only where it
    /// answers a digest and nothing better than that says what of it.
    pub(super) fn placed(&self, known: &KnownOfList<'_>, evidence: &Evidence) -> Result<Placed, StoreError> {
        let place = thread::place(evidence, known)?;
        let by_digest = matches!(place, Place::Under(_, By::Quote | By::Digest | By::Typed) | Place::Unclear(_));
        if evidence.editions.is_empty() || !by_digest {
            return Ok(Placed::Whole(place));
        }
        let reading = row::unpacked(&self.arrival.shown.words.text)?;
        let parts: Vec<Part<'_>> = reading.spans.iter().map(part).collect();
        let is_unclear = matches!(place, Place::Unclear(_));
        if !is_unclear && !thread::may_split(&parts, matches!(place, Place::Under(_, By::Quote | By::Typed))) {
            return Ok(Placed::Whole(place));
        }
        for edition in &evidence.editions {
            let Some(shown) = known.edition(*edition)? else { continue };
            let unclear = |why| Placed::Whole(Place::Unclear(why_unclear(why, &parts, &shown)));
            return Ok(match (thread::split(&parts, &shown), place) {
                (Split::Whole, Place::Unclear(why)) | (Split::Unclear(why), _) => unclear(why),
                (Split::Whole, place) => Placed::Whole(place),
                (Split::Runs(runs), _) => self.apart(known, &reading, &runs)?,
            });
        }
        Ok(Placed::Whole(place))
    }

    /// Publishes the mail at its place, or each run of it at its own.
    pub(super) fn publish_at(
        &mut self,
        list: &List,
        member: Option<&Member>,
        placed: &Placed,
    ) -> Result<Vec<Published>, StoreError> {
        let runs = match placed {
            Placed::Whole(place) => return Ok(vec![self.publish(list, member, place)?]),
            Placed::Apart(runs) => runs,
        };
        let whole = row::unpacked(&self.arrival.shown.words.text)?;
        let formatted = self.arrival.shown.words.formatted()?;
        let mut published = Vec::with_capacity(runs.len());
        for PlacedRun { place, reading, said, id } in runs {
            // The files go with the first, for nothing says which run they belong to.
            let files: &[_] = if published.is_empty() { &self.arrival.shown.attachments } else { &[] };
            let formatted = formatted.as_deref().and_then(|all| html_of_run(reading, said, &whole, all));
            // Pictures are named by their place among the files.
            let formatted =
                formatted.filter(|blocks| !files.is_empty() || !blocks.iter().any(|html| html.contains("<img ")));
            let words = Words::pack(reading, formatted.as_deref())?;
            published.push(self.publish_as(list, member, place, id, &words, files)?);
        }
        Ok(published)
    }

    /// Each run with its place and its id. Where there are no ids for them, the mail goes as a whole to where its first
    /// run does.
    fn apart(&self, known: &KnownOfList<'_>, reading: &Reading, runs: &[Run]) -> Result<Placed, StoreError> {
        let place = |run: &Run| Place::Under(run.under, run.by);
        let [first, _, ..] = runs else { return Ok(Placed::Whole(runs.first().map_or(Place::Start, place))) };
        let Some(ids) = self.run_ids(known, runs.len())? else { return Ok(Placed::Whole(place(first))) };
        let blocks = said_blocks_of_spans(reading);
        let runs = runs.iter().zip(ids).map(|(run, id)| PlacedRun {
            place: place(run),
            reading: reading_of_run(reading, run),
            said: said_in_run(run, &blocks),
            id,
        });
        Ok(Placed::Apart(runs.collect()))
    }

    /// The mail's id, and with numbers behind it as many more that nothing has and nothing is awaited under; `None` where
    /// they would be too long, or others have too many of them.
    fn run_ids(&self, known: &KnownOfList<'_>, runs: usize) -> Result<Option<Vec<MessageId>>, StoreError> {
        let own = &self.arrival.mail.message_id;
        let mut ids = vec![own.clone()];
        for number in 2..=runs + MOST_TAKEN {
            if ids.len() == runs {
                break;
            }
            let Some(id) = MessageId::new(&format!("{own}#{number}")) else { return Ok(None) };
            if known.by_id(&id)?.is_none() {
                ids.push(id);
            }
        }
        Ok((ids.len() == runs).then_some(ids))
    }
}

/// Why it is unclear what a mail answers, where it is by its quotes for this reason.
fn why_unclear(why: Unclear, parts: &[Part<'_>], shown: &Shown) -> Unclear {
    let is_there = |label: Label| label.all_among(&shown.labels).next().is_some();
    match thread::names_nothing(parts, shown) {
        Some(label) => Unclear::NamesNothing(label),
        None if why == Unclear::NothingQuoted && thread::typed(parts).into_iter().any(is_there) => {
            Unclear::DoubtfulLabel
        }
        None => why,
    }
}

pub(super) fn part(span: &Span) -> Part<'_> {
    match span.kind {
        SpanKind::Said => Part::Said(&span.text),
        SpanKind::Quote | SpanKind::Cited => Part::Quoted(Reading { spans: vec![span.clone()] }.quoted_lines()),
        SpanKind::Attribution | SpanKind::Signature | SpanKind::Footer => Part::Aside,
    }
}

/// What a run of a mail says as HTML, taken from all that it says by which blocks the run has; `None` where one of them
/// was cut in two.
fn html_of_run(part: &Reading, said: &[usize], whole: &Reading, formatted: &[String]) -> Option<Vec<String>> {
    let (ours, all) = (said_blocks(part), said_blocks(whole));
    let is_whole = ours.len() == said.len() && ours.iter().zip(said).all(|(text, at)| all.get(*at) == Some(text));
    if !is_whole {
        return None;
    }
    said.iter().map(|at| formatted.get(*at).cloned()).collect()
}

fn said_blocks(reading: &Reading) -> Vec<String> {
    let blocks = reading.blocks().into_iter();
    blocks.filter_map(|block| if let Block::Said(text) = block { Some(text) } else { None }).collect()
}

/// For each span the block of what is said that it is in; `None` for a quote, and for what is shown nowhere.
fn said_blocks_of_spans(reading: &Reading) -> Vec<Option<usize>> {
    let (mut blocks, mut is_open) = (0, false);
    let of_span = |span: &Span| {
        let alone = Reading { spans: vec![span.clone()] }.blocks().pop()?;
        let is_said = matches!(alone, Block::Said(_));
        blocks += usize::from(is_said && !is_open);
        is_open = is_said;
        is_said.then(|| blocks - 1)
    };
    reading.spans.iter().map(of_span).collect()
}

/// The blocks of what is said that a run has something of, each once.
fn said_in_run(run: &Run, blocks: &[Option<usize>]) -> Vec<usize> {
    let mut said: Vec<usize> = run.pieces.iter().filter_map(|piece| *blocks.get(piece.part)?).collect();
    said.dedup();
    said
}

/// What of a mail belongs to one run, with what is hidden of it.
fn reading_of_run(reading: &Reading, run: &Run) -> Reading {
    let mut spans: Vec<Span> = Vec::new();
    for piece in &run.pieces {
        let Some(span) = reading.spans.get(piece.part) else { continue };
        let text = match &piece.octets {
            Some(octets) => span.text.get(octets.clone()).unwrap_or_default(),
            None => span.text.as_str(),
        };
        match spans.last_mut() {
            Some(last) if last.kind == span.kind => last.text.push_str(text),
            _ => spans.push(Span { kind: span.kind, text: text.to_owned() }),
        }
    }
    Reading { spans }
}
