-- Apps that an organisation has registered. The id is the client id; it is no secret. Addresses stand as text, one in
-- each line.
CREATE TABLE mobile_apps (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    name            TEXT NOT NULL,
    redirects       TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    removed_at      TIMESTAMPTZ
);
CREATE INDEX mobile_apps_by_organisation ON mobile_apps (organisation_id, id);

-- What a mobile session has beside the core's row, whose secret is the refresh token that was made last. `generation`
-- is that of the refresh tokens that were made last; `ends_at` is its end however much it is used.
CREATE TABLE mobile_sessions (
    token_id        UUID PRIMARY KEY REFERENCES tokens (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    person_id       UUID NOT NULL REFERENCES people (id),
    app_id          UUID NOT NULL REFERENCES mobile_apps (id),
    permissions     TEXT,
    generation      BIGINT NOT NULL,
    ends_at         TIMESTAMPTZ NOT NULL,
    device          TEXT NOT NULL,
    version         TEXT NOT NULL,
    system          TEXT NOT NULL,
    last_active_at  TIMESTAMPTZ NOT NULL,
    last_address    TEXT NOT NULL,
    wipe_asked_at   TIMESTAMPTZ,
    wiped_at        TIMESTAMPTZ
);
CREATE INDEX mobile_sessions_by_person ON mobile_sessions (person_id, token_id);
CREATE INDEX mobile_sessions_by_app ON mobile_sessions (app_id, token_id);

-- Refresh tokens before the last one, so that one that is used again is known. `used_at` is when it was used first.
CREATE TABLE mobile_refresh_tokens (
    digest     BYTEA PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    token_id   UUID NOT NULL REFERENCES tokens (id),
    generation BIGINT NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX mobile_refresh_tokens_by_session ON mobile_refresh_tokens (token_id);

-- Access tokens, which live for minutes.
CREATE TABLE mobile_access_tokens (
    digest     BYTEA PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    token_id   UUID NOT NULL REFERENCES tokens (id),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mobile_access_tokens_by_session ON mobile_access_tokens (token_id);
CREATE INDEX mobile_access_tokens_by_end ON mobile_access_tokens (expires_at);

-- Authorization codes. One that was used is kept for a while, so that one that is used again is known.
CREATE TABLE mobile_codes (
    digest          BYTEA PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    app_id          UUID NOT NULL REFERENCES mobile_apps (id),
    person_id       UUID NOT NULL REFERENCES people (id),
    redirect        TEXT NOT NULL,
    challenge       TEXT NOT NULL,
    permissions     TEXT,
    expires_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ,
    token_id        UUID
);
CREATE INDEX mobile_codes_by_end ON mobile_codes (expires_at);

-- The addresses that a session was used from.
CREATE TABLE mobile_addresses (
    token_id UUID NOT NULL REFERENCES tokens (id),
    address  TEXT NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_id, address)
) /*sqlite WITHOUT ROWID */;

-- Secrets that were shown once are forgotten some time after their token's end.
CREATE INDEX tokens_to_forget ON tokens (family, ended_at) WHERE digest IS NOT NULL AND sealed IS NULL;
