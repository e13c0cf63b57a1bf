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
    let mut splitting =
        Splitting { parts, shown, texts, hits, before, current, unclear: false, unknown: 0, doubtful_label: false };
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
    let typed = said.flat_map(openings).filter(|(_, opening)| opening.set_off == SetOff::Colon);
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
mod tests {
    use super::*;
    use crate::thread::Labelled;

    const ONE: &str = "You notice that you have stopped preparing.";
    const TWO: &str = "Nobody to agree with, all night long.";
    const THREE: &str = "Small rooms make people kinder to each other.";
    const REMEMBERED: &str = "Who keeps the door of such a room, and …";

    /// Item 1 is post A's #1, item 2 its #2, item 3 post B's #2.
    fn shown() -> Shown {
        let label = |item, post, number| Labelled { item: ItemId(item), post, number };
        Shown {
            items: [(1, ONE), (2, TWO), (3, THREE)].map(|(item, text)| (ItemId(item), text.to_owned())).to_vec(),
            remembered: vec![(ItemId(4), REMEMBERED.to_owned())],
            roots: vec![ItemId(10), ItemId(20)],
            labels: vec![
                label(10, 0, None),
                label(1, 0, Some(1)),
                label(2, 0, Some(2)),
                label(20, 1, None),
                label(3, 1, Some(2)),
            ],
        }
    }

    fn quoted(lines: &[&str]) -> Part<'static> {
        Part::Quoted(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    /// `item: what was said` for each run; `unclear`, or nothing.
    fn told(parts: &[Part<'_>]) -> Vec<String> {
        match split(parts, &shown()) {
            Split::Whole => Vec::new(),
            Split::Unclear(why) => vec![if why == Unclear::DoubtfulLabel { "doubtful" } else { "unclear" }.to_owned()],
            Split::Runs(runs) => runs.iter().map(|run| format!("{}: {}", run.under, said(parts, run))).collect(),
        }
    }

    fn said(parts: &[Part<'_>], run: &Run) -> String {
        let said = run.pieces.iter().filter_map(|piece| match (&parts[piece.part], &piece.octets) {
            (Part::Said(text), Some(octets)) => Some(text[octets.clone()].trim()),
            _ => None,
        });
        said.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_quoted_run_goes_to_its_own_item() {
        let mail = [quoted(&[ONE]), Part::Said("first\n"), quoted(&[THREE]), Part::Said("second\n")];
        assert_eq!(told(&mail), ["1: first", "3: second"]);
    }

    #[test]
    fn what_a_digest_only_reminds_of_can_be_answered_by_quoting_its_line() {
        let line = "#4 Ruth: Who keeps the door of such a room, and … (read)";
        let mail = [quoted(&[line]), Part::Said("first\n"), quoted(&[line, TWO]), Part::Said("second\n")];
        assert_eq!(told(&mail), ["4: first", "2: second"]);
        assert_eq!(quoted_items(&mail[..1], &shown()), [ItemId(4)]);
    }

    #[test]
    fn what_is_said_first_goes_with_the_first_run_and_what_ends_the_mail_with_the_last() {
        let mail = [
            Part::Said("Hello,\n"),
            Part::Aside,
            quoted(&[ONE]),
            Part::Said("first\n"),
            quoted(&[TWO]),
            Part::Said("second\n"),
            quoted(&[THREE]),
            Part::Aside,
        ];
        assert_eq!(told(&mail), ["1: Hello, first", "2: second"]);
        let Split::Runs(runs) = split(&mail, &shown()) else { panic!("not taken apart") };
        let parts = |run: &Run| run.pieces.iter().map(|piece| piece.part).collect::<Vec<_>>();
        assert_eq!((parts(&runs[0]), parts(&runs[1])), (vec![0, 1, 2, 3], vec![4, 5, 6, 7]));
    }

    #[test]
    fn quotes_of_nothing_stay_in_their_run_and_runs_to_the_same_item_are_one() {
        let unknown = quoted(&["From another mail altogether, long ago"]);
        let mail = [
            quoted(&[ONE]),
            Part::Said("a\n"),
            unknown,
            Part::Said("b\n"),
            quoted(&[TWO]),
            Part::Said("c\n"),
            quoted(&["you have stopped preparing"]),
            Part::Said("d\n"),
        ];
        assert_eq!(told(&mail), ["1: a b d", "2: c"]);
    }

    #[test]
    fn text_between_quoted_items_answers_the_nearest_above() {
        let mail = [quoted(&["Good morning", ONE, TWO]), Part::Said("yes\n"), quoted(&[THREE]), Part::Said("no\n")];
        assert_eq!(told(&mail), ["2: yes", "3: no"]);
        let in_place = [quoted(&[ONE, TWO]), Part::Said("yes\n"), quoted(&[THREE])];
        assert_eq!(told(&in_place), ["2: yes"]);
    }

    #[test]
    fn a_digest_quoted_whole_with_one_line_below_is_not_taken_apart() {
        assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("I agree.\n")]), [""; 0]);
        assert_eq!(told(&[Part::Said("I agree.\n"), quoted(&[ONE, TWO, THREE])]), [""; 0]);
        let footer = quoted(&["Press Reply to answer: quote a line or two"]);
        assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("I agree.\n"), footer]), [""; 0]);
    }

    #[test]
    fn where_one_run_cannot_be_told_the_mail_is_unclear() {
        let mail = [quoted(&[ONE]), Part::Said("yes\n"), quoted(&[TWO, THREE]), Part::Said("which?\n")];
        assert_eq!(told(&mail), ["unclear"]);
    }

    #[test]
    fn a_label_at_a_paragraphs_start_is_a_border() {
        assert_eq!(
            told(&[Part::Said("Hi,\n\nA1: yes\n\nof course.\n\nB2: no\n")]),
            ["1: Hi, A1: yes\n\nof course.", "3: B2: no"]
        );
        assert_eq!(told(&[quoted(&[ONE]), Part::Said("yes\n\nB2: no\n")]), ["1: yes", "3: B2: no"]);
        assert_eq!(told(&[quoted(&[THREE]), Part::Said("\nB2: no\n")]), ["3: B2: no"]);
    }

    #[test]
    fn a_label_that_the_quotes_of_its_run_contradict_is_unclear() {
        assert_eq!(told(&[quoted(&[ONE]), Part::Said("\nB2: no\n")]), ["doubtful"]);
        assert_eq!(told(&[quoted(&[ONE, TWO]), Part::Said("\nB2: no\n")]), ["doubtful"]);
        assert_eq!(told(&[quoted(&[ONE, THREE]), Part::Said("\nB2: no\n")]), ["3: B2: no"]);
        // What is quoted below everything speaks against nothing.
        assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[ONE])]), ["3: B2: no"]);
        assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[ONE, TWO])]), ["3: B2: no"]);
        assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[THREE])]), ["3: B2: no"]);
        let two = [Part::Said("A1: yes\n\nB2: no\n"), quoted(&[ONE, THREE])];
        assert_eq!(told(&two), ["1: A1: yes", "3: B2: no"]);
        // All that a mail program quotes on its own speaks against nothing.
        assert_eq!(told(&[Part::Said("B: no\n"), quoted(&[ONE, TWO, THREE])]), ["20: B: no"]);
        assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("B: no\n")]), ["20: B: no"]);
    }

    #[test]
    fn what_only_looks_like_a_label_takes_nothing_apart() {
        let text = "yes\n\nB2 visas are dear.\n";
        assert_eq!(told(&[quoted(&[ONE]), Part::Said(text)]), [format!("1: {}", text.trim())]);
        assert_eq!(told(&[Part::Said("A1 size paper\n"), quoted(&[THREE])]), [""; 0]);
    }

    #[test]
    fn a_letter_before_a_colon_is_the_post_itself() {
        assert_eq!(told(&[Part::Said("A: yes\n\nB: no\n")]), ["10: A: yes", "20: B: no"]);
        assert_eq!(told(&[Part::Said("C: yes\n")]), [""; 0]);
        assert_eq!(told(&[Part::Said("Q: why?\n\nA: because.\n")]), ["unclear"]);
        assert_eq!(told(&[Part::Said("A: yes\n\nPS: and no.\n")]), ["10: A: yes\n\nPS: and no."]);
    }

    #[test]
    fn a_label_that_names_nothing_shown_or_several_things_is_no_border() {
        assert_eq!(told(&[Part::Said("#99: yes\n")]), [""; 0]);
        assert_eq!(told(&[Part::Said("#2: yes\n")]), [""; 0]);
        assert_eq!(told(&[quoted(&[ONE]), Part::Said("yes\n\nC1: no\n")]), ["1: yes\n\nC1: no"]);
    }

    #[test]
    fn lines_next_to_each_other_that_begin_with_labels_and_colons_are_borders() {
        assert_eq!(told(&[Part::Said("#1: yes\nB2: no\n")]), ["1: #1: yes", "3: B2: no"]);
        assert_eq!(told(&[Part::Said("Hello,\n#1: yes\nof course\nB2: no\nnever\n")]).len(), 2);
        assert_eq!(told(&[Part::Said("A: yes\nB: no\n")]), ["10: A: yes", "20: B: no"]);
        let long = "#1: I have thought about this for as long as anybody could, and yes.\nB2: no\n";
        assert_eq!(told(&[Part::Said(long)]).len(), 2);
        assert_eq!(told(&[Part::Said("#1 Yes, Ada.\nB2 - no, Ben\n")]).len(), 2);
        assert_eq!(told(&[Part::Said("#1: yes\nA2, B2: no\n")]), ["doubtful"]);
        let text = "#1: yes\nB2 visas\n#2\n#99: nobody\n";
        assert_eq!(told(&[Part::Said(text)]), [format!("1: {}", text.trim())]);
        // Without a colon they are none, nor letters, in a text that did not begin with a label.
        let text = "I saw\nB2, the visa\n#1 and #2\n";
        assert_eq!(told(&[quoted(&[ONE]), Part::Said(text)]).len(), 1);
        assert_eq!(told(&[quoted(&[ONE]), Part::Said("They asked:\nA: tea?\nB: coffee?\n")]).len(), 1);
        let broken = "I would rather not say whether I agree with what is in\nB2: it is long.\n";
        assert_eq!(told(&[quoted(&[ONE]), Part::Said(broken)]), ["doubtful"]);
    }

    #[test]
    fn several_labels_and_such_as_may_begin_a_sentence_are_doubtful() {
        for text in [
            "A1, B2: both\n",
            "A1: yes\n\nA2, B2: both\n",
            "#1 and B2: you are both right\n",
            "A1 und B2: beide\n",
            "#1 is what I like best.\n",
            "#1, which I like, is right\n",
            "I have thought of this before.\n\nA: is how the alphabet begins, they say.\n",
        ] {
            assert_eq!(told(&[Part::Said(text)]), ["doubtful"], "{text}");
        }
        // Where the quotes say the same, and where another label stands above, there is no doubt.
        assert_eq!(told(&[quoted(&[ONE]), Part::Said("#1 is what I like best.\n")]).len(), 1);
        assert_eq!(told(&[quoted(&[TWO]), Part::Said("#1 is what I like best.\n")]), ["doubtful"]);
        assert_eq!(told(&[Part::Said("#1: I have thought of this before.\n\nA: yes\n")]).len(), 2);
        assert_eq!(told(&[Part::Said("Dear all,\n\nA: yes\n")]).len(), 1);
        assert_eq!(told(&[Part::Said("#99 is what I like best.\n")]), [""; 0]);
    }

    #[test]
    fn of_two_items_quoted_above_one_answer_one_may_be_short() {
        let mut shown = shown();
        shown.items.push((ItemId(5), "Yes! Yes!".to_owned()));
        shown.labels.push(Labelled { item: ItemId(5), post: 1, number: Some(3) });
        let split = |parts: &[Part<'_>]| split(parts, &shown);
        let mail = [quoted(&[ONE]), Part::Said("a\n"), quoted(&[TWO, "Yes! Yes!"]), Part::Said("b\n")];
        assert_eq!(split(&mail), Split::Unclear(Unclear::SeveralQuoted));
        // A label below all that was quoted names one of which no line could tell.
        shown.items[3].1 = "Yes!\nYes!".to_owned();
        let whole = quoted(&[ONE, TWO, "Yes!", "Yes!", THREE]);
        let split = |parts: &[Part<'_>]| super::split(parts, &shown);
        for mail in [[Part::Said("B3: so do I\n"), whole.clone()], [whole, Part::Said("B3: so do I\n")]] {
            assert!(matches!(split(&mail), Split::Runs(runs) if runs[0].under == ItemId(5)));
        }
    }

    #[test]
    fn what_was_typed_is_told_and_what_of_it_names_nothing() {
        let mail = [Part::Said("Hi,\n\n#2 and B9: yes\nA1 ok\n#2: perhaps\n"), quoted(&["C1: not said"])];
        let labels: Vec<String> = typed(&mail).iter().map(ToString::to_string).collect();
        assert_eq!(labels, ["#2", "B9", "A1"]);
        assert_eq!(names_nothing(&mail, &shown()).map(|label| label.to_string()).as_deref(), Some("B9"));
        assert_eq!(names_nothing(&[Part::Said("A1: yes\n\n#99 bottles\n\nZ: x\n")], &shown()), None);
    }

    #[test]
    fn more_runs_than_anybody_writes_are_unclear() {
        let mail = |runs: usize| -> Vec<Part<'static>> {
            (0..runs).flat_map(|at| [quoted(&[if at % 2 == 0 { ONE } else { TWO }]), Part::Said("yes\n")]).collect()
        };
        assert_eq!(told(&mail(MOST_RUNS)).len(), 2);
        assert_eq!(told(&mail(200)), ["unclear"]);
        let same: Vec<Part<'static>> = (0..200).flat_map(|_| [quoted(&[ONE]), Part::Said("yes\n")]).collect();
        assert_eq!(told(&same).len(), 1);
        let lines = vec![ONE; MOST_LINES + 1];
        let long = [quoted(&lines), Part::Said("yes\n"), quoted(&[TWO]), Part::Said("no\n")];
        assert_eq!(told(&long), ["unclear"]);
        assert_eq!(told(&[Part::Said("A1: yes\n"), quoted(&lines)]), ["1: A1: yes"]);
    }

    #[test]
    fn what_cannot_be_several_answers_is_not_looked_at() {
        assert!(!may_split(&[Part::Said("yes\n"), Part::Aside, quoted(&[ONE])], false));
        assert!(!may_split(&[quoted(&[ONE]), Part::Said("yes\n"), Part::Said("\n")], true));
        assert!(may_split(&[quoted(&[ONE]), Part::Said("yes\n")], false));
        assert!(may_split(&[quoted(&[ONE]), Part::Said("yes\n"), quoted(&[TWO]), Part::Said("no\n")], true));
        assert!(may_split(&[Part::Said("yes\n\n#7: no\n")], true));
    }

    proptest::proptest! {
        #[test]
        fn every_octet_is_in_one_run(
            parts in proptest::collection::vec((0..3_u8, "(A1: |B2: |B: |\n|\n\n|[a-z é]{0,5}){0,6}", 0..4_usize), 0..12)
        ) {
            let parts: Vec<Part<'_>> = parts.iter().map(|(kind, text, which)| match kind {
                0 => Part::Said(text),
                1 => quoted(&[[ONE, TWO, THREE, "nothing at all of it"][*which]]),
                _ => Part::Aside,
            }).collect();
            if let Split::Runs(runs) = split(&parts, &shown()) {
                let mut pieces: Vec<&Piece> = runs.iter().flat_map(|run| &run.pieces).collect();
                pieces.sort_by_key(|piece| (piece.part, piece.octets.as_ref().map(|octets| octets.start)));
                let mut next = (0, 0);
                for piece in pieces {
                    let length = if let Part::Said(text) = &parts[piece.part] { text.len() } else { 0 };
                    let octets = piece.octets.clone().unwrap_or(0..length);
                    proptest::prop_assert_eq!((piece.part, octets.start), next);
                    next = if octets.end == length { (piece.part + 1, 0) } else { (piece.part, octets.end) };
                }
                proptest::prop_assert_eq!(next, (parts.len(), 0));
            }
        }
    }
}
