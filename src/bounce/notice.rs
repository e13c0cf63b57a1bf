//! Reports in words: who of the recipients was not reached, by how notices are laid out rather than by who writes them.
//! Addresses that are listed, one a line, or named as recipients, come before those in running text.

use std::ops::Range;

use super::status::{self, Outcome};
use super::{FailedRecipient, RECIPIENTS, cause, failure, returned, scan};
use crate::message::{Address, Mail};

/// How much of a notice is read, in bytes, and of a line: what is longer is a mail that comes back.
const BYTES: usize = 256 * 1024;
const LINE_BYTES: usize = 1_000;

/// Lines in which a word on one recipient is looked for.
const SECTION_LINES: usize = 60;

/// Local parts of those who run a system: named in a notice as whom to ask, not as whom was written to.
const KEEPERS: &[&str] = &[
    "postmaster",
    "mailer-daemon",
    "abuse",
    "support",
    "helpdesk",
    "hostmaster",
    "webmaster",
    "mailerdaemon",
    "mdaemon",
];

/// Words for a recipient in a label before an address: `Recipient: …`, `Undeliverable Address: …`.
const LABELS: &[&str] = &[
    "recipient",
    "receiver",
    "message to",
    "rcpt to",
    "rcpt",
    "addressee",
    "undeliverable",
    "error-for",
    "failed address",
    "address",
    "delivery to",
    "delivered to",
    "empfänger",
    "destinataire",
    "destinatario",
    "destinatário",
    "ontvanger",
    "odbiorca",
    "adresat",
    "адресат",
    "получател",
    "příjemce",
    "mottagare",
    "modtager",
    "alıcı",
    "宛先",
    "收件人",
    "수신자",
];

/// Words in a label that make it somebody else's.
const NOT_LABELS: &[&str] =
    &["sender", "from", "contact", "reply", "absender", "expéditeur", "remitente", "mittente", "отправител", "发件人"];

/// How sure it is that a mail to an address failed: the less the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// In a list after words of failure, or named as a recipient.
    Listed,
    /// In a list that comes before such words.
    ListedBefore,
    /// In a sentence on a failure, or in a server's refusal.
    Told,
    /// As whom the mail was for: `To: …` among what is said of it.
    Addressed,
}

/// An address, and the line that it stands in.
struct Entry {
    address: Address,
    key: String,
    line: usize,
    rank: Rank,
}

impl Entry {
    fn new(address: &Address, line: usize, rank: Rank) -> Self {
        Self { address: address.clone(), key: address.key(), line, rank }
    }
}

/// A notice, its lines as they stand and in small letters, up to the mail that it gives back.
pub(super) struct Notice<'a> {
    lines: Vec<&'a str>,
    lower: Vec<String>,
    entries: Vec<Entry>,
    is_delay: bool,
}

/// Whom a notice is from and to: they are not who was not reached, unless nobody else can be.
pub(super) struct Parties<'a> {
    pub writer: Option<&'a Address>,
    pub readers: Vec<Address>,
}

impl<'a> Parties<'a> {
    /// Those that the report's header names.
    pub fn of(mail: &'a Mail) -> Self {
        let readers = mail.headers("To").flat_map(scan::addresses).map(|found| found.address);
        Self { writer: mail.from.first().map(|from| &from.address), readers: readers.take(RECIPIENTS).collect() }
    }
}

impl<'a> Notice<'a> {
    /// Reads a mail's text; `subject` helps to tell whether the mail is only delayed.
    pub fn read(subject: &str, text: &'a str) -> Self {
        let text = &text[..text.floor_char_boundary(BYTES)];
        let lines: Vec<&str> = text.lines().map(|line| &line[..line.floor_char_boundary(LINE_BYTES)]).collect();
        let notice = Self::up_to(subject, &lines, returned::start(&lines, true));
        // What looked like the start of the returned mail was none where nobody is named before it.
        if notice.entries.is_empty() { Self::up_to(subject, &lines, returned::start(&lines, false)) } else { notice }
    }

    fn up_to(subject: &str, lines: &[&'a str], end: usize) -> Self {
        let lower: Vec<String> = lines[..end].iter().map(|line| line.to_lowercase()).collect();
        let is_delay = failure::is_delay(&subject.to_lowercase()) || failure::is_delay(&joined(&lower));
        let mut notice = Self { lines: lines[..end].to_vec(), lower, entries: Vec::new(), is_delay };
        notice.entries = notice.found_entries();
        notice
    }

    /// Whether it says in words that something was not delivered.
    pub fn tells_failure(&self) -> bool {
        failure::is_failure(&joined(&self.lower))
    }

    /// Its words, for whatever stands in them.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Who was not reached, each once, in order; by the surest signs that name anybody.
    pub fn recipients(&self, parties: &Parties<'_>) -> Vec<FailedRecipient> {
        for rank in [Rank::Listed, Rank::ListedBefore, Rank::Told, Rank::Addressed] {
            let mut of_rank: Vec<&Entry> = self.entries.iter().filter(|entry| entry.rank == rank).collect();
            let is_other = |entry: &&Entry| !parties.has(&entry.address);
            if rank >= Rank::Told || of_rank.iter().any(is_other) {
                of_rank.retain(is_other);
            }
            if !of_rank.is_empty() {
                return self.with_outcomes(&of_rank);
            }
        }
        self.named_without_domain(parties)
    }

    /// What became of each of these, who are known from elsewhere.
    pub fn outcomes(&self, known: Vec<Address>) -> Vec<FailedRecipient> {
        let whole = self.outcome_of(0..self.lines.len());
        let one = |address: Address| {
            let key = address.key();
            let best = self.entries.iter().filter(|entry| entry.key == key).min_by_key(|entry| entry.rank);
            let outcome = best.map(|entry| self.outcome(entry)).filter(|outcome| *outcome != Outcome::default());
            self.failed(address, outcome.as_ref().unwrap_or(&whole))
        };
        known.into_iter().map(one).collect()
    }

    fn with_outcomes(&self, entries: &[&Entry]) -> Vec<FailedRecipient> {
        let whole = self.outcome_of(0..self.lines.len());
        let mut found: Vec<FailedRecipient> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for entry in entries.iter().filter(|entry| seen.insert(&entry.key)).take(RECIPIENTS) {
            let own = self.outcome(entry);
            let outcome = if own == Outcome::default() { &whole } else { &own };
            found.push(self.failed(entry.address.clone(), outcome));
        }
        found
    }

    fn failed(&self, recipient: Address, outcome: &Outcome) -> FailedRecipient {
        FailedRecipient {
            recipient,
            permanent: outcome.is_permanent(self.is_delay),
            delayed: self.is_delay,
            status: outcome.status.clone(),
        }
    }

    /// What is said of one recipient: between its line and the next one's; else what a server said of it anywhere.
    fn outcome(&self, entry: &Entry) -> Outcome {
        let is_next = |other: &&Entry| other.line > entry.line && other.rank <= entry.rank && other.key != entry.key;
        let end = self.entries.iter().find(is_next).map_or(self.lines.len(), |next| next.line);
        let own = self.outcome_of(entry.line..end.min(entry.line + SECTION_LINES));
        if own.class.is_some() {
            return own;
        }
        let said = self
            .entries
            .iter()
            .filter(|other| other.rank == Rank::Told && other.key == entry.key)
            .map(|other| self.outcome_of(other.line..(other.line + 2).min(self.lines.len())))
            .find(|outcome| outcome.class.is_some());
        said.unwrap_or(own)
    }

    fn outcome_of(&self, lines: Range<usize>) -> Outcome {
        status::told_by(&self.lower[lines].join("\n"), self.is_delay)
    }

    /// Every address that a delivery may have failed for, in order.
    fn found_entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut after_words = false;
        for (at, line) in self.lines.iter().enumerate() {
            let window = match at {
                0 => self.lower[0].clone(),
                _ => format!("{} {}", self.lower[at - 1].trim(), self.lower[at].trim()),
            };
            let is_telling = failure::is_failure(&window) || cause::detail(&self.lower[at]).is_some();
            if line.contains('@') {
                self.entries_in(at, after_words, is_telling, &mut entries);
            }
            after_words |= failure::is_failure(&window);
            if entries.len() > 4 * RECIPIENTS {
                break;
            }
        }
        entries
    }

    fn entries_in(&self, at: usize, after_words: bool, is_telling: bool, entries: &mut Vec<Entry>) {
        let line = self.lines[at];
        let found = scan::addresses(line);
        let Some(first) = found.first() else { return };
        let before = &line[..first.place.start];
        if is_alias(before) {
            if self.has_no_other_name(at) {
                entries.push(Entry::new(&first.address, at, Rank::Listed));
            }
            return;
        }
        let rank = if is_transcript(&self.lower[at]) {
            self.is_refused_recipient(at).then_some(Rank::Told)
        } else if is_of_sender(before) {
            None
        } else if is_recipients_label(before) || is_list_start(before) && !is_keeper(&first.address) {
            Some(if after_words || before.contains(':') { Rank::Listed } else { Rank::ListedBefore })
        } else {
            is_addressed(before).then_some(Rank::Addressed)
        };
        let told = (is_telling || is_reply(&self.lower[at])).then_some(Rank::Told);
        for (place, one) in found.iter().enumerate() {
            // A list may go on in its line; what follows a listed address otherwise says something about it.
            let in_list = place == 0
                || line[found[place - 1].place.end..one.place.start].trim_matches(['>', '<', ' ', '"']) == ",";
            let told = told.filter(|_| !is_of_sender(&line[..one.place.start]));
            if let Some(rank) = rank.filter(|_| in_list).or(told).or(rank.map(|_| Rank::Told)) {
                entries.push(Entry::new(&one.address, at, rank));
            }
        }
    }

    /// A command of a session with another server counts where it was refused.
    fn is_refused_recipient(&self, at: usize) -> bool {
        let line = &self.lower[at];
        if !line.contains("rcpt") {
            return false;
        }
        let answers =
            self.lower.iter().skip(at + 1).take(3).map(|line| line.trim_start_matches(['<', '>', ' ', '\t', '-']));
        let answer = answers.into_iter().find(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        answer.is_none_or(|answer| !answer.starts_with('2'))
    }

    /// Whether the line before an alias (`generated from …`) names nobody who could be written to.
    fn has_no_other_name(&self, at: usize) -> bool {
        let before = self.lines[..at].iter().rev().find(|line| !line.trim().is_empty());
        before.is_none_or(|line| scan::addresses(line).is_empty()) || self.lower[at].contains("expanded from")
    }

    /// `gone` alone on a line of a list: the system spares its own domain.
    fn named_without_domain(&self, parties: &Parties<'_>) -> Vec<FailedRecipient> {
        let Some(domain) = parties.writer.map(Address::domain) else { return Vec::new() };
        let mut after_words = false;
        let mut named = Vec::new();
        for (line, lower) in self.lines.iter().zip(&self.lower) {
            let word = line.trim();
            if after_words && is_local_name(word) {
                named.extend(Address::parse(&format!("{word}@{domain}")).ok());
            } else if !named.is_empty() && !word.is_empty() {
                break;
            }
            after_words |= failure::is_failure(lower);
        }
        named.truncate(RECIPIENTS);
        self.outcomes(named)
    }
}

impl Parties<'_> {
    fn has(&self, address: &Address) -> bool {
        let is = |other: &Address| other.key() == address.key();
        self.writer.is_some_and(is) || self.readers.iter().any(is) || is_keeper(address)
    }
}

/// The lines as one text, since words of failure may be broken anywhere.
fn joined(lower: &[String]) -> String {
    lower.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn is_keeper(address: &Address) -> bool {
    KEEPERS.iter().any(|keeper| address.local().eq_ignore_ascii_case(keeper))
}

/// Whether an address after this starts a line's content: marks of a list, quotes, a name before `<`.
fn is_list_start(before: &str) -> bool {
    let bare = before.trim_matches(|c: char| c.is_whitespace() || "*>-•·|#<\"'([=:&".contains(c));
    let is_numbered = bare.trim_end_matches(['.', ')']).bytes().all(|b| b.is_ascii_digit());
    let is_x400 = before.to_ascii_lowercase().ends_with("smtp=") || bare.eq_ignore_ascii_case("smtp");
    let is_name = before.trim_end().ends_with('<')
        && bare.len() <= 60
        && !before.contains([':', '.', ','])
        && is_own_line(before);
    bare.is_empty() || is_numbered || is_x400 || is_name
}

/// Whether a name before `<` may be a person's: a sentence has more words.
fn is_own_line(before: &str) -> bool {
    let words = before.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    words <= 3 && before.trim_start().starts_with(|c: char| c.is_uppercase() || c == '"')
        || before.matches('"').count() == 2
}

/// `Recipient: `, `The following address failed: ` and the like, right before an address.
fn is_recipients_label(before: &str) -> bool {
    let lower = before.trim_end_matches(|c: char| c.is_whitespace() || "<[\"'(".contains(c)).to_lowercase();
    let Some(label) = lower.strip_suffix("smtp:").map(|label| label.trim_end_matches(['[', '(', ' '])).or(Some(&lower))
    else {
        return false;
    };
    let Some(label) = label.strip_suffix([':', '：']) else { return false };
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    let is_named = LABELS.iter().any(|word| label.contains(word));
    let is_cause = cause::detail(label).is_some() || failure::is_failure(label);
    label.len() <= 80 && (is_named || is_cause) && !NOT_LABELS.iter().any(|word| label.contains(word))
}

/// `To: `, before whom the mail was for.
fn is_addressed(before: &str) -> bool {
    let label = before.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    before.contains(':')
        && ["to", "an", "à", "para", "aan", "do", "кому", "till", "til", "宛先", "收件人"].contains(&label.as_str())
}

/// `(generated from …)`, `(expanded from: …)`: whom the failing address stands for.
fn is_alias(before: &str) -> bool {
    let lower = before.to_lowercase();
    ["generated from", "expanded from", "originally addressed", "forwarded from", "alias"]
        .iter()
        .any(|words| lower.contains(words))
}

/// Whether an address after this is that of whoever wrote the mail.
fn is_of_sender(before: &str) -> bool {
    let lower = before.trim_end_matches([' ', '<', '"', '\'', ':']).to_lowercase();
    [" from", " sender", " von", "mail from", " de la part de", "envelope-from", " contact", " to contact"]
        .iter()
        .any(|words| lower.ends_with(words))
}

/// A line of a session: what was sent, or answered.
fn is_transcript(lower: &str) -> bool {
    let bare = lower.trim_start_matches(|c: char| c.is_whitespace() || ">-*".contains(c));
    ["rcpt to", "mail from", "sent <<<", "sent >>>", "hmailserver sent:"].iter().any(|start| bare.starts_with(start))
        && lower.contains(['<', '>', ':'])
}

/// A server's refusal: a line with a reply code of the classes 4 and 5 at its start.
fn is_reply(lower: &str) -> bool {
    let bare = lower.trim_start_matches(|c: char| c.is_whitespace() || "<>-:'\"".contains(c));
    let code = bare.as_bytes();
    code.len() > 3
        && matches!(code[0], b'4' | b'5')
        && code[1].is_ascii_digit()
        && code[2].is_ascii_digit()
        && b" -:".contains(&code[3])
}

/// A word as local parts are: not one of a sentence, which has more than one.
fn is_local_name(word: &str) -> bool {
    (2..=64).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
        && !word.ends_with('.')
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}
