//! Mail as signatures see it: the "relaxed" form of header and body (RFC 6376 §3.4.2, §3.4.4), which stays the same when
//! a relay folds lines anew or drops blanks at their ends.

use aws_lc_rs::digest::{Context, Digest, SHA256};

/// How much of a body is gathered before it is hashed, octets.
const GATHERED: usize = 16 << 10;

/// Fields that must not be added to a mail of ours later: they are signed once more than they stand there (RFC 6376
/// §5.4), so that a second one breaks the signature.
const SEALED: [&str; 11] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Reply-To",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// What all signatures of a mail have in common.
pub(super) struct Digested {
    /// The names of the signed fields, in the order of signing.
    pub names: Vec<String>,
    /// Their relaxed form, each ended by CRLF.
    pub fields: Vec<u8>,
    /// SHA-256 of the relaxed body.
    pub body: Digest,
}

impl Digested {
    /// Every field of the mail is signed: all are ours. The last of a name goes first (RFC 6376 §5.4.2), hence from the
    /// bottom up.
    pub fn of(mail: &[u8]) -> Self {
        let (head, body) = divided(mail);
        let mut names = Vec::new();
        let mut relaxed = Vec::with_capacity(head.len());
        for field in fields(head).into_iter().rev() {
            if let Some(name) = name(field) {
                names.push(name.to_owned());
                field_relaxed(field, &mut relaxed);
                relaxed.extend_from_slice(b"\r\n");
            }
        }
        names.extend(SEALED.iter().map(|name| (*name).to_owned()));
        Self { names, fields: relaxed, body: body_hash(body) }
    }
}

/// The header, its last CRLF included, and the body without the empty line before it.
fn divided(mail: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(mail, b"\r\n\r\n") {
        Some(at) => (&mail[..at + 2], &mail[at + 4..]),
        None => (mail, &[]),
    }
}

/// The fields of a header, from the top, without their last CRLF.
fn fields(head: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut start = 0;
    for end in memchr::memmem::find_iter(head, b"\r\n") {
        let goes_on = matches!(head.get(end + 2), Some(b' ' | b'\t'));
        if !goes_on {
            found.push(&head[start..end]);
            start = end + 2;
        }
    }
    found
}

fn name(field: &[u8]) -> Option<&str> {
    let (name, _) = field.split_at_checked(memchr::memchr(b':', field)?)?;
    std::str::from_utf8(name.trim_ascii_end()).ok().filter(|name| !name.is_empty())
}

/// A field's relaxed form, without a line end: the name in small letters, the value on one line, each run of blanks one
/// blank, and none around it.
pub(super) fn field_relaxed(field: &[u8], into: &mut Vec<u8>) {
    let colon = memchr::memchr(b':', field).unwrap_or(field.len());
    into.extend(field[..colon].trim_ascii_end().iter().map(u8::to_ascii_lowercase));
    into.push(b':');
    let value = field.get(colon + 1..).unwrap_or_default();
    let words = value.split(|octet| b" \t\r\n".contains(octet)).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            into.push(b' ');
        }
        into.extend_from_slice(word);
    }
}

/// SHA-256 of a body's relaxed form: each run of blanks one blank, none at line ends, no empty lines at the end. Blanks
/// and line ends are put down only when something follows them.
fn body_hash(body: &[u8]) -> Digest {
    let mut hash = Hashing { context: Context::new(&SHA256), gathered: Vec::with_capacity(GATHERED) };
    let (mut blank, mut line_ends, mut is_empty) = (false, 0, true);
    let mut rest = body;
    while let Some((&octet, after)) = rest.split_first() {
        match octet {
            b' ' | b'\t' => (blank, rest) = (true, after),
            b'\r' if after.first() == Some(&b'\n') => {
                (blank, line_ends) = (false, line_ends + 1);
                rest = &after[1..];
            }
            _ => {
                (0..line_ends).for_each(|_| hash.put(b"\r\n"));
                if blank {
                    hash.put(b" ");
                }
                let length = 1 + after.iter().take_while(|octet| **octet > b' ').count();
                hash.put(&rest[..length]);
                (blank, line_ends, is_empty) = (false, 0, false);
                rest = &rest[length..];
            }
        }
    }
    if !is_empty {
        hash.put(b"\r\n");
    }
    hash.context.update(&hash.gathered);
    hash.context.finish()
}

/// A hash that is fed in large pieces.
struct Hashing {
    context: Context,
    gathered: Vec<u8>,
}

impl Hashing {
    fn put(&mut self, octets: &[u8]) {
        if self.gathered.len() + octets.len() > GATHERED {
            self.context.update(&self.gathered);
            self.gathered.clear();
        }
        self.gathered.extend_from_slice(octets);
    }
}
