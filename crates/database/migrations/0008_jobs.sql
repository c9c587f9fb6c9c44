-- Long work. A job has no input but its row; what is left to do follows from `total` and `done`.
CREATE TABLE jobs (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    kind            TEXT NOT NULL,
    token_id        UUID,
    total           BIGINT NOT NULL,
    done            BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    leased_until    TIMESTAMPTZ,
    cancelled_at    TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ
);
CREATE INDEX jobs_open ON jobs (id) WHERE finished_at IS NULL;
CREATE INDEX jobs_by_token ON jobs (token_id) WHERE finished_at IS NULL;
