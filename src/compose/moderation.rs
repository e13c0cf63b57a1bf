//! The mail to a moderator: what waits, or what became of what they decided; and the words to those whose mail it was.

use std::fmt::Write;

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::body::{self, Piece};
use super::header::Headers;
use super::mail::Mail;
use super::place::{Place, mailto};
use super::{ComposeError, Frozen, clean, moment, slot};
use crate::discussion::{Block, ConfirmationId, ListFacts, Number};
use crate::message::MessageId;

/// How much of a mail is shown, characters, and of a title.
const BEGINNING: usize = 400;
const TITLE_COLUMNS: usize = 80;

/// A mail that waits, as a moderator is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number in this mail.
    pub number: usize,
    /// Who sent it, and what the list knows of them.
    pub from: String,
    /// Its subject.
    pub title: String,
    /// Why it waits.
    pub why: String,
    /// How its text begins.
    pub text: String,
    /// Since when it waits.
    pub since: Timestamp,
}

/// A mail to a moderator.
#[derive(Clone, Debug)]
pub struct ModeratorMail<'a> {
    /// The list.
    pub list: ListFacts,
    /// Its subject.
    pub subject: String,
    /// What stands before the list: a line each.
    pub told: Vec<String>,
    /// What waits.
    pub waiting: &'a [Waiting],
    /// How many more wait that are not among these.
    pub more: usize,
    /// What it asks.
    pub confirmation: ConfirmationId,
    /// How long it may be answered.
    pub until: Timestamp,
    /// When it is made.
    pub now: Timestamp,
    /// The mail that it answers; `None` where it comes by itself.
    pub in_reply_to: Option<MessageId>,
}

#[derive(Template)]
#[template(path = "moderation.txt")]
struct Text<'a> {
    body: String,
    place: &'a Place,
}

#[derive(Template)]
#[template(path = "moderation.html")]
struct Html<'a> {
    told: Vec<Piece>,
    waiting: Vec<Shown>,
    foot: Vec<Piece>,
    place: &'a Place,
    subject: &'a str,
}

/// A [`Waiting`] with its links, safe to render.
struct Shown {
    number: usize,
    from: String,
    title: String,
    why: String,
    text: Vec<Piece>,
    /// What each link says, and where it leads; the first is what most press.
    links: Vec<(String, String)>,
}

/// Renders a mail to a moderator, with slots.
///
/// # Errors
/// [`ComposeError::Domain`] where the list's domain cannot stand in a header.
pub fn moderator_mail(mail: &ModeratorMail<'_>) -> Result<Frozen, ComposeError> {
    let place = Place::of(&mail.list);
    place.checked()?;
    let subject = clean::line(&mail.subject);
    let reply_to = place.word_address(&format!("c.{}", slot::confirmation(mail.confirmation)));
    let waiting: Vec<Shown> = mail.waiting.iter().map(|one| Shown::of(one, mail.now, &reply_to)).collect();
    let said = |text: String| body::shown(&[Block::Said(text)]);
    let told = if mail.told.is_empty() { Vec::new() } else { said(mail.told.join("\n\n")) };
    let foot = said(foot(mail));
    let text = Text { body: laid_out(&told, &waiting, &foot), place: &place }.render()?;
    let html = Html { told, waiting, foot, place: &place, subject: &subject }.render()?;
    let mut headers = Headers::default();
    headers
        .mailbox("From", &place.title, &place.address())
        .put("To", slot::TO)
        .mailbox("Reply-To", &place.title, &reply_to)
        .text("Subject", &subject)
        .put("Date", slot::DATE)
        .put("Message-ID", &format!("<n.{}@{}>", slot::SENT, place.domain));
    if let Some(answered) = super::each::bracketed(&mail.in_reply_to) {
        headers.put("In-Reply-To", &answered).put("References", &answered);
    }
    headers
        .list(&place, false)
        .put("Auto-Submitted", if mail.in_reply_to.is_some() { "auto-replied" } else { "auto-generated" })
        .put("X-Auto-Response-Suppress", "OOF, AutoReply, DR, RN, NRN");
    Ok(Frozen { bytes: Mail { headers, text, html }.into_bytes(), subject })
}

impl Shown {
    fn of(one: &Waiting, now: Timestamp, reply_to: &str) -> Self {
        let Waiting { number, from, title, why, text, since } = one;
        let link = |verb: &str| {
            let words = format!("{verb} {number}");
            let to = mailto(reply_to, Some(&words));
            (words, to)
        };
        Self {
            number: *number,
            from: clean::line(from),
            title: clean::cut(&clean::line(title), TITLE_COLUMNS).into_owned(),
            why: format!("{} It has waited for {}.", clean::line(why), age(now.duration_since(*since))),
            text: if text.trim().is_empty() { Vec::new() } else { body::shown(&[Block::quoted(beginning(text))]) },
            links: ["ok", "drop", "ban"].map(link).into(),
        }
    }

    /// For the text part. The links stand on lines of their own, whole: a mail program may break them, we do not.
    fn laid_out(&self) -> String {
        let Self { number, from, title, why, text, links } = self;
        let head = Block::Said(format!("{number}. {from}\n“{title}”\n{why}"));
        let mut laid = body::laid_out(&body::shown(&[head]), 0);
        if !text.is_empty() {
            let _ = write!(laid, "\n\n{}", body::laid_out(text, 0));
        }
        laid.push('\n');
        for (words, to) in links {
            // Writing to a String never fails.
            let _ = write!(laid, "\n{words}: {to}");
        }
        laid
    }
}

fn laid_out(told: &[Piece], waiting: &[Shown], foot: &[Piece]) -> String {
    let told = (!told.is_empty()).then(|| body::laid_out(told, 0));
    let waiting = waiting.iter().map(Shown::laid_out);
    told.into_iter().chain(waiting).chain([body::laid_out(foot, 0)]).collect::<Vec<_>>().join("\n\n")
}

fn foot(mail: &ModeratorMail<'_>) -> String {
    let mut foot = String::new();
    if mail.more > 0 {
        let _ = write!(foot, "… and {} more, of which another mail tells once these are decided.\n\n", mail.more);
    }
    if mail.waiting.is_empty() {
        foot.push_str("Nothing else waits.");
        return foot;
    }
    foot.push_str(
        "Press Reply and write what is to be done, such as:\n\n  ok 1 3; drop 2\n  ok all\n  ok 1 under 12#7  as an answer \
         to response 7 of post 12\n  ban 2  drops it, and takes no more from its sender\n  remove 12#7  takes away what is \
         published already\n\n",
    );
    let _ = write!(
        foot,
        "What you do not name goes on waiting. This mail may be answered more than once, until {}; each number is decided \
         once. Do not pass it on: whoever has it can decide.",
        moment::date(mail.until)
    );
    foot
}

/// How long something has waited, roughly.
fn age(waited: SignedDuration) -> String {
    let count = |many: i64, what: &str| format!("{many} {what}{}", if many == 1 { "" } else { "s" });
    match waited.as_mins() {
        minutes if minutes < 1 => "less than a minute".to_owned(),
        minutes @ ..60 => count(minutes, "minute"),
        minutes if minutes < 48 * 60 => count(minutes / 60, "hour"),
        minutes => count(minutes / (24 * 60), "day"),
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(BEGINNING) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The word to a member whose mail waits; `why`: as it is told to whoever sent it.
pub fn waits(why: &str) -> Vec<Block> {
    vec![Block::Said(format!(
        "Your mail has come, and waits for somebody who looks after the list. {why}\n\nYou need not do anything: you hear \
         what was decided."
    ))]
}

/// The word to a member whose mail was let in: as which response to which post; `None`: as a post.
pub fn let_in(title: &str, number: Option<Number>) -> Vec<Block> {
    let title = clean::cut(&clean::line(title), TITLE_COLUMNS).into_owned();
    let place = match number {
        Some(number) => format!("as #{number} in “{title}”"),
        None => format!("as a new post, “{title}”"),
    };
    vec![Block::Said(format!("Your mail was accepted by somebody who looks after the list, and is published {place}."))]
}

/// The word to a member whose mail was not let in.
pub fn not_let_in() -> Vec<Block> {
    vec![Block::Said(
        "Somebody who looks after the list has decided not to publish your mail. Nobody on the list has seen it. If you want \
         to know more, answer this mail: it goes to the list's owner."
            .to_owned(),
    )]
}

/// The word to a member whose post or response was taken away.
pub fn taken_away(title: &str, number: Option<Number>) -> Vec<Block> {
    let title = clean::cut(&clean::line(title), TITLE_COLUMNS).into_owned();
    let what = match number {
        Some(number) => format!("response #{number} in “{title}”"),
        None => format!("post “{title}”"),
    };
    vec![Block::Said(format!(
        "Your {what} was removed by somebody who looks after the list. Who has not had it does not get it; who has had it \
         keeps it. If you want to know more, answer this mail: it goes to the list's owner."
    ))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(waiting: &[Waiting], more: usize) -> String {
        let list = ListFacts {
            name: "talk".to_owned(),
            title: "Talk".to_owned(),
            domain: "lists.example".to_owned(),
            web_url: None,
            footer: String::new(),
            time_zone: "UTC".to_owned(),
        };
        let mail = ModeratorMail {
            list,
            subject: "1 mail waits".to_owned(),
            told: vec!["These wait.".to_owned()],
            waiting,
            more,
            confirmation: ConfirmationId(5),
            until: Timestamp::UNIX_EPOCH,
            now: Timestamp::UNIX_EPOCH,
            in_reply_to: None,
        };
        let bytes = moderator_mail(&mail).unwrap().bytes;
        String::from_utf8(bytes).unwrap().replace("=\r\n", "")
    }

    fn waiting() -> Waiting {
        Waiting {
            number: 2,
            from: "Eve <eve@example.org>\r\nBcc: x".to_owned(),
            title: "On <b>bread</b>".to_owned(),
            why: "It is the first.".to_owned(),
            text: "wörter ".repeat(400),
            since: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn each_mail_that_waits_has_its_words_and_links_in_both_parts() {
        let mail = mail(&[waiting()], 3);
        assert!(mail.is_ascii() && !mail.contains("\nBcc"), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n") && mail.contains("talk+c.\u{1}c5\u{2}@"), "{mail}");
        for words in ["ok%202", "drop%202", "ban%202"] {
            assert_eq!(mail.matches(words).count(), 2, "{words} in {mail}");
        }
        assert!(mail.contains("&#60;b&#62;bread") && !mail.contains("<b>bread</b></"), "{mail}");
        assert!(mail.contains(" and 3 more, of which") && mail.contains("1 January 1970"), "{mail}");
    }

    #[test]
    fn where_nothing_waits_it_asks_nothing() {
        let mail = mail(&[], 0);
        assert!(mail.contains("Nothing else waits.") && !mail.contains("ok 1 3"), "{mail}");
    }

    #[test]
    fn how_long_something_waits_is_told_roughly() {
        for (minutes, told) in [
            (0, "less than a minute"),
            (1, "1 minute"),
            (59, "59 minutes"),
            (60, "1 hour"),
            (2879, "47 hours"),
            (2880, "2 days"),
        ] {
            assert_eq!(age(SignedDuration::from_mins(minutes)), told);
        }
    }
}
