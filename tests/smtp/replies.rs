//! Every reply that the room can give stands in a transcript: those of our own session in `fixtures/dialogues`, those of
//! the local door in `doors.rs`. And every bound is set in one.

use std::path::{Path, PathBuf};

/// Replies whose text is no literal, as the source has them, and a line that each gives.
const SPECIAL: [(&str, &str); 1] = [("Reply::plain(250, domain)", "250 lists.example")];

/// What hands on a reply or its text, and gives none of its own.
const HANDED_ON: [&str; 2] =
    ["closing(&self.setup.domain, status, why)", "Reply::new(421, status, format!(\"{domain} {why}\"))"];

#[test]
fn every_reply_that_a_door_can_give_stands_in_a_transcript() {
    let (own, local) = (dialogues(), text_of("tests/smtp/doors.rs"));
    let said: Vec<&str> = own.iter().flat_map(|text| text.lines()).filter_map(said_by_the_door).collect();
    let said_by_local: Vec<&str> = local.split('"').collect();
    let mut checked = 0;
    for (file, source) in sources() {
        let program = source.split("#[cfg(test)]").next().unwrap();
        let where_said = if file.ends_with("local.rs") { &said_by_local } else { &said };
        for call in calls(program) {
            let Some(wanted) = Wanted::of(call) else { continue };
            let found = where_said.iter().any(|line| wanted.is(line));
            assert!(found, "{}: no transcript has `{}` of {call}", file.display(), wanted.parts.join("…"));
            checked += 1;
        }
    }
    assert!(checked > 45, "only {checked} replies were found");
}

#[test]
fn every_bound_of_a_session_is_set_in_a_dialogue() {
    let dialogues = dialogues();
    let bounds: Vec<&str> =
        dialogues.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("! limits ")).collect();
    let limits = text_of("src/smtp/limits.rs");
    let fields = limits.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
    let names: Vec<&str> = fields.map(|(name, _)| name).collect();
    assert!(names.len() >= 11, "{names:?}");
    let manual = text_of("src/config/rejoinder.toml");
    for name in names {
        let is_set = bounds.iter().flat_map(|line| line.split(' ')).any(|bound| bound.starts_with(&format!("{name}=")));
        assert!(is_set, "no dialogue sets {name}");
        assert!(manual.contains(&format!("\n# {name} = ")), "{name} is no setting");
    }
}

#[test]
fn a_reply_without_a_transcript_is_found() {
    let wanted = |call: &str| Wanted::of(call).unwrap();
    let program = "a(Reply::new(250, \"2.1.0\", \"Go, (on)\"), closing(d, \"4.7.0\", \"Too many\"))";
    assert_eq!(calls(program), ["Reply::new(250, \"2.1.0\", \"Go, (on)\")", "closing(d, \"4.7.0\", \"Too many\")"]);
    assert!(wanted(calls(program)[0]).is("250 2.1.0 Go, (on)"));
    assert!(!wanted(calls(program)[0]).is("250 2.1.0 Go, (on) and on"));
    assert!(!wanted(calls(program)[0]).is("550 2.1.0 Go, (on)"));
    assert!(wanted(calls(program)[1]).is("421 4.7.0 lists.example Too many"));
    assert!(!wanted(calls(program)[1]).is("421 4.7.0 lists.example Too many more"));
    let formatted = wanted("Reply::new(501, \"5.5.4\", format!(\"Bad value of {param}\"))");
    assert!(formatted.is("501 5.5.4 Bad value of SIZE") && !formatted.is("501 5.5.4 Write SIZE"));
    assert!(wanted("Reply::plain(354, \"Send\")").is("354 Send"));
    assert!(HANDED_ON.iter().all(|call| Wanted::of(call).is_none()));
}

/// A reply that the source gives: what stands between the parts is filled in when it is given.
struct Wanted {
    parts: Vec<String>,
}

impl Wanted {
    /// Of a call; `None` where that only hands one on.
    fn of(call: &str) -> Option<Self> {
        if HANDED_ON.contains(&call) {
            return None;
        }
        if let Some((_, line)) = SPECIAL.iter().find(|(known, _)| *known == call) {
            return Some(Self { parts: vec![(*line).to_owned()] });
        }
        let (name, arguments) = call.strip_suffix(')').unwrap().split_once('(').unwrap();
        let literals: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
        let code = arguments.split(',').next().unwrap();
        let (code, words) = match (name, &literals[..]) {
            ("Reply::new", [status, text]) => (code, format!("{status} {text}")),
            ("Reply::plain", [text]) => (code, (*text).to_owned()),
            ("closing", [status, text]) => ("421", format!("{status} lists.example {text}")),
            _ => panic!("{call}: a reply whose text cannot be read from the source"),
        };
        let mut parts = vec![format!("{code} ")];
        for (at, piece) in words.split('{').enumerate() {
            match (at, piece.split_once('}')) {
                (1.., Some((_, rest))) => parts.push(rest.to_owned()),
                _ => parts.last_mut().unwrap().push_str(piece),
            }
        }
        Some(Self { parts })
    }

    fn is(&self, line: &str) -> bool {
        let (first, rest) = self.parts.split_first().unwrap();
        let Some(mut line) = line.strip_prefix(first.as_str()) else { return false };
        let Some((last, between)) = rest.split_last() else { return line.is_empty() };
        for part in between {
            let Some((_, after)) = line.split_once(part.as_str()) else { return false };
            line = after;
        }
        line.ends_with(last.as_str())
    }
}

/// What makes replies in `program`: each call from its name to its closing bracket.
fn calls(program: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for name in ["Reply::new(", "Reply::plain(", "closing("] {
        for (at, _) in program.match_indices(name) {
            let before = &program[..at];
            // Neither its definition, nor what only ends so.
            if !before.ends_with("fn ") && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                let opened = at + name.len();
                found.push((at, &program[at..opened + closed(&program[opened..])]));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, call)| call).collect()
}

/// How long it is to behind the bracket that closes one opened before `rest`.
fn closed(rest: &str) -> usize {
    let (mut depth, mut quoted) = (1, false);
    for (at, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    panic!("a call without an end: {}", &rest[..rest.len().min(60)]);
}

/// What the door says in a line of a transcript, whole.
fn said_by_the_door(line: &str) -> Option<&str> {
    let (number, text) = line.strip_prefix('S')?.split_once(": ")?;
    number.chars().all(|c| c.is_ascii_digit()).then_some(text)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn dialogues() -> Vec<String> {
    files(&root().join("fixtures/dialogues")).into_iter().map(|(_, text)| text).collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    files(&root().join("src/smtp"))
}

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}
