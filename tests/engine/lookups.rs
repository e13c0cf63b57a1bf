//! What a domain's DNS says, as `doctor` asks it.

use std::net::IpAddr;

use rejoinder::dns::{NoAnswer, Resolver, Spf};

use crate::name_server::{NameServer, Rr};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn asked<T>(question: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(question)
}

#[test]
fn each_kind_of_record_is_found_whole_and_in_order() {
    let server = NameServer::start();
    let long = "x".repeat(600);
    server
        .has("lists.example", Rr::Mx(20, "Second.example"))
        .has("lists.example", Rr::Mx(10, "first.example"))
        .has("lists.example", Rr::Txt(long.clone()))
        .has("none.example", Rr::Mx(0, ""))
        .has("first.example", Rr::Ip("192.0.2.1"))
        .has("first.example", Rr::Ip("2001:db8::1"))
        .has("1.2.0.192.in-addr.arpa", Rr::Ptr("first.example"));
    let resolver = Resolver::new(Some(server.at)).unwrap();
    asked(async {
        assert_eq!(resolver.mail_servers("lists.example").await.unwrap(), ["first.example", "second.example"]);
        assert_eq!(resolver.mail_servers("none.example").await.unwrap(), [""]);
        assert_eq!(resolver.texts("lists.example").await.unwrap(), [long]);
        assert_eq!(resolver.hosts("first.example").await.unwrap(), [ip("192.0.2.1"), ip("2001:db8::1")]);
        assert_eq!(resolver.names_of(ip("192.0.2.1")).await.unwrap(), ["first.example"]);
    });
}

#[test]
fn that_there_is_nothing_is_an_answer_and_silence_is_none() {
    let server = NameServer::start();
    server.has("known.example", Rr::Ip("192.0.2.1"));
    let resolver = Resolver::new(Some(server.at)).unwrap();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let unheard = Resolver::new(Some(silent.local_addr().unwrap())).unwrap();
    asked(async {
        for name in ["known.example", "unknown.example"] {
            assert_eq!(resolver.texts(name).await, Ok(Vec::new()));
            assert_eq!(resolver.mail_servers(name).await, Ok(Vec::new()));
        }
        assert_eq!(resolver.hosts("unknown.example").await, Ok(Vec::new()));
        assert_eq!(resolver.names_of(ip("192.0.2.9")).await, Ok(Vec::new()));
        tokio::time::pause();
        assert_eq!(unheard.texts("known.example").await, Err(NoAnswer));
        assert_eq!(unheard.hosts("known.example").await, Err(NoAnswer));
        assert_eq!(unheard.names_of(ip("192.0.2.1")).await, Err(NoAnswer));
    });
}

#[test]
fn what_a_domain_says_of_a_machine_is_worked_out_through_its_includes() {
    let server = NameServer::start();
    let txt = |text: &str| Rr::Txt(text.to_owned());
    server
        .has("lists.example", txt("v=spf1 include:relay.example -all"))
        .has("relay.example", txt("v=spf1 ip4:192.0.2.0/28 ?all"))
        .has("soft.example", txt("v=spf1 a:mx.example ~all"))
        .has("mx.example", Rr::Ip("192.0.2.1"))
        .has("neutral.example", txt("v=spf1 ?all"))
        .has("faulty.example", txt("v=spf1 ip4:nonsense -all"))
        .has("none.example", txt("something else"));
    let resolver = Resolver::new(Some(server.at)).unwrap();
    asked(async {
        for (domain, address, wanted) in [
            ("lists.example", "192.0.2.1", Spf::Pass),
            ("lists.example", "192.0.2.99", Spf::Fail),
            ("soft.example", "192.0.2.1", Spf::Pass),
            ("soft.example", "192.0.2.99", Spf::Fail),
            ("neutral.example", "192.0.2.1", Spf::Neutral),
            ("faulty.example", "192.0.2.1", Spf::Faulty),
            ("none.example", "192.0.2.1", Spf::None),
        ] {
            assert_eq!(resolver.spf(ip(address), "mx.example", domain).await, Ok(wanted), "{domain} {address}");
        }
    });
}
