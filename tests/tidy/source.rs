//! Rust source as the house rules look at it: what is code, what is a string, what is a comment, what is a test.

use std::path::{Path, PathBuf};

/// A source file.
#[derive(Clone)]
pub struct Source {
    /// From `src/` or `tests/` on, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
}

impl Source {
    /// A made-up file.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Every `.rs` file under the project's folder `top`, in order of their paths.
    pub fn all(top: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join(top)];
        let mut paths: Vec<PathBuf> = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        let named = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        paths.iter().map(|path| Self::new(&named(path), &std::fs::read_to_string(path).unwrap())).collect()
    }

    /// The path's parts below `src/`, without `.rs` and without `mod`: the module's path.
    pub fn module(&self) -> Vec<&str> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inside.split('/').filter(|part| *part != "mod").collect()
    }

    /// The code alone: comments, strings and characters blanked, every line where it was.
    pub fn code(&self) -> String {
        blank(&self.text, true)
    }

    /// The code alone, without `#[cfg(test)]` modules; nothing of a file called `tests`.
    pub fn program(&self) -> String {
        self.without_tests(&self.code())
    }

    /// Code and strings, comments blanked, without tests.
    pub fn program_with_strings(&self) -> String {
        self.without_tests(&blank(&self.text, false))
    }

    fn without_tests(&self, text: &str) -> String {
        let is_test = self.module().contains(&"tests");
        if is_test { String::new() } else { without_tests(text, &self.code()) }
    }

    /// `path:line` for byte `at` of any of the above.
    pub fn place(&self, text: &str, at: usize) -> String {
        format!("{}:{}", self.path, 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count())
    }
}

/// Blanks comments, and strings and characters too where `strings` says so; lengths and line ends stay.
fn blank(text: &str, strings: bool) -> String {
    let bytes = text.as_bytes();
    let mut kept = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, is_comment) = token_end(bytes, at);
        if end > at + 1 && (is_comment || strings) {
            for byte in &mut kept[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    String::from_utf8(kept).unwrap()
}

/// The end of the comment, string or character that begins at `at`, and whether it is a comment; one byte on where none
/// does.
fn token_end(bytes: &[u8], at: usize) -> (usize, bool) {
    let rest = &bytes[at..];
    let within_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        return (at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()), true);
    }
    if rest.starts_with(b"/*") {
        return (at + block_comment(rest), true);
    }
    if !within_word && let Some(length) = raw_string(rest) {
        return (at + length, false);
    }
    match rest[0] {
        b'"' => (at + quoted(rest, b'"'), false),
        b'\'' => (at + character(rest), false),
        _ => (at + 1, false),
    }
}

/// Length of the block comment at the start; they nest.
fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

/// Length of the raw string at the start, `r"…"` or `br##"…"##`.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let after_r = rest.strip_prefix(b"br").or_else(|| rest.strip_prefix(b"r"))?;
    let hashes = after_r.iter().take_while(|byte| **byte == b'#').count();
    let inside = after_r[hashes..].strip_prefix(b"\"")?;
    let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let length = inside.windows(end.len()).position(|window| window == end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + length)
}

/// Length of the string at the start, its escapes minded.
fn quoted(rest: &[u8], mark: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != mark {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Length of the character at the start; 1 where it is a lifetime's mark.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return quoted(rest, b'\'');
    }
    let first = std::str::from_utf8(&rest[1..rest.len().min(5)])
        .unwrap_or_else(|error| std::str::from_utf8(&rest[1..1 + error.valid_up_to()]).unwrap());
    let width = first.chars().next().map_or(0, char::len_utf8);
    if width > 0 && rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 1 }
}

/// `text` with the `#[cfg(test)]` modules blanked, found by means of `code`, which has the same length.
fn without_tests(text: &str, code: &str) -> String {
    let mut kept = text.as_bytes().to_vec();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[at + mark.len()..];
        let Some(open) = rest.find(['{', ';']).filter(|open| rest.as_bytes()[*open] == b'{') else { continue };
        let end = at + mark.len() + open + block(&rest[open..]);
        for byte in &mut kept[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(kept).unwrap()
}

/// Length of the `{…}` at the start of `code`.
pub fn block(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_no_code() {
        let text = concat!(
            "let a = \"{ \\\" fn x() {\"; // } todo\n",
            "let b = r#\"\" } \"#; /* { /* nested */ } */ let c = '{';\n",
            "let d = b'}'; let e = '\\''; let f: &'static str = br\"}\"; let g = 'ü';\n",
            "fn r(for_r: &'a str) -> char { '\"' }\n",
        );
        let code = Source::new("src/x.rs", text).code();
        assert_eq!(code.len(), text.len());
        assert_eq!(code.matches(['{', '}']).count(), 2, "{code}");
        assert!(code.contains("fn r(for_r: &'a str) -> char {"), "{code}");
        assert!(!code.contains("todo") && !code.contains("nested"), "{code}");
    }

    #[test]
    fn test_modules_are_no_program() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\" }\n}\nfn c() { \"kept\" }\n";
        let source = Source::new("src/x.rs", text);
        assert!(!source.program().contains("fn b"));
        assert!(source.program().contains("fn c") && !source.program().contains("kept"));
        assert!(source.program_with_strings().contains("kept"));
        assert_eq!(Source::new("src/store/tests.rs", "fn a() {}").program(), "");
    }
}
