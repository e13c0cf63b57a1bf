//! The program itself, as a child process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A day that is a Monday, and after which all that is due by the clock of any machine that runs this is due.
const FIRST_DAY: &str = "2100-01-04T12:00:00Z";

/// A running `rejoinder serve`. Its log is beside its data folder.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
}

/// What every `serve` of this data folder has logged.
pub fn log(data: &Path) -> String {
    std::fs::read_to_string(data.with_extension("log")).unwrap()
}

impl Served {
    /// Starts it and waits until it listens.
    pub fn start(data: &Path) -> Self {
        Self::started(data).unwrap_or_else(|()| panic!("serve did not start:\n{}", log(data)))
    }

    /// The same; why not, its log says.
    pub fn started(data: &Path) -> Result<Self, ()> {
        let log = File::options().create(true).append(true).open(data.with_extension("log")).unwrap();
        let mut child = rejoinder(data, &["serve"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        match line.strip_prefix("smtp ").and_then(|address| address.trim().parse().ok()) {
            Some(address) => Ok(Self { child, address }),
            None => {
                let status = child.wait().unwrap();
                assert_eq!(status.code(), Some(1), "it neither serves nor says why not: {status}, {line:?}");
                Err(())
            }
        }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), None, "it ended by itself before it was killed: {status}");
    }

    /// Tells it to end, and waits until it has.
    pub fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success(), "it could not be told to end");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "it ended with {status}");
    }
}

fn rejoinder(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rejoinder"));
    command.args(words).arg("--data").arg(data).env_remove("REJOINDER_DATA");
    // Each client that is cut off is told there; a fault is told in any case.
    command.env("REJOINDER_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// A `digest run` beside it: what is due on the `n`-th of many Mondays. It queues; `serve` sends.
pub fn digest_run(data: &Path, n: usize) -> Child {
    let first: jiff::Timestamp = FIRST_DAY.parse().unwrap();
    let at = first + jiff::SignedDuration::from_hours(7 * 24 * n as i64);
    rejoinder(data, &["digest", "run", "--no-deliver", "--at", &at.to_string()]).stderr(Stdio::null()).spawn().unwrap()
}

/// The last one, which must succeed.
pub fn digest_done(data: &Path, n: usize) {
    let status = digest_run(data, n).wait().unwrap();
    assert!(status.success(), "digest run ended with {status}");
}

/// Waits until nothing waits to go out any more; gives up after long enough for any machine.
pub fn wait_for_empty_queue(data: &Path) {
    for _ in 0..1200 {
        if output(data, &["queue", "show", "--json"]).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the queue does not empty: {}", output(data, &["queue", "show"]));
}

/// The list's threads, a line of JSON each.
pub fn threads(data: &Path) -> String {
    output(data, &["export", "--list", "talk", "--format", "threads"])
}

fn output(data: &Path, words: &[&str]) -> String {
    let output = rejoinder(data, words).stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
