//! Tells the story on standard output, as it happens: 80 columns, colour on a terminal only.

use std::io::{self, IsTerminal, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthChar;

use super::received::Received;
use super::story::Entrance;

/// How wide a line may be.
const COLUMNS: usize = 80;

/// Where the words of an event begin.
const EVENT_COLUMN: usize = 17;

/// Standard output, and whether it shows colour.
pub struct Telling {
    colour: bool,
}

/// Something that happened to the list.
pub struct Event<'a> {
    /// When.
    pub at: Timestamp,
    /// Through which door it came.
    pub door: Entrance,
    /// Who did what.
    pub what: String,
    /// What they said; empty where that does not matter.
    pub said: &'a str,
    /// What is special about it.
    pub aside: Option<String>,
}

/// A digest, as a line of the night.
pub struct Arrival<'a> {
    /// The mail.
    pub mail: &'a Received,
    /// Its reader.
    pub name: &'a str,
    /// Where they live, as an IANA zone.
    pub zone: &'a str,
}

impl Telling {
    /// To standard output.
    pub fn new() -> Self {
        Self { colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// A line as it is.
    pub fn line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    /// Lines as they are.
    pub fn lines(&self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// The line above something new.
    pub fn heading(&self, text: &str) -> io::Result<()> {
        let rule = "─".repeat(COLUMNS.saturating_sub(width(text) + 4));
        self.line(&format!("\n{} {} {}\n", self.dim("──"), self.bold(text), self.dim(&rule)))
    }

    /// What somebody did.
    pub fn event(&self, event: &Event<'_>) -> io::Result<()> {
        let time = event.at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string();
        let door = match event.door {
            Entrance::Public => "public",
            Entrance::Local => "local ",
        };
        let said = match event.said {
            "" => String::new(),
            said => format!(": “{said}”"),
        };
        let what = shortened(&format!("{}{said}", event.what), COLUMNS - EVENT_COLUMN, "…”");
        let (who, words) = what.split_at(event.what.len().min(what.len()));
        self.line(&format!("  {}  {}  {who}{}", self.dim(&time), self.dim(door), self.dim(words)))?;
        match &event.aside {
            Some(aside) => self.line(&format!("{}{}", " ".repeat(EVENT_COLUMN), self.green(aside))),
            None => Ok(()),
        }
    }

    /// A digest that came.
    pub fn arrival(&self, arrival: &Arrival<'_>) -> io::Result<()> {
        let zone = TimeZone::get(arrival.zone).unwrap_or(TimeZone::UTC);
        let time = arrival.mail.date.to_zoned(zone).strftime("%a %H:%M").to_string();
        let place = arrival.zone.rsplit('/').next().unwrap_or_default().replace('_', " ");
        let line = format!("  {time} {} {} {}", padded(&place, 12), padded(arrival.name, 22), arrival.mail.subject);
        self.line(&cut(&line, COLUMNS))
    }

    /// The discussions: titles stand out.
    pub fn tree(&self, tree: &str) -> io::Result<()> {
        for line in tree.lines() {
            let line = if line.starts_with(' ') || line.is_empty() { line.to_owned() } else { self.bold(line) };
            self.line(&if line.is_empty() { line } else { format!("  {line}") })?;
        }
        Ok(())
    }

    /// A mail as its reader sees it in a program that shows text.
    pub fn mail(&self, mail: &Received) -> io::Result<()> {
        let bar = self.dim("│");
        self.line(&format!("  {bar} {} {}", self.dim("To:"), mail.to.join(", ")))?;
        self.line(&format!("  {bar} {} {}", self.dim("Subject:"), self.bold(&mail.subject)))?;
        self.line(&format!("  {bar}"))?;
        mail.text.trim_end().lines().try_for_each(|line| self.line(format!("  {bar} {line}").trim_end()))
    }

    /// What is wrong, so that nobody misses it.
    pub fn faults(&self, day: &str, faults: &[String]) -> io::Result<()> {
        self.line(&format!("\n{}", self.red(&format!("!!! {day} did NOT come out as it should:"))))?;
        faults.iter().try_for_each(|fault| self.line(&format!("\n{} {fault}", self.red("!!!"))))
    }

    /// Stands out.
    pub fn bold(&self, text: &str) -> String {
        self.painted(text, "1")
    }

    /// Good news.
    pub fn green(&self, text: &str) -> String {
        self.painted(text, "32")
    }

    fn red(&self, text: &str) -> String {
        self.painted(text, "1;31")
    }

    fn dim(&self, text: &str) -> String {
        self.painted(text, "2")
    }

    fn painted(&self, text: &str, how: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{how}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// At least `columns` wide.
fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// At most `columns` wide; what is cut ends at a word and in `end`.
fn shortened(text: &str, columns: usize, end: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let start = start_of(text, columns.saturating_sub(width(end) + 1));
    let words = start.rsplit_once(' ').map_or(start, |(words, _)| words);
    format!("{} {end}", words.trim_end())
}

/// At most `columns` wide; cut anywhere.
fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns { text.to_owned() } else { format!("{}…", start_of(text, columns.saturating_sub(1))) }
}

/// As much of the text as goes into `columns`.
fn start_of(text: &str, columns: usize) -> &str {
    let mut wide = 0;
    let end = text.char_indices().find(|(_, c)| {
        wide += c.width().unwrap_or(0);
        wide > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_at_a_word_however_wide_its_letters_are() {
        assert_eq!(shortened("one two", 7, "…"), "one two");
        assert_eq!(shortened("one two three", 10, "…"), "one two …");
        let short = shortened("小さな 部屋では、 声を 上げなくても", 20, "…");
        assert!(width(&short) <= 20 && short.ends_with('…'), "{short}");
        assert_eq!(cut("one two three", 10), "one two t…");
        assert_eq!(cut("小さな", 4), "小…");
        assert_eq!(padded("小", 4), "小  ");
    }
}
