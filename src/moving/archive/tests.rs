//! Archives of every make, read back.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::moving::write_mbox_mail;

const LATER: &str = "2026-06-01T00:00:00Z";

fn bounds() -> Bounds {
    Bounds { message_bytes: 1 << 20, now: LATER.parse().unwrap() }
}

fn opened(paths: &[PathBuf]) -> Archive {
    Archive::open(paths, bounds(), &mut |_| {}).unwrap()
}

/// Every mail of an archive, by date.
fn contents(archive: &Archive) -> Vec<String> {
    let mut reader = Reader::default();
    let read = archive.entries().iter().map(|entry| reader.read(archive, entry).unwrap());
    read.map(|content| String::from_utf8_lossy(&content).into_owned()).collect()
}

/// The mails of an mbox of these octets, which are of ascending dates.
fn of_mbox(octets: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, octets).unwrap();
    let archive = opened(&[path]);
    assert_eq!(archive.unreadable, []);
    contents(&archive)
}

fn mail(id: &str, text: &str) -> String {
    format!("Message-ID: <{id}@example.org>\nDate: Sun, 1 Mar 2026 07:0{}:00 +0000\n\n{text}", id.len())
}

const FROM: &str = "From ada@example.org Sun Mar  1 07:05:09 2026\n";

#[test]
fn mboxrd_is_unquoted_by_one_mark_wherever_a_line_has_any() {
    let quoted = mail("a", ">From the start.\n>>From there.\n>>> From\n->From\n");
    let plain = mail("a", "From the start.\n>From there.\n>>> From\n->From\n");
    let last = mail("aa", "The end.\n");
    assert_eq!(of_mbox(&format!("{FROM}{quoted}\n{FROM}{last}\n")), [plain, last]);
}

#[test]
fn a_length_counts_where_it_ends_at_the_next_mail_or_the_end_and_nowhere_else() {
    let text =
        "Here it comes:\n\nFrom: is how a header begins.\n\nFrom ada@example.org Sun Mar  1 07:05:09 2026\nTo: a\n";
    let measured =
        |id: &str, length: usize| mail(id, text).replacen("\n\n", &format!("\nContent-Length: {length}\n\n"), 1);
    let whole = measured("a", text.len());
    let last = measured("aa", text.len());
    // mboxcl2: nothing quoted, and what looks like a mail within is none.
    for between in ["", "\n"] {
        assert_eq!(of_mbox(&format!("{FROM}{whole}{between}{FROM}{last}")), [&*whole, &*last], "{between:?}");
    }
    // Said wrongly: the lines decide, as if nothing were said.
    for length in [text.len() - 3, text.len() + 3, 0, usize::MAX] {
        let wrong = measured("a", length);
        let read = of_mbox(&format!("{FROM}{wrong}\n{FROM}{}\n", mail("aa", "x\n")));
        assert_eq!(read.len(), 3, "{length}: {read:?}");
    }
}

#[test]
fn mboxcl_is_unquoted_and_mboxcl2_is_not() {
    let measured =
        |id: &str, text: &str| mail(id, text).replacen("\n\n", &format!("\nContent-Length: {}\n\n", text.len()), 1);
    let quoted = measured("a", "One:\n\n>From here.\n");
    let of_cl = of_mbox(&format!("{FROM}{quoted}\n"));
    assert_eq!(of_cl, [quoted.replace(">From", "From")]);
    let bare = measured("aa", "Two:\n\nFrom here.\n");
    let of_cl2 = of_mbox(&format!("{FROM}{quoted}\n{FROM}{bare}\n"));
    assert_eq!(of_cl2, [quoted, bare]);
}

#[test]
fn a_line_that_nobody_quoted_begins_no_mail_unless_a_header_follows() {
    let text = "So:\n\nFrom what you say, it is late.\nNote: very late.\n\nFrom ada@example.org Sun Mar  1 07:05:09 2026\nis no header.\n";
    let one = mail("a", text);
    assert_eq!(of_mbox(&format!("{FROM}{one}\n")), [one]);
}

#[test]
fn lines_may_end_either_way_and_the_last_mail_where_it_likes() {
    let (one, two) = (mail("a", "x\n\n\n"), mail("aa", "y"));
    let octets = format!("{FROM}{one}\n{FROM}{two}");
    assert_eq!(of_mbox(&octets), [&*one, &*two]);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(of_mbox(&crlf(&octets)), [crlf(&one), crlf(&two)]);
    assert_eq!(
        of_mbox(&format!("\n\n{octets}\n\n")),
        [&*one, "Message-ID: <aa@example.org>\nDate: Sun, 1 Mar 2026 07:02:00 +0000\n\ny\n"]
    );
}

#[test]
fn a_mail_that_is_too_big_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.mbox");
    let big = mail("a", &"x".repeat(2 << 20));
    fs::write(&path, format!("{FROM}{big}\n\n{FROM}{}\n", mail("aa", "y\n"))).unwrap();
    let archive = opened(&[path]);
    assert_eq!(contents(&archive), [mail("aa", "y\n")]);
    let [big] = &*archive.unreadable else { panic!("{:?}", archive.unreadable) };
    assert!(big.what.ends_with("big.mbox, the mail at byte 46"), "{}", big.what);
    assert!(big.why.contains("message_bytes"), "{}", big.why);
}

fn folder_of(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn a_maildir_is_read_with_its_subfolders_and_what_is_still_being_written_is_not() {
    let folder = folder_of(&[
        ("cur/1.host:2,S", mail("a", "read")),
        ("new/2.host", mail("aa", "new")),
        ("tmp/3.host", mail("x", "half")),
        ("new/.hidden", "no mail".to_owned()),
        ("dovecot-uidlist", "3 V1".to_owned()),
        (".Old.Years/cur/4.host:2,", mail("aaa", "old")),
        (".Old.Years/new/5.host", mail("aaaa", "older")),
        (".Old.Years/tmp/6.host", mail("x", "half")),
    ]);
    let archive = opened(&[folder.path().to_owned()]);
    let read = contents(&archive);
    assert_eq!(read, [mail("a", "read"), mail("aa", "new"), mail("aaa", "old"), mail("aaaa", "older")]);
    assert_eq!((archive.unreadable.len(), archive.passed_over), (0, 0));
}

#[test]
fn a_folder_is_read_all_the_way_down_and_other_files_are_counted() {
    let folder = folder_of(&[
        ("a.eml", mail("a", "one")),
        ("2025/b.EML", mail("aa", "two")),
        ("2025/01/c.mbox", format!("{FROM}{}\n", mail("aaa", "three\n"))),
        ("2025/notes.txt", "not mail".to_owned()),
        ("empty.mbox", String::new()),
    ]);
    let archive = opened(&[folder.path().to_owned()]);
    assert_eq!(contents(&archive), [mail("a", "one"), mail("aa", "two"), mail("aaa", "three\n")]);
    assert_eq!((archive.unreadable.len(), archive.passed_over), (0, 1));
}

#[test]
fn what_is_no_mail_is_named_with_the_reason() {
    let folder = folder_of(&[
        ("empty.eml", " \n".to_owned()),
        ("prose.eml", "Once upon a time\nthere was no header.\n".to_owned()),
        ("packed.mbox", "\u{1f}\u{8b}x".to_owned()),
    ]);
    fs::write(folder.path().join("packed.mbox"), b"\x1f\x8b\x08").unwrap();
    let archive = opened(&[folder.path().to_owned()]);
    let whys: Vec<&str> = archive.unreadable.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(whys, ["it is empty", "it has no mail header", "it is compressed; unpack it first"]);
    let (path, _) = Archive::open(&[folder.path().join("gone")], bounds(), &mut |_| {}).unwrap_err();
    assert!(path.ends_with("gone"));
}

#[test]
fn a_mail_is_dated_by_what_can_be() {
    let at = |date: &str, received: &str| {
        let folder = folder_of(&[("a", format!("{FROM}Date: {date}\nReceived: by x; {received}\nTo: a\n\nx\n"))]);
        let archive = opened(&[folder.path().join("a")]);
        (archive.entries()[0].dated().to_string(), archive.entries()[0].is_undated())
    };
    let when = |time: &str| (time.to_owned(), false);
    let date = "Sun, 1 Mar 2026 09:00:00 +0200";
    assert_eq!(at(date, "nobody knows"), when("2026-03-01T07:00:00Z"));
    assert_eq!(at(date, "Mon, 2 Mar 2026 07:00:00 +0000"), when("2026-03-01T07:00:00Z"));
    assert_eq!(at("Wed, 1 Jan 2031 00:00:00 +0000", "Mon, 2 Mar 2026 07:00:00 +0000"), when("2026-03-02T07:00:00Z"));
    assert_eq!(at("Sun, 1 Mar 2015 09:00:00 +0200", "Mon, 2 Mar 2026 07:00:00 +0000"), when("2026-03-02T07:00:00Z"));
    assert_eq!(at(date, "Fri, 27 Feb 2026 07:00:00 +0000"), when("2026-02-27T07:00:00Z"));
    assert_eq!(at("yesterday", "nobody knows"), ("2026-03-01T07:05:09Z".to_owned(), true));
}

#[test]
fn the_order_of_an_archive_does_not_depend_on_where_its_mails_stand() {
    let mails: Vec<String> = (0..40).map(|n| mail(&format!("m{}", n % 7), &format!("text {n}\n"))).collect();
    let written =
        |mails: &mut dyn Iterator<Item = &String>| mails.fold(String::new(), |out, one| out + FROM + one + "\n");
    assert_eq!(of_mbox(&written(&mut mails.iter())), of_mbox(&written(&mut mails.iter().rev())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_as_mbox_is_read_back_octet_for_octet(
        texts in proptest::collection::vec(
            proptest::collection::vec("(>{0,3}From |Content-Length: 12|To: a|)[a-zA-Z :>]{0,12}\r?", 0..12),
            1..5,
        ),
    ) {
        let mails: Vec<String> = texts.iter().enumerate().map(|(n, lines)| {
            // Only line ends change: CRLF becomes LF.
            let lines: String = lines.iter().map(|line| format!("{}\n", line.trim_end_matches('\r'))).collect();
            mail(&"a".repeat(n + 1), &lines)
        }).collect();
        let mut octets = Vec::new();
        for one in &mails {
            write_mbox_mail(&mut octets, None, LATER.parse().unwrap(), one.replace('\n', "\r\n").as_bytes()).unwrap();
        }
        prop_assert_eq!(of_mbox(&String::from_utf8(octets).unwrap()), mails);
    }

    #[test]
    fn any_file_is_read_to_its_end(octets in "(From [a-z@ 0-9:]{0,30}\n|[A-Za-z-]{1,15}: ?[0-9a-z]{0,5}\n|\r?\n|>From x\n|[a-z]{0,9}){0,60}") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mbox");
        fs::write(&path, octets).unwrap();
        let archive = opened(&[path]);
        prop_assert_eq!(contents(&archive).len(), archive.len());
    }
}
