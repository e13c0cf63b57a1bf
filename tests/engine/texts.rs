//! What the text of a hostile mail could do to others: leak, counterfeit, hide, or stop their digests. Each once did.

use rejoinder::message::Mail as Parsed;
use rejoinder::reply;

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};

const ELLEN: &str = "ellen@example.com";
const EVE: &str = "each@example.net";
const NORA: &str = "nora@example.net";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    (folder, talk)
}

fn send(talk: &TestList, mail: &Mail) {
    let reply = talk.send(mail);
    assert_eq!(reply.code, 250, "{}", reply.text);
}

/// The text parts of all mails to `who`.
fn read_by(relay: &Remembering, who: &str) -> String {
    let taken = relay.taken.lock().unwrap();
    let texts = taken.iter().filter(|mail| mail.recipient.as_str() == who).map(|mail| {
        let parsed = mail_parser::MessageParser::default().parse(&mail.content).unwrap();
        parsed.body_text(0).unwrap().into_owned()
    });
    texts.collect::<Vec<_>>().join("\n")
}

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcd";

/// What each reader sees of an answer that says `text`, letters and digits only.
fn seen(text: &str) -> String {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "none"));
    talk.join(EVE, named("Eve", "each"));
    send(&talk, &Mail::new(AUTHOR, "p"));
    send(&talk, &Mail::new(ELLEN, "q").answers("p").says(text));
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    read_by(&relay, EVE).chars().filter(char::is_ascii_alphanumeric).collect()
}

#[test]
fn a_token_wrapped_by_a_mail_program_is_taken_out_as_well() {
    let (start, end) = TOKEN.split_at(17);
    for text in [
        format!("Yes.\n\n> Leave: talk+u.{start}\n> {end}@lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.{start}\n{end}@lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.{start}=\n> {end}@lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.{TOKEN}\n> @lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.\n> {TOKEN}@lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.{TOKEN} @lists.example\n"),
        format!("Yes.\n\n> Leave: talk+u.{TOKEN} (at) lists.example\n"),
        format!("Yes, _talk+u.{TOKEN}_@lists.example"),
        format!("See https://x.example/?to=talk%252Bu.{TOKEN}%2540lists.example"),
    ] {
        let seen = seen(&text);
        assert!(seen.contains("Yes") || seen.contains("See"), "{seen}");
        assert!(!seen.contains(end), "of {text:?}");
    }
}

#[test]
fn words_that_only_look_like_a_tokens_beginning_stay() {
    let seen =
        seen("We need a+b. This is what I said\nyesterday and will say tomorrow, a+r.and then x+u.\nnothing more.");
    assert!(seen.contains("abThisiswhatIsaidyesterdayandwillsaytomorrowarandthenxunothingmore"), "{seen}");
}

#[test]
fn the_id_of_a_digest_shows_nobody_its_token() {
    assert!(!seen(&format!("In <d.{TOKEN}@lists.example> you all said much.")).contains(TOKEN));
}

#[test]
fn a_blank_plain_part_hides_no_words_however_it_is_encoded() {
    for (encoding, blank) in [("quoted-printable", "=20"), ("quoted-printable", "=C2=A0"), ("base64", "DQo=")] {
        let raw = format!(
            "From: a@b.c\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{blank}\r\n\
             --b\r\nContent-Type: text/html\r\n\r\n<p>My own words.</p>\r\n--b--\r\n"
        );
        assert_eq!(Parsed::parse(raw.as_bytes()).text, "My own words.\n", "of {blank}");
    }
}

#[test]
fn a_body_that_is_some_other_kind_of_text_is_read() {
    // RFC 2046 §4.1.4: unknown kinds of text are plain text.
    for kind in ["text/markdown", "text/x-web-markdown; charset=utf-8", "text/plain charset=utf-8"] {
        let raw = format!("From: a@b.c\r\nContent-Type: {kind}\r\n\r\nMy own words.\r\n");
        assert_eq!(Parsed::parse(raw.as_bytes()).text, "My own words.\n", "of {kind}");
    }
}

#[test]
fn no_name_counterfeits_the_mark_of_the_posts_author() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "none"));
    talk.join(NORA, named("Nora", "daily"));
    send(&talk, &Mail::new(AUTHOR, "p"));
    let forged = format!("\"Marina, who wrote the post\" <{ELLEN}>");
    send(&talk, &Mail::new(&forged, "q").answers("p").says("Please leave this list."));
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let text = read_by(&relay, NORA);
    assert!(!text.contains("Marina, who wrote the post"), "{text}");
}

#[test]
fn one_huge_mail_keeps_no_digest_from_its_readers() {
    let (_folder, talk) = talk();
    talk.join(ELLEN, named("Ellen", "none"));
    talk.join(NORA, named("Nora", "daily"));
    send(&talk, &Mail::new(AUTHOR, "p"));
    send(&talk, &Mail::new(ELLEN, "q").answers("p").says(&"word after word\n".repeat(60_000)));
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let bytes = relay.taken.lock().unwrap().iter().map(|mail| mail.content.len()).max().unwrap();
    // Relays commonly refuse more than 10 MB for good; a mail may have 25 MB.
    assert!(bytes < 1 << 20, "a mail of 0.96 MB made a digest of {bytes} bytes for each reader");
}

#[test]
fn no_line_that_a_person_wrote_is_hidden() {
    for text in [
        "All is well here.\nSent from my hospital bed, do not worry, dear.\n",
        "First thought.\n--\nSecond thought, unrelated.\n\nThird thought.\n",
        "I agree.\n____________________\nI would never unsubscribe from this mailing list!\n",
    ] {
        let said = reply::read(text).said();
        assert_eq!(said.split_whitespace().count(), text.split_whitespace().count(), "{said:?}");
    }
}
