//! Text that only stands in for the HTML beside it: "This message is in HTML, open it in a program that shows that", in any
//! language, or next to nothing. Whoever sends it says nothing by it.

/// Letters and digits of which a notice has at most so many, and octets.
const LONGEST: usize = 500;
const LONGEST_BYTES: usize = 4_096;

/// How many letters are looked for at once: fewer stand in anything.
const LOOKED_FOR: usize = 8;

/// Text of fewer letters than these is next to nothing beside HTML of so many, and of so many times as many.
const NEXT_TO_NOTHING: usize = 20;
const LONG: usize = 200;
const TIMES: usize = 20;

/// Whether a plain text says something else than the page beside it, which says more. `page`: its text, asked for where the
/// plain one is short.
pub(super) fn stands_in(text: &str, page: impl FnOnce() -> String) -> bool {
    if text.len() > LONGEST_BYTES {
        return false;
    }
    let said = letters(text);
    if said.chars().count() > LONGEST {
        return false;
    }
    let page = letters(&page());
    let (few, many) = (said.chars().count(), page.chars().count());
    let next_to_nothing = few < NEXT_TO_NOTHING && many >= LONG.max(TIMES * few);
    let says_more = many >= 2 * few || (many > 0 && said.contains("html"));
    many > 0 && (next_to_nothing || (says_more && !mostly_in(&said, &page)))
}

/// Whether at least half of the pieces of a text stand in the other.
fn mostly_in(said: &str, page: &str) -> bool {
    let said: Vec<char> = said.chars().collect();
    let pieces = said.chunks(LOOKED_FOR).enumerate().filter(|(at, piece)| *at == 0 || piece.len() == LOOKED_FOR);
    let found: Vec<bool> = pieces.map(|(_, piece)| page.contains(&piece.iter().collect::<String>())).collect();
    found.iter().filter(|found| **found).count() * 2 >= found.len().max(1)
}

/// The letters and digits of a text, without web addresses.
fn letters(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    words.flat_map(str::chars).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::stands_in;

    fn is(text: &str, page: &str) -> bool {
        stands_in(text, || page.to_owned())
    }

    const PAGE: &str = "In this kitchen it is the view that can make a program of the day. I have a message for whoever reads \
                        it in the morning: the bread does not wait.";

    #[test]
    fn a_notice_in_any_language_stands_in_for_the_page() {
        for notice in [
            "This letter is written in HTML. Please look at it with a mail program that can show that.",
            "Ihr Programm zeigt diese Nachricht nicht an. Mehr: https://post.example/a/b/c",
            "このメールはウェブ形式です。",
            "-",
            "1",
            "no text",
        ] {
            assert!(is(notice, &format!("{PAGE} {PAGE}")), "{notice}");
        }
        assert!(is("Your program does not show HTML, which this letter is written in.", "Yes, Tuesday."));
    }

    #[test]
    fn the_same_words_stand_in_for_nothing_however_each_form_marks_them() {
        let marked = "In *this kitchen* it is the view <https://x.example/> that can make\na program of the day. [1] I have a message \
                      for\nwhoever reads it in the morning:\n  o the bread does not wait.";
        assert!(!is(marked, PAGE));
        assert!(!is(marked, &format!("{PAGE} {}", "More of it stands on the page. ".repeat(40))));
        assert!(!is("I agree with her.", "I disagree with her."));
        assert!(!is("Yes.", "Yes. > How warm is it?"));
        assert!(!is("パンを焼きましょう。", "パンを焼きましょう。 > 明日は何をしますか"));
    }

    #[test]
    fn what_says_more_than_its_page_or_has_none_beside_it_is_kept() {
        assert!(!is("A whole letter about bread, of which the page knows nothing.", "Sent with a program."));
        assert!(!is("[image: loaf.jpg]", ""));
        assert!(!is(&"Words that the page does not have. ".repeat(30), &PAGE.repeat(30)));
    }
}
