//! One key: made, read, and what it signs.

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;

use super::{KeySet, Record, SigningError};

/// The shortest RSA key that signs, octets (RFC 8301 §3.2 asks signers for 2048 bits).
const SHORTEST_RSA: usize = 2048 / 8;

/// What a key signs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// `rsa-sha256`, which every verifier knows (RFC 8301 §3.1).
    Rsa,
    /// `ed25519-sha256` (RFC 8463), which not all know yet.
    Ed25519,
}

impl Algorithm {
    /// Both, in the order in which they sign.
    pub const ALL: [Self; 2] = [Self::Rsa, Self::Ed25519];

    /// Its name in a signature (`a=`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }

    /// Its name in a record (`k=`).
    pub fn key_type(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    pub(super) fn letter(self) -> char {
        match self {
            Self::Rsa => 'r',
            Self::Ed25519 => 'e',
        }
    }
}

/// A private key with its selector.
pub struct Key {
    selector: String,
    secret: Secret,
}

enum Secret {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A new key of a set: RSA with 2048 bits, or Ed25519. `None` where the system gives no randomness.
    pub fn make(set: KeySet, algorithm: Algorithm) -> Option<Self> {
        let secret = match algorithm {
            Algorithm::Rsa => Secret::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).ok()?)),
            Algorithm::Ed25519 => Secret::Ed25519(Ed25519KeyPair::generate().ok()?),
        };
        Some(Self { selector: set.selector(algorithm), secret })
    }

    /// Reads a key of a set from PKCS#8 (RFC 5958). `None` where it is none of this algorithm, or too short to be
    /// believed (RFC 8301 §3.2).
    pub fn from_pkcs8(set: KeySet, algorithm: Algorithm, der: &[u8]) -> Option<Self> {
        let secret = match algorithm {
            Algorithm::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der).ok().filter(|pair| pair.public_modulus_len() >= SHORTEST_RSA)?;
                Secret::Rsa(Box::new(pair))
            }
            Algorithm::Ed25519 => Secret::Ed25519(Ed25519KeyPair::from_pkcs8(der).ok()?),
        };
        Some(Self { selector: set.selector(algorithm), secret })
    }

    /// The key as PKCS#8; `None` where there is no memory for it.
    pub fn to_pkcs8(&self) -> Option<Vec<u8>> {
        let der: Pkcs8V1Der<'_> = match &self.secret {
            Secret::Rsa(pair) => pair.as_der().ok()?,
            Secret::Ed25519(pair) => pair.as_der().ok()?,
        };
        Some(der.as_ref().to_vec())
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        match self.secret {
            Secret::Rsa(_) => Algorithm::Rsa,
            Secret::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Under which name its record stands.
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// The record by which the world verifies what it signed for `domain`.
    pub fn record(&self, domain: &str) -> Record {
        let name = format!("{}._domainkey.{domain}", self.selector);
        Record { name, kind: "TXT", value: format!("v=DKIM1; k={}; p={}", self.algorithm().key_type(), self.public()) }
    }

    /// The public key as records hold it: for RSA a SubjectPublicKeyInfo (RFC 6376 §3.6.1, erratum 3017), for Ed25519 the
    /// bare key (RFC 8463 §4.2).
    fn public(&self) -> String {
        match &self.secret {
            Secret::Rsa(pair) => {
                let der: Result<PublicKeyX509Der<'_>, _> = pair.public_key().as_der();
                der.map(|der| BASE64.encode(der.as_ref())).unwrap_or_default()
            }
            Secret::Ed25519(pair) => BASE64.encode(pair.public_key().as_ref()),
        }
    }

    /// The signature over what hashed to `hash` by SHA-256. Ed25519 signs the hash as a text of its own (RFC 8463 §3).
    pub(super) fn sign(&self, hash: &Digest) -> Result<Vec<u8>, SigningError> {
        match &self.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, hash, &mut signature).map_err(|_| SigningError)?;
                Ok(signature)
            }
            Secret::Ed25519(pair) => {
                pair.try_sign(hash.as_ref()).map(|signature| signature.as_ref().to_vec()).map_err(|_| SigningError)
            }
        }
    }
}
