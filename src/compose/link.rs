//! Finds web addresses in plain text.

use std::ops::Range;

/// Where `http://…` and `https://…` stand in the text, in order, each without the punctuation that ends a sentence
/// around it. Nothing else is a link: other schemes could run or reveal something.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(colon) = text[from..].find("://").map(|at| from + at) {
        let after = colon + "://".len();
        from = after;
        if let Some(start) = scheme_start(text, colon) {
            let end = after + trimmed(&text[after..], run(&text[after..]));
            if end > after {
                found.push(start..end);
                from = end;
            }
        }
    }
    found
}

/// Where the scheme begins that ends at `colon`; `None` where it is no web scheme, or the end of a longer word.
fn scheme_start(text: &str, colon: usize) -> Option<usize> {
    let ends_with = |scheme: &str| {
        let start = colon.checked_sub(scheme.len())?;
        text.get(start..colon)?.eq_ignore_ascii_case(scheme).then_some(start)
    };
    let start = ends_with("https").or_else(|| ends_with("http"))?;
    let alone = text[..start].chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
    alone.then_some(start)
}

/// How long the run of characters is that an address may hold.
fn run(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"“”«»「」『』（）。、，！？：；".contains(c))
        .unwrap_or(text.len())
}

/// Less the punctuation at its end: a closing bracket stays only where one was opened inside.
fn trimmed(text: &str, mut end: usize) -> usize {
    let count = |bracket: char| text[..end].matches(bracket).count();
    let mut spare = [count(')').saturating_sub(count('(')), count(']').saturating_sub(count('['))];
    while let Some(last) = text[..end].chars().next_back() {
        let drop = match last {
            ')' if spare[0] > 0 => {
                spare[0] -= 1;
                true
            }
            ']' if spare[1] > 0 => {
                spare[1] -= 1;
                true
            }
            last => ".,;:!?'’*_…".contains(last),
        };
        if !drop {
            break;
        }
        end -= last.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn links_are_found_without_the_sentence_around_them() {
        assert_eq!(
            links("See https://a.example/x_(y), (http://b.example/z). HTTPS://C.example?q=1&r=2!"),
            ["https://a.example/x_(y)", "http://b.example/z", "HTTPS://C.example?q=1&r=2"]
        );
        assert_eq!(
            links("<https://a.example/>見てhttps://b.example/道。"),
            ["https://a.example/", "https://b.example/道"]
        );
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert_eq!(links("javascript://x xhttp://y http:// ftp://z https://."), Vec::<&str>::new());
    }
}
