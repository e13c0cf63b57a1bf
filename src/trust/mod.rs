//! Who may do what, and what must never be shown. Pure.

mod admit;
mod authentication;
mod joined;
mod name;
mod redact;
mod rules;
mod sighting;
mod spam;
mod tokens;
mod view;

pub use admit::{Admission, Asked, Credentials, Proof, Sender, Verdict, Why, admit};
pub use authentication::{
    RelayDmarc, RelayWord, Voucher, author_domain, has_several_from, may_align, taken_last_by, word_of,
};
pub use name::{Likeness, told_apart};
pub use redact::{Hidden, redact, redact_all};
pub use rules::{Measure, ruled};
pub use spam::{marked_spam, taken_by};
