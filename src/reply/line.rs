//! A text as lines, and the marks that make one a quote.

/// A line of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// With its line end.
    pub whole: &'t str,
    /// Without its line end; blanks at its end are kept, since the signature mark has one.
    pub text: &'t str,
}

/// The lines of a text; their `whole` one after another are the text.
pub(super) fn all_in(text: &str) -> Vec<Line<'_>> {
    text.split_inclusive('\n').map(|whole| Line { whole, text: whole.strip_suffix('\n').unwrap_or(whole) }).collect()
}

impl Line<'_> {
    /// Whether there is nothing on it to read.
    pub(super) fn is_blank(&self) -> bool {
        let begins_with_a_word = self.text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
        !begins_with_a_word && self.text.trim().is_empty()
    }

    /// Whether it has the mark of a quote. Some programs put one blank before it.
    pub(super) fn is_quoted(&self) -> bool {
        self.text.starts_with('>') || self.text.starts_with(" >")
    }
}

/// A line without its quote marks, of any depth, and without the one blank that follows them.
pub(super) fn without_marks(line: &str) -> &str {
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >")) {
        rest = inner;
    }
    if rest.len() < line.len() { rest.strip_prefix(' ').unwrap_or(rest) } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_any_depth_come_off_and_indentation_stays() {
        assert_eq!(without_marks("> > >deep"), "deep");
        assert_eq!(without_marks(">   code"), "  code");
        assert_eq!(without_marks("  plain"), "  plain");
        assert_eq!(without_marks(">"), "");
    }
}
