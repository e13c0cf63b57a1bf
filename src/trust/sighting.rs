//! Where an address may stand. An address stands in odd company: in links (`?email=ellen@…`), between bars and braces,
//! right behind a word of another script. So around each `@` every beginning and end that an address might have is
//! looked at.

/// How many beginnings, and how many ends, are looked at around one `@`; the outermost first.
const MOST_EDGES: usize = 12;

/// An `@`, and what stands around it.
pub(super) struct Sighting<'t> {
    text: &'t str,
    at: usize,
    /// Where an address around it may begin, the outermost first; never empty.
    starts: Vec<usize>,
    /// Where it may end, the outermost first; never empty.
    ends: Vec<usize>,
}

impl<'t> Sighting<'t> {
    /// What stands around the `@` at `at`; `None` where no address can.
    pub(super) fn around(text: &'t str, at: usize) -> Option<Self> {
        let after = at + 1;
        let starts = starts(&text[..at]);
        if starts.is_empty() {
            return None;
        }
        let ends: Vec<usize> = ends(&text[after..]).into_iter().map(|end| after + end).collect();
        (!ends.is_empty()).then_some(Self { text, at, starts, ends })
    }

    /// Where every address may stand that may be here: the longest first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (usize, usize)> {
        self.starts.iter().flat_map(|start| self.ends.iter().map(move |end| (*start, *end)))
    }

    /// Where the chain of addresses ends that hangs on one which ends at `end`: `a@b@c`.
    pub(super) fn end_of_chain(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        if !rest.starts_with('@') {
            return end;
        }
        let length = rest.find(|c: char| !(c.is_alphanumeric() || "@.-_+".contains(c))).unwrap_or(rest.len());
        end + length
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() * self.ends.len()
    }

    /// The local part of one of them, as it stands there.
    pub(super) fn local(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    /// One of them, in small letters.
    pub(super) fn address(&self, start: usize, end: usize) -> String {
        self.text[start..end].to_lowercase()
    }
}

/// Where each `@` stands.
pub(super) fn marks(text: &str) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'@', text.as_bytes())
}

/// Where the local part that ends at the end of `before` may begin. Never looks back further than one goes.
fn starts(before: &str) -> Vec<usize> {
    let mut run = before.len();
    for (at, c) in before.char_indices().rev().take(64) {
        if !(c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)) {
            break;
        }
        run = at;
    }
    let local = &before[run..];
    // Right behind another address it may begin anywhere in what looks like that one's last label.
    let dot = local.rfind('.').filter(|_| before[..run].ends_with('@'));
    let glued = dot.map_or(local.len(), |dot| dot + 1);
    let mut starts = Vec::new();
    let mut last: Option<char> = None;
    for (at, c) in local.char_indices() {
        // It begins with the run, behind a mark, behind an encoded character, or where the script changes.
        let behind = last.is_none_or(|last| !last.is_alphanumeric() || last.is_ascii() != c.is_ascii());
        let encoded = at >= 3 && local.as_bytes()[at - 3] == b'%';
        if c.is_alphanumeric() && (behind || encoded || at >= glued) {
            starts.push(run + at);
        }
        last = Some(c);
    }
    // The whole run, and the nearest to the `@`: between them stands a link's or a sentence's own text.
    let surplus = starts.len().saturating_sub(MOST_EDGES);
    starts.drain(usize::from(surplus > 0)..surplus);
    starts
}

/// Where the domain that begins at the beginning of `after` may end.
fn ends(after: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut last = '.';
    let (mut end, mut label) = (0, 0);
    for (at, c) in after.char_indices().take(253) {
        // An umlaut may come as two characters; which are one with its letter.
        let is_accent = matches!(c, '\u{300}'..='\u{36f}') && last.is_alphabetic();
        if !(c.is_alphanumeric() || is_accent || c == '-' || c == '.') || (c == '.' && last == '.') {
            break;
        }
        // A word with a capital may stand right behind it, too.
        let is_anew = c.is_ascii() != last.is_ascii() || (last.is_lowercase() && c.is_uppercase());
        if last.is_alphanumeric() && (c == '.' || is_anew) {
            ends.push(at);
        }
        end = at + c.len_utf8();
        if c == '.' {
            label = end;
        }
        if !is_accent {
            last = c;
        }
    }
    // Right before another address it may end anywhere in what looks like its last label.
    if label > 0 && after[end..].starts_with('@') {
        ends.extend(after[label..end].char_indices().skip(1).map(|(at, _)| label + at));
    }
    let whole = after[..end].trim_end_matches(['.', '-']).len();
    ends.push(whole);
    ends.retain(|end| *end > 0);
    ends.sort_unstable();
    ends.dedup();
    // The first few labels tell; what follows them is the text around.
    ends.truncate(MOST_EDGES);
    ends.reverse();
    ends
}
