-- Whether who answered it once more, or too late, was told that it works no more: once is enough.
ALTER TABLE confirmation ADD COLUMN told_over INTEGER NOT NULL DEFAULT 0 CHECK (told_over IN (0, 1));
