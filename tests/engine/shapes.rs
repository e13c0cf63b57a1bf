//! Mails that nobody would write, of any size wanted: nested, repeated, endless, garbled. Each is a shape that has hurt
//! some mail program.

use data_encoding::BASE64_MIME;

/// A shape: its name, and a mail of about so many octets made by it.
pub type Shape = (&'static str, fn(usize) -> Vec<u8>);

/// What a person might have at the top of such a mail.
const HEAD: &str =
    "From: Ada <ada@example.net>\r\nTo: talk@lists.example\r\nSubject: Bread\r\nMessage-ID: <shape@test>\r\n";

/// All of them.
pub fn all() -> impl Iterator<Item = Shape> {
    [NESTED, HEADERS, HTML, FORMATTED, ENCODED, TEXT, REPORTS, ADDRESSES].into_iter().flatten().copied()
}

/// `what` again and again, up to about so many octets.
fn fill(what: &str, octets: usize) -> String {
    what.repeat(octets / what.len() + 1)
}

/// `make(0)`, `make(1)`, … up to about so many octets.
fn count(octets: usize, make: impl Fn(usize) -> String) -> String {
    let mut all = String::with_capacity(octets + 100);
    let mut n = 0;
    while all.len() < octets {
        all.push_str(&make(n));
        n += 1;
    }
    all
}

/// A mail with these fields besides [`HEAD`], and this body.
fn mail(fields: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}{fields}\r\n{body}\r\n").into_bytes()
}

fn typed(content_type: &str, body: &str) -> Vec<u8> {
    mail(&format!("Content-Type: {content_type}\r\n"), body)
}

/// A mail with an encoding or a charset.
fn coded(charset: &str, encoding: &str, body: &str) -> Vec<u8> {
    mail(&format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"), body)
}

/// A mail in which one field is long, in folded lines of some length.
fn long_field(name: &str, value: &str) -> Vec<u8> {
    let mut folded = String::with_capacity(value.len() + value.len() / 100);
    let mut rest = value;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.floor_char_boundary(900.min(rest.len())));
        folded.push_str(line);
        folded.push_str("\r\n ");
        rest = after;
    }
    format!("{name}: {folded}\r\n{HEAD}\r\nHello.\r\n").into_bytes()
}

fn html(body: &str) -> Vec<u8> {
    typed("text/html; charset=utf-8", body)
}

/// Parts within parts, and boundaries.
const NESTED: &[Shape] = &[
    ("mails in mails", |n| {
        mail("", "").into_iter().chain(fill("Content-Type: message/rfc822\r\n\r\n", n).into_bytes()).collect()
    }),
    ("mails in a mail, from its first line", |n| {
        [fill("Content-Type: message/rfc822\r\n\r\n", n), "From: a@b.c\r\n\r\nx\r\n".to_owned()].concat().into_bytes()
    }),
    ("mails in mails, encoded", |n| {
        let inside = BASE64_MIME.encode(fill("Content-Type: message/rfc822\r\n\r\n", n * 7 / 10).as_bytes());
        mail("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n", &inside)
    }),
    ("multiparts in multiparts", |n| {
        typed(
            "multipart/mixed; boundary=b",
            &count(n, |at| {
                let outer = if at == 0 { "b".to_owned() } else { format!("b{at}") };
                format!("--{outer}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", at + 1)
            }),
        )
    }),
    ("multiparts in multiparts of one name", |n| {
        typed("multipart/mixed; boundary=b", &fill("--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n", n))
    }),
    ("parts", |n| typed("multipart/mixed; boundary=b", &fill("--b\r\n\r\nx\r\n", n))),
    ("parts without an end", |n| typed("multipart/mixed; boundary=b", &fill("--b\r\n", n))),
    ("parts with long headers", |n| {
        let field = format!("Content-Type: text/plain; {}\r\n\r\n\r\n", fill("a=b; ", 8_000));
        typed("multipart/mixed; boundary=b", &fill(&format!("--b\r\n{field}"), n))
    }),
    ("parts with long names in pieces", |n| {
        let field = count(8_000, |at| format!("; filename*{at}=a"));
        typed(
            "multipart/mixed; boundary=b",
            &fill(&format!("--b\r\nContent-Disposition: attachment{field}\r\n\r\nx\r\n"), n),
        )
    }),
    ("parts with many headers", |n| {
        typed("multipart/mixed; boundary=b", &fill(&format!("--b\r\n{}\r\nx\r\n", fill("X: y\r\n", 20_000)), n))
    }),
    ("alternatives of HTML", |n| {
        typed(
            "multipart/alternative; boundary=b",
            &fill(&format!("--b\r\nContent-Type: text/html\r\n\r\n{}\r\n", fill("<p>", 20_000)), n),
        )
    }),
    ("lines that begin as boundaries", |n| {
        let open: String = (0..16)
            .map(|at| {
                let (outer, inner) = (format!("{}{at}", "b".repeat(60)), format!("{}{}", "b".repeat(60), at + 1));
                format!("--{outer}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n")
            })
            .collect();
        let near = format!("--{}\r\n", "b".repeat(60));
        typed(&format!("multipart/mixed; boundary={}0", "b".repeat(60)), &(open + &fill(&near, n)))
    }),
    ("lines of two dashes", |n| typed("multipart/mixed; boundary=b", &fill("--\r\n", n))),
    ("a report of many parts", |n| {
        typed(
            "multipart/report; report-type=delivery-status; boundary=b",
            &fill("--b\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n", n),
        )
    }),
    ("a boundary of its own length", |n| {
        typed(
            &format!("multipart/mixed; boundary=\"{}\"", "b".repeat(7_000)),
            &fill(&format!("--{}\r\n", "b".repeat(6_999)), n),
        )
    }),
];

/// Fields of a header.
const HEADERS: &[Shape] = &[
    ("header fields", |n| mail(&fill("X: y\r\n", n), "Hello.")),
    ("header fields without anything", |n| mail(&fill("X:\r\n", n), "Hello.")),
    ("Received fields", |n| mail(&fill("Received: from a by b\r\n", n), "Hello.")),
    ("header lines that are none", |n| mail(&fill("no field\r\nFrom: a@b.c\r\n", n), "Hello.")),
    ("a header that never ends", |n| mail(&fill(" x\r\n", n), "Hello.")),
    ("one field, in one line", |n| mail(&format!("X: {}\r\n", "y".repeat(n)), "Hello.")),
    ("one field, folded", |n| long_field("X-Long", &fill("yyyyy ", n))),
    ("a Subject", |n| long_field("Subject", &fill("Bread and ", n))),
    ("a Subject of answers", |n| long_field("Subject", &fill("Re: ", n))),
    ("a Subject of brackets", |n| long_field("Subject", &fill("[", n))),
    ("a Subject of lists", |n| long_field("Subject", &fill("[a] ", n))),
    ("encoded words", |n| long_field("Subject", &fill("=?utf-8?q?=C3=A9?= ", n))),
    ("encoded words that never end", |n| long_field("Subject", &fill("=?utf-8?q?a", n))),
    ("beginnings of encoded words", |n| long_field("From", &fill("=?", n))),
    ("fields of encoded words", |n| mail(&fill(&format!("X: {}\r\n", fill("=?utf-8?q?a?= ", 8_000)), n), "Hello.")),
    ("fields of words that never end", |n| mail(&fill(&format!("X: {}\r\n", fill("=?utf-8?b?", 8_000)), n), "Hello.")),
    ("a From of addresses", |n| long_field("From", &count(n, |at| format!("a{at}@example.org, ")))),
    ("a From of groups", |n| long_field("From", &fill("a:b:", n))),
    ("a From of comments", |n| long_field("From", &fill("(", n))),
    ("a From of quotes", |n| long_field("From", &fill("\"\\\"", n))),
    ("a From of angles", |n| long_field("From", &fill("<", n))),
    ("a From of at signs", |n| long_field("From", &fill("@", n))),
    ("a From of 8 KB of comments", |n| {
        mail(&format!("X: {}\r\n", fill("(a", n)), "Hello.").into_iter().chain(fill("(", 8_000).into_bytes()).collect()
    }),
    ("a To of addresses", |n| long_field("To", &count(n, |at| format!("a{at}@example.org, ")))),
    ("References", |n| long_field("References", &count(n, |at| format!("<a{at}@example.org> ")))),
    ("References to itself", |n| long_field("References", &fill("<shape@test> ", n))),
    ("References of angles", |n| long_field("References", &fill("<", n))),
    ("References without angles", |n| long_field("References", &fill("a@b ", n))),
    ("In-Reply-To of halves", |n| long_field("In-Reply-To", &fill("<a@b", n))),
    ("a Message-ID", |n| long_field("Message-ID", &format!("<{}>", fill("a", n)))),
    ("a Message-ID of many", |n| long_field("Message-ID", &fill("<>", n))),
    ("a Date", |n| long_field("Date", &fill("Mon, ", n))),
    ("a Date of digits", |n| long_field("Date", &fill("9", n))),
    ("parameters", |n| long_field("Content-Type", &format!("text/plain; {}", count(n, |at| format!("a{at}=b; "))))),
    ("parameters in pieces", |n| {
        long_field("Content-Type", &format!("text/plain; {}", count(n, |at| format!("a*{at}*=utf-8''b; "))))
    }),
    ("8 KB of parameters in pieces", |n| {
        mail(
            &format!("Content-Type: text/plain; {}\r\n", count(7_900, |at| format!("a*{at}*=%41; "))),
            &fill("x\r\n", n),
        )
    }),
    ("8 KB of open quotes", |n| {
        mail(&format!("Content-Type: text/plain; a=\"{}\r\n", fill("\\\"", 7_900)), &fill("x\r\n", n))
    }),
    ("List-Ids", |n| mail(&fill("List-Id: <other.example>\r\n", n), "Hello.")),
];

/// HTML.
const HTML: &[Shape] = &[
    ("HTML: divs in divs", |n| html(&fill("<div>", n))),
    ("HTML: divs in divs, with text", |n| html(&fill("<div>x\r\n", n))),
    ("HTML: quotes in quotes", |n| html(&fill("<blockquote>x", n))),
    ("HTML: lists in lists", |n| html(&fill("<ul><li>x", n))),
    ("HTML: tables in tables", |n| html(&fill("<table><tr><td>x", n))),
    ("HTML: spans, closed as others", |n| html(&fill("<span><div></span>", n))),
    ("HTML: ends of nothing", |n| html(&fill("</div></span></p>", n))),
    ("HTML: paragraphs never closed", |n| html(&fill("<p>x", n))),
    ("HTML: headings never closed", |n| html(&fill("<h1>x", n))),
    ("HTML: headings and paragraphs", |n| html(&fill("<h1>x<p>y", n))),
    ("HTML: pre in pre", |n| html(&fill("<pre>x", n))),
    ("HTML: ordered lists in lists", |n| html(&fill("<ol start=9>", n))),
    ("HTML: terms in lists", |n| html(&fill("<dl><dt>x", n))),
    ("HTML: forms in forms", |n| html(&fill("<form>x", n))),
    ("HTML: hidden in hidden", |n| html(&fill("<div style='display:none'>x", n))),
    ("HTML: one tag", |n| html(&format!("<a {}", fill("x", n)))),
    ("HTML: one tag of attributes", |n| html(&format!("<a {}>x", count(n, |at| format!(" a{at}"))))),
    ("HTML: one tag of quotes", |n| html(&format!("<a {}>x", count(n, |at| format!(" a{at}='>'"))))),
    ("HTML: tags of 400 attributes", |n| html(&fill(&format!("<a {}>x", count(2_000, |at| format!(" a{at}"))), n))),
    ("HTML: one attribute", |n| html(&format!("<a href=\"{}", fill("x>", n)))),
    ("HTML: one comment", |n| html(&format!("<!--{}", fill("x->", n)))),
    ("HTML: beginnings of comments", |n| html(&fill("<!--", n))),
    ("HTML: one doctype", |n| html(&format!("<!DOCTYPE {}", fill("x ", n)))),
    ("HTML: angles", |n| html(&fill("<", n))),
    ("HTML: slashes", |n| html(&fill("</", n))),
    ("HTML: one style", |n| html(&format!("<style>{}", fill("</styl", n)))),
    ("HTML: styles", |n| html(&fill("<style></style>", n))),
    ("HTML: entities", |n| html(&fill("&eacute;", n))),
    ("HTML: entities that are none", |n| html(&fill("&#x1", n))),
    ("HTML: ampersands", |n| html(&fill("&", n))),
    ("HTML: links", |n| html(&fill("<a href=https://x.example/>x</a>", n))),
    ("HTML: links in one line", |n| html(&fill("<a href=https://x.example/>x", n))),
    ("HTML: a link around everything", |n| html(&format!("<a href=https://x.example/>{}</a>", fill("x ", n)))),
    ("HTML: rules in quotes", |n| html(&format!("{}{}", fill("<blockquote>", 300), fill("<hr>", n)))),
    ("HTML: breaks", |n| html(&fill("<br>", n))),
    ("HTML: pictures", |n| html(&fill("<img alt=\u{1f600}>", n))),
    ("HTML: pre", |n| html(&format!("<pre>{}", fill(" \n", n)))),
    ("HTML: blanks", |n| html(&fill("&nbsp; ", n))),
    ("pages of signatures", |n| typed("text/html", &fill("<div class=x-signature id=a name=b>x</div>", n))),
    ("pages of heads", |n| typed("text/html", &fill("<div id=divRplyFwdMsg>x</div>", n))),
    ("pages of named quotes", |n| typed("text/html", &fill("<div class=yahoo_quoted>x</div>y", n))),
];

/// Encodings and charsets.
const ENCODED: &[Shape] = &[
    ("quoted-printable: signs", |n| coded("utf-8", "quoted-printable", &fill("=", n))),
    ("quoted-printable: halves", |n| coded("utf-8", "quoted-printable", &fill("=3", n))),
    ("quoted-printable: soft ends", |n| coded("utf-8", "quoted-printable", &fill("=\r\n", n))),
    ("quoted-printable: blanks", |n| {
        coded("utf-8", "quoted-printable", &fill(&format!("{}x\r\n", " ".repeat(60_000)), n))
    }),
    ("quoted-printable: blanks behind", |n| {
        coded("utf-8", "quoted-printable", &fill(&format!("x{}\r\n", " ".repeat(60_000)), n))
    }),
    ("base64: pads", |n| coded("utf-8", "base64", &fill("=", n))),
    ("base64: none of it", |n| coded("utf-8", "base64", &fill("!*?\r\n", n))),
    ("base64: zeros", |n| coded("utf-8", "base64", &fill("AAAA", n))),
    ("base64: quotes", |n| coded("utf-8", "base64", &BASE64_MIME.encode(fill(">\n", n * 7 / 10).as_bytes()))),
    ("iso-2022-jp: escapes", |n| coded("iso-2022-jp", "8bit", &fill("\u{1b}$B\u{1b}(B", n))),
    ("iso-2022-jp: one escape", |n| coded("iso-2022-jp", "8bit", &format!("\u{1b}$B{}", fill("!", n)))),
    ("utf-7: plus signs", |n| coded("utf-7", "7bit", &fill("+", n))),
    ("utf-7: pieces", |n| coded("utf-7", "7bit", &fill("+AGEAYg-", n))),
    ("utf-7: one piece", |n| coded("utf-7", "7bit", &format!("+{}", fill("AGEA", n)))),
    ("utf-16: halves", |n| coded("utf-16", "base64", &fill("2D3YPdg9", n))),
    ("gb18030: halves", |n| coded("gb18030", "base64", &fill("gTCBMIEw", n))),
    ("hz: tildes", |n| coded("hz-gb-2312", "7bit", &fill("~{", n))),
    ("a charset of no name", |n| coded(&"x".repeat(7_000), "8bit", &fill("\u{e9}", n))),
    ("wrong UTF-8", |n| [mail("Content-Type: text/plain; charset=utf-8\r\n", ""), vec![0xc3; n]].concat()),
    ("bytes of no charset", |n| [mail("", ""), vec![0xe9; n]].concat()),
    ("NULs", |n| [mail("", ""), vec![0; n]].concat()),
    ("NULs everywhere", |n| vec![0; n]),
    ("carriage returns", |n| fill("\r", n).into_bytes()),
];

/// Plain text.
const TEXT: &[Shape] = &[
    ("quotes 10,000 deep", |n| mail("", &fill(&format!("{}x\r\n", ">".repeat(10_000)), n))),
    ("quotes 5,000 deep, with blanks", |n| mail("", &fill(&format!("{}x\r\n", "> ".repeat(5_000)), n))),
    ("quotes of nothing", |n| mail("", &fill(">\r\n", n))),
    ("quotes and answers", |n| mail("", &fill("> q\r\na\r\n", n))),
    ("attributions", |n| mail("", &fill("On Mon, 5 Jan 2026 at 08:30, Ada <a@b.c> wrote:\r\n> q\r\n", n))),
    ("attributions of three lines", |n| {
        mail("", &fill("On Mon, 5 Jan 2026\r\nat 08:30, Ada\r\n<a@b.c> wrote:\r\n\r\n\r\n> q\r\n", n))
    }),
    ("attributions without quotes", |n| mail("", &fill("Ada wrote:\r\n", n))),
    ("signatures", |n| mail("", &fill("-- \r\n", n))),
    ("bare marks of signatures", |n| mail("", &fill("--\r\nx\r\n", n))),
    ("signatures and quotes", |n| mail("", &fill("-- \r\nAda\r\n> q\r\n", n))),
    ("signatures in code", |n| mail("", &fill("```\r\n-- \r\n```\r\n-- \r\n", n))),
    ("signatures of a line and paragraphs", |n| mail("", &fill("-- \r\nAda\r\n\r\nP.S\r\n", n))),
    ("other mails' heads above quotes, and nothing", |n| {
        let heads = fill("-----Original Message-----\r\n> q\r\n", n.min(40_000));
        mail("", &(heads + &fill("\r\n", n)))
    }),
    ("a mark under nothing", |n| mail("", &("a\r\n> q\r\n".to_owned() + &fill("\r\n", n) + "--" + &"\r\n".repeat(50)))),
    ("answers that are below", |n| {
        mail("", &fill("See below, in red.\r\n____\r\nFrom: a@b.c\r\nDate: 5 Jan 2026 8:30\r\n\r\n", n))
    }),
    ("addresses broken behind their bracket", |n| mail("", &fill("On 5 Jan 2026 8:30 Ada <\r\na@b.c> wrote:\r\n", n))),
    ("lines of phones", |n| mail("", &fill("Sent from my iPhone\r\n\r\n> q\r\n", n))),
    ("rules", |n| mail("", &fill("____________________\r\n", n))),
    ("a rule", |n| mail("", &fill("_", n))),
    ("footers", |n| mail("", &fill("____________________\r\ntalk mailing list\r\nhttps://x.example\r\n", n))),
    ("other mails' heads", |n| {
        mail("", &fill("x\r\n-----Original Message-----\r\nFrom: a\r\nSent: b\r\nTo: c\r\n", n))
    }),
    ("heads that begin", |n| mail("", &fill("From: a\r\nFrom: b\r\n", n))),
    ("rules that begin heads", |n| mail("", &fill("---\r\n\r\n", n))),
    ("heads of other mails, begun again and again", |n| mail("", &fill("From: a@b.c\r\nDate: 5\r\n\r\nx:\r\n", n))),
    ("lines that end with a colon", |n| mail("", &fill("a b c:\r\n", n))),
    ("lines that tell a moment", |n| mail("", &fill("5 Jan 2026 08:30 a <a@b.c> GMT x:\r\n", n))),
    ("attributions that nobody wrote, before text", |n| {
        mail("", &fill("On 5 Jan 2026 at 08:30, we all\r\nsaw <a@b.c> and I wrote:\r\nx\r\n", n))
    }),
    ("quotes by initials", |n| mail("", &fill("AW> q\r\nAW> q\r\nB> q\r\n", n))),
    ("quotes behind bars", |n| mail("", &fill("Ada wrote:\r\n| q\r\na\r\n", n))),
    ("prompts", |n| mail("", &fill(">>> q\r\na\r\n", n))),
    ("quoted lines that were broken", |n| mail("", &fill(&format!("> {}\r\nx y\r\n> q\r\n", "x ".repeat(40)), n))),
    ("PGP's marks", |n| mail("", &fill("-----BEGIN PGP SIGNATURE-----\r\n", n))),
    ("lawyers' notices", |n| mail("", &fill("This e-mail is confidential\r\n\r\n", n))),
    ("quotes and ends of phones", |n| mail("", &fill("x\r\n\r\nGesendet mit dem Mobiltelefon\r\n\r\n> q\r\n", n))),
    ("lines of 60,000 octets", |n| mail("", &fill(&format!("{}\r\n", "x".repeat(60_000)), n))),
    ("lines of 60,000 blanks", |n| mail("", &fill(&format!("{}x\r\n", " ".repeat(60_000)), n))),
    ("one line", |n| mail("", &fill("x ", n))),
    ("empty lines", |n| mail("", &fill("\r\n", n))),
    ("lines of a tab", |n| mail("", &fill("\t\r\n", n))),
    ("addresses", |n| mail("", &count(n, |at| format!("a{at}@example.org\r\n")))),
    ("addresses of many parts", |n| mail("", &fill("a.b.c.d.e.f.g.h.i.j.k.l.m@a.b.c.d.e.f.g.h.i.j.k.l.m ", n))),
    ("one address of many parts", |n| mail("", &fill("a.", n))),
    ("at signs", |n| mail("", &fill("@", n))),
    ("at signs and letters", |n| mail("", &fill("a@", n))),
    ("encoded at signs", |n| mail("", &fill("a%40", n))),
    ("per cent signs", |n| mail("", &fill("%", n))),
    ("beginnings of tokens", |n| mail("", &fill("+r.", n))),
    ("tokens that nearly are", |n| mail("", &fill("talk+u.abcdefghijklmnopqrstuvwxyz234567abc ", n))),
    ("tokens, broken", |n| mail("", &fill("talk+u.abcdefghijklmnop=\r\n> qrstuvwxyz234567abcd@lists.example\r\n", n))),
    ("breaks that nobody sees", |n| mail("Content-Type: text/plain; charset=utf-8\r\n", &fill("+u.a\u{200b}", n))),
    ("letters that grow in small", |n| mail("Content-Type: text/plain; charset=utf-8\r\n", &fill("\u{130}", n))),
    ("flowed lines", |n| typed("text/plain; format=flowed", &fill("x \r\n", n))),
    ("flowed quotes, by turns", |n| typed("text/plain; format=flowed; delsp=yes", &fill("> x \r\n>> y \r\n", n))),
    ("flowed quotes, deep", |n| {
        typed("text/plain; format=flowed", &fill(&format!("{} x \r\n", ">".repeat(10_000)), n))
    }),
    ("flowed blanks", |n| typed("text/plain; format=flowed; delsp=yes", &fill(" \r\n", n))),
];

/// A mail of a mail system's, with these fields and this body.
fn reported(fields: &str, body: &str) -> Vec<u8> {
    format!("From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n{fields}\r\n{body}\r\n").into_bytes()
}

/// A report with one status part.
fn status(body: &str) -> Vec<u8> {
    typed(
        "multipart/report; report-type=delivery-status; boundary=b",
        &format!("--b\r\nContent-Type: message/delivery-status\r\n\r\n{body}\r\n--b--"),
    )
}

/// Reports, in words and in fields.
const REPORTS: &[Shape] = &[
    ("a report on many", |n| {
        reported("", &format!("not delivered to:\r\n{}", count(n, |at| format!("<a{at}@x.example>: 550 no\r\n"))))
    }),
    ("a report on many, without reasons", |n| reported("", &count(n, |at| format!("<a{at}@x.example>\r\n")))),
    ("a report on one, again and again", |n| reported("", &fill("user unknown: a@x.example\r\n", n))),
    ("a report on two, by turns", |n| reported("", &fill("<a@x.example>: 550 no\r\n<b@x.example>: 450 no\r\n", n))),
    ("a report on many in a line", |n| reported("", &fill("not delivered to a@x.example ", n))),
    ("a report of reasons alone", |n| reported("", &fill("mailbox full user unknown over quota\r\n", n))),
    ("a report of statuses", |n| reported("", &fill("550 5.1.1 ", n))),
    ("a report of a session", |n| reported("", &fill(">>> RCPT TO:<a@x.example>\r\n", n))),
    ("a report of angles and at signs", |n| reported("", &fill("<@", n))),
    ("a report of at signs", |n| reported("", &fill("a@", n))),
    ("a report of dotted names", |n| reported("", &fill("a.", n))),
    ("a report of announcements", |n| reported("", &fill("original message received\r\n", n))),
    ("a report of aliases", |n| reported("", &fill("\r\n(generated from a@x.example)\r\n", n))),
    ("a report that names many in its header", |n| {
        reported(&count(n / 2, |at| format!("X-Failed-Recipients: a{at}@x.example\r\n")), &fill("a\r\n", n / 2))
    }),
    ("a report to many", |n| reported(&format!("To: {}\r\n", count(n, |at| format!("a{at}@x.example, "))), "no")),
    ("a report that returns a mail of Received fields", |n| reported("", &fill("Received: for <a@b.c>\r\n", n))),
    ("a status part of many", |n| {
        status(&count(n, |at| format!("Final-Recipient: rfc822; a{at}@x.example\r\nAction: failed\r\n\r\n")))
    }),
    ("a status part of one group", |n| status(&fill("Final-Recipient: rfc822; a@x.example\r\n", n))),
    ("a status part of blank lines", |n| status(&fill("Action: failed\r\n\r\n", n))),
    ("a status part of one field", |n| status(&format!("Diagnostic-Code: smtp; {}", fill("550 5.1.1\r\n ", n)))),
    ("a status part of escapes", |n| status(&format!("Final-Recipient: utf-8; {}", fill("\\x{", n)))),
    ("a complaint of many", |n| {
        typed(
            "multipart/report; report-type=feedback-report; boundary=b",
            &format!(
                "--b\r\nContent-Type: message/feedback-report\r\n\r\n{}",
                count(n, |at| format!("Original-Rcpt-To: a{at}@x.example\r\n"))
            ),
        )
    }),
];

/// How much HTML is read for its formatting.
const FORMATTED_MOST: usize = 1_000_000;

fn formatted(unit: &str, octets: usize) -> Vec<u8> {
    html(&fill(unit, octets.min(FORMATTED_MOST)))
}

/// As much formatting as is kept, and a little more.
const FORMATTED: &[Shape] = &[
    ("formatted: words", |n| formatted("<p>some <b>bold</b> words <i>and</i> more of them</p>\n", n)),
    ("formatted: emphasis in emphasis", |n| formatted("<b><i><u><s><code><sub>x", n)),
    ("formatted: emphasis crossed", |n| formatted("<b>x<i>y</b>z</i>", n)),
    ("formatted: quotes in quotes", |n| formatted("<blockquote style='border:none'>x<ul><li>", n)),
    ("formatted: cells", |n| formatted("<table><tr><td>x<td>y<tr><td>z</table>", n)),
    ("formatted: a table of cells", |n| html(&format!("<table>{}", fill("<tr><td>x<td>y", n.min(FORMATTED_MOST))))),
    ("formatted: links", |n| formatted("<a href='https://x.example/%41?y=z'>bank.example/</a> ", n)),
    ("formatted: links in a link", |n| formatted("<a href=https://x.example/>x", n)),
    ("formatted: pictures", |n| formatted("<img alt='a picture' src=https://x.example/y>", n)),
    ("formatted: breaks", |n| formatted("<br>x<br><br>&nbsp;", n)),
    ("formatted: no blank anywhere", |n| html(&fill("word", n.min(FORMATTED_MOST)))),
    ("formatted: signs", |n| formatted("&lt;&amp;&gt;&nbsp;", n)),
    ("formatted: both forms", |n| {
        let n = n.min(FORMATTED_MOST);
        let (plain, html) =
            (fill("word [image: x] https://x.example/ \r\n", n), fill("<b>word</b> <img alt=x><br>", n));
        typed(
            "multipart/alternative; boundary=b",
            &format!("--b\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--"),
        )
    }),
    ("formatted: files", |n| {
        let part = "--b\r\nContent-Type: image/png; name=\"a@b.c.png\"\r\nContent-ID: <x@y>\r\n\r\nx\r\n";
        typed(
            "multipart/related; boundary=b",
            &format!("--b\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n{}", fill(part, n)),
        )
    }),
];

/// What looks like an address, or like one in disguise.
const ADDRESSES: &[Shape] = &[
    ("addresses: signs", |n| mail("", &fill("@", n))),
    ("addresses: runs", |n| mail("", &fill("a.b.c.d@e.f.g.h@", n))),
    ("addresses: many", |n| mail("", &count(n, |at| format!("a{at}@b.example\r\n")))),
    ("addresses: percent signs", |n| mail("", &fill("%25%40", n))),
    ("addresses: encoded thrice", |n| mail("", &fill("a%252540b.c ", n))),
    ("addresses: entities", |n| mail("", &fill("a&#64;b&period;c&amp;#64;", n))),
    ("addresses: spelled out", |n| mail("", &fill("a at b dot c ", n))),
    ("addresses: at at at", |n| mail("", &fill("at ", n))),
    ("addresses: brackets", |n| mail("", &fill("(at)[dot]<", n))),
    ("addresses: tags in text", |n| mail("", &fill("a<b>@<i>c.d", n))),
    ("addresses: folds", |n| mail("", &fill("a@b\r\n c.d", n))),
    ("addresses: base64", |n| mail("", &BASE64_MIME.encode(fill("ada@example.net ", n * 7 / 10).as_bytes()))),
    ("addresses: base64 without ends", |n| mail("", &fill("QGFAYUBh", n))),
    ("addresses: unseen signs", |n| mail("", &fill("a\u{200b}@\u{ad}b.c", n))),
    ("addresses: at-at-at", |n| mail("", &fill("-at", n))),
    ("addresses: wide letters", |n| typed("text/plain; charset=utf-8", &fill("\u{ff41}\u{ff20}\u{ff42}\u{ff0e}", n))),
    ("addresses: in both letters", |n| {
        typed("text/plain; charset=utf-8", &count(n, |at| format!("a@\u{fc}{at}.example ")))
    }),
    ("addresses: in long labels", |n| {
        typed("text/plain; charset=utf-8", &fill(&format!("a@{} ", "\u{fc}\u{e9}".repeat(60)), n))
    }),
    ("addresses: broken in quotes", |n| mail("", &fill("> a.b@\r\n> c.d@e\r\n> f\r\n", n))),
    ("addresses: marks of quotes", |n| mail("", &fill("@\r\n> > > > > > > > > > > > > > > > > > > > >", n))),
    ("addresses: comments", |n| mail("", &fill("(a)@", n))),
    ("addresses: passwords", |n| mail("", &fill("//a:b@", n))),
    ("addresses: nothing seen", |n| typed("text/plain; charset=utf-8", &fill("\u{200b}\u{34f}", n))),
    ("addresses: nothing seen, encoded", |n| mail("", &fill("a%E2%80%8B%0A", n))),
    ("addresses: web addresses of ours", |n| mail("", &fill("://lists.example/a.b.c/", n))),
    ("addresses: names", |n| mail("", &fill("Ada <ada@example.net> ", n))),
];
