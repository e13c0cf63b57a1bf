//! Tokens: what makes an address of ours unguessable. Each is a MAC over what it says, so nothing need be looked up to
//! know that it is ours, and a token for one list, reader or purpose is worth nothing for another.
//!
//! Shape: key id (1 byte), reader (4), item (7), MAC (10, that is 80 bits), in base32 without case: 36 characters.

use aws_lc_rs::{constant_time, hmac, rand};
use data_encoding::BASE32_NOPAD;

use crate::discussion::{ConfirmationId, EditionId, ItemId, ListId, MemberId, OutboxId};

/// How many characters a token has.
pub const TOKEN_LENGTH: usize = 36;

const MAC_BYTES: usize = 10;
const BODY_BYTES: usize = 12;

/// What a token is for and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// `+r.`: an answer by this reader to this item.
    Reply(MemberId, ItemId),
    /// `+d.`: an answer by this reader to this edition.
    Digest(MemberId, EditionId),
    /// `+b.`: the reverse-path of this mail to this reader.
    Bounce(MemberId, OutboxId),
    /// `+u.`: this reader leaves.
    Unsubscribe(MemberId),
    /// `+c.`: this reader's answer to something that a mail of ours asked. The store knows whether it still counts.
    Confirm(MemberId, ConfirmationId),
    /// In the Message-ID of an edition's mail: evidence of the edition, but no address.
    Sent(MemberId, EditionId),
}

/// The secret from which tokens are made. Older keys stay readable, the newest makes new tokens.
#[derive(Clone)]
pub struct Keys {
    /// (key id, key), the newest last; never empty.
    keys: Vec<(u8, hmac::Key)>,
}

impl Keys {
    /// How many bytes a secret has.
    pub const SECRET_BYTES: usize = 32;

    /// A new secret; `None` where the system gives no randomness.
    pub fn new_secret() -> Option<[u8; Self::SECRET_BYTES]> {
        let mut secret = [0; Self::SECRET_BYTES];
        rand::fill(&mut secret).ok().map(|()| secret)
    }

    /// Keys from secrets, each with its id, the newest last. `None` where there is none.
    pub fn new(secrets: &[(u8, [u8; Self::SECRET_BYTES])]) -> Option<Self> {
        let keys: Vec<_> =
            secrets.iter().map(|(id, secret)| (*id, hmac::Key::new(hmac::HMAC_SHA256, secret))).collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// The id of the key that makes new tokens.
    pub fn newest(&self) -> u8 {
        self.keys.last().map_or(0, |(id, _)| *id)
    }

    /// The token's text: [`TOKEN_LENGTH`] of `a-z2-7`, the same each time for the same key.
    ///
    /// `None` where the key is gone, or a number does not fit (4 and 7 bytes).
    pub fn make(&self, key_id: u8, list: ListId, token: Token) -> Option<String> {
        let (_, key) = self.keys.iter().find(|(id, _)| *id == key_id)?;
        let (kind, reader, item) = token.parts();
        let mut bytes = [0; BODY_BYTES + MAC_BYTES];
        bytes[0] = key_id;
        bytes[1..5].copy_from_slice(&u32::try_from(reader).ok()?.to_be_bytes());
        let item = u64::try_from(item).ok().filter(|item| *item < 1 << 56)?;
        bytes[5..12].copy_from_slice(&item.to_be_bytes()[1..]);
        let mac = mac(key, kind, list, &bytes[..BODY_BYTES]);
        bytes[BODY_BYTES..].copy_from_slice(&mac);
        Some(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }

    /// What `text` says, where it is a token of kind `kind` that one of our keys made for this list.
    pub fn read(&self, kind: Kind, list: ListId, text: &str) -> Option<Token> {
        if text.len() != TOKEN_LENGTH {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let (body, given) = bytes.split_at_checked(BODY_BYTES)?;
        let (_, key) = self.keys.iter().find(|(id, _)| *id == body[0])?;
        constant_time::verify_slices_are_equal(&mac(key, kind, list, body), given).ok()?;
        let reader = i64::from(u32::from_be_bytes(body[1..5].try_into().ok()?));
        let item = body[5..12].iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
        Some(kind.token(reader, item))
    }
}

/// Whether a text is laid out as a token is, by one of the first keys and for one of the first sixteen million readers:
/// what stands there without the address around it is hidden all the same. Hardly any other text is, a word never.
pub fn is_laid_out_as_token(text: &str) -> bool {
    const FIRST_KEYS: std::ops::RangeInclusive<u8> = 1..=15;
    let may_be = text.len() == TOKEN_LENGTH && text.as_bytes()[0].eq_ignore_ascii_case(&b'a');
    may_be
        && BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .is_ok_and(|bytes| FIRST_KEYS.contains(&bytes[0]) && bytes[1] == 0)
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Token::Reply`].
    Reply,
    /// [`Token::Digest`].
    Digest,
    /// [`Token::Bounce`].
    Bounce,
    /// [`Token::Unsubscribe`].
    Unsubscribe,
    /// [`Token::Confirm`].
    Confirm,
    /// [`Token::Sent`].
    Sent,
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Reply => b'r',
            Self::Digest => b'd',
            Self::Bounce => b'b',
            Self::Unsubscribe => b'u',
            Self::Confirm => b'c',
            Self::Sent => b's',
        }
    }

    fn token(self, reader: i64, item: i64) -> Token {
        let reader = MemberId(reader);
        match self {
            Self::Reply => Token::Reply(reader, ItemId(item)),
            Self::Digest => Token::Digest(reader, EditionId(item)),
            Self::Bounce => Token::Bounce(reader, OutboxId(item)),
            Self::Unsubscribe => Token::Unsubscribe(reader),
            Self::Confirm => Token::Confirm(reader, ConfirmationId(item)),
            Self::Sent => Token::Sent(reader, EditionId(item)),
        }
    }
}

impl Token {
    fn parts(self) -> (Kind, i64, i64) {
        match self {
            Self::Reply(reader, item) => (Kind::Reply, reader.0, item.0),
            Self::Digest(reader, edition) => (Kind::Digest, reader.0, edition.0),
            Self::Bounce(reader, outbox) => (Kind::Bounce, reader.0, outbox.0),
            Self::Unsubscribe(reader) => (Kind::Unsubscribe, reader.0, 0),
            Self::Confirm(reader, confirmation) => (Kind::Confirm, reader.0, confirmation.0),
            Self::Sent(reader, edition) => (Kind::Sent, reader.0, edition.0),
        }
    }
}

fn mac(key: &hmac::Key, kind: Kind, list: ListId, body: &[u8]) -> [u8; MAC_BYTES] {
    let mut said = Vec::with_capacity(9 + BODY_BYTES);
    said.push(kind.letter());
    said.extend(list.0.to_be_bytes());
    said.extend(body);
    let whole = hmac::sign(key, &said);
    let mut cut = [0; MAC_BYTES];
    cut.copy_from_slice(&whole.as_ref()[..MAC_BYTES]);
    cut
}

/// Prints no secret.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("newest", &self.newest()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(&[(1, [7; 32]), (2, [9; 32])]).unwrap()
    }

    #[test]
    fn a_token_says_what_it_was_made_for_whatever_its_case() {
        let token = Token::Reply(MemberId(4_000_000_000), ItemId((1 << 56) - 1));
        let text = keys().make(2, ListId(3), token).unwrap();
        assert_eq!(text.len(), TOKEN_LENGTH);
        assert_eq!(keys().read(Kind::Reply, ListId(3), &text), Some(token));
        assert_eq!(keys().read(Kind::Reply, ListId(3), &text.to_uppercase()), Some(token));
    }

    #[test]
    fn a_token_is_known_by_how_it_is_laid_out_and_words_are_not() {
        for (key, token) in [
            (1, Token::Reply(MemberId(0), ItemId(0))),
            (2, Token::Sent(MemberId(16_000_000), EditionId((1 << 56) - 1))),
        ] {
            let text = keys().make(key, ListId(3), token).unwrap();
            assert!(is_laid_out_as_token(&text) && is_laid_out_as_token(&text.to_uppercase()), "{text}");
        }
        for text in ["abcdefghijklmnopqrstuvwxyz234567abcd", "antidisestablishmentarianismxxxxxxxa", "ae", "äeaaaa"] {
            assert!(!is_laid_out_as_token(text), "{text}");
        }
    }

    #[test]
    fn a_token_is_worth_nothing_for_another_list_purpose_or_key() {
        let text = keys().make(1, ListId(3), Token::Reply(MemberId(1), ItemId(2))).unwrap();
        assert_eq!(keys().read(Kind::Reply, ListId(4), &text), None);
        assert_eq!(keys().read(Kind::Digest, ListId(3), &text), None);
        assert_eq!(Keys::new(&[(1, [8; 32])]).unwrap().read(Kind::Reply, ListId(3), &text), None);
        assert_eq!(Keys::new(&[(2, [7; 32])]).unwrap().read(Kind::Reply, ListId(3), &text), None);
    }

    #[test]
    fn one_changed_character_anywhere_spoils_a_token() {
        let text = keys().make(1, ListId(3), Token::Bounce(MemberId(1), OutboxId(2))).unwrap();
        // The last character carries one bit of the MAC and four that must be zero: it is checked too.
        for at in 0..TOKEN_LENGTH {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            if changed != text {
                assert_eq!(keys().read(Kind::Bounce, ListId(3), &changed), None, "position {at}");
            }
        }
    }

    #[test]
    fn every_address_made_from_a_token_fits_into_64_octets() {
        assert!(crate::discussion::ListName::MAX + "+r.".len() + TOKEN_LENGTH <= 64);
    }
}
