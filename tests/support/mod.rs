//! What tests of the doors share: a receiver that writes down what it got, and a client that says what it is told to.

pub mod client;
pub mod recorder;
