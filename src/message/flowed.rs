//! `format=flowed` text (RFC 3676) as lines of the length that the writer meant.

/// Joins flowed lines. Quote depth is kept as `>` marks with one space after them; the signature mark `-- ` never
/// flows.
pub(super) fn join(text: &str, del_sp: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // The depth at which the last line still flows on; `None` where it has ended.
    let mut flowing: Option<usize> = None;
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    for (number, line) in lines.enumerate() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let unstuffed = content.strip_prefix(' ').unwrap_or(content);
        let is_signature_mark = unstuffed == "-- ";
        if flowing != Some(depth) || is_signature_mark {
            if number > 0 {
                joined.push('\n');
            }
            marks(&mut joined, depth, unstuffed);
        }
        let flows = unstuffed.ends_with(' ') && !is_signature_mark;
        joined.push_str(if flows && del_sp { &unstuffed[..unstuffed.len() - 1] } else { unstuffed });
        flowing = flows.then_some(depth);
    }
    if text.ends_with('\n') {
        joined.push('\n');
    }
    joined
}

/// The quote marks before a line. A stuffed `>` that the writer typed keeps its space, so that it is not taken for one.
fn marks(joined: &mut String, depth: usize, content: &str) {
    joined.extend(std::iter::repeat_n('>', depth));
    if (depth > 0 && !content.is_empty()) || content.starts_with('>') {
        joined.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_within_their_quote_depth() {
        let flowed = ">> deeper \n>> still\n> one \n> two\nanswer \ngoes on\n\n-- \nAda";
        assert_eq!(join(flowed, false), ">> deeper still\n> one two\nanswer goes on\n\n-- \nAda");
    }

    #[test]
    fn a_change_of_depth_ends_a_paragraph() {
        assert_eq!(join("> one \ntwo", false), "> one \ntwo");
    }

    #[test]
    fn del_sp_takes_the_space_of_the_break() {
        assert_eq!(join("hyphen- \nated \n", true), "hyphen-ated\n");
    }

    #[test]
    fn stuffing_is_taken_off_but_never_makes_a_quote() {
        assert_eq!(join("  indented\n >not a quote\n From here", false), " indented\n >not a quote\nFrom here");
    }
}
