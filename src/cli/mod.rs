//! The command line: what may be said, and one file for each command that does it.
//!
//! A command writes what it was asked for to `out`, which is standard output, and a word on the side by
//! `wording::note`, which is standard error. What it cannot do is an error: one sentence saying what and what to do.

pub mod arguments;
mod demo;
mod digest;
mod doctor;
mod explain;
mod export;
mod import;
mod init;
mod letter;
mod list;
mod lookup;
mod mailbox;
mod member;
mod moderate;
mod queue;
mod serve;
mod table;
mod wording;

use std::io::{self, BufWriter, ErrorKind, Write};

pub use arguments::{Arguments, Command};

/// Reads the program's arguments. Wrong use ends the program with status 2 and a sentence on standard error; `--help`
/// and `--version` print and end it with 0.
pub fn parse() -> Arguments {
    Arguments::read(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

/// Does what the arguments say.
///
/// # Errors
/// What could not be done, as one sentence.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let folder = arguments.data_folder().to_owned();
    if let Command::Demo(wishes) = &arguments.command {
        crate::log::start("warn");
        return tokio::runtime::Runtime::new()?.block_on(demo::run(wishes, arguments.data.as_deref()));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    // `serve` starts the log itself, as its settings say; a command is quiet unless something is wrong.
    if !matches!(arguments.command, Command::Serve) {
        crate::log::start("error");
    }
    match arguments.command {
        // Tells its story line by line, so it has standard output to itself.
        Command::Demo(_) => Ok(()),
        Command::Init(init) => init::run(&folder, &init, &mut out),
        Command::Serve => serve::run(&folder, &mut out),
        Command::List(what) => list::run(&folder, what, &mut out),
        Command::Member(what) => member::run(&folder, what, &mut out),
        Command::Explain(what) => explain::run(&folder, &what, &mut out),
        Command::Export(what) => export::run(&folder, &what, &mut out),
        Command::Import(what) => import::run(&folder, &what, &mut out),
        Command::Digest(what) => digest::run(&folder, what, &mut out),
        Command::Queue(what) => queue::run(&folder, what, &mut out),
        Command::Moderate(what) => moderate::run(&folder, what, &mut out),
        Command::Doctor(what) => doctor::run(&folder, &what, &mut out),
        Command::Mailbox(what) => mailbox::run(&folder, &what, &mut out),
    }?;
    Ok(out.flush()?)
}

/// Whether whoever read standard output has gone, as `| head` does: nothing is wrong then, and nothing to be said.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_broken = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_broken))
}

/// Says on standard error what went wrong: one line, whatever is in it.
pub fn complain(error: &anyhow::Error) {
    let sentence = format!("{error:#}");
    let line: Vec<&str> = sentence.split_whitespace().collect();
    wording::note(format_args!("rejoinder: {}", table::plain(&line.join(" "))));
}
