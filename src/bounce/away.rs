//! Automatic answers that no header marks: the subjects that mail programs give them, in many languages, and read
//! receipts.

use super::{Judgement, MailKind};
use crate::message::Mail;

/// How the subject of an automatic answer starts, in small letters. A person may write any of these words, so a colon
/// has to follow, or the text has to say what such an answer says; and nobody's `Re:` stands before it.
const SUBJECTS: &[&str] = &[
    "automatic reply",
    "automated reply",
    "automatic response",
    "automated response",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "auto respond",
    "autorespond",
    "autoresponder",
    "auto-responder",
    "out of office",
    "out of office autoreply",
    "out of office auto-reply",
    "out of office automatic reply",
    "out of office reply",
    "out of the office",
    "out-of-office",
    "out of office message",
    "vacation reply",
    "vacation message",
    "away from my mail",
    "away from mail",
    "ooo",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesenheitsnachricht",
    "abwesenheitsmeldung",
    "abwesend",
    "autom. antwort",
    "abwesenheit",
    "automatische abwesenheitsnotiz",
    "réponse automatique",
    "reponse automatique",
    "absent du bureau",
    "message d'absence",
    "absence du bureau",
    "notification d'absence",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "resposta automática",
    "resposta automatica",
    "ausência temporária",
    "fora do escritório",
    "ausente do escritório",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "automatisch antwoord",
    "automatische beantwoording",
    "afwezigheidsbericht",
    "niet aanwezig",
    "odpowiedź automatyczna",
    "automatyczna odpowiedź",
    "poza biurem",
    "nieobecność",
    "автоматический ответ",
    "автоответ",
    "нет на месте",
    "автоматична відповідь",
    "автовідповідь",
    "automatická odpověď",
    "automatická odpoveď",
    "mimo kancelář",
    "autosvar",
    "automatiskt svar",
    "frånvaromeddelande",
    "frånvarande",
    "automatisk svar",
    "fraværende",
    "fraværsmeddelelse",
    "ikke til stede",
    "automaattinen vastaus",
    "poissaoloviesti",
    "otomatik yanıt",
    "ofis dışında",
    "αυτόματη απάντηση",
    "εκτός γραφείου",
    "מענה אוטומטי",
    "תשובה אוטומטית",
    "رد تلقائي",
    "الرد التلقائي",
    "自動応答",
    "自動返信",
    "自动回复",
    "自動回覆",
    "자동 회신",
];

/// Further ones, of fewer systems.
const MORE_SUBJECTS: &[&str] = &[
    "不在通知",
    "不在のお知らせ",
    "自动答复",
    "外出时自动回复",
    "부재 중 응답",
    "부재중",
    "자동 응답",
    "trả lời tự động",
    "thư trả lời tự động",
    "automatikus válasz",
    "házon kívül",
    "răspuns automat",
    "автоматичен отговор",
    "automatski odgovor",
    "samodejni odgovor",
    "automaatvastus",
    "balasan otomatis",
];

/// How the subject of a receipt starts, as Outlook writes it in its languages.
const RECEIPTS: &[&str] = &[
    "read",
    "not read",
    "read receipt",
    "return receipt",
    "displayed",
    "return receipt (displayed)",
    "gelesen",
    "ungelesen",
    "lesebestätigung",
    "lu",
    "non lu",
    "accusé de lecture",
    "confirmation de lecture",
    "leído",
    "no leído",
    "lida",
    "lido",
    "não lida",
    "letto",
    "non letto",
    "gelezen",
    "ongelezen",
    "przeczytane",
    "przeczytano",
    "прочитано",
    "прочтено",
    "přečteno",
    "läst",
    "læst",
    "lest",
    "開封確認",
    "已读",
];

/// What a receipt's text says, in small letters.
const RECEIPT_WORDS: &[&str] = &[
    "was read on",
    "was displayed on",
    "was deleted without being read",
    "your message was read",
    "has been displayed",
    "no guarantee that the content has been read",
    "return receipt",
    "this is a receipt for the mail",
    "wurde gelesen",
    "wurde am",
    "a été lu",
    "fue leído",
    "se ha leído",
    "foi lida",
    "è stato letto",
    "è stata letta",
    "gelezen op",
    "przeczytan",
    "прочитан",
    "přečten",
    "lästes",
    "blev læst",
    "開封",
    "已被阅读",
];

/// What the text of an automatic answer says that has no more for its subject, in small letters.
const AWAY_WORDS: &[&str] = &[
    "away",
    "out of",
    "until",
    "return",
    "vacation",
    "holiday",
    "on leave",
    "absent",
    "back in",
    "back on",
    "not in the",
    "unavailable",
    "received your",
    "automatic",
    "automated",
    "abwesen",
    "nicht im",
    "zurück",
    "urlaub",
    "erreichbar",
    "absence",
    "de retour",
    "congé",
    "ausente",
    "vacaciones",
    "fuera de",
    "férias",
    "fora do",
    "assente",
    "in ferie",
    "fuori",
    "rientr",
    "afwezig",
    "vakantie",
    "nieobecn",
    "urlop",
    "отпуск",
    "отсутств",
    "вернусь",
    "відпуст",
    "dovolen",
    "semester",
    "tillbaka",
    "på ferie",
    "tilbage",
    "tilbake",
    "lomalla",
    "poissa",
    "izinde",
    "λείπω",
    "εκτός",
    "חופשה",
    "إجازة",
    "不在",
    "休暇",
    "休假",
    "外出",
    "휴가",
    "부재",
    "nghỉ",
    "szabadság",
    "concediu",
    "odmor",
    "dopust",
    "puhkus",
    "cuti",
];

/// What the subject of such an answer says of whom it is from, as Notes has it: `Ada Writer is out of the office.`
const AWAY_SUBJECTS: &[&str] = &[
    "is out of the office",
    "is out of office",
    "is currently out of",
    "will be out of the office",
    "ist außer haus",
    "ist nicht im büro",
    "ist nicht im hause",
    "ist abwesend",
    "est absent",
    "est en congé",
    "está ausente",
    "está fuera de la oficina",
    "está fora do escritório",
    "è fuori ufficio",
    "è assente",
    "is afwezig",
    "is niet op kantoor",
    "jest poza biurem",
    "är inte på kontoret",
    "er ikke på kontoret",
];

/// Octets of the longest text in which those words are looked for.
const SHORT: usize = 1_500;

/// An automatic answer that only its subject, or a receipt that its subject and text give away. Neither is sure: people
/// write about being away, too.
pub(super) fn judge(mail: &Mail) -> Option<Judgement> {
    let perhaps = |why| Some(Judgement { kind: MailKind::AutoReply, sure: false, why });
    let subject = mail.subject.to_lowercase();
    let has_more = subject.contains([':', '：']);
    if starts_with_mark(&subject, SUBJECTS.iter().chain(MORE_SUBJECTS)) && (has_more || tells_of_absence(&mail.text)) {
        return perhaps("Its subject starts as that of an automatic answer does.");
    }
    // A person who writes of somebody's absence says more, or has it behind a `Re:`.
    let says_who = !has_more || starts_with_mark(&subject, &["auto"]);
    let is_away = AWAY_SUBJECTS.iter().any(|words| subject.contains(words));
    if says_who && is_away && tells_of_absence(&mail.text) {
        return perhaps("Its subject says that somebody is away, as that of an automatic answer does.");
    }
    if starts_with_mark(&subject, RECEIPTS) && is_receipt(&mail.text) {
        return perhaps("Its subject and text are those of a read receipt.");
    }
    None
}

fn starts_with_mark<'a>(subject: &str, marks: impl IntoIterator<Item = &'a &'static str>) -> bool {
    let (before, _) = subject.split_once([':', '：']).unwrap_or((subject, ""));
    let head = before.trim().trim_matches(['[', ']', '(', ')', '*']).trim();
    marks.into_iter().any(|mark| head == *mark)
}

fn tells_of_absence(text: &str) -> bool {
    if text.len() > SHORT {
        return false;
    }
    let lower = text.to_lowercase();
    lower.trim().is_empty() || AWAY_WORDS.iter().any(|words| lower.contains(words))
}

/// Receipts are short, and say so before anything else.
fn is_receipt(text: &str) -> bool {
    let start = &text[..text.floor_char_boundary(1_500)].to_lowercase();
    text.len() <= 4_000 && !start.contains("\n>") && RECEIPT_WORDS.iter().any(|words| start.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_automatic(subject: &str, text: &str) -> bool {
        judge(&Mail::parse(format!("Subject: {subject}\n\n{text}\n").as_bytes())).is_some()
    }

    #[test]
    fn subjects_of_automatic_answers_are_known_in_many_languages() {
        for subject in [
            "Automatic reply: Bread",
            "Out of Office AutoReply: Bread",
            "Automatische Antwort: Brot",
            "Réponse automatique : Le pain",
            "Respuesta automática: Pan",
            "Resposta automática: Pão",
            "Risposta automatica: Pane",
            "Automatisch antwoord: Brood",
            "Odpowiedź automatyczna: Chleb",
            "Автоматический ответ: Хлеб",
            "Автоматична відповідь: Хліб",
            "Automatická odpověď: Chléb",
            "Autosvar: Bröd",
            "Automatisk svar: Brød",
            "Automaattinen vastaus: Leipä",
            "Otomatik Yanıt: Ekmek",
            "Αυτόματη απάντηση: Ψωμί",
            "מענה אוטומטי: לחם",
            "رد تلقائي: خبز",
            "自動応答: パン",
            "自动回复: 面包",
            "자동 회신: 빵",
            "Trả lời tự động: Bánh mì",
            "Auto-Reply",
        ] {
            assert!(is_automatic(subject, "I am away."), "{subject}");
        }
    }

    #[test]
    fn a_person_who_writes_of_being_away_is_a_person() {
        for subject in [
            "Re: Automatic reply: Bread",
            "Fwd: Out of office: Bread",
            "Automatic reply settings",
            "Out of office hours for the bakery",
            "How do you word an auto-reply?",
            "Read: the best book on bread",
            "Read",
            "OOO",
            "Abwesend",
            "Fuori sede",
            "Vacation message",
        ] {
            assert!(!is_automatic(subject, "What do you think?"), "{subject}");
        }
    }

    #[test]
    fn a_subject_that_says_who_is_away_is_one_where_the_text_says_so_too() {
        for subject in
            ["AUTO: Writer, Ada is out of the office. (returning 05/01/2026)", "Ada Writer is out of the office."]
        {
            assert!(is_automatic(subject, "I will be out of the office until Monday."), "{subject}");
            assert!(!is_automatic(subject, "Who can bake in her place?"), "{subject}");
        }
        for subject in ["Re: Ada is out of the office", "Baking: Ada is out of the office", "Auto: who takes me along?"]
        {
            assert!(!is_automatic(subject, "I am back on Monday."), "{subject}");
        }
    }

    #[test]
    fn a_receipt_is_known_by_its_subject_and_text_together() {
        assert!(is_automatic(
            "Read: Bread",
            "Your message\n\n  To: Bo\n  Subject: Bread\n\nwas read on Monday at noon."
        ));
        assert!(is_automatic("Gelesen: Brot", "Ihre Nachricht\n\nwurde gelesen am Montag."));
        assert!(!is_automatic("Read: Bread", "I have read it twice."));
        assert!(!is_automatic("Bread", "My copy was read on Monday."));
    }
}
