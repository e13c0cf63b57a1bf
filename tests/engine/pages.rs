//! The pages over a real socket: what leaves a list and what does not, who is answered, and what a client may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rejoinder::discussion::{List, MemberState};
use rejoinder::store::MemberChange;
use rejoinder::token::Token;
use rejoinder::web::{Bounds, PageServer, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::list::{AUTHOR, DOMAIN, Mail, Remembering, TestList, named};

const ELLEN: &str = "ellen@example.net";
const FORM: &str = "application/x-www-form-urlencoded";

/// The pages of a list, served on a port of the system's choice; `https://web.lists.example` in front of them.
struct Served {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Served {
    fn of(talk: &TestList) -> Self {
        Self::at(talk, "https://web.lists.example", Bounds::default())
    }

    fn at(talk: &TestList, url: &str, bounds: Bounds) -> Self {
        let site = Site {
            store: talk.store.clone(),
            keys: talk.keys.clone(),
            clock: talk.clock.clone(),
            domain: DOMAIN.to_owned(),
            url: url.to_owned(),
            queued: Arc::new(Notify::new()),
        };
        let (stop, stopping) = watch::channel(false);
        talk.runtime.block_on(async {
            let server = PageServer::bind("127.0.0.1:0".parse().unwrap(), &site, bounds).await.unwrap();
            let address = server.local_addr().unwrap();
            Self { address, stop, task: tokio::spawn(server.run(stopping)) }
        })
    }

    /// All that is answered to these octets, until the connection is closed.
    fn says(&self, talk: &TestList, octets: &[u8]) -> String {
        talk.runtime.block_on(async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(octets).await.unwrap();
            let mut answer = Vec::new();
            // A server that has heard enough may close before all of it was read.
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8(answer).unwrap()
        })
    }

    fn asks(&self, talk: &TestList, method: &str, path: &str) -> String {
        self.says(talk, format!("{method} {path} HTTP/1.1\r\nHost: web.lists.example\r\n\r\n").as_bytes())
    }

    fn posts(&self, talk: &TestList, path: &str, content_type: &str, body: &str) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: web.lists.example\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.says(talk, format!("{head}{body}").as_bytes())
    }

    /// The button on a page, as browsers press it.
    fn presses(&self, talk: &TestList, path: &str) -> String {
        self.posts(talk, path, FORM, "List-Unsubscribe=One-Click")
    }
}

fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("{answer:?}"))[..3].parse().unwrap()
}

fn token(talk: &TestList, who: &str) -> String {
    talk.keys.make(1, talk.list().id, Token::Unsubscribe(talk.member(who).id)).unwrap()
}

fn page(talk: &TestList, who: &str) -> String {
    format!("/talk/u/{}", token(talk, who))
}

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(ELLEN, named("Ellen", "daily"));
    (folder, talk)
}

fn state(talk: &TestList) -> MemberState {
    talk.member(ELLEN).state
}

/// What happened to Ellen's membership: what, by what.
fn story(talk: &TestList) -> Vec<String> {
    let story = talk.store.story(talk.member(ELLEN).id).unwrap();
    story.iter().map(|event| format!("{} {}", event.what, event.how)).collect()
}

/// What readers were sent since the relay was asked last: the words of which mails.
fn sent(talk: &TestList) -> Vec<String> {
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let texts: Vec<String> = relay.texts().iter().map(|text| text.replace("=\r\n", "")).collect();
    let names = |text: &String| {
        let said = ["p", "q", "r"].into_iter().filter(|id| text.contains(&format!("These are the words of {id},")));
        said.collect::<Vec<_>>().join(" ")
    };
    texts.iter().map(names).collect()
}

#[test]
fn a_mailbox_providers_one_click_leaves_at_once_and_again_changes_nothing() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let answer = served.posts(&talk, &page(&talk, ELLEN), FORM, "List-Unsubscribe=One-Click");
    assert_eq!(status(&answer), 200);
    assert!(!answer.to_lowercase().contains("set-cookie") && !answer.to_lowercase().contains("location:"));
    assert_eq!(state(&talk), MemberState::Left);
    assert_eq!(status(&served.presses(&talk, &page(&talk, ELLEN))), 200);
    assert_eq!(story(&talk), ["left web"]);
    assert_eq!(talk.member(AUTHOR).state, MemberState::Active);
}

#[test]
fn a_form_in_parts_and_an_empty_press_leave_as_well() {
    let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (content_type, body) in [("multipart/form-data; boundary=b", parts), (FORM, "")] {
        let (_folder, talk) = talk();
        let answer = Served::of(&talk).posts(&talk, &page(&talk, ELLEN), content_type, body);
        assert_eq!((status(&answer), state(&talk)), (200, MemberState::Left), "{content_type}");
    }
}

#[test]
fn whatever_only_reads_the_page_changes_nothing() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"] {
        let answer = served.asks(&talk, method, &page(&talk, ELLEN));
        let expected = if ["GET", "HEAD"].contains(&method) { 200 } else { 405 };
        assert_eq!((status(&answer), state(&talk)), (expected, MemberState::Active), "{method}");
        served.asks(&talk, method, &format!("{}/undo", page(&talk, ELLEN)));
    }
    let shown = served.asks(&talk, "GET", &page(&talk, ELLEN));
    assert!(shown.contains("<form method=\"post\">") && shown.contains(">Leave Talk</button>"), "{shown}");
    assert_eq!(story(&talk), [""; 0]);
}

#[test]
fn a_page_shows_nobodys_address_and_keeps_its_own_to_itself() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    for answer in [
        served.asks(&talk, "GET", &page(&talk, ELLEN)),
        served.presses(&talk, &page(&talk, ELLEN)),
        served.asks(&talk, "GET", &page(&talk, ELLEN)),
        served.asks(&talk, "GET", "/talk/u/nothing"),
    ] {
        assert!(!answer.contains("example.net") && !answer.contains("Ellen"), "{answer}");
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        for field in [
            "cache-control: no-store",
            "referrer-policy: no-referrer",
            "x-robots-tag: noindex, nofollow",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'; style-src 'sha256-",
            "content-type: text/html; charset=utf-8",
        ] {
            assert!(head.contains(field), "{field} in {head}");
        }
        assert!(!answer.contains("<script") && !answer.contains("http://") && !answer.contains("https://"));
    }
}

#[test]
fn a_bad_link_changes_nothing_and_says_what_to_do() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let (list, member) = (talk.list().id, talk.member(ELLEN).id);
    let whole = token(&talk, ELLEN);
    let of_another_list = talk.keys.make(1, rejoinder::discussion::ListId(list.0 + 1), Token::Unsubscribe(member));
    let for_another_purpose = talk.keys.make(1, list, Token::Digest(member, rejoinder::discussion::EditionId(0)));
    let of_nobody = talk.keys.make(1, list, Token::Unsubscribe(rejoinder::discussion::MemberId(99)));
    let bad = [of_another_list.unwrap(), for_another_purpose.unwrap(), of_nobody.unwrap(), whole[1..].to_owned()];
    for token in
        bad.iter().map(String::as_str).chain(["x", "%ff%00", "a b%20c"].map(|odd| odd.split(' ').next().unwrap()))
    {
        for way in ["", "/undo"] {
            let answer = served.presses(&talk, &format!("/talk/u/{token}{way}"));
            assert_eq!(status(&answer), 404, "{token}{way}");
            assert!(answer.contains("leave"), "{answer}");
        }
        assert_eq!(status(&served.asks(&talk, "GET", &format!("/talk/u/{token}"))), 404, "{token}");
    }
    let answer = served.presses(&talk, &format!("/talk/u/{}", &whole[1..]));
    assert!(answer.contains("mailto:talk%2Bleave@lists.example?subject=unsubscribe"), "{answer}");
    assert_eq!(status(&served.presses(&talk, &format!("/other/u/{whole}"))), 404);
    assert_eq!(state(&talk), MemberState::Active);
}

#[test]
fn the_links_of_a_list_that_was_removed_lead_nowhere() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    talk.store.remove_list(talk.list().id, talk.clock.now()).wait().unwrap();
    assert_eq!(status(&served.asks(&talk, "GET", &page)), 404);
    assert_eq!(status(&served.presses(&talk, &page)), 404);
}

#[test]
fn only_its_own_host_and_this_machine_are_answered() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    let press = |target: &str, hosts: &str| {
        served.says(&talk, format!("POST {target} HTTP/1.1\r\n{hosts}Content-Length: 0\r\n\r\n").as_bytes())
    };
    for hosts in
        ["Host: evil.example\r\n", "", "Host: \r\n", "Host: 192.0.2.1\r\n", "Host: web.lists.example.evil.example\r\n"]
    {
        assert_eq!(status(&press(&page, hosts)), 421, "{hosts}");
    }
    let two = "Host: web.lists.example\r\nHost: evil.example\r\n";
    assert_eq!(status(&press(&page, two)), 421);
    let absolute = format!("http://evil.example{page}");
    assert_eq!(status(&press(&absolute, "Host: web.lists.example\r\n")), 421);
    assert_eq!(state(&talk), MemberState::Active);
    for host in ["web.lists.example", "WEB.lists.example.:443", "127.0.0.1:8080", "localhost", "[::1]:80"] {
        talk.change(ELLEN, MemberChange { state: Some(MemberState::Active), ..MemberChange::default() });
        assert_eq!(status(&press(&page, &format!("Host: {host}\r\n"))), 200, "{host}");
        assert_eq!(state(&talk), MemberState::Left, "{host}");
    }
}

#[test]
fn pages_below_a_path_answer_whether_the_proxy_leaves_the_path_or_takes_it_off() {
    let (_folder, talk) = talk();
    let served = Served::at(&talk, "https://web.lists.example/mail/lists", Bounds::default());
    let page = page(&talk, ELLEN);
    for path in [format!("/mail/lists{page}"), page.clone()] {
        assert_eq!(status(&served.asks(&talk, "GET", &path)), 200, "{path}");
    }
    assert_eq!(status(&served.asks(&talk, "GET", &format!("/mail/listsx{page}"))), 404);
    assert_eq!(status(&served.presses(&talk, &format!("/mail/lists{page}"))), 200);
    assert_eq!(state(&talk), MemberState::Left);
}

#[test]
fn what_is_too_large_is_refused_and_does_nothing() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    assert_eq!(status(&served.posts(&talk, &page, FORM, &"x".repeat(9 << 10))), 413);
    let chunked = format!(
        "POST {page} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2400\r\n{}\r\n0\r\n\r\n",
        "x".repeat(0x2400)
    );
    assert_eq!(status(&served.says(&talk, chunked.as_bytes())), 413);
    let head = format!("POST {page} HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(20 << 10));
    assert_eq!(status(&served.says(&talk, head.as_bytes())), 431);
    let fields = format!("POST {page} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert_eq!(status(&served.says(&talk, fields.as_bytes())), 431);
    assert_eq!(status(&served.says(&talk, b"EHLO client.example\r\n\r\n")), 400);
    assert_eq!(state(&talk), MemberState::Active);
}

#[test]
fn a_client_that_is_too_slow_is_let_go() {
    let (_folder, talk) = talk();
    let short = Bounds { head: Duration::from_millis(50), whole: Duration::from_millis(100), ..Bounds::default() };
    let served = Served::at(&talk, "https://web.lists.example", short);
    let page = page(&talk, ELLEN);
    served.says(&talk, format!("POST {page} HTTP/1.1\r\nHost: loc").as_bytes());
    served.says(&talk, format!("POST {page} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nList").as_bytes());
    assert_eq!(state(&talk), MemberState::Active);
}

#[test]
fn many_idle_clients_keep_nobody_out() {
    let (_folder, talk) = talk();
    let served = Served::at(&talk, "https://web.lists.example", Bounds { connections: 3, ..Bounds::default() });
    let idle: Vec<TcpStream> = talk.runtime.block_on(async {
        let mut idle = Vec::new();
        for _ in 0..20 {
            idle.push(TcpStream::connect(served.address).await.unwrap());
        }
        idle
    });
    assert_eq!(status(&served.presses(&talk, &page(&talk, ELLEN))), 200);
    assert_eq!(state(&talk), MemberState::Left);
    drop(idle);
}

#[test]
fn told_to_stop_it_ends() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    assert_eq!(status(&served.asks(&talk, "GET", "/")), 404);
    served.stop.send(true).unwrap();
    talk.runtime.block_on(served.task).unwrap();
    assert!(talk.runtime.block_on(TcpStream::connect(served.address)).is_err());
}

#[test]
fn undone_within_a_day_everything_is_as_it_was_and_nothing_is_lost_or_repeated() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.digests("2026-03-02T07:00:00Z");
    assert_eq!(sent(&talk), ["p"]);
    talk.send(&Mail::new(AUTHOR, "q"));
    let before = talk.member(ELLEN);
    let answer = served.presses(&talk, &page);
    assert!(answer.contains(&format!("action=\"{}/undo\"", token(&talk, ELLEN))), "{answer}");
    talk.send(&Mail::new(AUTHOR, "r"));
    talk.at("2026-03-03T06:59:00Z");
    assert!(served.asks(&talk, "GET", &page).contains("/undo"), "who comes back to the page finds the button");
    assert_eq!(status(&served.presses(&talk, &format!("{page}/undo"))), 200);
    let as_it_was = |member: rejoinder::discussion::Member| format!("{member:?}");
    assert_eq!(as_it_was(talk.member(ELLEN)), as_it_was(before));
    assert_eq!(story(&talk), ["left web", "returned web"]);
    assert_eq!(status(&served.presses(&talk, &format!("{page}/undo"))), 200, "pressed twice");
    assert_eq!(story(&talk), ["left web", "returned web"]);
    talk.digests("2026-03-03T07:00:00Z");
    assert_eq!(sent(&talk), ["q r"]);
    talk.digests("2026-03-04T07:00:00Z");
    assert_eq!(sent(&talk), [""; 0]);
}

#[test]
fn what_waited_to_go_out_goes_out_once_when_leaving_is_undone() {
    let (_folder, talk) = talk();
    talk.change(ELLEN, named("Ellen", "each"));
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.fan_out();
    served.presses(&talk, &page);
    assert_eq!(sent(&talk), [""; 0]);
    served.presses(&talk, &format!("{page}/undo"));
    assert_eq!(sent(&talk), ["p"]);
    talk.send(&Mail::new(AUTHOR, "q"));
    talk.fan_out();
    assert_eq!(sent(&talk), ["q"]);
}

#[test]
fn who_was_paused_is_paused_again_when_leaving_is_undone() {
    let (_folder, talk) = talk();
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Paused), ..MemberChange::default() });
    let served = Served::of(&talk);
    served.presses(&talk, &page(&talk, ELLEN));
    served.presses(&talk, &format!("{}/undo", page(&talk, ELLEN)));
    assert_eq!((state(&talk), talk.member(ELLEN).next_due), (MemberState::Paused, None));
}

#[test]
fn leaving_by_mail_can_be_undone_by_the_same_link() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    talk.send_to(&Mail::new(ELLEN, "bye"), &[&format!("talk+u.{}@lists.example", token(&talk, ELLEN))]);
    assert_eq!(state(&talk), MemberState::Left);
    assert_eq!(status(&served.presses(&talk, &format!("{}/undo", page(&talk, ELLEN)))), 200);
    assert_eq!((state(&talk), story(&talk).join(", ")), (MemberState::Active, "left mail, returned web".to_owned()));
}

#[test]
fn after_a_day_or_where_somebody_else_took_them_off_nothing_is_undone() {
    let (_folder, talk) = talk();
    let served = Served::of(&talk);
    let page = page(&talk, ELLEN);
    let undo = format!("{page}/undo");
    served.presses(&talk, &page);
    talk.at("2026-03-02T08:00:00Z");
    assert!(!served.asks(&talk, "GET", &page).contains("/undo"));
    let answer = served.presses(&talk, &undo);
    assert_eq!((status(&answer), state(&talk)), (410, MemberState::Left));
    assert!(answer.contains("mailto:talk%2Bjoin@lists.example"), "{answer}");
    // Back by another way, then taken off by the owner within the day.
    talk.join(ELLEN, MemberChange::default());
    served.presses(&talk, &page);
    talk.at("2026-03-02T09:00:00Z");
    talk.join(ELLEN, MemberChange::default());
    talk.at("2026-03-02T10:00:00Z");
    talk.change(ELLEN, MemberChange { state: Some(MemberState::Left), ..MemberChange::default() });
    assert_eq!((status(&served.presses(&talk, &undo)), state(&talk)), (410, MemberState::Left));
}

/// A list whose digests link to pages at `url`, and the header and text of a mail of Ellen's.
fn mail_of(talk: &mut TestList, url: Option<&str>) -> String {
    let press =
        rejoinder::digest::Press { domain: DOMAIN.to_owned(), web_url: url.map(ToOwned::to_owned), token_key: 1 };
    talk.job = rejoinder::digest::Job::new(talk.store.clone(), press, talk.keys.clone(), talk.clock.clone());
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.digests("2026-03-02T07:00:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    relay.texts().remove(0)
}

fn field(mail: &str, name: &str) -> Option<String> {
    let head = mail.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(ToOwned::to_owned))
}

#[test]
fn a_digests_one_click_field_works_as_a_mailbox_provider_uses_it() {
    let (_folder, mut talk) = talk();
    let mail = mail_of(&mut talk, Some("https://web.lists.example"));
    let unsubscribe = field(&mail, "List-Unsubscribe").unwrap();
    let (page, by_mail) = unsubscribe.split_once(", ").unwrap();
    assert!(by_mail.starts_with("<mailto:talk%2Bu.") && by_mail.ends_with("@lists.example?subject=unsubscribe>"));
    assert_eq!(field(&mail, "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let path = page.strip_prefix("<https://web.lists.example").unwrap().trim_end_matches('>');
    assert_eq!(status(&Served::of(&talk).presses(&talk, path)), 200);
    assert_eq!(state(&talk), MemberState::Left);
}

#[test]
fn single_mails_and_notices_have_the_one_click_field_too() {
    let (_folder, mut talk) = talk();
    talk.change(ELLEN, MemberChange { receipts: Some(true), ..named("Ellen", "each") });
    mail_of_each(&mut talk);
    talk.send(&Mail::new(ELLEN, "a").answers("p"));
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let notice = relay.texts().remove(0);
    assert!(field(&notice, "Message-ID").unwrap().starts_with("<n."), "{notice}");
    assert_one_click(&talk, &notice);
}

/// Posts, and looks at the single mail that Ellen gets.
fn mail_of_each(talk: &mut TestList) {
    let press = rejoinder::digest::Press {
        domain: DOMAIN.to_owned(),
        web_url: Some("https://web.lists.example".to_owned()),
        token_key: 1,
    };
    talk.job = rejoinder::digest::Job::new(talk.store.clone(), press, talk.keys.clone(), talk.clock.clone());
    talk.send(&Mail::new(AUTHOR, "p"));
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    assert_one_click(talk, &relay.texts().remove(0));
}

fn assert_one_click(talk: &TestList, mail: &str) {
    let expected = format!("<https://web.lists.example{}>, <mailto:", page(talk, ELLEN));
    assert!(field(mail, "List-Unsubscribe").unwrap().starts_with(&expected), "{mail}");
    assert_eq!(field(mail, "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
}

#[test]
fn without_encryption_nothing_is_offered_to_a_mailbox_provider() {
    for (url, footer) in [
        (Some("http://web.lists.example"), "Leave: http://web.lists.example/talk/u/"),
        (Some("http://127.0.0.1:8080"), "Leave: talk+u."),
        (None, "Leave: talk+u."),
    ] {
        let (_folder, mut talk) = talk();
        let mail = mail_of(&mut talk, url);
        assert!(field(&mail, "List-Unsubscribe").unwrap().starts_with("<mailto:talk%2Bu."), "{url:?}");
        assert_eq!(field(&mail, "List-Unsubscribe-Post"), None, "{url:?}");
        assert!(mail.replace("=\r\n", "").contains(footer), "{url:?} {mail}");
    }
}

#[test]
fn the_list_is_called_by_its_title_whatever_that_is() {
    let (_folder, talk) = talk();
    let title = "<script>\"Größe\" & Co";
    let change = rejoinder::store::ListChange { title: Some(title.to_owned()), ..Default::default() };
    talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
    let shown = Served::of(&talk).asks(&talk, "GET", &page(&talk, ELLEN));
    let List { title: kept, .. } = talk.list();
    assert_eq!(kept, title);
    assert!(shown.contains("Größe") && !shown.contains("<script>"), "{shown}");
}
