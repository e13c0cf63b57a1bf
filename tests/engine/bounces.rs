//! What comes back to us: bounces, each to an address of its own, and mail that goes in circles.

use crate::list::{AUTHOR, HOST, Mail, Remembering, TestList, named};
use rejoinder::smtp::Door;

#[test]
fn a_bounce_comes_back_to_its_mails_own_address_and_is_kept_with_its_reader() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join("ada@example.net", named("Ada", "each"));
    talk.join("bo@example.net", named("Bo", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let to_ada = relay.taken.lock().unwrap().iter().find(|mail| mail.recipient.as_str() == "ada@example.net").cloned();
    let reverse_path = to_ada.unwrap().reverse_path.unwrap();
    let others =
        relay.taken.lock().unwrap().iter().filter(|mail| mail.reverse_path.as_ref() == Some(&reverse_path)).count();
    assert!(reverse_path.as_str().starts_with("talk+b.") && others == 1, "{}", reverse_path.as_str());
    let mut bounce = Mail::new("MAILER-DAEMON@mx.example", "gone").says("Ada does not live here any more.");
    bounce.bounce = true;
    assert_eq!(talk.send_to(&bounce, &[reverse_path.as_str()]).code, 250);
    assert_eq!(bounced(folder.path()), [talk.member("ada@example.net").id.0]);
    assert!(talk.store.held(None).unwrap().is_empty());
    assert_eq!(talk.tree(), "p@test\n");
}

/// The address at which the mail of the post p to Ada comes back.
fn bounce_address(talk: &TestList) -> String {
    talk.join("ada@example.net", named("Ada", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    taken[0].reverse_path.as_ref().unwrap().as_str().to_owned()
}

#[test]
fn what_a_person_sends_to_a_bounce_address_is_no_bounce() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let to = bounce_address(&talk);
    let reply = |id: &str| Mail::new("ada@example.net", id).answers("p");
    assert_eq!(talk.send_to(&reply("both"), &[&to, "talk@lists.example"]).code, 250);
    assert_eq!(talk.tree(), "p@test\n  1 both@test < p@test\n");
    assert_eq!(talk.send_to(&reply("alone"), &[&to]).code, 250);
    let held = talk.store.held(None).unwrap();
    assert_eq!(held.iter().map(|held| held.reason.as_str()).collect::<Vec<_>>(), ["no-bounce"]);
    assert!(bounced(folder.path()).is_empty());
}

#[test]
fn an_automatic_answer_to_a_mail_of_ours_is_no_bounce() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let to = bounce_address(&talk);
    for (id, header, null) in [
        ("away", "Auto-Submitted: auto-replied", false),
        ("nobodys", "Auto-Submitted: auto-replied", true),
        ("old", "Precedence: bulk", false),
    ] {
        let mut away = Mail::new("ada@example.net", id).says("I am away.").header(header);
        away.bounce = null;
        assert_eq!(talk.send_to(&away, &[&to]).code, 250);
    }
    assert!(bounced(folder.path()).is_empty());
    assert!(talk.store.held(None).unwrap().is_empty());
    assert_eq!(talk.tree(), "p@test\n");
}

/// The members with whom bounces are kept, whether they count or not.
fn bounced(folder: &std::path::Path) -> Vec<i64> {
    let database = rusqlite::Connection::open(folder.join("list.db")).unwrap();
    let mut query = database.prepare("SELECT member_id FROM bounce ORDER BY id").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_mail_that_went_in_circles_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let travelled = |id: &str, hops: usize| {
        (0..hops).fold(Mail::new(AUTHOR, id), |mail, hop| mail.header(&format!("Received: from a{hop} by b{hop}")))
    };
    assert_eq!(talk.send(&travelled("far", 100)).code, 250);
    let reply = talk.send(&travelled("round", 101));
    assert_eq!((reply.code, reply.status), (554, Some("5.4.6")));
    assert_eq!(talk.tree(), "far@test\n");
}

#[test]
fn a_mail_that_went_in_circles_through_us_is_refused_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    let passed = |id: &str, by: &str, hops: usize| {
        let hop = format!(
            "Received: from by.example ([192.0.2.1])\r\n\tby {by} with ESMTP id 1; Sun, 1 Mar 2026 08:00:00 +0000"
        );
        (0..hops).fold(Mail::new(AUTHOR, id), |mail, _| mail.header(&hop))
    };
    assert_eq!(talk.send(&passed("elsewhere", "mx.example", 50)).code, 250);
    assert_eq!(talk.send(&passed("often", HOST, 10)).code, 250);
    let round = passed("round", &HOST.to_uppercase(), 11).octets();
    let by = |door| talk.give_by(door, round.clone(), Some(AUTHOR), &["talk@lists.example"]);
    for door in [Door::Public, Door::Local] {
        let reply = by(door);
        assert_eq!((reply.code, reply.status), (554, Some("5.4.6")), "{door:?}");
    }
    assert!(by(Door::Lmtp).is_positive(), "held there, since nothing is refused for what it is");
    assert_eq!(talk.tree(), "elsewhere@test\noften@test\n");
}
