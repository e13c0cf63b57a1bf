//! Questions to the DNS, bounded in time: what is not answered by then counts as not known. Answers are kept at hand for
//! as long as the DNS lets them, some thousands.

mod blocklist;
mod lookup;
mod network;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use mail_auth::MessageAuthenticator;
use tokio::time::timeout;

pub use blocklist::is_public;
pub use lookup::{NoAnswer, Spf};
pub use network::network;

/// How long all questions about one mail may take together.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How many answers are kept at hand.
const AT_HAND: u64 = 4096;

/// Who answers our questions.
#[derive(Clone)]
pub struct Resolver(TokioResolver);

/// Why there is nobody to ask.
#[derive(Debug, thiserror::Error)]
#[error("no DNS server can be asked ({0}); name one by [trust] resolver, such as 127.0.0.1:53")]
pub struct NoResolver(String);

impl Resolver {
    /// Asks the server at `address`, or those that this machine is set to ask. Nothing is asked yet.
    pub fn new(address: Option<SocketAddr>) -> Result<Self, NoResolver> {
        let mut builder = match address {
            Some(address) => TokioResolver::builder_with_config(only(address), TokioRuntimeProvider::default()),
            None => TokioResolver::builder_tokio().map_err(|error| NoResolver(error.to_string()))?,
        };
        let options = builder.options_mut();
        options.cache_size = AT_HAND;
        options.timeout = PATIENCE / 2;
        options.attempts = 1;
        builder.build().map(Self).map_err(|error| NoResolver(error.to_string()))
    }

    /// The same, as mail-auth asks: both share what is at hand.
    pub fn authenticator(&self) -> MessageAuthenticator {
        MessageAuthenticator(self.0.clone())
    }

    /// Whether `address` is one that the host of this name has; no where nobody says.
    pub async fn has_address(&self, host: &str, address: IpAddr) -> bool {
        let name = format!("{}.", host.trim_end_matches('.'));
        match address.to_canonical() {
            IpAddr::V4(v4) => self.addresses(name).await.contains(&v4),
            IpAddr::V6(v6) => match timeout(PATIENCE, self.0.ipv6_lookup(name)).await {
                Ok(Ok(answer)) => {
                    answer.answers().iter().any(|record| matches!(&record.data, RData::AAAA(found) if found.0 == v6))
                }
                _ => false,
            },
        }
    }

    /// The addresses of a fully qualified name; none where it has none, or where nobody says in time.
    async fn addresses(&self, name: String) -> Vec<Ipv4Addr> {
        match timeout(PATIENCE, self.0.ipv4_lookup(name)).await {
            Ok(Ok(answer)) => answer
                .answers()
                .iter()
                .filter_map(|record| match record.data {
                    RData::A(address) => Some(address.0),
                    _ => None,
                })
                .collect(),
            Ok(Err(error)) => {
                tracing::debug!(dns.error = %error, "no answer from the DNS");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }
}

fn only(address: SocketAddr) -> ResolverConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let ip: IpAddr = address.ip();
    let mut server = NameServerConfig::udp_and_tcp(ip);
    server.connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for_long() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let resolver = Resolver::new(Some(silent.local_addr().unwrap())).unwrap();
        let began = tokio::time::Instant::now();
        let lists = ["one.example".to_owned(), "two.example".to_owned()];
        assert_eq!(resolver.listed("192.0.2.1".parse().unwrap(), &lists).await, None);
        assert!(began.elapsed() <= PATIENCE + Duration::from_millis(10), "{:?}", began.elapsed());
    }
}
