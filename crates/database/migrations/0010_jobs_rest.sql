-- A job is taken, worked on and counted in one transaction, which ends with the server that made it. So nobody
-- holds a job for a time; one of which a slice failed rests.
ALTER TABLE jobs RENAME COLUMN leased_until TO rests_until;
