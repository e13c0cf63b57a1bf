//! When a name passes for another: by its letters, by what looks like them, or by a word that claims an office. Names
//! are compared by likenesses, in which case, blanks, punctuation, accents, invisible characters and the look-alike
//! letters of other scripts are folded away.

use std::collections::HashSet;
use std::sync::LazyLock;

use icu_normalizer::DecomposingNormalizerBorrowed;
use unicode_width::UnicodeWidthChar;

/// Words that say what somebody is on a list: only the list itself may say so.
const OFFICES: &[&str] = &[
    "author",
    "moderator",
    "admin",
    "administrator",
    "owner",
    "postmaster",
    "webmaster",
    "listmaster",
    "autor",
    "autorin",
    "moderatorin",
    "administratorin",
    "auteur",
    "autrice",
    "modérateur",
    "modératrice",
    "administrateur",
    "propriétaire",
    "autora",
    "moderador",
    "moderadora",
    "administrador",
    "administradora",
    "propietario",
    "autore",
    "moderatore",
    "amministratore",
    "proprietario",
    "beheerder",
    "eigenaar",
    "автор",
    "модератор",
    "администратор",
    "админ",
];

/// Words that make no other name of a name.
const FILLERS: &[&str] = &[
    "via", "the", "real", "official", "team", "staff", "support", "from", "of", "on", "at", "by", "for", "list", "über",
];

/// The shortest word for an office that is found where nothing parts it from a name.
const GLUED: usize = 5;

/// How wide a name is at most that another stands behind, in columns: headers cut what is longer, and both must be seen.
const COLUMNS: usize = 18;

static OFFICE_LOOKS: LazyLock<HashSet<String>> = LazyLock::new(|| OFFICES.iter().map(|word| looks(word)).collect());
static FILLER_LOOKS: LazyLock<HashSet<String>> = LazyLock::new(|| FILLERS.iter().map(|word| looks(word)).collect());

/// A name as it is compared on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The forms of the name: it is another one where they share any.
    pub name: Vec<String>,
    /// The forms of what it may pass for besides: of the name without words that claim something.
    pub without_claims: Vec<String>,
    /// Whether it has a word for an office, or is no more than the list's own name.
    pub claims_office: bool,
}

impl Likeness {
    /// The likeness of `name` on a list that is called `titles`: its title and its address's local part.
    pub fn of(name: &str, titles: [&str; 2]) -> Self {
        let whole = forms(name);
        let looks_of = |text: &str| words(text).into_iter().map(|word| looks(&word)).collect::<Vec<_>>();
        let (written, mut seen) = (words(name), looks_of(name));
        let mut left: Vec<usize> = (0..written.len()).collect();
        let mut claims = false;
        for mut title in titles.map(looks_of) {
            title.retain(|word| !word.is_empty());
            while let Some(at) = place_of(&title, &seen) {
                left.retain(|word| !(at..at + title.len()).contains(word));
                seen[at..at + title.len()].iter_mut().for_each(String::clear);
                claims = true;
            }
        }
        let offices = left.iter().filter(|at| OFFICE_LOOKS.contains(&seen[**at])).count();
        left.retain(|at| !OFFICE_LOOKS.contains(&seen[*at]) && !FILLER_LOOKS.contains(&seen[*at]));
        let rest: Vec<&str> = left.iter().map(|at| written[*at].as_str()).collect();
        let mut without_claims = if rest.len() == written.len() { Vec::new() } else { forms(&rest.join(" ")) };
        without_claims.extend(whole.iter().flat_map(|form| unglued(form)));
        without_claims.retain(|form| !form.is_empty());
        let spaced = whole.iter().any(|form| OFFICE_LOOKS.contains(form));
        Self { claims_office: offices > 0 || spaced || claims && left.is_empty(), name: whole, without_claims }
    }

    /// Whether there is nothing of it to be seen.
    pub fn is_empty(&self) -> bool {
        self.name.iter().all(String::is_empty)
    }
}

/// The name of somebody who might pass for another, with the friendly one of theirs behind it: short enough that both
/// are seen wherever it is shown.
pub fn told_apart(name: &str, friendly: &str) -> String {
    let mut width = 0;
    let short = |c: &char| {
        width += c.width().unwrap_or(0).max(1);
        width <= COLUMNS
    };
    let visible: String = name.chars().filter(|c| !is_invisible(*c)).collect();
    let cut: String = visible.chars().take_while(short).collect();
    let mark = if cut.len() < visible.len() { "…" } else { "" };
    format!("{}{mark} ({friendly})", cut.trim_end())
}

/// The words of a name.
fn words(name: &str) -> Vec<String> {
    let plain = decomposed(name);
    let word = |c: char| c.is_alphanumeric() || is_accent(c) || is_invisible(c) || c == '|';
    plain.split(|c| !word(c)).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// Where these words follow each other in others.
fn place_of(title: &[String], name: &[String]) -> Option<usize> {
    if title.is_empty() {
        return None;
    }
    name.windows(title.len()).position(|part| part == title)
}

/// What is left of a form that begins or ends in a word for an office.
fn unglued(form: &str) -> Vec<String> {
    let long = OFFICE_LOOKS.iter().filter(|office| office.chars().count() >= GLUED);
    long.flat_map(|office| [form.strip_prefix(&**office), form.strip_suffix(&**office)])
        .flatten()
        .map(ToOwned::to_owned)
        .collect()
}

/// The forms of a name: how it looks, and where letters of other scripts change their looks with their case, how it is
/// read.
fn forms(name: &str) -> Vec<String> {
    let mut forms = vec![looks(name)];
    if !name.is_ascii() {
        let read = reads(name);
        if read != forms[0] {
            forms.push(read);
        }
    }
    // A name of signs alone is these signs.
    if forms.iter().all(String::is_empty) {
        let name = decomposed(name);
        let signs = name.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c) && !c.is_control());
        forms = vec![signs.collect()];
    }
    forms
}

fn looks(name: &str) -> String {
    let mut looks = String::with_capacity(name.len());
    for c in decomposed(name).chars().filter(|c| !is_invisible(*c)) {
        match look(c) {
            Some(letters) => looks.push_str(letters),
            None => looks.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())),
        }
    }
    match looks.contains("rn") || looks.contains("vv") {
        true => looks.replace("rn", "m").replace("vv", "w"),
        false => looks,
    }
}

fn reads(name: &str) -> String {
    let mut reads = String::with_capacity(name.len());
    for c in decomposed(name).chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase) {
        match latin(c) {
            Some(letters) => reads.push_str(letters),
            None if c == 'ς' => reads.push('σ'),
            None if c.is_alphanumeric() => reads.push(c),
            None => {}
        }
    }
    reads
}

/// Letters without their forms (full width, mathematical, in circles), their accents behind them.
fn decomposed(text: &str) -> String {
    match text.is_ascii() {
        true => text.to_owned(),
        false => DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned(),
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that show nothing, some of which count as letters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The Latin letters for one that has no accent to lose.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' | 'Ø' | 'ɵ' | 'ɔ' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' | 'ɗ' | 'ɖ' => "d",
        'ħ' | 'Ħ' | 'ɦ' => "h",
        'ł' | 'Ł' | 'ɫ' | 'ƚ' => "l",
        'ı' | 'ɩ' | 'ɪ' | 'ɨ' => "i",
        'ŧ' | 'Ŧ' => "t",
        'ŋ' | 'Ŋ' | 'ɲ' | 'ɴ' => "n",
        'ɑ' | 'ᴀ' => "a",
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        'ɓ' | 'ʙ' | 'ƀ' => "b",
        'ᴄ' | 'ƈ' => "c",
        'ᴅ' => "d",
        'ᴇ' | 'ɛ' | 'ə' => "e",
        'ꜰ' | 'ƒ' => "f",
        'ɡ' | 'ɢ' | 'ɠ' => "g",
        'ʜ' => "h",
        'ᴊ' | 'ȷ' => "j",
        'ᴋ' | 'ƙ' => "k",
        'ʟ' => "l",
        'ᴍ' | 'ɱ' => "m",
        'ᴏ' => "o",
        'ᴘ' | 'ƥ' => "p",
        'ʀ' | 'ɾ' => "r",
        'ꜱ' => "s",
        'ᴛ' | 'ƭ' => "t",
        'ᴜ' | 'ʋ' => "u",
        'ᴠ' => "v",
        'ᴡ' => "w",
        'ʏ' | 'ƴ' => "y",
        'ᴢ' | 'ƶ' => "z",
        _ => return None,
    })
}

/// The Latin letter that a character looks like, or the one for all that look like each other.
fn look(c: char) -> Option<&'static str> {
    if let Some(letters) = latin(c) {
        return Some(if letters == "i" { "l" } else { letters });
    }
    Some(match c {
        'i' | 'I' | 'l' | 'L' | '1' | '|' | 'і' | 'І' | 'ӏ' | 'Ӏ' | 'ι' | 'Ι' | 'ⲓ' | 'Ⲓ' | 'ꓲ' | 'ꓡ' | 'Ꮮ' | 'Ꭵ'
        | 'ا' | 'ו' | 'ן' | 'ⵏ' | 'ǀ' => "l",
        '0' | 'о' | 'О' | 'ο' | 'Ο' | 'σ' | 'օ' | 'Օ' | 'ⲟ' | 'Ⲟ' | 'ꓳ' | 'ס' | 'ഠ' | '໐' | '०' | '০' | '੦' | '૦'
        | '௦' | '〇' => "o",
        'а' | 'А' | 'α' | 'Α' | 'ⲁ' | 'Ⲁ' | 'ꓮ' | 'Ꭺ' => "a",
        'в' | 'В' | 'Β' | 'β' | 'Ь' | 'ь' | 'Ⲃ' | 'ꓐ' | 'Ᏼ' | 'Ꮟ' => "b",
        'с' | 'С' | 'ϲ' | 'Ϲ' | 'ⲥ' | 'Ⲥ' | 'ꓚ' | 'Ꮯ' => "c",
        'ԁ' | 'Ԁ' | 'ժ' | 'ꓓ' | 'Ꭰ' | 'ꓒ' => "d",
        'е' | 'Е' | 'Ε' | 'ε' | 'Ⲉ' | 'ҽ' | 'Ҽ' | 'ꓰ' | 'Ꭼ' | 'є' | 'Є' | '℮' => "e",
        'Ϝ' | 'ꓝ' => "f",
        'Ԍ' | 'ԍ' | 'ց' | 'ꓖ' | 'Ꮐ' => "g",
        'һ' | 'Һ' | 'Н' | 'н' | 'Η' | 'հ' | 'Ⲏ' | 'ꓧ' | 'Ꮋ' => "h",
        'ј' | 'Ј' | 'ϳ' | 'Ϳ' | 'ꓙ' | 'Ꭻ' => "j",
        'к' | 'К' | 'κ' | 'Κ' | 'Ⲕ' | 'ⲕ' | 'ꓗ' | 'Ꮶ' => "k",
        'м' | 'М' | 'Μ' | 'Ⲙ' | 'ⲙ' | 'ꓟ' | 'Ꮇ' => "m",
        'Ν' | 'η' | 'ո' | 'п' | 'П' | 'Ⲛ' | 'ꓠ' => "n",
        'р' | 'Р' | 'ρ' | 'Ρ' | 'ք' | 'Ⲣ' | 'ⲣ' | 'ꓑ' | 'Ꮲ' => "p",
        'ԛ' | 'Ԛ' | 'զ' => "q",
        'г' | 'Ꮢ' | 'Ꭱ' | 'ꓣ' => "r",
        'ѕ' | 'Ѕ' | 'Տ' | 'ꓢ' | 'Ꮥ' | 'Ꮪ' => "s",
        'т' | 'Т' | 'τ' | 'Τ' | 'Ⲧ' | 'ⲧ' | 'ꓔ' | 'Ꭲ' => "t",
        'υ' | 'ս' | 'Ս' | 'ꓴ' => "u",
        'ν' | 'ѵ' | 'Ѵ' | 'ꓦ' | 'Ꮩ' | 'ט' => "v",
        'ѡ' | 'ԝ' | 'Ԝ' | 'ꓪ' | 'Ꮃ' | 'Ꮤ' | 'ω' => "w",
        'х' | 'Х' | 'χ' | 'Χ' | 'Ⲭ' | 'ⲭ' | 'ꓫ' => "x",
        'у' | 'У' | 'Υ' | 'γ' | 'ү' | 'Ү' | 'Ⲩ' | 'ꓬ' => "y",
        'Ζ' | 'Ⲍ' | 'ꓜ' | 'Ꮓ' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 2] = ["The Long Walk", "talk"];

    fn passes_for(name: &str, borne: &str) -> bool {
        let (name, borne) = (Likeness::of(name, TITLES), Likeness::of(borne, TITLES));
        let mut forms = name.name.iter().chain(&name.without_claims);
        forms.any(|form| borne.name.contains(form))
    }

    fn claims(name: &str) -> bool {
        Likeness::of(name, TITLES).claims_office
    }

    #[test]
    fn a_name_is_the_same_in_every_spelling_that_looks_or_reads_like_it() {
        for name in [
            "marina silva",
            "MARINA SILVA",
            " Marina  Silva. ",
            "\"Marina\" Silva",
            "MarinaSilva",
            "Márïna Sílva",
            "Mari\u{301}na Silva",
            "M\u{200b}arina\u{2060} Sil\u{ad}va",
            "Мarina Silva",
            "Μarina Silva",
            "МАRІNА ЅІLVА",
            "Marina Si1va",
            "Mar|na Silva",
            "Marina SiIva",
            "MarlNA Silva",
            "Ｍａｒｉｎａ　Ｓｉｌｖａ",
            "𝓜𝓪𝓻𝓲𝓷𝓪 𝕊𝕚𝕝𝕧𝕒",
            "Ⓜarina Silva",
            "ꓟarina Silva",
            "Ꮇarina Silva",
            "Marına Silva",
            "ᴍarina silva",
            "Marina\u{3164}Silva",
            "Marina ✓ Silva ✨",
            "\u{202e}Marina Silva\u{202c}",
            "M\u{e0041}arina Silva",
        ] {
            assert!(passes_for(name, "Marina Silva"), "{name}: {:?}", Likeness::of(name, TITLES));
        }
        for (name, borne) in [
            ("Тom", "Tom"),
            ("ΝΙΚΗ", "Νίκη"),
            ("νίκη", "Νίκη"),
            ("NIKH", "ΝΙΚΗ"),
            ("Софья", "СОФЬЯ"),
            ("Coфья", "Софья"),
            ("Soren", "Søren"),
            ("SOREN", "søren"),
            ("Lukasz", "Łukasz"),
            ("Bjorn", "Bjørn"),
            ("Emrna", "Emma"),
            ("田中", "田中 "),
            ("🌸", "🌸\u{fe0f}"),
            ("Weiß", "WEISS"),
            ("Ewa", "Evva"),
            ("J0hn", "John"),
        ] {
            assert!(passes_for(name, borne), "{name} {borne}: {:?}", Likeness::of(name, TITLES));
        }
    }

    #[test]
    fn another_name_is_another() {
        for name in
            ["Marina", "Marina S.", "Martina Silva", "Mariana Silva", "Silva", "Марина", "🌸", "Marina de Silva", ""]
        {
            assert!(!passes_for(name, "Marina Silva"), "{name}: {:?}", Likeness::of(name, TITLES));
        }
        for (name, borne) in [("Olivia", "Oli"), ("Anna", "Ann"), ("Tom", "Tim"), ("🌸", "🌹"), ("山田", "田中")]
        {
            assert!(!passes_for(name, borne), "{name} {borne}");
        }
        assert!(Likeness::of("\u{200b} \u{2800}\u{3164}", TITLES).is_empty());
        assert!(!Likeness::of("🌸", TITLES).is_empty() && !Likeness::of("…", TITLES).is_empty());
    }

    #[test]
    fn a_name_with_words_that_claim_something_is_the_name_that_is_left() {
        for name in [
            "Marina via The Long Walk",
            "Marina via Talk",
            "Marina (via talk)",
            "The real Marina",
            "Marina (author)",
            "Author Marina",
            "Marina - Admin",
            "Marina [Mоderator]",
            "Official Marina of The Long Walk",
            "AdminMarina",
            "marina.postmaster",
            "MARINAMODERATOR",
            "Marina, the author",
            "Marina The Lоng Walk",
        ] {
            assert!(passes_for(name, "Marina"), "{name}: {:?}", Likeness::of(name, TITLES));
        }
        assert!(!passes_for("Marina Walk", "Marina"), "half a title is none");
    }

    #[test]
    fn an_office_or_the_lists_own_name_is_claimed_by_its_words() {
        for name in [
            "Moderator",
            "moderat0r",
            "M o d e r a t o r",
            "Talk Admin",
            "The Long Walk",
            "the long walk team",
            "TALK",
            "Talk via Talk",
            "Bo (Author)",
            "Postmaster",
            "Модератор",
            "List Owner",
            "ADM1N",
        ] {
            assert!(claims(name), "{name}: {:?}", Likeness::of(name, TITLES));
        }
        for name in ["Ellen", "Via", "Walk", "Long", "Arthur", "Ado Minh", "Modest", "Ellen Walk", "🌸", ""] {
            assert!(!claims(name), "{name}: {:?}", Likeness::of(name, TITLES));
        }
    }

    #[test]
    fn a_friendly_name_stands_behind_where_it_is_seen() {
        assert_eq!(told_apart("Marina", "Blue Heron"), "Marina (Blue Heron)");
        assert_eq!(told_apart("Marina\u{3164}\u{3164}", "Blue Heron"), "Marina (Blue Heron)");
        assert_eq!(told_apart("Maximiliane von Hohenstein", "Blue Heron"), "Maximiliane von Ho… (Blue Heron)");
        assert_eq!(told_apart(&"聞".repeat(40), "Blue Heron"), format!("{}… (Blue Heron)", "聞".repeat(9)));
    }
}
