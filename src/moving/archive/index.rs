//! An archive looked through once: where each mail stands, when it was written, and who wrote in it. A hundred octets a
//! mail are kept; the mails themselves are read again, one by one.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::mbox::{self, Mbox};
use super::source::{Source, Sources};
use crate::message::{Address, Mail};

/// How much later than its arrival a mail may say that it was written: clocks differ. And how much earlier.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
const BEHIND: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What is read of an archive.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most octets of a mail.
    pub message_bytes: usize,
    /// When it is: no mail was written later.
    pub now: Timestamp,
}

/// An archive, looked through.
#[derive(Debug, Default)]
pub struct Archive {
    files: Vec<PathBuf>,
    entries: Vec<Entry>,
    /// Those who wrote, with the name that they wrote under first.
    pub people: Vec<(Address, Option<String>)>,
    /// What could not be read: which mail, and why.
    pub unreadable: Vec<Unreadable>,
    /// How many files were passed over since their names are not those of mail.
    pub passed_over: usize,
}

/// A mail, or a file, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// Where a mail stands, and what it goes by among the others: its date, and where that is the same, its id and octets, so
/// that the order does not depend on where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    dated: Timestamp,
    id: u64,
    content: u64,
    file: u32,
    at: u64,
    length: u64,
    quoted: bool,
    undated: bool,
}

impl Archive {
    /// Looks through everything that the paths name. `seen` is told from time to time how many mails were found.
    ///
    /// # Errors
    /// A path that cannot even be looked at. What cannot be read of the others is noted.
    pub fn open(paths: &[PathBuf], bounds: Bounds, seen: &mut dyn FnMut(usize)) -> Result<Self, (PathBuf, io::Error)> {
        let mut sources = Sources::default();
        for path in paths {
            sources.add(path).map_err(|error| (path.clone(), error))?;
        }
        let mut reading = Reading { archive: Self::default(), known: HashMap::new(), bounds, seen };
        for source in &sources.files {
            reading.archive.files.push(source.path().to_owned());
            let read = match source {
                Source::Mbox(path) => reading.mbox(path),
                Source::Mail(path) => reading.mail(path),
            };
            if let Err(error) = read {
                reading.refuse(source.path().display().to_string(), error);
            }
        }
        let mut archive = reading.archive;
        let unreadable = sources.unreadable.into_iter();
        archive.unreadable.extend(unreadable.map(|(path, why)| Unreadable { what: path.display().to_string(), why }));
        archive.passed_over = sources.passed_over;
        archive.entries.sort_unstable();
        Ok(archive)
    }

    /// How many mails it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Its mails, by date.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What a person finds a mail by.
    pub fn name_of(&self, entry: &Entry) -> String {
        let file = self.files.get(entry.file as usize).map(|path| path.display().to_string()).unwrap_or_default();
        if entry.at == 0 { file } else { format!("{file}, the mail at byte {}", entry.at) }
    }
}

impl Entry {
    /// When it was written, as far as that can be believed.
    pub fn dated(&self) -> Timestamp {
        self.dated
    }

    /// Whether neither it nor a server that took it says so.
    pub fn is_undated(&self) -> bool {
        self.undated
    }

    /// How many octets it has in its file.
    pub fn length(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }
}

struct Reading<'a> {
    archive: Archive,
    /// Where each writer stands among the people.
    known: HashMap<String, (Timestamp, usize)>,
    bounds: Bounds,
    seen: &'a mut dyn FnMut(usize),
}

impl Reading<'_> {
    fn mbox(&mut self, path: &Path) -> io::Result<()> {
        let mut mbox = Mbox::open(path, self.bounds.message_bytes.saturating_add(1))?;
        let first = self.archive.entries.len();
        let mut measured = Vec::new();
        let changed = changed(path);
        while let Some(found) = mbox.next()? {
            let what = || format!("{}, the mail at byte {}", path.display(), found.at);
            let fallback = found.time.or(changed);
            if let Some(entry) = self.entry(&found.start, found.length, fallback, what) {
                let quoted = true;
                self.archive.entries.push(Entry { at: found.at, length: found.length, quoted, ..entry });
                measured.push(found.measured);
            }
        }
        if mbox.unquoted {
            let entries = self.archive.entries[first..].iter_mut().zip(measured);
            entries.for_each(|(entry, measured)| entry.quoted = !measured);
        }
        Ok(())
    }

    fn mail(&mut self, path: &Path) -> io::Result<()> {
        let mut start = Vec::new();
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        file.take(self.bounds.message_bytes as u64 + 1).read_to_end(&mut start)?;
        if let Some(entry) = self.entry(&start, length, changed(path), || path.display().to_string()) {
            self.archive.entries.push(Entry { length, ..entry });
        }
        Ok(())
    }

    /// A mail's entry, as yet without its place; `None` where it cannot be taken.
    fn entry(
        &mut self,
        start: &[u8],
        length: u64,
        fallback: Option<Timestamp>,
        what: impl Fn() -> String,
    ) -> Option<Entry> {
        let most = self.bounds.message_bytes;
        if length > most as u64 {
            let why =
                format!("it has {length} bytes, more than the {most} of [limits] message_bytes; raise that for it");
            self.refuse(what(), why);
            return None;
        }
        let head = Mail::parse(header_of(start));
        if !head.has_header() {
            self.refuse(what(), if start.trim_ascii().is_empty() { "it is empty" } else { "it has no mail header" });
            return None;
        }
        let stated = dated(&head, self.bounds.now);
        let fallback = fallback.filter(|time| can_be(*time, self.bounds.now)).unwrap_or(self.bounds.now);
        let dated = stated.unwrap_or(fallback);
        self.meet(&head, dated);
        let mut hash = DefaultHasher::new();
        start.hash(&mut hash);
        let content = hash.finish();
        let mut hash = DefaultHasher::new();
        head.id_stated.then_some(head.message_id.as_str()).hash(&mut hash);
        let entry = Entry {
            dated,
            id: hash.finish(),
            content,
            file: u32::try_from(self.archive.files.len().saturating_sub(1)).unwrap_or(u32::MAX),
            at: 0,
            length,
            quoted: false,
            undated: stated.is_none(),
        };
        let found = self.archive.entries.len() + 1;
        if found.is_multiple_of(1000) {
            (self.seen)(found);
        }
        Some(entry)
    }

    /// Remembers who wrote a mail, by the name that they wrote under first.
    fn meet(&mut self, head: &Mail, dated: Timestamp) {
        for from in &head.from {
            let people = &mut self.archive.people;
            let (since, at) = *self.known.entry(from.address.key()).or_insert_with(|| {
                people.push((from.address.clone(), None));
                (Timestamp::MAX, people.len() - 1)
            });
            if dated < since && from.name.is_some() {
                people[at].1.clone_from(&from.name);
                self.known.insert(from.address.key(), (dated, at));
            }
        }
    }

    fn refuse(&mut self, what: String, why: impl ToString) {
        self.archive.unreadable.push(Unreadable { what, why: why.to_string() });
    }
}

/// A mail's header, with the empty line that ends it.
fn header_of(start: &[u8]) -> &[u8] {
    let lf = memchr::memmem::find(start, b"\n\n").map(|at| at + 2);
    let crlf = memchr::memmem::find(start, b"\n\r\n").map(|at| at + 3);
    let end = [lf, crlf].into_iter().flatten().min().unwrap_or(start.len());
    &start[..end]
}

/// When a mail was written: by its Date where that can be, else by the server that took it last.
fn dated(head: &Mail, now: Timestamp) -> Option<Timestamp> {
    let received = head.received_at().filter(|received| can_be(*received, now));
    let fits = |date: &Timestamp| {
        received.is_none_or(|received| {
            let after = date.duration_since(received);
            after <= AHEAD && after >= -BEHIND
        })
    };
    head.date.filter(|date| can_be(*date, now)).filter(fits).or(received)
}

fn can_be(time: Timestamp, now: Timestamp) -> bool {
    time > Timestamp::UNIX_EPOCH && time <= now
}

/// When a file was changed last.
fn changed(path: &Path) -> Option<Timestamp> {
    let since = std::fs::metadata(path).ok()?.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()
}

/// Reads mails again by their entries.
#[derive(Debug, Default)]
pub struct Reader {
    open: Option<(u32, File)>,
}

impl Reader {
    /// The octets of a mail, without quoting.
    pub fn read(&mut self, archive: &Archive, entry: &Entry) -> io::Result<Vec<u8>> {
        if self.open.as_ref().is_none_or(|(file, _)| *file != entry.file) {
            let path = archive.files.get(entry.file as usize).ok_or(io::ErrorKind::NotFound)?;
            self.open = Some((entry.file, File::open(path)?));
        }
        let (_, file) = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(entry.at))?;
        let mut content = vec![0; entry.length()];
        file.read_exact(&mut content)?;
        Ok(if entry.quoted { mbox::unquoted(content) } else { content })
    }
}
