//! Delivery: mail that waits in the outbox is handed to the relay, and what the relay said is written back.
//!
//! [`Relay`] is the seam: [`SmtpRelay`] speaks SMTP over connections of its own, a simulated one stands in for a year of
//! mail in a second of test.

mod connection;
mod courier;
mod hand;
mod line_ends;
mod maker;
mod opening;
mod refusal;
mod relay;
mod relay_url;
mod retry;
mod round;
mod smtp_relay;

pub use connection::Timeouts;
pub use courier::{Courier, Dispatch, Tally};
pub use refusal::{About, RelayError, ServerText, Step};
pub use relay::{Accepted, Outgoing, Relay};
pub use relay_url::{BadRelayUrl, Credentials, Encryption, Endpoint, RelayUrl};
pub use retry::{Next, next_attempt};
pub use round::Calls;
pub use smtp_relay::{ConnectionLimits, SmtpRelay};
