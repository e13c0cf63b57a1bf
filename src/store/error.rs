//! What goes wrong in the store.

use rusqlite::ErrorCode;

/// A fault of the store. Says whether trying again may help.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no; `doing` names what was being done.
    #[error("{doing}: {cause}{}", what_to_do(cause))]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// What SQLite says. No `source`, which would be told a second time.
        cause: rusqlite::Error,
    },
    /// The database file is not ours, or made by a newer version.
    #[error("{0}")]
    Unusable(String),
    /// What was asked for cannot be, and the text says why and what to do.
    #[error("{0}")]
    Refused(String),
    /// What is kept does not read back.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// What was written beside it failed, and took it along; nothing was written.
    #[error("another change failed beside this one, and neither was made; try again")]
    Spoiled,
    /// Making the change panicked; nothing of it was written, and the writer goes on.
    #[error("the change broke off by a fault of this program, and was not made; the log tells where")]
    Panicked,
    /// The writer has ended; nothing was written.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same may succeed later: a busy or full disk does, a wrong question does not.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Sqlite { .. } | Self::Spoiled | Self::Panicked | Self::Closed)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sqlite { doing: "reading or writing the database", cause }
    }
}

/// What a person can do about a fault that SQLite names.
fn what_to_do(cause: &rusqlite::Error) -> &'static str {
    match cause.sqlite_error_code() {
        Some(ErrorCode::ReadOnly) => {
            "; make the database and its folder writable to the user who runs this (chown, chmod), or run it as their owner"
        }
        Some(ErrorCode::DiskFull) => "; make room on the disk",
        Some(ErrorCode::SystemIoFailure) => {
            "; the disk fails, or was made read-only: look into the system's log (dmesg)"
        }
        Some(ErrorCode::CannotOpen) => {
            "; look whether the database and its folder are there, and ours to read and write"
        }
        Some(ErrorCode::DatabaseBusy) => "; something else holds the database for long: try again when it has ended",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "; it is damaged: restore it from a backup",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_can_only_be_read_is_told_once_and_with_what_to_do() {
        let within = tempfile::tempdir().unwrap();
        let path = within.path().join("a.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = rusqlite::Connection::open_with_flags(&path, flags).unwrap();
        let error = StoreError::from(db.execute_batch("DELETE FROM a").unwrap_err());
        let sentence = format!("{:#}", anyhow::Error::from(error));
        assert_eq!(sentence.matches("readonly").count(), 1, "{sentence}");
        assert!(sentence.contains("chown"), "{sentence}");
    }
}
