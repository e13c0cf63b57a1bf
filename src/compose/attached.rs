//! The files that came with an item, in words.

use super::clean;
use crate::discussion::Attached;

/// Files that are named one by one.
const MOST_NAMED: usize = 10;

/// The widest name.
const NAME_COLUMNS: usize = 60;

/// A line for each file: `Attached: bread.jpg (image/jpeg, 1.2 MB)`; how many more there are on the last one.
pub(super) fn lines(files: &[Attached]) -> Vec<String> {
    let mut lines: Vec<String> = files.iter().take(MOST_NAMED).map(line).collect();
    match files.len().saturating_sub(MOST_NAMED) {
        0 => {}
        1 => lines.push("Attached: one more file".to_owned()),
        more => lines.push(format!("Attached: {more} more files")),
    }
    lines
}

fn line(file: &Attached) -> String {
    format!("Attached: {} ({}, {})", name_of(file), clean::line(&file.media_type), size(file.bytes))
}

/// A file's name, or what it is.
pub(super) fn name_of(file: &Attached) -> String {
    let name = clean::line(file.name.as_deref().unwrap_or_default());
    let kind = file.media_type.split('/').next().unwrap_or_default();
    match (name.is_empty(), kind) {
        (false, _) => clean::cut(&name, NAME_COLUMNS).into_owned(),
        (true, "image") => "a picture".to_owned(),
        (true, "message") => "a mail".to_owned(),
        (true, _) => "a file".to_owned(),
    }
}

/// `812 bytes`, `12 kB`, `1.2 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..999_500 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", (bytes + 50_000) / 1_000_000, (bytes + 50_000) / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: Option<&str>, media_type: &str, bytes: u64) -> Attached {
        Attached { name: name.map(ToOwned::to_owned), media_type: media_type.to_owned(), bytes, inline: false }
    }

    #[test]
    fn files_are_named_with_what_they_are_and_their_size() {
        let files = [
            file(Some("bread.jpg"), "image/jpeg", 1_234_567),
            file(None, "image/png", 11_800),
            file(None, "message/rfc822", 1),
            file(Some("a\u{202e}gpj.exe\n"), "application/x", 999),
            file(Some("x"), "a/b", 999_700),
        ];
        let expected = [
            "Attached: bread.jpg (image/jpeg, 1.2 MB)",
            "Attached: a picture (image/png, 12 kB)",
            "Attached: a mail (message/rfc822, 1 byte)",
            "Attached: agpj.exe (application/x, 999 bytes)",
            "Attached: x (a/b, 1.0 MB)",
        ];
        assert_eq!(lines(&files), expected);
    }

    #[test]
    fn of_many_files_the_first_are_named() {
        let lines = lines(&vec![file(Some("x"), "a/b", 5); 30]);
        assert_eq!((lines.len(), lines[10].as_str()), (11, "Attached: 20 more files"));
    }
}
