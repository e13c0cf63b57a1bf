//! What the sender wrote, told from what their mail program added: quotes, the line that introduces them, signatures,
//! footers. The rule above all: no line that a person wrote is ever hidden. Where a rule is in doubt, the line counts
//! as said.
//!
//! A text is cut into lines; each rule (a file of its own) looks at the lines and marks those it knows. What the rules
//! know of languages stands in `languages`. What is hidden is not lost: every character is in exactly one span.
//!
//! Answers between quotes say little without what they answer, so `answered` tells which quotes are published.

mod answered;
mod attribution;
mod footer;
mod forwarded;
mod languages;
mod line;
mod original;
mod quote;
mod signature;

use crate::discussion::Block;
use line::Line;
pub use original::Original;

/// What a span of a mail's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// The sender wrote it, as far as we know.
    Said,
    /// Text of another mail.
    Quote,
    /// Text of another mail in one that answers none: what its sender wants to show. It is published.
    Cited,
    /// What introduces a quote: "On Monday Ada wrote:", or a block of `From:` and `Sent:`.
    Attribution,
    /// The sender's standing last words.
    Signature,
    /// What a mailing list put at the end.
    Footer,
}

impl SpanKind {
    /// The word for it, in the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Quote => "quote",
            Self::Cited => "cited",
            Self::Attribution => "attribution",
            Self::Signature => "signature",
            Self::Footer => "footer",
        }
    }
}

/// A run of whole lines of one kind, line ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is.
    pub kind: SpanKind,
    /// Exactly as it stands in the mail.
    pub text: String,
}

/// A mail's text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// In order; their texts one after another are the text that was read.
    pub spans: Vec<Span>,
}

/// How a mail is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// It answers another mail, whose text its sender's program may have put into it.
    Answer,
    /// It answers none. What it holds of another mail its sender put there to be read, head and all.
    Post,
}

/// What is said, or quoted, in a row.
struct Run {
    quoted: bool,
    /// Of a quote, whether all of it is to be read.
    cited: bool,
    /// Of a quote, whether it is published.
    answered: bool,
    text: String,
}

/// Spans that a text is taken apart into. What follows them is said, whatever it is: nobody answers so many quotes.
const MOST_SPANS: usize = 20_000;

/// Reads an answer's plain text (`\n` line ends). Linear in its length.
pub fn read(text: &str) -> Reading {
    read_as(text, Stance::Answer, None)
}

/// Reads a mail's plain text (`\n` line ends). `original`: what we sent that it answers. Linear in its length.
pub fn read_as(text: &str, stance: Stance, original: Option<&Original>) -> Reading {
    let lines = line::all_in(text);
    let mut kinds = vec![SpanKind::Said; lines.len()];
    quote::mark(&lines, &mut kinds);
    footer::mark(&lines, &mut kinds);
    let by_marks = (stance == Stance::Post).then(|| kinds.clone());
    attribution::mark(&lines, &mut kinds);
    forwarded::mark(&lines, &mut kinds);
    signature::mark(&lines, &mut kinds);
    if let Some(original) = original {
        original::mark(&lines, &mut kinds, original);
    }
    if let Some(by_marks) = by_marks {
        show_what_is_passed_on(&mut kinds, &by_marks);
    }
    Reading { spans: spans(&lines, &kinds) }
}

/// Takes back what was only found to be another mail's, or to introduce one. It had to be found all the same: a signature
/// ends above it.
fn show_what_is_passed_on(kinds: &mut [SpanKind], by_marks: &[SpanKind]) {
    for (kind, by_marks) in kinds.iter_mut().zip(by_marks) {
        match (*kind, by_marks) {
            (SpanKind::Quote | SpanKind::Attribution, SpanKind::Quote) => *kind = SpanKind::Cited,
            (SpanKind::Quote | SpanKind::Attribution, marked) => *kind = *marked,
            _ => {}
        }
    }
}

fn spans(lines: &[Line<'_>], kinds: &[SpanKind]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (line, kind) in lines.iter().zip(kinds) {
        let kind = if spans.len() < MOST_SPANS { *kind } else { SpanKind::Said };
        match spans.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(line.whole),
            _ => spans.push(Span { kind, text: line.whole.to_owned() }),
        }
    }
    spans
}

impl Reading {
    /// What the sender wrote, to be published: trimmed, no more than one empty line in a row.
    pub fn said(&self) -> String {
        let said: Vec<String> = self.of_kind(SpanKind::Said).map(tamed).filter(|text| !text.is_empty()).collect();
        said.join("\n\n")
    }

    /// What they wrote and what they quoted, in order. Attributions, signatures and footers are left out; what of a quote
    /// is shown to whoever reads a response by itself is told by `answered`.
    pub fn blocks(&self) -> Vec<Block> {
        let runs = self.runs();
        let last_said = runs.iter().rposition(|run| !run.quoted).unwrap_or_default();
        let block = |(at, run): (usize, Run)| match run.quoted {
            true if run.cited => Block::quoted(run.text),
            true => Block::Quoted(answered::folded(run.text, run.answered, at < last_said)),
            false => Block::Said(run.text),
        };
        runs.into_iter().enumerate().map(block).collect()
    }

    /// The texts of the [`Reading::blocks`]: what is said and what is quoted, by turns.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (span, answered) in self.spans.iter().zip(answered::quotes(&self.spans)) {
            let (quoted, text) = match span.kind {
                SpanKind::Said => (false, tamed(&span.text)),
                SpanKind::Quote | SpanKind::Cited => (true, tamed(&without_marks(&span.text))),
                SpanKind::Attribution | SpanKind::Signature | SpanKind::Footer => continue,
            };
            let cited = span.kind == SpanKind::Cited;
            match runs.last_mut() {
                _ if text.is_empty() => {}
                Some(last) if last.quoted == quoted => {
                    last.text.push_str("\n\n");
                    last.text.push_str(&text);
                    // Of two quotes in a row what is said below is said to the second.
                    (last.answered, last.cited) = (answered, cited);
                }
                _ => runs.push(Run { quoted, cited, answered, text }),
            }
        }
        runs
    }

    /// How many lines are hidden from whoever reads it as a response: of quotes those that are folded away, and of all
    /// else that is not published. Empty lines do not count.
    pub fn hidden_lines(&self) -> (usize, usize) {
        let folded = |block: &Block| match block {
            Block::Quoted(quote) => quote.folded_lines(),
            Block::Said(_) => 0,
        };
        (self.blocks().iter().map(folded).sum(), self.other_lines())
    }

    /// How many lines are hidden that are neither said nor quoted. Empty ones do not count.
    pub fn other_lines(&self) -> usize {
        let is_other = |kind| matches!(kind, SpanKind::Attribution | SpanKind::Signature | SpanKind::Footer);
        let others = self.spans.iter().filter(|span| is_other(span.kind));
        others.flat_map(|span| span.text.lines()).filter(|line| !line.trim().is_empty()).count()
    }

    /// For each line of the text which of the said [`Reading::blocks`] it belongs to, counted from 0 among those; `None`
    /// where it is not said.
    pub fn said_lines(&self) -> Vec<Option<usize>> {
        let (mut lines, mut said, mut goes_on) = (Vec::new(), 0, false);
        for span in &self.spans {
            let is_blank = match span.kind {
                SpanKind::Quote | SpanKind::Cited => tamed(&without_marks(&span.text)).is_empty(),
                _ => tamed(&span.text).is_empty(),
            };
            let block = match span.kind {
                SpanKind::Said if !is_blank => {
                    said += usize::from(!goes_on);
                    goes_on = true;
                    Some(said - 1)
                }
                SpanKind::Quote | SpanKind::Cited if !is_blank => {
                    goes_on = false;
                    None
                }
                _ => None,
            };
            lines.extend(std::iter::repeat_n(block, span.text.lines().count()));
        }
        lines
    }

    /// Every span, in order, and whether it is published: what the sender wrote, and quoted lines that it answers.
    pub fn parts(&self) -> impl Iterator<Item = (&Span, bool)> {
        let is_published = |kind| matches!(kind, SpanKind::Said | SpanKind::Cited);
        let answered = answered::quotes(&self.spans);
        self.spans.iter().zip(answered).map(move |(span, answered)| (span, answered || is_published(span.kind)))
    }

    /// What is published as one text: what the sender wrote, and between it the quoted lines that it answers, with their
    /// marks.
    pub fn published(&self) -> String {
        tamed(&self.parts().filter(|(_, published)| *published).map(|(span, _)| &*span.text).collect::<String>())
    }

    /// The quoted lines, to be matched with what a digest said: without `>` marks, runs of blanks made one, empty ones
    /// left out.
    pub fn quoted_lines(&self) -> Vec<String> {
        let lines = self.of_kind(SpanKind::Quote).flat_map(str::lines);
        let bare = lines.map(|line| line::without_marks(line).split_whitespace().collect::<Vec<_>>().join(" "));
        bare.filter(|line| !line.is_empty()).collect()
    }

    /// What is not published, in order.
    pub fn hidden(&self) -> impl Iterator<Item = &Span> {
        self.parts().filter(|(_, published)| !published).map(|(span, _)| span)
    }

    fn of_kind(&self, kind: SpanKind) -> impl Iterator<Item = &str> {
        self.spans.iter().filter(move |span| span.kind == kind).map(|span| &*span.text)
    }
}

fn without_marks(quote: &str) -> String {
    quote.lines().map(|line| format!("{}\n", line::without_marks(line))).collect()
}

/// A text without blanks at the ends of its lines, without empty lines at its ends, and with no two in a row.
fn tamed(text: &str) -> String {
    let mut tame = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            gap = true;
            continue;
        }
        if !tame.is_empty() {
            tame.push_str(if gap { "\n\n" } else { "\n" });
        }
        gap = false;
        tame.push_str(line);
    }
    tame
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod reading {
    use proptest::prelude::*;

    use super::*;
    use crate::discussion::Quote;

    fn said(text: &str) -> String {
        read(text).said()
    }

    fn kinds(text: &str) -> Vec<SpanKind> {
        let full = |span: &&Span| !span.text.trim().is_empty();
        read(text).spans.iter().filter(full).map(|span| span.kind).collect()
    }

    #[test]
    fn a_mail_without_quotes_is_said_whole() {
        let text = "Hello,\n\nOn Monday I wrote:\nthis and that.\n--\n\nand more, see http://x.org/_____\n";
        assert_eq!(kinds(text), [SpanKind::Said]);
    }

    #[test]
    fn a_top_posted_answer_leaves_the_quote_behind() {
        let text =
            "Yes.\n\nOn Mon, 5 Jan 2026 at 08:30, Ada Writer <ada@example.org> wrote:\n\n> Shall we?\n>\n> Ada\n";
        assert_eq!(said(text), "Yes.");
        assert_eq!(kinds(text), [SpanKind::Said, SpanKind::Attribution, SpanKind::Quote]);
        let expected = [
            Block::Said("Yes.".into()),
            Block::Quoted(Quote { folded: "Shall we?\n\nAda".into(), shown: String::new() }),
        ];
        assert_eq!(read(text).blocks(), expected);
    }

    #[test]
    fn answers_between_quotes_keep_what_they_answer() {
        let text = "Bo wrote:\n> How warm?\n\nVery.\n\n> How   long?\n>> Long?\n\nAn hour.\n";
        let reading = read(text);
        assert_eq!(reading.said(), "Very.\n\nAn hour.");
        assert_eq!(reading.quoted_lines(), ["How warm?", "How long?", "Long?"]);
        let blocks = reading.blocks();
        assert_eq!(blocks.len(), 4);
        assert_eq!(blocks[0], Block::quoted("How warm?"));
        assert_eq!(blocks[3], Block::Said("An hour.".into()));
    }

    #[test]
    fn what_is_hidden_can_be_shown() {
        let text = "Yes.\n-- \nAda\n";
        let hidden: Vec<_> = read(text).hidden().cloned().collect();
        assert_eq!(hidden, [Span { kind: SpanKind::Signature, text: "-- \nAda\n".into() }]);
    }

    #[test]
    fn a_mail_of_many_parts_is_taken_apart() {
        let text = "Good idea.\n\nSent from my iPhone\n\n-----Original Message-----\nFrom: Ada <ada@example.org>\n\
                    Sent: Monday\nTo: talk\nSubject: Bread\n\nShall we?\n\n\
                    _______________________________________________\ntalk mailing list\nhttps://lists.example/talk\n";
        let expected = [SpanKind::Said, SpanKind::Signature, SpanKind::Attribution, SpanKind::Quote, SpanKind::Footer];
        assert_eq!(kinds(text), expected);
        assert_eq!(said(text), "Good idea.");
    }

    #[test]
    fn a_text_of_more_spans_than_anybody_writes_keeps_every_character() {
        let text = "> q\na\n".repeat(MOST_SPANS);
        let spans = read(&text).spans;
        assert_eq!(spans.iter().map(|span| &*span.text).collect::<String>(), text);
        assert_eq!((spans.len(), spans[MOST_SPANS - 1].kind), (MOST_SPANS, SpanKind::Said));
    }

    #[test]
    fn empty_lines_are_tamed() {
        assert_eq!(said("\n\n a \n\n\n\nb  \n\n"), " a\n\nb");
        assert_eq!(read("").spans, []);
        assert_eq!(said("no line end"), "no line end");
    }

    /// Lines that rules look at, and lines that people write.
    const LINES: &str = "(> ){0,3}[a-z ]{0,12}|On Mon, 5 Jan 2026 Ada wrote:|Am 5.1.2026 schrieb|<a@x.org>:|-- ?|_{20,30}|\
                         Sent from my iPhone|-----Original Message-----|From: Ada|Sent: 5 Jan|To: b|Subject: c|\
                         https://x.org/|unsubscribe|>From here|\t ?|[^\n]{0,10}|>>> [a-z]{0,3}|AW> [a-z]{0,3}|\\| [a-z]{0,3}|\
                         -----BEGIN PGP SIGNATURE-----|-----END PGP SIGNATURE-----|--|-[A-Z][a-z]{2} [A-Z][a-z]{2}|Dear all,|\
                         Ada <a@x.org> wrote:|> wrote:|2026-01-05 8:30 GMT Ada|This e-mail is confidential|={3,9}";

    proptest! {
        #[test]
        fn every_character_is_in_one_span(lines in proptest::collection::vec(LINES, 0..40), ended in any::<bool>()) {
            let text = lines.join("\n") + if ended { "\n" } else { "" };
            let reading = read(&text);
            prop_assert_eq!(reading.spans.iter().map(|span| &*span.text).collect::<String>(), text.as_str());
            prop_assert!(reading.spans.windows(2).all(|pair| pair[0].kind != pair[1].kind));
            let said = reading.blocks().iter().filter(|block| matches!(block, Block::Said(_))).count();
            prop_assert_eq!(reading.said_lines().len(), text.lines().count());
            prop_assert_eq!(reading.said_lines().into_iter().flatten().max().map_or(0, |last| last + 1), said);
            prop_assert!(!reading.said().contains("\n\n\n"));
            prop_assert!(reading.quoted_lines().iter().all(|line| !line.is_empty()));
        }

        #[test]
        fn what_is_published_and_what_is_hidden_are_all_of_it_in_its_order(
            lines in proptest::collection::vec(LINES, 0..40),
        ) {
            let text = lines.join("\n");
            let reading = read(&text);
            let mut rest = text.lines().map(str::trim_end);
            for line in reading.published().lines().filter(|line| !line.is_empty()) {
                prop_assert!(rest.any(|next| next == line), "{line:?} is not there, or not in its place");
            }
            let signs = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
            let hidden: usize = reading.hidden().map(|span| signs(&span.text)).sum();
            prop_assert_eq!(signs(&reading.published()) + hidden, signs(&text));
        }

        #[test]
        fn plain_sentences_of_any_script_are_never_hidden(
            lines in proptest::collection::vec("\\p{L}{1,9}( \\p{L}{1,9}){0,9}[.,!?]?", 0..30),
        ) {
            prop_assert!(read(&lines.join("\n")).hidden().next().is_none());
        }

        #[test]
        fn plain_sentences_are_never_hidden(lines in proptest::collection::vec("[A-Za-z,.!? ]{0,40}", 0..30)) {
            let text = lines.join("\n");
            let reading = read(&text);
            let device_lines = lines.iter().any(|line| line.contains("ent "));
            prop_assert!(device_lines || reading.hidden().next().is_none());
        }
    }
}
