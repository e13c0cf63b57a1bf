//! `export`, `digest`, `queue`, `moderate` and `mailbox`: what becomes of mail.

use crate::folder::{Folder, conversation};

const PREVIEW: &str = "digest preview --list talk --member ellen@example.org --at 2026-03-02T12:00:00Z";
const RUN: &str = "digest run --at 2026-03-02T12:00:00Z";

#[test]
fn threads_come_out_with_exactly_the_fields_that_are_promised() {
    let threads = conversation().run("export --list talk --format threads").done();
    let expected = [
        r#"{"message_id":"post@x","parent":null,"post":"post@x","number":null,"depth":0,"author":"Marina","date":"2026-03-01T08:00:00Z","guess":false}"#,
        r#"{"message_id":"one@x","parent":"post@x","post":"post@x","number":1,"depth":1,"author":"AUTHOR","date":"2026-03-01T08:00:00Z","guess":false}"#,
        r#"{"message_id":"two@x","parent":"one@x","post":"post@x","number":2,"depth":2,"author":"Marina","date":"2026-03-01T09:30:00Z","guess":false}"#,
    ];
    // David gave no name; which friendly one he has is not for this test to say.
    let row: serde_json::Value = serde_json::from_str(threads.lines().nth(1).unwrap()).unwrap();
    let threads = threads.replace(row["author"].as_str().unwrap(), "AUTHOR");
    assert_eq!(threads, format!("{}\n", expected.join("\n")));
}

#[test]
fn mbox_holds_every_mail_as_it_came_in_order_of_publication() {
    let mbox = conversation().run("export --list talk --format mbox").done();
    let starts: Vec<&str> = mbox.lines().filter(|line| line.starts_with("From ")).collect();
    assert_eq!(
        starts,
        [
            "From marina@example.org Sun Mar  1 08:00:00 2026",
            "From david@example.org Sun Mar  1 08:00:00 2026",
            "From marina@example.org Sun Mar  1 09:30:00 2026"
        ]
    );
    assert!(mbox.contains("\n\nSay more.\n\n>From where?\n>>From here.\n\nFrom marina"), "{mbox}");
    assert!(!mbox.contains('\r'));
}

#[test]
fn a_preview_changes_nothing_and_is_byte_for_byte_what_is_sent() {
    let folder = conversation();
    let before = folder.everything();
    let eml = folder.run(&format!("{PREVIEW} --format eml")).done();
    let text = folder.run(PREVIEW).done();
    let html = folder.run(&format!("{PREVIEW} --format html")).done();
    assert!(text.contains("wait for a bus") && !text.contains("=3D") && !text.contains('\r'), "{text}");
    assert!(html.starts_with("<!doctype html>") && html.contains("wait for a bus"));
    folder.run(&format!("{RUN} --dry-run")).done();
    assert_eq!(folder.everything(), before);
    let said = folder.run(RUN).done();
    assert!(said.contains("talk: 1 mail: [Talk]") && said.contains("Delivered 1 mail."), "{said}");
    let sent = folder.run("mailbox show 1").done();
    assert!(sent.ends_with(&eml), "{sent}");
}

#[test]
fn where_nothing_is_new_a_preview_is_empty_and_says_so() {
    let folder = conversation();
    folder.run(RUN).done();
    for (words, expected) in [
        (PREVIEW.to_owned(), "Nothing is new to ellen@example.org"),
        (PREVIEW.replace("ellen", "david"), "chose to get no mail"),
    ] {
        let ran = folder.run(&words);
        assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{words}");
        assert!(ran.err.contains(expected), "{}", ran.err);
    }
    assert!(folder.run(&PREVIEW.replace("ellen", "nobody")).failed().contains("is not on talk"));
}

#[test]
fn a_dry_run_says_who_would_get_what() {
    let folder = conversation();
    let said = folder.run(&format!("{RUN} --dry-run")).done();
    assert!(said.contains("would make 1 mail") && said.contains("to ellen@example.org"), "{said}");
    let row = &folder.run(&format!("{RUN} --dry-run --json")).objects()[0];
    assert_eq!((&row["list"], &row["digests"][0]["readers"][0]), (&"talk".into(), &"ellen@example.org".into()));
    assert_eq!(row["digests"][0]["mails"], 1);
}

#[test]
fn what_is_not_delivered_waits_in_the_queue_and_can_be_dropped_or_sent() {
    let folder = conversation();
    folder.run(&format!("{RUN} --no-deliver")).done();
    let waiting = folder.run("queue show --list talk --json").objects();
    assert_eq!((waiting.len(), &waiting[0]["recipient"]), (1, &"ellen@example.org".into()));
    let number = waiting[0]["number"].as_i64().unwrap();
    assert!(folder.run("queue show").done().contains("ellen@example.org"));
    assert!(folder.run(&format!("queue retry {number} 999")).failed().contains("no mail 999 waits"));
    assert!(folder.run("queue retry --all").done().contains("1 mail is ready"));
    assert_eq!(folder.run(&format!("queue drop {number}")).done(), "Dropped 1 mail; its reader will not get it.\n");
    assert!(folder.run(&format!("queue retry {number}")).failed().contains("was taken out of the queue"));
    assert!(folder.run("queue show --json").objects().is_empty());
    assert!(folder.run("mailbox show --json").objects().is_empty());
    folder.at("2026-03-03T10:00:00Z").mail("three@x", "two@x", "david@example.org", "Good.");
    let rows = folder.run("digest run --at 2026-03-04T12:00:00Z --json").objects();
    assert_eq!((&rows[0]["digests"][0]["mails"], &rows[1]["sent"]), (&1.into(), &1.into()));
}

#[test]
fn mail_that_cannot_be_delivered_stays_in_the_queue_and_is_told() {
    let folder = conversation();
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("\nurl = \"smtp://127.0.0.1:{port}\"\n");
    std::fs::write(settings, text.replace("\n# url = \"mailbox:\"\n", &nobody)).unwrap();
    let ran = folder.run(RUN);
    assert!(ran.failed().contains("queue show"));
    let waiting = &folder.run("queue show --json").objects()[0];
    assert_eq!((&waiting["attempts"], &waiting["state"]), (&1.into(), &"waiting".into()));
    assert!(waiting["error"].as_str().is_some());
}

#[test]
fn a_mail_whose_sender_was_asked_is_shown_as_such_and_may_be_decided() {
    let folder = conversation();
    folder.at("2026-03-01T10:00:00Z").mail("other@x", "-", "marina@example.org", "Small rooms make people kinder.");
    folder.run(RUN).done();
    let mail = folder.run("mailbox show 1").done();
    let digest = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap().trim_end_matches('>');
    folder.at("2026-03-02T13:00:00Z").mail("which@x", digest, "ellen@example.org", "I agree.");
    let held = folder.run("moderate show --json").objects();
    assert_eq!((&held[0]["reason"], &held[0]["state"]), (&"unclear-answer".into(), &"asked".into()));
    assert!(folder.run("moderate show").done().contains("Its sender was asked."));
    assert_eq!(folder.run("list show --json").objects()[0]["held"], 1);
    folder.run("moderate accept 1 --under 2").done();
    assert!(folder.run("moderate show --json").objects().is_empty());
    let threads = folder.run("export --list talk --format threads").objects();
    assert_eq!(threads.last().unwrap()["parent"], "other@x");
}

#[test]
fn held_mail_is_shown_with_its_reason_and_accepted_or_rejected() {
    let folder = conversation();
    let later = folder.at("2026-03-01T10:00:00Z");
    later.mail("topic@x", "-", "david@example.org", "Something else.");
    later.mail("spam@x", "-", "ellen@example.org", "Buy\x1b[2Jthis.");
    drop(later);
    let held = folder.run("moderate show --json").objects();
    assert_eq!(
        (held.len(), &held[0]["from"]["address"], &held[0]["reason"]),
        (2, &"david@example.org".into(), &"may-not-post".into())
    );
    let table = folder.run("moderate show").done();
    assert!(table.contains("david@example.org") && table.contains("may not start posts"), "{table}");
    let (topic, spam) = (held[0]["number"].as_i64().unwrap(), held[1]["number"].as_i64().unwrap());
    let shown = folder.run(&format!("moderate show {topic}"));
    assert!(shown.err.contains("--under 1`:\n  1  On listening (2 responses)\n"), "{}", shown.err);
    assert!(shown.done().ends_with("\r\n\r\nSomething else.\r\n"));
    let nowhere = folder.run(&format!("moderate accept {topic} --under 1#99")).failed();
    assert!(nowhere.contains("no item of that number") && nowhere.contains("list posts talk"), "{nowhere}");
    let said = folder.run(&format!("moderate accept {topic} --under 1#2")).done();
    assert!(said.contains("as response #3"), "{said}");
    folder.run(&format!("moderate reject {spam}")).done();
    assert!(folder.run(&format!("moderate accept {spam}")).failed().contains("moderate show"));
    assert!(folder.run("moderate show --json").objects().is_empty());
    let threads = folder.run("export --list talk --format threads").objects();
    let topic = threads.iter().find(|row| row["message_id"] == "topic@x").unwrap();
    assert_eq!((&topic["parent"], &topic["number"]), (&"two@x".into(), &3.into()));
    assert!(threads.iter().all(|row| row["message_id"] != "spam@x"));
}

#[test]
fn a_mail_with_nothing_of_its_senders_own_is_shown_whole_once_it_is_accepted() {
    let folder = conversation();
    folder.at("2026-03-01T10:00:00Z").mail(
        "quoted@x",
        "one@x",
        "david@example.org",
        "> Every house has such a shelf.\r\n",
    );
    let held = folder.run("moderate show --json").objects();
    assert_eq!((held.len(), &held[0]["reason"]), (1, &"empty".into()));
    folder.run("moderate accept 1").done();
    let digest = folder.run("digest preview --list talk --member ellen@example.org --at 2099-03-02T12:00:00Z").done();
    assert!(digest.contains("> Every house has such a shelf.") && !digest.contains("quoted line"), "{digest}");
}

#[test]
fn mail_to_postmaster_that_was_not_sent_on_is_shown_read_and_put_aside() {
    let folder = Folder::new();
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let one = text.replace("# owner_mails_per_sender_day = 10", "owner_mails_per_sender_day = 1");
    std::fs::write(settings, one).unwrap();
    let now = folder.at("2026-03-01T10:00:00Z");
    for id in ["first", "second"] {
        let raw = format!("From: ada@example.com\r\nSubject: No {id}\r\nMessage-ID: <{id}@x>\r\n\r\nHelp me.\r\n");
        now.octets_to("postmaster@lists.example", "ada@example.com", raw);
    }
    drop(now);
    let queued = folder.run("queue show --json").objects();
    assert_eq!(
        (queued.len(), &queued[0]["recipient"], &queued[0]["kind"]),
        (1, &"marina@example.org".into(), &"notice".into())
    );
    let held = folder.run("moderate show --json").objects();
    assert_eq!((held.len(), &held[0]["reason"], &held[0]["list"]), (1, &"too-many".into(), &serde_json::Value::Null));
    let number = held[0]["number"].as_i64().unwrap();
    assert!(folder.run("moderate show").done().contains("sent to postmaster or abuse"));
    assert!(folder.run(&format!("moderate show {number}")).done().ends_with("\r\n\r\nHelp me.\r\n"));
    assert!(folder.run(&format!("moderate accept {number}")).failed().contains("nothing to publish"));
    let dry = folder.run("digest run --at 2026-03-02T12:00:00Z --dry-run").done();
    let would = "would make a report to marina@example.org: Daily report: 1 mail to you kept back\n";
    assert!(dry.contains(would), "{dry}");
    folder.run(&format!("moderate reject {number}")).done();
    assert!(folder.run("moderate show --json").objects().is_empty());
    // A day later there is something to tell no more.
    assert!(folder.run("digest run").done().contains("Delivered 1 mail."));
}

#[test]
fn a_mail_that_names_no_sender_is_not_held_for_naming_several() {
    let folder = Folder::new();
    let now = folder.at("2026-03-01T10:00:00Z");
    now.octets("a@example.org", "Subject: Hello\r\nMessage-ID: <none@x>\r\n\r\nWho?\r\n".to_owned());
    let two = "From: a@example.org, b@example.org\r\nSender: a@example.org\r\nMessage-ID: <two@x>\r\n\r\nWe.\r\n";
    now.octets("a@example.org", two.to_owned());
    drop(now);
    let held = folder.run("moderate show --json").objects();
    assert_eq!((&held[0]["reason"], &held[1]["reason"]), (&"no-sender".into(), &"several-senders".into()));
}

#[test]
fn whatever_lists_nothing_has_nothing_on_standard_output() {
    let folder = Folder::new();
    for words in
        ["queue show", "moderate show", "mailbox show", "queue show --json", "export --list talk --format mbox"]
    {
        assert_eq!(folder.run(words).done(), "", "{words}");
    }
}

#[test]
fn a_poem_that_a_post_quotes_is_shown_and_an_answers_trailing_quote_is_folded() {
    let folder = Folder::new();
    let morning = folder.at("2026-03-01T08:00:00Z");
    morning.join("ellen@example.org", "daily").join("david@example.org", "none");
    let poem = "The poem of the week:\r\n\r\n> The rain set early in to-night,\r\n> The wind was soon awake.\r\n\r\nWhat do you hear?";
    morning.mail("post@x", "-", "marina@example.org", poem);
    morning.mail("one@x", "post@x", "david@example.org", "Rain.\r\n\r\n> From somewhere else altogether\r\n");
    drop(morning);
    let text = folder.run(PREVIEW).done();
    assert!(text.contains("> The rain set early in to-night,\n") && text.contains("Rain."), "{text}");
    assert!(text.contains("[ 1 quoted line ]") && !text.contains("somewhere else"), "{text}");
}
