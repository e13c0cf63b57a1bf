//! A relay that encrypts: one connection, one mail, and what was said over it. Its certificate and key, beside this file,
//! are for these tests alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Starts it; the thread ends with the connection and gives every line that came encrypted.
pub fn start(by_start_tls: bool) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move || {
        let mut plain = listener.accept().unwrap().0;
        if by_start_tls {
            ask_for_encryption(&mut plain);
        }
        let mut stream = StreamOwned::new(ServerConnection::new(config()).unwrap(), plain);
        if !by_start_tls {
            stream.write_all(b"220 encrypted from the start\r\n").unwrap();
        }
        converse(stream)
    };
    (address, std::thread::spawn(serve))
}

fn config() -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("relay.cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("relay.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn ask_for_encryption(plain: &mut TcpStream) {
    plain.write_all(b"220 plain\r\n").unwrap();
    assert!(plain_line(plain).starts_with("EHLO "));
    plain.write_all(b"250-plain\r\n250 STARTTLS\r\n").unwrap();
    assert_eq!(plain_line(plain), "STARTTLS");
    plain.write_all(b"220 go ahead\r\n").unwrap();
}

/// Byte by byte, so that nothing of the encryption is read with it.
fn plain_line(plain: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        plain.read_exact(&mut byte).unwrap();
        line.extend(byte);
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

fn converse(stream: StreamOwned<ServerConnection, TcpStream>) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    let mut in_mail = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            return lines;
        }
        let line = line.trim_end().to_owned();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if in_mail => "250 2.0.0 taken",
            _ if in_mail => "",
            "EHLO" => "250-encrypted\r\n250 AUTH LOGIN",
            // "Username:" and "Password:" in base64.
            "AUTH" => "334 VXNlcm5hbWU6",
            "YWRh" => "334 UGFzc3dvcmQ6",
            "aHVudGVyMg==" => "235 2.7.0 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        in_mail = line == "DATA" || (in_mail && line != ".");
        lines.push(line);
        if !answer.is_empty() {
            stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).unwrap();
        }
    }
}
