//! Names on a list: by which one somebody is shown, and those that nobody may borrow.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, params};

use super::StoreError;
use crate::discussion::{List, ListId, Member, MemberState, PersonId, Role, ShownName, friendly_name};
use crate::trust::{Hidden, Likeness, redact, told_apart};

/// How many likenesses of one person are kept on a list: whoever writes under another name each time bears none of them.
const MOST_BORNE: i64 = 60;

/// The name that somebody's post or response is shown under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShownAs {
    pub(super) name: String,
    /// Whether it is a name of theirs, and no friendly one of ours.
    pub(super) named: bool,
    /// Whether it is that of another person who writes, moderates or answers for the list, or looks like it.
    pub(super) passes_for_another: bool,
}

/// Why somebody cannot be called so on a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadName {
    /// There is nothing of it to be seen.
    #[error("a name needs a letter or a sign that can be seen")]
    Empty,
    /// It may be an address, which no reader is to see.
    #[error("a name has no @ in it, so that nobody's address is shown; choose one without")]
    Address,
    /// It says what only the list says.
    #[error("`{0}` says who somebody is on the list, or is the list's own name; choose a name without that")]
    Office(String),
    /// Somebody else is known by it.
    #[error(
        "`{0}` is the name of somebody who writes, moderates or answers for the list, or looks like it; choose another"
    )]
    Borne(String),
}

/// Makes the function `likeness(name, n)` known to the database: the *n*th likeness of a name, from 0, or NULL.
pub(super) fn teach(db: &Connection) -> Result<(), rusqlite::Error> {
    db.create_scalar_function(
        "likeness",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |given| {
            let Some(name) = given.get::<Option<String>>(0)? else { return Ok(None) };
            let likenesses = Likeness::of(&name, ["", ""]).name;
            let nth = usize::try_from(given.get::<i64>(1)?).ok().and_then(|nth| likenesses.into_iter().nth(nth));
            Ok(nth.filter(|likeness| !likeness.is_empty()))
        },
    )
}

/// Under which name `person` is shown on a list: the one that they chose for it, else the one in their mail, else the one
/// that they are known by, else a friendly one. The names of those who write, moderate or answer for the list are noted.
pub(super) fn shown_as(
    db: &Connection,
    list: &List,
    member: Option<&Member>,
    person: PersonId,
    in_mail: Option<&str>,
) -> Result<ShownAs, StoreError> {
    let friendly = friendly_name(person);
    // What was chosen or noted, also in a list of members that was brought from elsewhere, may hold an address.
    let noted = |name: &String| Some(redact(name, &Hidden::marked())).filter(|name| !name.trim().is_empty());
    let chosen = member.and_then(|member| member.pseudonym.as_ref()).and_then(noted);
    let known = || member.and_then(|member| member.name.as_ref()).and_then(noted);
    let name = chosen.or_else(|| in_mail.map(ToOwned::to_owned)).or_else(known);
    let name = name.filter(|name| *name != friendly).map(|name| (likeness(list, &name), name));
    let name = name.filter(|(likeness, _)| !likeness.is_empty());
    let (likeness, shown) = match name {
        Some((likeness, name)) => (Some(likeness), ShownAs { name, named: true, passes_for_another: false }),
        None => (None, ShownAs { name: friendly, named: false, passes_for_another: false }),
    };
    if holds_office(list, member, person) {
        bear(db, list.id, person, &shown.name)?;
        return Ok(shown);
    }
    let passes_for_another = match likeness {
        Some(likeness) => likeness.claims_office || is_borne(db, list.id, person, &likeness)?,
        None => false,
    };
    Ok(ShownAs { passes_for_another, ..shown })
}

impl ShownAs {
    /// The name for readers: where it might pass for another person's, with a friendly one behind it.
    pub(super) fn told_apart(self, person: PersonId) -> Self {
        match self.passes_for_another {
            true => Self { name: told_apart(&self.name, &friendly_name(person)), ..self },
            false => self,
        }
    }
}

/// Why `person` may not choose this name on a list; `None` where they may.
pub(super) fn refusal(
    db: &Connection,
    list: &List,
    member: &Member,
    name: &ShownName,
) -> Result<Option<BadName>, StoreError> {
    let ShownName::As(name) = name else { return Ok(None) };
    let likeness = likeness(list, name);
    Ok(if likeness.is_empty() {
        Some(BadName::Empty)
    } else if name.contains(['@', '\u{ff20}', '\u{fe6b}']) || redact(name, &Hidden::marked()) != *name {
        Some(BadName::Address)
    } else if likeness.claims_office && !holds_office(list, Some(member), member.person) {
        Some(BadName::Office(name.clone()))
    } else if is_borne(db, list.id, member.person, &likeness)? {
        Some(BadName::Borne(name.clone()))
    } else {
        None
    })
}

/// What a choice of a name is kept as; `None` for the one in each mail.
pub(super) fn pseudonym(name: &ShownName, person: PersonId) -> Option<String> {
    match name {
        ShownName::As(name) => Some(name.clone()),
        ShownName::Hidden => Some(friendly_name(person)),
        ShownName::Own => None,
    }
}

/// Notes the name by which readers know `person`, who writes, moderates or answers for a list.
pub(super) fn bear_known(db: &Connection, list: ListId, person: PersonId) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT coalesce(m.pseudonym, p.name) FROM person p LEFT JOIN member m ON m.person_id = p.id AND m.list_id = ?1
         WHERE p.id = ?2",
    )?;
    match query.query_row([list.0, person.0], |row| row.get::<_, Option<String>>(0))? {
        Some(name) => bear(db, list, person, &name),
        None => Ok(()),
    }
}

/// The same on each list where they do.
pub(super) fn bear_everywhere(db: &Connection, person: PersonId) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT list_id FROM member WHERE person_id = ?1 AND role <> 'member'
         UNION SELECT id FROM list WHERE owner_id = ?1",
    )?;
    let lists = query.query_map([person.0], |row| Ok(ListId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    lists.into_iter().try_for_each(|list| bear_known(db, list, person))
}

/// Whether somebody writes posts, moderates or answers for a list.
pub(super) fn holds_office(list: &List, member: Option<&Member>, person: PersonId) -> bool {
    let by_role = member.is_some_and(|member| member.role != Role::Member && member.state != MemberState::Left);
    by_role || list.owner == Some(person)
}

fn likeness(list: &List, name: &str) -> Likeness {
    Likeness::of(name, [&list.title, list.name.as_str()])
}

/// Whether another person bears a name that this one passes for.
fn is_borne(db: &Connection, list: ListId, person: PersonId, likeness: &Likeness) -> Result<bool, StoreError> {
    let mut query =
        db.prepare_cached("SELECT 1 FROM borne_name WHERE list_id = ?1 AND likeness = ?2 AND person_id <> ?3 LIMIT 1")?;
    for form in likeness.name.iter().chain(&likeness.without_claims) {
        if query.exists(params![list.0, form, person.0])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn bear(db: &Connection, list: ListId, person: PersonId, name: &str) -> Result<(), StoreError> {
    for form in Likeness::of(name, ["", ""]).name.iter().filter(|form| !form.is_empty()) {
        let mut known =
            db.prepare_cached("SELECT 1 FROM borne_name WHERE list_id = ?1 AND likeness = ?2 AND person_id = ?3")?;
        if known.exists(params![list.0, form, person.0])? {
            continue;
        }
        let mut count = db.prepare_cached("SELECT count(*) FROM borne_name WHERE list_id = ?1 AND person_id = ?2")?;
        let count: i64 = count.query_row([list.0, person.0], |row| row.get(0))?;
        if count < MOST_BORNE {
            db.prepare_cached("INSERT INTO borne_name (list_id, likeness, person_id) VALUES (?1, ?2, ?3)")?
                .execute(params![list.0, form, person.0])?;
        }
    }
    Ok(())
}
