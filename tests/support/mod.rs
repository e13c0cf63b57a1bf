//! What tests with sockets share.

pub mod sink;
