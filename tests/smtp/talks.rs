//! A short run of [`crate::fuzz`].

use crate::fuzz::{case, play::Stage};

#[test]
fn whatever_a_client_says_no_mail_becomes_two_and_replies_keep_step() {
    let stage = Stage::open();
    for seed in 0..3_000 {
        if let Err(fault) = case(&stage, seed) {
            panic!("{fault}");
        }
    }
}
