//! What a relay's no means: for now or for good, and whose fault it is.

use std::fmt;

use crate::bounce::{Nature, Returned};
use crate::message::Address;
use crate::store::relay_name;

/// How far a hand-over came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Finding the host and opening a TCP connection (and for smtps:// the encryption).
    Connect,
    /// The relay's greeting and its answer to EHLO.
    Greeting,
    /// STARTTLS and the encryption after it.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA, before anything of the mail was sent.
    Data,
    /// The mail itself, before its end was sent.
    Content,
    /// After the end of the mail was sent: from here on the relay may have taken it.
    EndOfData,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Content => "the content",
            Self::EndOfData => "end of data",
        })
    }
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// This reader's address: others may do better.
    Recipient,
    /// This mail, or who we are: its content, size, sender, the relay's policy. No sign that the address is bad.
    Message,
    /// The relay or the way to it: says nothing about this mail, and the next mail will fare no better now.
    Relay,
}

/// Words of another server, with the text as it came for the store and addresses masked wherever it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerText(String);

impl ServerText {
    /// The longest text kept, in characters.
    pub const MAX: usize = 500;

    /// Keeps the beginning of `text`, control characters made blanks.
    pub fn new(text: &str) -> Self {
        let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        Self(visible.take(Self::MAX).collect())
    }

    /// As it came. It may hold addresses: not for the log.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the relay calls a mail that it took: the last word that may be such a name. Some make the mail's Message-ID of
    /// it, in place of ours.
    pub fn name(&self) -> Option<&str> {
        let around = |c: char| "<>()[],;:'\"".contains(c);
        self.0.rsplit(' ').find_map(|word| relay_name(word.trim_matches(around).split('@').next()?))
    }

    /// The enhanced status at its beginning (RFC 3463 §2), such as `(5, 1, 1)`, where its class goes with `code`.
    fn status(&self, code: u16) -> Option<(u16, u16, u16)> {
        let mut parts = self.0.split_whitespace().next()?.splitn(3, '.').map(|part| part.parse::<u16>().ok());
        let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
        (class == code / 100).then_some((class, subject, detail))
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.split(' ').enumerate() {
            let blank = if at == 0 { "" } else { " " };
            match Address::parse(word.trim_matches(|c: char| "<>()[],;:'\".".contains(c))) {
                Ok(address) => write!(f, "{blank}{}", address.masked())?,
                Err(_) if word.contains('@') => write!(f, "{blank}…")?,
                Err(_) => write!(f, "{blank}{word}")?,
            }
        }
        Ok(())
    }
}

/// As printed: masked.
impl fmt::Debug for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Why a mail was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// Try again later.
    #[error("not now, at {step}: {}{text}", said(*.code))]
    Temporary {
        /// Where it ended.
        step: Step,
        /// Whose fault it is.
        about: About,
        /// The relay's reply code; `None` where it gave none (connection lost, time limit).
        code: Option<u16>,
        /// What it said, or what happened.
        text: ServerText,
    },
    /// Never; the same mail to the same reader would be refused again.
    #[error("refused at {step}: {code} {text}")]
    Permanent {
        /// Where it ended.
        step: Step,
        /// Whose fault it is; never [`About::Relay`].
        about: About,
        /// The relay's reply code, 5xx.
        code: u16,
        /// What it said.
        text: ServerText,
    },
    /// The whole mail was sent and no answer seen: it may have been taken or not.
    #[error("sent, but no answer was seen: {text}")]
    Ambiguous {
        /// What happened.
        text: ServerText,
    },
}

fn said(code: Option<u16>) -> String {
    code.map(|code| format!("{code} ")).unwrap_or_default()
}

impl RelayError {
    /// Whether trying again is of no use.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }

    /// What a refusal for good says of the reader's address; `None` where it says nothing of it.
    pub fn returned(&self) -> Option<Returned> {
        let Self::Permanent { about: About::Recipient, code, text, .. } = self else { return None };
        let status = text.status(*code).map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"));
        let nature = match (&status, code) {
            (None, 552) => Nature::Soft,
            (None, _) => Nature::Hard,
            (Some(status), _) => Nature::of_status(Some(status))?,
        };
        Some(Returned { nature, status })
    }

    /// What it is about; after an ambiguous end, the relay.
    pub fn about(&self) -> About {
        match self {
            Self::Temporary { about, .. } | Self::Permanent { about, .. } => *about,
            Self::Ambiguous { .. } => About::Relay,
        }
    }

    /// The relay's reply code, where it gave one.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Temporary { code, .. } => *code,
            Self::Permanent { code, .. } => Some(*code),
            Self::Ambiguous { .. } => None,
        }
    }

    /// What the relay said, or what happened.
    pub fn text(&self) -> &ServerText {
        match self {
            Self::Temporary { text, .. } | Self::Permanent { text, .. } | Self::Ambiguous { text } => text,
        }
    }
}

/// A step that failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub step: Step,
    pub cause: Cause,
}

/// How a step failed.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// The relay answered no.
    Reply(u16, ServerText),
    /// The connection broke, the time ran out, or what came was no SMTP.
    Broken(String),
}

impl Failure {
    /// A refusal by the relay, or by us in its stead.
    pub fn reply(step: Step, code: u16, text: &str) -> Self {
        Self { step, cause: Cause::Reply(code, ServerText::new(text)) }
    }

    /// A connection that is of no more use.
    pub fn broken(step: Step, text: impl Into<String>) -> Self {
        Self { step, cause: Cause::Broken(text.into()) }
    }

    /// Whether it is the relay's no.
    pub fn is_refusal(&self) -> bool {
        matches!(&self.cause, Cause::Reply(..))
    }

    /// Whether nothing can be said on this connection any more.
    pub fn ends_the_connection(&self) -> bool {
        matches!(&self.cause, Cause::Broken(_) | Cause::Reply(421, _))
    }

    /// Whether the session goes on after it: the relay said no to this mail and nothing else.
    pub fn leaves_the_session_whole(&self) -> bool {
        self.step >= Step::Mail && matches!(&self.cause, Cause::Reply(code, _) if !ends_the_session(*code))
    }

    /// Whether a connection that was used before may just have been closed meanwhile. Nothing of the mail was sent.
    pub fn may_be_staleness(&self) -> bool {
        self.step < Step::Content && !self.leaves_the_session_whole()
    }
}

impl From<Failure> for RelayError {
    fn from(Failure { step, cause }: Failure) -> Self {
        match cause {
            Cause::Broken(text) if step == Step::EndOfData => Self::Ambiguous { text: ServerText::new(&text) },
            Cause::Broken(text) => {
                Self::Temporary { step, about: About::Relay, code: None, text: ServerText::new(&text) }
            }
            Cause::Reply(code, text) => match about(step, code, &text) {
                // A relay that is full, or does not know us, is our host's trouble and no verdict on a mail.
                About::Relay => Self::Temporary { step, about: About::Relay, code: Some(code), text },
                about if code >= 500 => Self::Permanent { step, about, code, text },
                about => Self::Temporary { step, about, code: Some(code), text },
            },
        }
    }
}

/// Codes after which the session is over or must be begun anew: closing, out of step (RFC 5321 §4.2.3), login or
/// encryption wanted (RFC 4954 §6, RFC 3207 §4).
fn ends_the_session(code: u16) -> bool {
    [421, 454, 503, 530, 534, 535, 538].contains(&code)
}

/// What a refusal is about: by enhanced status where there is one, else by the command that was refused.
fn about(step: Step, code: u16, text: &ServerText) -> About {
    if step < Step::Mail || ends_the_session(code) {
        return About::Relay;
    }
    let by_command = if step == Step::Recipient { About::Recipient } else { About::Message };
    match text.status(code) {
        // Mail system full, or not taking mail at present.
        Some((4, 3, 1 | 2)) => About::Relay,
        // Bad sender's address; then policy, and protocol errors: ours, not the recipient's.
        Some((_, 1, 7 | 8)) | Some((_, 5 | 7, _)) => About::Message,
        // An address that does not exist, or a mailbox that is full or closed, told only at the end of data.
        Some((_, 1 | 2, _)) if step >= Step::Recipient => About::Recipient,
        _ => by_command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(step: Step, code: u16, text: &str) -> RelayError {
        RelayError::from(Failure::reply(step, code, text))
    }

    #[test]
    fn a_refusal_is_told_by_its_status_then_by_its_command() {
        let cases = [
            (Step::Recipient, 550, "5.1.1 no such user", true, About::Recipient),
            (Step::Recipient, 550, "no such user", true, About::Recipient),
            (Step::Recipient, 452, "4.2.2 mailbox full", false, About::Recipient),
            (Step::Recipient, 550, "5.7.1 not allowed", true, About::Message),
            (Step::Recipient, 550, "4.7.1 the class is wrong, so it does not count", true, About::Recipient),
            (Step::Recipient, 553, "5.1.8 bad sender", true, About::Message),
            (Step::Recipient, 452, "4.3.1 disk full", false, About::Relay),
            (Step::Recipient, 530, "5.7.0 authentication required", false, About::Relay),
            (Step::Mail, 552, "5.3.4 too big", true, About::Message),
            (Step::Mail, 421, "closing", false, About::Relay),
            (Step::EndOfData, 554, "5.6.0 no", true, About::Message),
            (Step::EndOfData, 550, "5.1.1 no such user after all", true, About::Recipient),
            (Step::EndOfData, 451, "try later", false, About::Message),
            (Step::Greeting, 554, "no service here", false, About::Relay),
            (Step::Auth, 535, "5.7.8 wrong password", false, About::Relay),
        ];
        for (step, code, text, permanent, about) in cases {
            let error = error(step, code, text);
            assert_eq!((error.is_permanent(), error.about()), (permanent, about), "{code} {text}");
            assert_eq!(error.code(), Some(code));
        }
    }

    #[test]
    fn only_a_break_after_the_end_of_data_is_ambiguous() {
        for step in [Step::Connect, Step::Mail, Step::Data, Step::Content] {
            let error = RelayError::from(Failure::broken(step, "reset"));
            assert!(matches!(error, RelayError::Temporary { code: None, about: About::Relay, .. }), "{step}");
        }
        let error = RelayError::from(Failure::broken(Step::EndOfData, "reset"));
        assert!(matches!(error, RelayError::Ambiguous { .. }));
    }

    #[test]
    fn no_address_is_printed_and_the_text_is_kept() {
        let said = "5.1.1 <ada@example.org>: (bob@x.org) is a@b@c, not known\r\nhere";
        let error = error(Step::Recipient, 550, said);
        for printed in [error.to_string(), format!("{error:?}")] {
            assert!(printed.contains("a…@example.org") && printed.contains("not known  here"), "{printed}");
            assert!(!printed.contains("ada") && !printed.contains("bob@") && !printed.contains("@b@c"), "{printed}");
        }
        assert!(error.text().as_str().starts_with("5.1.1 <ada@example.org>:"));
        assert_eq!(ServerText::new(&"x".repeat(100_000)).as_str().len(), ServerText::MAX);
    }
}
