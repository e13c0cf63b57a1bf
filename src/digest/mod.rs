//! Digests: who is due, what is new to them, and an edition of it. Also the mails for readers of each.

mod assemble;
mod edition;
mod moderation;
mod reach;
mod report;
mod run;
mod welcome;

pub use edition::{Prepared, Press};
pub use report::Reported;
pub use run::{DigestError, Job, Made, Report};
