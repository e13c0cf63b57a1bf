//! SPF and DMARC, as mail-auth judges them.

use mail_auth::common::to_a_label;
use mail_auth::dkim::Signature;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimOutput, DmarcResult, DnsError, Error, SpfOutput, SpfResult};

use crate::dns::Resolver;
use crate::message::Address;
use crate::smtp::Envelope;
use crate::trust::{Verdict, Voucher};

/// The domain that a client sends mail for: of its reverse-path, or its own name where that is null (RFC 7208 §2.4).
pub(super) fn sent_as(envelope: &Envelope) -> String {
    let domain = envelope.reverse_path.as_ref().map_or(envelope.helo.as_str(), Address::domain);
    to_a_label(domain).into_owned()
}

/// `domain`, which the client sends for, where it may (RFC 7208 §4), or where nobody can tell.
pub(super) async fn server(resolver: &Resolver, envelope: &Envelope, host: &str, domain: String) -> Option<Voucher> {
    let client = envelope.peer.ip().to_canonical();
    let asked = match &envelope.reverse_path {
        Some(sender) => SpfParameters::verify_mail_from(client, &envelope.helo, host, sender.as_str()),
        None => SpfParameters::verify_ehlo(client, &envelope.helo, host),
    };
    match resolver.authenticator().verify_spf(asked).await.result() {
        SpfResult::Pass => Some(Voucher { domain, certain: true }),
        SpfResult::TempError => Some(Voucher { domain, certain: false }),
        _ => None,
    }
}

/// What the domain in From makes of a mail for which these domains vouch. `pct` is not heeded, as RFC 9989 has it.
///
/// Which domains belong together is told by the DMARC records themselves, from the domain upwards (RFC 9989 §4.10): so
/// no list of public suffixes is needed that would be old within weeks. A domain without any record has no policy.
pub(super) async fn verdict(resolver: &Resolver, author: &str, dkim: &[Voucher], spf: Option<&Voucher>) -> Verdict {
    // Of the mail only its From is looked at, and by then we know it.
    let message = AuthenticatedMessage { from: vec![format!("author@{author}")], ..AuthenticatedMessage::default() };
    let signature = |voucher: &Voucher| Signature { d: voucher.domain.clone(), ..Signature::default() };
    let signatures: Vec<(Signature, bool)> = dkim.iter().map(|voucher| (signature(voucher), voucher.certain)).collect();
    let output = |(signature, certain)| match certain {
        true => DkimOutput::pass().with_signature(signature),
        false => DkimOutput::temp_err(not_told()).with_signature(signature),
    };
    let outputs: Vec<DkimOutput<'_>> =
        signatures.iter().map(|(signature, certain)| output((signature, *certain))).collect();
    let server = spf.map_or("", |voucher| voucher.domain.as_str());
    let result = match spf {
        Some(voucher) if voucher.certain => SpfResult::Pass,
        Some(_) => SpfResult::TempError,
        None => SpfResult::None,
    };
    let spf_output = SpfOutput::new(server.to_owned()).with_result(result);
    let asked = DmarcParameters::new(&message, &outputs, server, &spf_output);
    let judged = resolver.authenticator().verify_dmarc(asked).await;
    match (judged.result(), judged.policy()) {
        (DmarcResult::Pass, _) => Verdict::Proven,
        (DmarcResult::Fail(_), Policy::Reject) => Verdict::Reject,
        (DmarcResult::Fail(_), Policy::Quarantine) => Verdict::Quarantine,
        // A DNS that does not answer is no evidence, and never a refusal.
        _ => Verdict::Unknown,
    }
}

fn not_told() -> Error {
    Error::Dns(DnsError::Resolver(String::new()))
}
