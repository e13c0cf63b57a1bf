//! The program: reads its arguments, does what they say, and tells by its exit status how it went: 0 done, 1 failed,
//! 2 wrong use.

use std::process::ExitCode;

/// For the whole program: see `Cargo.toml` for why.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = rejoinder::cli::parse();
    // One cryptographic library for all of TLS; it fails only where one is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match rejoinder::cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if rejoinder::cli::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            rejoinder::cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
