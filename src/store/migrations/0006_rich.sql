-- Formatting and attachments of items, and whether a list lets authors give their addresses.

-- What was said as safe HTML, a piece for each said run of the spans: JSON, zstd. NULL: there is none, the spans are all.
ALTER TABLE item_revision ADD COLUMN rich BLOB;

-- The files that came with an item's mail; their contents stay in it.
CREATE TABLE attachment (
    item_id    INTEGER NOT NULL REFERENCES item,
    position   INTEGER NOT NULL,                    -- from 0; pictures in `rich` are named by it
    place      INTEGER NOT NULL,                    -- among the leaves of the mail
    name       TEXT,                                -- one line without paths; NULL: it has none
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,                    -- decoded
    content_id TEXT,
    inline     INTEGER NOT NULL CHECK (inline IN (0, 1)),
    PRIMARY KEY (item_id, position)
) STRICT, WITHOUT ROWID;

ALTER TABLE list ADD COLUMN contact_addresses INTEGER NOT NULL DEFAULT 0 CHECK (contact_addresses IN (0, 1));
