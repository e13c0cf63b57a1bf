//! DNS records to publish, as zone files and web forms want them.

/// The longest string in a TXT record, octets (RFC 1035 §3.3.14).
const STRING: usize = 255;

/// A record to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its whole name, without a dot at the end.
    pub name: String,
    /// `TXT`, `MX` or another type.
    pub kind: &'static str,
    /// Its value in one piece, as web forms take it.
    pub value: String,
}

impl Record {
    /// A line for a zone file. A text that is too long for one string stands in several, which count as one.
    pub fn zone_line(&self) -> String {
        if self.kind != "TXT" {
            return format!("{}. IN {} {}", self.name, self.kind, self.value);
        }
        let octets = self.value.as_bytes();
        let strings: Vec<String> =
            octets.chunks(STRING).map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece))).collect();
        match strings.as_slice() {
            [one] => format!("{}. IN TXT {one}", self.name),
            several => format!("{}. IN TXT ( {} )", self.name, several.join(" ")),
        }
    }

    /// Whether the zone line says it in other words than the value alone.
    pub fn is_split(&self) -> bool {
        self.kind == "TXT" && self.value.len() > STRING
    }
}

/// The key in a published DKIM record (`p=`), without blanks; `None` where it has none. An empty one was revoked (RFC
/// 6376 §3.6.1).
pub fn key_in(record: &str) -> Option<String> {
    let mut tags = record.split(';').filter_map(|tag| tag.split_once('='));
    let (_, key) = tags.find(|(name, _)| name.trim() == "p")?;
    Some(key.split_whitespace().collect())
}
