//! What a line, or some lines made one, would be as an attribution.

use super::languages;
use super::moment;

/// How sure it is that a mail program wrote an attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    /// It is one if a quote follows.
    BeforeQuote,
    /// It is one whatever follows: it names somebody by address, or a moment to the minute, as no person does.
    Certain,
}

/// Words of a name, and words in small letters of an attribution in a language that no table has.
const NAME_WORDS: usize = 5;
const SMALL_WORDS: usize = 7;

/// Words that attributions without a colon have.
const BARE_WORDS: usize = 10;

/// Judges a text of one line. Of several lines only what looks like the start of an attribution is one: what stands
/// above might be the person's own last line.
pub(super) fn judge(text: &str, is_wrapped: bool) -> Option<Sureness> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || languages::is_direction(c) || c == '*' || c == '_');
    if let Some(inside) = between_signs(text) {
        return framed(inside);
    }
    let Some(words) = text.strip_suffix([':', '：']) else { return bare(text) };
    let words = words.trim_end_matches(|c: char| c.is_whitespace() || languages::is_direction(c) || c == '*');
    // Programs do not speak of themselves.
    if words.split_whitespace().any(|word| matches!(word, "I" | "I've" | "I'd" | "I’ve")) {
        return None;
    }
    let sentence = Sentence::of(words);
    if sentence.is_certain() {
        return Some(Sureness::Certain);
    }
    let fits = if is_wrapped { sentence.fits_wrapped() } else { sentence.fits() };
    fits.then_some(Sureness::BeforeQuote)
}

/// What stands inside `---- … ----` and `>>> … >>>`.
fn between_signs(text: &str) -> Option<&str> {
    let inside = |sign: char, most: &str| {
        let inside = text.strip_prefix(most)?.strip_suffix(most)?;
        Some(inside.trim_matches(|c: char| c == sign || c.is_whitespace()))
    };
    inside('-', "--").or_else(|| inside('>', ">>>"))
}

/// `---- On Mon, 5 Jan 2026 Ada wrote ----`, `-----Ada wrote: -----`, `>>> Ada <ada@x.org> 5.1.2026 8:30 >>>`.
fn framed(inside: &str) -> Option<Sureness> {
    let words = inside.trim_end_matches([':', '：', ' ']);
    let sentence = Sentence::of(words);
    let says_who_and_when = sentence.has_moment && (sentence.has_address || sentence.starts) || sentence.is_named();
    let is_one = says_who_and_when && (sentence.ends_with_verb() || sentence.has_address);
    is_one.then_some(Sureness::Certain)
}

/// Without a colon: `2026-01-05 8:30 GMT+01:00 Ada <ada@x.org>`, `On Mon, 5 Jan 2026 Ada <ada@x.org> wrote`.
fn bare(text: &str) -> Option<Sureness> {
    // `From: Ada <ada@x.org>`, as some programs put it right above a quote.
    if languages::field(text).from && has_address(text) {
        return Some(Sureness::BeforeQuote);
    }
    let starts_with_number = text.starts_with(char::is_numeric);
    let has_zone = starts_with_number && (text.contains("GMT") || text.contains("UTC"));
    // Asked of every line above a quote, so what is none is told by a look at its signs.
    if !(has_zone || has_address(text)) || !text.contains(char::is_numeric) {
        return None;
    }
    let words = text.split_whitespace().count();
    if words > 2 * BARE_WORDS {
        return None;
    }
    let sentence = Sentence::of(text);
    let is_short = words <= BARE_WORDS;
    let tells_who_wrote = sentence.starts && sentence.has_moment && sentence.has_address && sentence.ends_with_verb();
    let is_by_zone = has_zone && is_short && sentence.has_day && moment::tells_time(text);
    if tells_who_wrote || is_by_zone {
        return Some(Sureness::Certain);
    }
    let names_sender = sentence.has_moment && sentence.has_address && text.ends_with('>');
    (starts_with_number && is_short && names_sender).then_some(Sureness::BeforeQuote)
}

/// What can be told of a text without its colon.
struct Sentence<'t> {
    words: &'t str,
    lower: String,
    /// It starts as an attribution with a date does.
    starts: bool,
    opens: bool,
    has_moment: bool,
    has_day: bool,
    has_address: bool,
}

impl<'t> Sentence<'t> {
    fn of(words: &'t str) -> Self {
        let opens = languages::opens(words);
        Self {
            words,
            lower: words.to_lowercase(),
            starts: moment::starts_with_moment(words, opens),
            opens,
            has_moment: moment::tells_moment(words),
            has_day: moment::tells_day(words),
            has_address: has_address(words),
        }
    }

    fn ends_with_verb(&self) -> bool {
        languages::before_verb(&self.lower).is_some_and(|before| !before.is_empty())
    }

    /// "…, and then I wrote:" is a person's sentence.
    fn is_told_by_a_person(&self) -> bool {
        languages::before_verb(&self.lower).is_some_and(|before| {
            let last = before.split_whitespace().next_back().unwrap_or_default();
            languages::is_no_name(last) && !(matches!(last, "you" | "вы") && self.starts && self.has_day)
        }) || self.starts_as_a_person_does()
    }

    /// "We met …": a word that is neither the start of an attribution nor of a name.
    fn starts_as_a_person_does(&self) -> bool {
        let first = self.lower.split_whitespace().next().unwrap_or_default();
        let is_start = self.opens || self.starts || languages::quotes(self.words);
        !is_start && languages::is_no_name(first.trim_matches(|c: char| !c.is_alphanumeric()))
    }

    /// Whether no person wrote it, whatever follows.
    fn is_certain(&self) -> bool {
        if self.is_told_by_a_person() {
            return false;
        }
        let has_verb = languages::has_verb(&self.lower);
        let tells_minute = self.has_day && moment::tells_time(self.words);
        if has_marked_address(self.words) {
            let names_first = self.starts_with_name() || languages::quotes(self.words);
            (self.starts && has_verb && self.has_moment)
                || (self.starts && tells_minute && self.small_words() <= SMALL_WORDS)
                || (self.is_named() && (self.ends_with_verb() || (has_verb && self.has_moment)))
                || (names_first && tells_minute && (has_verb || languages::quotes(self.words)))
        } else {
            let is_dense = self.small_words() <= SMALL_WORDS;
            has_verb
                && moment::tells_time(self.words)
                && is_dense
                && (self.starts && self.has_moment || self.tells_name_and_minute())
        }
    }

    /// `Ada Writer wrote on 5.1.2026 at 8:30`.
    fn tells_name_and_minute(&self) -> bool {
        self.has_day && moment::tells_time(self.words) && self.leads_with_name() && self.small_words() < SMALL_WORDS - 2
    }

    /// Words as a sentence has many: in small letters and no part of an address.
    fn small_words(&self) -> usize {
        let is_small = |word: &&str| word.starts_with(char::is_lowercase) && !word.contains(['@', ':']);
        self.words.split_whitespace().filter(is_small).count()
    }

    fn fits(&self) -> bool {
        let has_verb = languages::has_verb(&self.lower);
        let says_who = self.has_address || self.has_moment;
        ((self.opens || self.starts) && self.has_moment && has_verb && !self.is_told_by_a_person())
            // "On Monday, Marina wrote:", as people and small programs have it.
            || (self.opens && self.words.rsplit_once(',').is_some_and(|(_, who)| Sentence::of(who.trim()).is_named()))
            || (self.ends_with_verb() && says_who && !self.is_told_by_a_person())
            || (self.has_address && self.has_moment && !self.is_told_by_a_person())
            || (languages::quotes(self.words) && self.has_address)
            || languages::is_original(&self.lower)
            || self.is_named_small()
            || (has_marked_address(self.words) && self.lower.ends_with(" said"))
            || (self.tells_name_and_minute() && (has_verb || self.words.ends_with(']')))
            || self.is_named()
    }

    fn fits_wrapped(&self) -> bool {
        let says_who = languages::has_verb(&self.lower) || self.has_address;
        let quotes = languages::quotes(self.words) || self.words.starts_with("--- ");
        let starts = self.starts || (self.opens && self.has_moment) || (quotes && self.has_address);
        (starts && (self.has_moment || self.has_address) && says_who && !self.is_told_by_a_person())
            || (self.starts_with_name()
                && has_marked_address(self.words)
                && (languages::has_verb(&self.lower) || self.has_day))
    }

    /// `Ada Writer wrote`, `"Writer, Ada" <ada@x.org> wrote`: a name and nothing else, so no word that a sentence would
    /// start with and none in small letters.
    fn is_named(&self) -> bool {
        let Some(before) = languages::before_verb(&self.lower) else { return false };
        let name: Vec<&str> = self.words.split_whitespace().take(before.split_whitespace().count()).collect();
        let words = name.iter().filter(|word| !is_part_of_address(word)).count();
        !name.is_empty() && words <= NAME_WORDS && is_name(&name)
    }

    /// `ada wrote`: one word that is no other word of a sentence.
    fn is_named_small(&self) -> bool {
        let name = languages::before_verb(&self.lower).unwrap_or_default();
        let is_word =
            name.chars().count() > 2 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        is_word && !languages::is_no_name(name)
    }

    /// Whether it starts with a name that something else follows.
    fn leads_with_name(&self) -> bool {
        let is_over = |word: &&str| word.starts_with(|c: char| c.is_lowercase() || c.is_numeric() || c == '[');
        let name: Vec<&str> = self.words.split_whitespace().take_while(|word| !is_over(word)).collect();
        !name.is_empty() && name.len() <= NAME_WORDS && is_name(&name)
    }

    /// Whether it starts with a name, an address behind it.
    fn starts_with_name(&self) -> bool {
        let before = self.words.split(['<', '(', '[']).next().unwrap_or_default();
        let name: Vec<&str> = before.split_whitespace().collect();
        !name.is_empty() && name.len() <= NAME_WORDS && is_name(&name)
    }
}

fn is_name(words: &[&str]) -> bool {
    let is_name_word = |word: &&str| {
        word.starts_with(|c: char| {
            c.is_uppercase() || "\"'(“„«".contains(c) || (c.is_alphabetic() && !c.is_lowercase())
        }) || is_part_of_address(word)
            || matches!(
                *word,
                "via"
                    | "von"
                    | "van"
                    | "de"
                    | "da"
                    | "di"
                    | "del"
                    | "der"
                    | "den"
                    | "af"
                    | "av"
                    | "bin"
                    | "al"
                    | "=="
                    | "-"
                    | "|"
            )
            || words[0].starts_with(['"', '“', '„', '«'])
    };
    let first = words[0].trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    words.iter().all(is_name_word) && !languages::is_no_name(&first) && words[0].len() < 60
}

fn is_part_of_address(word: &str) -> bool {
    word.contains('@') || word.starts_with(['<', '[']) || word.ends_with('>')
}

/// A mail address, or what is left of one by archives that hide it.
fn has_address(words: &str) -> bool {
    let has_sign = memchr::memchr(b'@', words.as_bytes()).is_some();
    has_sign
        && words.split_whitespace().any(|word| {
            word.find('@')
                .is_some_and(|at| at > 0 && word[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '.'))
        })
}

/// A mail address in the signs that programs put around one.
fn has_marked_address(words: &str) -> bool {
    has_address(words) && {
        let mut parts = words.split('@');
        let mut before = parts.next().unwrap_or_default();
        parts.any(|after| {
            let open = before.rfind(['<', '(', '[']).is_some_and(|at| !before[at..].contains(['>', ')', ']']));
            let close = after.find(['>', ')', ']']).is_some_and(|at| !after[..at].trim_end().contains(' '));
            before = after;
            open && close
        })
    }
}

/// Whether a line that an attribution may be wrapped over starts it, by the name and address of whom it names.
pub(super) fn starts_with_name_and_address(line: &str) -> bool {
    has_marked_address(line) && Sentence::of(line).starts_with_name()
}
