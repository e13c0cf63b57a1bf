//! Mail addresses (RFC 5321 §4.1.2, without comments, quoted local parts kept as they are).

use std::fmt;

use super::clean::turns_direction;

/// A mail address, `local@domain`: the local part as written, the domain in small letters. Holds no space, control
/// character or angle bracket, so that it is safe in an SMTP command and in a header.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mail address: {why}")]
pub struct BadAddress {
    text: String,
    why: &'static str,
}

impl Address {
    /// Longest address (RFC 5321 §4.5.3.1.3, less the brackets), local part and domain.
    const MAX: (usize, usize, usize) = (254, 64, 253);

    /// Reads `local@domain`, blanks around it ignored.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let trimmed = text.trim();
        let bad = |why| Err(BadAddress { text: trimmed.chars().take(80).collect(), why });
        let Some((local, domain)) = trimmed.rsplit_once('@') else { return bad("there is no @ in it") };
        if local.is_empty() || domain.is_empty() {
            return bad("something must stand before and after the @");
        }
        if trimmed.len() > Self::MAX.0 || local.len() > Self::MAX.1 || domain.len() > Self::MAX.2 {
            return bad("it is too long");
        }
        // What shows as another address, and a dot that only some read as one.
        if trimmed.chars().any(|c| turns_direction(c) || matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}')) {
            return bad("it has a character that shows it as another");
        }
        let unsafe_char = |c: char| c.is_control() || c.is_whitespace() || "<>(),;:\\\"".contains(c);
        let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let inner = if quoted { &local[1..local.len() - 1] } else { local };
        if inner
            .chars()
            .any(|c| if quoted { c.is_control() || "<>\"\\".contains(c) } else { unsafe_char(c) || c == '@' })
        {
            return bad("the part before the @ has a character that may not stand there");
        }
        let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let bad_domain = match literal {
            // An address in numbers (RFC 5321 §4.1.3): `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
            Some(numbers) => {
                let digits = numbers.strip_prefix("IPv6:").or(numbers.strip_prefix("ipv6:")).unwrap_or(numbers);
                digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit() || c == '.' || c == ':')
            }
            None => domain.chars().any(|c| unsafe_char(c) || c == '[' || c == ']'),
        };
        if bad_domain {
            return bad("the part after the @ has a character that may not stand there");
        }
        if domain.split('.').any(str::is_empty) {
            return bad("the part after the @ has an empty label");
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// An address from parts that are known to be good: a list's name and our own domain.
    pub fn of_parts(local: &str, domain: &str) -> Self {
        Self(format!("{local}@{}", domain.to_lowercase()))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the @.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the @, in small letters.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form by which addresses are compared: all small letters. The RFC lets local parts differ by case; no mail
    /// system that people use does.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The form for logs: `a…@example.org`.
    pub fn masked(&self) -> String {
        let first: String = self.local().chars().take(1).collect();
        format!("{first}…@{}", self.domain())
    }
}

/// The form of an optional address for logs; `<>` where there is none.
pub fn mask(address: Option<&Address>) -> String {
    address.map_or_else(|| "<>".to_owned(), Address::masked)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Masked, so that no debug print puts an address into a log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_local_part_and_lowers_its_domain() {
        let address = Address::parse(" Ada.Writer@Example.ORG ").unwrap();
        assert_eq!(address.as_str(), "Ada.Writer@example.org");
        assert_eq!(address.key(), "ada.writer@example.org");
        assert_eq!(address.masked(), "A…@example.org");
    }

    #[test]
    fn what_could_break_a_command_or_a_header_is_no_address() {
        for bad in [
            "",
            "ada",
            "@x.org",
            "ada@",
            "a b@x.org",
            "a@x y.org",
            "a\r\n@x.org",
            "a@x.org\r\nRCPT",
            "<a@x.org>",
            "a@b@x.org",
            "a@x..org",
            "\u{202e}ada@x.org",
            "ada@x.org\u{3002}com",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?} was taken");
        }
        assert!(Address::parse(&format!("{}@x.org", "a".repeat(65))).is_err());
        for good in [
            "a@localhost",
            "a+b@x.org",
            "a@[127.0.0.1]",
            "a@[IPv6:2001:db8::1]",
            "\"a b\"@x.org",
            "müller@bücher.example",
            "o'neil@x.org",
        ] {
            assert!(Address::parse(good).is_ok(), "{good:?} was refused");
        }
    }
}
