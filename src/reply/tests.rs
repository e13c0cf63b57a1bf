//! The rules together, over what programs and people write in many languages.

use super::{SpanKind, Stance, read, read_as};
use crate::message::Mail;

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
    for line in lines("attributions").iter().filter(|line| !line.starts_with("== ")) {
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
    let certain = all.iter().skip_while(|line| !line.starts_with("== ")).skip(1);
    let mut missed = Vec::new();
    for line in certain {
        for width in [200, 76, 60] {
            for line in [line.clone(), line.replacen(" <", " <\n", 1).replace("\n ", "\n")] {
                let text = format!("Yes, as I said.\n\n{}\n\nShall we?\n\nAda\n", wrapped(&line, width));
                if read(&text).said() != "Yes, as I said." {
                    missed.push(format!("{width} {line}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn a_persons_own_line_right_above_an_attribution_stays() {
    let mut taken = Vec::new();
    for line in lines("attributions").iter().filter(|line| !line.starts_with("== ")) {
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

#[test]
fn a_mail_that_answers_none_shows_what_it_passes_on() {
    let head = "From: Ada <ada@example.org>\nDate: Mon, 5 Jan 2026 at 08:30\nSubject: Bread\nTo: talk";
    for (text, published) in [
        (format!("Look.\n\n---------- Forwarded message ---------\n{head}\n\nShall we?\n"), None),
        (format!("{head}\n\nShall we?\n\nI think so.\n"), None),
        (
            "On Mon, 5 Jan 2026 at 8:30, Ada <ada@example.org> wrote:\n\nShall we?\n\nThat was the day.\n".to_owned(),
            None,
        ),
        ("In her first letter\nAda wrote:\n> Shall we?\n\nThat was the day.\n\n> Yes.\n".to_owned(), None),
        (
            format!("Look.\n\n-- \nBo\n\n-----Original Message-----\n{head}\n\nShall we?\n"),
            Some(format!("Look.\n\n-----Original Message-----\n{head}\n\nShall we?")),
        ),
        ("Look.\n\n> Shall we?\n\n-- \nBo\n".to_owned(), Some("Look.\n\n> Shall we?".to_owned())),
    ] {
        let reading = read_as(&text, Stance::Post, None);
        assert_eq!(reading.published(), published.unwrap_or_else(|| text.trim_end().to_owned()), "{text}");
    }
}

#[test]
fn what_a_mail_that_answers_none_quotes_is_no_sign_of_what_it_answers() {
    let reading = read_as("> Shall we?\n\nShe asked so.\n", Stance::Post, None);
    assert_eq!(reading.spans[0].kind, SpanKind::Cited);
    assert!(reading.quoted_lines().is_empty() && reading.hidden().next().is_none());
}

/// What the sender of a page said, and all of what is read of it.
fn said_of_page(page: &str) -> (String, String) {
    let head = "From: Bo <bo@example.org>\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n";
    let text = Mail::parse(format!("{head}{page}").as_bytes()).text;
    (read(&text).said(), text)
}

#[test]
fn what_each_mail_program_adds_to_a_page_is_no_word_of_the_sender() {
    let mut missed = Vec::new();
    for page in fixture("pages").split("%%\n").skip(1) {
        let (name, page) = page.split_once('\n').unwrap();
        let (said, text) = said_of_page(page);
        if said != "Yes, as I said." {
            missed.push(format!("== {name}: {said:?}\n{text}"));
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn answers_between_the_quotes_of_a_page_and_below_its_signature_stay() {
    for (page, expected) in [
        (
            "<div class=gmail_quote><div class=gmail_attr>On Mon, 5 Jan 2026 at 08:30, Ada &lt;ada@example.org&gt; wrote:<br>\
             </div><blockquote class=gmail_quote>How warm?</blockquote><div>Very.</div><blockquote class=gmail_quote>How \
             long?</blockquote><div>An hour.</div></div>",
            "> How warm?\n\nVery.\n\n> How long?\n\nAn hour.",
        ),
        (
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p><b>From:</b> Ada<br>\
             <b>Sent:</b> Monday, 5 January 2026<br><b>To:</b> talk<br><b>Subject:</b> Bread</p></div><p>How warm?</p>\
             <p style='color:red'>Very.</p>",
            "How warm?\n\nVery.",
        ),
        ("<div>One.</div><div class=gmail_signature>Bo</div><div>Two, below it.</div>", "One.\nBo\nTwo, below it."),
        ("<blockquote style='margin:0 0 0 40px;border:none'>Mine.</blockquote>", "Mine."),
    ] {
        let head = "From: Bo <bo@example.org>\nContent-Type: text/html\n\n";
        let text = Mail::parse(format!("{head}{page}").as_bytes()).text;
        assert_eq!(read(&text).published(), expected, "{text}");
    }
}

#[test]
fn heads_of_other_mails_in_many_languages_hide_what_follows() {
    let mut missed = Vec::new();
    for head in lines("heads") {
        let fields: Vec<&str> = head.split('|').collect();
        let bold = |field: &&str| field.split_once([':', '：']).map(|(name, value)| format!("*{name}:* {value}"));
        let bold: Vec<String> = fields.iter().filter_map(bold).collect();
        let backwards: Vec<&str> = fields.iter().rev().copied().collect();
        let shapes = [fields.join("\n"), fields.join("\n\n"), bold.join("\n"), backwards.join("\n")];
        for shape in shapes {
            for above in ["", "________________________________\n", "-----Original Message-----\n\n", " -----\n\n"] {
                let text = format!("Yes, as I said.\n\n{above}{shape}\n\nShall we?\n\nAda\n");
                if read(&text).said() != "Yes, as I said." {
                    missed.push(format!("{above}{shape}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n\n"));
}

#[test]
fn separators_of_many_languages_hide_what_follows() {
    let hides = |line: &&String| read(&format!("Yes, as I said.\n\n{line}\n\nShall we?\n")).said() == "Yes, as I said.";
    let lines = lines("separators");
    let missed: Vec<&String> = lines.iter().filter(|line| !hides(line)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}
