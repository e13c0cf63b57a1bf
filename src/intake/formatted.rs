//! A mail's formatting, where it is known to be that of what was said: a mail's HTML may say something else than its plain
//! text.

use super::alike::says_the_same;
use super::reader::Reader;
use crate::discussion::Block;
use crate::message::{Mail, Rich};
use crate::reply::Reading;

/// What of a mail's formatting is known to be said.
pub(super) struct Formatted {
    pub(super) rich: Rich,
    /// Whether it says the same as the text that is the reading of record.
    pub(super) agrees: bool,
}

impl Formatted {
    pub(super) fn of(mail: &Mail, reading: &Reading, reader: &Reader) -> Option<Self> {
        if reading.said().is_empty() {
            return Self::without_words(mail);
        }
        let mut rich = mail.rich()?;
        if rich.text() == mail.text {
            rich.keep(&reading.said_lines());
            return Some(Self { rich, agrees: true });
        }
        let other = reader.read(rich.text());
        rich.keep(&other.said_lines());
        let (ours, theirs) = (said_blocks(reading), said_blocks(&other));
        let alts: Vec<String> = rich.alts().map(ToOwned::to_owned).collect();
        let mut blocks = ours.iter().zip(&theirs);
        let agrees = ours.len() == theirs.len() && blocks.all(|(plain, page)| says_the_same(plain, page, &alts));
        Some(Self { rich, agrees })
    }

    /// Of a mail that says nothing: there is nothing to be formatted, but pictures may stand where words would.
    pub(super) fn without_words(mail: &Mail) -> Option<Self> {
        let mut rich = mail.rich()?;
        rich.keep_first_pictures();
        Some(Self { rich, agrees: false })
    }
}

pub(super) fn said_blocks(reading: &Reading) -> Vec<String> {
    let said = reading.blocks().into_iter().filter_map(|block| match block {
        Block::Said(text) => Some(text),
        Block::Quoted(_) => None,
    });
    said.collect()
}
