-- The one table of tokens. A token may be part of a whole: the codes of a multi token are parts of it.
-- A whole has no secret of its own; its limit is the number of its parts and its uses are theirs.
--
-- `ended_at` follows from the other facts (used up, revoked, expired): it is set when the last use is spent
-- or the token is revoked, by the sweep when its time is over, and taken back when an edit revives it.
-- It exists so that each list has an index of just its own rows.
CREATE TABLE tokens (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    kind            TEXT NOT NULL,
    whole_id        UUID REFERENCES tokens (id),
    number          BIGINT,
    name            TEXT NOT NULL,
    name_key        BYTEA NOT NULL,
    digest          BYTEA,
    key_id          BIGINT,
    sealed          BYTEA,
    hint_head       TEXT,
    hint_tail       TEXT,
    starts_at       TIMESTAMPTZ,
    expires_at      TIMESTAMPTZ,
    use_limit       BIGINT,
    uses            BIGINT NOT NULL,
    suspended_at    TIMESTAMPTZ,
    revoked_at      TIMESTAMPTZ,
    ended_at        TIMESTAMPTZ,
    deleted_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    last_used_at    TIMESTAMPTZ,
    replaces_id     UUID,
    replaced_by_id  UUID,
    CHECK (uses >= 0 AND (use_limit IS NULL OR uses <= use_limit))
);
CREATE UNIQUE INDEX tokens_by_digest ON tokens (digest);
CREATE UNIQUE INDEX tokens_parts ON tokens (whole_id, number) WHERE whole_id IS NOT NULL;
CREATE INDEX tokens_by_head ON tokens (organisation_id, hint_head) WHERE hint_head IS NOT NULL;
CREATE INDEX tokens_by_tail ON tokens (organisation_id, hint_tail) WHERE hint_tail IS NOT NULL;
CREATE INDEX tokens_by_key ON tokens (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX tokens_to_sweep ON tokens (expires_at) WHERE whole_id IS NULL AND ended_at IS NULL AND expires_at IS NOT NULL;

CREATE INDEX tokens_active_created ON tokens (organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_name ON tokens (organisation_id, name_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_expires ON tokens (organisation_id, COALESCE(expires_at, '9999-12-31T23:59:59+00:00'), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_uses ON tokens (organisation_id, uses, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_remaining ON tokens (organisation_id, COALESCE(use_limit - uses, 9223372036854775807), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_last_used ON tokens (organisation_id, COALESCE(last_used_at, '0001-01-01T00:00:00+00:00'), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;

CREATE INDEX tokens_ended_created ON tokens (organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_name ON tokens (organisation_id, name_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_expires ON tokens (organisation_id, COALESCE(expires_at, '9999-12-31T23:59:59+00:00'), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_uses ON tokens (organisation_id, uses, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_remaining ON tokens (organisation_id, COALESCE(use_limit - uses, 9223372036854775807), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_last_used ON tokens (organisation_id, COALESCE(last_used_at, '0001-01-01T00:00:00+00:00'), id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;

CREATE INDEX tokens_deleted ON tokens (organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NOT NULL;

-- The one table of uses: numbered from 1 within their token, never changed, never removed.
CREATE TABLE uses (
    token_id        UUID NOT NULL REFERENCES tokens (id),
    number          BIGINT NOT NULL CHECK (number >= 1),
    organisation_id UUID NOT NULL,
    idempotency_key BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    person_id       UUID REFERENCES people (id),
    address         TEXT,
    PRIMARY KEY (token_id, number),
    UNIQUE (token_id, idempotency_key)
);
CREATE UNIQUE INDEX uses_by_person ON uses (person_id, token_id) WHERE person_id IS NOT NULL;

-- Folded words of names, for search. Only wholes and single tokens have a name.
CREATE TABLE token_words (
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    token_id        UUID NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (organisation_id, word, token_id)
);
CREATE INDEX token_words_by_token ON token_words (token_id);
