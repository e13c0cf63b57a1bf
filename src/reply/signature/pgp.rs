//! What PGP puts around a text that it signs (RFC 9580 §7).

use crate::reply::SpanKind;
use crate::reply::line::Line;

const MESSAGE: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// Lines that a signature may have, and those under the first line of a signed text.
const LINES: usize = 80;
const HASHES: usize = 4;

/// Marks the lines around a signed text.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut at = 0;
    while at < lines.len() {
        let count = if kinds[at] == SpanKind::Said { added_from(&lines[at..]) } else { 0 };
        kinds[at..at + count].fill(SpanKind::Signature);
        at += count.max(1);
    }
}

/// How many lines from the first on are PGP's.
fn added_from(lines: &[Line<'_>]) -> usize {
    match lines[0].text.trim_end() {
        MESSAGE => 1 + lines[1..].iter().take(HASHES).take_while(|line| line.text.starts_with("Hash: ")).count(),
        BEGIN => {
            let end = lines.iter().take(LINES).position(|line| line.text.trim_end() == END);
            end.map_or(0, |end| end + 1)
        }
        _ => 0,
    }
}
