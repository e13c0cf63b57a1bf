//! The nouns of a discussion: lists, members, posts and their responses, digests. No behaviour beyond what a noun
//! knows about itself; no SQL, no mail, no clock.

mod command;
mod digest;
mod id;
mod list;
mod member;
mod service;

pub use command::{Command, ShownName};
pub use digest::{Attached, Block, Digest, Entry, Item, ListFacts, PostDigest, PostLetter, Quote, Window, Withdrawn};
pub use id::{
    ConfirmationId, EditionId, HoldId, ItemId, ListId, MailId, MemberId, Number, OutboxId, PersonId, PostId, Revision,
    Seq,
};
pub use list::{Action, Attachments, FirstTime, List, ListName, Rules, Strangers, WhoAnswers, WhoPosts};
pub use member::{Delivery, Member, MemberState, OnResume, Role, Schedule, UnknownWord, friendly_name};
pub use service::ServiceMailbox;
