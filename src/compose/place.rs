//! Where things are: a list's addresses, `mailto:` links to them (RFC 6068), and its pages on the web.

use std::net::IpAddr;

use crate::discussion::{ItemId, ListFacts, Number};

use super::{ComposeError, clean, slot};

/// A list's facts, safe to render, and what is made of them.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The list's name: the local part.
    pub name: String,
    /// What people call it.
    pub title: String,
    pub domain: String,
    pub web_url: Option<String>,
    pub footer: String,
    pub time_zone: String,
}

impl Place {
    pub fn of(list: &ListFacts) -> Self {
        let title = clean::line(&list.title);
        let name = clean::line(&list.name);
        let web = list.web_url.as_deref().map(clean::line);
        Self {
            title: if title.is_empty() { name.clone() } else { clean::cut(&title, 60).into_owned() },
            name,
            domain: clean::line(&list.domain),
            web_url: web.filter(|url| url.is_ascii() && !url.contains([' ', '<', '>', '"'])),
            footer: clean::block(&list.footer),
            time_zone: clean::line(&list.time_zone),
        }
    }

    /// Nothing where the list's address can stand in a header.
    pub fn checked(&self) -> Result<(), ComposeError> {
        let good = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"@,;:()".contains(&byte));
        if good(&self.name) && good(&self.domain) { Ok(()) } else { Err(ComposeError::Domain) }
    }

    /// `talk@lists.example`
    pub fn address(&self) -> String {
        format!("{}@{}", self.name, self.domain)
    }

    /// `talk+help@lists.example`
    pub fn word_address(&self, word: &str) -> String {
        format!("{}+{word}@{}", self.name, self.domain)
    }

    /// The address for an answer to an item, its token a slot.
    pub fn reply_address(&self, item: ItemId) -> String {
        self.word_address(&format!("r.{}", slot::reply(item)))
    }

    /// The address for leaving, its token a slot.
    pub fn leave_address(&self) -> String {
        self.word_address(&format!("u.{}", slot::UNSUBSCRIBE))
    }

    /// The page for leaving, its token a slot; `None` where there are no pages, or none that readers can reach.
    pub fn leave_page(&self) -> Option<String> {
        let url = self.web_url.as_ref().filter(|url| !is_this_machine(url))?;
        Some(format!("{url}/{}/u/{}", self.name, slot::UNSUBSCRIBE))
    }

    /// The same where a mailbox provider may use it for its reader: encrypted (RFC 8058 §3.1).
    pub fn one_click(&self) -> Option<String> {
        self.leave_page().filter(|url| url.starts_with("https://"))
    }

    /// How to leave, for a text: the page, or the address.
    pub fn leave_words(&self) -> String {
        self.leave_page().unwrap_or_else(|| self.leave_address())
    }

    /// A link for leaving: to the page, or a mail that need only be sent.
    pub fn leave_link(&self) -> String {
        self.leave_page().unwrap_or_else(|| self.leave_mailto())
    }

    /// A link that opens a mail for leaving, ready to be sent.
    pub fn leave_mailto(&self) -> String {
        mailto(&self.leave_address(), Some("unsubscribe"))
    }

    /// The list's page.
    pub fn page(&self) -> Option<String> {
        Some(format!("{}/{}", self.web_url.as_ref()?, self.name))
    }

    /// A post's page, or a response's place on it.
    pub fn permalink(&self, post: Number, response: Option<Number>) -> Option<String> {
        let page = self.page()?;
        Some(match response {
            Some(number) => format!("{page}/{post}#{number}"),
            None => format!("{page}/{post}"),
        })
    }

    /// The zone's name as people say it: `Lisbon time`, `UTC`.
    pub fn zone_words(&self) -> String {
        zone_words(&self.time_zone)
    }
}

/// Whether a web address leads to whatever machine it is opened on: pages that were set up to be tried.
fn is_this_machine(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => host,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// `Europe/Lisbon` → `Lisbon time`; `UTC` → `UTC`.
pub(super) fn zone_words(zone: &str) -> String {
    match zone.rsplit_once('/') {
        _ if zone.eq_ignore_ascii_case("UTC") || zone == "Etc/UTC" => "UTC".to_owned(),
        Some((region, city)) if region != "Etc" => format!("{} time", city.replace('_', " ")),
        _ => format!("{zone} time"),
    }
}

/// A link that opens a new mail to the address, its subject filled in where one is given.
pub fn mailto(address: &str, subject: Option<&str>) -> String {
    let mut link = format!("mailto:{}", address.replace('%', "%25").replace('+', "%2B"));
    if let Some(subject) = subject {
        link.push_str("?subject=");
        for byte in subject.bytes() {
            match byte {
                byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => link.push(char::from(byte)),
                byte => link.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailto_link_escapes_what_has_a_meaning_in_it() {
        assert_eq!(
            mailto("talk+r.x@lists.example", Some("Re: Größe & \"Ähnliches\"")),
            "mailto:talk%2Br.x@lists.example?subject=Re%3A%20Gr%C3%B6%C3%9Fe%20%26%20%22%C3%84hnliches%22"
        );
    }

    #[test]
    fn pages_on_this_machine_are_none_that_a_reader_can_reach() {
        for url in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80/a", "http://0.0.0.0:8080"] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in [
            "https://lists.example",
            "http://192.0.2.1:8080",
            "https://[2001:db8::1]",
            "https://a.localhost.example/x:1",
        ] {
            assert!(!is_this_machine(url), "{url}");
        }
    }

    #[test]
    fn zones_are_named_as_people_say_them() {
        assert_eq!(zone_words("America/Argentina/Buenos_Aires"), "Buenos Aires time");
        assert_eq!(zone_words("Etc/UTC"), "UTC");
        assert_eq!(zone_words("Etc/GMT+3"), "Etc/GMT+3 time");
    }
}
