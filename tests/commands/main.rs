//! The program as a person at a terminal has it: words in, text and an exit status out.

#[path = "../smtp/client.rs"]
mod client;
mod doctor;
mod explain;
mod folder;
mod import;
mod lists;
mod mail;
mod members;
mod moderating;
#[path = "../engine/name_server.rs"]
mod name_server;
mod serving;
mod starting;
