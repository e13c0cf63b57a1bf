//! A list in a folder of its own, with a clock that a test moves, and a relay that remembers. No sockets: mail comes in
//! through the gate, and goes out through a [`Relay`] of the test's.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use rejoinder::clock::Clock;
use rejoinder::deliver::{Accepted, Courier, Dispatch, Outgoing, Relay, RelayError, ServerText, Tally};
use rejoinder::digest::{Job, Press, Report};
use rejoinder::discussion::{Delivery, List, ListName, Member, Schedule};
use rejoinder::intake::{Gate, Intake, SenderProof};
use rejoinder::message::Address;
use rejoinder::smtp::{Door, Envelope, Receiver, Reply};
use rejoinder::store::{
    Faults, Joined, MemberChange, NewList, OwnerBounds, Store, StoreError, StrangerBounds, ThreadRow,
};
use rejoinder::token::Keys;
use rejoinder::trust::Proof;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

pub const DOMAIN: &str = "lists.example";
/// The name that stands in our traces.
pub const HOST: &str = "mx.lists.example";
pub const AUTHOR: &str = "marina@example.org";
/// A Sunday morning, UTC.
pub const START: &str = "2026-03-01T08:00:00Z";

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// The list `talk@lists.example` with its author, daily at 07:00 UTC.
pub struct TestList {
    pub clock: Clock,
    pub store: Store,
    pub intake: Intake,
    pub job: Job,
    pub runtime: Runtime,
    pub keys: Keys,
}

impl TestList {
    /// A new list in `folder`.
    pub fn new(folder: &Path) -> Self {
        let this = Self::open(folder, Clock::manual(time(START)), Faults::none());
        let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
        let name = ListName::parse("talk").unwrap();
        let new = NewList { name, title: "Talk".to_owned(), schedule, at: time(START) };
        this.store.create_list(new).wait().unwrap();
        let author = MemberChange { role: Some("author".parse().unwrap()), ..named("Marina", "none") };
        this.join(AUTHOR, author);
        this
    }

    /// The list in `folder` once more, as after a restart.
    pub fn open(folder: &Path, clock: Clock, faults: Faults) -> Self {
        let store = Store::open(&folder.join("list.db"), faults).unwrap();
        let keys = Keys::new(&[(1, [7; 32])]).unwrap();
        let intake = Intake::new(store.clone(), gate(&keys, Proof::Off), clock.clone(), Arc::new(Notify::new()));
        let press = Press { domain: DOMAIN.to_owned(), web_url: None, token_key: 1 };
        let job = Job::new(store.clone(), press, keys.clone(), clock.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { clock, store, intake, job, runtime, keys }
    }

    /// The gate of an installation that wants senders proven, by `by`.
    pub fn asking(&self, wanted: Proof, by: SenderProof) -> Intake {
        let gate = gate(&self.keys, wanted);
        Intake::new(self.store.clone(), gate, self.clock.clone(), Arc::new(Notify::new())).proving(by)
    }

    pub fn list(&self) -> List {
        self.store.list_by_name(&ListName::parse("talk").unwrap()).unwrap().unwrap()
    }

    pub fn join(&self, who: &str, change: MemberChange) -> Joined {
        self.store.join(self.list().id, vec![(address(who), change)], self.clock.now()).wait().unwrap()[0]
    }

    pub fn member(&self, who: &str) -> Member {
        self.store.member(self.list().id, &address(who)).unwrap().unwrap()
    }

    pub fn change(&self, who: &str, change: MemberChange) {
        self.store.change_member(self.member(who).id, change, self.clock.now()).wait().unwrap();
    }

    pub fn at(&self, text: &str) -> Timestamp {
        self.clock.set(time(text));
        time(text)
    }

    /// Hands a mail to the gate; what an SMTP client is told.
    pub fn send(&self, mail: &Mail) -> Reply {
        self.send_to(mail, &["talk@lists.example"])
    }

    pub fn send_to(&self, mail: &Mail, recipients: &[&str]) -> Reply {
        self.give(mail.octets(), (!mail.bounce).then_some(&mail.from), recipients)
    }

    /// Hands octets to the gate; `from` may have a name before its address, and is `None` for a bounce.
    pub fn give(&self, octets: Vec<u8>, from: Option<&str>, recipients: &[&str]) -> Reply {
        self.give_by(Door::Public, octets, from, recipients)
    }

    /// The same through a door of the test's choice.
    pub fn give_by(&self, door: Door, octets: Vec<u8>, from: Option<&str>, recipients: &[&str]) -> Reply {
        let bare = |from: &str| address(from.rsplit('<').next().unwrap().trim_end_matches('>'));
        let envelope = Envelope {
            door,
            peer: "127.0.0.1:2525".parse().unwrap(),
            helo: "client.example".to_owned(),
            tls: false,
            with: "ESMTP",
            reverse_path: from.map(bare),
            recipients: recipients.iter().map(|to| address(to)).collect(),
        };
        Reply::for_all(&self.runtime.block_on(self.intake.receive(envelope, octets)))
    }

    pub fn asks(&self, recipient: &str) -> Reply {
        self.runtime.block_on(self.intake.recipient(None, &address(recipient)))
    }

    pub fn threads(&self) -> Vec<ThreadRow> {
        self.store.threads(self.list().id).unwrap()
    }

    /// The discussions, one line a message: `p`, `  1 a`, `    2 b` … by Message-ID; `?` where the top is missing.
    pub fn tree(&self) -> String {
        let mut out = String::new();
        let mut post = String::new();
        for row in self.threads() {
            if row.post != post {
                post.clone_from(&row.post);
                if row.number.is_some() {
                    out.push_str(&format!("? {post}\n"));
                }
            }
            let number = row.number.map(|number| format!("{number} ")).unwrap_or_default();
            let under = row.parent.map(|parent| format!(" < {parent}")).unwrap_or_default();
            out.push_str(&format!("{}{number}{}{under}\n", "  ".repeat(row.depth), row.message_id));
        }
        out
    }

    /// Makes what is due at `at`, which is also the time that it is then.
    pub fn digests(&self, at: &str) -> Report {
        let at = self.at(at);
        self.job.run(&self.list(), at).unwrap()
    }

    pub fn try_digests(&self, at: &str) -> Result<Report, rejoinder::digest::DigestError> {
        let at = self.at(at);
        self.job.run(&self.list(), at)
    }

    pub fn fan_out(&self) {
        while self.job.fan_out(&self.list()).unwrap() {}
    }

    pub fn courier(&self, relay: &Arc<Remembering>) -> Courier<Remembering> {
        let dispatch = Dispatch {
            worker: "test".to_owned(),
            domain: DOMAIN.to_owned(),
            verp: true,
            patience: SignedDuration::from_hours(96),
            connections: 8,
            connections_per_domain: 4,
        };
        Courier::new(self.store.clone(), Arc::clone(relay), self.keys.clone(), self.clock.clone(), dispatch)
    }

    pub fn deliver(&self, relay: &Arc<Remembering>) -> Result<Tally, StoreError> {
        self.runtime.block_on(self.courier(relay).drain())
    }
}

fn gate(keys: &Keys, proof: Proof) -> Gate {
    let owner_bounds = OwnerBounds { per_sender: 3, in_all: 5 };
    let (domain, host) = (DOMAIN.to_owned(), HOST.to_owned());
    let web_url = Some("https://web.lists.example".to_owned());
    let stranger_bounds = StrangerBounds { per_domain: 100, per_network: 30, in_all: 500 };
    let (keys, mails_per_sender_hour) = (keys.clone(), 60);
    Gate { keys, domain, host, web_url, proof, mails_per_sender_hour, owner_bounds, stranger_bounds }
}

/// A member's name and delivery, the rest as the list has it.
pub fn named(name: &str, delivery: &str) -> MemberChange {
    MemberChange { name: Some(name.to_owned()), delivery: Some(delivery.parse().unwrap()), ..MemberChange::default() }
}

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub id: String,
    pub text: String,
    pub headers: Vec<String>,
    pub bounce: bool,
}

impl Mail {
    /// A mail with the Message-ID `id@test`.
    pub fn new(from: &str, id: &str) -> Self {
        // Long enough that a remembered line of it ends before the words that tests look for.
        let slowly =
            "Some begin slowly, and say a great many things before they come to what they wanted to say. ".repeat(4);
        let text = format!("{slowly}These are the words of {id}, and of nobody else.");
        let headers = vec![format!("Subject: About {id}")];
        Self { from: from.to_owned(), id: id.to_owned(), text, headers, bounce: false }
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    pub fn subject(mut self, text: &str) -> Self {
        self.headers.retain(|line| !line.starts_with("Subject:"));
        self.header(&format!("Subject: {text}"))
    }

    /// In-Reply-To, by the name that [`Mail::new`] was given.
    pub fn answers(self, id: &str) -> Self {
        self.header(&format!("In-Reply-To: <{id}@test>"))
    }

    pub fn references(self, ids: &[&str]) -> Self {
        let ids: Vec<String> = ids.iter().map(|id| format!("<{id}@test>")).collect();
        self.header(&format!("References: {}", ids.join(" ")))
    }

    pub fn says(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    pub fn octets(&self) -> Vec<u8> {
        let to = self.headers.iter().find(|line| line.starts_with("To:")).map(String::as_str);
        let mut lines = vec![
            format!("From: {}", self.from),
            to.unwrap_or("To: talk@lists.example").to_owned(),
            format!("Message-ID: <{}@test>", self.id),
            "Date: Sun, 01 Mar 2026 08:00:00 +0000".to_owned(),
        ];
        lines.extend(self.headers.iter().filter(|line| !line.starts_with("To:")).cloned());
        lines.push(String::new());
        lines.extend(self.text.lines().map(ToOwned::to_owned));
        let mut text = lines.join("\r\n");
        text.push_str("\r\n");
        text.into_bytes()
    }
}

/// What a relay is to answer to one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Take,
    /// Takes it, and the answer is lost.
    TakeSilently,
    Later,
    Never,
}

/// A relay that remembers every mail it took and answers as it was told to; where it was told nothing, it takes.
#[derive(Default)]
pub struct Remembering {
    pub taken: Mutex<Vec<Outgoing>>,
    pub answers: Mutex<VecDeque<Answer>>,
    /// What it says of a mail that it takes.
    pub says: Option<&'static str>,
}

impl Remembering {
    pub fn new(answers: &[Answer]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().copied().collect()), ..Self::default() })
    }

    /// One that takes everything, and says this of it.
    pub fn saying(text: &'static str) -> Arc<Self> {
        Arc::new(Self { says: Some(text), ..Self::default() })
    }

    pub fn texts(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|mail| String::from_utf8(mail.content.clone()).unwrap()).collect()
    }

    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self.taken.lock().unwrap().iter().map(|mail| mail.recipient.to_string()).collect();
        all.sort();
        all
    }
}

impl Relay for Remembering {
    async fn send(&self, mail: &Outgoing) -> Result<Accepted, RelayError> {
        use rejoinder::deliver::{About, Step};
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Take);
        let text = ServerText::new(self.says.unwrap_or("as the test said"));
        if matches!(answer, Answer::Take | Answer::TakeSilently) {
            self.taken.lock().unwrap().push(mail.clone());
        }
        match answer {
            Answer::Take => Ok(Accepted { text }),
            Answer::TakeSilently => Err(RelayError::Ambiguous { text }),
            Answer::Later => {
                Err(RelayError::Temporary { step: Step::Recipient, about: About::Recipient, code: Some(451), text })
            }
            Answer::Never => {
                Err(RelayError::Permanent { step: Step::Recipient, about: About::Recipient, code: 550, text })
            }
        }
    }
}
