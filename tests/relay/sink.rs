//! An SMTP server for tests: takes mail on a free port of this machine, remembers it, and misbehaves as told.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rejoinder::message::Address;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where in a session something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Ehlo,
    SecondEhlo,
    Auth,
    Mail,
    Rcpt,
    /// Before the mail is sent.
    Data,
    /// After the end of the mail was seen.
    End,
    Rset,
    /// Instead of the refusal of a mail that has no recipient.
    DataWithoutRecipient,
}

/// What happens there instead of a yes.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this, one or more lines.
    Say(&'static str),
    /// Says this and closes the connection.
    SayAndClose(&'static str),
    /// Closes the connection without a word.
    Close,
    /// Never answers.
    Hang,
    /// Takes the mail, then closes the connection without a word.
    TakeAndClose,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which connection it came over, from 0.
    pub connection: usize,
    pub reverse_path: String,
    pub recipients: Vec<String>,
    /// Without dot-stuffing, every line with its CRLF.
    pub content: String,
}

struct Rule {
    stage: Stage,
    containing: String,
    times: usize,
    act: Act,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    taken: Vec<Taken>,
    /// Every line of every client but the mails, with its connection.
    commands: Vec<(usize, String)>,
    connections: usize,
    open: BTreeSet<usize>,
    most_open: usize,
    extensions: Vec<&'static str>,
    /// Whether it keeps quiet about PIPELINING.
    one_by_one: bool,
    /// How many MAIL commands came with others behind them.
    pipelined: usize,
}

/// The server; it stops taking connections when dropped with the test's runtime.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    /// Counts up to end every session that was open before.
    hang_ups: watch::Sender<usize>,
    /// How many sessions are open.
    open: watch::Sender<usize>,
}

impl Sink {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
            hang_ups: watch::Sender::new(0),
            open: watch::Sender::new(0),
        };
        tokio::spawn(sink.clone().take_connections(listener));
        sink
    }

    /// From now on `act` happens at `stage`, `times` times, where the command contains `containing`.
    pub fn on(&self, stage: Stage, containing: &str, times: usize, act: Act) {
        self.state.lock().unwrap().rules.push(Rule { stage, containing: containing.to_owned(), times, act });
    }

    /// Offers these in the answer to EHLO.
    pub fn offer(&self, extensions: &[&'static str]) {
        self.state.lock().unwrap().extensions = extensions.to_vec();
    }

    /// Does not offer PIPELINING.
    pub fn one_by_one(&self) {
        self.state.lock().unwrap().one_by_one = true;
    }

    /// How many mails' commands came in one.
    pub fn pipelined(&self) -> usize {
        self.state.lock().unwrap().pipelined
    }

    /// Closes every open connection, and returns when they are closed.
    pub async fn hang_up(&self) {
        self.hang_ups.send_modify(|count| *count += 1);
        self.open.subscribe().wait_for(|open| *open == 0).await.unwrap();
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    pub fn most_open(&self) -> usize {
        self.state.lock().unwrap().most_open
    }

    /// How often a command with this beginning was given, over all connections.
    pub fn count(&self, beginning: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.commands.iter().filter(|(_, line)| line.starts_with(beginning)).count()
    }

    async fn take_connections(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            // Subscribed before the client is answered, so that no hang-up after that is missed.
            let mut hang_ups = self.hang_ups.subscribe();
            hang_ups.mark_unchanged();
            let number = self.opened();
            let sink = self.clone();
            tokio::spawn(async move {
                tokio::select! {
                    _ = Session::new(&sink, number, stream).run() => (),
                    _ = hang_ups.changed() => (),
                }
                sink.closed(number);
            });
        }
    }

    fn opened(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        let number = state.connections;
        state.connections += 1;
        state.open.insert(number);
        state.most_open = state.most_open.max(state.open.len());
        self.open.send_replace(state.open.len());
        number
    }

    fn closed(&self, number: usize) {
        let mut state = self.state.lock().unwrap();
        state.open.remove(&number);
        self.open.send_replace(state.open.len());
    }

    fn act(&self, stage: Stage, line: &str) -> Option<Act> {
        let mut state = self.state.lock().unwrap();
        let fits = |rule: &&mut Rule| rule.stage == stage && rule.times > 0 && line.contains(&rule.containing);
        let rule = state.rules.iter_mut().find(fits)?;
        rule.times -= 1;
        Some(rule.act.clone())
    }
}

/// `None` and `Err` end a session.
type Going = std::io::Result<Option<()>>;

struct Session<'s> {
    sink: &'s Sink,
    number: usize,
    stream: BufReader<TcpStream>,
    reverse_path: Option<String>,
    recipients: Vec<String>,
    /// How often it was greeted.
    ehlos: usize,
}

impl<'s> Session<'s> {
    fn new(sink: &'s Sink, number: usize, stream: TcpStream) -> Self {
        Self { sink, number, stream: BufReader::new(stream), reverse_path: None, recipients: Vec::new(), ehlos: 0 }
    }

    async fn run(mut self) -> Going {
        let mut going = self.answer(Stage::Connect, "", "220 sink ready").await?;
        while going.is_some() {
            let Some(line) = self.line().await? else { return Ok(None) };
            self.sink.state.lock().unwrap().commands.push((self.number, line.clone()));
            going = self.command(&line).await?;
        }
        Ok(None)
    }

    async fn command(&mut self, line: &str) -> Going {
        match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                let (extensions, one_by_one) = {
                    let state = self.sink.state.lock().unwrap();
                    (state.extensions.clone(), state.one_by_one)
                };
                let lines: String = extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
                let answer = format!("250-sink\r\n{lines}250 {}", if one_by_one { "HELP" } else { "PIPELINING" });
                self.ehlos += 1;
                let stage = if self.ehlos == 1 { Stage::Ehlo } else { Stage::SecondEhlo };
                self.answer(stage, line, &answer).await
            }
            "AUTH" => self.answer(Stage::Auth, line, "235 2.7.0 welcome").await,
            "MAIL" if self.reverse_path.is_some() => self.say("503 5.5.1 one mail at a time").await,
            "MAIL" => {
                self.sink.state.lock().unwrap().pipelined += usize::from(!self.stream.buffer().is_empty());
                match self.sink.act(Stage::Mail, line) {
                    Some(act) => self.perform(act).await,
                    None => {
                        self.reverse_path = Some(path(line));
                        self.say("250 2.1.0 ok").await
                    }
                }
            }
            "RCPT" if self.reverse_path.is_none() => self.say("503 5.5.1 MAIL first").await,
            "RCPT" => match self.sink.act(Stage::Rcpt, line) {
                Some(act) => self.perform(act).await,
                None => {
                    self.recipients.push(path(line));
                    self.say("250 2.1.5 ok").await
                }
            },
            "DATA" if self.recipients.is_empty() && self.sink.act(Stage::DataWithoutRecipient, "").is_some() => {
                self.data().await
            }
            "DATA" if self.recipients.is_empty() => self.say("503 5.5.1 RCPT first").await,
            "DATA" => self.data().await,
            "RSET" => {
                self.reverse_path = None;
                self.recipients.clear();
                self.answer(Stage::Rset, line, "250 2.0.0 ok").await
            }
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                Ok(None)
            }
            _ => self.say("500 5.5.2 what?").await,
        }
    }

    async fn data(&mut self) -> Going {
        if let Some(act) = self.sink.act(Stage::Data, "DATA") {
            return self.perform(act).await;
        }
        self.say("354 go on").await?;
        let mut content = String::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            if line == "." {
                break;
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        let act = self.sink.act(Stage::End, &content);
        let reverse_path = self.reverse_path.take().unwrap_or_default();
        let recipients = std::mem::take(&mut self.recipients);
        if let None | Some(Act::TakeAndClose) = act {
            let taken = Taken { connection: self.number, reverse_path, recipients, content };
            self.sink.state.lock().unwrap().taken.push(taken);
        }
        match act {
            Some(act) => self.perform(act).await,
            None => self.say("250 2.0.0 taken").await,
        }
    }

    async fn answer(&mut self, stage: Stage, line: &str, yes: &str) -> Going {
        match self.sink.act(stage, line) {
            Some(act) => self.perform(act).await,
            None => self.say(yes).await,
        }
    }

    async fn perform(&mut self, act: Act) -> Going {
        match act {
            Act::Say(text) => self.say(text).await,
            Act::SayAndClose(text) => self.say(text).await.map(|_| None),
            Act::Close | Act::TakeAndClose => Ok(None),
            Act::Hang => std::future::pending().await,
        }
    }

    async fn say(&mut self, text: &str) -> Going {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        Ok(Some(()))
    }

    /// A line without its CRLF; a lone CR or LF in it fails the test that sent it. `None` at the end.
    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let text = line.strip_suffix("\r\n").unwrap_or_else(|| panic!("a lone LF ended {line:?}"));
        assert!(!text.contains('\r'), "a lone CR stood in {text:?}");
        Ok(Some(text.to_owned()))
    }
}

/// What stands between the angle brackets of MAIL or RCPT; an address of ours, or nothing.
fn path(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner).unwrap();
    assert!(inner.is_empty() || Address::parse(inner).is_ok(), "{line}");
    inner.to_owned()
}
