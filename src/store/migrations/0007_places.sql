-- Further evidence of where a mail belongs.

-- Exchange's own mark of a place, of the mails that have one: an answer's extends that of what it answers.
CREATE TABLE thread_index (
    list_id INTEGER NOT NULL REFERENCES list,
    octets  BLOB NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    PRIMARY KEY (list_id, octets)
) STRICT, WITHOUT ROWID;

-- What the relay called a mail when it took it: some make its Message-ID of that. NULL where it said nothing of the kind.
ALTER TABLE outbox ADD COLUMN relay_id TEXT;
CREATE INDEX outbox_relay_id ON outbox (relay_id) WHERE relay_id IS NOT NULL;
