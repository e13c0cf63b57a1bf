//! Mail as it comes in: addresses, Message-IDs, parsed headers and bodies.

mod address;
mod body;
pub(crate) mod bounds;
mod clean;
mod correspondent;
mod encoded_word;
mod file_name;
mod flowed;
mod header;
mod html;
mod id;
mod mail;
mod mime;
mod part;
mod rich;
mod stand_in;
mod subject;
mod transfer;

pub use address::{Address, BadAddress, mask};
pub use body::Attachment;
pub use clean::turns_direction;
pub use correspondent::Correspondent;
pub use id::MessageId;
pub use mail::Mail;
pub use part::{Part, parts};
pub use rich::Rich;
