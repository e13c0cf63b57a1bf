//! What a worker has in hand: claimed mails by their recipients' domain, and whose turn it is. Pure.

use std::collections::{HashMap, VecDeque};

use crate::store::Claimed;

/// Mails in hand. A domain with as many mails under way as it may have is passed over; the others go on, in turn.
pub(super) struct Hand {
    /// How many mails may be under way at once.
    at_once: usize,
    /// How many of one domain.
    per_domain: usize,
    domains: HashMap<String, Domain>,
    /// The domains whose next mail may begin, in the order of their turn.
    turn: VecDeque<String>,
    under_way: usize,
    waiting: usize,
}

#[derive(Default)]
struct Domain {
    waiting: VecDeque<Claimed>,
    under_way: usize,
    /// Whether it stands in `turn`.
    has_turn: bool,
}

impl Hand {
    /// An empty hand; each bound is 1 or more.
    pub(super) fn new(at_once: usize, per_domain: usize) -> Self {
        let domains = HashMap::new();
        Self { at_once, per_domain, domains, turn: VecDeque::new(), under_way: 0, waiting: 0 }
    }

    /// Takes up claimed mails.
    pub(super) fn take(&mut self, mails: Vec<Claimed>) {
        for mail in mails {
            let domain = mail.recipient.domain().to_owned();
            self.waiting += 1;
            self.domains.entry(domain.clone()).or_default().waiting.push_back(mail);
            self.give_turn(&domain);
        }
    }

    /// The next mail that may begin; it is under way from here until [`Hand::ended`].
    pub(super) fn begin(&mut self) -> Option<Claimed> {
        if self.under_way == self.at_once {
            return None;
        }
        let name = self.turn.pop_front()?;
        let domain = self.domains.get_mut(&name)?;
        domain.has_turn = false;
        let mail = domain.waiting.pop_front()?;
        domain.under_way += 1;
        self.waiting -= 1;
        self.under_way += 1;
        self.give_turn(&name);
        Some(mail)
    }

    /// A mail to this domain is not under way any more.
    pub(super) fn ended(&mut self, name: &str) {
        let Some(domain) = self.domains.get_mut(name) else { return };
        domain.under_way -= 1;
        self.under_way -= 1;
        if domain.under_way == 0 && domain.waiting.is_empty() {
            self.domains.remove(name);
        } else {
            self.give_turn(name);
        }
    }

    /// Lays down what was not begun.
    pub(super) fn lay_down(&mut self) -> Vec<Claimed> {
        self.turn.clear();
        self.waiting = 0;
        let mut left = Vec::new();
        for domain in self.domains.values_mut() {
            domain.has_turn = false;
            left.extend(domain.waiting.drain(..));
        }
        self.domains.retain(|_, domain| domain.under_way > 0);
        left
    }

    /// How many mails of each domain are in hand.
    pub(super) fn held(&self) -> HashMap<String, usize> {
        let held = |domain: &Domain| domain.waiting.len() + domain.under_way;
        self.domains.iter().map(|(name, domain)| (name.clone(), held(domain))).collect()
    }

    /// How many mails are in hand.
    pub(super) fn len(&self) -> usize {
        self.waiting + self.under_way
    }

    /// Whether more could be under way than there is to begin.
    pub(super) fn is_idle(&self) -> bool {
        self.turn.is_empty() && self.under_way < self.at_once
    }

    fn give_turn(&mut self, name: &str) {
        let Some(domain) = self.domains.get_mut(name) else { return };
        if !domain.has_turn && !domain.waiting.is_empty() && domain.under_way < self.per_domain {
            domain.has_turn = true;
            self.turn.push_back(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discussion::{Delivery, EditionId, ListId, MemberId, OutboxId, Schedule};
    use crate::message::Address;

    fn mails(domain: &str, ids: std::ops::Range<i64>) -> Vec<Claimed> {
        let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mail = |id| Claimed {
            id: OutboxId(id),
            attempt: 1,
            list: ListId(1),
            member: MemberId(id),
            edition: EditionId(1),
            part: 1,
            token_key: 1,
            recipient: Address::of_parts("reader", domain),
            name: None,
            schedule: schedule.clone(),
            dated: at,
            queued_at: at,
            lease_ends: at,
            dkim: 0,
        };
        ids.map(mail).collect()
    }

    fn begun(hand: &mut Hand) -> Vec<i64> {
        std::iter::from_fn(|| hand.begin()).map(|mail| mail.id.0).collect()
    }

    #[test]
    fn a_domain_has_its_bound_and_the_others_take_turns() {
        let mut hand = Hand::new(7, 2);
        hand.take(mails("slow.example", 0..10));
        hand.take(mails("a.example", 10..13));
        hand.take(mails("b.example", 20..21));
        assert_eq!(begun(&mut hand), [0, 10, 20, 1, 11]);
        assert!(hand.is_idle() && hand.len() == 14);
        hand.ended("a.example");
        assert_eq!(begun(&mut hand), [12]);
        hand.ended("slow.example");
        assert_eq!(begun(&mut hand), [2]);
        assert_eq!(hand.held()["slow.example"], 9);
    }

    #[test]
    fn no_more_are_under_way_than_may_be() {
        let mut hand = Hand::new(3, 2);
        for (domain, id) in [("a.example", 0), ("b.example", 10), ("c.example", 20), ("d.example", 30)] {
            hand.take(mails(domain, id..id + 5));
        }
        assert_eq!(begun(&mut hand), [0, 10, 20]);
        assert!(!hand.is_idle());
        hand.ended("b.example");
        assert_eq!(begun(&mut hand), [30]);
    }

    #[test]
    fn what_was_not_begun_is_laid_down_whole_and_what_is_under_way_stays() {
        let mut hand = Hand::new(8, 2);
        hand.take(mails("a.example", 0..5));
        hand.take(mails("b.example", 10..11));
        assert_eq!(begun(&mut hand).len(), 3);
        let mut left: Vec<i64> = hand.lay_down().into_iter().map(|mail| mail.id.0).collect();
        left.sort_unstable();
        assert_eq!((left, hand.len()), (vec![2, 3, 4], 3));
        for domain in ["a.example", "a.example", "b.example"] {
            hand.ended(domain);
        }
        assert!(hand.len() == 0 && hand.held().is_empty());
    }
}
