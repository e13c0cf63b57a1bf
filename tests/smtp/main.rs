//! The doors, over real sockets.

mod client;
mod dialogues;
mod doors;
mod fuzz;
mod recorder;
mod replies;
mod talks;
