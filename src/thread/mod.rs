//! Where a mail belongs: evidence in, place out. Pure; what is known of the list comes through [`Known`], so that the
//! same rules run inside the store's transaction and over a plain map in tests.
//!
//! Strongest first: an In-Reply-To that names an item of the reply token's own post, the reply token, In-Reply-To,
//! References from last to first, Exchange's Thread-Index, for an answer to a digest the lines that it quotes, and last
//! the subject, which is a guess. `intake` gathers the evidence, and `store` asks for the place and makes it so.

mod climb;
mod label;
mod place;
mod quotes;
mod split;
mod thread_index;

pub use climb::Climb;
pub use label::{Label, Labelled};
pub use place::{By, Evidence, Found, Known, Place, Relayed, Shown, Unclear, place, place_of_copy};
pub use quotes::{Quoted, matched};
pub use split::{Part, Piece, Run, Split, may_split, names_nothing, quoted_items, split, typed};
pub use thread_index::ThreadIndex;
