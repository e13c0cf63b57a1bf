-- Who left may have it undone for a while, and what comes back counts against whom it was sent to.

-- How it was when a member left, for as long as they have not come back.
CREATE TABLE departure (
    member_id INTEGER PRIMARY KEY REFERENCES member,
    at        INTEGER NOT NULL,                     -- the member's left_at; of another time, it says nothing any more
    state     TEXT NOT NULL CHECK (state IN ('active', 'paused')),
    paused_by TEXT,
    resume_at INTEGER,
    next_due  INTEGER,
    goodbye   INTEGER NOT NULL DEFAULT 0 CHECK (goodbye IN (0, 1)) -- whether they were told, or are not to be
) STRICT;
CREATE INDEX departure_untold ON departure (member_id) WHERE goodbye = 0;

-- The mails that waited for them and were dropped.
CREATE TABLE departure_mail (
    member_id INTEGER NOT NULL REFERENCES member,
    outbox_id INTEGER NOT NULL REFERENCES outbox,
    PRIMARY KEY (member_id, outbox_id)
) STRICT, WITHOUT ROWID;

-- Mail to a member that failed: a report came, or the relay refused them for good.
CREATE TABLE failure (
    id        INTEGER PRIMARY KEY,
    list_id   INTEGER NOT NULL REFERENCES list,
    member_id INTEGER NOT NULL REFERENCES member,
    outbox_id INTEGER REFERENCES outbox,            -- NULL: the row is gone
    at        INTEGER NOT NULL,
    domain    TEXT NOT NULL,                        -- the member's, in small letters
    kind      TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'policy', 'complaint')),
    status    TEXT NOT NULL,                        -- such as 5.1.1; empty: none was told
    by_relay  INTEGER NOT NULL CHECK (by_relay IN (0, 1)),
    counted   INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
    paused    INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)) -- the member, for it
) STRICT;
CREATE INDEX failure_member ON failure (member_id, at);
CREATE INDEX failure_domain ON failure (domain, at);

-- Members whose mail fails.
CREATE TABLE bounce_watch (
    member_id   INTEGER PRIMARY KEY REFERENCES member,
    counts_from INTEGER NOT NULL DEFAULT 0,         -- what was sent before that counts no more
    check_at    INTEGER,                            -- when the job looks; NULL: when something fails again
    probe_id    INTEGER REFERENCES outbox,          -- the mail that is out to see whether they are reached
    probed_at   INTEGER
) STRICT;
CREATE INDEX bounce_watch_check ON bounce_watch (check_at) WHERE check_at IS NOT NULL;

-- Domains where so much failed at once that it is the domain's trouble and nobody's there.
CREATE TABLE frozen_domain (
    domain  TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    members INTEGER NOT NULL,                       -- whose mail failed
    told    INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;

ALTER TABLE address ADD COLUMN domain TEXT GENERATED ALWAYS AS (substr(key, instr(key, '@') + 1)) VIRTUAL;
CREATE INDEX address_domain ON address (domain);

-- How far an owner was told of what failed.
ALTER TABLE owner_report ADD COLUMN failure_upto INTEGER NOT NULL DEFAULT 0;
