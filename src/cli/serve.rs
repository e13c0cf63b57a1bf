//! `serve`: the engine, until it is told to end.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::lookup;
use super::wording::{command, note};
use crate::config::{Dkim, Proof};
use crate::dkim::KeySet;
use crate::installation::Installation;
use crate::serve::{Engine, Listening};

pub(super) fn run(folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let installation = lookup::installation(folder)?;
    crate::log::start(installation.config.log.level.as_str());
    take_descriptors();
    let runtime = tokio::runtime::Runtime::new().context("no threads to serve with")?;
    runtime.block_on(async {
        // Listened for before anything is said to be ready: whoever reads that may end us at once.
        let told_to_end = told_to_end()?;
        let engine = Engine::start(&installation).await?;
        warn(&installation, &engine.listening);
        let renewing = renewing(&engine)?;
        announce(&engine.listening, out)?;
        tokio::select! {
            () = told_to_end => {}
            () = renewing => {}
        }
        tracing::info!("told to end; finishing what is in flight");
        engine.stop().await;
        anyhow::Ok(())
    })
}

/// Takes all the file descriptors that the system lets us have. Each session needs one, and where we are started with 1024,
/// as is common, those of `[limits] sessions` and the rest do not fit.
#[cfg(unix)]
fn take_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, descriptors = current, "the limit of file descriptors stays as it was");
    }
}

/// Their limit is none of ours here.
#[cfg(not(unix))]
fn take_descriptors() {}

/// A line for each door, `what ADDRESS:PORT`: it is open by then.
fn announce(listening: &Listening, out: &mut dyn Write) -> anyhow::Result<()> {
    let Listening { smtp, lmtp, web, local, mailbox } = *listening;
    let doors = [("smtp", smtp), ("lmtp", lmtp), ("web", web), ("local", local), ("mailbox", mailbox)];
    for (what, address) in doors {
        if let Some(address) = address {
            writeln!(out, "{what} {address}")?;
        }
    }
    Ok(out.flush()?)
}

/// What must not be overheard, whatever the log's level.
fn warn(installation: &Installation, listening: &Listening) {
    let Installation { folder, config, .. } = installation;
    if listening.mailbox.is_some() {
        note("WARNING: no relay is set. Mail to readers goes into the mailbox in the data folder and reaches nobody.");
        note(format_args!(
            "  `{}` shows it; set [relay] url in rejoinder.toml to reach people.",
            command("mailbox show", folder)
        ));
    }
    if let Some(lmtp) = config.smtp.lmtp_listen.filter(|lmtp| !lmtp.ip().is_loopback()) {
        note(format_args!("WARNING: LMTP listens on {lmtp}: let nobody but your own mail server reach it."));
    }
    if config.relay.dkim == Dkim::On && installation.signer.newest() == KeySet::NONE {
        note(format_args!(
            "WARNING: there are no DKIM keys, so mail goes unsigned; `{}` makes some.",
            command("doctor --make-keys", folder)
        ));
    }
    if let Some(url) = config.web.url().filter(|_| config.web.listen.is_none()) {
        note(format_args!(
            "WARNING: mails link to {url}, but [web] listen is empty, so no pages are served there: nobody can leave by them."
        ));
    }
    let others = [listening.smtp, listening.lmtp].into_iter().flatten().find(|door| !door.ip().is_loopback());
    if let Some(door) = others.filter(|_| config.trust.proof == Proof::Off) {
        note(format_args!(
            "WARNING: [trust] proof is \"off\" and {door} is open to others: whoever reaches it can write in anybody's name."
        ));
        note("  Set it to \"preferred\" in rejoinder.toml, unless a server in front lets in proven senders only.");
    }
}

/// Has the certificate read again on each SIGHUP, without end. Where there is none, at a terminal, SIGHUP keeps its meaning:
/// the terminal is gone.
#[cfg(unix)]
fn renewing(engine: &Engine) -> anyhow::Result<impl Future<Output = ()>> {
    use std::io::IsTerminal;

    use tokio::signal::unix::{SignalKind, signal};
    let means_renew = engine.encrypts() || !std::io::stdout().is_terminal();
    let hang_up = if means_renew { Some(signal(SignalKind::hangup())?) } else { None };
    Ok(async move {
        if let Some(mut hang_up) = hang_up {
            while hang_up.recv().await.is_some() {
                engine.renew_certificate();
            }
        }
        std::future::pending::<()>().await;
    })
}

/// Nothing tells us to read the certificate again here.
#[cfg(not(unix))]
fn renewing(_engine: &Engine) -> anyhow::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Ends when the process is asked to: by SIGTERM, or by Ctrl-C.
#[cfg(unix)]
pub(super) fn told_to_end() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ends when the process is asked to, by Ctrl-C.
#[cfg(not(unix))]
pub(super) fn told_to_end() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where it cannot be listened for, nobody can ask.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
