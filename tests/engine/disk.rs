//! A disk that is full, read-only or broken, at any of the operations that taking mail in needs: what cannot be kept is
//! put off, never lost and never acknowledged, and once the disk works again so does everything, by itself.

use std::path::Path;

use rejoinder::clock::Clock;
use rejoinder::smtp::Reply;
use rejoinder::store::Faults;

use crate::breaking::{Disk, Failure};
use crate::list::{AUTHOR, Mail, Remembering, START, TestList, named, time};

const MEMBER: &str = "ada@example.net";

/// A folder with a list in it, to be copied.
fn found() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(MEMBER, named("Ada", "none"));
    copied(folder.path())
}

/// A folder's database as it is on the disk now, in a folder of its own: what a killed process leaves.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["list.db", "list.db-wal"].map(Path::new).into_iter().filter(|file| folder.join(file).exists()) {
        std::fs::copy(folder.join(file), copy.path().join(file)).unwrap();
    }
    copy
}

fn open(folder: &Path) -> TestList {
    TestList::open(folder, Clock::manual(time(START)), Faults::none())
}

fn mails() -> Vec<Mail> {
    let long = "A long mail has pages of its own. ".repeat(600);
    vec![
        Mail::new(AUTHOR, "p"),
        Mail::new(MEMBER, "a").answers("p"),
        Mail::new(MEMBER, "b").answers("late"),
        Mail::new(AUTHOR, "late").answers("a").says(&long),
        Mail::new(MEMBER, "c").answers("b"),
    ]
}

const TREE: &str = "\
p@test
  1 a@test < p@test
      2 b@test < late@test
    3 late@test < a@test
        4 c@test < b@test
";

/// Sends all mails to a list whose disk breaks after so many operations; how many operations failed.
fn breaks(founded: &Path, failure: Failure, spared: usize, failing: usize) -> usize {
    let folder = copied(founded);
    let disk = Disk::of(folder.path());
    let talk = open(folder.path());
    let at = format!("{failure:?} after {spared}, {failing} times");
    disk.breaks(failure, spared, failing);
    let put_off = |reply: &Reply| reply.is_temporary() && reply.code != 421;
    let mut failed = 0;
    for mail in mails() {
        let reply = talk.send(&mail);
        failed += disk.failed();
        if put_off(&reply) {
            assert!(disk.failed() > 0, "{at}: {} was put off for nothing", mail.id);
            // It stays so for as long as the disk is broken, and is well right after.
            let again = talk.send(&mail);
            assert!(put_off(&again) || again.is_positive(), "{at}: {}", again.text);
            disk.mend();
            let again = talk.send(&mail);
            assert!(again.is_positive(), "{at}: {} does not come in any more: {}", mail.id, again.text);
        } else {
            assert!(reply.is_positive(), "{at}: {} was refused: {}", mail.id, reply.text);
        }
    }
    disk.mend();
    assert_eq!(talk.tree(), TREE, "{at}");
    assert_eq!(open(copied(folder.path()).path()).tree(), TREE, "{at}, opened anew");
    failed
}

/// Breaks it at every `stride`-th operation, until there is none left to break; how many times.
fn at_each(failure: Failure, stride: usize, failing: usize) -> usize {
    let founded = found();
    let breaking = |spared: &usize| breaks(founded.path(), failure, *spared, failing) > 0;
    (0..).step_by(stride).take_while(breaking).count()
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_no_mail_and_acknowledges_none_that_it_lost() {
    assert!(at_each(Failure::Full, 1, usize::MAX) > 50);
}

#[test]
fn a_disk_that_cannot_be_written_at_any_time_loses_no_mail_and_acknowledges_none_that_it_lost() {
    assert!(at_each(Failure::Write, 5, usize::MAX) > 10);
}

#[test]
fn a_single_write_that_fails_is_got_over() {
    assert!(at_each(Failure::Write, 5, 1) > 10);
}

#[test]
fn a_disk_that_does_not_say_that_it_kept_what_it_was_given_is_not_believed() {
    assert!(at_each(Failure::Sync, 1, usize::MAX) >= 5);
    assert!(at_each(Failure::Sync, 1, 1) >= 5);
}

#[test]
fn what_the_relay_took_while_the_disk_was_full_is_written_down_later_and_not_sent_again() {
    let founded = found();
    let sent_before = (0..).take_while(|spared| {
        let folder = copied(founded.path());
        let disk = Disk::of(folder.path());
        let talk = open(folder.path());
        for reader in ["one@example.net", "two@example.net", "three@example.net"] {
            talk.join(reader, named("A reader", "each"));
        }
        assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
        talk.fan_out();
        let relay = Remembering::new(&[]);
        let courier = talk.courier(&relay);
        let drain = || talk.runtime.block_on(courier.drain());
        disk.breaks(Failure::Full, *spared, usize::MAX);
        let broke = drain().is_err();
        disk.mend();
        drain().unwrap();
        assert!(talk.store.queue(true).unwrap().iter().all(|row| row.state == "sent"), "after {spared}");
        assert_eq!(relay.recipients().len(), 3, "after {spared}: {:?}", relay.recipients());
        broke
    });
    assert!(sent_before.count() > 5);
}
