//! The doors that `serve` opens: whether it can, or has; and with which certificate.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::certificate::{self, Validity};
use super::{Finding, Patient};
use crate::config::Smtp;
use crate::serve::{self, ServeError};
use crate::smtp::Certificate;

/// How long a door of our own may take to greet.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long before its end a certificate should have been renewed, days.
const RENEWED_BEFORE: i64 = 14;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let smtp = &patient.installation.config.smtp;
    let mut found = Vec::new();
    let doors = [
        ("smtp", "the mail door", smtp.listen),
        ("local", "the local door", smtp.local_listen),
        ("lmtp", "the LMTP door", smtp.lmtp_listen),
    ];
    for (check, what, address) in doors {
        if let Some(address) = address {
            found.push(door(patient, check, what, address).await);
        }
    }
    if found.is_empty() {
        let none = Finding::fault("smtp", "No door is open, so no mail comes in.");
        found.push(none.advise("Set [smtp] listen."));
    }
    found.extend(patient.installation.config.web.listen.map(|address| pages(patient, address)));
    found.push(encryption(patient, smtp));
    found
}

/// Where the web pages are.
fn pages(patient: &Patient, address: SocketAddr) -> Finding {
    match std::net::TcpListener::bind(address) {
        Ok(_) => Finding::ok("web", format!("{address} is free, for `serve` does not run.")),
        Err(cause)
            if cause.kind() == ErrorKind::AddrInUse && serve::is_running(&patient.installation).unwrap_or(false) =>
        {
            Finding::ok("web", format!("{address} is served."))
        }
        Err(cause) => shut("web", ServeError::Listen { what: "the web door", address, cause }),
    }
}

async fn door(patient: &Patient, check: &'static str, what: &'static str, address: SocketAddr) -> Finding {
    let serving = match std::net::TcpListener::bind(address) {
        Ok(_) => false,
        Err(cause) if cause.kind() == ErrorKind::AddrInUse => match greeting(address).await {
            Some(greeting) if greeting.split(' ').nth(1) == Some(patient.host()) => true,
            _ => return shut(check, ServeError::Listen { what, address, cause }),
        },
        Err(cause) => return shut(check, ServeError::Listen { what, address, cause }),
    };
    let state = if serving { "is served" } else { "is free, for `serve` does not run" };
    if check == "smtp" && patient.listens() && !matches!(address.port(), 0 | 25) {
        let found = format!("{address} {state}, but the world brings its mail to port 25.");
        return Finding::warning(check, found)
            .advise("Listen on port 25, or have a mail server in front pass mail on to here.");
    }
    let whom = if address.ip().is_loopback() { ", a door for this machine only," } else { "" };
    Finding::ok(check, format!("{address}{whom} {state}."))
}

fn shut(check: &'static str, error: ServeError) -> Finding {
    let text = error.to_string();
    let (found, advice) = text.split_once("; ").unwrap_or((&text, ""));
    Finding::fault(check, format!("{found}.")).advise(format!("To do: {advice}."))
}

/// The first line that whoever listens there says.
async fn greeting(address: SocketAddr) -> Option<String> {
    let address = match address.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
        IpAddr::V6(v6) if v6.is_unspecified() => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    let greeted = async {
        let mut lines = BufReader::new(TcpStream::connect(address).await.ok()?).lines();
        lines.next_line().await.ok()?
    };
    timeout(PATIENCE, greeted).await.ok()?
}

fn encryption(patient: &Patient, smtp: &Smtp) -> Finding {
    let Some((cert, key)) = smtp.cert.clone().zip(smtp.key.clone()) else {
        if patient.listens() {
            let found = "There is none, so mail comes in unencrypted, and some will not send it so.";
            let advice =
                format!("Get one for {}, by Let's Encrypt for example, and set [smtp] cert and key.", patient.host());
            return Finding::warning("certificate", found).advise(advice);
        }
        return Finding::ok("certificate", "None is set; none is needed while only this machine brings mail.");
    };
    let path = cert.display().to_string();
    if let Err(error) = (Certificate { cert: cert.clone(), key }).load() {
        return Finding::fault("certificate", format!("{error}."));
    }
    let Some(leaf) = certificate::first_in(&cert) else {
        return Finding::fault("certificate", format!("What {path} holds cannot be read.")).advise("Get a new one.");
    };
    let host = patient.host();
    if !certificate::is_for(&leaf, host) {
        return Finding::warning("certificate", format!("It does not name {host}, as this machine greets others."))
            .advise("Get one for that name, or set [server] hostname to the name that it has.");
    }
    let now = patient.installation.clock.now();
    judged(certificate::validity(&leaf), now.as_second(), host)
}

/// By how long it holds; seconds since 1970.
fn judged(validity: Option<Validity>, now: i64, host: &str) -> Finding {
    let renew = "Have it renewed, and send `serve` a SIGHUP then (systemctl reload rejoinder).";
    match validity {
        None => Finding::warning("certificate", "How long it holds cannot be read."),
        Some(validity) if now < validity.begins => {
            Finding::fault("certificate", "It does not hold yet.").advise("Look at the clock, or at the certificate.")
        }
        Some(validity) if now > validity.ends => Finding::fault("certificate", "It has run out.").advise(renew),
        Some(validity) => {
            let days = (validity.ends - now) / 86_400;
            let found = format!("It names {host} and holds for {days} more days.");
            if days < RENEWED_BEFORE {
                return Finding::warning("certificate", found).advise(renew);
            }
            Finding::ok("certificate", found)
        }
    }
}

/// Whether a relay's address is this machine's own.
pub(super) async fn is_here(host: &str, port: u16) -> bool {
    let found = timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    found.is_ok_and(|found| found.is_ok_and(|mut found| found.all(|address| address.ip().to_canonical().is_loopback())))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_certificate_is_told_of_two_weeks_before_its_end() {
        let day = 86_400;
        let state = |now| judged(Some(Validity { begins: 100 * day, ends: 200 * day }), now, "mx.example").state;
        assert_eq!(state(99 * day), State::Fault);
        assert_eq!(state(150 * day), State::Ok);
        assert_eq!(state(186 * day), State::Ok);
        assert_eq!(state(187 * day), State::Warning);
        assert_eq!(state(201 * day), State::Fault);
        assert_eq!(judged(None, 0, "mx.example").state, State::Warning);
    }
}
