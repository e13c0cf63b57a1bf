//! A door on a stage: a talk is played to it over a socket, and what it said and kept is handed to the model.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rejoinder::message::Address;
use rejoinder::smtp::{Envelope, Limits, Protocol, PublicDoor, Receiver, Reply, Setup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::yield_now;

use super::model::{self, Answer, Heard};
use super::talk::Talk;
use crate::recorder::Recorder;

/// A door, and the thread that it runs on.
pub struct Stage {
    /// What is spoken to it.
    pub protocol: Protocol,
    runtime: Runtime,
    door: SocketAddr,
    limits: Limits,
    recorder: Arc<Latest>,
    /// Ends the door with the stage.
    _open: watch::Sender<bool>,
}

impl Stage {
    /// A door with bounds so narrow that a talk of some hundred octets meets each of them.
    pub fn open(protocol: Protocol) -> Self {
        let limits = Limits {
            message_bytes: 400,
            line_bytes: 90,
            command_bytes: 80,
            recipients: 4,
            errors_per_session: 6,
            commands_per_session: 25,
            buffered_bytes: 400,
            ..Limits::default()
        };
        // One thread that looks at its sockets at each turn: a piece that was sent is read before the next.
        let runtime = Builder::new_current_thread().event_interval(1).enable_all().build().unwrap();
        let recorder = Arc::new(Latest::default());
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let setup = Setup { domain: "lists.example".to_owned(), protocol, limits: limits.clone(), tls: None };
        let bound = PublicDoor::bind(any_port, setup, Arc::clone(&recorder));
        let bound = runtime.block_on(bound).unwrap();
        let door = bound.local_addr().unwrap();
        let (_open, shutdown) = watch::channel(false);
        runtime.spawn(bound.run(shutdown));
        Self { protocol, runtime, door, limits, recorder, _open }
    }

    /// Plays a talk: how many mails the door kept of it, or what is wrong with what it made of it.
    pub fn play(&self, talk: &Talk) -> Result<usize, String> {
        let octets = talk.octets();
        let recorder = self.recorder.begin();
        let said = self.runtime.block_on(converse(self.door, talk.pieces(&octets)))?;
        let heard = Heard { answers: answers(&said)?, kept: recorder.mails() };
        model::check(&octets, &heard, &self.limits, self.protocol)?;
        Ok(heard.kept.len())
    }
}

/// A new recorder for each talk.
#[derive(Default)]
struct Latest(Mutex<Arc<Recorder>>);

impl Latest {
    fn begin(&self) -> Arc<Recorder> {
        let new = Arc::new(Recorder::default());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        new
    }

    fn now(&self) -> Arc<Recorder> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Receiver for Latest {
    async fn recipient(&self, reverse_path: Option<&Address>, to: &Address) -> Reply {
        self.now().recipient(reverse_path, to).await
    }

    async fn receive(&self, envelope: Envelope, content: Vec<u8>) -> Vec<Reply> {
        self.now().receive(envelope, content).await
    }
}

/// Says all pieces and hears all that is answered, until the door closes.
async fn converse(door: SocketAddr, pieces: Vec<&[u8]>) -> Result<Vec<u8>, String> {
    let stream = TcpStream::connect(door).await.map_err(|fault| format!("no connection: {fault}"))?;
    stream.set_nodelay(true).map_err(|fault| fault.to_string())?;
    let (mut hears, mut says) = stream.into_split();
    let mut said = Vec::new();
    let talking = async {
        for piece in pieces {
            // A door that closed does not hear the rest.
            if says.write_all(piece).await.is_err() {
                break;
            }
            yield_now().await;
            yield_now().await;
        }
        drop(says.shutdown().await);
    };
    let both = async { tokio::join!(talking, hears.read_to_end(&mut said)) };
    match tokio::time::timeout(Duration::from_secs(60), both).await {
        Ok((_, Ok(_))) => Ok(said),
        Ok((_, Err(fault))) => Err(format!("the connection broke: {fault}")),
        Err(_) => Err(format!("it hangs; so far it said {}", said.escape_ascii())),
    }
}

/// The replies in what was said; each line must be one (RFC 5321 §4.2).
fn answers(said: &[u8]) -> Result<Vec<Answer>, String> {
    let text = std::str::from_utf8(said).map_err(|_| format!("it said {}", said.escape_ascii()))?;
    let mut answers = Vec::new();
    for line in text.split_inclusive("\r\n") {
        let bare = line.strip_suffix("\r\n").ok_or_else(|| format!("a reply does not end: {line:?}"))?;
        let good = bare.len() <= 510 && bare.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic());
        let code = bare.get(..3).and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
        match (code, bare.as_bytes().get(3)) {
            (Some(code), Some(b' ')) if good => answers.push(Answer { code, line: bare.to_owned() }),
            (Some(250), Some(b'-')) if good => {}
            _ => return Err(format!("this is no reply: {line:?}")),
        }
    }
    Ok(answers)
}
