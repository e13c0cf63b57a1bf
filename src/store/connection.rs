//! Opening the database, and handing out connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::at_hand::AtHand;
use super::writer::{Pending, Writer};
use super::{Faults, StoreError, name};

/// Marks the file as ours (`PRAGMA application_id`): the letters RJND.
const APPLICATION_ID: i32 = 0x524A_4E44;

/// How long a command waits for another one's short transaction.
const BUSY: Duration = Duration::from_secs(20);

/// How many readers' connections are kept open: each has a page cache of its own.
const IDLE_READERS: usize = 8;

/// How many are open from the start.
const READY_READERS: usize = 2;

/// What the writer keeps of the database in memory, KiB. SQLite's own 2 MiB is less than a large import changes in one
/// transaction: it would write the same pages over and over.
const WRITER_CACHE_KIB: u32 = 64 << 10;

/// How long the write-ahead log grows before it is written into the database, in pages of 4 KiB. With SQLite's own 1,000
/// the same pages are written four times as often, and their disk is what mails wait for.
const CHECKPOINT_PAGES: u32 = 4_000;

/// The schema's versions, oldest first. What was released is never changed, only followed.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_first.sql")),
    M::up(include_str!("migrations/0002_bounces.sql")),
    M::up(include_str!("migrations/0003_texts.sql")),
    M::up(include_str!("migrations/0004_owner.sql")),
    M::up(include_str!("migrations/0005_confirmations.sql")),
    M::up(include_str!("migrations/0006_rich.sql")),
    M::up(include_str!("migrations/0007_places.sql")),
    M::up(include_str!("migrations/0008_told.sql")),
    M::up(include_str!("migrations/0009_sent.sql")),
    M::up(include_str!("migrations/0010_coming_and_going.sql")),
    M::up(include_str!("migrations/0011_leaving_and_bounces.sql")),
    M::up(include_str!("migrations/0012_moderation.sql")),
    M::up(include_str!("migrations/0014_dkim.sql")),
    M::up(include_str!("migrations/0015_names.sql")),
];

/// The store. Clones share the writer and the readers.
#[derive(Clone)]
pub struct Store {
    pub(super) writer: Writer,
    readers: Arc<Readers>,
    pub(super) at_hand: Arc<AtHand>,
    pub(super) faults: Faults,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the database at `path`, or makes it, and brings its schema up to date.
    ///
    /// Refused, with a sentence saying what to do: a file that is not ours, and one made by a newer version.
    pub fn open(path: &Path, faults: Faults) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
        prepare(&connection).map_err(|error| unusable(path, &error))?;
        connection.execute_batch(&format!("PRAGMA cache_size = -{WRITER_CACHE_KIB}"))?;
        connection.execute_batch(&format!("PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"))?;
        check_ours(path, &connection)?;
        name::teach(&connection)?;
        migrate(path, &mut connection)?;
        let writer = Writer::start(connection, faults.clone())?;
        let readers = Arc::new(Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) });
        let store = Self { writer, readers, at_hand: Arc::default(), faults };
        // There before clients can take every file descriptor that there is.
        let ready: Vec<Connection> = (0..READY_READERS).map(|_| store.reader()).collect::<Result<_, _>>()?;
        ready.into_iter().for_each(|connection| store.give_back(connection));
        Ok(store)
    }

    /// Queues `work` for the writer, with the fault points at hand.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &Faults) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let faults = self.faults.clone();
        self.writer.submit(move |connection| work(connection, &faults))
    }

    /// Runs `work` on a reader's connection, inside one read transaction: all its questions see the same state.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.reader()?;
        connection.execute_batch("BEGIN")?;
        let outcome = work(&connection);
        let ended = connection.execute_batch("ROLLBACK");
        let value = outcome?;
        ended?;
        self.give_back(connection);
        Ok(value)
    }

    /// Asks one question on a reader's connection: one statement sees one state without a transaction around it.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.reader()?;
        let answer = question(&connection)?;
        self.give_back(connection);
        Ok(answer)
    }

    /// Writes what the write-ahead log holds into the database, as far as nobody reads it meanwhile.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.ask(|db| Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?))
    }

    fn give_back(&self, connection: Connection) {
        if let Ok(mut idle) = self.readers.idle.lock()
            && idle.len() < IDLE_READERS
        {
            idle.push(connection);
        }
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        if let Some(connection) = self.readers.idle.lock().ok().and_then(|mut idle| idle.pop()) {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.readers.path, flags)?;
        prepare(&connection)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    }
}

/// What every connection is set to.
fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    // FULL: a commit is on the disk before anybody is told of it.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
}

fn check_ours(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (id, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => Ok(connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?),
        _ => Err(StoreError::Unusable(format!(
            "{} is a database of another program; give --data a folder of Rejoinder's own",
            path.display()
        ))),
    }
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    Migrations::from_slice(MIGRATIONS).to_latest(connection).map_err(|error| match error {
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => StoreError::Unusable(format!(
            "{} was written by a newer version of Rejoinder; install that version or a later one",
            path.display()
        )),
        other => StoreError::Unusable(format!("{} could not be brought up to date: {other}", path.display())),
    })
}

fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.display();
    StoreError::Unusable(match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            format!("{path} is damaged, or another program's file; restore it from a backup")
        }
        _ => format!(
            "{path} cannot be opened: {error}; check that it and its folder are ours to write, and that its disk has room \
             and is not mounted read-only"
        ),
    })
}
