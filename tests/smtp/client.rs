//! A client that sends the bytes it is told to and reads lines. Nothing it waits for may take longer than a minute.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// A connected client.
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects to a door.
    pub async fn connect(door: SocketAddr) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(door)).await.expect("a connection in time").expect("a door");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    /// Sends bytes as they are. A door that has closed does not hear them; that shows in what is read.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.0.get_mut().write_all(bytes)).await.expect("the door reads on");
    }

    /// The next line, without its CRLF; `None` where the door has closed.
    pub async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await.expect("an answer in time");
        read.ok().filter(|octets| *octets > 0)?;
        Some(line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no CRLF ends {line:?}")).to_owned())
    }
}
