//! Mail that goes in circles, told by the machines that say they passed it on.

use crate::message::Mail;

/// More Received lines than this and a mail goes in circles (RFC 5321 §6.3 asks for at least 100).
const MOST_HOPS: usize = 100;

/// More of them by ourselves and it goes in circles through us, whatever else it passes. People send a mail on that they
/// found in an archive of ours, but not so often.
const MOST_OWN_HOPS: usize = 10;

/// Whether too many machines passed it on, or this one, `host`, too often.
pub(super) fn goes_in_circles(mail: &Mail, host: &str) -> bool {
    let hops = mail.received_hops();
    let own = || mail.headers("Received").filter(|hop| is_by(hop, host)).count();
    hops > MOST_HOPS || hops > MOST_OWN_HOPS && own() > MOST_OWN_HOPS
}

/// Whether a Received field says that `host` took the mail (RFC 5321 §4.4).
fn is_by(received: &str, host: &str) -> bool {
    let mut words = received.split_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("by")) && words.next().is_some_and(|by| by.eq_ignore_ascii_case(host))
}
