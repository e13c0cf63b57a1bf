//! `list`.

use crate::folder::{Folder, conversation};

#[test]
fn a_list_is_made_shown_changed_and_removed() {
    let folder = Folder::new();
    folder.run("list create news --title News --strangers hold --owner ruth@example.org").done();
    folder.run("list set news --delivery weekly --weekday fri --hour 9 --time-zone Europe/Lisbon").done();
    let news = &folder.run("list show news --json").objects()[0];
    for (key, value) in
        [("title", "News"), ("strangers", "hold"), ("delivery", "weekly"), ("owner", "ruth@example.org")]
    {
        assert_eq!(news[key], value, "{key}");
    }
    assert_eq!((news["weekday"].as_i64(), news["hour"].as_i64()), (Some(5), Some(9)));
    let table = folder.run("list show").done();
    assert!(table.contains("weekly, Friday at 09:00 Europe/Lisbon") && table.contains("talk"), "{table}");
    let twice = folder.run("list create news").failed();
    assert!(twice.contains("already a list called news; `rejoinder list set news`"), "{twice}");
    assert!(folder.run("list remove news").done().contains("--yes"));
    assert_eq!(folder.run("list show --json").objects().len(), 2);
    folder.run("list remove news --yes").done();
    assert_eq!(folder.run("list show --json").objects().len(), 1);
}

#[test]
fn an_unknown_list_is_answered_with_those_that_there_are() {
    let folder = Folder::new();
    folder.run("list create news").done();
    for words in [
        "list show tlak",
        "member show --list tlak",
        "member import --list tlak -",
        "export --list tlak --format mbox",
        "digest preview --list tlak --member a@example.org",
        "digest run --list tlak",
        "queue show --list tlak",
        "moderate show --list tlak",
    ] {
        assert!(folder.run(words).failed().contains("there are news, talk"), "{words}");
    }
}

#[test]
fn what_a_list_holds_is_counted() {
    let folder = conversation();
    let talk = &folder.run("list show talk --json").objects()[0];
    assert_eq!((&talk["members"], &talk["posts"], &talk["responses"]), (&3.into(), &1.into(), &2.into()));
    assert!(folder.run("list remove talk").done().contains("3 members, 1 post and 2 responses"));
}

#[test]
fn posts_are_shown_by_the_number_that_accept_takes() {
    let folder = conversation();
    let post = &folder.run("list posts talk --json").objects()[0];
    assert_eq!(
        *post,
        serde_json::json!({"number": 1, "title": "On listening", "responses": 2, "date": "2026-03-01T08:00:00Z"})
    );
    let table = folder.run("list posts talk").done();
    assert!(table.contains("1  2026-03-01 08:00 UTC  2          On listening\n"), "{table}");
    folder.run("list create news").done();
    assert_eq!(folder.run("list posts news").done(), "");
}
