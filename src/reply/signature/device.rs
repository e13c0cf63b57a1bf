//! The line that a phone or a mail program adds at the end: "Sent from my …".

use std::sync::LazyLock;

use crate::reply::languages::{self, Finder};
use crate::reply::line::Line;

/// Lines looked at.
const LOOK_AHEAD: usize = 60;

/// Bytes and words of such a line.
const BYTES: usize = 200;
const WORDS: usize = 10;

/// How people excuse what their phone does to their words, and what one carrier adds; a person's other sentences have
/// their parts too.
const EXCUSES: [&str; 13] = [
    "excuse",
    "typo",
    "brevity",
    "pardon",
    "forgive",
    "autocorrect",
    "entschuldig",
    "tippfehler",
    "disculp",
    "désol",
    "excus",
    "scus",
    "an at&t",
];

/// Mail programs and services as they write themselves, besides those in the tables of languages.
const PROGRAMS: [&str; 31] = [
    "Proton Mail",
    "ProtonMail",
    "Tutanota",
    "Tuta",
    "FairEmail",
    "Mimestream",
    "Mailspring",
    "Mailbird",
    "MailMate",
    "Shortwave",
    "Superhuman",
    "eM Client",
    "BlueMail",
    "Aqua Mail",
    "Airmail",
    "Gmail",
    "iCloud",
    "Fastmail",
    "GMX Mail",
    "GMX",
    "WEB.DE",
    "T-Online",
    "Zoho",
    "Mailfence",
    "Spark",
    "Canary",
    "Missive",
    "Newton",
    "Spike",
    "Postbox",
    "Polymail",
];

/// What makes of another program's or device's name one that the tables know.
const KNOWN_PROGRAM: &str = "outlook";
const KNOWN_DEVICE: &str = "iphone";

/// Devices by name, besides those in the tables.
const DEVICES: [&str; 7] = ["pixel", "fairphone", "xperia", "macbook", "chromebook", "realme", "thinkpad"];

/// What people have that sends mail, by no name.
const THINGS: [&str; 8] = ["phone", "cell", "laptop", "computer", "tablet", "pc", "desktop", "watch"];

/// How English says by what a mail was sent.
const SENT_BY: [&str; 7] =
    ["sent with ", "sent via ", "sent from ", "sent using ", "sent by ", "sent through ", "sent securely with "];

/// What stands behind a program's name, whole words in English and parts of them elsewhere.
const ADDED: [&str; 7] = ["mobile", "mail", "app", "secure", "encrypted", "email", "desktop"];
const ADDED_ELSEWHERE: [&str; 6] = ["mail", "post", "corre", "app", "android", "ios"];

/// `with`, behind which people write what is no program as well: `Enviado con mucho cariño`.
const WITH: [&str; 7] = ["con", "com", "avec", "mit", "met", "med", "with"];

/// What "Get Outlook for" goes on with.
const SYSTEMS: [&str; 6] = ["ios", "android", "mac", "windows", "iphone", "ipad"];

/// Where such lines start that stand at the end, on their own.
pub(super) fn start_in(said: &[Line<'_>]) -> Option<usize> {
    let mut start = None;
    for (at, line) in said.iter().enumerate().rev().take(LOOK_AHEAD) {
        if line.is_blank() {
            continue;
        }
        if !is_device(line.text) {
            break;
        }
        start = Some(at);
    }
    // One that stands right under what was said may be its last sentence.
    let mut start = start?;
    while start > 0 && !said[start - 1].is_blank() {
        start += 1;
        if start >= said.len() || said[start..].iter().all(Line::is_blank) {
            return None;
        }
    }
    Some(start)
}

/// Whether a line is one of them.
fn is_device(line: &str) -> bool {
    let line =
        line.trim_matches(|c: char| c.is_whitespace() || "<>()[]*_~\"“”-–—".contains(c) || languages::is_direction(c));
    if line.len() > BYTES || line.is_empty() {
        return false;
    }
    // Most last lines are a name or a sentence, and need not be looked at more closely.
    let count = line.split_whitespace().count();
    if count > WORDS + 8 || (count < 2 && line.is_ascii()) {
        return false;
    }
    let (words, is_linked) = without_link(line);
    let lower = words.to_lowercase();
    if let Some(slogan) = lower.strip_prefix("yahoo mail") {
        return is_slogan(slogan);
    }
    if sent_by_program(&words) {
        return true;
    }
    static EXCUSING: LazyLock<Finder> = LazyLock::new(|| Finder::of(&EXCUSES));
    let is_excuse = EXCUSING.is_in(&lower);
    let is_sentence = lower.contains(", ") || lower.contains(". ") || lower.ends_with('?');
    let count = lower.split_whitespace().count();
    if count > WORDS + if is_excuse { 8 } else { 2 } || (is_sentence && !is_excuse) {
        return false;
    }
    let known = with_known_names(&words);
    let names_both = || languages::is_device(&known) && program_in(&words).is_some();
    if count > WORDS && !is_excuse && !names_both() {
        return false;
    }
    (is_linked || may_be_a_programs(&words, &known)) && (languages::names_device(&known) || names_who(&known))
}

/// A line without the link that it ends with, and without the brackets of a link's text; and whether one was put in as
/// programs put theirs.
fn without_link(line: &str) -> (String, bool) {
    let lower = line.to_ascii_lowercase();
    if !lower.contains("http") {
        return (line.replace('[', ""), false);
    }
    let at = ["http", "<http", "(http", "[http", "](http"].iter().filter_map(|start| lower.find(start)).min();
    let words = at.map_or(line, |at| line[..at].trim_end_matches([' ', '<', '(', '[', ']', ':', '/']));
    (words.replace('[', ""), ["](http", "<http", "(http"].iter().any(|start| lower.contains(start)))
}

/// `: Search, organize, conquer`: two words at most between commas, twice or more.
fn is_slogan(behind: &str) -> bool {
    let Some(slogan) = behind.trim_start().strip_prefix(':') else { return false };
    let mut parts = slogan.split(',');
    slogan.matches(',').count() >= 2 && parts.all(|part| (1..=2).contains(&part.split_whitespace().count()))
}

/// The program that is named in a text, as it stands there, and what stands before and behind it.
fn program_in(words: &str) -> Option<(&str, &str)> {
    static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of(&PROGRAMS));
    let is_whole = |at: usize, program: &str| {
        let (before, behind) = (&words[..at], &words[at + program.len()..]);
        !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric)
    };
    let (at, program) = FINDER.find(words, is_whole)?;
    Some((&words[..at], &words[at + program.len()..]))
}

/// "Sent with Proton Mail secure email", "Sent via Spark for iOS".
fn sent_by_program(words: &str) -> bool {
    let Some((before, behind)) = program_in(words) else { return false };
    let before = before.to_lowercase();
    if !SENT_BY.iter().any(|sent| before.strip_prefix(sent).is_some_and(|rest| matches!(rest, "" | "the " | "my "))) {
        return false;
    }
    let behind = behind.to_lowercase();
    let added: Vec<&str> =
        behind.split(|c: char| c.is_whitespace() || ".,;:|".contains(c)).filter(|word| !word.is_empty()).collect();
    let praises = ["secure", "encrypted", "free"].iter().any(|praise| added.contains(praise));
    match added.as_slice() {
        [] => true,
        ["for" | "on", system, ..] => added.len() <= 3 && (SYSTEMS.contains(system) || languages::is_device(system)),
        [first, ..] if ADDED.contains(first) => added.len() <= 4,
        more => praises && more.len() <= 7 && more.iter().any(|word| word.contains("mail")),
    }
}

/// A line in small letters with names of programs and devices that the tables know in the place of others, and without
/// the full stop behind them.
fn with_known_names(words: &str) -> String {
    let named = program_in(words).filter(|(before, behind)| {
        let behind = behind.to_lowercase();
        let is_added =
            behind.trim_matches(['.', ' ']).is_empty() || ADDED_ELSEWHERE.iter().any(|part| behind.contains(part));
        before.split_whitespace().count() <= 3 && behind.split_whitespace().count() <= 4 && is_added
    });
    let whole = match named {
        Some((before, behind)) => format!("{before}{KNOWN_PROGRAM}{}", behind.trim_end_matches('.')),
        None => words.to_owned(),
    };
    let known = whole.to_lowercase();
    let word = |word| if DEVICES.contains(&word) { KNOWN_DEVICE } else { word };
    let known: Vec<&str> = known.split_whitespace().map(word).collect();
    let known = known.join(" ");
    // "Von meinem Galaxy gesendet." is no sentence.
    match owns(&known) && languages::is_device(&known) {
        true => known.trim_end_matches('.').to_owned(),
        false => known,
    }
}

/// Whether a line that begins as one of a program's goes on as one: a person's may begin so as well.
fn may_be_a_programs(words: &str, known: &str) -> bool {
    if languages::is_device(known) && !known.starts_with("get outlook for ") {
        return true;
    }
    if let Some(system) = known.strip_prefix("get outlook for ") {
        return SYSTEMS.iter().any(|known| system.starts_with(known));
    }
    let is_name = |word: &str| word.contains(char::is_uppercase) || word.contains(|c: char| c.is_ascii_digit());
    let mut behind = words.split_whitespace().skip(1);
    let with = behind.next().unwrap_or_default();
    if ["sent via my ", "sent by my ", "sent from my "].iter().any(|start| known.starts_with(start)) {
        return known.split_whitespace().any(|word| THINGS.contains(&word.trim_end_matches(['.', ','])))
            || behind.nth(1).is_some_and(is_name);
    }
    // In German every noun has a capital.
    !WITH.contains(&with) || (with != "mit" && behind.any(is_name))
}

/// Whether a line begins as one of somebody's own device: "Von meinem …".
fn owns(words: &str) -> bool {
    let starts = ["from my ", "von meinem ", "van mijn ", "de mon ", "desde mi ", "do meu ", "dal mio "];
    starts.iter().any(|start| words.starts_with(start))
}

/// "Ada from mobile", "From my iPhone 6", "Von meinem Handy".
fn names_who(words: &str) -> bool {
    let ends = [" from mobile", " via mobile", " from my mobile"];
    words.split_whitespace().count() <= 4
        && (ends.iter().any(|end| words.ends_with(end)) || (owns(words) && languages::is_device(words)))
}

#[cfg(test)]
mod tests {
    use crate::reply::read;

    fn is_hidden(line: &str) -> bool {
        let text = format!("All is well.\n\n{line}\n");
        let said = read(&text).said();
        assert!(said == "All is well." || said == text.trim(), "{said}");
        said == "All is well."
    }

    #[test]
    fn the_lines_of_programs_and_phones_are_hidden_with_their_links_names_and_praise() {
        for line in [
            "Sent with [Proton Mail](https://p.example/home) secure email.",
            "Sent with Proton Mail secure email.",
            "Sent from [Proton Mail](https://p.example/home) for Android.",
            "Sent via Spark",
            "Sent with [Spark](https://s.example/?from=signature)",
            "Skickat via Spark",
            "Skickat med Proton Mail säker e-post.",
            "Wysłano bezpieczną pocztą Proton Mail.",
            "Enviado con Proton Mail",
            "Sent with Tuta; enjoy secure & ad-free emails.",
            "Get Outlook for iOS<https://o.example/x>",
            "Télécharger [Outlook pour iOS](https://o.example/x)",
            "Outlook für iOS<https://o.example/x> beziehen",
            "Yahoo Mail: Search, Organize, Conquer",
            "Yahoo Mail : Recherchez, organisez, gagnez (https://y.example/x)",
            "Von meinem Samsung Galaxy Smartphone gesendet.",
            "Von meinem Fairphone gesendet",
            "Diese Nachricht wurde von meinem Android Telefon mit GMX Mail gesendet.",
            "Sent from my Pixel 8",
            "Sent via my phone",
        ] {
            assert!(is_hidden(line), "{line}");
        }
    }

    #[test]
    fn what_a_person_says_in_such_words_stays() {
        for line in [
            "Sent via my assistant in Rome, who adds that the oven is broken",
            "Sent via my assistant in Rome.",
            "Sent via Spark, who adds that bread is fine",
            "Sent via Spark and Gmail both, to be safe",
            "Sent with Proton Mail, because the other one was down.",
            "Sent it with Proton Mail yesterday",
            "Sent with love from Rome",
            "Enviado con mucho cariño",
            "Enviado el archivo por Gmail",
            "Envoyé avec amour",
            "Gesendet mit lieben Grüßen",
            "Verzonden met liefs",
            "Yahoo Mail: I never liked it",
            "Yahoo Mail",
            "Get Outlook for your office",
            "Von meinem Vater gesendet",
        ] {
            assert!(!is_hidden(line), "{line}");
        }
    }
}
