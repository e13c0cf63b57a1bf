//! A data folder, and the program run on it as a person at a terminal runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use jiff::Timestamp;
use rejoinder::clock::Clock;
use rejoinder::discussion::ListName;
use rejoinder::installation::Installation;
use rejoinder::message::Address;
use rejoinder::smtp::{Door, Envelope, Receiver};
use rejoinder::store::MemberChange;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

/// What a run left.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What it wrote, where it went well.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.status, 0, "{}", self.err);
        self.out
    }

    /// The one sentence that it failed with.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.out, self.err);
        let last = self.err.lines().last().unwrap_or_default().to_owned();
        assert!(last.starts_with("rejoinder: "), "{}", self.err);
        last
    }

    /// An object for each line.
    #[track_caller]
    pub fn objects(self) -> Vec<Value> {
        self.done().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A data folder of its own; gone with this.
pub struct Folder {
    within: TempDir,
}

impl Folder {
    /// No data folder yet.
    pub fn none() -> Self {
        Self { within: tempfile::tempdir().unwrap() }
    }

    /// One with the list `talk@lists.example` and its author Marina, who gets no mail; every From is believed.
    pub fn new() -> Self {
        let folder = Self::none();
        folder.run("init --domain lists.example --list talk --author marina@example.org --author-name Marina").done();
        folder.run("member set --list talk marina@example.org --delivery none").done();
        let settings = folder.path("rejoinder.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        let off = text.replace("# proof = \"preferred\"", "proof = \"off\"");
        let any_port = off.replace("# listen = \"127.0.0.1:2525\"", "listen = \"127.0.0.1:0\"");
        std::fs::write(settings, any_port).unwrap();
        folder
    }

    pub fn root(&self) -> PathBuf {
        self.within.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Sets keys of `[smtp]`, in lines of their own.
    pub fn set_smtp(&self, lines: &str) {
        let settings = self.path("rejoinder.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(settings, text.replace("\n[smtp]\n", &format!("\n[smtp]\n{lines}\n"))).unwrap();
    }

    /// A command with these words, blanks between them.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rejoinder"));
        command.args(words.split_whitespace()).arg("--data").arg(self.root());
        command.env_remove("REJOINDER_DATA").env_remove("REJOINDER_LOG").current_dir(self.within.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A command under `ulimit` with these words.
    pub fn limited(&self, ulimit: &str, words: &str) -> Command {
        let command = self.command(words);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit {ulimit} && exec \"$0\" \"$@\"")]).arg(command.get_program());
        shell.args(command.get_args()).current_dir(self.within.path());
        shell.env_remove("REJOINDER_DATA").env_remove("REJOINDER_LOG");
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    pub fn run(&self, words: &str) -> Ran {
        ended(self.command(words).spawn().unwrap())
    }

    /// A command that reads `input`.
    pub fn feed(&self, words: &str, input: &[u8]) -> Ran {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        ended(child)
    }

    /// Everything about lists, members, mail and queue that commands show: the same before and after whatever changes
    /// nothing.
    pub fn everything(&self) -> String {
        let shown = [
            "list show --json",
            "member show --list talk --all --json",
            "export --list talk --format threads",
            "export --list talk --format mbox",
            "queue show --json",
            "moderate show --json",
            "mailbox show --json",
        ];
        shown.map(|words| self.run(words).done()).concat()
    }

    /// The folder as the engine sees it, at a time of the test's.
    pub fn at(&self, time: &str) -> At {
        let now: Timestamp = time.parse().unwrap();
        At { installation: Installation::open(&self.root(), Clock::manual(now)).unwrap() }
    }
}

fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A moment in a folder's life, without the program.
pub struct At {
    installation: Installation,
}

impl At {
    /// Somebody joins.
    pub fn join(&self, who: &str, delivery: &str) -> &Self {
        let store = &self.installation.store;
        let list = store.list_by_name(&ListName::parse("talk").unwrap()).unwrap().unwrap();
        let given = MemberChange { delivery: Some(delivery.parse().unwrap()), ..MemberChange::default() };
        let people = vec![(Address::parse(who).unwrap(), given)];
        store.join(list.id, people, self.installation.clock.now()).wait().unwrap();
        self
    }

    /// A mail arrives for the list: `ID ANSWERS|- FROM TEXT`.
    pub fn mail(&self, id: &str, answers: &str, from: &str, text: &str) -> &Self {
        let answers = if answers == "-" { String::new() } else { format!("In-Reply-To: <{answers}>\r\n") };
        let date = self.installation.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000");
        let raw = format!(
            "From: {from}\r\nTo: talk@lists.example\r\nSubject: On listening\r\nDate: {date}\r\n\
             Message-ID: <{id}>\r\n{answers}\r\n{text}\r\n"
        );
        self.octets(from, raw)
    }

    /// These octets arrive for the list, from the reverse-path `from`.
    pub fn octets(&self, from: &str, raw: String) -> &Self {
        self.octets_to("talk@lists.example", from, raw)
    }

    /// These octets arrive for any address of ours.
    pub fn octets_to(&self, to: &str, from: &str, raw: String) -> &Self {
        let envelope = Envelope {
            door: Door::Public,
            peer: "127.0.0.1:40000".parse().unwrap(),
            helo: "client.example".to_owned(),
            tls: false,
            with: "ESMTP",
            reverse_path: Some(Address::parse(from).unwrap()),
            recipients: vec![Address::parse(to).unwrap()],
        };
        let intake = self.installation.intake(Arc::new(Notify::new()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let replies = runtime.block_on(intake.receive(envelope, raw.into_bytes()));
        assert!(replies[0].is_positive(), "{}", replies[0].text);
        self
    }
}

/// A folder with a reader, a post and two responses, all of Sunday the first of March.
pub fn conversation() -> Folder {
    let folder = Folder::new();
    let morning = folder.at("2026-03-01T08:00:00Z");
    morning.join("ellen@example.org", "daily").join("david@example.org", "none");
    morning.mail("post@x", "-", "marina@example.org", "Most of us listen the way we wait for a bus.");
    morning.mail("one@x", "post@x", "david@example.org", "Say more.\r\n\r\nFrom where?\r\n>From here.");
    drop(morning);
    folder.at("2026-03-01T09:30:00Z").mail("two@x", "one@x", "marina@example.org", "I will.");
    folder
}
