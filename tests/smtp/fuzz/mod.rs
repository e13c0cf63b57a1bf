//! Talks by chance, over a socket, against a model of what a door must make of them: it never panics, never makes two
//! mails of one, its replies keep step with the commands, and what it answers 250 is kept as it was sent.
//!
//! `cargo test` plays some thousands; `benches/session.rs` plays them for as long as one wants.

pub mod chance;
pub mod model;
pub mod play;
pub mod split;
pub mod talk;

use chance::Chance;
use play::Stage;
use talk::Talk;

/// Plays the talk of this seed: how many mails were kept of it. A fault tells the shortest talk that shows it.
pub fn case(stage: &Stage, seed: u64) -> Result<usize, String> {
    let talk = Talk::any(&mut Chance::new(seed), stage.protocol);
    stage.play(&talk).map_err(|fault| {
        let (shortest, fault) = shortened(stage, talk, fault);
        format!("seed {seed}: {fault}\n  the talk: {}", shortest.octets().escape_ascii())
    })
}

/// Takes tokens out for as long as the fault stays, then octets.
fn shortened(stage: &Stage, mut talk: Talk, mut fault: String) -> (Talk, String) {
    for octets in [false, true] {
        if octets {
            talk.tokens = talk.octets().into_iter().map(|octet| vec![octet]).collect();
        }
        let mut at = 0;
        while at < talk.tokens.len() {
            let mut shorter = talk.clone();
            shorter.tokens.remove(at);
            match stage.play(&shorter) {
                Ok(_) => at += 1,
                Err(still) => (talk, fault) = (shorter, still),
            }
        }
    }
    (talk, fault)
}
