//! A receiver that keeps what it is given. The local part of a recipient says how it is answered: `nothing` not at all.

use std::sync::{Mutex, PoisonError};

use rejoinder::message::Address;
use rejoinder::smtp::{Envelope, Receiver, Reply};

/// What was received, in order.
#[derive(Default)]
pub struct Recorder(Mutex<Vec<(Envelope, Vec<u8>)>>);

impl Recorder {
    /// What was kept so far.
    pub fn mails(&self) -> Vec<(Envelope, Vec<u8>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Receiver for Recorder {
    async fn recipient(&self, _reverse_path: Option<&Address>, to: &Address) -> Reply {
        match (to.local(), to.domain()) {
            (_, domain) if domain != "lists.example" => Reply::new(550, "5.7.1", "We do not relay"),
            ("nobody", _) => Reply::new(550, "5.1.1", "No such list"),
            ("later", _) => Reply::new(450, "4.2.1", "Try later"),
            ("broken", _) => panic!("a receiver that breaks"),
            ("closing", _) => Reply::new(421, "4.3.2", "lists.example Closing"),
            _ => Reply::new(250, "2.1.5", "Known"),
        }
    }

    async fn receive(&self, envelope: Envelope, content: Vec<u8>) -> Vec<Reply> {
        let answer = |to: &Address| match to.local() {
            "refused" => Reply::new(550, "5.7.1", "Not from you"),
            "busy" => Reply::new(451, "4.3.0", "Not now"),
            "ending" => Reply::new(421, "4.3.2", "lists.example Closing"),
            _ => Reply::new(250, "2.0.0", "Kept"),
        };
        if envelope.recipients.iter().any(|to| to.local() == "nothing") {
            return Vec::new();
        }
        let replies: Vec<_> = envelope.recipients.iter().map(answer).collect();
        if replies.iter().any(Reply::is_positive) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((envelope, content));
        }
        replies
    }
}
