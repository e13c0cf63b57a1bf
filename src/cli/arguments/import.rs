//! `rejoinder import`.

use std::path::PathBuf;

use clap::Args;

use crate::discussion::ListName;

/// `rejoinder import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder import --list talk talk.mbox
  rejoinder import --list talk ~/Maildir/.talk old-mails/ one-more.eml")]
pub struct ImportMail {
    /// The list.
    #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
    pub list: ListName,

    /// Mbox files, Maildirs, folders of .eml and .mbox files, single mails.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}
