//! What may be said to `explain`.

use std::path::PathBuf;

use clap::Args;

/// `rejoinder explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder explain answer.eml
  rejoinder explain --json *.eml
  rejoinder explain - < answer.eml")]
pub struct Explain {
    /// Files that hold a mail each; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
