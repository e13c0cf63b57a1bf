//! What all mails being read may take together of our memory: each asks for its share before it grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Limits;

/// The least octets that a mail asks for.
pub const LEAST: usize = 4 << 10;

/// The memory of a door for mails being read.
#[derive(Debug)]
pub struct Buffered {
    octets: usize,
    taken: AtomicUsize,
}

/// What one mail has of it; given back when dropped.
#[derive(Debug)]
pub struct Share {
    of: Arc<Buffered>,
    octets: usize,
}

impl Buffered {
    /// [`Limits::buffered_bytes`], but never less than one mail may need.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let octets = limits.buffered_bytes.max(limits.message_bytes).max(LEAST);
        Arc::new(Self { octets, taken: AtomicUsize::new(0) })
    }

    /// Whether not even a small mail could be read now.
    pub fn is_full(&self) -> bool {
        self.octets.saturating_sub(self.taken.load(Ordering::Relaxed)) < LEAST
    }

    /// A share that has nothing yet.
    pub fn share(self: &Arc<Self>) -> Share {
        Share { of: Arc::clone(self), octets: 0 }
    }
}

impl Share {
    /// Makes room in `content` for `more` octets, doubling up to `most`; `false`, and nothing done, where all is taken.
    pub fn make_room(&mut self, content: &mut Vec<u8>, more: usize, most: usize) -> bool {
        let wanted = content.len().saturating_add(more);
        if wanted <= self.octets {
            return true;
        }
        let roomy = self.octets.saturating_mul(2).min(most).max(wanted).max(LEAST.min(most));
        let grown = [roomy, wanted].into_iter().find(|octets| self.grow(*octets));
        if let Some(octets) = grown {
            content.reserve_exact(octets - content.len());
        }
        grown.is_some()
    }

    /// Octets that it has.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Gives everything back.
    pub fn give_back(&mut self) {
        if self.octets > 0 {
            self.of.taken.fetch_sub(self.octets, Ordering::Relaxed);
            self.octets = 0;
        }
    }

    fn grow(&mut self, octets: usize) -> bool {
        let more = octets - self.octets;
        let fits = |taken: usize| taken.checked_add(more).filter(|taken| *taken <= self.of.octets);
        let grown = self.of.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if grown {
            self.octets = octets;
        }
        grown
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_bounded_together_and_free_again_when_given_back_or_dropped() {
        let buffered = Buffered::new(&Limits { buffered_bytes: 10_000, message_bytes: 9_000, ..Limits::default() });
        let (mut first, mut second) = (buffered.share(), buffered.share());
        let mut content = Vec::new();
        assert!(first.make_room(&mut content, 10, 9_000));
        assert_eq!((first.octets, content.capacity()), (LEAST, LEAST));
        assert!(second.make_room(&mut Vec::new(), 5_904, 9_000));
        assert!(buffered.is_full());
        content.extend([0; 4_000]);
        assert!(first.make_room(&mut content, 96, 9_000), "it has that much");
        assert!(!first.make_room(&mut content, 97, 9_000));
        drop(second);
        assert!(first.make_room(&mut content, 97, 9_000));
        assert_eq!(content.capacity(), 2 * LEAST);
        first.give_back();
        assert_eq!(buffered.taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_largest_mail_always_fits_when_it_is_alone() {
        let limits = Limits { buffered_bytes: 1, message_bytes: 50_000, ..Limits::default() };
        let mut share = Buffered::new(&limits).share();
        assert!(share.make_room(&mut Vec::new(), 50_000, 50_000));
        assert!(!share.make_room(&mut Vec::new(), 50_001, 50_000));
    }
}
