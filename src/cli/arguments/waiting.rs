//! `queue`, `moderate` and `mailbox`: mail that waits to go out, for a decision, or to be read.

use clap::{ArgGroup, Subcommand};

use super::value::{self, Place};
use crate::discussion::ListName;

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
