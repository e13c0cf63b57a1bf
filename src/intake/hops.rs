//! Mail that goes in circles, told by the machines that say they passed it on.

use crate::message::Mail;
use crate::trust::taken_by;

/// More Received lines than this and a mail goes in circles (RFC 5321 §6.3 asks for at least 100).
const MOST_HOPS: usize = 100;

/// More of them by ourselves and it goes in circles through us, whatever else it passes. People send a mail on that they
/// found in an archive of ours, but not so often.
const MOST_OWN_HOPS: usize = 10;

/// Whether too many machines passed it on, or this one, `host`, too often.
pub(super) fn goes_in_circles(mail: &Mail, host: &str) -> bool {
    let hops = mail.received_hops();
    let is_ours = |hop: &str| taken_by(hop).is_some_and(|by| by.eq_ignore_ascii_case(host));
    let own = || mail.headers("Received").filter(|hop| is_ours(hop)).count();
    hops > MOST_HOPS || hops > MOST_OWN_HOPS && own() > MOST_OWN_HOPS
}
