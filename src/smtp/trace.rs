//! The trace that a mail leaves here: the `Received` field on top of what is kept of it (RFC 5321 §4.4, pure). It says
//! nothing of recipients: some of their addresses are secrets between us and one reader.

use std::net::IpAddr;

use jiff::Timestamp;

use super::{Envelope, Protocol};

/// Octets of a client's own name for itself that are repeated; no true name is longer.
const NAME: usize = 255;

/// How a mail was said, as Received names it (RFC 3848 §1, RFC 6531 §4.3).
pub fn keyword(protocol: Protocol, extended: bool, tls: bool, utf8: bool) -> &'static str {
    match (protocol, tls, utf8) {
        (Protocol::Smtp, false, false) if !extended => "SMTP",
        (Protocol::Smtp, false, false) => "ESMTP",
        (Protocol::Smtp, true, false) => "ESMTPS",
        (Protocol::Smtp, false, true) => "UTF8SMTP",
        (Protocol::Smtp, true, true) => "UTF8SMTPS",
        (Protocol::Lmtp, false, false) => "LMTP",
        (Protocol::Lmtp, true, false) => "LMTPS",
        (Protocol::Lmtp, false, true) => "UTF8LMTP",
        (Protocol::Lmtp, true, true) => "UTF8LMTPS",
    }
}

impl Envelope {
    /// The `Received` field of a mail that came to `by` with this envelope, its line ends included. `id` is what we call
    /// the mail.
    pub fn trace(&self, by: &str, id: &str, at: Timestamp) -> String {
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!("{}{by} with {} id {id}; {date}\r\n", self.trace_begin(), self.with)
    }

    /// A mail as it came: what was kept of it, without our trace.
    pub fn without_trace<'a>(&self, kept: &'a [u8]) -> &'a [u8] {
        let begin = self.trace_begin();
        let rest = kept.strip_prefix(begin.as_bytes());
        let end = rest.and_then(|rest| rest.windows(2).position(|pair| pair == b"\r\n"));
        end.map_or(kept, |end| &kept[begin.len() + end + 2..])
    }

    fn trace_begin(&self) -> String {
        format!("Received: from {} ([{}])\r\n\tby ", self.name_of_client(), literal(self.peer.ip()))
    }

    /// A client calls itself what it likes; only what a domain or an address literal may hold is repeated.
    pub fn name_of_client(&self) -> String {
        let good = |c: &char| c.is_ascii_alphanumeric() || ".-_:[]".contains(*c);
        let name: String = self.helo.chars().filter(good).take(NAME).collect();
        if name.is_empty() { "unknown".to_owned() } else { name }
    }
}

/// An address as RFC 5321 §4.1.3 writes it, without its brackets.
fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("IPv6:{v6}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Address;
    use crate::smtp::Door;

    fn envelope(helo: &str, peer: &str) -> Envelope {
        Envelope {
            door: Door::Public,
            peer: peer.parse().unwrap(),
            helo: helo.to_owned(),
            tls: true,
            with: keyword(Protocol::Smtp, true, true, false),
            reverse_path: None,
            recipients: vec![Address::parse("talk+r.secret@lists.example").unwrap()],
        }
    }

    fn trace(envelope: &Envelope) -> String {
        envelope.trace("lists.example", "0123abcd", "2026-03-01T07:05:09Z".parse().unwrap())
    }

    #[test]
    fn a_trace_says_who_handed_a_mail_to_whom_how_and_when_and_nothing_of_its_recipients() {
        assert_eq!(
            trace(&envelope("there.example", "192.0.2.7:4711")),
            "Received: from there.example ([192.0.2.7])\r\n\tby lists.example with ESMTPS id 0123abcd; \
             Sun, 01 Mar 2026 07:05:09 +0000\r\n"
        );
        assert!(
            trace(&envelope("[IPv6:2001:db8::1]", "[2001:db8::1]:25"))
                .contains("[IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n")
        );
        assert!(trace(&envelope("x", "[::ffff:192.0.2.7]:25")).contains("([192.0.2.7])"));
    }

    #[test]
    fn no_name_of_a_client_breaks_its_trace() {
        for (helo, name) in [("x)(;\r\nX: y", "xX:y"), ("", "unknown"), ("()", "unknown")] {
            assert!(
                trace(&envelope(helo, "192.0.2.7:25")).starts_with(&format!("Received: from {name} (")),
                "{helo:?}"
            );
        }
        let long = trace(&envelope(&"x".repeat(2000), "192.0.2.7:25"));
        assert!(long.lines().all(|line| line.len() <= 998) && long.lines().count() == 2);
    }

    #[test]
    fn the_trace_comes_off_again_and_nothing_else_does() {
        let envelope = envelope("there.example", "192.0.2.7:25");
        for mail in [
            "",
            "\r\n",
            "Subject: x\r\n\r\n\r\n",
            "From ada Sun\r\n\r\n",
            "Received: from there.example ([192.0.2.7])\r\n\tby x",
        ] {
            let kept = trace(&envelope) + mail;
            assert_eq!(envelope.without_trace(kept.as_bytes()), mail.as_bytes());
            assert_eq!(envelope.without_trace(mail.as_bytes()), mail.as_bytes());
        }
    }

    #[test]
    fn every_way_of_handing_over_has_its_keyword() {
        let all = [Protocol::Smtp, Protocol::Lmtp].map(|protocol| {
            [(false, false), (true, false), (false, true), (true, true)]
                .map(|(tls, utf8)| keyword(protocol, true, tls, utf8))
        });
        assert_eq!(all[0], ["ESMTP", "ESMTPS", "UTF8SMTP", "UTF8SMTPS"]);
        assert_eq!(all[1], ["LMTP", "LMTPS", "UTF8LMTP", "UTF8LMTPS"]);
        assert_eq!(keyword(Protocol::Smtp, false, false, false), "SMTP");
    }
}
