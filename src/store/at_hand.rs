//! Lists at hand: the gate asks for a list at each recipient, and lists hardly ever change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use super::{Store, StoreError};
use crate::discussion::{List, ListName};

/// How long a list counts as it was read: by then it is seen what was changed, here or by another process.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// The lists that were asked for, and when each was read. One that is not there is looked for each time: it may have
/// just been made.
#[derive(Debug, Default)]
pub(super) struct AtHand(RwLock<HashMap<ListName, (Arc<List>, Timestamp)>>);

impl AtHand {
    fn fresh(&self, name: &ListName, now: Timestamp) -> Option<Arc<List>> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (list, read_at) = lists.get(name)?;
        (now.duration_since(*read_at).abs() < FRESH).then(|| Arc::clone(list))
    }

    fn keep(&self, list: &Arc<List>, now: Timestamp) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lists.insert(list.name.clone(), (Arc::clone(list), now));
    }
}

impl Store {
    /// The list of this name as it is, or as it was less than a second before `now`. What is written goes by
    /// the list as it is.
    pub fn list_at_hand(&self, name: &ListName, now: Timestamp) -> Result<Option<Arc<List>>, StoreError> {
        if let Some(list) = self.at_hand.fresh(name, now) {
            return Ok(Some(list));
        }
        let list = self.list_by_name(name)?.map(Arc::new);
        if let Some(list) = &list {
            self.at_hand.keep(list, now);
        }
        Ok(list)
    }

    /// Lists are read anew when they are next asked for: one at hand has turned out to be gone.
    pub fn forget_lists(&self) {
        self.at_hand.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discussion::{Delivery, Schedule};
    use crate::store::{Faults, ListChange, NewList};

    fn store(folder: &std::path::Path) -> Store {
        let store = Store::open(&folder.join("a.db"), Faults::none()).unwrap();
        store.create_list(new()).wait().unwrap();
        store
    }

    fn new() -> NewList {
        let schedule = Schedule { delivery: Delivery::Daily, hour: 7, weekday: 1, time_zone: "UTC".to_owned() };
        NewList { name: name(), title: "Talk".to_owned(), schedule, at: Timestamp::UNIX_EPOCH }
    }

    fn name() -> ListName {
        ListName::parse("talk").unwrap()
    }

    #[test]
    fn what_was_changed_is_seen_within_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let (store, now) = (store(folder.path()), Timestamp::UNIX_EPOCH);
        let title = |at| store.list_at_hand(&name(), at).unwrap().map(|list| list.title.clone());
        assert_eq!(title(now).as_deref(), Some("Talk"));
        let other = Store::open(&folder.path().join("a.db"), Faults::none()).unwrap();
        let list = store.list_by_name(&name()).unwrap().unwrap().id;
        let change = ListChange { title: Some("Theirs".to_owned()), ..ListChange::default() };
        other.change_list(list, change, now).wait().unwrap();
        assert_eq!(title(now).as_deref(), Some("Talk"));
        assert_eq!(title(now - FRESH).as_deref(), Some("Theirs"), "a clock that was set back makes nothing last");
        assert_eq!(title(now + FRESH).as_deref(), Some("Theirs"));
    }

    #[test]
    fn a_list_that_is_made_is_there_at_once_and_one_that_is_gone_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (store, now) = (store(folder.path()), Timestamp::UNIX_EPOCH);
        let other = ListName::parse("other").unwrap();
        assert!(store.list_at_hand(&other, now).unwrap().is_none());
        store.create_list(NewList { name: other.clone(), ..new() }).wait().unwrap();
        let made = store.list_at_hand(&other, now).unwrap().unwrap();
        store.remove_list(made.id, now).wait().unwrap();
        store.forget_lists();
        assert!(store.list_at_hand(&other, now).unwrap().is_none());
    }
}
