//! What formatting readers get: of HTML mail in digests and single mails, beside a text part that stays plain.

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};

const EVE: &str = "eve@example.com";
const NORA: &str = "nora@example.com";
const ELLEN: &str = "ellen@example.net";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(ELLEN, named("Ellen", "none"));
    talk.join(EVE, named("Eve", "each"));
    talk.join(NORA, named("Nora", "daily"));
    (folder, talk)
}

/// What Eve got, a mail each, and Nora's digest: text and HTML of each.
fn read(talk: &TestList) -> (Vec<(String, String)>, (String, String)) {
    talk.fan_out();
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    let parts = |who: &str| {
        let mails = taken.iter().filter(|mail| mail.recipient.as_str() == who).map(|mail| {
            let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
            (parsed.body_text(0).unwrap().replace("\r\n", "\n"), parsed.body_html(0).unwrap().replace("\r\n", "\n"))
        });
        mails.collect::<Vec<_>>()
    };
    (parts(EVE), parts(NORA).pop().unwrap())
}

fn give(talk: &TestList, from: &str, headers: &str, body: &str) {
    let mail = format!("From: {from}\nTo: talk@lists.example\nSubject: Bread\n{headers}\n{body}").replace('\n', "\r\n");
    let reply = talk.give(mail.into_bytes(), Some(from), &["talk@lists.example"]);
    assert_eq!(reply.code, 250, "{}", reply.text);
}

fn alternative(plain: &str, html: &str) -> String {
    format!(
        "--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    )
}

const ALTERNATIVE: &str = "Message-ID: <p@test>\nContent-Type: multipart/alternative; boundary=b\n";

#[test]
fn a_posts_formatting_comes_through_in_the_html_part_and_the_text_part_is_the_text() {
    let (_folder, talk) = talk();
    let plain = "Bread\n\nIt needs *time*, see this page <https://bread.example/a>.\n\n   - flour\n   - salt\n";
    let html = "<h1>Bread</h1><p>It needs <b>time</b>, see <a href='https://bread.example/a'>this page</a>.</p>\
                <ul><li>flour<li>salt</ul>";
    give(&talk, AUTHOR, ALTERNATIVE, &alternative(plain, html));
    let (each, digest) = read(&talk);
    for (text, html) in [&each[0], &digest] {
        for shown in [
            "<h4 dir=\"auto\" style=",
            ">Bread</h4>",
            "<strong>time</strong>",
            "href=\"https://bread.example/a\"",
            ">flour</li>",
        ] {
            assert!(html.contains(shown), "{shown}: {html}");
        }
        assert!(text.contains("It needs *time*, see this page <https://bread.example/a>."), "{text}");
    }
}

#[test]
fn formatting_comes_through_whichever_way_the_text_part_writes_it() {
    let (_folder, talk) = talk();
    let plain = "/Bread/ needs:\n\n  * flour\n      o rye\n          + fine\n  * salt [1]\n\n [A bag of flour] \n\nLinks:\n------\n[1] https://salt.example/";
    let html = "<p><i>Bread</i> needs:</p><ul><li>flour<ul><li>rye<ul><li>fine</li></ul></li></ul></li>\
                <li><a href='https://salt.example/'>salt</a></li></ul><p><img src='https://x.example/i' alt='A bag of flour'></p>";
    give(&talk, AUTHOR, ALTERNATIVE, &alternative(plain, html));
    let (each, digest) = read(&talk);
    for (text, html) in [&each[0], &digest] {
        assert!(html.contains("<em>Bread</em>") && html.contains(">fine</li>"), "{html}");
        assert!(text.contains("o rye"), "{text}");
    }
}

#[test]
fn where_the_two_forms_of_a_mail_say_different_things_the_text_is_shown() {
    let (_folder, talk) = talk();
    give(&talk, AUTHOR, ALTERNATIVE, &alternative("I agree with her.", "<p>I <b>disagree</b> with her.</p>"));
    let (each, digest) = read(&talk);
    for (text, html) in [&each[0], &digest] {
        assert!(text.contains("I agree with her.") && html.contains("I agree with her.") && !html.contains("disagree"));
    }
}

#[test]
fn what_is_hidden_in_the_text_is_not_in_the_formatted_text_and_quotes_stay_folded_between() {
    let (_folder, talk) = talk();
    assert!(talk.send(&Mail::new(AUTHOR, "p").says("Marina asked something.")).is_positive());
    let headers = "Message-ID: <q@test>\nIn-Reply-To: <p@test>\nContent-Type: text/html; charset=utf-8\n";
    let html = "<div>First, <b>yes</b>.</div><blockquote type=cite><div>Marina asked something</div></blockquote>\
                <div>Then <i>no</i>.</div><div>-- <br></div><div><b>Ellen Gray</b>, baker</div>";
    give(&talk, ELLEN, headers, html);
    let (each, digest) = read(&talk);
    let html = &digest.1;
    let place = |what: &str| html.find(what).unwrap_or_else(|| panic!("{what}: {html}"));
    assert!(place("<strong>yes</strong>") < place("[ quotes a line of the post ]"));
    assert!(place("[ quotes a line of the post ]") < place("<em>no</em>"));
    assert!(!html.contains("baker") && html.matches("asked something").count() == 1, "{html}");
    let html = &each[1].1;
    assert!(html.contains("<em>no</em>") && html.contains("asked something") && !html.contains("baker"), "{html}");
}

#[test]
fn nothing_in_one_item_reaches_beyond_it() {
    for attack in [
        "<b>a</b></div></td></tr></table></body></html>",
        "<b>a</b><!-- ",
        "<b>a</b><div style='display:none'>",
        "<b>a</b><a href='https://x.example/",
        "<b>a</b><table><tr><td><blockquote><ul><li>",
        "<b>a</b>\u{202e}\u{2067}",
        "<b>a</b><style>.card{display:none}</style><plaintext>",
        "<b>a</b><![endif]--><!--[if mso]>",
        "<b>a</b>&#1;G&#2;&#1;r7&#2;",
    ] {
        let (_folder, talk) = talk();
        let headers = "Message-ID: <p@test>\nContent-Type: text/html; charset=utf-8\n";
        give(&talk, AUTHOR, headers, attack);
        assert!(talk.send(&Mail::new(ELLEN, "q").answers("p").says("After it all.")).is_positive());
        let (_, (_, html)) = read(&talk);
        let after = html.find("After it all.").unwrap_or_else(|| panic!("{attack}: {html}"));
        let frame = html.replace("<!--[if mso]>", "").replace("<![endif]-->", "");
        assert!(!frame.contains("<!--") && !frame.contains("]>") && !html.contains(['\u{1}', '\u{202e}']), "{html}");
        let tags =
            |name: &str| (html.matches(&format!("<{name}")).count(), html.matches(&format!("</{name}>")).count());
        for name in ["div", "td", "blockquote", "a ", "strong", "ul", "html", "body"] {
            let (begun, ended) = tags(name.trim());
            if name != "a " {
                assert_eq!(begun, ended, "{attack}: <{name}> in {html}");
            }
        }
        assert!(html[after..].contains("</html>") && html[..after].contains("<strong>a</strong>"), "{attack}: {html}");
    }
}

const MIXED: &str = "Message-ID: <p@test>\nContent-Type: multipart/related; boundary=b\n";

fn with_pictures(html: &str) -> String {
    let picture = |id: &str, name: &str, size: usize| {
        format!(
            "--b\nContent-Type: image/jpeg; name=\"{name}\"\nContent-ID: <{id}>\nContent-Disposition: inline\n\n{}\n",
            "x".repeat(size)
        )
    };
    format!(
        "--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n{}{}--b\nContent-Type: application/pdf\n\
         Content-Disposition: attachment; filename=\"../recipe.pdf\"\n\nrecipe\n--b--\n",
        picture("loaf@x", "loaf.jpg", 1_234),
        picture("logo@x", "logo.jpg", 99)
    )
}

#[test]
fn files_are_named_under_the_text_and_pictures_in_their_place() {
    let (_folder, talk) = talk();
    let html = "<p><b>Look</b>: <img src='cid:loaf@x' alt='A round loaf'></p><div>-- <br></div><p>M <img src='cid:logo@x'></p>";
    give(&talk, AUTHOR, MIXED, &with_pictures(html));
    let (each, digest) = read(&talk);
    for (text, html) in [&each[0], &digest] {
        for shown in ["Attached: loaf.jpg (image/jpeg, 1 kB)", "Attached: recipe.pdf (application/pdf, 6 bytes)"] {
            assert!(text.contains(shown) && html.contains(shown), "{shown}: {text}");
        }
        assert!(html.contains("[picture: A round loaf, loaf.jpg]"), "{html}");
        assert!(!text.contains("logo") && !html.contains("logo"), "a signature's logo is named: {text}");
        assert!(!html.contains("<img") && !html.contains("cid:"), "{html}");
    }
}

#[test]
fn a_photo_without_words_is_a_response_and_a_logo_is_held() {
    let (_folder, talk) = talk();
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    let answer = |id: &str, bytes: usize| {
        let headers =
            format!("Message-ID: <{id}@test>\nIn-Reply-To: <p@test>\nContent-Type: multipart/mixed; boundary=b\n");
        let picture = format!(
            "--b\nContent-Type: image/jpeg; name=\"{id}.jpg\"\nContent-Disposition: inline\n\n{}\n",
            "x".repeat(bytes)
        );
        let quote = "On Sunday, 1 March 2026, Marina wrote:\n> These are the words\n";
        give(
            &talk,
            ELLEN,
            &headers,
            &format!("--b\n\n\n{picture}--b\nContent-Type: text/plain\n\nSent from my iPhone\n\n{quote}\n--b--\n"),
        );
    };
    answer("loaf", 60_000);
    answer("logo", 6_000);
    let held = talk.store.held(None).unwrap();
    assert_eq!(held.len(), 1);
    let (each, digest) = read(&talk);
    for (text, html) in [&each[1], &digest] {
        let named = "Attached: loaf.jpg (image/jpeg, 60 kB)";
        assert!(text.contains(named) && html.contains(named), "{text}");
        assert!(text.contains("[ 1 quoted line ]") || text.contains("[ quotes a line of the post ]"), "{text}");
    }
    assert_eq!(each.len(), 2, "the mail with a logo came through");
}

#[test]
fn a_file_is_found_again_in_the_raw_mail() {
    use rejoinder::message::Mail;
    let raw = format!("From: a@b.example\n{MIXED}\n{}", with_pictures("<p>x</p>"));
    let mail = Mail::parse(raw.as_bytes());
    let found: Vec<_> =
        mail.attachments.iter().map(|file| Mail::attachment(raw.as_bytes(), file.place).unwrap()).collect();
    assert_eq!(found.len(), 3);
    assert_eq!(found[2].1, b"recipe");
    assert!(
        found
            .iter()
            .zip(&mail.attachments)
            .all(|((file, content), known)| file == known && content.len() == file.bytes)
    );
    assert_eq!(Mail::attachment(raw.as_bytes(), 99), None);
}

#[test]
fn a_hundred_files_are_named_in_a_few_lines() {
    let (_folder, talk) = talk();
    let files = "--b\nContent-Type: image/png; name=\"x.png\"\n\nx\n".repeat(100);
    let headers = "Message-ID: <p@test>\nContent-Type: multipart/mixed; boundary=b\n";
    give(&talk, AUTHOR, headers, &format!("--b\n\nMany.\n{files}--b--\n"));
    let (each, _) = read(&talk);
    assert!(each[0].0.contains("Attached: 40 more files"), "{}", each[0].0);
    assert_eq!(each[0].0.matches("Attached:").count(), 11);
}

#[test]
fn text_from_right_to_left_keeps_its_direction() {
    let (_folder, talk) = talk();
    let headers = "Message-ID: <p@test>\nContent-Type: text/html; charset=utf-8\n";
    give(&talk, AUTHOR, headers, "<div dir=rtl><p>123 שלום</p></div><p>Hello</p>");
    let (each, _) = read(&talk);
    assert!(each[0].1.contains("<p dir=\"rtl\" style=\"margin:0 0 12px\">123 שלום</p>"), "{}", each[0].1);
    assert!(each[0].1.contains("<p dir=\"auto\" style=\"margin:0 0 12px\">Hello</p>"), "{}", each[0].1);
}
