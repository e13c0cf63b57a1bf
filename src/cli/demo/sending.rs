//! Writes to the list as any mail program does: by SMTP, to one of its doors.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::message::Address;

/// How long a door may take over one mail.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a mail, whatever its line ends, and returns what the door said to it.
pub async fn send(door: SocketAddr, from: &Address, to: &Address, mail: &str) -> anyhow::Result<String> {
    let said = timeout(PATIENCE, converse(door, from, to, mail)).await;
    said.context("the door took too long")?.with_context(|| format!("the door at {door} did not take a mail"))
}

async fn converse(door: SocketAddr, from: &Address, to: &Address, mail: &str) -> anyhow::Result<String> {
    let stream = TcpStream::connect(door).await?;
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain("writer.example".to_owned());
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    let envelope = Envelope::new(Some(from.as_str().parse()?), vec![to.as_str().parse()?])?;
    let reply = connection.send(&envelope, with_crlf(mail).as_bytes()).await?;
    connection.quit().await?;
    Ok(reply.message().collect::<Vec<_>>().join(" "))
}

/// The line ends that mail has on the wire (RFC 5321 §2.3.8).
fn with_crlf(text: &str) -> String {
    text.lines().flat_map(|line| [line, "\r\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ends_as_it_must_on_the_wire() {
        assert_eq!(with_crlf("a\n\r\nb\r\nc"), "a\r\n\r\nb\r\nc\r\n");
    }
}
