-- A mailed code is for one thing: to claim, or to delete what is kept of somebody. Codes of before, which could do both,
-- claim; they are over after a quarter of an hour.
ALTER TABLE claim_codes ADD COLUMN deletes BOOLEAN NOT NULL DEFAULT FALSE;
