//! `import`: archives from files into a list, beside whatever else runs.

use serde_json::Value;

use crate::folder::Folder;

const FROM: &str = "From ada@example.org Sun Feb  1 07:05:09 2026\n";

fn mail(id: &str, answers: &str, day: u32) -> String {
    format!(
        "From: {id} <{id}@writers.example>\nMessage-ID: <{id}@test>\nIn-Reply-To: {answers}\nSubject: Bread\n\
         Date: {day} Feb 2026 08:00:00 +0000\n\nSaid by {id}.\n"
    )
}

fn mbox(mails: &[String]) -> String {
    mails.iter().map(|mail| format!("{FROM}{mail}\n")).collect()
}

fn numbers(folder: &Folder) -> Vec<(String, Value)> {
    let rows = folder.run("export --list talk --format threads").objects();
    rows.into_iter().map(|row| (row["message_id"].as_str().unwrap().to_owned(), row["number"].clone())).collect()
}

#[test]
fn everything_that_paths_name_is_taken_in_and_counted() {
    let folder = Folder::new();
    let within = folder.root().parent().unwrap().to_owned();
    std::fs::write(within.join("a.mbox"), mbox(&[mail("b", "<p@test>", 3), mail("p", "", 1)])).unwrap();
    for half in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(within.join("box").join(half)).unwrap();
    }
    std::fs::write(within.join("box/cur/1:2,S"), mail("a", "<p@test>", 2)).unwrap();
    std::fs::write(within.join("one.eml"), mail("p", "", 1)).unwrap();
    let words = "import --list talk a.mbox box one.eml";
    assert_eq!(folder.run(words).done(), "talk: 4 mails read, 3 published, 1 already here, 0 that could not be read\n");
    let number = |id: &str, number: Option<i64>| (format!("{id}@test"), number.map_or(Value::Null, Value::from));
    let expected = [number("p", None), number("a", Some(1)), number("b", Some(2))];
    assert_eq!(numbers(&folder), expected);
    let before = folder.everything();
    let again = folder.run(&format!("{words} --json")).objects().remove(0);
    assert_eq!((&again["read"], &again["published"], &again["already"]), (&4.into(), &0.into(), &4.into()));
    assert_eq!(folder.everything(), before);
    assert!(!folder.path("rejoinder.db-wal").metadata().is_ok_and(|log| log.len() > 0), "the log is written back");
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason_and_the_rest_is_in() {
    let folder = Folder::new();
    let within = folder.root().parent().unwrap().to_owned();
    std::fs::create_dir(within.join("mails")).unwrap();
    std::fs::write(within.join("mails/good.eml"), mail("p", "", 1)).unwrap();
    std::fs::write(within.join("mails/empty.eml"), "").unwrap();
    std::fs::write(within.join("mails/notes.txt"), "no mail").unwrap();
    let ran = folder.run("import --list talk mails");
    assert_eq!(ran.out, "talk: 1 mail read, 1 published, 0 already here, 1 that could not be read\n");
    assert!(
        ran.err.contains("mails/empty.eml: it is empty\n") && ran.err.contains("1 file was passed over"),
        "{}",
        ran.err
    );
    assert!(ran.failed().contains("1 mail or file could not be read"));
    let json = folder.run("import --list talk mails --json");
    assert_eq!(json.status, 1);
    let summary: Value = serde_json::from_str(json.out.lines().next().unwrap()).unwrap();
    assert_eq!(summary["unreadable"][0]["why"], "it is empty");
}

#[test]
fn a_path_that_is_not_there_ends_it_before_anything_is_taken() {
    let folder = Folder::new();
    let within = folder.root().parent().unwrap().to_owned();
    std::fs::write(within.join("a.eml"), mail("p", "", 1)).unwrap();
    let failed = folder.run("import --list talk a.eml gone.mbox").failed();
    assert!(failed.contains("gone.mbox") && failed.contains("nothing was imported"), "{failed}");
    assert_eq!(numbers(&folder), []);
    assert!(folder.run("import --list other a.eml").failed().contains("talk"));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_the_archive_or_no_mail_is_passed_over_or_named() {
    let folder = Folder::new();
    let within = folder.root().parent().unwrap().to_owned();
    std::fs::create_dir(within.join("mails")).unwrap();
    std::fs::write(within.join("elsewhere"), mail("secret", "", 1)).unwrap();
    std::os::unix::fs::symlink(within.join("elsewhere"), within.join("mails/link.eml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(within.join("mails/pipe.eml")).status().unwrap();
    assert!(made.success());
    let ran = folder.run("import --list talk mails");
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (0, "talk: 0 mails read, 0 published, 0 already here, 0 that could not be read\n")
    );
    assert!(ran.err.contains("2 files were passed over"), "{}", ran.err);
    std::fs::write(within.join("table"), "root:x:0\nkey: value\n\nhello\n").unwrap();
    for (path, why) in [("mails/pipe.eml", "a pipe or a device"), ("table", "it has no mail header")] {
        let ran = folder.run(&format!("import --list talk {path}"));
        assert!(ran.status == 1 && ran.err.contains(why), "{path}: {}", ran.err);
    }
}
