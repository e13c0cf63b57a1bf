//! A client that sends the bytes it is told to and reads lines, in clear or encrypted. Nothing it waits for may take longer
//! than a minute.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

const PATIENCE: Duration = Duration::from_secs(60);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connected client.
pub struct Client(Option<BufReader<Box<dyn Stream>>>);

impl Client {
    /// Connects to a door.
    pub async fn connect(door: SocketAddr) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(door)).await.expect("a connection in time").expect("a door");
        stream.set_nodelay(true).expect("a socket");
        Self::over(Box::new(stream))
    }

    fn over(stream: Box<dyn Stream>) -> Self {
        Self(Some(BufReader::new(stream)))
    }

    fn stream(&mut self) -> &mut BufReader<Box<dyn Stream>> {
        self.0.as_mut().expect("a connection")
    }

    /// Sends bytes as they are. A door that has closed does not hear them; that shows in what is read.
    pub async fn send(&mut self, bytes: &[u8]) {
        let stream = self.stream().get_mut();
        let sent = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        let _ = timeout(PATIENCE, sent).await.expect("the door reads on");
    }

    /// The next line, without its CRLF; `None` where the door has closed.
    pub async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.stream().read_line(&mut line)).await.expect("an answer in time");
        read.ok().filter(|octets| *octets > 0)?;
        Some(line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no CRLF ends {line:?}")).to_owned())
    }

    /// Waits until the door closes, whatever it still sends.
    pub async fn end(&mut self) {
        let mut rest = Vec::new();
        // A connection that is reset has ended as well.
        let _ = timeout(PATIENCE, self.stream().read_to_end(&mut rest)).await.expect("an end in time");
    }

    /// Shakes hands, expecting the certificate in the file of that name; the fault where that fails.
    pub async fn encrypt(&mut self, certificate: &str) -> Result<(), String> {
        let plain = self.0.take().expect("a connection");
        assert!(plain.buffer().is_empty(), "said in clear behind the go-ahead: {:?}", plain.buffer());
        let name = ServerName::try_from("door.lists.example").expect("a name");
        let connector = TlsConnector::from(Arc::new(config(certificate)));
        let shaken = connector.connect(name, plain.into_inner());
        let encrypted = timeout(PATIENCE, shaken).await.expect("a handshake in time");
        self.0 = Some(BufReader::new(Box::new(encrypted.map_err(|fault| fault.to_string())?)));
        Ok(())
    }
}

fn config(certificate: &str) -> ClientConfig {
    let path = format!("{}/fixtures/tls/{certificate}", env!("CARGO_MANIFEST_DIR"));
    let expected = CertificateDer::from_pem_file(path).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let only = Only { expected, provider: Arc::clone(&provider) };
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    builder.dangerous().with_custom_certificate_verifier(Arc::new(only)).with_no_client_auth()
}

/// Believes one certificate, at any time.
#[derive(Debug)]
struct Only {
    expected: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Only {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let right = *shown == self.expected;
        right.then(ServerCertVerified::assertion).ok_or(rustls::Error::General("another certificate".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
