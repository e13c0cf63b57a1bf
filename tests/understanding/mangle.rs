//! Mails made from other mails by chance.

use std::path::Path;

use super::chance::Chance;

/// The longest mail that is mangled, in octets: short ones show as much, and faster.
const LONGEST: usize = 24 << 10;

/// Pieces that mean something to what reads them.
const WORDS: [&[u8]; 64] = [
    b"> ",
    b">> ",
    b"-- \n",
    b"--\n",
    b"\n\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"=\n",
    b"=3D",
    b"=?utf-8?Q?=C3=A4?=",
    b"=?utf-8?B?w6Q=?=",
    b"\xe2\x80\x8f",
    b"On Mon, 5 Jan 2026 at 08:30, Ada Writer <ada@example.org> wrote:\n",
    b"Am 05.01.26 um 08:30 schrieb Ada:\n",
    b"Le lun. 5 janv. 2026 \xc3\xa0 08:30, Ada a \xc3\xa9crit :\n",
    b"ada@example.org writes:\n",
    b"-----Original Message-----\n",
    b"---------- Forwarded message ---------\n",
    b"From: Ada <ada@example.org>\n",
    b"Von: Ada\nGesendet: Montag\nAn: Bo\nBetreff: Brot\n",
    b"Sent: Monday\n",
    b"To: talk@lists.example\n",
    b"Subject: Re: Bread\n",
    b"Sent from my phone\n",
    b"_______________________________________________\n",
    b"talk mailing list\n",
    b"-----BEGIN PGP SIGNATURE-----\n",
    b"-----END PGP SIGNATURE-----\n",
    b"diff --git a/x b/x\n",
    b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n",
    b"Content-Type: text/html; charset=iso-2022-jp\n",
    b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>one\n--b--\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    b"Content-Type: message/delivery-status\n\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"--b\n",
    b"--b--\n",
    b"Final-Recipient: rfc822; gone@example.org\n",
    b"Original-Recipient: rfc822;gone@example.org\n",
    b"Action: failed\n",
    b"Action: delayed\n",
    b"Status: 5.1.1\n",
    b"Diagnostic-Code: smtp; 550 5.1.1 <gone@example.org>: user unknown\n",
    b"<gone@example.org>: host mx.example.org said: 550 no such user\n",
    b"Feedback-Type: abuse\n",
    b"Auto-Submitted: auto-replied\n",
    b"Precedence: bulk\n",
    b"From: MAILER-DAEMON\n",
    b"Message-ID: <a@b>\n",
    b"In-Reply-To: <a@b> <c@d>\n",
    b"References: <a@b>\n <c@d>\n",
    b"<div class=\"gmail_quote\">",
    b"<blockquote type=\"cite\">",
    b"</blockquote>",
    b"<div style='display:none'>",
    b"<!--",
    b"-->",
    b"<pre>",
    b"&#x202e;",
    b"<a href=\"https://x.org/\">",
];

/// The mails that are mangled.
pub struct Seeds {
    pub mails: Vec<Vec<u8>>,
}

impl Seeds {
    /// Every mail among the fixtures, and those that mangling found worth keeping.
    pub fn all() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut waiting = vec![root.join("fixtures"), root.join("fuzz")];
        let mut files = Vec::new();
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(&folder).expect("the folder is there") {
                let path = entry.expect("it can be listed").path();
                match path.extension().and_then(|it| it.to_str()) {
                    _ if path.is_dir() => waiting.push(path),
                    Some("eml" | "template") => files.push(path),
                    _ => {}
                }
            }
        }
        // In an order that is the same everywhere: choices go by it.
        files.sort();
        Self { mails: files.iter().map(|file| std::fs::read(file).expect("it can be read")).collect() }
    }
}

/// A mail made from one or two of `mails`.
pub fn mangled(mails: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut mail = mails[chance.below(mails.len())].clone();
    loop {
        once(&mut mail, mails, chance);
        mail.truncate(LONGEST);
        if chance.one_in(4) {
            return mail;
        }
    }
}

fn once(mail: &mut Vec<u8>, mails: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(mail.len() + 1);
    let end = (at + chance.below(200)).min(mail.len());
    match chance.below(9) {
        0 if at < mail.len() => mail[at] = chance.any() as u8,
        1 => drop(mail.drain(at..end)),
        2 => {
            let again = mail[at..end].repeat(1 + chance.below(20));
            mail.splice(at..at, again);
        }
        3 => {
            let word = WORDS[chance.below(WORDS.len())].repeat(1 + chance.below(3));
            mail.splice(at..at, word);
        }
        4 | 5 => {
            let start = line_start(mail, at);
            mail.splice(start..start, WORDS[chance.below(WORDS.len())].iter().copied());
        }
        6 => {
            let other = &mails[chance.below(mails.len())];
            let from = line_start(other, chance.below(other.len() + 1));
            mail.truncate(line_start(mail, at));
            mail.extend_from_slice(&other[from..]);
        }
        7 => swap_lines(mail, chance),
        _ => mail.truncate(at),
    }
}

/// The start of the line that `at` is in.
fn line_start(mail: &[u8], at: usize) -> usize {
    mail[..at].iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1)
}

fn swap_lines(mail: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<&[u8]> = mail.split_inclusive(|octet| *octet == b'\n').collect();
    let (one, other) = (chance.below(lines.len()), chance.below(lines.len()));
    if !lines.is_empty() {
        lines.swap(one, other);
    }
    let swapped = lines.concat();
    *mail = swapped;
}
