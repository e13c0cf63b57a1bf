//! Who may come in, and who must go for it: out of places, the session that has been idle longest ends, so that no idle
//! or slow client keeps another out. The same where mails being read have all the memory: those who hold some of it go.
//!
//! Idleness is counted in turns instead of seconds: each time a client gets on, it takes the door's next turn. The one
//! with the lowest turn is the one that has been idle longest, and no clock is needed for that.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Limits;

/// The turn of a session that waits for us, not for its client. Such a session is never ended: its mail may just have
/// been kept, and the client is to hear so.
const BUSY: u64 = u64::MAX;

/// The sessions of a door.
pub struct Admission {
    sessions: usize,
    sessions_per_address: usize,
    turn: AtomicU64,
    places: Mutex<Places>,
}

/// Those who are in, by a number of their own.
#[derive(Default)]
struct Places {
    next: u64,
    taken: HashMap<u64, Arc<Place>>,
}

struct Place {
    client: IpAddr,
    /// The turn at which it last got on, or [`BUSY`].
    turn: AtomicU64,
    /// Octets that it holds of the memory for mails being read.
    held: AtomicUsize,
    /// Told once, when its place was given to another.
    leave: Notify,
}

/// A session's place; dropped, it is free again.
pub struct Ticket {
    admission: Arc<Admission>,
    number: u64,
    place: Arc<Place>,
}

/// Why a client must wait: all places are taken by sessions that wait for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All there are.
    Door,
    /// All that one address may have.
    Address,
}

impl Admission {
    /// Nobody is in yet.
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            sessions: limits.sessions,
            sessions_per_address: limits.sessions_per_address,
            turn: AtomicU64::new(0),
            places: Mutex::default(),
        })
    }

    /// A place for the client at `address`, if need be that of the session that has been idle longest: of this client's
    /// own where it has all that it may have, else of all.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Ticket, Full> {
        let client = client_of(address);
        let mut places = self.places();
        let own = places.taken.values().filter(|place| place.client == client).count();
        if own >= self.sessions_per_address {
            places.end_longest_idle(|_, place| place.client == client).ok_or(Full::Address)?;
        } else if places.taken.len() >= self.sessions {
            places.end_longest_idle(|_, _| true).ok_or(Full::Door)?;
        }
        let number = places.next;
        places.next += 1;
        let (turn, held) = (AtomicU64::new(self.next_turn()), AtomicUsize::new(0));
        let place = Arc::new(Place { client, turn, held, leave: Notify::new() });
        places.taken.insert(number, Arc::clone(&place));
        Ok(Ticket { admission: Arc::clone(self), number, place })
    }

    /// Ends the session that has been idle longest; whether there was one. For what is short besides places.
    pub fn end_longest_idle(&self) -> bool {
        self.places().end_longest_idle(|_, _| true).is_some()
    }

    fn next_turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// The places are right after every step, so a panic elsewhere spoils nothing.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// Takes its place from the one among `those` that has been idle longest, and tells it to leave.
    fn end_longest_idle(&mut self, those: impl Fn(u64, &Place) -> bool) -> Option<Arc<Place>> {
        let turns = self.taken.iter().filter(|(number, place)| those(**number, place));
        let turns = turns.map(|(number, place)| (place.turn.load(Ordering::Relaxed), *number));
        let (_, number) = turns.filter(|(turn, _)| *turn != BUSY).min()?;
        let place = self.taken.remove(&number)?;
        place.leave.notify_one();
        Some(place)
    }
}

impl Ticket {
    /// The client got on: a whole command or a good piece of a mail came from it, or it has just been answered.
    pub fn got_on(&self) {
        self.place.turn.store(self.admission.next_turn(), Ordering::Relaxed);
    }

    /// The client waits for us, until [`Ticket::got_on`].
    pub fn busy(&self) {
        self.place.turn.store(BUSY, Ordering::Relaxed);
    }

    /// Of the memory for mails being read, the client holds so much now.
    pub fn holds(&self, octets: usize) {
        self.place.held.store(octets, Ordering::Relaxed);
    }

    /// There is no memory for `wanted` octets of this client's mail: the sessions that hold some and have been idle longest
    /// end until there is so much, as far as there are such. It is free once they have left.
    pub fn make_room(&self, wanted: usize) {
        let mut places = self.admission.places();
        let mut freed = 0;
        while freed < wanted {
            let others = |number, place: &Place| number != self.number && place.held.load(Ordering::Relaxed) > 0;
            let Some(ended) = places.end_longest_idle(others) else { return };
            freed += ended.held.load(Ordering::Relaxed);
        }
    }

    /// Waits until the place was given to another.
    pub fn told_to_leave(&self) -> impl Future<Output = ()> + use<> {
        let place = Arc::clone(&self.place);
        async move { place.leave.notified().await }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.admission.places().taken.remove(&self.number);
    }
}

/// What counts as one client: an IPv4 address, or the /64 of IPv6 that a single site is given.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(sessions: usize, sessions_per_address: usize) -> Arc<Admission> {
        Admission::new(&Limits { sessions, sessions_per_address, ..Limits::default() })
    }

    fn admit(door: &Arc<Admission>, address: &str) -> Result<Ticket, Full> {
        door.admit(address.parse().unwrap())
    }

    /// Whether its place was given to another.
    fn left(ticket: &Ticket) -> bool {
        !ticket.admission.places().taken.contains_key(&ticket.number)
    }

    #[tokio::test]
    async fn out_of_places_the_longest_idle_session_is_told_to_leave() {
        let door = door(3, 3);
        let first = admit(&door, "192.0.2.1").unwrap();
        let second = admit(&door, "192.0.2.2").unwrap();
        let third = admit(&door, "192.0.2.3").unwrap();
        first.got_on();
        let fourth = admit(&door, "192.0.2.4").unwrap();
        assert_eq!([&first, &second, &third, &fourth].map(left), [false, true, false, false]);
        second.told_to_leave().await;
        drop(second);
        assert_eq!(door.places().taken.len(), 3, "a place that was given to another is not freed twice");
        drop((first, third, fourth));
        assert!(door.places().taken.is_empty());
    }

    #[test]
    fn an_address_that_has_all_it_may_have_ends_its_own_and_no_others() {
        let door = door(9, 2);
        let other = admit(&door, "198.51.100.1").unwrap();
        let first = admit(&door, "192.0.2.1").unwrap();
        let second = admit(&door, "::ffff:192.0.2.1").unwrap();
        let _third = admit(&door, "192.0.2.1").unwrap();
        assert_eq!([&other, &first, &second].map(left), [false, true, false]);
        let site = admit(&door, "2001:db8::1").unwrap();
        let _same = admit(&door, "2001:db8:0:0:ffff::").unwrap();
        let _next = admit(&door, "2001:db8:0:1::1").unwrap();
        assert!(!left(&site));
        let _same = admit(&door, "2001:db8::2").unwrap();
        assert!(left(&site));
    }

    #[test]
    fn out_of_memory_those_who_hold_some_and_have_been_idle_longest_go_but_neither_who_wants_it_nor_who_waits_for_us() {
        let door = door(9, 9);
        let tickets = [(); 6].map(|()| admit(&door, "192.0.2.1").unwrap());
        let [bare, busy, first, wants, second, third] = &tickets;
        bare.holds(0);
        for ticket in [busy, first, wants, second, third] {
            ticket.holds(100);
        }
        busy.busy();
        first.got_on();
        wants.make_room(101);
        assert_eq!(tickets.each_ref().map(left), [false, false, false, false, true, true]);
        wants.make_room(1);
        assert!(left(first));
        wants.make_room(1);
        assert_eq!([bare, busy, wants].map(left), [false; 3]);
    }

    #[test]
    fn a_session_that_waits_for_us_is_never_ended() {
        let door = door(2, 2);
        let first = admit(&door, "192.0.2.1").unwrap();
        let second = admit(&door, "192.0.2.1").unwrap();
        first.busy();
        second.busy();
        assert_eq!(admit(&door, "192.0.2.1").err(), Some(Full::Address));
        assert_eq!(admit(&door, "198.51.100.1").err(), Some(Full::Door));
        first.got_on();
        let _third = admit(&door, "198.51.100.1").unwrap();
        assert_eq!([&first, &second].map(left), [true, false]);
    }
}
