//! Many words looked for in one pass over a text: a report may be large, and the words are hundreds.

use aho_corasick::AhoCorasick;

/// A table of words, ready to be looked for.
pub(super) struct Words(Option<AhoCorasick>);

impl Words {
    /// The words of a table, in small letters like the texts that they are looked for in.
    pub fn new(words: &[&str]) -> Self {
        // Fails only where a table is larger than memory.
        Self(AhoCorasick::new(words).ok())
    }

    /// Whether any of them stands in the text.
    pub fn is_in(&self, lower: &str) -> bool {
        self.0.as_ref().is_some_and(|words| words.is_match(lower))
    }

    /// The numbers of those that stand in the text, as often as they do.
    pub fn all_in<'t>(&'t self, lower: &'t str) -> impl Iterator<Item = usize> + 't {
        self.0.iter().flat_map(move |words| words.find_overlapping_iter(lower)).map(|found| found.pattern().as_usize())
    }
}
