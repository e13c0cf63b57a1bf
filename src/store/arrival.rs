//! A mail as the gate hands it over: everything that can be known before the store is asked.

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::owner::ForOwner;
use super::stranger::StrangerBounds;
use super::{StoreError, row};
use crate::bounce::{MailKind, Returned};
use crate::command::Read;
use crate::discussion::{ConfirmationId, HoldId, ItemId, List, ListId, MailId, MemberId, OutboxId};
use crate::message::{Mail, MessageId};
use crate::reply::Reading;
use crate::smtp::Envelope;
use crate::thread::{Evidence, Place, ThreadIndex};
use crate::trust::{Proof, Verdict, Why};

/// A mail with everything that can be known before the store is asked.
pub struct Arrival {
    /// When its last octet came.
    pub received_at: Timestamp,
    /// What the client said before it.
    pub envelope: Envelope,
    /// Every octet of it under our trace, compressed by [`Arrival::compress`].
    pub raw: Vec<u8>,
    /// How many octets it had when it came.
    pub size_bytes: usize,
    /// Parsed.
    pub mail: Mail,
    /// Whether its sender wrote nothing of their own, and sent no file either.
    pub empty: bool,
    /// What others may see of it.
    pub shown: Shown,
    /// By [`Arrival::fingerprint_of`].
    pub fingerprint: [u8; 16],
    /// Whether a person sent it.
    pub kind: MailKind,
    /// Whether that is certain, as [`Judgement::sure`](crate::bounce::Judgement::sure) has it.
    pub kind_is_sure: bool,
    /// For each recipient of the envelope, the list that it is an address of; `None` where that list is gone.
    pub addressed: Vec<Option<ListId>>,
    /// What it asks of each list that it was sent to.
    pub requests: Vec<Request>,
    /// Whether it says nothing but that its sender wants to leave.
    pub leaves: bool,
    /// What speaks against it, found out by asking others.
    pub suspicion: Option<Why>,
    /// What is known of whether its From is true.
    pub verdict: Verdict,
    /// How much proof is asked for.
    pub proof: Proof,
    /// The domain of our addresses.
    pub domain: String,
    /// Where the web pages are, for what is answered; `None` where there are none.
    pub web_url: Option<String>,
    /// The key that tokens in mails of ours about it are made with.
    pub token_key: u8,
    /// The mail that waits for it, where it answers a question about one, and its row.
    pub held: Option<(MailId, Box<Arrival>)>,
    /// What a moderator decides about by it, read once more.
    pub subjects: Vec<Subject>,
    /// What becomes of it where it was sent to a service mailbox as well.
    pub for_owner: Option<ForOwner>,
    /// How many automatic answers strangers get.
    pub stranger_bounds: StrangerBounds,
    /// Other ids by which it was known before a mail system gave it the one it has.
    pub also: Box<[MessageId]>,
    /// Exchange's own mark of its place.
    pub thread_index: Option<ThreadIndex>,
    /// Whether nobody says when it was written: then nothing is known to be near it in time.
    pub undated: bool,
}

/// Something that a moderator decides about, and the mail that it is.
pub struct Subject {
    /// What.
    pub about: About,
    /// Its mail.
    pub arrival: Arrival,
}

/// What a moderator decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A mail that waits.
    Held(HoldId),
    /// What is published.
    Item(ItemId),
}

/// What others may see of a mail: without addresses of people whom we know, and without tokens of ours.
pub struct Shown {
    /// The name in From.
    pub name: Option<String>,
    /// The post's title, should it begin one: its subject without `Re:`; never empty, and without any address.
    pub title: String,
    /// What its sender wrote and what they quoted.
    pub words: Words,
    /// The same with the sender's own address, where a list lets the author of a post give it, and it is there.
    pub own_words: Option<Words>,
    /// The files that came with it, the pictures of `words` by their position.
    pub attachments: Vec<AttachmentRow>,
}

/// A mail's words in the forms in which they are kept: made before the writer's turn comes.
pub struct Words {
    /// Every span of them.
    pub text: Vec<u8>,
    /// What was said as safe HTML, where there is more to it than its text.
    pub rich: Option<Vec<u8>>,
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Its place among the leaves of the mail.
    pub place: usize,
    /// Its name, one line without paths.
    pub name: Option<String>,
    /// Such as `image/jpeg`.
    pub media_type: String,
    /// Its size, decoded.
    pub bytes: usize,
    /// What HTML speaks of it by.
    pub content_id: Option<String>,
    /// Whether it is a picture that is a part of the text.
    pub inline: bool,
}

/// What a mail asks of one list.
#[derive(Clone, Debug)]
pub struct Request {
    /// The list.
    pub list: ListId,
    /// What for.
    pub purpose: Purpose,
}

/// What a mail is for, by the addresses that it was sent to.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To be published.
    Discussion {
        /// Where it says that it belongs.
        evidence: Evidence,
        /// The readers to whom its addresses were given.
        readers: Box<[MemberId]>,
    },
    /// A mail of ours came back; what that says, where it failed.
    Bounce(MemberId, OutboxId, Option<Returned>),
    /// It came to a bounce address alone, and is no bounce.
    NoBounce,
    /// This reader leaves.
    Unsubscribe(MemberId),
    /// This reader answers something that a mail of ours asked.
    Confirm(MemberId, ConfirmationId),
    /// Commands, in plain words.
    Command(Commanded),
    /// An answer to a mail of ours that was sent to the list itself, and to what that asked, where its sender was asked:
    /// it counts where they are believed.
    OfNotice(Option<(MemberId, ConfirmationId)>),
    /// A word to the list's owner.
    Owner(Box<ForOwner>),
}

/// What a mail to an address for commands says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commanded {
    /// The commands and what is none, in order; empty where nothing is said.
    pub read: Vec<Read>,
    /// Whether it was sent to the list itself, and says nothing but that its sender wants to leave.
    pub to_list: bool,
}

/// A picture in the text of at least so many octets is a photo; logos have fewer.
pub const PHOTO_BYTES: usize = 50_000;

impl Shown {
    /// Whether files came with it, or photos: not the small pictures that belong to a mail's looks.
    pub(super) fn has_files(&self) -> bool {
        self.attachments.iter().any(|file| !file.inline || file.bytes >= PHOTO_BYTES)
    }

    /// The words that are published there.
    pub(super) fn words_on(&self, list: &List, place: &Place) -> &Words {
        let may_give_address = list.contact_addresses && *place == Place::Start;
        self.own_words.as_ref().filter(|_| may_give_address).unwrap_or(&self.words)
    }
}

impl Words {
    /// The forms in which a mail's text is kept, and its said blocks as HTML, a piece for each.
    pub fn pack(reading: &Reading, rich: Option<&[String]>) -> Result<Self, StoreError> {
        Ok(Self { text: row::packed(reading)?, rich: rich.map(row::packed_texts).transpose()? })
    }

    /// What was said as HTML, where that is kept.
    pub(super) fn formatted(&self) -> Result<Option<Vec<String>>, StoreError> {
        self.rich.as_deref().map(row::unpacked_texts).transpose()
    }
}

impl Arrival {
    /// What its sender says.
    pub fn said(&self) -> Result<String, StoreError> {
        Ok(row::unpacked(&self.shown.words.text)?.said())
    }

    /// The compressed form of a mail's octets.
    pub fn compress(content: &[u8]) -> Result<Vec<u8>, StoreError> {
        row::compress(content)
    }

    /// Tells a second copy of a mail from another mail with its id: a hash of the sender and of the words that they said.
    pub fn fingerprint_of(mail: &Mail, said: &str) -> [u8; 16] {
        let mut hashed = mail.from.first().map(|from| from.address.key()).unwrap_or_default();
        hashed.reserve(said.len() + 1);
        let mut add = |word: &str| {
            hashed.push(' ');
            hashed.push_str(word);
        };
        // The same words either way; most mail is ASCII, where they are found three times as fast.
        match said.is_ascii() {
            true => said.split_ascii_whitespace().for_each(&mut add),
            false => said.split_whitespace().for_each(&mut add),
        }
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest::digest(&digest::SHA256, hashed.as_bytes()).as_ref()[..16]);
        fingerprint
    }
}
