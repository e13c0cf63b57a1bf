//! Lists that are subscribed to each other: what one sends to the other comes back, and has to end here.

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};

const OTHER: &str = "bakers@other.example";

/// A single mail of ours as the program of another list passes it on: under its own name and id, and with its own list
/// headers. It keeps what it does not know.
fn passed_on(ours: &str, round: usize) -> String {
    let rewritten = ["from:", "to:", "message-id:", "list-", "reply-to:", "in-reply-to:", "references:"];
    let (header, body) = ours.split_once("\r\n\r\n").unwrap();
    let mut kept = vec![
        format!("From: Ada via Bakers <{OTHER}>"),
        "To: talk@lists.example".to_owned(),
        format!("Message-ID: <{round}@other.example>"),
        "List-Id: <bakers.other.example>".to_owned(),
        format!("List-Post: <mailto:{OTHER}>"),
        format!("X-BeenThere: {OTHER}"),
    ];
    let mut keeps = true;
    for line in header.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            keeps = !rewritten.iter().any(|name| line.to_lowercase().starts_with(name));
        }
        if keeps {
            kept.push(line.to_owned());
        }
    }
    format!("{}\r\n\r\n{body}", kept.join("\r\n"))
}

#[test]
fn a_mail_of_ours_that_comes_round_through_another_list_under_another_id_ends_here() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(OTHER, named("Bakers", "each"));
    talk.change(OTHER, rejoinder::store::MemberChange { role: "author".parse().ok(), ..Default::default() });
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p")).code, 250);
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let round = passed_on(&relay.texts()[0], 1);
    let explained = talk.intake.explain(&talk.list(), round.as_bytes()).unwrap();
    assert!(explained.why.iter().any(|why| why.contains("X-BeenThere") && why.contains("talk")), "{:?}", explained.why);
    assert_eq!(talk.give(round.into_bytes(), Some(OTHER), &["talk@lists.example"]).code, 250);
    assert_eq!(talk.tree(), "p@test\n");
    assert!(talk.store.held(None).unwrap().is_empty());
}

#[test]
fn each_mark_that_lists_leave_on_a_mail_tells_that_it_was_here_and_another_lists_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    for (id, mark) in [
        ("a", "List-Id: \"Talk\" <Talk.Lists.Example>"),
        ("b", "List-Post: <mailto:talk@lists.example>"),
        ("c", "List-Post: <mailto:Talk@lists.example?subject=x>, <https://lists.example/>"),
        ("d", "X-BeenThere: talk@lists.example"),
        ("e", "X-Loop: <talk@lists.example>"),
    ] {
        assert_eq!(talk.send(&Mail::new(AUTHOR, id).header(mark)).code, 250);
        assert_eq!(talk.tree(), "", "{mark}");
    }
    for (id, mark) in [
        ("f", "X-BeenThere: talk@lists.example.org"),
        ("g", "List-Post: <mailto:talk@lists.example.org>"),
        ("h", "List-Id: <small.talk.lists.example>"),
        // A server in front writes this on whatever it hands over.
        ("i", "Delivered-To: talk@lists.example"),
    ] {
        assert_eq!(talk.send(&Mail::new(AUTHOR, id).header(mark)).code, 250);
        assert!(talk.tree().contains(&format!("{id}@test")), "{mark}");
    }
}

#[test]
fn two_lists_that_write_each_mail_anew_do_not_send_it_to_each_other_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(OTHER, named("Bakers", "each"));
    talk.change(OTHER, rejoinder::store::MemberChange { role: "author".parse().ok(), ..Default::default() });
    talk.join("eve@example.com", named("Eve", "each"));
    // The other list got a mail of a third, and this one gets it from there, with the marks of both.
    let third = "0123456789abcdef0123";
    let from_other =
        Mail::new(OTHER, "b").header(&format!("X-BeenThere: {OTHER}")).header(&format!("X-BeenThere: {third}"));
    assert_eq!(talk.send(&from_other).code, 250);
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let sent = relay.texts().remove(0);
    let marks: Vec<&str> = sent.lines().filter_map(|line| line.strip_prefix("X-BeenThere: ")).collect();
    assert_eq!((marks.len(), marks[0], marks[2]), (3, "talk@lists.example", third));
    assert!(!sent.contains(OTHER), "a member's address is shown: {sent}");
    // By such a mark this list knows itself, as the other does.
    let own = "X-BeenThere: OWN";
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"talk@lists.example");
    let own = own.replace("OWN", &data_encoding::HEXLOWER.encode(&hash.as_ref()[..10]));
    assert_eq!(talk.send(&Mail::new(OTHER, "again").header(&own)).code, 250);
    assert_eq!(talk.tree(), "b@test\n");
}
