//! Values on the command line that are more than a word: how they are read, and what is said when they cannot be.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::discussion::{List, Member, Number, Schedule, ShownName};

/// A reader's choice: one of their own, or whatever the list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own<T> {
    /// Theirs.
    Choice(T),
    /// As the list has it, also when that changes.
    AsList,
}

impl<T> Own<T> {
    /// Their own choice, if they have one.
    pub fn choice(self) -> Option<T> {
        match self {
            Self::Choice(choice) => Some(choice),
            Self::AsList => None,
        }
    }
}

/// Reads `list`, or a choice by `read`.
pub(super) fn own<T, E: ToString>(text: &str, read: impl Fn(&str) -> Result<T, E>) -> Result<Own<T>, String> {
    if text == "list" {
        return Ok(Own::AsList);
    }
    read(text)
        .map(Own::Choice)
        .map_err(|error| format!("{}; or write `list` for what the list says", error.to_string()))
}

/// Reads the name that somebody is shown by.
pub(super) fn shown_name(text: &str) -> Result<ShownName, String> {
    match Member::name_from(text)?.as_str() {
        "" => Err("write a name, `hidden` for a friendly one of ours, or `own` for the one in each mail".to_owned()),
        "hidden" => Ok(ShownName::Hidden),
        "own" => Ok(ShownName::Own),
        name => Ok(ShownName::As(name.to_owned())),
    }
}

/// A place in the discussion, as people write it: `12` is the list's post 12, `12#7` the seventh response to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The post's number on its list.
    pub post: Number,
    /// The response's number under it; `None` for the post itself.
    pub response: Option<Number>,
}

/// Reads a place.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0).map(Number);
    let read = match text.split_once('#') {
        None => number(text).map(|post| Place { post, response: None }),
        Some((post, response)) => {
            number(post).zip(number(response)).map(|(post, response)| Place { post, response: Some(response) })
        }
    };
    read.ok_or_else(|| format!("`{text}` names no place; write 12 for post 12, or 12#7 for response 7 under it"))
}

/// Reads a TIME (RFC 3339).
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no time; write it like 2026-03-01T07:00:00Z or 2026-03-01T08:00:00+01:00"))
}

/// Reads the IANA name of a time zone.
pub(super) fn time_zone(name: &str) -> Result<String, String> {
    let unknown = |_| format!("there is no time zone `{name}`; write a name such as Europe/Lisbon or America/New_York");
    TimeZone::get(name).map(|_| name.to_owned()).map_err(unknown)
}

/// Reads an hour of the day.
pub(super) fn hour(text: &str) -> Result<i8, String> {
    List::hour_from(text).map_err(|error| error.to_string())
}

/// Reads a choice that there is or is not.
pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("`{other}` is none of yes, no")),
    }
}

/// Reads a choice that is on or off.
pub(super) fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" | "yes" => Ok(true),
        "off" | "no" => Ok(false),
        other => Err(format!("`{other}` is none of on, off")),
    }
}

/// How many octets a mail may have; `None`: as many as the system takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxBytes(pub Option<u64>);

/// Reads a number of octets, or `none`.
pub(super) fn max_bytes(text: &str) -> Result<MaxBytes, String> {
    if text == "none" {
        return Ok(MaxBytes(None));
    }
    let most = text.parse().ok().filter(|most| (1..=1 << 40).contains(most));
    most.map(|most| MaxBytes(Some(most)))
        .ok_or_else(|| format!("`{text}` is no number of octets; write one such as 200000, or `none`"))
}

/// Reads a weekday.
pub(super) fn weekday(text: &str) -> Result<i8, String> {
    Schedule::weekday_from(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_post_or_a_response_to_it() {
        assert_eq!(place("12"), Ok(Place { post: Number(12), response: None }));
        assert_eq!(place("12#7"), Ok(Place { post: Number(12), response: Some(Number(7)) }));
        for bad in ["", "#7", "12#", "0", "-1", "12#7#3", "seven", "12 #7"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_is_rfc_3339_with_its_offset() {
        assert_eq!(time("2026-03-01T08:00:00+01:00").unwrap(), time("2026-03-01T07:00:00Z").unwrap());
        for bad in ["2026-03-01", "2026-03-01T08:00:00", "now", ""] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_is_a_number_of_octets_or_none() {
        assert_eq!(max_bytes("200000"), Ok(MaxBytes(Some(200_000))));
        assert_eq!(max_bytes("none"), Ok(MaxBytes(None)));
        for bad in ["0", "-1", "2 MB", ""] {
            assert!(max_bytes(bad).unwrap_err().contains("200000"), "{bad}");
        }
        assert_eq!((on_or_off("on"), on_or_off("off")), (Ok(true), Ok(false)));
        assert!(on_or_off("perhaps").unwrap_err().contains("on, off"));
    }

    #[test]
    fn a_reader_may_go_back_to_what_the_list_says() {
        assert_eq!(own("list", hour), Ok(Own::AsList));
        assert_eq!(own("8", hour), Ok(Own::Choice(8)));
        assert!(own("25", hour).unwrap_err().contains("`list`"));
    }
}
