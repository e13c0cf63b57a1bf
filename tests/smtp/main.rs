//! The doors, over real sockets.

mod client;
mod dialogues;
mod doors;
mod recorder;
mod replies;
