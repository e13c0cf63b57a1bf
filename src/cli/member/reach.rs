//! Addresses that nobody can be reached at: those of lists here, and those that our mail cannot name yet.

use crate::discussion::{Action, ListName};
use crate::installation::Installation;
use crate::message::Address;
use crate::store::StoreError;

/// The list here whose address this is, or one of whose: as a member of a list it would send mail in circles.
pub(super) fn list_at(installation: &Installation, address: &Address) -> Result<Option<ListName>, StoreError> {
    if address.domain() != installation.config.server.domain {
        return Ok(None);
    }
    let Some((name, _)) = Action::of_local_part(address.local()) else { return Ok(None) };
    Ok(installation.store.list_by_name(&name)?.map(|list| list.name))
}

/// Whether mail to it needs SMTPUTF8 (RFC 6531), which is not built yet.
pub(super) fn is_beyond_ascii(address: &Address) -> bool {
    !address.as_str().is_ascii()
}

/// Why a list's address is refused as a member's.
pub(super) fn circular(address: &Address, list: &ListName) -> String {
    format!("{address} is an address of the list {list} itself, and its mail would go in circles; name a person's")
}
