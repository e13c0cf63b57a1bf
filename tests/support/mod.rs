//! What tests with sockets share.

pub mod sink;
pub mod tls_sink;
