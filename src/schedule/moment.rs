//! What time it is on earth when a local clock is to show an hour, for clocks that leave hours out and repeat them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// When a date's hour comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The hour itself, its first coming where it comes twice, or the first moment after the gap that it fell into.
    Exists(Timestamp),
    /// The calendar leaves the whole date out: the first moment after it.
    DateLeftOut(Timestamp),
}

/// When the clocks of `zone` show `time` on `date`. `None` outside jiff's calendar, the years -9999 to 9999.
pub(super) fn moment(zone: &TimeZone, date: Date, time: Time) -> Option<Moment> {
    let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time));
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok().map(Moment::Exists)
        }
        AmbiguousOffset::Gap { before, after } => {
            let (earliest, latest) = (ambiguous.earlier().ok()?, ambiguous.later().ok()?);
            let end = end_of_gap(zone, earliest, latest, after);
            Some(if is_left_out(date, end, before, after) { Moment::DateLeftOut(end) } else { Moment::Exists(end) })
        }
    }
}

/// The change of the clocks that made the gap. A time in a gap, read with the offset after it, lies before the change
/// (`earliest`), and read with the offset before it, at or after the change (`latest`).
fn end_of_gap(zone: &TimeZone, earliest: Timestamp, latest: Timestamp, after: Offset) -> Timestamp {
    let mut changes = zone.following(earliest).take_while(|change| change.timestamp() <= latest);
    changes.find(|change| change.offset() == after).map_or(latest, |change| change.timestamp())
}

/// Whether a gap that ends at `end` swallowed the whole of `date`.
fn is_left_out(date: Date, end: Timestamp, before: Offset, after: Offset) -> bool {
    let begins_by_midnight = before.to_datetime(end) <= date.to_datetime(Time::midnight());
    begins_by_midnight && after.to_datetime(end).date() > date
}
