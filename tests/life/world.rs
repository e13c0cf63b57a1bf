//! A list that runs as `serve` runs it, by a settings file, with a relay and a DNS of the test's.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use mail_parser::MessageParser;
use rejoinder::clock::Clock;
use rejoinder::config::{FILE, Given, Proof};
use rejoinder::discussion::{Delivery, List, ListName, Member, Role, Schedule};
use rejoinder::installation::Installation;
use rejoinder::message::Address;
use rejoinder::serve::Engine;
use rejoinder::store::{MemberChange, NewList};
use tokio::runtime::Runtime;

use crate::client::{Letter, bare};
use crate::dns::DnsServer;
use crate::key::Key;
use crate::sink::{Sink, Taken};

pub const MARINA: &str = "Marina Valente <marina@letters.example>";
pub const TALK: &str = "talk@lists.example";

/// A mail of ours, as its reader gets it.
#[derive(Clone, Debug)]
pub struct Got {
    pub to: String,
    /// Where it comes back to.
    pub reverse_path: String,
    pub id: String,
    pub subject: String,
    pub reply_to: String,
    pub text: String,
    pub html: String,
    /// All of it.
    pub content: String,
}

impl Got {
    fn of(taken: &Taken) -> Self {
        let parsed = MessageParser::default().parse(taken.content.as_bytes()).unwrap();
        let to_reply = parsed.reply_to().and_then(|to| to.first()).and_then(|to| to.address());
        Self {
            to: taken.recipients[0].clone(),
            reverse_path: taken.reverse_path.clone(),
            id: parsed.message_id().unwrap().to_owned(),
            subject: parsed.subject().unwrap().to_owned(),
            reply_to: to_reply.unwrap_or_default().to_owned(),
            text: parsed.body_text(0).unwrap().replace("\r\n", "\n"),
            html: parsed.body_html(0).unwrap().into_owned(),
            content: taken.content.clone(),
        }
    }

    /// Its text, on one line.
    pub fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn says(&self, words: &str) -> bool {
        self.words().contains(words)
    }

    /// What stands in its HTML's body.
    pub fn html_body(&self) -> &str {
        let from = self.html.find("<body").map_or(0, |at| at + self.html[at..].find('>').unwrap() + 1);
        &self.html[from..self.html.find("</body>").unwrap_or(self.html.len())]
    }

    /// A field of its header, unfolded; empty where there is none.
    pub fn field(&self, name: &str) -> String {
        let header = self.content.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        let found = header.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(ToOwned::to_owned));
        found.unwrap_or_default()
    }

    /// The mail that its link with these words in the subject opens: to whom, and the subject.
    pub fn link(&self, words: &str) -> (String, String) {
        let links = self.html.split("href=\"mailto:").skip(1).map(|rest| rest.split('"').next().unwrap());
        let mut opened = links.map(|link| {
            let link = link.replace("&amp;", "&").replace("%2B", "+").replace("%20", " ").replace("%3A", ":");
            let (to, subject) = link.split_once("?subject=").unwrap_or((&link, ""));
            (to.to_owned(), subject.to_owned())
        });
        opened.find(|(_, subject)| subject == words).unwrap_or_else(|| panic!("no link {words:?} in {}", self.html))
    }
}

/// The list `talk`, written by Marina, and everything around it.
pub struct World {
    pub installation: Installation,
    pub clock: Clock,
    pub sink: Sink,
    pub dns: DnsServer,
    pub key: Key,
    engine: Option<Engine>,
    smtp: SocketAddr,
    pub lmtp: SocketAddr,
    web: SocketAddr,
    runtime: Runtime,
    /// Which of the sink's mails were looked at.
    seen: Mutex<Vec<bool>>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Sunday morning, the list is new. `trusts`: the name of a mail server whose word counts.
    pub fn new(trusts: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let sink = runtime.block_on(Sink::start());
        let (dns, key) = (DnsServer::start(), Key::new());
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let clock = Clock::manual("2026-03-01T08:00:00Z".parse().unwrap());
        let any = || Some("127.0.0.1:0".to_owned());
        let given = Given {
            domain: Some("lists.example".to_owned()),
            smtp_listen: any(),
            local_listen: None,
            lmtp_listen: any(),
            relay: Some(format!("smtp://{}", sink.address)),
            proof: Some(Proof::Preferred),
            web_listen: any(),
            web_url: Some("https://web.lists.example".to_owned()),
        };
        Installation::create(&data, &given, clock.clone()).unwrap();
        let settings = std::fs::read_to_string(data.join(FILE)).unwrap();
        let relays = trusts.map(|name| format!("trusted_relays = [\"{name}\"]")).unwrap_or_default();
        let settings = settings
            .replace("# resolver = \"\"", &format!("resolver = \"{}\"", dns.address))
            .replace("# trusted_relays = []", &relays);
        std::fs::write(data.join(FILE), settings).unwrap();
        let installation = Installation::open(&data, clock.clone()).unwrap();
        let engine = runtime.block_on(Engine::start(&installation)).unwrap();
        let at = &engine.listening;
        let (smtp, lmtp, web) = (at.smtp.unwrap(), at.lmtp.unwrap(), at.web.unwrap());
        let seen = Mutex::default();
        let world = Self {
            installation,
            clock,
            sink,
            dns,
            key,
            engine: Some(engine),
            smtp,
            lmtp,
            web,
            runtime,
            seen,
            _folder: folder,
        };
        world.make_list("talk", "Talk");
        let author = MemberChange {
            role: Some(Role::Author),
            delivery: Some(Delivery::None),
            name: Some("Marina Valente".to_owned()),
            ..MemberChange::default()
        };
        world.add("talk", bare(MARINA), author);
        world.provider("letters.example", "reject");
        world
    }

    pub fn make_list(&self, name: &str, title: &str) {
        let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
        let name = ListName::parse(name).unwrap();
        let new = NewList { name, title: title.to_owned(), schedule, at: self.clock.now() };
        self.installation.store.create_list(new).wait().unwrap();
    }

    pub fn add(&self, list: &str, who: &str, change: MemberChange) {
        let (list, who) = (self.list(list).id, Address::parse(who).unwrap());
        self.installation.store.join(list, vec![(who, change)], self.clock.now()).wait().unwrap();
    }

    /// A mail provider that signs what its people send, with what it asks of those who borrow its name.
    pub fn provider(&self, domain: &str, policy: &str) {
        let dns = self.dns.clone();
        dns.txt(&format!("s1._domainkey.{domain}"), &self.key.record)
            .txt(&format!("_dmarc.{domain}"), &format!("v=DMARC1; p={policy}"));
    }

    pub fn list(&self, name: &str) -> List {
        self.installation.store.list_by_name(&ListName::parse(name).unwrap()).unwrap().unwrap()
    }

    pub fn member(&self, who: &str) -> Option<Member> {
        self.installation.store.member(self.list("talk").id, &Address::parse(who).unwrap()).unwrap()
    }

    /// What happened to a membership: what, by what.
    pub fn story(&self, who: &str) -> Vec<String> {
        let story = self.installation.store.story(self.member(who).unwrap().id).unwrap();
        story.iter().map(|event| format!("{} {}", event.what, event.how)).collect()
    }

    /// The Message-IDs of what is published, each with what it answers.
    pub fn published(&self) -> Vec<(String, Option<String>)> {
        let rows = self.installation.store.threads(self.list("talk").id).unwrap();
        rows.into_iter().map(|row| (row.message_id, row.parent)).collect()
    }

    pub fn has_published(&self, id: &str) -> bool {
        self.published().iter().any(|(published, _)| published.contains(id))
    }

    /// Sends a letter by its writer's provider, which signs it.
    pub fn send(&self, letter: &Letter<'_>) {
        let domain = bare(letter.from).split_once('@').unwrap().1;
        let octets = self.key.sign(domain, &letter.written(self.clock.now()));
        assert_eq!(self.hand_over(bare(letter.from), letter.to, &octets), 250, "{}", letter.id);
    }

    /// The code of the last reply to one mail at the public door.
    pub fn hand_over(&self, from: &str, to: &str, octets: &[u8]) -> u16 {
        hand_over(self.smtp, "EHLO", from, to, octets)
    }

    /// What the pages answer to a POST, as mailbox providers do it (RFC 8058 §3.2).
    pub fn one_click(&self, url: &str) -> String {
        let path = url.strip_prefix("https://web.lists.example").unwrap();
        let body = "List-Unsubscribe=One-Click";
        let mut stream = TcpStream::connect(self.web).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: web.lists.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// It is this time now; what is due then comes.
    pub fn at(&self, time: &str) {
        self.clock.set(time.parse::<Timestamp>().unwrap());
        self.nudge();
    }

    fn nudge(&self) {
        self.engine.as_ref().unwrap().nudge();
    }

    /// The next mail to somebody. Looks again and again, and gives up after long enough for any machine.
    pub fn mail_to(&self, who: &str) -> Got {
        let mut got = None;
        self.until(|| {
            got = self.unseen_to(who);
            got.is_some()
        });
        got.unwrap_or_else(|| panic!("no mail came to {who}"))
    }

    fn unseen_to(&self, who: &str) -> Option<Got> {
        let taken = self.sink.taken();
        let mut seen = self.seen.lock().unwrap();
        seen.resize(taken.len(), false);
        let next = (0..taken.len()).find(|at| !seen[*at] && taken[*at].recipients == [who])?;
        seen[next] = true;
        Some(Got::of(&taken[next]))
    }

    /// Waits for something that the engine does by itself; not for ever.
    pub fn until(&self, mut is_done: impl FnMut() -> bool) {
        for look in 0..6000 {
            if is_done() {
                return;
            }
            if look % 50 == 0 {
                self.nudge();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends: nothing may have gone out that nobody looked at, and nothing in which one reader sees another's address.
    pub fn end(mut self) {
        let engine = self.engine.take().unwrap();
        self.runtime.block_on(engine.stop());
        let waiting = self.installation.store.queue(false).unwrap();
        assert!(waiting.is_empty(), "{waiting:?}");
        let taken = self.sink.taken();
        let seen = self.seen.lock().unwrap().len();
        let all: Vec<Got> = taken.iter().map(Got::of).collect();
        assert_eq!(all.len(), seen, "mails that nobody expected: {:?}", &all[seen..]);
        for (at, seen) in self.seen.lock().unwrap().iter().enumerate() {
            assert!(seen, "nobody expected {} to {}:\n{}", all[at].subject, all[at].to, all[at].text);
        }
        show(&all);
        assert_no_leak(&all);
    }
}

/// Writes the mails to the folder that the environment names, for people who want to look at them.
fn show(mails: &[Got]) {
    let Some(folder) = std::env::var_os("REJOINDER_SHOW") else { return };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (at, mail) in mails.iter().enumerate() {
        let name = std::thread::current().name().unwrap().replace("::", "-");
        let delivered = format!("Delivered-To: {}\r\n{}", mail.to, mail.content);
        std::fs::write(folder.join(format!("{name}-{at:02}.eml")), delivered).unwrap();
    }
}

/// No mail shows the author's address, or that of somebody who got one, but its recipient's.
fn assert_no_leak(mails: &[Got]) {
    let people: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).chain([bare(MARINA)]).collect();
    for mail in mails {
        for address in people.iter().filter(|address| **address != mail.to) {
            let (local, domain) = address.split_once('@').unwrap();
            for at in ["@", "%40", "=40", " at ", "&#64;"] {
                let spelled = format!("{local}{at}{domain}");
                let forms = [&mail.content.replace("=\r\n", ""), &mail.text, &mail.html];
                assert!(
                    forms.iter().all(|form| !form.contains(&spelled)),
                    "{spelled} is shown to {}:\n{}",
                    mail.to,
                    mail.content
                );
            }
        }
    }
}

/// Says one mail to a door, as a simple client does; the code of the last reply to it.
pub fn hand_over(door: SocketAddr, hello: &str, from: &str, to: &str, octets: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(door).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut read = || loop {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line[..3].parse::<u16>().unwrap();
        }
    };
    assert_eq!(read(), 220);
    for line in
        [&format!("{hello} out.client.example"), &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA"]
    {
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let code = read();
        if code >= 400 {
            return code;
        }
    }
    let text = String::from_utf8(octets.to_vec()).unwrap();
    let text = text.replace("\r\n.", "\r\n..");
    stream.write_all(format!("{}\r\n.\r\n", text.trim_end_matches("\r\n")).as_bytes()).unwrap();
    read()
}
