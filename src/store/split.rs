//! One mail that answers several items of a digest becomes several items: `thread::split` says which run goes where.

use super::item::Published;
use super::known::KnownOfList;
use super::mail::{Taking, Words};
use super::{StoreError, row};
use crate::discussion::{List, Member};
use crate::message::MessageId;
use crate::reply::{Reading, Span, SpanKind};
use crate::thread::{self, By, Evidence, Known, Part, Place, Run, Split, Unclear};

/// Where a mail goes.
pub(super) enum Placed {
    /// As a whole.
    Whole(Place),
    /// Each of several readings to its own place, none of them the same.
    Apart(Vec<(Place, Reading)>),
}

impl Placed {
    /// Where the mail goes, or the first of it.
    pub(super) fn first(&self) -> Place {
        match self {
            Self::Whole(place) => place.clone(),
            Self::Apart(runs) => runs.first().map_or(Place::Start, |(place, _)| place.clone()),
        }
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
        if !thread::may_split(&parts, matches!(place, Place::Under(_, By::Quote | By::Typed))) {
            return Ok(Placed::Whole(place));
        }
        for edition in &evidence.editions {
            let Some(shown) = known.edition(*edition)? else { continue };
            return Ok(match thread::split(&parts, &shown) {
                Split::Whole => Placed::Whole(place),
                Split::Unclear => Placed::Whole(Place::Unclear(Unclear::SeveralQuoted)),
                Split::Runs(runs) => apart(&reading, &runs),
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
        let own = self.arrival.mail.message_id.clone();
        let mut published = Vec::with_capacity(runs.len());
        for (number, (place, reading)) in (1..).zip(runs) {
            // The first is the mail to whoever names its id; the others are known by it, and by the ids that we give them.
            let id = match number {
                1 => Some(own.clone()),
                _ => MessageId::new(&format!("{own}#{number}")),
            };
            let id = id.ok_or_else(|| StoreError::Corrupt("an id with a number behind it is none".to_owned()))?;
            // The files go with the first, for nothing says which run they belong to.
            let files: &[_] = if number == 1 { &self.arrival.shown.attachments } else { &[] };
            let words = Words::pack(reading, None)?;
            published.push(self.publish_as(list, member, place, &id, &words, files)?);
        }
        Ok(published)
    }
}

pub(super) fn part(span: &Span) -> Part<'_> {
    match span.kind {
        SpanKind::Said => Part::Said(&span.text),
        SpanKind::Quote => Part::Quoted(Reading { spans: vec![span.clone()] }.quoted_lines()),
        SpanKind::Attribution | SpanKind::Signature | SpanKind::Footer => Part::Aside,
    }
}

fn apart(reading: &Reading, runs: &[Run]) -> Placed {
    let place = |run: &Run| Place::Under(run.under, run.by);
    match runs {
        [one] => Placed::Whole(place(one)),
        several => Placed::Apart(several.iter().map(|run| (place(run), of_run(reading, run))).collect()),
    }
}

/// What of a mail belongs to one run, with what is hidden of it.
fn of_run(reading: &Reading, run: &Run) -> Reading {
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
