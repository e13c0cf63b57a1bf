//! Whether a mail is from whom its From names: by what a trusted server in front of us found out, else by our own
//! questions to the DNS (SPF, RFC 7208; DKIM, RFC 6376; DMARC, RFC 7489 as RFC 9989 has it now).
//!
//! Only what could vouch for the domain in From is looked at: the rest changes nothing, and a forger could have us wait
//! for a DNS server of theirs until the time is over.

mod dmarc;
mod meant;
mod signed;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::dns::{PATIENCE, Resolver, is_public};
use crate::message::{Mail, mask};
use crate::smtp::{Door, Envelope};
use crate::trust::{RelayDmarc, RelayWord, Verdict, Voucher, author_domain, may_align, taken_last_by, word_of};

/// Whose word counts, and whom we ask ourselves.
#[derive(Clone, Default)]
pub struct SenderProof {
    relays: Vec<String>,
    relays_strip: bool,
    resolver: Option<Resolver>,
}

/// A mail whose sender is to be proven.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    /// What the client said before it.
    pub envelope: &'a Envelope,
    /// Parsed.
    pub mail: &'a Mail,
    /// Its octets as they came.
    pub content: &'a Arc<Vec<u8>>,
    /// The name of this machine.
    pub host: &'a str,
    /// When it came.
    pub at: Timestamp,
    /// Whether it must name the very address that it was handed over for: a command does.
    pub exactly: bool,
}

impl SenderProof {
    /// By the word of these mail servers in front of us.
    pub fn by_relays(relays: &[String]) -> Self {
        Self { relays: relays.to_vec(), ..Self::default() }
    }

    /// Also by what stands right below their Received field, where they `strip` what others wrote in their name.
    pub fn that_strip(self, strip: bool) -> Self {
        Self { relays_strip: strip, ..self }
    }

    /// Also by what the DNS says.
    pub fn and_asking(self, resolver: Resolver) -> Self {
        Self { resolver: Some(resolver), ..self }
    }

    /// What a mail itself tells, should the server that says it took it last have handed it to us. Asks nobody.
    pub fn without_asking(&self, mail: &Mail) -> Verdict {
        let author = author_domain(mail);
        let word = author.as_deref().zip(taken_last_by(mail, &self.relays));
        word.and_then(|(author, relay)| word_of(mail, relay, author, self.relays_strip).verdict(author))
            .unwrap_or_default()
    }

    /// What is found out about a mail. Takes as long as the DNS, but a bounded time: what is not answered by then counts
    /// as not known.
    pub(super) async fn of(&self, claim: Claim<'_>) -> Verdict {
        let Some(author) = author_domain(claim.mail) else { return Verdict::Unknown };
        // On the heap: where nobody is asked, a mail's way in is not to carry the room for it.
        let asked = unbroken(Box::pin(self.ask(claim, &author)));
        let verdict = timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
            tracing::info!(from.domain = author, "the DNS took too long; the sender counts as not proven");
            Verdict::Unknown
        });
        let is_meant = || meant::is_meant(claim.mail, claim.envelope, claim.exactly, claim.at);
        let verdict = if verdict == Verdict::Proven && !is_meant() { Verdict::Unknown } else { verdict };
        let reverse_path = mask(claim.envelope.reverse_path.as_ref());
        tracing::debug!(from.domain = author, mail.reverse_path = reverse_path, ?verdict, "sender proof");
        verdict
    }

    async fn ask(&self, claim: Claim<'_>, author: &str) -> Verdict {
        let relay = self.handed_over_by(claim).await;
        let word = relay.map(|relay| word_of(claim.mail, relay, author, self.relays_strip)).unwrap_or_default();
        if let Some(verdict) = word.verdict(author) {
            return verdict;
        }
        let Some(resolver) = &self.resolver else { return Verdict::Unknown };
        let (dkim, spf) = if matches!(word.dmarc, Some(RelayDmarc::Fail(_))) {
            // Only what its domain wants done with it is still asked.
            (Vec::new(), None)
        } else {
            tokio::join!(
                signers(resolver, claim, author, &word),
                server(resolver, claim, author, &word, relay.is_some())
            )
        };
        let vouches = |voucher: &Voucher| voucher.certain && voucher.domain == author;
        if dkim.iter().chain(&spf).any(vouches) {
            // As close as it can be: whatever the domain's policy says, that is aligned.
            return Verdict::Proven;
        }
        dmarc::verdict(resolver, author, &dkim, spf.as_ref()).await
    }

    /// The trusted server that handed a mail over. Its name in a Received field is not enough, for anybody can write that:
    /// it must have come where only servers of our own reach us, or from an address of that name.
    async fn handed_over_by(&self, claim: Claim<'_>) -> Option<&str> {
        let relay = taken_last_by(claim.mail, &self.relays)?;
        let client = claim.envelope.peer.ip();
        let is_its = match claim.envelope.door {
            Door::Lmtp => true,
            Door::Public if !is_public(client) => true,
            Door::Public => match &self.resolver {
                Some(resolver) => resolver.has_address(relay, client).await,
                None => false,
            },
            Door::Local | Door::Archive => false,
        };
        is_its.then_some(relay)
    }
}

/// What is found out, or nothing should that break: nothing does on mail, but what reads it here is not all ours.
async fn unbroken(mut asked: Pin<Box<impl Future<Output = Verdict>>>) -> Verdict {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            tracing::error!("the proof of a sender broke; they count as not proven");
            Poll::Ready(Verdict::Unknown)
        })
    })
    .await
}

async fn signers(resolver: &Resolver, claim: Claim<'_>, author: &str, word: &RelayWord) -> Vec<Voucher> {
    match &word.dkim {
        Some(told) => told.iter().filter(|voucher| may_align(&voucher.domain, author)).cloned().collect(),
        None => signed::signers(resolver, claim.content, author).await,
    }
}

/// The domain of the reverse-path, or of the client's name where that is null, if the client may send its mail. Behind a
/// server of our own the client is that server, and tells nothing.
async fn server(
    resolver: &Resolver,
    claim: Claim<'_>,
    author: &str,
    word: &RelayWord,
    is_relayed: bool,
) -> Option<Voucher> {
    let envelope = claim.envelope;
    if let Some(told) = &word.spf {
        return told.clone().filter(|voucher| may_align(&voucher.domain, author));
    }
    let domain = dmarc::sent_as(envelope);
    if !may_align(&domain, author) {
        return None;
    }
    let is_judged = envelope.door == Door::Public && is_public(envelope.peer.ip()) && !is_relayed;
    match is_judged {
        true => dmarc::server(resolver, envelope, claim.host, domain).await,
        false => Some(Voucher { domain, certain: false }),
    }
}
