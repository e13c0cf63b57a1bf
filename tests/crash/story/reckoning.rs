//! What must be so in the end.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::READERS;
use super::sink::Taken;

/// Mails that were acknowledged, each with its parent.
pub type Acknowledged = HashMap<String, Option<String>>;

/// Every mail that was acknowledged is there once, published, under its parent; the responses of a post are numbered
/// without a gap; and nothing else is there.
pub fn threads(exported: &str, acknowledged: &Acknowledged) -> Result<(), String> {
    let mut seen = HashSet::new();
    let mut numbers: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in exported.lines() {
        let row: serde_json::Value = serde_json::from_str(line).map_err(|fault| format!("{fault}: {line}"))?;
        let bare = |name: &str| row[name].as_str().map(|id| id.trim_end_matches("@test").to_owned());
        let id = bare("message_id").ok_or_else(|| format!("no id: {line}"))?;
        let parent = acknowledged.get(&id).ok_or_else(|| format!("{id} is there, and nobody was told so"))?;
        if !seen.insert(id.clone()) {
            return Err(format!("{id} is there twice"));
        }
        if bare("parent") != *parent {
            return Err(format!("{id} answers {parent:?} and stands under {:?}", bare("parent")));
        }
        if let Some(number) = row["number"].as_i64() {
            numbers.entry(bare("post").unwrap_or_default()).or_default().push(number);
        }
    }
    if let Some((post, numbers)) = numbers.iter().find(|(_, numbers)| !is_without_gap(numbers)) {
        return Err(format!("the responses of {post} have the numbers {numbers:?}"));
    }
    let missing: Vec<&String> = acknowledged.keys().filter(|id| !seen.contains(*id)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("answered 250 and not there: {missing:?}")) }
}

fn is_without_gap(numbers: &[i64]) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(1..=numbers.len() as i64)
}

/// Every reader was told of every mail once; what came twice under one Message-ID was the same to the octet. How many
/// mails there were without the repeats, and how many repeats.
pub fn readers(taken: &[Taken], acknowledged: &Acknowledged) -> Result<(usize, usize), String> {
    let mut mails: HashMap<(&str, &str), &str> = HashMap::new();
    let mut told: HashMap<(&str, String), usize> = HashMap::new();
    for (reader, content) in taken {
        let id = content.lines().find(|line| line.starts_with("Message-ID:")).ok_or("a mail without an id was sent")?;
        if let Some(before) = mails.insert((reader, id), content) {
            if before != content {
                return Err(format!("{reader} was sent other octets under {id}"));
            }
            continue;
        }
        let parsed = mail_parser::MessageParser::default().parse(content.as_bytes()).ok_or("no mail was sent")?;
        let text = parsed.body_text(0).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        for words in text.split("These are the words of ").skip(1) {
            if let Some((item, _)) = words.split_once(", and of nobody else.").filter(|(item, _)| item.len() < 10) {
                *told.entry((reader, item.to_owned())).or_default() += 1;
            }
        }
    }
    for (reader, _) in READERS {
        for item in acknowledged.keys() {
            let count = told.get(&(reader, item.clone())).copied().unwrap_or(0);
            if count != 1 {
                return Err(format!("{reader} was told {count} times of {item}"));
            }
        }
    }
    Ok((mails.len(), taken.len() - mails.len()))
}
