-- Bounces are kept with the mail that they are about.
CREATE TABLE bounce (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    member_id   INTEGER REFERENCES member,          -- NULL: of a notice to somebody who is no member
    outbox_id   INTEGER REFERENCES outbox,
    mail_id     INTEGER NOT NULL REFERENCES mail,
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bounce_member ON bounce (member_id, received_at);
