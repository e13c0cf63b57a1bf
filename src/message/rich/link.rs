//! Links that lead elsewhere than they say.

use url::{Host, Url};

/// What is to be shown behind a link: the host that it leads to, where its text names another; its address, where that
/// is another's. `None` where the text names none, or that one.
pub(super) fn shown_host(href: &str, text: &str) -> Option<String> {
    let url = Url::parse(href).ok()?;
    let words = || text.split(|c: char| c.is_whitespace() || "<>()[]\"'“”«»,;|".contains(c));
    if url.scheme() == "mailto" {
        let address = url.path().replace("%40", "@");
        let host = address.rsplit('@').next().unwrap_or_default();
        let names_another = match text.contains('@') {
            true => !text.to_lowercase().contains(&address.to_lowercase()),
            false => words().any(|word| names_another_host(word, host)),
        };
        return names_another.then_some(address);
    }
    let host = url.host_str()?;
    words().any(|word| names_another_host(word, host)).then(|| host.to_owned())
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// Signs that stand for a dot in a host, or look like one.
const DOTS: [char; 6] = ['。', '．', '｡', '\u{2024}', '\u{fe52}', '\u{a4f8}'];

/// Whether a word is the address of another host than `host`, as a reader takes it.
fn names_another_host(word: &str, host: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').replace(DOTS, ".");
    let is_another = |named: &str| !bare(named).eq_ignore_ascii_case(bare(host));
    if !has_scheme(&word) {
        // `see:x.example`, `x.example:8080`.
        return word.split(':').any(|word| named_host(word).is_some_and(|named| is_another(&named)));
    }
    let says_host = word.trim_end_matches(['/', ':']).contains(':');
    let Ok(url) = Url::parse(&word) else { return says_host };
    // A reader takes what stands before an `@` for the host.
    let has_other_start = !url.username().is_empty() || url.password().is_some();
    has_other_start || url.host_str().is_some_and(|named| is_another(named.trim_end_matches('.')))
}

/// Whether a word begins as a web address does; browsers do not ask how many slashes follow, nor which.
fn has_scheme(word: &str) -> bool {
    let begins = |scheme: &str| word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    word.contains("://") || begins("http:") || begins("https:")
}

/// The host that a word without a scheme is the address of, `x.example`.
fn named_host(word: &str) -> Option<String> {
    if !word.contains('.') && !word.to_ascii_lowercase().contains("%2e") {
        return None;
    }
    let url = Url::parse(&format!("https://{word}")).ok()?;
    let Host::Domain(domain) = url.host()? else {
        // A number with a dot in it is read as an address too.
        return (word.matches('.').count() >= 3).then(|| url.host_str().unwrap_or_default().to_owned());
    };
    let domain = domain.trim_end_matches('.');
    let (_, top) = domain.rsplit_once('.')?;
    let is_domain = top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|b| b.is_ascii_alphabetic()));
    is_domain.then(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::shown_host;

    #[test]
    fn a_link_that_names_another_host_shows_where_it_leads() {
        let evil = "https://evil.example/login";
        for text in [
            "bank.example",
            "https://bank.example/",
            "www.bank.example/login",
            "go to bank.example now",
            "http://bank.example@evil.org",
            "bank。example",
            "<bank.example>",
            "HTTPS://BANK.EXAMPLE",
            "10.0.0.1",
            "bank\u{2024}example",
            "bank\u{ff0e}example/login",
            "bank%2Eexample",
            "BANK%2eEXAMPLE",
            "bank.exam\u{200b}ple",
            "https:bank.example",
            "https:/bank.example/a",
            "https:\\\\bank.example",
            "//bank.example",
            "http://bank",
            "see:bank.example",
            "bank.example:443/login",
            "ada@bank.example",
            "https://bank.example@evil.example/",
            "https://bank.example:443@evil.example/login",
        ] {
            assert_eq!(shown_host(evil, text).as_deref(), Some("evil.example"), "{text}");
        }
    }

    #[test]
    fn a_link_that_says_where_it_leads_or_names_no_host_is_left_alone() {
        let link = "https://www.bread.example/a?b=c";
        for text in [
            "bread.example",
            "https://www.bread.example/a",
            "this page",
            "v. 1.5",
            "e.g.",
            "3.4",
            "",
            "note: 12:30",
            "HTTPS://Bread.Example:443/",
            "ada@bread.example",
            "100%",
        ] {
            assert_eq!(shown_host(link, text), None, "{text}");
        }
        assert_eq!(shown_host("https://bank.example@evil.example/", "bank.example").as_deref(), Some("evil.example"));
        assert_eq!(shown_host("https://xn--bcher-kva.example/", "bücher.example"), None);
    }

    #[test]
    fn an_address_that_is_another_than_the_text_says_is_shown() {
        assert_eq!(shown_host("mailto:a@x.example", "a@x.example"), None);
        assert_eq!(shown_host("mailto:a@x.example", "write to me"), None);
        assert_eq!(shown_host("mailto:a@x.example", "b@y.example").as_deref(), Some("a@x.example"));
        assert_eq!(shown_host("mailto:a%40x.example", "https://y.example").as_deref(), Some("a@x.example"));
        assert_eq!(shown_host("mailto:a%40x.example", "A@X.example"), None);
        assert_eq!(shown_host("mailto:a@x.example", "www.x.example"), None);
    }
}
