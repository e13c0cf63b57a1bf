//! Mail programs: what they make of an answer, by `fixtures/life`.

use std::fmt::Write;

use crate::world::Got;

/// What somebody sends.
pub struct Letter<'a> {
    /// Which fixture shapes it.
    pub client: &'a str,
    /// Name and address, as in a From.
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    /// What they typed.
    pub said: &'a str,
    /// The mail of ours that they answer, which is quoted.
    pub answers: Option<&'a Got>,
    /// What their Message-ID is made of.
    pub id: &'a str,
}

/// The bare address of a From.
pub fn bare(from: &str) -> &str {
    from.rsplit('<').next().unwrap().trim_end_matches('>')
}

impl Letter<'_> {
    /// The mail as it leaves their program, with CRLF.
    pub fn octets(&self) -> Vec<u8> {
        self.written("2026-03-01T08:10:00Z".parse().unwrap())
    }

    /// The same, written then.
    pub fn written(&self, at: jiff::Timestamp) -> Vec<u8> {
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %-d %b %Y %H:%M:%S +0000").to_string();
        let path = format!("{}/fixtures/life/{}.eml.template", env!("CARGO_MANIFEST_DIR"), self.client);
        let template = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let own = bare(self.from);
        let (answers, text, html, answered) = match self.answers {
            None => (String::new(), "", "", ""),
            Some(mail) => {
                let ids = format!("In-Reply-To: <{0}>\nReferences: <{0}>", mail.id);
                (ids, mail.text.as_str(), mail.html_body(), mail.subject.as_str())
            }
        };
        let each_line = |before: &str| text.lines().map(|line| format!("{before}{line}\n")).collect::<String>();
        let said_html = self.said.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>");
        let mut mail = template;
        for (place, filled) in [
            ("{from}", self.from),
            ("{to}", self.to),
            ("{own}", own),
            ("{domain}", own.split_once('@').unwrap().1),
            ("{subject}", self.subject),
            ("{answered}", answered),
            ("{date}", &date),
            ("{id}", self.id),
            ("{answers}\n", &if answers.is_empty() { String::new() } else { format!("{answers}\n") }),
            ("{said}", self.said),
            ("{said_html}", &said_html),
            ("{quoted}", each_line("> ").trim_end()),
            ("{text_indented}", each_line(" ").trim_end()),
            ("{text}", text.trim_end()),
            ("{html}", html),
        ] {
            mail = mail.replace(place, filled);
        }
        encoded(&mail).replace('\n', "\r\n").into_bytes()
    }
}

/// Encodes each part as its header says.
fn encoded(mail: &str) -> String {
    let mut out = String::new();
    let (mut encoding, mut body, mut is_header) = ("", String::new(), true);
    for line in mail.lines() {
        let is_boundary = line.starts_with("--") && line.trim_end_matches('-').len() > 12 && mail.contains(&of(line));
        if is_boundary {
            out.push_str(&transferred(encoding, &std::mem::take(&mut body)));
            (encoding, is_header) = ("", true);
        }
        if !is_header {
            body.push_str(line);
            body.push('\n');
            continue;
        }
        writeln!(out, "{line}").unwrap();
        if let Some(named) = line.strip_prefix("Content-Transfer-Encoding: ") {
            encoding = named;
        }
        is_header = !line.is_empty();
    }
    out.push_str(&transferred(encoding, &body));
    out
}

/// How a boundary is named in a header.
fn of(line: &str) -> String {
    format!("boundary=\"{}", line[2..].trim_end_matches('-')).replace("\"Apple", "Apple")
}

fn transferred(encoding: &str, body: &str) -> String {
    match encoding {
        "base64" => {
            let encoded = data_encoding::BASE64.encode(body.replace('\n', "\r\n").as_bytes());
            encoded.as_bytes().chunks(76).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect()
        }
        "quoted-printable" => body.lines().map(quoted_printable).collect(),
        _ => body.to_owned(),
    }
}

/// RFC 2045 §6.7.
fn quoted_printable(line: &str) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for (at, byte) in line.bytes().enumerate() {
        let is_last = at + 1 == line.len();
        let piece = match byte {
            b' ' | b'\t' if !is_last => char::from(byte).to_string(),
            b'!'..=b'~' if byte != b'=' => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if length + piece.len() > 75 {
            out.push_str("=\n");
            length = 0;
        }
        length += piece.len();
        out.push_str(&piece);
    }
    out.push('\n');
    out
}
