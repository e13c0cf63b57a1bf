//! Where a report's own words end and the mail begins that it gives back.

/// Words that announce it, in small letters.
const ANNOUNCED: &[&str] = &[
    "copy of the message",
    "copy of your message",
    "copy of this message",
    "copy of the original",
    "copy of the mail",
    "copy of the first part",
    "original message",
    "original mail",
    "message header",
    "header of the original",
    "headers of the original",
    "mail header",
    "message text",
    "message body",
    "text of the message",
    "returned message",
    "returned mail",
    "unsent message",
    "undelivered message",
    "your message reads",
    "lines of your original",
    "lines of the message",
    "body of the message",
    "old message",
    "forwarded message",
    "rejected message",
    "full message",
    "message follows",
    "below this line",
    "the message you sent",
    "originalnachricht",
    "ursprüngliche nachricht",
    "kopie der nachricht",
    "kopie ihrer nachricht",
    "copie du message",
    "copie de votre",
    "message original",
    "message d'origine",
    "mensaje original",
    "copia del mensaje",
    "messaggio originale",
    "copia del messaggio",
    "mensagem original",
    "cópia da mensagem",
    "копия сообщения",
    "копия письма",
    "исходное сообщение",
    "исходное письмо",
    "kopia wiadomości",
    "oorspronkelijk bericht",
    "kopie van het bericht",
    "原信",
    "原邮件",
    "原始邮件",
    "元のメッセージ",
    "元のメール",
    "送信メッセージ",
    "원본 메시지",
];

/// Words with which an announcement is one even without a line drawn around it.
const FOLLOWS: &[&str] =
    &["follow", "below", "copy", "attach", "enclos", "kopie", "copie", "copia", "cópia", "копия", "副本", "拷贝"];

/// Fields with which the header of a mail starts.
const HEADER_STARTS: &[&str] = &["received:", "return-path:", "dkim-signature:", "x-received:", "mime-version:"];

/// The number of the line with which a returned mail begins, or how many lines there are. `by_words`: whether what
/// announces it counts, or only its header.
pub(super) fn start(lines: &[&str], by_words: bool) -> usize {
    lines.iter().position(|line| begins_header(line) || by_words && is_announcement(line)).unwrap_or(lines.len())
}

fn begins_header(line: &str) -> bool {
    let bare = line.trim_start_matches(['>', ' ']);
    HEADER_STARTS.iter().any(|name| bare.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}

fn is_announcement(line: &str) -> bool {
    let bare = line.trim();
    if bare.is_empty() || bare.len() > 160 || bare.contains('@') {
        return false;
    }
    let lower = bare.to_lowercase();
    if !ANNOUNCED.iter().any(|words| lower.contains(words)) || lower.contains("message was") {
        return false;
    }
    let is_drawn = |c: char| "-=*_#|~+".contains(c);
    let drawn = lower
        .chars()
        .take_while(|c| is_drawn(*c))
        .count()
        .max(lower.chars().rev().take_while(|c| is_drawn(*c)).count());
    drawn >= 2 || lower.ends_with(':') || FOLLOWS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_mail_begins_where_it_is_announced_or_with_its_header() {
        for line in [
            "--- Below this line is a copy of the message.",
            "------ This is a copy of the message, including all the headers. ------",
            "   ----- Original message -----",
            "Message headers follow.",
            "|------------------------- Message text follows: ------------------------|",
            "Here is a copy of the first part of the message, including",
            "Die ursprüngliche Nachricht:",
            "--- 附件中的内容是原信件的一份拷贝",
            "Received: from mx.example by mx2.example",
            "> Return-Path: <>",
        ] {
            assert_eq!(start(&["one", line, "two"], true), 1, "{line}");
        }
    }

    #[test]
    fn what_only_speaks_of_the_mail_is_no_beginning_of_it() {
        for line in [
            "",
            "The original message was received at Sat, 14 Oct 2000",
            "below could not be delivered to one or more destinations.",
            "I'm sorry to have to inform you that the message returned",
            "   ----- The following addresses had permanent fatal errors -----",
            "   ----- Transcript of session follows -----",
            "Your message totalled 23 Kbytes.",
        ] {
            assert_eq!(start(&[line], true), 1, "{line}");
        }
        assert_eq!(start(&["Original message follows.", "x", "Received: by y"], false), 2);
    }
}
