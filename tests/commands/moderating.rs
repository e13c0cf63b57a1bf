//! `list set` with the rules of moderation, `moderate remove`, `ban`, `unban` and `bans`.

use serde_json::json;

use crate::folder::{Folder, conversation};

#[test]
fn the_rules_of_a_list_are_set_and_shown() {
    let folder = Folder::new();
    let before = &folder.run("list show talk --json").objects()[0];
    for (key, value) in [
        ("who_answers", json!("members")),
        ("first_time", json!("publish")),
        ("max_bytes", json!(null)),
        ("attachments", json!("publish")),
        ("tell_senders", json!(false)),
    ] {
        assert_eq!(before[key], value, "{key}");
    }
    folder.run("list set talk --who-answers proven --first-time hold --max-bytes 200000").done();
    let shown = folder.run("list set talk --attachments refuse --tell-senders on").done();
    for line in ["who answers", "proven", "200000 octets", "refuse", "tells senders"] {
        assert!(shown.contains(line), "no {line} in {shown}");
    }
    let after = &folder.run("list show talk --json").objects()[0];
    for (key, value) in [
        ("who_answers", json!("proven")),
        ("first_time", json!("hold")),
        ("max_bytes", json!(200_000)),
        ("attachments", json!("refuse")),
        ("tell_senders", json!(true)),
    ] {
        assert_eq!(after[key], value, "{key}");
    }
    folder.run("list set talk --max-bytes none").done();
    assert_eq!(folder.run("list show talk --json").objects()[0]["max_bytes"], json!(null));
}

#[test]
fn a_wrong_rule_is_wrong_use_and_says_what_would_do() {
    let folder = Folder::new();
    for (words, says) in [
        ("list set talk --who-answers everybody", "authors, members, proven"),
        ("list set talk --first-time later", "publish, hold"),
        ("list set talk --max-bytes 2MB", "such as 200000"),
        ("list set talk --attachments never", "publish, hold, refuse"),
        ("list set talk --tell-senders perhaps", "on, off"),
        ("moderate ban --list talk eve", "eve@example.org or example.org"),
        ("moderate remove --list talk seven", "12#7"),
    ] {
        let ran = folder.run(words);
        assert_eq!(ran.status, 2, "{words}");
        assert!(ran.err.contains(says), "{words}: {}", ran.err);
    }
}

#[test]
fn bans_are_made_listed_and_lifted() {
    let folder = conversation();
    assert!(folder.run("moderate bans").err.contains("Nobody is banned."));
    let said = folder.run("moderate ban --list talk David@example.org").done();
    assert!(said.contains("david@example.org is banned from talk.") && said.contains("taken off the list"), "{said}");
    let said = folder.run("moderate ban --list talk example.org").done();
    assert!(said.contains("@example.org is banned") && said.contains("2 members read the list there"), "{said}");
    assert!(folder.run("moderate ban --list talk example.org").done().contains("was banned before"));
    let bans = folder.run("moderate bans --list talk --json").objects();
    let who: Vec<&str> = bans.iter().map(|ban| ban["who"].as_str().unwrap()).collect();
    assert_eq!(who, ["@example.org", "david@example.org"]);
    assert_eq!(bans[0]["list"], "talk");
    assert!(folder.run("moderate bans").done().contains("david@example.org"));
    let members = folder.run("member show --list talk --json").objects();
    assert!(members.iter().all(|member| member["address"] != "david@example.org"));
    folder.run("moderate unban --list talk david@example.org @example.org").done();
    let again = folder.run("moderate unban --list talk david@example.org").failed();
    assert!(again.contains("is not banned") && again.contains("moderate bans --list talk"), "{again}");
    assert!(folder.run("moderate bans --json").objects().is_empty());
}

#[test]
fn what_is_published_is_removed_and_again_changes_nothing() {
    let folder = conversation();
    assert!(folder.run("moderate remove --list talk 1#1").done().contains("1#1 is removed."));
    let digest = folder.run("digest preview --list talk --member ellen@example.org --at 2099-03-02T12:00:00Z").done();
    assert!(digest.contains("#1 was removed by a moderator") && !digest.contains("Say more."), "{digest}");
    let before = folder.everything();
    assert!(folder.run("moderate remove --list talk 1#1").done().contains("was removed before"));
    assert_eq!(folder.everything(), before);
    let none = folder.run("moderate remove --list talk 9").failed();
    assert!(none.contains("no post or response of that number") && none.contains("list posts"), "{none}");
}

#[test]
fn a_held_mail_that_is_rejected_says_whether_its_sender_is_told() {
    let folder = conversation();
    folder.run("list set talk --tell-senders on").done();
    let later = folder.at("2026-03-01T10:00:00Z");
    later.mail("topic@x", "-", "ellen@example.org", "Something else.");
    drop(later);
    let held = folder.run("moderate show --json").objects();
    let number = held.iter().find(|held| held["reason"] == "may-not-post").unwrap()["number"].as_i64().unwrap();
    assert!(folder.run(&format!("moderate reject {number}")).done().contains("its sender is told."));
    let queued = folder.run("queue show --json").objects();
    let to_ellen = queued.iter().filter(|mail| mail["recipient"] == "ellen@example.org").count();
    assert_eq!(to_ellen, 2, "that it waits, and that it was not accepted");
}
