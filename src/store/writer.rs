//! The writer thread: takes jobs in order and commits them in groups, so that one fsync serves all who wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Faults, StoreError};

/// The most jobs in one commit: bounds how long the first of them waits.
const MOST_IN_A_GROUP: usize = 256;

/// How many groups after a spoiled one take each job back by itself, so that whoever spoils one again spoils it alone.
const CAREFUL_GROUPS: usize = 64;

/// How long a commit waits for one job more, and how many times; only where the one before it took this many along.
const MOMENT: Duration = Duration::from_micros(100);
const MOST_WAITS: usize = 8;
const MANY: usize = 4;

/// What a job leaves to be done once its group is committed, or is not.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A job: runs inside the group's transaction, or not at all where none could begin; says whether what it wrote stays,
/// and how to answer.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> (Kept, Answer) + Send>;

enum Kept {
    Yes,
    /// Only this job's own writes are undone.
    No,
    /// The process ends here (a fault point).
    Ended,
}

/// The answer to a write: await it, or wait for it with [`Pending::wait`] where there is no runtime. It comes after the
/// commit.
#[must_use = "nothing tells of a failure but this"]
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Pending<T> {
    /// Waits for the answer. Not for async code: there, await it.
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T: Send + 'static> IntoFuture for Pending<T> {
    type Output = Result<T, StoreError>;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.await.unwrap_or(Err(StoreError::Closed)) })
    }
}

/// Where jobs go in. When the last one is dropped, the thread finishes what waits and ends.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the thread over its own connection.
    pub(super) fn start(connection: Connection, faults: Faults) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel();
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&connection, &waiting, &faults))
            .map_err(|error| StoreError::Unusable(format!("no thread for the writer: {error}")))?;
        Ok(Self { jobs })
    }

    /// Queues `work`. What it wrote is undone where it fails; others of its group may then be told to try again.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| caught(|| work(connection)));
            let kept = match &outcome {
                Ok(_) => Kept::Yes,
                Err(StoreError::Closed) => Kept::Ended,
                Err(_) => Kept::No,
            };
            // Its own fault goes before the group's. Nobody may be waiting any more: then the work stands all the same.
            let answer: Answer =
                Box::new(move |committed| drop(sender.send(outcome.and_then(|done| committed.map(|()| done)))));
            (kept, answer)
        });
        // A closed channel drops the job, and with it the sender: the pending answer says `Closed`.
        let _ = self.jobs.send(job);
        Pending(receiver)
    }
}

fn run(connection: &Connection, waiting: &mpsc::Receiver<Job>, faults: &Faults) {
    let mut group = Group { connection, faults, answers: Vec::new(), careful: 0, waits: 0 };
    while let Ok(first) = waiting.recv() {
        let outcome = group.commit(first, waiting);
        let answers = std::mem::take(&mut group.answers);
        group.waits = if answers.len() >= MANY { MOST_WAITS } else { 0 };
        group.careful = group.careful.saturating_sub(1);
        match outcome {
            Ok(()) => answers.into_iter().for_each(|answer| answer(Ok(()))),
            Err(error) => {
                tracing::error!(store.error = %error, store.jobs = answers.len(), "a commit failed; nothing of it is kept");
                if matches!(error, StoreError::Closed) {
                    answers.into_iter().for_each(|answer| answer(Err(StoreError::Closed)));
                    return;
                }
                // Where there is no transaction left, this fails, and that is as it should be.
                let _ = connection.execute_batch("ROLLBACK");
                answers.into_iter().for_each(|answer| answer(Err(again(&error))));
                group.careful = CAREFUL_GROUPS;
            }
        }
    }
}

/// What is committed at once.
struct Group<'a> {
    connection: &'a Connection,
    faults: &'a Faults,
    /// How its jobs are answered once it is committed.
    answers: Vec<Answer>,
    /// How many groups still take each job back by itself.
    careful: usize,
    /// How many times it still waits for more.
    waits: usize,
}

impl Group<'_> {
    /// One transaction over `first` and whatever else waits by the time each is done.
    fn commit(&mut self, first: Job, waiting: &mpsc::Receiver<Job>) -> Result<(), StoreError> {
        let began = self.connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from);
        let mut next = Some(first);
        while let Some(job) = next.take() {
            match &began {
                Ok(()) => self.run(job)?,
                Err(error) => self.answers.push(job(Err(again(error))).1),
            }
            if self.answers.len() < MOST_IN_A_GROUP {
                next = waiting.try_recv().ok().or_else(|| self.wait_for_more(waiting));
            }
        }
        began?;
        self.faults.pass("writer.before-commit")?;
        self.connection.execute_batch("COMMIT")?;
        self.faults.pass("writer.after-commit")
    }

    /// Where many write at once, a commit that waits a moment takes more of them along, and the pages that they share are
    /// written once for all.
    fn wait_for_more(&mut self, waiting: &mpsc::Receiver<Job>) -> Option<Job> {
        self.waits = self.waits.checked_sub(1)?;
        waiting.recv_timeout(MOMENT).ok()
    }

    /// Runs one job. A job that fails has mostly written nothing, and there is nothing to take back; where it has, its
    /// whole group goes, and for a while each job is taken back by itself: a savepoint a job costs a tenth of the work.
    fn run(&mut self, job: Job) -> Result<(), StoreError> {
        let savepoint = |sql: &str| if self.careful > 0 { self.connection.execute_batch(sql) } else { Ok(()) };
        savepoint("SAVEPOINT job")?;
        let before = self.connection.total_changes();
        let (kept, answer) = job(Ok(self.connection));
        let wrote = self.connection.total_changes() != before;
        let outcome = match kept {
            // SQLite takes back the whole transaction by itself where the disk is full or broken.
            Kept::Yes | Kept::No if self.connection.is_autocommit() => Err(StoreError::Spoiled),
            Kept::Yes => savepoint("RELEASE job").map_err(StoreError::from),
            Kept::No if self.careful == 0 && wrote => Err(StoreError::Spoiled),
            Kept::No => savepoint("ROLLBACK TO job; RELEASE job").map_err(StoreError::from),
            Kept::Ended => Err(StoreError::Closed),
        };
        self.answers.push(answer);
        outcome
    }
}

/// What came of `work`; where it panics, the writer goes on.
fn caught<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("a write panicked");
        Err(StoreError::Panicked)
    })
}

/// The same fault for each of those who wait for a commit.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Sqlite { doing, cause: rusqlite::Error::SqliteFailure(code, text) } => {
            StoreError::Sqlite { doing, cause: rusqlite::Error::SqliteFailure(*code, text.clone()) }
        }
        _ => StoreError::Spoiled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(folder: &std::path::Path) -> Writer {
        let connection = Connection::open(folder.join("w.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER)").unwrap();
        Writer::start(connection, Faults::none()).unwrap()
    }

    fn put(writer: &Writer, x: i64, fails: bool) -> Pending<()> {
        writer.submit(move |db| {
            db.execute("INSERT INTO t (x) VALUES (?1)", [x])?;
            if fails { Err(StoreError::Refused("no".to_owned())) } else { Ok(()) }
        })
    }

    fn all(writer: &Writer) -> Vec<i64> {
        let rows = writer.submit(|db| {
            let mut query = db.prepare("SELECT x FROM t ORDER BY x")?;
            Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        });
        rows.wait().unwrap()
    }

    /// Jobs that are all in one group: the writer is held up until all are queued.
    fn together(writer: &Writer, fails: [bool; 3]) -> Vec<Result<(), StoreError>> {
        let (go, gate) = mpsc::channel::<()>();
        let held = writer.submit(move |_| Ok(gate.recv().is_ok()));
        let jobs: Vec<_> = (1..).zip(fails).map(|(x, fails)| put(writer, x, fails)).collect();
        go.send(()).unwrap();
        held.wait().ok();
        jobs.into_iter().map(Pending::wait).collect()
    }

    #[test]
    fn a_job_that_fails_after_writing_takes_its_group_with_it_once_and_then_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let first = together(&writer, [false, true, false]);
        assert!(first[0].as_ref().is_err_and(StoreError::is_temporary), "{first:?}");
        assert!(matches!(&first[1], Err(StoreError::Refused(_))), "its own fault is told: {first:?}");
        let then = together(&writer, [false, true, false]);
        assert!(then[0].is_ok() && then[1].is_err() && then[2].is_ok(), "{then:?}");
        let kept = all(&writer);
        assert!(kept.contains(&1) && kept.contains(&3) && !kept.contains(&2), "{kept:?}");
    }

    #[test]
    fn a_job_that_panics_undoes_only_what_it_must_and_the_writer_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let broken = writer.submit(|_| -> Result<(), StoreError> { panic!("a test of what follows") });
        assert!(matches!(broken.wait(), Err(StoreError::Panicked)));
        put(&writer, 7, false).wait().unwrap();
        assert_eq!(all(&writer), [7]);
    }

    #[test]
    fn whoever_waits_while_another_process_holds_the_database_is_told_so_and_the_writer_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let other = Connection::open(folder.path().join("w.db")).unwrap();
        writer.submit(|db| Ok(db.busy_timeout(Duration::ZERO)?)).wait().unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let held = put(&writer, 1, false).wait();
        let Err(StoreError::Sqlite { cause, .. }) = &held else { panic!("{held:?}") };
        assert_eq!(cause.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
        other.execute_batch("COMMIT").unwrap();
        put(&writer, 2, false).wait().unwrap();
        assert_eq!(all(&writer), [2]);
    }
}
