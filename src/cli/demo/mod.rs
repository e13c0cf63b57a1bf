//! `rejoinder demo`: the whole loop with nothing set up. A story is played on the real engine, by real SMTP through both
//! doors into a mailbox of its own, told as it happens, and checked against what was written down before.

mod checking;
mod play;
mod received;
mod sending;
mod stage;
mod story;
mod telling;
mod tree;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use self::play::Play;
use self::stage::Stage;
use self::story::Story;
use self::telling::Telling;
use crate::cli::arguments::Demo;
use crate::clock::Clock;

/// Plays the story in `data`, or in a fresh folder; then, unless it is to end, keeps the engine running.
///
/// # Errors
/// A sentence for a person, also where the story did not come out as expected: what was wrong has been told then.
pub async fn run(wishes: &Demo, data: Option<&Path>) -> anyhow::Result<()> {
    let story = Story::read()?;
    let telling = Telling::new();
    let folder = stage::folder(data)?;
    let stage = Stage::set_up(&folder, &story, wishes).await?;
    prologue(&telling, &stage)?;
    let outcome = Play::new(&story, &stage, &telling).whole().await;
    if outcome.is_ok() {
        epilogue(&telling, &stage)?;
        if !wishes.once {
            by_hand(&telling, &stage)?;
            until_told_to_end().await?;
            telling.line("\nGoodbye.")?;
        }
    }
    stage.engine.stop().await;
    outcome
}

fn prologue(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let address = stage.list.address(&stage.installation.config.server.domain);
    let people = stage.installation.store.members(stage.list.id, false)?.len();
    telling.line("")?;
    telling.line(&format!("This is {}, a mailing list: {}", telling.bold(&stage.list.title), telling.bold(address.as_str())))?;
    telling.line(&format!("{people} people are on it, from Buenos Aires to Hobart. Some read each mail as it comes,"))?;
    telling.lines(
        "some a digest at an hour of their own, and one only writes. Their mail is real:\n\
         it goes by SMTP through the doors of a real engine (public is made for the open\n\
         internet, local is for programs on this machine), and out into a mailbox that\n\
         stands in for everybody's. Nothing leaves this machine.",
    )?;
    Ok(())
}

fn epilogue(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let program = program();
    let folder = stage.installation.folder.display();
    telling.heading("Where to look next")?;
    telling.line(&format!("  {program} mailbox show --data {folder}"))?;
    telling.line("    every mail that went out; with a number behind `show`, that one in full\n")?;
    telling.line(&format!("  {}", stage.installation.mailbox().display()))?;
    telling.line("    the same as a Maildir: open it in any mail program, to see digests as HTML\n")?;
    telling.line(&format!(
        "  {program} digest preview --list talk \\\n      --member tomasz@example.com --data {folder}"
    ))?;
    telling.line("    what is in store for Tomasz, who reads once a week")?;
    telling.line(&format!("\n{}", telling.green("Everything came out as expected.")))?;
    Ok(())
}

fn by_hand(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let (program, folder) = (program(), stage.installation.folder.display());
    stage.installation.clock.release();
    stage.engine.nudge();
    let now = Clock::system().now();
    telling.heading("Now you")?;
    let Some(door) = stage.engine.listening.smtp else { return Ok(()) };
    telling.line(&format!("The engine keeps running, and time is that of this machine. It takes mail at {door}.\nWrite as the author, with either of\n"))?;
    telling.line(&format!(
        "  swaks --server {door} --from marina@example.org --to talk@lists.example \\\n      --header 'Subject: A third post' --body 'What shall we talk about?'\n"
    ))?;
    telling.line(&format!(
        "  python3 -c 'import smtplib; smtplib.SMTP(\"{}\", {}).sendmail(\n      \"marina@example.org\", \"talk@lists.example\",\n      \"From: marina@example.org\\r\\nSubject: A third post\\r\\n\\r\\nWell?\\r\\n\")'\n",
        door.ip(),
        door.port()
    ))?;
    telling.line("then see who has it already, and make tomorrow's digests today:\n")?;
    telling.line(&format!("  {program} mailbox show --data {folder}"))?;
    telling.line(&format!("  {program} digest run --at {} --data {folder}\n", tomorrow(now)))?;
    telling.line("Ctrl-C ends it; the folder stays.")?;
    Ok(())
}

/// A day from now, without seconds.
fn tomorrow(now: Timestamp) -> Timestamp {
    let minutes = now.as_second() / 60 + 24 * 60;
    Timestamp::from_second(minutes * 60).unwrap_or(now + SignedDuration::ZERO)
}

/// What to type to run this program again.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "rejoinder".to_owned())
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn until_told_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            told = tokio::signal::ctrl_c() => told,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
