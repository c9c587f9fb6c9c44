-- Campaigns: certificates and badges, their designs, and who they are for. Each recipient has a claim token of the core.
CREATE TABLE campaigns (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    department_id   UUID,
    kind            TEXT NOT NULL CHECK (kind IN ('certificate', 'badge')),
    state           TEXT NOT NULL CHECK (state IN ('draft', 'live', 'paused', 'ended')),
    title           TEXT NOT NULL,
    title_key       BYTEA NOT NULL,
    description     TEXT NOT NULL,
    criteria        TEXT NOT NULL,
    valid_days      BIGINT,
    design_id       UUID NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID
);
CREATE INDEX campaigns_by_age ON campaigns (organisation_id, id);

-- A design never changes: an edit makes another one, and what was issued keeps its own.
CREATE TABLE designs (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL,
    template        TEXT NOT NULL,
    colour          TEXT NOT NULL,
    document        TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX designs_by_campaign ON designs (campaign_id, id);

-- The lock binds a token to one profile: who issued it and what it is called there.
CREATE TABLE campaign_recipients (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL REFERENCES campaigns (id),
    token_id        UUID NOT NULL REFERENCES tokens (id),
    name            TEXT NOT NULL,
    name_key        BYTEA NOT NULL,
    email           TEXT NOT NULL,
    is_test         BOOLEAN NOT NULL,
    columns         TEXT NOT NULL,
    mail_id         UUID,
    sent_at         TIMESTAMPTZ,
    lock_issuer     TEXT,
    lock_subject    TEXT,
    lock_holder     TEXT,
    locked_at       TIMESTAMPTZ,
    claims          BIGINT NOT NULL,
    unlock_asked_at TIMESTAMPTZ,
    credential_id   UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    deleted_at      TIMESTAMPTZ,
    CHECK ((lock_issuer IS NULL) = (lock_subject IS NULL))
);
CREATE UNIQUE INDEX campaign_recipients_by_token ON campaign_recipients (token_id);
CREATE INDEX campaign_recipients_by_age ON campaign_recipients (campaign_id, id) WHERE deleted_at IS NULL;
CREATE INDEX campaign_recipients_by_email ON campaign_recipients (campaign_id, email) WHERE deleted_at IS NULL;
CREATE INDEX campaign_recipients_to_send ON campaign_recipients (campaign_id, id) WHERE deleted_at IS NULL AND sent_at IS NULL;
CREATE INDEX campaign_recipients_claimed ON campaign_recipients (campaign_id) WHERE deleted_at IS NULL AND credential_id IS NOT NULL;

-- A code that was sent to a mailbox, to prove it for one claim.
CREATE TABLE claim_codes (
    id              UUID PRIMARY KEY,
    recipient_id    UUID NOT NULL REFERENCES campaign_recipients (id),
    email           TEXT NOT NULL,
    digest          BYTEA NOT NULL,
    tries           BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ
);
CREATE INDEX claim_codes_by_end ON claim_codes (expires_at);
