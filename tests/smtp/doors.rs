//! Both doors side by side: the same mails through each must arrive as the same bytes. And the known faults of
//! `mailin_embedded` 0.8.3, one pinned by each test: where one of them fails, a release has mended it, and the decision
//! that it is the local door only can be looked at again (`docs/ARCHITECTURE.md`). That its `serve` never returns is a
//! fault of its interface, which no test can hold.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::client::Client;
use crate::recorder::Recorder;
use mailin_embedded::{Handler, Response, Server, response};
use rejoinder::clock::Clock;
use rejoinder::mailbox::Mailbox;
use rejoinder::smtp::{Limits, LocalDoor, PublicDoor, Receiver, Setup};
use tokio::runtime::Handle;
use tokio::sync::watch;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn limits() -> Limits {
    Limits { message_bytes: 100_000, line_bytes: 20_000, recipients: 3, ..Limits::default() }
}

fn setup(limits: Limits) -> Setup {
    Setup { domain: "lists.example".to_owned(), limits, ..Setup::default() }
}

/// A public and a local door, each before its own receiver.
async fn both<R: Receiver>(public: Arc<R>, local: Arc<R>) -> (SocketAddr, SocketAddr, watch::Sender<bool>) {
    let (shutdown, closing) = watch::channel(false);
    let door = PublicDoor::bind(ANY_PORT, setup(limits()), public).await.unwrap();
    let public = door.local_addr().unwrap();
    tokio::spawn(door.run(closing));
    let local = LocalDoor::start(ANY_PORT, "lists.example", limits(), local, Handle::current()).unwrap();
    (public, local.local_addr(), shutdown)
}

/// Reads one reply; its last line.
async fn reply(client: &mut Client) -> String {
    loop {
        let line = client.line().await.expect("a reply");
        if line.as_bytes().get(3) == Some(&b' ') {
            return line;
        }
    }
}

async fn say(client: &mut Client, line: &str) -> String {
    client.send(format!("{line}\r\n").as_bytes()).await;
    reply(client).await
}

/// Greets, and sends a mail's envelope up to the answer to DATA.
async fn begin(door: SocketAddr, to: &[&str]) -> Client {
    let mut client = Client::connect(door).await;
    reply(&mut client).await;
    say(&mut client, "EHLO there.example").await;
    envelope(&mut client, to).await;
    client
}

async fn envelope(client: &mut Client, to: &[&str]) {
    assert!(say(client, "MAIL FROM:<ada@there.example>").await.starts_with("250"));
    for to in to {
        say(client, &format!("RCPT TO:<{to}>")).await;
    }
    assert!(say(client, "DATA").await.starts_with("354"));
}

/// Sends a mail's text as it goes over the wire and the ending; the reply.
async fn finish(client: &mut Client, text: &[u8]) -> String {
    client.send(&[text, b".\r\n"].concat()).await;
    reply(client).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_mails_through_both_doors_arrive_as_the_same_bytes() {
    let (at_public, at_local) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let (public, local, _shutdown) = both(Arc::clone(&at_public), Arc::clone(&at_local)).await;
    let long_line = [vec![b'x'; 19_000], b"\r\n".to_vec()].concat();
    let mails: Vec<&[u8]> = vec![
        b"Subject: plain\r\n\r\nhello\r\n",
        b"Subject: dots\r\n\r\n..\r\n...\r\n..x\r\n .\r\n..\r\n",
        "Subject: naïve\r\n\r\n日本 \u{e9}\r\n".as_bytes(),
        b"8-bit that is no UTF-8: \xe9\xff\r\n",
        b"NUL \0 and other controls \x0b\x1b\t\r\n",
        b"",
        b"\r\n",
        b"trailing blank lines\r\n\r\n\r\n\r\n",
        b"..\r\n",
        &long_line,
        // What neither takes.
        b"a lone \n LF\r\n",
        b"a lone \r CR\r\n",
        b"CR before CRLF\r\r\nx\r\n",
        b".\ra dot and a CR\r\n",
    ];
    let too_long = [vec![b'x'; 20_001], b"\r\n".to_vec()].concat();
    let too_big = b"0123456789abcdef\r\n".repeat(6000);
    for text in mails.into_iter().chain([&too_long[..], &too_big[..]]) {
        let mut answers = Vec::new();
        for door in [public, local] {
            let mut client = begin(door, &["talk@lists.example", "other@lists.example", "Talk@Lists.example"]).await;
            answers.push(finish(&mut client, text).await);
            // Whatever became of it, the session is good for another.
            envelope(&mut client, &["talk@lists.example"]).await;
            assert_eq!(finish(&mut client, b"next\r\n").await, "250 2.0.0 Kept");
        }
        assert_eq!(answers[0], answers[1], "{:?}", String::from_utf8_lossy(&text[..text.len().min(60)]));
    }
    let (public, local) = (at_public.mails(), at_local.mails());
    assert_eq!(public.len(), 10 + 16);
    assert_eq!(public.len(), local.len());
    for ((public, content), (local, same)) in public.iter().zip(&local) {
        assert_eq!(String::from_utf8_lossy(content), String::from_utf8_lossy(same));
        assert_eq!(content, same);
        assert_eq!((&public.reverse_path, &public.recipients), (&local.reverse_path, &local.recipients));
        assert_eq!((&public.helo, public.peer.ip()), (&local.helo, local.peer.ip()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_through_either_door_lies_in_the_mailbox_as_it_was_sent() {
    let temporary = tempfile::tempdir().unwrap();
    let clock = Clock::manual("2026-01-02T03:04:05Z".parse().unwrap());
    let mailbox = Arc::new(Mailbox::open(temporary.path(), clock).unwrap());
    let (public, local, _shutdown) = both(Arc::clone(&mailbox), Arc::clone(&mailbox)).await;
    for door in [public, local] {
        let mut client = begin(door, &["Bo@anywhere.example"]).await;
        assert!(finish(&mut client, b"Subject: kept\r\n\r\n..dot\r\n\r\n").await.starts_with("250"));
    }
    let entries = mailbox.list().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!((entry.delivered_to.as_deref(), entry.subject.as_str()), (Some("Bo@anywhere.example"), "kept"));
        let stored = mailbox.read(entry.number).unwrap().unwrap();
        assert!(
            stored.ends_with(b"-0000\r\nSubject: kept\r\n\r\n.dot\r\n\r\n"),
            "{}",
            String::from_utf8_lossy(&stored)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_doors_answer_recipients_alike() {
    let (public, local, _shutdown) = both(Arc::new(Recorder::default()), Arc::new(Recorder::default())).await;
    for to in [
        "nobody@lists.example",
        "later@lists.example",
        "someone@elsewhere.example",
        "talk",
        "postmaster",
        "talk@lists.example",
    ] {
        let mut answers = Vec::new();
        for door in [public, local] {
            let mut client = Client::connect(door).await;
            reply(&mut client).await;
            say(&mut client, "HELO there.example").await;
            say(&mut client, "MAIL FROM:<ada@there.example>").await;
            answers.push(say(&mut client, &format!("RCPT TO:<{to}>")).await);
        }
        assert_eq!(answers[0], answers[1], "{to}");
    }
    for door in [public, local] {
        let mut client = begin(door, &["a@lists.example", "b@lists.example", "a@lists.example"]).await;
        assert!(finish(&mut client, b"").await.starts_with("250"));
        say(&mut client, "MAIL FROM:<ada@there.example>").await;
        for _ in 0..3 {
            assert!(say(&mut client, "RCPT TO:<talk@lists.example>").await.starts_with("250"));
        }
        assert!(say(&mut client, "RCPT TO:<talk@lists.example>").await.starts_with("452"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_door_gives_these_replies_of_its_own() {
    let (_, local, _shutdown) = both(Arc::new(Recorder::default()), Arc::new(Recorder::default())).await;
    let mut client = Client::connect(local).await;
    reply(&mut client).await;
    say(&mut client, "EHLO there.example").await;
    for (line, wanted) in [
        ("MAIL FROM:<ada>", "501 5.1.7 Bad sender address"),
        ("MAIL FROM:<ada@there.example>", "250 2.1.0 Go on"),
        ("RCPT TO:<talk>", "501 5.1.3 Bad recipient address"),
        ("RCPT TO:<broken@lists.example>", "451 4.3.0 Not now; try again later"),
        ("RCPT TO:<a@lists.example>", "250 2.1.5 Known"),
        ("RCPT TO:<b@lists.example>", "250 2.1.5 Known"),
        ("RCPT TO:<nothing@lists.example>", "250 2.1.5 Known"),
        ("RCPT TO:<c@lists.example>", "452 4.5.3 Too many recipients; send the rest in another mail"),
    ] {
        assert_eq!(say(&mut client, line).await, wanted, "{line}");
    }
    assert!(say(&mut client, "DATA").await.starts_with("354"));
    assert_eq!(finish(&mut client, b"hi\r\n").await, "451 4.3.0 Nothing was done; try again later");
    say(&mut client, "MAIL FROM:<ada@there.example>").await;
    say(&mut client, "RCPT TO:<nobody@lists.example>").await;
    assert!(say(&mut client, "DATA").await.starts_with("503"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_at_the_end_of_data_leave_both_doors_ready() {
    let (public, local, _shutdown) = both(Arc::new(Recorder::default()), Arc::new(Recorder::default())).await;
    for door in [public, local] {
        for (to, wanted) in
            [("refused@lists.example", "550 5.7.1 Not from you"), ("busy@lists.example", "451 4.3.0 Not now")]
        {
            let mut client = begin(door, &[to]).await;
            assert_eq!(finish(&mut client, b"hi\r\n").await, wanted);
            assert!(say(&mut client, "RSET").await.starts_with("250"));
            envelope(&mut client, &["talk@lists.example"]).await;
            assert_eq!(finish(&mut client, b"hi\r\n").await, "250 2.0.0 Kept");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_door_closes_where_the_end_of_a_mail_is_in_doubt() {
    let recorder = Arc::new(Recorder::default());
    let (_, local, _shutdown) = both(Arc::new(Recorder::default()), Arc::clone(&recorder)).await;
    let mut client = begin(local, &["talk@lists.example"]).await;
    client
        .send(b"outer\n.\r\nMAIL FROM:<x@there.example>\r\nRCPT TO:<talk@lists.example>\r\nDATA\r\ninner\r\n.\r\n")
        .await;
    assert!(reply(&mut client).await.starts_with("550 5.6.0"));
    assert_eq!(client.line().await, None);
    assert!(recorder.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_clients_keep_nobody_out_of_the_local_door() {
    let (_, local, _shutdown) = both(Arc::new(Recorder::default()), Arc::new(Recorder::default())).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        let mut client = Client::connect(local).await;
        reply(&mut client).await;
        idle.push(client);
    }
    let mut client = begin(local, &["talk@lists.example"]).await;
    assert_eq!(finish(&mut client, b"hi\r\n").await, "250 2.0.0 Kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_door_opens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
        let address = address.parse().unwrap();
        let recorder = Arc::new(Recorder::default());
        let refused = LocalDoor::start(address, "lists.example", limits(), recorder, Handle::current()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert!(refused.to_string().contains("not a loopback address"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_sent_mail_that_has_all_the_memory_makes_room_for_others_and_nothing_kept_is_lost() {
    let (recorder, (_shutdown, closing)) = (Arc::new(Recorder::default()), watch::channel(false));
    let limits = Limits { message_bytes: 20_000, buffered_bytes: 20_000, ..limits() };
    let door = PublicDoor::bind(ANY_PORT, setup(limits), Arc::clone(&recorder)).await.unwrap();
    let address = door.local_addr().unwrap();
    tokio::spawn(door.run(closing));
    let (mut small, mut taken) = (begin(address, &["talk@lists.example"]).await, 0);
    let mut large = begin(address, &["talk@lists.example"]).await;
    large.send(&b"0123456789abcdef\r\n".repeat(1_100)).await;
    // Until the door has read the large one so far, others get through; these are empty, so as to take no memory from it.
    let refusal = loop {
        assert!(finish(&mut small, b"").await.starts_with("250"));
        taken += 1;
        assert!(say(&mut small, "MAIL FROM:<ada@there.example>").await.starts_with("250"));
        assert!(say(&mut small, "RCPT TO:<talk@lists.example>").await.starts_with("250"));
        let data = say(&mut small, "DATA").await;
        if !data.starts_with("354") {
            break data;
        }
    };
    assert_eq!(refusal, "452 4.3.1 Too many mails at once; try again later");
    // The first refusal may come before the door has noted who has the memory; there is room once that one has left.
    while !say(&mut small, "DATA").await.starts_with("354") {}
    assert_eq!(finish(&mut small, b"small\r\n").await, "250 2.0.0 Kept");
    assert_eq!(reply(&mut large).await, "421 4.7.0 lists.example Others wait for your place; come back later");
    assert_eq!(recorder.mails().len(), taken + 1);
}

/// What a bare `mailin_embedded` server tells: the size of each piece of data that its handler got.
#[derive(Clone)]
struct Bare {
    pieces: Arc<Mutex<Vec<usize>>>,
    /// What is answered at the end of data.
    end: Response,
    /// Whether `data` fails.
    fails: bool,
}

impl Handler for Bare {
    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.pieces.lock().unwrap().push(line.len());
        if self.fails { Err(io::Error::other("no")) } else { Ok(()) }
    }

    fn data_end(&mut self) -> Response {
        self.end.clone()
    }
}

/// A bare server as its documentation starts one, and what its handler saw.
fn bare(end: Response, fails: bool) -> (SocketAddr, Arc<Mutex<Vec<usize>>>) {
    let pieces = Arc::new(Mutex::default());
    let listener = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = Server::new(Bare { pieces: Arc::clone(&pieces), end, fails });
    server.with_name("lists.example").with_tcp_listener(listener);
    std::thread::spawn(move || server.serve().map_err(|fault| fault.to_string()));
    (address, pieces)
}

#[tokio::test]
async fn pinned_mailin_refuses_the_empty_reverse_path_of_bounces() {
    let mut client = Client::connect(bare(response::OK, false).0).await;
    reply(&mut client).await;
    say(&mut client, "EHLO there.example").await;
    assert!(say(&mut client, "MAIL FROM:<>").await.starts_with("500"));
}

#[tokio::test]
async fn pinned_mailin_offers_no_size_and_refuses_it() {
    let mut client = Client::connect(bare(response::OK, false).0).await;
    reply(&mut client).await;
    client.send(b"EHLO there.example\r\n").await;
    assert_eq!(client.line().await.as_deref(), Some("250-server offers extensions:"));
    assert_eq!(client.line().await.as_deref(), Some("250 8BITMIME"));
    assert!(say(&mut client, "MAIL FROM:<ada@there.example> SIZE=100").await.starts_with("500"));
}

#[tokio::test]
async fn pinned_mailin_takes_a_lone_lf_and_a_dot_for_the_end_of_data() {
    let mut client = begin(bare(response::OK, false).0, &["talk@lists.example"]).await;
    client.send(b"outer\n.\r\nNOOP\r\n").await;
    assert!(reply(&mut client).await.starts_with("250"), "the mail ended");
    assert!(reply(&mut client).await.starts_with("250"), "and what followed was a command");
}

#[tokio::test]
async fn pinned_mailin_keeps_a_line_of_any_length_in_memory() {
    let (door, pieces) = bare(response::OK, false);
    let mut client = begin(door, &["talk@lists.example"]).await;
    finish(&mut client, &[vec![b'x'; 4 << 20], b"\r\n".to_vec()].concat()).await;
    assert_eq!(*pieces.lock().unwrap(), [(4 << 20) + 2]);
}

#[tokio::test]
async fn pinned_mailin_stays_in_data_after_a_temporary_refusal() {
    let refusal = Response::custom(451, "Not now".to_owned());
    assert!(refusal.is_error, "a refusal no longer counts as an error");
    let mut client = begin(bare(refusal, false).0, &["talk@lists.example"]).await;
    assert!(finish(&mut client, b"hi\r\n").await.starts_with("451"));
    // NOOP is taken for text of the same mail: the next reply is that to its second end.
    assert!(finish(&mut client, b"NOOP\r\n").await.starts_with("451"));
}

#[tokio::test]
async fn pinned_mailin_answers_a_failing_handler_in_the_middle_of_the_mail() {
    let mut client = begin(bare(response::OK, true).0, &["talk@lists.example"]).await;
    client.send(b"one line\r\n").await;
    assert!(reply(&mut client).await.starts_with("554"));
}

#[tokio::test]
async fn pinned_mailin_is_stopped_by_four_idle_clients() {
    let (door, _) = bare(response::OK, false);
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut client = Client::connect(door).await;
        reply(&mut client).await;
        idle.push(client);
    }
    let mut fifth = Client::connect(door).await;
    assert!(tokio::time::timeout(Duration::from_millis(300), reply(&mut fifth)).await.is_err());
    idle.pop();
    assert!(reply(&mut fifth).await.starts_with("220"));
}
