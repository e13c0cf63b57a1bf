//! Dates and times of day as attributions tell them, in any language and order. Digits of every script count.

/// Whether a text tells a day or a time: a year, a short date, or a time of day.
pub(in crate::reply) fn tells_moment(text: &str) -> bool {
    tokens(text).any(|token| is_year(token) || is_day(token) || is_time(token))
}

/// Whether it tells a day and a time of it, as programs do. Some put marks of the direction of writing between all.
pub(in crate::reply) fn tells_minute(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !super::languages::is_direction(*c)).collect();
    tells_day(&text) && tells_time(&text)
}

/// Whether it tells a time of day: `8:30`, `08.30`, `8h30`, `8時30分`, `午後8:30`.
pub(super) fn tells_time(text: &str) -> bool {
    tokens(text).any(is_time)
}

/// Whether it tells a day: a year, `5.1.26`, `05/01/26`, or a number of a day beside a word.
pub(super) fn tells_day(text: &str) -> bool {
    tokens(text).any(|token| is_year(token) || is_day(token))
}

/// Words cut where no date goes on: what is left are numbers with the signs in and around them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        !(c.is_numeric() || matches!(c, ':' | '.' | '/' | '-' | 'h' | '年' | '月' | '時' | '时' | '년' | '월' | '시'))
    })
    .map(|token| token.trim_matches(|c: char| !c.is_numeric()))
    .filter(|token| !token.is_empty())
}

fn digits(part: &str) -> usize {
    if part.chars().all(char::is_numeric) { part.chars().count() } else { 0 }
}

/// `2026`, also as the first or last part of a date; years of the Thai, Persian and Hijri calendars too.
fn is_year(token: &str) -> bool {
    let year = |part: &str| {
        let ascii = ["19", "20", "25"].iter().any(|century| part.starts_with(century));
        digits(part) == 4 && (ascii || part.starts_with(|c: char| !c.is_ascii()))
    };
    token.split(['.', '/', '-', '年', '년']).any(year)
}

/// `5.1.26`, `05/01/26`, `1月5日`.
fn is_day(token: &str) -> bool {
    let mut parts = token.split(['.', '/', '-']);
    let short = |part: Option<&str>| part.is_some_and(|part| matches!(digits(part), 1 | 2));
    let three = short(parts.next()) && short(parts.next()) && short(parts.next()) && parts.next().is_none();
    three || (token.contains(['月', '월']) && token.contains(char::is_numeric))
}

fn is_time(token: &str) -> bool {
    let mut parts = token.split([':', '.', 'h', '時', '时', '시']);
    let hour = parts.next().is_some_and(|part| matches!(digits(part), 1 | 2));
    let minute = hour && parts.next().is_some_and(|part| digits(part) == 2);
    minute && parts.next().is_none_or(|part| part.is_empty() || digits(part) == 2 && token.contains(':'))
        // A time that a colon follows, as in `8:30:`, has lost it before.
        && !(token.contains('.') && token.split('.').count() > 2)
}

/// Whether a line starts as a date or an attribution with one does: a number among its first words.
pub(super) fn starts_with_moment(line: &str, is_opener: bool) -> bool {
    let mut words = line.split_whitespace().map(|word| word.trim_matches(super::languages::is_direction));
    let Some(first) = words.next() else { return false };
    let numeric = |word: &str| word.starts_with(char::is_numeric);
    // In Hebrew "on the" is one letter before the number.
    if first.chars().take(3).any(char::is_numeric) {
        return true;
    }
    if is_opener {
        return words.take(5).any(|word| word.contains(char::is_numeric));
    }
    // A weekday, in any language: `Mon,`, `lun.`, `понедельник,`, `ma`, and a number soon after it.
    let is_weekday_like = first.ends_with(['.', ',']) || first.chars().count() <= 3;
    let is_word = first.trim_end_matches(['.', ',']).chars().all(char::is_alphabetic) && first.chars().count() <= 14;
    let is_day = |word: &str| numeric(word) && word.chars().take_while(|c| c.is_numeric()).count() < 3;
    is_weekday_like
        && is_word
        && if first.ends_with(['.', ',']) { words.take(2).any(numeric) } else { words.next().is_some_and(is_day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_days_and_times_of_many_habits_are_told() {
        for day in [
            "5 Jan 2026",
            "05.01.2026",
            "5/1/26",
            "2026-01-05",
            "2026年1月5日",
            "1月5日",
            "٥ يناير ٢٠٢٦",
            "5 ม.ค. 2569",
            "2026년 1월 5일",
        ] {
            assert!(tells_day(day), "{day}");
        }
        for time in ["8:30", "08:30:12", "kl. 8.30", "à 8h30", "午後8:30", "at 8:30:", "klo 17.50", "٨:٣٠", "8時30"]
        {
            assert!(tells_time(time), "{time}");
        }
        for neither in ["version 1.2.3.4", "5 loaves", "a ratio of 1:2", "port 8080", "", "3.14159"] {
            assert!(!tells_moment(neither), "{neither}");
        }
    }

    #[test]
    fn a_line_that_starts_with_a_moment_has_its_number_early() {
        for line in ["5 Jan 2026", "пн, 5 янв.", "ma 5. tammik.", "понедельник, 5 января", "tir. 18. apr."]
        {
            assert!(starts_with_moment(line, false), "{line}");
        }
        assert!(starts_with_moment("On Monday, January 5", true));
        assert!(!starts_with_moment("On Monday, when we all met in the hall at 5", true));
        assert!(!starts_with_moment("In 2019 we met", false));
        assert!(!starts_with_moment("Well then 5", false));
    }
}
