//! Mail as it comes in: addresses, Message-IDs, parsed headers and bodies.

mod address;
mod id;

pub use address::{Address, BadAddress, mask};
pub use id::MessageId;
