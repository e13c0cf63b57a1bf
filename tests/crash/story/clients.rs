//! People who write. Each answers only what was acknowledged, so that every parent is known; and sends a mail again and
//! again, as mail servers do, until it is acknowledged.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Error, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{AUTHOR, WRITERS, writer};
use crate::chance::Chance;

/// Nothing that a client waits for takes longer than this on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// One mail of so many begins a post, where the author writes.
const POSTS: usize = 6;

/// All of them, and what was acknowledged.
pub struct Clients {
    door: Mutex<SocketAddr>,
    /// In order; each with its parent.
    acknowledged: Mutex<Vec<(String, Option<String>)>>,
    more: Condvar,
    finished: AtomicBool,
    next: AtomicUsize,
}

/// A mail to be sent.
#[derive(Clone)]
pub struct Mail {
    pub id: String,
    pub from: String,
    pub parent: Option<String>,
}

impl Clients {
    pub fn new(door: SocketAddr) -> Self {
        Self {
            door: Mutex::new(door),
            acknowledged: Mutex::default(),
            more: Condvar::new(),
            finished: AtomicBool::new(false),
            next: AtomicUsize::new(0),
        }
    }

    /// The first post, so that there is something to answer.
    pub fn begin(&self) {
        let mail = Mail { id: self.new_id(), from: AUTHOR.to_owned(), parent: None };
        self.send(&mut None, mail);
    }

    /// Starts the writers. Each says in the end how many of its mails were there already when it sent them again.
    pub fn write(self: &Arc<Self>, seed: u64) -> Vec<JoinHandle<usize>> {
        let writer = |number| {
            let clients = Arc::clone(self);
            let chance = Chance::new(seed ^ (number as u64 + 1) << 32);
            std::thread::spawn(move || clients.write_as(number, chance))
        };
        (0..=WRITERS).map(writer).collect()
    }

    fn write_as(&self, number: usize, mut chance: Chance) -> usize {
        let mut session = None;
        let mut already_there = 0;
        while !self.finished.load(Ordering::SeqCst) {
            let parent = chance.any() as usize;
            let parent = {
                let known = self.known();
                known[parent % known.len()].0.clone()
            };
            // The last of them is the author, who may begin a post.
            let is_author = number == WRITERS;
            let parent = (!is_author || !chance.one_in(POSTS)).then_some(parent);
            let from = if is_author { AUTHOR.to_owned() } else { writer(number) };
            already_there += usize::from(self.send(&mut session, Mail { id: self.new_id(), from, parent }));
        }
        already_there
    }

    /// Sends a mail until it is acknowledged; whether it was there already.
    fn send(&self, session: &mut Option<Session>, mail: Mail) -> bool {
        for _ in 0..(PATIENCE.as_millis() / 10) {
            let door = *self.door.lock().unwrap();
            let answer = match session.take().map_or_else(|| Session::open(door), Ok) {
                Ok(mut open) => {
                    let answer = open.send(&mail);
                    *session = answer.is_ok().then_some(open);
                    answer
                }
                Err(fault) => Err(fault),
            };
            match answer {
                Ok(line) if line.starts_with("250") => {
                    self.known().push((mail.id, mail.parent));
                    self.more.notify_all();
                    return line.ends_with("Already here");
                }
                Ok(line) if line.starts_with('5') => panic!("{} was refused: {line}", mail.id),
                // It was killed, or has not started again.
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        panic!("{} found no server for two minutes", mail.id);
    }

    fn new_id(&self) -> String {
        format!("m{:05}", self.next.fetch_add(1, Ordering::SeqCst))
    }

    fn known(&self) -> MutexGuard<'_, Vec<(String, Option<String>)>> {
        self.acknowledged.lock().unwrap()
    }

    /// Waits until so many more mails were acknowledged.
    pub fn wait_for(&self, more: usize) {
        let known = self.known();
        let wanted = known.len() + more;
        let (_known, waited) = self.more.wait_timeout_while(known, PATIENCE, |known| known.len() < wanted).unwrap();
        assert!(!waited.timed_out(), "no mails are acknowledged any more");
    }

    /// The server listens elsewhere.
    pub fn moved_to(&self, door: SocketAddr) {
        *self.door.lock().unwrap() = door;
    }

    /// No more mails, but those under way.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
    }

    /// What was acknowledged, each mail with its parent.
    pub fn acknowledged(&self) -> HashMap<String, Option<String>> {
        self.known().iter().cloned().collect()
    }
}

/// An SMTP session.
pub struct Session {
    hears: BufReader<TcpStream>,
    says: TcpStream,
}

impl Session {
    pub fn open(door: SocketAddr) -> std::io::Result<Self> {
        let says = TcpStream::connect(door)?;
        says.set_nodelay(true)?;
        says.set_read_timeout(Some(PATIENCE))?;
        let mut session = Self { hears: BufReader::new(says.try_clone()?), says };
        session.hear("220")?;
        session.says.write_all(b"EHLO client.example\r\n")?;
        session.hear("250")?;
        Ok(session)
    }

    /// Sends a mail; the reply at its end.
    pub fn send(&mut self, mail: &Mail) -> std::io::Result<String> {
        let envelope = format!("MAIL FROM:<{}>\r\nRCPT TO:<talk@lists.example>\r\nDATA\r\n", mail.from);
        self.says.write_all(envelope.as_bytes())?;
        self.hear("250")?;
        self.hear("250")?;
        self.hear("354")?;
        self.says.write_all(mail.octets().as_bytes())?;
        self.hear("")
    }

    /// The last line of a reply that begins so. Any other ends the session.
    fn hear(&mut self, code: &str) -> std::io::Result<String> {
        loop {
            let mut line = String::new();
            self.hears.read_line(&mut line)?;
            let line = line.trim_end();
            match line.as_bytes().get(3) {
                Some(b'-') => {}
                Some(_) if line.starts_with(code) => return Ok(line.to_owned()),
                _ => return Err(Error::new(ErrorKind::UnexpectedEof, line.to_owned())),
            }
        }
    }
}

impl Mail {
    fn octets(&self) -> String {
        let answers = self.parent.as_ref().map(|parent| format!("In-Reply-To: <{parent}@test>\r\n"));
        // Long enough that a remembered line of it ends before the words that are looked for.
        let slowly = "Some begin slowly, and say a great many things before they come to it.\r\n".repeat(5);
        format!(
            "From: {}\r\nTo: talk@lists.example\r\nMessage-ID: <{id}@test>\r\nSubject: About {id}\r\n{}\r\n\
             {slowly}These are the words of {id}, and of nobody else.\r\n.\r\n",
            self.from,
            answers.unwrap_or_default(),
            id = self.id
        )
    }
}
