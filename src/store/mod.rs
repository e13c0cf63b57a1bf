//! The store: one SQLite file, and all the SQL. It speaks in whole transactions named after the domain
//! ([`Store::commit_mail`], [`Store::due_groups`], [`Store::claim_outbox`] …), so that another engine could stand
//! beside SQLite.
//!
//! One writer thread commits in groups; readers have connections of their own (WAL, `synchronous=FULL`).

mod answer;
mod arrival;
mod ask;
mod at_hand;
mod bounce;
mod claim;
mod command;
mod confirm;
mod connection;
mod edition;
mod error;
mod export;
mod fanout;
mod fault;
mod foresee;
mod gather;
mod group;
mod hold;
mod import;
mod item;
mod known;
mod latest;
mod list;
mod mail;
mod mark;
mod member;
mod membership;
mod obey;
mod outbox;
mod outcome;
mod owner;
mod pause;
mod place;
mod receipt;
mod report;
mod revise;
mod row;
mod sent;
mod settle;
mod split;
mod story;
mod stranger;
mod subtree;
mod tell;
mod timing;
mod writer;

pub use arrival::{Arrival, AttachmentRow, Commanded, Purpose, Request, Shown, Words};
pub use bounce::Bounced;
pub use claim::{Claimed, Claims, Share};
pub use connection::Store;
pub use edition::{Kind, NewEdition, Showing};
pub use error::StoreError;
pub use export::{PostLine, PublishedMail, ThreadRow};
pub use fanout::Waiting;
pub use fault::Faults;
pub use foresee::{AnswerForeseen, Foreseen, HeldBefore, ItemLine};
pub use gather::{CopyMaterial, ItemRow, Material, PostRow};
pub use group::{Batch, Expansion, Group};
pub use hold::Held;
pub use import::Imported;
pub use item::Published;
pub use list::{Census, ListChange, NewList};
pub use member::{Follow, Joined, MemberChange};
pub use outbox::QueueRow;
pub use outcome::Outcome;
pub use owner::{ForOwner, Owner, OwnerBounds, SentOn};
pub use report::{GivenUp, HeldBack, NewReport, News, Unsent};
pub use sent::{Named, Sent, SentTo};
pub use settle::{Fate, Settled, relay_name};
pub use story::Happened;
pub use stranger::StrangerBounds;
pub use writer::Pending;
