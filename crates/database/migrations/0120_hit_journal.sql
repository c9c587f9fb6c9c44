-- Hits of page tokens that are decided, numbered and answered, and not in their places yet: a row for each commit of them.
-- With SQLite the gate writes nothing else; a moment later all rows are folded into the counters, the uses and the audit
-- log, and removed, in one transaction. With PostgreSQL hits are in their places at once, and there is never a row.
CREATE TABLE hit_journal (
    -- Greater than those that are there, and by chance: none comes again after a fold.
    sequence /*sqlite INTEGER */ /*postgres BIGINT */ PRIMARY KEY,
    at       TIMESTAMPTZ NOT NULL,
    -- Token, number, key and address of each hit, packed.
    hits     BYTEA NOT NULL
);
