//! A disk that fills up under the running program, and one that cannot be written when it starts.

use std::collections::HashMap;
use std::path::Path;

use crate::disk::SmallDisk;
use crate::story::clients::{Mail, Session};
use crate::story::reckoning::{self, Acknowledged};
use crate::story::served::{self, Served};
use crate::story::sink::Sink;
use crate::story::{AUTHOR, found, writer};

/// Mails that answer one another, as many as are wanted.
fn mails() -> impl Iterator<Item = Mail> {
    let id = |n: usize| format!("m{n:05}");
    (0..).map(move |n| Mail {
        id: id(n),
        from: if n == 0 { AUTHOR.to_owned() } else { writer(n % 5) },
        parent: n.checked_sub(1).map(|before| id(before / 2)),
    })
}

/// Has what is due go out, ends the program, and reckons.
fn reckon(served: Served, data: &Path, sink: &Sink, acknowledged: &Acknowledged) {
    served::digest_done(data, 0);
    served::wait_for_empty_queue(data);
    served.stop();
    reckoning::threads(&served::threads(data), acknowledged).unwrap();
    reckoning::readers(&sink.taken(), acknowledged).unwrap();
}

#[test]
fn on_a_full_disk_mail_is_put_off_and_with_room_again_everything_goes_on_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let Some(disk) = SmallDisk::mount(&data, 16) else { return };
    let sink = Sink::start();
    found(&data, &sink);
    let served = Served::start(&data);
    let mut session = Session::open(served.address).unwrap();
    let mut acknowledged = HashMap::new();
    let mut mails = mails();
    for mail in mails.by_ref().take(5) {
        assert!(session.send(&mail).unwrap().starts_with("250"));
        acknowledged.insert(mail.id, mail.parent);
    }
    disk.fill();
    let mut put_off = Vec::new();
    for mail in mails.by_ref().take(20_000) {
        match session.send(&mail).unwrap() {
            line if line.starts_with("250") => drop(acknowledged.insert(mail.id, mail.parent)),
            line => {
                assert!(line.starts_with("451 4.3.0"), "{line}");
                put_off.push(mail);
            }
        }
        if put_off.len() == 10 {
            break;
        }
    }
    assert_eq!(put_off.len(), 10, "the disk does not fill");
    assert!(served::log(&data).contains("make room on the disk"), "{}", served::log(&data));
    disk.make_room();
    // The same session, and the same process.
    for mail in put_off {
        let line = session.send(&mail).unwrap();
        assert!(line.starts_with("250"), "{line}");
        acknowledged.insert(mail.id, mail.parent);
    }
    reckon(served, &data, &sink, &acknowledged);
}

#[test]
fn killed_on_a_full_disk_it_starts_again_with_all_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let Some(disk) = SmallDisk::mount(&data, 16) else { return };
    let sink = Sink::start();
    found(&data, &sink);
    let served = Served::start(&data);
    let mut session = Session::open(served.address).unwrap();
    let mut acknowledged = HashMap::new();
    disk.fill();
    let mut put_off = None;
    for mail in mails().take(20_000) {
        if !session.send(&mail).unwrap().starts_with("250") {
            put_off = Some(mail);
            break;
        }
        acknowledged.insert(mail.id, mail.parent);
    }
    let put_off = put_off.expect("the disk does not fill");
    served.kill();
    // Either it serves, and puts mail off, or it says what to do.
    let before = served::log(&data).len();
    match Served::started(&data) {
        Ok(served) => served.kill(),
        Err(()) => {
            let why = served::log(&data).split_off(before);
            assert!(why.contains("room"), "{why}");
        }
    }
    disk.make_room();
    let served = Served::start(&data);
    let line = Session::open(served.address).unwrap().send(&put_off).unwrap();
    assert!(line.starts_with("250"), "{line}");
    acknowledged.insert(put_off.id, put_off.parent);
    reckon(served, &data, &sink, &acknowledged);
}

#[test]
fn on_a_disk_that_cannot_be_written_it_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let Some(disk) = SmallDisk::mount(&data, 16) else { return };
    found(&data, &Sink::start());
    disk.read_only(true);
    assert!(Served::started(&data).is_err());
    let log = served::log(&data);
    assert!(log.contains("read-only") && log.lines().count() == 1, "{log}");
    disk.read_only(false);
    Served::start(&data).stop();
}
