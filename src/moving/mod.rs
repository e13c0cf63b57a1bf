//! What goes in and out as files: a list's mail as mbox, its members as CSV.

mod mbox;
mod members;

pub use mbox::{MoveError, write_mbox, write_mbox_mail};
pub use members::{BadHeader, MemberRow, MemberRows, RowError, write_members};
