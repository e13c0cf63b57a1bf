//! A DNS server of the test's own on loopback (RFC 1035): it knows what it is told, and says of all else that there is no
//! such name.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// What a name has.
#[derive(Clone, Debug)]
pub enum Rr {
    Txt(String),
    Mx(u16, &'static str),
    Ip(&'static str),
    Ptr(&'static str),
}

impl Rr {
    fn kind(&self) -> u16 {
        match self {
            Self::Txt(_) => 16,
            Self::Mx(..) => 15,
            Self::Ip(ip) if ip.contains(':') => 28,
            Self::Ip(_) => 1,
            Self::Ptr(_) => 12,
        }
    }

    fn value(&self) -> Vec<u8> {
        match self {
            Self::Txt(text) => {
                text.as_bytes().chunks(255).flat_map(|piece| [&[piece.len() as u8], piece].concat()).collect()
            }
            Self::Mx(preference, name) => [&preference.to_be_bytes()[..], &wire(name)].concat(),
            Self::Ip(ip) => match ip.parse().unwrap() {
                IpAddr::V4(v4) => v4.octets().to_vec(),
                IpAddr::V6(v6) => v6.octets().to_vec(),
            },
            Self::Ptr(name) => wire(name),
        }
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut wire: Vec<u8> = name
        .split('.')
        .filter(|label| !label.is_empty())
        .flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat())
        .collect();
    wire.push(0);
    wire
}

/// The server; it answers until the test ends.
#[derive(Clone)]
pub struct NameServer {
    pub at: SocketAddr,
    zone: Arc<Mutex<BTreeMap<String, Vec<Rr>>>>,
}

impl NameServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let this = Self { at: socket.local_addr().unwrap(), zone: Arc::default() };
        let zone = Arc::clone(&this.zone);
        std::thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let reply = answer(&packet[..length], &zone.lock().unwrap());
                socket.send_to(&reply, from).unwrap();
            }
        });
        this
    }

    pub fn has(&self, name: &str, record: Rr) -> &Self {
        self.zone.lock().unwrap().entry(name.to_lowercase()).or_default().push(record);
        self
    }
}

fn answer(query: &[u8], zone: &BTreeMap<String, Vec<Rr>>) -> Vec<u8> {
    let question = &query[12..];
    let mut labels = Vec::new();
    let mut at = 0;
    while question[at] > 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..at + 1 + length]).to_lowercase());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    let known = zone.get(&labels.join("."));
    let records: Vec<&Rr> = known.into_iter().flatten().filter(|record| record.kind() == kind).collect();
    let code = if known.is_some() { 0x80 } else { 0x83 };
    let head = [&query[..2], &[0x81, code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]].concat();
    let mut reply = [&head[..], &question[..at + 5]].concat();
    for record in records {
        let value = record.value();
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend((value.len() as u16).to_be_bytes());
        reply.extend(value);
    }
    reply
}
