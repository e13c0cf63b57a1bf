//! Code between fences, as people write it in mail: what stands in it is as they wrote it.

use std::ops::Range;

use crate::reply::line::Line;

/// The lines between a fence and the next, fences included. One that is never closed is none.
pub(super) fn blocks(said: &[Line<'_>]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, char)> = None;
    for (at, line) in said.iter().enumerate() {
        let Some(sign) = fence(line.text) else { continue };
        match open {
            None => open = Some((at, sign)),
            Some((start, opened)) if opened == sign => {
                blocks.push(start..at + 1);
                open = None;
            }
            Some(_) => {}
        }
    }
    blocks
}

/// Whether a line stands in one of these blocks.
pub(super) fn holds(blocks: &[Range<usize>], at: usize) -> bool {
    let next = blocks.partition_point(|block| block.end <= at);
    blocks.get(next).is_some_and(|block| block.contains(&at))
}

/// The sign of a fence: three backquotes or tildes in a row.
fn fence(line: &str) -> Option<char> {
    let line = line.trim_start();
    ["```", "~~~"].iter().find(|fence| line.starts_with(**fence)).and_then(|fence| fence.chars().next())
}
