//! The engine without sockets: gate, store, digests and delivery over a real database file, with a clock that the test
//! moves and a relay that remembers.

mod bounces;
mod delivery;
mod hostile;
mod ledger;
mod list;
mod owner;
mod readers;
mod reports;
mod schema;
mod texts;
mod threading;
mod trace;
