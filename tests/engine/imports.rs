//! Archives through the gate: threaded as mail that arrives is, in any order and any number of parts, and sent to nobody.

use std::path::PathBuf;

use crate::list::{self, AUTHOR, Mail, Remembering, TestList, named, time};
use rejoinder::discussion::Number;
use rejoinder::moving::{Archive, Bounds, Import, ImportTally, Unreadable};

const READER: &str = "reader@example.net";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A mail of an archive, written on a day of February.
fn old(id: &str, day: u32) -> Mail {
    let mut mail = Mail::new(&format!("{id} <{id}@writers.example>"), id);
    mail.headers.push(format!("Date: {day} Feb 2026 08:00:00 +0000"));
    mail
}

fn octets(mail: &Mail) -> String {
    // Of the two Dates, the one that the test gave.
    String::from_utf8(mail.octets()).unwrap().replacen("Date: Sun, 01 Mar 2026 08:00:00 +0000\r\n", "", 1)
}

/// Imports mails from files of their own, named in this order.
fn import_texts(talk: &TestList, texts: &[String]) -> (ImportTally, Vec<Unreadable>) {
    let folder = folder();
    let write = |(n, text): (usize, &String)| -> PathBuf {
        let path = folder.path().join(format!("{n:03}.eml"));
        std::fs::write(&path, text).unwrap();
        path
    };
    let paths: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
    let bounds = Bounds { message_bytes: 1 << 20, now: talk.clock.now() };
    let archive = Archive::open(&paths, bounds, &mut |_| {}).unwrap();
    let list = talk.list();
    let mut import = Import::new(&archive, &talk.intake, &talk.store, &list);
    import.run(talk.clock.now(), &mut |_| {}).unwrap();
    (import.tally, import.refused)
}

fn import(talk: &TestList, mails: &[Mail]) -> ImportTally {
    let texts: Vec<String> = mails.iter().map(octets).collect();
    let (tally, refused) = import_texts(talk, &texts);
    assert_eq!(refused, []);
    tally
}

/// Of each message, what it stands under and whether that is a guess.
fn places(talk: &TestList) -> Vec<(String, Option<String>, bool)> {
    let short = |id: String| id.trim_end_matches("@test").to_owned();
    let mut rows: Vec<_> =
        talk.threads().into_iter().map(|row| (short(row.message_id), row.parent.map(short), row.guess)).collect();
    rows.sort();
    rows
}

fn place(talk: &TestList, id: &str) -> (Option<String>, bool) {
    let found = places(talk).into_iter().find(|(own, ..)| own == id).unwrap();
    (found.1, found.2)
}

fn under(parent: &str, guess: bool) -> (Option<String>, bool) {
    (Some(parent.to_owned()), guess)
}

#[test]
fn an_archive_in_any_order_is_threaded_and_numbered_by_date() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mails = [
        old("c", 4).answers("a"),
        old("p", 1),
        old("b", 3).answers("p"),
        old("a", 2).references(&["p"]),
        old("late", 6).answers("missing"),
    ];
    let tally = import(&talk, &mails);
    assert_eq!(tally, ImportTally { published: 5, already: 0, moved: 0 });
    let tree =
        "p@test\n  1 a@test < p@test\n  2 b@test < p@test\n    3 c@test < a@test\n? missing@test\n  1 late@test\n";
    assert_eq!(talk.tree(), tree);
    assert_eq!(talk.threads()[0].author, "p");
    assert_eq!(talk.threads()[0].date, time("2026-02-01T08:00:00Z"));
}

#[test]
fn importing_again_adds_nothing_and_keeps_no_second_copy() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mails = [old("p", 1), old("a", 2).answers("p"), old("b", 3).answers("gone")];
    import(&talk, &mails);
    let before = talk.tree();
    assert_eq!(import(&talk, &mails), ImportTally { published: 0, already: 3, moved: 0 });
    assert_eq!(talk.tree(), before);
    assert_eq!(talk.store.published_mails(talk.list().id).unwrap().len(), 3);
}

#[test]
fn a_list_copy_with_a_footer_is_a_copy_and_a_mail_without_an_id_is_known_by_its_contents() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mut copy = old("p", 1);
    copy.text.push_str("\n-- \nTalk, the list\n");
    let bare = octets(&old("x", 2)).replace("Message-ID: <x@test>\r\n", "");
    let texts = [octets(&old("p", 1)), octets(&copy), bare.clone(), bare.replace("\r\n", "\n")];
    assert_eq!(import_texts(&talk, &texts).0, ImportTally { published: 2, already: 2, moved: 0 });
    let ids: Vec<String> = talk.threads().into_iter().map(|row| row.message_id).collect();
    assert!(ids.iter().any(|id| id.ends_with("@no-message-id.invalid")), "{ids:?}");
}

#[test]
fn nobody_is_sent_an_archive_and_what_comes_after_it_reaches_everybody() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    talk.join(READER, named("Reader", "daily"));
    talk.join("each@example.net", named("Each", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "before")).is_positive());
    import(&talk, &[old("p", 1), old("a", 2).answers("p")]);
    assert!(talk.send(&Mail::new(AUTHOR, "after").answers("a")).is_positive());
    talk.fan_out();
    let report = talk.digests("2026-03-02T09:00:00Z");
    assert_eq!(report.made.len(), 1);
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    assert_eq!(relay.recipients(), ["each@example.net", "each@example.net", READER]);
    let digest = relay.texts().into_iter().find(|text| text.contains(READER)).unwrap();
    assert!(digest.contains("words of before") && digest.contains("words of after"), "{digest}");
    assert!(!digest.contains("words of a,") && !digest.contains("words of p,"), "{digest}");
    assert!(digest.contains("2 responses, 1 new"), "what was imported counts as there before: {digest}");
    assert_eq!(talk.digests("2026-03-03T09:00:00Z").made.len(), 0);
}

#[test]
fn no_rule_about_who_or_what_may_write_applies_to_an_archive() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mails = [
        old("bulk", 1).header("Precedence: bulk").header("List-Id: <talk.lists.example>"),
        old("away", 2).header("Auto-Submitted: auto-replied"),
        old("help", 3).subject("help"),
    ];
    let nobody = octets(&old("nobody", 4)).replace("From: nobody <nobody@writers.example>\r\n", "");
    let mut texts: Vec<String> = mails.iter().map(octets).collect();
    texts.push(nobody);
    assert_eq!(import_texts(&talk, &texts).0.published, 4);
    assert_eq!(talk.store.held(None).unwrap().len(), 0);
    let row = talk.threads().into_iter().find(|row| row.message_id == "nobody@test").unwrap();
    assert_eq!(row.author, "Somebody");
}

#[test]
fn an_address_that_a_later_mail_of_the_archive_is_from_is_hidden_in_the_earlier_one() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let first = old("p", 1).says("Write to zoe@writers.example about it, or to shop@elsewhere.example.");
    import(&talk, &[first, old("zoe", 2)]);
    talk.join(READER, named("Reader", "daily"));
    assert!(talk.send(&Mail::new(AUTHOR, "new").answers("p")).is_positive());
    talk.digests("2026-03-02T09:00:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let digest = relay.texts().remove(0);
    assert!(digest.contains("zoe@") && !digest.contains("zoe@writers"), "{digest}");
}

#[test]
fn the_halves_of_an_archive_heal_whichever_comes_first() {
    let mails = [
        old("p", 1),
        old("a", 2).references(&["p"]),
        old("b", 3).references(&["p", "a"]),
        old("c", 4).references(&["p", "a", "b"]),
        old("q", 5),
        old("d", 6).answers("q"),
        old("e", 7).references(&["q", "d"]),
    ];
    let whole = folder();
    let talk = TestList::new(whole.path());
    import(&talk, &mails);
    let expected = places(&talk);
    for cut in 1..mails.len() {
        let odd: Vec<Mail> =
            mails.iter().enumerate().filter(|(n, _)| n % 2 == cut % 2).map(|(_, one)| one.clone()).collect();
        for parts in [[&mails[cut..], &mails[..cut]], [&mails[..cut], &mails[cut..]], [&odd, &mails]] {
            let folder = folder();
            let talk = TestList::new(folder.path());
            for part in parts {
                import(&talk, part);
            }
            assert_eq!(places(&talk), expected, "cut at {cut}");
        }
    }
}

#[test]
fn an_answer_by_subject_alone_is_a_marked_guess_that_goes_by_date() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mails = [
        old("by-subject", 9).subject("RE: [talk] bread"),
        old("bread", 2).subject("Bread"),
        old("later-bread", 20).subject("Bread"),
        old("other", 10).subject("Re: Stones"),
        old("no-answer", 11).subject("Bread"),
        old("much-later", 27).subject("Re: Stones"),
    ];
    import(&talk, &mails);
    assert_eq!(place(&talk, "by-subject"), under("bread", true));
    assert_eq!(place(&talk, "later-bread"), (None, false));
    assert_eq!(place(&talk, "no-answer"), (None, false));
    assert_eq!(place(&talk, "much-later"), under("other", true));
}

#[test]
fn a_guess_needs_a_conversation_that_was_alive_within_thirty_days() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mut ancient = old("ancient", 1).subject("Bread");
    ancient.headers.retain(|line| !line.starts_with("Date:"));
    let ancient = ancient.header("Date: 1 Jan 2026 08:00:00 +0000");
    import(&talk, &[ancient.clone(), old("too-late", 20).subject("Re: Bread")]);
    assert_eq!(place(&talk, "too-late"), (None, false));
    let other = self::folder();
    let talk = TestList::new(other.path());
    let alive = old("alive", 1).answers("ancient");
    import(&talk, &[ancient, alive, old("in-time", 20).subject("Re: Bread")]);
    assert_eq!(place(&talk, "in-time"), under("ancient", true));
}

#[test]
fn a_guess_yields_to_the_missing_mail_when_it_comes() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    import(&talk, &[old("p", 1).subject("Bread"), old("a", 3).subject("Re: Bread").answers("gone")]);
    assert_eq!(place(&talk, "a"), under("p", true));
    // It starts a conversation of its own: what answers it goes with it, and its old number leads there.
    import(&talk, &[old("gone", 2).subject("Bread")]);
    assert_eq!((place(&talk, "a"), place(&talk, "gone")), (under("gone", false), (None, false)));
    assert_eq!(talk.tree(), "p@test\ngone@test\n  1 a@test < gone@test\n");
    let by_old_number = talk.store.item_of(talk.list().id, Number(1), Some(Number(1))).unwrap();
    assert_eq!(by_old_number, talk.threads().last().map(|row| row.item));
}

#[test]
fn several_answers_to_a_missing_mail_are_told_as_the_conversation_that_their_ids_prove() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let answer = |id: &str, day| old(id, day).subject("Re: Bread").answers("gone");
    import(&talk, &[old("p", 1).subject("Bread"), answer("a", 2), answer("b", 3), old("c", 4).answers("b")]);
    let told: Vec<_> = talk.threads().into_iter().map(|row| (row.message_id, row.post, row.depth, row.guess)).collect();
    let row = |id: &str, post: &str, depth| (format!("{id}@test"), format!("{post}@test"), depth, false);
    assert_eq!(told, [row("p", "p", 0), row("a", "gone", 1), row("b", "gone", 1), row("c", "gone", 2)]);
}

#[test]
fn a_copy_that_tells_better_what_it_answers_moves_the_mail_with_all_that_answers_it() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let mails = [old("p", 1), old("x", 2), old("y", 3).answers("x"), old("q", 4), old("a", 5).answers("q")];
    import(&talk, &mails);
    assert_eq!(import(&talk, &[old("x", 2).answers("p")]), ImportTally { published: 0, already: 1, moved: 1 });
    assert_eq!(talk.tree(), "p@test\n    1 y@test < x@test\n  2 x@test < p@test\nq@test\n  1 a@test < q@test\n");
    // Once it is known, another word changes nothing.
    assert_eq!(import(&talk, &[old("x", 2).answers("q")]).moved, 0);
}

#[test]
fn a_guess_is_moved_out_of_the_conversation_by_a_copy_that_names_another() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let guess = old("x", 3).subject("Re: Bread");
    let mails =
        [old("p", 1).subject("Bread"), old("q", 2), guess.clone(), old("y", 4).answers("x"), old("z", 5).answers("p")];
    import(&talk, &mails);
    assert_eq!(place(&talk, "x"), under("p", true));
    assert_eq!(import(&talk, &[guess.answers("q")]).moved, 1);
    assert_eq!(talk.tree(), "p@test\n  3 z@test < p@test\nq@test\n  1 x@test < q@test\n    2 y@test < x@test\n");
    let found = |number| talk.store.item_of(talk.list().id, Number(1), Some(Number(number))).unwrap();
    let item = |id: &str| talk.threads().into_iter().find(|row| row.message_id == id).map(|row| row.item);
    assert_eq!((found(1), found(2), found(3)), (item("x@test"), item("y@test"), item("z@test")));
}

#[test]
fn a_second_copy_by_mail_moves_it_too() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    talk.join("david@example.net", named("David", "none"));
    let post = |id: &str| Mail::new(AUTHOR, id);
    for mail in [post("p"), post("x"), post("x").answers("p")] {
        assert!(talk.send(&mail).is_positive());
    }
    assert_eq!(talk.tree(), "p@test\n  1 x@test < p@test\n");
}

#[test]
fn exchanges_thread_index_leads_to_the_nearest_above_and_is_a_guess() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let index = |length: usize| {
        let octets: Vec<u8> = (0..length).map(|n| n as u8).collect();
        format!("Thread-Index: {}", data_encoding::BASE64.encode(&octets))
    };
    let mails = [
        old("p", 1).header(&index(22)),
        old("a", 2).header(&index(27)).subject("Re: nothing of the kind"),
        old("b", 3).header(&index(37)).answers("rewritten"),
        old("c", 4).header("Thread-Index: AAAA"),
    ];
    import(&talk, &mails);
    assert_eq!(place(&talk, "a"), under("p", true));
    assert_eq!(place(&talk, "b"), under("a", true));
    assert_eq!(place(&talk, "c"), (None, false));
}

#[test]
fn a_mail_is_found_by_the_id_that_it_had_before_a_server_rewrote_it() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    for (n, name) in
        ["X-Microsoft-Original-Message-ID", "X-Google-Original-Message-ID", "X-Original-Message-ID"].iter().enumerate()
    {
        let (id, first, new) = (format!("p{n}"), format!("first{n}"), format!("new{n}"));
        let said =
            |id: &str| Mail { from: "Pia <pia@writers.example>".to_owned(), ..old(id, 2) }.says("What Pia says.");
        let rewritten = said(&id).header(&format!("{name}: <{first}@test>"));
        import(&talk, &[rewritten, old(&new, 3).answers(&first)]);
        assert_eq!(place(&talk, &new), under(&id, false));
        assert_eq!(import(&talk, &[said(&first)]).already, 1, "the same mail, as it was before");
    }
}

#[test]
fn who_names_anothers_id_as_their_own_of_before_takes_neither_its_place_nor_its_answers() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    // Awaited: the claim gives nothing.
    let claims = |id: &str, other: &str| old(id, 2).header(&format!("X-Original-Message-ID: <{other}@test>"));
    import(&talk, &[old("early", 1).answers("awaited"), claims("forged", "awaited"), old("awaited", 3)]);
    assert_eq!((place(&talk, "awaited"), place(&talk, "early")), ((None, false), under("awaited", false)));
    // Here: nor does it.
    import(&talk, &[claims("forged2", "awaited")]);
    assert_eq!(place(&talk, "forged2"), (None, false));
    // Not spoken of yet: it serves until the mail comes whose own it is.
    import(&talk, &[claims("forged3", "later"), old("misled", 4).answers("later")]);
    assert_eq!(place(&talk, "misled"), under("forged3", false));
    assert_eq!(import(&talk, &[old("later", 5), old("after", 6).answers("later")]).published, 2);
    assert_eq!((place(&talk, "later"), place(&talk, "after")), ((None, false), under("later", false)));
    assert_eq!(import(&talk, &[old("later", 5)]).already, 1);
}

#[test]
fn one_mail_places_no_more_than_ten_ghosts_anew_and_the_rest_stay() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    import(&talk, &[old("p", 1).subject("Bread"), old("q", 1)]);
    let guess = |n: usize| old(&format!("a{n}"), 2).subject("Re: Bread").references(&[&format!("g{n}")]);
    import(&talk, &(0..15).map(guess).collect::<Vec<_>>());
    let names: Vec<String> = (0..15).map(|n| format!("g{n}")).collect();
    let all: Vec<&str> = std::iter::once("q").chain(names.iter().map(String::as_str)).collect();
    import(&talk, &[old("m", 3).references(&all)]);
    let rows = talk.threads();
    let post_of = |id: &str| rows.iter().find(|row| row.message_id == format!("{id}@test")).unwrap().post.clone();
    let moved = (0..15).filter(|n| post_of(&format!("a{n}")) == post_of("q")).count();
    assert_eq!((moved, post_of("a10"), post_of("m")), (10, post_of("p"), post_of("q")));
}

#[test]
fn an_answer_to_what_the_relay_renamed_lands_under_it() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    talk.join("each@example.net", named("Each", "each"));
    assert!(talk.send(&Mail::new(AUTHOR, "p")).is_positive());
    talk.fan_out();
    talk.deliver(&list::Remembering::saying("2.0.0 Ok 0102018f3c9a7d21-6b1e-000000")).unwrap();
    let answer = Mail::new("each@example.net", "a").header("In-Reply-To: <0102018f3c9a7d21-6b1e-000000@relay.example>");
    assert!(talk.send(&answer).is_positive());
    assert_eq!(talk.tree(), "p@test\n  1 a@test < p@test\n");
}

#[test]
fn an_id_that_only_we_give_out_is_refused_and_named() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let ours = format!("77.{:x}.talk@lists.example", talk.list().created_at.as_millisecond());
    let claimed = octets(&old("x", 1)).replace("<x@test>", &format!("<{ours}>"));
    let (tally, refused) = import_texts(&talk, &[claimed, octets(&old("p", 2))]);
    assert_eq!((tally.published, refused.len()), (1, 1));
    assert!(refused[0].why.contains("only this list gives out"), "{}", refused[0].why);
}

#[test]
fn an_export_as_mbox_is_imported_to_the_same_conversations() {
    let (here, there) = (folder(), folder());
    let talk = TestList::new(here.path());
    let quoting = old("b", 3).answers("a").says("From the start:\n>From there\n\nFrom nowhere\nTo: nobody");
    import(&talk, &[old("p", 1), old("a", 2).answers("p"), quoting, old("g", 4).answers("gone")]);
    let mut mbox = Vec::new();
    rejoinder::moving::write_mbox(&mut mbox, &talk.store, talk.list().id).unwrap();
    let other = TestList::new(there.path());
    let path = there.path().join("all.mbox");
    std::fs::write(&path, &mbox).unwrap();
    let bounds = Bounds { message_bytes: 1 << 20, now: other.clock.now() };
    let archive = Archive::open(&[path], bounds, &mut |_| {}).unwrap();
    let list = other.list();
    Import::new(&archive, &other.intake, &other.store, &list).run(other.clock.now(), &mut |_| {}).unwrap();
    assert_eq!(places(&other), places(&talk));
    let mut again = Vec::new();
    rejoinder::moving::write_mbox(&mut again, &other.store, other.list().id).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(mbox).unwrap());
}

#[test]
fn references_put_a_missing_mail_where_it_belongs_that_stood_by_a_guess() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    let guess = old("a", 3).subject("Re: Bread").answers("gone");
    import(&talk, &[old("p", 1), old("bread", 2).subject("Bread"), guess]);
    assert_eq!(place(&talk, "a"), under("bread", true));
    import(&talk, &[old("b", 4).references(&["p", "gone"])]);
    assert_eq!(talk.tree(), "p@test\n    1 a@test\n    2 b@test\nbread@test\n");
    assert!(talk.threads().iter().all(|row| !row.guess));
}

#[test]
fn an_archives_names_stand_as_they_are_but_for_those_that_members_chose() {
    let folder = folder();
    let talk = TestList::new(folder.path());
    talk.join(READER, named("Ruth Reader", "none"));
    let chosen = rejoinder::discussion::ShownName::As("The Reader".to_owned());
    let shown_name = rejoinder::store::MemberChange { shown_name: Some(chosen), ..Default::default() };
    talk.change(READER, shown_name);
    // The author, at an address of before.
    let mut before = old("p", 1);
    before.from = "Marina <marina@before.example>".to_owned();
    let mut reader = old("a", 2).answers("p");
    reader.from = format!("Ruth Reader <{READER}>");
    import(&talk, &[before, reader]);
    let authors: Vec<String> = talk.threads().into_iter().map(|row| row.author).collect();
    assert_eq!(authors, ["Marina", "The Reader"]);
}
