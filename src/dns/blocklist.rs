//! DNS blocklists (RFC 5782): whether the machine that a mail comes from is on one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::task::JoinSet;

use super::Resolver;

impl Resolver {
    /// The first of these lists that `client` is on; `None` where it is on none of them, or where none says so in time.
    /// All are asked at once.
    pub async fn listed(&self, client: IpAddr, lists: &[String]) -> Option<String> {
        let mut asked = JoinSet::new();
        for (at, list) in lists.iter().enumerate() {
            let (resolver, name) = (self.clone(), name_on(client, list));
            let list = list.clone();
            asked.spawn(async move {
                let answers = resolver.addresses(name).await;
                if answers.iter().any(refuses_us) {
                    tracing::warn!(dns.blocklist = list, "a blocklist answers that it does not answer us: use a DNS server of your own ([trust] resolver)");
                }
                (at, answers.into_iter().any(means_listed))
            });
        }
        let mut answers = asked.join_all().await;
        answers.sort_unstable();
        answers.into_iter().find(|(_, listed)| *listed).and_then(|(at, _)| lists.get(at).cloned())
    }
}

/// Under which name a list has an address: its octets, or an IPv6 address's digits, backwards (RFC 5782 §2.1, §2.4).
fn name_on(client: IpAddr, list: &str) -> String {
    let backwards: Vec<String> = match client.to_canonical() {
        IpAddr::V4(v4) => v4.octets().iter().rev().map(u8::to_string).collect(),
        IpAddr::V6(v6) => v6.octets().iter().rev().map(|octet| format!("{:x}.{:x}", octet & 15, octet >> 4)).collect(),
    };
    format!("{}.{list}.", backwards.join("."))
}

/// Lists answer within 127.0.0.0/8 (RFC 5782 §2.1). An answer from elsewhere comes from whoever has bought a list's name
/// after its end, or from a provider's own page.
fn means_listed(answer: Ipv4Addr) -> bool {
    answer.is_loopback() && !refuses_us(&answer)
}

/// Some lists say in 127.255.255.0/24 that they would not be asked so: by a resolver that too many share, say.
fn refuses_us(answer: &Ipv4Addr) -> bool {
    answer.octets()[..3] == [127, 255, 255]
}

/// Whether an address is one of the open internet, that a blocklist may know. Those of this machine and of private
/// networks are a server in front of us.
pub fn is_public(client: IpAddr) -> bool {
    match client.to_canonical() {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified() || is_local(v6)),
    }
}

fn is_local(v6: Ipv6Addr) -> bool {
    v6.is_unique_local() || v6.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_for_backwards() {
        assert_eq!(name_on("192.0.2.99".parse().unwrap(), "bl.example"), "99.2.0.192.bl.example.");
        assert_eq!(name_on("::ffff:192.0.2.99".parse().unwrap(), "bl.example"), "99.2.0.192.bl.example.");
        let v6 = name_on("2001:db8:1:2:3:4:567:89ab".parse().unwrap(), "bl.example");
        assert_eq!(v6, "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example.");
    }

    #[test]
    fn only_an_answer_of_the_agreed_form_means_listed() {
        for (answer, listed) in
            [("127.0.0.2", true), ("127.0.1.9", true), ("127.255.255.254", false), ("192.0.2.1", false)]
        {
            assert_eq!(means_listed(answer.parse().unwrap()), listed, "{answer}");
        }
    }

    #[test]
    fn a_server_in_front_of_us_is_on_no_list() {
        for (client, public) in [
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("192.168.0.1", false),
            ("169.254.0.1", false),
            ("::1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", false),
            ("192.0.2.1", true),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_public(client.parse().unwrap()), public, "{client}");
        }
    }
}
