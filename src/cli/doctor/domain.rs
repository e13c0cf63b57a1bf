//! What the world's DNS says of the lists' domain: where its mail goes, who may send for it, and how that is proven.

use std::net::IpAddr;

use super::doors::is_here;
use super::{Finding, Patient};
use crate::dkim::{Key, KeySet, Record, key_in};
use crate::dns::{NoAnswer, Resolver, Spf, is_public};

/// What every check here has at hand.
struct Look<'a> {
    patient: &'a Patient,
    resolver: Resolver,
    /// The addresses of this machine's name by which the world knows it.
    ours: Vec<IpAddr>,
    /// Whether what we send leaves from this machine: by a mail server on it.
    sends_from_here: bool,
}

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let resolver = match Resolver::new(patient.installation.config.trust.resolver) {
        Ok(resolver) => resolver,
        Err(error) => {
            return vec![patient.lack(patient.is_public(), "dns", error.to_string(), "set [trust] resolver.")];
        }
    };
    let hosts = resolver.hosts(patient.host()).await;
    if hosts == Err(NoAnswer) && resolver.mail_servers(patient.domain()).await == Err(NoAnswer) {
        let advice = "let this machine ask a DNS server, or name one by [trust] resolver; mx, spf, dkim, dmarc and ptr are looked at then.";
        return vec![patient.lack(patient.is_public(), "dns", "No DNS server answers.", advice)];
    }
    let ours = hosts.unwrap_or_default().into_iter().filter(|address| is_public(*address)).collect();
    let sends_from_here = match &patient.relay {
        Some(relay) => is_here(&relay.host, relay.port).await,
        None => false,
    };
    let look = Look { patient, resolver, ours, sends_from_here };
    let (mx, spf, dkim, dmarc, ptr) = tokio::join!(look.mx(), look.spf(), look.dkim(), look.dmarc(), look.ptr());
    let mut found = vec![mx, spf];
    found.extend(dkim);
    found.push(dmarc);
    found.extend(ptr);
    found
}

fn unanswered(check: &'static str, name: &str) -> Finding {
    Finding::warning(check, format!("The DNS does not answer for {name}.")).advise("Try again later.")
}

fn txt(name: &str, value: String) -> Record {
    Record { name: name.to_owned(), kind: "TXT", value }
}

impl Look<'_> {
    /// Where answers to the lists go (RFC 5321 §5.1).
    async fn mx(&self) -> Finding {
        let (patient, domain) = (self.patient, self.patient.domain());
        let record = Record { name: domain.to_owned(), kind: "MX", value: format!("10 {}.", patient.host()) };
        let servers = match self.resolver.mail_servers(domain).await {
            Err(NoAnswer) => return unanswered("mx", domain),
            Ok(servers) => servers,
        };
        let lack = |found: String, advice: &str| patient.lack(patient.is_public(), "mx", found, advice);
        let Some(first) = servers.first() else {
            let behind = patient.installation.config.smtp.lmtp_listen.is_some() && !patient.listens();
            let advice = match behind {
                true => "publish one with the name of the mail server in front, which hands its mail on by LMTP.",
                false => "publish this, and an address (A, AAAA) for the name in it.",
            };
            let lack = lack(format!("{domain} has no MX, so mail to the lists finds no way."), advice);
            return if behind { lack } else { lack.publish(record) };
        };
        if first.is_empty() {
            return lack(format!("{domain} says that it takes no mail (MX 0 .)."), "replace that record.")
                .publish(record);
        }
        match self.resolver.hosts(first).await {
            Err(NoAnswer) => unanswered("mx", first),
            Ok(hosts) if hosts.is_empty() => lack(
                format!("{domain} has {first} for its MX, which has no address."),
                "give that name an A or AAAA record.",
            ),
            Ok(hosts) => {
                let hosts: Vec<String> = hosts.iter().map(IpAddr::to_string).collect();
                Finding::ok("mx", format!("Mail for {domain} goes to {first} ({}).", hosts.join(", ")))
            }
        }
    }

    /// Whether the domain lets the machine send its mail that does (RFC 7208).
    async fn spf(&self) -> Finding {
        let (patient, domain) = (self.patient, self.patient.domain());
        let texts = match self.resolver.texts(domain).await {
            Err(NoAnswer) => return unanswered("spf", domain),
            Ok(texts) => texts,
        };
        let is_spf = |text: &&String| text.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("v=spf1"));
        let records: Vec<&String> = texts.iter().filter(is_spf).collect();
        let senders = self.senders().await;
        let allowing = self.allowing();
        match records.as_slice() {
            [] => {
                let advice = match (&patient.relay, self.sends_from_here) {
                    (Some(_), false) => {
                        "publish this, or with the include: that your relay's provider names in place of a:."
                    }
                    _ => "publish this.",
                };
                let found = format!("{domain} does not say who may send its mail.");
                let lack = patient.lack(patient.sends(), "spf", found, advice);
                lack.publish(txt(domain, format!("v=spf1 {allowing} ~all")))
            }
            [record] => self.spf_of(record, &senders, &allowing).await,
            several => {
                let found = format!("{domain} has {} SPF records, which counts as none.", several.len());
                patient.lack(patient.sends(), "spf", found, "make one of them.")
            }
        }
    }

    async fn spf_of(&self, record: &str, senders: &[IpAddr], allowing: &str) -> Finding {
        let (patient, domain) = (self.patient, self.patient.domain());
        let Some(sender) = senders.first() else {
            return Finding::ok(
                "spf",
                format!("{domain} has \"{record}\"; whether that lets your mail pass, a test mail shows."),
            );
        };
        let with_ours = || txt(domain, record.replacen("v=spf1", &format!("v=spf1 {allowing}"), 1));
        match self.resolver.spf(*sender, patient.host(), domain).await {
            Err(NoAnswer) => unanswered("spf", domain),
            Ok(Spf::Pass) => Finding::ok("spf", format!("{domain} lets {sender} send its mail.")),
            Ok(Spf::Faulty) => {
                let found = format!("The SPF record of {domain} has an error in it: \"{record}\".");
                patient.lack(patient.sends(), "spf", found, "correct it; at most ten look-ups may follow from it.")
            }
            // A provider may send from other machines than those that take mail in.
            Ok(_) if !self.sends_from_here => {
                let found = format!("{domain} has \"{record}\", which does not name {sender}, your relay.");
                Finding::warning("spf", found)
                    .advise("Where that sends from other addresses, look what its provider says; else publish this instead.")
                    .publish(with_ours())
            }
            Ok(_) => {
                let found = format!("{domain} does not let {sender}, this machine, send its mail.");
                patient.lack(patient.sends(), "spf", found, "publish this instead.").publish(with_ours())
            }
        }
    }

    /// From where our mail goes out into the world, as far as it can be known.
    async fn senders(&self) -> Vec<IpAddr> {
        match &self.patient.relay {
            Some(relay) if !self.sends_from_here => {
                let literal = relay.host.parse().ok();
                let hosts = match literal {
                    Some(address) => vec![address],
                    None => self.resolver.hosts(&relay.host).await.unwrap_or_default(),
                };
                hosts.into_iter().filter(|address| is_public(*address)).collect()
            }
            _ => self.ours.clone(),
        }
    }

    /// The words of an SPF record that let it pass.
    fn allowing(&self) -> String {
        match &self.patient.relay {
            Some(relay) if !self.sends_from_here => match relay.host.parse() {
                Ok(IpAddr::V4(address)) => format!("ip4:{address}"),
                Ok(IpAddr::V6(address)) => format!("ip6:{address}"),
                Err(_) => format!("a:{}", relay.host),
            },
            _ => format!("a:{}", self.patient.host()),
        }
    }

    /// Whether the world can verify what our keys sign (RFC 6376 §3.6).
    async fn dkim(&self) -> Vec<Finding> {
        let signer = &self.patient.installation.signer;
        let mut found = Vec::new();
        if signer.current() != KeySet::NONE {
            for key in signer.keys(signer.current()) {
                found.push(self.dkim_of(key).await);
            }
        }
        found
    }

    async fn dkim_of(&self, key: &Key) -> Finding {
        let patient = self.patient;
        let record = key.record(patient.domain());
        let name = record.name.clone();
        let texts = match self.resolver.texts(&name).await {
            Err(NoAnswer) => return unanswered("dkim", &name),
            Ok(texts) => texts,
        };
        let published: Vec<Option<String>> = texts.iter().map(|text| key_in(text)).collect();
        let (ours, kind) = (key_in(&record.value), key.algorithm().key_type());
        if published.len() == 1 && published[0] == ours {
            return Finding::ok("dkim", format!("{name} has our {kind} key.")).publish(record);
        }
        let found = match published.len() {
            0 => format!("Our {kind} key is not published."),
            1 => format!("{name} has another key than our {kind} key, so signatures by it fail."),
            several => format!("{name} has {several} records, and may have but one."),
        };
        let advice = if published.is_empty() { "publish this." } else { "publish this instead." };
        patient.lack(patient.sends(), "dkim", found, advice).publish(record)
    }

    /// What receivers are to do with mail that only claims to be ours (RFC 7489 §6.6.3): the domain's own word, or that
    /// of a domain above it.
    async fn dmarc(&self) -> Finding {
        let (patient, domain) = (self.patient, self.patient.domain());
        let mut above = Some(domain);
        while let Some(name) = above.filter(|name| name.contains('.') || *name == domain) {
            let place = format!("_dmarc.{name}");
            let texts = match self.resolver.texts(&place).await {
                Err(NoAnswer) => return unanswered("dmarc", &place),
                Ok(texts) => texts,
            };
            let is_dmarc = |text: &&String| text.split(';').next().is_some_and(|tag| tag.trim() == "v=DMARC1");
            let records: Vec<&String> = texts.iter().filter(is_dmarc).collect();
            match records.as_slice() {
                [] => above = name.split_once('.').map(|(_, above)| above),
                [record] => return Finding::ok("dmarc", format!("{place} has \"{record}\".")),
                _ => {
                    let found = format!("{place} has several records, which count as none.");
                    return patient.lack(patient.sends(), "dmarc", found, "make one of them.");
                }
            }
        }
        let found = format!("{domain} has no DMARC policy, which the big mailbox providers ask for.");
        let record = txt(&format!("_dmarc.{domain}"), "v=DMARC1; p=none".to_owned());
        patient.lack(patient.sends(), "dmarc", found, "publish this.").publish(record)
    }

    /// Whether this machine's addresses point back to its name, which receivers ask of whoever sends to them.
    async fn ptr(&self) -> Vec<Finding> {
        let (patient, host) = (self.patient, self.patient.host());
        if self.ours.is_empty() {
            let found = format!("{host}, as this machine greets others, has no public address.");
            let advice = "give that name an A or AAAA record, or set [server] hostname to one that has.";
            let needed = self.sends_from_here || patient.listens();
            return vec![patient.lack(needed, "ptr", found, advice)];
        }
        let mut found = Vec::new();
        for address in &self.ours {
            found.push(self.ptr_of(*address).await);
        }
        found
    }

    async fn ptr_of(&self, address: IpAddr) -> Finding {
        let host = self.patient.host();
        let names = match self.resolver.names_of(address).await {
            Err(NoAnswer) => return unanswered("ptr", &address.to_string()),
            Ok(names) => names,
        };
        if names.iter().any(|name| name == host) {
            return Finding::ok("ptr", format!("{address} points back to {host}."));
        }
        let found = match names.first() {
            None => format!("{address} points back to no name."),
            Some(name) => format!("{address} points back to {name}, not to {host}."),
        };
        let advice = "have whoever the address is from set its reverse DNS.";
        let record = Record { name: backwards(address), kind: "PTR", value: format!("{host}.") };
        let state = self.patient.lack(self.sends_from_here, "ptr", found.clone(), advice);
        if self.sends_from_here || !self.patient.sends() {
            return state.publish(record);
        }
        Finding::warning("ptr", found).advise("Your relay sends, so few will mind.").publish(record)
    }
}

/// The name under which an address points back (RFC 1035 §3.5, RFC 3596 §2.5).
fn backwards(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits =
                v6.octets().iter().rev().map(|octet| format!("{:x}.{:x}", octet & 15, octet >> 4)).collect::<Vec<_>>();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_turned_round() {
        assert_eq!(backwards("192.0.2.99".parse().unwrap()), "99.2.0.192.in-addr.arpa");
        let v6 = backwards("2001:db8::1".parse().unwrap());
        assert!(v6.starts_with("1.0.0.0.") && v6.ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"), "{v6}");
    }
}
