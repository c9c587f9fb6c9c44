-- Addresses are kept in lower case. Searchable words are kept folded, as bytes: bytes compare alike in
-- every engine and locale, which texts do not.
CREATE TABLE people (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    name            TEXT NOT NULL,
    name_key        BYTEA NOT NULL,
    email           TEXT NOT NULL,
    department      TEXT,
    user_type       TEXT NOT NULL CHECK (user_type IN ('owner', 'administrator', 'member')),
    password_hash   TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    deactivated_at  TIMESTAMPTZ,
    UNIQUE (organisation_id, email)
);
CREATE INDEX people_by_email ON people (email);
CREATE INDEX people_by_name ON people (organisation_id, name_key, id);
CREATE INDEX people_admins ON people (organisation_id, name_key, id) WHERE user_type <> 'member';

CREATE TABLE person_words (
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    person_id       UUID NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (organisation_id, word, person_id)
);
CREATE INDEX person_words_by_person ON person_words (person_id, word);

-- A session is found by the digest of the secret in its cookie; its id is what its owner sees. One that was
-- ended stays until its time is over: the address it came from is one that the person is known at.
CREATE TABLE sessions (
    id              UUID PRIMARY KEY,
    digest          BYTEA NOT NULL UNIQUE,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    person_id       UUID NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('admin', 'recipient')),
    proven          BOOLEAN NOT NULL,
    device          TEXT NOT NULL,
    address         TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    last_seen_at    TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE invitations (
    id              UUID PRIMARY KEY,
    digest          BYTEA NOT NULL UNIQUE,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL,
    user_type       TEXT NOT NULL CHECK (user_type IN ('owner', 'administrator')),
    invited_by      UUID NOT NULL REFERENCES people (id),
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    accepted_at     TIMESTAMPTZ,
    withdrawn_at    TIMESTAMPTZ
);
CREATE INDEX invitations_open ON invitations (organisation_id, id) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

CREATE TABLE sign_in_links (
    digest     BYTEA PRIMARY KEY,
    person_id  UUID NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX sign_in_links_by_person ON sign_in_links (person_id);

-- Failures per scope (what was tried) and key (a digest of the address or account it was tried from or on).
CREATE TABLE attempts (
    scope      TEXT NOT NULL,
    key        BYTEA NOT NULL,
    failures   BIGINT NOT NULL,
    since      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX attempts_by_age ON attempts (since);
