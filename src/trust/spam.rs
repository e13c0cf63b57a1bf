//! What a mail server in front of us found out about a mail, where its word counts.

use crate::message::Mail;

/// Whether one of `relays` handed us this mail and marked it as spam, as SpamAssassin and rspamd do: `X-Spam-Flag: YES`,
/// `X-Spam: Yes` or `X-Spam-Status: Yes, …`. Who handed it to us stands in its topmost Received field; who forges that
/// and the mark only has their own mail held.
pub fn marked_spam(mail: &Mail, relays: &[String]) -> bool {
    let by = mail.headers("Received").next().and_then(taken_by);
    let counts = by.is_some_and(|by| relays.iter().any(|relay| relay.eq_ignore_ascii_case(&by)));
    counts && ["X-Spam-Flag", "X-Spam", "X-Spam-Status"].into_iter().any(|name| mail.headers(name).any(says_yes))
}

/// The machine that took a mail, as its Received field says (RFC 5321 §4.4).
pub fn taken_by(received: &str) -> Option<String> {
    let told = without_comments(received);
    let mut words = told.split_whitespace();
    // What follows `from` is the client's own word for itself, and may be anything.
    let mut last = "";
    let by = words.by_ref().find(|word| {
        let is_by = word.eq_ignore_ascii_case("by") && !last.eq_ignore_ascii_case("from");
        last = word;
        is_by
    });
    by.and_then(|_| words.next()).map(|host| host.trim_end_matches(';').to_owned())
}

/// A field's value without its comments (RFC 5322 §3.2.2), where a client may have its say too. A bracket that is not
/// closed is taken as it stands.
fn without_comments(value: &str) -> String {
    let mut told = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, comment)) = rest.split_once('(') {
        let Some((_, after)) = comment.split_once(')') else { break };
        told.push_str(before);
        told.push(' ');
        rest = after;
    }
    told.push_str(rest);
    told
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

    #[test]
    fn a_client_cannot_name_another_server_by_its_own_name() {
        for (received, by) in [
            ("from by (unknown [192.0.2.9])\tby mx.example (Postfix) with ESMTP", Some("mx.example")),
            ("from x (by other.example [192.0.2.9]) by mx.example with ESMTP", Some("mx.example")),
            ("from x by mx.example; Mon, 2 Mar 2026 08:00:00 +0000", Some("mx.example")),
            ("by mx.example (Postfix, from userid 0) id 1; now", Some("mx.example")),
            ("from by", None),
            ("", None),
        ] {
            assert_eq!(taken_by(received).as_deref(), by, "{received}");
        }
    }
}
