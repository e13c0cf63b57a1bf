//! A word for the list's machinery that went to the list itself: the wish to leave it.

use super::explain::addressed;
use crate::bounce;
use crate::message::{Correspondent, Mail};

/// How people write that they want to leave: in small letters, without signs, the longer before the shorter that it
/// begins with.
const LEAVING: &[&str] = &[
    "unsubscribe",
    "unsubscribed",
    "un subscribe",
    "unsub",
    "signoff",
    "sign me off",
    "opt out",
    "remove me",
    "take me off",
    "leave list",
    "cancel subscription",
    "cancel my subscription",
    "abmelden",
    "abmeldung",
    "abbestellen",
    "austragen",
    "désabonner",
    "désabonnez",
    "désabonnement",
    "désabonne",
    "désinscription",
    "désinscrire",
    "désinscrivez",
    "desuscribir",
    "desuscribirme",
    "desuscribirse",
    "desuscríbeme",
    "cancelar",
    "cancelar suscripción",
    "darme de baja",
    "darse de baja",
    "dar de baja",
    "baja",
    "cancelar inscrição",
    "cancelar assinatura",
    "cancelar subscrição",
    "descadastrar",
    "descadastre",
    "disiscrivi",
    "disiscrivimi",
    "disiscrivetemi",
    "disiscrivermi",
    "disiscrizione",
    "cancellami",
    "cancellarmi",
    "cancellatemi",
    "uitschrijven",
    "afmelden",
    "schrijf uit",
    "meld af",
    "avregistrera",
    "avprenumerera",
    "avsluta prenumeration",
    "frameld",
    "afmeld",
    "meld av",
    "avslutt abonnement",
    "peru tilaus",
    "peruuta tilaus",
    "wypisz",
    "wypisać",
    "wypisz mnie",
    "odhlásit",
    "odhlaste",
    "leiratkozás",
    "leiratkozom",
    "dezabonare",
    "dezaboneaza",
    "dezabonează",
    "διαγραφή",
    "κατάργηση εγγραφής",
    "abonelikten çık",
    "üyelikten çık",
    "отписаться",
    "отписка",
    "отпишите",
    "отпиши",
    "відписатися",
    "відпишіть",
    "הסר",
    "הסירו",
    "إلغاء الاشتراك",
    "구독 취소",
    "수신 거부",
];

/// The same in scripts that set no blanks between words.
const LEAVING_TOGETHER: &[&str] = &[
    "退订",
    "退訂",
    "取消订阅",
    "取消訂閱",
    "退出列表",
    "退会",
    "配信停止",
    "配信解除",
    "登録解除",
    "購読解除",
    "購読中止",
    "구독취소",
    "구독해지",
    "수신거부",
];

/// What may stand beside it and says no more: whom and what from, greetings, courtesy.
const BESIDE: &[&str] = &[
    "please",
    "pls",
    "plz",
    "kindly",
    "me",
    "my",
    "from",
    "this",
    "the",
    "your",
    "of",
    "off",
    "to",
    "list",
    "lists",
    "mailing",
    "maillist",
    "mailinglist",
    "email",
    "e",
    "mail",
    "mails",
    "emails",
    "address",
    "subscription",
    "now",
    "and",
    "hi",
    "hello",
    "dear",
    "all",
    "thanks",
    "thank",
    "you",
    "many",
    "best",
    "kind",
    "regards",
    "cheers",
    "immediately",
    "bitte",
    "mich",
    "von",
    "der",
    "dieser",
    "liste",
    "verteiler",
    "aus",
    "dem",
    "newsletter",
    "hallo",
    "danke",
    "vielen",
    "grüße",
    "gruß",
    "adresse",
    "meine",
    "merci",
    "s'il",
    "vous",
    "plaît",
    "svp",
    "de",
    "cette",
    "la",
    "bonjour",
    "moi",
    "por",
    "favor",
    "gracias",
    "esta",
    "lista",
    "correo",
    "quiero",
    "hola",
    "mi",
    "obrigado",
    "obrigada",
    "desta",
    "da",
    "minha",
    "meu",
    "olá",
    "grazie",
    "prego",
    "dalla",
    "questa",
    "mailinglijst",
    "alstublieft",
    "aub",
    "mij",
    "graag",
    "dank",
    "deze",
    "van",
    "tack",
    "mig",
    "från",
    "listan",
    "takk",
    "tak",
    "venligst",
    "fra",
    "listen",
    "kiitos",
    "proszę",
    "mnie",
    "z",
    "listy",
    "dziękuję",
    "prosím",
    "mě",
    "ze",
    "děkuji",
    "köszönöm",
    "пожалуйста",
    "меня",
    "от",
    "рассылки",
    "этой",
    "спасибо",
    "прошу",
    "хочу",
    "будь",
    "ласка",
    "мене",
    "lütfen",
    "παρακαλώ",
    "ευχαριστώ",
    "תודה",
    "شكرا",
];
const BESIDE_TOGETHER: &[&str] = &[
    "请",
    "請",
    "我",
    "帮我",
    "幫我",
    "谢谢",
    "謝謝",
    "你好",
    "本",
    "列表",
    "邮件",
    "郵件",
    "メール",
    "お願いします",
    "お願い致します",
    "お願いいたします",
    "してください",
    "して下さい",
    "します",
    "を",
    "の",
    "希望",
    "해주세요",
    "해",
    "주세요",
    "부탁드립니다",
];

/// The most words that somebody writes who says nothing else.
const MOST_WORDS: usize = 14;

/// The most octets of such a text: an address or two may be in it.
const MOST_BYTES: usize = 1_000;

/// The most words of a mail whose subject says it: under more than these it is a heading.
const MOST_UNDER_SUBJECT: usize = 40;

/// Whether all that a mail says is that its sender wants to leave: kept for a person to do it, never published. `said` is
/// what its sender wrote.
pub(super) fn asks_to_leave(mail: &Mail, said: &str) -> bool {
    let by_subject = || {
        let is_short = said.split_whitespace().nth(MOST_UNDER_SUBJECT).is_none();
        is_short && !mail.has_reply_subject() && says_only_that(&mail.subject, mail)
    };
    bounce::pressed_unsubscribe(mail) || says_only_that(said, mail) || by_subject()
}

/// Whether a text is one of the words for it, and nothing else but what may stand beside it, the names of the list and of
/// the sender, and addresses.
fn says_only_that(text: &str, mail: &Mail) -> bool {
    // Nearly every mail says more, and need not be taken apart.
    if text.len() > MOST_BYTES || text.split_whitespace().nth(4 * MOST_WORDS).is_some() {
        return false;
    }
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
    let parts = |word: &'_ str| -> Vec<String> {
        word.split(|c| c == '-' && !word.contains('@'))
            .take(MOST_WORDS)
            .map(bare)
            .filter(|part| !part.is_empty())
            .collect()
    };
    let words: Vec<String> = text.split_whitespace().take(MOST_WORDS + 1).flat_map(parts).collect();
    if words.is_empty() || words.len() > MOST_WORDS || text.contains(['?', '？']) {
        return false;
    }
    let names = names(mail);
    let (mut at, mut leaves) = (0, false);
    while let Some(word) = words.get(at) {
        let phrase = LEAVING.iter().filter_map(|phrase| begins_with(&words[at..], phrase)).max();
        let beside = || BESIDE.contains(&word.as_str()) || word.contains('@') || names.contains(word);
        at += match phrase {
            Some(length) => {
                leaves = true;
                length
            }
            None if beside() => 1,
            None => return says_it_together(&words),
        };
    }
    leaves
}

/// How many words a phrase has that a text begins with.
fn begins_with(words: &[String], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for part in phrase.split(' ') {
        if words.get(length)? != part {
            return None;
        }
        length += 1;
    }
    Some(length)
}

fn says_it_together(words: &[String]) -> bool {
    let text: String =
        words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphanumeric() || *c == 'ー').collect();
    let (mut rest, mut leaves) = (text.as_str(), false);
    while !rest.is_empty() {
        let longest = |pieces: &[&'static str]| {
            pieces.iter().copied().filter(|piece| rest.starts_with(*piece)).max_by_key(|piece| piece.len())
        };
        let Some(piece) = longest(LEAVING_TOGETHER).inspect(|_| leaves = true).or_else(|| longest(BESIDE_TOGETHER))
        else {
            return false;
        };
        rest = &rest[piece.len()..];
    }
    leaves
}

/// What the addresses are called that a mail was sent to, and the words of its sender's name, in small letters.
fn names(mail: &Mail) -> Vec<String> {
    let lists =
        addressed(mail).take(MOST_WORDS).map(|to| to.local().split('+').next().unwrap_or_default().to_lowercase());
    let name = mail.from.first().and_then(|Correspondent { name, .. }| name.as_deref()).unwrap_or_default();
    lists.chain(name.split_whitespace().take(MOST_WORDS).map(str::to_lowercase)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(header: &str, said: &str) -> bool {
        let mail = format!("From: Mara Olsen <mara@example.org>\r\nTo: bread@lists.example\r\n{header}\r\n{said}\r\n");
        asks_to_leave(&Mail::parse(mail.as_bytes()), said)
    }

    #[test]
    fn a_wish_to_leave_is_known_where_nothing_else_is_said() {
        for said in [
            "unsubscribe",
            "Unsubscribe.",
            "UNSUBSCRIBE",
            "unsubscribe bread",
            "unsubscribe mara@example.org",
            "Please unsubscribe me from this list!",
            "Hello,\n\nplease remove me from the mailing list.\n\nThanks,\nMara",
            "take me off this list please",
            "ABMELDEN",
            "Bitte abmelden",
            "Désabonner s’il vous plaît",
            "Désabonnez-moi !",
            "desuscribir",
            "Cancelar suscripción, por favor",
            "cancelar",
            "disiscrivi",
            "Graag uitschrijven",
            "Отписаться",
            "Прошу отпишите меня от этой рассылки",
            "退订",
            "请帮我退订，谢谢",
            "配信停止をお願いします。",
            "수신 거부",
        ] {
            assert!(asks("Subject: Re: Crusts\r\n", said), "{said}");
        }
    }

    #[test]
    fn a_sentence_with_the_word_in_it_is_no_wish() {
        for said in [
            "",
            "please",
            "Thanks, Mara",
            "How do I unsubscribe?",
            "Unsubscribe?",
            "I would unsubscribe from such a list",
            "Please do not unsubscribe me",
            "unsubscribe\n\nno, wait",
            "Remove the crust before you toast it.",
            "The list has a button to unsubscribe at the end of each mail.",
            "他退订了",
        ] {
            assert!(!asks("Subject: Re: Crusts\r\n", said), "{said}");
        }
        assert!(!asks("Subject: Re: Crusts\r\n", &"unsubscribe ".repeat(10_000)));
    }

    #[test]
    fn a_subject_says_it_where_it_is_no_answers_and_no_heading() {
        for subject in ["unsubscribe", "Unsubscribe bread", "Abmeldung", "退订"] {
            assert!(asks(&format!("Subject: {subject}\r\n"), ""), "{subject}");
            assert!(asks(&format!("Subject: {subject}\r\n"), "I get too many of these."), "{subject}");
        }
        assert!(!asks("Subject: Re: unsubscribe\r\n", "I get too many of these."));
        assert!(!asks("Subject: How people unsubscribe\r\n", "I get too many of these."));
        assert!(!asks("Subject: Unsubscribe\r\n", &"Why the button is hard to find. ".repeat(10)));
    }

    #[test]
    fn the_button_of_a_mail_program_says_it() {
        let header = "Subject: Re: Crusts\r\nX-Apple-Unsubscribe: true\r\n";
        assert!(asks(header, "Mara sent this from her mail program because she no longer wants these messages."));
    }
}
