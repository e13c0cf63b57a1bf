//! How command lines are written: what may stand in them, and what is wrong with those that cannot be read (pure).

use smtp_proto::{MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8, MailFrom};

use super::{Protocol, Reply};

/// The longest number of octets that is read.
const DIGITS: usize = 18;

/// The line as text, blanks at its end dropped (RFC 5321 §4.1.1); `None` where it is no UTF-8 or a control is in it.
pub fn printable(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line.trim_ascii_end()).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

/// Whether a line is a BDAT command, however ill-written.
pub fn begins_bdat(line: &[u8]) -> bool {
    line.trim_ascii_start().get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"))
}

/// Whether a BDAT command is of the one form that it has (RFC 3030 §2), with a number that nobody reads as another.
pub fn is_plain_chunk(line: &str) -> bool {
    let mut words = line.split(' ').filter(|word| !word.is_empty()).skip(1);
    let is_number = |word: &str| word.len() <= DIGITS && word.bytes().all(|octet| octet.is_ascii_digit());
    let is_last = |word: &str| word.eq_ignore_ascii_case("LAST");
    words.next().is_some_and(is_number) && words.next().is_none_or(is_last) && words.next().is_none()
}

/// Whether a MAIL command declares a size (RFC 1870 §3) with so many digits that `smtp-proto` makes a small number of it,
/// or none.
pub fn declares_too_much(line: &str) -> bool {
    let parameters = line.rsplit_once('>').map_or("", |(_, rest)| rest).to_ascii_uppercase();
    let digits_of = |value: &str| {
        let digits = value.trim_start_matches(' ').trim_start_matches('0');
        digits.bytes().take_while(u8::is_ascii_digit).count()
    };
    parameters.split("SIZE=").skip(1).any(|value| digits_of(value) > DIGITS)
}

/// For data that would have no recipient (RFC 5321 §3.3; RFC 2033 §4.2 has a code of its own).
pub fn no_recipients(protocol: Protocol) -> Reply {
    match protocol {
        Protocol::Smtp => Reply::new(554, "5.5.1", "No valid recipients"),
        Protocol::Lmtp => Reply::new(503, "5.5.1", "No valid recipients"),
    }
}

/// For a command that we know of and do not take.
pub fn not_offered() -> Reply {
    Reply::new(502, "5.5.1", "This command is not offered here")
}

/// For a handshake that cannot even begin; the session goes on in clear (RFC 3207 §4).
pub fn not_encrypted() -> Reply {
    Reply::new(454, "4.7.0", "Encryption is not to be had just now")
}

/// For one who greets LMTP as SMTP (RFC 2033 §4.1).
pub fn not_smtp() -> Reply {
    Reply::new(500, "5.5.1", "This is LMTP; write LHLO domain")
}

/// For a line that nothing can be made of.
pub fn not_printable() -> Reply {
    Reply::new(500, "5.5.2", "Only printable ASCII may stand in this command")
}

/// For an address beyond ASCII without the parameter that it needs (RFC 6531 §3.5).
pub fn not_ascii() -> Reply {
    Reply::new(553, "5.6.7", "Such an address needs SMTPUTF8")
}

/// Whether a line is the first of an HTTP request.
pub fn speaks_http(text: &str) -> bool {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let verbs = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"];
    !rest.is_empty() && verbs.contains(&verb)
}

/// What stands between the first `<` and the next `>`.
pub fn path_of(line: &str) -> &str {
    let inside = line.split_once('<').map_or("", |(_, rest)| rest);
    inside.split_once('>').map_or("", |(path, _)| path).trim()
}

/// Whether nothing unknown was asked of a mail. Only SIZE, BODY and SMTPUTF8 are offered, and no binary body: other
/// parameters promise what we would not do.
pub fn known_mail_parameters(from: &MailFrom<std::borrow::Cow<'_, str>>) -> bool {
    from.flags & !(MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8) == 0
        && from.trans_id.is_none()
        && from.env_id.is_none()
        && from.solicit.is_none()
        && from.mtrk.is_none()
        && from.auth.is_none()
        && (from.by, from.mt_priority) == (0, 0)
        && (from.hold_for, from.hold_until) == (0, 0)
}

/// For a parameter that was not offered (RFC 5321 §4.1.1.11).
pub fn unknown_parameter() -> Reply {
    Reply::new(555, "5.5.4", "Unknown parameter")
}

/// What a client is told whose line is not to be read.
pub fn syntax_reply(fault: smtp_proto::Error) -> Reply {
    match fault {
        smtp_proto::Error::SyntaxError { syntax } => Reply::new(501, "5.5.4", format!("Write {syntax}")),
        smtp_proto::Error::InvalidSenderAddress => Reply::new(501, "5.1.7", "Bad sender address"),
        smtp_proto::Error::InvalidRecipientAddress => Reply::new(501, "5.1.3", "Bad recipient address"),
        smtp_proto::Error::InvalidParameter { param } => Reply::new(501, "5.5.4", format!("Bad value of {param}")),
        smtp_proto::Error::UnsupportedParameter { .. } => unknown_parameter(),
        // The others are about lines without an end and about replies; neither is given to the parser.
        _ => Reply::new(500, "5.5.2", "Unknown command"),
    }
}
