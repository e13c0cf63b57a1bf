//! Handing mail to a relay, over real sockets to a relay that can misbehave.

mod pipelining;
mod sink;
mod tls_sink;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rejoinder::clock::Clock;
use rejoinder::deliver::{
    About, ConnectionLimits, Credentials, Encryption, Endpoint, Outgoing, Relay, RelayError, SmtpRelay, Step, Timeouts,
};
use rejoinder::message::Address;
use sink::{Act, Sink, Stage};

/// Long enough that no working step ever takes as long, so that a limit only ends what hangs.
const PATIENT: Duration = Duration::from_secs(60);
/// For steps that hang for good.
const SHORT: Duration = Duration::from_millis(200);

fn mail(recipient: &str) -> Outgoing {
    with_content(recipient, &format!("Subject: for {recipient}\r\n\r\nHello\r\n"))
}

fn with_content(recipient: &str, content: &str) -> Outgoing {
    Outgoing {
        reverse_path: Some(Address::parse("talk+b.token@lists.example").unwrap()),
        recipient: Address::parse(recipient).unwrap(),
        content: content.as_bytes().to_vec(),
    }
}

fn limits(connections: usize) -> ConnectionLimits {
    ConnectionLimits { connections, ..ConnectionLimits::default() }
}

fn relay_with(endpoint: Endpoint, timeouts: Timeouts, limits: ConnectionLimits, clock: Clock) -> SmtpRelay {
    SmtpRelay::new(endpoint, "lists.example", timeouts, limits, clock).unwrap()
}

fn relay(sink: &Sink) -> SmtpRelay {
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    relay_with(Endpoint::at(sink.address), Timeouts::each(PATIENT), limits(4), clock)
}

fn recipients(sink: &Sink) -> Vec<String> {
    sink.taken().into_iter().flat_map(|taken| taken.recipients).collect()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_with_its_envelope() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    let content = "Subject: dots\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n\r\n";
    let accepted = relay.send(&with_content("ada@example.org", content)).await.unwrap();
    assert_eq!(accepted.text.as_str(), "2.0.0 taken");
    let bounce = Outgoing { reverse_path: None, ..with_content("\"b c\"@[127.0.0.1]", "no end") };
    relay.send(&bounce).await.unwrap();
    let taken = sink.taken();
    assert_eq!(taken[0].content, content);
    assert_eq!(taken[0].reverse_path, "talk+b.token@lists.example");
    assert_eq!(taken[0].recipients, ["ada@example.org"]);
    assert_eq!((taken[1].reverse_path.as_str(), taken[1].content.as_str()), ("", "no end\r\n"));
    // Once for lettre, and once for all that it keeps to itself.
    assert_eq!(sink.count("EHLO lists.example"), 2);
}

#[tokio::test]
async fn a_large_mail_arrives_whole() {
    let sink = Sink::start().await;
    let lines: String = (0..60_000).map(|n| format!(".line {n} of many\r\n")).collect();
    relay(&sink).send(&with_content("ada@example.org", &lines)).await.unwrap();
    assert!(sink.taken()[0].content == lines, "the mail was changed on its way");
}

#[tokio::test]
async fn no_lone_line_end_leaves_us_and_so_no_second_mail_is_smuggled_in() {
    let sink = Sink::start().await;
    let smuggler = "Subject: x\n\nHello\n.\nMAIL FROM:<evil@example.org>\r.\r\nRCPT TO:<b@example.org>\r\n";
    relay(&sink).send(&with_content("ada@example.org", smuggler)).await.unwrap();
    assert_eq!(sink.taken().len(), 1);
    let wanted = "Subject: x\r\n\r\nHello\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\nRCPT TO:<b@example.org>\r\n";
    assert_eq!(sink.taken()[0].content, wanted);
}

#[tokio::test]
async fn for_now_and_for_good_are_told_apart_and_whose_fault_it_is() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Rcpt, "gone@", 1, Act::Say("550-5.1.1 there is no\r\n550 5.1.1 <gone@example.org> here"));
    sink.on(Stage::Rcpt, "grey@", 1, Act::Say("451 4.7.1 come back later"));
    sink.on(Stage::Rcpt, "policy@", 1, Act::Say("550 5.7.1 not from you"));
    sink.on(Stage::End, "for spam@", 1, Act::Say("554 5.7.1 looks like spam"));
    sink.on(Stage::End, "for full@", 1, Act::Say("452 4.2.2 mailbox full"));
    let cases = [
        ("gone@example.org", true, Some(550), About::Recipient),
        ("grey@example.org", false, Some(451), About::Message),
        ("policy@example.org", true, Some(550), About::Message),
        ("spam@example.org", true, Some(554), About::Message),
        ("full@example.org", false, Some(452), About::Recipient),
    ];
    for (recipient, permanent, code, about) in cases {
        let error = relay.send(&mail(recipient)).await.unwrap_err();
        assert_eq!((error.is_permanent(), error.code(), error.about()), (permanent, code, about), "{error}");
        assert!(!error.to_string().contains("gone@"), "{error}");
    }
    assert!(sink.taken().is_empty());
}

#[tokio::test]
async fn a_refused_recipient_does_not_hurt_the_next_mail_on_the_same_connection() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Rcpt, "gone@", 1, Act::Say("550 5.1.1 no such user"));
    sink.on(Stage::Data, "", 1, Act::Say("451 4.3.0 not now"));
    assert!(relay.send(&mail("gone@example.org")).await.unwrap_err().is_permanent());
    assert!(!relay.send(&mail("unlucky@example.org")).await.unwrap_err().is_permanent());
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!(recipients(&sink), ["ada@example.org"]);
    assert_eq!((sink.connections(), sink.count("RSET")), (1, 2));
}

#[tokio::test]
async fn a_relay_that_will_not_even_reset_is_left() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Rcpt, "gone@", 1, Act::Say("550 5.1.1 no such user"));
    sink.on(Stage::Rset, "", 1, Act::Say("500 what?"));
    assert!(relay.send(&mail("gone@example.org")).await.unwrap_err().is_permanent());
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!(sink.connections(), 2);
}

#[tokio::test]
async fn an_end_without_an_answer_is_ambiguous_and_not_tried_again_by_itself() {
    for act in [Act::TakeAndClose, Act::Close, Act::Say("not SMTP at all")] {
        let sink = Sink::start().await;
        let relay = relay(&sink);
        relay.send(&mail("first@example.org")).await.unwrap();
        sink.on(Stage::End, "for ada@", 1, act.clone());
        let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
        assert!(matches!(error, RelayError::Ambiguous { .. }), "{act:?}: {error:?}");
        assert_eq!((sink.count("DATA"), sink.connections()), (2, 1), "{act:?}");
        relay.send(&mail("ada@example.org")).await.unwrap();
        assert_eq!(sink.connections(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_mail_was_sent_leaves_no_doubt() {
    for stage in [Stage::Connect, Stage::Ehlo, Stage::Mail, Stage::Rcpt, Stage::Data] {
        let sink = Sink::start().await;
        sink.on(stage, "", 1, Act::Close);
        let error = relay(&sink).send(&mail("ada@example.org")).await.unwrap_err();
        assert!(matches!(error, RelayError::Temporary { about: About::Relay, code: None, .. }), "{stage:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_yes_to_data_that_is_no_go_ahead_sends_nothing() {
    let sink = Sink::start().await;
    sink.on(Stage::Data, "", 1, Act::Say("250 ok"));
    let error = relay(&sink).send(&mail("ada@example.org")).await.unwrap_err();
    assert!(matches!(error, RelayError::Temporary { step: Step::Data, .. }), "{error:?}");
}

#[tokio::test]
async fn a_relay_that_takes_nobody_now_is_no_verdict_on_a_mail() {
    for act in [Act::SayAndClose("554 5.3.2 no service here"), Act::SayAndClose("421 4.3.2 too busy")] {
        let sink = Sink::start().await;
        sink.on(Stage::Connect, "", 1, act);
        let error = relay(&sink).send(&mail("ada@example.org")).await.unwrap_err();
        assert!(!error.is_permanent() && error.about() == About::Relay && error.code().is_some(), "{error:?}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let relay = relay_with(Endpoint::at(nobody), Timeouts::each(PATIENT), limits(1), Clock::system());
    let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
    assert!(matches!(error, RelayError::Temporary { step: Step::Connect, .. }), "{error:?}");
}

#[tokio::test]
async fn connections_are_used_again_up_to_their_number_of_mails() {
    let sink = Sink::start().await;
    let limits = ConnectionLimits { mails: 10, ..limits(4) };
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let relay = relay_with(Endpoint::at(sink.address), Timeouts::each(PATIENT), limits, clock);
    for n in 0..25 {
        relay.send(&mail(&format!("reader{n}@example.org"))).await.unwrap();
    }
    let by_connection: Vec<usize> = sink.taken().iter().map(|taken| taken.connection).collect();
    let wanted: Vec<usize> = (0..25).map(|n| n / 10).collect();
    assert_eq!((by_connection, sink.most_open(), sink.count("QUIT")), (wanted, 1, 2));
    relay.close_idle().await;
    assert_eq!(sink.count("QUIT"), 3);
}

#[tokio::test]
async fn a_connection_that_waited_for_too_long_is_not_used_again() {
    let sink = Sink::start().await;
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let limits = ConnectionLimits { idle: SignedDuration::from_secs(60), ..limits(4) };
    let relay = relay_with(Endpoint::at(sink.address), Timeouts::each(PATIENT), limits, clock.clone());
    for (second, connections) in [(0, 1), (60, 1), (121, 2)] {
        clock.set(Timestamp::from_second(second).unwrap());
        relay.send(&mail("ada@example.org")).await.unwrap();
        assert_eq!(sink.connections(), connections, "at {second} s");
    }
}

#[tokio::test]
async fn a_stale_connection_is_replaced_without_loss() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    for n in 0..4 {
        relay.send(&mail(&format!("reader{n}@example.org"))).await.unwrap();
        sink.hang_up().await;
    }
    assert_eq!(recipients(&sink).len(), 4);
    assert_eq!(sink.connections(), 4);
}

#[tokio::test]
async fn a_goodbye_to_a_used_connection_is_taken_for_staleness_only_once() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    relay.send(&mail("first@example.org")).await.unwrap();
    sink.on(Stage::Mail, "", 1, Act::SayAndClose("421 4.4.2 you were idle for too long"));
    relay.send(&mail("second@example.org")).await.unwrap();
    assert_eq!((recipients(&sink).len(), sink.connections()), (2, 2));
    sink.on(Stage::Mail, "", 2, Act::SayAndClose("421 4.3.2 going down"));
    let error = relay.send(&mail("third@example.org")).await.unwrap_err();
    assert_eq!((error.code(), error.about(), sink.connections()), (Some(421), About::Relay, 3));
}

#[tokio::test]
async fn every_step_has_its_time_and_the_next_mail_finds_a_working_connection() {
    let short = |change: fn(&mut Timeouts)| {
        let mut timeouts = Timeouts::each(PATIENT);
        change(&mut timeouts);
        timeouts
    };
    let cases = [
        (Stage::Connect, short(|t| t.greeting = SHORT), Some(Step::Greeting)),
        (Stage::Ehlo, short(|t| t.greeting = SHORT), Some(Step::Greeting)),
        (Stage::Mail, short(|t| t.mail = SHORT), Some(Step::Mail)),
        (Stage::Rcpt, short(|t| t.recipient = SHORT), Some(Step::Recipient)),
        (Stage::Data, short(|t| t.data = SHORT), Some(Step::Data)),
        (Stage::End, short(|t| t.end_of_data = SHORT), None),
    ];
    for (stage, timeouts, failed_at) in cases {
        let sink = Sink::start().await;
        sink.on(stage, "", 1, Act::Hang);
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let relay = relay_with(Endpoint::at(sink.address), timeouts, limits(1), clock);
        let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
        match (&error, failed_at) {
            (RelayError::Ambiguous { .. }, None) => (),
            (RelayError::Temporary { step, code: None, .. }, Some(wanted)) => assert_eq!(*step, wanted),
            _ => panic!("{stage:?}: {error:?}"),
        }
        relay.send(&mail("ada@example.org")).await.unwrap();
        assert_eq!(sink.connections(), 2, "{stage:?}");
    }
}

#[tokio::test]
async fn a_relay_that_stops_reading_in_the_middle_of_a_mail_leaves_no_doubt() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::at(listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        // All answers in advance, and not a byte read.
        stream.write_all(b"220 a\r\n250 a\r\n250 a\r\n250 a\r\n250 a\r\n354 a\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let timeouts = Timeouts { content: SHORT, ..Timeouts::each(PATIENT) };
    let relay = relay_with(endpoint, timeouts, limits(1), Clock::system());
    // More than any socket's buffers hold.
    let error = relay.send(&with_content("ada@example.org", &"x\r\n".repeat(10_000_000))).await.unwrap_err();
    assert!(matches!(error, RelayError::Temporary { step: Step::Content, code: None, .. }), "{error:?}");
}

#[tokio::test]
async fn many_sends_at_once_share_a_bounded_number_of_connections() {
    let sink = Sink::start().await;
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let relay = Arc::new(relay_with(Endpoint::at(sink.address), Timeouts::each(PATIENT), limits(3), clock));
    for round in 0..3 {
        let mut sends = tokio::task::JoinSet::new();
        for n in 0..8 {
            let relay = Arc::clone(&relay);
            sends.spawn(async move { relay.send(&mail(&format!("reader{n}@round{round}.example"))).await });
        }
        assert!(sends.join_all().await.iter().all(Result::is_ok));
        // A send that breaks off must give its place back.
        sink.on(Stage::Mail, "", 1, Act::Close);
    }
    let mut arrived = recipients(&sink);
    arrived.sort();
    arrived.dedup();
    assert_eq!((arrived.len(), sink.most_open()), (24, 3));
}

#[tokio::test]
async fn a_send_that_is_given_up_gives_its_place_back() {
    let sink = Sink::start().await;
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let relay = relay_with(Endpoint::at(sink.address), Timeouts::each(PATIENT), limits(1), clock);
    sink.on(Stage::End, "", 1, Act::Hang);
    assert!(tokio::time::timeout(SHORT, relay.send(&mail("ada@example.org"))).await.is_err());
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!(sink.connections(), 2);
}

#[tokio::test]
async fn addresses_and_mail_beyond_ascii_go_only_where_the_relay_takes_them() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    let error = relay.send(&mail("müller@example.org")).await.unwrap_err();
    assert!(error.is_permanent() && error.about() == About::Recipient, "{error:?}");
    let error = relay.send(&with_content("ada@example.org", "Grüße")).await.unwrap_err();
    assert!(error.is_permanent() && error.about() == About::Message, "{error:?}");
    relay.close_idle().await;
    sink.offer(&["SMTPUTF8", "8BITMIME"]);
    relay.send(&with_content("müller@example.org", "Grüße")).await.unwrap();
    let given = "MAIL FROM:<talk+b.token@lists.example> SMTPUTF8 BODY=8BITMIME";
    assert_eq!((sink.count(given), recipients(&sink)), (1, vec!["müller@example.org".to_owned()]));
}

#[tokio::test]
async fn credentials_are_given_once_a_connection_and_a_wrong_one_is_no_verdict_on_a_mail() {
    let sink = Sink::start().await;
    sink.offer(&["AUTH PLAIN LOGIN"]);
    let credentials = Credentials { user: "ada".to_owned(), password: "hunter2".to_owned() };
    let endpoint = Endpoint { credentials: Some(credentials), ..Endpoint::at(sink.address) };
    let relay = relay_with(endpoint, Timeouts::each(PATIENT), limits(1), Clock::system());
    sink.on(Stage::Auth, "", 1, Act::Say("535 5.7.8 no"));
    let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
    assert!(!error.is_permanent() && error.about() == About::Relay, "{error:?}");
    relay.send(&mail("ada@example.org")).await.unwrap();
    relay.send(&mail("bob@example.org")).await.unwrap();
    // base64 of NUL ada NUL hunter2 (RFC 4616).
    assert_eq!((sink.count("AUTH PLAIN AGFkYQBodW50ZXIy"), sink.taken().len()), (2, 2));
}

#[tokio::test]
async fn no_password_is_said_where_the_encryption_that_was_offered_does_not_come() {
    let sink = Sink::start().await;
    sink.offer(&["STARTTLS", "AUTH PLAIN LOGIN"]);
    let credentials = Credentials { user: "ada".to_owned(), password: "hunter2".to_owned() };
    let endpoint = Endpoint { credentials: Some(credentials), ..Endpoint::at(sink.address) };
    let relay = relay_with(endpoint, Timeouts::each(PATIENT), limits(1), Clock::system());
    // The sink knows no such command.
    let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
    assert!(matches!(error, RelayError::Temporary { step: Step::StartTls, .. }), "{error:?}");
    assert_eq!((sink.count("STARTTLS"), sink.count("AUTH"), sink.count("MAIL")), (1, 0, 0));
}

#[tokio::test]
async fn mail_and_password_go_encrypted_by_starttls_and_from_the_first_byte() {
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let (address, said) = tls_sink::start(encryption == Encryption::StartTls);
        let credentials = Some(Credentials { user: "ada".to_owned(), password: "hunter2".to_owned() });
        let endpoint = Endpoint { encryption, credentials, ..Endpoint::at(address) };
        let relay = relay_with(endpoint, Timeouts::each(PATIENT), limits(1), Clock::system());
        relay.send(&mail("ada@example.org")).await.unwrap();
        relay.close_idle().await;
        drop(relay);
        let said = said.join().unwrap();
        let wanted = ["EHLO lists.example", "AUTH LOGIN", "YWRh", "aHVudGVyMg==", "RCPT TO:<ada@example.org>", "Hello"];
        for line in wanted {
            assert!(said.iter().any(|said| said == line), "{encryption:?}: no {line} in {said:?}");
        }
    }
}
