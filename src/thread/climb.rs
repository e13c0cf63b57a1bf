//! The way up a conversation from what a mail names, bounded: a mail may name a hundred items, each thousands of answers
//! deep, and the one writer must not stand still for it.

use std::collections::HashMap;

use super::place::Known;
use crate::discussion::ItemId;

/// How many steps are taken for one mail. No conversation of people is so deep.
const MOST_STEPS: usize = 1_000;

/// Ways up to one item. Each item is passed once, however many ways lead over it.
#[derive(Debug)]
pub struct Climb {
    to: ItemId,
    /// Whether those passed stand under it.
    passed: HashMap<ItemId, bool>,
    left: usize,
}

impl Climb {
    /// The ways up to this item.
    pub fn to(item: ItemId) -> Self {
        Self { to: item, passed: HashMap::new(), left: MOST_STEPS }
    }

    /// Whether such a way starts at `item`: it is the one at the end itself, or stands somewhere under it. Where that is
    /// not found out in a thousand steps for all that was asked, it is said to, so that no loop is ever made.
    pub fn starts_at<K: Known>(&mut self, item: ItemId, known: &K) -> Result<bool, K::Error> {
        let mut way = Vec::new();
        let mut at = Some(item);
        let found = loop {
            let Some(here) = at else { break false };
            if here == self.to {
                break true;
            }
            if let Some(found) = self.passed.get(&here) {
                break *found;
            }
            if self.left == 0 {
                break true;
            }
            self.left -= 1;
            way.push(here);
            at = known.parent(here)?;
        };
        self.passed.extend(way.into_iter().map(|here| (here, found)));
        Ok(found)
    }
}
