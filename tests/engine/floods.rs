//! What others can make us send, and send us, by the thousands: forged requests, lists in a ring, programs that answer
//! every mail. Each test counts the mails.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use jiff::{SignedDuration, Timestamp};
use rejoinder::deliver::Outgoing;
use rejoinder::discussion::{Delivery, ListId, ListName, Schedule};
use rejoinder::message::Mail as Parsed;
use rejoinder::smtp::{Door, Envelope, Receiver, Reply};
use rejoinder::store::{ListChange, NewList};
use tokio::task::JoinSet;

use crate::list::{AUTHOR, Mail, Remembering, START, TestList, address, named, time};

const JOIN: &str = "talk+join@lists.example";
const ELLEN: &str = "ellen@example.net";
const DAI: &str = "dai@example.com";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    (folder, talk)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn envelope(door: Door, peer: IpAddr, from: Option<&str>, to: &[&str]) -> Envelope {
    Envelope {
        door,
        peer: SocketAddr::new(peer, 4025),
        helo: "client.example".to_owned(),
        tls: false,
        with: "ESMTP",
        reverse_path: from.map(address),
        recipients: to.iter().map(|to| address(to)).collect(),
    }
}

/// What a client is told, for each recipient.
fn give(talk: &TestList, envelope: Envelope, octets: Vec<u8>) -> Vec<Reply> {
    talk.runtime.block_on(talk.intake.receive(envelope, octets))
}

/// What goes out now.
fn gone(talk: &TestList) -> Vec<Outgoing> {
    talk.fan_out();
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let taken = relay.taken.lock().unwrap();
    taken.clone()
}

fn minutes(after: i64) -> Timestamp {
    time(START) + SignedDuration::from_mins(after)
}

/// The nth of many requests to join, in whose name, and from where: of one victim however spelled, of a domain's people,
/// of all the world's, and of all that one network sends.
fn forged(n: usize) -> (String, IpAddr) {
    let anywhere = IpAddr::from([198, 51, (n / 250 % 250) as u8, (n % 250) as u8]);
    match n % 5 {
        0 => ("victim@target.example".to_owned(), anywhere),
        1 => (format!("victim+{n}@target.example"), anywhere),
        2 => (format!("p{n}@bombed.example"), anywhere),
        3 => (format!("x{n}@d{n}.example"), anywhere),
        _ => (format!("y{n}@network.d{n}.example"), IpAddr::from([192, 0, 2, (n % 250) as u8])),
    }
}

/// Has these come in beside each other.
fn flood(talk: &TestList, requests: std::ops::Range<usize>) {
    talk.runtime.block_on(async {
        let mut coming = JoinSet::new();
        for n in requests {
            let (intake, (from, peer)) = (talk.intake.clone(), forged(n));
            let octets = Mail::new(&from, &format!("j{n}")).says("join").octets();
            let envelope = envelope(Door::Public, peer, Some(&from), &[JOIN]);
            coming.spawn(async move { intake.receive(envelope, octets).await });
            if coming.len() >= 64 {
                coming.join_next().await.unwrap().unwrap();
            }
        }
        coming.join_all().await;
    });
}

#[test]
fn ten_thousand_forged_requests_to_join_send_at_most_the_bounded_number_of_mails() {
    let (_folder, talk) = talk();
    let mut all: HashMap<String, usize> = HashMap::new();
    for hour in 0..2 {
        talk.clock.set(minutes(60 * hour as i64));
        flood(&talk, 5_000 * hour..5_000 * (hour + 1));
        let gone = gone(&talk);
        let at = |domain: &str| gone.iter().filter(|mail| mail.recipient.domain().ends_with(domain)).count();
        assert_eq!(gone.len(), 500, "of all in an hour");
        assert!(at("bombed.example") <= 100, "{}", at("bombed.example"));
        assert!(gone.iter().filter(|mail| mail.recipient.domain().starts_with("network.")).count() <= 30);
        for mail in &gone {
            *all.entry(mail.recipient.key()).or_default() += 1;
            // Each is a small mail that shows nothing of what was sent in their name.
            assert!(mail.content.len() < 6_000, "{}", mail.content.len());
        }
    }
    let victims = all.iter().filter(|(who, _)| who.ends_with("@target.example")).map(|(_, count)| count);
    assert_eq!(victims.sum::<usize>(), 1, "however the address is spelled");
    assert!(all.values().all(|count| *count == 1), "nobody hears twice in a day");
    assert_eq!(talk.store.census(talk.list().id).unwrap().members, 1, "and nobody has joined");
    // An honest one, an hour later.
    talk.clock.set(minutes(125));
    let reply = talk.give(Mail::new("noor@noor.example", "h").octets(), Some("noor@noor.example"), &[JOIN]);
    assert_eq!(reply.code, 250);
    assert_eq!(gone(&talk).len(), 1);
}

fn other_list(talk: &TestList, name: &str) -> ListId {
    let schedule = Schedule { delivery: Delivery::Each, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
    let new = NewList { name: ListName::parse(name).unwrap(), title: name.to_owned(), schedule, at: time(START) };
    let list = talk.store.create_list(new).wait().unwrap();
    let change = ListChange { who_posts: "members".parse().ok(), ..ListChange::default() };
    talk.store.change_list(list, change, time(START)).wait().unwrap();
    list
}

#[test]
fn two_lists_in_a_ring_send_each_mail_round_once() {
    let (_folder, talk) = talk();
    let other = other_list(&talk, "bakers");
    let change = ListChange { who_posts: "members".parse().ok(), ..ListChange::default() };
    talk.store.change_list(talk.list().id, change, time(START)).wait().unwrap();
    talk.store.forget_lists();
    talk.join("bakers@lists.example", named("Bakers", "each"));
    talk.join(ELLEN, named("Ellen", "each"));
    let members = ["talk@lists.example", DAI].map(|who| (address(who), named("A member", "each")));
    talk.store.join(other, members.to_vec(), time(START)).wait().unwrap();
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p")).code, 250);
    assert_eq!(talk.send_to(&Mail::new(DAI, "q"), &["bakers@lists.example"]).code, 250);
    let other = talk.store.list_by_name(&ListName::parse("bakers").unwrap()).unwrap().unwrap();
    let mut sent = Vec::new();
    for round in 0..20 {
        talk.clock.set(minutes(round));
        while talk.job.fan_out(&other).unwrap() {}
        let gone = gone(&talk);
        if gone.is_empty() {
            break;
        }
        for mail in gone {
            if mail.recipient.domain() == "lists.example" {
                let from = mail.reverse_path.as_ref().map(|path| path.as_str());
                talk.give(mail.content.clone(), from, &[mail.recipient.as_str()]);
            }
            sent.push(mail.recipient.to_string());
        }
    }
    sent.sort();
    // What was said on each list is sent to the other, and there to its reader, and nothing comes round again.
    assert_eq!(sent, ["bakers@lists.example", DAI, ELLEN, ELLEN, "talk@lists.example"]);
}

/// How a program answers while somebody is away.
struct Away {
    /// What it sets on its answer.
    headers: &'static [&'static str],
    /// Whether it sends that with an empty reverse-path to the reverse-path, as RFC 3834 §3.1.4 has it; else as a person
    /// would.
    by_the_book: bool,
    subject: &'static str,
}

impl Away {
    /// Its answer to a mail of ours, and where it goes.
    fn answer(&self, mail: &Outgoing, n: usize) -> (Vec<u8>, Option<String>, String) {
        let parsed = Parsed::parse(&mail.content);
        let reply_to = parsed.header("Reply-To").or(parsed.header("From")).unwrap_or_default();
        let reply_to = reply_to.rsplit('<').next().unwrap_or_default().trim_end_matches('>').to_owned();
        let path = mail.reverse_path.as_ref().map(ToString::to_string);
        let to = if self.by_the_book { path.unwrap_or(reply_to) } else { reply_to };
        let mut answer = Mail::new(mail.recipient.as_str(), &format!("away{n}"))
            .subject(&format!("{}{}", self.subject, parsed.subject))
            .says("I am away until the second of May, and read no mail.\n");
        answer = answer.header(&format!("In-Reply-To: <{}>", parsed.message_id.as_str()));
        for header in self.headers {
            answer = answer.header(header);
        }
        let path = (!self.by_the_book).then(|| mail.recipient.to_string());
        (answer.octets(), path, to)
    }
}

/// Two members whose programs answer each mail of ours for as long as there is any: how many mails go out.
fn mails_sent(away: &Away, minutes_long: i64) -> usize {
    let (_folder, talk) = talk();
    for who in [ELLEN, DAI] {
        let receipts = rejoinder::store::MemberChange { receipts: Some(true), ..named("Away", "each") };
        talk.join(who, receipts);
    }
    assert_eq!(talk.send(&Mail::new(AUTHOR, "p")).code, 250);
    // What a stranger is asked is answered by a program, too.
    talk.give(Mail::new("noor@noor.example", "j").octets(), Some("noor@noor.example"), &[JOIN]);
    let (mut sent, mut n) = (0, 0);
    for minute in 0..minutes_long {
        talk.clock.set(minutes(minute));
        let gone = gone(&talk);
        sent += gone.len();
        for mail in gone {
            n += 1;
            let (octets, path, to) = away.answer(&mail, n);
            give(&talk, envelope(Door::Public, ip("198.51.100.9"), path.as_deref(), &[&to]), octets);
        }
    }
    sent
}

#[test]
fn a_vacation_responder_on_each_mail_gets_no_answer() {
    for (headers, by_the_book, subject) in [
        (&["Auto-Submitted: auto-replied"][..], true, "Auto: "),
        (&["Auto-Submitted: auto-replied (vacation)"], false, "Re: "),
        (&["X-Autoreply: yes", "Precedence: bulk"], false, "Re: "),
        (&["X-Auto-Response-Suppress: All"], false, "Automatic reply: "),
        (&[], true, "Out of office: "),
        (&[], false, "Out of Office AutoReply: "),
    ] {
        // The post to two, and the question to the stranger.
        assert_eq!(mails_sent(&Away { headers, by_the_book, subject }, 10), 3, "{headers:?} {subject}");
    }
}

#[test]
fn programs_that_answer_each_mail_like_people_are_stopped_by_the_hours_bounds() {
    let away = Away { headers: &[], by_the_book: false, subject: "Re: " };
    // Sixty mails a sender and twenty receipts a member: each goes to the other member.
    let (hour, three) = (mails_sent(&away, 60), mails_sent(&away, 180));
    assert!(hour <= 3 + 2 * (60 + 20) + 10, "{hour}");
    assert!(three <= 3 * hour, "{three}");
}

#[test]
fn what_a_sender_mails_over_the_hours_bound_is_put_off_and_nothing_of_it_is_kept() {
    let (folder, talk) = talk();
    let mail = |n: usize, from: &str| Mail::new(from, &format!("m{n}")).octets();
    let by = |door, peer: &str, from: &str, to: &[&str], n| {
        give(&talk, envelope(door, ip(peer), Some(from), to), mail(n, from))
    };
    let public =
        |n, from: &str| by(Door::Public, &format!("203.0.113.{}", n % 200), from, &["talk@lists.example"], n)[0].code;
    assert!((0..60).all(|n| public(n, AUTHOR) == 250), "from wherever they come");
    let rows = || {
        let database = rusqlite::Connection::open(folder.path().join("list.db")).unwrap();
        database.query_row("SELECT count(*) FROM mail", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(rows(), 60);
    let both = ["talk@lists.example", "talk+help@lists.example"];
    let told = by(Door::Lmtp, "203.0.113.1", AUTHOR, &both, 60);
    let told: Vec<_> = told.iter().map(|reply| (reply.code, reply.text.contains("try again later"))).collect();
    assert_eq!(told, [(451, true); 2], "each recipient of LMTP");
    let told = by(Door::Public, "203.0.113.1", AUTHOR, &both[..1], 60);
    assert_eq!((told[0].code, told[0].status), (451, Some("4.7.1")));
    assert_eq!(rows(), 60);
    // Others, what this machine sends, and bounces are not theirs.
    talk.join(ELLEN, named("Ellen", "none"));
    assert!((100..160).all(|n| public(n, ELLEN) == 250));
    assert!((200..300).all(|n| by(Door::Public, "127.0.0.1", AUTHOR, &both[..1], n)[0].code == 250));
    let bounce = |n| give(&talk, envelope(Door::Public, ip("203.0.113.1"), None, &both[..1]), mail(n, AUTHOR))[0].code;
    assert!((300..400).all(|n| bounce(n) == 250));
    // An hour later.
    talk.clock.set(minutes(66));
    assert!((400..460).all(|n| public(n, AUTHOR) == 250) && public(460, AUTHOR) == 451);
}
