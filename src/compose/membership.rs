//! The mails around a membership: to be confirmed, welcome, goodbye.

use jiff::Timestamp;

use super::command::rhythm;
use super::question::beginning;
use super::{clean, moment};
use crate::discussion::{Block, Command, Schedule};

/// Asks somebody whether they want to join. Nothing of the mail that asked for it is repeated: its sender may be anybody.
pub fn join(list: &str, description: &str, until: Timestamp) -> Vec<Block> {
    let about = Some(clean::line(description)).filter(|about| !about.is_empty());
    let about = about.map(|about| format!("\n\n{about}")).unwrap_or_default();
    said(format!(
        "Do you want to join {list}?\n\nSomebody asked for it from this address; we hope it was you.{about}\n\nTo join, press Reply and \
         send; nothing need be written. This counts until {}.\n\nIf it was not you, do nothing: without an answer you are not on \
         the list, and you get no more mail about it.",
        moment::date(until)
    ))
}

/// Asks a member whether these commands are theirs; none: whether they want to leave, having said so to the list itself.
pub fn to_confirm(list: &str, commands: &[Command], until: Timestamp) -> Vec<Block> {
    let lines: String = commands.iter().map(|command| format!("\n  {command}")).collect();
    said(format!(
        "Did you ask this of {list}?\n{lines}\n\nIt came in your name, and we want to be sure. If it was you, press Reply and send; \
         nothing need be written. It is then done. This counts until {}.\n\nIf it was not you, do nothing, or answer “no”.",
        moment::date(until)
    ))
}

/// Asks a member whether a mail is theirs that came in their name.
pub fn sent(list: &str, subject: &str, wrote: &str, until: Timestamp) -> Vec<Block> {
    let ask = format!(
        "Did you send this to {list}?\n\nA mail came in your name, and your mail provider does not vouch for it. Its subject is “{}”. \
         It begins:",
        clean::cut(&clean::line(subject), 100)
    );
    let then = format!(
        "If you sent it, press Reply and send; nothing need be written. It is then published. This counts until {}.\n\nIf you did \
         not, answer “no”: it is then dropped. Without an answer somebody who looks after the list decides.",
        moment::date(until)
    );
    vec![Block::Said(ask), Block::quoted(beginning(wrote)), Block::Said(then)]
}

/// Asks a reader whether a mail is theirs that came from an unknown address to one that only they were given.
pub fn sender(list: &str, from: &str, wrote: &str, until: Timestamp) -> Vec<Block> {
    let ask = format!(
        "Was this you, writing to {list} from {from}?\n\nIt came to an address that was given to you, from one that is not known to be \
         yours. It begins:"
    );
    let then = format!(
        "If it was you, press Reply and send; nothing need be written. It is then published, and what you write from {from} is taken \
         as yours from then on. This counts until {}.\n\nIf it was not, answer “no”. You may have passed on a mail of the list with \
         your own address for answers in it.",
        moment::date(until)
    );
    vec![Block::Said(ask), Block::quoted(beginning(wrote)), Block::Said(then)]
}

/// Asks at a new address whether it is a member's; they want to `read` there, too.
pub fn address(list: &str, read: bool, until: Timestamp) -> Vec<Block> {
    let what = if read { "get the mail of" } else { "write from this address to" };
    said(format!(
        "Do you want to {what} {list} here?\n\nA subscriber gave this address as theirs; we hope it was you. If it is, press Reply and send; \
         nothing need be written. This counts until {}.\n\nIf it is not, do nothing, and you get no more mail about it.",
        moment::date(until)
    ))
}

/// Greets somebody who is on a list now.
pub fn welcome(list: &str, description: &str, schedule: &Schedule) -> Vec<Block> {
    let mut paragraphs = vec![format!("You are now on {list}.")];
    paragraphs.extend(Some(description.trim().to_owned()).filter(|about| !about.is_empty()));
    paragraphs.push(rhythm(schedule));
    paragraphs.push(
        "To answer something that you read from it, press Reply there: your answer goes to everybody on the list."
            .to_owned(),
    );
    paragraphs.push(
        "To change when you get mail, answer this one with a word in its first line: daily, weekly, each, or pause. The word help \
         tells what else can be asked."
            .to_owned(),
    );
    paragraphs.push(
        "Your address is not shown to anyone. To leave, use the link or the address at the end of this mail."
            .to_owned(),
    );
    said(paragraphs.join("\n\n"))
}

/// Takes leave of somebody; an answer until then brings them back.
pub fn goodbye(list: &str, until: Timestamp) -> Vec<Block> {
    said(format!(
        "You have left {list}, and get no more mail from it.\n\nIf that was a mistake, or somebody else did it, press Reply and send, \
         and you are back as before; nothing need be written. This counts until {}.",
        moment::date(until)
    ))
}

/// Tells somebody who is no member how to join; `owner`: where a person reads; `leaves`: they asked to be taken off it.
pub fn for_strangers(list: &str, owner: &str, leaves: bool) -> Vec<Block> {
    let first = match leaves {
        true => format!(
            "This address is not on {list}, so there is nothing to leave. If you get its mail, it goes to another address of yours: \
             write from that one, or use the link for leaving in a mail of the list."
        ),
        false => format!("This is {list}, a mailing list. This address is not on it."),
    };
    said(format!(
        "{first}\n\nTo join, answer this mail with the word join in its first line. Who is on the list can change when they get mail by \
         a word, and leave at any time.\n\nA person reads what you write to {owner}."
    ))
}

/// Tells somebody that their answer was neither yes nor no.
pub fn neither(said_so: &str, until: Timestamp) -> Vec<Block> {
    let line = clean::line(said_so.lines().find(|line| !line.trim().is_empty()).unwrap_or_default());
    said(format!(
        "“{}” is neither yes nor no. Write one of them in the first line of your answer. This counts until {}.",
        clean::cut(&line, 60),
        moment::date(until)
    ))
}

/// Tells a member that somebody at an address that is not known as theirs answered what they were asked.
pub fn from_elsewhere() -> Vec<Block> {
    said("An answer came to a question that only you were asked, from an address that is not known to be yours. Nothing was done. \
          If it was you, answer from the address at which you got the question."
        .to_owned())
}

/// Tells whoever reads at an address that somebody wanted to write from it, which is on the list by itself.
pub fn already_by_itself(list: &str) -> Vec<Block> {
    said(format!(
        "Somebody asked to write to {list} from this address as if it were theirs. It is known here already, as somebody's own, so \
         nothing was changed, and you need do nothing."
    ))
}

/// Tells a member that an address is taken for theirs.
pub fn address_taken(address: &str, read: bool) -> Vec<Block> {
    said(match read {
        true => format!("You get the list's mail at {address} from now on."),
        false => format!("What you write from {address} is taken as yours from now on."),
    })
}

fn said(text: String) -> Vec<Block> {
    vec![Block::Said(text)]
}
