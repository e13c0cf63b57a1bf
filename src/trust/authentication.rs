//! What a mail server in front of us found out about a mail's sender and wrote down for us (RFC 8601), where its word
//! counts; and what makes the author of a mail one who can be proven at all.

use mail_auth::common::to_a_label;

use super::Verdict;
use super::spam::taken_by;
use crate::message::Mail;

/// How many results of one server are read.
const MOST_RESULTS: usize = 100;

/// A domain that stands up for a mail, by its signature or by the server that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// In ASCII, small letters.
    pub domain: String,
    /// Whether it was found to; else nobody could tell just now (`temperror`).
    pub certain: bool,
}

/// What a server in front of us says of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayWord {
    /// What came of DMARC; `None` where it does not say, or that the domain has no policy.
    pub dmarc: Option<RelayDmarc>,
    /// The domains whose signatures are good; `None` where it does not say.
    pub dkim: Option<Vec<Voucher>>,
    /// What came of SPF; `None` where it does not say, `Some(None)` where the sending machine is not one of the domain's.
    pub spf: Option<Option<Voucher>>,
}

/// What a server in front of us says came of DMARC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayDmarc {
    /// The domain of From vouches for the mail.
    Pass,
    /// It does not. What it wants done, where the server says so.
    Fail(Option<Verdict>),
    /// It could not be found out.
    Unsure,
}

/// The domain of the author, in ASCII, where there is one author that can be proven: one From field with one address in it.
pub fn author_domain(mail: &Mail) -> Option<String> {
    match mail.from.as_slice() {
        [author] if !has_several_from(mail) => Some(to_a_label(author.address.domain()).into_owned()),
        _ => None,
    }
}

/// Whether there are several From fields, which RFC 5322 §3.6 does not allow: programs differ in which they show.
pub fn has_several_from(mail: &Mail) -> bool {
    mail.headers("From").nth(1).is_some()
}

/// Whether `domain` may be in the same organization as `author`: they are one, or end alike in two labels or more. Only
/// the DNS tells whether they are; but no two that end alike in a top-level domain alone ever are.
pub fn may_align(domain: &str, author: &str) -> bool {
    let alike = domain.rsplit('.').zip(author.rsplit('.')).take_while(|(one, other)| one == other && !one.is_empty());
    domain == author && !domain.is_empty() || alike.count() >= 2
}

/// The one of `relays` that says it took this mail last, in the topmost Received field. That it handed us the mail is for
/// the connection to show: anybody can write the field.
pub fn taken_last_by<'a>(mail: &Mail, relays: &'a [String]) -> Option<&'a str> {
    let by = mail.headers("Received").next().and_then(taken_by)?;
    relays.iter().map(String::as_str).find(|relay| relay.eq_ignore_ascii_case(&by))
}

/// What `relay` says of a mail whose author is at `author`. Only what stands above its own Received field was surely
/// written by it: what stands below may have come with the mail (RFC 8601 §7.1). Where it is known to take that out
/// (`strips`, RFC 8601 §5), what stands between that field and the next counts too.
pub fn word_of(mail: &Mail, relay: &str, author: &str, strips: bool) -> RelayWord {
    let mut hops = 0;
    let its_own = mail.fields().take_while(|(name, _)| {
        hops += usize::from(name.eq_ignore_ascii_case("Received"));
        hops <= usize::from(strips)
    });
    let results = its_own.filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    let mut word = RelayWord::default();
    for (_, value) in results.take(MOST_RESULTS) {
        let mut statements = statements(value);
        let server = statements.next();
        if server.is_some_and(|server| server.words.first().is_some_and(|id| id.eq_ignore_ascii_case(relay))) {
            statements.take(MOST_RESULTS).for_each(|statement| word.hear(&statement, author));
        }
    }
    word
}

impl RelayWord {
    /// What follows from it alone, without asking anybody: `None` where that is not enough.
    pub fn verdict(&self, author: &str) -> Option<Verdict> {
        let vouches = |voucher: &Voucher| voucher.certain && voucher.domain == author;
        let is_aligned = self.dkim.iter().flatten().any(vouches) || self.spf.iter().flatten().any(vouches);
        match self.dmarc {
            Some(RelayDmarc::Pass) => Some(Verdict::Proven),
            Some(RelayDmarc::Fail(wish)) => wish,
            Some(RelayDmarc::Unsure) => Some(Verdict::Unknown),
            None => is_aligned.then_some(Verdict::Proven),
        }
    }

    fn hear(&mut self, statement: &Statement, author: &str) {
        let Some((method, result)) = statement.words.first().and_then(|word| word.split_once('=')) else { return };
        let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let passed = result.eq_ignore_ascii_case("pass");
        let unsure = result.eq_ignore_ascii_case("temperror");
        let voucher = |domain: Option<String>| {
            domain.filter(|_| passed || unsure).map(|domain| Voucher { domain, certain: passed })
        };
        match method.as_str() {
            "dmarc" if statement.domain("header.from").as_deref() == Some(author) => {
                let heard = match result.to_ascii_lowercase().as_str() {
                    "pass" => RelayDmarc::Pass,
                    "fail" => RelayDmarc::Fail(statement.policy()),
                    "temperror" => RelayDmarc::Unsure,
                    _ => return,
                };
                // Of two that contradict each other the worse counts.
                let is_worse = matches!((self.dmarc, heard), (None, _) | (Some(RelayDmarc::Pass), _));
                self.dmarc = if is_worse { Some(heard) } else { self.dmarc };
            }
            "dkim" => {
                let domain = statement.domain("header.d").or_else(|| statement.domain("header.i"));
                self.dkim.get_or_insert_default().extend(voucher(domain));
            }
            "spf" if self.spf.is_none() => {
                let domain = statement.domain("smtp.mailfrom").or_else(|| statement.domain("smtp.helo"));
                self.spf = Some(voucher(domain));
            }
            _ => {}
        }
    }
}

/// What a field says of one method, or the name of the server that says it.
#[derive(Debug, Default)]
struct Statement {
    words: Vec<String>,
    comments: Vec<String>,
}

impl Statement {
    /// The domain that this property has or ends in.
    fn domain(&self, property: &str) -> Option<String> {
        let value = self.property(property)?;
        let domain = value.rsplit('@').next().unwrap_or_default().trim_end_matches('.');
        (!domain.is_empty()).then(|| to_a_label(domain).into_owned())
    }

    fn property(&self, name: &str) -> Option<&str> {
        let properties = self.words.iter().skip(1).filter_map(|word| word.split_once('='));
        properties.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// What the domain wants done with what is not proven. RFC 8601 has no property for it: most say it in a comment,
    /// `(p=reject dis=none)`. Where subdomains have a policy of their own, that does not say which one holds.
    fn policy(&self) -> Option<Verdict> {
        let said =
            self.comments.iter().flat_map(|comment| comment.split(|c: char| c.is_whitespace() || c == ';' || c == ','));
        let said: Vec<(&str, &str)> = said.filter_map(|word| word.split_once('=')).collect();
        if said.iter().any(|(name, _)| name.eq_ignore_ascii_case("sp")) {
            return None;
        }
        let in_comment = said.iter().find(|(name, _)| ["p", "policy"].iter().any(|p| p.eq_ignore_ascii_case(name)));
        let named = ["policy.dmarc", "policy.published-domain-policy"].into_iter().find_map(|name| self.property(name));
        match named.or(in_comment.map(|(_, policy)| *policy))?.to_ascii_lowercase().as_str() {
            "reject" => Some(Verdict::Reject),
            "quarantine" => Some(Verdict::Quarantine),
            "none" => Some(Verdict::Unknown),
            _ => None,
        }
    }
}

/// What a field says, method by method; first the name of the server (RFC 8601 §2.2).
fn statements(value: &str) -> impl Iterator<Item = Statement> {
    let mut reader = Reader { rest: value.chars() };
    std::iter::from_fn(move || reader.next_statement())
}

struct Reader<'a> {
    rest: std::str::Chars<'a>,
}

impl Reader<'_> {
    /// The words up to the next semicolon, without quotes, blanks around `=` and comments, which are kept apart.
    fn next_statement(&mut self) -> Option<Statement> {
        let (mut statement, mut word, mut any) = (Statement::default(), String::new(), false);
        while let Some(c) = self.rest.next() {
            any = true;
            match c {
                ';' => break,
                '(' => statement.comments.push(self.comment()),
                '"' => self.quoted(&mut word),
                '=' if word.is_empty() && statement.words.last().is_some_and(|last| !last.contains('=')) => {
                    word = statement.words.pop().unwrap_or_default() + "=";
                }
                c if c.is_whitespace() => {
                    if !word.is_empty() && !is_open(&word) {
                        statement.words.push(std::mem::take(&mut word));
                    }
                }
                c => word.push(c),
            }
        }
        if !word.is_empty() {
            statement.words.push(word);
        }
        any.then_some(statement)
    }

    /// What stands in a comment, whose opening bracket was read; one in it is a part of it (RFC 5322 §3.2.2).
    fn comment(&mut self) -> String {
        let (mut text, mut depth) = (String::new(), 1_usize);
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => text.extend(self.rest.next()),
                '(' => depth += 1,
                ')' if depth == 1 => break,
                ')' => depth -= 1,
                c => text.push(c),
            }
        }
        text
    }

    fn quoted(&mut self, word: &mut String) {
        while let Some(c) = self.rest.next() {
            match c {
                '"' => break,
                '\\' => word.extend(self.rest.next()),
                c => word.push(c),
            }
        }
    }
}

/// Whether a word's value is still to come.
fn is_open(word: &str) -> bool {
    word.split_once('=').is_some_and(|(_, value)| value.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(value: &str) -> Vec<Vec<String>> {
        statements(value).map(|statement| statement.words).collect()
    }

    #[test]
    fn words_are_told_from_comments_and_quotes() {
        let value = "mx.example 1 (a (b) \\) c); dkim = (x) pass header.d= \"a;b\" ;none";
        let expected = [vec!["mx.example", "1"], vec!["dkim=pass", "header.d=a;b"], vec!["none"]];
        assert_eq!(said(value), expected);
        assert_eq!(said(""), Vec::<Vec<String>>::new());
        assert_eq!(said("id; dkim=(never closed; spf=pass"), [vec!["id"], vec!["dkim="]]);
        assert_eq!(said("id; a=\"never closed; b"), [vec!["id"], vec!["a=never closed; b"]]);
    }

    #[test]
    fn domains_may_belong_together_that_end_alike_beyond_the_top_level() {
        for (one, other, may) in [
            ("example.org", "example.org", true),
            ("mail.example.org", "example.org", true),
            ("a.example.org", "b.example.org", true),
            ("other.org", "example.org", false),
            ("badexample.org", "example.org", false),
            ("org", "example.org", false),
            ("localhost", "localhost", true),
            ("", "", false),
        ] {
            assert_eq!(may_align(one, other), may, "{one} {other}");
        }
    }

    #[test]
    fn a_policy_is_read_where_it_is_said_plainly() {
        let policy = |said: &str| {
            let mail = Mail::parse(
                format!("Authentication-Results: mx; dmarc=fail {said} header.from=a.example\n\n").as_bytes(),
            );
            word_of(&mail, "mx", "a.example", false).dmarc
        };
        for (said, wish) in [
            ("(p=reject dis=none)", Some(Verdict::Reject)),
            ("(policy=quarantine)", Some(Verdict::Quarantine)),
            ("(P=NONE)", Some(Verdict::Unknown)),
            ("policy.dmarc=reject", Some(Verdict::Reject)),
            ("(p=reject sp=none dis=none)", None),
            ("(p=maybe)", None),
            ("", None),
        ] {
            assert_eq!(policy(said), Some(RelayDmarc::Fail(wish)), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_field_breaks_what_reads_it(value in "[a-z=;()\"\\\\ .@]{0,80}") {
            for statement in statements(&value) {
                let octets: usize = statement.words.iter().chain(&statement.comments).map(String::len).sum();
                prop_assert!(octets <= value.len());
                statement.policy();
            }
        }
    }
}
