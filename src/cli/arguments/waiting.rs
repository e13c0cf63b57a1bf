//! `queue`, `moderate` and `mailbox`: mail that waits to go out, for a decision, or to be read.

use clap::{ArgGroup, Subcommand};

use super::value::{self, Place};
use crate::discussion::ListName;
use crate::store::Banned;

/// Under `rejoinder queue --help`.
pub(super) const QUEUE_EXAMPLES: &str = "\
Examples:
  rejoinder queue show
  rejoinder queue retry --all";

/// `rejoinder queue …`.
#[derive(Clone, Debug, Subcommand)]
pub enum QueueCommand {
    /// Shows what waits: its number, to whom it goes, how often it was tried and what the relay said.
    #[command(after_help = "\
Examples:
  rejoinder queue show
  rejoinder queue show --list talk --json")]
    Show {
        /// Only this list; without it, all.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: Option<ListName>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Tries mail again now instead of when its time comes.
    #[command(group = ArgGroup::new("which").args(["numbers", "all"]).required(true))]
    #[command(after_help = "\
Examples:
  rejoinder queue retry 17 18
  rejoinder queue retry --all")]
    Retry {
        /// Numbers that `queue show` gives.
        #[arg(value_name = "N")]
        numbers: Vec<i64>,
        /// Everything that waits.
        #[arg(long)]
        all: bool,
    },
    /// Takes mail out of the queue for good: its reader does not get it, nor is it made good by a later digest.
    #[command(group = ArgGroup::new("which").args(["numbers", "all"]).required(true))]
    #[command(after_help = "\
Examples:
  rejoinder queue drop 17 18
  rejoinder queue drop --all")]
    Drop {
        /// Numbers that `queue show` gives.
        #[arg(value_name = "N")]
        numbers: Vec<i64>,
        /// Everything that waits.
        #[arg(long)]
        all: bool,
    },
}

/// Under `rejoinder moderate --help`.
pub(super) const MODERATE_EXAMPLES: &str = "\
Examples:
  rejoinder moderate show
  rejoinder moderate accept 3 --under 12#7";

/// `rejoinder moderate …`.
#[derive(Clone, Debug, Subcommand)]
pub enum ModerateCommand {
    /// Shows what is held and why; with a number, that mail whole.
    #[command(after_help = "\
Examples:
  rejoinder moderate show
  rejoinder moderate show 3
  rejoinder moderate show --list talk --json")]
    Show {
        /// The number of one held mail; without it, all in a line each.
        #[arg(value_name = "N")]
        number: Option<i64>,
        /// Only this list; without it, all.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: Option<ListName>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Publishes held mail.
    #[command(after_help = "\
Examples:
  rejoinder moderate accept 3
  rejoinder moderate accept 3 --under 12#7")]
    Accept {
        /// Numbers that `moderate show` gives.
        #[arg(required = true, value_name = "N")]
        numbers: Vec<i64>,
        /// Where it belongs: 12 answers post 12, 12#7 answers response 7 under it; `rejoinder list posts` shows the
        /// numbers [default: where its own evidence points; without any, it starts a post].
        #[arg(long, value_name = "POST[#RESPONSE]", value_parser = value::place)]
        under: Option<Place>,
    },
    /// Removes a post or response that is published.
    ///
    /// Nobody who has not had it gets it; where it was answered, digests show that something stood there. Its author is told
    /// where the list tells senders (`rejoinder list set NAME --tell-senders on`). Removing it again changes nothing.
    #[command(after_help = "\
Examples:
  rejoinder moderate remove --list talk 12#7
  rejoinder moderate remove --list talk 12")]
    Remove {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// What to remove: 12 is post 12, 12#7 response 7 under it; `rejoinder list posts` shows the numbers.
        #[arg(required = true, value_name = "POST[#RESPONSE]", value_parser = value::place)]
        places: Vec<Place>,
    },
    /// Bans people from a list: their mail is refused, and they may not join.
    ///
    /// An address stands for the person: what is behind a `+` in it does not count, and their other addresses are banned
    /// with it. A member is taken off the list, and told nothing. A domain stands for those below it too; who reads the
    /// list there goes on reading.
    #[command(after_help = "\
Examples:
  rejoinder moderate ban --list talk eve@example.org
  rejoinder moderate ban --list talk spam.example")]
    Ban {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// An address or a domain.
        #[arg(required = true, value_name = "ADDRESS|DOMAIN", value_parser = Banned::parse)]
        who: Vec<Banned>,
    },
    /// Lifts bans. Who was taken off the list may join again.
    #[command(after_help = "\
Example:
  rejoinder moderate unban --list talk eve@example.org")]
    Unban {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// An address or a domain, as `moderate bans` shows it.
        #[arg(required = true, value_name = "ADDRESS|DOMAIN", value_parser = Banned::parse)]
        who: Vec<Banned>,
    },
    /// Shows who is banned.
    #[command(after_help = "\
Examples:
  rejoinder moderate bans
  rejoinder moderate bans --list talk --json")]
    Bans {
        /// Only this list; without it, all.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: Option<ListName>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Decides against held mail. It is kept, and never published.
    #[command(after_help = "\
Example:
  rejoinder moderate reject 3 4")]
    Reject {
        /// Numbers that `moderate show` gives.
        #[arg(required = true, value_name = "N")]
        numbers: Vec<i64>,
    },
}

/// Under `rejoinder mailbox --help`.
pub(super) const MAILBOX_EXAMPLES: &str = "\
Examples:
  rejoinder mailbox show
  rejoinder mailbox show 2";

/// `rejoinder mailbox …`.
#[derive(Clone, Debug, Subcommand)]
pub enum MailboxCommand {
    /// Shows what arrived, the latest last; with a number, that mail.
    ///
    /// The mailbox is a Maildir in the data folder: any mail program can open it.
    #[command(after_help = "\
Examples:
  rejoinder mailbox show
  rejoinder mailbox show 2
  rejoinder mailbox show --json")]
    Show {
        /// The number of one mail; without it, all in a line each.
        #[arg(value_name = "N")]
        number: Option<usize>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}
