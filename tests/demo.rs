//! `rejoinder demo`, run as a newcomer runs it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rejoinder::clock::Clock;
use rejoinder::discussion::ListName;
use rejoinder::installation::Installation;
use rejoinder::mailbox::Mailbox;

fn demo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rejoinder"));
    command.args(["demo", "--data"]).arg(folder).env_remove("REJOINDER_DATA").env_remove("REJOINDER_LOG");
    command
}

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_whole_loop_comes_out_as_expected_and_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("demo");
    let output = demo(&folder).arg("--once").output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(output.stderr.is_empty(), "{told}");
    for words in [
        "Sunday, 1 March 2026",
        "Marina Valente posts “On listening”",
        "Ellen's mail comes a second time; nothing changes",
        "#9 Наталья to a mail still on its way",
        "#9 answers it, and now stands under it",
        "  On listening · Marina Valente · 13 responses\n    #1 David Okafor\n      #3 Marina Valente\n",
        "          #12 Ruth Adair\n",
        "Good morning, Ellen Brandt.",
        "someone without a name (",
        "Monday, 2 March 2026",
        "sent to the address under #5 in the digest",
        "  On listening · Marina Valente · 15 responses\n",
        "        #14 Ellen Brandt\n",
        "        #15 Mira Castell\n",
        "Good morning, Mira Castell.",
        "Everything came out as expected.",
    ] {
        assert!(told.contains(words), "{words:?} is not told in:\n{told}");
    }
    assert!(!told.contains('\x1b'), "colour where there is no terminal");
    the_folder_is_of_use(&folder);
    another_demo_leaves_it_alone(&folder);
}

fn the_folder_is_of_use(folder: &Path) {
    let installation = Installation::open(folder, Clock::system()).unwrap();
    let list = installation.store.list_by_name(&ListName::parse("talk").unwrap()).unwrap().unwrap();
    assert_eq!(installation.store.threads(list.id).unwrap().len(), 17);
    assert!(installation.store.queue(false).unwrap().is_empty());
    let mails = Mailbox::open(installation.mailbox(), Clock::system()).unwrap().list().unwrap();
    let digests = mails.iter().filter(|mail| mail.from == "Talk <talk@lists.example>").count();
    assert_eq!((digests, mails.len() - digests), (6 + 5, 51 + 8));
}

fn another_demo_leaves_it_alone(folder: &Path) {
    let output = demo(folder).arg("--once").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output);
    assert!(told.contains("is a data folder already"), "{told}");
}

#[cfg(unix)]
#[test]
fn it_never_plays_in_the_folder_that_the_environment_names() {
    let temporary = tempfile::tempdir().unwrap();
    let named = temporary.path().join("mine");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rejoinder"));
    command.args(["demo", "--once"]).env("REJOINDER_DATA", &named).env("TMPDIR", temporary.path());
    let output = command.output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!named.exists() && told.contains("/rejoinder-demo-"), "{told}");
    let help = Command::new(env!("CARGO_BIN_EXE_rejoinder")).args(["demo", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("also where REJOINDER_DATA is set") && !help.contains("./rejoinder-data"), "{help}");
}

/// Killed where a test fails before its end.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It fails where the program has ended, as it should have.
        let _ = self.0.kill();
    }
}

#[cfg(unix)]
#[test]
fn it_keeps_serving_by_the_machines_clock_until_it_is_told_to_end() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("demo");
    let mut running = Running(demo(&folder).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Ctrl-C ends it")), "it ended too early");
    let mailbox = Mailbox::open(folder.join("mailbox"), Clock::system()).unwrap();
    // One reader's hour came between the story's time and now; nobody else has anything new to read.
    let new = (0..1000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let mails = mailbox.list().unwrap();
        (mails.len() > 70)
            .then(|| mails[70..].iter().map(|mail| mail.delivered_to.clone().unwrap()).collect::<Vec<_>>())
    });
    assert_eq!(new.unwrap(), ["tomasz@example.com"]);
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
    assert_eq!(lines.last().as_deref(), Some("Goodbye."));
}
