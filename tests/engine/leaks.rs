//! No mail of ours shows a subscriber's address to another, wherever and however a mail that came in carries it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rejoinder::discussion::ShownName;
use rejoinder::message::Address;
use rejoinder::store::{ListChange, MemberChange};

use crate::list::{AUTHOR, Mail, Remembering, TestList, named};

const ELLEN: &str = "ellen@example.net";
const EVE: &str = "eve@example.com";
const NORA: &str = "nora@example.com";

/// A list with a reader of each mail and one of digests, and these subscribers.
fn talk(subscribers: &[&str]) -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    for subscriber in subscribers {
        talk.join(subscriber, named("Ellen", "none"));
    }
    talk.join(EVE, named("Eve", "each"));
    talk.join(NORA, named("Nora", "daily"));
    (folder, talk)
}

/// A mail that went out: to whom, and what they can read of it.
struct Gone {
    recipient: String,
    forms: Vec<String>,
}

impl Gone {
    fn shows(&self, what: &str) -> bool {
        self.forms.iter().any(|form| form.contains(what))
    }

    /// Where an address stands, as a whole: `bo@x.example` is not in `jumbo@x.example`. With what is around it.
    fn place_of(&self, address: &str) -> Option<String> {
        let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
        self.forms.iter().find_map(|form| {
            let (at, _) = form.match_indices(address).find(|(at, _)| {
                let (before, after) = (&form[..*at], &form[at + address.len()..]);
                let begins = !before.ends_with(|c: char| is_part(c) || ".+".contains(c));
                let ends = !after.strip_prefix('.').unwrap_or(after).starts_with(is_part);
                begins && ends
            })?;
            let (from, to) = (form.floor_char_boundary(at.saturating_sub(80)), form.floor_char_boundary(at + 120));
            Some(form[from..to].to_owned())
        })
    }
}

/// All that goes out, in every form in which somebody may read it; in small letters.
fn gone(talk: &TestList) -> Vec<Gone> {
    talk.fan_out();
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    let forms = |content: &[u8]| {
        let parsed = mail_parser::MessageParser::default().parse(content).unwrap();
        let html = parsed.body_html(0).unwrap_or_default().to_lowercase();
        let bare = unescaped(&without_tags(&html));
        let headers = parsed.headers().iter().map(|header| format!("{:?}", header.value())).collect::<String>();
        let raw = String::from_utf8_lossy(content).replace("=\r\n", "");
        let text = parsed.body_text(0).unwrap_or_default().to_lowercase();
        vec![raw.to_lowercase(), headers.to_lowercase(), text, percent_decoded(&html), bare, html]
    };
    taken.iter().map(|mail| Gone { recipient: mail.recipient.to_string(), forms: forms(&mail.content) }).collect()
}

fn without_tags(html: &str) -> String {
    html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

fn unescaped(html: &str) -> String {
    html.replace("&#64;", "@")
        .replace("&commat;", "@")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}

fn percent_decoded(text: &str) -> String {
    text.replace("%40", "@").replace("%2e", ".").replace("%2b", "+")
}

/// Every way in which a mail of ours could show this address.
fn spellings(address: &str) -> Vec<String> {
    let (local, domain) = address.split_once('@').unwrap();
    [" at ", "@", " [at] ", "(at)", "%40", "&#64;"].iter().map(|at| format!("{local}{at}{domain}")).collect()
}

fn assert_no_leak(gone: &[Gone], addresses: &[&str], of: &str) {
    assert!(!gone.is_empty(), "nothing goes out of {of}");
    for mail in gone {
        for address in addresses.iter().filter(|address| !mail.recipient.eq_ignore_ascii_case(address)) {
            for spelled in spellings(&address.to_lowercase()) {
                let place = mail.place_of(&spelled);
                assert!(place.is_none(), "{of}\nshows {spelled} to {}:\n{place:?}", mail.recipient);
            }
        }
    }
}

/// A mail of the author's: what its headers and its parts say.
fn multipart(headers: &str, plain: Option<&str>, html: &str) -> Vec<u8> {
    let plain = plain.map(|text| format!("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"));
    let mail = format!(
        "From: Marina <{AUTHOR}>\r\nTo: talk@lists.example\r\nMessage-ID: <p@test>\r\n{headers}\
         Content-Type: multipart/alternative; boundary=b\r\n\r\n{}\
         --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n",
        plain.unwrap_or_default()
    );
    mail.into_bytes()
}

fn post(talk: &TestList, octets: Vec<u8>) {
    let reply = talk.give(octets, Some(AUTHOR), &["talk@lists.example"]);
    assert_eq!(reply.code, 250, "{}", reply.text);
}

/// Ways to write `A`, an address, in HTML.
const IN_HTML: [&str; 16] = [
    "<p>A</p>",
    "<b>L</b>@D",
    "<p>L<span>@</span><i>D</i></p>",
    "<a href='mailto:A'>write</a>",
    "<a href='mailto:L%40D?subject=x'>write</a>",
    "<a href='https://t.example/?u=L%40D'>here</a>",
    "<a href='https://t.example/?u=L%2540D'>here</a>",
    "<a href='https://L@D/'>here</a>",
    "<img src='https://t.example/x' alt='of A'>",
    "<p title='A' id='A' class='A'>x</p>",
    "L&#64;D and L&commat;D",
    "L at D or L [at] D, L(at)D",
    "<table><tr><td>Ellen<td>A<tr><td>Bo<td>L<b>@D</b></table>",
    "Ellen &lt;<a href='mailto:A'>A</a>&gt; wrote:<br>",
    "<pre>A\n L@D</pre>",
    "<ul><li><b>L</b><!-- x -->@D</ul><style>A</style><!-- A -->",
];

#[test]
fn formatted_text_shows_no_address_however_it_is_written() {
    for pattern in IN_HTML {
        let html =
            pattern.replace('A', ELLEN).replace('L', "ellen").replace('D', "example.net").replace("ellenllen", "Ellen");
        let html = format!("<h1>Hello</h1><p><b>Read</b> this, all of you.</p>{html}<p>And <i>this</i>.</p>");
        let (_folder, talk) = talk(&[ELLEN]);
        post(&talk, multipart("Subject: Hello\r\n", None, &html));
        let gone = gone(&talk);
        assert_eq!(gone.len(), 2);
        assert!(gone.iter().all(|mail| mail.shows("<strong>read</strong>")), "{html}: {}", gone[0].forms[5]);
        assert_no_leak(&gone, &[ELLEN, AUTHOR], &html);
    }
}

#[test]
fn names_titles_and_files_show_no_address() {
    for headers in [
        "Subject: For ellen@example.net and ellen at example.net\r\n",
        "Subject: =?utf-8?q?ellen=40example.net?= says\r\n",
        "Subject: ellen%40example.net ZWxsZW5AZXhhbXBsZS5uZXQ=\r\n",
    ] {
        let (_folder, talk) = talk(&[ELLEN]);
        post(&talk, multipart(headers, Some("Hello to you all."), "<p>Hello to <b>you</b> all.</p>"));
        assert_no_leak(&gone(&talk), &[ELLEN, AUTHOR], headers);
    }
    for name in ["ellen@example.net", "Ellen (ellen at example.net)", "=?utf-8?b?ZWxsZW5AZXhhbXBsZS5uZXQ=?="] {
        let (_folder, talk) = talk(&[ELLEN]);
        let from = format!("\"{name}\" <{ELLEN}>").replace("\"=?", "=?").replace("?=\"", "?=");
        assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
        assert!(talk.send(&Mail::new(&from, "q").answers("p")).is_positive());
        assert_no_leak(&gone(&talk), &[ELLEN, AUTHOR], name);
    }
    for name in [
        "ellen@example.net.pdf",
        "list of ellen at example.net",
        "=?utf-8?q?ellen=40example.net?=",
        "a/ellen%40example.net",
    ] {
        let (_folder, talk) = talk(&[ELLEN]);
        let mail = format!(
            "From: Marina <{AUTHOR}>\r\nTo: talk@lists.example\r\nMessage-ID: <p@test>\r\nSubject: Files\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLook.\r\n--b\r\n\
             Content-Type: application/pdf; name=\"{name}\"\r\nContent-ID: <{ELLEN}>\r\n\r\nx\r\n--b--\r\n"
        );
        post(&talk, mail.into_bytes());
        let gone = gone(&talk);
        assert!(gone.iter().all(|mail| mail.shows("attached: ")), "{name}: {}", gone[0].forms[2]);
        assert_no_leak(&gone, &[ELLEN, AUTHOR], name);
    }
}

#[test]
fn of_any_number_of_parts_no_file_shows_an_address_in_its_name() {
    let signature = "--b\r\nContent-Type: application/pgp-signature; name=s.asc\r\n\r\nx\r\n";
    let (_folder, talk) = talk(&[ELLEN]);
    let mail = format!(
        "From: Marina <{AUTHOR}>\r\nTo: talk@lists.example\r\nMessage-ID: <p@test>\r\nSubject: Files\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLook.\r\n{}--b\r\n\
         Content-Type: application/pdf; name=\"For {ELLEN}.pdf\"\r\n\r\nx\r\n--b--\r\n",
        signature.repeat(60)
    );
    post(&talk, mail.into_bytes());
    let gone = gone(&talk);
    assert!(gone.iter().all(|mail| mail.shows("for ellen@….pdf")), "{}", gone[0].forms[2]);
    assert_no_leak(&gone, &[ELLEN, AUTHOR], "a file behind many parts");
}

#[test]
fn an_address_that_is_broken_in_a_quote_is_shown_to_nobody() {
    for (first, second) in [("ellen@", "example.net"), ("ellen@example.", "net"), ("ellen@exa", "mple.net")] {
        let plain = format!("Hello.\n\n> Write to Ellen {first}\n> {second} about it.\n\nI did.\n");
        let html = format!(
            "<p><b>Hello.</b></p><blockquote type=cite>Write to Ellen {first}<br>{second} about it.</blockquote>\
             <p>I <i>did</i>, to {first}<br>{second}.</p>"
        );
        let (_folder, talk) = talk(&[ELLEN]);
        assert!(talk.send(&Mail::new(AUTHOR, "q").says(&plain)).is_positive());
        post(&talk, multipart("Subject: x\r\n", None, &html));
        for mail in gone(&talk) {
            let bare = |form: &String| form.replace("<br>", "").replace(['\n', '\r', '>', ' '], "");
            let shown = mail.forms.iter().find(|form| bare(form).contains(ELLEN));
            assert!(shown.is_none(), "{shown:?}");
        }
    }
}

#[test]
fn a_member_of_an_internationalised_domain_is_shown_in_neither_form_of_it() {
    let (_folder, talk) = talk(&["rosa@xn--mnchen-3ya.example", "zoe@bücher.example"]);
    let all =
        ["rosa@xn--mnchen-3ya.example", "rosa@münchen.example", "zoe@bücher.example", "zoe@xn--bcher-kva.example"];
    post(&talk, multipart("Subject: Both\r\n", Some(&all.join("\r\n")), &format!("<p><b>{}</b></p>", all.join(" "))));
    assert_no_leak(&gone(&talk), &all, "both forms");
}

#[test]
fn a_members_name_that_is_an_address_is_not_shown() {
    let (_folder, talk) = talk(&[]);
    talk.join(ELLEN, named("ellen@example.net", "none"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    assert!(talk.send(&Mail::new(ELLEN, "q").answers("p")).is_positive());
    assert_no_leak(&gone(&talk), &[ELLEN, AUTHOR], "a name that was imported");
}

#[test]
fn a_chosen_name_shows_neither_an_address_nor_the_name_in_from() {
    let (_folder, talk) = talk(&[ELLEN]);
    for bad in ["Ellen ellen@example.net", "ellen\u{ff20}example.net"] {
        let shown = MemberChange { shown_name: Some(ShownName::As(bad.to_owned())), ..MemberChange::default() };
        let refused = talk.store.change_member(talk.member(ELLEN).id, shown, talk.clock.now()).wait();
        assert!(refused.is_err(), "{bad}");
    }
    let shown = MemberChange { shown_name: Some(ShownName::Hidden), ..MemberChange::default() };
    talk.change(ELLEN, shown);
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    let said = format!("Yes.\n\nOn Monday, Ellen Quillfeather <{ELLEN}> wrote:\n> Perhaps.\n-- \nEllen Quillfeather\n");
    let mail = Mail::new(&format!("Ellen Quillfeather <{ELLEN}>"), "q").answers("p").says(&said);
    assert!(talk.send(&mail).is_positive());
    let gone = gone(&talk);
    assert!(gone.iter().any(|mail| mail.shows("someone without a name")));
    assert!(gone.iter().all(|mail| !mail.shows("quillfeather")), "a hidden name is shown");
    assert_no_leak(&gone, &[ELLEN, AUTHOR], "a hidden name");
}

#[test]
fn quotes_signatures_and_attributions_show_no_address_to_those_who_see_them() {
    let said = format!(
        "Before.\n\nOn Monday, Ellen <{ELLEN}> wrote:\n> I am {ELLEN}\n>> and ellen at example.net\n\nBetween, {ELLEN}.\n\n\
         > From: Ellen [mailto:{ELLEN}]\n\nAfter.\n-- \nMarina, {AUTHOR}\n"
    );
    let (_folder, talk) = talk(&[ELLEN]);
    assert!(talk.send(&Mail::new(AUTHOR, "p").says(&said)).is_positive());
    let gone = gone(&talk);
    assert!(gone[0].shows("before.") && gone[0].shows("after."));
    assert_no_leak(&gone, &[ELLEN, AUTHOR], &said);
}

#[test]
fn a_web_address_of_ours_with_a_token_goes_out_to_nobody() {
    let token = "abcdefghijklmnopqrstuvwxyz234567abcd";
    let html = format!(
        "<p>Your <b>page</b>: <a href='https://web.lists.example/c/{token}'>https://web.lists.example/c/{token}</a> \
         <a href='https://t.example/?to=talk%2Bu.{token}%40lists.example'>leave</a></p>"
    );
    let (_folder, talk) = talk(&[]);
    post(&talk, multipart("Subject: Pages\r\n", None, &html));
    let gone = gone(&talk);
    assert!(gone.iter().all(|mail| mail.shows("<strong>page</strong>") && !mail.shows(token)), "{}", gone[0].forms[5]);
}

#[test]
fn an_author_may_give_their_own_address_in_a_post_where_the_list_lets_them() {
    let words = format!("Write to me: {AUTHOR}, or to {ELLEN}.");
    let html =
        format!("<p><b>Write</b> to me: <a href='mailto:{AUTHOR}'>{AUTHOR}</a>, or to <b>ellen</b>@example.net.</p>");
    for may in [false, true] {
        let (_folder, talk) = talk(&[ELLEN]);
        let change = ListChange { contact_addresses: Some(may), ..ListChange::default() };
        talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
        talk.store.forget_lists();
        post(&talk, multipart("Subject: Contact\r\n", Some(&words), &html));
        let answer = format!("I am {ELLEN}, she is {AUTHOR}.\n\n> Write to me: {AUTHOR}\n");
        assert!(talk.send(&Mail::new(ELLEN, "q").answers("p").says(&answer)).is_positive());
        let gone = gone(&talk);
        let shows =
            |mail: &Gone| mail.shows(&format!("to me: {AUTHOR}")) && mail.shows(&format!("href=\"mailto:{AUTHOR}\""));
        assert_eq!(gone.iter().filter(|mail| shows(mail)).count(), if may { 2 } else { 0 }, "{}", gone[0].forms[5]);
        assert_no_leak(&gone, &[ELLEN], "a post with a contact");
        let answers = gone.iter().filter(|mail| mail.shows("re: [talk] contact"));
        answers.for_each(|mail| assert_no_leak(std::slice::from_ref(mail), &[AUTHOR], "an answer"));
    }
}

/// The addresses that stand in a mail anywhere.
fn addresses_in(octets: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(octets);
    let words = text.split(|c: char| c.is_whitespace() || "<>()[]\",;:'=".contains(c));
    let bare = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    // What a Message-ID is made of stands in no text.
    bare.filter(|word| word.contains('@') && Address::parse(word).is_ok() && !word.ends_with("@lists.example"))
        .collect()
}

#[test]
fn of_all_fixtures_none_shows_an_address_that_is_in_it() {
    let mut sent = 0;
    for folder in ["mail", "conversation"] {
        let folder = format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "eml") {
                continue;
            }
            let octets = std::fs::read(&path).unwrap();
            let addresses = addresses_in(&octets);
            let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
            let (_talk_folder, talk) = talk(&all);
            let change = ListChange { who_posts: Some("members".parse().unwrap()), ..ListChange::default() };
            talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
            talk.store.forget_lists();
            let name = path.display().to_string();
            let text = String::from_utf8_lossy(&octets).replace("\r\n", "\n").replace('\n', "\r\n");
            let octets = if std::str::from_utf8(&octets).is_ok() { text.into_bytes() } else { octets };
            let from = all.first().copied().unwrap_or(AUTHOR);
            talk.give(octets, Some(from), &["talk@lists.example"]);
            let gone = gone(&talk);
            if !gone.is_empty() {
                sent += 1;
                assert_no_leak(&gone, &all, &name);
            }
        }
    }
    assert!(sent >= 30, "only {sent} fixtures were published");
}

/// Pieces of a mail in which an address stands, in plain text and in HTML.
const AROUND: &str = "A|<A>|Ellen <A>|mailto:A|\\(A\\)|https://t.example/\\?e=A|x=A&|<b>A</b>|<p>A</p>|<a href=\"mailto:A\">A</a>|\
    <a href='https://t.example/A'>x</a>|<td>A</td>|> A\n|>> A wrote:\n|-- \nA\n|\nFrom: Ellen <A>\n|<blockquote>A</blockquote>|\
    <img alt=\"A\" src=cid:x>|[a-z<>&; \n]{0,6}|<br>|<div>|</div>|hello |<i>|</i>";

const SPELLED: [&str; 9] = [
    "ellen@example.net",
    "Ellen@Example.NET",
    "ellen%40example.net",
    "ellen&#64;example.net",
    "ellen at example.net",
    "ellen [at] example.net",
    "ellen(at)example.net",
    "<i>ellen</i>@example.net",
    "ZWxsZW5AZXhhbXBsZS5uZXQ=",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_mail_that_goes_out_shows_a_subscribers_address(
        pieces in proptest::collection::vec((AROUND, 0..SPELLED.len()), 1..14),
        form in 0..3,
    ) {
        let body: String = pieces.iter().map(|(piece, at)| piece.replace('A', SPELLED[*at])).collect();
        let body = format!("Hello.\n{body}\n");
        let (_folder, talk) = talk(&[ELLEN]);
        let octets = match form {
            0 => Mail::new(AUTHOR, "p").says(&body).octets(),
            1 => multipart("Subject: x\r\n", None, &format!("<p><b>Hello</b></p>{body}")),
            _ => multipart("Subject: x\r\n", Some(&body), &format!("<b>Hello</b>.<br>{body}")),
        };
        post(&talk, octets);
        let gone = gone(&talk);
        assert_no_leak(&gone, &[ELLEN, AUTHOR], &body);
        let encoded = gone.iter().find(|mail| mail.shows("zwxszw5azxhhbxbszs5uzxq"));
        prop_assert!(encoded.is_none(), "{body}\nis shown as {:#?}", encoded.map(|mail| &mail.forms));
    }
}

#[test]
fn a_post_shows_the_mail_that_it_passes_on_and_no_address_in_it() {
    let (_folder, talk) = talk(&[ELLEN]);
    let head =
        format!("From: Ellen <{ELLEN}>\r\nDate: Sun, 1 Mar 2026 at 08:30\r\nSubject: Rye\r\nTo: Bo <bo@shop.example>");
    let says = format!(
        "Look.\r\n\r\n-- \r\nMarina\r\n\r\n---------- Forwarded message ---------\r\n{head}\r\n\r\nShall we bake?\r\n\r\n\
         On 28 Feb 2026, Ellen <{ELLEN}> wrote:\r\n> We bake."
    );
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p").subject("Fwd: Rye").says(&says)).code, 250);
    let gone = gone(&talk);
    assert_no_leak(&gone, &[ELLEN], "a mail passed on");
    for shown in ["forwarded message", "from: ellen", "shall we bake?", "feb 2026, ellen wrote:", "> we bake."] {
        assert_eq!(gone.iter().filter(|mail| mail.shows(shown)).count(), 2, "{shown}");
    }
}

#[test]
fn who_writes_for_the_first_time_is_not_shown_by_address_either() {
    let (_folder, talk) = talk(&[]);
    let open = ListChange { strangers: Some("publish".parse().unwrap()), ..ListChange::default() };
    talk.store.change_list(talk.list().id, open, talk.clock.now()).wait().unwrap();
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p")).code, 250);
    let stranger = "new.one@elsewhere.example";
    let mail = Mail::new(stranger, "n").answers("p").says("Write to New.One@elsewhere.example, or to bo@shop.example.");
    assert_eq!(talk.send(&mail).code, 250);
    let gone = gone(&talk);
    assert!(gone.iter().any(|mail| mail.shows("write to new@…, or to bo@shop.example.")));
    assert!(gone.iter().all(|mail| mail.place_of(stranger).is_none()));
}
