//! Files that a crash or a bad disk left damaged: a journal with a garbled tail costs nothing that stands before it, and
//! a garbled database is named as such.

use std::path::{Path, PathBuf};

use rejoinder::clock::Clock;
use rejoinder::store::{Faults, Store};

use crate::list::{AUTHOR, Mail, START, TestList, named, time};

const MEMBER: &str = "ada@example.net";

/// Damages a file, the second from some octet on.
type Garble = fn(&mut Vec<u8>);
type GarbleFrom = fn(&mut Vec<u8>, usize);

fn journal(folder: &Path) -> PathBuf {
    folder.join("list.db-wal")
}

fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["list.db", "list.db-wal"] {
        std::fs::copy(folder.join(file), copy.path().join(file)).unwrap();
    }
    copy
}

/// Puts all of the journal into the database; there is no journal then.
fn put_in_order(folder: &Path) {
    let db = rusqlite::Connection::open(folder.join("list.db")).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
}

fn mail(n: usize) -> Mail {
    let mail = Mail::new(if n == 0 { AUTHOR } else { MEMBER }, &format!("m{n}"));
    if n == 0 { mail } else { mail.answers(&format!("m{}", n - 1)) }
}

/// A list as a killed process leaves it, and where its journal ended when each mail was acknowledged.
fn killed() -> (tempfile::TempDir, Vec<usize>) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(MEMBER, named("Ada", "none"));
    let length = || std::fs::metadata(journal(folder.path())).unwrap().len() as usize;
    let ends = (0..12).map(|n| {
        assert!(talk.send(&mail(n)).is_positive());
        length()
    });
    let ends: Vec<usize> = ends.collect();
    // A journal that was begun anew would tell nothing by its length.
    assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
    // Copied while it is open: nothing is put in order at its end.
    (copied(folder.path()), ends)
}

/// Opens a folder whose journal was garbled from `at` on: what was acknowledged before is there, and the list goes on.
fn check(folder: &Path, ends: &[usize], at: usize, how: &str) {
    let talk = TestList::open(folder, Clock::manual(time(START)), Faults::none());
    let there = talk.threads().len();
    let before = ends.iter().filter(|end| **end <= at).count();
    assert!(there >= before, "{how} at {at}: {before} mails were before it, and {there} are there");
    for n in there..ends.len() {
        assert!(talk.send(&mail(n)).is_positive(), "{how} at {at}: mail {n} does not come in");
    }
    assert!(talk.send(&mail(0)).text.contains("Already here"), "{how} at {at}");
    let ids: Vec<String> = talk.threads().iter().map(|row| row.message_id.clone()).collect();
    let expected: Vec<String> = (0..ends.len()).map(|n| format!("m{n}@test")).collect();
    assert_eq!(ids, expected, "{how} at {at}");
    let db = rusqlite::Connection::open(folder.join("list.db")).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "{how} at {at}");
}

#[test]
fn a_journal_with_a_garbled_tail_costs_nothing_that_stands_before_it() {
    let (folder, ends) = killed();
    let whole = std::fs::read(journal(folder.path())).unwrap();
    let garble: [(&str, GarbleFrom); 5] = [
        ("one bit turned", |wal, at| wal[at] ^= 0x10),
        ("cut off", Vec::truncate),
        ("zeros", |wal, at| wal[at..].fill(0)),
        ("noise", |wal, at| wal[at..].iter_mut().enumerate().for_each(|(n, byte)| *byte = (n * 167 + 13) as u8)),
        ("an old end once more", |wal, at| {
            let older = wal[at / 2..at].to_vec();
            wal.truncate(at);
            wal.extend(older);
        }),
    ];
    // Just before, at and after what each of the last mails wrote, and in the midst of it.
    let last = &ends[ends.len() - 4..];
    let places = last.windows(2).flat_map(|pair| [pair[0] - 1, pair[0], pair[0] + 1, (pair[0] + pair[1]) / 2]);
    for at in places.chain([whole.len() - 1]) {
        for (how, garble) in garble {
            let copy = copied(folder.path());
            let mut wal = whole.clone();
            garble(&mut wal, at);
            std::fs::write(journal(copy.path()), wal).unwrap();
            check(copy.path(), &ends, at, how);
        }
    }
}

#[test]
fn a_journal_of_which_nothing_can_be_read_leaves_what_was_put_into_the_database_before() {
    let (folder, ends) = killed();
    put_in_order(folder.path());
    std::fs::write(journal(folder.path()), [0x5a; 5_000]).unwrap();
    check(folder.path(), &ends, usize::MAX, "nothing but noise");
}

#[test]
fn a_garbled_database_is_named_with_what_to_do() {
    let (folder, _) = killed();
    let path = folder.path().join("list.db");
    put_in_order(folder.path());
    let whole = std::fs::read(&path).unwrap();
    let garbled: [(&str, Garble); 5] = [
        ("its beginning", |file| file[..100].fill(0x5a)),
        ("its first page", |file| file[100..4096].fill(0x5a)),
        ("all but its header", |file| file[4096..].fill(0x5a)),
        ("cut off in its first page", |file| file.truncate(1_000)),
        ("another file", |file| *file = b"To whom it may concern\n".repeat(400)),
    ];
    for (how, garble) in garbled {
        let mut file = whole.clone();
        garble(&mut file);
        std::fs::write(&path, file).unwrap();
        let fault = match Store::open(&path, Faults::none()) {
            Err(fault) => fault,
            // What is damaged shows when it is first read.
            Ok(store) => store.lists().map(|lists| lists.len()).expect_err(how),
        };
        let fault = fault.to_string();
        assert!(fault.contains("damaged") && fault.contains("restore it from a backup"), "{how}: {fault}");
    }
}

#[test]
fn mail_to_a_database_that_is_damaged_within_is_put_off_and_nothing_panics() {
    let (folder, ends) = killed();
    let path = folder.path().join("list.db");
    put_in_order(folder.path());
    let whole = std::fs::read(&path).unwrap();
    for page in 1..whole.len() / 4096 {
        let copy = tempfile::tempdir().unwrap();
        let mut file = whole.clone();
        file[page * 4096..(page + 1) * 4096].fill(0x5a);
        std::fs::write(copy.path().join("list.db"), file).unwrap();
        let Ok(_) = Store::open(&copy.path().join("list.db"), Faults::none()) else { continue };
        let talk = TestList::open(copy.path(), Clock::manual(time(START)), Faults::none());
        for n in 0..=ends.len() {
            let reply = talk.send_to(&mail(n), &["talk@lists.example"]);
            let refused = !reply.is_positive() && !reply.is_temporary();
            assert!(!refused, "page {page}, mail {n}: {} {}", reply.code, reply.text);
        }
    }
}
