//! The house rules, held. Each rule is a function from sources to the places that break it; each has a test that shows
//! it a bad sample, so that no rule passes by looking at nothing.

#[path = "tidy/source.rs"]
mod source;

use source::{Source, block};

/// The most lines of a function, from `fn` to its closing brace.
const FUNCTION_LINES: usize = 70;

/// The most lines of a file.
const FILE_LINES: usize = 600;

/// The rooms in order of rank. A room imports from lower ranks only, never from its own.
const RANKS: [&[&str]; 10] = [
    &["clock", "config", "dns", "log", "message"],
    &["discussion"],
    &["token"],
    &["smtp", "thread", "reply", "bounce", "trust", "schedule", "compose", "command", "dkim"],
    &["store", "mailbox"],
    &["intake", "digest", "deliver"],
    &["web", "moving", "installation"],
    &["serve"],
    &["cli"],
    &["main"],
];

/// Names that say nothing.
const BANNED_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "core", "manager"];

fn rank(room: &str) -> Option<usize> {
    RANKS.iter().position(|rooms| rooms.contains(&room))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands in `code` as a word of its own.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !code[..*at].chars().next_back().is_some_and(is_word)
            && !code[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

/// The first names in what follows `crate::`: one, or each of a group `{a::b, c}`.
fn first_names(after: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(inside) = after.strip_prefix('{') else { return vec![name(after)] };
    let mut names = vec![name(inside)];
    let mut depth = 1;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&inside[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty() && name != "self");
    names
}

/// What `source` imports from the crate's root, with the byte where it does: by `crate::`, by `rejoinder::` (as `main`
/// must), and by as many `super::` as lead out of its room.
fn imported_rooms(source: &Source, code: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for root in ["crate", "rejoinder"] {
        for at in words(code, root) {
            if let Some(after) = code[at + root.len()..].strip_prefix("::") {
                found.extend(first_names(after).into_iter().map(|name| (at, name)));
            }
        }
    }
    for at in words(code, "super").filter(|at| !code[..*at].ends_with("super::")) {
        let mut rest = &code[at..];
        let mut levels = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, levels) = (after, levels + 1);
        }
        if levels > 0 && levels >= source.module().len() {
            found.extend(first_names(rest).into_iter().map(|name| (at, name)));
        }
    }
    found
}

fn imports_that_do_not_point_down(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources.iter().filter(|source| source.path != "src/lib.rs") {
        let room = source.module()[0];
        let Some(own) = rank(room) else {
            found.push(format!("{}: the room `{room}` has no rank; give it one in tests/tidy.rs", source.path));
            continue;
        };
        let code = source.program();
        for (at, name) in imported_rooms(source, &code).into_iter().filter(|(_, name)| name != room) {
            let place = source.place(&code, at);
            match rank(&name) {
                Some(other) if other < own => {}
                Some(other) => found.push(format!("{place}: `{room}` ({own}) imports `{name}` ({other})")),
                None => found.push(format!("{place}: `{name}` is no room")),
            }
        }
    }
    found
}

fn long_functions(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources {
        let code = source.code();
        for at in words(&code, "fn") {
            let Some(open) = body_of(&code[at..]) else { continue };
            let length = open + block(&code[at + open..]);
            let lines = code[at..at + length].lines().count();
            if lines > FUNCTION_LINES {
                found.push(format!("{}: a function of {lines} lines", source.place(&code, at)));
            }
        }
    }
    found
}

/// Where the body of the function at the start of `code` opens; `None` for a function's type, or one without a body.
fn body_of(code: &str) -> Option<usize> {
    code["fn".len()..].trim_start().chars().next().filter(|c| is_word(*c))?;
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn long_files(sources: &[Source]) -> Vec<String> {
    let lines = |source: &Source| source.text.lines().count();
    let long = sources.iter().filter(|source| lines(source) > FILE_LINES);
    long.map(|source| format!("{}: {} lines", source.path, lines(source))).collect()
}

fn names_that_say_nothing(sources: &[Source]) -> Vec<String> {
    let banned = |source: &&Source| source.module().iter().any(|part| BANNED_NAMES.contains(part));
    sources.iter().filter(banned).map(|source| format!("{}: say what it is for", source.path)).collect()
}

fn clocks_read(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources.iter().filter(|source| source.path != "src/clock.rs") {
        let code = source.program();
        for at in words(&code, "now") {
            let before = code[..at].strip_suffix("::");
            // `Clock::now` as a function's name reads the clock that was given.
            if before.is_some_and(|before| !before.ends_with("Clock")) {
                found.push(format!("{}: time comes from `Clock`", source.place(&code, at)));
            }
        }
    }
    found
}

fn randomness(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    let may = |source: &Source| ["token", "cli"].contains(&source.module()[0]);
    for source in sources.iter().filter(|source| !may(source)) {
        let code = source.program();
        for word in ["rand", "getrandom", "fastrand", "SystemRandom", "RandomState", "thread_rng"] {
            found.extend(words(&code, word).map(|at| format!("{}: `{word}`", source.place(&code, at))));
        }
    }
    found
}

fn things_left_undone(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources {
        let code = source.code();
        for name in ["todo", "unimplemented"] {
            let calls = words(&code, name).filter(|at| code[at + name.len()..].starts_with('!'));
            found.extend(calls.map(|at| source.place(&code, at)));
        }
        for mark in ["TODO", "FIXME", "XXX"] {
            found.extend(words(&source.text, mark).map(|at| source.place(&source.text, at)));
        }
    }
    found
}

fn warnings_and_tests_switched_off(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources {
        let code = source.code();
        for (at, _) in code.match_indices("#[").chain(code.match_indices("#![")) {
            let attribute = code[at..].split(']').next().unwrap_or_default();
            let is_off = words(attribute, "ignore").next().is_some()
                || words(attribute, "allow").any(|word| attribute[word..].starts_with("allow("));
            if is_off {
                found.push(format!("{}: {attribute}]", source.place(&code, at)));
            }
        }
    }
    found
}

fn files_that_do_not_say_what_they_are_for(sources: &[Source]) -> Vec<String> {
    let silent = sources.iter().filter(|source| !source.text.starts_with("//! "));
    silent.map(|source| format!("{}: begins without `//! `", source.path)).collect()
}

fn sql_outside_the_store(sources: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in sources.iter().filter(|source| source.module()[0] != "store") {
        let text = source.program_with_strings();
        for phrase in ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM "] {
            found.extend(text.match_indices(phrase).map(|(at, _)| source.place(&text, at)));
        }
    }
    found
}

/// Fails with a line for each place.
fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}\n  {}", found.join("\n  "));
}

fn program() -> Vec<Source> {
    let sources = Source::all("src");
    assert!(sources.len() > 10, "only {} files found", sources.len());
    sources
}

fn program_and_tests() -> Vec<Source> {
    [program(), Source::all("tests"), Source::all("benches")].concat()
}

fn one(path: &str, text: &str) -> Vec<Source> {
    vec![Source::new(path, text)]
}

#[test]
fn imports_point_down() {
    assert_none("a room imports from lower ranks only", imports_that_do_not_point_down(&program()));
}

#[test]
fn an_import_that_points_up_or_aside_is_found() {
    let bad = |path, text| imports_that_do_not_point_down(&one(path, text)).len();
    assert_eq!(bad("src/smtp/mod.rs", "use crate::store::Writer;"), 1);
    assert_eq!(bad("src/smtp/mod.rs", "use crate::thread::Place;"), 1);
    assert_eq!(bad("src/store/mod.rs", "use crate::{clock, mailbox::{self, Maildir}, message::Address, digest};"), 2);
    assert_eq!(bad("src/smtp/line.rs", "use super::super::store::Writer;"), 1);
    assert_eq!(bad("src/smtp/line.rs", "use super::super::{clock, intake::Gate};"), 1);
    assert_eq!(bad("src/clock.rs", "use super::message::Address;"), 1);
    assert_eq!(bad("src/message/id.rs", "fn a() -> crate::clock::Clock { crate::config::f() }"), 2);
    assert_eq!(bad("src/smtp/mod.rs", "use crate::attic::Box;"), 1);
    assert_eq!(bad("src/attic.rs", ""), 1);
    assert_eq!(bad("src/serve.rs", "use rejoinder::cli;"), 1);
}

#[test]
fn an_import_that_points_down_or_stays_in_its_room_is_fine() {
    let good = |path, text| assert_none(text, imports_that_do_not_point_down(&one(path, text)));
    good(
        "src/store/mod.rs",
        "use crate::message::{Address, MessageId}; use crate::store::writer::Writer; // crate::cli",
    );
    good("src/store/writer.rs", "use super::reader; use super::super::clock::Clock; const A: &str = \"crate::cli\";");
    good("src/main.rs", "fn main() { rejoinder::serve::run() }");
    good("src/clock.rs", "#[cfg(test)]\nmod tests { use super::*; use crate::message::Address; }");
}

#[test]
fn functions_are_short() {
    assert_none("a function reads like a paragraph", long_functions(&program_and_tests()));
}

#[test]
fn a_long_function_is_found_whatever_stands_in_it() {
    let of = |lines: usize| {
        let inside = "    let a = \"}\"; let b = '}'; // }\n".repeat(lines - 2);
        one(
            "src/a.rs",
            &format!("impl A {{\n    pub fn a(&self, b: [u8; 3]) -> fn(u8) where A: B {{\n{inside}}}\n}}\n"),
        )
    };
    assert_eq!(long_functions(&of(FUNCTION_LINES)).len(), 0);
    assert_eq!(long_functions(&of(FUNCTION_LINES + 1)), ["src/a.rs:2: a function of 71 lines"]);
    let signatures = format!("trait A {{ fn a(&self); }}\n{}", "type F = fn();\n".repeat(100));
    assert_eq!(long_functions(&one("src/a.rs", &signatures)).len(), 0);
}

#[test]
fn files_are_short() {
    assert_none("a file holds one idea", long_files(&program_and_tests()));
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(long_files(&one("src/a.rs", &"//! a\n".repeat(FILE_LINES))).len(), 0);
    assert_eq!(long_files(&one("src/a.rs", &"//! a\n".repeat(FILE_LINES + 1))).len(), 1);
}

#[test]
fn names_say_something() {
    assert_none("rooms and files are named for what they hold", names_that_say_nothing(&program()));
}

#[test]
fn a_name_that_says_nothing_is_found() {
    for path in ["src/utils/mod.rs", "src/store/helpers.rs", "src/common.rs", "src/misc/a.rs", "src/smtp/core/a.rs"] {
        assert_eq!(names_that_say_nothing(&one(path, "")).len(), 1, "{path}");
    }
    assert_none("", names_that_say_nothing(&one("src/store/scores.rs", "")));
}

#[test]
fn time_is_injected() {
    assert_none("only clock.rs asks what time it is", clocks_read(&program()));
}

#[test]
fn a_clock_read_is_found() {
    for text in ["Instant::now()", "std::time::SystemTime::now()", "Timestamp::now ()", ".map(Zoned::now)"] {
        assert_eq!(clocks_read(&one("src/a.rs", text)).len(), 1, "{text}");
        assert_eq!(clocks_read(&one("src/clock.rs", text)).len(), 0, "{text}");
    }
    let fine = "let now = clock.now(); // Instant::now()\n#[cfg(test)]\nmod tests { fn a() { Instant::now() } }";
    assert_none(fine, clocks_read(&one("src/a.rs", fine)));
}

#[test]
fn nothing_is_left_to_chance() {
    assert_none("only keys are random", randomness(&program()));
}

#[test]
fn randomness_is_found() {
    for text in ["use aws_lc_rs::rand::fill;", "rand::random()", "getrandom::fill()", "RandomState::new()"] {
        assert_eq!(randomness(&one("src/digest/mod.rs", text)).len(), 1, "{text}");
        assert_eq!(randomness(&one("src/token/key.rs", text)).len(), 0, "{text}");
    }
    assert_none("", randomness(&one("src/a.rs", "let operand = rand_ish; // rand::random()")));
}

#[test]
fn nothing_is_left_undone() {
    assert_none("finish it or take it out", things_left_undone(&program()));
}

#[test]
fn what_is_left_undone_is_found() {
    for text in ["todo!()", "unimplemented!(\"later\")", "// TODO: more", "/* FIXME */", "let a = \"TODO\";"] {
        assert_eq!(things_left_undone(&one("src/a.rs", text)).len(), 1, "{text}");
    }
    assert_none("", things_left_undone(&one("src/a.rs", "fn todo() {} // TODOS and todo!")));
}

#[test]
fn nothing_is_switched_off() {
    assert_none("mend it instead", warnings_and_tests_switched_off(&program_and_tests()));
}

#[test]
fn what_is_switched_off_is_found() {
    for text in
        ["#[ignore]", "#[ignore = \"slow\"]", "#[allow(dead_code)]", "#![allow(unused)]", "#[cfg_attr(a, allow(b))]"]
    {
        assert_eq!(warnings_and_tests_switched_off(&one("src/a.rs", text)).len(), 1, "{text}");
    }
    let fine = "#[serde(default)] // #[ignore]\n/// #[allow(b)]\n#[error(\"we allow( nothing\")] fn allow() {}";
    assert_none(fine, warnings_and_tests_switched_off(&one("src/a.rs", fine)));
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_none("the first line is a `//!`", files_that_do_not_say_what_they_are_for(&program_and_tests()));
}

#[test]
fn a_file_that_does_not_is_found() {
    for text in ["", "fn main() {}", "// a\n//! b", "\n//! a", "//!"] {
        assert_eq!(files_that_do_not_say_what_they_are_for(&one("src/a.rs", text)).len(), 1, "{text:?}");
    }
    assert_none("", files_that_do_not_say_what_they_are_for(&one("src/a.rs", "//! What it is for.\n")));
}

#[test]
fn all_the_sql_is_in_the_store() {
    assert_none("only the store speaks SQL", sql_outside_the_store(&program()));
}

#[test]
fn sql_outside_the_store_is_found() {
    for text in ["\"SELECT 1\"", "r#\"\n  INSERT INTO a\"#", "\"UPDATE a SET b\"", "\"DELETE FROM a\""] {
        assert_eq!(sql_outside_the_store(&one("src/intake/mod.rs", text)).len(), 1, "{text}");
        assert_eq!(sql_outside_the_store(&one("src/store/post.rs", text)).len(), 0, "{text}");
    }
    let fine = "// SELECT a\n#[cfg(test)]\nmod tests { const A: &str = \"SELECT 1\"; }";
    assert_none(fine, sql_outside_the_store(&one("src/intake/mod.rs", fine)));
}
