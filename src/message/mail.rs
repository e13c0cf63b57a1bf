//! A mail as it came in, read once: who wrote it, what it answers, what it says.

use std::collections::HashSet;

use aws_lc_rs::digest;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use mail_parser::{DateTime, HeaderValue};

use super::body::{self, Attachment};
use super::correspondent::{self, Correspondent};
use super::header::{self, Field};
use super::rich::Source;
use super::{MessageId, Rich, bounds, clean, mime, subject};

/// Fields of which every mail has one, however it came to us (RFC 5322 §3.6).
const HEADER_OF_MAIL: [&str; 12] = [
    "From",
    "Date",
    "Subject",
    "To",
    "Message-ID",
    "Received",
    "Return-Path",
    "Sender",
    "In-Reply-To",
    "References",
    "Content-Type",
    "MIME-Version",
];

/// A parsed mail. Text and names in it hold no control character but `\n` and `\t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its Message-ID as stated in the first header of that name, byte-exact; or one made from its contents, the same
    /// for the same mail whatever way it came.
    pub message_id: MessageId,
    /// Whether the mail stated it.
    pub id_stated: bool,
    /// The ids in its first `In-Reply-To` header, byte-exact.
    pub in_reply_to: Vec<MessageId>,
    /// The ids in its first `References` header, oldest first, each once; of hundreds the first and the last 99.
    pub references: Vec<MessageId>,
    /// Who wrote it, as it says.
    pub from: Vec<Correspondent>,
    /// Decoded, one line; empty where there is none.
    pub subject: String,
    /// When it was written, as it says; `None` where it does not or where the date cannot be.
    pub date: Option<Timestamp>,
    /// The body as plain text with `\n` line ends: its plain text, else its HTML turned into text.
    pub text: String,
    /// Whether (some of) the text was HTML.
    pub from_html: bool,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// Its body as it is read where HTML is preferred; none where there is none.
    formatted: Vec<Source>,
    /// Name and value of every header field, in order, decoded.
    headers: Vec<(Box<str>, Box<str>)>,
}

impl Mail {
    /// Reads a mail. Never fails: what cannot be read is left out, and garbage gives an almost empty mail. Time and
    /// memory are linear in its size.
    pub fn parse(raw: &[u8]) -> Self {
        match lines_ended_by_cr(raw) {
            Some(mended) => Self::read(&mended),
            None => Self::read(raw),
        }
    }

    fn read(raw: &[u8]) -> Self {
        let raw = without_envelope_line(raw);
        let block = header::read(raw);
        let fields = &block.fields;
        let content = &raw[block.end..];
        let body = body::assemble(&mime::leaves(fields, content));
        let stated =
            header::first(fields, "Message-ID").and_then(|value| MessageId::of_header(&header::unfolded(value)));
        Self {
            id_stated: stated.is_some(),
            message_id: stated.unwrap_or_else(|| id_of_contents(fields, content)),
            in_reply_to: ids(fields, "In-Reply-To").into_iter().take(bounds::IN_REPLY_TO).collect(),
            references: first_and_last(ids(fields, "References")),
            from: header::first(fields, "From").map(correspondent::all_in).unwrap_or_default(),
            subject: header::first(fields, "Subject")
                .map(|value| clean::line(&header::decoded(value), bounds::SUBJECT_CHARS))
                .unwrap_or_default(),
            date: header::first(fields, "Date").and_then(date),
            text: body.text,
            from_html: body.from_html,
            attachments: body.attachments,
            formatted: body.formatted,
            headers: fields.iter().map(|field| (field.name.into(), header::decoded(field.value).into())).collect(),
        }
    }

    /// The body with its formatting; `None` where there is none, or more than is kept.
    pub fn rich(&self) -> Option<Rich> {
        if self.formatted.is_empty() { None } else { Rich::of(&self.formatted) }
    }

    /// The file at this [`Attachment::place`] of a raw mail, decoded; `None` where there is none.
    pub fn attachment(raw: &[u8], place: usize) -> Option<(Attachment, Vec<u8>)> {
        let mended = lines_ended_by_cr(raw);
        let raw = without_envelope_line(mended.as_deref().unwrap_or(raw));
        let block = header::read(raw);
        let leaf = mime::leaves(&block.fields, &raw[block.end..]).into_iter().nth(place)?;
        let content = leaf.header.encoding.decode(leaf.content).into_owned();
        Some((body::attachment(&leaf, place), content))
    }

    /// The first header of that name (in any case): unfolded, trimmed, decoded, without control characters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Every header of that name, in order, as [`Mail::header`] gives them.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Every header field, in order: its name as it stands, and its value as [`Mail::header`] gives it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Where the body begins in a raw mail, as [`Mail::parse`] tells it of one with nothing before its header.
    pub fn body_offset(raw: &[u8]) -> usize {
        header::read(raw).end
    }

    /// Whether there is any header field in it that mail has: without one it is something else with a colon in it.
    pub fn has_header(&self) -> bool {
        let of_mail = |name: &str| HEADER_OF_MAIL.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.headers.iter().any(|(name, _)| of_mail(name))
    }

    /// When the server that took it last says that it did (RFC 5321 §4.4).
    pub fn received_at(&self) -> Option<Timestamp> {
        let (_, stated) = self.header("Received")?.rsplit_once(';')?;
        date(stated.as_bytes())
    }

    /// How many machines say that they passed it on (RFC 5321 §4.4): a loop shows by many.
    pub fn received_hops(&self) -> usize {
        self.headers("Received").count()
    }

    /// The subject without `Re:` and the like, in any usual language, and without `[list]`: what the mails of one
    /// conversation share (RFC 5256 §2.1). May be empty.
    pub fn base_subject(&self) -> String {
        subject::read(&self.subject).base.to_owned()
    }

    /// The subject of an answer to it: its own, with one `Re:` in place of the marks before it.
    pub fn subject_of_answer(&self) -> String {
        format!("Re: {}", subject::behind_marks(&self.subject))
    }

    /// Whether the subject starts with the mark of an answer.
    pub fn has_reply_subject(&self) -> bool {
        subject::read(&self.subject).is_reply
    }

    /// Whether its header says that it answers another mail, and does not pass one on.
    pub fn is_answer(&self) -> bool {
        let names_others = !self.in_reply_to.is_empty() || !self.references.is_empty();
        let subject = subject::read(&self.subject);
        !subject.passes_on && (names_others || subject.is_reply)
    }
}

/// The mail with `\n` line ends where it has only `\r`, as very old systems wrote.
pub(super) fn lines_ended_by_cr(raw: &[u8]) -> Option<Vec<u8>> {
    let only_cr = raw.contains(&b'\r') && !raw.contains(&b'\n');
    only_cr.then(|| raw.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
}

/// The mail without the line that mbox files put before it, and without empty lines before its header.
pub(super) fn without_envelope_line(raw: &[u8]) -> &[u8] {
    let after_blank = raw.len() - raw.trim_ascii_start().len();
    let (mut line, mut next) = header::line_at(raw, after_blank);
    let mut start = after_blank;
    if line.starts_with(b"From ") || line.starts_with(b">From ") {
        start = next;
        (line, next) = header::line_at(raw, start);
    }
    let follows = header::is_known_field(line)
        || header::is_known_field(header::line_at(raw, next).0)
        // Some mail programs put fields of their own first, which go on over many lines.
        || header::read(&raw[start..]).fields.iter().take(FIELDS_AHEAD).any(|field| header::is_known(field.name));
    if start == 0 || follows { &raw[start..] } else { raw }
}

/// How many fields after an mbox file's line are looked at for one that mail usually has.
const FIELDS_AHEAD: usize = 5;

/// The ids in the first field of that name, in order, each once.
fn ids(fields: &[Field<'_>], name: &str) -> Vec<MessageId> {
    let found =
        header::first(fields, name).map(|value| MessageId::all_in(&header::unfolded(value))).unwrap_or_default();
    let mut seen = HashSet::new();
    found.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

fn first_and_last(mut ids: Vec<MessageId>) -> Vec<MessageId> {
    if ids.len() > bounds::REFERENCES {
        let tail = ids.len() - (bounds::REFERENCES - 1);
        ids.drain(1..tail);
    }
    ids
}

/// An id for a mail that states none, made from what no relay changes: the fields that its writer set, and the body
/// without regard to line ends and blank lines at its end.
fn id_of_contents(fields: &[Field<'_>], body: &[u8]) -> MessageId {
    let mut hash = digest::Context::new(&digest::SHA256);
    for name in ["From", "Subject", "Date", "In-Reply-To", "References"] {
        let value = header::first(fields, name).map(header::unfolded).unwrap_or_default();
        for word in value.split_whitespace() {
            hash.update(word.as_bytes());
            hash.update(b" ");
        }
        hash.update(b"\n");
    }
    for line in body.trim_ascii_end().split(|b| *b == b'\n') {
        hash.update(line.trim_ascii_end());
        hash.update(b"\n");
    }
    let digest = BASE32_NOPAD.encode(&hash.finish().as_ref()[..20]).to_lowercase();
    MessageId::of_contents(&digest)
}

fn date(value: &[u8]) -> Option<Timestamp> {
    let ended = format!("{}\n", header::unfolded(value));
    let bounded = &ended.as_bytes()[..ended.len().min(bounds::DECODED_VALUE_BYTES)];
    let HeaderValue::DateTime(stated) = mail_parser::parsers::MessageStream::new(bounded).parse_date() else {
        return None;
    };
    // A leap second (RFC 5322 §3.3) is read as the second before it.
    let stated = DateTime { second: stated.second.min(59), ..stated };
    let plausible = stated.is_valid();
    plausible.then(|| Timestamp::from_second(stated.to_timestamp()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(name: &str) -> Vec<u8> {
        let path = format!("{}/fixtures/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"))
    }

    fn fixture(name: &str) -> Mail {
        Mail::parse(&raw(name))
    }

    fn text_of(name: &str) -> String {
        fixture(name).text
    }

    fn words(ids: &[MessageId]) -> Vec<&str> {
        ids.iter().map(MessageId::as_str).collect()
    }

    #[test]
    fn a_plain_mail_says_who_when_what_and_to_which() {
        let mail = fixture("plain");
        assert_eq!(mail.message_id.as_str(), "plain@example.org");
        assert!(mail.id_stated);
        assert_eq!(words(&mail.in_reply_to), ["first@example.org"]);
        assert_eq!(words(&mail.references), ["first@example.org", "second@example.org"]);
        assert_eq!(mail.from.len(), 1);
        assert_eq!(mail.from[0].name.as_deref(), Some("Ada Writer"));
        assert_eq!(mail.from[0].address.as_str(), "ada@example.org");
        assert_eq!(mail.subject, "Sourdough in winter");
        assert_eq!(mail.date.unwrap().to_string(), "2026-01-05T07:30:00Z");
        assert_eq!(mail.text, "The starter is slow when the kitchen is cold.\n\nAda\n");
        assert!(!mail.from_html && mail.attachments.is_empty());
        assert_eq!(mail.received_hops(), 2);
        assert_eq!(mail.header("references"), Some("<first@example.org> <second@example.org> <first@example.org>"));
        assert_eq!(mail.headers("RECEIVED").count(), 2);
        assert_eq!(mail.header("List-Id"), None);
    }

    #[test]
    fn of_alternatives_the_plain_text_counts_unless_it_is_blank() {
        assert_eq!(text_of("alternative"), "Put it near the stove – not on it.\n");
        let blank = fixture("blank-plain-beside-html");
        assert_eq!(blank.text, "Only here.\n");
        assert!(blank.from_html);
        assert_eq!(blank.attachments.len(), 1);
        assert_eq!(blank.attachments[0].bytes, 8);
    }

    #[test]
    fn of_alternatives_plain_text_that_only_says_that_there_is_html_gives_way_to_it() {
        let mail = |plain: &str, html: &str| {
            Mail::parse(
                format!(
                    "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
                )
                .as_bytes(),
            )
        };
        let notice = mail("This letter needs a program that can show HTML.", "<p>The dough <b>rose</b> by noon.</p>");
        assert_eq!((notice.text.as_str(), notice.from_html), ("The dough rose by noon.\n", true));
        assert!(notice.rich().is_some_and(|rich| rich.text() == notice.text));
        let both = mail("The dough rose by noon.", "<style>p{}</style><p>The dough <b>rose</b> by noon.</p>");
        assert!(!both.from_html);
    }

    #[test]
    fn html_alone_becomes_text() {
        let mail = fixture("html-only");
        assert!(mail.from_html);
        assert_eq!(mail.text, "Warm water, 28 °C.\n\n- flour\n- salt\n\n> How warm?\n");
    }

    #[test]
    fn a_footer_part_hides_no_html() {
        assert_eq!(text_of("list-footer-part"), "Said in HTML.\n-- \nfooter of a list");
    }

    #[test]
    fn encodings_and_charsets_are_decoded() {
        let qp = "Ein Gläschen kostet 3 € und reicht für zwei Wochen, wenn man es kühl stellt.\n";
        assert_eq!(text_of("quoted-printable"), qp);
        assert_eq!(text_of("base64"), "Crème brûlée ☕\nsecond line\n");
        assert_eq!(text_of("latin-1"), "Le pain est prêt.\n");
        assert_eq!(text_of("windows-1252"), "“Proof” it – twice… 5 €\n");
        assert_eq!(text_of("no-charset-8bit"), "Brötchen\n");
        assert_eq!(text_of("iso-2022-jp"), "こんにちは。\nパンを焼きました。\n");
    }

    #[test]
    fn names_and_subjects_are_decoded_to_one_clean_line() {
        let japanese = fixture("iso-2022-jp");
        assert_eq!(japanese.from[0].name.as_deref(), Some("山田花子"));
        assert_eq!(japanese.subject, "パンの話");
        let encoded = fixture("encoded-headers");
        assert_eq!(encoded.from[0].name.as_deref(), Some("Zoë Bjørn"));
        assert_eq!(encoded.subject, "Re: Was ist mit der Grüße Bcc: x");
        assert_eq!(encoded.base_subject(), "Was ist mit der Grüße Bcc: x");
        assert!(encoded.has_reply_subject());
        assert_eq!(encoded.header("subject").unwrap(), encoded.subject);
        let raw = fixture("raw-utf-8-headers");
        assert_eq!((raw.from[0].name.as_deref(), &*raw.subject), (Some("Zoë"), "Größe"));
    }

    #[test]
    fn an_answer_names_a_mail_or_says_re_and_passes_none_on() {
        let mail = |header: &str| Mail::parse(format!("From: bo@example.org\n{header}\n\nx\n").as_bytes());
        for header in
            ["Subject: AW: Bread", "In-Reply-To: <a@b>", "References: <a@b>", "References: <a@b>\nSubject: Re: Fwd: x"]
        {
            assert!(mail(header).is_answer(), "{header}");
        }
        for header in ["Subject: Bread", "Subject: Fwd: Bread", "References: <a@b>\nSubject: WG: Bread"] {
            assert!(!mail(header).is_answer(), "{header}");
        }
    }

    #[test]
    fn a_leap_second_is_a_time() {
        assert_eq!(fixture("encoded-headers").date.unwrap().to_string(), "2026-01-07T03:29:59Z");
    }

    #[test]
    fn flowed_text_is_joined() {
        assert_eq!(text_of("flowed"), "On Monday Bo wrote:\n> The oven is too hot.\n\nThen turn it down.\n-- \nAda\n");
        assert_eq!(text_of("flowed-delsp"), "パンは美味しい。\n");
    }

    #[test]
    fn a_forwarded_mail_is_an_attachment_and_not_looked_into() {
        let mail = fixture("forwarded");
        assert_eq!(mail.text, "See what Bo says.\n");
        assert_eq!(mail.message_id.as_str(), "fwd@example.org");
        let attached: Vec<_> = mail.attachments.iter().map(|a| (a.name.as_deref(), &*a.media_type)).collect();
        assert_eq!(attached, [(Some("bo.eml"), "message/rfc822"), (Some("Bröt/chen.pdf"), "application/pdf")]);
        assert_eq!(mail.attachments[1].bytes, 1234);
    }

    #[test]
    fn broken_headers_lose_only_themselves() {
        let mail = fixture("broken-headers");
        assert_eq!(mail.from.len(), 1);
        assert_eq!(mail.subject, "Spaced");
        assert_eq!(mail.message_id.as_str(), "broken@example.org");
        assert_eq!(mail.date, None);
        assert_eq!(mail.header("X-Empty"), Some(""));
        assert_eq!(mail.text, "Still text.\n");
    }

    #[test]
    fn a_mail_without_an_id_gets_the_same_one_whatever_way_it_came() {
        let mail = fixture("no-message-id");
        assert!(!mail.id_stated);
        let other_way = String::from_utf8(raw("no-message-id")).unwrap().replace("\r\n", "\n") + "\n";
        let other_way = format!("Received: from nowhere\nX-Spam: no\n{other_way}");
        assert_eq!(Mail::parse(other_way.as_bytes()).message_id, mail.message_id);
        let other_mail = other_way.replace("same mail", "other mail");
        assert_ne!(Mail::parse(other_mail.as_bytes()).message_id, mail.message_id);
    }

    #[test]
    fn of_headers_given_twice_the_first_counts() {
        let mail = fixture("two-message-ids");
        assert_eq!(mail.message_id.as_str(), "one@example.org");
        assert_eq!(mail.subject, "first");
        assert_eq!(words(&mail.in_reply_to), ["a@x"]);
    }

    #[test]
    fn a_missing_empty_line_loses_no_text() {
        let mail = fixture("missing-blank-line");
        assert_eq!(mail.message_id.as_str(), "gap@example.org");
        assert!(mail.text.contains("From: is a word that I use."), "{}", mail.text);
    }

    #[test]
    fn an_empty_file_is_an_empty_mail() {
        let mail = fixture("empty");
        assert!(mail.text.is_empty() && mail.from.is_empty() && mail.subject.is_empty() && !mail.id_stated);
    }

    #[test]
    fn no_control_character_comes_through() {
        let mail = fixture("nuls");
        assert_eq!(mail.text, "onetwothreefour\n");
        assert!(!mail.subject.chars().any(char::is_control));
        assert!(!mail.from.iter().filter_map(|from| from.name.as_ref()).any(|name| name.contains('\0')));
        let spelled = Mail::parse(b"Content-Type: text/html\n\na&#1;&#2;b&#x9d;&#0;");
        assert!(!spelled.text.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn odd_line_ends_and_mbox_lines_are_read() {
        assert_eq!(text_of("cr-only"), "one\ntwo\n");
        assert_eq!(fixture("cr-only").message_id.as_str(), "cr@example.org");
        assert_eq!(text_of("mbox-line"), "in a box\n");
        assert_eq!(fixture("mbox-line").subject, "Sourdough in winter");
    }

    #[test]
    fn a_multipart_without_its_parts_is_text() {
        assert!(text_of("missing-boundary").contains("Found all the same."));
    }

    #[test]
    fn a_named_text_is_a_file_unless_the_mail_starts_with_it() {
        let mail = fixture("named-text");
        assert_eq!(mail.text, "Body.");
        assert_eq!(mail.attachments[0].name.as_deref(), Some("recipe.txt"));
        assert_eq!(mail.attachments[0].bytes, "Flour=500".len());
    }

    #[test]
    fn a_signed_mail_is_read_like_any_other() {
        let mail = fixture("signed");
        assert_eq!(mail.text, "Signed words.");
        assert_eq!(mail.attachments[0].media_type, "application/pgp-signature");
    }

    #[test]
    fn of_hundreds_of_references_the_first_and_the_last_stay() {
        let ids: String = (0..500).map(|n| format!("<{n}@x>\r\n ")).collect();
        let mail = Mail::parse(format!("References: {ids}\r\n\r\n").as_bytes());
        assert_eq!(mail.references.len(), 100);
        assert_eq!(mail.references[0].as_str(), "0@x");
        assert_eq!(mail.references[1].as_str(), "401@x");
        assert_eq!(mail.references[99].as_str(), "499@x");
    }

    #[test]
    fn mails_nested_forty_thousand_deep_need_no_stack() {
        let plain = "Content-Type: message/rfc822\n\n".repeat(40_000) + "end";
        let multipart: String =
            (0..40_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let digest: String =
            (0..40_000).map(|n| format!("Content-Type: multipart/digest; boundary=b{n}\n\n--b{n}\n\n")).collect();
        let encoded = format!(
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{}",
            data_encoding::BASE64.encode(plain.as_bytes())
        );
        let reading = std::thread::spawn(move || {
            [plain, multipart, digest, encoded].map(|raw| Mail::parse(raw.as_bytes()).attachments.len())
        });
        assert!(reading.join().unwrap().iter().all(|attached| *attached <= bounds::PARTS));
    }

    #[test]
    fn thousands_of_headers_and_parts_are_bounded() {
        let headers = "X-Header: value\n".repeat(50_000);
        assert!(Mail::parse(headers.as_bytes()).headers("X-Header").count() <= bounds::HEADERS);
        let parts = "--b\nContent-Type: image/png\n\nx\n".repeat(50_000);
        let mail = Mail::parse(format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}").as_bytes());
        assert!(mail.attachments.len() <= bounds::PARTS);
        let words = "=?utf-8?q?a".repeat(100_000);
        assert!(Mail::parse(format!("Subject: {words}\nFrom: {words}\n\n").as_bytes()).from.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_bytes_are_read(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
            check(&Mail::parse(&raw));
        }

        #[test]
        fn mail_like_text_is_read(
            lines in proptest::collection::vec(
                "(From|To|Subject|Date|Message-ID|References|Content-Type|Content-Transfer-Encoding|Content-Disposition): \
                 (multipart/(mixed|alternative|digest); boundary=b|text/(plain|html)(; charset=[a-z0-9-]{2,12})?|base64|\
                 quoted-printable|<.{0,9}>|=[?][a-z0-9-]{2,11}[?][qb][?].{0,12}[?]=|.{0,20})|--b(--)?||> .{0,9}|\
                 <[a-z]{1,10}( style=.{0,9})?>.{0,9}|[ \t]?.{0,30}",
                0..40,
            ),
        ) {
            check(&Mail::parse(lines.join("\r\n").as_bytes()));
        }
    }

    fn check(mail: &Mail) {
        let is_clean = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        assert!(is_clean(&mail.text));
        assert!(!mail.subject.chars().any(char::is_control));
        assert!(mail.headers.iter().all(|(_, value)| !value.chars().any(char::is_control)));
        assert!(mail.from.iter().filter_map(|from| from.name.as_ref()).all(|name| !name.chars().any(char::is_control)));
    }
}
