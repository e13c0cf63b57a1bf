use rejoinder::{
    message::Mail,
    reply,
    trust::{Hidden, redact_all},
};
use std::collections::HashSet;
use std::time::Instant;
fn main() {
    let para =
        "The starter is slow when the kitchen is cold, and that is what I wanted to say about it all along at least. ";
    let text = format!(
        "{}\n\nOn Mon, 5 Jan 2026 at 08:30, Ada Writer <ada@example.org> wrote:\n\n> {}\n> See https://bread.example/a?b=12345678901\n\n-- \nBo <bo@example.net>\n",
        para.repeat(18).replace(". ", ".\n"),
        para.repeat(15).replace(". ", ".\n> ")
    );
    let raw = format!("From: Bo <bo@example.net>\r\nSubject: Re: Bread\r\nMessage-ID: <x@y>\r\n\r\n{text}");
    println!("{} bytes", raw.len());
    let n = 5000;
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(Mail::parse(raw.as_bytes()));
    }
    println!("parse {:?}", t.elapsed() / n);
    let mail = Mail::parse(raw.as_bytes());
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(reply::read(&mail.text));
    }
    println!("reply {:?}", t.elapsed() / n);
    let r = reply::read(&mail.text);
    let texts: Vec<&str> = r.spans.iter().map(|s| s.text.as_str()).collect();
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(
            Hidden::among(&texts, &["lists.example"], |k| {
                Ok::<_, ()>(k.into_iter().filter(|k| k == "ada@example.org").collect::<HashSet<_>>())
            })
            .unwrap(),
        );
    }
    println!("among {:?}", t.elapsed() / n);
    let h = Hidden::among(&texts, &["lists.example"], |k| {
        Ok::<_, ()>(k.into_iter().filter(|k| k == "ada@example.org").collect::<HashSet<_>>())
    })
    .unwrap();
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(redact_all(&texts, &h));
    }
    println!("redact {:?}", t.elapsed() / n);
    let html = format!("<div>{}</div><p><b>x</b></p>", para.repeat(30));
    let m = Mail::parse(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes());
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(m.rich());
    }
    println!("rich of {} bytes {:?}", html.len(), t.elapsed() / n);
    let mut rich = m.rich().unwrap();
    rich.keep(&[Some(0), Some(0), Some(0)]);
    let t = Instant::now();
    for _ in 0..n {
        std::hint::black_box(rich.html(1, &Default::default()));
    }
    println!("write + gate {:?}", t.elapsed() / n);
}
