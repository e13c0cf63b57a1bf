//! What mail programs say in each language: tables, so that a new language is a new row, and the questions that the
//! rules ask of them.

mod asian;
mod eastern;
mod finder;
mod northern;
mod western;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

pub(super) use finder::Finder;

/// The words of one language, those of a column parted by `|`. All in small letters, but for openers and quoters.
/// Words that languages share may stand in each.
struct Language {
    /// How an attribution with a date starts: `On`.
    openers: &'static str,
    /// Its verb, with what belongs to it: `wrote`.
    verbs: &'static str,
    /// How an attribution without a verb starts: `Quoting`.
    quoters: &'static str,
    /// Words before `wrote:` that no name starts with: then a person typed it.
    no_names: &'static str,
    /// What stands between dashes before another mail's text.
    originals: &'static str,
    /// The field names of a mail as programs show them: who wrote it, when, to whom, what about.
    from: &'static str,
    sent: &'static str,
    to: &'static str,
    subject: &'static str,
    /// How the line starts that a phone or program adds at the end.
    devices: &'static str,
    /// What such a line says besides the device: `sent`. Part of a word where the language bends it.
    sending: &'static str,
    /// What somebody says whose answers stand in the other mail's text: `see below`, `in red`.
    below: &'static str,
}

/// What a line such as `Sent: Monday` may tell of a mail; languages share words, so it may be several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub from: bool,
    pub sent: bool,
    pub to: bool,
    pub subject: bool,
}

impl Field {
    /// Whether it is none.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// What either tells.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            from: self.from || other.from,
            sent: self.sent || other.sent,
            to: self.to || other.to,
            subject: self.subject || other.subject,
        }
    }
}

/// The columns of all languages, each made one.
struct Words {
    openers: Vec<&'static str>,
    /// The verbs by their first letter and by their last, the longest first.
    verbs_by_first: HashMap<char, Vec<&'static str>>,
    verbs_by_last: HashMap<char, Vec<&'static str>>,
    quoters: Vec<&'static str>,
    devices_by_first: HashMap<char, Vec<&'static str>>,
    sending: Vec<&'static str>,
    no_names: HashSet<&'static str>,
    originals: HashSet<&'static str>,
    below: Vec<&'static str>,
    fields: HashMap<&'static str, Field>,
}

static WORDS: LazyLock<Words> = LazyLock::new(Words::of_all_languages);

/// Bytes in which the name of a field ends.
const FIELD_BYTES: usize = 40;

/// Names of devices, systems and mail programs, or the part of one that tells, in any language.
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "ipod",
    "android",
    "samsung",
    "galaxy",
    "huawei",
    "xiaomi",
    "redmi",
    "oppo",
    "oneplus",
    "nokia",
    "lumia",
    "blackberry",
    "windows",
    "outlook",
    "yahoo",
    "mobil",
    "móvil",
    "móbil",
    "celular",
    "cellulare",
    "smartphon",
    "telefon",
    "téléphone",
    "teléfono",
    "telefone",
    "handy",
    "tablet",
    "puhelime",
    "телефон",
    "мобильн",
    "мобільн",
    "смартфон",
    "айфон",
    "手机",
    "手機",
    "スマートフォン",
    "携帯",
    "휴대",
    "điện thoại",
    "яндекс",
    "почты",
    "пошти",
    "k-9",
    "typeapp",
    "thunderbird",
    "motorola",
    "htc",
    "zenfone",
    "κινητό",
    "הנייד",
    "טלפון",
    "هاتف",
    "جوال",
    "foxmail",
    "網易",
    "网易",
    "小米",
    "华为",
    "proton",
];

/// Words by one of their letters.
fn by_letter(
    words: impl Iterator<Item = &'static str>,
    letter: impl Fn(&str) -> Option<char>,
) -> HashMap<char, Vec<&'static str>> {
    let mut by_letter: HashMap<char, Vec<&'static str>> = HashMap::new();
    for word in words {
        by_letter.entry(letter(word).unwrap_or_default()).or_default().push(word);
    }
    by_letter
}

fn column(of: impl Fn(&Language) -> &'static str) -> impl Iterator<Item = &'static str> {
    let tables = [western::LANGUAGES, northern::LANGUAGES, eastern::LANGUAGES, asian::LANGUAGES];
    let cells = tables.into_iter().flatten().map(of).collect::<Vec<_>>();
    cells.into_iter().flat_map(|cell| cell.split('|')).filter(|word| !word.is_empty())
}

impl Words {
    fn of_all_languages() -> Self {
        let mut fields: HashMap<&'static str, Field> = HashMap::new();
        column(|language| language.from).for_each(|name| fields.entry(name).or_default().from = true);
        column(|language| language.sent).for_each(|name| fields.entry(name).or_default().sent = true);
        column(|language| language.to).for_each(|name| fields.entry(name).or_default().to = true);
        column(|language| language.subject).for_each(|name| fields.entry(name).or_default().subject = true);
        let mut verbs: Vec<_> = column(|language| language.verbs).collect();
        // So that what belongs to a verb is taken with it.
        verbs.sort_unstable_by_key(|verb| std::cmp::Reverse(verb.len()));
        verbs.dedup();
        Self {
            openers: column(|language| language.openers).collect(),
            verbs_by_first: by_letter(verbs.iter().copied(), |verb| verb.chars().next()),
            verbs_by_last: by_letter(verbs.iter().copied(), |verb| verb.chars().next_back()),
            quoters: column(|language| language.quoters).collect(),
            devices_by_first: by_letter(column(|language| language.devices), |device| device.chars().next()),
            sending: column(|language| language.sending).collect(),
            no_names: column(|language| language.no_names).collect(),
            originals: column(|language| language.originals).collect(),
            below: column(|language| language.below).collect(),
            fields,
        }
    }
}

/// Whether a text starts as an attribution with a date: `On `, with the capital that a first word has.
pub(super) fn opens(text: &str) -> bool {
    WORDS.openers.iter().any(|opener| text.strip_prefix(opener).is_some_and(|rest| rest.starts_with(' ')))
}

/// Whether a text starts as an attribution without a verb: `Quoting `.
pub(super) fn quotes(text: &str) -> bool {
    WORDS.quoters.iter().any(|quoter| text.strip_prefix(quoter).is_some_and(|rest| rest.starts_with(' ')))
}

/// What stands before the verb at the end of a text in small letters.
pub(super) fn before_verb(lower: &str) -> Option<&str> {
    let verbs = WORDS.verbs_by_last.get(&lower.chars().next_back()?)?;
    verbs.iter().find_map(|verb| {
        let before = lower.strip_suffix(verb)?;
        (!joins(before.chars().next_back(), verb.chars().next())).then(|| before.trim_end())
    })
}

/// Whether a verb stands anywhere in a text in small letters, as whole words.
pub(super) fn has_verb(lower: &str) -> bool {
    let mut before = None;
    lower.char_indices().any(|(at, letter)| {
        let begins_word = !joins(before.replace(letter), Some(letter));
        let ends_word = |verb: &&str| {
            lower[at..].strip_prefix(*verb).is_some_and(|rest| !joins(verb.chars().next_back(), rest.chars().next()))
        };
        begins_word && WORDS.verbs_by_first.get(&letter).is_some_and(|verbs| verbs.iter().any(ends_word))
    })
}

/// Whether two neighbouring characters belong to one word. East Asian scripts put no blanks between words.
fn joins(left: Option<char>, right: Option<char>) -> bool {
    let spaced = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
    left.is_some_and(spaced) && right.is_some_and(spaced)
}

/// Whether no name starts with this word, in small letters.
pub(super) fn is_no_name(word: &str) -> bool {
    WORDS.no_names.contains(word)
}

/// Whether these words, in small letters, stand between dashes before another mail's text.
pub(super) fn is_original(words: &str) -> bool {
    WORDS.originals.contains(words)
}

/// Whether a text in small letters says that its sender's answers stand in the text below: `see below`, `in red`, as
/// whole words. Sentences end with a sign.
pub(super) fn points_below(lower: &str) -> bool {
    WORDS.below.iter().any(|words| {
        lower.match_indices(words).any(|(at, _)| {
            let (before, behind) = (&lower[..at], &lower[at + words.len()..]);
            !joins(before.chars().next_back(), words.chars().next())
                && !joins(words.chars().next_back(), behind.chars().next())
        })
    })
}

/// Reads a line as a field, also in the `*From:*` of programs that mark bold text.
pub(super) fn field(line: &str) -> Field {
    let start = &line[..line.floor_char_boundary(FIELD_BYTES)];
    // Most lines have no colon, and this is asked of every line.
    if !start.bytes().any(|octet| octet == b':' || !octet.is_ascii()) {
        return Field::default();
    }
    let Some((name, _)) = start.split_once([':', '：']) else { return Field::default() };
    let name = name.trim_matches(|c: char| matches!(c, '*' | '_' | '|') || c.is_whitespace() || is_direction(c));
    WORDS.fields.get(name).or_else(|| WORDS.fields.get(&*name.to_lowercase())).copied().unwrap_or_default()
}

/// Marks of the direction of writing, which programs put around names in Hebrew and Arabic.
pub(super) fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text in small letters names a device, a system or a mail program.
pub(super) fn is_device(lower: &str) -> bool {
    static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of(DEVICES));
    FINDER.is_in(lower)
}

/// Whether a line in small letters starts as the line of a phone or program, or names one and begins or ends with the
/// word for sending.
pub(super) fn names_device(lower: &str) -> bool {
    let devices = lower.chars().next().and_then(|letter| WORDS.devices_by_first.get(&letter));
    devices.is_some_and(|devices| devices.iter().any(|device| lower.starts_with(device)))
        || (!lower.ends_with(['.', '!', '?', '。'])
            && is_device(lower)
            && WORDS.sending.iter().any(|word| lower.starts_with(word) || lower.ends_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_in_small_letters_and_its_fields_are_known() {
        let fields: [fn(&Language) -> &'static str; 4] =
            [|language| language.from, |language| language.sent, |language| language.to, |language| language.subject];
        let words: [fn(&Language) -> &'static str; 5] = [
            |language| language.verbs,
            |language| language.no_names,
            |language| language.originals,
            |language| language.sending,
            |language| language.below,
        ];
        for word in fields.into_iter().chain(words).flat_map(column) {
            assert_eq!((word, word), (&*word.to_lowercase(), word.trim()));
        }
        for name in fields.into_iter().flat_map(column) {
            assert!(!field(&format!("{name}: x")).is_none(), "{name}");
        }
    }

    #[test]
    fn a_field_is_known_in_any_case_with_marks_and_with_a_blank_before_its_colon() {
        for line in ["From: a", "*FROM:* a", "De : a", "发件人：a", "\u{200f}מאת:\u{200f} a", "Від: a"] {
            assert!(field(line).from, "{line}");
        }
        for line in ["Fromage: a", "x From: a", "From", ": a", ""] {
            assert!(field(line).is_none(), "{line}");
        }
    }
}
