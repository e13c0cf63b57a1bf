//! The receipt for what somebody sent, and what they may answer to it: `undo`, `show all`, `correct:`.

use rusqlite::params;

use super::arrival::Words;
use super::ban::is_banned;
use super::confirm::{self, Asked, Confirmation};
use super::item::{self, Published};
use super::mail::Taking;
use super::outcome::Outcome;
use super::{StoreError, revise, row};
use crate::compose::{self, Became, Sent};
use crate::discussion::{ItemId, List, Member, MemberState, Number};
use crate::reply::{Reading, Span, SpanKind};

/// How often somebody is told again what may be answered.
const MOST_TRIES: u8 = 2;

/// What people write behind what they ask for.
const COURTESY: [&str; 8] = ["please", "thanks", "thank you", "bitte", "danke", "merci", "por favor", "gracias"];

/// What the author of an item asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Undo,
    ShowAll,
    Correct,
}

impl Command {
    /// What becomes of an item.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Undo => "taken back",
            Self::ShowAll => "shown whole",
            Self::Correct => "given another text",
        }
    }

    /// Whether it counts from whoever has the receipt's address.
    pub(super) fn works_for_anybody(self) -> bool {
        self == Self::Undo
    }
}

impl Taking<'_> {
    /// Tells the sender what became of their mail, where they want to know.
    pub(super) fn tell_published(
        &self,
        list: &List,
        member: Option<&Member>,
        published: &[Published],
    ) -> Result<(), StoreError> {
        let Some(member) = member.filter(|member| member.receipts) else { return Ok(()) };
        let items: Vec<ItemId> = published.iter().map(|published| published.item).collect();
        self.tell_of(list, member, &items, None, 0, |_| Became::Published)
    }

    /// Takes the answer to a receipt. Only its first line is a command, and only what its sender said.
    pub(super) fn answer_receipt(
        &mut self,
        list: &List,
        member: &Member,
        asked: &Confirmation,
        items: &[ItemId],
    ) -> Result<Outcome, StoreError> {
        let reading = row::unpacked(&self.arrival.shown.words.text)?;
        let is_theirs = self.is_theirs(member)?;
        let mail = self.keep()?;
        let Some((command, chosen)) = self.understood(member, items)? else {
            return self.not_understood(
                list,
                member,
                asked,
                items,
                "It was not understood what is to be done. Nothing was changed.",
            );
        };
        if !command.works_for_anybody() && !is_theirs {
            return self.not_understood(
                list,
                member,
                asked,
                items,
                "An answer came that would change what you wrote, and it is not certain that it is yours. Nothing was \
                 changed. Write it from an address that this list knows as yours.",
            );
        }
        let new = correction(&reading);
        if command == Command::Correct && new.said().is_empty() {
            return self.not_understood(
                list,
                member,
                asked,
                items,
                "No new text stands behind `correct:`. Nothing was changed.",
            );
        }
        confirm::answered(self.db, asked.id, mail)?;
        let formatted = self.arrival.shown.words.formatted()?.and_then(correction_formatted);
        let new = Words::pack(&new, formatted.as_deref())?;
        for item in chosen {
            self.apply(*item, command, &new)?;
        }
        let became = |item| match command {
            Command::ShowAll if chosen.contains(&item) => Became::ShownWhole,
            Command::Correct if chosen.contains(&item) => Became::Corrected,
            _ => Became::Published,
        };
        self.tell_of(list, member, items, None, 0, became)?;
        Ok(Outcome::Done(match command {
            Command::Undo => "its author took it back",
            Command::ShowAll => "its author had it shown whole",
            Command::Correct => "its author corrected it",
        }))
    }

    /// What the mail asks of which of these items; `None` where that is not understood, or they may not ask it any more.
    pub(super) fn understood<'i>(
        &self,
        member: &Member,
        items: &'i [ItemId],
    ) -> Result<Option<(Command, &'i [ItemId])>, StoreError> {
        let may = |command| command == Command::Undo || member.state != MemberState::Left;
        Ok(command(&self.first_line()?).filter(|(command, _)| may(*command)).and_then(|(command, number)| {
            let chosen = match number {
                Some(number) => items.get(number.checked_sub(1)?..number)?,
                None if command == Command::Correct && items.len() > 1 => return None,
                None => items,
            };
            Some((command, chosen))
        }))
    }

    /// Whether the answer to a receipt is certainly the author's. The token says which receipt is answered; it goes
    /// wherever the receipt is passed on to, so who answers it has to be told by more before words are shown under the
    /// author's name.
    pub(super) fn is_theirs(&self, member: &Member) -> Result<bool, StoreError> {
        let is_banned = || is_banned(self.db, member.list, &member.address);
        Ok(self.arrival.suspicion.is_none() && self.is_by(member)? && !is_banned()?)
    }

    fn apply(&self, item: ItemId, command: Command, new: &Words) -> Result<(), StoreError> {
        let (db, now) = (self.db, self.arrival.received_at);
        let Some(current) = revise::current(db, item)? else { return Ok(()) };
        match command {
            Command::Undo => revise::remove(db, item, now).map(drop),
            Command::ShowAll if current.hidden().next().is_none() && current.hidden_lines().0 == 0 => Ok(()),
            Command::ShowAll => {
                let whole = Words::pack(&revise::shown_whole(db, &current)?, None)?;
                revise::revise(db, item, &whole, "shown whole", now)
            }
            Command::Correct => revise::revise(db, item, new, "corrected", now),
        }
    }

    fn not_understood(
        &mut self,
        list: &List,
        member: &Member,
        asked: &Confirmation,
        items: &[ItemId],
        problem: &str,
    ) -> Result<Outcome, StoreError> {
        if asked.tries >= MOST_TRIES || !self.may_tell(member)? {
            return self.ignored("an answer to a receipt that was not understood");
        }
        let mail = self.keep()?;
        confirm::answered(self.db, asked.id, mail)?;
        self.tell_of(list, member, items, Some(problem), asked.tries + 1, |_| Became::Published)?;
        Ok(Outcome::Done("an answer that was not understood"))
    }

    /// Queues a receipt for these items, which may be answered as long as one of them is there.
    fn tell_of(
        &self,
        list: &List,
        member: &Member,
        items: &[ItemId],
        problem: Option<&str>,
        tries: u8,
        became: impl Fn(ItemId) -> Became,
    ) -> Result<(), StoreError> {
        if !self.may_tell(member)? {
            return Ok(());
        }
        let sent: Vec<Sent> = items.iter().map(|item| self.sent(*item, became(*item))).collect::<Result<_, _>>()?;
        let asks = match sent.iter().any(|sent| sent.became != Became::Withdrawn) {
            true => Some(self.ask(list, Some(member.id), &Asked::Receipt(items.to_vec()), tries)?),
            false => None,
        };
        let text = compose::receipt(problem, &sent, asks.map(|(_, until)| until));
        self.tell(list, member, text, asks.map(|(id, _)| id)).map(drop)
    }

    /// What is told of an item: as it is now.
    fn sent(&self, item: ItemId, became: Became) -> Result<Sent, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT i.number, p.title, above.author, above.number FROM item i JOIN post p ON p.id = i.post_id
             LEFT JOIN item above ON above.id = i.parent_id AND above.state = 'published' WHERE i.id = ?1",
        )?;
        let (number, title, author, above) = query.query_row(params![item.0], |row| {
            let (number, above) = (row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(3)?);
            Ok((number, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?, above))
        })?;
        let reading = revise::current(self.db, item)?;
        let became = if reading.is_some() { became } else { Became::Withdrawn };
        let reading = reading.unwrap_or_default();
        // What a post quotes is shown.
        let (quoted_lines, other_lines) = match number {
            Some(_) => reading.hidden_lines(),
            None => (0, reading.other_lines()),
        };
        Ok(Sent {
            became,
            number: number.map(Number),
            title,
            under: author.map(|author| (author, above.map(Number))),
            blocks: reading.blocks(),
            files: item::attachments(self.db, item)?,
            quoted_lines,
            other_lines,
        })
    }
}

/// What a line asks, and of which item by its place in the receipt.
fn command(line: &str) -> Option<(Command, Option<usize>)> {
    let lower = line.to_lowercase();
    if let Some(rest) = lower.strip_prefix("correct") {
        let (number, _) = rest.split_once([':', '：'])?;
        return Some((Command::Correct, place(number)?));
    }
    let plain = without_courtesy(&lower);
    let rest = |word: &str| plain.strip_prefix(word).filter(|rest| rest.is_empty() || rest.starts_with(' ')).map(place);
    if let Some(number) = rest("undo") {
        return Some((Command::Undo, number?));
    }
    Some((Command::ShowAll, rest("show all")??))
}

/// A line without the signs around it, and without "please" and thanks behind it.
fn without_courtesy(line: &str) -> &str {
    let is_sign = |c: char| c.is_whitespace() || c.is_ascii_punctuation();
    let mut plain = line.trim_matches(is_sign);
    let one_less = |plain: &'_ str| {
        let behind = COURTESY.iter().filter_map(|word| plain.strip_suffix(word).map(str::len));
        behind.filter(|length| plain[..*length].ends_with(is_sign)).min()
    };
    while let Some(length) = one_less(plain) {
        plain = plain[..length].trim_end_matches(is_sign);
    }
    plain
}

/// A place that may be left out: outer `None` where something else stands there.
fn place(text: &str) -> Option<Option<usize>> {
    match text.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

/// The text that follows `correct:`, with the quotes in it; what the mail program quoted below is left out.
fn correction(reading: &Reading) -> Reading {
    let is_said = |span: &Span| span.kind == SpanKind::Said && !span.text.trim().is_empty();
    let (Some(first), Some(last)) = (reading.spans.iter().position(is_said), reading.spans.iter().rposition(is_said))
    else {
        return Reading::default();
    };
    let mut spans = reading.spans[first..=last].to_vec();
    if let Some(span) = spans.first_mut() {
        let behind = span.text.split_once([':', '：']).map(|(_, behind)| behind.trim_start().to_owned());
        span.text = behind.unwrap_or_default();
    }
    spans.retain(|span| !span.text.is_empty());
    Reading { spans }
}

/// What was said with its formatting, without the `correct:` that it begins with. `None` where that cannot be told for
/// certain, and where it has pictures: they would be those of another mail.
fn correction_formatted(mut blocks: Vec<String>) -> Option<Vec<String>> {
    let first = blocks.first_mut()?;
    let mut from = 0;
    while first[from..].starts_with('<') {
        from += first[from..].find('>')? + 1;
    }
    let upto = first[from..].find('<').map_or(first.len(), |length| from + length);
    let words = first[from..upto].trim_start();
    let is_command = words.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("correct"));
    let (_, behind) = words.split_once([':', '：']).filter(|_| is_command)?;
    let (before, behind, after) = (&first[..from], behind.trim_start(), &first[upto..]);
    // Of a paragraph of its own nothing is left.
    let emptied = before.rfind('<').filter(|_| behind.is_empty() && after.starts_with("</"));
    *first = match emptied.zip(after.find('>')) {
        Some((start, end)) => format!("{}{}", &before[..start], &after[end + 1..]),
        None => format!("{before}{behind}{after}"),
    };
    (!blocks.iter().any(|block| block.contains("<img "))).then_some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    #[test]
    fn the_first_line_is_a_command_or_none() {
        for (line, expected) in [
            ("undo", Some((Command::Undo, None))),
            ("Undo.", Some((Command::Undo, None))),
            ("`undo`", Some((Command::Undo, None))),
            ("undo 2", Some((Command::Undo, Some(2)))),
            ("undo please", Some((Command::Undo, None))),
            ("Undo 2, please. Thank you!", Some((Command::Undo, Some(2)))),
            ("undo me, please", None),
            ("Show all", Some((Command::ShowAll, None))),
            ("show all 3!", Some((Command::ShowAll, Some(3)))),
            ("correct:", Some((Command::Correct, None))),
            ("Correct: I meant Tuesday: the second", Some((Command::Correct, None))),
            ("correct 2: I meant Tuesday", Some((Command::Correct, Some(2)))),
            ("undone", None),
            ("undo that please", None),
            ("show allotments", None),
            ("correct", None),
            ("correct me if I am wrong: it was Tuesday", None),
            ("thank you", None),
            ("", None),
        ] {
            assert_eq!(command(line), expected, "{line}");
        }
    }

    #[test]
    fn a_corrections_formatting_loses_its_command_and_nothing_else() {
        let of = |html: &str| {
            correction_formatted(vec![html.to_owned(), "<p>next</p>".to_owned()]).map(|mut all| all.remove(0))
        };
        for (html, expected) in [
            ("<p>Correct: Yes, <em>very</em>: 1.</p>", "<p>Yes, <em>very</em>: 1.</p>"),
            (
                "<div dir=\"rtl\"><p>correct 2:</p><ul><li>a</li></ul></div>",
                "<div dir=\"rtl\"><ul><li>a</li></ul></div>",
            ),
            ("<div>correct:<br>a</div>", "<div><br>a</div>"),
            ("correct: a", "a"),
        ] {
            assert_eq!(of(html).as_deref(), Some(expected), "{html}");
        }
        for html in [
            "<p>Hello,</p><p>correct: a</p>",
            "<p><b>correct</b>: a</p>",
            "<p>correct: <img src=\"cid:0\"></p>",
            "<p",
            "",
        ] {
            assert_eq!(of(html), None, "{html}");
        }
    }

    #[test]
    fn a_correction_keeps_its_own_quotes_and_leaves_the_receipt_behind() {
        let mail = "correct: Yes.\n\n> How warm?\n\nVery: 30 degrees.\n\nOn Monday, 2 March 2026, Talk wrote:\n> Published as #7\n";
        let new = correction(&reply::read(mail));
        assert_eq!(new.said(), "Yes.\n\nVery: 30 degrees.");
        assert_eq!(new.quoted_lines(), ["How warm?"]);
        assert_eq!(correction(&reply::read("correct:\nYes.\n")).said(), "Yes.");
        assert_eq!(correction(&reply::read("> Published as #7\n\ncorrect: Yes.\n")).said(), "Yes.");
        assert_eq!(correction(&reply::read("correct:\n\n> Published as #7\n")).said(), "");
        assert_eq!(correction(&reply::read("")), Reading::default());
    }
}
