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

fn normalised(content: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = (0..content.len()).find(|at| is_lone(content, *at)) else { return Cow::Borrowed(content) };
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

/// Whether a CR without its LF stands here, or an LF without its CR.
fn is_lone(content: &[u8], at: usize) -> bool {
    match content[at] {
        b'\r' => content.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || content[at - 1] != b'\r',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
