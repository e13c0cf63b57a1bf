//! The people of a `From` header (RFC 5322 §3.6.2).

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};

use super::{Address, bounds, clean, encoded_word, header};

/// Somebody who writes: an address, and the name given with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correspondent {
    /// Decoded, one cleaned line; `None` where there is none, or where it is an address or holds one.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub address: Address,
}

/// Reads an address list; what is no address in it is left out.
pub(super) fn all_in(value: &[u8]) -> Vec<Correspondent> {
    let text = header::unfolded(value);
    let bounded = &text[..text.floor_char_boundary(bounds::DECODED_VALUE_BYTES)];
    let ended = format!("{}\n", encoded_word::joined(bounded));
    let HeaderValue::Address(list) = MessageStream::new(ended.as_bytes()).parse_address() else { return Vec::new() };
    list.iter().filter_map(correspondent).take(bounds::FROM).collect()
}

fn correspondent(found: &Addr<'_>) -> Option<Correspondent> {
    let address = Address::parse(found.address.as_deref()?).ok()?;
    Some(Correspondent { name: found.name.as_deref().and_then(name), address })
}

/// A name fit to be shown: without quotes around it, and no address, since a reader's address may reach nobody.
fn name(raw: &str) -> Option<String> {
    let line = clean::line(raw, bounds::NAME_CHARS);
    let bare = line.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    (!bare.is_empty() && !bare.contains('@')).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(Option<String>, String)> {
        all_in(value.as_bytes()).into_iter().map(|c| (c.name, c.address.to_string())).collect()
    }

    fn one(name: Option<&str>) -> Vec<(Option<String>, String)> {
        vec![(name.map(ToOwned::to_owned), "ada@x.org".to_owned())]
    }

    #[test]
    fn names_are_decoded_and_cleaned() {
        assert_eq!(read("=?utf-8?Q?Ad=C3=A4_=00W=0D=0A?= <ada@x.org>"), one(Some("Adä W")));
        assert_eq!(read("\"Writer, Ada\" <ada@X.org>"), one(Some("Writer, Ada")));
        assert_eq!(read("'Ada' <ada@x.org>"), one(Some("Ada")));
        assert_eq!(read("ada@x.org (Ada)"), one(Some("Ada")));
    }

    #[test]
    fn a_name_that_is_or_holds_an_address_is_none() {
        assert_eq!(read("\"ada@x.org\" <ada@x.org>"), one(None));
        assert_eq!(read("\"Ada (ada@x.org)\" <ada@x.org>"), one(None));
        assert_eq!(read("ada@x.org"), one(None));
        assert_eq!(read("\"\" <ada@x.org>"), one(None));
    }

    #[test]
    fn several_people_and_groups_are_read_and_junk_left_out() {
        let found = read("Ada <ada@x.org>, , nobody, Team: bo@x.org, Cy <cy@x.org>;");
        let addresses: Vec<_> = found.iter().map(|(_, address)| address.as_str()).collect();
        assert_eq!(addresses, ["ada@x.org", "bo@x.org", "cy@x.org"]);
    }
}
