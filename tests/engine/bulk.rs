//! What the big mailbox providers ask of whoever sends to many (Google's and Yahoo's rules of 2024, Microsoft's of 2025),
//! point by point, on a digest as the relay gets it; and what RFC 2369, RFC 2919 and RFC 8058 ask of a list's mail.
//! Encryption towards the relay is tested in `tests/relay`, reverse DNS is the machine's (`rejoinder doctor` looks at it).

use std::collections::HashMap;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DmarcResult, SpfResult};
use mail_parser::MessageParser;
use rejoinder::deliver::Outgoing;
use rejoinder::digest::{Job, Press};

use crate::list::{AUTHOR, DOMAIN, Mail, Remembering, TestList, named};
use crate::name_server::Rr;
use crate::signed::{OLD, is_folded, published, receiver, signer};

const READER: &str = "nora@example.com";

/// A digest as it goes out, signed, with its list's pages at `web_url`.
struct Sent {
    mail: Outgoing,
    /// Each field's unfolded values, by its name.
    fields: HashMap<String, Vec<String>>,
    talk: TestList,
    signer: rejoinder::dkim::Signer,
    _folder: tempfile::TempDir,
}

impl Sent {
    fn with(web_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let talk = TestList::new(folder.path());
        talk.join(READER, named("Nora \"talk@lists.example\" Núñez", "daily"));
        talk.join("ellen@example.net", named("Ellen <ceo@bank.example>", "none"));
        assert!(talk.send(&Mail::new(AUTHOR, "p").subject("Schöne Grüße")).is_positive());
        assert!(talk.send(&Mail::new("ellen@example.net", "a").answers("p")).is_positive());
        let press = Press { domain: DOMAIN.to_owned(), web_url: web_url.map(ToOwned::to_owned), token_key: 1 };
        let job = Job::new(talk.store.clone(), press, talk.keys.clone(), talk.clock.clone());
        job.run(&talk.list(), talk.at("2026-03-02T07:00:00Z")).unwrap();
        let (relay, signer) = (Remembering::new(&[]), signer(&[OLD]));
        talk.runtime.block_on(talk.courier(&relay).signing(signer.clone()).drain()).unwrap();
        let mail = relay.taken.lock().unwrap()[0].clone();
        let fields = fields(&mail);
        Self { mail, fields, talk, signer, _folder: folder }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.mail.content).unwrap()
    }

    /// The value of a field that stands there once.
    #[track_caller]
    fn one(&self, name: &str) -> &str {
        let values = self.fields.get(name).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(values.len(), 1, "{name}: {values:?}");
        &values[0]
    }
}

fn fields(mail: &Outgoing) -> HashMap<String, Vec<String>> {
    let text = std::str::from_utf8(&mail.content).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    let mut fields: HashMap<String, Vec<String>> = HashMap::new();
    for line in head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n") {
        let (name, value) = line.split_once(':').unwrap();
        fields.entry(name.to_owned()).or_default().push(value.trim().to_owned());
    }
    fields
}

/// The addresses in angle brackets, and nothing else but commas between them (RFC 2369 §2).
#[track_caller]
fn bracketed(value: &str) -> Vec<&str> {
    let all: Vec<&str> =
        value.split(", ").map(|one| one.strip_prefix('<').unwrap().strip_suffix('>').unwrap()).collect();
    assert!(all.iter().all(|one| !one.contains([' ', '<', '>'])), "{value}");
    all
}

#[test]
fn spf_and_dkim_pass_and_both_align_with_the_from_of_a_domain_that_rejects_all_else() {
    let sent = Sent::with(None);
    let server = published(&sent.signer, &[OLD]);
    let txt = |text: &str| Rr::Txt(text.to_owned());
    server.has(DOMAIN, txt("v=spf1 ip4:192.0.2.1 -all"));
    server.has("_dmarc.lists.example", txt("v=DMARC1; p=reject; adkim=s; aspf=s"));
    let reverse_path = sent.mail.reverse_path.clone().unwrap();
    assert_eq!(reverse_path.domain(), DOMAIN);
    let (dkim, spf) = sent.talk.runtime.block_on(async {
        let receiver = receiver(&server);
        let message = AuthenticatedMessage::parse(&sent.mail.content).unwrap();
        let sender = reverse_path.to_string();
        let from = SpfParameters::verify_mail_from("192.0.2.1".parse().unwrap(), DOMAIN, "mx.example.com", &sender);
        let spf = receiver.verify_spf(from).await;
        assert_eq!(spf.result(), SpfResult::Pass);
        let dkim = receiver.verify_dkim(&message).await;
        let dmarc = receiver.verify_dmarc(DmarcParameters::new(&message, &dkim, DOMAIN, &spf)).await;
        (dmarc.dkim_result().clone(), dmarc.spf_result().clone())
    });
    assert_eq!((dkim, spf), (DmarcResult::Pass, DmarcResult::Pass));
}

#[test]
fn from_is_the_lists_own_and_its_name_feigns_nothing() {
    let sent = Sent::with(None);
    let from = sent.one("From");
    assert_eq!(from, "\"Talk\" <talk@lists.example>");
    let (name, _) = from.rsplit_once(" <").unwrap();
    assert!(!name.contains('@') && !name.contains("Re:"), "{from}");
    assert!(!sent.one("Subject").starts_with("Re:") && !sent.one("Subject").starts_with("Fwd:"));
    assert!(!sent.fields.contains_key("Sender") && !sent.fields.contains_key("Resent-From"));
}

#[test]
fn what_a_mail_must_have_stands_in_it_once_and_is_well_formed() {
    let sent = Sent::with(None);
    for name in ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"] {
        sent.one(name);
    }
    for name in ["Cc", "Bcc", "Return-Path", "Received"] {
        assert!(!sent.fields.contains_key(name), "{name}");
    }
    assert!(sent.one("To").ends_with("<nora@example.com>"), "{}", sent.one("To"));
    let parsed = MessageParser::default().parse(&sent.mail.content).unwrap();
    let addresses = |all: Option<&mail_parser::Address<'_>>| {
        all.unwrap().iter().map(|one| one.address.clone().unwrap().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(parsed.to()), [READER]);
    assert_eq!(addresses(parsed.from()), ["talk@lists.example"]);
    assert_eq!(addresses(parsed.reply_to()).len(), 1);
    let date = jiff::fmt::rfc2822::parse(sent.one("Date")).unwrap();
    assert_eq!(date.timestamp(), sent.talk.clock.now());
    let id = sent.one("Message-ID").strip_prefix('<').unwrap().strip_suffix("@lists.example>").unwrap();
    assert!(id.len() > 20 && id.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'.'), "{id}");
    assert_eq!(sent.one("MIME-Version"), "1.0");
}

#[test]
fn lines_and_size_are_what_every_server_takes_and_no_provider_clips() {
    let sent = Sent::with(Some("https://lists.example"));
    let text = sent.text();
    assert!(text.is_ascii() && !text.contains('\0'));
    assert_eq!(text.replace("\r\n", "").matches(['\r', '\n']).count(), 0);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(body.split("\r\n").all(|line| line.len() <= 998));
    assert!(head.split("\r\n").all(is_folded), "{head}");
    assert!(text.len() < 102 * 1024);
    let parsed = MessageParser::default().parse(&sent.mail.content).unwrap();
    assert!(parsed.body_text(0).is_some() && parsed.body_html(0).is_some());
}

#[test]
fn the_lists_fields_are_there_and_no_other_lists() {
    let sent = Sent::with(None);
    assert_eq!(sent.one("List-Id"), "\"Talk\" <talk.lists.example>");
    for (name, to) in [
        ("List-Post", "talk@"),
        ("List-Help", "talk%2Bhelp@"),
        ("List-Subscribe", "talk%2Bjoin@"),
        ("List-Owner", "talk%2Bowner@"),
    ] {
        let links: Vec<String> = bracketed(sent.one(name))
            .iter()
            .map(|link| link.split('?').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(links, [format!("mailto:{to}lists.example")]);
    }
    assert_eq!(sent.one("Auto-Submitted"), "auto-generated");
    assert!(!sent.fields.contains_key("List-Unsubscribe-Post"), "there is no page to post to");
    let leave = bracketed(sent.one("List-Unsubscribe"));
    assert!(
        matches!(leave[..], [one] if one.starts_with("mailto:talk%2Bu.") && one.contains("@lists.example")),
        "{leave:?}"
    );
}

#[test]
fn one_click_takes_nora_off_the_list_where_there_are_encrypted_pages_and_both_fields_are_signed() {
    let sent = Sent::with(Some("https://lists.example"));
    let leave = bracketed(sent.one("List-Unsubscribe"));
    assert_eq!(leave.iter().filter(|one| one.starts_with("https://lists.example/")).count(), 1, "{leave:?}");
    assert_eq!(leave.iter().filter(|one| one.starts_with("mailto:talk%2Bu.")).count(), 1, "{leave:?}");
    assert_eq!(sent.one("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let page = leave.iter().find(|one| one.starts_with("https://")).unwrap();
    assert!(page.rsplit('/').next().unwrap().len() >= 16, "whom it is for stands in it, and nobody guesses it: {page}");
    for signature in &sent.fields["DKIM-Signature"] {
        let names = signature.split("h=").nth(1).unwrap().split(';').next().unwrap().replace(' ', "");
        for name in ["List-Unsubscribe", "List-Unsubscribe-Post", "From"] {
            let times = names.split(':').filter(|signed| signed.eq_ignore_ascii_case(name)).count();
            assert_eq!(times, 2, "{name} in {names}: signed, and a second one shut out");
        }
    }
}

#[test]
fn every_field_is_signed_and_nothing_is_left_out_of_the_body() {
    let sent = Sent::with(None);
    let signatures = &sent.fields["DKIM-Signature"];
    assert_eq!(signatures.len(), 2);
    for signature in signatures {
        let tags: HashMap<&str, String> = signature
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, value)| (name.trim(), value.replace(' ', "")))
            .collect();
        assert_eq!((tags["d"].as_str(), tags["c"].as_str()), (DOMAIN, "relaxed/relaxed"));
        assert_eq!(tags["t"], sent.talk.clock.now().as_second().to_string());
        assert!(!tags.contains_key("l") && !tags.contains_key("x"), "{tags:?}");
        let signed: Vec<&str> = tags["h"].split(':').collect();
        for name in sent.fields.keys().filter(|name| *name != "DKIM-Signature") {
            assert!(signed.contains(&name.as_str()), "{name}");
        }
    }
    let rsa = &sent.signer.records(OLD)[0];
    let bits = rsa.value.split("p=").nth(1).unwrap().len() * 6;
    assert!(bits > 2048, "{bits}");
}

#[test]
fn a_reader_sees_how_to_leave_in_the_mail_itself() {
    for web_url in [None, Some("https://lists.example")] {
        let sent = Sent::with(web_url);
        let parsed = MessageParser::default().parse(&sent.mail.content).unwrap();
        for body in [parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap()] {
            let body = body.replace(['\r', '\n'], "");
            assert!(body.contains("talk+u.") || body.contains("talk%2Bu.") || body.contains("/u/"), "{body}");
        }
    }
}
