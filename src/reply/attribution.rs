//! The line that introduces a quote: "On Monday Ada wrote:". It counts only directly before a quote, and may be wrapped
//! over a few lines.

use super::SpanKind;
use super::languages;
use super::line::Line;

/// Lines that one may be wrapped over, and blank lines between it and its quote.
const LINES: usize = 3;
const BLANK_LINES: usize = 2;

/// Bytes that it may have.
const BYTES: usize = 500;

/// Words of a name.
const NAME_WORDS: usize = 4;

/// Marks the attribution before each quote.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    for quote in 1..lines.len() {
        if kinds[quote] == SpanKind::Quote
            && kinds[quote - 1] != SpanKind::Quote
            && let Some(start) = start_before(lines, kinds, quote)
        {
            kinds[start..quote].fill(SpanKind::Attribution);
        }
    }
}

/// Where the attribution before the quote starts; the longest that fits counts.
fn start_before(lines: &[Line<'_>], kinds: &[SpanKind], quote: usize) -> Option<usize> {
    let blanks = lines[..quote].iter().rev().take(BLANK_LINES).take_while(|line| line.is_blank()).count();
    let end = quote - blanks;
    let is_part = |at: usize| kinds[at] == SpanKind::Said && !lines[at].is_blank();
    let most = (0..end).rev().take(LINES).take_while(|at| is_part(*at)).count();
    (1..=most).rev().map(|count| end - count).find(|start| fits(&lines[*start..end]))
}

fn fits(lines: &[Line<'_>]) -> bool {
    if lines.iter().map(|line| line.text.len()).sum::<usize>() > BYTES {
        return false;
    }
    let joined = lines.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" ");
    let Some(words) = joined.strip_suffix([':', '：']).map(str::trim_end) else { return false };
    // Programs do not speak of themselves.
    if words.split_whitespace().any(|word| word == "I") {
        return false;
    }
    let opens = opens(words);
    if lines.len() > 1 {
        // What stands above might be the person's own last line: it has to look like the start of an attribution.
        return (opens || starts_with_date(words)) && has_date(words) && (has_verb(words) || has_address(words));
    }
    let says_who = has_address(words) || has_date(words);
    (opens && has_date(words) && has_verb(words))
        // "On Monday, Marina wrote:", as people and small programs have it.
        || (opens && words.rsplit_once(',').is_some_and(|(_, who)| is_name_and_verb(who.trim())))
        || (ends_with_verb(words) && says_who && !is_first_person(words))
        || (has_address(words) && has_date(words))
        || (languages::any(|language| language.quoters, |quoter| words.starts_with(quoter)) && has_address(words))
        || is_name_and_verb(words)
}

/// `On `, `Am ` and the like, with the capital that a first word has.
fn opens(words: &str) -> bool {
    languages::any(|language| language.openers, |opener| words.starts_with(opener))
}

fn starts_with_date(words: &str) -> bool {
    words.starts_with(|c: char| c.is_ascii_digit()) && has_date(words.split_whitespace().next().unwrap_or_default())
}

/// A verb anywhere, as whole words.
fn has_verb(words: &str) -> bool {
    let lower = words.to_lowercase();
    let whole = |verb: &str| {
        lower.match_indices(verb).any(|(at, _)| {
            !lower[..at].ends_with(char::is_alphanumeric)
                && !lower[at + verb.len()..].starts_with(char::is_alphanumeric)
        })
    };
    languages::any(|language| language.verbs, |verb| whole(verb) || (!verb.is_ascii() && lower.ends_with(verb)))
}

/// What stands before the verb, where the verb is the last word.
fn before_verb(words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    let mut shortest: Option<&str> = None;
    for verb in languages::LANGUAGES.iter().flat_map(|language| language.verbs) {
        if let Some(before) = lower.strip_suffix(verb)
            && !before.ends_with(|c: char| c.is_alphanumeric() && verb.starts_with(|v: char| v.is_ascii()))
            && shortest.is_none_or(|known| before.len() < known.len())
        {
            shortest = Some(before);
        }
    }
    shortest.map(|before| before.trim_end().to_owned())
}

fn ends_with_verb(words: &str) -> bool {
    before_verb(words).is_some_and(|before| !before.is_empty())
}

/// "…, and then I wrote:" is a person's sentence.
fn is_first_person(words: &str) -> bool {
    before_verb(words).is_some_and(|before| {
        let last = before.split_whitespace().next_back().unwrap_or_default();
        languages::any(|language| language.no_names, |word| word == last)
    })
}

/// A mail address, or what is left of one by archives that hide it.
fn has_address(words: &str) -> bool {
    words.split_whitespace().any(|word| {
        word.find('@').is_some_and(|at| at > 0 && word[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '.'))
    })
}

/// A year or a time of day.
fn has_date(words: &str) -> bool {
    let numbers = words.split(|c: char| !c.is_ascii_digit() && c != ':').filter(|word| !word.is_empty());
    numbers.into_iter().any(|number| is_year(number) || is_time(number)) || has_short_date(words)
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))
}

fn is_time(number: &str) -> bool {
    let mut parts = number.split(':');
    let two_digits = |part: Option<&str>| part.is_some_and(|part| part.len() == 2);
    parts.next().is_some_and(|hour| matches!(hour.len(), 1 | 2)) && two_digits(parts.next())
}

/// `5.1.26`, `05/01/26`.
fn has_short_date(words: &str) -> bool {
    words.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit());
        let parts: Vec<&str> = word.split(['.', '/', '-']).collect();
        parts.len() == 3
            && parts.iter().all(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// `Ada Writer wrote`: a name and nothing else, so no word that a sentence would start with and none in small letters.
fn is_name_and_verb(words: &str) -> bool {
    let Some(before) = before_verb(words) else { return false };
    let name: Vec<&str> = words.split_whitespace().take(before.split_whitespace().count()).collect();
    let is_name_word = |word: &&str| {
        word.starts_with(|c: char| c.is_uppercase() || "\"'(".contains(c) || (c.is_alphabetic() && !c.is_lowercase()))
    };
    let starts_sentence = name.first().is_some_and(|first| {
        let first = first.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        languages::any(|language| language.no_names, |word| word == first)
    });
    !name.is_empty() && name.len() <= NAME_WORDS && name.iter().all(is_name_word) && !starts_sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::line::all_in;

    /// How many lines before the quote are taken for its attribution.
    fn attributed(before: &str) -> usize {
        let text = format!("{before}\n> quote\n");
        let lines = all_in(&text);
        let mut kinds = vec![SpanKind::Said; lines.len()];
        crate::reply::quote::mark(&lines, &mut kinds);
        mark(&lines, &mut kinds);
        kinds.iter().filter(|kind| **kind == SpanKind::Attribution).count()
    }

    #[test]
    fn attributions_of_many_languages_are_known() {
        for line in [
            "On Mon, Jan 5, 2026 at 8:30 AM Ada Writer <ada@example.org> wrote:",
            "On 1/5/26 8:30 AM, Ada Writer wrote:",
            "Am 05.01.2026 um 08:30 schrieb Ada Writer:",
            "Am Mo., 5. Jan. 2026 um 08:30 Uhr schrieb Ada <ada@example.org>:",
            "Le lun. 5 janv. 2026 à 08:30, Ada Writer <ada@example.org> a écrit :",
            "El lun, 5 ene 2026 a las 8:30, Ada (<ada@example.org>) escribió:",
            "Em seg., 5 de jan. de 2026 às 08:30, Ada <ada@example.org> escreveu:",
            "Il giorno lun 5 gen 2026 alle ore 08:30 Ada <ada@example.org> ha scritto:",
            "Op ma 5 jan 2026 om 08:30 schreef Ada <ada@example.org>:",
            "W dniu 5.01.2026 o 08:30, Ada pisze:",
            "Den mån 5 jan. 2026 kl 08:30 skrev Ada <ada@example.org>:",
            "Dne 5. 1. 2026 v 8:30 Ada napsal(a):",
            "ma 5. tammik. 2026 klo 8.30 Ada <ada@example.org> kirjoitti:",
            "пн, 5 янв. 2026 г. в 08:30, Ада <ada@example.org>:",
            "2026年1月5日(月) 8:30 Ada <ada@example.org>:",
            "Ada <ada@example.org> 于2026年1月5日周一 08:30写道：",
            "* Ada Writer <ada@example.org> [2026-01-05 08:30]:",
            "Quoting Ada Writer <ada@example.org>:",
            "Ada Writer <ada@example.org> writes:",
            "Ada Writer wrote:",
            "On Monday, Marina wrote:",
            "On Tue, Talk wrote:",
        ] {
            assert_eq!(attributed(line), 1, "{line}");
            assert_eq!(attributed(&format!("{line}\n")), 2, "{line} and an empty line");
        }
    }

    #[test]
    fn a_wrapped_attribution_is_taken_whole_and_nothing_above_it() {
        let wrapped = "On Mon, Jan 5, 2026 at 8:30 AM Ada Writer\n<ada@example.org> wrote:";
        assert_eq!(attributed(wrapped), 2);
        assert_eq!(attributed(&format!("My own words.\n{wrapped}")), 2);
        assert_eq!(attributed("Am 5. Januar 2026 um 08:30 schrieb Ada Writer via\nTalk <talk@lists.example>\n:"), 3);
        assert_eq!(attributed("My own words\nAda Writer wrote:"), 1);
    }

    #[test]
    fn what_a_person_says_before_a_quote_stays() {
        for line in [
            "I disagree with this:",
            "As Bo wrote:",
            "My plan for 2024, which I already wrote:",
            "On Monday, I wrote:",
            "On Monday, as you know, he wrote:",
            "You wrote:",
            "and in 2019 I wrote:",
            "On reflection, this is wrong:",
            "Ada wrote that the oven was cold.",
            "My father in law once wrote:",
            "wrote:",
            ":",
            "Yes",
        ] {
            assert_eq!(attributed(line), 0, "{line}");
        }
    }

    #[test]
    fn it_counts_only_directly_before_a_quote() {
        assert_eq!(attributed("Ada Writer wrote:\nbut then"), 0);
        assert_eq!(attributed("Ada Writer wrote:\n\n\n"), 0);
    }
}
