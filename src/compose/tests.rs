//! What every rendering promises, checked by parsing what was spliced.

use jiff::Timestamp;
use mail_parser::{Message, MessageParser};

use super::*;
use crate::discussion::{
    Block, Delivery, Digest, EditionId, Entry, Item, ItemId, ListFacts, ListId, MemberId, Number, PostDigest, Schedule,
    Seq, Window,
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
        blocks,
    }
}

fn entry(item: Item, depth: usize, is_new: bool, answers: Option<(&str, i64)>) -> Entry {
    Entry { item, depth, is_new, answers: answers.map(|(name, number)| (name.to_owned(), Number(number))) }
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
        Block::Quoted(
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
    long_quote.push(Block::Quoted("a line that nobody needs again\n".repeat(60)));
    PostDigest {
        item: Some(item(4, None, "Marina", "2026-02-12T09:00:00Z", said(LISTENING))),
        number: Number(12),
        title: "On listening".to_owned(),
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
        Block::Quoted("whoever cooks does not wash up".to_owned()),
        Block::Said("We had the same rule, and my father broke it every single day. – Größe ist relativ 🙂".to_owned()),
    ];
    PostDigest {
        item: Some(item(20, None, "Marina", "2026-03-02T18:00:00Z", said(text))),
        number: Number(13),
        title: "Small rooms".to_owned(),
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
    }
}
