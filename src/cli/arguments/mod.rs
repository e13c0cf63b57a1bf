//! What may be said on the command line. Definitions only; what a command does stands in its own file of this room.
//!
//! Every command's help ends with examples; a test reads them out of the help and parses them, so that none goes stale.

mod digest;
mod doctor;
mod explain;
mod import;
mod install;
mod list;
mod member;
mod value;
mod waiting;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use digest::{DigestCommand, ExportFormat, ExportMail, Preview, PreviewFormat, Run};
pub use doctor::Doctor;
pub use explain::Explain;
pub use import::ImportMail;
pub use install::{Demo, Init};
pub use list::{ListChoices, ListCommand};
pub use member::{MemberChoices, MemberCommand};
pub use value::{Own, Place};
pub use waiting::{MailboxCommand, ModerateCommand, QueueCommand};

/// The data folder where none is named.
pub const DATA_FOLDER: &str = "./rejoinder-data";

/// An email discussion list: people write and answer by mail, readers get digests they can answer by pressing Reply.
///
/// Everything lives in one folder. `rejoinder demo` shows the whole of it without any setting up; `rejoinder init`
/// makes a folder of your own, and `rejoinder serve` runs it.
#[derive(Clone, Debug, Parser)]
#[command(name = "rejoinder", bin_name = "rejoinder", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  rejoinder demo
  rejoinder init --data ./mylist --domain lists.example.org --list talk --author marina@example.org
  rejoinder serve --data ./mylist

`rejoinder help COMMAND` says more about each. Exit status: 0 done, 1 failed, 2 wrong use.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// The folder that holds the settings, the database and the mailbox [default: ./rejoinder-data].
    #[arg(long, global = true, value_name = "DIR", env = "REJOINDER_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
}

impl Arguments {
    /// Reads words, the program's own name first. `REJOINDER_DATA` names the data folder of every command but `demo`,
    /// which never plays in anybody's own: what the flag says is told from what the environment says here.
    ///
    /// # Errors
    /// Wrong use, and what was asked for by `--help`.
    pub fn read<T: Into<OsString> + Clone>(words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(words)?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        if matches!(arguments.command, Command::Demo(_))
            && matches.value_source("data") != Some(ValueSource::CommandLine)
        {
            arguments.data = None;
        }
        Ok(arguments)
    }

    /// The data folder: the one named, or else [`DATA_FOLDER`].
    pub fn data_folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new(DATA_FOLDER))
    }
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Shows the whole loop with nothing set up: people write, answer and get digests, all on this machine.
    ///
    /// Starts the engine and a mailbox in a fresh folder, lets an author post and people answer by real mail, makes the
    /// digests of two days, and shows what came of it. Nothing leaves the machine.
    Demo(Demo),
    /// Makes a data folder: settings with their manual in them, the database, a first list and its author.
    ///
    /// Refuses a folder that is one already, so that nothing is overwritten. Everything given here can be changed
    /// later, in the folder's `rejoinder.toml`, where each setting is explained, or by `rejoinder list set`.
    Init(Init),
    /// Runs the engine: takes mail in, makes digests when they are due, sends them.
    ///
    /// Prints one line for each address it listens on once it is ready. Ends on SIGTERM or Ctrl-C, after finishing what
    /// is in flight; on SIGHUP reads the certificate of `[smtp] cert` again. Every other command works while it runs.
    #[command(after_help = "\
Example:
  rejoinder serve --data ./mylist")]
    Serve,
    /// Makes, shows and changes lists.
    #[command(subcommand, after_help = list::EXAMPLES)]
    List(ListCommand),
    /// Adds, shows and changes the members of a list.
    #[command(subcommand, after_help = member::EXAMPLES)]
    Member(MemberCommand),
    /// Says what would become of a mail, and why.
    ///
    /// For whoever asks why a mail did not appear. Reads mails from files, asks nobody and keeps nothing. With --list as
    /// for that list, else as for an open one, which needs no data folder.
    Explain(Explain),
    /// Takes an archive in: threads and publishes its mails, by date, and sends none of them to anybody.
    ///
    /// Mbox files of every kind, Maildirs with their subfolders, folders of .eml files, single mails. Nothing is imported
    /// twice, so it may be run again, also where it was cut short. Works beside a running `serve`.
    Import(ImportMail),
    /// Writes a list's mail, threads or members to standard output.
    Export(ExportMail),
    /// Shows digests before they go out, and makes those that are due.
    #[command(subcommand, after_help = digest::EXAMPLES)]
    Digest(DigestCommand),
    /// Shows and tends the mail that waits to go out.
    #[command(subcommand, after_help = waiting::QUEUE_EXAMPLES)]
    Queue(QueueCommand),
    /// Shows and decides about mail that was held.
    #[command(subcommand, after_help = waiting::MODERATE_EXAMPLES)]
    Moderate(ModerateCommand),
    /// Reads the mailbox inside the data folder, where mail goes while no relay is set.
    #[command(subcommand, after_help = waiting::MAILBOX_EXAMPLES)]
    Mailbox(MailboxCommand),
    /// Checks the installation: folder, database, keys, doors, relay, DNS. Says what to do about each fault.
    ///
    /// Also tells the records to publish in DNS, word for word. Changes nothing unless it is told to. DNS is asked
    /// through `[trust] resolver`.
    Doctor(Doctor),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::read(words(line))
    }

    /// Splits a line as a shell would, as far as our examples need it: blanks, and single or double quotes.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![];
        let (mut word, mut quote, mut begun) = (String::new(), None, false);
        for c in line.chars() {
            match (c, quote) {
                (' ', None) => {
                    if std::mem::take(&mut begun) {
                        words.push(std::mem::take(&mut word));
                    }
                }
                ('"' | '\'', None) => (quote, begun) = (Some(c), true),
                (c, Some(q)) if c == q => quote = None,
                (c, _) => {
                    word.push(c);
                    begun = true;
                }
            }
        }
        if begun {
            words.push(word);
        }
        words
    }

    /// Every command and the words that lead to it.
    fn every_command() -> Vec<(String, clap::Command)> {
        let mut waiting = vec![("rejoinder".to_owned(), Arguments::command())];
        let mut all = vec![];
        while let Some((path, command)) = waiting.pop() {
            let below = command.get_subcommands().filter(|sub| sub.get_name() != "help");
            waiting.extend(below.map(|sub| (format!("{path} {}", sub.get_name()), sub.clone())));
            all.push((path, command));
        }
        all
    }

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_help_ends_with_an_example_of_its_own_that_works() {
        let all = every_command();
        assert!(all.len() >= 30, "{}", all.len());
        for (path, command) in all {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let help = help.replace(" \\\n      ", " ");
            let examples: Vec<_> = help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
            assert!(examples.iter().any(|line| line.starts_with(&path)), "`{path} --help` has no example");
            for example in examples {
                let said = example.split(" > ").next().unwrap();
                parse(said).unwrap_or_else(|error| panic!("{path}: `{said}`: {error}"));
            }
        }
    }

    #[test]
    fn every_command_and_flag_says_what_it_does() {
        for (path, command) in every_command() {
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
            }
        }
    }

    #[test]
    fn whatever_lists_things_can_do_so_as_json() {
        for (path, command) in every_command() {
            let lists = path.ends_with(" show") || path.ends_with("digest run");
            let json = command.get_arguments().any(|argument| argument.get_long() == Some("json"));
            assert!(json || !lists, "{path}");
        }
    }

    #[test]
    fn the_data_folder_may_stand_after_any_commands_words() {
        let given = parse("rejoinder member show --list talk --data /srv/talk").unwrap();
        assert_eq!(given.data_folder(), Path::new("/srv/talk"));
        let given = parse("rejoinder --data /srv/talk serve").unwrap();
        assert_eq!(given.data_folder(), Path::new("/srv/talk"));
    }

    #[test]
    fn wrong_use_ends_with_status_2_and_names_what_would_do() {
        for (line, expected) in [
            ("rejoinder member add --list talk ada", "@"),
            ("rejoinder member add --list talk ada@example.org --role king", "moderator"),
            ("rejoinder member add --list talk ada@example.org --hour 24", "0 to 23"),
            ("rejoinder member add --list talk ada@example.org --time-zone Europe/Nowhere", "Europe/Lisbon"),
            ("rejoinder member set --list talk ada@example.org", "--delivery"),
            ("rejoinder list create this-name-is-much-too-long-for-one", "24"),
            ("rejoinder list set talk", "--title"),
            ("rejoinder list set talk --weekday someday", "monday"),
            ("rejoinder digest run --at yesterday", "2026-"),
            ("rejoinder moderate accept 3 --under seven", "12#7"),
            ("rejoinder queue retry", "--all"),
            ("rejoinder init --domain x@y --list talk --author a@b.example", "domain"),
            ("rejoinder init --domain d.example --list talk --author a@b.example --smtp-listen 25", "127.0.0.1:2525"),
            ("rejoinder serve --dtaa x", "--data"),
        ] {
            let error = parse(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
        assert_eq!(parse("rejoinder list --help").unwrap_err().exit_code(), 0);
    }
}
