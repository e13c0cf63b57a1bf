//! With programs of others, where they are installed: the demo through a real Postfix and back, Postfix's own source of
//! mail, and swaks. Everything stays on this machine.

mod instance;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use instance::{Postfix, Routes, free_address, is_there, program};
use rejoinder::clock::Clock;
use rejoinder::config::{Given, Proof};
use rejoinder::discussion::{Delivery, List, ListName, Role, Schedule};
use rejoinder::installation::Installation;
use rejoinder::mailbox::Mailbox;
use rejoinder::message::Address;
use rejoinder::store::{MemberChange, NewList};

/// A reader whom the mail server does not know.
const GONE: &str = "nobody@example.net";

fn rejoinder(words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rejoinder"));
    command.args(words).arg("--data").arg(folder).env_remove("REJOINDER_DATA").env_remove("REJOINDER_LOG");
    command
}

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn talk(installation: &Installation) -> List {
    installation.store.list_by_name(&ListName::parse("talk").unwrap()).unwrap().unwrap()
}

#[test]
fn the_demo_goes_through_a_real_mail_server_and_bounces_come_back_to_their_own_addresses() {
    if !is_there("postfix") {
        return;
    }
    let (door, mailbox) = (free_address(), free_address());
    let postfix = Postfix::start(&Routes { ours: ("lists.example", door), others: mailbox, unknown: GONE });
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("demo");
    let mut demo = rejoinder(&["demo", "--once", "--gone", GONE], &folder);
    demo.args(["--relay", &format!("smtp://{}", postfix.address)]);
    demo.args(["--smtp-listen", &door.to_string(), "--mailbox-listen", &mailbox.to_string()]);
    let output = demo.output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}\n{}", postfix.log());
    for words in
        ["Everything came out as expected.", "came back, each to an address of its own", "Mail goes out through"]
    {
        assert!(told.contains(words), "{words:?} is not told in:\n{told}");
    }
    let installation = Installation::open(&folder, Clock::system()).unwrap();
    let list = talk(&installation);
    assert_eq!(installation.store.threads(list.id).unwrap().len(), 17);
    let member = installation.store.member(list.id, &Address::parse(GONE).unwrap()).unwrap().unwrap().id;
    let bounces = installation.store.bounces(list.id).unwrap();
    // A copy of each of the 17, and a bounce of each copy.
    assert_eq!(bounces.len(), 17);
    assert!(bounces.iter().all(|bounce| bounce.member == Some(member) && bounce.outbox.is_some()), "{bounces:?}");
    let arrived = Mailbox::open(installation.mailbox(), Clock::system()).unwrap();
    // As many as without a mail server between.
    assert_eq!(arrived.list().unwrap().len(), 6 + 5 + 51 + 8);
    let first = String::from_utf8(arrived.read(1).unwrap().unwrap()).unwrap();
    assert!(first.contains("Return-Path: <talk+b.") && first.contains("by mail.relay.example (Postfix)"), "{first}");
}

/// A serving engine, ended where a test fails before its end.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // It fails where it has ended, as it should have.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A data folder with a list that Marina writes to, and the engine over it; where its door is.
fn serving(folder: &Path) -> (Installation, Serving, String) {
    let given = Given {
        domain: Some("lists.example".to_owned()),
        smtp_listen: Some("127.0.0.1:0".to_owned()),
        proof: Some(Proof::Off),
        ..Given::default()
    };
    let made = Installation::create(folder, &given, Clock::system()).unwrap();
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let name = ListName::parse("talk").unwrap();
    let new = NewList { name, title: "Talk".to_owned(), schedule, at: made.clock.now() };
    let list = made.store.create_list(new).wait().unwrap();
    let author = MemberChange { role: Some(Role::Author), delivery: Some(Delivery::None), ..MemberChange::default() };
    let people = vec![(Address::parse("marina@example.org").unwrap(), author)];
    made.store.join(list, people, made.clock.now()).wait().unwrap();
    let mut serve = rejoinder(&["serve"], folder);
    let mut child = serve.env("REJOINDER_LOG", "error").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let door = lines.map(Result::unwrap).find_map(|line| line.strip_prefix("smtp ").map(str::to_owned)).unwrap();
    (made, Serving(child), door)
}

#[test]
fn every_mail_of_postfixs_smtp_source_is_kept() {
    if !is_there("smtp-source") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (installation, _serving, door) = serving(&folder.path().join("data"));
    let mut source = program("smtp-source");
    source.args(["-d", "-s", "20", "-m", "300", "-l", "4096", "-f", "marina@example.org", "-t", "talk@lists.example"]);
    let output = source.arg(&door).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let threads = installation.store.threads(talk(&installation).id).unwrap();
    let ids: std::collections::BTreeSet<_> = threads.iter().map(|row| row.message_id.clone()).collect();
    assert_eq!((threads.len(), ids.len()), (300, 300));
}

#[test]
fn an_answer_that_swaks_sends_stands_under_what_it_answers() {
    if !is_there("swaks") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (installation, _serving, door) = serving(&folder.path().join("data"));
    let swaks = |headers: &[&str]| {
        let mut swaks = Command::new("swaks");
        swaks.args(["--server", &door, "--from", "marina@example.org", "--to", "talk@lists.example"]);
        for header in headers {
            swaks.args(["--header", *header]);
        }
        let output = swaks.args(["--body", "Most of us listen the way we wait for a bus."]).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
    };
    swaks(&["Subject: On listening", "Message-Id: <one@example.org>"]);
    swaks(&["Subject: Re: On listening", "Message-Id: <two@example.org>", "In-Reply-To: <one@example.org>"]);
    let threads = installation.store.threads(talk(&installation).id).unwrap();
    let rows: Vec<_> = threads.iter().map(|row| (row.message_id.as_str(), row.parent.as_deref())).collect();
    assert_eq!(rows, [("one@example.org", None), ("two@example.org", Some("one@example.org"))]);
}
