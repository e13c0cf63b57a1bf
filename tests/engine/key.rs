//! Mails signed with keys of the test's.

use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};

/// A key pair for signatures.
pub struct Key {
    pkcs8: Vec<u8>,
    /// What stands in the DNS of it.
    pub record: String,
}

impl Key {
    pub fn new() -> Self {
        let pkcs8 = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&pkcs8).unwrap().public_key();
        Self { pkcs8, record: format!("v=DKIM1; k=ed25519; p={}", data_encoding::BASE64.encode(&public)) }
    }

    /// Who signs for `domain` as every program does.
    pub fn signer(&self, domain: &str) -> DkimSigner<Ed25519Key, Done> {
        self.signer_of(domain, &["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To"])
    }

    /// Who signs only these fields.
    pub fn signer_of(&self, domain: &str, fields: &[&str]) -> DkimSigner<Ed25519Key, Done> {
        let key = Ed25519Key::from_pkcs8_der(&self.pkcs8).unwrap();
        DkimSigner::from_key(key).domain(domain).selector("s1").headers(fields.iter().copied())
    }

    /// The mail with a signature of `domain` on top.
    pub fn sign(&self, domain: &str, octets: &[u8]) -> Vec<u8> {
        signed(&self.signer(domain), octets)
    }
}

pub fn signed(signer: &DkimSigner<Ed25519Key, Done>, octets: &[u8]) -> Vec<u8> {
    [signer.sign(octets).unwrap().to_header().as_bytes(), octets].concat()
}
