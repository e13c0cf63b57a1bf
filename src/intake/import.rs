//! The gate for an archive: its mails are read as any are, and the store threads and publishes each. No rule about who may
//! write applies, nobody is asked, and nothing is sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use jiff::Timestamp;
use memchr::memmem;

use super::Intake;
use super::address::{Wanted, What};
use super::explain::addressed;
use crate::discussion::List;
use crate::message::{Address, Mail};
use crate::smtp::{Door, Envelope};
use crate::store::{Arrival, Imported, Pending, Purpose, StoreError};
use crate::token::Token;

/// A mail of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Its octets, as they stand there.
    pub content: Vec<u8>,
    /// When it was written, as far as that can be believed.
    pub dated: Timestamp,
    /// Whether neither it nor a server that took it says so.
    pub undated: bool,
}

impl Intake {
    /// Takes mails of an archive in, in this order and in one transaction: one outcome for each. They are read beside each
    /// other on as many threads as there are processors. Waits for the readers of the store: not for async code.
    pub fn import(&self, list: &List, mails: &[Archived]) -> Result<Pending<Vec<Imported>>, StoreError> {
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let share = mails.len().div_ceil(threads).max(1);
        let mut arrivals = Vec::with_capacity(mails.len());
        thread::scope(|scope| {
            let read = |mails: &[Archived]| mails.iter().map(|mail| self.archived(list, mail)).collect();
            let shares: Vec<_> = mails.chunks(share).map(|mails| scope.spawn(move || read(mails))).collect();
            for share in shares {
                let read: Result<Vec<Arrival>, StoreError> = share.join().unwrap_or(Err(StoreError::Panicked));
                arrivals.append(&mut read?);
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(self.store().import(list.id, arrivals))
    }

    fn archived(&self, list: &List, mail: &Archived) -> Result<Arrival, StoreError> {
        let envelope = Envelope {
            door: Door::Archive,
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            helo: String::new(),
            tls: false,
            with: "SMTP",
            reverse_path: None,
            recipients: self.recipients(list, &mail.content),
        };
        let mut arrival = self.prepare_at(envelope, &mail.content, mail.dated)?;
        // Nobody said; whoever exports it as mbox names its writer there.
        arrival.envelope.reverse_path = arrival.mail.from.first().map(|from| from.address.clone());
        arrival.undated = mail.undated;
        for request in arrival.requests.iter_mut().filter(|_| mail.undated) {
            if let Purpose::Discussion { evidence, .. } = &mut request.purpose {
                evidence.answers_subject = None;
            }
        }
        Ok(arrival)
    }

    /// The list, and those addresses of its items and digests that the header names: they are evidence of place.
    fn recipients(&self, list: &List, content: &[u8]) -> Vec<Address> {
        let mut recipients = vec![list.address(&self.gate().domain)];
        let has = |what: &str| memmem::find(content, what.as_bytes()).is_some();
        if (has("+r.") || has("+d.")) && has(&self.gate().domain) {
            let is_place = |address: &Address| match self.wanted(address) {
                Ok(Some(Wanted { list: other, what: What::Token(Token::Reply(..) | Token::Digest(..)) })) => {
                    other.id == list.id
                }
                _ => false,
            };
            recipients.extend(addressed(&Mail::parse(content)).filter(is_place));
        }
        recipients
    }
}
