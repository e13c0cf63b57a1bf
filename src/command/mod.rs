//! Plain words that ask something of a list, in a subject or in the first lines of a mail: `weekly`, `pause until 2 May`,
//! `name Ellen`. Pure.

mod day;
mod decision;
mod yes;

use jiff::civil::Date;

pub use decision::{Choice, Decisions, PlaceNumber, Verb, decisions};
pub use yes::{beside, comes_back, yes_or_no};

use crate::discussion::{Command, Delivery, Member, ShownName};
use crate::message::Address;

/// The most commands of one mail, and the longest line that is looked at, octets.
const MOST: usize = 10;
const LONGEST: usize = 300;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Something that can be done.
    Known(Command),
    /// Something that was nearly understood: the line, and what is wrong with it.
    Wrong(String, String),
    /// Something else: the line.
    Unknown(String),
}

/// What a mail asks: by the first lines of what its sender says; where these ask nothing, by its subject. What stands below
/// a line that is no command is a signature, or talk. Where nothing is understood, the one line that a person would take
/// for it; nothing where there is no line at all. `today`: where the list is.
pub fn read(subject: &str, said: &str, today: Date) -> Vec<Read> {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut lines = lines.filter(|line| !only_greets(line));
    let mut found: Vec<Read> = Vec::new();
    let mut first_other = None;
    for line in lines.by_ref().take(MOST) {
        match one(line, today) {
            Read::Unknown(line) => {
                first_other = Some(line);
                break;
            }
            read => found.push(read),
        }
    }
    if !found.is_empty() {
        return found;
    }
    let subject = without_prefixes(subject.trim());
    match one(subject, today) {
        Read::Unknown(subject) => {
            let line = first_other.unwrap_or(subject);
            if line.is_empty() { Vec::new() } else { vec![Read::Unknown(line)] }
        }
        read => vec![read],
    }
}

/// The commands that these lines are, which [`Command`]'s text is made of.
pub fn of_lines(lines: &str, today: Date) -> Vec<Command> {
    let read = lines.lines().map(|line| one(line, today));
    read.filter_map(|read| if let Read::Known(command) = read { Some(command) } else { None }).collect()
}

/// The lines that [`of_lines`] reads back.
pub fn to_lines(commands: &[Command]) -> String {
    commands.iter().map(Command::to_string).collect::<Vec<_>>().join("\n")
}

fn one(line: &str, today: Date) -> Read {
    let unknown = || Read::Unknown(line.chars().take(LONGEST).collect());
    if line.len() > LONGEST {
        return unknown();
    }
    let small: String = line.to_lowercase().replace('’', "'");
    let mut words: Vec<&str> = small.split_whitespace().collect();
    while words.first().is_some_and(|word| ["please", "bitte", "pls"].contains(&word.trim_end_matches(','))) {
        words.remove(0);
    }
    while words
        .last()
        .is_some_and(|word| is_please(word) || ["thanks", "danke"].contains(&word.trim_end_matches(['.', '!'])))
    {
        words.pop();
    }
    let Some(first) = words.first().map(|word| word.trim_end_matches(['.', '!', ',', ':'])) else { return unknown() };
    let rest = &words[1..];
    let is_short = words.len() <= 6;
    let known = match first {
        "join" | "subscribe" | "anmelden" | "abonnieren" if is_short => Some(Command::Join),
        "leave" | "unsubscribe" | "signoff" | "abmelden" | "abbestellen" | "stop" if is_short => Some(Command::Leave),
        "each" | "daily" | "weekly" | "none" | "nomail" | "no" | "every" | "täglich" | "wöchentlich" => {
            return delivery(first, rest).map_or_else(|| half_hour(line, rest).unwrap_or_else(unknown), Read::Known);
        }
        "at" | "hour" => hour(rest).map(Command::Hour),
        "zone" | "timezone" | "zeitzone" => zone(line, rest),
        "time" if rest.first() == Some(&"zone") => zone(line, &rest[1..]),
        "pause" | "vacation" | "urlaub" => return pause(line, rest, today),
        "resume" | "continue" | "unpause" | "back" | "return" if words.len() <= 2 => Some(Command::Resume),
        "name" | "call" => return name(line, rest),
        "receipts" | "receipt" => on_or_off(rest).map(Command::Receipts),
        "add" | "also" => return address(line, Command::Add),
        "read" | "move" => return address(line, Command::ReadAt),
        "status" | "settings" | "info" | "state" if words.len() <= 3 => Some(Command::Status),
        "my" if rest.first().is_some_and(|word| ["settings", "status"].contains(word)) => Some(Command::Status),
        "help" | "?" | "commands" | "hilfe" if words.len() <= 3 => Some(Command::Help),
        _ => None,
    };
    known.map_or_else(unknown, Read::Known)
}

fn delivery(first: &str, rest: &[&str]) -> Option<Command> {
    let (delivery, rest) = match (first, rest) {
        ("each", ["mail" | "message" | "post", rest @ ..]) => (Delivery::Each, rest),
        ("each", rest) => (Delivery::Each, rest),
        ("daily" | "täglich", ["digest" | "digests", rest @ ..]) => (Delivery::Daily, rest),
        ("daily" | "täglich", rest) => (Delivery::Daily, rest),
        ("weekly" | "wöchentlich", ["digest" | "digests", rest @ ..]) => (Delivery::Weekly, rest),
        ("weekly" | "wöchentlich", rest) => (Delivery::Weekly, rest),
        ("none" | "nomail", rest) => (Delivery::None, rest),
        ("no", ["mail" | "mails", rest @ ..]) => (Delivery::None, rest),
        ("every", ["mail" | "message" | "post", rest @ ..]) => (Delivery::Each, rest),
        ("every", ["day", rest @ ..]) => (Delivery::Daily, rest),
        ("every", ["week", rest @ ..]) => (Delivery::Weekly, rest),
        ("every", [day, rest @ ..]) => {
            let day = day::weekday(day)?;
            let (at, on) = when(rest)?;
            return on.is_none().then_some(Command::Deliver(Delivery::Weekly, at, Some(day)));
        }
        _ => return None,
    };
    let (at, on) = when(rest)?;
    let goes = match delivery {
        Delivery::Weekly => true,
        Delivery::Daily => on.is_none(),
        Delivery::Each | Delivery::None => on.is_none() && at.is_none(),
    };
    goes.then_some(Command::Deliver(delivery, at, on))
}

/// What is wrong with a time that is no whole hour of the day.
fn half_hour(line: &str, rest: &[&str]) -> Option<Read> {
    let at = rest.iter().position(|word| ["at", "um"].contains(word))?;
    let is_time = rest.get(at + 1).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let why = "digests go out at whole hours, 0 to 23; write it like “daily at 8”";
    is_time.then(|| Read::Wrong(line.to_owned(), why.to_owned()))
}

/// The hour and the weekday that the words give, either way round; `None` where they say something else.
fn when(words: &[&str]) -> Option<(Option<i8>, Option<i8>)> {
    let (mut at, mut on) = (None, None);
    let mut rest = words;
    while let [first, behind @ ..] = rest {
        if ["on", "at", "am", "um"].contains(first) && !behind.is_empty() {
            rest = behind;
            continue;
        }
        if let (None, Some(day)) = (on, day::weekday(first)) {
            (on, rest) = (Some(day), behind);
            continue;
        }
        let both = behind.first().filter(|word| ["am", "pm", "uhr", "o'clock"].contains(&word.trim_end_matches('.')));
        let used = if both.is_some() { 2 } else { 1 };
        let found = hour(&rest[..used]).filter(|_| at.is_none())?;
        (at, rest) = (Some(found), &rest[used..]);
    }
    Some((at, on))
}

/// `8`, `08:00`, `8 am`, `8pm`: whole hours only.
fn hour(words: &[&str]) -> Option<i8> {
    let text = words.concat();
    let text = text.trim_end_matches(['.', '!']).trim_end_matches("uhr").trim_end_matches("o'clock");
    let (text, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(text), _) => (text, Some(0)),
        (_, Some(text)) => (text, Some(12)),
        _ => (text, None),
    };
    let hour: i8 = text.strip_suffix(":00").or_else(|| text.strip_suffix(".00")).unwrap_or(text).parse().ok()?;
    match half {
        Some(half) => (1..=12).contains(&hour).then(|| hour % 12 + half),
        None => (0..24).contains(&hour).then_some(hour),
    }
}

fn zone(line: &str, rest: &[&str]) -> Option<Command> {
    let [named] = rest else { return None };
    // As it was written: names of zones have capitals.
    let written = line.split_whitespace().next_back()?.trim_end_matches(['.', '!']);
    (named.trim_end_matches(['.', '!']) == written.to_lowercase()).then(|| Command::Zone(written.to_owned()))
}

fn pause(line: &str, rest: &[&str], today: Date) -> Read {
    let until = match rest {
        [] => return Read::Known(Command::Pause(None)),
        ["until" | "till" | "til" | "bis", rest @ ..] => day::day(rest, today),
        ["for" | "für", rest @ ..] => day::later(rest, today),
        _ => None,
    };
    match until {
        Some(until) if until > today => Read::Known(Command::Pause(Some(until))),
        Some(_) => Read::Wrong(line.to_owned(), "that day is not ahead".to_owned()),
        None if rest.len() > 1 => Read::Wrong(
            line.to_owned(),
            "that is no day that is known here; write it like “pause until 2 May” or “pause for 3 weeks”".to_owned(),
        ),
        None => Read::Wrong(
            line.to_owned(),
            "it does not say until when; write it like “pause until 2 May”, “pause for 3 weeks”, or “pause” alone"
                .to_owned(),
        ),
    }
}

fn name(line: &str, rest: &[&str]) -> Read {
    let skipped = match rest {
        ["me" | "is", ..] => 2,
        _ => 1,
    };
    let written: Vec<&str> = line.split_whitespace().skip_while(|word| is_please(word)).skip(skipped).collect();
    let written = written.join(" ");
    let written = written.trim_matches(['"', '“', '”', '„']);
    let shown = match written.to_lowercase().as_str() {
        "" | "own" | "none" => Ok(ShownName::Own),
        "hidden" | "anonymous" => Ok(ShownName::Hidden),
        _ if written.contains('@') => Err("a name on this list is no address: everybody would see it".to_owned()),
        _ => Member::name_from(written).map(ShownName::As),
    };
    match shown {
        Ok(shown) => Read::Known(Command::Name(shown)),
        Err(why) => Read::Wrong(line.to_owned(), why),
    }
}

fn is_please(word: &str) -> bool {
    ["please", "bitte", "pls"].contains(&word.to_lowercase().trim_end_matches([',', '.', '!']))
}

fn on_or_off(rest: &[&str]) -> Option<bool> {
    match rest {
        [] | ["on" | "yes" | "an"] => Some(true),
        ["off" | "no" | "aus"] => Some(false),
        _ => None,
    }
}

/// The one address of a line, wherever it stands there.
fn address(line: &str, command: impl Fn(Address) -> Command) -> Read {
    let mut found = line.split_whitespace().filter(|word| word.contains('@'));
    let written = found.next().map(|word| word.trim_matches(['<', '>', ',', '.', '"', '“', '”', '(', ')', ';']));
    let parsed = written.map(|written| Address::parse(written.strip_prefix("mailto:").unwrap_or(written)));
    match (parsed, found.next()) {
        (Some(Ok(address)), None) => Read::Known(command(address)),
        (None, _) => Read::Unknown(line.to_owned()),
        _ => Read::Wrong(line.to_owned(), "it needs one address, such as ellen@example.org".to_owned()),
    }
}

/// A line that only greets.
fn only_greets(line: &str) -> bool {
    let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    yes::GREETINGS.contains(&first.as_str()) && line.split_whitespace().nth(4).is_none()
}

fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject;
    while let Some((prefix, behind)) = rest.split_once(':') {
        if !["re", "aw", "antw", "sv", "fwd", "fw", "wg"].contains(&prefix.trim().to_lowercase().as_str()) {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn today() -> Date {
        date(2026, 11, 25)
    }

    fn known(text: &str) -> Command {
        match one(text, today()) {
            Read::Known(command) => command,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn plain_words_are_understood() {
        use Delivery::{Daily, Each, None as Nothing, Weekly};
        let address = || Address::parse("ellen@work.example").unwrap();
        for (text, command) in [
            ("join", Command::Join),
            ("Subscribe.", Command::Join),
            ("please subscribe me", Command::Join),
            ("LEAVE", Command::Leave),
            ("unsubscribe talk", Command::Leave),
            ("each", Command::Deliver(Each, None, None)),
            ("every mail", Command::Deliver(Each, None, None)),
            ("daily", Command::Deliver(Daily, None, None)),
            ("Daily at 8", Command::Deliver(Daily, Some(8), None)),
            ("daily digest at 6 pm", Command::Deliver(Daily, Some(18), None)),
            ("weekly", Command::Deliver(Weekly, None, None)),
            ("weekly on Fridays at 07:00", Command::Deliver(Weekly, Some(7), Some(5))),
            ("weekly sun", Command::Deliver(Weekly, None, Some(7))),
            ("every monday", Command::Deliver(Weekly, None, Some(1))),
            ("no mail", Command::Deliver(Nothing, None, None)),
            ("at 12 am", Command::Hour(0)),
            ("time zone Europe/Lisbon", Command::Zone("Europe/Lisbon".to_owned())),
            ("pause", Command::Pause(None)),
            ("pause until 2 May", Command::Pause(Some(date(2027, 5, 2)))),
            ("Pause for 2 weeks.", Command::Pause(Some(date(2026, 12, 9)))),
            ("resume", Command::Resume),
            ("name Ellen", Command::Name(ShownName::As("Ellen".to_owned()))),
            ("call me “Ellen of the Hill”", Command::Name(ShownName::As("Ellen of the Hill".to_owned()))),
            ("name hidden", Command::Name(ShownName::Hidden)),
            ("name", Command::Name(ShownName::Own)),
            ("receipts on", Command::Receipts(true)),
            ("receipts off", Command::Receipts(false)),
            ("add Ellen@Work.example", Command::Add(Address::parse("Ellen@Work.example").unwrap())),
            ("read at <ellen@work.example>", Command::ReadAt(address())),
            ("status", Command::Status),
            ("my settings", Command::Status),
            ("help!", Command::Help),
        ] {
            assert_eq!(known(text), command, "{text}");
            assert_eq!(known(&command.to_string()), command, "{text}: {command}");
        }
    }

    #[test]
    fn what_is_nearly_understood_says_what_is_wrong() {
        for (text, wrong) in [
            ("pause until the cows come home", "no day that is known"),
            ("pause until 31 February", "no day that is known"),
            ("daily at 8:30", "whole hours"),
            ("weekly at 25", "whole hours"),
            ("pause until 2 May 2020", "not ahead"),
            ("add ellen@", "one address"),
            ("add a@b.example c@d.example", "one address"),
            ("name ellen@example.org", "no address"),
        ] {
            match one(text, today()) {
                Read::Wrong(_, why) => assert!(why.contains(wrong), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn talk_is_no_command() {
        for text in [
            "I would join you if I could, but it rains all day",
            "leave the bread in the oven until it is brown",
            "each of us has a view",
            "every now and then",
            "daily bread",
            "weekly on the moon",
            "help me understand what you mean by this",
            "time flies",
            "at noon",
            "",
            &"join ".repeat(200),
        ] {
            assert!(matches!(one(text, today()), Read::Unknown(_)), "{text}");
        }
    }

    #[test]
    fn the_first_lines_are_read_and_where_they_say_nothing_the_subject() {
        let read = |subject: &str, said: &str| read(subject, said, today());
        let weekly = || Read::Known(Command::Deliver(Delivery::Weekly, None, None));
        let ellen = || Read::Known(Command::Name(ShownName::As("Ellen".to_owned())));
        assert_eq!(read("weekly", ""), [weekly()]);
        assert_eq!(read("Re: weekly", "Ellen Jones\nBaker"), [weekly()]);
        assert_eq!(read("a question", "Hello,\n\nweekly\nname Ellen\n\nBest,\nEllen\njoin"), [weekly(), ellen()]);
        assert_eq!(read("leave", "weekly"), [weekly()]);
        assert_eq!(read("a question", "How do I bake?"), [Read::Unknown("How do I bake?".to_owned())]);
        assert_eq!(read("", ""), []);
    }
}
