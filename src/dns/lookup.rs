//! Look-ups for whoever checks how a domain is set up: what a name has, told apart from what nobody could say.

use std::net::IpAddr;

use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, RecordType};
use mail_auth::SpfResult;
use mail_auth::spf::verify::SpfParameters;
use tokio::time::timeout;

use super::{PATIENCE, Resolver};

/// The DNS did not answer in time, or that it could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

/// What a domain says of whether a machine may send its mail (RFC 7208 §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spf {
    /// It may.
    Pass,
    /// It may not, or rather not.
    Fail,
    /// It says neither.
    Neutral,
    /// There is no record.
    None,
    /// The record is faulty.
    Faulty,
}

impl Resolver {
    /// The texts that a name has, each in one piece; empty where it has none.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        let text = |data: &RData| match data {
            RData::TXT(text) => {
                let pieces: Vec<u8> = text.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
                Some(String::from_utf8_lossy(&pieces).into_owned())
            }
            _ => None,
        };
        self.find(name, RecordType::TXT, text).await
    }

    /// The mail servers of a domain, the most preferred first, without the dots at their ends. A lone empty name says
    /// that it takes no mail (RFC 7505).
    pub async fn mail_servers(&self, domain: &str) -> Result<Vec<String>, NoAnswer> {
        let server = |data: &RData| match data {
            RData::MX(mx) => Some((mx.preference, without_dot(&mx.exchange.to_ascii()))),
            _ => None,
        };
        let mut servers = self.find(domain, RecordType::MX, server).await?;
        servers.sort();
        Ok(servers.into_iter().map(|(_, name)| name).collect())
    }

    /// The addresses that a name has, of both kinds.
    pub async fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        let address = |data: &RData| match data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        let (v4, v6) =
            tokio::join!(self.find(name, RecordType::A, address), self.find(name, RecordType::AAAA, address));
        match (v4, v6) {
            (Ok(v4), Ok(v6)) => Ok([v4, v6].concat()),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
            _ => Err(NoAnswer),
        }
    }

    /// The names that an address points back to.
    pub async fn names_of(&self, address: IpAddr) -> Result<Vec<String>, NoAnswer> {
        let found = timeout(PATIENCE, self.0.reverse_lookup(address)).await.map_err(|_| NoAnswer)?;
        let names = |data: &RData| match data {
            RData::PTR(name) => Some(without_dot(&name.0.to_ascii())),
            _ => None,
        };
        match found {
            Ok(answer) => Ok(answer.answers().iter().filter_map(|record| names(&record.data)).collect()),
            Err(error) => nothing_or_no_answer(&error),
        }
    }

    /// Whether `domain` lets the machine at `address`, which greets as `hello`, send its mail.
    pub async fn spf(&self, address: IpAddr, hello: &str, domain: &str) -> Result<Spf, NoAnswer> {
        let authenticator = self.authenticator();
        let sender = format!("postmaster@{domain}");
        let asked = authenticator.verify_spf(SpfParameters::verify_mail_from(address, hello, hello, &sender));
        match timeout(PATIENCE, asked).await.map_err(|_| NoAnswer)?.result() {
            SpfResult::Pass => Ok(Spf::Pass),
            SpfResult::Fail | SpfResult::SoftFail => Ok(Spf::Fail),
            SpfResult::Neutral => Ok(Spf::Neutral),
            SpfResult::None => Ok(Spf::None),
            SpfResult::PermError => Ok(Spf::Faulty),
            SpfResult::TempError => Err(NoAnswer),
        }
    }

    async fn find<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, NoAnswer> {
        let whole = format!("{}.", name.trim_end_matches('.'));
        match timeout(PATIENCE, self.0.lookup(whole, kind)).await.map_err(|_| NoAnswer)? {
            Ok(answer) => Ok(answer.answers().iter().filter_map(|record| read(&record.data)).collect()),
            Err(error) => nothing_or_no_answer(&error),
        }
    }
}

/// That there is no such name, or nothing of that kind, is an answer.
fn nothing_or_no_answer<T>(error: &NetError) -> Result<Vec<T>, NoAnswer> {
    if error.is_no_records_found() || error.is_nx_domain() { Ok(Vec::new()) } else { Err(NoAnswer) }
}

fn without_dot(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}
