//! Exchange's `Thread-Index`: where a mail stands in a conversation, in a header that survives where ids are rewritten
//! ([MS-OXOMSG] §2.2.1.3: 22 octets for the conversation, and five more for each answer).

use data_encoding::BASE64;

/// Octets of a conversation's own part, and of what each answer adds.
const HEAD: usize = 22;
const STEP: usize = 5;

/// How many answers deep it is followed: what is longer is no discussion.
const DEEPEST: usize = 100;

/// A thread index, well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadIndex(Vec<u8>);

impl ThreadIndex {
    /// Reads the header's value: base64, folded or not. `None` where it is no thread index.
    pub fn read(value: &str) -> Option<Self> {
        let longest = (HEAD + DEEPEST * STEP) * 4 / 3 + 4;
        if value.len() > 2 * longest {
            return None;
        }
        let packed: Vec<u8> = value.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let octets = BASE64.decode(&packed).ok()?;
        let steps = octets.len().checked_sub(HEAD)?;
        (steps % STEP == 0 && steps / STEP <= DEEPEST).then_some(Self(octets))
    }

    /// Its octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The indexes of all that it answers, the nearest first.
    pub fn above(&self) -> impl Iterator<Item = &[u8]> {
        let steps = (self.0.len() - HEAD) / STEP;
        (0..steps).rev().map(|step| &self.0[..HEAD + step * STEP])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: usize) -> Option<ThreadIndex> {
        ThreadIndex::read(&BASE64.encode(&vec![7; length]))
    }

    #[test]
    fn an_answers_index_extends_those_of_all_that_it_answers() {
        let index = of(32).unwrap();
        assert_eq!(index.above().map(<[u8]>::len).collect::<Vec<_>>(), [27, 22]);
        assert_eq!(of(22).unwrap().above().count(), 0);
    }

    #[test]
    fn what_is_no_thread_index_is_none() {
        for length in [0, 5, 21, 23, 26, 28, HEAD + (DEEPEST + 1) * STEP, 1 << 20] {
            assert_eq!(of(length), None, "{length} octets");
        }
        assert_eq!(ThreadIndex::read("Re: an answer"), None);
    }

    #[test]
    fn it_may_be_folded() {
        let whole = BASE64.encode(&[7; 27]);
        assert_eq!(ThreadIndex::read(&format!("{} {}", &whole[..10], &whole[10..])), of(27));
    }
}
