//! When a reader's digests fall due: an hour of their own day, in their own time zone, through every change of the
//! clocks. Pure: the time comes in as an argument.

mod moment;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::discussion::{Delivery, Schedule};
use moment::{Moment, moment};

/// Why a schedule cannot be followed. Always for good: only another schedule helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No such zone in the time zone database.
    #[error("`{0}` is no time zone; write one like `Europe/Lisbon`, `America/Sao_Paulo` or `UTC`")]
    UnknownZone(String),
    /// Not an hour of the day.
    #[error("{0} is no hour of the day; the hours are 0 to 23")]
    BadHour(i8),
    /// Not a day of the week.
    #[error("{0} is no day of the week; the days are 1 (Monday) to 7 (Sunday)")]
    BadWeekday(i8),
}

/// The time zone of an IANA name, capitals or not. Parsed once and then remembered by `jiff`, so that asking again
/// costs a look-up.
pub fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    let found = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
    found.ok_or_else(|| ScheduleError::UnknownZone(name.chars().take(80).collect()))
}

/// The first due time strictly after `after`. `None` where nothing ever falls due by the clock (`each`, `none`), and
/// at the end of the calendar, in the year 9999.
///
/// Daily: once for each date of the reader's calendar. Weekly: once for each of their weeks. An hour that a change of
/// the clocks leaves out falls due at the first moment after the gap; one that comes twice, at its first coming.
pub fn next(schedule: &Schedule, after: Timestamp) -> Result<Option<Timestamp>, ScheduleError> {
    let Some(plan) = Plan::of(schedule)? else { return Ok(None) };
    // From the day before: where its hour fell into a gap, its due time may lie on this day.
    let first = plan.local_date(after).checked_sub(1.day()).unwrap_or(Date::MIN);
    let mut due_times = plan.dates(first, 1).filter_map(|date| plan.due_on(date));
    Ok(due_times.find(|due| *due > after))
}

/// The latest due time at or before `at`: the one to catch up with after the engine stood still. `None` as for
/// [`next`], there at the beginning of the calendar.
pub fn last_due(schedule: &Schedule, at: Timestamp) -> Result<Option<Timestamp>, ScheduleError> {
    let Some(plan) = Plan::of(schedule)? else { return Ok(None) };
    // From the day after: where clocks go back over midnight, its hour may have come already.
    let first = plan.local_date(at).checked_add(1.day()).unwrap_or(Date::MAX);
    let mut due_times = plan.dates(first, -1).filter_map(|date| plan.due_on(date));
    Ok(due_times.find(|due| *due <= at))
}

/// A schedule that goes by the clock, checked.
struct Plan {
    zone: TimeZone,
    hour: Time,
    /// `None` for every day.
    weekday: Option<Weekday>,
}

impl Plan {
    /// `None` where nothing falls due by the clock; the zone is checked all the same.
    fn of(schedule: &Schedule) -> Result<Option<Self>, ScheduleError> {
        let zone = zone(&schedule.time_zone)?;
        let hour = Time::new(schedule.hour, 0, 0, 0).map_err(|_| ScheduleError::BadHour(schedule.hour))?;
        let weekday = match schedule.delivery {
            Delivery::Each | Delivery::None => return Ok(None),
            Delivery::Daily => None,
            Delivery::Weekly => Some(
                Weekday::from_monday_one_offset(schedule.weekday)
                    .map_err(|_| ScheduleError::BadWeekday(schedule.weekday))?,
            ),
        };
        Ok(Some(Self { zone, hour, weekday }))
    }

    fn local_date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The dates that may have a due time, from `first` on forwards (`step` 1) or backwards (-1). Three weeks of them:
    /// more than any change of the clocks, or of the calendar, has ever left out.
    fn dates(&self, first: Date, step: i32) -> impl Iterator<Item = Date> {
        let days = (0..21).map_while(move |n| first.checked_add((n * step).days()).ok());
        days.filter(|date| self.weekday.is_none_or(|weekday| date.weekday() == weekday))
    }

    fn due_on(&self, date: Date) -> Option<Timestamp> {
        match moment(&self.zone, date, self.hour)? {
            Moment::Exists(at) => Some(at),
            // A date that never was has no digest of its own: the next one's comes the same day. A week still has its.
            Moment::DateLeftOut(at) => self.weekday.is_some().then_some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::DateTime;

    use super::*;

    fn schedule(delivery: Delivery, hour: i8, zone: &str) -> Schedule {
        Schedule { delivery, hour, weekday: 5, time_zone: zone.to_owned() }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Every due time after `from` and before `to`, found by asking for the next one over and over.
    fn due_times(schedule: &Schedule, from: &str, to: &str) -> Vec<Timestamp> {
        let step = |at: &Timestamp| next(schedule, *at).unwrap();
        let to = time(to);
        std::iter::successors(step(&time(from)), step).take_while(|at| *at < to).collect()
    }

    fn local(zone_name: &str, due: &[Timestamp]) -> Vec<String> {
        due.iter().map(|at| zone(zone_name).unwrap().to_datetime(*at).strftime("%d %H:%M").to_string()).collect()
    }

    /// Zones with odd offsets, half-hour changes, changes at midnight, left-out days and hours.
    const ZONES: [(&str, &str, &str); 13] = [
        ("UTC", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("Europe/Lisbon", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("America/New_York", "2037-01-01T00:00Z", "2039-01-01T00:00Z"),
        ("Asia/Kathmandu", "1985-01-01T00:00Z", "1987-01-01T00:00Z"),
        ("Australia/Lord_Howe", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("Pacific/Apia", "2011-01-01T00:00Z", "2013-01-01T00:00Z"),
        ("Pacific/Kwajalein", "1993-01-01T00:00Z", "1995-01-01T00:00Z"),
        ("America/Sao_Paulo", "2017-01-01T00:00Z", "2019-06-01T00:00Z"),
        ("America/Nuuk", "2023-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("America/Havana", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("America/St_Johns", "2006-01-01T00:00Z", "2008-01-01T00:00Z"),
        ("Africa/Casablanca", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
        ("Antarctica/Troll", "2024-01-01T00:00Z", "2026-01-01T00:00Z"),
    ];

    /// What the clocks of a zone show at every quarter of an hour between two times.
    fn clock_by_quarters(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, DateTime)> {
        let quarters = std::iter::successors(Some(from), |at| Some(*at + 15.minutes())).take_while(|at| *at < to);
        quarters.map(|at| (at, zone.to_datetime(at))).collect()
    }

    /// The slow and certain way to the due time of each date that really came: watch the clock go round until it shows
    /// the hour or has passed it, and where it has passed it, go back to the minute when it did.
    fn watched(zone: &TimeZone, quarters: &[(Timestamp, DateTime)], hour: i8) -> Vec<Timestamp> {
        let lived: BTreeSet<Date> = quarters.iter().map(|(_, shown)| shown.date()).collect();
        let mut rest = quarters.iter();
        let mut first_showing = |wanted| rest.find(|(_, shown)| *shown >= wanted).map(|(at, _)| *at);
        let to_the_minute = |at: Timestamp, wanted| {
            let minutes = (0..15).rev().map(|n| at - n.minutes());
            minutes.into_iter().find(|at| zone.to_datetime(*at) >= wanted).unwrap()
        };
        let hours = lived.iter().map(|date| date.at(hour, 0, 0, 0));
        hours.filter_map(|wanted| first_showing(wanted).map(|at| to_the_minute(at, wanted))).collect()
    }

    #[test]
    fn every_date_of_a_readers_calendar_has_one_daily_due_time_and_never_two() {
        for (name, from, to) in ZONES {
            let zone = zone(name).unwrap();
            let quarters = clock_by_quarters(&zone, time(from), time(to));
            // Changes of the clocks come in the night; noon stands for the rest of the day.
            for hour in [0, 1, 2, 3, 4, 12, 22, 23] {
                let wanted = watched(&zone, &quarters, hour);
                let due = due_times(&schedule(Delivery::Daily, hour, name), from, to);
                // The watch began and ended in the middle of a day: its first and last may be cut short.
                let inner = &wanted[1..wanted.len() - 1];
                let begin = due.iter().position(|at| *at == inner[0]).unwrap();
                assert_eq!(&due[begin..begin + inner.len()], inner, "{name} at {hour}");
                assert!(begin <= 1 && due.len() - inner.len() - begin <= 1, "{name} at {hour}");
            }
        }
    }

    #[test]
    fn what_was_due_last_and_what_is_due_next_are_neighbours() {
        for (name, from, to) in ZONES {
            for (delivery, hour) in [(Delivery::Daily, 0), (Delivery::Daily, 2), (Delivery::Weekly, 23)] {
                let schedule = schedule(delivery, hour, name);
                for pair in due_times(&schedule, from, to).windows(2) {
                    let just_before = pair[1] - 1.nanosecond();
                    assert_eq!(last_due(&schedule, pair[0]), Ok(Some(pair[0])), "{name}");
                    assert_eq!(last_due(&schedule, just_before), Ok(Some(pair[0])), "{name}");
                    assert_eq!(next(&schedule, just_before), Ok(Some(pair[1])), "{name}");
                }
            }
        }
    }

    #[test]
    fn an_hour_that_clocks_leave_out_falls_due_right_after_the_gap() {
        let cases = [
            ("Europe/Lisbon", 1, "2025-03-30T00:00Z", "2025-03-30T01:00Z"),
            ("Australia/Lord_Howe", 2, "2024-10-05T00:00Z", "2024-10-05T15:30Z"),
            ("America/Sao_Paulo", 0, "2018-11-03T12:00Z", "2018-11-04T03:00Z"),
            ("America/Nuuk", 23, "2024-03-30T12:00Z", "2024-03-31T01:00Z"),
        ];
        for (name, hour, after, due) in cases {
            assert_eq!(next(&schedule(Delivery::Daily, hour, name), time(after)), Ok(Some(time(due))), "{name}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_falls_due_once_at_its_first_coming() {
        let lisbon = schedule(Delivery::Daily, 1, "Europe/Lisbon");
        let due = due_times(&lisbon, "2025-10-25T12:00Z", "2025-10-27T12:00Z");
        assert_eq!(due, [time("2025-10-26T00:00Z"), time("2025-10-27T01:00Z")]);
        let lord_howe = schedule(Delivery::Daily, 2, "Australia/Lord_Howe");
        let due = due_times(&lord_howe, "2025-04-04T20:00Z", "2025-04-06T20:00Z");
        assert_eq!(local("Australia/Lord_Howe", &due), ["06 02:00", "07 02:00"]);
    }

    #[test]
    fn a_day_that_never_was_has_no_daily_digest_but_its_week_keeps_the_weekly_one() {
        // Samoa went from Thursday 29 December 2011 straight to Saturday.
        let due = due_times(&schedule(Delivery::Daily, 7, "Pacific/Apia"), "2011-12-28T20:00Z", "2012-01-01T20:00Z");
        assert_eq!(local("Pacific/Apia", &due), ["29 07:00", "31 07:00", "01 07:00", "02 07:00"]);
        let due = due_times(&schedule(Delivery::Weekly, 7, "Pacific/Apia"), "2011-12-20T00:00Z", "2012-01-10T00:00Z");
        assert_eq!(local("Pacific/Apia", &due), ["23 07:00", "31 00:00", "06 07:00"]);
    }

    #[test]
    fn a_weekly_digest_comes_on_its_weekday() {
        let due = due_times(&schedule(Delivery::Weekly, 7, "Asia/Kathmandu"), "2026-01-01T00:00Z", "2026-01-20T00:00Z");
        assert_eq!(due, [time("2026-01-02T01:15Z"), time("2026-01-09T01:15Z"), time("2026-01-16T01:15Z")]);
    }

    #[test]
    fn each_and_none_never_fall_due_by_the_clock() {
        for delivery in [Delivery::Each, Delivery::None] {
            let schedule = schedule(delivery, 7, "UTC");
            assert_eq!(next(&schedule, Timestamp::UNIX_EPOCH), Ok(None));
            assert_eq!(last_due(&schedule, Timestamp::UNIX_EPOCH), Ok(None));
        }
    }

    #[test]
    fn the_ends_of_the_calendar_have_no_next_and_no_last() {
        for zone in ["UTC", "Asia/Kathmandu", "America/Nuuk"] {
            let daily = schedule(Delivery::Daily, 7, zone);
            assert_eq!(next(&daily, Timestamp::MAX), Ok(None));
            assert_eq!(last_due(&daily, Timestamp::MIN), Ok(None));
        }
    }

    #[test]
    fn a_bad_schedule_is_named_with_an_example_of_a_good_one() {
        for bad in ["Europe/Lissabon", "", "Etc/Unknown", "../../etc/passwd", "Ada\r\n"] {
            let error = next(&schedule(Delivery::Daily, 7, bad), Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(error, ScheduleError::UnknownZone(bad.to_owned()));
            assert!(error.to_string().contains("Europe/Lisbon"), "{error}");
        }
        let hour = schedule(Delivery::Daily, 24, "UTC");
        assert_eq!(next(&hour, Timestamp::UNIX_EPOCH), Err(ScheduleError::BadHour(24)));
        let weekday = Schedule { weekday: 8, ..schedule(Delivery::Weekly, 7, "UTC") };
        assert_eq!(last_due(&weekday, Timestamp::UNIX_EPOCH), Err(ScheduleError::BadWeekday(8)));
    }
}
