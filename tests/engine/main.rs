//! The engine without sockets: gate, store, digests and delivery over a real database file, with a clock that the test
//! moves and a relay that remembers. Only its pages have sockets.

mod asking;
mod bounces;
mod bounded;
#[cfg(unix)]
mod breaking;
mod bulk;
mod commands;
mod confirming;
mod damage;
mod delivery;
#[cfg(unix)]
mod disk;
mod dns;
mod endings;
mod floods;
mod formatted;
mod hostile;
mod imports;
mod key;
mod leaks;
mod ledger;
mod list;
mod lookups;
mod moderating;
mod name_server;
mod names;
mod originals;
mod owner;
mod pages;
mod proof;
mod provable;
mod reaching;
mod readers;
mod receipts;
mod relays;
mod reports;
mod responders;
mod rings;
mod rules;
mod schema;
mod shapes;
mod signed;
mod splitting;
mod suspicion;
mod texts;
mod threading;
mod trace;
