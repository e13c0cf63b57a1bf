//! The words by which mail systems say why, and that, a mail did not arrive; in small letters.

/// What a status says after its class (RFC 3463 §3), and words for it.
const DETAILS: &[(&str, &[&str])] = &[
    (
        "2.2",
        &[
            "mailbox full", "mailbox is full", "mailbox was full", "over quota", "overquota", "quota exceed", "quota violation", "exceeded quota",
            "exceeding their quota", "exceeds quota", "disk quota", "quota is exceeded", "out of quota", "mail quota",
            "over disk quota", "over its quota", "over the allowed quota", "exceed mailbox quota", "mailfolder is full", "mailbox size limit",
            "exceeds allowed size", "exceeded storage", "storage allocation", "insufficient storage", "not enough storage", "mailbox has exceeded",
            "inbox is full", "inbox full", "mail box full", "full mailbox", "too much mail stored", "user is overquota",
            "postfach ist voll", "postfach voll", "speicherplatz", "boîte aux lettres pleine", "boîte pleine", "boite pleine", "quota dépassé", "buzón lleno",
            "buzón está lleno", "casella piena", "casilla llena", "caixa de correio cheia", "caixa cheia", "caixa postal cheia", "skrzynka jest pełna", "skrzynka pełna",
            "ящик переполнен", "превышен", "переповнен", "schránka je plná", "postkasse er fuld", "postkassen er full", "brevlådan är full",
            "容量を超え", "容量オーバー", "がいっぱい", "邮箱已满", "邮箱空间不足", "空间不足", "信箱已滿", "용량 초과", "용량이 초과", "kotası dol", "kota aşıl", "mailbox vol",
        ],
    ),
    (
        "2.1",
        &[
            "account has been disabled", "account is disabled", "account disabled", "mailbox disabled", "mailbox is disabled", "account has been suspended",
            "account is locked", "account inactive", "account is inactive", "mailbox is inactive", "inactive user", "user is inactive", "mailbox inactive", "disabled or discontinued",
            "account expired", "has been deactivated", "not currently accepting mail", "mailbox temporarily disabled", "account that you tried to reach is disabled",
            "has not been collected", "konto ist deaktiviert", "compte désactivé", "заблокирован", "账号已停用", "アカウントは停止",
        ],
    ),
    (
        "1.6",
        &["has moved", "no longer valid", "no longer works here", "no longer with", "no longer employed", "mailbox has moved", "address no longer", "moved, no forwarding"],
    ),
    (
        "1.2",
        &[
            "host unknown", "unknown host", "host not found", "domain not found", "no such domain", "unknown domain", "name service error", "domain does not exist",
            "unrouteable", "unroutable", "unrouteable mail domain", "dns lookup failure", "could not find a gateway", "no mail exchanger",
            "couldn't find any host named", "couldn't find a mail exchanger", "bad destination host", "name or service not known", "no mx", "domain name not found",
            "host or domain name not found", "address resolution", "did not resolve", "unbekannte domain", "domaine inconnu", "домен не найден", "域名不存在",
        ],
    ),
    (
        "1.1",
        &[
            "user unknown", "unknown user", "unknown recipient", "recipient unknown", "no such user", "no such recipient", "no such mailbox", "no such account",
            "no such address", "no such local user", "user not found", "recipient not found", "recipnotfound", "mailbox not found", "user doesn't exist",
            "user does not exist", "does not exist", "doesn't exist", "no mailbox here by that name", "not listed in domino directory", "not listed in public name",
            "invalid mailbox", "invalid recipient", "invalid address", "invalid user", "unknown mailbox", "unknown address", "unknown or illegal", "unknown local",
            "addressee unknown", "mailbox unavailable", "address rejected", "name is not recognized", "not our customer", "not a valid user", "not a valid mailbox",
            "no user by that name", "user not known", "no account by that name", "doesn't have a", "did not exactly match", "could not be found", "couldn't be found",
            "wasn't found", "bad address", "unknown account", "invalid final delivery userid", "no valid recipients", "undeliverable address", "address unknown",
            "no matches to nameserver", "does not have a final email delivery point", "not recognized", "is not known", "no existe", "utilisateur inconnu", "inconnu",
            "desconocid", "sconosciut", "inesistente", "desconhecid", "não existe", "unbekannt", "existiert nicht", "nicht gefunden", "onbekend", "bestaat niet",
            "nieznany", "nie istnieje", "не существует", "не найден", "неизвестн", "нет такого", "не існує", "neexistuje", "neznám", "okänd", "finns inte", "ukendt", "findes ikke",
            "ukjent", "finnes ikke", "tuntematon", "ei löydy", "bilinmeyen", "bulunamadı", "mevcut değil", "άγνωστος", "δεν υπάρχει", "לא קיים", "غير موجود",
            "見つかりません", "存在しません", "リストにありません", "不存在", "找不到", "无此用户", "查無此", "존재하지 않", "không tồn tại",
        ],
    ),
    (
        "3.4",
        &[
            "too large", "message size exceeds", "size limit exceeded", "exceeds administrative limit", "too big", "exceeds the maximum", "exceeds size",
            "maximum message size", "size exceeds", "message length exceeds", "zu groß", "trop volumineux", "demasiado grande", "слишком велик", "サイズが大き", "邮件过大",
        ],
    ),
    ("4.6", &["too many hops", "mail loop", "message looping", "hop count exceeded", "routing loop", "mail forwarding loop", "too many received"]),
    (
        "4.7",
        &[
            "retry timeout", "retry time", "delivery time expired", "message expired", "in the queue too long", "message timed out", "retry limit", "failed 20 attempts",
            "could not be delivered for", "delivery timed out", "giving up after", "all hosts have been failing",
        ],
    ),
    (
        "4.1",
        &[
            "connection refused", "connection timed out", "no route to host", "unable to connect", "establish an smtp connection", "not reachable", "network error",
            "unreachable", "no answer from host", "did not respond", "not responding", "could not connect", "socket error", "cannot connect", "operation timed out",
        ],
    ),
    ("4.2", &["lost connection", "connection dropped", "connection reset", "broken pipe", "connection closed"]),
    ("7.26", &["dmarc", "unauthenticated email", "fails to pass authentication", "does not pass dmarc"]),
    (
        "7.1",
        &[
            "spam", "blacklist", "blocklist", "black list", "block list", "blocked", "rejected for policy", "policy", "access denied", "relaying denied", "relay access denied",
            "relay not permitted", "not permitted to relay", "unable to relay", "administrative prohibition", "prohibited", "not authorized", "unauthorized", "permission denied",
            "refused", "reputation", "forbidden", "virus", "delivery not authorized", "not allowed", "not accepting mail from", "junk mail", "are not member",
        ],
    ),
    ("3.0", &["local configuration error", "mail system error", "command died", "service unavailable", "unknown mailer error", "deferred"]),
    ("6.0", &["malformed", "not rfc compliant", "illegal attachment", "bad content"]),
    ("5.1", &["syntax error", "protocol error", "bad sequence"]),
    ("2.0", &["mailbox is temporarily", "mailbox busy"]),
];

/// Subject and detail of the status that the words of a text mean: the first in the table's order that it has.
pub(super) fn detail(lower: &str) -> Option<&'static str> {
    DETAILS.iter().find(|(_, words)| words.iter().any(|word| has(lower, word))).map(|(detail, _)| *detail)
}

/// That something was not delivered, in many languages. Told only of mail that a mail system sent, or that has other
/// marks of a report: people use such words as well.
const FAILURE: &[&str] = &[
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered", "can't be delivered", "was not delivered", "were not delivered", "not been delivered", "not delivered to",
    "not be delivered", "has not yet been delivered", "unable to deliver", "unable to send", "unable to be delivered", "able to deliver your", "undeliverable", "undelivered", "undeliverable to",
    "delivery failed", "delivery has failed", "delivery to the following", "delevery to the following", "delivery failure", "failure delivering", "failed to deliver", "failed to be delivered", "did not reach", "didn't reach",
    "could not be reached", "not reach the following", "failed recipient", "failed addresses", "following address", "following recipient", "did not receive a copy", "error while attempting to deliver",
    "error delivering", "attempting to deliver", "trying to deliver", "trouble delivering", "delivery problem", "had delivery errors", "delivery errors", "fatal errors", "fatal delivery", "permanent fatal",
    "transient non-fatal", "non-delivery", "nondelivery", "has been delayed", "is delayed for", "been postponed", "was rejected", "were rejected", "been rejected", "automatically rejected", "rejected recipient",
    "has been returned", "returned because", "returned to sender", "bounced", "intended recipient", "undeliverable address", "error detail", "failure reasons", "were affected", "error description",
    "may not exist", "incorrectly constructed", "invalid address", "message was not accepted", "problem with the e-mail address", "could not deliver", "couldn't deliver", "cannot deliver", "can't deliver", "could not send",
    "could not be sent", "not be sent to", "not successfully", "unsuccessful", "delivery attempt", "address was not found", "address not found", "wasn't delivered", "isn't deliverable", "rejected your message", "rejected by",
    "nicht zugestellt", "nicht zustellbar", "nicht ausgeliefert", "nicht übermittelt", "unzustellbar", "konnte nicht", "konnten nicht", "nicht erreicht",
    "n'a pas pu", "n'ont pas pu", "n'a pas été", "pas pu etre", "non remis", "non délivr", "échec de la remise", "impossible de remettre", "impossible de délivrer", "échec de remise",
    "no se pudo entregar", "no se ha podido entregar", "no se ha entregado", "no pudo ser entregado", "no ha podido ser", "no ha sido posible", "error en la entrega", "no entregado", "no se puede entregar",
    "não pôde ser entregue", "nao pode ser", "não foi entregue", "não foi possível entregar", "não pode ser entregue", "falha na entrega", "não entregue",
    "non è stato possibile", "impossibile recapitare", "non può essere consegnato", "mancato recapito", "non recapitabile", "non consegnato", "non è stato recapitato",
    "kon niet worden", "niet bezorgd", "niet afgeleverd", "onbestelbaar", "nie może zostać dostarczon", "nie została dostarczona", "nie można dostarczyć", "niedostarczon",
    "не может быть доставлен", "не доставлен", "невозможно доставить", "не удалось доставить", "не было доставлено", "не вдалося доставити", "не доставлено",
    "nelze doručit", "nebylo možné doručit", "nedoručiteln", "kunde inte levereras", "gick inte att leverera", "kunne ikke leveres", "ikke leveret", "ikke levert", "ei voitu toimittaa", "teslim edilemedi", "iletilemedi",
    "δεν παραδόθηκε", "δεν ήταν δυνατή η παράδοση", "לא ניתן היה למסור", "لم يتم تسليم", "تعذر تسليم",
    "送信できません", "配信できません", "配送できません", "届けできません", "送信に失敗", "配信に失敗", "エラーのため",
    "无法发送", "无法投递", "投递失败", "发送失败", "无法送达", "無法傳送", "無法投遞",
    "전송하지 못", "배달하지 못", "전달되지", "không thể gửi", "không gửi được",
];

/// That it is tried again.
const DELAY: &[&str] = &[
    "has not yet been delivered", "not yet been delivered", "have not yet been delivered", "delivery has been delayed", "has been delayed", "is delayed for", "been postponed", "will be retried", "will continue to try",
    "will continue to attempt", "will keep trying", "still being retried", "attempts will continue", "warning message only", "this is a warning only", "temporary failure report", "delivery attempts will continue",
    "will try again", "we will continue", "delivery delayed", "delivery is delayed", "delayed mail", "could not send mail for past", "still trying", "this is only a warning", "just a warning", "status notification (delay)",
    "transient non-fatal errors", "no action is required on your part", "wird weiterhin versucht", "wird weiter versucht", "verzögert", "n'a pas encore été", "a été retardé", "se ha retrasado", "aún no se ha", "foi atrasad",
    "è in ritardo", "будут продолжены", "задерж", "再送", "遅延", "重试", "延迟",
];

/// Whether a text, in small letters, says that something was not delivered.
pub(super) fn is_failure(lower: &str) -> bool {
    FAILURE.iter().any(|words| has(lower, words))
}

/// Whether a text, in small letters, says that it is tried again, or that it is just a warning.
pub(super) fn is_delay(lower: &str) -> bool {
    DELAY.iter().any(|words| has(lower, words))
}

fn has(lower: &str, words: &str) -> bool {
    memchr::memmem::find(lower.as_bytes(), words.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_small_letters_and_each_stands_once() {
        let mut all: Vec<&str> = DETAILS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        all.extend(FAILURE);
        assert!(all.iter().all(|words| *words == words.to_lowercase() && !words.is_empty()));
        for table in [FAILURE, DELAY] {
            let once: std::collections::HashSet<_> = table.iter().collect();
            assert_eq!(once.len(), table.len());
        }
    }

    #[test]
    fn causes_are_told_from_each_other() {
        for (text, expected) in [
            ("sorry, no mailbox here by that name", Some("1.1")),
            ("the recipient's mailbox is full", Some("2.2")),
            ("das postfach ist voll", Some("2.2")),
            ("name service error for domain x", Some("1.2")),
            ("message rejected as spam", Some("7.1")),
            ("connection timed out", Some("4.1")),
            ("good morning", None),
        ] {
            assert_eq!(detail(text), expected, "{text}");
        }
    }
}
