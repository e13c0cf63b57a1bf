//! Time, injected. Nothing else in the crate asks what time it is, so that a year of digests runs in a second of test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Tells the time: the machine's, or one that a test sets by hand. Clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Unix milliseconds, or [`RELEASED`].
    Manual(Arc<AtomicI64>),
}

/// What stands in place of a manual clock's time when nobody sets it any more: no time that there is.
const RELEASED: i64 = i64::MIN;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `start` until [`Clock::set`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.as_millisecond()))))
    }

    /// The time, cut to milliseconds: what the store keeps.
    pub fn now(&self) -> Timestamp {
        let ms = match &self.0 {
            Source::System => Timestamp::now().as_millisecond(),
            Source::Manual(ms) => match ms.load(Ordering::SeqCst) {
                RELEASED => Timestamp::now().as_millisecond(),
                set => set,
            },
        };
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a manual clock, also backwards. The machine's clock is not ours to move: there it does nothing.
    pub fn set(&self, to: Timestamp) {
        if let Source::Manual(ms) = &self.0 {
            ms.store(to.as_millisecond(), Ordering::SeqCst);
        }
    }

    /// Lets a manual clock go: it tells the machine's time from then on, until it is set again.
    pub fn release(&self) {
        if let Source::Manual(ms) = &self.0 {
            ms.store(RELEASED, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_let_go_tells_the_machines_time_to_all_who_share_it() {
        let start: Timestamp = "2001-02-03T04:05:06Z".parse().unwrap();
        let clock = Clock::manual(start);
        let shared = clock.clone();
        assert_eq!(shared.now(), start);
        clock.release();
        assert!(shared.now() > start);
        clock.set(start);
        assert_eq!(shared.now(), start);
    }
}
