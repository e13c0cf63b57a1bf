//! The writer thread: takes jobs in order and commits them in groups, so that one fsync serves all who wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Faults, StoreError};

/// The most jobs in one commit: bounds how long the first of them waits.
const MOST_IN_A_GROUP: usize = 256;

/// What a job leaves to be done once its group is committed, or is not.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A job: runs inside the group's transaction; says whether what it wrote stays, and how to answer.
type Job = Box<dyn FnOnce(&Connection) -> (Kept, Answer) + Send>;

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

    /// Queues `work`. What it wrote is undone where it fails; others in its group are not touched by that.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = work(connection);
            let kept = match &outcome {
                Ok(_) => Kept::Yes,
                Err(StoreError::Closed) => Kept::Ended,
                Err(_) => Kept::No,
            };
            // Nobody may be waiting any more: then the work stands all the same.
            let answer: Answer = Box::new(move |committed| drop(sender.send(committed.and(outcome))));
            (kept, answer)
        });
        // A closed channel drops the job, and with it the sender: the pending answer says `Closed`.
        let _ = self.jobs.send(job);
        Pending(receiver)
    }
}

fn run(connection: &Connection, waiting: &mpsc::Receiver<Job>, faults: &Faults) {
    while let Ok(first) = waiting.recv() {
        let mut answers = Vec::new();
        match commit_group(connection, first, waiting, faults, &mut answers) {
            Ok(()) => answers.into_iter().for_each(|answer| answer(Ok(()))),
            Err(error) => {
                let ended = matches!(error, StoreError::Closed);
                tracing::error!(store.error = %error, store.jobs = answers.len(), "a commit failed; nothing of it is kept");
                answers.into_iter().for_each(|answer| answer(Err(again(&error))));
                if ended {
                    return;
                }
                // Where there is no transaction left, this fails, and that is as it should be.
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
    }
}

/// One transaction over `first` and whatever else waits by the time each is done.
fn commit_group(
    connection: &Connection,
    first: Job,
    waiting: &mpsc::Receiver<Job>,
    faults: &Faults,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let began = connection.execute_batch("BEGIN IMMEDIATE");
    let mut next = Some(first);
    while let Some(job) = next.take() {
        if began.is_err() {
            // Run without a transaction it must not; its answer is made by running it on nothing.
            answers.push(refused(job));
        } else {
            run_one(connection, job, answers)?;
        }
        if answers.len() < MOST_IN_A_GROUP {
            next = waiting.try_recv().ok();
        }
    }
    began?;
    faults.pass("writer.before-commit")?;
    connection.execute_batch("COMMIT")?;
    faults.pass("writer.after-commit")
}

/// A job that is not run: dropping it drops its sender, and whoever waits is told that the store is closed for now.
fn refused(job: Job) -> Answer {
    Box::new(move |_| drop(job))
}

fn run_one(connection: &Connection, job: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    // A job that panics takes back what it wrote; whoever waits for it is told by the end of its sender.
    let done = catch_unwind(AssertUnwindSafe(|| job(connection)));
    let (kept, answer) =
        done.unwrap_or_else(|_| (Kept::No, Box::new(|_| tracing::error!("a write panicked")) as Answer));
    answers.push(answer);
    match kept {
        Kept::Yes => Ok(connection.execute_batch("RELEASE job")?),
        Kept::No => Ok(connection.execute_batch("ROLLBACK TO job; RELEASE job")?),
        Kept::Ended => Err(StoreError::Closed),
    }
}

/// The same fault for each of those who wait for a commit.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Sqlite { doing, cause: rusqlite::Error::SqliteFailure(code, text) } => {
            StoreError::Sqlite { doing, cause: rusqlite::Error::SqliteFailure(*code, text.clone()) }
        }
        _ => StoreError::Closed,
    }
}
