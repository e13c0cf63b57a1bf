//! Readers: who is sent what, when.

use rejoinder::discussion::{Delivery, MemberState, Schedule};
use rejoinder::store::{Joined, ListChange, MemberChange};

use crate::list::{AUTHOR, Mail, Remembering, TestList, address, named, time};

const ELLEN: &str = "ellen@example.com";
const DAVID: &str = "david@example.net";

fn post(talk: &TestList, id: &str) {
    assert!(talk.send(&Mail::new(AUTHOR, id)).is_positive());
}

fn answer(talk: &TestList, who: &str, id: &str, parent: &str) {
    assert!(talk.send(&Mail::new(who, id).answers(parent)).is_positive());
}

/// Sends what waits; `reader: item item`, a line a mail, in the order that readers and items have.
fn sent(talk: &TestList) -> Vec<String> {
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let mut lines: Vec<String> = relay
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|mail| {
            let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
            let body = parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            let told = |item: &&str| body.contains(&format!("These are the words of {item}, and of nobody else."));
            let items: Vec<&str> = ["p", "q", "a", "b", "c"].into_iter().filter(told).collect();
            format!("{}: {}", mail.recipient.local(), items.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    (folder, talk)
}

fn state(state: MemberState) -> MemberChange {
    MemberChange { state: Some(state), ..MemberChange::default() }
}

fn delivery(delivery: Delivery) -> MemberChange {
    MemberChange { delivery: Some(delivery), ..MemberChange::default() }
}

#[test]
fn each_and_digest_readers_of_one_post_are_all_told_once() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "each"));
    talk.join(DAVID, named("David", "daily"));
    talk.join("nora@example.net", named("Nora", "none"));
    post(&talk, "p");
    assert_eq!(sent(&talk), ["ellen: p"]);
    answer(&talk, ELLEN, "a", "p");
    assert_eq!(sent(&talk), [""; 0], "her own answer is no news to her");
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk), ["david: p a"]);
    talk.digests("2026-03-03T07:00:00Z");
    assert_eq!(sent(&talk), [""; 0]);
}

#[test]
fn a_daily_reader_is_due_at_their_hour_and_not_before() {
    let (_folder, talk) = talk();
    talk.join(
        ELLEN,
        MemberChange { hour: Some(20), time_zone: Some("America/New_York".into()), ..named("Ellen", "daily") },
    );
    post(&talk, "p");
    talk.digests("2026-03-02T00:59:00Z");
    assert_eq!(sent(&talk), [""; 0]);
    talk.digests("2026-03-02T01:00:00Z");
    assert_eq!(sent(&talk), ["ellen: p"]);
}

#[test]
fn the_readers_hour_follows_the_clocks_through_both_changes() {
    let (_folder, talk) = talk();
    talk.join(
        ELLEN,
        MemberChange { hour: Some(8), time_zone: Some("Europe/Lisbon".into()), ..named("Ellen", "daily") },
    );
    let dues = |from: &str, days: usize| {
        let mut dues = vec![];
        talk.at(from);
        for _ in 0..days {
            let due = talk.member(ELLEN).next_due.unwrap();
            dues.push(due.to_string());
            talk.digests(&due.to_string());
        }
        dues
    };
    talk.at("2026-03-27T12:00:00Z");
    talk.digests("2026-03-27T12:00:00Z");
    assert_eq!(
        dues("2026-03-27T12:00:00Z", 3),
        ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"]
    );
    talk.digests("2026-10-23T12:00:00Z");
    assert_eq!(
        dues("2026-10-23T12:00:00Z", 3),
        ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z", "2026-10-26T08:00:00Z"]
    );
}

#[test]
fn a_weekly_reader_is_due_on_their_weekday() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, MemberChange { weekday: Some(3), ..named("Ellen", "weekly") });
    post(&talk, "p");
    talk.digests("2026-03-03T23:00:00Z");
    assert_eq!(sent(&talk), [""; 0]);
    talk.digests("2026-03-04T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: p"]);
}

#[test]
fn joining_starts_at_now() {
    let (_folder, talk) = talk();
    post(&talk, "p");
    assert_eq!(talk.join(ELLEN, named("Ellen", "daily")), Joined::New);
    answer(&talk, AUTHOR, "a", "p");
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: a"]);
}

#[test]
fn after_a_standstill_there_is_one_digest_and_not_five() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    post(&talk, "p");
    answer(&talk, AUTHOR, "a", "p");
    talk.digests("2026-03-06T11:00:00Z");
    assert_eq!(sent(&talk), ["ellen: p a"]);
    assert_eq!(talk.member(ELLEN).next_due, Some(time("2026-03-07T07:00:00Z")));
}

#[test]
fn ones_own_responses_alone_trigger_no_digest() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.join(DAVID, named("David", "daily"));
    post(&talk, "p");
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk).len(), 2);
    answer(&talk, ELLEN, "a", "p");
    talk.digests("2026-03-03T07:00:00Z");
    assert_eq!(sent(&talk), ["david: a"]);
    answer(&talk, DAVID, "b", "p");
    talk.digests("2026-03-04T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: b"]);
}

#[test]
fn a_paused_reader_catches_up_in_one_digest_or_skips_as_they_chose() {
    let (_folder, talk) = talk();
    let skipping = MemberChange { on_resume: Some("skip".parse().unwrap()), ..named("David", "daily") };
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.join(DAVID, skipping);
    talk.join("eve@example.net", named("Eve", "each"));
    for who in [ELLEN, DAVID, "eve@example.net"] {
        talk.change(who, state(MemberState::Paused));
    }
    post(&talk, "p");
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk), [""; 0]);
    for who in [ELLEN, DAVID, "eve@example.net"] {
        talk.change(who, state(MemberState::Active));
    }
    talk.digests("2026-03-02T07:30:00Z");
    assert_eq!(sent(&talk), ["eve: p"], "a reader of each mail catches up at once");
    answer(&talk, AUTHOR, "a", "p");
    assert_eq!(sent(&talk), ["eve: a"]);
    talk.digests("2026-03-03T07:00:00Z");
    assert_eq!(sent(&talk), ["david: a", "ellen: p a"]);
}

#[test]
fn a_change_of_schedule_loses_nothing_and_repeats_nothing() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    post(&talk, "p");
    talk.change(ELLEN, delivery(Delivery::Each));
    talk.digests("2026-03-01T09:00:00Z");
    assert_eq!(sent(&talk), ["ellen: p"], "what she had not read comes first");
    answer(&talk, AUTHOR, "a", "p");
    assert_eq!(sent(&talk), ["ellen: a"]);
    answer(&talk, AUTHOR, "b", "p");
    talk.change(ELLEN, delivery(Delivery::Weekly));
    assert_eq!(sent(&talk), [""; 0]);
    talk.digests("2026-03-09T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: b"]);
    talk.change(ELLEN, delivery(Delivery::None));
    answer(&talk, AUTHOR, "c", "p");
    talk.digests("2026-03-16T07:00:00Z");
    talk.change(ELLEN, delivery(Delivery::Daily));
    talk.digests("2026-03-17T07:00:00Z");
    assert_eq!(sent(&talk), [""; 0], "who reads nothing begins anew");
}

#[test]
fn who_leaves_by_the_address_in_a_mail_gets_no_more_and_may_come_back() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "each"));
    post(&talk, "p");
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let text = relay.texts().remove(0).replace("=\r\n", "").replace("\r\n ", " ");
    let header = text.lines().find(|line| line.starts_with("List-Unsubscribe:")).unwrap();
    let link = header.split_once("mailto:").unwrap().1.split(['?', '>']).next().unwrap();
    assert!(talk.send_to(&Mail::new(ELLEN, "bye"), &[&link.replace("%2B", "+")]).is_positive());
    assert_eq!(talk.member(ELLEN).state, MemberState::Left);
    answer(&talk, AUTHOR, "a", "p");
    // Of the list nothing more; but the goodbye.
    assert_eq!(sent(&talk), ["ellen: "]);
    assert_eq!(talk.send(&Mail::new(ELLEN, "still").answers("p")).code, 550);
    assert_eq!(talk.join(ELLEN, MemberChange::default()), Joined::Again);
    answer(&talk, AUTHOR, "b", "p");
    assert_eq!(sent(&talk), ["ellen: b"]);
}

#[test]
fn the_welcome_tells_an_address_for_leaving_that_works() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.job.welcome(&talk.list(), &talk.member(ELLEN)).unwrap();
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1);
    let welcome = mail_parser::MessageParser::default().parse(relay.texts()[0].as_bytes()).unwrap().into_owned();
    let text = welcome.body_text(0).unwrap().into_owned();
    let leave = text.lines().find_map(|line| line.strip_prefix("Leave: ")).unwrap();
    assert!(talk.send_to(&Mail::new(ELLEN, "bye"), &[leave]).is_positive());
    assert_eq!(talk.member(ELLEN).state, MemberState::Left);
}

#[test]
fn a_thousand_readers_of_one_window_share_one_rendering() {
    let (_folder, talk) = talk();
    let people = (0..1000).map(|n| (address(&format!("r{n}@example.net")), named(&format!("Reader {n}"), "daily")));
    talk.store.join(talk.list().id, people.collect(), talk.clock.now()).wait().unwrap();
    post(&talk, "p");
    let report = talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(report.made.len(), 1, "one edition");
    assert_eq!(report.made[0].mails, 1000);
    let relay = Remembering::new(&[]);
    assert_eq!(talk.deliver(&relay).unwrap().sent, 1000);
    let (first, second) = (relay.texts()[0].clone(), relay.texts()[999].clone());
    assert_ne!(first, second);
    assert!(!first.contains("r999@example.net") || !second.contains("r999@example.net"));
}

#[test]
fn a_preview_is_what_is_later_sent_octet_for_octet_and_changes_nothing() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, MemberChange { time_zone: Some("Asia/Kathmandu".into()), ..named("Zoë Ü", "daily") });
    talk.join(DAVID, named("David", "daily"));
    post(&talk, "p");
    answer(&talk, DAVID, "a", "p");
    let at = "2026-03-02T09:00:00Z";
    let preview = talk.job.preview(&talk.list(), &talk.member(ELLEN), time(at)).unwrap();
    let again = talk.job.preview(&talk.list(), &talk.member(ELLEN), time(at)).unwrap();
    assert_eq!(preview, again);
    talk.digests(at);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    let to_ellen: Vec<_> = taken.iter().filter(|mail| mail.recipient.as_str() == ELLEN).collect();
    assert_eq!(to_ellen.len(), 1);
    assert_eq!(String::from_utf8_lossy(&to_ellen[0].content), String::from_utf8_lossy(&preview[0]));
    assert!(talk.job.preview(&talk.list(), &talk.member(ELLEN), time(at)).unwrap().is_empty());
}

#[test]
fn a_run_for_a_time_to_come_silences_no_earlier_one() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    post(&talk, "p");
    let list = talk.list();
    assert_eq!(talk.job.run(&list, time("2026-05-01T12:00:00Z")).unwrap().made.len(), 1);
    assert_eq!(sent(&talk), ["ellen: p"]);
    assert_eq!(talk.job.run(&list, time("2026-05-01T12:00:00Z")).unwrap().made.len(), 0);
    answer(&talk, AUTHOR, "a", "p");
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: a"]);
}

#[test]
fn a_dry_run_says_who_would_get_what_and_changes_nothing() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    post(&talk, "p");
    let at = time("2026-03-02T07:00:00Z");
    let report = talk.job.dry_run(&talk.list(), at).unwrap();
    assert_eq!(report.made[0].readers, [ELLEN]);
    assert_eq!(talk.store.queue(true).unwrap().len(), 0);
    assert_eq!(talk.member(ELLEN).cursor.0, 0);
    assert_eq!(talk.job.run(&talk.list(), at).unwrap().made.len(), 1);
}

#[test]
fn readers_who_follow_the_lists_hour_move_with_it() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.join(DAVID, MemberChange { hour: Some(6), ..named("David", "daily") });
    let schedule = Schedule { hour: 18, ..talk.list().schedule };
    let change = ListChange { schedule: Some(schedule), ..ListChange::default() };
    talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.member(ELLEN).next_due, Some(time("2026-03-01T18:00:00Z")));
    assert_eq!(talk.member(DAVID).next_due, Some(time("2026-03-02T06:00:00Z")));
}

#[test]
fn what_was_published_by_the_time_that_is_asked_for_is_all_there_is() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    post(&talk, "p");
    talk.at("2026-03-05T12:00:00Z");
    answer(&talk, AUTHOR, "a", "p");
    talk.job.run(&talk.list(), time("2026-03-02T07:00:00Z")).unwrap();
    assert_eq!(sent(&talk), ["ellen: p"]);
    talk.digests("2026-03-06T07:00:00Z");
    assert_eq!(sent(&talk), ["ellen: a"]);
}

#[test]
fn no_address_of_anybody_else_is_in_any_mail() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "daily"));
    talk.join(DAVID, named("David", "each"));
    let said = format!("Ask {DAVID} or <{AUTHOR}>; mailto:{ELLEN} works too.");
    assert!(talk.send(&Mail::new(AUTHOR, "p").says(&said).subject(&format!("For {DAVID}"))).is_positive());
    answer(&talk, &format!("\"{ELLEN}\" <{ELLEN}>"), "a", "p");
    talk.fan_out();
    talk.digests("2026-03-02T07:00:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    assert!(taken.len() >= 3);
    for mail in taken.iter() {
        let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
        let whole = format!(
            "{}\n{}\n{}\n{}",
            String::from_utf8_lossy(&mail.content),
            parsed.subject().unwrap(),
            parsed.body_text(0).unwrap(),
            parsed.body_html(0).unwrap()
        );
        for other in [AUTHOR, ELLEN, DAVID].into_iter().filter(|other| *other != mail.recipient.as_str()) {
            assert!(!whole.contains(other), "{other} is shown to {}:\n{whole}", mail.recipient.as_str());
        }
    }
}
