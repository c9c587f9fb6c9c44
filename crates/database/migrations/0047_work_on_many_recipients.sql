-- Work on many recipients at once, and what became of it for each.
CREATE TABLE recipient_batches (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL REFERENCES campaigns (id),
    action          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    job_id          UUID NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    created_by_name TEXT NOT NULL,
    address         TEXT
);
CREATE TABLE recipient_batch_items (
    batch_id     UUID NOT NULL REFERENCES recipient_batches (id),
    number       BIGINT NOT NULL,
    recipient_id UUID NOT NULL,
    done_at      TIMESTAMPTZ,
    refusal      TEXT,
    PRIMARY KEY (batch_id, number)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX recipient_batch_items_refused ON recipient_batch_items (batch_id, number) WHERE refusal IS NOT NULL;

-- What recipients ask of their issuer: another name on what they claimed.
ALTER TABLE campaign_recipients ADD COLUMN wanted_name TEXT;
ALTER TABLE campaign_recipients ADD COLUMN name_asked_at TIMESTAMPTZ;
CREATE INDEX campaign_recipients_by_address ON campaign_recipients (email) WHERE deleted_at IS NULL;
