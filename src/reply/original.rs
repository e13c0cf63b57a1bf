//! An answer to a mail of ours, told from what its writer's program copied of it. We know what we sent, so that lines that
//! stand in it are not the writer's even where no mark says so, and lines that do not are, even where one does: people
//! type into what they quote.
//!
//! Lines are compared by their letters: programs break them anew, and turn quotes and dashes into others.

use std::collections::HashSet;

use super::SpanKind;
use super::attribution;
use super::languages;
use super::line::{self, Line};
use super::signature;

/// Octets of letters that are looked up at once: fewer stand anywhere.
const GRAM: usize = 8;

/// Bits of the table of them for each octet, and the least and most in all, as powers of two.
const BITS_EACH: usize = 16;
const TABLE: std::ops::RangeInclusive<u32> = 16..=26;

/// Octets of letters of lines that are looked for one by one, and how many such lines. Of more nothing is told: they count
/// as ours.
const LOOKED_FOR: usize = 24;
const SHORT_LINES: usize = 1_000;

/// Octets of letters of a line that shows by itself that it is of ours.
const TELLING: usize = 12;

/// Lines, and octets of letters in them, that show that a mail of ours stands in a text without marks.
const LINES: usize = 3;
const LETTERS: usize = 100;

/// How many lines in a row somebody types into a mail that they quote. More are of another mail that was quoted there.
const TYPED: usize = 60;

/// Of so many tenths of the lines that are not ours, it is no copy of ours.
const OTHERS: usize = 7;

/// What we sent.
#[derive(Clone, Debug)]
pub struct Original {
    letters: String,
    /// The table of its grams, and how many bits tell a place in it.
    table: Vec<u64>,
    bits: u32,
    /// Its short lines.
    lines: HashSet<String>,
}

impl Original {
    /// What these texts say together; `None` where they say nothing.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let (mut said, mut lines) = (String::new(), HashSet::new());
        for text in texts {
            for line in text.lines() {
                let start = said.len();
                letters_into(line, &mut said);
                if said.len() - start < TELLING {
                    lines.insert(said[start..].to_owned());
                }
            }
            // So that nothing is put together of the end of one and the beginning of the next.
            said.push('\n');
        }
        if said.len() <= GRAM {
            return None;
        }
        let bits = (said.len() * BITS_EACH).next_power_of_two().ilog2().clamp(*TABLE.start(), *TABLE.end());
        let mut table = vec![0; 1 << (bits - 6)];
        for gram in grams(&said, bits) {
            table[gram >> 6] |= 1 << (gram & 63);
        }
        Some(Self { letters: said, table, bits, lines })
    }

    fn has(&self, letters: &str, short_lines: &mut usize) -> bool {
        if !grams(letters, self.bits).all(|gram| self.table[gram >> 6] & (1 << (gram & 63)) != 0) {
            return false;
        }
        if letters.len() >= LOOKED_FOR {
            return true;
        }
        *short_lines += 1;
        *short_lines > SHORT_LINES || memchr::memmem::find(self.letters.as_bytes(), letters.as_bytes()).is_some()
    }
}

/// The places in the table of what is looked up of a text.
fn grams(letters: &str, bits: u32) -> impl Iterator<Item = usize> {
    letters.as_bytes().windows(GRAM).map(move |gram| {
        let number = gram.iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
    })
}

/// The letters and digits of a text in small letters, without web and mail addresses: ours have tokens in them.
fn letters_into(text: &str, letters: &mut String) {
    for word in text.split_whitespace().filter(|word| !word.contains('@') && !word.contains("://")) {
        letters.extend(word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
    }
}

/// Whether there is nothing on a line but what draws a line.
fn is_drawn(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || "-_=*~|·•>".contains(c))
}

/// What a line is to the mail that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Nothing to be read.
    Nothing,
    /// In it, and long enough to tell.
    Ours(usize),
    /// A line of it, too short to tell anything alone.
    Line,
    /// In it, as the end of a line or its beginning.
    Short,
    /// Not in it.
    Other,
}

/// Marks what was copied of a mail of ours, and takes the mark of what was typed into it.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind], original: &Original) {
    let of = what_each_is(lines, original);
    let mut at = 0;
    while at < lines.len() {
        let end = at + kinds[at..].iter().take_while(|kind| **kind == SpanKind::Quote).count();
        if (at..end).find(|line| !lines[*line].is_blank()).is_some_and(|line| lines[line].is_quoted()) {
            typed_between(lines, &mut kinds[at..end], &of[at..end], at);
        }
        at = end.max(at + 1);
    }
    without_marks(lines, kinds, &of);
    // What stands below a copy may be a program's last line, or a signature.
    signature::mark(lines, kinds);
}

fn what_each_is(lines: &[Line<'_>], original: &Original) -> Vec<Of> {
    let (mut lines_looked_for, mut ends_looked_for) = (0, 0);
    let letters: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut letters = String::new();
            letters_into(line::without_marks(line.text), &mut letters);
            letters
        })
        .collect();
    // A few words stand anywhere: they are ours where they go on from the line above, or into the one below.
    let mut goes_with = |one: Option<&String>, other: Option<&String>| {
        let (Some(one), Some(other)) = (one, other) else { return false };
        let from = one.floor_char_boundary(one.len().saturating_sub(2 * GRAM));
        let upto = other.ceil_char_boundary(other.len().min(2 * GRAM));
        let both = format!("{}{}", &one[from..], &other[..upto]);
        !one.is_empty() && !other.is_empty() && both.len() > GRAM && original.has(&both, &mut ends_looked_for)
    };
    let what = |(at, line): (usize, &String)| match line.len() {
        0 => Of::Nothing,
        _ if original.lines.contains(line) => Of::Line,
        _ if !original.has(line, &mut lines_looked_for) => Of::Other,
        length if length >= TELLING => Of::Ours(length),
        _ if goes_with(at.checked_sub(1).and_then(|above| letters.get(above)), Some(line)) => Of::Short,
        _ if goes_with(Some(line), letters.get(at + 1)) => Of::Short,
        _ => Of::Other,
    };
    letters.iter().enumerate().map(what).collect()
}

/// How many marks a line has.
fn depth(line: &Line<'_>) -> usize {
    line.text.bytes().take_while(|b| matches!(b, b'>' | b' ')).filter(|b| *b == b'>').count()
}

/// Takes the mark of lines that stand between lines of ours in one quote.
fn typed_between(lines: &[Line<'_>], kinds: &mut [SpanKind], of: &[Of], start: usize) {
    let ours = |of: &Of| matches!(of, Of::Ours(_));
    let (Some(first), Some(last)) = (of.iter().position(ours), of.iter().rposition(ours)) else { return };
    let full = of.iter().filter(|of| **of != Of::Nothing).count();
    let others = of.iter().filter(|of| **of == Of::Other).count();
    if others * 10 > full * OTHERS {
        return;
    }
    // Of these, those right above and below a run; none is looked at twice.
    let telling: Vec<usize> = (first..=last).filter(|at| ours(&of[*at])).collect();
    let mut above = 0;
    let is_flat = |at: &usize| of[*at] == Of::Nothing || depth(&lines[start + *at]) == 1;
    for run in runs(of, first, last) {
        // What stands in a quote of a quote, another typed there.
        while telling.get(above + 1).is_some_and(|next| *next < run.start) {
            above += 1;
        }
        let mut around = telling[above..].iter().take(2);
        let is_own = run.clone().all(|at| is_flat(&at)) && around.all(is_flat);
        if is_own && is_typed(&lines[start + run.start..start + run.end]) {
            kinds[run].fill(SpanKind::Said);
        }
    }
}

/// Lines in a row, between two places, that are not in what we sent, with the empty ones between them.
fn runs(of: &[Of], first: usize, last: usize) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for at in first..=last {
        if of[at] != Of::Other {
            continue;
        }
        match runs.last_mut() {
            Some(run) if of[run.end..at].iter().all(|of| *of == Of::Nothing) => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Whether such lines may be what somebody typed: few, and no head or introduction of another mail.
fn is_typed(lines: &[Line<'_>]) -> bool {
    let full = || lines.iter().filter(|line| !line.is_blank()).map(|line| line::without_marks(line.text));
    let fields = full().filter(|text| !languages::field(text).is_none()).count();
    full().count() <= TYPED && fields < 2 && !full().any(attribution::introduces_itself)
}

/// Where a mail of ours stands in a text without marks: its lines are quoted, the others are said, and so is what follows.
fn without_marks(lines: &[Line<'_>], kinds: &mut [SpanKind], of: &[Of]) {
    let is_bare = |kinds: &[SpanKind], at: usize| {
        kinds[at] != SpanKind::Attribution && !lines[at].is_quoted() && of[at] != Of::Nothing
    };
    let bare: Vec<usize> = (0..lines.len()).filter(|at| is_bare(kinds, *at)).collect();
    let is_ours = |at: &&usize| matches!(of[**at], Of::Ours(_));
    let (Some(&first), Some(&last)) = (bare.iter().find(is_ours), bare.iter().rev().find(is_ours)) else { return };
    // Short lines around those belong to it where they are lines of it.
    let goes_with = |at: &usize| of[*at] == Of::Line || of[*at] == Of::Nothing && is_drawn(lines[*at].text);
    let nearer = (0..first).rev().take_while(goes_with).filter(|at| of[*at] == Of::Line).last();
    let first = nearer.filter(|at| is_bare(kinds, *at)).unwrap_or(first);
    let further = (last + 1..lines.len()).take_while(goes_with).filter(|at| of[*at] == Of::Line).last();
    let last = further.filter(|at| is_bare(kinds, *at)).unwrap_or(last);
    let within: Vec<usize> = bare.iter().copied().filter(|at| (first..=last).contains(at)).collect();
    let ours: Vec<usize> =
        within.iter().filter_map(|at| if let Of::Ours(letters) = of[*at] { Some(letters) } else { None }).collect();
    let others = within.iter().filter(|at| of[**at] == Of::Other).count();
    if ours.len() < LINES || ours.iter().sum::<usize>() < LETTERS || others * 10 > within.len() * OTHERS {
        return;
    }
    // Behind a second head it is what another was sent, and what is typed there is theirs.
    let is_head = |at: &usize| {
        matches!(kinds[*at], SpanKind::Quote | SpanKind::Attribution) && languages::field(lines[*at].text).from
    };
    let is_anothers = (0..first).filter(is_head).nth(1).is_some();
    for at in first..=last {
        let is_copied = is_bare(kinds, at) && of[at] != Of::Other;
        let is_between = of[at] == Of::Nothing && is_drawn(lines[at].text) && kinds[at] != SpanKind::Attribution;
        if is_copied || is_between {
            kinds[at] = SpanKind::Quote;
        }
    }
    if is_anothers {
        return;
    }
    let begins = kinds[..first].iter().rev().take_while(|kind| **kind == SpanKind::Quote).count();
    let is_hidden = |kind: &&SpanKind| matches!(kind, SpanKind::Quote | SpanKind::Signature);
    let ends = kinds[last + 1..].iter().take_while(is_hidden).count();
    let around = [first - begins..first, last + 1..last + 1 + ends];
    for run in runs(of, first, last).into_iter().chain(around) {
        let is_all_bare = run.clone().all(|at| of[at] == Of::Nothing || is_bare(kinds, at));
        if is_all_bare && is_typed(&lines[run.clone()]) {
            kinds[run].fill(SpanKind::Said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Stance, read_as};

    const SENT: &str = "Good morning, Ellen.\n\nOn bread\nby Marina, Sunday\n\nBread wants time more than it wants work. So I get up at \
                        four\nand let it lie until noon. What do you do?\n\nReply: talk+r.x@lists.example\n\n#1 David\n\nI let a machine \
                        do it, and sleep. It takes three hours\nand never complains.\n\nLeave: talk+u.x@lists.example\n";
    const HEAD: &str =
        "From: Talk <talk@lists.example>\nSent: Monday, 2 March 2026 10:00\nTo: Ellen\nSubject: Talk\n\n";

    fn said(text: &str) -> String {
        read_as(text, Stance::Answer, Original::of([SENT]).as_ref()).said()
    }

    /// What was sent, broken into lines of so many columns, with something typed in behind a word.
    fn copied(columns: usize, behind: &str, typed: &str) -> String {
        let mut copy = String::new();
        for line in SENT.lines() {
            let mut column = 0;
            for word in line.split(' ') {
                if column > 0 {
                    copy.push(if column + word.len() > columns { '\n' } else { ' ' });
                    column = if column + word.len() > columns { 0 } else { column };
                }
                copy.push_str(word);
                column += word.len() + 1;
            }
            copy.push('\n');
            if line.contains(behind) {
                copy.push_str(typed);
            }
        }
        copy
    }

    #[test]
    fn what_was_typed_into_a_copy_is_said_however_the_copy_was_broken() {
        for columns in [200, 72, 30] {
            for above in ["", "See below.\n\n", "Thank you!\n\n"] {
                let text =
                    format!("{above}{HEAD}{}", copied(columns, "What do you do?", "\nI buy it at the mill.\n\n"));
                assert_eq!(said(&text), format!("{above}I buy it at the mill."), "{columns} {above}");
                let text = format!("{above}{HEAD}{}", copied(columns, "Leave:", "\nI buy it at the mill.\n"));
                assert_eq!(said(&text), format!("{above}I buy it at the mill."), "{columns} {above}");
            }
            let marked: String = copied(columns, "What do you do?", "I buy it at the mill.\n")
                .lines()
                .map(|line| format!("> {line}\n"))
                .collect();
            let text = format!("Inside.\n\nOn Mon, 2 Mar 2026 at 10:00, Talk <talk@lists.example> wrote:\n{marked}");
            assert_eq!(said(&text), "Inside.\n\n> I buy it at the mill.", "{columns}");
        }
    }

    #[test]
    fn a_copy_with_nothing_typed_into_it_says_nothing() {
        assert_eq!(said(&format!("{HEAD}{SENT}")), "");
        assert_eq!(said(&format!("Yes.\n\n{HEAD}{SENT}")), "Yes.");
        let marked: String = SENT.lines().map(|line| format!("> {line}\n")).collect();
        assert_eq!(said(&format!("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Talk <t@x.example> wrote:\n{marked}")), "Yes.");
    }

    #[test]
    fn what_another_mail_says_that_is_quoted_along_stays_hidden() {
        let older =
            "> > Something older that was never ours, of many words,\n> > and a second line of it that goes on.\n"
                .repeat(8);
        let marked: String = SENT.lines().map(|line| format!("> {line}\n")).collect();
        let text = format!("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Talk <t@x.example> wrote:\n{marked}{older}{marked}");
        assert_eq!(said(&text), "Yes.");
    }

    #[test]
    fn a_short_answer_or_one_like_a_field_is_said_however_often_its_letters_stand_in_the_copy() {
        let bottom = "See below.\n\n";
        for typed in ["No.", "I do it too.", "Date: Friday would suit me best.", "time work noon"] {
            let text = format!("{bottom}{HEAD}{}", copied(72, "What do you do?", &format!("\n{typed}\n\n")));
            assert_eq!(said(&text), format!("See below.\n\n{typed}"), "{typed}");
        }
        let many = "One more line of what I think about it all.\n".repeat(14);
        let text = format!("Thanks!\n\n{HEAD}{}", copied(72, "What do you do?", &format!("\n{many}\n")));
        assert_eq!(said(&text), format!("Thanks!\n\n{}", many.trim_end()));
    }

    #[test]
    fn what_another_typed_into_a_copy_that_is_quoted_along_is_not_the_writers() {
        let copy: String = copied(72, "What do you do?", "").lines().map(|line| format!(">> {line}\n")).collect();
        let (start, end) = copy.split_at(copy.find(">> Reply").unwrap());
        let david = "> Between us, she is simply wrong here.\n";
        let text = format!(
            "I agree.\n\nOn Mon, 2 Mar 2026 at 11:30, David <d@x.example> wrote:\n> On Mon, 2 Mar 2026 at 09:30, Talk <t@x.example> \
             wrote:\n{start}>\n{david}>\n{end}"
        );
        assert_eq!(said(&text), "I agree.");
        let chain = format!(
            "I agree.\n\n{}Look inside.\n\n{HEAD}{}",
            HEAD.replace("Talk <talk@lists.example>", "David <d@x.example>"),
            copied(72, "What do you do?", "\nBetween us, she is simply wrong here.\n\n")
        );
        assert_eq!(said(&chain), "I agree.");
    }

    #[test]
    fn what_programs_put_below_a_copy_is_not_said() {
        for below in ["Sent from my iPhone", "-- \nEllen Writer"] {
            assert_eq!(said(&format!("Yes.\n\n{HEAD}{SENT}\n{below}\n")), "Yes.", "{below}");
        }
        let typed = format!("{HEAD}{SENT}\nI buy it at the mill.\n\nSent from my iPhone\n");
        assert_eq!(said(&typed), "I buy it at the mill.");
    }

    #[test]
    fn a_persons_text_that_has_little_of_it_is_theirs() {
        let text = "I let a machine do it, and sleep. Who would not?\n\nBut bread wants time, that is true, and mine has none.\n\n\
                    So we buy it, and I am not ashamed.\n";
        assert_eq!(said(text), text.trim_end());
        assert!(Original::of(["", "x"]).is_none());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_made_of_a_copy_every_character_is_in_one_span(
            lines in proptest::collection::vec("(>|> |>> |  )?(Bread wants time more|it lie until noon\\.|From: [a-z]{3}|#1 David|-- |[^+]{0,12})", 0..40)
        ) {
            let text = lines.join("\n");
            for stance in [Stance::Answer, Stance::Post] {
                let spans = read_as(&text, stance, Original::of([SENT]).as_ref()).spans;
                proptest::prop_assert_eq!(spans.iter().map(|span| span.text.as_str()).collect::<String>(), &*text);
            }
        }
    }
}
