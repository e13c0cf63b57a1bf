//! What a session promises, line by line.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::smtp::{Certificate, Door, Limits, Tls};

fn session() -> Session {
    let limits = Limits { recipients: 3, errors_per_session: 4, message_bytes: 1000, ..Limits::default() };
    with_limits(limits)
}

fn with_limits(limits: Limits) -> Session {
    begun(Setup { domain: "lists.example".to_owned(), limits, ..Setup::default() })
}

fn lmtp() -> Session {
    begun(Setup { domain: "lists.example".to_owned(), protocol: Protocol::Lmtp, ..Setup::default() })
}

/// One at a door that has a certificate.
fn encrypting() -> Session {
    static TLS: LazyLock<Tls> = LazyLock::new(|| {
        let file = |name: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name);
        let certificate = Certificate { cert: file("door.cert.pem"), key: file("door.key.pem") };
        Tls::new(certificate.load().unwrap())
    });
    begun(Setup { domain: "lists.example".to_owned(), tls: Some(TLS.clone()), ..Setup::default() })
}

fn begun(setup: Setup) -> Session {
    Session::new(Arc::new(setup), "127.0.0.1:25".parse().unwrap())
}

/// The code that a line is answered with, recipients all being known.
fn code(session: &mut Session, line: &str) -> u16 {
    let step = match session.command(line.as_bytes()) {
        Step::Ask(to) => session.recipient_answered(to, Reply::new(250, "2.1.5", "Known")),
        step => step,
    };
    match step {
        Step::Reply(reply) | Step::ReadMail(reply) | Step::Close(reply) | Step::StartTls(reply) => reply.code,
        Step::Answers(replies) => replies[0].code,
        Step::Offer(_) => 250,
        Step::ReadChunk(Chunk { last: true, kept: true, .. }) => match session.envelope() {
            Some(_) => 250,
            None => panic!("a chunk is kept for no mail"),
        },
        Step::ReadChunk(_) => match session.chunk_read(None) {
            Step::Reply(reply) | Step::Close(reply) => reply.code,
            Step::Answers(replies) => replies[0].code,
            step => panic!("{step:?}"),
        },
        Step::Ask(_) => panic!("asked twice"),
    }
}

fn kept() -> Reply {
    Reply::new(250, "2.0.0", "Kept")
}

fn codes(session: &mut Session, lines: &[&str]) -> Vec<u16> {
    lines.iter().map(|line| code(session, line)).collect()
}

#[test]
fn a_mail_is_taken_from_ehlo_to_its_envelope() {
    let mut session = session();
    let Step::Offer(offer) = session.command(b"EHLO there.example") else { panic!("no offer") };
    assert_eq!(
        offer,
        ["lists.example", "SIZE 1000", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING"]
    );
    let lines = ["MAIL FROM:<Ada@x.example> SIZE=10 BODY=8BITMIME", "RCPT TO:<talk@lists.example>", "DATA"];
    assert_eq!(codes(&mut session, &lines), [250, 250, 354]);
    let envelope = session.envelope().unwrap();
    assert_eq!(envelope.helo, "there.example");
    assert_eq!(envelope.reverse_path.unwrap().as_str(), "Ada@x.example");
    assert_eq!(envelope.recipients, [Address::parse("talk@lists.example").unwrap()]);
    assert_eq!(session.envelope(), None);
    assert_eq!(code(&mut session, "DATA"), 503);
}

#[test]
fn bounces_have_an_empty_reverse_path_and_nothing_else_is_taken_for_it() {
    for (line, wanted) in [
        ("MAIL FROM:<>", 250),
        ("mail from:<> size=10", 250),
        ("MAIL FROM: <>", 250),
        ("MAIL FROM:<postmaster>", 501),
        ("MAIL FROM:", 501),
        ("MAIL FROM:a@x.example", 501),
        ("MAIL FROM:<a@x.example", 501),
        ("MAIL FROM:<a b@x.example>", 501),
        ("MAIL FROM:<a@b@x.example>", 501),
        ("MAIL FROM:<a>", 501),
        ("MAIL FROM:<@relay.example:a@x.example>", 250),
        ("MAIL LALA:<a@x.example>", 501),
        ("MAIL", 501),
        ("MAIL FROM:<\"a b\"@x.example>", 501),
        ("MAIL FROM:<\"unclosed@x.example>", 501),
    ] {
        let mut session = session();
        session.command(b"HELO x");
        assert_eq!(code(&mut session, line), wanted, "{line}");
        assert_eq!(session.reverse_path().is_none(), wanted != 250 || line.contains("<>"), "{line}");
    }
}

#[test]
fn parameters_that_are_not_offered_are_refused() {
    for (parameter, wanted) in [
        ("SIZE=1000", 250),
        ("SIZE=1001", 552),
        ("SIZE=99999999999999999999999999", 552),
        ("SIZE=", 501),
        ("SIZE=-1", 501),
        ("SIZE", 555),
        ("BODY=7BIT", 250),
        ("BODY=BINARYMIME", 555),
        ("BODY=OTHER", 501),
        ("SMTPUTF8", 250),
        ("SMTPUTF8=yes", 555),
        ("REQUIRETLS", 555),
        ("RET=FULL", 555),
        ("AUTH=<>", 555),
        ("HOLDFOR=10", 555),
        ("WRONG=yes", 555),
        ("\"", 501),
    ] {
        let mut session = session();
        session.command(b"EHLO x");
        assert_eq!(code(&mut session, &format!("MAIL FROM:<a@x.example> {parameter}")), wanted, "{parameter}");
    }
    let mut session = session();
    let lines = ["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example> NOTIFY=NEVER", "RCPT TO:<a@x.example> X=1"];
    assert_eq!(codes(&mut session, &lines), [250, 250, 555, 555]);
}

#[test]
fn recipients_are_read_as_they_are_meant() {
    for (line, wanted) in [
        ("RCPT TO:<postmaster>", Some("postmaster@lists.example")),
        ("RCPT TO:<PostMaster>", Some("postmaster@lists.example")),
        ("RCPT TO:<Talk+r.abc@LISTS.example>", Some("Talk+r.abc@lists.example")),
        ("RCPT TO:<@lists.example,@b.example:x@away.example>", Some("x@away.example")),
        ("rcpt to: <talk@lists.example>", Some("talk@lists.example")),
        ("RCPT TO:<>", None),
        ("RCPT TO:<talk>", None),
        ("RCPT TO:talk@lists.example", None),
        ("RCPT TO:<talk@lists.example> <b@x.example>", None),
        ("RCPT TO:<talk@>", None),
        ("RCPT TO:<@lists.example>", None),
    ] {
        let mut session = session();
        session.command(b"EHLO x");
        session.command(b"MAIL FROM:<>");
        match session.command(line.as_bytes()) {
            Step::Ask(to) => assert_eq!(Some(to.as_str()), wanted, "{line}"),
            Step::Reply(reply) => {
                assert_eq!(wanted, None, "{line}");
                assert!(matches!(reply.code, 501 | 555), "{line}: {reply:?}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn commands_out_of_order_are_503() {
    let mut session = session();
    assert_eq!(
        codes(&mut session, &["MAIL FROM:<>", "RSET", "EHLO x", "RCPT TO:<a@x.example>", "DATA"]),
        [503, 250, 250, 503, 503]
    );
    assert_eq!(codes(&mut session, &["MAIL FROM:<>", "MAIL FROM:<>"]), [250, 503]);
    let mut session = self::session();
    let lines = ["EHLO x", "MAIL FROM:<>", "DATA", "RCPT TO:<a@x.example>", "EHLO x", "DATA"];
    assert_eq!(codes(&mut session, &lines), [250, 250, 554, 250, 250, 503]);
}

#[test]
fn repeated_recipients_are_kept_once_and_counted_each_time() {
    let mut session = session();
    let to = "RCPT TO:<a@x.example>";
    assert_eq!(
        codes(&mut session, &["EHLO x", "MAIL FROM:<>", to, "RCPT TO:<A@X.example>", to, to]),
        [250, 250, 250, 250, 250, 452]
    );
    assert_eq!(session.envelope().unwrap().recipients.len(), 1);
}

#[test]
fn a_client_refused_too_often_is_sent_away_and_a_mail_taken_clears_its_count() {
    let mut session = session();
    assert_eq!(codes(&mut session, &["X", "X", "X", "X"]), [500; 4]);
    assert_eq!(session.mail_answered(&[kept()]), Step::Reply(kept()));
    assert_eq!(codes(&mut session, &["X", "X", "X", "X"]), [500; 4]);
    assert!(matches!(session.command(b"X"), Step::Close(reply) if reply.code == 421));
}

#[test]
fn addresses_beyond_ascii_are_taken_where_the_client_said_smtputf8_and_nowhere_else() {
    for (mail, wanted) in [
        ("MAIL FROM:<jürgen@exämple.org> SMTPUTF8", [250, 250]),
        ("MAIL FROM:<a@x.example> SMTPUTF8", [250, 250]),
        ("MAIL FROM:<jürgen@exämple.org>", [553, 503]),
        ("MAIL FROM:<a@x.example>", [250, 553]),
        ("MAIL FROM:<jürgen@exämple.org> BODY=8BITMIME SIZE=10 SMTPUTF8", [250, 250]),
        ("MAIL FROM:<a\u{2028}b@x.example> SMTPUTF8", [501, 503]),
    ] {
        let mut session = session();
        session.command(b"EHLO x");
        assert_eq!(codes(&mut session, &[mail, "RCPT TO:<кто-то@lists.example>"]), wanted, "{mail}");
    }
}

#[test]
fn a_client_that_gives_commands_without_end_is_sent_away_recipients_that_are_taken_apart() {
    let limits = Limits { commands_per_session: 3, ..Limits::default() };
    let mut session = with_limits(limits.clone());
    let to = "RCPT TO:<a@x.example>";
    assert_eq!(codes(&mut session, &["EHLO x", "MAIL FROM:<>", to, to, to, to, to]), [250; 7]);
    assert_eq!(codes(&mut session, &["NOOP", "NOOP"]), [250, 421]);
    let mut session = with_limits(limits);
    assert_eq!(codes(&mut session, &["NOOP", "NOOP", "NOOP"]), [250; 3]);
    session.mail_answered(&[kept()]);
    assert_eq!(codes(&mut session, &["NOOP", "NOOP"]), [250; 2]);
    session.bad_line(LineFault::TooLong);
    assert!(matches!(session.bad_line(LineFault::TooLong), Step::Close(reply) if reply.code == 421));
}

#[test]
fn chunks_keep_their_order_and_do_not_mix_with_data() {
    let mut session = session();
    let begun = ["EHLO x", "BDAT 3", "MAIL FROM:<>", "BDAT 3", "RCPT TO:<a@x.example>", "BDAT 3", "bdat 0"];
    assert_eq!(codes(&mut session, &begun), [250, 503, 250, 554, 250, 250, 250]);
    assert!(session.in_chunks());
    let mixed = ["DATA", "RCPT TO:<b@x.example>", "NOOP", "BDAT 0 LAST", "BDAT 0 LAST"];
    assert_eq!(codes(&mut session, &mixed), [503, 503, 250, 250, 421]);
    let mut session = self::session();
    let again = ["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example>", "BDAT 3", "RSET", "MAIL FROM:<>"];
    assert_eq!(codes(&mut session, &again), [250; 6]);
    assert!(!session.in_chunks());
}

#[test]
fn chunks_after_a_bad_one_are_passed_over_and_the_session_goes_on() {
    for then in ["BDAT 3 LAST", "RSET", "EHLO x", "NOOP"] {
        let mut session = session();
        codes(&mut session, &["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example>"]);
        session.command(b"BDAT 2000");
        let too_big = MailFault::TooBig.reply();
        assert_eq!(session.chunk_read(Some(MailFault::TooBig)), Step::Reply(too_big.clone()));
        for _ in 0..20 {
            assert_eq!(code(&mut session, "BDAT 3"), 552);
        }
        code(&mut session, then);
        let next = ["MAIL FROM:<>", "RCPT TO:<a@x.example>", "BDAT 3 LAST"];
        assert_eq!(codes(&mut session, &next), [250; 3], "{then}");
    }
}

#[test]
fn chunks_that_are_passed_over_count_as_commands_whatever_their_length() {
    let mut session = with_limits(Limits { commands_per_session: 6, ..Limits::default() });
    codes(&mut session, &["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example>"]);
    session.command(b"BDAT 1024");
    session.chunk_read(Some(MailFault::LoneLineEnd));
    let passed_over = ["BDAT 1024", "BDAT 1024", "BDAT 1024", "BDAT 1024", "BDAT 1024"];
    assert_eq!(codes(&mut session, &passed_over), [550, 550, 550, 550, 421]);
}

#[test]
fn lmtp_is_greeted_by_lhlo_and_by_nothing_else() {
    let mut session = lmtp();
    assert_eq!(session.greeting().text, "lists.example LMTP Rejoinder");
    let lines = ["EHLO x", "HELO x", "MAIL FROM:<>", "LHLO", "LHLO x", "EHLO x", "MAIL FROM:<>", "DATA"];
    assert_eq!(codes(&mut session, &lines), [500, 500, 503, 501, 250, 500, 250, 503]);
    assert_eq!(code(&mut self::session(), "LHLO x"), 502);
}

/// The codes of a mail's answers, whatever their number.
fn answers(step: Step) -> Vec<u16> {
    match step {
        Step::Answers(replies) => replies.iter().map(|reply| reply.code).collect(),
        Step::Reply(reply) => vec![reply.code],
        other => panic!("{other:?}"),
    }
}

const THREE: [&str; 5] =
    ["LHLO x", "MAIL FROM:<>", "RCPT TO:<a@x.example>", "RCPT TO:<b@x.example>", "RCPT TO:<A@X.example>"];

#[test]
fn by_lmtp_each_recipient_that_was_taken_is_answered_in_order_also_one_that_was_named_twice() {
    let mut session = lmtp();
    assert_eq!(codes(&mut session, &THREE), [250; 5]);
    let envelope = session.envelope().unwrap();
    assert_eq!((envelope.door, envelope.recipients.len(), envelope.with), (Door::Lmtp, 2, "LMTP"));
    let refused = Reply::new(550, "5.7.1", "Not from you");
    assert_eq!(answers(session.mail_answered(&[kept(), refused.clone()])), [250, 550, 250]);
    assert_eq!(codes(&mut session, &THREE), [250; 5]);
    assert_eq!(answers(session.mail_refused(MailFault::TooBig)), [552; 3]);
    assert_eq!(codes(&mut session, &THREE), [250; 5]);
    session.envelope().unwrap();
    assert_eq!(answers(session.mail_answered(&[])), [451; 3], "a receiver that says nothing");
}

#[test]
fn by_lmtp_a_chunk_is_answered_once_and_the_last_one_for_each_recipient() {
    let mut session = lmtp();
    assert_eq!(codes(&mut session, &THREE), [250; 5]);
    session.command(b"BDAT 2000");
    assert_eq!(answers(session.chunk_read(Some(MailFault::TooBig))), [552]);
    session.command(b"BDAT 2000");
    assert_eq!(answers(session.chunk_read(None)), [552]);
    session.command(b"BDAT 3 LAST");
    assert_eq!(answers(session.chunk_read(None)), [552; 3]);
    assert_eq!(codes(&mut session, &["MAIL FROM:<>", "BDAT 3 LAST"]), [250, 503]);
}

#[test]
fn starttls_is_offered_where_there_is_a_certificate_and_once() {
    let offered = |session: &mut Session| match session.command(b"EHLO x") {
        Step::Offer(lines) => lines.contains(&"STARTTLS".to_owned()),
        other => panic!("{other:?}"),
    };
    assert!(!offered(&mut session()));
    let mut session = encrypting();
    assert_eq!(codes(&mut session, &["STARTTLS", "STARTTLS now"]), [503, 501]);
    assert!(offered(&mut session));
    assert_eq!(code(&mut session, "STARTTLS"), 220);
    session.encrypted();
    assert!(!offered(&mut session));
    assert_eq!(code(&mut session, "STARTTLS"), 503);
}

#[test]
fn nothing_said_in_clear_is_known_after_the_handshake() {
    let mut session = encrypting();
    let before = ["EHLO clear.example", "MAIL FROM:<>", "RCPT TO:<a@x.example>", "STARTTLS"];
    assert_eq!(codes(&mut session, &before), [250, 250, 250, 220]);
    session.encrypted();
    assert_eq!(codes(&mut session, &["RCPT TO:<a@x.example>", "DATA", "MAIL FROM:<>"]), [503; 3]);
    let after = ["EHLO x", "MAIL FROM:<> SMTPUTF8", "RCPT TO:<a@x.example>", "DATA"];
    assert_eq!(codes(&mut session, &after), [250, 250, 250, 354]);
    let envelope = session.envelope().unwrap();
    assert_eq!((envelope.helo.as_str(), envelope.tls, envelope.with), ("x", true, "UTF8SMTPS"));
}

#[test]
fn other_protocols_are_sent_away_at_once() {
    for line in ["GET / HTTP/1.1", "POST /x HTTP/1.0", "CONNECT a:25 HTTP/1.1"] {
        assert!(matches!(session().command(line.as_bytes()), Step::Close(reply) if reply.code == 421), "{line}");
    }
}

#[test]
fn the_rest_of_the_commands_is_answered_by_the_book() {
    for (line, wanted) in [
        ("HELO", 501),
        ("EHLO", 501),
        ("EHLO ", 501),
        ("HELO x", 250),
        ("NOOP", 250),
        ("noop whatever", 250),
        ("VRFY talk", 252),
        ("VRFY", 501),
        ("EXPN talk", 502),
        ("HELP", 214),
        ("HELP MAIL", 214),
        ("QUIT", 221),
        ("QUIT now", 501),
        ("RSET  \t", 250),
        ("STARTTLS", 502),
        ("AUTH PLAIN AAAA", 502),
        ("BDAT 10 LAST", 503),
        ("BDAT", 421),
        ("BDAT x", 421),
        ("BDAT -1", 421),
        ("BDAT 1 FIRST", 421),
        ("BDAT 1 LAST LAST", 421),
        ("BDAT 1 -LAST", 421),
        ("BDAT 18446744073709551620", 421),
        ("BDAT 1\0", 421),
        ("LHLO x", 502),
        ("WHATISTHIS now", 500),
        ("", 500),
        ("   ", 500),
        ("MAIL FROM:<a\0b@x.example>", 500),
        ("NOOP jürgen", 500),
        ("EHLO bücher.example", 500),
        ("NOOP a\u{85}b", 500),
        ("EHLO a\tb", 500),
    ] {
        assert_eq!(code(&mut session(), line), wanted, "{line:?}");
    }
}

proptest! {
    #[test]
    fn no_line_whatever_breaks_a_session(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8)) {
        for mut session in [session(), lmtp(), encrypting()] {
            for line in &lines {
                session.command(line);
            }
        }
    }

    #[test]
    fn no_command_whatever_gives_two_replies_or_a_bad_recipient(
        lines in prop::collection::vec(
            "(EHLO |LHLO |STARTTLS|MAIL FROM:|RCPT TO:|NOOP |BDAT |AUTH |SIZE=)[ -~]{0,40}",
            0..12,
        ),
        by_lmtp in any::<bool>(),
    ) {
        let (mut session, hello) = if by_lmtp { (lmtp(), "LHLO x") } else { (session(), "EHLO x") };
        session.command(hello.as_bytes());
        for line in lines {
            match session.command(line.as_bytes()) {
                Step::Ask(to) => prop_assert!(to.as_str().contains('@') && !to.as_str().contains(['\r', '\n', '<', '>'])),
                Step::Reply(reply) | Step::ReadMail(reply) | Step::Close(reply) | Step::StartTls(reply) => {
                    prop_assert_eq!(reply.line().matches("\r\n").count(), 1);
                    prop_assert!(reply.line().len() <= 512);
                }
                Step::ReadChunk(_) => {
                    session.chunk_read(None);
                }
                Step::Offer(_) | Step::Answers(_) => {}
            }
        }
    }
}
