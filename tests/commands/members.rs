//! `member`.

use serde_json::Value;

use crate::folder::{Folder, conversation};

fn ellen(folder: &Folder) -> Value {
    folder.run("member show --list talk ellen@example.org --json").objects().remove(0)
}

#[test]
fn a_member_is_added_shown_changed_and_leaves_and_comes_back() {
    let folder = Folder::new();
    let said =
        folder.run("member add --list talk ellen@example.org --name Ellen --hour 8 --time-zone Europe/Lisbon").done();
    assert_eq!(said, "Ellen <ellen@example.org> is on talk: daily at 08:00 Europe/Lisbon\n");
    folder.run("member set --list talk ELLEN@example.org --delivery weekly --weekday sun --role moderator").done();
    let weekly = ellen(&folder);
    assert_eq!((&weekly["delivery"], &weekly["weekday"], &weekly["hour"]), (&"weekly".into(), &7.into(), &8.into()));
    assert_eq!((&weekly["role"], &weekly["name"]), (&"moderator".into(), &"Ellen".into()));
    folder.run("member remove --list talk ellen@example.org").done();
    assert_eq!(ellen(&folder)["state"], "left");
    assert!(!folder.run("member show --list talk").done().contains("ellen"));
    assert!(folder.run("member show --list talk --all").done().contains("ellen"));
    let back = folder.run("member add --list talk ellen@example.org").done();
    assert!(back.contains("is back on talk"), "{back}");
}

#[test]
fn a_member_can_go_back_to_what_the_list_says_and_to_no_name() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org --name Ellen --hour 8 --time-zone Europe/Lisbon").done();
    folder.run("member set --list talk ellen@example.org --hour list --time-zone list --delivery list").done();
    folder.run("member set --list talk ellen@example.org --name=").done();
    let ellen = ellen(&folder);
    for key in ["hour", "time_zone", "name"] {
        assert_eq!(ellen[key], Value::Null, "{key}");
    }
    assert!(ellen["next_due"].as_str().unwrap().contains("T07:00:00"));
}

#[test]
fn what_happened_to_a_membership_is_told_and_how_it_stands_with_bounces() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org --name Ellen").done();
    let before = ellen(&folder);
    assert_eq!((&before["bounce_score"], &before["probed"]), (&0.0.into(), &Value::Null));
    assert!(folder.run("member show --list talk ellen@example.org").done().contains("none that count"));
    let database = rusqlite::Connection::open(folder.path("rejoinder.db")).unwrap();
    let member = "(SELECT m.id FROM member m JOIN address a ON a.id = m.address_id WHERE a.key = 'ellen@example.org')";
    let now = "CAST(unixepoch() AS INTEGER) * 1000";
    for sql in [
        format!(
            "INSERT INTO failure (list_id, member_id, at, domain, kind, status, by_relay, counted)
             VALUES (1, {member}, {now}, 'example.org', 'soft', '5.2.2', 0, 1)"
        ),
        format!(
            "INSERT INTO member_event (member_id, at, what, how) VALUES ({member}, 1772352000000, 'probed', 'bounces')"
        ),
    ] {
        database.execute(&sql, []).unwrap();
    }
    let after = ellen(&folder);
    assert_eq!(after["bounce_score"], 0.5);
    let story = after["story"].as_array().unwrap();
    let last = story.last().unwrap();
    assert_eq!(
        (&last["what"], &last["how"], &last["at"]),
        (&"probed".into(), &"bounces".into(), &"2026-03-01T08:00:00Z".into())
    );
    let shown = folder.run("member show --list talk ellen@example.org").done();
    assert!(shown.contains("a score of 0.5 of 4") && shown.contains("(bounces)"), "{shown}");
    assert!(
        folder.run("member show --list talk --json").objects()[0].get("story").is_none(),
        "only where one is asked for"
    );
}

#[test]
fn whether_a_member_gets_receipts_is_set_and_shown() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org --name Ellen").done();
    assert_eq!(ellen(&folder)["receipts"], false);
    let said = folder.run("member set --list talk ellen@example.org --receipts yes").done();
    assert!(said.ends_with(", with receipts\n"), "{said}");
    assert_eq!(ellen(&folder)["receipts"], true);
    assert!(folder.run("member show --list talk ellen@example.org").done().contains("receipts       yes"));
    folder.run("member set --list talk ellen@example.org --delivery weekly").done();
    assert_eq!(ellen(&folder)["receipts"], true);
    folder.run("member set --list talk ellen@example.org --receipts no").done();
    assert_eq!(ellen(&folder)["receipts"], false);
    assert_eq!(folder.run("member set --list talk ellen@example.org --receipts perhaps").status, 2);
}

#[test]
fn somebody_who_is_not_on_the_list_is_an_error_before_anything_is_changed() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org").done();
    let sentence = folder.run("member remove --list talk ellen@example.org nobody@example.org").failed();
    assert!(sentence.contains("nobody@example.org is not on talk") && sentence.contains("member show"), "{sentence}");
    assert_eq!(ellen(&folder)["state"], "active");
}

#[test]
fn a_member_is_shown_with_what_is_due_to_them() {
    let folder = conversation();
    let shown = folder.run("member show --list talk ellen@example.org").done();
    assert!(shown.contains("2026-03-02 07:00 UTC") && shown.contains("the list's"), "{shown}");
}

#[test]
fn a_welcome_is_sent_only_where_it_is_asked_for() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org").done();
    assert!(folder.run("queue show --json").objects().is_empty());
    folder.run("member add --list talk david@example.org --welcome").done();
    folder.run("digest run").done();
    let arrived = folder.run("mailbox show --json").objects();
    assert_eq!((arrived.len(), &arrived[0]["to"]), (1, &"david@example.org".into()));
    let text = folder.run("mailbox show 1 --json").objects()[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("a digest every day") && text.contains("Leave: talk+u."), "{text}");
}

const MEMBERS: &str = "\
address,name,delivery,role,time_zone,hour,state
a@example.org,\"Adair, Ruth\",weekly,moderator,America/New_York,6,active
b@example.org,Zoë,each,member,,,paused
c@example.org,,daily,member,Europe/Lisbon,,left
marina@example.org,Marina,none,author,,,active
";

#[test]
fn what_is_exported_is_what_was_imported() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.feed("member import --list talk -", MEMBERS.as_bytes()).done();
    let exported = folder.run("member export --list talk --all").done();
    assert_eq!(exported, MEMBERS);
    assert_eq!(folder.run("export --list talk --format members --all").done(), MEMBERS);
    assert!(!folder.run("export --list talk --format members").done().contains("c@example.org"));
    other.feed("member import --list talk -", exported.as_bytes()).done();
    assert_eq!(other.run("member export --list talk --all").done(), MEMBERS);
}

#[test]
fn an_import_with_a_welcome_queues_one_for_each_who_is_new_or_back() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org").done();
    let rows = b"address,state\nellen@example.org,\ndavid@example.org,\ngone@example.org,left\n";
    let said = folder.feed("member import --list talk - --welcome", rows).done();
    assert!(said.contains("1 welcome is in the queue."), "{said}");
    let queue = folder.run("queue show").done();
    assert!(queue.contains("david@example.org") && !queue.contains("ellen@") && !queue.contains("gone@"), "{queue}");
}

#[test]
fn an_import_says_who_is_new_who_is_back_and_who_was_there() {
    let folder = Folder::new();
    folder.run("member add --list talk gone@example.org").done();
    folder.run("member remove --list talk gone@example.org").done();
    let file = folder.path("members.csv");
    std::fs::write(&file, "role,address\n,gone@example.org\nauthor,marina@example.org\n,new@example.org\n").unwrap();
    let said = folder.run(&format!("member import --list talk {}", file.display())).done();
    assert_eq!(said, "talk: 1 new, 1 back again, 1 there already and now as the file says\n");
}

#[test]
fn a_column_that_is_not_there_leaves_what_it_would_say_and_an_empty_field_gives_it_back_to_the_list() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org --name Ellen --hour 8 --delivery weekly").done();
    folder.feed("member import --list talk -", b"address,name\nellen@example.org,\n").done();
    assert_eq!((&ellen(&folder)["hour"], &ellen(&folder)["name"]), (&8.into(), &"Ellen".into()));
    folder.feed("member import --list talk -", b"address,hour,delivery\nellen@example.org,,\n").done();
    assert_eq!((&ellen(&folder)["hour"], &ellen(&folder)["delivery"]), (&Value::Null, &"daily".into()));
}

#[test]
fn a_bad_row_is_refused_by_its_line_and_the_others_are_in() {
    let folder = Folder::new();
    let ran =
        folder.feed("member import --list talk -", b"address,hour\nellen@example.org,8\nada,8\nb@example.org,99\n");
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("line 3: `ada`") && ran.err.contains("line 4: `99`"), "{}", ran.err);
    assert!(ran.err.lines().last().unwrap().contains("2 rows were refused; the others are in"), "{}", ran.err);
    assert_eq!(ran.out, "talk: 1 new, 0 back again, 0 there already and now as the file says\n");
    assert_eq!(ellen(&folder)["hour"], 8);
}

#[test]
fn a_file_that_is_no_table_of_members_changes_nothing() {
    let folder = Folder::new();
    let before = folder.everything();
    for (file, expected) in [("", "empty"), ("email\nx@example.org\n", "`email`"), ("address;name\n", "commas")] {
        let sentence = folder.feed("member import --list talk -", file.as_bytes()).failed();
        assert!(sentence.contains(expected), "{sentence}");
    }
    assert!(folder.run("member import --list talk nowhere.csv").failed().contains("nowhere.csv"));
    assert_eq!(folder.everything(), before);
}

#[test]
fn a_lists_own_address_is_nobodys_and_one_beyond_ascii_is_warned_about() {
    let folder = Folder::new();
    folder.run("list create news").done();
    for address in ["talk@lists.example", "NEWS@Lists.Example", "news+join@lists.example"] {
        let sentence = folder.run(&format!("member add --list talk ellen@example.org {address}")).failed();
        assert!(sentence.contains("would go in circles"), "{sentence}");
    }
    assert_eq!(folder.run("member show --list talk --json").objects().len(), 1);
    folder.run("member add --list talk ruth@lists.example").done();
    let ran = folder.run("member add --list talk zoë@example.org");
    assert!(ran.err.contains("needs SMTPUTF8"), "{}", ran.err);
    ran.done();
    let file = "address\ntalk@lists.example\nбо@example.org\n";
    let ran = folder.feed("member import --list talk -", file.as_bytes());
    assert!(ran.err.contains("would go in circles") && ran.err.contains("1 address needs SMTPUTF8"), "{}", ran.err);
    assert!(ran.failed().contains("1 row was refused"));
}

#[test]
fn by_which_name_a_member_is_shown_is_set_and_told_and_nobody_elses_is_taken() {
    let folder = Folder::new();
    folder.run("member add --list talk ellen@example.org --name Ellen").done();
    assert_eq!(ellen(&folder)["shown_name"], Value::Null);
    let said = folder.run("member set --list talk ellen@example.org --shown-name Hill-Ellen").done();
    assert!(said.starts_with("Hill-Ellen <ellen@example.org> on talk"), "{said}");
    assert_eq!(ellen(&folder)["shown_name"], "Hill-Ellen");
    let shown = folder.run("member show --list talk ellen@example.org").done();
    assert!(shown.contains("\"Hill-Ellen\", chosen for this list; the one in their mails is hidden"), "{shown}");
    for (name, why) in [("MARINA", "is the name of somebody who writes"), ("moderator", "says who somebody is")] {
        let sentence = folder.run(&format!("member set --list talk ellen@example.org --shown-name {name}")).failed();
        assert!(sentence.contains(why) && sentence.contains("choose"), "{sentence}");
    }
    assert_eq!(ellen(&folder)["shown_name"], "Hill-Ellen");
    folder.run("member set --list talk ellen@example.org --shown-name hidden").done();
    let shown = folder.run("member show --list talk ellen@example.org").done();
    assert!(shown.contains("a friendly name; the one in their mails is hidden") && !shown.contains("Ellen"), "{shown}");
    folder.run("member set --list talk ellen@example.org --shown-name own").done();
    assert_eq!((&ellen(&folder)["shown_name"], &ellen(&folder)["name"]), (&Value::Null, &"Ellen".into()));
    let none = folder.run("member set --list talk ellen@example.org --shown-name=");
    assert!(none.err.contains("`hidden`"), "{}", none.err);
}
