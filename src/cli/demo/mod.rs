//! `rejoinder demo`: the whole loop with nothing set up. A story is played on the real engine, by real SMTP through both
//! doors into a mailbox of its own, told as it happens, and checked against what was written down before.

mod checking;
mod play;
mod received;
mod relayed;
mod sending;
mod stage;
mod story;
mod telling;
mod tree;

use std::path::Path;

use jiff::Timestamp;

use self::play::Play;
use self::stage::Stage;
use self::story::Story;
use self::telling::Telling;
use super::arguments::Demo;
use super::serve::told_to_end;
use super::wording;
use crate::clock::Clock;

/// Plays the story in `data`, or in a fresh folder; then, unless it is to end, keeps the engine running.
///
/// # Errors
/// A sentence for a person, also where the story did not come out as expected: what was wrong has been told then.
pub async fn run(wishes: &Demo, data: Option<&Path>) -> anyhow::Result<()> {
    let began = Clock::system().now();
    let story = Story::read()?;
    let telling = Telling::new();
    let stage = Stage::set_up(&stage::folder(data)?, &story, wishes).await?;
    let outcome = whole(wishes, &story, &stage, &telling, began).await;
    stage.engine.stop().await;
    outcome
}

async fn whole(wishes: &Demo, story: &Story, stage: &Stage, telling: &Telling, began: Timestamp) -> anyhow::Result<()> {
    prologue(telling, stage)?;
    Play::new(story, stage, telling).whole().await?;
    if let Some(relayed) = &stage.relayed
        && let Some((count, gone)) = relayed.came_back(&stage.installation, &stage.list)?
    {
        telling.line(&format!("\n  {count} mails to {gone} came back, each to an address of its own."))?;
    }
    let took = Clock::system().now().duration_since(began).as_secs_f64();
    telling.heading("The end")?;
    let good = telling.green("Everything came out as expected.");
    telling.line(&format!("{good} Two days went by in {took:.1} seconds."))?;
    where_to_look(telling, stage)?;
    if wishes.once {
        return Ok(());
    }
    serve_on(telling, stage).await
}

/// From here on time is the machine's, and mail is whatever people send.
async fn serve_on(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let story_ends = stage.installation.clock.now();
    stage.installation.clock.release();
    stage.engine.nudge();
    // Listened for before anything is said of it: whoever reads that may end us at once.
    let told_to_end = told_to_end()?;
    by_hand(telling, stage)?;
    if stage.installation.clock.now() < story_ends {
        telling.line("This machine's clock stands before the end of the story: no digest comes before then.")?;
    }
    told_to_end.await;
    Ok(telling.line("\nGoodbye.")?)
}

fn prologue(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let address = stage.list.address(&stage.installation.config.server.domain);
    let people = stage.installation.store.members(stage.list.id, false)?.len();
    if let Some(relayed) = &stage.relayed {
        let relay = stage.installation.config.relay.url_for_people();
        telling.line(&format!("\nMail goes out through {relay}, which is to bring it to {}.", relayed.mailbox))?;
    }
    telling.line("")?;
    telling.line(&format!(
        "This is {}, a mailing list: {}",
        telling.bold(&stage.list.title),
        telling.bold(address.as_str())
    ))?;
    telling.line(&format!("{people} people are on it, from Buenos Aires to Hobart. Some read each mail at once,"))?;
    telling.lines(
        "some a digest at an hour of their own, and one only writes. Their mail is real:\n\
         it goes by SMTP through the doors of a real engine (public is made for the open\n\
         internet, local is for programs on this machine), and out into a mailbox that\n\
         stands in for everybody's. Nothing leaves this machine.",
    )?;
    Ok(())
}

fn where_to_look(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    telling.line(&format!("All of it is kept in {}\n", stage.installation.folder.display()))?;
    telling.line(&format!("  {}", command("mailbox show", stage)))?;
    telling.line("    every mail that went out; with a number after `show`, that one in full\n")?;
    telling.line(&format!("  {}", command("export --list talk --format threads", stage)))?;
    telling.line("    the discussion, for another program\n")?;
    telling.line(&format!("  {}", stage.installation.mailbox().display()))?;
    telling.line("    a Maildir: open it in a mail program to see the digests as HTML")?;
    Ok(())
}

fn by_hand(telling: &Telling, stage: &Stage) -> anyhow::Result<()> {
    let Some(door) = stage.engine.listening.smtp else { return Ok(()) };
    telling.heading("Now you")?;
    telling.line("The engine keeps running, and its time is now that of this machine. Tomasz, who")?;
    telling.line("reads once a week, has just got his digest: his Monday has come.\n")?;
    telling.line(&format!("It takes mail at {door}. Write as Marina, with either of\n"))?;
    telling.line(&format!("  swaks --server {door} --from marina@example.org --to talk@lists.example \\"))?;
    telling.line("      --header 'Subject: A third post' --body 'What shall we talk about?'\n")?;
    telling.line(&format!(
        "  python3 -c 'import smtplib; smtplib.SMTP(\"{}\", {}).sendmail(",
        door.ip(),
        door.port()
    ))?;
    telling.line("      \"marina@example.org\", \"talk@lists.example\",")?;
    telling.line("      \"From: marina@example.org\\r\\nSubject: A third post\\r\\n\\r\\nWell?\\r\\n\")'\n")?;
    telling.line("See who has it already, see what Mira will read, make tomorrow's digests today:\n")?;
    telling.line(&format!("  {}", command("mailbox show", stage)))?;
    telling.line(&format!("  {}", command("digest preview --list talk --member mira@example.net", stage)))?;
    let run = format!("digest run --at {}", tomorrow(Clock::system().now()));
    telling.line(&format!("  {}\n", command(&run, stage)))?;
    telling.line("Ctrl-C ends it; the folder stays.")?;
    Ok(())
}

/// A day from now, without seconds.
fn tomorrow(now: Timestamp) -> Timestamp {
    let minutes = now.as_second() / 60 + 24 * 60;
    Timestamp::from_second(minutes * 60).unwrap_or(now)
}

/// A command to type next: this program, however it was called, over this data folder.
fn command(words: &str, stage: &Stage) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "rejoinder".to_owned());
    wording::command(words, &stage.installation.folder).replacen("rejoinder", &program, 1)
}
