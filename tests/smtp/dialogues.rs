//! Runs the transcripts in `fixtures/dialogues` against our own door, over a socket.
//!
//! ```text
//! # a comment                ! limits recipients=2     bounds of this door, before anything is said
//! ! lmtp                     the door speaks LMTP
//! ! tls   ! tls broken       the door has a certificate; one with which no handshake can begin
//! C: EHLO there.example      the client sends this line
//! C> a\r\nb                  the client sends these bytes, no CRLF after them (\r \n \t \0 \\ \xFF)
//! S: 250 2.0.0 Done          the door sends this line
//! S~ 250-                    the door sends a line that begins so
//! K: Subject: x              the receiver has kept one more mail, and this is its next line
//! K (empty)                  the receiver has kept one more mail, without a line
//! S (closes)   C (closes)    one of them ends the connection
//! S (breaks off)             the door ends it, whatever it still sends
//! C (encrypts)               the client shakes hands; what follows is encrypted
//! ! shutdown                 the door is told to close
//! C2: NOOP                   a second client; so S2:, C3: …
//! K by ESMTPS                how the mail that K showed last was said
//! ```
//! `{x*5000}` stands for 5,000 x. A client connects with its first line. Mails that were kept must all be shown by K.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crate::client::Client;
use crate::recorder::Recorder;
use rejoinder::smtp::{Certificate, Limits, Protocol, PublicDoor, Setup, Tls};
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_dialogue_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dialogues");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut running = tokio::task::JoinSet::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        running.spawn(async move { Dialogue::run(&name, &text).await });
    }
    assert!(running.len() >= 15, "the dialogues are missing");
    let mut faults = Vec::new();
    while let Some(ended) = running.join_next().await {
        faults.extend(ended.unwrap().err());
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A dialogue under way.
struct Dialogue {
    door: SocketAddr,
    recorder: Arc<Recorder>,
    shutdown: watch::Sender<bool>,
    clients: BTreeMap<String, Client>,
    /// How many kept mails were shown, and what is still to be shown of the last of them.
    shown: usize,
    rest: Vec<String>,
}

impl Dialogue {
    /// Plays a transcript; the fault names file and line.
    async fn run(name: &str, text: &str) -> Result<(), String> {
        let setup = setup(text);
        let recorder = Arc::new(Recorder::default());
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let door = PublicDoor::bind(any_port, setup, Arc::clone(&recorder)).await.unwrap();
        let (shutdown, closing) = watch::channel(false);
        let (clients, shown, rest) = (BTreeMap::new(), 0, Vec::new());
        let mut dialogue = Self { door: door.local_addr().unwrap(), recorder, shutdown, clients, shown, rest };
        let running = tokio::spawn(door.run(closing));
        for (at, line) in text.lines().enumerate() {
            dialogue.play(line).await.map_err(|fault| format!("{name}:{}: {line}\n  {fault}", at + 1))?;
        }
        dialogue.all_shown().map_err(|fault| format!("{name}: {fault}"))?;
        dialogue.clients.clear();
        dialogue.shutdown.send_replace(true);
        running.await.map_err(|fault| format!("{name}: {fault}"))
    }

    async fn play(&mut self, line: &str) -> Result<(), String> {
        match line {
            "" | "! lmtp" | "! tls" | "! tls broken" => return Ok(()),
            "! shutdown" => {
                self.shutdown.send_replace(true);
                return Ok(());
            }
            _ if line.starts_with('#') || line.starts_with("! limits ") => return Ok(()),
            _ => {}
        }
        let split = line.find([':', '>', '~', ' ']).ok_or("this line has no known form")?;
        let (who, what) = (&line[..split], &line[split..]);
        let text = what.get(2..).unwrap_or_default();
        match (who.split_at(1), &what[..1]) {
            (("C", number), ":") => self.client(number).await.send(&[unescape(text), b"\r\n".to_vec()].concat()).await,
            (("C", number), ">") => self.client(number).await.send(&unescape(text)).await,
            (("C", number), " ") if what == " (closes)" => drop(self.clients.remove(number)),
            (("C", number), " ") if what == " (encrypts)" => self.client(number).await.encrypt("door.cert.pem").await?,
            (("S", number), " ") if what == " (breaks off)" => self.client(number).await.end().await,
            (("S", number), ":") => {
                let line = self.client(number).await.line().await;
                expect(line.as_deref() == Some(text), &format!("the door sent {line:?}"))?;
            }
            (("S", number), "~") => {
                let line = self.client(number).await.line().await;
                expect(line.as_ref().is_some_and(|line| line.starts_with(text)), &format!("the door sent {line:?}"))?;
            }
            (("S", number), " ") if what == " (closes)" => {
                let line = self.client(number).await.line().await;
                expect(line.is_none(), &format!("the door sent {line:?}"))?;
            }
            (("K", ""), ":") => self.kept(&String::from_utf8_lossy(&unescape(text)))?,
            (("K", ""), " ") if what.starts_with(" by ") => {
                let mails = self.recorder.mails();
                let with =
                    self.shown.checked_sub(1).and_then(|last| mails.get(last)).map(|(envelope, _)| envelope.with);
                expect(with == what.strip_prefix(" by "), &format!("it was said by {with:?}"))?;
            }
            (("K", ""), " ") if what == " (empty)" => self.next_kept().and_then(|()| self.nothing_left())?,
            _ => return Err("this line has no known form".to_owned()),
        }
        Ok(())
    }

    async fn client(&mut self, number: &str) -> &mut Client {
        if !self.clients.contains_key(number) {
            self.clients.insert(number.to_owned(), Client::connect(self.door).await);
        }
        self.clients.get_mut(number).unwrap()
    }

    fn kept(&mut self, line: &str) -> Result<(), String> {
        if self.rest.is_empty() {
            self.next_kept()?;
        }
        expect(!self.rest.is_empty(), "the mail is empty")?;
        let next = self.rest.remove(0);
        expect(next == line, &format!("it has {next:?}"))
    }

    fn next_kept(&mut self) -> Result<(), String> {
        let mails = self.recorder.mails();
        let (_, content) = mails.get(self.shown).ok_or("no further mail was kept")?;
        self.shown += 1;
        self.rest = String::from_utf8_lossy(content).split_terminator("\r\n").map(str::to_owned).collect();
        Ok(())
    }

    fn nothing_left(&self) -> Result<(), String> {
        expect(self.rest.is_empty(), &format!("the mail has more lines: {:?}", self.rest))
    }

    fn all_shown(&self) -> Result<(), String> {
        self.nothing_left()?;
        let kept = self.recorder.mails().len();
        expect(kept == self.shown, &format!("{kept} mails were kept, {} shown", self.shown))
    }
}

fn expect(right: bool, fault: &str) -> Result<(), String> {
    right.then_some(()).ok_or_else(|| fault.to_owned())
}

/// The door that a transcript is played at.
fn setup(text: &str) -> Setup {
    let mut setup = Setup { domain: "lists.example".to_owned(), ..Setup::default() };
    for line in text.lines() {
        match line {
            "! lmtp" => setup.protocol = Protocol::Lmtp,
            "! tls" => setup.tls = Some(tls(None)),
            "! tls broken" => setup.tls = Some(tls(Some(1))),
            _ => {}
        }
        let bounds = line.strip_prefix("! limits ").unwrap_or_default();
        bounds.split_whitespace().for_each(|bound| set(&mut setup.limits, bound));
    }
    setup
}

/// With a fragment of one octet, which cannot be: no handshake begins by that.
fn tls(fragment: Option<usize>) -> Tls {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name);
    let certificate = Certificate { cert: file("door.cert.pem"), key: file("door.key.pem") };
    let mut config = certificate.load().unwrap();
    config.max_fragment_size = fragment;
    Tls::new(config)
}

fn set(limits: &mut Limits, bound: &str) {
    let (name, value) = bound.split_once('=').expect("a limit as name=value");
    let value: usize = value.parse().expect("a number");
    match name {
        "message_bytes" => limits.message_bytes = value,
        "line_bytes" => limits.line_bytes = value,
        "command_bytes" => limits.command_bytes = value,
        "recipients" => limits.recipients = value,
        "sessions" => limits.sessions = value,
        "sessions_per_address" => limits.sessions_per_address = value,
        "errors_per_session" => limits.errors_per_session = value,
        "commands_per_session" => limits.commands_per_session = value,
        "buffered_bytes" => limits.buffered_bytes = value,
        "command_seconds" => limits.command_seconds = value as u64,
        "data_seconds" => limits.data_seconds = value as u64,
        _ => panic!("there is no limit {name}"),
    }
}

/// The bytes that a text of the transcript stands for.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (byte, length) = match (first, rest.as_bytes().get(1)) {
            ('\\', Some(b'r')) => (b'\r', 2),
            ('\\', Some(b'n')) => (b'\n', 2),
            ('\\', Some(b't')) => (b'\t', 2),
            ('\\', Some(b'0')) => (0, 2),
            ('\\', Some(b'\\')) => (b'\\', 2),
            ('\\', Some(b'x')) => (u8::from_str_radix(&rest[2..4], 16).expect("two hex digits"), 4),
            _ => {
                let length = repeated(rest, &mut bytes).unwrap_or_else(|| {
                    bytes.extend(first.to_string().bytes());
                    first.len_utf8()
                });
                rest = &rest[length..];
                continue;
            }
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

/// `{text*times}` at the start of `text`, written out; how long it is there.
fn repeated(text: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let inside = text.strip_prefix('{')?.split_once('}')?.0;
    let (what, times) = inside.rsplit_once('*')?;
    bytes.extend(unescape(what).repeat(times.parse().ok()?));
    Some(inside.len() + 2)
}
