//! How a moment is told: near ones by weekday, far ones by date. Near and far are seen from the newest item shown, not
//! from a clock, so that a rendering depends on nothing but what it renders.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// Tells moments in one zone, seen from one moment.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    zone: TimeZone,
    seen_from: Timestamp,
}

impl Moments {
    /// Moments in an IANA zone; in UTC where there is no such zone.
    pub fn new(zone: &str, seen_from: Timestamp) -> Self {
        Self { zone: zone_of(zone), seen_from }
    }

    /// `Monday 21:14` within six days, else [`Moments::day`].
    pub fn short(&self, at: Timestamp) -> String {
        let here = at.to_zoned(self.zone.clone());
        if (self.seen_from.as_second() - at.as_second()).abs() < 6 * 24 * 3600 {
            return format!("{} {:02}:{:02}", weekday(here.weekday()), here.hour(), here.minute());
        }
        self.day(at)
    }

    /// `26 February`, with the year where it is another one.
    pub fn day(&self, at: Timestamp) -> String {
        let here = at.to_zoned(self.zone.clone());
        let day = format!("{} {}", here.day(), MONTHS[here.month() as usize - 1]);
        let this_year = self.seen_from.to_zoned(self.zone.clone()).year();
        if here.year() == this_year { day } else { format!("{day} {}", here.year()) }
    }
}

/// `26 February 2026`, in UTC.
pub(super) fn date(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    format!("{} {} {}", at.day(), MONTHS[at.month() as usize - 1], at.year())
}

/// The zone of that name; UTC where there is none.
pub(super) fn zone_of(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A weekday's name.
pub(super) fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_moments_have_a_weekday_and_far_ones_a_date() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let moments = Moments::new("Europe/Lisbon", at("2026-07-07T06:00:00Z"));
        assert_eq!(moments.short(at("2026-07-06T20:14:00Z")), "Monday 21:14");
        assert_eq!(moments.short(at("2026-02-26T12:00:00Z")), "26 February");
        assert_eq!(moments.short(at("2025-12-31T23:30:00Z")), "31 December 2025");
        assert_eq!(
            Moments::new("Nowhere/At_All", at("2026-07-07T06:00:00Z")).short(at("2026-07-06T20:14:00Z")),
            "Monday 20:14"
        );
    }
}
