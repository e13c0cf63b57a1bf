//! Links that lead elsewhere than they say.

use url::{Host, Url};

/// What is to be shown behind a link: the host that it leads to, where its text names another; its address, where that
/// is another's. `None` where the text names none, or that one.
pub(super) fn shown_host(href: &str, text: &str) -> Option<String> {
    let url = Url::parse(href).ok()?;
    if url.scheme() == "mailto" {
        let names_another = text.contains('@') && !text.to_lowercase().contains(&url.path().to_lowercase());
        return names_another.then(|| url.path().to_owned());
    }
    let host = url.host_str()?;
    let differs = text
        .split(|c: char| c.is_whitespace() || "<>()[]\"'“”«»,;|".contains(c))
        .any(|word| named_host(word).is_some_and(|named| bare(&named) != bare(host)));
    differs.then(|| host.to_owned())
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// The host that a word is the address of, as a reader takes it: `https://x.example/y`, `x.example`.
fn named_host(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let has_scheme = word.contains("://");
    if !has_scheme && !word.contains(['.', '。', '．', '｡']) {
        return None;
    }
    let whole = if has_scheme { word.to_owned() } else { format!("https://{word}") };
    let url = Url::parse(&whole).ok()?;
    let Host::Domain(domain) = url.host()? else {
        // A number with a dot in it is read as an address too.
        let is_address = has_scheme || word.matches('.').count() >= 3;
        return is_address.then(|| url.host_str().unwrap_or_default().to_owned());
    };
    let (_, top) = domain.trim_end_matches('.').rsplit_once('.')?;
    let is_domain = top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|b| b.is_ascii_alphabetic()));
    is_domain.then(|| domain.trim_end_matches('.').to_owned())
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
        ] {
            assert_eq!(shown_host(evil, text).as_deref(), Some("evil.example"), "{text}");
        }
    }

    #[test]
    fn a_link_that_says_where_it_leads_or_names_no_host_is_left_alone() {
        let link = "https://www.bread.example/a?b=c";
        for text in ["bread.example", "https://www.bread.example/a", "this page", "v. 1.5", "e.g.", "3.4", ""] {
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
    }
}
