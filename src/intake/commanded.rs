//! What a mail to an address for commands asks.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::address::Word;
use crate::command::{self, Read};
use crate::discussion::Command;
use crate::message::Mail;
use crate::reply::{Reading, Span, SpanKind};
use crate::store::Commanded;

/// How many lines the head of a copy has at least.
const HEAD: usize = 3;

/// What is said above the head of a copy: some programs set a block of `From:` and `Sent:` lines before a mail that they copy
/// without marks, and nothing below it is a command.
pub(super) fn above_copy(reading: &Reading) -> String {
    let is_head = |span: &&Span| span.kind == SpanKind::Attribution && span.text.trim().lines().count() >= HEAD;
    let spans = reading.spans.iter().take_while(|span| !is_head(span));
    spans.filter(|span| span.kind == SpanKind::Said).map(|span| span.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// What is asked by a mail to one of the words' addresses. `leaves`: it says nothing but that.
pub(super) fn commanded(word: Word, mail: &Mail, said: &str, leaves: bool, at: Timestamp) -> Commanded {
    let today = at.to_zoned(TimeZone::UTC).date();
    let mut read = command::read(&mail.subject, said, today);
    let is_known = |read: &[Read]| read.iter().any(|read| !matches!(read, Read::Unknown(_)));
    match word {
        Word::Leave => read = vec![Read::Known(Command::Leave)],
        Word::Join => {
            // What else is chosen goes with it: `weekly`, `name Ellen`.
            read.retain(|read| matches!(read, Read::Known(command) if joins_with(command)));
            read.insert(0, Read::Known(Command::Join));
        }
        Word::Help if leaves && !is_known(&read) => read = vec![Read::Known(Command::Leave)],
        Word::Help | Word::Owner => {}
    }
    Commanded { read, to_list: false }
}

/// Whether somebody may say this when they join.
fn joins_with(command: &Command) -> bool {
    matches!(
        command,
        Command::Deliver(..) | Command::Hour(_) | Command::Zone(_) | Command::Name(_) | Command::Receipts(_)
    )
}
