//! Who may do what, and what must never be shown. Pure.

mod admit;
mod redact;
mod spam;
mod tokens;

pub use admit::{Admission, Asked, Proof, Sender, Why, admit};
pub use redact::{Hidden, redact};
pub use spam::{marked_spam, taken_by};
pub use tokens::without_tokens;
