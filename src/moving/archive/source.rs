//! What a path names: an mbox, a Maildir with its subfolders, a folder of mails in files, or one mail.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How deep folders are gone into.
const DEEPEST: usize = 32;

/// Octets by which a file's kind is told.
const SAMPLE: usize = 512;

/// A file with mail in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Many mails.
    Mbox(PathBuf),
    /// One mail.
    Mail(PathBuf),
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The files, in order of their names.
    pub files: Vec<Source>,
    /// Files that could not be looked at, or hold something else, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// How many files of other kinds were passed over.
    pub passed_over: usize,
}

impl Source {
    /// Its file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Mbox(path) | Self::Mail(path) => path,
        }
    }
}

impl Sources {
    /// Adds what `path` names. `Err` where it cannot even be looked at.
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        if fs::metadata(path)?.is_dir() {
            self.folder(path);
        } else {
            self.file(path.to_owned(), true);
        }
        Ok(())
    }

    /// A folder, and those in it. Of a Maildir (<https://cr.yp.to/proto/maildir.html>), what is in `cur` and `new`, not what
    /// is still being written in `tmp`.
    fn folder(&mut self, root: &Path) {
        let mut waiting = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            let is_maildir = folder.join("cur").is_dir() && folder.join("new").is_dir();
            let mut folders = Vec::new();
            for path in self.listed(&folder) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if path.is_dir() {
                    match (is_maildir, name.as_str()) {
                        (true, "tmp") => {}
                        (true, "cur" | "new") => self.delivered(&path),
                        _ if depth < DEEPEST && !path.is_symlink() => folders.push((path, depth + 1)),
                        _ => self.passed_over += 1,
                    }
                } else if !is_maildir && !name.starts_with('.') {
                    self.file(path, false);
                }
            }
            waiting.extend(folders.into_iter().rev());
        }
    }

    /// The mails of one half of a Maildir: every file is one.
    fn delivered(&mut self, folder: &Path) {
        for path in self.listed(folder) {
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            match is_plain_file(&path) {
                _ if is_hidden => {}
                true => self.files.push(Source::Mail(path)),
                false => self.passed_over += usize::from(!path.is_dir()),
            }
        }
    }

    /// A file: by its name, and by what it begins with. In a folder, only what its name says to be mail.
    fn file(&mut self, path: PathBuf, is_named: bool) {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let is_mail = matches!(extension.as_deref(), Some("eml" | "mbox" | "mbx"));
        if !(is_named || is_mail && is_plain_file(&path)) {
            self.passed_over += 1;
            return;
        }
        if !path.is_file() {
            self.unreadable.push((path, "it is no file, but a pipe or a device; name a file".to_owned()));
            return;
        }
        match sample(&path) {
            Err(error) => self.unreadable.push((path, error.to_string())),
            Ok(start) if is_compressed(&start) => {
                self.unreadable.push((path, "it is compressed; unpack it first".to_owned()));
            }
            Ok(start) if extension.as_deref() != Some("eml") && is_mbox(&start) => {
                self.files.push(Source::Mbox(path));
            }
            Ok(_) => self.files.push(Source::Mail(path)),
        }
    }

    /// What is in a folder, by name.
    fn listed(&mut self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        match entries {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
                paths.sort_unstable();
                paths
            }
            Err(error) => {
                self.unreadable.push((folder.to_owned(), error.to_string()));
                Vec::new()
            }
        }
    }
}

/// Whether a path in a folder is a file of that folder: a pipe never ends, and a link may lead to a file that whoever made
/// the archive could not read.
fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|about| about.is_file())
}

fn sample(path: &Path) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(SAMPLE);
    File::open(path)?.take(SAMPLE as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// An empty one holds no mail, and nothing that is not.
fn is_mbox(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.is_empty() || start.starts_with(b"From ")
}

/// Whether it begins as gzip, bzip2, xz, zstd and zip do.
fn is_compressed(start: &[u8]) -> bool {
    let marks: [&[u8]; 5] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    marks.iter().any(|mark| start.starts_with(mark))
}
