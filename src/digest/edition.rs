//! Making an edition: gathered, rendered, and named by what it holds, so that a preview is what is later sent.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::assemble::{assemble, shown, sole_author};
use super::run::DigestError;
use crate::compose::{self, EachMail, LAYOUT};
use crate::discussion::{Digest, ItemId, List, ListFacts, ListId, PersonId, Revision, Seq, Window};
use crate::store::{Kind, Material, NewEdition, Showing, Store};

/// What renderings need beside the store.
#[derive(Clone, Debug)]
pub struct Press {
    /// The domain of our addresses.
    pub domain: String,
    /// Where the web pages are; `None` where there are none.
    pub web_url: Option<String>,
    /// The key that new tokens are made with.
    pub token_key: u8,
}

/// An edition that is rendered and not frozen yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What is to be frozen.
    pub edition: NewEdition,
    /// The only person whose items are new in it.
    pub sole_author: Option<PersonId>,
    /// Its posts' titles, in order.
    pub titles: Vec<String>,
}

impl Press {
    /// The digest of some windows, the last of which is its own; `None` where there is nothing to show.
    pub fn digest(
        &self,
        store: &Store,
        list: ListId,
        windows: &[Window],
        at: Timestamp,
    ) -> Result<Option<Prepared>, DigestError> {
        let material = store.digest_material(list, windows)?;
        let digest = assemble(&material, self.facts(&material.list), windows);
        if digest.posts.is_empty() {
            return Ok(None);
        }
        let frozen = compose::digest(&digest)?;
        let parts: Vec<(String, Vec<u8>)> = frozen.into_iter().map(|part| (part.subject, part.bytes)).collect();
        let items = items_of(&digest, &material);
        let fingerprint = self.fingerprint(list, windows, &items, &parts);
        let edition = NewEdition {
            list,
            kind: Kind::Digest,
            window: digest.window,
            token_key: self.token_key,
            fingerprint,
            made_at: at,
            parts,
            items,
        };
        let titles = digest.posts.iter().map(|post| post.title.clone()).collect();
        Ok(Some(Prepared { edition, sole_author: sole_author(&material, windows), titles }))
    }

    /// The mail of one publication to readers of each; `None` where it was removed since.
    pub fn copy(
        &self,
        store: &Store,
        list: ListId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<Option<NewEdition>, DigestError> {
        let Some(material) = store.copy_material(list, seq, &self.domain)? else { return Ok(None) };
        let row = &material.item;
        let mail = EachMail {
            list: self.facts(&material.list),
            post_number: material.post_number,
            title: material.title,
            is_post: row.number.is_none(),
            item: shown(row, None),
            message_id: material.message_id,
            in_reply_to: material.references.last().cloned(),
            references: material.references,
            been_there: material.been_there,
        };
        let frozen = compose::each(&mail)?;
        let window = Window { after: Seq(seq.0 - 1), upto: seq };
        let parts = vec![(frozen.subject, frozen.bytes)];
        let items = vec![(row.id, row.revision, Showing::Full)];
        let fingerprint = self.fingerprint(list, &[window], &items, &parts);
        let token_key = self.token_key;
        Ok(Some(NewEdition { list, kind: Kind::Each, window, token_key, fingerprint, made_at: at, parts, items }))
    }

    pub(super) fn facts(&self, list: &List) -> ListFacts {
        ListFacts {
            name: list.name.as_str().to_owned(),
            title: list.title.clone(),
            domain: self.domain.clone(),
            web_url: self.web_url.clone(),
            footer: list.footer.clone(),
            time_zone: list.schedule.time_zone.clone(),
        }
    }

    /// All that makes an edition what it is: which list, which windows, which revisions, which layout, which key, and
    /// to be sure, every octet of it.
    pub(super) fn fingerprint(
        &self,
        list: ListId,
        windows: &[Window],
        items: &[(ItemId, Revision, Showing)],
        parts: &[(String, Vec<u8>)],
    ) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        let mut number = |number: i64| hash.update(&number.to_be_bytes());
        number(list.0);
        number(i64::from(LAYOUT));
        number(i64::from(self.token_key));
        windows.iter().for_each(|window| [window.after.0, window.upto.0].into_iter().for_each(&mut number));
        items.iter().for_each(|(item, revision, _)| [item.0, revision.0].into_iter().for_each(&mut number));
        for (subject, body) in parts {
            hash.update(&(subject.len() as u64).to_be_bytes());
            hash.update(subject.as_bytes());
            hash.update(body);
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        fingerprint
    }
}

/// What a digest shows, in order, by which an answer that quotes it finds its place.
fn items_of(digest: &Digest, material: &Material) -> Vec<(ItemId, Revision, Showing)> {
    let revision = |item: ItemId| material.items.get(&item).map_or(Revision(0), |row| row.revision);
    let root = |number| material.posts.iter().find(|post| post.number == number).and_then(|post| post.root);
    let mut items = Vec::new();
    for post in &digest.posts {
        items.extend(root(post.number).map(|root| (root, revision(root), Showing::Root)));
        if let Some(item) = post.item.as_ref().filter(|_| post.is_new) {
            items.push((item.id, revision(item.id), Showing::Full));
        }
        items.extend(post.entries.iter().map(|entry| {
            let showing = if entry.is_new { Showing::Full } else { Showing::Folded };
            (entry.item.id, revision(entry.item.id), showing)
        }));
    }
    items
}
