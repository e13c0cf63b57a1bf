//! What a client might say, good and bad: whole sessions in the right order, out of order, with broken line ends, with
//! ends of mails that are none, with chunks of the wrong length, and with any byte changed.

use rejoinder::smtp::Protocol;

use super::chance::Chance;

/// A talk in tokens, and where it is cut into pieces: a shrunken talk has fewer tokens.
#[derive(Clone, Debug)]
pub struct Talk {
    pub tokens: Vec<Vec<u8>>,
    /// Seeds the cuts.
    cuts: u64,
}

const COMMANDS: [&str; 30] = [
    "EHLO there.example",
    "HELO there.example",
    "MAIL FROM:<ada@example.org>",
    "MAIL FROM:<>",
    "RCPT TO:<talk@lists.example>",
    "RCPT TO:<Talk@LISTS.example>",
    "RCPT TO:<other@lists.example>",
    "RCPT TO:<busy@lists.example>",
    "RCPT TO:<refused@lists.example>",
    "RCPT TO:<nobody@lists.example>",
    "RCPT TO:<later@lists.example>",
    "RCPT TO:<closing@lists.example>",
    "RCPT TO:<ending@lists.example>",
    "RCPT TO:<talk@elsewhere.example>",
    "DATA",
    "RSET",
    "NOOP",
    "QUIT",
    "VRFY ada",
    "HELP",
    "MAIL FROM:<ada@example.org> SIZE=99999",
    "MAIL FROM:<z\u{f6}e@example.org> SMTPUTF8",
    "MAIL FROM:<ada@example.org> BODY=8BITMIME SIZE=100",
    "GET / HTTP/1.1",
    "LHLO there.example",
    "STARTTLS",
    "AUTH PLAIN AGEAYg==",
    "EXPN talk",
    "BDAT",
    "",
];

const PIECES_OF_MAIL: [&[u8]; 24] = [
    b"Subject: x\r\n",
    b"\r\n",
    b"words",
    b".",
    b"..",
    b".\r\n",
    b"\r\n.",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\n.\n",
    b"\r\n.\r",
    b"\r\n.\r\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"MAIL FROM:<eve@example.org>\r\nRCPT TO:<talk@lists.example>\r\nDATA\r\n",
    b"\r\n.\r\nMAIL FROM:<eve@example.org>\r\n",
    b"BDAT 5 LAST\r\n",
    b"QUIT\r\n",
    b"\r\n..\r\n",
    b"0123456789012345678901234567890123456789012345678901234567890123456789",
    b"From ada\r\n",
];

impl Talk {
    /// A talk by chance, with the greetings of this protocol where they are right ones.
    pub fn any(chance: &mut Chance, protocol: Protocol) -> Self {
        let mut tokens = Vec::new();
        for _ in 0..=chance.below(6) {
            match chance.below(8) {
                0..=4 => session(chance, protocol, &mut tokens),
                5 => tokens.extend((0..chance.below(8)).map(|_| command(chance))),
                6 => tokens.push((0..chance.below(300)).map(|_| chance.any() as u8).collect()),
                _ => tokens.extend(mail(chance)),
            }
        }
        let mut talk = Self { tokens, cuts: chance.any() };
        if chance.one_in(2) {
            (0..=chance.below(4)).for_each(|_| talk.mutate(chance));
        }
        talk
    }

    /// All of it.
    pub fn octets(&self) -> Vec<u8> {
        self.tokens.concat()
    }

    /// The lengths of the pieces that it is sent in: now one, now octet by octet, now between.
    pub fn pieces<'t>(&self, octets: &'t [u8]) -> Vec<&'t [u8]> {
        let mut chance = Chance::new(self.cuts);
        let most = *one_of(&mut chance, &[usize::MAX, 1, 3, 20, 100, 1000]);
        let mut pieces = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() && most < usize::MAX && pieces.len() < 200 {
            let (piece, after) = rest.split_at((1 + chance.below(most)).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        pieces
    }

    fn mutate(&mut self, chance: &mut Chance) {
        if self.tokens.is_empty() {
            return;
        }
        let (one, other) = (chance.below(self.tokens.len()), chance.below(self.tokens.len()));
        match chance.below(6) {
            0 => drop(self.tokens.remove(one)),
            1 => self.tokens.swap(one, other),
            2 => self.tokens.insert(other, self.tokens[one].clone()),
            _ => change(&mut self.tokens[one], chance),
        }
    }
}

/// Changes an octet of a token: takes it out, puts another in its place, or puts one before it.
fn change(token: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(token.len() + 1);
    let octet = *one_of(chance, &[b'\r', b'\n', b'.', b' ', 0, b'\t', b'<', 0xe9, b'9', b'A']);
    match chance.below(3) {
        0 if at < token.len() => drop(token.remove(at)),
        1 if at < token.len() => token[at] = octet,
        _ => token.insert(at, octet),
    }
}

/// A session in the right order, as far as chance lets it.
fn session(chance: &mut Chance, protocol: Protocol, tokens: &mut Vec<Vec<u8>>) {
    let say = |tokens: &mut Vec<Vec<u8>>, line: &str| {
        tokens.push(format!("{line}\r\n").into_bytes());
    };
    if chance.one_in(2) || tokens.is_empty() {
        say(tokens, if protocol == Protocol::Lmtp { "LHLO there.example" } else { COMMANDS[chance.below(2)] });
    }
    say(tokens, COMMANDS[2 + chance.below(2)]);
    for _ in 0..=chance.below(3) {
        say(tokens, if chance.one_in(3) { COMMANDS[4 + chance.below(10)] } else { COMMANDS[4] });
    }
    if chance.one_in(8) {
        tokens.push(command(chance));
    }
    if chance.one_in(3) {
        return chunks(chance, tokens);
    }
    say(tokens, "DATA");
    tokens.extend(mail(chance));
    if !chance.one_in(8) {
        tokens.push(b"\r\n.\r\n".to_vec());
    }
}

/// A mail in chunks. Now and then a chunk is longer or shorter than its command says, or a command stands between.
fn chunks(chance: &mut Chance, tokens: &mut Vec<Vec<u8>>) {
    let count = 1 + chance.below(4);
    for at in 0..count {
        let chunk = mail(chance).concat();
        let said = if chance.one_in(10) { chance.below(2 * chunk.len() + 2) } else { chunk.len() };
        let last = match chance.below(12) {
            0 => "",
            1 => " last",
            2 => " LAST x",
            3 => " LASTLY",
            _ if at + 1 == count => " LAST",
            _ => "",
        };
        tokens.push(format!("BDAT {said}{last}\r\n").into_bytes());
        tokens.push(chunk);
        if chance.one_in(8) {
            tokens.push(command(chance));
        }
    }
}

fn mail(chance: &mut Chance) -> Vec<Vec<u8>> {
    let plain = chance.one_in(2);
    let pieces = if plain { &PIECES_OF_MAIL[..6] } else { &PIECES_OF_MAIL[..] };
    let most = *one_of(chance, &[3, 12, 40]);
    let mut mail: Vec<Vec<u8>> = (0..chance.below(most)).map(|_| one_of(chance, pieces).to_vec()).collect();
    // Around the bounds of the stage: a line of 90 octets, a mail of 400.
    match chance.below(12) {
        0 => mail.push(vec![b'x'; 86 + chance.below(8)]),
        1 => {
            let octets = mail.iter().map(Vec::len).sum::<usize>();
            let missing = (396 + chance.below(8)).saturating_sub(octets);
            mail.push(b"xxxxxxxx\r\n".iter().copied().cycle().take(missing).collect());
        }
        _ => {}
    }
    mail
}

fn command(chance: &mut Chance) -> Vec<u8> {
    let mut line = (*one_of(chance, &COMMANDS)).to_owned();
    match chance.below(12) {
        0 => line = line.to_lowercase(),
        // Around the stage's bound of a command, 80 octets with its CRLF.
        1 => line.extend(std::iter::repeat_n(' ', (75 + chance.below(8)).saturating_sub(line.len()))),
        2 => line.insert(0, ' '),
        3 => line = format!("BDAT {}", chance.any() >> chance.below(64)),
        _ => {}
    }
    let end = if chance.one_in(20) { *one_of(chance, &["\n", "\r", "", "\r\r\n"]) } else { "\r\n" };
    [line.as_bytes(), end.as_bytes()].concat()
}

fn one_of<'t, T>(chance: &mut Chance, these: &'t [T]) -> &'t T {
    &these[chance.below(these.len())]
}
