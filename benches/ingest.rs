//! How fast mail comes in: from an SMTP client to where it is on the disk and in its place, through the real program.
//!
//! ```text
//! cargo bench --bench ingest -- [--mails 20000] [--sessions 50] [--archive 100000] [--bytes 4096]
//! ```
//! Four rounds in one run, each of `--mails` mails: posts and answers in an archive that is almost empty, then in one of
//! `--archive`. An answer goes to a mail that was taken before, chosen by a fixed series of numbers. Prints mails a second,
//! and on Linux the processor time that the program took for each. Machines are noisy: compare the rounds of one run.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rejoinder");
const AUTHOR: &str = "a@example.org";

fn main() {
    let wanted = Wanted::by_arguments();
    let folder = tempfile::tempdir().expect("a folder for the list");
    let program = Program::start(folder.path());
    let mut sent = Sent::default();
    program.round(&wanted, &mut sent, "warming up", 1_000, Kind::Post);
    program.round(&wanted, &mut sent, "posts, hardly an archive", wanted.mails, Kind::Post);
    program.round(&wanted, &mut sent, "answers, hardly an archive", wanted.mails, Kind::Answer);
    let more = wanted.archive.saturating_sub(sent.parents.len());
    program.round(&wanted, &mut sent, "filling the archive with answers", more, Kind::Answer);
    program.round(&wanted, &mut sent, "posts in the archive", wanted.mails, Kind::Post);
    program.round(&wanted, &mut sent, "answers in the archive", wanted.mails, Kind::Answer);
    let taken = sent.parents.len();
    let kept = program.kept(folder.path(), &sent);
    assert_eq!(kept, (taken, taken), "mails kept, and of those in their place, are not those that were taken");
    println!("{taken} mails were taken, and all of them are there, each under what it answers");
}

/// How much is to be done.
struct Wanted {
    mails: usize,
    sessions: usize,
    archive: usize,
    bytes: usize,
}

impl Wanted {
    fn by_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let argument = |name: &str, default: usize| {
            let value = arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
            value.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number, not {text}")))
        };
        Self {
            mails: argument("--mails", 20_000),
            sessions: argument("--sessions", 50),
            archive: argument("--archive", 100_000),
            bytes: argument("--bytes", 4_096),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Post,
    Answer,
}

/// For each mail that was taken, what it answers.
#[derive(Default)]
struct Sent {
    parents: Vec<Option<usize>>,
}

/// `rejoinder serve` over a list of its own; ended when dropped.
struct Program {
    child: Child,
    door: SocketAddr,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let data = folder.join("list");
        let init = ["--domain", "lists.example", "--list", "talk", "--author", AUTHOR, "--smtp-listen", "127.0.0.1:0"];
        rejoinder(&data, &[&["init"], &init[..]].concat());
        let settings = data.join("rejoinder.toml");
        let text = std::fs::read_to_string(&settings).expect("settings");
        let text = text.replace("# proof = \"preferred\"", "proof = \"off\"");
        let text = text.replace("# sessions_per_address = 200", "sessions_per_address = 1000");
        std::fs::write(&settings, text).expect("settings");
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let door = lines.filter_map(|line| line.strip_prefix("smtp ").and_then(|at| at.parse().ok())).next();
        Self { child, door: door.expect("it says where it listens") }
    }

    /// Sends `mails` of a kind, and says how fast.
    fn round(&self, wanted: &Wanted, sent: &mut Sent, what: &str, mails: usize, kind: Kind) {
        let taken = sent.parents.len();
        let parents = (taken..taken + mails).map(|number| (kind == Kind::Answer).then(|| chosen(number, taken)));
        sent.parents.extend(parents);
        let (next, parents) = (AtomicUsize::new(taken), &sent.parents);
        let (began, before) = (Instant::now(), self.processor_micros());
        std::thread::scope(|scope| {
            for _ in 0..wanted.sessions {
                scope.spawn(|| {
                    let mut session = Session::begin(self.door);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(parent) = parents.get(number) else { break };
                        session.send(&mail(number, *parent, wanted.bytes));
                    }
                });
            }
        });
        let seconds = began.elapsed().as_secs_f64();
        let micros = before.zip(self.processor_micros()).map(|(before, after)| (after - before) / mails.max(1) as f64);
        let processor = micros.map(|micros| format!("{micros:.0} µs of processor time each")).unwrap_or_default();
        println!("{what:34} {mails:7} mails {:7.0} a second   {processor}", mails as f64 / seconds);
    }

    /// What the program and its threads had of the processors so far.
    fn processor_micros(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks * 10_000.0)
    }

    /// How many mails are in the list, and how many of them are where they belong.
    fn kept(&self, folder: &Path, sent: &Sent) -> (usize, usize) {
        let rows = rejoinder(&folder.join("list"), &["export", "--list", "talk", "--format", "threads"]);
        let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).expect("JSON")).collect();
        let number = |id: &serde_json::Value| id.as_str()?.split('@').next()?.parse::<usize>().ok();
        let in_place = rows.iter().filter(|row| {
            let parent = number(&row["message_id"]).and_then(|own| sent.parents.get(own));
            parent.is_some_and(|parent| *parent == number(&row["parent"]))
        });
        (rows.len(), in_place.count())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, and then this is told elsewhere.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Which of the first `taken` mails the mail `number` answers: the finaliser of SplitMix64.
fn chosen(number: usize, taken: usize) -> usize {
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 27)) % taken.max(1) as u64) as usize
}

/// A mail of about `bytes` octets, ready for DATA.
fn mail(number: usize, answers: Option<usize>, bytes: usize) -> Vec<u8> {
    let reply = answers.map(|parent| format!("In-Reply-To: <{parent}@there.example>\r\n")).unwrap_or_default();
    let mut text = format!(
        "From: Ann <{AUTHOR}>\r\nTo: talk@lists.example\r\nSubject: Mail {number}\r\n\
         Message-ID: <{number}@there.example>\r\n{reply}Date: Mon, 2 Mar 2026 08:00:00 +0000\r\n\r\n"
    );
    let mut line = number;
    while text.len() < bytes {
        line = chosen(line + 1, usize::MAX);
        text.push_str(&format!("What was said of {line:x} holds for {:x} as well, more or less.\r\n", line / 3));
    }
    text.push_str(".\r\n");
    text.into_bytes()
}

/// A client that keeps its connection.
struct Session {
    stream: BufReader<TcpStream>,
}

impl Session {
    fn begin(door: SocketAddr) -> Self {
        let stream = TcpStream::connect(door).expect("the door is open");
        stream.set_nodelay(true).expect("a socket");
        let mut this = Self { stream: BufReader::new(stream) };
        this.expect("220");
        this.say(b"EHLO client.example\r\n", "250");
        this
    }

    fn send(&mut self, mail: &[u8]) {
        self.say(format!("MAIL FROM:<{AUTHOR}>\r\n").as_bytes(), "250");
        self.say(b"RCPT TO:<talk@lists.example>\r\n", "250");
        self.say(b"DATA\r\n", "354");
        self.say(mail, "250");
    }

    fn say(&mut self, octets: &[u8], reply: &str) {
        self.stream.get_mut().write_all(octets).expect("it listens");
        self.expect(reply);
    }

    fn expect(&mut self, code: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("it answers");
            assert!(line.starts_with(code), "{code} was expected, and it said {line}");
            if line.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        }
    }
}

/// Runs a command over the data folder; what it printed.
fn rejoinder(data: &Path, words: &[&str]) -> String {
    let done = Command::new(PROGRAM).args(words).arg("--data").arg(data).output().expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}
