//! Whether the database is sound, for whoever looks after it.

use jiff::Timestamp;

use super::{Store, StoreError, row};

/// How many faults are told.
const MOST_FAULTS: usize = 5;

/// What a look at the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The schema's version.
    pub version: i64,
    /// What is damaged, in SQLite's words; empty where all is sound.
    pub faults: Vec<String>,
    /// When the last mail came in.
    pub last_mail: Option<Timestamp>,
}

impl Store {
    /// Looks all of the database through (`PRAGMA quick_check`), which takes a while where it is large; nothing waits for
    /// it.
    pub fn examine(&self) -> Result<Examined, StoreError> {
        self.read(|db| {
            let version = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let mut check = db.prepare(&format!("PRAGMA quick_check({MOST_FAULTS})"))?;
            let told: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let faults = told.into_iter().filter(|line| line != "ok").collect();
            let last: Option<i64> = db.query_row("SELECT max(received_at) FROM mail", [], |row| row.get(0))?;
            Ok(Examined { version, faults, last_mail: last.map(row::time) })
        })
    }
}
