//! Which item of a digest a mail quotes: an answer to a digest lands under what it quotes.

use crate::discussion::ItemId;

/// A quoted line with fewer letters or digits than this tells nothing: "Yes." may stand in any item.
const SHORTEST_TELLING: usize = 10;

/// How many quoted lines that may tell something are looked for, and among how many: enough to tell, and a bound on the
/// work.
const MOST_LINES: usize = 200;
const MOST_QUOTED: usize = 4_000;

/// How many octets are searched in all. The more the items say, the fewer lines are looked for in them.
const MOST_OCTETS: usize = 64 << 20;

/// What the quoted lines say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// Lines of one item only.
    One(ItemId),
    /// No line of any item; or lines of every one of several, as mail programs that quote everything do.
    Nothing,
    /// Lines of some of them.
    Several,
}

/// Finds the item that quoted lines (without marks) come from. Line ends, blanks and case do not count, since mail
/// programs wrap and change them. A line that stands in several items tells nothing.
pub fn matched(quoted: &[String], items: &[(ItemId, String)]) -> Quoted {
    let most = most_lines(items, MOST_LINES);
    let lines: Vec<String> = telling_lines(quoted.iter().take(MOST_QUOTED)).take(most).collect();
    if lines.is_empty() {
        return Quoted::Nothing;
    }
    let texts = Texts::of(items);
    let mut hit: Vec<ItemId> = Vec::new();
    for item in lines.iter().filter_map(|line| texts.only_one_with(line)) {
        if !hit.contains(&item) {
            hit.push(item);
        }
    }
    match hit.as_slice() {
        [] => Quoted::Nothing,
        [one] => Quoted::One(*one),
        all if all.len() == texts.0.len() => Quoted::Nothing,
        _ => Quoted::Several,
    }
}

/// How many lines may be looked for in these items.
pub(super) fn most_lines(items: &[(ItemId, String)], most: usize) -> usize {
    let octets: usize = items.iter().map(|(_, text)| text.len()).sum();
    (MOST_OCTETS / octets.max(1)).clamp(1, most)
}

/// Those of the lines that tell something, made plain.
pub(super) fn telling_lines<'a>(lines: impl Iterator<Item = &'a String>) -> impl Iterator<Item = String> {
    lines.map(|line| plain(line)).filter(|line| telling(line))
}

/// What items say, made plain: to look lines up in.
pub(super) struct Texts(Vec<(ItemId, String)>);

impl Texts {
    pub(super) fn of(items: &[(ItemId, String)]) -> Self {
        Self(items.iter().map(|(item, text)| (*item, plain(text))).collect())
    }

    /// The item that a plain line stands in, where it stands in one only.
    pub(super) fn only_one_with(&self, line: &str) -> Option<ItemId> {
        let mut of = self.0.iter().filter(|(_, text)| text.contains(line)).map(|(item, _)| *item);
        of.next().filter(|_| of.next().is_none())
    }
}

fn telling(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST_TELLING
}

/// Small letters, one blank between words.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<(ItemId, String)> {
        vec![
            (ItemId(1), "You notice that you have stopped\npreparing your answer. Thank you for this.".to_owned()),
            (ItemId(2), "Nobody to agree with: I have been turning that over all night.".to_owned()),
            (ItemId(3), "Thank you for this. I have nothing to add.".to_owned()),
        ]
    }

    fn of(lines: &[&str]) -> Quoted {
        matched(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), &items())
    }

    #[test]
    fn a_line_wrapped_anew_by_a_mail_program_still_matches() {
        assert_eq!(of(&["You notice that you have  stopped preparing", "your answer."]), Quoted::One(ItemId(1)));
        assert_eq!(of(&["turning that over ALL night."]), Quoted::One(ItemId(2)));
    }

    #[test]
    fn a_line_that_stands_in_two_items_tells_nothing() {
        assert_eq!(of(&["Thank you for this."]), Quoted::Nothing);
        assert_eq!(of(&["Thank you for this.", "I have nothing to add."]), Quoted::One(ItemId(3)));
    }

    #[test]
    fn short_lines_and_lines_of_nobody_tell_nothing() {
        assert_eq!(of(&["you", "of this.", "…"]), Quoted::Nothing);
        assert_eq!(of(&["Reply to Marina: somewhere else"]), Quoted::Nothing);
    }

    #[test]
    fn in_items_of_megabytes_few_lines_are_looked_for() {
        let long = |n: i64| (ItemId(n), format!("{} these are the words of item {n}", "word ".repeat(400_000)));
        let items = [long(1), long(2)];
        let line = |n: usize| format!("these are the words of item {n}");
        assert_eq!(matched(&[line(2)], &items), Quoted::One(ItemId(2)));
        let quoted: Vec<String> = (3..23).map(line).collect();
        assert_eq!(matched(&[quoted, vec![line(1)]].concat(), &items), Quoted::Nothing);
    }

    #[test]
    fn quoting_everything_is_quoting_nothing() {
        let all = ["preparing your answer.", "Nobody to agree with: I", "I have nothing to add."];
        assert_eq!(of(&all), Quoted::Nothing);
        assert_eq!(of(&all[..2]), Quoted::Several);
    }

    #[test]
    fn of_a_single_item_quoted_whole_it_is_that_item() {
        let one = vec![items().remove(1)];
        assert_eq!(matched(&["Nobody to agree with: I have been".to_owned()], &one), Quoted::One(ItemId(2)));
    }
}
