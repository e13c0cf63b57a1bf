//! From octets to an [`Arrival`]: everything that can be known of a mail without the writer.

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::address::{Wanted, What, Word, wanted};
use super::commanded::{above_copy, commanded};
use super::complained::complaints;
use super::files::sends_a_file;
use super::reader::Reader;
use super::service::{for_owner, service_mailbox};
use super::shown::shown;
use super::word::asks_to_leave;
use crate::bounce::{self, MailKind, Returned};
use crate::command::Read;
use crate::discussion::{Command, EditionId, ListId, MemberId, OutboxId};
use crate::message::{Address, Mail, MessageId};
use crate::smtp::{Door, Envelope};
use crate::store::{Arrival, Commanded, OwnerBounds, Purpose, Request, Store, StoreError, StrangerBounds};
use crate::thread::{Evidence, ThreadIndex};
use crate::token::{Keys, Kind, TOKEN_LENGTH, Token};
use crate::trust::{Proof, Verdict};

/// What the gate goes by.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The keys of our tokens.
    pub keys: Keys,
    /// The domain of our addresses.
    pub domain: String,
    /// The name of this machine, for the trace that it leaves on a mail; it has service mailboxes too.
    pub host: String,
    /// Where the web pages are: an address there with a token in it is a secret. `None` where there are none.
    pub web_url: Option<String>,
    /// How much proof is asked for.
    pub proof: Proof,
    /// How many mails one sender may send in an hour; 0: as many as they like.
    pub mails_per_sender_hour: u64,
    /// How much of others' mail is sent on to the owners.
    pub owner_bounds: OwnerBounds,
    /// How many automatic answers strangers get.
    pub stranger_bounds: StrangerBounds,
}

/// Reads a mail. `content` has CRLF line ends; out of an archive, any. What is kept of it has our trace on top, unless it
/// is an archive's; everything else is made from the mail as it came.
pub fn prepare(
    store: &Store,
    gate: &Gate,
    envelope: Envelope,
    content: &[u8],
    received_at: Timestamp,
) -> Result<Arrival, StoreError> {
    let mail = Mail::parse(content);
    let report = bounce::report(&mail, content, envelope.reverse_path.is_none());
    let judgement = report.judgement;
    let Addressees { lists, addressed, service, may_give_address } = addressees(store, gate, &envelope, received_at)?;
    let reader = Reader::on_lists(store, gate, &mail, &envelope.recipients, &lists)?;
    let reading = reader.read(&mail.text);
    let (said, quoted) = (reading.said(), reading.quoted_lines());
    // An archive's mails are what they are; nobody leaves by them.
    let leaves = envelope.door != Door::Archive && judgement.kind == MailKind::Mail && asks_to_leave(&mail, &said);
    let leaving = || Purpose::Command(Commanded { read: vec![Read::Known(Command::Leave)], to_list: true });
    let mut requests = complaints(store, gate, &report, content, received_at)?;
    for (list, whats) in lists {
        let returned = is_bounce(judgement.kind, &envelope).then(|| report.returned(&mail));
        let purpose = match purpose(gate, list, &whats, &mail, &quoted, returned) {
            Asked::Of(Purpose::Discussion { .. }) if leaves => leaving(),
            Asked::Of(Purpose::Discussion { readers, .. }) if is_of_notice(gate, list, &mail, &readers) => {
                of_notice(store, gate, list, &mail)?
            }
            Asked::Of(purpose) => purpose,
            Asked::Word(Word::Owner) => {
                let to = owner_address(&envelope.recipients).unwrap_or(&envelope.recipients[0]);
                let for_owner = for_owner(store, gate, to, &envelope, &mail, content, received_at)?;
                Purpose::Owner(Box::new(for_owner))
            }
            Asked::Word(word) => Purpose::Command(commanded(word, &mail, &above_copy(&reading), leaves, received_at)),
        };
        requests.push(Request { list, purpose });
    }
    let fingerprint = Arrival::fingerprint_of(&mail, &said);
    let for_owner =
        service.as_ref().map(|to| for_owner(store, gate, to, &envelope, &mail, content, received_at)).transpose()?;
    Ok(Arrival {
        for_owner,
        shown: shown(store, gate, &mail, &reading, &reader, may_give_address)?,
        fingerprint,
        empty: said.is_empty() && !sends_a_file(&mail),
        received_at,
        addressed,
        requests,
        raw: Arrival::compress(&[trace(gate, &envelope, received_at, &fingerprint).as_bytes(), content].concat())?,
        size_bytes: content.len(),
        envelope,
        kind: judgement.kind,
        kind_is_sure: judgement.sure,
        leaves,
        suspicion: None,
        verdict: Verdict::default(),
        proof: gate.proof,
        domain: gate.domain.clone(),
        web_url: gate.web_url.clone(),
        token_key: gate.keys.newest(),
        held: None,
        stranger_bounds: gate.stranger_bounds,
        subjects: Vec::new(),
        also: other_ids(&mail),
        thread_index: thread_index(&mail),
        undated: false,
        mail,
    })
}

/// Whom a mail was sent to, as far as they are addresses of ours.
struct Addressees {
    /// What for, list by list.
    lists: Vec<(ListId, Vec<What>)>,
    /// For each recipient, its list.
    addressed: Vec<Option<ListId>>,
    /// A service mailbox.
    service: Option<Address>,
    /// Whether one of the lists lets authors give their addresses.
    may_give_address: bool,
}

fn addressees(store: &Store, gate: &Gate, envelope: &Envelope, at: Timestamp) -> Result<Addressees, StoreError> {
    let mut found = Addressees { lists: Vec::new(), addressed: Vec::new(), service: None, may_give_address: false };
    for recipient in &envelope.recipients {
        if service_mailbox(gate, recipient).is_some() {
            found.service.get_or_insert_with(|| recipient.clone());
            found.addressed.push(None);
            continue;
        }
        // A list may have been removed since the recipient was accepted: then nothing is asked of it.
        let wanted = wanted(store, &gate.keys, &gate.domain, recipient, at)?;
        found.addressed.push(wanted.as_ref().map(|wanted| wanted.list.id));
        let Some(Wanted { list, what }) = wanted else { continue };
        found.may_give_address |= list.contact_addresses;
        match found.lists.iter_mut().find(|(id, _)| *id == list.id) {
            Some((_, whats)) => whats.push(what),
            None => found.lists.push((list.id, vec![what])),
        }
    }
    Ok(found)
}

/// Our line on top of what is kept of a mail; an archive's came by nobody.
fn trace(gate: &Gate, envelope: &Envelope, received_at: Timestamp, fingerprint: &[u8; 16]) -> String {
    match envelope.door {
        Door::Archive => String::new(),
        _ => envelope.trace(&gate.host, &name_of(received_at, fingerprint), received_at),
    }
}

/// What we call a mail in its trace and in the log: when it came, and what tells it from others of that moment.
pub fn name_of(received_at: Timestamp, fingerprint: &[u8; 16]) -> String {
    format!("{:x}.{}", received_at.as_millisecond(), HEXLOWER.encode(&fingerprint[..4]))
}

/// Whether a mail of ours came back, should it have come to that one's bounce address. People write there too, who
/// answer everybody that a mail names; and so do programs that answer by themselves (RFC 3834 §4).
fn is_bounce(kind: MailKind, envelope: &Envelope) -> bool {
    match kind {
        MailKind::Bounce | MailKind::Complaint => true,
        MailKind::Mail => envelope.reverse_path.is_none(),
        MailKind::AutoReply => false,
    }
}

/// What a mail is for on one list, as far as its addresses say it.
#[expect(clippy::large_enum_variant, reason = "made once a mail, and taken apart at once")]
enum Asked {
    Of(Purpose),
    Word(Word),
}

/// What a mail is for on one list, all its recipients there judged together. `returned`: what it says of a mail of ours,
/// where it is a bounce by [`is_bounce`].
fn purpose(
    gate: &Gate,
    list: ListId,
    whats: &[What],
    mail: &Mail,
    quoted: &[String],
    returned: Option<Option<Returned>>,
) -> Asked {
    let tokens = || whats.iter().filter_map(|what| if let What::Token(token) = what { Some(*token) } else { None });
    let bounced = tokens().find_map(bounced);
    if let (Some((reader, outbox)), Some(returned)) = (bounced, returned) {
        return Asked::Of(Purpose::Bounce(reader, outbox, returned));
    }
    // Whoever answers a question says nothing to the list, whomever else they send it to.
    if let Some(answer) = tokens().find_map(confirmed) {
        return Asked::Of(answer);
    }
    let answers = |what: &What| matches!(what, What::Post | What::Token(Token::Reply(..) | Token::Digest(..)));
    if whats.iter().any(answers) {
        let readers = tokens().filter_map(answering).collect();
        return Asked::Of(Purpose::Discussion { evidence: evidence(gate, list, tokens(), mail, quoted), readers });
    }
    let leaves = tokens().find_map(|token| if let Token::Unsubscribe(reader) = token { Some(reader) } else { None });
    if let Some(reader) = leaves {
        return Asked::Of(Purpose::Unsubscribe(reader));
    }
    // Who writes to several of them says it once, by the first; the owner is last.
    let words = || whats.iter().filter_map(|what| if let What::Word(word) = what { Some(*word) } else { None });
    match words().find(|word| *word != Word::Owner).or_else(|| words().next()) {
        Some(word) => Asked::Word(word),
        None => Asked::Of(Purpose::NoBounce),
    }
}

/// The first address of an owner among these.
fn owner_address(recipients: &[Address]) -> Option<&Address> {
    recipients.iter().find(|to| to.local().to_ascii_lowercase().ends_with("+owner"))
}

/// The reader to whom an address that takes answers was given.
fn answering(token: Token) -> Option<MemberId> {
    match token {
        Token::Reply(reader, _) | Token::Digest(reader, _) => Some(reader),
        _ => None,
    }
}

fn confirmed(token: Token) -> Option<Purpose> {
    if let Token::Confirm(reader, confirmation) = token { Some(Purpose::Confirm(reader, confirmation)) } else { None }
}

/// The notice of ours that a mail answers, by its Message-ID.
fn answered_notice(gate: &Gate, list: ListId, mail: &Mail) -> Option<(MemberId, EditionId)> {
    mail.in_reply_to.iter().find_map(|id| {
        let (local, at) = id.as_str().rsplit_once('@')?;
        let token = local.strip_prefix("n.").filter(|_| at.eq_ignore_ascii_case(&gate.domain))?;
        match gate.keys.read(Kind::Sent, list, token) {
            Some(Token::Sent(reader, edition)) => Some((reader, edition)),
            _ => None,
        }
    })
}

/// Whether a mail to the list itself, and to no address that a reader was given, answers a notice.
fn is_of_notice(gate: &Gate, list: ListId, mail: &Mail, readers: &[MemberId]) -> bool {
    readers.is_empty() && answered_notice(gate, list, mail).is_some()
}

/// What a mail to the list itself is for that answers a notice: some mail programs pass the address over that the notice
/// asks to be answered at. Nobody means such a mail for the list. It does what it says only where From is believed, for
/// whoever saw the notice's Message-ID can name it.
fn of_notice(store: &Store, gate: &Gate, list: ListId, mail: &Mail) -> Result<Purpose, StoreError> {
    let (Some((reader, notice)), [from]) = (answered_notice(gate, list, mail), mail.from.as_slice()) else {
        return Ok(Purpose::OfNotice(None));
    };
    let asked = store.asked_by(list, reader, notice, &from.address)?;
    Ok(Purpose::OfNotice(asked.map(|asked| (reader, asked))))
}

fn bounced(token: Token) -> Option<(MemberId, OutboxId)> {
    if let Token::Bounce(reader, outbox) = token { Some((reader, outbox)) } else { None }
}

/// Where a mail says that it belongs. The ids of digests that it names stand for their editions, and are no ids of
/// items.
fn evidence(
    gate: &Gate,
    list: ListId,
    tokens: impl Iterator<Item = Token>,
    mail: &Mail,
    quoted: &[String],
) -> Evidence {
    let base_subject = mail.has_reply_subject().then(|| mail.base_subject().to_lowercase());
    let mut evidence = Evidence {
        own: Some(mail.message_id.clone()),
        quoted: quoted.to_vec(),
        also: other_ids(mail),
        thread_index: thread_index(mail),
        answers_subject: base_subject.filter(|base| !base.is_empty()).map(String::into_boxed_str),
        ..Evidence::default()
    };
    for token in tokens {
        match token {
            Token::Reply(_, item) => evidence.tokens.push(item),
            Token::Digest(_, edition) => evidence.editions.push(edition),
            _ => {}
        }
    }
    let mut sort = |ids: &[MessageId]| -> Vec<MessageId> {
        let (digests, items): (Vec<&MessageId>, Vec<&MessageId>) =
            ids.iter().partition(|id| digest_token(id, &gate.domain).is_some());
        for (_, edition) in digests.into_iter().filter_map(|id| sent_edition(gate, list, id)) {
            if !evidence.editions.contains(&edition) {
                evidence.editions.push(edition);
            }
        }
        items.into_iter().cloned().collect()
    };
    let in_reply_to = sort(&mail.in_reply_to);
    let references = sort(&mail.references);
    Evidence { in_reply_to, references, ..evidence }
}

/// The ids by which a mail was known before a mail system gave it the one it has.
fn other_ids(mail: &Mail) -> Box<[MessageId]> {
    let named = ["X-Microsoft-Original-Message-ID", "X-Google-Original-Message-ID", "X-Original-Message-ID"];
    let mut ids: Vec<MessageId> =
        named.into_iter().filter_map(|name| mail.header(name)).filter_map(MessageId::of_header).collect();
    ids.retain(|id| *id != mail.message_id);
    ids.dedup();
    ids.into()
}

fn thread_index(mail: &Mail) -> Option<ThreadIndex> {
    mail.header("Thread-Index").and_then(ThreadIndex::read)
}

/// The edition that a digest's Message-ID names, and whose it was.
pub(super) fn sent_edition(gate: &Gate, list: ListId, id: &MessageId) -> Option<(MemberId, EditionId)> {
    match gate.keys.read(Kind::Sent, list, digest_token(id, &gate.domain)?) {
        Some(Token::Sent(reader, edition)) => Some((reader, edition)),
        _ => None,
    }
}

/// The token in a digest's Message-ID, `d.TOKEN@domain`, perhaps with its part's number behind it.
fn digest_token<'a>(id: &'a MessageId, domain: &str) -> Option<&'a str> {
    let (local, at) = id.as_str().rsplit_once('@')?;
    let token = local.strip_prefix("d.").or_else(|| local.strip_prefix("D."))?;
    at.eq_ignore_ascii_case(domain).then(|| token.get(..TOKEN_LENGTH)).flatten()
}
