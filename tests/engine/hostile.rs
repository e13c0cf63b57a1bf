//! What a hostile mail, a wrong clock, or two things at once could break. Each of these once did.

use std::sync::mpsc;
use std::time::Duration;

use rejoinder::discussion::{Delivery, MemberId, MemberState, Number};
use rejoinder::store::{Claimed, Expansion, Fate, ListChange, MemberChange};

use crate::list::{AUTHOR, Answer, Mail, Remembering, TestList, named, time};

const ELLEN: &str = "ellen@example.com";
const DAVID: &str = "david@example.net";
const NORA: &str = "nora@example.net";
const EVE: &str = "each@example.net";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    (folder, talk)
}

fn send(talk: &TestList, mail: Mail) {
    let reply = talk.send(&mail);
    assert_eq!(reply.code, 250, "{}", reply.text);
}

/// The texts of all mails to `who`, blanks made one.
fn read_by(relay: &Remembering, who: &str) -> String {
    let taken = relay.taken.lock().unwrap();
    let texts = taken.iter().filter(|mail| mail.recipient.as_str() == who).map(|mail| {
        let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
        parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// How often each item is told of in `text`.
fn told<const N: usize>(text: &str, items: [&str; N]) -> [usize; N] {
    items.map(|item| text.matches(&format!("These are the words of {item}, and of nobody else.")).count())
}

fn soon(talk: &TestList) -> jiff::Timestamp {
    talk.clock.now() + jiff::SignedDuration::from_mins(10)
}

#[test]
fn a_late_parent_that_speaks_of_a_missing_one_leaves_nobody_untold() {
    let (_folder, talk) = talk();
    talk.join(DAVID, named("David", "none"));
    talk.join(ELLEN, named("Ellen", "none"));
    talk.join(NORA, named("Nora", "daily"));
    send(&talk, Mail::new(DAVID, "b").answers("late"));
    send(&talk, Mail::new(ELLEN, "late").answers("top"));
    send(&talk, Mail::new(DAVID, "c").answers("top"));
    assert!(talk.threads().iter().all(|row| row.post == "top@test"), "{}", talk.tree());
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, NORA), ["b", "late", "c"]), [1, 1, 1]);
}

#[test]
fn old_numbers_redirect_through_two_joins() {
    let (_folder, talk) = talk();
    talk.join(DAVID, named("David", "none"));
    talk.join(ELLEN, named("Ellen", "none"));
    send(&talk, Mail::new(AUTHOR, "r"));
    send(&talk, Mail::new(DAVID, "y").answers("m"));
    send(&talk, Mail::new(DAVID, "x").answers("l"));
    // The third conversation becomes part of the second, and that of the first.
    send(&talk, Mail::new(ELLEN, "l").answers("y"));
    send(&talk, Mail::new(ELLEN, "m").answers("r"));
    send(&talk, Mail::new(DAVID, "new"));
    let held = talk.store.held(None).unwrap();
    talk.intake.accept_held(held[0].id, Some((Number(3), None))).unwrap();
    assert!(talk.tree().contains("new@test < r@test"), "{}", talk.tree());
}

#[test]
fn a_run_for_a_time_to_come_makes_good_what_was_missed_once() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "daily"));
    send(&talk, Mail::new(AUTHOR, "p"));
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[Answer::Never]);
    talk.deliver(&relay).unwrap();
    let report = talk.job.run(&talk.list(), time("2026-05-01T12:00:00Z")).unwrap();
    assert_eq!((report.faults, report.made.len()), (vec![], 1));
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, NORA), ["p"]), [1]);
}

#[test]
fn two_single_mails_given_up_on_two_days_are_both_made_good() {
    let (_folder, talk) = talk();
    talk.join(EVE, named("Eve", "each"));
    send(&talk, Mail::new(AUTHOR, "p"));
    send(&talk, Mail::new(AUTHOR, "q"));
    talk.fan_out();
    let relay = Remembering::new(&[Answer::Never, Answer::Later]);
    let tally = talk.deliver(&relay).unwrap();
    assert_eq!((tally.failed, tally.deferred), (1, 1));
    talk.digests("2026-03-02T07:00:00Z");
    let now = talk.clock.now();
    for mail in talk.store.claim_outbox("x", now, soon(&talk), 9).wait().unwrap().mails {
        let single = talk.store.queue(true).unwrap().into_iter().any(|row| row.id == mail.id && row.kind == "each");
        let fate = if single { Fate::Failed("full".to_owned()) } else { Fate::Sent };
        assert_eq!(talk.store.settle_outbox(vec![mail.settled(fate)], now).wait().unwrap(), 1);
    }
    let report = talk.digests("2026-03-03T07:00:00Z");
    assert_eq!((report.faults, report.made.len()), (vec![], 1));
}

#[test]
fn a_reader_whose_due_time_stands_does_not_hang_the_job() {
    let (_folder, talk) = talk();
    talk.join(EVE, named("X", "each"));
    talk.join(ELLEN, named("Ellen", "daily"));
    send(&talk, Mail::new(AUTHOR, "p"));
    talk.change(ELLEN, MemberChange { delivery: Some(Delivery::Each), ..MemberChange::default() });
    talk.fan_out();
    // The job has looked at its clock; before it comes to Ellen, another mail is published.
    talk.at("2026-03-01T09:00:00Z");
    send(&talk, Mail::new(AUTHOR, "q"));
    let (job, list) = (talk.job.clone(), talk.list());
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || done.send(job.run(&list, time("2026-03-01T08:59:59Z")).is_ok()));
    assert!(waiting.recv_timeout(Duration::from_secs(60)).expect("the digest job hangs"));
}

#[test]
fn what_was_missed_and_what_is_new_may_meet_in_one_run() {
    let (_folder, talk) = talk();
    talk.join(EVE, named("Eve", "each"));
    send(&talk, Mail::new(AUTHOR, "p"));
    talk.fan_out();
    let relay = Remembering::new(&[Answer::Never]);
    talk.deliver(&relay).unwrap();
    talk.at("2026-03-02T07:00:01Z");
    send(&talk, Mail::new(AUTHOR, "q"));
    assert_eq!(talk.job.run(&talk.list(), time("2026-03-02T07:00:00Z")).unwrap().faults, [""; 0]);
    talk.fan_out();
    talk.digests("2026-03-03T07:00:00Z");
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, EVE), ["p", "q"]), [1, 1]);
}

#[test]
fn a_mail_given_up_while_a_digest_is_being_made_is_not_forgotten() {
    let (_folder, talk) = talk();
    talk.join(EVE, named("Eve", "each"));
    send(&talk, Mail::new(AUTHOR, "p"));
    send(&talk, Mail::new(AUTHOR, "q"));
    talk.fan_out();
    let now = talk.clock.now();
    let claimed = talk.store.claim_outbox("x", now, soon(&talk), 9).wait().unwrap().mails;
    let given_up = |mail: &Claimed| vec![mail.settled(Fate::Failed("full".to_owned()))];
    talk.store.settle_outbox(given_up(&claimed[0]), now).wait().unwrap();
    let at = talk.at("2026-03-02T07:00:00Z");
    let list = talk.list();
    let group = talk.store.due_groups(list.id, at).unwrap().remove(0);
    // The job renders; meanwhile the courier gives up the other mail.
    talk.store.settle_outbox(given_up(&claimed[1]), at).wait().unwrap();
    let expansion = Expansion {
        list: list.id,
        upto: group.cursor,
        group,
        edition: Some((claimed[0].edition, 1)),
        due_until: at,
        due_after: at,
        dated: at,
        now: at,
        sole_author: None,
        batch: 10,
        beyond: MemberId(0),
    };
    assert_eq!(talk.store.expand(&expansion).wait().unwrap().queued, 0, "the reader is in another group by now");
    talk.digests("2026-03-02T07:00:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, EVE), ["p", "q"]), [1, 1]);
}

/// Two digests to Nora, both given up; the second would have made good the first.
fn two_given_up(talk: &TestList) -> std::sync::Arc<Remembering> {
    talk.join(NORA, named("Nora", "daily"));
    let relay = Remembering::new(&[Answer::Never, Answer::Never]);
    send(talk, Mail::new(AUTHOR, "p"));
    talk.digests("2026-03-02T07:30:00Z");
    talk.deliver(&relay).unwrap();
    send(talk, Mail::new(AUTHOR, "q"));
    talk.digests("2026-03-03T07:30:00Z");
    assert_eq!(talk.deliver(&relay).unwrap().failed, 1);
    relay
}

#[test]
fn retrying_all_that_was_given_up_tells_nothing_twice() {
    let (_folder, talk) = talk();
    let relay = two_given_up(&talk);
    assert_eq!(talk.store.retry(None, talk.clock.now()).wait().unwrap(), 1);
    talk.deliver(&relay).unwrap();
    talk.digests("2026-03-04T07:30:00Z");
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, NORA), ["p", "q"]), [1, 1]);
}

#[test]
fn retrying_the_later_one_makes_good_the_earlier_as_well() {
    let (_folder, talk) = talk();
    let relay = two_given_up(&talk);
    let last = talk.store.queue(false).unwrap().last().unwrap().id;
    assert_eq!(talk.store.retry(Some(last), talk.clock.now()).wait().unwrap(), 1);
    talk.deliver(&relay).unwrap();
    talk.digests("2026-03-04T07:30:00Z");
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, NORA), ["p", "q"]), [1, 1]);
}

#[test]
fn what_was_dropped_by_hand_stays_dropped() {
    let (_folder, talk) = talk();
    let relay = two_given_up(&talk);
    assert_eq!(talk.store.drop_queued(None, talk.clock.now()).wait().unwrap(), 2);
    assert_eq!(talk.digests("2026-03-04T07:30:00Z").made.len(), 0);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
}

#[test]
fn addresses_in_odd_company_are_hidden_too() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.join(NORA, named("Nora", "daily"));
    let forms = [
        "https://x.example/u?email=A",
        "|A|",
        "写信给A",
        "Aまで",
        "A.Thanks",
        "ask/A",
        "mailto:%20A",
        "Ellen-A",
        "{A}",
    ];
    let lines: Vec<String> = forms.iter().map(|form| form.replace('A', ELLEN)).collect();
    let encoded = ELLEN.replace('@', "%40");
    send(&talk, Mail::new(AUTHOR, "p").says(&format!("Write to\n{}\n{encoded}\nplease.", lines.join("\n"))));
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let text = read_by(&relay, NORA);
    assert!(!text.contains(ELLEN) && !text.contains(&encoded), "{text}");
}

#[test]
fn a_clock_that_ran_ahead_and_was_set_right_stops_no_digests() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "daily"));
    talk.at("2030-01-01T00:00:00Z");
    send(&talk, Mail::new(AUTHOR, "p"));
    assert_eq!(talk.digests("2030-01-01T00:00:00Z").made.len(), 1);
    talk.at("2026-03-01T10:00:00Z");
    send(&talk, Mail::new(AUTHOR, "q"));
    talk.store.mend_times(talk.list().id, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.digests("2026-03-02T07:30:00Z").made.len(), 1);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    assert_eq!(told(&read_by(&relay, NORA), ["p", "q"]), [1, 1]);
}

#[test]
fn mending_times_changes_nothing_where_the_clock_was_right() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "daily"));
    talk.join(ELLEN, named("Ellen", "weekly"));
    let before = [NORA, ELLEN].map(|who| talk.member(who).next_due);
    talk.store.mend_times(talk.list().id, talk.clock.now()).wait().unwrap();
    assert_eq!([NORA, ELLEN].map(|who| talk.member(who).next_due), before);
}

#[test]
fn who_left_gets_nothing_that_still_waits_and_who_paused_gets_it_later() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "each"));
    talk.join(EVE, named("Eve", "each"));
    send(&talk, Mail::new(AUTHOR, "p"));
    talk.fan_out();
    let relay = Remembering::new(&[Answer::Later, Answer::Later]);
    assert_eq!(talk.deliver(&relay).unwrap().deferred, 2);
    let state = |state| MemberChange { state: Some(state), ..MemberChange::default() };
    talk.change(NORA, state(MemberState::Left));
    talk.change(EVE, state(MemberState::Paused));
    talk.at("2026-03-01T12:00:00Z");
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
    assert_eq!(talk.store.retry(None, talk.clock.now()).wait().unwrap(), 0, "mail to who left was revived");
    talk.change(EVE, state(MemberState::Active));
    talk.digests("2026-03-02T07:00:00Z");
    talk.deliver(&relay).unwrap();
    assert_eq!(relay.recipients(), [EVE]);
    assert_eq!(told(&read_by(&relay, EVE), ["p"]), [1]);
}

#[test]
fn a_change_of_the_list_silences_nobody_who_is_due() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "weekly"));
    send(&talk, Mail::new(AUTHOR, "p"));
    // Monday 07:00 has come, and the engine was down.
    talk.at("2026-03-02T07:00:10Z");
    let change = ListChange { schedule: Some(talk.list().schedule), ..ListChange::default() };
    talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.digests("2026-03-02T07:00:20Z").made.len(), 1);
}

#[test]
fn a_removed_lists_mail_neither_goes_out_nor_blocks_the_others() {
    let (_folder, talk) = talk();
    talk.join(NORA, named("Nora", "daily"));
    send(&talk, Mail::new(AUTHOR, "p"));
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[Answer::Never]);
    talk.deliver(&relay).unwrap();
    talk.store.remove_list(talk.list().id, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.store.retry(None, talk.clock.now()).wait().unwrap(), 0);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 0);
    assert!(talk.store.queue(false).unwrap().is_empty());
}

#[test]
fn looking_for_what_waits_uses_its_own_index_in_an_archive_of_any_size() {
    let (folder, talk) = talk();
    send(&talk, Mail::new(AUTHOR, "p"));
    let item = talk.threads()[0].item.0;
    let db = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
    db.execute_batch(&format!(
        "WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
         INSERT INTO publication (list_id, seq, item_id, published_at, fanned) SELECT 1, x, {item}, 0, 1 FROM n"
    ))
    .unwrap();
    // Refused where the index named in the query is gone or does not fit it.
    assert_eq!(talk.store.next_fanout(talk.list().id).unwrap(), None);
    db.execute_batch("DROP INDEX publication_waiting").unwrap();
    assert!(talk.store.next_fanout(talk.list().id).is_err());
}
