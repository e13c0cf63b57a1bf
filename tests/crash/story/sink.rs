//! A relay that takes every mail and remembers it: an SMTP server in the test's own process, which is not killed.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A mail that was taken: for whom, and its octets.
pub type Taken = (String, String);

/// The relay.
pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    /// Listens on a free port until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Self { address: listener.local_addr().unwrap(), taken: Arc::default() };
        let taken = Arc::clone(&sink.taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                // A connection that breaks has left no half mail behind.
                std::thread::spawn(move || drop(serve(&stream, &taken)));
            }
        });
        sink
    }

    /// What was taken so far, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, taken: &Mutex<Vec<Taken>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut hears = BufReader::new(stream);
    let mut says = stream;
    let mut recipient = String::new();
    says.write_all(b"220 sink\r\n")?;
    loop {
        let mut line = String::new();
        if hears.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            "RCPT" => {
                let path = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                recipient = path.map(|(path, _)| path.to_owned()).unwrap_or_default();
                b"250 ok\r\n"
            }
            "DATA" => {
                says.write_all(b"354 go on\r\n")?;
                let Some(content) = content(&mut hears)? else { return Ok(()) };
                taken.lock().unwrap().push((std::mem::take(&mut recipient), content));
                b"250 taken\r\n"
            }
            "QUIT" => return says.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        says.write_all(answer)?;
    }
}

/// A mail up to its end; `None` where the connection ends before.
fn content(hears: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut content = String::new();
    loop {
        let start = content.len();
        hears.read_line(&mut content)?;
        match &content[start..] {
            ".\r\n" => {
                content.truncate(start);
                return Ok(Some(content));
            }
            line if !line.ends_with('\n') => return Ok(None),
            _ => {}
        }
    }
}
