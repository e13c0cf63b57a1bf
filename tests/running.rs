//! The whole engine as `serve` runs it: real doors, a real database, the embedded mailbox behind its own door.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use rejoinder::clock::Clock;
use rejoinder::config::{Given, Proof};
use rejoinder::discussion::{Delivery, List, ListName, MailId, Role, Schedule};
use rejoinder::installation::Installation;
use rejoinder::mailbox::Mailbox;
use rejoinder::message::Address;
use rejoinder::serve::{Engine, ServeError};
use rejoinder::store::{ListChange, MemberChange, NewList};

const AUTHOR: &str = "marina@example.org";
const READER: &str = "ellen@example.com";

fn installation(folder: &Path) -> Installation {
    let any = Some("127.0.0.1:0".to_owned());
    let given = Given {
        domain: Some("lists.example".to_owned()),
        smtp_listen: any.clone(),
        local_listen: any,
        proof: Some(Proof::Off),
        ..Given::default()
    };
    let made = Installation::create(folder, &given, Clock::system()).unwrap();
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let name = ListName::parse("talk").unwrap();
    let new = NewList { name, title: "Talk".to_owned(), schedule, at: made.clock.now() };
    let list = made.store.create_list(new).wait().unwrap();
    let author = MemberChange { role: Some(Role::Author), delivery: Some(Delivery::None), ..MemberChange::default() };
    let reader = MemberChange { delivery: Some(Delivery::Each), ..MemberChange::default() };
    let people = vec![(Address::parse(AUTHOR).unwrap(), author), (Address::parse(READER).unwrap(), reader)];
    made.store.join(list, people, made.clock.now()).wait().unwrap();
    made
}

fn list(installation: &Installation) -> List {
    installation.store.list_by_name(&ListName::parse("talk").unwrap()).unwrap().unwrap()
}

/// Says one mail to a door, as a simple client does; the code of the last reply to it.
fn say(door: SocketAddr, from: &str, to: &str, content: &str) -> u16 {
    let stream = TcpStream::connect(door).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut read = || loop {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line[..3].parse::<u16>().unwrap();
        }
    };
    assert_eq!(read(), 220);
    let mut code = 0;
    for line in ["EHLO client.example", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA"] {
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        code = read();
        if code >= 400 {
            return code;
        }
    }
    assert_eq!(code, 354);
    let stuffed = content.replace("\r\n.", "\r\n..");
    stream.write_all(format!("{stuffed}.\r\n").as_bytes()).unwrap();
    read()
}

fn mail(from: &str, id: &str, headers: &str, text: &str) -> String {
    format!(
        "From: {from}\r\nTo: talk@lists.example\r\nSubject: On {id}\r\nMessage-ID: <{id}@test>\r\n{headers}\r\n{text}\r\n"
    )
}

/// What is in the mailbox once `wanted` mails are; looks again and again, and gives up after long enough for any machine.
fn arrived(installation: &Installation, wanted: usize) -> Vec<String> {
    let mailbox = Mailbox::open(installation.mailbox(), installation.clock.clone()).unwrap();
    for _ in 0..3000 {
        let entries = mailbox.list().unwrap();
        if entries.len() >= wanted {
            let read = |number| String::from_utf8(mailbox.read(number).unwrap().unwrap()).unwrap();
            return entries.iter().map(|entry| read(entry.number)).collect();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{} mails arrived, not {wanted}", mailbox.list().unwrap().len());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_mail_goes_round_the_whole_loop_and_back_in_by_its_reply_address() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(&folder.path().join("data"));
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    let door = engine.listening.smtp.unwrap();
    assert_eq!(
        say(door, AUTHOR, "talk@lists.example", &mail("Marina <marina@example.org>", "p", "", "Hello all.")),
        250
    );
    let copy = arrived(&installation, 1).remove(0);
    assert!(copy.contains("Delivered-To: ellen@example.com\r\n"), "{copy}");
    assert!(copy.contains("Return-Path: <talk+b."), "no VERP:\n{copy}");
    let unfolded = copy.replace("\r\n ", " ");
    let reply_to = unfolded.lines().find(|line| line.starts_with("Reply-To:")).unwrap();
    let reply_to = reply_to.rsplit('<').next().unwrap().trim_end_matches('>');
    let local = engine.listening.local.unwrap();
    assert_eq!(say(local, READER, reply_to, &mail("Ellen <ellen@example.com>", "a", "", "Hello, Marina.")), 250);
    let threads = installation.store.threads(list(&installation).id).unwrap();
    let rows: Vec<_> = threads.iter().map(|row| (row.message_id.as_str(), row.parent.as_deref())).collect();
    assert_eq!(rows, [("p@test", None), ("a@test", Some("p@test"))]);
    // The bounce of the copy is kept with the reader.
    let reverse_path = copy.split_once("Return-Path: <").unwrap().1.split_once('>').unwrap().0;
    assert_eq!(
        say(door, "", reverse_path, &mail("mailer-daemon@example.com", "b", "Auto-Submitted: auto-replied\r\n", "No.")),
        250
    );
    runtime.block_on(engine.stop());
}

#[test]
fn postmaster_without_a_domain_is_there_at_both_doors_and_reaches_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    let mut installation = installation(&folder.path().join("data"));
    // The doors greet by this name, and add it to the bare word.
    installation.config.server.hostname = Some("mx.example".to_owned());
    let owner = ListChange { owner: Some(Address::parse(AUTHOR).unwrap()), ..ListChange::default() };
    installation.store.change_list(list(&installation).id, owner, installation.clock.now()).wait().unwrap();
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    for (door, to) in [(engine.listening.smtp, "postmaster"), (engine.listening.local, "PostMaster")] {
        let stranger = "stranger@example.net";
        assert_eq!(say(door.unwrap(), stranger, to, &mail(stranger, to, "", "Your list writes to me.")), 250);
    }
    for mail in arrived(&installation, 2) {
        assert!(mail.contains(&format!("Delivered-To: {AUTHOR}\r\n")), "{mail}");
        assert!(
            mail.contains("Content-Type: message/rfc822\r\n") && mail.contains("Your list writes to me."),
            "{mail}"
        );
    }
    runtime.block_on(engine.stop());
}

#[test]
fn the_same_mail_through_both_doors_is_kept_the_same_to_the_octet() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(&folder.path().join("data"));
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    let texts = [
        "plain",
        ".\r\n..leading dots\r\n.",
        "eight bit: Zoë, 日本語\r\n\r\n\r\n",
        "",
        &"a long line ".repeat(400),
        "  blanks at the end  \t",
    ];
    for (n, text) in texts.iter().enumerate() {
        let mut kept = Vec::new();
        for (name, door) in [("pub", engine.listening.smtp.unwrap()), ("loc", engine.listening.local.unwrap())] {
            let id = format!("{name}{n}");
            assert_eq!(say(door, AUTHOR, "talk@lists.example", &mail(AUTHOR, &id, "", text)), 250, "{name}: {text:?}");
            kept.push((id, name));
        }
        let raws: Vec<String> = kept.iter().map(|(id, name)| raw(&installation, id).replace(name, "door")).collect();
        assert_eq!(raws[0], raws[1], "mail {n}");
        assert!(raws[0].ends_with(&format!("\r\n\r\n{text}\r\n")), "mail {n}: {:?}", raws[0]);
    }
    runtime.block_on(engine.stop());
}

/// A kept mail's octets, by its Message-ID: published or held.
fn raw(installation: &Installation, id: &str) -> String {
    let id = format!("{id}@test");
    let threads = installation.store.threads(list(installation).id).unwrap();
    let published = threads.iter().find(|row| row.message_id == id).map(|row| row.mail);
    let mail = published.unwrap_or_else(|| {
        let held = installation.store.held(None).unwrap();
        held.iter().find(|held| held.subject == format!("On {}", id.trim_end_matches("@test"))).unwrap().mail
    });
    let (envelope, kept) = installation.store.stored_mail(mail).unwrap();
    String::from_utf8(envelope.without_trace(&kept).to_vec()).unwrap()
}

#[test]
fn a_mail_that_is_handed_back_to_us_again_and_again_comes_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(&folder.path().join("data"));
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    let door = engine.listening.smtp.unwrap();
    let mut circling = mail(AUTHOR, "round", "", "Hello all.");
    let mut rounds = 0;
    let end = loop {
        let code = say(door, AUTHOR, "talk@lists.example", &circling);
        if code != 250 {
            break code;
        }
        rounds += 1;
        let (_, kept) = installation.store.stored_mail(MailId(rounds)).unwrap();
        circling = String::from_utf8(kept).unwrap();
        assert_eq!(circling.matches("\r\n\tby lists.example with ESMTP id ").count(), rounds as usize, "{circling}");
    };
    assert_eq!((end, rounds), (554, 11));
    assert_eq!(installation.store.threads(list(&installation).id).unwrap().len(), 1, "published once");
    let far = "Received: from a.example by b.example; Sun, 1 Mar 2026 08:00:00 +0000\r\n".repeat(101);
    assert_eq!(say(door, AUTHOR, "talk@lists.example", &mail(AUTHOR, "far", &far, "Hello all.")), 554);
    runtime.block_on(engine.stop());
}

#[test]
fn a_second_engine_in_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(&folder.path().join("data"));
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    assert!(matches!(runtime.block_on(Engine::start(&installation)), Err(ServeError::Running)));
    runtime.block_on(engine.stop());
    runtime.block_on(async { Engine::start(&installation).await.unwrap().stop().await });
}

#[test]
fn a_door_may_be_open_to_others_and_ask_for_proof() {
    let folder = tempfile::tempdir().unwrap();
    let mut installation = installation(&folder.path().join("data"));
    installation.config.smtp.listen = Some("0.0.0.0:0".parse().unwrap());
    installation.config.trust.proof = Proof::Preferred;
    installation.config.trust.resolver = Some("127.0.0.1:53".parse().unwrap());
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    assert!(engine.listening.smtp.is_some_and(|door| door.ip().is_unspecified()));
    runtime.block_on(engine.stop());
}

#[test]
fn what_a_killed_run_had_in_hand_is_sent_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let installation = installation(&data);
    let runtime = runtime();
    let engine = runtime.block_on(Engine::start(&installation)).unwrap();
    let door = engine.listening.smtp.unwrap();
    let reader = list(&installation);
    let none = MemberChange { delivery: Some(Delivery::Daily), ..MemberChange::default() };
    let address = Address::parse(READER).unwrap();
    installation.store.join(reader.id, vec![(address, none)], installation.clock.now()).wait().unwrap();
    assert_eq!(say(door, AUTHOR, "talk@lists.example", &mail(AUTHOR, "p", "", "Hello all.")), 250);
    runtime.block_on(engine.stop());
    let tomorrow = installation.clock.now() + jiff::SignedDuration::from_hours(26);
    assert_eq!(installation.job().run(&list(&installation), tomorrow).unwrap().made.len(), 1);
    // A run claims it and is killed.
    let now = installation.clock.now();
    let lease_ends = now + jiff::SignedDuration::from_hours(1);
    assert_eq!(installation.store.claim_outbox("run", now, lease_ends, 9).wait().unwrap().mails.len(), 1);
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_rejoinder"))
        .args(["digest", "run", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    assert_eq!(arrived(&installation, 1).len(), 1);
}
