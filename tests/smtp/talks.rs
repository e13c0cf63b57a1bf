//! A short run of [`crate::fuzz`].

use rejoinder::smtp::Protocol;

use crate::fuzz::{case, play::Stage};

/// Plays so many talks; too few mails come of them only where the talks have grown poor.
fn play(protocol: Protocol, talks: u64) {
    let stage = Stage::open(protocol);
    let kept: usize = (0..talks).map(|seed| case(&stage, seed).unwrap_or_else(|fault| panic!("{fault}"))).sum();
    assert!(kept as u64 > talks / 4, "hardly a talk gets as far as a mail: {kept}");
}

#[test]
fn whatever_a_client_says_no_mail_becomes_two_and_replies_keep_step() {
    play(Protocol::Smtp, 2_000);
}

#[test]
fn whatever_is_said_by_lmtp_no_mail_becomes_two_and_each_recipient_has_its_reply() {
    play(Protocol::Lmtp, 2_000);
}
