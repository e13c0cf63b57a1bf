//! What every rendering promises, checked by parsing what was spliced.

use jiff::Timestamp;
use mail_parser::{Message, MessageParser};

use super::*;
use crate::discussion::{
    Block, ConfirmationId, Delivery, Digest, EditionId, Entry, Item, ItemId, ListFacts, ListId, MemberId, Number,
    PostDigest, Quote, Schedule, Seq, Window,
};
use crate::message::{Address, MessageId};
use crate::token::{Keys, Kind, TOKEN_LENGTH, Token};

fn keys() -> Keys {
    Keys::new(&[(1, [7; 32])]).unwrap()
}

fn list() -> ListFacts {
    ListFacts {
        name: "talk".to_owned(),
        title: "Talk".to_owned(),
        domain: "lists.example".to_owned(),
        web_url: Some("https://lists.example".to_owned()),
        footer: String::new(),
        time_zone: "Europe/Lisbon".to_owned(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn said(text: &str) -> Vec<Block> {
    vec![Block::Said(text.to_owned())]
}

fn item(id: i64, number: Option<i64>, author: &str, when: &str, blocks: Vec<Block>) -> Item {
    Item {
        id: ItemId(id),
        number: number.map(Number),
        author: author.to_owned(),
        author_named: true,
        by_post_author: author == "Marina",
        at: at(when),
        corrected: false,
        blocks,
        rich: Vec::new(),
        attachments: Vec::new(),
    }
}

fn entry(item: Item, depth: usize, is_new: bool, answers: Option<(&str, i64)>) -> Entry {
    Entry {
        item,
        depth,
        is_new,
        withdrawn: None,
        answers: answers.map(|(name, number)| (name.to_owned(), Number(number))),
    }
}

const QUESTION: &str = "Could you say more about the second kind? When my\nmother listened, it was as if she put \
    something down first. I never saw what it was, and I have been trying to find out how she did it since.";

const LISTENING: &str = "Most of us listen the way we wait for a bus: already somewhere else, and a little impatient \
    with the road. There is another kind. I have met it four or five times, and each time I went home knowing \
    something about myself that I had not said.";

fn on_listening() -> PostDigest {
    let costs = vec![
        Block::Said(
            "The second kind costs something. You notice that you have stopped\npreparing your answer, and for a \
             moment there is nobody to agree\nwith.\n"
                .to_owned(),
        ),
        Block::quoted(
            "Could you say more about the second kind? When my mother\nlistened, it was as if she put something down \
             first. I never\nsaw what it was, and I have been trying to find out how she\ndid it since.\n"
                .to_owned(),
        ),
        Block::Said("I would not call it a skill.\n".to_owned()),
    ];
    let mut heron = item(17, Some(13), "Grey Heron", "2026-03-03T07:02:00Z", {
        said("Thank you for this. I have nothing to add, I only wanted to say so.")
    });
    heron.author_named = false;
    let turning = "Nobody to agree with: I have been turning that over all night. It reminded me of https://radio.example/rooms/listening?episode=4, which says it better than I can.";
    let mut long_quote =
        vec![Block::Said("This, all of it.\n\nAnd the part about the bus made my son laugh.".to_owned())];
    long_quote
        .push(Block::Quoted(Quote { folded: "a line that nobody needs again\n".repeat(60), shown: String::new() }));
    PostDigest {
        item: Some(item(4, None, "Marina", "2026-02-12T09:00:00Z", said(LISTENING))),
        number: Number(12),
        title: "On listening".to_owned(),
        withdrawn: None,
        is_new: false,
        responses: 13,
        new_responses: 4,
        entries: vec![
            entry(item(7, Some(3), "David", "2026-02-13T10:00:00Z", said(QUESTION)), 1, false, None),
            entry(item(14, Some(10), "Marina", "2026-03-02T21:14:00Z", costs), 2, true, Some(("David", 3))),
            entry(item(15, Some(11), "David", "2026-03-03T06:40:00Z", said(turning)), 3, true, Some(("Marina", 10))),
            entry(item(16, Some(12), "Ruth", "2026-03-03T06:55:00Z", long_quote), 1, true, None),
            entry(heron, 1, true, None),
        ],
    }
}

fn small_rooms() -> PostDigest {
    let text = "I have been thinking about the size of rooms.\n\nA friend keeps a kitchen where six people fit, and \
        nobody has ever\ngiven a speech in it. Three rules hang on its door:\n\n- come as you are\n- leave before you \
        are tired\n- whoever cooks does not wash up\n\nWhat I wrote about listening (https://lists.example/talk/12) \
        began there.";
    let kitchen = vec![
        Block::quoted("whoever cooks does not wash up"),
        Block::Said("We had the same rule, and my father broke it every single day. – Größe ist relativ 🙂".to_owned()),
    ];
    PostDigest {
        item: Some(item(20, None, "Marina", "2026-03-02T18:00:00Z", said(text))),
        number: Number(13),
        title: "Small rooms".to_owned(),
        withdrawn: None,
        is_new: true,
        responses: 2,
        new_responses: 2,
        entries: vec![
            entry(item(21, Some(1), "Ellen", "2026-03-02T19:30:00Z", kitchen), 1, true, None),
            entry(
                item(
                    22,
                    Some(2),
                    "山田 花子",
                    "2026-03-03T05:10:00Z",
                    said("小さな部屋では、声を上げなくても聞こえます。だから、人は本当のことを言うのかもしれません。"),
                ),
                2,
                true,
                Some(("Ellen", 1)),
            ),
        ],
    }
}

fn two_posts() -> Digest {
    Digest {
        list: list(),
        window: Window { after: Seq(20), upto: Seq(27) },
        posts: vec![on_listening(), small_rooms()],
    }
}

fn lisbon() -> Schedule {
    Schedule { delivery: Delivery::Daily, hour: 8, weekday: 1, time_zone: "Europe/Lisbon".to_owned() }
}

struct Mira {
    to: Address,
    schedule: Schedule,
    name: Option<String>,
}

impl Mira {
    fn new() -> Self {
        let to = Address::parse("mira@example.net").unwrap();
        Self { to, schedule: lisbon(), name: Some("Mira".to_owned()) }
    }

    fn reads(&self, frozen: &Frozen) -> Vec<u8> {
        let personal = Personal {
            list: ListId(3),
            key_id: 1,
            reader: MemberId(9),
            edition: EditionId(77),
            part: 1,
            to: &self.to,
            name: self.name.as_deref(),
            date: at("2026-03-03T08:00:00Z"),
            schedule: &self.schedule,
        };
        splice(&frozen.bytes, &personal, &keys()).unwrap()
    }
}

fn for_mira(digest: &Digest) -> Vec<u8> {
    let parts = super::digest(digest).unwrap();
    assert_eq!(parts.len(), 1);
    Mira::new().reads(&parts[0])
}

/// Parses the mail, having checked what holds for every mail that we make.
fn parsed(mail: &[u8]) -> Message<'_> {
    let text = std::str::from_utf8(mail).unwrap();
    assert!(text.bytes().all(|b| matches!(b, b'\r' | b'\n' | b' '..=b'~')), "not 7-bit, or a slot is left");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "a line end that is not CRLF");
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.lines().all(|line| line.len() <= 998));
    assert!(body.lines().all(|line| line.len() <= 76), "{:?}", body.lines().find(|line| line.len() > 76));
    let message = MessageParser::default().parse(mail).unwrap();
    assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1));
    message
}

fn text_of(message: &Message) -> String {
    message.body_text(0).unwrap().replace("\r\n", "\n")
}

fn html_of(message: &Message) -> String {
    message.body_html(0).unwrap().replace("\r\n", "\n")
}

fn header<'a>(mail: &'a [u8], name: &str) -> Vec<&'a str> {
    let head = std::str::from_utf8(mail).unwrap().split_once("\r\n\r\n").unwrap().0;
    head.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim).collect()
}

/// Every token of that kind between `before` and `@`, in order.
fn tokens(text: &str, before: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.chars().take(TOKEN_LENGTH).collect()).collect()
}

/// Compares with a file under `fixtures/digests`; `REJOINDER_BLESS=1` writes the file instead.
fn matches_fixture(name: &str, got: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/digests").join(name);
    if std::env::var_os("REJOINDER_BLESS").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == got, "{name} differs; REJOINDER_BLESS=1 writes what was made. It is now:\n{got}");
}

#[test]
fn a_digest_of_two_posts_reads_as_it_was_designed() {
    let mail = for_mira(&two_posts());
    let message = parsed(&mail);
    matches_fixture("two-posts.txt", &text_of(&message));
    matches_fixture("two-posts.html", &html_of(&message));
}

#[test]
fn a_single_mail_reads_as_it_was_designed() {
    let mail = Mira::new().reads(&each(&each_mail()).unwrap());
    let message = parsed(&mail);
    matches_fixture("each.txt", &text_of(&message));
    matches_fixture("each.html", &html_of(&message));
}

fn each_mail() -> EachMail {
    let id = |text: &str| MessageId::new(text).unwrap();
    EachMail {
        list: list(),
        post_number: Number(12),
        title: "On listening".to_owned(),
        item: on_listening().entries[1].item.clone(),
        is_post: false,
        message_id: id("i.14@lists.example"),
        in_reply_to: Some(id("i.7@lists.example")),
        references: vec![id("i.4@lists.example"), id("i.7@lists.example")],
        been_there: Vec::new(),
    }
}

#[test]
fn the_headers_of_a_digest_are_a_lists_and_its_readers_own() {
    let mail = for_mira(&two_posts());
    let message = parsed(&mail);
    assert_eq!(message.subject(), Some("[Talk] 6 new responses: On listening · Small rooms (new)"));
    assert_eq!(header(&mail, "From"), ["\"Talk\" <talk@lists.example>"]);
    assert_eq!(header(&mail, "To"), ["\"Mira\" <mira@example.net>"]);
    assert_eq!(header(&mail, "Date"), ["Tue, 3 Mar 2026 08:00:00 +0000"]);
    assert_eq!(header(&mail, "List-Id"), ["\"Talk\" <talk.lists.example>"]);
    assert_eq!(header(&mail, "List-Post"), ["<mailto:talk@lists.example>"]);
    assert_eq!(header(&mail, "X-BeenThere"), ["talk@lists.example"]);
    assert_eq!(header(&mail, "List-Owner"), ["<mailto:talk%2Bowner@lists.example>"]);
    assert_eq!(header(&mail, "List-Subscribe"), ["<mailto:talk%2Bjoin@lists.example?subject=join>"]);
    // There is no page of the archive yet.
    assert!(header(&mail, "List-Archive").is_empty());
    assert_eq!(header(&mail, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(header(&mail, "X-Auto-Response-Suppress"), ["OOF, AutoReply, DR, RN, NRN"]);
    assert_eq!(header(&mail, "Precedence"), [""; 0]);
    let whole = String::from_utf8(mail.clone()).unwrap();
    let one = |before: &str| tokens(&whole, before).remove(0);
    let read = |kind, text: String| keys().read(kind, ListId(3), &text);
    let (reader, edition) = (MemberId(9), EditionId(77));
    assert_eq!(read(Kind::Digest, one("<talk+d.")), Some(Token::Digest(reader, edition)));
    assert_eq!(read(Kind::Unsubscribe, one("<mailto:talk%2Bu.")), Some(Token::Unsubscribe(reader)));
    assert_eq!(read(Kind::Unsubscribe, one("<https://lists.example/talk/u/")), Some(Token::Unsubscribe(reader)));
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    assert_eq!(read(Kind::Sent, one("Message-ID: <d.")), Some(Token::Sent(reader, edition)));
}

#[test]
fn every_item_has_its_own_reply_address_in_both_parts() {
    let mail = for_mira(&two_posts());
    let message = parsed(&mail);
    let expected: Vec<_> = [4, 14, 15, 16, 17, 20, 21, 22].map(|id| Some(Token::Reply(MemberId(9), ItemId(id)))).into();
    for found in [tokens(&text_of(&message), "talk+r."), tokens(&html_of(&message), "mailto:talk%2Br.")] {
        let found: Vec<_> = found.iter().map(|token| keys().read(Kind::Reply, ListId(3), token)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_single_mail_looks_like_its_writers_own_and_threads_by_our_ids() {
    let mail = Mira::new().reads(&each(&each_mail()).unwrap());
    let message = parsed(&mail);
    assert_eq!(message.subject(), Some("Re: [Talk] On listening"));
    assert_eq!(header(&mail, "From"), ["\"Marina via Talk\" <talk@lists.example>"]);
    assert_eq!(header(&mail, "Message-ID"), ["<i.14@lists.example>"]);
    assert_eq!(header(&mail, "In-Reply-To"), ["<i.7@lists.example>"]);
    assert_eq!(header(&mail, "References"), ["<i.4@lists.example> <i.7@lists.example>"]);
    assert_eq!(header(&mail, "Archived-At"), ["<https://lists.example/talk/12#10>"]);
    assert_eq!(header(&mail, "Precedence"), ["list"]);
    assert_eq!(header(&mail, "Auto-Submitted"), [""; 0]);
    let whole = String::from_utf8(mail.clone()).unwrap();
    let token = tokens(&whole, "<talk+r.").remove(0);
    assert_eq!(keys().read(Kind::Reply, ListId(3), &token), Some(Token::Reply(MemberId(9), ItemId(14))));
    assert!(text_of(&message).contains("\n> Could you say more"));
}

#[test]
fn without_web_pages_nothing_links_to_them() {
    let mut digest = two_posts();
    digest.list.web_url = None;
    digest.posts[1].item.as_mut().unwrap().blocks = said("No link in here.");
    let mail = for_mira(&digest);
    let message = parsed(&mail);
    assert!(!text_of(&message).contains("https://lists.example"));
    assert!(!html_of(&message).contains("https://lists.example"));
    assert!(header(&mail, "List-Archive").is_empty());
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_readers_share_the_rendering() {
    let one = super::digest(&two_posts()).unwrap();
    assert_eq!(one, super::digest(&two_posts()).unwrap());
    let mira = Mira::new();
    assert_eq!(mira.reads(&one[0]), mira.reads(&one[0]));
    let other = Mira { to: Address::parse("bo@example.com").unwrap(), name: None, schedule: lisbon() };
    let mail = other.reads(&one[0]);
    assert!(text_of(&parsed(&mail)).starts_with("Good morning.\n"));
    assert!(!String::from_utf8_lossy(&mail).contains("mira"));
}

#[test]
fn no_address_but_the_readers_and_the_lists_is_in_a_mail() {
    for mail in [for_mira(&two_posts()), Mira::new().reads(&each(&each_mail()).unwrap())] {
        let message = parsed(&mail);
        let whole = format!("{}{}{}", String::from_utf8_lossy(&mail), text_of(&message), html_of(&message));
        for (at, _) in whole.match_indices('@') {
            let rest = &whole[at..];
            let local = whole[..at].ends_with("mira") && rest.starts_with("@example.net");
            // What follows is a soft line break's place in the raw mail.
            let soft = rest.replace("=\r\n", "");
            assert!(
                local || soft.starts_with("@lists.example") || soft.starts_with("@media"),
                "{}",
                &whole[at - 40..at + 20]
            );
        }
    }
}

/// What people put into names and subjects to break things.
fn hostile() -> Vec<String> {
    vec![
        "a\r\nBcc: evil@evil.example\r\n\r\n<script>".to_owned(),
        "\u{1}r99\u{2}\u{1}u\u{2}\u{0}".to_owned(),
        "\"quoted\\\" <evil@evil.example>, , ;".to_owned(),
        "=?utf-8?q?evil=0D=0ABcc:_x?=".to_owned(),
        "👩\u{200d}👩\u{200d}👧 🙂".repeat(50),
        "\u{202e}أهلا وسهلا\u{2067}".to_owned(),
        "❤\u{fe0f}".repeat(100),
        "ä".repeat(5000),
        "x".repeat(10_000),
        "{{ page.subject }} {% raw %} <!-- --> ]]> &amp; '\"><img src=x onerror=alert(1)>".to_owned(),
        "\u{2028}\u{85}\u{feff}".to_owned(),
        String::new(),
    ]
}

#[test]
fn nothing_that_a_sender_or_reader_is_called_breaks_a_mail() {
    for text in hostile() {
        let mut digest = two_posts();
        digest.list.title.clone_from(&text);
        digest.list.footer.clone_from(&text);
        for post in &mut digest.posts {
            post.title.clone_from(&text);
            let items = post.item.iter_mut().chain(post.entries.iter_mut().map(|entry| &mut entry.item));
            for item in items {
                item.author.clone_from(&text);
                item.blocks = vec![Block::Said(text.clone()), Block::quoted(text.clone())];
            }
        }
        let mut each_mail = each_mail();
        each_mail.item = digest.posts[0].entries[1].item.clone();
        each_mail.title.clone_from(&text);
        each_mail.list = digest.list.clone();
        let notice_of = Notice {
            list: digest.list.clone(),
            subject: text.clone(),
            text: vec![Block::Said(text.clone()), Block::quoted(text.clone())],
            answers: Answers::Owner,
            links: Vec::new(),
            in_reply_to: MessageId::new("weird id <x>"),
            to_member: true,
        };
        let mira = Mira { name: Some(text.clone()), ..Mira::new() };
        for frozen in [&super::digest(&digest).unwrap()[0], &each(&each_mail).unwrap(), &notice(&notice_of).unwrap()] {
            let mail = mira.reads(frozen);
            let message = parsed(&mail);
            assert!(header(&mail, "Bcc").is_empty() && message.bcc().is_none());
            assert_eq!(header(&mail, "From").len(), 1);
            let to = message.to().unwrap().first().unwrap();
            assert_eq!(to.address(), Some("mira@example.net"), "{text:?}");
            assert_eq!(message.from().unwrap().first().unwrap().address(), Some("talk@lists.example"));
            let html = html_of(&message);
            assert!(!html.contains("<script") && !html.contains("<img"));
            assert!(!text_of(&message).contains(['\u{1}', '\u{2}', '\u{0}', '\u{202e}']) || text.contains('\u{202e}'));
        }
    }
}

#[test]
fn responses_below_the_sixth_depth_stay_there_and_say_whom_they_answer() {
    let mut post = on_listening();
    post.entries = (1..=12)
        .map(|depth| {
            let author = format!("Person {depth}");
            let text = "A response that is long enough to be wrapped, wherever it stands on the page of a digest.";
            let item = item(100 + depth, Some(depth), &author, "2026-03-02T21:14:00Z", said(text));
            let parent = format!("Person {}", depth - 1);
            entry(item, depth as usize, true, (depth > 1).then_some((parent.as_str(), depth - 1)))
        })
        .collect();
    let mail = for_mira(&Digest { posts: vec![post], ..two_posts() });
    let message = parsed(&mail);
    let text = text_of(&message);
    assert!(text.contains(&format!("{}#6  Person 6 · Monday", " ".repeat(12))), "{text}");
    assert!(text.contains(&format!("{}#12  Person 12, answering Person 11 (#11) · Monday", " ".repeat(12))), "{text}");
    assert_eq!(tokens(&text, "talk+r.").len(), 13);
    matches_fixture("deep.html", &html_of(&message));
}

#[test]
fn a_post_that_never_arrived_is_told_kindly() {
    let mut post = on_listening();
    post.item = None;
    let mail = for_mira(&Digest { posts: vec![post], ..two_posts() });
    let message = parsed(&mail);
    let kind = "The post itself has not reached the list yet";
    assert!(text_of(&message).contains(kind));
    assert!(html_of(&message).replace('\n', " ").contains(kind));
    assert_eq!(tokens(&text_of(&message), "talk+r.").len(), 4);
}

#[test]
fn the_subject_tells_what_is_new() {
    let subject = |posts: Vec<PostDigest>| super::digest(&Digest { posts, ..two_posts() }).unwrap().remove(0).subject;
    let quiet = PostDigest { responses: 0, new_responses: 0, entries: Vec::new(), ..small_rooms() };
    assert_eq!(subject(vec![quiet.clone()]), "[Talk] 1 new post: Small rooms");
    assert_eq!(
        subject(vec![quiet.clone(), on_listening()]),
        "[Talk] 4 new responses: Small rooms (new) · On listening"
    );
    let many = subject(vec![quiet; 7]);
    assert_eq!(many, "[Talk] 7 new posts: Small rooms · Small rooms · Small rooms · 4 more");
}

#[test]
fn a_greeting_and_a_rhythm_are_the_readers_own() {
    let frozen = &super::digest(&two_posts()).unwrap()[0];
    let mut mira = Mira { name: Some("Jörg & <Co>".to_owned()), ..Mira::new() };
    mira.schedule = Schedule { delivery: Delivery::Weekly, hour: 19, weekday: 7, time_zone: "Asia/Tokyo".to_owned() };
    let mail = mira.reads(frozen);
    let message = parsed(&mail);
    assert!(text_of(&message).starts_with("Good afternoon, Jörg & <Co>.\n"));
    assert!(text_of(&message).contains("\nYou get this at 19:00 Tokyo time, every Sunday.\n"));
    assert!(html_of(&message).contains("\nGood afternoon, Jörg &amp; &lt;Co&gt;.\n"));
    assert_eq!(header(&mail, "Date"), ["Tue, 3 Mar 2026 17:00:00 +0900"]);
}

#[test]
fn an_address_that_is_not_ascii_stays_out_of_a_7_bit_header() {
    let mira = Mira { to: Address::parse("jörg@example.net").unwrap(), ..Mira::new() };
    let mail = mira.reads(&super::digest(&two_posts()).unwrap()[0]);
    parsed(&mail);
    assert_eq!(header(&mail, "To"), ["undisclosed-recipients:;"]);
}

#[test]
fn what_this_room_did_not_freeze_is_not_spliced() {
    let mira = Mira::new();
    for bytes in ["\u{1}x\u{2}", "\u{1}r", "\u{1}rx\u{2}", "\u{1}r99999999999999999999\u{2}"] {
        let personal = Personal {
            list: ListId(3),
            key_id: 1,
            reader: MemberId(9),
            edition: EditionId(77),
            part: 1,
            to: &mira.to,
            name: None,
            date: at("2026-03-03T08:00:00Z"),
            schedule: &mira.schedule,
        };
        assert!(matches!(splice(bytes.as_bytes(), &personal, &keys()), Err(ComposeError::Slot)));
        let no_key = Personal { key_id: 5, ..personal };
        assert!(matches!(splice(b"\x01d\x02", &no_key, &keys()), Err(ComposeError::Token)));
        let second = splice(b"\x01s\x02", &Personal { part: 2, ..personal }, &keys()).unwrap();
        assert!(second.ends_with(b".2"));
    }
}

#[test]
fn a_notice_answers_one_person_and_no_machine_should_answer_it() {
    let asked = Notice {
        list: list(),
        subject: "Is this answer yours?".to_owned(),
        text: vec![Block::Said("A mail came in under your name.\n\nPress Reply, and it is published.".to_owned())],
        answers: Answers::Confirmation(ConfirmationId(5)),
        links: Vec::new(),
        in_reply_to: MessageId::new("x@example.net"),
        to_member: false,
    };
    let mail = Mira::new().reads(&notice(&asked).unwrap());
    let message = parsed(&mail);
    assert_eq!(header(&mail, "Auto-Submitted"), ["auto-replied"]);
    let token = keys().make(1, ListId(3), Token::Confirm(MemberId(9), ConfirmationId(5))).unwrap();
    assert_eq!(header(&mail, "Reply-To"), [format!("\"Talk\" <talk+c.{token}@lists.example>")]);
    assert_eq!(header(&mail, "In-Reply-To"), ["<x@example.net>"]);
    assert!(header(&mail, "List-Unsubscribe").is_empty());
    matches_fixture("notice.txt", &text_of(&message));
    matches_fixture("notice.html", &html_of(&message));
}
