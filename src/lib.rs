//! Rejoinder: an email-driven discussion list engine. An author mails a post, subscribers answer by email, readers
//! get digests that can be answered by pressing Reply.
//!
//! The rooms, in order of rank; a room imports from lower ranks only (`tests/tidy.rs` holds it). `docs/ARCHITECTURE.md`
//! tells the whole on one page.
//!
//! A reply's way: a door (`smtp`) takes it, `intake` reads it and gathers the evidence of what it answers, `store` takes
//! it in, and in that transaction `thread` finds its place. Then `digest` makes editions, `compose` renders them, and
//! `deliver` sends them.

// rank 0: know nothing of each other
pub mod clock;
pub mod config;
pub mod dns;
pub mod log;
pub mod message;
// rank 1: the nouns
pub mod discussion;
// rank 2: what is made of nouns
pub mod token;
// rank 3: one craft each, pure where it can be
pub mod bounce;
pub mod command;
pub mod compose;
pub mod dkim;
pub mod reply;
pub mod schedule;
pub mod smtp;
pub mod thread;
pub mod trust;
// rank 4: what is kept
pub mod mailbox;
pub mod store;
// rank 5: what happens to it
pub mod deliver;
pub mod digest;
pub mod intake;
// rank 6: a data folder, opened; what goes in and out as files; and the pages
pub mod installation;
pub mod moving;
pub mod web;
// rank 7: the wiring
pub mod serve;
// rank 8: what a person touches
pub mod cli;
