//! What may be said to `explain`.

use std::path::PathBuf;

use clap::Args;

use crate::discussion::ListName;

/// `rejoinder explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder explain answer.eml
  rejoinder explain --list talk answer.eml
  rejoinder explain --json *.eml
  rejoinder explain - < answer.eml")]
pub struct Explain {
    /// Files that hold a mail each; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// For this list of the data folder, with its members and what was said on it; without it, as for an open list.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: Option<ListName>,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
