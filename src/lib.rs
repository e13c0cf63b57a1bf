//! Rejoinder: an email-driven discussion list engine. An author mails a post, subscribers answer by email, readers
//! get digests that can be answered by pressing Reply.
//!
//! The rooms, in order of rank; a room imports from lower ranks only (`tests/tidy.rs` holds it). `docs/ARCHITECTURE.md`
//! tells the whole on one page.

// rank 0: know nothing of each other
pub mod clock;
pub mod message;
// rank 1: the nouns
pub mod discussion;
// rank 2: what is made of nouns
pub mod token;
// rank 3: one craft each, pure where it can be
pub mod smtp;
// rank 4: what keeps
pub mod mailbox;
