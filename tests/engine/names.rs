//! By which names people are shown on a list, and those that nobody may borrow.

use rejoinder::discussion::{Member, PersonId, ShownName, friendly_name};
use rejoinder::store::{ListChange, MemberChange};

use crate::list::{AUTHOR, Mail, Remembering, TestList, address, named};

const ELLEN: &str = "ellen@example.net";
const EVE: &str = "eve@example.com";
const BO: &str = "bo@example.com";

fn talk() -> (tempfile::TempDir, TestList) {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join(ELLEN, named("Ellen Jones", "none"));
    talk.join(EVE, named("Eve", "each"));
    talk.join(BO, named("Bo", "daily"));
    assert!(talk.send(&Mail::new(&format!("Marina <{AUTHOR}>"), "p")).is_positive());
    (folder, talk)
}

fn shown(name: ShownName) -> MemberChange {
    MemberChange { shown_name: Some(name), ..MemberChange::default() }
}

fn as_name(name: &str) -> MemberChange {
    shown(ShownName::As(name.to_owned()))
}

fn friendly(talk: &TestList, who: &str) -> String {
    friendly_name(talk.member(who).person)
}

/// By which name an answer is shown that comes from there.
fn shown_as(talk: &TestList, from: &str, id: &str) -> String {
    let reply = talk.send(&Mail::new(from, id).answers("p"));
    assert!(reply.is_positive(), "{from}: {}", reply.text);
    author_of(talk, id)
}

fn author_of(talk: &TestList, id: &str) -> String {
    let row = talk.threads().into_iter().find(|row| row.message_id == format!("{id}@test"));
    row.unwrap_or_else(|| panic!("{id} is not published")).author
}

/// Why the store refuses a change.
fn refused(talk: &TestList, who: &str, change: MemberChange) -> String {
    let outcome = talk.store.change_member(talk.member(who).id, change, talk.clock.now()).wait();
    outcome.expect_err("it is taken").to_string()
}

fn change_list(talk: &TestList, change: ListChange) {
    talk.store.change_list(talk.list().id, change, talk.clock.now()).wait().unwrap();
    talk.store.forget_lists();
}

/// Every mail that goes out, as text, with what is encoded for transport read.
fn gone(talk: &TestList) -> Vec<String> {
    talk.fan_out();
    talk.digests("2026-03-02T07:30:00Z");
    let relay = Remembering::new(&[]);
    talk.deliver(&relay).unwrap();
    let parsed = |text: String| {
        let mail = mail_parser::MessageParser::default().parse(text.as_bytes()).unwrap();
        let headers = mail.headers().iter().map(|header| format!("{:?}\n", header.value())).collect::<String>();
        let (text_part, html) = (mail.body_text(0).unwrap_or_default(), mail.body_html(0).unwrap_or_default());
        format!("{text}\n{headers}\n{text_part}\n{html}")
    };
    relay.texts().into_iter().map(parsed).collect()
}

#[test]
fn a_name_chosen_for_the_list_goes_before_the_one_in_the_mail_and_that_one_is_sent_to_nobody() {
    let (_folder, talk) = talk();
    talk.change(ELLEN, as_name("Ellen of the Hill"));
    talk.change(ELLEN, MemberChange { receipts: Some(true), ..named("Ellen Jones", "each") });
    assert_eq!(shown_as(&talk, &format!("Ellen Jones <{ELLEN}>"), "a"), "Ellen of the Hill");
    // Eve answers the copy of the list, as mail programs do.
    let quoting = Mail::new(&format!("Eve <{EVE}>"), "b").answers("a").says(
        "I think so too.\n\nOn Sunday, Ellen of the Hill via Talk <talk@lists.example> wrote:\n> These are the words of a\n",
    );
    assert!(talk.send(&quoting).is_positive());
    // And Ellen her own digest, in which her program names her.
    let outlook = format!(
        "Thank you.\n\n-----Original Message-----\nFrom: Talk <talk@lists.example>\nSent: Sunday, March 1, 2026 8:00 AM\n\
         To: Ellen Jones <{ELLEN}>\nSubject: Talk\n\nThese are the words of p\n-- \nEllen Jones\n"
    );
    let answer = Mail::new(&format!("\"Jones, Ellen\" <{ELLEN}>"), "c").answers("b").says(&outlook);
    assert!(talk.send(&answer).is_positive());
    let gone = gone(&talk);
    assert!(gone.len() > 5, "{}", gone.len());
    assert!(gone.iter().any(|mail| mail.contains("\"Ellen of the Hill via Talk\" <talk@lists.example>")));
    for mail in &gone {
        let hidden = ["Jones", "JONES", "jones"].into_iter().find(|name| mail.contains(name));
        assert_eq!(hidden, None, "{mail}");
    }
}

#[test]
fn somebody_may_hide_behind_a_friendly_name_and_come_out_again() {
    let (_folder, talk) = talk();
    let own = format!("Ellen Jones <{ELLEN}>");
    assert_eq!(shown_as(&talk, &own, "a"), "Ellen Jones");
    talk.change(ELLEN, shown(ShownName::Hidden));
    assert_eq!(shown_as(&talk, &own, "b"), friendly(&talk, ELLEN));
    talk.change(ELLEN, shown(ShownName::Own));
    assert_eq!(shown_as(&talk, &own, "c"), "Ellen Jones");
    assert_eq!(shown_as(&talk, &format!("E. Jones <{ELLEN}>"), "d"), "E. Jones");
    assert_eq!(shown_as(&talk, ELLEN, "e"), "Ellen Jones", "the name that is known");
    assert_eq!(author_of(&talk, "b"), friendly(&talk, ELLEN), "what was hidden stays so");
    let told = talk.store.story(talk.member(ELLEN).id).unwrap();
    let told: Vec<_> = told.iter().map(|one| (one.what.as_str(), one.how.as_str(), one.detail.as_str())).collect();
    assert_eq!(told, [("changed", "owner", "name"); 2]);
    let hidden = MemberChange { shown_name: Some(ShownName::Hidden), ..named("Dai Rees", "none") };
    talk.join("dai@example.net", hidden);
    assert_eq!(shown_as(&talk, "Dai Rees <dai@example.net>", "f"), friendly(&talk, "dai@example.net"));
}

#[test]
fn who_takes_the_name_of_somebody_who_writes_or_answers_for_the_list_is_told_apart() {
    let (_folder, talk) = talk();
    let change = ListChange {
        strangers: Some("publish".parse().unwrap()),
        owner: Some(address("olga@example.org")),
        ..ListChange::default()
    };
    change_list(&talk, change);
    talk.join("olga@example.org", named("Olga Orlova", "none"));
    talk.join("max@example.org", MemberChange { role: Some("moderator".parse().unwrap()), ..named("Max", "none") });
    let behind = friendly(&talk, BO);
    for (n, name) in [
        "Marina",
        "MARINA",
        "Мarinа",
        "M\u{200b}arina",
        "Marina (author)",
        "Marina via Talk",
        "Olga Orlova",
        "Max",
        "Olga  0rlova",
        "Talk",
        "Moderator",
        "Talk admin",
    ]
    .into_iter()
    .enumerate()
    {
        let found = shown_as(&talk, &format!("\"{name}\" <{BO}>"), &format!("m{n}"));
        assert!(found.ends_with(&format!(" ({behind})")), "{name}: {found}");
    }
    let stranger = shown_as(&talk, "Marina <marina@elsewhere.example>", "s");
    assert!(stranger.starts_with("Marina (") && stranger.ends_with(')'), "{stranger}");
    for (name, from) in [("Marina", AUTHOR), ("Max", "max@example.org"), ("Olga Orlova", "olga@example.org")] {
        let id = name.split(' ').next().unwrap();
        assert_eq!(shown_as(&talk, &format!("{name} <{from}>"), id), name, "their own");
    }
    for (n, name) in ["Marina Costa", "Mariana", "Bo"].into_iter().enumerate() {
        assert_eq!(shown_as(&talk, &format!("{name} <{BO}>"), &format!("o{n}")), name, "another name");
    }
    // What readers see of it: both names, wherever it stands.
    let gone = gone(&talk);
    assert!(gone.iter().any(|mail| mail.contains(&format!("\"Marina ({behind}) via Talk\" <talk@lists.example>"))));
}

#[test]
fn a_name_stays_with_whom_readers_knew_by_it() {
    let (_folder, talk) = talk();
    // Published under once, and no author any more.
    assert_eq!(shown_as(&talk, &format!("Marina Silva <{AUTHOR}>"), "a"), "Marina Silva");
    talk.change(AUTHOR, MemberChange { role: Some("member".parse().unwrap()), ..MemberChange::default() });
    assert_eq!(shown_as(&talk, &format!("Marina Silva <{AUTHOR}>"), "b"), "Marina Silva");
    let behind = friendly(&talk, BO);
    assert_eq!(shown_as(&talk, &format!("marina silva <{BO}>"), "c"), format!("marina silva ({behind})"));
    // Known from the moment that somebody becomes an author, or is given a name.
    talk.change(EVE, MemberChange { role: Some("author".parse().unwrap()), ..MemberChange::default() });
    assert_eq!(shown_as(&talk, &format!("Eve <{BO}>"), "d"), format!("Eve ({behind})"));
    talk.change(EVE, MemberChange { name: Some("Eva Lind".to_owned()), ..MemberChange::default() });
    assert_eq!(shown_as(&talk, &format!("Eva Lind <{BO}>"), "e"), format!("Eva Lind ({behind})"));
    // A name that an author hides is told to nobody, not even by telling others apart.
    let fred = MemberChange {
        role: Some("author".parse().unwrap()),
        shown_name: Some(ShownName::As("The Gardener".to_owned())),
        ..named("Fred Quill", "none")
    };
    talk.join("fred@example.org", fred);
    assert_eq!(shown_as(&talk, "Fred Quill <fred@example.org>", "f"), "The Gardener");
    assert_eq!(shown_as(&talk, &format!("Fred Quill <{BO}>"), "g"), "Fred Quill");
    assert_eq!(shown_as(&talk, &format!("the gardener <{BO}>"), "h"), format!("the gardener ({behind})"));
}

#[test]
fn nobody_chooses_a_name_that_is_anothers_an_office_an_address_or_nothing() {
    let (_folder, talk) = talk();
    for (name, why) in [
        ("Marina", "is the name of somebody who writes"),
        ("МARINA", "is the name of somebody who writes"),
        ("The real Marina", "is the name of somebody who writes"),
        ("Moderator", "says who somebody is"),
        ("Bo, author", "says who somebody is"),
        ("Talk", "the list's own name"),
        ("ellen@example.net", "no @"),
        ("\u{3164}\u{200b}", "needs a letter"),
    ] {
        let text = refused(&talk, ELLEN, as_name(name));
        assert!(text.contains(why), "{name}: {text}");
        assert_eq!(talk.member(ELLEN).pseudonym, None, "{name}");
    }
    talk.change(ELLEN, as_name("Marina Costa"));
    assert_eq!(shown_as(&talk, ELLEN, "a"), "Marina Costa");
    // It was free when it was chosen.
    let author = MemberChange { role: Some("author".parse().unwrap()), ..named("Marina Costa", "none") };
    talk.join("costa@example.org", author);
    assert_eq!(shown_as(&talk, ELLEN, "b"), format!("Marina Costa ({})", friendly(&talk, ELLEN)));
    // An author may say so, and be called as they are called.
    talk.change(AUTHOR, as_name("Marina, the author"));
    assert_eq!(shown_as(&talk, &format!("M. <{AUTHOR}>"), "c"), "Marina, the author");
}

#[test]
fn no_name_turns_the_direction_of_writing_or_holds_a_line_end() {
    let (_folder, talk) = talk();
    let turned = "=?utf-8?q?Ell=E2=80=AEen=E2=81=A6_=E2=80=8FX=0D=0ABcc:_y?=";
    assert_eq!(shown_as(&talk, &format!("{turned} <{ELLEN}>"), "a"), "Ellen X Bcc: y");
    assert_eq!(Member::name_from("\u{2068}Ellen\u{202e} \u{200f}X\u{2069}").unwrap(), "Ellen X");
    for broken in ["Ellen\nBcc: x", "Ellen\u{2028}X", "Ellen\r"] {
        assert!(Member::name_from(&format!("{broken}.")).is_err(), "{broken:?}");
    }
}

#[test]
fn a_file_of_members_brings_back_no_chosen_name_as_a_known_one() {
    let (_folder, talk) = talk();
    talk.change(ELLEN, as_name("Ellen of the Hill"));
    let mut file = Vec::new();
    rejoinder::moving::write_members(&mut file, &talk.store, &talk.list(), false).unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.contains("Ellen of the Hill") && !text.contains("Jones"), "{text}");
    let rows = rejoinder::moving::MemberRows::new(Box::new(std::io::Cursor::new(file)), &talk.list()).unwrap();
    let people = rows.map(|row| row.unwrap()).map(|row| (row.address, row.given)).collect();
    talk.store.join(talk.list().id, people, talk.clock.now()).wait().unwrap();
    talk.change(ELLEN, shown(ShownName::Own));
    assert_eq!(talk.member(ELLEN).name.as_deref(), Some("Ellen Jones"));
}

#[test]
fn of_one_person_only_so_many_names_are_kept() {
    let (_folder, talk) = talk();
    for n in 0..80 {
        let letter = char::from_u32(0x4e00 + n).unwrap();
        assert!(talk.send(&Mail::new(&format!("{letter} <{AUTHOR}>"), &format!("a{n}")).answers("p")).is_positive());
    }
    let database = rusqlite::Connection::open(_folder.path().join("list.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM borne_name"), 60);
    assert_eq!(talk.member(AUTHOR).person, PersonId(1));
}
