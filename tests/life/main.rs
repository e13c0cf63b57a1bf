//! Members as they live with a list: the whole engine with its real settings file, mail by real SMTP in and out, and what
//! people's mail programs send. Only the clock is the test's.

mod client;
#[path = "../engine/dns.rs"]
#[expect(dead_code, reason = "others fake more with it")]
mod dns;
mod forged;
#[path = "../engine/key.rs"]
mod key;
#[path = "../relay/sink.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod sink;
mod walk;
mod world;
