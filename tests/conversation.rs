//! The fixtures of the conversation keep what they promise, judged without the engine: so that a wrong expectation is
//! found here, and a wrong engine by the demo.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use mail_parser::{HeaderValue, Message, MessageParser};
use serde::Deserialize;

#[derive(Deserialize)]
struct Script {
    day: Vec<Day>,
}

#[derive(Deserialize)]
struct Day {
    mail: Vec<Mail>,
}

#[derive(Deserialize)]
struct Mail {
    file: String,
    from: String,
    door: String,
    at: String,
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "conversation"].iter().collect()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn script() -> Script {
    toml::from_str(&read("script.toml")).unwrap()
}

fn parse(text: &str) -> Message<'_> {
    MessageParser::default().parse(text).unwrap()
}

/// What a mail answers: its In-Reply-To, else the last of its References.
fn parent(mail: &Message<'_>) -> Option<String> {
    let last = |value: &HeaderValue<'_>| match value {
        HeaderValue::Text(id) => Some(id.to_string()),
        HeaderValue::TextList(ids) => ids.last().map(ToString::to_string),
        _ => None,
    };
    last(mail.in_reply_to()).or_else(|| last(mail.references()))
}

/// Somebody's mail in the tree.
struct Node {
    id: String,
    parent: Option<String>,
    author: String,
    title: String,
}

/// The mails of a day in the order of their arrival, each once.
fn nodes(day: &Day) -> Vec<Node> {
    let mut nodes: Vec<Node> = vec![];
    for mail in &day.mail {
        let text = read(&mail.file);
        let message = parse(&text);
        let from = message.from().unwrap().first().unwrap();
        let node = Node {
            id: message.message_id().unwrap().to_owned(),
            parent: parent(&message),
            author: from.name().unwrap_or("someone without a name").to_owned(),
            title: message.subject().unwrap().to_owned(),
        };
        if nodes.iter().all(|known| known.id != node.id) {
            nodes.push(node);
        }
    }
    nodes
}

/// The discussions as `expected.txt` draws them.
fn drawn(nodes: &[Node]) -> String {
    let mut text = String::new();
    for post in nodes.iter().filter(|node| node.parent.is_none()) {
        let (mut numbers, mut below) = (HashMap::new(), HashMap::from([(&post.id, vec![])]));
        // A late parent is numbered after its answer, so that membership needs more than one look.
        while let Some(next) = nodes.iter().find(|node| {
            !below.contains_key(&node.id) && node.parent.as_ref().is_some_and(|parent| below.contains_key(parent))
        }) {
            below.insert(&next.id, vec![]);
        }
        for node in nodes.iter().filter(|node| node.id != post.id && below.contains_key(&node.id)) {
            numbers.insert(&node.id, numbers.len() + 1);
        }
        for node in nodes.iter().filter(|node| numbers.contains_key(&node.id)) {
            below.get_mut(node.parent.as_ref().unwrap()).unwrap().push(node);
        }
        let count = if numbers.is_empty() { "no".to_owned() } else { numbers.len().to_string() };
        writeln!(text, "{} · {} · {count} responses", post.title, post.author).unwrap();
        let mut waiting: Vec<_> = below[&post.id].iter().rev().map(|node| (*node, 1)).collect();
        while let Some((node, depth)) = waiting.pop() {
            writeln!(text, "{}#{} {}", "  ".repeat(depth), numbers[&node.id], node.author).unwrap();
            waiting.extend(below[&node.id].iter().rev().map(|child| (*child, depth + 1)));
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_first_days_mails_form_the_tree_that_is_expected() {
    let expected = read("expected.txt");
    let day_one = expected.strip_prefix("Day one\n\n").unwrap().split("Day two\n").next().unwrap();
    assert_eq!(drawn(&nodes(&script().day[0])), day_one);
}

#[test]
fn the_script_sends_every_mail_in_order_through_both_doors() {
    let script = script();
    let mails: Vec<_> = script.day.iter().flat_map(|day| &day.mail).collect();
    let times: Vec<Timestamp> = mails.iter().map(|mail| mail.at.parse().unwrap()).collect();
    assert!(times.is_sorted());
    for door in ["public", "local"] {
        assert!(mails.iter().filter(|mail| mail.door == door).count() > 5, "{door}");
    }
    assert!(mails.iter().all(|mail| mail.door == "public" || mail.door == "local"));
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.contains(".eml") {
            assert!(mails.iter().any(|mail| mail.file == name), "nobody sends {name}");
        }
    }
}

#[test]
fn everybody_who_writes_is_a_member_under_the_name_they_write_with() {
    let mut reader = csv::Reader::from_path(folder().join("members.csv")).unwrap();
    let members: HashMap<String, String> =
        reader.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    for mail in script().day.iter().flat_map(|day| &day.mail) {
        let text = read(&mail.file);
        let from = parse(&text).from().unwrap().first().unwrap().clone();
        assert_eq!(from.address(), Some(mail.from.as_str()), "{}", mail.file);
        assert_eq!(members.get(&mail.from).map(String::as_str), Some(from.name().unwrap_or("")), "{}", mail.file);
    }
}

#[test]
fn each_mail_is_what_it_is_there_for() {
    let quoted = read("07-david-two-lines.eml").lines().filter(|line| line.starts_with('>')).count();
    assert_eq!(quoted, 60);
    assert!(read("08-zoe-html-only.eml").contains("Content-Type: text/html"));
    assert!(!read("08-zoe-html-only.eml").contains("text/plain"));
    assert!(!read("12-marina-answers-juergen.eml").contains("In-Reply-To:"));
    assert!(!read("13-ruth-outlook.eml").contains("References:"));
    assert!(read("06-juergen.eml").contains("charset=iso-8859-1"));
    assert!(read("21-ellen-by-the-items-link.eml.template").contains("\nTo: {reply_address}\n"));
    let plain = read("22-mira-by-plain-reply.eml.template");
    assert!(plain.contains("\nTo: {digest_reply_to}\n") && plain.contains("\nIn-Reply-To: <{digest_message_id}>\n"));
    let line = plain.lines().find_map(|line| line.strip_prefix('>')).unwrap().trim();
    assert!(read("04-marina-answers-david.eml").lines().any(|said| said == line), "{line}");
}
