//! Bans: who may not write to a list, nor join it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::mail::Taking;
use super::member::{self, MemberChange};
use super::{Pending, Store, StoreError, leave, list, row, story};
use crate::discussion::{List, ListId, Member, MemberState};
use crate::message::Address;

/// How many parts of a domain are looked at, from its end: nobody bans deeper.
const MOST_LABELS: usize = 10;

/// Whom a ban is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Banned {
    /// Whoever writes from this address, with whatever stands behind a `+` in it; and from each other address that is
    /// known to be the same person's.
    Address(Address),
    /// Whoever writes from this domain or one below it, in small letters.
    Domain(String),
}

impl Banned {
    /// Reads an address, or a domain with or without an `@` before it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let domain = text.strip_prefix('@').unwrap_or(text).to_lowercase();
        if domain.contains('@') {
            return Address::parse(text).map(Self::Address).map_err(|error| error.to_string());
        }
        let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
        match domain.contains('.') && domain.split('.').all(label) {
            true => Ok(Self::Domain(domain)),
            false => Err(format!("`{text}` is neither an address nor a domain; write eve@example.org or example.org")),
        }
    }

    /// What stands in the store: no address begins with an `@`.
    fn key(&self) -> String {
        match self {
            Self::Address(address) => plain(&address.key()),
            Self::Domain(domain) => format!("@{domain}"),
        }
    }
}

impl std::fmt::Display for Banned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => f.write_str(&plain(&address.key())),
            Self::Domain(domain) => write!(f, "@{domain}"),
        }
    }
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// The list.
    pub list: ListId,
    /// An address, or a domain with an `@` before it.
    pub who: String,
    /// Since when.
    pub at: Timestamp,
}

/// What a ban did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BanDone {
    /// Whether they were not banned before.
    pub is_new: bool,
    /// Whether a member was taken off the list.
    pub left: bool,
    /// Of a domain, how many who are on the list have their mail there: they go on reading.
    pub readers: u32,
}

impl Store {
    /// Bans somebody from a list: their mail is refused from now on, and they may not join. Whose address it is, is taken
    /// off the list, and told nothing.
    pub fn ban(&self, list: ListId, who: Banned, now: Timestamp) -> Pending<BanDone> {
        self.write(move |db, _| ban(db, &list::existing(db, list)?, &who, "owner", now))
    }

    /// Lifts a ban. `false`: there was none.
    pub fn unban(&self, list: ListId, who: Banned) -> Pending<bool> {
        self.write(move |db, _| {
            Ok(db.execute("DELETE FROM ban WHERE list_id = ?1 AND who = ?2", params![list.0, who.key()])? == 1)
        })
    }

    /// Who is banned from a list, or from any, by list and name.
    pub fn bans(&self, list: Option<ListId>) -> Result<Vec<Ban>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT list_id, who, at FROM ban WHERE ?1 IS NULL OR list_id = ?1 ORDER BY list_id, who",
            )?;
            let rows = query.query_map([list.map(|list| list.0)], |row| {
                Ok(Ban { list: ListId(row.get(0)?), who: row.get(1)?, at: row::time(row.get(2)?) })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Whether somebody who writes from this address is banned from a list, by it, by its domain, or by another address that
/// is known to be the same person's.
pub(super) fn is_banned(db: &Connection, list: ListId, address: &Address) -> Result<bool, StoreError> {
    let mut any = db.prepare_cached("SELECT 1 FROM ban WHERE list_id = ?1")?;
    if !any.exists([list.0])? {
        return Ok(false);
    }
    let mut named = db.prepare_cached("SELECT 1 FROM ban WHERE list_id = ?1 AND who = ?2")?;
    let key = address.key();
    let domain = address.domain().to_lowercase();
    let starts = domain.match_indices('.').map(|(dot, _)| dot + 1).take(MOST_LABELS);
    let domains = std::iter::once(0).chain(starts).map(|start| format!("@{}", &domain[start..]));
    for who in [plain(&key)].into_iter().chain(domains) {
        if named.exists(params![list.0, who])? {
            return Ok(true);
        }
    }
    let mut same = db.prepare_cached(
        "SELECT own.key FROM address used JOIN address own ON own.person_id = used.person_id WHERE used.key = ?1",
    )?;
    let others: Vec<String> = same.query_map([&key], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for other in others {
        if named.exists(params![list.0, plain(&other)])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Bans somebody; `how`: by whom, for the story of a membership.
pub(super) fn ban(
    db: &Connection,
    list: &List,
    who: &Banned,
    how: &str,
    now: Timestamp,
) -> Result<BanDone, StoreError> {
    let added = db.execute(
        "INSERT OR IGNORE INTO ban (list_id, who, at) VALUES (?1, ?2, ?3)",
        params![list.id.0, who.key(), now.as_millisecond()],
    )?;
    let mut done = BanDone { is_new: added == 1, left: false, readers: 0 };
    match who {
        Banned::Address(address) => {
            let Some(member) = member::by_address(db, list.id, address)? else { return Ok(done) };
            // Who has just left does not come back by undoing that.
            leave::forget(db, member.id)?;
            if member.state != MemberState::Left {
                take_off(db, list, &member, how, now)?;
                done.left = true;
            }
        }
        Banned::Domain(domain) => done.readers = readers_at(db, list, domain)?,
    }
    Ok(done)
}

fn take_off(db: &Connection, list: &List, member: &Member, how: &str, now: Timestamp) -> Result<(), StoreError> {
    let leaves = MemberChange { state: Some(MemberState::Left), ..MemberChange::default() };
    member::apply(db, list, member, &leaves, now)?;
    story::note(db, member.id, now, "left", how, "banned")
}

fn readers_at(db: &Connection, list: &List, domain: &str) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM member m JOIN address a ON a.id = m.address_id
         WHERE m.list_id = ?1 AND m.state <> 'left' AND (a.key LIKE '%@' || ?2 OR a.key LIKE '%.' || ?2)",
    )?;
    Ok(query.query_row(params![list.id.0, domain], |row| row.get(0))?)
}

impl Taking<'_> {
    /// Whether one of those whom its From names is banned.
    pub(super) fn is_of_banned(&self, list: &List) -> Result<bool, StoreError> {
        for from in self.arrival.mail.from.iter().take(MOST_LABELS) {
            if is_banned(self.db, list.id, &from.address)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An address without what stands behind a `+` before its `@`: whoever is banned would write from `eve+2@` next.
fn plain(key: &str) -> String {
    let Some((local, domain)) = key.rsplit_once('@') else { return key.to_owned() };
    let bare = local.split('+').next().filter(|bare| !bare.is_empty()).unwrap_or(local);
    format!("{bare}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_domain_is_read_and_nothing_else() {
        let eve = Address::parse("Eve@Example.org").unwrap();
        assert_eq!(Banned::parse("Eve@Example.org"), Ok(Banned::Address(eve)));
        for text in ["example.org", "@Example.ORG", " example.org "] {
            assert_eq!(Banned::parse(text), Ok(Banned::Domain("example.org".to_owned())), "{text}");
        }
        for text in ["", "eve", "@", "eve@", "a b.example", "example..org", ".org"] {
            assert!(Banned::parse(text).is_err(), "{text}");
        }
        assert_eq!(Banned::parse("eve+2@example.org").unwrap().to_string(), "eve@example.org");
    }
}
