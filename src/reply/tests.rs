//! The rules together, over what programs and people write in many languages.

use super::{SpanKind, read};

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/reply/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

fn lines(name: &str) -> Vec<String> {
    fixture(name).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// A line broken where it would be wider, as programs break them.
fn wrapped(line: &str, width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let chars = word.chars().count();
        if column > 0 && column + 1 + chars > width {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += chars;
    }
    text
}

#[test]
fn attributions_of_every_program_and_language_are_known_before_a_quote_however_wrapped() {
    let mut missed = Vec::new();
    for line in lines("attributions").iter().filter(|line| !line.starts_with("--- ")) {
        for width in [200, 78, 72, 60, 45] {
            for between in ["\n", "\n\n"] {
                let text = format!("Yes.\n\n{}{between}> Shall we?\n> Ada\n", wrapped(line, width));
                if read(&text).said() != "Yes." {
                    missed.push(format!("{width} {between:?} {line}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn attributions_that_no_person_writes_hide_what_follows_without_marks() {
    let all = lines("attributions");
    let certain = all.iter().skip_while(|line| !line.starts_with("--- ")).skip(1);
    let mut missed = Vec::new();
    for line in certain {
        for width in [200, 76, 60] {
            let text = format!("Yes, as I said.\n\n{}\n\nShall we?\n\nAda\n", wrapped(line, width));
            if read(&text).said() != "Yes, as I said." {
                missed.push(format!("{width} {line}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn a_persons_own_line_right_above_an_attribution_stays() {
    let mut taken = Vec::new();
    for line in lines("attributions").iter().filter(|line| !line.starts_with("--- ")) {
        for own in ["I would bake it again.", "Bis Montag dann", "Спасибо, все понятно!"] {
            let text = format!("{own}\n{}\n> Shall we?\n", wrapped(line, 72));
            if read(&text).said() != own {
                taken.push(format!("{own} / {line}"));
            }
        }
    }
    assert!(taken.is_empty(), "{}:\n{}", taken.len(), taken.join("\n"));
}

#[test]
fn lines_of_programs_are_no_words_of_the_sender() {
    let mut missed = Vec::new();
    for line in lines("lines-of-programs") {
        for after in ["", "\nAda wrote:\n> Shall we?\n", "\n-----Original Message-----\nFrom: Ada\n\nShall we?\n"] {
            let text = format!("Yes, as I said.\n\n{line}\n{after}");
            if read(&text).said() != "Yes, as I said." {
                missed.push(line.clone());
            }
        }
        let told = format!("{line}\nand that is how it came to be.\n");
        if read(&told).said() != told.trim_end() {
            missed.push(format!("hidden though more follows: {line}"));
        }
    }
    missed.dedup();
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn what_people_write_is_never_hidden() {
    let mut hidden = Vec::new();
    let prose = fixture("prose");
    for mail in prose.split_once('\n').map(|(_, mails)| mails.split("%%\n")).into_iter().flatten() {
        let spans = read(mail).spans;
        hidden.extend(spans.into_iter().filter(|span| span.kind != SpanKind::Said).map(|span| (span.kind, span.text)));
    }
    assert!(hidden.is_empty(), "{hidden:#?}");
}
