//! What is not a person's mail: bounces, complaints, automatic answers. Told by headers and the types of parts, since
//! these are meant for machines; such mail becomes no response and gets no answer (RFC 3834 §2).

mod marks;

use crate::message::Mail;

/// Who or what a mail is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A person's mail, as far as its headers say.
    Mail,
    /// A report that a mail could not be delivered, or that it could (RFC 3464).
    Bounce,
    /// An automatic answer: a vacation note, a read receipt, whatever a program sends on its own.
    AutoReply,
    /// A reader pressed "this is spam" (RFC 5965).
    Complaint,
}

impl MailKind {
    /// The word for it, in the store, the log and the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Bounce => "bounce",
            Self::AutoReply => "auto_reply",
            Self::Complaint => "complaint",
        }
    }
}

/// A kind, and by what it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The kind.
    pub kind: MailKind,
    /// One sentence.
    pub why: &'static str,
}

/// The kind of a mail. `null_reverse_path`: it came with `MAIL FROM:<>` (RFC 5321 §4.5.5).
pub fn kind(mail: &Mail, null_reverse_path: bool) -> MailKind {
    judge(mail, null_reverse_path).kind
}

/// The kind of a mail and the reason. Reports say plainly what they are, so they come first; a null reverse-path is
/// the weakest sign of a bounce, since automatic answers have one too.
pub fn judge(mail: &Mail, null_reverse_path: bool) -> Judgement {
    marks::report(mail)
        .or_else(|| marks::delivery_system(mail))
        .or_else(|| marks::automatic(mail))
        .or_else(|| null_reverse_path.then_some(marks::NULL_REVERSE_PATH))
        .unwrap_or(Judgement { kind: MailKind::Mail, why: "No header marks it as a program's mail." })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &str) -> MailKind {
        let raw = format!("From: Ada <ada@example.org>\r\nSubject: Bread\r\n{headers}\r\n\r\ntext\r\n");
        kind(&Mail::parse(raw.as_bytes()), false)
    }

    #[test]
    fn a_persons_mail_is_mail() {
        for headers in [
            "X-Mailer: Some program 1.2",
            "Auto-Submitted: no",
            "Auto-Submitted: auto-forwarded",
            "X-MS-Exchange-Inbox-Rules-Loop: ada@example.org",
            "Precedence: list",
            "Precedence: first-class",
            "X-Autoreply: no",
            "X-Auto-Response-Suppress: DR, RN, NRN",
            "Content-Type: multipart/mixed; boundary=report-type",
        ] {
            assert_eq!(judged(headers), MailKind::Mail, "{headers}");
        }
    }

    #[test]
    fn headers_that_programs_set_mark_an_automatic_answer() {
        for headers in [
            "Auto-Submitted: auto-replied",
            "auto-submitted: Auto-Generated",
            "Auto-Submitted: auto-replied; owner-email=\"ada@example.org\"",
            "Auto-Submitted: auto-replied (vacation)",
            "Precedence: bulk",
            "Precedence: Junk",
            "Precedence: auto_reply",
            "X-Loop: ada@example.org",
            "X-No-Loop: 1",
            "X-Autoreply: yes",
            "X-Autorespond: Away",
            "X-Auto-Response-Suppress: All",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        ] {
            assert_eq!(judged(headers), MailKind::AutoReply, "{headers}");
        }
    }

    #[test]
    fn reports_say_what_they_are() {
        let report = |kind: &str| format!("Content-Type: multipart/report;\r\n\tReport-Type = \"{kind}\"; boundary=b");
        assert_eq!(judged(&report("delivery-status")), MailKind::Bounce);
        assert_eq!(judged(&report("Feedback-Report")), MailKind::Complaint);
        assert_eq!(judged("X-Failed-Recipients: bo@example.org"), MailKind::Bounce);
    }

    #[test]
    fn a_report_without_its_type_is_known_by_its_parts() {
        let head = "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: ";
        assert_eq!(judged(&format!("{head}message/delivery-status\r\n\r\nx\r\n--b--")), MailKind::Bounce);
        assert_eq!(judged(&format!("{head}message/feedback-report\r\n\r\nx\r\n--b--")), MailKind::Complaint);
    }

    #[test]
    fn a_person_who_passes_a_bounce_on_is_no_bounce() {
        let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLook.\r\n--b\r\nContent-Type: ";
        assert_eq!(judged(&format!("{head}message/delivery-status\r\n\r\nx\r\n--b--")), MailKind::Mail);
        assert_eq!(judged("X-Note: I got this from mailer-daemon"), MailKind::Mail);
    }

    #[test]
    fn delivery_systems_send_bounces_with_and_without_a_domain() {
        for from in ["MAILER-DAEMON@mx.example", "Mail Delivery System <Mailer-Daemon@x.org>", "MAILER-DAEMON (Mail)"] {
            let raw = format!("From: {from}\r\nAuto-Submitted: auto-replied\r\n\r\nSorry.\r\n");
            assert_eq!(kind(&Mail::parse(raw.as_bytes()), false), MailKind::Bounce, "{from}");
        }
    }

    #[test]
    fn a_null_reverse_path_is_a_bounce_unless_it_is_an_automatic_answer() {
        let plain = Mail::parse(b"From: postmaster@x.org\r\nSubject: Undeliverable\r\n\r\nSorry.\r\n");
        assert_eq!(kind(&plain, true), MailKind::Bounce);
        assert_eq!(kind(&plain, false), MailKind::Mail);
        let away = Mail::parse(b"From: ada@x.org\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n");
        assert_eq!(kind(&away, true), MailKind::AutoReply);
    }

    #[test]
    fn every_kind_comes_with_one_sentence() {
        for (headers, null) in [("", false), ("", true), ("X-Loop: x\r\n", false), ("X-Failed-Recipients: x\r\n", true)]
        {
            let why = judge(&Mail::parse(headers.as_bytes()), null).why;
            assert!(why.ends_with('.') && why.matches('.').count() == 1, "{why}");
        }
    }
}
