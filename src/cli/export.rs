//! `export`: a list's mail, threads or members, on standard output.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use serde::Serialize;

use super::arguments::{ExportFormat, ExportMail};
use super::lookup;
use super::wording::json;
use crate::moving;
use crate::store::ThreadRow;

pub(super) fn run(folder: &Path, what: &ExportMail, out: &mut dyn Write) -> anyhow::Result<()> {
    if what.all && what.format != ExportFormat::Members {
        bail!("--all goes with --format members only; the other formats hold everything anyway");
    }
    let installation = lookup::installation(folder)?;
    let store = &installation.store;
    let list = lookup::list(store, &what.list)?;
    match what.format {
        ExportFormat::Mbox => moving::write_mbox(out, store, list.id)?,
        ExportFormat::Members => moving::write_members(out, store, &list, what.all)?,
        ExportFormat::Threads => {
            for row in store.threads(list.id)? {
                json(out, &Threaded::of(&row))?;
            }
        }
    }
    Ok(())
}

/// A message and its place, the fields in this order.
#[derive(Serialize)]
struct Threaded<'a> {
    message_id: &'a str,
    parent: Option<&'a str>,
    post: &'a str,
    number: Option<i64>,
    depth: usize,
    author: &'a str,
    date: String,
    guess: bool,
}

impl<'a> Threaded<'a> {
    fn of(row: &'a ThreadRow) -> Self {
        Self {
            message_id: &row.message_id,
            parent: row.parent.as_deref(),
            post: &row.post,
            number: row.number,
            depth: row.depth,
            author: &row.author,
            date: row.date.to_string(),
            guess: row.guess,
        }
    }
}
