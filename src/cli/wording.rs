//! What several commands say in the same words.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::DATA_FOLDER;
use crate::discussion::{Delivery, Schedule};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// One object, on a line of its own.
pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> anyhow::Result<()> {
    let line = serde_json::to_string(value).context("this cannot be written as JSON")?;
    Ok(writeln!(out, "{line}")?)
}

/// A word to the person at the terminal that is no part of the output. It may go unheard.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Such a word after what was written so far.
pub(super) fn aside(out: &mut dyn Write, text: impl Display) -> io::Result<()> {
    out.flush()?;
    note(text);
    Ok(())
}

/// `1 mail`, `2 mails`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A moment, for a table.
pub(super) fn when(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What a reader gets, and when.
pub(super) fn rhythm(schedule: &Schedule) -> String {
    let Schedule { delivery, hour, time_zone, .. } = schedule;
    match delivery {
        Delivery::Each => "each mail".to_owned(),
        Delivery::Daily => format!("daily at {hour:02}:00 {time_zone}"),
        Delivery::Weekly => format!("weekly, {} at {hour:02}:00 {time_zone}", day(schedule.weekday)),
        Delivery::None => "no mail".to_owned(),
    }
}

/// A weekday's name, from 1 for Monday.
pub(super) fn day(weekday: i8) -> &'static str {
    usize::try_from(weekday - 1).ok().and_then(|at| DAYS.get(at)).unwrap_or(&"?")
}

/// A command to type next, for this data folder.
pub(super) fn command(words: &str, folder: &Path) -> String {
    if folder == Path::new(DATA_FOLDER) {
        return format!("rejoinder {words}");
    }
    let folder = folder.display().to_string();
    let is_plain = folder.chars().all(|c| c.is_alphanumeric() || "/._-+:\\".contains(c));
    let folder = if is_plain { folder } else { format!("'{}'", folder.replace('\'', r"'\''")) };
    format!("rejoinder {words} --data {folder}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_reads_like_a_sentence() {
        let schedule = |delivery| Schedule { delivery, hour: 8, weekday: 7, time_zone: "Europe/Lisbon".to_owned() };
        assert_eq!(rhythm(&schedule(Delivery::Daily)), "daily at 08:00 Europe/Lisbon");
        assert_eq!(rhythm(&schedule(Delivery::Weekly)), "weekly, Sunday at 08:00 Europe/Lisbon");
        assert_eq!(rhythm(&schedule(Delivery::Each)), "each mail");
    }

    #[test]
    fn a_command_to_type_names_the_folder_as_a_shell_needs_it() {
        assert_eq!(command("serve", Path::new(DATA_FOLDER)), "rejoinder serve");
        assert_eq!(command("serve", Path::new("/srv/talk")), "rejoinder serve --data /srv/talk");
        assert_eq!(command("serve", Path::new("my list's")), r"rejoinder serve --data 'my list'\''s'");
    }
}
