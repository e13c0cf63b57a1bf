//! Line ends for the wire: a lone CR or LF is taken for a line end by some servers and not by others, which lets a mail
//! smuggle in another one (RFC 5321 §2.3.8 forbids both).

use std::borrow::Cow;

/// `content` with every line ended by CRLF and none but the last left open, since the end of data brings its own CRLF
/// (RFC 5321 §4.1.1.4). Borrowed where that is how it was.
pub(super) fn for_the_wire(content: &[u8]) -> Cow<'_, [u8]> {
    match normalised(content) {
        Cow::Borrowed(content) => Cow::Borrowed(content.strip_suffix(b"\r\n").unwrap_or(content)),
        Cow::Owned(mut content) => {
            if content.ends_with(b"\r\n") {
                content.truncate(content.len() - 2);
            }
            Cow::Owned(content)
        }
    }
}

/// `content` with every line ended by CRLF: what is signed must be what is sent.
pub(super) fn whole(content: Vec<u8>) -> Vec<u8> {
    match normalised(&content) {
        Cow::Borrowed(_) => content,
        Cow::Owned(mended) => mended,
    }
}

fn normalised(content: &[u8]) -> Cow<'_, [u8]> {
    if is_whole(content) {
        return Cow::Borrowed(content);
    }
    let first = (0..content.len()).find(|at| is_lone(content, *at)).unwrap_or(content.len());
    let mut mended = Vec::with_capacity(content.len() + content.len() / 32);
    mended.extend_from_slice(&content[..first]);
    for at in first..content.len() {
        if is_lone(content, at) {
            mended.extend_from_slice(b"\r\n");
        } else {
            mended.push(content[at]);
        }
    }
    Cow::Owned(mended)
}

/// Whether there are as many CR as LF as both together: counting is quicker than looking at each with its neighbours.
fn is_whole(content: &[u8]) -> bool {
    let count = |wanted: u8| content.iter().filter(|byte| **byte == wanted).count();
    let after = content.get(1..).unwrap_or_default();
    let both = content.iter().zip(after).filter(|pair| *pair == (&b'\r', &b'\n')).count();
    count(b'\r') == both && count(b'\n') == both
}

/// Whether a CR without its LF stands here, or an LF without its CR.
fn is_lone(content: &[u8], at: usize) -> bool {
    match content[at] {
        b'\r' => content.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || content[at - 1] != b'\r',
        _ => false,
    }
}

/// `text` with a dot more before each line that begins with one (RFC 5321 §4.5.2). Its line ends are whole.
pub(super) fn stuffed(text: &str) -> Cow<'_, str> {
    let inside = if text.contains("\r\n.") { Cow::Owned(text.replace("\r\n.", "\r\n..")) } else { Cow::Borrowed(text) };
    if text.starts_with('.') { Cow::Owned(format!(".{inside}")) } else { inside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_with_a_dot_have_one_more() {
        assert_eq!(stuffed(".\r\n..\r\na.\r\n\r\n.a"), "..\r\n...\r\na.\r\n\r\n..a");
        assert!(matches!(stuffed("a\r\nb . c"), Cow::Borrowed(_)));
    }

    #[test]
    fn lone_cr_and_lf_become_line_ends_and_the_last_line_is_left_open() {
        let cases: [(&[u8], &[u8]); 8] = [
            (b"", b""),
            (b"a\r\nb\r\n", b"a\r\nb"),
            (b"a\r\nb", b"a\r\nb"),
            (b"a\nb\n", b"a\r\nb"),
            (b"a\rb\r", b"a\r\nb"),
            (b"\r\r\n\n", b"\r\n\r\n"),
            (b"a\r\n.\nb", b"a\r\n.\r\nb"),
            (b"a\n\r.\r\n", b"a\r\n\r\n."),
        ];
        for (given, wanted) in cases {
            assert_eq!(for_the_wire(given), wanted, "{:?}", String::from_utf8_lossy(given));
        }
    }

    #[test]
    fn a_mail_with_good_line_ends_is_not_copied() {
        assert!(matches!(for_the_wire(b"Subject: x\r\n\r\nbody\r\n"), Cow::Borrowed(_)));
    }
}
