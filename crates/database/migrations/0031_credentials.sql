-- An issuer's keys. The newest signs; older ones stay, so that what they signed goes on validating.
CREATE TABLE issuer_keys (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    number          BIGINT NOT NULL,
    public          TEXT NOT NULL,
    sealed          BYTEA NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (organisation_id, number)
);

-- Lists of what was revoked: one bit for each credential. Its issuer is the issuer of all credentials in it.
CREATE TABLE status_lists (
    number          BIGINT PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    issuer          TEXT NOT NULL,
    key_id          UUID NOT NULL REFERENCES issuer_keys (id),
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX status_lists_open ON status_lists (organisation_id, number);

-- Places in lists: taken at random, and never again, whatever becomes of the credential.
CREATE TABLE status_places (
    list            BIGINT NOT NULL REFERENCES status_lists (number),
    place           BIGINT NOT NULL,
    revoked_at      TIMESTAMPTZ,
    PRIMARY KEY (list, place)
);
CREATE INDEX status_places_revoked ON status_places (list, place) WHERE revoked_at IS NOT NULL;

-- What was issued, signed. A deleted one keeps its row without its content.
CREATE TABLE credentials (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL REFERENCES campaigns (id),
    recipient_id    UUID NOT NULL REFERENCES campaign_recipients (id),
    design_id       UUID NOT NULL REFERENCES designs (id),
    key_id          UUID NOT NULL REFERENCES issuer_keys (id),
    list            BIGINT NOT NULL,
    place           BIGINT NOT NULL,
    subject         UUID NOT NULL,
    salt            TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    document        TEXT NOT NULL,
    awarded_at      TIMESTAMPTZ NOT NULL,
    valid_from      TIMESTAMPTZ NOT NULL,
    valid_until     TIMESTAMPTZ,
    revoked_at      TIMESTAMPTZ,
    reason          TEXT,
    deleted_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX credentials_by_recipient ON credentials (recipient_id);
CREATE INDEX credentials_by_campaign ON credentials (campaign_id, id);
