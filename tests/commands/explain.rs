//! `explain`: for whoever asks why a mail did not appear.

use crate::folder::{Folder, conversation};
use serde_json::{Value, json};

/// A mail by the given person, with these header lines and this text.
fn letter(from: &str, headers: &str, text: &str) -> String {
    format!("From: {from}\r\nSubject: Re: On listening\r\nMessage-ID: <new@x>\r\n{headers}\r\n{text}\r\n")
}

fn explained(folder: &Folder, words: &str, mail: &str) -> Value {
    let ran = folder.feed(&format!("explain --json {words}-"), mail.as_bytes());
    let mut objects = ran.objects();
    assert_eq!(objects.len(), 1);
    objects.remove(0)
}

/// The reasons, one a line.
fn why(explained: &Value) -> String {
    let steps = explained["why"].as_array().unwrap();
    steps.iter().map(|step| format!("{}\n", step.as_str().unwrap())).collect()
}

#[test]
fn a_mail_is_explained_without_a_data_folder_and_none_is_made() {
    let folder = Folder::none();
    let headers = "Date: Sun, 1 Mar 2026 09:30:00 +0100\r\nIn-Reply-To: <b@x>\r\nReferences: <a@x> <b@x>\r\n";
    let row =
        explained(&folder, "", &letter("Ada <ada@example.org>", headers, "Yes.\r\n\r\n> Shall we?\r\n-- \r\nAda"));
    let expected = json!({
        "file": "-", "message_id": "new@x", "parents": ["b@x", "a@x"], "kind": "mail",
        "from": {"name": "Ada", "address": "ada@example.org"}, "subject": "Re: On listening",
        "date": "2026-03-01T08:30:00Z", "reply": "Yes.",
        "hidden": [{"kind": "quote", "text": "> Shall we?\n"}, {"kind": "signature", "text": "-- \nAda\n"}],
        "bounce": [], "attachments": [], "proof": "none", "decision": "publish", "why": row["why"],
    });
    assert_eq!(row, expected);
    assert!(!folder.root().exists());
}

#[test]
fn an_object_a_file_comes_in_the_order_given_also_for_one_that_cannot_be_read() {
    let folder = conversation();
    let there = folder.path("a.eml");
    std::fs::write(&there, letter("ada@example.org", "", "Hello.")).unwrap();
    let ran = folder.run(&format!("explain --json gone.eml {}", there.display()));
    let rows: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows[0]["file"].as_str(), rows[0]["kind"].as_str()), (Some("gone.eml"), Some("unreadable")));
    assert_eq!((&rows[1]["kind"], &rows[1]["reply"]), (&json!("mail"), &json!("Hello.")));
    assert!(ran.failed().contains("1 file could not be read"));
    let empty = explained(&folder, "", "");
    assert_eq!((&empty["kind"], &empty["decision"]), (&json!("unreadable"), &json!("refuse")));
}

#[test]
fn what_is_no_persons_mail_is_not_published() {
    let folder = Folder::none();
    for (headers, kind, decision) in [
        ("Auto-Submitted: auto-replied\r\n", "auto_reply", "refuse"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n", "complaint", "count"),
        ("X-Failed-Recipients: bo@example.org\r\n", "bounce", "count"),
        ("To: talk+leave@lists.example\r\n", "command", "command"),
    ] {
        let row = explained(&folder, "", &letter("ada@example.org", headers, "Text."));
        assert_eq!((&row["kind"], &row["decision"]), (&json!(kind), &json!(decision)), "{headers}");
    }
}

#[test]
fn what_looks_like_a_programs_and_may_be_a_members_waits_on_their_list() {
    let folder = conversation();
    let mail = |from: &str| letter(from, "X-Loop: david@example.org\r\n", "Go on.");
    for (words, from, decision) in [
        ("", "david@example.org", "refuse"),
        ("--list talk ", "david@example.org", "hold"),
        ("--list talk ", "eve@elsewhere.org", "refuse"),
    ] {
        let row = explained(&folder, words, &mail(from));
        assert_eq!((&row["kind"], &row["decision"]), (&json!("auto_reply"), &json!(decision)), "{words}{from}");
    }
    assert!(
        why(&explained(&folder, "--list talk ", &mail("david@example.org"))).contains("may be an automatic answer")
    );
}

#[test]
fn for_a_list_it_says_who_the_sender_is_there_and_under_what_the_mail_belongs() {
    let folder = conversation();
    let before = folder.everything();
    let answer = letter("marina@example.org", "In-Reply-To: <one@x>\r\n", "Go on.");
    let row = explained(&folder, "--list talk ", &answer);
    assert_eq!((&row["decision"], &row["parents"][0]), (&json!("publish"), &json!("one@x")));
    assert!(why(&row).contains("author, active") && why(&row).contains("#1 by"), "{}", why(&row));
    let stranger = explained(&folder, "--list talk ", &letter("eve@elsewhere.org", "In-Reply-To: <one@x>\r\n", "Hi."));
    assert_eq!(stranger["decision"], "refuse");
    assert!(why(&stranger).contains("Its sender is not on talk."), "{}", why(&stranger));
    let member = explained(&folder, "--list talk ", &letter("david@example.org", "", "A new thing."));
    assert_eq!(member["decision"], "hold");
    assert!(why(&member).contains("may not start posts"), "{}", why(&member));
    assert_eq!(folder.everything(), before);
}

#[test]
fn of_a_mail_that_is_here_or_waits_it_says_so() {
    let folder = conversation();
    let there = letter("marina@example.org", "", "Say more.").replace("<new@x>", "<two@x>");
    let row = explained(&folder, "--list talk ", &there);
    assert!(why(&row).contains("here already: #2 by Marina under post 1, \"On listening\""), "{}", why(&row));
    // Another mail under its id.
    assert_eq!(row["decision"], "hold");
    assert!(row["why"][0].as_str().unwrap().starts_with("Another mail with its Message-ID"), "{}", why(&row));
    let new = letter("david@example.org", "", "A new thing.").replace("Re: On listening", "On rooms");
    folder.at("2026-03-02T08:00:00Z").octets("david@example.org", new.clone());
    let row = explained(&folder, "--list talk ", &new);
    assert!(why(&row).contains("It waits as number 1 of `rejoinder moderate show`."), "{}", why(&row));
}

#[test]
fn of_a_copy_it_says_first_that_it_is_here_and_where() {
    let folder = conversation();
    let mail = letter("david@example.org", "In-Reply-To: <one@x>\r\n", "Go on.");
    folder.at("2026-03-02T08:00:00Z").octets("david@example.org", mail.clone());
    let row = explained(&folder, "--list talk ", &mail);
    let first = row["why"][0].as_str().unwrap();
    assert!(first.starts_with("It is here already: #3 by") && first.contains("\"On listening\""), "{}", why(&row));
    assert_eq!(row["decision"], "refuse");
}

#[test]
fn of_an_unclear_answer_to_a_digest_it_says_what_is_unclear_and_that_its_sender_is_asked() {
    let folder = conversation();
    folder.at("2026-03-01T10:00:00Z").mail("other@x", "-", "marina@example.org", "Small rooms make people kinder.");
    folder.run("digest run --at 2026-03-02T12:00:00Z").done();
    let mail = folder.run("mailbox show 1").done();
    let digest = mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    let told = |text: &str| {
        let row = explained(
            &folder,
            "--list talk ",
            &letter("ellen@example.org", &format!("In-Reply-To: {digest}\r\n"), text),
        );
        assert_eq!(row["decision"], "hold", "{text}");
        why(&row)
    };
    for (text, words) in [
        ("I agree.", "neither a quote nor a label says which"),
        ("B7: I agree.", "but no B7 is in that digest"),
        ("A1 and A2: I agree.", "that names several items, or may be a part of a sentence"),
    ] {
        let told = told(text);
        assert!(told.contains(words) && told.contains("Its sender is asked by mail"), "{told}");
        assert!(!told.contains("A moderator decides."), "{told}");
    }
}

#[test]
fn beside_a_picture_it_does_not_say_that_there_is_no_file() {
    let folder = conversation();
    let headers = "In-Reply-To: <one@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let parts = "--b\r\n\r\nOn Monday, 2 March 2026, David wrote:\r\n> Say more.\r\n--b\r\nContent-Type: image/png; \
                 name=logo.png\r\nContent-Disposition: inline\r\nContent-ID: <l@x>\r\n\r\nxxxx\r\n--b--";
    let mail = letter("ellen@example.org", headers, parts);
    for words in ["", "--list talk "] {
        let row = explained(&folder, words, &mail);
        assert_eq!((&row["decision"], &row["attachments"][0]["name"]), (&json!("hold"), &json!("logo.png")));
        assert!(why(&row).contains("may be a logo") && !why(&row).contains("no file"), "{}", why(&row));
    }
}

#[test]
fn for_a_person_the_reasons_come_before_the_text_and_what_is_hidden_is_marked() {
    let folder = Folder::none();
    let mail = letter("Ada <ada@example.org>", "", "Yes.\r\n\r\n> Shall we?\x1b[2J");
    let said = folder.feed("explain -", mail.as_bytes()).done();
    let because = said.find("  because\n").unwrap();
    let text = said.find("  |   Yes.\n").unwrap();
    let hidden = said.find("  hidden, quote:\n      > Shall we?").unwrap();
    assert!(because < text && text < hidden && said.contains("  decision  publish\n"), "{said}");
    assert!(!said.contains('\x1b'));
}

#[test]
fn whom_a_report_is_about_is_told_to_a_person_and_its_text_is_not_marked_as_theirs() {
    let folder = Folder::none();
    let mail = letter(
        "MAILER-DAEMON@mx.example",
        "X-Failed-Recipients: gone@example.org\r\n",
        "<gone@example.org>: 550 5.1.1 no such user",
    );
    let said = folder.feed("explain -", mail.as_bytes()).done();
    assert!(said.contains("  about     gone@example.org, not reached for good (5.1.1)\n"), "{said}");
    assert!(!said.contains("  | ") && !said.contains("is what its sender wrote"), "{said}");
}

#[test]
fn a_mail_that_names_no_address_of_the_list_may_never_have_come() {
    let folder = conversation();
    let elsewhere = letter("marina@example.org", "To: other@lists.example\r\nIn-Reply-To: <one@x>\r\n", "Go on.");
    let told = why(&explained(&folder, "--list talk ", &elsewhere));
    assert!(told.contains("names no address of talk as a recipient"), "{told}");
    let here = letter("marina@example.org", "To: Talk <talk@lists.example>\r\nIn-Reply-To: <one@x>\r\n", "Go on.");
    let told = why(&explained(&folder, "--list talk ", &here));
    assert!(!told.contains("names no address"), "{told}");
}

#[test]
fn what_a_trusted_server_found_out_is_told_as_the_proof_and_what_the_dns_may_say_is_left_open() {
    let folder = conversation();
    let settings = folder.path("rejoinder.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let relays = "proof = \"preferred\"\ntrusted_relays = [\"mx.example\"]";
    std::fs::write(settings, text.replace("proof = \"off\"", relays).replace("# trusted_relays = []\n", "")).unwrap();
    let answer = letter("marina@example.org", "In-Reply-To: <one@x>\r\n", "Go on.");
    let taken = "Received: from x by mx.example with ESMTP; Sun, 1 Mar 2026 08:00:00 +0000\r\n";
    let found =
        |said: &str| format!("Authentication-Results: mx.example; {said} header.from=example.org\r\n{taken}{answer}");
    for (mail, proof, decision, words) in [
        (found("dmarc=pass"), "dmarc", "publish", "found that it is from whom it says"),
        (found("dmarc=fail (p=reject)"), "forged", "refuse", "their domain wants such mail refused"),
        (found("dmarc=fail (p=quarantine)"), "forged", "hold", "It is not from whom it says"),
        (answer.clone(), "none", "hold", "unless the DNS (SPF, DKIM, DMARC) proves them"),
    ] {
        let row = explained(&folder, "--list talk ", &mail);
        assert_eq!((&row["proof"], &row["decision"]), (&json!(proof), &json!(decision)), "{}", why(&row));
        assert!(why(&row).contains(words), "{}", why(&row));
    }
}

#[test]
fn a_wish_to_leave_is_never_published_whatever_it_answers() {
    let folder = conversation();
    let wish =
        letter("david@example.org", "To: talk@lists.example\r\nIn-Reply-To: <one@x>\r\n", "Please unsubscribe me.");
    let row = explained(&folder, "--list talk ", &wish);
    assert_eq!((&row["kind"], &row["decision"]), (&serde_json::json!("command"), &serde_json::json!("hold")));
    folder.at("2026-03-02T08:00:00Z").octets("david@example.org", wish);
    let held = folder.run("moderate show --json").objects();
    assert_eq!((held.len(), held[0]["reason"].as_str()), (1, Some("command")));
}
