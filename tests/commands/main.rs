//! The program as a person at a terminal has it: words in, text and an exit status out.

mod folder;
mod lists;
mod mail;
mod members;
mod starting;
