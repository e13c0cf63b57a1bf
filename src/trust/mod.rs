//! Who may do what, and what must never be shown. Pure.

mod admit;
mod redact;
mod tokens;

pub use admit::{Admission, Asked, Proof, Sender, Why, admit};
pub use redact::{Hidden, redact};
pub use tokens::without_tokens;
