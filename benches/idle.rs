//! What a good mail waits for, and what memory the program takes, while others hold its door: idle clients, slow ones, and
//! an endless line.
//!
//! ```text
//! cargo bench --bench idle -- [--idle 200] [--slow 20] [--mails 200]
//! ```
//! The targets: no mail waits a second, under 40 MiB at rest, under 150 MiB in all of this. Each slow client sends an
//! octet at a time: of a command, of a mail, and of a mail's last line. Memory is the system's word for it (VmRSS), so this
//! runs on Linux only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rejoinder::clock::Clock;
use rejoinder::config::{Given, Proof};
use rejoinder::discussion::{Delivery, ListName, Role, Schedule};
use rejoinder::installation::Installation;
use rejoinder::message::Address;
use rejoinder::store::{MemberChange, NewList};

const AUTHOR: &str = "marina@example.org";

/// How long a slow client waits between two octets.
const SLOWLY: Duration = Duration::from_millis(50);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str, default: usize| {
        let value = arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
        value.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number, not {text}")))
    };
    let (idle, slow, mails) = (argument("--idle", 200), argument("--slow", 20), argument("--mails", 200));
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    found(&data);
    let (mut served, door) = serve(&data);
    let memory = |what: &str| println!("{what:44} {:6.1} MiB", resident_mib(&served));
    std::thread::sleep(Duration::from_secs(3));
    memory("at rest, just started");
    send_all(door, "before", mails);
    std::thread::sleep(Duration::from_secs(3));
    memory(&format!("at rest, after {mails} mails"));
    let over = Arc::new(AtomicBool::new(false));
    let idle: Vec<TcpStream> = (0..idle).map(|_| greeted(door)).collect();
    memory(&format!("with {} idle clients", idle.len()));
    let slow_ones: Vec<_> = (0..slow).map(|number| be_slow(door, number, &over)).collect();
    let endless = be_endless(door, &over);
    std::thread::sleep(Duration::from_secs(2));
    memory(&format!("and {slow} slow ones, and an endless line"));
    send_all(door, "meanwhile", mails);
    memory("and after the mails meanwhile");
    println!("{:44} {:6.1} MiB", "the most it ever took", status_mib(&served, "VmHWM:"));
    over.store(true, Ordering::SeqCst);
    let octets = endless.join().unwrap();
    slow_ones.into_iter().for_each(|client| client.join().unwrap());
    println!("the endless line had {} MiB by then", octets >> 20);
    drop(idle);
    served.kill().unwrap();
    served.wait().unwrap();
}

fn found(data: &Path) {
    let given = Given {
        domain: Some("lists.example".to_owned()),
        smtp_listen: Some("127.0.0.1:0".to_owned()),
        proof: Some(Proof::Off),
        ..Given::default()
    };
    let made = Installation::create(data, &given, Clock::system()).unwrap();
    // All clients here are one address, and more of them than one is allowed by itself.
    let settings = data.join(rejoinder::config::FILE);
    let text = std::fs::read_to_string(&settings).unwrap();
    let roomy = text.replace("# sessions_per_address = 200", "sessions_per_address = 1000");
    assert_ne!(text, roomy, "the setting is not where it was");
    std::fs::write(&settings, roomy).unwrap();
    let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let name = ListName::parse("talk").unwrap();
    let new = NewList { name, title: "Talk".to_owned(), schedule, at: made.clock.now() };
    let list = made.store.create_list(new).wait().unwrap();
    let author = MemberChange { role: Some(Role::Author), delivery: Some(Delivery::None), ..MemberChange::default() };
    let people = vec![(Address::parse(AUTHOR).unwrap(), author)];
    made.store.join(list, people, made.clock.now()).wait().unwrap();
}

fn serve(data: &Path) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rejoinder"))
        .args(["serve", "--data"])
        .arg(data)
        .env("REJOINDER_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let door = line.strip_prefix("smtp ").and_then(|address| address.trim().parse().ok());
    (child, door.unwrap_or_else(|| panic!("serve said {line:?}")))
}

fn greeted(door: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"220");
    stream
}

/// A client that says its session octet by octet, again and again.
fn be_slow(door: SocketAddr, number: usize, over: &Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    let over = Arc::clone(over);
    let before =
        format!("EHLO slow{number}.example\r\nMAIL FROM:<{AUTHOR}>\r\nRCPT TO:<talk@lists.example>\r\nDATA\r\n");
    // Some are at a command, some in a mail, some at its end.
    let (at_once, slowly) = match number % 3 {
        0 => (String::new(), "NOOP ".repeat(1000)),
        1 => (before, "word ".repeat(1000)),
        _ => (before + &"A line of a long mail.\r\n".repeat(100_000), "\r\n.".repeat(1000)),
    };
    std::thread::spawn(move || {
        let mut stream = greeted(door);
        let mut say = |octets: &[u8]| stream.write_all(octets).is_ok();
        let mut goes_on = say(at_once.as_bytes());
        for octet in slowly.bytes() {
            if !goes_on || over.load(Ordering::SeqCst) {
                return;
            }
            std::thread::sleep(SLOWLY);
            goes_on = say(&[octet]);
        }
    })
}

/// A client whose command never ends; how many octets it said.
fn be_endless(door: SocketAddr, over: &Arc<AtomicBool>) -> std::thread::JoinHandle<usize> {
    let over = Arc::clone(over);
    std::thread::spawn(move || {
        let mut stream = greeted(door);
        let mut octets = 0;
        while !over.load(Ordering::SeqCst) && stream.write_all(&[b'x'; 16 << 10]).is_ok() {
            octets += 16 << 10;
        }
        octets
    })
}

/// Sends mails one after another, each in a session of its own, and tells how long they took.
fn send_all(door: SocketAddr, when: &str, mails: usize) {
    let mut took: Vec<Duration> = (0..mails).map(|number| send(door, &format!("{when}{number}"))).collect();
    took.sort_unstable();
    let (middle, worst) = (took[took.len() / 2], took[took.len() - 1]);
    println!("a mail {when:37} {middle:>9.1?} (the worst of {mails}: {worst:.1?})");
}

/// From the connection to the reply at the end of the mail.
fn send(door: SocketAddr, id: &str) -> Duration {
    let began = Instant::now();
    let mut says = TcpStream::connect(door).unwrap();
    says.set_nodelay(true).unwrap();
    let mut hears = BufReader::new(says.try_clone().unwrap());
    let mut hear = |code: &str| loop {
        let mut line = String::new();
        hears.read_line(&mut line).unwrap();
        assert!(line.starts_with(code), "{line}");
        if line.as_bytes()[3] == b' ' {
            break;
        }
    };
    hear("220");
    says.write_all(b"EHLO good.example\r\n").unwrap();
    hear("250");
    says.write_all(format!("MAIL FROM:<{AUTHOR}>\r\nRCPT TO:<talk@lists.example>\r\nDATA\r\n").as_bytes()).unwrap();
    ["250", "250", "354"].into_iter().for_each(&mut hear);
    let text = "These are the words of a good mail, which somebody wrote.\r\n".repeat(60);
    let head = format!("From: {AUTHOR}\r\nTo: talk@lists.example\r\nSubject: {id}\r\nMessage-ID: <{id}@test>\r\n");
    says.write_all(format!("{head}\r\n{text}.\r\n").as_bytes()).unwrap();
    hear("250");
    began.elapsed()
}

fn resident_mib(child: &Child) -> f64 {
    status_mib(child, "VmRSS:")
}

fn status_mib(child: &Child, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
