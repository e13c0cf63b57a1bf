//! The single gate: every mail comes in here, whatever door it came through. It reads what can be read without the
//! store, hands the rest to one transaction, and answers only after the commit. Where a mail belongs (`thread`) and
//! whether it is published (`trust`) is decided inside that transaction.

mod address;
mod alike;
mod commanded;
mod complained;
mod explain;
mod files;
mod formatted;
mod hops;
mod import;
mod moderate;
mod prepare;
mod proof;
mod reader;
mod receive;
mod senders;
mod service;
mod shown;
mod suspicion;
mod word;

pub use address::{Wanted, wanted};
pub use explain::{Decision, Explanation, Nature, explain};
pub use import::Archived;
pub use prepare::{Gate, prepare};
pub use proof::SenderProof;
pub use receive::Intake;
pub use suspicion::Suspicion;
