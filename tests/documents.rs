//! The documents, held to the sources: `docs/rfc.tsv` names files and tests that exist, every RFC that the code names
//! stands in it, rooms and links exist. Each check is a function from texts to faults, and each is shown a bad sample.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const HEAD: &str = "standard\tsection\twhat it asks\tstate\twhere\ttest";

/// What stands in a cell that has nothing to say.
const NOTHING: &str = "-";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The text of every `.rs` file under `src` and `tests`.
fn sources() -> Vec<String> {
    let mut folders = vec![root().join("src"), root().join("tests")];
    let mut texts = vec![];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(texts.len() > 100, "only {} files found", texts.len());
    texts
}

/// The names of the test functions in a source: those under a `#[test]` of any kind.
fn tests_in(source: &str) -> Vec<&str> {
    let mut found = vec![];
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            found.extend(rest.split('(').next());
            is_test = false;
        }
    }
    found
}

/// What is wrong with the table of standards.
fn faults_of_standards(table: &str, exists: impl Fn(&str) -> bool, tests: &BTreeSet<&str>) -> Vec<String> {
    let mut lines = table.lines();
    let mut faults = vec![];
    if lines.next() != Some(HEAD) {
        faults.push(format!("the first line is not `{HEAD}`"));
    }
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let [standard, _, asks, state, files, names] = cells[..] else {
            faults.push(format!("not six cells: {line}"));
            continue;
        };
        let row = format!("{standard}, {asks}");
        if cells.iter().any(|cell| cell.is_empty() || cell.trim() != *cell) || standard.parse::<u16>().is_err() {
            faults.push(format!("{row}: a cell is empty or no number"));
        }
        match state {
            "not yet" => {}
            "held" | "partly" if files != NOTHING && names != NOTHING => {}
            "held" | "partly" => faults.push(format!("{row}: `{state}` needs a file and a test")),
            other => faults.push(format!("{row}: there is no state `{other}`")),
        }
        for file in files.split(", ").filter(|file| *file != NOTHING && !exists(file)) {
            faults.push(format!("{row}: there is no {file}"));
        }
        for name in names.split(", ").filter(|name| *name != NOTHING && !tests.contains(name)) {
            faults.push(format!("{row}: there is no test {name}"));
        }
    }
    faults
}

/// The numbers after `RFC ` in a text.
fn rfcs_in(text: &str) -> BTreeSet<u16> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split("RFC ").skip(1).filter_map(|rest| digits(rest).parse().ok()).collect()
}

/// The links of a Markdown text that lead into the project, without what stands behind a `#`.
fn links_in(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let inside = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    inside.filter_map(|target| target.split('#').next()).collect()
}

fn standards_in(table: &str) -> BTreeSet<u16> {
    table.lines().skip(1).filter_map(|line| line.split('\t').next()?.parse().ok()).collect()
}

#[test]
fn the_table_of_standards_names_files_and_tests_that_exist() {
    let sources = sources();
    let tests: BTreeSet<&str> = sources.iter().flat_map(|source| tests_in(source)).collect();
    let faults = faults_of_standards(&text_of("docs/rfc.tsv"), exists, &tests);
    assert!(faults.is_empty(), "docs/rfc.tsv:\n  {}", faults.join("\n  "));
}

#[test]
fn a_wrong_row_of_standards_is_found() {
    let tests =
        tests_in("#[tokio::test(flavor = \"x\")]\nasync fn is_true() {}\n#[test]\nfn is_so(a: u8) {}\nfn no() {}");
    let tests: BTreeSet<&str> = tests.into_iter().collect();
    let faults = |row: &str| faults_of_standards(&format!("{HEAD}\n{row}\n"), |file| file == "src/a.rs", &tests).len();
    for good in [
        "5321\t4.2\treplies\theld\tsrc/a.rs\tis_true, is_so",
        "5321\t4.2\treplies\tpartly\tsrc/a.rs\tis_so",
        "8058\t3\tone click\tnot yet\t-\t-",
    ] {
        assert_eq!(faults(good), 0, "{good}");
    }
    for bad in [
        "5321\t4.2\treplies\theld\tsrc/b.rs\tis_true",
        "5321\t4.2\treplies\theld\tsrc/a.rs\tno",
        "5321\t4.2\treplies\theld\tsrc/a.rs\t-",
        "5321\t4.2\treplies\tpartly\t-\tis_true",
        "5321\t4.2\treplies\tdone\tsrc/a.rs\tis_true",
        "SMTP\t4.2\treplies\theld\tsrc/a.rs\tis_true",
        "5321\t\treplies\theld\tsrc/a.rs\tis_true",
        "5321\t4.2\treplies\theld\tsrc/a.rs",
    ] {
        assert_eq!(faults(bad), 1, "{bad}");
    }
    assert_eq!(faults_of_standards("5321\n", |_| true, &tests).len(), 1);
}

#[test]
fn every_standard_that_the_code_names_stands_in_the_table() {
    let named: BTreeSet<u16> = sources().iter().flat_map(|source| rfcs_in(source)).collect();
    assert!(named.len() > 20, "only {named:?} found");
    let missing: Vec<u16> = named.difference(&standards_in(&text_of("docs/rfc.tsv"))).copied().collect();
    assert!(missing.is_empty(), "give these a row in docs/rfc.tsv: {missing:?}");
}

/// The lines of `text` that are not in `whole`, in order; `[…]` stands for lines left out.
fn lines_not_in<'a>(text: &'a str, whole: &str) -> Vec<&'a str> {
    let mut rest = whole.lines();
    text.lines().filter(|line| *line != "[…]" && !line.is_empty() && !rest.any(|other| other == *line)).collect()
}

#[test]
fn the_digest_in_the_readme_is_one_that_is_made() {
    let readme = text_of("README.md");
    let shown = readme.split("```\n").find(|block| block.starts_with("Good morning")).expect("README shows a digest");
    let wrong = lines_not_in(shown, &text_of("fixtures/digests/two-posts.txt"));
    assert!(wrong.is_empty(), "README shows these lines, and no digest has them there:\n{}", wrong.join("\n"));
    assert_eq!(lines_not_in("b\n[…]\na\n", "a\nb\nc\n"), ["a"]);
}

#[test]
fn every_room_stands_in_the_architecture() {
    let page = text_of("docs/ARCHITECTURE.md");
    let rooms = std::fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap().file_name());
    let rooms = rooms.map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned());
    let unknown: Vec<String> = rooms.filter(|room| room != "lib" && !page.contains(&format!("`{room}`"))).collect();
    assert!(unknown.is_empty(), "docs/ARCHITECTURE.md does not say what these are for: {unknown:?}");
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut dead = vec![];
    for document in ["README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "fixtures/README.md"] {
        let folder = PathBuf::from(document).parent().map(Path::to_path_buf).unwrap_or_default();
        let text = text_of(document);
        let gone = links_in(&text).into_iter().filter(|link| !root().join(&folder).join(link).exists());
        dead.extend(gone.map(|link| format!("{document}: {link}")));
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn links_are_found_in_a_text() {
    let text = "[a](docs/b.md#c), ![d](e.png) [f](https://g.example) [h](#i)";
    assert_eq!(links_in(text), ["docs/b.md", "e.png"]);
    assert_eq!(rfcs_in("RFC 5321 §4, RFCs, (RFC 6531)").into_iter().collect::<Vec<_>>(), [5321, 6531]);
}
