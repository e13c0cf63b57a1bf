//! What DKIM signatures cost a mail: by both keys, by each alone, and unsigned. On one core, without the store.
//!
//! ```text
//! cargo bench --bench signing -- [--seconds 2]
//! ```
//! Prints microseconds a mail for mails of some sizes, laid out as our digests are.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rejoinder::dkim::{Algorithm, Key, KeySet, Signer};

const SET: KeySet = KeySet(2026030101);

const HEAD: &str = "From: \"Talk\" <talk@lists.example>\r\nTo: \"Nora\" <nora@example.com>\r\n\
    Reply-To: \"Talk\"\r\n <talk+d.aeaaaaacaaaaaaaaaaafgltumx64hmzmus6q@lists.example>\r\n\
    Subject: Talk: On listening\r\nDate: Mon, 2 Mar 2026 07:00:00 +0000\r\n\
    Message-ID: <d.aeaaaaacaaaaaaaaaaafgltumx64hmzmus6q@lists.example>\r\n\
    List-Id: \"Talk\" <talk.lists.example>\r\nList-Post: <mailto:talk@lists.example>\r\n\
    List-Help: <mailto:talk%2Bhelp@lists.example>\r\nList-Owner: <mailto:talk%2Bowner@lists.example>\r\n\
    X-BeenThere: talk@lists.example\r\n\
    List-Unsubscribe: <mailto:talk%2Bu.aeaaaaacaaaaaaaaaaafgltumx64hmzmus6q@lists.example>\r\n\
    Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply, DR, RN, NRN\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_0123456789abcdef\"\r\n\r\n";

fn mail(octets: usize) -> Vec<u8> {
    let mut mail = HEAD.to_owned();
    for n in 0.. {
        if mail.len() >= octets {
            break;
        }
        mail.push_str(&format!("    {n} Put it near the stove, but never on it, and wait for the day.\r\n"));
    }
    mail.into_bytes()
}

fn signer(algorithms: &[Algorithm]) -> Signer {
    let key = |algorithm: &Algorithm| (SET, Key::make(SET, *algorithm).unwrap());
    Signer::new("lists.example", algorithms.iter().map(key).collect(), true)
}

fn seconds() -> u64 {
    let mut words = std::env::args().skip_while(|word| word != "--seconds").skip(1);
    words.next().and_then(|word| word.parse().ok()).unwrap_or(2)
}

/// Microseconds a mail.
fn measured(signer: &Signer, mail: &[u8]) -> f64 {
    let (began, lasts) = (Instant::now(), Duration::from_secs(seconds()));
    let mut signed = 0_u32;
    while began.elapsed() < lasts {
        let mail = signer.signed(signer.current(), Timestamp::UNIX_EPOCH, mail.to_vec()).unwrap();
        black_box(mail);
        signed += 1;
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(signed)
}

fn main() {
    let kinds: [(&str, &[Algorithm]); 4] = [
        ("unsigned", &[]),
        ("ed25519 alone", &[Algorithm::Ed25519]),
        ("rsa alone", &[Algorithm::Rsa]),
        ("both", &Algorithm::ALL),
    ];
    for octets in [4 << 10, 30 << 10, 100 << 10] {
        let mail = mail(octets);
        for (name, algorithms) in kinds {
            println!("{:>3} KiB, {name:<14} {:>8.1} µs", octets >> 10, measured(&signer(algorithms), &mail));
        }
    }
}
