//! `member add|show|set|remove|import|export`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::value::{self, Own};
use crate::discussion::{Delivery, ListName, MemberState, Role, ShownName};
use crate::message::Address;

/// Under `rejoinder member --help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  rejoinder member add --list talk ellen@example.org --name Ellen
  rejoinder member show --list talk
  rejoinder member set --list talk ellen@example.org --delivery weekly";

/// The flags of [`MemberChoices`], by field, and `state`.
const CHANGES: [&str; 9] =
    ["name", "shown_name", "role", "delivery", "hour", "weekday", "time_zone", "receipts", "state"];

/// `rejoinder member …`.
#[derive(Clone, Debug, Subcommand)]
pub enum MemberCommand {
    /// Puts people on a list. What is not said about them is as the list has it.
    ///
    /// Their first digest comes at the next scheduled hour, with what is published from now on. Somebody who had left
    /// is back.
    #[command(after_help = "\
Examples:
  rejoinder member add --list talk ellen@example.org --name Ellen --delivery daily \\
      --time-zone Europe/Lisbon --hour 8
  rejoinder member add --list talk marina@example.org --name Marina --role author --welcome")]
    Add {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// Their addresses.
        #[arg(required = true, value_name = "ADDRESS", value_parser = Address::parse)]
        addresses: Vec<Address>,
        /// What is known of them.
        #[command(flatten)]
        choices: MemberChoices,
        /// Send each of them a welcome mail; without it, they hear nothing until there is something to read.
        #[arg(long)]
        welcome: bool,
    },
    /// Shows members: some with all that is known of them, or everybody in a line each.
    #[command(after_help = "\
Examples:
  rejoinder member show --list talk
  rejoinder member show --list talk ellen@example.org --json")]
    Show {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// Whom to show; without any, everybody.
        #[arg(value_name = "ADDRESS", value_parser = Address::parse)]
        addresses: Vec<Address>,
        /// Show those who left, too.
        #[arg(long)]
        all: bool,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Changes members; what is not named stays. `list` as a value goes back to what the list says.
    #[command(override_usage = "rejoinder member set --list NAME ADDRESS… --CHOICE VALUE…")]
    #[command(group = ArgGroup::new("changes").args(CHANGES).required(true).multiple(true))]
    #[command(after_help = "\
Examples:
  rejoinder member set --list talk ellen@example.org --delivery weekly --weekday sunday
  rejoinder member set --list talk ellen@example.org --shown-name \"Ellen of the Hill\"
  rejoinder member set --list talk ellen@example.org --state paused
  rejoinder member set --list talk ellen@example.org --time-zone list --hour list")]
    Set {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// Whom to change.
        #[arg(required = true, value_name = "ADDRESS", value_parser = Address::parse)]
        addresses: Vec<Address>,
        /// What to change.
        #[command(flatten)]
        choices: MemberChoices,
        /// Whether they take part: `paused` get no mail but may answer.
        #[arg(long, value_name = "active|paused|left")]
        state: Option<MemberState>,
    },
    /// Takes people off a list; what they wrote stays.
    #[command(after_help = "\
Example:
  rejoinder member remove --list talk ellen@example.org")]
    Remove {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// Whom to take off.
        #[arg(required = true, value_name = "ADDRESS", value_parser = Address::parse)]
        addresses: Vec<Address>,
    },
    /// Adds and changes members from a CSV file.
    ///
    /// Its first line names the columns: address,name,delivery,role,time_zone,hour,state in any order, of which only
    /// address must be there; the weekday of a weekly digest has no column, `rejoinder member set` gives one. An empty
    /// field means: as the list has it. Somebody who left is back on the list, unless their state says `left`.
    #[command(after_help = "\
Examples:
  rejoinder member import --list talk members.csv
  rejoinder member import --list talk -")]
    Import {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Send a welcome mail to each who is new or back; without it, they hear nothing until there is something to read.
        #[arg(long)]
        welcome: bool,
    },
    /// Writes the members as CSV to standard output, as `member import` reads it.
    #[command(after_help = "\
Example:
  rejoinder member export --list talk > members.csv")]
    Export {
        /// The list.
        #[arg(long, value_name = "NAME", value_parser = ListName::parse)]
        list: ListName,
        /// Those who left, too.
        #[arg(long)]
        all: bool,
    },
}

/// What is known of a member. `set` needs at least one of them, or a state.
#[derive(Clone, Debug, Default, Args)]
pub struct MemberChoices {
    /// Their name, shown where their mails give none; empty for a friendly one of ours.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The name that readers of this list see whatever their mails say; `hidden` for a friendly one of ours, `own` for the
    /// one in each mail.
    #[arg(long, value_name = "NAME|hidden|own", value_parser = value::shown_name)]
    pub shown_name: Option<ShownName>,

    /// What they may do beyond answering: authors start posts, moderators decide about held mail as well.
    #[arg(long, value_name = "member|author|moderator")]
    pub role: Option<Role>,

    /// What they get: every mail, a daily or weekly digest, or nothing.
    #[arg(long, value_name = "each|daily|weekly|none", value_parser = |text: &str| value::own(text, str::parse::<Delivery>))]
    pub delivery: Option<Own<Delivery>>,

    /// The hour of their day at which digests go out, 0 to 23.
    #[arg(long, value_name = "HOUR", value_parser = |text: &str| value::own(text, value::hour))]
    pub hour: Option<Own<i8>>,

    /// The day on which a weekly digest goes out.
    #[arg(long, value_name = "DAY", value_parser = |text: &str| value::own(text, value::weekday))]
    pub weekday: Option<Own<i8>>,

    /// Their time zone, such as Europe/Lisbon.
    #[arg(long, value_name = "ZONE", value_parser = |text: &str| value::own(text, value::time_zone))]
    pub time_zone: Option<Own<String>>,

    /// Whether they are told by mail what became of what they send, and may take it back or correct it by answering.
    #[arg(long, value_name = "yes|no", value_parser = value::yes_or_no)]
    pub receipts: Option<bool>,
}
