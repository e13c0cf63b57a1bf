//! The program.

use std::process::ExitCode;

use rejoinder::cli::{self, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = cli::parse();
    rejoinder::log::start("warn");
    let done = match &arguments.command {
        Command::Demo(demo) => cli::demo::run(demo, arguments.data.as_deref()).await,
        _ => Err(anyhow::anyhow!("not here yet")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rejoinder: {error:#}");
            ExitCode::FAILURE
        }
    }
}
