//! How well mail is understood, scored over other projects' test mail where that lies beside this project. It does on
//! the machines that test every change; elsewhere there is nothing to do here. The marks are what was reached: who gets
//! below one has broken something.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder with the scorer and the mail, where it is there.
fn beside() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    folder.join("score.py").exists().then_some(folder)
}

/// The numbers that the scorer gives for a set; `None` where it is not there.
fn scored(kind: &str, set: &str) -> Option<Value> {
    let folder = beside()?;
    let mut scorer = Command::new("python3");
    scorer.arg(folder.join("score.py")).args(["--bin", env!("CARGO_BIN_EXE_rejoinder"), "--json", kind]);
    let output = scorer.arg(folder.join("corpora").join(set)).output().expect("python3 runs the scorer");
    let said = String::from_utf8_lossy(&output.stderr);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{kind} {set}: {fault}: {said}")))
}

fn count(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or(0)
}

/// A set of replies: so many exact ones, so many lines of the author's lost at most, and nothing dropped or failed.
#[track_caller]
fn replies(set: &str, exact: u64, lost: u64) {
    let Some(row) = scored("reply", set) else { return };
    assert!(count(&row, "expected") > 0, "{row}");
    assert!(count(&row, "exact") >= exact, "{row}");
    assert!(count(&row, "lost_lines") <= lost, "{row}");
    assert_eq!((count(&row, "dropping"), count(&row, "failed")), (0, 0), "{row}");
}

/// A set of bounces: so many exact sets of recipients, permanence right in 97 of 100, and no false alarm.
#[track_caller]
fn bounces(set: &str, exact: u64) {
    let Some(row) = scored("bounce", set) else { return };
    assert!(count(&row, "sets_exact") >= exact, "{row}");
    assert!(count(&row, "permanence") > 0, "{row}");
    assert!(count(&row, "permanence_right") * 100 >= count(&row, "permanence") * 97, "{row}");
    assert_eq!((count(&row, "false_alarms"), count(&row, "failed")), (0, 0), "{row}");
}

#[test]
fn what_people_wrote_is_told_from_what_they_quote() {
    replies("email_reply_trimmer", 63, 0);
    replies("github-email_reply_parser", 18, 0);
    // Another program's opinion: where it differs on purpose stands in docs/reply-differences.md.
    replies("crisp-email-reply-parser", 70, 25);
}

#[test]
fn bounces_name_who_was_not_reached() {
    bounces("flufl.bounce", 112);
    bounces("sisimai-set-of-emails", 270);
}

#[test]
fn machines_are_told_from_people_by_their_headers() {
    let Some(row) = scored("bounce", "auto-replies") else { return };
    assert!(count(&row, "machine") > 0 && count(&row, "human") > 0, "{row}");
    assert_eq!(count(&row, "machine_right"), count(&row, "machine"), "{row}");
    assert_eq!(count(&row, "human_right"), count(&row, "human"), "{row}");
}

#[test]
fn threads_are_the_trees_that_references_make() {
    let Some(row) = scored("thread", "imaptest-thread") else { return };
    assert!(count(&row, "cases") > 0, "{row}");
    assert_eq!(count(&row, "trees"), count(&row, "cases"), "{row}");
}
