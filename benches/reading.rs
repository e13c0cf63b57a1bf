//! How fast mail is read: from its octets to what was said, what is hidden, and whether a person sent it. On one core,
//! without the store.
//!
//! ```text
//! cargo bench --bench reading -- [--seconds 3] [--bytes 4096] [--only PART-OF-A-NAME]
//! ```
//! Prints mails a second for each of some kinds of mail, each of about `--bytes`; the mark for text is 20,000.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rejoinder::bounce;
use rejoinder::message::Mail;
use rejoinder::reply;

const HEAD: &str = "Received: from mail.example.org by lists.example with ESMTPS; Mon, 5 Jan 2026 08:31:00 +0000\r\n\
    From: Ada Writer <ada@example.org>\r\nTo: Talk <talk@lists.example>\r\nSubject: Re: Sourdough in winter\r\n\
    Date: Mon, 5 Jan 2026 08:30:00 +0100\r\nMessage-ID: <5b0f2c61-7d0e-4a3b@example.org>\r\n\
    In-Reply-To: <e7c1a0d4@lists.example>\r\nReferences: <a0d4@lists.example> <e7c1a0d4@lists.example>\r\n\
    MIME-Version: 1.0\r\nX-Mailer: Some program 12.3\r\n";

/// Sentences of their own, numbered, in lines as mail programs break them.
fn lines(mark: &str, words: &str, octets: usize) -> String {
    let mut text = String::with_capacity(octets + 100);
    for n in 0.. {
        if text.len() >= octets {
            break;
        }
        text.push_str(&format!("{mark}{words} {n}\r\n"));
        if n % 7 == 6 {
            text.push_str(&format!("{}\r\n", mark.trim_end()));
        }
    }
    text
}

fn mail(fields: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}{fields}\r\n{body}").into_bytes()
}

const ENGLISH: &str = "Put it near the stove, but never on it, and wait for the second day";
const GERMAN: &str = "Stell ihn in die Nähe des Ofens, nie darauf, und warte bis übermorgen";
const JAPANESE: &str = "かまどのそばに置いて、二日目まで待ってください。";

/// The kinds of mail: a name, whether the mark holds for it, and the mail.
fn kinds(octets: usize) -> Vec<(&'static str, bool, Vec<u8>)> {
    let plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    let half = octets / 2;
    let introduced = "On Mon, 5 Jan 2026 at 08:30, Bo Baker <bo@example.net> wrote:\r\n";
    let answer = lines("", ENGLISH, half) + introduced + &lines("> ", ENGLISH, half) + "-- \r\nAda\r\n";
    let between: String =
        (0..octets / 300).map(|_| lines("> ", GERMAN, 150) + "\r\n" + &lines("", GERMAN, 150) + "\r\n").collect();
    let encoded = lines("", ENGLISH, octets).replace('e', "=65");
    let html: String =
        (0..octets / 160).map(|n| format!("<div style=\"color:black\">{ENGLISH} {n}<br></div>\r\n")).collect();
    let html = format!(
        "{html}<div class=\"gmail_quote\"><div class=\"gmail_attr\">{introduced}</div><blockquote class=\"gmail_quote\">\
         {}</blockquote></div>",
        lines("", ENGLISH, half / 2)
    );
    vec![
        ("a text of one's own", true, mail(plain, &lines("", ENGLISH, octets))),
        ("an answer above its quote", true, mail(plain, &answer)),
        ("answers between quotes, German", true, mail(plain, &between)),
        ("a text in Japanese", true, mail(plain, &lines("", JAPANESE, octets))),
        (
            "quoted-printable",
            true,
            mail("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n", &encoded[..octets]),
        ),
        ("HTML alone", false, mail("Content-Type: text/html; charset=utf-8\r\n", &html)),
        ("a report in words", false, report(octets)),
    ]
}

/// A mail system's notice, with the mail that it gives back.
fn report(octets: usize) -> Vec<u8> {
    let returned = lines("", ENGLISH, octets.saturating_sub(600));
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: talk-out@lists.example\r\n\
         Subject: failure notice\r\n\r\nThis letter was not delivered to everybody.\r\n\r\n\
         <bo@example.net>:\r\nThe other host said: 550 5.1.1 nobody by that name\r\n\r\n\
         --- Below this line is a copy of what you sent.\r\n\r\n{HEAD}\r\n{returned}"
    )
    .into_bytes()
}

const MARK: f64 = 20_000.0;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |name: &str| arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, without: u64| {
        argument(name).map_or(without, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number")))
    };
    let time = Duration::from_secs(number("--seconds", 3));
    let octets = usize::try_from(number("--bytes", 4096)).expect("a size");
    let only = argument("--only").map_or("", |text| text.as_str());
    println!("{:34} {:>8} {:>10} {:>8}", "mail", "octets", "mails/s", "µs each");
    for (name, marked, mail) in kinds(octets).into_iter().filter(|(name, ..)| name.contains(only)) {
        let (began, mut read) = (Instant::now(), 0_u64);
        while began.elapsed() < time {
            for _ in 0..100 {
                let parsed = Mail::parse(black_box(&mail));
                black_box((reply::read(&parsed.text).said(), bounce::report(&parsed, &mail, false)));
            }
            read += 100;
        }
        let rate = read as f64 / began.elapsed().as_secs_f64();
        let below = if marked && rate < MARK { "  <-- below the mark" } else { "" };
        println!("{name:34} {:8} {rate:10.0} {:8.1}{below}", mail.len(), 1e6 / rate);
    }
}
