//! What goes in and out as files: a list's mail as mbox and archives of it, its members as CSV.

mod archive;
mod mbox;
mod members;

pub use archive::{Archive, Bounds, Entry, Import, ImportTally, Reader, Unreadable};
pub use mbox::{MoveError, write_mbox, write_mbox_mail};
pub use members::{BadHeader, MemberRow, MemberRows, RowError, write_members};
