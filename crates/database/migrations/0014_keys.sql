-- What this database knows of the keys that it was written with. The keys themselves are never in it: a check value
-- recognises a key and tells nothing about it.
CREATE TABLE keys (
    id          BIGINT PRIMARY KEY,
    check_value BYTEA NOT NULL,
    made_at     TIMESTAMPTZ,
    -- Since when it makes; the newest of those that make is the one that does.
    used_since  TIMESTAMPTZ,
    -- Since when everything is moved to it that could be, and how many secrets could not.
    rotated_at  TIMESTAMPTZ,
    unreadable  BIGINT NOT NULL,
    -- Since when no row carries its number.
    retired_at  TIMESTAMPTZ,
    dropped_at  TIMESTAMPTZ
);

-- Who rotates at this moment: one at a time, on whatever server.
CREATE TABLE key_lease (
    id          BIGINT PRIMARY KEY,
    holder      UUID NOT NULL,
    place       TEXT NOT NULL,
    leased_until TIMESTAMPTZ NOT NULL
);

-- Servers that run, and which keys they have.
CREATE TABLE servers (
    id           UUID PRIMARY KEY,
    name         TEXT NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    newest_key   BIGINT NOT NULL,
    making_key   BIGINT NOT NULL
);

-- The rows of a key, in the order in which they are moved to another.
DROP INDEX tokens_by_key;
CREATE INDEX tokens_by_key ON tokens (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX mails_by_key ON mails (substr(sealed, 1, 8), id) WHERE sealed IS NOT NULL;
