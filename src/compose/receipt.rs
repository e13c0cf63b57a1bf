//! The receipt: what became of a mail, told to whoever sent it, and what they may answer.

use std::fmt::Write;

use jiff::Timestamp;

use super::{attached, clean, moment};
use crate::discussion::{Attached, Block, Number};

/// How much of a text is shown, characters.
const SHOWN: usize = 4_000;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It is published, as it was sent or was changed before.
    Published,
    /// Its author took it back just now, or before.
    Withdrawn,
    /// All of it is shown now.
    ShownWhole,
    /// It has another text now.
    Corrected,
}

/// An item that somebody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What became of it.
    pub became: Became,
    /// A response's number; `None` for a post.
    pub number: Option<Number>,
    /// Its post's title.
    pub title: String,
    /// Whom it answers: whose item, and that one's number where it is a response. `None` for a post, and where what it
    /// answers has not arrived or was taken back.
    pub under: Option<(String, Option<Number>)>,
    /// What it says and quotes, in order.
    pub blocks: Vec<Block>,
    /// The files that came with it.
    pub files: Vec<Attached>,
    /// How many lines that it quotes are folded away.
    pub quoted_lines: usize,
    /// How many other lines are not shown: signatures and the like.
    pub other_lines: usize,
}

/// The text of a receipt for these items. `until`: how long it may be answered; `None` where there is nothing to answer.
/// `problem`: what was not understood of an answer before.
pub fn receipt(problem: Option<&str>, items: &[Sent], until: Option<Timestamp>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut said = problem.map(|problem| format!("{problem}\n\n")).unwrap_or_default();
    if items.len() > 1 {
        let _ = write!(said, "Your mail answers several things; it became {} responses.\n\n", items.len());
    }
    for (at, item) in (1..).zip(items) {
        if items.len() > 1 {
            let _ = write!(said, "{at}. ");
        }
        said.push_str(&item.heading());
        if item.became == Became::Withdrawn {
            said.push_str("\n\n");
            continue;
        }
        blocks.push(Block::Said(format!("{said}:")));
        blocks.push(Block::quoted(item.shown()));
        said = item.hidden().map(|hidden| format!("{hidden}\n\n")).unwrap_or_default();
    }
    if let Some(until) = until {
        said.push_str(&answers(items, until));
    }
    blocks.push(Block::Said(said.trim_end().to_owned()));
    blocks
}

/// The word to somebody who answers a mail of ours that was answered before, or too late.
pub fn no_longer(expired: bool) -> Vec<Block> {
    let why = if expired {
        "The mail that you answered was to be answered by a certain day, and that has passed. Nothing was changed."
    } else {
        "The mail that you answered was answered before, and that works once; or what it is about was decided meanwhile. \
         Nothing was changed now. If a newer mail came since, answer that one."
    };
    vec![Block::Said(why.to_owned())]
}

impl Sent {
    fn heading(&self) -> String {
        let name = match self.number {
            Some(number) => format!("#{number}"),
            None => "a new post".to_owned(),
        };
        let place = format!("{}{}", self.above(), if self.number.is_some() { self.on() } else { self.titled() });
        let again = match self.number {
            Some(number) => format!("#{number}{place}"),
            None => format!("Your post{place}"),
        };
        match self.became {
            Became::Published => format!("Published as {name}{place}"),
            Became::Withdrawn => {
                format!("{again} is taken back. Who has not had it does not get it; who has had it keeps it.")
            }
            Became::ShownWhole => format!("{again} is now shown whole"),
            Became::Corrected => format!("{again} is now corrected"),
        }
    }

    /// ` under Ellen's #3`
    fn above(&self) -> String {
        match &self.under {
            Some((author, Some(number))) => format!(" under {}’s #{number}", clean::line(author)),
            Some((author, None)) => format!(" under {}’s post", clean::line(author)),
            None => String::new(),
        }
    }

    fn on(&self) -> String {
        format!(" in “{}”", clean::cut(&clean::line(&self.title), 60))
    }

    fn titled(&self) -> String {
        format!(" “{}”", clean::cut(&clean::line(&self.title), 60))
    }

    /// What others read, and what of its files.
    fn shown(&self) -> String {
        let text = Some(shown(&self.text())).filter(|text| !text.is_empty());
        let files = Some(attached::lines(&self.files).join("\n")).filter(|files| !files.is_empty());
        text.into_iter().chain(files).collect::<Vec<_>>().join("\n\n")
    }

    /// What is said, and what of the quotes is shown, with marks. What a post quotes is shown whole.
    fn text(&self) -> String {
        let marked = |quote: &str| -> String {
            let mark =
                |line: &str| format!("{}{line}", if line.is_empty() || line.starts_with('>') { ">" } else { "> " });
            quote.lines().map(mark).collect::<Vec<_>>().join("\n")
        };
        let texts = self.blocks.iter().map(|block| match (block, self.number) {
            (Block::Said(text), _) => text.clone(),
            (Block::Quoted(quote), Some(_)) => marked(&quote.shown),
            (Block::Quoted(quote), None) => marked(&quote.whole()),
        });
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    /// `31 quoted lines hidden`; `None` where nothing is.
    fn hidden(&self) -> Option<String> {
        let counts = [(self.quoted_lines, "quoted line"), (self.other_lines, "other line")];
        let counted: Vec<String> =
            counts.iter().filter(|(many, _)| *many > 0).map(|(many, what)| count(*many, what)).collect();
        (!counted.is_empty()).then(|| format!("{} hidden.", counted.join(" and ")))
    }
}

fn answers(items: &[Sent], until: Timestamp) -> String {
    let mut text = "You may answer this mail; its first line says what is to be done:\n".to_owned();
    let several = items.len() > 1;
    let of = if several { " 2" } else { "" };
    let _ = write!(text, "\n  undo{of}  takes it back");
    let hides = items.iter().any(|item| item.became != Became::Withdrawn && item.quoted_lines + item.other_lines > 0);
    if hides {
        let _ = write!(text, "\n  show all{of}  shows the hidden lines too");
    }
    let _ = write!(text, "\n  correct{of}: and then the new text, which takes the place of this one");
    if several {
        let all = if hides { "`undo` and `show all` are" } else { "`undo` is" };
        let _ = write!(
            text,
            "\n\nThe number is that of the response in this mail. Without one, {all} for all of them; `correct` needs one."
        );
    }
    let _ = write!(text, "\n\nThis mail may be answered once, until {}.", moment::date(until));
    text
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn count(many: usize, what: &str) -> String {
    format!("{many} {what}{}", if many == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discussion::Quote;

    fn response() -> Sent {
        Sent {
            became: Became::Published,
            number: Some(Number(7)),
            title: "On listening".to_owned(),
            under: Some(("Ellen".to_owned(), Some(Number(3)))),
            blocks: vec![Block::Said("Yes.".to_owned())],
            files: Vec::new(),
            quoted_lines: 31,
            other_lines: 0,
        }
    }

    fn words(blocks: &[Block]) -> String {
        let texts = blocks.iter().map(|block| match block {
            Block::Said(text) => text.clone(),
            Block::Quoted(quote) => format!("> {}", quote.shown),
        });
        texts.collect::<Vec<_>>().join("\n\n")
    }

    #[test]
    fn it_says_where_a_response_stands_what_it_says_and_what_is_hidden() {
        let told = words(&receipt(None, &[response()], Some(Timestamp::UNIX_EPOCH)));
        assert!(
            told.starts_with(
                "Published as #7 under Ellen’s #3 in “On listening”:\n\n> Yes.\n\n31 quoted lines hidden."
            )
        );
        for word in ["\n  undo  ", "\n  show all  ", "\n  correct: ", "1 January 1970"] {
            assert!(told.contains(word), "no {word:?} in {told}");
        }
        let post = Sent { number: None, under: None, quoted_lines: 0, other_lines: 1, ..response() };
        let told = words(&receipt(None, std::slice::from_ref(&post), Some(Timestamp::UNIX_EPOCH)));
        assert!(told.starts_with("Published as a new post “On listening”:") && told.contains("1 other line hidden."));
        let quote = Block::Quoted(Quote { folded: "One\n".to_owned(), shown: "Two\n\n> Three".to_owned() });
        let quoting = |item: Sent| Sent { blocks: vec![quote.clone(), Block::Said("Yes.".to_owned())], ..item };
        let told = words(&receipt(None, &[quoting(response())], None));
        assert!(told.contains(":\n\n> > Two\n>\n>> Three\n\nYes.\n"), "{told}");
        let told = words(&receipt(None, &[quoting(post.clone())], None));
        assert!(told.contains(":\n\n> > One"), "{told}");
        let plain = Sent { other_lines: 0, ..post };
        assert!(!words(&receipt(None, &[plain], Some(Timestamp::UNIX_EPOCH))).contains("show all"));
    }

    #[test]
    fn files_are_named_and_stand_alone_where_nothing_is_said() {
        let file = |name: &str| Attached {
            name: Some(name.to_owned()),
            media_type: "image/jpeg".to_owned(),
            bytes: 60_000,
            inline: true,
        };
        let photo = Sent { blocks: Vec::new(), files: vec![file("loaf.jpg")], ..response() };
        let told = words(&receipt(None, &[photo], None));
        assert!(told.contains("“On listening”:\n\n> Attached: loaf.jpg (image/jpeg, 60 kB)\n\n31"), "{told}");
        let both = Sent { files: vec![file("a.jpg"), file("b.jpg")], ..response() };
        let told = words(&receipt(None, &[both], None));
        assert!(told.contains("> Yes.\n\nAttached: a.jpg (image/jpeg, 60 kB)\nAttached: b.jpg"), "{told}");
    }

    #[test]
    fn of_several_each_is_numbered_and_one_that_is_taken_back_says_nothing() {
        let gone = Sent { became: Became::Withdrawn, number: Some(Number(8)), under: None, ..response() };
        let told = words(&receipt(Some("That was not understood."), &[response(), gone], Some(Timestamp::UNIX_EPOCH)));
        assert!(
            told.starts_with("That was not understood.\n\nYour mail answers several things; it became 2 responses.")
        );
        assert!(
            told.contains("1. Published as #7") && told.contains("2. #8 in “On listening” is taken back"),
            "{told}"
        );
        assert!(told.contains("does not get it; who has had it keeps it.\n"), "{told}");
        assert!(told.contains("\n  undo 2  ") && told.matches("> Yes.").count() == 1, "{told}");
        assert!(told.contains("`undo` and `show all` are for all of them; `correct` needs one."), "{told}");
        let plain = Sent { quoted_lines: 0, ..response() };
        let told = words(&receipt(None, &[plain.clone(), plain], Some(Timestamp::UNIX_EPOCH)));
        assert!(told.contains("Without one, `undo` is for all of them; `correct` needs one."), "{told}");
    }

    #[test]
    fn what_cannot_be_answered_offers_nothing() {
        let gone = Sent { became: Became::Withdrawn, ..response() };
        assert!(!words(&receipt(None, &[gone], None)).contains("undo"));
    }
}
