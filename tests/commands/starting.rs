//! `init`, `serve`, and what every command does where it cannot work.

use std::io::{BufRead, BufReader, Read};

use crate::folder::{Folder, conversation};

const INIT: &str = "init --domain lists.example --list talk --author marina@example.org";

#[test]
fn init_makes_a_folder_that_works_and_refuses_to_make_it_twice() {
    let folder = Folder::none();
    let said = folder.run(INIT).done();
    for expected in
        ["talk@lists.example (Talk)", "member add --list talk", "serve --data", "MX", "moderate show", "proof"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let author = &folder.run("member show --list talk --json").objects()[0];
    assert_eq!((&author["address"], &author["role"]), (&"marina@example.org".into(), &"author".into()));
    let list = &folder.run("list show talk --json").objects()[0];
    assert_eq!((&list["owner"], &list["hour"]), (&"marina@example.org".into(), &7.into()));
    let before = folder.everything();
    assert!(folder.run(INIT).failed().contains("is a data folder already"));
    assert_eq!(folder.everything(), before);
}

#[test]
fn an_init_that_fails_leaves_nothing_of_its_own_behind() {
    let folder = Folder::none();
    assert!(folder.run(&format!("{INIT} --relay ftp://x")).failed().contains("smtp://"));
    assert!(!folder.root().exists());
    // Its keys cannot be made here.
    std::fs::create_dir(folder.root()).unwrap();
    std::fs::write(folder.path("keys"), "something else").unwrap();
    folder.run(INIT).failed();
    let left: Vec<_> = std::fs::read_dir(folder.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["keys"]);
}

#[test]
fn where_there_is_no_data_folder_every_command_says_how_to_have_one() {
    let folder = Folder::none();
    for words in ["serve", "list show", "member show --list talk", "queue show", "digest run", "mailbox show"] {
        let sentence = folder.run(words).failed();
        assert!(sentence.contains("rejoinder init") && sentence.contains("--data"), "{words}: {sentence}");
        assert!(!folder.root().exists(), "{words}");
    }
}

#[test]
fn a_folder_that_lost_something_says_what_and_makes_nothing_in_its_place() {
    let folder = Folder::new();
    std::fs::rename(folder.path("rejoinder.db"), folder.path("aside")).unwrap();
    for words in ["list show", "serve"] {
        let sentence = folder.run(words).failed();
        assert!(sentence.contains("rejoinder.db is not there; restore it from a backup"), "{sentence}");
        assert!(!folder.path("rejoinder.db").exists());
    }
    // A command may end before it has written the whole of its journal back, and that would still hold the database.
    for journal in ["rejoinder.db-wal", "rejoinder.db-shm"].map(|name| folder.path(name)) {
        if journal.exists() {
            std::fs::remove_file(journal).unwrap();
        }
    }
    std::fs::write(folder.path("rejoinder.db"), "something else, and long enough to be looked at".repeat(50)).unwrap();
    let sentence = folder.run("list show").failed();
    assert!(sentence.contains("is damaged, or another program's file; restore"), "{sentence}");
    std::fs::remove_file(folder.path("keys/token-1")).unwrap();
    let sentence = folder.run("list show").failed();
    assert!(sentence.contains("token-1 is not there; restore it from a backup"), "{sentence}");
}

#[test]
fn a_file_in_place_of_the_data_folder_is_told_from_one() {
    let folder = Folder::none();
    std::fs::write(folder.root(), "").unwrap();
    for words in [INIT, "list show"] {
        let sentence = folder.run(words).failed();
        assert!(sentence.contains("is a file, not a folder"), "{sentence}");
    }
}

#[cfg(unix)]
#[test]
fn what_init_makes_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.run("digest run").done();
    for (name, expected) in
        [("", 0o700), ("keys", 0o700), ("keys/token-1", 0o600), ("rejoinder.db", 0o600), ("run.lock", 0o600)]
    {
        let mode = std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{name}");
    }
}

#[test]
fn a_slip_in_the_settings_is_named_by_its_line() {
    let folder = Folder::new();
    std::fs::write(folder.path("rejoinder.toml"), "[digest]\nhuor = 8\n").unwrap();
    assert!(folder.run("list show").failed().contains("rejoinder.toml, line 2: "));
}

#[test]
fn wrong_use_is_status_2() {
    let folder = Folder::none();
    for words in ["", "list", "member add --list talk", "queue retry", "export --list talk", "digest run --at noon"] {
        let ran = folder.run(words);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{words}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(folder.run("export --help").status, 0);
}

#[test]
fn whoever_stops_reading_is_not_complained_to() {
    let folder = conversation();
    let rows: String = (0..3000).map(|n| format!("reader{n}@example.org\n")).collect();
    folder.feed("member import --list talk -", format!("address\n{rows}").as_bytes()).done();
    for words in ["member export --list talk", "member show --list talk --json", "member show --list talk"] {
        let mut child = folder.command(words).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success(), "{words}: {err}");
        assert_eq!(err, "", "{words}");
    }
}

#[cfg(unix)]
#[test]
fn serve_says_where_the_pages_are_and_answers_there() {
    use std::io::Write;
    let folder = Folder::new();
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let served = "\n[web]\nlisten = \"127.0.0.1:0\"\nurl = \"https://lists.example\"\n";
    std::fs::write(&settings, text.replace("\n[web]\n", served)).unwrap();
    let mut child = folder.command("serve").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let web = lines.find_map(|line| line.strip_prefix("web ").map(ToOwned::to_owned)).unwrap();
    let mut stream = std::net::TcpStream::connect(web).unwrap();
    stream.write_all(b"GET /talk/u/x HTTP/1.1\r\nHost: lists.example\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("talk+leave@lists.example"), "{answer}");
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(!err.contains("[web]"), "{err}");
}

#[cfg(unix)]
#[test]
fn serve_says_where_it_listens_warns_of_what_reaches_nobody_and_ends_when_told() {
    let folder = Folder::new();
    let settings = folder.path("rejoinder.toml");
    let mut text = std::fs::read_to_string(&settings).unwrap();
    text = text.replace("\n[web]\n", "\n[web]\nurl = \"https://lists.example\"\n");
    std::fs::write(&settings, text).unwrap();
    let mut child = folder.command("serve").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let door = lines.next().unwrap().unwrap();
    let port = door.strip_prefix("smtp 127.0.0.1:").unwrap_or_else(|| panic!("{door}"));
    std::net::TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    assert!(lines.next().unwrap().unwrap().starts_with("mailbox 127.0.0.1:"));
    assert!(folder.run("serve").failed().contains("another `rejoinder serve`"));
    // Other commands work beside it.
    folder.run("member add --list talk ellen@example.org").done();
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    for warning in ["no relay is set", "mails link to https://lists.example, but [web] listen is empty"] {
        assert!(err.contains(&format!("WARNING: {warning}")), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn serve_warns_where_everybody_may_come_and_every_from_is_believed() {
    let folder = Folder::new();
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"")).unwrap();
    let mut child = folder.command("serve").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("smtp 0.0.0.0:"));
    lines.next().unwrap().unwrap();
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(err.contains("WARNING: [trust] proof is \"off\"") && err.contains("is open to others"), "{err}");
}
