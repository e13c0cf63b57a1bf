//! `serve` as mail servers meet it: encryption and its certificate, LMTP, and how it ends.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command};

use tokio::runtime::Runtime;

use crate::client::Client;
use crate::folder::Folder;

/// A `serve` that was started; killed where a test fails before it ended.
struct Serving {
    child: Child,
    smtp: SocketAddr,
    lmtp: SocketAddr,
    said: BufReader<ChildStderr>,
}

impl Serving {
    /// Started with a door for LMTP, and with this certificate.
    fn start(folder: &Folder, certificate: &str) -> Self {
        install(folder, certificate);
        folder.set_smtp("lmtp_listen = \"127.0.0.1:0\"\ncert = \"chain.pem\"\nkey = \"key.pem\"");
        Self::begin(folder)
    }

    /// Started as it is set; it must have a door for LMTP.
    fn begin(folder: &Folder) -> Self {
        Self::by(folder.command("serve"))
    }

    /// Started by this command.
    fn by(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut next = |what| lines.next().and_then(|line| line.strip_prefix(what)?.trim().parse().ok()).unwrap();
        let (smtp, lmtp) = (next("smtp"), next("lmtp"));
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, smtp, lmtp, said }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits until it says something with these words.
    fn hear(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "it ended without saying `{words}`");
            if line.contains(words) {
                return line;
            }
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Where it has ended by itself there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts a certificate of `fixtures/tls` where the settings look for it.
fn install(folder: &Folder, certificate: &str) {
    for (from, to) in [("cert", "chain.pem"), ("key", "key.pem")] {
        let from = format!("{}/fixtures/tls/{certificate}.{from}.pem", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(from, folder.path(to)).unwrap();
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The last line of the reply.
async fn say(client: &mut Client, line: &str) -> String {
    client.send(format!("{line}\r\n").as_bytes()).await;
    reply(client).await
}

async fn reply(client: &mut Client) -> String {
    loop {
        let line = client.line().await.expect("a reply");
        if line.as_bytes()[3] == b' ' {
            return line;
        }
    }
}

/// One that is greeted, and has greeted by `hello` in clear.
async fn greeted(door: SocketAddr, hello: &str) -> Client {
    let mut client = Client::connect(door).await;
    assert!(reply(&mut client).await.starts_with("220 lists.example "));
    assert!(say(&mut client, &format!("{hello} there.example")).await.starts_with("250 "));
    client
}

/// One that is encrypted, by the certificate of that name.
async fn encrypted(door: SocketAddr, hello: &str, certificate: &str) -> Result<Client, String> {
    let mut client = greeted(door, hello).await;
    assert_eq!(say(&mut client, "STARTTLS").await, "220 2.0.0 Go ahead");
    client.encrypt(&format!("{certificate}.cert.pem")).await?;
    assert!(say(&mut client, &format!("{hello} there.example")).await.starts_with("250 "));
    Ok(client)
}

#[test]
fn on_sighup_new_sessions_get_the_new_certificate_and_a_bad_one_leaves_the_old_one() {
    let folder = Folder::new();
    let mut serving = Serving::start(&folder, "door");
    let (smtp, lmtp) = (serving.smtp, serving.lmtp);
    runtime().block_on(async {
        let mut before = encrypted(smtp, "EHLO", "door").await.unwrap();
        assert!(encrypted(smtp, "EHLO", "other").await.is_err());
        install(&folder, "other");
        serving.signal("-HUP");
        serving.hear("the certificate was read again");
        encrypted(smtp, "EHLO", "other").await.unwrap();
        encrypted(lmtp, "LHLO", "other").await.unwrap();
        assert!(encrypted(smtp, "EHLO", "door").await.is_err());
        assert_eq!(say(&mut before, "NOOP").await, "250 2.0.0 Done");
        std::fs::copy(format!("{}/fixtures/tls/door.key.pem", env!("CARGO_MANIFEST_DIR")), folder.path("key.pem"))
            .unwrap();
        serving.signal("-HUP");
        let said = serving.hear("the certificate stays as it was");
        assert!(said.contains("key.pem is not that of the certificate in"), "{said}");
        std::fs::remove_file(folder.path("chain.pem")).unwrap();
        serving.signal("-HUP");
        let said = serving.hear("the certificate stays as it was");
        assert!(said.contains("chain.pem cannot be read"), "{said}");
        encrypted(smtp, "EHLO", "other").await.unwrap();
    });
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn without_a_certificate_sighup_ends_nothing_that_runs_without_a_terminal() {
    let folder = Folder::new();
    folder.set_smtp("lmtp_listen = \"127.0.0.1:0\"");
    let mut serving = Serving::begin(&folder);
    serving.signal("-HUP");
    serving.hear("there is no certificate to read again");
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn a_certificate_that_cannot_be_used_stops_serve_with_what_to_do() {
    let folder = Folder::new();
    folder.set_smtp("cert = \"chain.pem\"\nkey = \"key.pem\"");
    let refused = |wanted: &str| {
        let sentence = folder.run("serve").failed();
        assert!(sentence.contains(wanted), "{sentence}");
    };
    refused("chain.pem cannot be read");
    install(&folder, "door");
    std::fs::remove_file(folder.path("key.pem")).unwrap();
    refused("key.pem cannot be read");
    std::fs::copy(folder.path("chain.pem"), folder.path("key.pem")).unwrap();
    refused("key.pem holds no private key");
    install(&folder, "door");
    std::fs::copy(folder.path("key.pem"), folder.path("chain.pem")).unwrap();
    refused("chain.pem holds no certificate");
    std::fs::write(folder.path("chain.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    refused("chain.pem holds no certificate");
    install(&folder, "door");
    std::fs::copy(format!("{}/fixtures/tls/other.key.pem", env!("CARGO_MANIFEST_DIR")), folder.path("key.pem"))
        .unwrap();
    refused("made together");
    let key = std::fs::read_to_string(folder.path("key.pem")).unwrap();
    std::fs::write(folder.path("key.pem"), key.replace("\nM", "\nN")).unwrap();
    refused("have new ones made");
}

/// Sends a mail's envelope and the first half of its text.
async fn half(client: &mut Client, id: &str) {
    assert!(say(client, "MAIL FROM:<marina@example.org>").await.starts_with("250"));
    assert!(say(client, "RCPT TO:<talk@lists.example>").await.starts_with("250"));
    assert!(say(client, "DATA").await.starts_with("354"));
    client.send(format!("From: marina@example.org\r\nSubject: {id}\r\nMessage-ID: <{id}@x>\r\n\r\n").as_bytes()).await;
}

/// Sends a mail as a client does that is told to come later: again, until it is kept.
async fn until_kept(client: &mut Client, id: &str) {
    for _ in 0..200 {
        assert!(say(client, "MAIL FROM:<marina@example.org>").await.starts_with("250"));
        let mut answer = say(client, "RCPT TO:<talk@lists.example>").await;
        if answer.starts_with("250") {
            assert!(say(client, "DATA").await.starts_with("354"));
            let mail = format!("From: marina@example.org\r\nSubject: {id}\r\nMessage-ID: <{id}@x>\r\n\r\nHi.\r\n.");
            answer = say(client, &mail).await;
            if answer == "250 2.0.0 Kept" {
                return;
            }
        }
        assert!(answer.starts_with('4'), "{answer}");
        assert!(say(client, "RSET").await.starts_with("250"));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it was never kept");
}

#[test]
fn out_of_file_descriptors_those_idle_longest_make_room_for_newcomers_and_the_log_is_not_filled() {
    let folder = Folder::new();
    folder.set_smtp("lmtp_listen = \"127.0.0.1:0\"");
    let mut serving = Serving::by(folder.limited("-n 64", "serve"));
    runtime().block_on(async {
        let mut idle = Vec::new();
        for _ in 0..64 {
            idle.push(Client::connect(serving.smtp).await);
        }
        // Each waits until there is a descriptor for it, and the last of all is served as if it were alone.
        let mut last = greeted(serving.smtp, "EHLO").await;
        until_kept(&mut last, "late").await;
        assert!(reply(&mut idle[0]).await.starts_with("220 "));
        assert_eq!(reply(&mut idle[0]).await, "421 4.7.0 lists.example Others wait for your place; come back later");
    });
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
    let mut said = String::new();
    serving.said.read_to_string(&mut said).unwrap();
    let (faults, ended) = (said.matches("door.accept_failed").count(), said.matches("session.displaced").count());
    assert!(0 < faults && faults < ended, "{faults} faults, {ended} sessions ended: {said}");
}

#[cfg(target_os = "linux")]
#[test]
fn serve_takes_all_the_file_descriptors_that_it_may_have() {
    let folder = Folder::new();
    folder.set_smtp("lmtp_listen = \"127.0.0.1:0\"");
    let serving = Serving::by(folder.limited("-Sn 100 && ulimit -Hn 500", "serve"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.child.id())).unwrap();
    let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    assert_eq!(open.split_whitespace().take(2).collect::<Vec<_>>(), ["500", "500"]);
}

#[test]
fn told_to_end_serve_lets_nobody_in_takes_the_mails_under_way_and_says_goodbye_whatever_is_spoken() {
    let folder = Folder::new();
    let mut serving = Serving::start(&folder, "door");
    let (smtp, lmtp) = (serving.smtp, serving.lmtp);
    runtime().block_on(async {
        let mut under_way = vec![
            greeted(smtp, "EHLO").await,
            greeted(lmtp, "LHLO").await,
            encrypted(smtp, "EHLO", "door").await.unwrap(),
            encrypted(lmtp, "LHLO", "door").await.unwrap(),
        ];
        let mut idle = vec![
            greeted(smtp, "EHLO").await,
            greeted(lmtp, "LHLO").await,
            encrypted(smtp, "EHLO", "door").await.unwrap(),
            encrypted(lmtp, "LHLO", "door").await.unwrap(),
        ];
        for (number, client) in under_way.iter_mut().enumerate() {
            half(client, &format!("mail{number}")).await;
        }
        let mut shaking = greeted(smtp, "EHLO").await;
        assert_eq!(say(&mut shaking, "STARTTLS").await, "220 2.0.0 Go ahead");
        serving.signal("-TERM");
        for client in &mut idle {
            assert_eq!(client.line().await.unwrap(), "421 4.3.2 lists.example Closing; come back soon");
            assert_eq!(client.line().await, None);
        }
        shaking.end().await;
        for door in [smtp, lmtp] {
            // One that comes before the door is shut hears nothing.
            let said = TcpStream::connect(door).and_then(|mut stream| stream.read(&mut [0; 9]));
            assert!(said.is_err() || said.is_ok_and(|octets| octets == 0), "somebody was let in");
        }
        for client in &mut under_way {
            client.send(b"The end.\r\n.\r\n").await;
            assert_eq!(client.line().await.unwrap(), "250 2.0.0 Kept");
            assert_eq!(client.line().await.unwrap(), "421 4.3.2 lists.example Closing; come back soon");
            assert_eq!(client.line().await, None);
        }
    });
    assert!(serving.child.wait().unwrap().success());
    let mbox = folder.run("export --list talk --format mbox").done();
    for (number, with) in ["ESMTP", "LMTP", "ESMTPS", "LMTPS"].into_iter().enumerate() {
        assert!(mbox.contains(&format!("\nSubject: mail{number}\n")), "{mbox}");
        assert!(mbox.contains(&format!("\tby lists.example with {with} id ")), "{mbox}");
    }
}
