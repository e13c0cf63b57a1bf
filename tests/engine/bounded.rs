//! Bounds, shown: mails of shapes that hurt mail programs go the whole way in, on a small stack, and nothing grows more
//! than they do. What they cost is measured by `benches/hostile.rs`.

use rejoinder::bounce;
use rejoinder::message::Mail;
use rejoinder::reply;

use crate::list::{AUTHOR, TestList, named};
use crate::shapes;

/// Octets of each mail here. Fewer where nothing is optimised: what recurses for each of them overflows all the same.
const OCTETS: usize = if cfg!(debug_assertions) { 60_000 } else { 200_000 };

/// Far less than a thread has by itself (2 MiB): frames are large where nothing is optimised.
const STACK: usize = 512 << 10;

/// Does `work` on a thread with a small stack. An overflow ends the whole test, as it would end the program.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    thread.join().expect("it panicked");
}

#[test]
fn no_shape_of_mail_needs_a_deep_stack_or_makes_more_of_itself() {
    for (name, shape) in shapes::all() {
        on_a_small_stack(move || {
            let octets = shape(OCTETS);
            let mail = Mail::parse(&octets);
            let reading = reply::read(&mail.text);
            bounce::judgement(&mail, &octets, false);
            // HTML writes a mark of a list, a quote or a link for a tag of a few letters: at most this.
            assert!(mail.text.len() <= 30 * octets.len(), "{name}: {} octets became {}", octets.len(), mail.text.len());
            assert_eq!(reading.spans.iter().map(|span| span.text.len()).sum::<usize>(), mail.text.len(), "{name}");
            assert!(mail.references.len() <= 100 && mail.from.len() <= 50 && mail.attachments.len() <= 500, "{name}");
        });
    }
}

#[test]
fn every_shape_of_mail_is_taken_in_or_refused_and_the_list_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let talk = TestList::new(folder.path());
    talk.join("ada@example.net", named("Ada", "daily"));
    for (name, shape) in shapes::all() {
        let reply = talk.give(shape(OCTETS / 4), Some(AUTHOR), &["talk@lists.example"]);
        assert!(!reply.is_temporary(), "{name}: {} {}", reply.code, reply.text);
    }
    let report = talk.digests("2026-03-02T07:30:00Z");
    assert_eq!((report.faults.len(), report.made.len()), (0, 1), "{:?}", report.faults);
}
