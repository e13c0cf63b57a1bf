//! What holds for every mail, whatever is in it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rejoinder::bounce::{self, MailKind};
use rejoinder::intake::explain;
use rejoinder::message::Mail;
use rejoinder::reply::{self, SpanKind};

/// HTML grows when it becomes text: list marks, quote marks and the targets of links are spelled out.
const MOST_GROWTH: usize = 40;

/// Reads a mail as the gate does. Tells what kind of a mail it was for the reader: a mail with a new answer has shown
/// the program something new, and is worth mangling further.
///
/// # Panics
/// Where something does not hold.
pub fn check(raw: &[u8]) -> u64 {
    let mail = Mail::parse(raw);
    assert!(mail.text.len() <= MOST_GROWTH * raw.len() + 1_000, "{} octets became {}", raw.len(), mail.text.len());
    assert!(!mail.text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    let reading = reply::read(&mail.text);
    let whole: String = reading.spans.iter().map(|span| span.text.as_str()).collect();
    assert_eq!(whole, mail.text, "a character is lost");
    assert!(!reading.said().contains("\n\n\n"));
    let said_bare: String = reading.said().split_whitespace().collect();
    let spans_bare: String = reading
        .spans
        .iter()
        .filter(|span| span.kind == SpanKind::Said)
        .flat_map(|span| span.text.split_whitespace())
        .collect();
    assert_eq!(said_bare, spans_bare, "what is published is not what was said");
    for null_reverse_path in [false, true] {
        let report = bounce::report(&mail, raw, null_reverse_path);
        assert!(report.judgement.why.ends_with('.'), "{}", report.judgement.why);
        assert!(report.recipients.len() <= 1_000);
        let keys: HashSet<String> = report.recipients.iter().map(|one| one.recipient.key()).collect();
        assert_eq!(keys.len(), report.recipients.len(), "a recipient is named twice");
        assert!(report.recipients.is_empty() || report.judgement.kind == MailKind::Bounce);
        assert_eq!(report.complaint.is_some(), report.judgement.kind == MailKind::Complaint);
    }
    let explained = explain(raw);
    assert!(!explained.why.is_empty());
    let mut shape = DefaultHasher::new();
    explained.why[0].hash(&mut shape);
    explained.decision.as_str().hash(&mut shape);
    (mail.from_html, mail.id_stated, mail.date.is_some(), mail.from.len().min(3)).hash(&mut shape);
    (mail.attachments.len().min(4), mail.references.len().min(3), mail.in_reply_to.len().min(2)).hash(&mut shape);
    for one in explained.bounce.iter().take(2) {
        (one.permanent, one.status.as_ref().map(|status| status.len().min(6))).hash(&mut shape);
    }
    let kinds: Vec<SpanKind> = reading.spans.iter().map(|span| span.kind).take(6).collect();
    kinds.hash(&mut shape);
    shape.finish()
}
