-- Who left may have it undone for a while.

-- How it was when a member left, for as long as they have not come back.
CREATE TABLE departure (
    member_id INTEGER PRIMARY KEY REFERENCES member,
    at        INTEGER NOT NULL,                     -- the member's left_at; of another time, it says nothing any more
    state     TEXT NOT NULL CHECK (state IN ('active', 'paused')),
    paused_by TEXT,
    resume_at INTEGER,
    next_due  INTEGER
) STRICT;

-- The mails that waited for them and were dropped.
CREATE TABLE departure_mail (
    member_id INTEGER NOT NULL REFERENCES member,
    outbox_id INTEGER NOT NULL REFERENCES outbox,
    PRIMARY KEY (member_id, outbox_id)
) STRICT, WITHOUT ROWID;
