//! Which item of a digest a mail quotes: an answer to a digest lands under what it quotes.

use std::collections::{HashMap, HashSet};

use super::place::Shown;
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

/// An item that a quoted line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) item: ItemId,
    /// Whether the digest only reminds of it.
    remembered: bool,
    /// Whether the line is so short that it may be of another one as well.
    pub(super) doubtful: bool,
}

/// Finds the item that quoted lines (without marks) come from. Line ends, blanks and case do not count, since mail
/// programs wrap and change them. A line that stands in several items tells nothing.
pub fn matched(quoted: &[String], shown: &Shown) -> Quoted {
    if quoted.is_empty() {
        return Quoted::Nothing;
    }
    let texts = Texts::of(shown);
    let (hits, _) = texts.hits(quoted.iter().take(MOST_QUOTED), most_lines(shown, MOST_LINES));
    match hits.as_slice() {
        [] => Quoted::Nothing,
        [one] if one.doubtful => Quoted::Nothing,
        [one] => Quoted::One(one.item),
        all if !all.iter().any(|hit| hit.remembered) && texts.are_all(all, shown) => Quoted::Nothing,
        _ => Quoted::Several,
    }
}

/// Puts an item last, once. What a digest reminds of stands above what it shows in full under it: quoted together with
/// that it tells nothing.
pub(super) fn add(hits: &mut Vec<Hit>, new: Hit) {
    hits.retain(|hit| hit.item != new.item && (new.remembered || !hit.remembered));
    hits.push(new);
}

/// How many lines may be looked for in what was shown.
pub(super) fn most_lines(shown: &Shown, most: usize) -> usize {
    let octets: usize = shown.items.iter().chain(&shown.remembered).map(|(_, text)| text.len()).sum();
    (MOST_OCTETS / octets.max(1)).clamp(1, most)
}

/// What items say, made plain: to look lines up in.
pub(super) struct Texts {
    full: Vec<(ItemId, String)>,
    remembered: Vec<(ItemId, String)>,
    /// The items that say no more than a few letters; `None` where such words are a line of another one too.
    short: HashMap<String, Option<ItemId>>,
}

impl Texts {
    pub(super) fn of(shown: &Shown) -> Self {
        let all_plain = |items: &[(ItemId, String)]| items.iter().map(|(item, text)| (*item, plain(text))).collect();
        let full: Vec<(ItemId, String)> = all_plain(&shown.items);
        let mut short: HashMap<String, Option<ItemId>> = HashMap::new();
        for (item, text) in full.iter().filter(|(_, text)| !telling(text) && text.contains(char::is_alphanumeric)) {
            short.entry(text.clone()).and_modify(|before| *before = None).or_insert(Some(*item));
        }
        for (item, text) in &shown.items {
            if short.is_empty() {
                break;
            }
            for line in text.lines().filter(|line| !telling(line)) {
                if let Some(before) = short.get_mut(&plain(line)).filter(|before| **before != Some(*item)) {
                    *before = None;
                }
            }
        }
        Self { full, remembered: all_plain(&shown.remembered), short }
    }

    /// The items that quoted lines come from, each once, in the order of their last lines, and how many lines were looked
    /// for: of those that tell something at most `most`, and one more where there are more.
    pub(super) fn hits<'l>(&self, lines: impl Iterator<Item = &'l String>, most: usize) -> (Vec<Hit>, usize) {
        let (mut hits, mut looked_for) = (Vec::new(), 0);
        for line in lines.map(|line| plain(line)) {
            let (telling, short) = (telling(&line), self.short.get(&line).copied().flatten());
            if !telling && short.is_none() {
                continue;
            }
            if looked_for == most {
                return (hits, most + 1);
            }
            looked_for += 1;
            let hit = if telling { self.only_one_with(&line) } else { short.map(|item| self.short_one(item, &line)) };
            hit.into_iter().for_each(|hit| add(&mut hits, hit));
        }
        // Such words may stand in the line of another item that is quoted.
        let certain: HashSet<ItemId> = hits.iter().filter(|hit| !hit.doubtful).map(|hit| hit.item).collect();
        let within_another = |short: &Hit| {
            let text = self.full.iter().find(|(item, _)| *item == short.item).map_or("", |(_, text)| text.as_str());
            let mut others = self.full.iter().filter(|(item, _)| *item != short.item && certain.contains(item));
            others.any(|(_, other)| other.contains(text))
        };
        let kept: Vec<Hit> = hits.iter().filter(|hit| !hit.doubtful || !within_another(hit)).copied().collect();
        (kept, looked_for)
    }

    /// The item of which a short line is the whole text. It is doubtful where the words stand in another one as well.
    fn short_one(&self, item: ItemId, line: &str) -> Hit {
        let doubtful =
            self.full.iter().chain(&self.remembered).any(|(other, text)| *other != item && text.contains(line));
        Hit { item, remembered: false, doubtful }
    }

    /// Whether these are all items of which a line can tell. What says only a word, or nothing that another one does not
    /// say too, is not missed.
    pub(super) fn are_all(&self, quoted: &[Hit], shown: &Shown) -> bool {
        let mut left = most_lines(shown, MOST_LINES);
        let is_quoted = |item: &ItemId| quoted.iter().any(|hit| hit.item == *item);
        shown.items.iter().filter(|(item, _)| !is_quoted(item)).all(|(item, text)| {
            let mut lines = text.lines().map(plain).filter(|line| telling(line));
            !lines.any(|line| {
                left = left.saturating_sub(1);
                left == 0 || self.only_one_with(&line).is_some_and(|hit| hit.item == *item)
            })
        })
    }

    /// The item that a plain line stands in, where it stands in one only.
    pub(super) fn only_one_with(&self, line: &str) -> Option<Hit> {
        let full = self.full.iter().filter(|(_, text)| text.contains(line)).map(|(item, _)| (*item, false));
        let framed = within_its_frame(line);
        let reminds = |text: &str| framed.iter().flatten().any(|line| text.contains(line));
        let remembered = self.remembered.iter().filter(|(_, text)| reminds(text)).map(|(item, _)| (*item, true));
        let mut of = full.chain(remembered).map(|(item, remembered)| Hit { item, remembered, doubtful: false });
        of.next().filter(|_| of.next().is_none())
    }
}

/// What of a line may be an item's first words, as a digest shows them: `#3 David: Could you say … (read)`. With what
/// stands before the colon, and without, for they may have a colon of their own.
fn within_its_frame(line: &str) -> [Option<&str>; 2] {
    let line = line.strip_suffix(')').and_then(|line| line.rsplit_once('(')).map_or(line, |(before, _)| before);
    let line = line.rsplit_once('…').map_or(line, |(before, _)| before);
    let trimmed = line.trim_matches(|c: char| c.is_whitespace() || "“”\"".contains(c));
    let behind = trimmed.split_once(": ").map(|(_, behind)| behind);
    [Some(trimmed).filter(|text| telling(text)), behind.filter(|text| telling(text))]
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
        let remembered = vec![
            (ItemId(7), "Could you say more about the second kind? When my mother …".to_owned()),
            (ItemId(8), "Note: thank you for this. I shall …".to_owned()),
        ];
        let shown = Shown { items: items(), remembered, ..Shown::default() };
        matched(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), &shown)
    }

    fn among(lines: &[String], items: Vec<(ItemId, String)>) -> Quoted {
        matched(lines, &Shown { items, ..Shown::default() })
    }

    #[test]
    fn the_first_words_of_what_a_digest_reminds_of_are_lines_of_it() {
        let whole = "#3 David: Could you say more about the second kind? When my … (read)";
        assert_eq!(of(&[whole]), Quoted::One(ItemId(7)));
        assert_eq!(
            of(&["B3 David: Could you say more about the", "second kind? When my … (read)"]),
            Quoted::One(ItemId(7))
        );
        assert_eq!(
            of(&["#3 (https://lists.example/talk/1#3) David: Could you say more … (read, corrected)"]),
            Quoted::One(ItemId(7))
        );
        assert_eq!(of(&["#4 Ruth: Note: thank you for this. I … (read)"]), Quoted::One(ItemId(8)));
        assert_eq!(of(&["Thank you for this.", "(read)", "#3 David"]), Quoted::Nothing);
        assert_eq!(of(&[whole, "#4 Ruth: Note: thank you for this. (read)"]), Quoted::Several);
    }

    #[test]
    fn what_is_remembered_above_what_is_quoted_in_full_tells_nothing_and_below_it_makes_several() {
        let remembered = "#3 David: Could you say more about the second kind? (read)";
        assert_eq!(of(&[remembered, "Nobody to agree with: I"]), Quoted::One(ItemId(2)));
        assert_eq!(of(&["Nobody to agree with: I", remembered]), Quoted::Several);
        let all = [remembered, "preparing your answer.", "Nobody to agree with: I", "I have nothing to add."];
        assert_eq!(of(&all), Quoted::Nothing);
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
    fn a_short_line_that_is_all_that_an_item_says_is_a_line_of_it() {
        let mut items = items();
        items.push((ItemId(4), "Yes! Yes!".to_owned()));
        items.push((ItemId(5), "Good".to_owned()));
        items.push((ItemId(6), "I hold it for a good thing, all of it.".to_owned()));
        let of =
            |lines: &[&str]| among(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), items.clone());
        let long = "Nobody to agree with: I";
        assert_eq!(of(&["Yes! Yes!"]), Quoted::One(ItemId(4)));
        assert_eq!((of(&["Yes! Yes!", long]), of(&[long, "Yes! Yes!"])), (Quoted::Several, Quoted::Several));
        // Where another one has the word too, it is not certain whose it is.
        assert_eq!((of(&["Good"]), of(&["Good", long])), (Quoted::Nothing, Quoted::Several));
        assert_eq!(of(&["I hold it for a", "good", "thing, all of it."]), Quoted::One(ItemId(6)));
        assert_eq!(of(&["Yes!"]), Quoted::Nothing);
        items.push((ItemId(7), "Yes! Yes!\nThat is all that I have to say.".to_owned()));
        let of = |lines: &[&str]| among(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), items);
        assert_eq!(of(&["Yes! Yes!", long]), Quoted::One(ItemId(2)));
    }

    #[test]
    fn quoting_everything_that_can_be_told_is_quoting_nothing() {
        let mut items = items();
        items.push((ItemId(4), "Yes!\nNo.".to_owned()));
        items.push((ItemId(5), "preparing your answer. Thank you for this.".to_owned()));
        let all = ["You notice that you have stopped", "Nobody to agree with: I", "I have nothing to add."];
        let all: Vec<String> = all.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(among(&all, items.clone()), Quoted::Nothing);
        assert_eq!(among(&all[..2], items), Quoted::Several);
    }

    #[test]
    fn in_items_of_megabytes_few_lines_are_looked_for() {
        let long = |n: i64| (ItemId(n), format!("{} these are the words of item {n}", "word ".repeat(400_000)));
        let items = vec![long(1), long(2)];
        let line = |n: usize| format!("these are the words of item {n}");
        assert_eq!(among(&[line(2)], items.clone()), Quoted::One(ItemId(2)));
        let quoted: Vec<String> = (3..23).map(line).collect();
        assert_eq!(among(&[quoted, vec![line(1)]].concat(), items), Quoted::Nothing);
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
        assert_eq!(among(&["Nobody to agree with: I have been".to_owned()], one), Quoted::One(ItemId(2)));
    }
}
