//! Mails taken apart by what they quote and type, over a digest of two posts.

use super::*;
use crate::thread::Labelled;

const ONE: &str = "You notice that you have stopped preparing.";
const TWO: &str = "Nobody to agree with, all night long.";
const THREE: &str = "Small rooms make people kinder to each other.";
const REMEMBERED: &str = "Who keeps the door of such a room, and …";

/// Item 1 is post A's #1, item 2 its #2, item 3 post B's #2.
fn shown() -> Shown {
    let label = |item, post, number| Labelled { item: ItemId(item), post, number };
    Shown {
        items: [(1, ONE), (2, TWO), (3, THREE)].map(|(item, text)| (ItemId(item), text.to_owned())).to_vec(),
        remembered: vec![(ItemId(4), REMEMBERED.to_owned())],
        roots: vec![ItemId(10), ItemId(20)],
        labels: vec![
            label(10, 0, None),
            label(1, 0, Some(1)),
            label(2, 0, Some(2)),
            label(20, 1, None),
            label(3, 1, Some(2)),
        ],
    }
}

fn quoted(lines: &[&str]) -> Part<'static> {
    Part::Quoted(lines.iter().map(|line| (*line).to_owned()).collect())
}

/// `item: what was said` for each run; `unclear`, or nothing.
fn told(parts: &[Part<'_>]) -> Vec<String> {
    match split(parts, &shown()) {
        Split::Whole => Vec::new(),
        Split::Unclear(why) => vec![if why == Unclear::DoubtfulLabel { "doubtful" } else { "unclear" }.to_owned()],
        Split::Runs(runs) => runs.iter().map(|run| format!("{}: {}", run.under, said(parts, run))).collect(),
    }
}

fn said(parts: &[Part<'_>], run: &Run) -> String {
    let said = run.pieces.iter().filter_map(|piece| match (&parts[piece.part], &piece.octets) {
        (Part::Said(text), Some(octets)) => Some(text[octets.clone()].trim()),
        _ => None,
    });
    said.collect::<Vec<_>>().join(" ")
}

#[test]
fn each_quoted_run_goes_to_its_own_item() {
    let mail = [quoted(&[ONE]), Part::Said("first\n"), quoted(&[THREE]), Part::Said("second\n")];
    assert_eq!(told(&mail), ["1: first", "3: second"]);
}

#[test]
fn what_a_digest_only_reminds_of_can_be_answered_by_quoting_its_line() {
    let line = "#4 Ruth: Who keeps the door of such a room, and … (read)";
    let mail = [quoted(&[line]), Part::Said("first\n"), quoted(&[line, TWO]), Part::Said("second\n")];
    assert_eq!(told(&mail), ["4: first", "2: second"]);
    assert_eq!(quoted_items(&mail[..1], &shown()), [ItemId(4)]);
}

#[test]
fn what_is_said_first_goes_with_the_first_run_and_what_ends_the_mail_with_the_last() {
    let mail = [
        Part::Said("Hello,\n"),
        Part::Aside,
        quoted(&[ONE]),
        Part::Said("first\n"),
        quoted(&[TWO]),
        Part::Said("second\n"),
        quoted(&[THREE]),
        Part::Aside,
    ];
    assert_eq!(told(&mail), ["1: Hello, first", "2: second"]);
    let Split::Runs(runs) = split(&mail, &shown()) else { panic!("not taken apart") };
    let parts = |run: &Run| run.pieces.iter().map(|piece| piece.part).collect::<Vec<_>>();
    assert_eq!((parts(&runs[0]), parts(&runs[1])), (vec![0, 1, 2, 3], vec![4, 5, 6, 7]));
}

#[test]
fn quotes_of_nothing_stay_in_their_run_and_runs_to_the_same_item_are_one() {
    let unknown = quoted(&["From another mail altogether, long ago"]);
    let mail = [
        quoted(&[ONE]),
        Part::Said("a\n"),
        unknown,
        Part::Said("b\n"),
        quoted(&[TWO]),
        Part::Said("c\n"),
        quoted(&["you have stopped preparing"]),
        Part::Said("d\n"),
    ];
    assert_eq!(told(&mail), ["1: a b d", "2: c"]);
}

#[test]
fn text_between_quoted_items_answers_the_nearest_above() {
    let mail = [quoted(&["Good morning", ONE, TWO]), Part::Said("yes\n"), quoted(&[THREE]), Part::Said("no\n")];
    assert_eq!(told(&mail), ["2: yes", "3: no"]);
    let in_place = [quoted(&[ONE, TWO]), Part::Said("yes\n"), quoted(&[THREE])];
    assert_eq!(told(&in_place), ["2: yes"]);
}

#[test]
fn a_digest_quoted_whole_with_one_line_below_is_not_taken_apart() {
    assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("I agree.\n")]), [""; 0]);
    assert_eq!(told(&[Part::Said("I agree.\n"), quoted(&[ONE, TWO, THREE])]), [""; 0]);
    let footer = quoted(&["Press Reply to answer: quote a line or two"]);
    assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("I agree.\n"), footer]), [""; 0]);
}

#[test]
fn where_one_run_cannot_be_told_the_mail_is_unclear() {
    let mail = [quoted(&[ONE]), Part::Said("yes\n"), quoted(&[TWO, THREE]), Part::Said("which?\n")];
    assert_eq!(told(&mail), ["unclear"]);
}

#[test]
fn a_label_at_a_paragraphs_start_is_a_border() {
    assert_eq!(
        told(&[Part::Said("Hi,\n\nA1: yes\n\nof course.\n\nB2: no\n")]),
        ["1: Hi, A1: yes\n\nof course.", "3: B2: no"]
    );
    assert_eq!(told(&[quoted(&[ONE]), Part::Said("yes\n\nB2: no\n")]), ["1: yes", "3: B2: no"]);
    assert_eq!(told(&[quoted(&[THREE]), Part::Said("\nB2: no\n")]), ["3: B2: no"]);
}

#[test]
fn a_label_that_the_quotes_of_its_run_contradict_is_unclear() {
    assert_eq!(told(&[quoted(&[ONE]), Part::Said("\nB2: no\n")]), ["doubtful"]);
    assert_eq!(told(&[quoted(&[ONE, TWO]), Part::Said("\nB2: no\n")]), ["doubtful"]);
    assert_eq!(told(&[quoted(&[ONE, THREE]), Part::Said("\nB2: no\n")]), ["3: B2: no"]);
    // What is quoted below everything speaks against nothing.
    assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[ONE])]), ["3: B2: no"]);
    assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[ONE, TWO])]), ["3: B2: no"]);
    assert_eq!(told(&[Part::Said("B2: no\n"), quoted(&[THREE])]), ["3: B2: no"]);
    let two = [Part::Said("A1: yes\n\nB2: no\n"), quoted(&[ONE, THREE])];
    assert_eq!(told(&two), ["1: A1: yes", "3: B2: no"]);
    // All that a mail program quotes on its own speaks against nothing.
    assert_eq!(told(&[Part::Said("B: no\n"), quoted(&[ONE, TWO, THREE])]), ["20: B: no"]);
    assert_eq!(told(&[quoted(&[ONE, TWO, THREE]), Part::Said("B: no\n")]), ["20: B: no"]);
}

#[test]
fn what_only_looks_like_a_label_takes_nothing_apart() {
    let text = "yes\n\nB2 visas are dear.\n";
    assert_eq!(told(&[quoted(&[ONE]), Part::Said(text)]), [format!("1: {}", text.trim())]);
    assert_eq!(told(&[Part::Said("A1 size paper\n"), quoted(&[THREE])]), [""; 0]);
}

#[test]
fn a_letter_before_a_colon_is_the_post_itself() {
    assert_eq!(told(&[Part::Said("A: yes\n\nB: no\n")]), ["10: A: yes", "20: B: no"]);
    assert_eq!(told(&[Part::Said("C: yes\n")]), [""; 0]);
    assert_eq!(told(&[Part::Said("Q: why?\n\nA: because.\n")]), ["unclear"]);
    assert_eq!(told(&[Part::Said("A: yes\n\nPS: and no.\n")]), ["10: A: yes\n\nPS: and no."]);
}

#[test]
fn a_label_that_names_nothing_shown_or_several_things_is_no_border() {
    assert_eq!(told(&[Part::Said("#99: yes\n")]), [""; 0]);
    assert_eq!(told(&[Part::Said("#2: yes\n")]), [""; 0]);
    assert_eq!(told(&[quoted(&[ONE]), Part::Said("yes\n\nC1: no\n")]), ["1: yes\n\nC1: no"]);
}

#[test]
fn lines_next_to_each_other_that_begin_with_labels_and_colons_are_borders() {
    assert_eq!(told(&[Part::Said("#1: yes\nB2: no\n")]), ["1: #1: yes", "3: B2: no"]);
    assert_eq!(told(&[Part::Said("Hello,\n#1: yes\nof course\nB2: no\nnever\n")]).len(), 2);
    assert_eq!(told(&[Part::Said("A: yes\nB: no\n")]), ["10: A: yes", "20: B: no"]);
    let long = "#1: I have thought about this for as long as anybody could, and yes.\nB2: no\n";
    assert_eq!(told(&[Part::Said(long)]).len(), 2);
    assert_eq!(told(&[Part::Said("#1 Yes, Ada.\nB2 - no, Ben\n")]).len(), 2);
    assert_eq!(told(&[Part::Said("#1: yes\nA2, B2: no\n")]), ["doubtful"]);
    let text = "#1: yes\nB2 visas\n#2\n#99: nobody\n";
    assert_eq!(told(&[Part::Said(text)]), [format!("1: {}", text.trim())]);
    // Without a colon they are none, nor letters, in a text that did not begin with a label.
    let text = "I saw\nB2, the visa\n#1 and #2\n";
    assert_eq!(told(&[quoted(&[ONE]), Part::Said(text)]).len(), 1);
    assert_eq!(told(&[quoted(&[ONE]), Part::Said("They asked:\nA: tea?\nB: coffee?\n")]).len(), 1);
    let broken = "I would rather not say whether I agree with what is in\nB2: it is long.\n";
    assert_eq!(told(&[quoted(&[ONE]), Part::Said(broken)]), ["doubtful"]);
}

#[test]
fn several_labels_and_such_as_may_begin_a_sentence_are_doubtful() {
    for text in [
        "A1, B2: both\n",
        "A1: yes\n\nA2, B2: both\n",
        "#1 and B2: you are both right\n",
        "A1 und B2: beide\n",
        "#1 is what I like best.\n",
        "#1, which I like, is right\n",
        "I have thought of this before.\n\nA: is how the alphabet begins, they say.\n",
    ] {
        assert_eq!(told(&[Part::Said(text)]), ["doubtful"], "{text}");
    }
    // Where the quotes say the same, and where another label stands above, there is no doubt.
    assert_eq!(told(&[quoted(&[ONE]), Part::Said("#1 is what I like best.\n")]).len(), 1);
    assert_eq!(told(&[quoted(&[TWO]), Part::Said("#1 is what I like best.\n")]), ["doubtful"]);
    assert_eq!(told(&[Part::Said("#1: I have thought of this before.\n\nA: yes\n")]).len(), 2);
    assert_eq!(told(&[Part::Said("Dear all,\n\nA: yes\n")]).len(), 1);
    assert_eq!(told(&[Part::Said("#99 is what I like best.\n")]), [""; 0]);
}

#[test]
fn of_two_items_quoted_above_one_answer_one_may_be_short() {
    let mut shown = shown();
    shown.items.push((ItemId(5), "Yes! Yes!".to_owned()));
    shown.labels.push(Labelled { item: ItemId(5), post: 1, number: Some(3) });
    let split = |parts: &[Part<'_>]| split(parts, &shown);
    let mail = [quoted(&[ONE]), Part::Said("a\n"), quoted(&[TWO, "Yes! Yes!"]), Part::Said("b\n")];
    assert_eq!(split(&mail), Split::Unclear(Unclear::SeveralQuoted));
    // A label below all that was quoted names one of which no line could tell.
    shown.items[3].1 = "Yes!\nYes!".to_owned();
    let whole = quoted(&[ONE, TWO, "Yes!", "Yes!", THREE]);
    let split = |parts: &[Part<'_>]| super::split(parts, &shown);
    for mail in [[Part::Said("B3: so do I\n"), whole.clone()], [whole, Part::Said("B3: so do I\n")]] {
        assert!(matches!(split(&mail), Split::Runs(runs) if runs[0].under == ItemId(5)));
    }
}

#[test]
fn of_more_labels_than_anybody_types_not_all_are_looked_up() {
    let many = |count: usize| "#99: yes\n".repeat(count);
    assert_eq!(told(&[quoted(&[ONE]), Part::Said(&many(MOST_LABELS))]).len(), 1);
    assert_eq!(told(&[quoted(&[ONE]), Part::Said(&many(MOST_LABELS + 1))]), ["doubtful"]);
    let lines = vec!["Yes! Yes!"; MOST_LINES + 1];
    let mut shown = shown();
    shown.items.push((ItemId(5), "Yes! Yes!".to_owned()));
    let mail = [quoted(&[TWO]), Part::Said("a\n"), quoted(&lines), Part::Said("b\n")];
    assert!(matches!(split(&mail, &shown), Split::Unclear(_)));
}

#[test]
fn what_was_typed_is_told_and_what_of_it_names_nothing() {
    let mail = [Part::Said("Hi,\n\n#2 and B9: yes\nA1 ok\n#2: perhaps\n"), quoted(&["C1: not said"])];
    let labels: Vec<String> = typed(&mail).iter().map(ToString::to_string).collect();
    assert_eq!(labels, ["#2", "B9", "A1"]);
    assert_eq!(names_nothing(&mail, &shown()).map(|label| label.to_string()).as_deref(), Some("B9"));
    assert_eq!(names_nothing(&[Part::Said("A1: yes\n\n#99 bottles\n\nZ: x\n")], &shown()), None);
}

#[test]
fn more_runs_than_anybody_writes_are_unclear() {
    let mail = |runs: usize| -> Vec<Part<'static>> {
        (0..runs).flat_map(|at| [quoted(&[if at % 2 == 0 { ONE } else { TWO }]), Part::Said("yes\n")]).collect()
    };
    assert_eq!(told(&mail(MOST_RUNS)).len(), 2);
    assert_eq!(told(&mail(200)), ["unclear"]);
    let same: Vec<Part<'static>> = (0..200).flat_map(|_| [quoted(&[ONE]), Part::Said("yes\n")]).collect();
    assert_eq!(told(&same).len(), 1);
    let lines = vec![ONE; MOST_LINES + 1];
    let long = [quoted(&lines), Part::Said("yes\n"), quoted(&[TWO]), Part::Said("no\n")];
    assert_eq!(told(&long), ["unclear"]);
    assert_eq!(told(&[Part::Said("A1: yes\n"), quoted(&lines)]), ["1: A1: yes"]);
}

#[test]
fn what_cannot_be_several_answers_is_not_looked_at() {
    assert!(!may_split(&[Part::Said("yes\n"), Part::Aside, quoted(&[ONE])], false));
    assert!(!may_split(&[quoted(&[ONE]), Part::Said("yes\n"), Part::Said("\n")], true));
    assert!(may_split(&[quoted(&[ONE]), Part::Said("yes\n")], false));
    assert!(may_split(&[quoted(&[ONE]), Part::Said("yes\n"), quoted(&[TWO]), Part::Said("no\n")], true));
    assert!(may_split(&[Part::Said("yes\n\n#7: no\n")], true));
}

proptest::proptest! {
    #[test]
    fn every_octet_is_in_one_run(
        parts in proptest::collection::vec((0..3_u8, "(A1: |B2: |B: |\n|\n\n|[a-z é]{0,5}){0,6}", 0..4_usize), 0..12)
    ) {
        let parts: Vec<Part<'_>> = parts.iter().map(|(kind, text, which)| match kind {
            0 => Part::Said(text),
            1 => quoted(&[[ONE, TWO, THREE, "nothing at all of it"][*which]]),
            _ => Part::Aside,
        }).collect();
        if let Split::Runs(runs) = split(&parts, &shown()) {
            let mut pieces: Vec<&Piece> = runs.iter().flat_map(|run| &run.pieces).collect();
            pieces.sort_by_key(|piece| (piece.part, piece.octets.as_ref().map(|octets| octets.start)));
            let mut next = (0, 0);
            for piece in pieces {
                let length = if let Part::Said(text) = &parts[piece.part] { text.len() } else { 0 };
                let octets = piece.octets.clone().unwrap_or(0..length);
                proptest::prop_assert_eq!((piece.part, octets.start), next);
                next = if octets.end == length { (piece.part + 1, 0) } else { (piece.part, octets.end) };
            }
            proptest::prop_assert_eq!(next, (parts.len(), 0));
        }
    }
}
