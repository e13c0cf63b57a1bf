//! `list create|show|set|remove`.

use clap::{ArgGroup, Args, Subcommand};

use super::value::{self, MaxBytes};
use crate::discussion::{Attachments, Delivery, FirstTime, ListName, Strangers, WhoAnswers, WhoPosts};
use crate::message::Address;

/// Under `rejoinder list --help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  rejoinder list show
  rejoinder list create talk --title Talk --owner marina@example.org
  rejoinder list set talk --delivery weekly --weekday sunday --hour 9 --time-zone Europe/Lisbon";

/// The flags of [`ListChoices`], by field.
const CHOICES: [&str; 17] = [
    "title",
    "description",
    "who_posts",
    "strangers",
    "who_answers",
    "first_time",
    "max_bytes",
    "attachments",
    "tell_senders",
    "contact_addresses",
    "latest_on_join",
    "delivery",
    "hour",
    "weekday",
    "time_zone",
    "footer",
    "owner",
];

/// `rejoinder list …`.
#[derive(Clone, Debug, Subcommand)]
pub enum ListCommand {
    /// Makes a list.
    ///
    /// It has nobody on it yet: `rejoinder member add --role author` gives it somebody who may start posts.
    #[command(after_help = "\
Example:
  rejoinder list create talk --title Talk --description \"On reading, slowly\" --strangers hold")]
    Create {
        /// Its name: what stands before the @ in its address, up to 24 letters, digits and `.-_`.
        #[arg(value_parser = ListName::parse)]
        name: ListName,
        /// How it is run.
        #[command(flatten)]
        choices: ListChoices,
    },
    /// Shows one list with all its settings, or all lists in a line each.
    #[command(after_help = "\
Examples:
  rejoinder list show
  rejoinder list show talk --json")]
    Show {
        /// The list; without it, all.
        #[arg(value_parser = ListName::parse)]
        name: Option<ListName>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Shows the posts of a list with their numbers, the latest last.
    ///
    /// A post's number is what `rejoinder moderate accept --under` takes. Its responses have numbers of their own, which
    /// digests show, and `rejoinder export --format threads`.
    #[command(after_help = "\
Examples:
  rejoinder list posts talk
  rejoinder list posts talk --json")]
    Posts {
        /// The list.
        #[arg(value_parser = ListName::parse)]
        name: ListName,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Changes a list; what is not named stays.
    #[command(override_usage = "rejoinder list set NAME --CHOICE VALUE…")]
    #[command(group = ArgGroup::new("changes").args(CHOICES).required(true).multiple(true))]
    #[command(after_help = "\
Examples:
  rejoinder list set talk --who-posts members
  rejoinder list set talk --first-time hold --attachments hold --max-bytes 200000 --tell-senders on
  rejoinder list set talk --footer \"Talk is read by people like you.\" --owner ruth@example.org")]
    Set {
        /// The list.
        #[arg(value_parser = ListName::parse)]
        name: ListName,
        /// What to change.
        #[command(flatten)]
        choices: ListChoices,
    },
    /// Takes a list out of service, for good.
    ///
    /// Its addresses are unknown from then on, nobody gets its mail any more, and no command reaches it, so
    /// `rejoinder export` first. What was written stays in the database; its name is free for a new list.
    #[command(after_help = "\
Examples:
  rejoinder list remove talk
  rejoinder list remove talk --yes")]
    Remove {
        /// The list.
        #[arg(value_parser = ListName::parse)]
        name: ListName,
        /// Really do it; without it, only says what would go.
        #[arg(long)]
        yes: bool,
    },
}

/// How a list is run. `set` needs at least one of them.
#[derive(Clone, Debug, Default, Args)]
pub struct ListChoices {
    /// What people call it, in From and Subject [for a new list: its name with a capital].
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// A sentence or two for newcomers.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// Who may start a post; what another member sends without answering anything is held.
    #[arg(long, value_name = "authors|members")]
    pub who_posts: Option<WhoPosts>,

    /// What happens to mail from people who are not on the list.
    #[arg(long, value_name = "refuse|hold|publish")]
    pub strangers: Option<Strangers>,

    /// Who may answer; an answer by another member is held. With `proven` also people who are not on the list, where their
    /// mail is proven to be theirs; of the others' mail `--strangers` decides.
    #[arg(long, value_name = "authors|members|proven")]
    pub who_answers: Option<WhoAnswers>,

    /// What happens to the first mail of somebody of whom nothing was published yet; once one was accepted, they are free.
    #[arg(long, value_name = "publish|hold")]
    pub first_time: Option<FirstTime>,

    /// How many octets a mail may have with its files; a larger one is held. `none`: as many as the system takes.
    #[arg(long, value_name = "N|none", value_parser = value::max_bytes)]
    pub max_bytes: Option<MaxBytes>,

    /// What happens to mail that files came with.
    #[arg(long, value_name = "publish|hold|refuse")]
    pub attachments: Option<Attachments>,

    /// Whether a member hears that their mail waits for a moderator, and what was decided.
    #[arg(long, value_name = "on|off", value_parser = value::on_or_off)]
    pub tell_senders: Option<bool>,

    /// Whether a post may give its author's own address; every other subscriber's is shortened anyway [for a new list:
    /// no].
    #[arg(long, value_name = "yes|no", value_parser = value::yes_or_no)]
    pub contact_addresses: Option<bool>,

    /// Whether who joins is sent the last digest at once [for a new list: no].
    #[arg(long, value_name = "yes|no", value_parser = value::yes_or_no)]
    pub latest_on_join: Option<bool>,

    /// What a reader gets who chose nothing.
    #[arg(long, value_name = "each|daily|weekly|none")]
    pub delivery: Option<Delivery>,

    /// The hour at which digests go out, 0 to 23.
    #[arg(long, value_name = "HOUR", value_parser = value::hour)]
    pub hour: Option<i8>,

    /// The day on which weekly digests go out.
    #[arg(long, value_name = "DAY", value_parser = value::weekday)]
    pub weekday: Option<i8>,

    /// The time zone of hour and day, such as Europe/Lisbon.
    #[arg(long, value_name = "ZONE", value_parser = value::time_zone)]
    pub time_zone: Option<String>,

    /// The list's own words under each digest; empty for none.
    #[arg(long, value_name = "TEXT")]
    pub footer: Option<String>,

    /// Who answers for it, and gets what is sent to its +owner address.
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub owner: Option<Address>,
}
