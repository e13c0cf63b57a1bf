//! What a mail server in front of us found out about a mail, where its word counts.

use crate::message::Mail;

/// Whether one of `relays` handed us this mail and marked it as spam, as SpamAssassin and rspamd do: `X-Spam-Flag: YES`,
/// `X-Spam: Yes` or `X-Spam-Status: Yes, …`. Who handed it to us stands in its topmost Received field; who forges that
/// and the mark only has their own mail held.
pub fn marked_spam(mail: &Mail, relays: &[String]) -> bool {
    let by = mail.headers("Received").next().and_then(taken_by);
    let counts = by.is_some_and(|by| relays.iter().any(|relay| relay.eq_ignore_ascii_case(by)));
    counts && ["X-Spam-Flag", "X-Spam", "X-Spam-Status"].into_iter().any(|name| mail.headers(name).any(says_yes))
}

/// The machine that took a mail, as its Received field says (RFC 5321 §4.4).
pub fn taken_by(received: &str) -> Option<&str> {
    let mut words = received.split_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("by"));
    words.next()
}

fn says_yes(value: &str) -> bool {
    let word = value.trim_start().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    ["yes", "true"].iter().any(|yes| yes.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(header: &str) -> bool {
        marked_spam(&Mail::parse(format!("{header}From: a@b.example\n\ntext").as_bytes()), &["mx.example".to_owned()])
    }

    const FROM_RELAY: &str = "Received: from x ([192.0.2.1])\n by MX.example with ESMTP id 1; now\n";

    #[test]
    fn a_mark_of_any_usual_form_counts() {
        for mark in ["X-Spam-Flag: YES", "X-Spam: Yes", "X-Spam-Status: Yes, score=9.1 required=5", "x-spam: true"] {
            assert!(marked(&format!("{FROM_RELAY}{mark}\n")), "{mark}");
        }
        for mark in ["X-Spam-Flag: NO", "X-Spam-Status: No, score=1", "X-Spam:", "X-Spam-Level: ****", "X-Ham: yes"] {
            assert!(!marked(&format!("{FROM_RELAY}{mark}\n")), "{mark}");
        }
    }

    #[test]
    fn only_the_server_that_handed_us_the_mail_is_heard() {
        let other = "Received: from y by other.example; now\n";
        assert!(!marked(&format!("{other}{FROM_RELAY}X-Spam-Flag: YES\n")));
        assert!(marked(&format!("{FROM_RELAY}{other}X-Spam-Flag: YES\n")));
        assert!(!marked("X-Spam-Flag: YES\n"));
    }
}
