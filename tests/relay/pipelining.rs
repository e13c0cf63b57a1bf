//! Commands in one (RFC 2920): every answer still belongs to its command, and what was refused never counts as sent.

use rejoinder::deliver::{About, Relay, RelayError, Step};

use crate::sink::{Act, Sink, Stage};
use crate::{mail, recipients, relay};

#[tokio::test]
async fn commands_go_in_one_where_the_relay_offers_it_and_one_by_one_where_not() {
    for one_by_one in [false, true] {
        let sink = Sink::start().await;
        if one_by_one {
            sink.one_by_one();
        }
        let relay = relay(&sink);
        for n in 0..3 {
            relay.send(&mail(&format!("reader{n}@example.org"))).await.unwrap();
        }
        assert_eq!(recipients(&sink), ["reader0@example.org", "reader1@example.org", "reader2@example.org"]);
        assert_eq!((sink.pipelined(), sink.connections()), (if one_by_one { 0 } else { 3 }, 1));
    }
}

#[tokio::test]
async fn a_relay_that_minds_a_second_ehlo_is_spoken_to_command_by_command() {
    let sink = Sink::start().await;
    sink.offer(&["8BITMIME"]);
    let relay = relay(&sink);
    sink.on(Stage::SecondEhlo, "", 1, Act::Say("503 5.5.1 once is enough"));
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!((recipients(&sink).len(), sink.pipelined(), sink.connections()), (1, 0, 1));
}

/// The relay goes on to DATA though it refused the recipient, and takes what comes then.
#[tokio::test]
async fn a_refused_recipient_never_counts_as_sent_though_the_relay_takes_the_mail() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Rcpt, "gone@", 1, Act::Say("550 5.1.1 no such user"));
    sink.on(Stage::DataWithoutRecipient, "", 1, Act::Say("354 go on all the same"));
    let error = relay.send(&mail("gone@example.org")).await.unwrap_err();
    assert_eq!((error.is_permanent(), error.code(), error.about()), (true, Some(550), About::Recipient));
    let empty = &sink.taken()[0];
    assert!(empty.content.is_empty() && empty.recipients.is_empty(), "{empty:?}");
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!((recipients(&sink), sink.connections()), (vec!["ada@example.org".to_owned()], 1));
}

#[tokio::test]
async fn of_several_refusals_the_first_is_the_verdict() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Mail, "", 1, Act::Say("552 5.3.4 too big"));
    // Behind it the sink says 503 to RCPT and to DATA.
    let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
    assert!(matches!(error, RelayError::Permanent { step: Step::Mail, code: 552, .. }), "{error:?}");
    relay.send(&mail("ada@example.org")).await.unwrap();
    assert_eq!((recipients(&sink).len(), sink.connections()), (1, 1));
}

#[tokio::test]
async fn answers_that_did_not_come_are_not_taken_for_those_of_the_next_mail() {
    let sink = Sink::start().await;
    let relay = relay(&sink);
    sink.on(Stage::Mail, "", 1, Act::Say("451 4.3.0 not now"));
    sink.on(Stage::Rcpt, "", 1, Act::Close);
    let error = relay.send(&mail("ada@example.org")).await.unwrap_err();
    assert_eq!((error.code(), error.is_permanent()), (Some(451), false), "{error:?}");
    relay.send(&mail("bob@example.org")).await.unwrap();
    assert_eq!((recipients(&sink), sink.connections()), (vec!["bob@example.org".to_owned()], 2));
}

#[tokio::test]
async fn one_refused_recipient_among_many_hurts_nobody_else() {
    let sink = Sink::start().await;
    let relay = std::sync::Arc::new(relay(&sink));
    sink.on(Stage::Rcpt, "gone", 7, Act::Say("550 5.1.1 no such user"));
    let mut sends = tokio::task::JoinSet::new();
    for n in 0..70 {
        let relay = std::sync::Arc::clone(&relay);
        let name = if n % 10 == 3 { "gone" } else { "reader" };
        sends.spawn(async move { relay.send(&mail(&format!("{name}{n}@example.org"))).await.is_ok() });
    }
    let sent = sends.join_all().await.into_iter().filter(|sent| *sent).count();
    let arrived = recipients(&sink);
    assert_eq!((sent, arrived.len()), (63, 63));
    assert!(arrived.iter().all(|to| to.starts_with("reader")) && sink.taken().iter().all(|t| t.recipients.len() == 1));
}
