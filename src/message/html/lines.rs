//! Plain text built line by line, from words, breaks and paragraph gaps.

use crate::message::bounds;

/// Deepest quote or list that is shown by its own depth.
const DEPTH: usize = 20;

/// The lines written so far, and the one being written.
#[derive(Default)]
pub(super) struct Lines {
    done: String,
    line: String,
    /// Blanks were read that count if a word follows on the line.
    blank: bool,
    /// A paragraph ended: an empty line goes before the next.
    gap: bool,
    /// `>` marks before the line being written, and before the one before.
    depth: usize,
    last_depth: usize,
    /// How many empty lines the finished ones end with.
    empty_lines: usize,
    /// What stands before the next words of a list item, such as `- `.
    mark: Option<String>,
    /// Blanks before each line of a list item.
    indent: usize,
    lines: usize,
    /// How many line ends were written.
    written: usize,
    /// For each line that was ended, which line of the text it is; for an empty one, the one before.
    numbers: Vec<usize>,
    /// Where signatures stand in what is done; the end of one is not known before it ends.
    signatures: Vec<(usize, Option<usize>)>,
    /// The head of another mail was marked.
    has_head: bool,
}

/// What stands before another mail whose end is not shown, and before a signature (RFC 3676 §4.3).
const HEAD: &str = "-----Original Message-----\n";
const SIGNATURE: &str = "-- \n";

/// Signatures that are looked at, and lines of an attribution that may stand between one and a quote.
const SIGNATURES: usize = 8;
const ATTRIBUTION_LINES: usize = 4;

impl Lines {
    /// Adds text; runs of blanks are one blank unless they are to be kept.
    pub(super) fn text(&mut self, text: &str, keep_blanks: bool) {
        for c in text.chars() {
            match c {
                '\n' if keep_blanks => self.line_break(),
                ' ' | '\t' if keep_blanks => self.line.push(c),
                ' ' | '\t' | '\n' | '\r' | '\x0c' => self.blank = true,
                '\u{a0}' => self.word_char(' '),
                _ => self.word_char(c),
            }
        }
    }

    fn word_char(&mut self, c: char) {
        if std::mem::take(&mut self.blank) && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
        self.line.push(c);
    }

    /// A blank between words, such as between the cells of a table.
    pub(super) fn blank(&mut self) {
        self.blank = true;
    }

    /// `<br>`: ends the line, or makes an empty one.
    pub(super) fn line_break(&mut self) {
        if self.line.is_empty() { self.empty_line(self.depth) } else { self.end_line() }
    }

    /// A block begins or ends: what comes is on another line.
    pub(super) fn block_edge(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.blank = false;
    }

    /// As [`Lines::block_edge`], with an empty line between.
    pub(super) fn paragraph_edge(&mut self) {
        self.block_edge();
        self.gap = true;
    }

    /// How many `>` marks the lines from here on have.
    pub(super) fn set_depth(&mut self, depth: usize) {
        self.block_edge();
        self.depth = depth.min(DEPTH);
    }

    /// A list item begins, in a list inside `lists - 1` others.
    pub(super) fn item(&mut self, mark: String, lists: usize) {
        self.mark = Some(mark);
        self.set_lists(lists);
    }

    /// Lines from here on stand inside so many lists.
    pub(super) fn set_lists(&mut self, lists: usize) {
        self.indent = 2 * lists.saturating_sub(1).min(DEPTH);
    }

    /// Where the writing is: the number of the line, and how far on it.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.lines, self.line.len())
    }

    /// What was written since a place; `None` where that was on another line.
    pub(super) fn since(&self, (line, column): (usize, usize)) -> Option<&str> {
        if line == self.lines { self.line.get(column..).map(str::trim) } else { None }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.lines += 1;
        let words = line.trim_end();
        if words.is_empty() {
            self.numbers.push(self.written.saturating_sub(1));
            return self.empty_line(self.depth);
        }
        // The signature mark is `-- `, blank included (RFC 3676 §4.3).
        let is_signature_mark = words == "--" && (line.len() > words.len() || self.blank);
        self.blank = false;
        if std::mem::take(&mut self.gap) && self.empty_lines == 0 {
            self.empty_line(self.depth.min(self.last_depth));
        }
        self.write_marks(self.depth);
        if self.depth > 0 {
            self.done.push(' ');
        }
        self.done.extend(std::iter::repeat_n(' ', self.indent));
        self.done.push_str(&self.mark.take().unwrap_or_default());
        self.done.push_str(words);
        self.done.push_str(if is_signature_mark { " \n" } else { "\n" });
        self.numbers.push(self.written);
        self.written += 1;
        self.last_depth = self.depth;
        self.empty_lines = 0;
        self.gap = false;
    }

    /// An empty line; no more than two follow each other, and the text does not start with one.
    fn empty_line(&mut self, depth: usize) {
        self.blank = false;
        if self.done.is_empty() || self.empty_lines >= 2 {
            return;
        }
        self.write_marks(depth);
        self.done.push('\n');
        self.written += 1;
        self.empty_lines += 1;
    }

    fn write_marks(&mut self, depth: usize) {
        self.done.extend(std::iter::repeat_n('>', depth));
    }

    /// Whether so much was written that the rest would not be read.
    pub(super) fn is_full(&self) -> bool {
        self.done.len() + self.line.len() > bounds::TEXT_BYTES
    }

    /// Another mail begins here; told once, outside of quotes.
    pub(super) fn head_of_another_mail(&mut self) {
        self.block_edge();
        if self.depth == 0 && !std::mem::replace(&mut self.has_head, true) {
            self.text(HEAD.trim_end(), false);
            self.end_line();
        }
    }

    /// A signature begins; gives whether it is noted.
    pub(super) fn begin_signature(&mut self) -> bool {
        self.block_edge();
        let is_open = self.signatures.last().is_some_and(|(_, end)| end.is_none());
        let is_noted = !is_open && self.signatures.len() < SIGNATURES;
        if is_noted {
            self.signatures.push((self.done.len(), None));
        }
        is_noted
    }

    /// The signature ends that began last.
    pub(super) fn end_signature(&mut self) {
        self.block_edge();
        if let Some((_, end)) = self.signatures.last_mut() {
            *end = Some(self.done.len());
        }
    }

    /// Writes the mark above the signatures under which nothing of the sender's stands: in plain text it would hide that.
    fn mark_signatures(&mut self) {
        for (start, end) in std::mem::take(&mut self.signatures).into_iter().rev() {
            let end = end.unwrap_or(self.done.len()).min(self.done.len());
            let words = self.done[start.min(end)..end].trim_start_matches('\n');
            let at = end - words.len();
            let is_marked = words.starts_with("--");
            if !words.trim().is_empty() && !is_marked && ends_the_mail(&self.done[end..]) {
                self.insert_line(at, SIGNATURE);
            }
        }
    }

    /// Puts a line in between, before the one that begins at the octet `at`.
    fn insert_line(&mut self, at: usize, line: &str) {
        let before = self.done[..at].matches('\n').count();
        self.numbers.iter_mut().filter(|number| **number >= before).for_each(|number| *number += 1);
        self.done.insert_str(at, line);
    }

    /// The whole text, and for each [`Lines::place`] which line of it that became.
    pub(super) fn finish(mut self) -> (String, Vec<usize>) {
        self.block_edge();
        let end = self.done.trim_end_matches('\n').len();
        self.done.truncate((end + 1).min(self.done.len()));
        self.mark_signatures();
        (self.done, self.numbers)
    }
}

/// Whether only another mail follows, or nothing; its attribution may come first.
fn ends_the_mail(after: &str) -> bool {
    let mut lines = after.lines().filter(|line| !line.is_empty() && *line != "---");
    let is_other = |line: &str| line.starts_with('>') || line == HEAD.trim_end();
    let mut last = "";
    for _ in 0..=ATTRIBUTION_LINES {
        match lines.next() {
            None => return last.is_empty(),
            Some(line) if is_other(line) => return last.is_empty() || last.ends_with(':'),
            Some(line) => last = line,
        }
    }
    false
}
