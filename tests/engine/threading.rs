//! Every outcome of threading, from reply addresses down to quotes, through the gate and the store.

use crate::list::{self, AUTHOR, Mail, TestList, named};
use rejoinder::discussion::{EditionId, ItemId, MemberId};
use rejoinder::token::Token;

const DAVID: &str = "david@example.net";
const ELLEN: &str = "ellen@example.com";

fn talk(folder: &tempfile::TempDir) -> TestList {
    let talk = TestList::new(folder.path());
    talk.join(DAVID, named("David", "daily"));
    talk.join(ELLEN, named("Ellen", "daily"));
    talk
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Sends mails that must all be kept.
fn send(talk: &TestList, mails: &[Mail]) {
    for mail in mails {
        let reply = talk.send(mail);
        assert_eq!(reply.code, 250, "{}: {}", mail.id, reply.text);
    }
}

fn post(id: &str) -> Mail {
    Mail::new(AUTHOR, id)
}

fn answer(id: &str, parent: &str) -> Mail {
    Mail::new(DAVID, id).answers(parent)
}

#[test]
fn answers_stand_under_what_they_answer_and_are_numbered_as_they_come() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), answer("b", "p"), answer("c", "a")]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n  2 b@test < p@test\n    3 c@test < a@test\n");
}

#[test]
fn references_serve_where_there_is_no_in_reply_to() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), Mail::new(ELLEN, "b").references(&["p", "a"])]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n    2 b@test < a@test\n");
}

#[test]
fn a_late_parent_takes_its_ghosts_place() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), Mail::new(DAVID, "b").references(&["p", "a"])]);
    assert_eq!(talk.tree(), "p@test\n    1 b@test\n");
    send(&talk, &[Mail::new(ELLEN, "a").answers("p")]);
    assert_eq!(talk.tree(), "p@test\n    1 b@test < a@test\n  2 a@test < p@test\n");
}

#[test]
fn siblings_of_a_missing_parent_meet_under_its_ghost() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[answer("b", "gone"), Mail::new(ELLEN, "c").answers("gone")]);
    assert_eq!(talk.tree(), "? gone@test\n  1 b@test\n  2 c@test\n");
}

#[test]
fn a_late_post_becomes_the_top_of_its_answers() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[answer("b", "p"), post("p")]);
    assert_eq!(talk.tree(), "p@test\n  1 b@test < p@test\n");
    assert_eq!(talk.threads()[0].title, "About p");
}

#[test]
fn a_late_parent_joins_two_conversations_and_the_later_ones_numbers_move_up() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), answer("x", "late"), answer("y", "x")]);
    send(&talk, &[Mail::new(ELLEN, "late").answers("a")]);
    let tree = "p@test\n  1 a@test < p@test\n      2 x@test < late@test\n        3 y@test < x@test\n    4 late@test < a@test\n";
    assert_eq!(talk.tree(), tree);
    // A moderator who goes by the old number still finds the same response.
    send(&talk, &[Mail::new("someone@example.net", "h").answers("p")][..0]);
    let held = Mail::new(DAVID, "new");
    send(&talk, &[held]);
    let waiting = talk.store.held(None).unwrap();
    let old = (rejoinder::discussion::Number(2), Some(rejoinder::discussion::Number(1)));
    talk.intake.accept_held(waiting[0].id, Some(old)).unwrap();
    assert!(talk.tree().contains("new@test < x@test"), "{}", talk.tree());
}

#[test]
fn a_conversation_that_began_before_the_post_above_it_keeps_its_numbers() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[answer("x", "late"), post("p"), answer("a", "p")]);
    send(&talk, &[Mail::new(ELLEN, "late").answers("a")]);
    let tree = "p@test\n      1 x@test < late@test\n  2 a@test < p@test\n    3 late@test < a@test\n";
    assert_eq!(talk.tree(), tree);
    assert_eq!(talk.threads()[0].title, "About p");
}

#[test]
fn references_that_name_two_conversations_never_join_them() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), post("q"), answer("a", "q"), Mail::new(DAVID, "b").references(&["p", "a"])]);
    assert_eq!(talk.tree(), "p@test\nq@test\n  1 a@test < q@test\n    2 b@test < a@test\n");
}

#[test]
fn the_same_mail_again_changes_nothing() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), answer("a", "p"), post("p")]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n");
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn another_mail_with_a_known_id_is_held_and_not_lost() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p")]);
    send(&talk, &[Mail::new(ELLEN, "a").answers("p").says("Something quite different, in the same envelope.")]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n");
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].reason.as_str()), (1, "id-taken"));
}

#[test]
fn loops_and_self_references_end_somewhere() {
    let folder = folder();
    let talk = talk(&folder);
    let closes_the_loop = Mail::new(AUTHOR, "b").answers("a");
    send(&talk, &[answer("a", "b"), closes_the_loop, answer("c", "c").references(&["b", "c"])]);
    assert_eq!(talk.tree(), "b@test\n  1 a@test < b@test\n  2 c@test < b@test\n");
}

#[test]
fn hundreds_of_references_cost_no_more_than_a_bound_of_ghosts() {
    let folder = folder();
    let talk = talk(&folder);
    let names: Vec<String> = (0..800).map(|n| format!("r{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    send(&talk, &[Mail::new(DAVID, "deep").references(&names)]);
    let row = &talk.threads()[0];
    assert!((50..=100).contains(&row.depth), "{}", row.depth);
}

#[test]
fn a_header_given_twice_counts_once_and_ids_without_brackets_count() {
    let folder = folder();
    let talk = talk(&folder);
    let twice = Mail::new(DAVID, "a").header("In-Reply-To: p@test").header("In-Reply-To: <q@test>");
    send(&talk, &[post("p"), post("q"), twice]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\nq@test\n");
}

#[test]
fn a_mail_without_message_id_is_kept_once_however_often_it_comes() {
    let folder = folder();
    let talk = talk(&folder);
    let bare = String::from_utf8(answer("x", "p").octets()).unwrap().replace("Message-ID: <x@test>\r\n", "");
    send(&talk, &[post("p")]);
    for _ in 0..2 {
        assert_eq!(talk.give(bare.clone().into_bytes(), Some(DAVID), &["talk@lists.example"]).code, 250);
    }
    assert_eq!(talk.threads().len(), 2);
}

/// The address that a reader's reply link for an item has.
fn reply_address(talk: &TestList, who: &str, item: ItemId) -> String {
    let token = Token::Reply(talk.member(who).id, item);
    format!("talk+r.{}@lists.example", talk.keys.make(1, talk.list().id, token).unwrap())
}

fn item(talk: &TestList, id: &str) -> ItemId {
    talk.threads().iter().find(|row| row.message_id == format!("{id}@test")).unwrap().item
}

#[test]
fn a_reply_address_alone_is_enough() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p")]);
    let to = reply_address(&talk, ELLEN, item(&talk, "a"));
    assert_eq!(talk.asks(&to).code, 250);
    assert_eq!(talk.send_to(&Mail::new(ELLEN, "b"), &[&to]).code, 250);
    // Mail systems change the case of addresses.
    assert_eq!(talk.send_to(&Mail::new(ELLEN, "c"), &[&to.to_uppercase()]).code, 250);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n    2 b@test < a@test\n    3 c@test < a@test\n");
}

#[test]
fn a_reply_address_beats_ids_of_another_post_and_yields_to_a_nearer_one_of_its_own() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), post("q")]);
    let to = reply_address(&talk, ELLEN, item(&talk, "p"));
    talk.send_to(&Mail::new(ELLEN, "b").answers("q"), &[&to]);
    talk.send_to(&Mail::new(ELLEN, "c").answers("a"), &[&to]);
    assert_eq!(
        talk.tree(),
        "p@test\n  1 a@test < p@test\n    3 c@test < a@test\n  2 b@test < p@test\nq@test\n"
            .replace("    3 c@test < a@test\n  2 b@test < p@test\n", "  2 b@test < p@test\n    3 c@test < a@test\n")
    );
}

#[test]
fn all_recipients_of_a_mail_are_judged_together() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p")]);
    let to = reply_address(&talk, ELLEN, item(&talk, "a"));
    talk.send_to(&Mail::new(ELLEN, "b"), &["talk@lists.example", &to]);
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n    2 b@test < a@test\n");
}

#[test]
fn a_token_that_is_not_ours_is_no_address() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let good = reply_address(&talk, ELLEN, item(&talk, "p"));
    let forged = good.replacen("+r.a", "+r.b", 1);
    assert_ne!(good, forged);
    for unknown in [forged.as_str(), "talk+r.short@lists.example", "talk+x.abc@lists.example", "nobody@lists.example"] {
        assert_eq!(talk.asks(unknown).code, 550, "{unknown}");
    }
    assert_eq!(talk.asks("talk@elsewhere.example").code, 550);
}

#[test]
fn a_borrowed_reply_address_is_held() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let to = reply_address(&talk, ELLEN, item(&talk, "p"));
    assert_eq!(talk.send_to(&Mail::new("stranger@example.com", "s"), &[&to]).code, 250);
    assert_eq!(talk.store.held(None).unwrap()[0].reason, "borrowed-token");
    assert_eq!(talk.tree(), "p@test\n");
}

/// A digest sent to Ellen, by its number.
fn digest(talk: &TestList) -> EditionId {
    let report = talk.digests("2026-03-02T09:00:00Z");
    assert_eq!(report.made.len(), 1);
    let relay = list::Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let to_ellen = relay.texts().into_iter().find(|text| text.contains(ELLEN)).unwrap();
    let reply_to = to_ellen.lines().find(|line| line.starts_with("Reply-To:")).unwrap();
    let token = &reply_to.split_once("talk+d.").unwrap().1[..36];
    match talk.keys.read(rejoinder::token::Kind::Digest, talk.list().id, token) {
        Some(Token::Digest(reader, edition)) if reader == talk.member(ELLEN).id => edition,
        other => panic!("{other:?}"),
    }
}

fn digest_address(talk: &TestList, who: MemberId, edition: EditionId) -> String {
    let token = talk.keys.make(1, talk.list().id, Token::Digest(who, edition)).unwrap();
    format!("talk+d.{token}@lists.example")
}

#[test]
fn an_answer_to_a_digest_that_quotes_a_line_lands_under_its_item() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), answer("b", "p"), post("q")]);
    let to = digest_address(&talk, talk.member(ELLEN).id, digest(&talk));
    let quoting = Mail::new(ELLEN, "e").says("So be it.\n\n>     These are the words of b,\n>   and of nobody else.\n");
    assert_eq!(talk.send_to(&quoting, &[&to]).code, 250);
    assert!(talk.tree().contains("    3 e@test < b@test\n"), "{}", talk.tree());
}

#[test]
fn a_digests_own_message_id_is_evidence_where_its_address_got_lost() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p")]);
    let edition = digest(&talk);
    let sent = talk.keys.make(1, talk.list().id, Token::Sent(talk.member(ELLEN).id, edition)).unwrap();
    let plain = Mail::new(ELLEN, "e")
        .header(&format!("In-Reply-To: <d.{sent}@lists.example>"))
        .says("Yes, that.\n\n> These are the words of a, and of nobody else.\n");
    assert_eq!(talk.send(&plain).code, 250);
    assert!(talk.tree().contains("e@test < a@test\n"), "{}", talk.tree());
}

#[test]
fn a_plain_answer_to_a_digest_of_one_post_answers_the_post() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p")]);
    let to = digest_address(&talk, talk.member(ELLEN).id, digest(&talk));
    assert_eq!(talk.send_to(&Mail::new(ELLEN, "e"), &[&to]).code, 250);
    assert!(talk.tree().contains("  2 e@test < p@test\n"), "{}", talk.tree());
}

#[test]
fn a_plain_answer_to_a_digest_of_several_posts_is_held_until_somebody_says_where() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p"), answer("a", "p"), post("q")]);
    let to = digest_address(&talk, talk.member(ELLEN).id, digest(&talk));
    assert_eq!(talk.send_to(&Mail::new(ELLEN, "e"), &[&to]).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!((held.len(), held[0].reason.as_str()), (1, "unclear-answer"));
    let refused = talk.intake.accept_held(held[0].id, None).unwrap_err().to_string();
    assert!(refused.contains("--under"), "{refused}");
    let under = (rejoinder::discussion::Number(1), Some(rejoinder::discussion::Number(1)));
    talk.intake.accept_held(held[0].id, Some(under)).unwrap();
    assert!(talk.tree().contains("    2 e@test < a@test\n"), "{}", talk.tree());
    assert!(talk.intake.accept_held(held[0].id, Some(under)).is_err(), "it was decided twice");
}

#[test]
fn strangers_are_refused_and_nothing_of_theirs_is_kept() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let reply = talk.send(&Mail::new("stranger@example.com", "s").answers("p"));
    assert_eq!((reply.code, reply.status), (550, Some("5.7.1")));
    assert_eq!(talk.tree(), "p@test\n");
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn a_members_mail_that_answers_nothing_waits_and_may_become_a_post() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[Mail::new(DAVID, "d")]);
    assert_eq!(talk.tree(), "");
    let held = talk.store.held(None).unwrap();
    assert_eq!(held[0].reason, "may-not-post");
    talk.intake.accept_held(held[0].id, None).unwrap();
    assert_eq!(talk.tree(), "d@test\n");
}

#[test]
fn bounces_auto_replies_and_our_own_mail_coming_back_are_never_published() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let vacation = answer("v", "p").header("Auto-Submitted: auto-replied");
    let ours = answer("o", "p").header("List-Id: Talk <talk.lists.example>");
    let mut bounce = answer("b", "p");
    bounce.bounce = true;
    let bounce = bounce.header("Auto-Submitted: auto-replied");
    send(&talk, &[vacation, ours, bounce]);
    assert_eq!(talk.tree(), "p@test\n");
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn what_may_be_a_members_own_mail_waits_though_it_looks_like_a_programs() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let titled = answer("s", "p").subject("Out of office: where do you all work?");
    let filtered = answer("l", "p").header("X-Loop: david@example.net");
    let suppressed = answer("x", "p").header("X-Auto-Response-Suppress: OOF, AutoReply");
    send(&talk, &[titled, filtered, suppressed.clone(), suppressed]);
    assert_eq!(talk.tree(), "p@test\n");
    let held = talk.store.held(None).unwrap();
    assert_eq!(held.iter().map(|held| held.reason.as_str()).collect::<Vec<_>>(), ["perhaps-automatic"; 3]);
    talk.intake.accept_held(held[0].id, None).unwrap();
    assert_eq!(talk.tree(), "p@test\n  1 s@test < p@test\n");
}

#[test]
fn what_only_a_program_sends_waits_for_nobody() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let away = |id: &str| answer(id, "p").subject("Out of office: back on Monday");
    let mut nobodys = away("n");
    nobodys.bounce = true;
    let mut strangers = away("t");
    strangers.from = "stranger@example.net".to_owned();
    send(&talk, &[away("a").header("Auto-Submitted: auto-replied"), nobodys, strangers]);
    assert_eq!(talk.tree(), "p@test\n");
    assert!(talk.store.held(None).unwrap().is_empty());
}

/// The Message-ID under which the item of this row goes out.
fn our_id(talk: &TestList, item: i64) -> String {
    format!("{item}.{:x}.talk@lists.example", talk.list().created_at.as_millisecond())
}

#[test]
fn nobody_can_take_an_id_that_only_we_give_out() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[post("p")]);
    let next = our_id(&talk, item(&talk, "p").0 + 1);
    // One mail claims the next item's own id, one waits under it, as if it had gone out already.
    let claims = String::from_utf8(answer("x", "p").octets()).unwrap();
    let claims = claims.replace("<x@test>", &format!("<{next}>"));
    assert_eq!(talk.give(claims.into_bytes(), Some(DAVID), &["talk@lists.example"]).code, 250);
    let waits = Mail::new(DAVID, "w").header(&format!("References: <p@test> <{next}>"));
    send(&talk, &[waits]);
    assert_eq!(talk.tree(), "p@test\n  1 w@test < p@test\n");
    let ours = our_id(&talk, item(&talk, "w").0);
    send(&talk, &[Mail::new(ELLEN, "e").header(&format!("In-Reply-To: <{ours}>"))]);
    assert_eq!(talk.tree(), "p@test\n  1 w@test < p@test\n    2 e@test < w@test\n");
}

#[test]
fn what_a_late_mail_says_of_its_parent_goes_before_what_others_said() {
    let folder = folder();
    let talk = talk(&folder);
    let guided = Mail::new(DAVID, "x").references(&["p", "late"]);
    send(&talk, &[post("p"), post("q"), answer("a", "q"), guided, answer("y", "x")]);
    assert!(talk.tree().starts_with("p@test\n    1 x@test\n      2 y@test < x@test\n"), "{}", talk.tree());
    // It moves with what answers it, and p keeps nothing of that.
    send(&talk, &[Mail::new(ELLEN, "late").answers("a")]);
    let tree = "p@test\nq@test\n  1 a@test < q@test\n      2 x@test < late@test\n        3 y@test < x@test\n    4 late@test < a@test\n";
    assert_eq!(talk.tree(), tree);
    let number = rejoinder::discussion::Number;
    let by_old_number = talk.store.item_of(talk.list().id, number(1), Some(number(2))).unwrap();
    assert_eq!(by_old_number, Some(item(&talk, "y")));
}

#[test]
fn a_moderator_puts_nothing_under_its_own_answer() {
    let folder = folder();
    let talk = talk(&folder);
    send(&talk, &[answer("a", "late"), answer("b", "a"), Mail::new(ELLEN, "late")]);
    let held = talk.store.held(None).unwrap();
    assert_eq!(held[0].reason, "may-not-post");
    let number = rejoinder::discussion::Number;
    talk.intake.accept_held(held[0].id, Some((number(1), Some(number(2))))).unwrap();
    assert_eq!(talk.tree(), "late@test\n  1 a@test < late@test\n    2 b@test < a@test\n");
}

#[test]
fn an_id_that_somebody_claimed_before_is_still_its_senders() {
    let folder = folder();
    let talk = talk(&folder);
    let claims = answer("c", "p").header("X-Original-Message-ID: <honest@test>");
    send(&talk, &[post("p"), claims, Mail::new(ELLEN, "honest").answers("p"), answer("d", "honest")]);
    assert!(talk.store.held(None).unwrap().is_empty());
    let tree = "p@test\n  1 c@test < p@test\n  2 honest@test < p@test\n    3 d@test < honest@test\n";
    assert_eq!(talk.tree(), tree);
}

#[test]
fn a_copy_that_a_server_gave_another_id_is_no_second_mail_and_answers_to_it_find_the_first() {
    let folder = folder();
    let talk = talk(&folder);
    let first = answer("a", "p").says("Bread is fine.");
    let renamed = |id: &str| answer(id, "p").header("X-Original-Message-ID: <a@test>");
    let copy = renamed("new").says("Bread  is fine.");
    send(&talk, &[post("p"), first, copy.clone(), copy, answer("b", "new"), renamed("other").says("Bread is not.")]);
    assert!(talk.store.held(None).unwrap().is_empty());
    let tree = "p@test\n  1 a@test < p@test\n    2 b@test < a@test\n  3 other@test < p@test\n";
    assert_eq!(talk.tree(), tree);
}
