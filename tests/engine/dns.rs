//! A DNS server of a test's own on loopback, which knows what it is told, and counts what it is asked.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rejoinder::dns::Resolver;

/// What it says of a name.
#[derive(Clone, Debug)]
pub enum Record {
    /// RFC 1035 §3.3.14.
    Txt(String),
    /// RFC 1035 §3.4.1.
    Host(Ipv4Addr),
    /// SERVFAIL: it cannot tell just now.
    Fails,
    /// Nothing at all.
    Silent,
}

/// The server. A name that it does not know does not exist.
#[derive(Clone)]
pub struct DnsServer {
    pub address: SocketAddr,
    known: Arc<Mutex<HashMap<String, Record>>>,
    asked: Arc<AtomicUsize>,
}

impl DnsServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let this = Self { address, known: Arc::default(), asked: Arc::default() };
        let server = this.clone();
        std::thread::spawn(move || {
            let mut packet = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                server.asked.fetch_add(1, Ordering::SeqCst);
                if let Some(answer) = server.answer(&packet[..length]) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        this
    }

    pub fn says(self, name: &str, record: Record) -> Self {
        self.known.lock().unwrap().insert(name.to_owned(), record);
        self
    }

    pub fn txt(self, name: &str, text: &str) -> Self {
        self.says(name, Record::Txt(text.to_owned()))
    }

    /// How often it was asked anything.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Who asks it, with nothing at hand yet.
    pub fn resolver(&self) -> Resolver {
        Resolver::new(Some(self.address)).unwrap()
    }

    /// RFC 1035 §4.1: the question again, and what is known of the name.
    fn answer(&self, query: &[u8]) -> Option<Vec<u8>> {
        let question = &query[12..];
        let name_end = question.iter().position(|byte| *byte == 0).unwrap() + 1;
        let asks_for = question[name_end + 1];
        let found = self.known.lock().unwrap().get(&name(question)).cloned();
        // 3: there is no such name (NXDOMAIN).
        let (code, data) = match found {
            None => (3, None),
            Some(Record::Silent) => return None,
            Some(Record::Fails) => (2, None),
            Some(Record::Txt(text)) => (0, (asks_for == 16).then(|| strings(&text))),
            Some(Record::Host(host)) => (0, (asks_for == 1).then(|| host.octets().to_vec())),
        };
        let answers = u8::from(data.is_some());
        let mut reply =
            [&query[..2], &[0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0], &question[..name_end + 4]].concat();
        if let Some(data) = data {
            reply.extend([0xc0, 12, 0, asks_for, 0, 1, 0, 0, 0, 60]);
            reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            reply.extend(data);
        }
        Some(reply)
    }
}

fn name(question: &[u8]) -> String {
    let (mut labels, mut at) = (Vec::new(), 0);
    while question[at] > 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    labels.join(".")
}

/// A text as strings of at most 255 octets.
fn strings(text: &str) -> Vec<u8> {
    let with_length = |piece: &[u8]| [&[u8::try_from(piece.len()).unwrap()], piece].concat();
    text.as_bytes().chunks(255).flat_map(with_length).collect()
}
