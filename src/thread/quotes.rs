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
    let octets: usize = items.iter().map(|(_, text)| text.len()).sum();
    let most = (MOST_OCTETS / octets.max(1)).clamp(1, MOST_LINES);
    let lines = quoted.iter().take(MOST_QUOTED).map(|line| plain(line)).filter(|line| telling(line));
    let lines: Vec<String> = lines.take(most).collect();
    if lines.is_empty() {
        return Quoted::Nothing;
    }
    let texts: Vec<(ItemId, String)> = items.iter().map(|(item, text)| (*item, plain(text))).collect();
    let mut hit: Vec<ItemId> = Vec::new();
    for line in &lines {
        let mut of = texts.iter().filter(|(_, text)| text.contains(line.as_str())).map(|(item, _)| *item);
        if let (Some(item), None) = (of.next(), of.next())
            && !hit.contains(&item)
        {
            hit.push(item);
        }
    }
    match hit.as_slice() {
        [] => Quoted::Nothing,
        [one] => Quoted::One(*one),
        all if all.len() == texts.len() => Quoted::Nothing,
        _ => Quoted::Several,
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
