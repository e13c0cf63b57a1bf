//! A short run of [`crate::fuzz`].

use crate::fuzz::{case, play::Stage};

#[test]
fn whatever_a_client_says_no_mail_becomes_two_and_replies_keep_step() {
    let stage = Stage::open();
    let kept: usize = (0..3_000).map(|seed| case(&stage, seed).unwrap_or_else(|fault| panic!("{fault}"))).sum();
    assert!(kept > 1_000, "hardly a talk gets as far as a mail: {kept}");
}
