//! `digest`: shows digests before they go out, and makes those that are due.

mod preview;
mod run;

use std::io::Write;
use std::path::Path;

use super::arguments::DigestCommand;
use super::lookup;

pub(super) fn run(folder: &Path, what: DigestCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    match what {
        DigestCommand::Preview(what) => preview::run(&installation, &what, out),
        DigestCommand::Run(what) => run::run(&installation, &what, out),
    }
}
