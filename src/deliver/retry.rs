//! When a mail that could not be handed over is tried again, and when we give up on it. Pure, and the same for the same
//! mail each time.

use jiff::{SignedDuration, Timestamp};

use crate::discussion::OutboxId;

/// What becomes of a mail after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again then.
    At(Timestamp),
    /// It has been tried for long enough.
    GiveUp,
}

/// Waits after the first, second, third … failed attempt, in minutes; the last one from there on.
const WAITS: [i64; 6] = [1, 5, 15, 60, 120, 240];

/// When to try next after `attempts` failed attempts, the last of them at `now`.
///
/// Up to a quarter of each wait is added, by a number drawn from the mail's id, so that mails that failed together do
/// not all come back in the same second. The last attempt falls on the end of `patience`, counted from
/// `first_queued_at`; an attempt that fails then or later is the last.
pub fn next_attempt(
    attempts: u32,
    first_queued_at: Timestamp,
    now: Timestamp,
    id: OutboxId,
    patience: SignedDuration,
) -> Next {
    let end = first_queued_at.saturating_add(patience).unwrap_or(Timestamp::MAX);
    if now >= end {
        return Next::GiveUp;
    }
    let step = (attempts.max(1) as usize - 1).min(WAITS.len() - 1);
    let wait_ms = WAITS[step] * 60_000;
    let spread_ms = (drawn(id, attempts) % (wait_ms as u64 / 4)) as i64;
    let due = now.saturating_add(SignedDuration::from_millis(wait_ms + spread_ms)).unwrap_or(end);
    Next::At(due.min(end))
}

/// A number from a mail's id that differs from one attempt to the next: the finaliser of SplitMix64.
fn drawn(id: OutboxId, attempts: u32) -> u64 {
    let seed = id.0 as u64 ^ (u64::from(attempts) << 40);
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_DAYS: SignedDuration = SignedDuration::from_hours(120);

    fn queued() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    /// The times of all attempts at a mail that never goes out.
    fn life(id: i64) -> Vec<Timestamp> {
        let mut tried = vec![queued()];
        while let Next::At(at) =
            next_attempt(tried.len() as u32, queued(), tried[tried.len() - 1], OutboxId(id), FIVE_DAYS)
        {
            tried.push(at);
        }
        tried
    }

    #[test]
    fn waits_grow_and_end_with_a_last_attempt_after_five_days() {
        for id in 0..50 {
            let tried = life(id);
            let waits: Vec<i64> = tried.windows(2).map(|pair| (pair[1] - pair[0]).get_seconds() / 60).collect();
            for (at, wait) in waits[..waits.len() - 1].iter().enumerate() {
                let least = WAITS[at.min(WAITS.len() - 1)];
                assert!((least..=least * 5 / 4).contains(wait), "wait {at} was {wait} minutes");
            }
            assert_eq!(tried[tried.len() - 1], queued() + FIVE_DAYS);
            assert!((25..40).contains(&tried.len()), "{} attempts", tried.len());
        }
    }

    #[test]
    fn the_same_mail_waits_the_same_and_different_mails_spread() {
        assert_eq!(life(7), life(7));
        let mut first: Vec<Timestamp> = (0..100).map(|id| life(id)[4]).collect();
        first.sort();
        first.dedup();
        assert!(first.len() > 90, "only {} different times", first.len());
    }

    #[test]
    fn after_a_long_standstill_there_is_no_further_attempt() {
        let late = queued() + FIVE_DAYS + SignedDuration::from_secs(1);
        assert_eq!(next_attempt(1, queued(), late, OutboxId(1), FIVE_DAYS), Next::GiveUp);
    }

    #[test]
    fn odd_numbers_and_the_end_of_time_do_no_harm() {
        for attempts in [0, 1, u32::MAX] {
            for id in [i64::MIN, -1, i64::MAX] {
                let next = next_attempt(attempts, Timestamp::MIN, Timestamp::MIN, OutboxId(id), SignedDuration::MAX);
                assert!(matches!(next, Next::At(at) if at > Timestamp::MIN));
                assert_eq!(next_attempt(attempts, queued(), Timestamp::MAX, OutboxId(id), FIVE_DAYS), Next::GiveUp);
            }
        }
    }
}
