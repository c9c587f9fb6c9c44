-- Files of recipients. What their columns hold is chosen once and remembered. Their rows stand in pieces, which a job adds
-- one after the other.
CREATE TABLE recipient_imports (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL REFERENCES campaigns (id),
    file_name       TEXT NOT NULL,
    headings        TEXT NOT NULL,
    samples         TEXT NOT NULL,
    mapping         TEXT,
    duplicates      TEXT NOT NULL,
    row_count       BIGINT NOT NULL,
    added           BIGINT NOT NULL,
    replaced        BIGINT NOT NULL,
    skipped         BIGINT NOT NULL,
    bad             BIGINT NOT NULL,
    job_id          UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    started_at      TIMESTAMPTZ
);
CREATE INDEX recipient_imports_by_campaign ON recipient_imports (campaign_id, id) WHERE started_at IS NOT NULL;
CREATE INDEX recipient_imports_by_organisation ON recipient_imports (organisation_id, id) WHERE started_at IS NOT NULL;

CREATE TABLE recipient_import_pieces (
    import_id UUID NOT NULL REFERENCES recipient_imports (id),
    number    BIGINT NOT NULL,
    content   TEXT NOT NULL,
    PRIMARY KEY (import_id, number)
) /*sqlite WITHOUT ROWID */;

-- A job may be about something else than a token. The job whose turn was longest ago goes on next.
ALTER TABLE jobs ADD COLUMN subject_id UUID;
ALTER TABLE jobs ADD COLUMN turn_at TIMESTAMPTZ;

-- The language of a recipient's mails; and the columns of the import as they were when a credential was issued.
ALTER TABLE campaign_recipients ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN columns TEXT NOT NULL DEFAULT '{}';
