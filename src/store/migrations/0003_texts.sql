-- An item's text compressed, in a table that packs long rows: without rowids each of more than a kilobyte takes a page of
-- its own. Texts of before stay as they are until they are written anew; what reads them knows both.
CREATE TABLE text (
    id       INTEGER PRIMARY KEY,
    item_id  INTEGER NOT NULL REFERENCES item,
    revision INTEGER NOT NULL,
    made_at  INTEGER NOT NULL,
    why      TEXT NOT NULL,                         -- 'published', 'moved', 'removed', …
    spans    BLOB NOT NULL,                         -- JSON: [[kind, text], …] in order, nothing left out; zstd
    UNIQUE (item_id, revision)
) STRICT;
INSERT INTO text (item_id, revision, made_at, why, spans)
    SELECT item_id, revision, made_at, why, CAST(spans AS BLOB) FROM item_revision ORDER BY item_id, revision;
DROP TABLE item_revision;
ALTER TABLE text RENAME TO item_revision;

-- The id under which an item goes out names the item: it need not be looked up.
DELETE FROM message_alias WHERE kind = 'ours';

-- Nothing asks for the item of a mail, nor for what stands under an item.
DROP INDEX item_mail;
DROP INDEX item_parent;
