//! Who may do what, and what must never be shown. Pure.

mod admit;
mod joined;
mod redact;
mod sighting;
mod spam;
mod tokens;
mod view;

pub use admit::{Admission, Asked, Proof, Sender, Verdict, Why, admit};
pub use redact::{Hidden, redact, redact_all};
pub use spam::{marked_spam, taken_by};
