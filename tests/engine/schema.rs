//! The database through versions: a frozen first one is brought up to date, a newer one and a stranger's are left alone.

use std::path::Path;

use rejoinder::clock::Clock;
use rejoinder::store::{Faults, Store};
use rusqlite::Connection;

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};

/// A database of version 1 with a post, an answer under a missing mail, a reader who is due, and a mail on its way:
/// dumped once, when that version was the latest, and never made anew.
const VERSION_1: &str = include_str!("../../fixtures/databases/version-1.sql");

/// The same list at version 3, with a held mail, a bounce and an owner.
const VERSION_3: &str = include_str!("../../fixtures/databases/version-3.sql");

/// The version that this program writes.
const LATEST: i64 = 14;

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("list.db")
}

fn version(folder: &Path) -> i64 {
    Connection::open(file(folder)).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_frozen_first_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(file(folder.path())).unwrap().execute_batch(VERSION_1).unwrap();
    assert_eq!(version(folder.path()), 1);
    let clock = Clock::manual(crate::list::time("2026-03-02T06:00:00Z"));
    let talk = TestList::open(folder.path(), clock, Faults::none());
    assert_eq!(version(folder.path()), LATEST);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n      2 b@test\n");
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    assert_eq!(relay.recipients(), ["each@example.net"]);
    assert!(talk.send(&Mail::new(AUTHOR, "late").references(&["p", "a"])).is_positive());
    let report = talk.digests("2026-03-02T07:00:00Z");
    assert_eq!((report.made.len(), report.made[0].mails), (1, 1));
    // Whom readers knew before knows the new version too: nobody takes that name.
    assert!(talk.send(&Mail::new("MARINA <each@example.net>", "m").answers("p")).is_positive());
    let shown = talk.threads().into_iter().find(|row| row.message_id == "m@test").unwrap().author;
    assert!(shown.starts_with("MARINA ("), "{shown}");
}

#[test]
fn a_frozen_third_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(file(folder.path())).unwrap().execute_batch(VERSION_3).unwrap();
    assert_eq!(version(folder.path()), 3);
    let clock = Clock::manual(crate::list::time("2026-03-02T06:00:00Z"));
    let talk = TestList::open(folder.path(), clock, Faults::none());
    assert_eq!(version(folder.path()), LATEST);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n      2 b@test\n");
    let held = talk.store.held(None).unwrap();
    assert_eq!(
        (held.len(), held[0].id.0, held[0].list, held[0].reason.as_str()),
        (1, 1, Some(talk.list().id), "command")
    );
    talk.store.reject_held(held[0].id, talk.clock.now()).wait().unwrap();
    let bounces = "SELECT count(*) FROM bounce WHERE member_id = 3 AND outbox_id = 1";
    let database = Connection::open(file(folder.path())).unwrap();
    assert_eq!(database.query_row(bounces, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    assert_eq!(relay.recipients(), ["each@example.net"]);
    // What the version brought is of use: a mail to the owner of the list that was there.
    assert!(talk.send_to(&Mail::new("stranger@example.com", "w"), &["postmaster@lists.example"]).is_positive());
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    assert!(relay.recipients().contains(&AUTHOR.to_owned()));
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(TestList::new(folder.path()));
    Connection::open(file(folder.path())).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let refused = Store::open(&file(folder.path()), Faults::none()).err().unwrap().to_string();
    assert!(refused.contains("newer version") && refused.contains("install"), "{refused}");
    assert_eq!(version(folder.path()), 99);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(file(folder.path())).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let refused = Store::open(&file(folder.path()), Faults::none()).err().unwrap().to_string();
    assert!(refused.contains("another program"), "{refused}");
    assert_eq!(version(folder.path()), 0);
}

#[test]
fn what_was_given_once_is_still_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join("each@example.net", named("Eve", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    let before = talk.tree();
    drop(talk);
    let talk = TestList::open(folder.path(), Clock::manual(crate::list::time(crate::list::START)), Faults::none());
    assert_eq!(talk.tree(), before);
    assert_eq!(talk.member("each@example.net").name.as_deref(), Some("Eve"));
}
