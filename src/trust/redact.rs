//! What must not be shown is taken out of a text before it is published: other people's addresses, and the tokenised
//! addresses of ours, by which a reader could be spoken for.

/// Replaces addresses in `text`. `hide` is asked about each, in small letters; one that it names is shown as
/// `ellen@…`. An address of a list with a token in it (`talk+r.TOKEN@…`, also with `%2B` for the plus, as in links)
/// becomes `talk@…` whatever `hide` says. Linear in the text.
pub fn redact(text: &str, mut hide: impl FnMut(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices('@') {
        if at < done {
            continue;
        }
        let start = done + local_start(&text[done..at]);
        let end = at + 1 + domain_length(&text[at + 1..]);
        if start == at || end == at + 1 {
            continue;
        }
        let local = text[start..at].to_lowercase().replace("%2b", "+");
        let shown = match local.split_once('+') {
            Some((name, detail)) if is_token(detail) => Some(name.to_owned()),
            _ => hide(&format!("{local}@{}", text[at + 1..end].to_lowercase())).then(|| first_part(&text[start..at])),
        };
        if let Some(shown) = shown {
            out.push_str(&text[done..start]);
            out.push_str(&shown);
            out.push_str("@…");
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// The local part up to its first separator: enough to recognise somebody by, too little to write to.
fn first_part(local: &str) -> String {
    local.split(['.', '+', '_', '-']).next().unwrap_or_default().chars().take(12).collect()
}

fn is_token(detail: &str) -> bool {
    let token = detail.split_once('.').filter(|(kind, _)| matches!(*kind, "r" | "d" | "c" | "u" | "b"));
    token.is_some_and(|(_, token)| token.len() >= 16 && token.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Where the local part that ends at the end of `before` begins. Never looks back further than a local part goes.
fn local_start(before: &str) -> usize {
    let mut start = before.len();
    for (at, c) in before.char_indices().rev().take(64) {
        if !(c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)) {
            break;
        }
        start = at;
    }
    // A quote mark or slash at the beginning belongs to the text around it.
    start
        + (before.len()
            - start
            - before[start..].trim_start_matches(['\'', '`', '/', '.', '=', '?', '&', '*', '_']).len())
}

fn domain_length(after: &str) -> usize {
    let end = after
        .char_indices()
        .take(253)
        .find(|(_, c)| !(c.is_alphanumeric() || *c == '-' || *c == '.'))
        .map_or_else(|| after.chars().take(253).map(char::len_utf8).sum(), |(at, _)| at);
    let domain = after[..end].trim_end_matches(['.', '-']);
    if domain.starts_with(['.', '-']) { 0 } else { domain.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "aeaaaaaaamaaaaaaaaaaal5pbjqsihkqf42a";

    fn hiding_example_net(text: &str) -> String {
        redact(text, |address| address.ends_with("@example.net"))
    }

    #[test]
    fn a_members_address_is_shortened_and_others_stay() {
        assert_eq!(hiding_example_net("Ask Ellen.Gray@Example.net."), "Ask Ellen@….");
        assert_eq!(hiding_example_net("<ellen@example.net>, x@example.org"), "<ellen@…>, x@example.org");
        assert_eq!(hiding_example_net("mailto:ellen@example.net?subject=x"), "mailto:ellen@…?subject=x");
    }

    #[test]
    fn a_tokenised_address_of_ours_never_stays() {
        let shown = redact(&format!("Reply to Marina: talk+r.{TOKEN}@lists.example"), |_| false);
        assert_eq!(shown, "Reply to Marina: talk@…");
        let link = redact(&format!("(mailto:talk%2BR.{}@lists.example?subject=Re)", TOKEN.to_uppercase()), |_| false);
        assert_eq!(link, "(mailto:talk@…?subject=Re)");
    }

    #[test]
    fn what_only_looks_like_an_address_stays() {
        for text in ["@", "a @ b", "me@", "@home", "3 @ 4 €", "x@@y", "a@.b", "día@", ""] {
            assert_eq!(redact(text, |_| true), text, "{text:?}");
        }
    }

    #[test]
    fn a_megabyte_of_at_signs_is_read_in_one_go() {
        let text = "a@".repeat(500_000);
        assert_eq!(redact(&text, |_| false), text);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_hiding_nothing_changes_nothing(text in "[^+%]{0,200}") {
            proptest::prop_assert_eq!(redact(&text, |_| false), text);
        }
    }
}
