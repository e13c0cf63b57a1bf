//! A list that asks for proof, a DNS of the test's, and mails signed with keys of the test's: what [`crate::proof`] and
//! [`crate::relays`] play on.

use std::path::Path;

use rejoinder::discussion::ItemId;
use rejoinder::intake::SenderProof;
use rejoinder::smtp::{Door, Envelope, Receiver, Reply};
use rejoinder::store::MemberChange;
use rejoinder::token::Token;
use rejoinder::trust::Proof;

use crate::dns::DnsServer;
pub use crate::key::{Key, signed};
use crate::list::{AUTHOR, Mail, TestList, address, named};

/// A plain member.
pub const ELLEN: &str = "ellen@example.net";
/// Another.
pub const DAVID: &str = "david@example.net";
/// A mail server that example.org sends by, and one that it does not.
pub const ITS_OWN: &str = "192.0.2.10";
pub const ANOTHER: &str = "192.0.2.66";

/// A list with a post `p` of its author's, and with members.
pub struct World {
    pub talk: TestList,
    pub dns: DnsServer,
}

impl World {
    /// In `folder`; `dns` is asked.
    pub fn new(folder: &Path, dns: DnsServer) -> Self {
        let talk = TestList::new(folder);
        for who in [ELLEN, DAVID] {
            talk.join(who, named("Somebody", "daily"));
        }
        assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
        Self { talk, dns }
    }

    /// How a mail arrives that nothing else is said of: from the author's own mail server.
    pub fn arrival(&self) -> Arriving<'_> {
        Arriving {
            world: self,
            wanted: Proof::Preferred,
            door: Door::Public,
            peer: ITS_OWN,
            reverse_path: AUTHOR.to_owned(),
            to: vec!["talk@lists.example".to_owned()],
            relays: Vec::new(),
            strip: false,
        }
    }

    /// The reply address of `p` that `reader` was given.
    pub fn reply_address(&self, reader: &str) -> String {
        let token = Token::Reply(self.talk.member(reader).id, ItemId(1));
        format!("talk+r.{}@lists.example", self.talk.keys.make(1, self.talk.list().id, token).unwrap())
    }

    pub fn change(&self, who: &str, change: MemberChange) {
        self.talk.change(who, change);
    }
}

/// How a mail arrives.
#[derive(Clone)]
pub struct Arriving<'a> {
    pub world: &'a World,
    pub wanted: Proof,
    pub door: Door,
    pub peer: &'a str,
    pub reverse_path: String,
    pub to: Vec<String>,
    pub relays: Vec<String>,
    /// Whether these take out what others wrote in their name.
    pub strip: bool,
}

impl Arriving<'_> {
    pub fn envelope(&self) -> Envelope {
        Envelope {
            door: self.door,
            peer: format!("{}:4025", self.peer).parse().unwrap(),
            helo: "client.example".to_owned(),
            tls: false,
            with: "ESMTP",
            reverse_path: Some(address(&self.reverse_path)),
            recipients: self.to.iter().map(|to| address(to)).collect(),
        }
    }

    /// What becomes of the mail: `published`, `held: WHY`, or `refused: CODE`.
    pub fn fate(&self, octets: &[u8]) -> String {
        let talk = &self.world.talk;
        let before = (talk.threads().len(), talk.store.held(None).unwrap().len());
        let proof = SenderProof::by_relays(&self.relays).that_strip(self.strip).and_asking(self.world.dns.resolver());
        let gate = talk.asking(self.wanted, proof);
        let reply = Reply::for_all(&talk.runtime.block_on(gate.receive(self.envelope(), octets.to_vec())));
        let mut held = talk.store.held(None).unwrap();
        held.sort_by_key(|held| held.id);
        let more = |now: usize, before: usize| now as i64 - before as i64;
        match (more(talk.threads().len(), before.0), more(held.len(), before.1)) {
            (1, 0 | -1) => "published".to_owned(),
            (0, 1) => format!("held: {}", held.last().unwrap().reason),
            _ => format!("refused: {}", reply.code),
        }
    }
}

/// An answer to `p` by `from`, as it leaves its writer.
pub fn answer(from: &str, id: &str) -> Vec<u8> {
    Mail::new(from, id).answers("p").octets()
}
