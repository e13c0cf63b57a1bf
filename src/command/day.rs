//! The day that somebody writes: `2 May`, `May 2nd, 2027`, `2027-05-02`, `friday`, `in 2 weeks`.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// How people write months: by their first letters, in English and German.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jänner"],
    &["february", "februar"],
    &["march", "märz", "mrz"],
    &["april"],
    &["may", "mai"],
    &["june", "juni"],
    &["july", "juli"],
    &["august"],
    &["september", "sept"],
    &["october", "oktober"],
    &["november"],
    &["december", "dezember"],
];

/// The days of a week from Monday.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The longest pause that is given as a number of days, weeks or months.
const MOST: i32 = 1_000;

/// The day that these words name, seen from `today`, in small letters. A day without a year is the next of that name.
pub(super) fn day(words: &[&str], today: Date) -> Option<Date> {
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.trim_end_matches([',', '.', '!']))
        .filter(|word| !["the", "of", "on", "next", "den", "am"].contains(word) && !word.is_empty())
        .collect();
    match words.as_slice() {
        ["tomorrow" | "morgen"] => today.checked_add(1.day()).ok(),
        [word] => iso(word).or_else(|| dotted(word, today)).or_else(|| weekday(word).and_then(|day| after(day, today))),
        [day, month] if number(day).is_some() => of(number(day)?, month_of(month)?, None, today),
        [month, day] => of(number(day)?, month_of(month)?, None, today),
        [day, month, year] if number(day).is_some() => of(number(day)?, month_of(month)?, Some(year), today),
        [month, day, year] => of(number(day)?, month_of(month)?, Some(year), today),
        _ => None,
    }
}

/// The day that lies so many days, weeks or months after `today`: `2 weeks`.
pub(super) fn later(words: &[&str], today: Date) -> Option<Date> {
    let [count, unit] = words else { return None };
    let count = match *count {
        "a" | "one" | "eine" | "einen" => 1,
        number => number.parse::<i32>().ok().filter(|count| (1..=MOST).contains(count))?,
    };
    let span = match unit.trim_end_matches(['.', '!']) {
        "day" | "days" | "tag" | "tage" => count.days(),
        "week" | "weeks" | "woche" | "wochen" => count.weeks(),
        "month" | "months" | "monat" | "monate" => count.months(),
        _ => return None,
    };
    today.checked_add(span).ok()
}

/// The number of a weekday, 1 Monday to 7 Sunday, by its name or its first three letters.
pub(super) fn weekday(word: &str) -> Option<i8> {
    let word = word.trim_end_matches([',', '.', '!']);
    let word = word.strip_suffix('s').filter(|word| word.ends_with("day")).unwrap_or(word);
    let at = DAYS.iter().position(|day| *day == word || (word.len() >= 3 && day.starts_with(word)))?;
    Some(at as i8 + 1)
}

fn after(day: i8, today: Date) -> Option<Date> {
    let day = Weekday::from_monday_one_offset(day).ok()?;
    today.nth_weekday(1, day).ok()
}

fn iso(word: &str) -> Option<Date> {
    (word.len() == 10).then(|| word.parse().ok()).flatten()
}

/// `2.5.` and `2.5.2027`, as they are written where days come before months.
fn dotted(word: &str, today: Date) -> Option<Date> {
    let mut parts = word.split('.');
    let (day, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let year = parts.next().filter(|year| !year.is_empty());
    (parts.next().is_none()).then(|| of(day, month, year, today)).flatten()
}

fn number(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
    let behind = &word[digits.len()..];
    let is_one = ["", ".", "st", "nd", "rd", "th"].contains(&behind);
    digits.parse().ok().filter(|day| is_one && (1..=31).contains(day))
}

fn month_of(word: &str) -> Option<i8> {
    let begins =
        |names: &&[&str]| names.iter().any(|name| *name == word || (word.len() >= 3 && name.starts_with(word)));
    Some(MONTHS.iter().position(begins)? as i8 + 1)
}

fn of(day: i8, month: i8, year: Option<&str>, today: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year.parse().ok()?, month, day).ok();
    }
    // The 29th of February may be eight years away.
    let years = (today.year()..).take(9);
    years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date > today)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn said(text: &str) -> Option<Date> {
        let words: Vec<&str> = text.split_whitespace().collect();
        day(&words, date(2026, 11, 25))
    }

    #[test]
    fn a_day_is_understood_as_people_write_it() {
        for (text, expected) in [
            ("2 may", date(2027, 5, 2)),
            ("may 2nd", date(2027, 5, 2)),
            ("the 2nd of may", date(2027, 5, 2)),
            ("2. mai", date(2027, 5, 2)),
            ("2 may 2028", date(2028, 5, 2)),
            ("may 2, 2028", date(2028, 5, 2)),
            ("2027-05-02", date(2027, 5, 2)),
            ("2.5.", date(2027, 5, 2)),
            ("2.5.2028", date(2028, 5, 2)),
            ("26 november", date(2026, 11, 26)),
            ("25 nov", date(2027, 11, 25)),
            ("29 february", date(2028, 2, 29)),
            // The 25th was a Wednesday.
            ("friday", date(2026, 11, 27)),
            ("next wednesday", date(2026, 12, 2)),
            ("tomorrow", date(2026, 11, 26)),
        ] {
            assert_eq!(said(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_one_day_is_none() {
        for text in ["", "may", "2/5", "32 may", "31 april", "soon", "2.13.", "2 ma", "1.2.3.4", "m"] {
            assert_eq!(said(text), None, "{text}");
        }
        assert_eq!(later(&["2", "weeks"], date(2026, 11, 25)), Some(date(2026, 12, 9)));
        assert_eq!(later(&["a", "month"], date(2026, 11, 25)), Some(date(2026, 12, 25)));
        assert_eq!(later(&["99999999999", "weeks"], date(2026, 11, 25)), None);
    }
}
