//! The command line: what may be said, and one file for each command that does it.

pub mod arguments;
pub mod demo;

pub use arguments::{Arguments, Command};

/// Reads the program's arguments. Wrong use ends the program with status 2 and a sentence on standard error; `--help`
/// and `--version` print and end it with 0.
pub fn parse() -> Arguments {
    <Arguments as clap::Parser>::parse()
}
