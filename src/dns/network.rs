//! Networks: what stands for a client where one client has many addresses.

use std::net::IpAddr;

use super::is_public;

/// The network of a client on the open internet, a /24 or a /48 of IPv6; `None` for this machine, private networks, and
/// so a mail server in front of us.
pub fn network(client: IpAddr) -> Option<String> {
    if !is_public(client) {
        return None;
    }
    Some(match client.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_of_one_network_and_who_stands_in_front_of_us_is_of_none() {
        for (client, of) in [
            ("192.0.2.1", Some("192.0.2.0/24")),
            ("::ffff:192.0.2.200", Some("192.0.2.0/24")),
            ("2001:db8:7:1::2", Some("2001:db8:7::/48")),
            ("127.0.0.1", None),
            ("10.1.2.3", None),
            ("::1", None),
        ] {
            assert_eq!(network(client.parse().unwrap()).as_deref(), of, "{client}");
        }
    }
}
