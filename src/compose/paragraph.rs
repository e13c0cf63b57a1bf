//! Reads paragraphs out of a text, undoing the sender's hard line ends where they were made by a machine.

use unicode_width::UnicodeWidthStr;

/// A paragraph: lines that the writer meant to keep apart, each however long.
pub(super) type Paragraph = Vec<String>;

/// A paragraph whose longest line is shorter was not wrapped by a mail program: a poem, an address, a list.
const NARROWEST: usize = 55;
/// One whose longest line is longer was not wrapped at all.
const WIDEST: usize = 100;

/// The paragraphs of a text; blank lines part them. A line end is undone where the next word would not have fitted on
/// the line: then a mail program put it there, and a small screen would show a comb.
pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut all = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split('\n').chain([""]) {
        if !line.trim().is_empty() {
            lines.push(line.trim_end());
        } else if !lines.is_empty() {
            all.push(joined(&lines));
            lines.clear();
        }
    }
    all
}

fn joined(lines: &[&str]) -> Paragraph {
    let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    let wrapped = (NARROWEST..=WIDEST).contains(&widest);
    let mut paragraph: Paragraph = Vec::new();
    let mut before = "";
    for line in lines {
        let word = line.split(' ').next().unwrap_or("");
        let full = before.width() + 1 + word.width() > widest;
        let flows = wrapped && full && !begins_anew(line) && !signs_off(before, line);
        match paragraph.last_mut().filter(|_| flows) {
            Some(last) => {
                last.push(' ');
                last.push_str(line);
            }
            None => paragraph.push((*line).to_owned()),
        }
        before = line;
    }
    paragraph
}

/// Whether a short line after the end of a sentence is a greeting or a name rather than the sentence's next words. What
/// goes on in small letters after a comma is the same sentence.
fn signs_off(before: &str, line: &str) -> bool {
    let goes_on = before.ends_with(',') && line.starts_with(char::is_lowercase);
    before.ends_with(['.', '!', '?', ',']) && !goes_on && line.width() < NARROWEST / 2
}

/// Whether a line begins something of its own: indented, an item of a list, quoted.
fn begins_anew(line: &str) -> bool {
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let item = numbered.len() < line.len() && (numbered.starts_with(". ") || numbered.starts_with(") "));
    item || line.starts_with([' ', '>', '|'])
        || ["- ", "* ", "+ ", "• ", "– "].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wrapped_by_a_mail_program_flow_again() {
        let text = "The second kind costs something. You notice that you have stopped\n\
                    preparing your answer, and for a moment there is nobody to agree\nwith.\n\n\nI would not.";
        let all = paragraphs(text);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].len(), 1);
        assert!(all[0][0].ends_with("nobody to agree with."), "{all:?}");
    }

    #[test]
    fn a_sentence_flows_on_after_a_comma_at_a_lines_end() {
        let text = "How did your sister know that it was the moment? Or did she not know,\nand that was the point?";
        assert_eq!(paragraphs(text)[0].len(), 1);
    }

    #[test]
    fn a_poem_a_list_and_a_signature_keep_their_lines() {
        assert_eq!(paragraphs("so much depends\nupon\n\na red wheel\nbarrow").len(), 2);
        assert_eq!(paragraphs("so much depends\nupon")[0].len(), 2);
        let list = "- the first of them, which is a rather long one, goes to the edge\n- the second";
        assert_eq!(paragraphs(list)[0].len(), 2);
        let letter = "Thank you for this. I have nothing to add, I only wanted to say so.\nYours,\nRuth";
        assert_eq!(paragraphs(letter)[0].len(), 3);
        assert_eq!(paragraphs(" \n\n"), Vec::<Paragraph>::new());
    }
}
