//! Members as CSV: `address,name,delivery,role,time_zone,hour,state`.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::str::FromStr;

use csv::{ByteRecord, ErrorKind, Trim};

use super::MoveError;
use crate::discussion::{Delivery, List, Member};
use crate::message::Address;
use crate::schedule;
use crate::store::{Follow, MemberChange, Store};

/// The columns, in the order in which they are written.
const COLUMNS: [&str; 7] = ["address", "name", "delivery", "role", "time_zone", "hour", "state"];

/// Writes a list's members by address, those who left too where `all`. An hour or a time zone that is the list's stays
/// empty.
pub fn write_members(out: &mut dyn Write, store: &Store, list: &List, all: bool) -> Result<(), MoveError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS).map_err(io_error)?;
    store.walk_members(list.id, all, |member| -> Result<(), MoveError> {
        let hour = member.hour.map(|hour| hour.to_string()).unwrap_or_default();
        let fields = [
            member.address.as_str(),
            member.name.as_deref().unwrap_or_default(),
            member.delivery.as_str(),
            member.role.as_str(),
            member.time_zone.as_deref().unwrap_or_default(),
            &hour,
            member.state.as_str(),
        ];
        Ok(csv.write_record(fields).map_err(io_error)?)
    })?;
    Ok(csv.flush()?)
}

/// A member as a line of the file has them.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Whom it is about.
    pub address: Address,
    /// What it says of them.
    pub given: MemberChange,
}

/// Why a file cannot be read as members at all. Says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadHeader {
    /// It cannot be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// There is nothing in it.
    #[error("it is empty; its first line must name the columns, of which only address must be there: {}", COLUMNS.join(","))]
    Empty,
    /// There is no such column.
    #[error("its first line names a column `{name}`; the columns are {known}, with commas between", name = .0, known = COLUMNS.join(","))]
    Unknown(String),
    /// A column comes twice.
    #[error("its first line names the column `{0}` twice")]
    Twice(String),
    /// The one that must be there is not.
    #[error("its first line names no column `address`; it must, and may name {}", COLUMNS[1..].join(", "))]
    NoAddress,
}

/// Why a row is not taken.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// What it says makes no sense; those after it may.
    #[error("line {line}: {why}")]
    Bad {
        /// Counted from 1, the header's.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// The file cannot be read on; nothing comes after this.
    #[error("{0}")]
    Read(#[from] io::Error),
}

/// The rows of a file of members, read one by one.
pub struct MemberRows {
    reader: csv::Reader<Box<dyn Read>>,
    record: ByteRecord,
    columns: Vec<Column>,
    /// What an empty delivery stands for.
    delivery: Delivery,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Address,
    Name,
    Delivery,
    Role,
    TimeZone,
    Hour,
    State,
}

impl MemberRows {
    /// Reads the header of a file of members of `list`.
    pub fn new(source: Box<dyn Read>, list: &List) -> Result<Self, BadHeader> {
        // So that every row ends with its line, also the last one: lines are counted from their ends.
        let source: Box<dyn Read> = Box::new(source.chain(&b"\n"[..]));
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(source);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(io_error)? {
            return Err(BadHeader::Empty);
        }
        let columns = columns(&record)?;
        Ok(Self { reader, record, columns, delivery: list.schedule.delivery, ended: false })
    }

    fn row(&self) -> Result<MemberRow, String> {
        if self.record.len() > self.columns.len() {
            let (fields, columns) = (self.record.len(), self.columns.len());
            return Err(format!(
                "it has {fields} fields and the first line {columns}; put text with commas into \"quotes\""
            ));
        }
        let mut address = None;
        let mut given = MemberChange::default();
        for (column, field) in self.columns.iter().zip(self.record.iter()) {
            let text = std::str::from_utf8(field).map_err(|_| "it is not in UTF-8".to_owned())?;
            match column {
                Column::Address => address = Some(Address::parse(text).map_err(|error| error.to_string())?),
                column => column.read(text, self.delivery, &mut given)?,
            }
        }
        let address = address.ok_or_else(|| "it has no address".to_owned())?;
        Ok(MemberRow { address, given })
    }
}

impl Iterator for MemberRows {
    type Item = Result<MemberRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                self.ended = true;
                return Some(Err(RowError::Read(io_error(error))));
            }
        }
        // Its own position lies before blank lines that were passed over.
        let within = self.record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        let line = self.reader.position().line().saturating_sub(1 + within);
        Some(self.row().map_err(|why| RowError::Bad { line, why }))
    }
}

impl Column {
    fn of(name: &str) -> Option<Self> {
        use Column::{Address, Delivery, Hour, Name, Role, State, TimeZone};
        let at = COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        Some([Address, Name, Delivery, Role, TimeZone, Hour, State][at])
    }

    /// Takes a field into `given`. An empty one means: as the list has it, where the list has such a thing.
    fn read(self, text: &str, list_delivery: Delivery, given: &mut MemberChange) -> Result<(), String> {
        match self {
            Self::Address => {}
            Self::Name if text.is_empty() => {}
            Self::Name => given.name = Some(Member::name_from(text)?),
            Self::Delivery => given.delivery = Some(word(text)?.unwrap_or(list_delivery)),
            Self::Role => given.role = word(text)?,
            Self::State => given.state = word(text)?,
            Self::TimeZone if text.is_empty() => given.follow = Follow { time_zone: true, ..given.follow },
            Self::TimeZone => {
                schedule::zone(text).map_err(|error| error.to_string())?;
                given.time_zone = Some(text.to_owned());
            }
            Self::Hour if text.is_empty() => given.follow = Follow { hour: true, ..given.follow },
            Self::Hour => given.hour = Some(List::hour_from(text).map_err(|error| error.to_string())?),
        }
        Ok(())
    }
}

fn word<T: FromStr<Err: Display>>(text: &str) -> Result<Option<T>, String> {
    let read = (!text.is_empty()).then(|| text.to_ascii_lowercase().parse());
    read.transpose().map_err(|error: T::Err| error.to_string())
}

fn columns(header: &ByteRecord) -> Result<Vec<Column>, BadHeader> {
    let mut columns = Vec::new();
    for field in header {
        let name = String::from_utf8_lossy(field).chars().take(80).collect::<String>();
        let column = Column::of(&name).ok_or_else(|| BadHeader::Unknown(name.clone()))?;
        if columns.contains(&column) {
            return Err(BadHeader::Twice(name));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Address) {
        return Err(BadHeader::NoAddress);
    }
    Ok(columns)
}

/// What went wrong underneath: what is read and written here has no other faults.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discussion::{Role, Schedule};

    fn list() -> List {
        let weekly = Schedule { delivery: Delivery::Weekly, ..List::sample().schedule };
        List { schedule: weekly, ..List::sample() }
    }

    fn rows(text: &'static [u8]) -> Result<MemberRows, BadHeader> {
        MemberRows::new(Box::new(text), &list())
    }

    fn refused(text: &'static [u8]) -> Vec<String> {
        rows(text).unwrap().filter_map(|row| Some(row.err()?.to_string())).collect()
    }

    #[test]
    fn columns_may_come_in_any_order_and_only_the_address_must() {
        let mut read = rows(b"\xEF\xBB\xBFHour, address,ROLE\n8,Ada@Example.org,author\n").unwrap();
        let row = read.next().unwrap().unwrap();
        assert_eq!(row.address.as_str(), "Ada@example.org");
        assert_eq!((row.given.hour, row.given.role, row.given.delivery), (Some(8), Some(Role::Author), None));
        assert!(read.next().is_none());
        let only = rows(b"address\na@example.org\nb@example.org").unwrap();
        assert_eq!(
            only.map(|row| row.unwrap().address.to_string()).collect::<Vec<_>>(),
            ["a@example.org", "b@example.org"]
        );
    }

    #[test]
    fn an_empty_field_means_as_the_list_has_it() {
        let row = rows(b"address,name,delivery,role,time_zone,hour,state\na@example.org,,,,,,\n");
        let given = row.unwrap().next().unwrap().unwrap().given;
        assert_eq!(given.delivery, Some(Delivery::Weekly));
        assert_eq!(given.follow, Follow { hour: true, time_zone: true, weekday: false });
        assert_eq!((given.name, given.role, given.state), (None, None, None));
    }

    #[test]
    fn a_bad_row_is_named_by_its_line_and_those_after_it_are_read() {
        let refused = refused(
            b"address,hour,time_zone,state,delivery,name\n\nada,,,,,\na@example.org,24\nb@example.org,7,Mars/Base\n\
              c@example.org,7,UTC,gone\nd@example.org,,,,hourly\ne@example.org,,,,,\"x\ny\"\nf@example.org,,,,,g,h\n\
              \xFF@example.org\ng@example.org\n",
        );
        let expected = [
            ("line 3: ", "no @"),
            ("line 4: ", "0 to 23"),
            ("line 5: ", "Mars/Base"),
            ("line 6: ", "active, paused, left"),
            ("line 7: ", "each, daily, weekly, none"),
            ("line 8: ", "one line"),
            ("line 10: ", "7 fields"),
            ("line 11: ", "UTF-8"),
        ];
        assert_eq!(refused.len(), expected.len(), "{refused:#?}");
        for (refused, (line, why)) in refused.iter().zip(expected) {
            assert!(refused.starts_with(line) && refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn a_header_that_is_none_says_what_would_be_one() {
        for (text, expected) in [
            (&b""[..], "empty"),
            (b"address;name\n", "commas"),
            (b"email,name\n", "`email`"),
            (b"name,role\n", "`address`"),
            (b"address,name,Name\n", "twice"),
        ] {
            let error = rows(text).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
