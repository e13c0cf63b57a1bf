//! Where things are: a list's addresses, `mailto:` links to them (RFC 6068), and its pages on the web.

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

/// `Europe/Lisbon` → `Lisbon time`; `UTC` → `UTC`.
pub(super) fn zone_words(zone: &str) -> String {
    match zone.rsplit_once('/') {
        _ if zone.eq_ignore_ascii_case("UTC") || zone == "Etc/UTC" => "UTC".to_owned(),
        Some((region, city)) if region != "Etc" => format!("{} time", city.replace('_', " ")),
        _ => format!("{zone} time"),
    }
}

/// A link that opens a new mail to the address, its subject filled in where one is given.
pub(super) fn mailto(address: &str, subject: Option<&str>) -> String {
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
    fn zones_are_named_as_people_say_them() {
        assert_eq!(zone_words("America/Argentina/Buenos_Aires"), "Buenos Aires time");
        assert_eq!(zone_words("Etc/UTC"), "UTC");
        assert_eq!(zone_words("Etc/GMT+3"), "Etc/GMT+3 time");
    }
}
