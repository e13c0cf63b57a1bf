//! Looks for many words at once: asked of the last line of everything that is said, so one pass has to do.

/// Words by their first letter.
pub(in crate::reply) struct Finder {
    ascii: [Vec<&'static str>; 128],
    others: Vec<&'static str>,
}

impl Finder {
    /// For these words.
    pub(in crate::reply) fn of(words: &[&'static str]) -> Self {
        let mut finder = Self { ascii: [const { Vec::new() }; 128], others: Vec::new() };
        for word in words {
            match word.as_bytes().first() {
                Some(first) if first.is_ascii() => finder.ascii[usize::from(*first)].push(word),
                Some(_) => finder.others.push(word),
                None => {}
            }
        }
        finder
    }

    /// The first word in a text, and where, that stands there as `fits` wants it.
    pub(in crate::reply) fn find(
        &self,
        text: &str,
        fits: impl Fn(usize, &'static str) -> bool,
    ) -> Option<(usize, &'static str)> {
        text.char_indices().find_map(|(at, letter)| {
            let words = if letter.is_ascii() { &self.ascii[letter as usize] } else { &self.others };
            let found = words.iter().find(|word| text[at..].starts_with(**word) && fits(at, word));
            found.map(|word| (at, *word))
        })
    }

    /// Whether any of them stands anywhere in a text.
    pub(in crate::reply) fn is_in(&self, text: &str) -> bool {
        self.find(text, |_, _| true).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_script_are_found_where_they_fit() {
        let finder = Finder::of(&["phone", "телефон", "携帯", "pho", ""]);
        assert_eq!(finder.find("my phone", |_, _| true), Some((3, "phone")));
        assert_eq!(finder.find("my phone", |at, word| at == 3 && word == "pho"), Some((3, "pho")));
        assert!(finder.is_in("с телефона") && finder.is_in("この携帯から") && !finder.is_in("my ph, тел"));
    }
}
