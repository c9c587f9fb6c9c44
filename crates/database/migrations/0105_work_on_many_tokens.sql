-- Work on many access tokens at once: which ones, how far it is, and what became of it for each.
CREATE TABLE token_batches (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    -- The department that who began it is limited to: the work keeps to it, too.
    limited_to_id   UUID,
    action          TEXT NOT NULL,
    -- The instant of a new expiry.
    expires_at      TIMESTAMPTZ,
    -- Which tokens are meant, as JSON: these, or all that a list shows.
    chosen          TEXT NOT NULL,
    -- The work that this takes back.
    undoes_id       UUID REFERENCES token_batches (id),
    job_id          UUID NOT NULL,
    -- The last token that had its turn; they come in the order of their ids.
    position        UUID NOT NULL,
    changed         BIGINT NOT NULL DEFAULT 0,
    unchanged       BIGINT NOT NULL DEFAULT 0,
    refused         BIGINT NOT NULL DEFAULT 0,
    time_zone       TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    created_by_name TEXT NOT NULL,
    address         TEXT
);
-- What was changed, with what was there before; and why some were refused.
CREATE TABLE token_batch_items (
    batch_id          UUID NOT NULL REFERENCES token_batches (id),
    token_id          UUID NOT NULL,
    expired_at_before TIMESTAMPTZ,
    refusal           TEXT,
    PRIMARY KEY (batch_id, token_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX token_batch_items_refused ON token_batch_items (batch_id, token_id) WHERE refusal IS NOT NULL;
