//! What a door encrypts with: a certificate and its key, read from their files, and exchanged while the door is open.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// What a door encrypts with (RFC 3207). Clones share it: what is renewed here is new for all of them.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// Encrypts by `config`, as [`Certificate::load`] makes one.
    pub fn new(config: ServerConfig) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    /// Encrypts by another one from now on; sessions that are encrypted already stay as they are.
    pub fn renew(&self, config: ServerConfig) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// For one handshake.
    pub fn acceptor(&self) -> TlsAcceptor {
        let config = self.0.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}

/// The two files of `[smtp] cert` and `key`.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, and those that lead to its root, in PEM.
    pub cert: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// Why nothing can be encrypted with these files. Each text names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(
        "{} cannot be read ({cause}): correct [smtp] {setting}, or make it readable for the user that runs rejoinder",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What names it.
        setting: &'static str,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The first file holds something else.
    #[error(
        "{} holds no certificate that can be read: [smtp] cert must name a PEM file with the server's certificate first \
         and those of its issuers after it",
        .0.display()
    )]
    NoCertificate(PathBuf),
    /// The second file holds something else.
    #[error(
        "{} holds no private key that can be read: [smtp] key must name a PEM file with one, without a passphrase",
        .0.display()
    )]
    NoKey(PathBuf),
    /// Both are good, but not for each other.
    #[error(
        "the key in {} is not that of the certificate in {}: set [smtp] cert and key to two files that were made together",
        key.display(),
        cert.display()
    )]
    NotAPair {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// They cannot be used.
    #[error(
        "the certificate in {} and the key in {} cannot be used ({cause}): have new ones made, RSA of 2048 bits or more, \
         ECDSA P-256 or P-384, or Ed25519",
        cert.display(),
        key.display()
    )]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        cause: rustls::Error,
    },
}

impl Certificate {
    /// Reads both files and makes of them what [`Tls`] encrypts by.
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&read(&self.cert, "cert")?).collect::<Result<Vec<_>, _>>();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| TlsError::NoCertificate(self.cert.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key, "key")?);
        let key = key.map_err(|_| TlsError::NoKey(self.key.clone()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        config.map_err(|cause| self.fault(cause))
    }

    fn fault(&self, cause: rustls::Error) -> TlsError {
        let (cert, key) = (self.cert.clone(), self.key.clone());
        match cause {
            rustls::Error::InconsistentKeys(_) => TlsError::NotAPair { cert, key },
            rustls::Error::InvalidCertificate(_) => TlsError::NoCertificate(cert),
            cause => TlsError::Unusable { cert, key, cause },
        }
    }
}

fn read(path: &Path, setting: &'static str) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|cause| TlsError::Unreadable { path: path.to_owned(), setting, cause })
}
