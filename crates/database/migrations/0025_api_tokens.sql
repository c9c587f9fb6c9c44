-- What an API token has beside the core's row: the person behind it, what narrows it, and what is known of its use.
-- What it may do is stored nowhere: it follows from these rows at each request.
CREATE TABLE api_tokens (
    token_id         UUID PRIMARY KEY REFERENCES tokens (id),
    organisation_id  UUID NOT NULL REFERENCES organisations (id),
    person_id        UUID NOT NULL REFERENCES people (id),
    user_type_id     UUID NOT NULL REFERENCES user_types (id),
    permissions      TEXT,
    networks         TEXT NOT NULL,
    description      TEXT NOT NULL,
    used_permissions TEXT NOT NULL,
    last_used_at     TIMESTAMPTZ,
    last_address     TEXT NOT NULL,
    last_agent       TEXT NOT NULL
);
CREATE INDEX api_tokens_by_person ON api_tokens (person_id, token_id);
CREATE INDEX api_tokens_by_user_type ON api_tokens (user_type_id);

-- Secrets that were replaced. One opens its token until its grace is over; when it is used after that, somebody has it
-- who should not.
CREATE TABLE api_token_secrets (
    digest          BYTEA PRIMARY KEY,
    key_id          BIGINT NOT NULL,
    token_id        UUID NOT NULL REFERENCES tokens (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    replaced_at     TIMESTAMPTZ NOT NULL,
    opens_until     TIMESTAMPTZ NOT NULL,
    until_first_use BOOLEAN NOT NULL,
    alarmed_at      TIMESTAMPTZ
);
CREATE INDEX api_token_secrets_by_token ON api_token_secrets (token_id, replaced_at);

-- Uses per day, as the organisation counts days: since 1970.
CREATE TABLE api_token_days (
    token_id UUID NOT NULL REFERENCES tokens (id),
    day      BIGINT NOT NULL,
    uses     BIGINT NOT NULL,
    PRIMARY KEY (token_id, day)
) /*sqlite WITHOUT ROWID */;

-- What an organisation allows its API tokens; without a row, what is usual.
CREATE TABLE api_token_policies (
    organisation_id   UUID PRIMARY KEY REFERENCES organisations (id),
    default_days      BIGINT NOT NULL,
    longest_days      BIGINT,
    never_allowed     BOOLEAN NOT NULL,
    idle_days         BIGINT,
    show_once         BOOLEAN NOT NULL,
    networks_required BOOLEAN NOT NULL,
    most_per_person   BIGINT NOT NULL,
    revoke_exposed    BOOLEAN NOT NULL,
    per_minute        BIGINT
);
