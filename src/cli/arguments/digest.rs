//! `digest preview|run` and `export`.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::value;
use crate::discussion::ListName;
use crate::message::Address;

/// Under `rejoinder digest --help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  rejoinder digest preview --list talk --member ellen@example.org
  rejoinder digest run --dry-run";

/// `rejoinder digest …`.
#[derive(Clone, Debug, Subcommand)]
pub enum DigestCommand {
    /// Shows, byte for byte, what one reader would get. Changes nothing.
    Preview(Preview),
    /// Makes the digests and the owners' daily reports that are due and delivers them, as `rejoinder serve` does by itself.
    ///
    /// --at moves what is due, what is in it and its Date; delivery and retries keep to the real clock.
    Run(Run),
}

/// `rejoinder digest preview`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder digest preview --list talk --member ellen@example.org
  rejoinder digest preview --list talk --member ellen@example.org --at 2026-03-01T07:00:00Z
  rejoinder digest preview --list talk --member ellen@example.org --format html > digest.html")]
pub struct Preview {
    /// The list.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: ListName,

    /// The reader.
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub member: Address,

    /// As if it were this time (RFC 3339) [default: now].
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub at: Option<Timestamp>,

    /// Its text, its HTML, or the whole mail.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = PreviewFormat::Text)]
    pub format: PreviewFormat,
}

/// What of a digest to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// The text part, in UTF-8.
    Text,
    /// The HTML part, in UTF-8.
    Html,
    /// The mail as it would be sent.
    Eml,
}

/// `rejoinder digest run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder digest run
  rejoinder digest run --list talk --at 2026-03-01T07:00:00Z --dry-run
  rejoinder digest run --no-deliver")]
pub struct Run {
    /// Only this list; without it, all.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: Option<ListName>,

    /// As if it were this time (RFC 3339) [default: now].
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub at: Option<Timestamp>,

    /// Leave them in the queue for a running `serve`, or a later `queue retry`.
    #[arg(long)]
    pub no_deliver: bool,

    /// Change nothing, only say who would get what.
    #[arg(long, conflicts_with = "no_deliver")]
    pub dry_run: bool,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// `rejoinder export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder export --list talk --format mbox > talk.mbox
  rejoinder export --list talk --format threads
  rejoinder export --list talk --format members --all > members.csv")]
pub struct ExportMail {
    /// The list.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: ListName,

    /// What to write.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,

    /// With members: those who left, too.
    #[arg(long)]
    pub all: bool,
}

/// What to write out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Every mail as it came, byte for byte.
    Mbox,
    /// Which mail answers which: JSON, one object a line.
    Threads,
    /// The members, as CSV.
    Members,
}
