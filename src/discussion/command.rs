//! What people ask of a list by mail, in plain words.

use jiff::civil::Date;

use super::Delivery;
use crate::message::Address;

/// Something that is asked of a list. Its text is the plain words for it, which are read back as the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To be put on the list.
    Join,
    /// To be taken off it.
    Leave,
    /// To get mail so often; at this hour, 0 to 23, and on this weekday, 1 Monday to 7, where they are said.
    Deliver(Delivery, Option<i8>, Option<i8>),
    /// To get digests at this hour, 0 to 23.
    Hour(i8),
    /// To get them by the clocks of this IANA zone, as it was written.
    Zone(String),
    /// To get no mail for now: until the morning of this day, where one is said.
    Pause(Option<Date>),
    /// To get mail again.
    Resume,
    /// To be called so.
    Name(ShownName),
    /// To be told what became of what they send, or not.
    Receipts(bool),
    /// To be believed when writing from this address, too.
    Add(Address),
    /// To get the list's mail at this address.
    ReadAt(Address),
    /// To hear what is known of them.
    Status,
    /// To hear what can be asked.
    Help,
}

/// By which name somebody's posts and responses are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownName {
    /// This one, whatever their mail says.
    As(String),
    /// A friendly one of ours.
    Hidden,
    /// The one in each of their mails.
    Own,
}

impl Command {
    /// Its first word: what strangers are counted by who ask for it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Deliver(delivery, ..) => delivery.as_str(),
            Self::Hour(_) => "at",
            Self::Zone(_) => "zone",
            Self::Pause(_) => "pause",
            Self::Resume => "resume",
            Self::Name(_) => "name",
            Self::Receipts(_) => "receipts",
            Self::Add(_) => "add",
            Self::ReadAt(_) => "read at",
            Self::Status => "status",
            Self::Help => "help",
        }
    }

    /// Whether it only asks to be told something, and changes nothing.
    pub fn only_asks(&self) -> bool {
        matches!(self, Self::Status | Self::Help)
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        f.write_str(self.verb())?;
        match self {
            Self::Deliver(_, hour, weekday) => {
                let day = weekday.and_then(|day| DAYS.get(usize::try_from(day).ok()?.checked_sub(1)?));
                day.map_or(Ok(()), |day| write!(f, " on {day}"))?;
                hour.map_or(Ok(()), |hour| write!(f, " at {hour:02}:00"))
            }
            Self::Hour(hour) => write!(f, " {hour:02}:00"),
            Self::Zone(zone) => write!(f, " {zone}"),
            Self::Pause(Some(until)) => write!(f, " until {}", until.strftime("%-d %B %-Y")),
            Self::Name(ShownName::As(name)) => write!(f, " {name}"),
            Self::Name(ShownName::Hidden) => f.write_str(" hidden"),
            Self::Name(ShownName::Own) => f.write_str(" own"),
            Self::Receipts(on) => f.write_str(if *on { " on" } else { " off" }),
            Self::Add(address) | Self::ReadAt(address) => write!(f, " {address}"),
            Self::Join | Self::Leave | Self::Pause(None) | Self::Resume | Self::Status | Self::Help => Ok(()),
        }
    }
}
