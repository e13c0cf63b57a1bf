//! What is answered to commands: what was understood and done, what is known of a member, what can be asked.

use std::fmt::Write;

use jiff::civil::Date;

use super::notice::Link;
use super::place::zone_words;
use super::{clean, moment};
use crate::discussion::{Block, Command, Delivery, MemberState, OnResume, Schedule, ShownName};

/// How much of a line that was not understood is repeated, characters.
const REPEATED: usize = 60;

/// What is known of a member on a list, as they may see it.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// When they get mail.
    pub schedule: &'a Schedule,
    /// Whether they take part.
    pub state: MemberState,
    /// The day on which a pause ends, where one was said.
    pub until: Option<Date>,
    /// What becomes of what was published meanwhile.
    pub on_resume: OnResume,
    /// The name that their posts and responses have; `None`: the one in each of their mails.
    pub name: Option<&'a str>,
    /// Whether they are told what became of what they send.
    pub receipts: bool,
    /// Every address that they may write from, the one they read at first.
    pub addresses: &'a [String],
}

/// What can be asked, for a line in the foot of an answer and for its links.
pub fn given() -> Vec<Link> {
    ["daily", "weekly", "each", "pause", "resume", "status", "help", "leave"].map(Link::of_words).into()
}

/// What a command did, in a sentence.
pub fn did(command: &Command, now: &Standing<'_>) -> String {
    match command {
        Command::Join => "You are on the list.".to_owned(),
        Command::Leave => "You have left the list.".to_owned(),
        Command::Deliver(..) | Command::Hour(_) | Command::Zone(_) => rhythm(now.schedule),
        Command::Pause(_) => paused(now),
        Command::Resume => format!("You get mail again. {}", rhythm(now.schedule)),
        Command::Name(ShownName::Own) => {
            "What you write is shown with the name in each of your mails, as your mail program gives it.".to_owned()
        }
        Command::Name(_) => format!("What you write from now on is shown as by {}.", named(now)),
        Command::Receipts(true) => "You are told by mail what became of each mail that you send.".to_owned(),
        Command::Receipts(false) => "You are no longer told what became of what you send.".to_owned(),
        Command::Add(address) => {
            format!("A mail went to {address}: once it is answered, what you write from there is taken as yours.")
        }
        Command::ReadAt(address) => {
            format!("A mail went to {address}: once it is answered, you get the list's mail there.")
        }
        Command::Status => status(now),
        Command::Help => help(),
    }
}

/// What is known of a member.
pub fn status(now: &Standing<'_>) -> String {
    let mut text = String::new();
    let mut line = |what: &str, is: &str| {
        // Lines that begin with a blank are never joined. Writing to a String never fails.
        let _ = writeln!(text, "  {what}  {is}");
    };
    match now.state {
        MemberState::Active => line("mail", &rhythm(now.schedule)),
        MemberState::Paused => line("mail", &paused(now)),
        MemberState::Left => line("mail", "You have left the list."),
    }
    line("name", &named(now));
    line("receipts", if now.receipts { "on" } else { "off" });
    for (at, address) in now.addresses.iter().enumerate() {
        line(if at == 0 { "read at" } else { "write from" }, address);
    }
    format!("This is what the list knows of you:\n\n{}", text.trim_end_matches('\n'))
}

/// What can be asked.
pub fn help() -> String {
    "Write one of these as the subject, or as the first line of an answer to this mail:\n\n\
     \x20 each  every post and response as a mail of its own\n\
     \x20 daily  one digest a day; also “daily at 8”\n\
     \x20 weekly  one digest a week; also “weekly on Friday at 8”\n\
     \x20 time zone Europe/Lisbon  whose clocks your hour is told by\n\
     \x20 none  no mail, but you may write\n\
     \x20 pause until 2 May  no mail until then; also “pause for 2 weeks”\n\
     \x20 pause  no mail until you write “resume”\n\
     \x20 resume  ends a pause\n\
     \x20 name Ellen  the name that others see\n\
     \x20 name hidden  one of ours instead; “name own” for that in your mails\n\
     \x20 receipts on  you are told what became of what you sent\n\
     \x20 receipts off  you are told no more\n\
     \x20 add ellen@example.org  you may write from that address, too\n\
     \x20 read at ellen@example.org  the list's mail goes there\n\
     \x20 status  what the list knows of you\n\
     \x20 join, leave  to be on the list, or no longer"
        .to_owned()
}

/// The answer to a mail with commands: `sentences` say what was done, `problems` what was not understood, each with the line
/// and what is wrong with it, if that is known.
pub fn understood(sentences: &[String], problems: &[(String, Option<String>)], with_help: bool) -> Vec<Block> {
    let mut paragraphs: Vec<String> = sentences.to_vec();
    for (line, why) in problems {
        let line = clean::line(line);
        let line = clean::cut(&line, REPEATED);
        paragraphs.push(match why {
            Some(why) => format!("“{line}” was not done: {why}."),
            None => format!("“{line}” was not understood."),
        });
    }
    if with_help {
        paragraphs.push(help());
    }
    vec![Block::Said(paragraphs.join("\n\n"))]
}

fn rhythm(schedule: &Schedule) -> String {
    let when = format!("at {:02}:00 {}", schedule.hour, zone_words(&clean::line(&schedule.time_zone)));
    match schedule.delivery {
        Delivery::Each => "You get every post and every response as a mail of its own.".to_owned(),
        Delivery::Daily => format!("You get a digest every day on which there is something new, {when}."),
        Delivery::Weekly => {
            let day = jiff::civil::Weekday::from_monday_one_offset(schedule.weekday).map_or("week", moment::weekday);
            format!("You get a digest every {day}, {when}, where there is something new.")
        }
        Delivery::None => "You get no mail from the list; you may write to it.".to_owned(),
    }
}

fn paused(now: &Standing<'_>) -> String {
    let after = match now.on_resume {
        OnResume::CatchUp => "What is published meanwhile comes in one digest then.",
        OnResume::Skip => "What is published meanwhile is passed over.",
    };
    match now.until {
        Some(until) => {
            let day =
                until.to_zoned(jiff::tz::TimeZone::UTC).map_or(String::new(), |day| moment::date(day.timestamp()));
            format!("You get no mail until {day}. {after}")
        }
        None => format!("You get no mail until you write “resume”. {after}"),
    }
}

fn named(now: &Standing<'_>) -> String {
    now.name.map_or_else(|| "the name in each of your mails".to_owned(), clean::line)
}
