//! Where a mail belongs: evidence in, place out. Pure; what is known of the list comes through [`Known`], so that the
//! same rules run inside the store's transaction and over a plain map in tests.
//!
//! Strongest first: an In-Reply-To that names an item of the reply token's own post, the reply token, In-Reply-To,
//! References from last to first, and for an answer to a digest the lines that it quotes. `intake` gathers the evidence,
//! and `store` asks for the place and makes it so.

mod label;
mod place;
mod quotes;
mod split;

pub use label::{Label, Labelled};
pub use place::{By, Evidence, Found, Known, Place, Shown, Unclear, place};
pub use quotes::{Quoted, matched};
pub use split::{Part, Piece, Run, Split, may_split, quoted_items, split};
