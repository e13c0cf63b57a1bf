-- The keys that sign a mail, as they were at its first attempt: 0 for none, NULL where it was never tried. What was tried
-- before this goes on unsigned, as it was.
ALTER TABLE outbox ADD COLUMN dkim INTEGER;
UPDATE outbox SET dkim = 0 WHERE state = 'waiting' AND attempts > 0;
