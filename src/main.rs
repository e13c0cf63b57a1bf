//! The program: reads its arguments, does what they say, and tells by its exit status how it went: 0 done, 1 failed,
//! 2 wrong use.

use std::process::ExitCode;

/// For the whole program: see `Cargo.toml` for why.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// mimalloc's `mi_option_purge_delay`, which its crate names no constant for.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Has memory that is free go back to the system at once. By itself mimalloc keeps it for a second, and twenty clients
/// that begin large mails together then take half as much again; giving it back costs nothing that we could measure.
fn keep_no_free_memory() {
    // SAFETY: it sets a number by its place in a table, takes no pointer, and no other thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) }
}

fn main() -> ExitCode {
    keep_no_free_memory();
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
