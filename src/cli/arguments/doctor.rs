//! `doctor`.

use clap::Args;

use crate::message::Address;

/// `rejoinder doctor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  rejoinder doctor --data ./mylist
  rejoinder doctor --send-test me@example.org
  rejoinder doctor --make-keys
  rejoinder doctor --json

Exit status: 0 where nothing is a fault, 1 otherwise. Warnings are no faults.")]
pub struct Doctor {
    /// After the checks, send a small signed mail to this address, as any mail of ours goes, and say what the relay said.
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub send_test: Option<Address>,

    /// First make new DKIM keys. They sign what is new once `serve` was started again; those before stay for what waits.
    #[arg(long)]
    pub make_keys: bool,

    /// One object a line, for programs.
    #[arg(long)]
    pub json: bool,
}
