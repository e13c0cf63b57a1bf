//! Signatures: what they cover, and that they are the same each time. Whether others verify them is tried with mail-auth
//! in `tests/engine/signed.rs`.
