-- Keys that the gate signs assertions with, for back ends that do not trust the network between them and their proxy. They
-- belong to the installation. A key is published when it is made, and signs from `signs_at` on; what it signed is checked
-- with it for as long as it stays. The private half is sealed, and bound to its row.
CREATE TABLE assertion_keys (
    id       UUID PRIMARY KEY,
    number   BIGINT NOT NULL,
    public   TEXT NOT NULL,
    sealed   BYTEA NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL,
    signs_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX assertion_keys_by_number ON assertion_keys (number);

-- Whether the back end of a site gets an assertion with each request that is let through.
ALTER TABLE sites ADD COLUMN asserts BOOLEAN NOT NULL DEFAULT FALSE;
