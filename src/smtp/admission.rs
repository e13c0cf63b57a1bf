//! Who may come in: sessions counted in all and by address, so that no one client keeps the others out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Limits;

/// The count of sessions of a door.
pub struct Admission {
    sessions: usize,
    sessions_per_address: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A session's place; dropped, it is free again.
pub struct Ticket {
    admission: Arc<Admission>,
    client: IpAddr,
}

/// Why a client must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All sessions are taken.
    Door,
    /// All that one address may have are taken.
    Address,
}

impl Admission {
    /// Nobody is in yet.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let (sessions, sessions_per_address) = (limits.sessions, limits.sessions_per_address);
        Arc::new(Self { sessions, sessions_per_address, open: Mutex::default() })
    }

    /// A place for the client at `address`, or why there is none.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Ticket, Full> {
        let client = client_of(address);
        let mut open = self.open();
        if open.values().sum::<usize>() >= self.sessions {
            return Err(Full::Door);
        }
        let own = open.entry(client).or_default();
        if *own >= self.sessions_per_address {
            return Err(Full::Address);
        }
        *own += 1;
        Ok(Ticket { admission: Arc::clone(self), client })
    }

    /// The counts are right after every step, so a panic elsewhere spoils nothing.
    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        if let Some(own) = open.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.remove(&self.client);
            }
        }
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

    #[test]
    fn sessions_are_counted_in_all_and_by_client_and_free_again_when_dropped() {
        let admission = Admission::new(&Limits { sessions: 3, sessions_per_address: 2, ..Limits::default() });
        let admit = |address: &str| admission.admit(address.parse().unwrap());
        let first = admit("192.0.2.1").unwrap();
        let _second = admit("::ffff:192.0.2.1").unwrap();
        assert_eq!(admit("192.0.2.1").err(), Some(Full::Address));
        let third = admit("2001:db8::1").unwrap();
        assert_eq!(admit("198.51.100.1").err(), Some(Full::Door));
        drop(first);
        let _fourth = admit("2001:db8::2").unwrap();
        drop(third);
        let _fifth = admit("2001:db8:0:0:ffff::").unwrap();
        assert_eq!(admit("2001:db8::3").err(), Some(Full::Door));
        assert_eq!(admission.open().len(), 2);
    }
}
