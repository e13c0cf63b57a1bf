//! What goes wrong in the store.

/// A fault of the store. Says whether trying again may help.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no; `doing` names what was being done.
    #[error("{doing}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
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
    /// The writer has ended; nothing was written.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same may succeed later: a busy or full disk does, a wrong question does not.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Sqlite { .. } | Self::Spoiled | Self::Closed)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite { doing: "reading or writing the database", source }
    }
}
